/* The status LED: see led.h. */
#include "kernel/power/led.h"

#include "chip/mmio.h"
#include "chip/stm32u585.h"

#define RED   (1u << 3)
#define GREEN (1u << 5)
#define BLUE  (1u << 6)
#define ALL   (RED | GREEN | BLUE)

static struct {
    bool enabled;
    uint32_t colours;
} led = {.enabled = true};

static void write_pins(void)
{
    uint32_t on = led.enabled ? led.colours : 0;
    mmio_write(GPIOE_S + GPIO_BSRR_OFS, on | (ALL & ~on) << 16);
}

void led_init(void)
{
    mmio_modify(GPIOE_S + GPIO_MODER_OFS, 3u << 6 | 3u << 10 | 3u << 12,
                1u << 6 | 1u << 10 | 1u << 12);
    led.enabled = true;
    led.colours = 0;
    write_pins();
}

void led_show_network(enum MvNetworkStatus status)
{
    switch (status) {
    case MV_NETWORKSTATUS_CONNECTED:
        led.colours = GREEN;
        break;
    case MV_NETWORKSTATUS_CONNECTING:
        led.colours = BLUE;
        break;
    case MV_NETWORKSTATUS_DISCONNECTEDWITHLINKUP:
        led.colours = BLUE | GREEN;
        break;
    default:
        led.colours = 0;
    }
    write_pins();
}

void led_enable(bool enabled)
{
    led.enabled = enabled;
    write_pins();
}
