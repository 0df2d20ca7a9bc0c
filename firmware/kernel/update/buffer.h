/* One sector of scratch memory that download, measurement and installation share: they never run at
 * the same time, and none keeps anything in it between polls except a download its open sector. */
#ifndef KERNEL_UPDATE_BUFFER_H
#define KERNEL_UPDATE_BUFFER_H

#include <stdint.h>

#define UPDATE_BUFFER_SIZE 4096u
extern uint8_t update_buffer[UPDATE_BUFFER_SIZE];

#endif
