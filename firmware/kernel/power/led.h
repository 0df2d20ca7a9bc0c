/* The status LED: PE3 red, PE5 green, PE6 blue. It shows the network's state, unless the
 * application switched it off. */
#ifndef KERNEL_POWER_LED_H
#define KERNEL_POWER_LED_H

#include <stdbool.h>

#include "abi/mv_syscalls.h"

void led_init(void);
/* Green: connected. Blue: connecting. Blue and green: link up, no server. Off: offline on
 * purpose. */
void led_show_network(enum MvNetworkStatus status);
void led_enable(bool enabled);

#endif
