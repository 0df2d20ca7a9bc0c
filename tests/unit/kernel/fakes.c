#include "fakes.h"

#include "drivers/rng.h"
#include "kernel/notify/notify.h"
#include "kernel/power/led.h"
#include "kernel/time/time.h"
#include "kernel/work/work.h"

uint64_t fake_time_us;
bool fake_rng_works = true;
uint32_t fake_pended[160];
uint32_t fake_wakes;

bool rng_fill(void *data, uint32_t size)
{
    static uint32_t state = 1;
    uint8_t *bytes = data;
    for (uint32_t i = 0; i < size; i++) {
        state = state * 1664525u + 1013904223u;
        bytes[i] = (uint8_t)(state >> 24);
    }
    return fake_rng_works;
}

uint64_t time_us(void)
{
    return fake_time_us;
}

uint32_t time_us_low(void)
{
    return (uint32_t)fake_time_us;
}

void notify_pend(uint32_t irq)
{
    fake_pended[irq]++;
}

bool notify_irq_usable(uint32_t irq)
{
    return irq < 125 && irq != 48 && irq != 66;
}

void work_wake(void)
{
    fake_wakes++;
}

void led_show_network(enum MvNetworkStatus status)
{
    (void)status;
}
