/* What all calls share: see calls.h. */
#include "kernel/calls/calls.h"

#include <arm_cmse.h>
#include <string.h>

#include "chip/core.h"
#include "drivers/clock.h"
#include "kernel/calls/handlers.h"
#include "kernel/isolation/isolation.h"
#include "layout.h"

/* For the getters in veneers.S: TTAT's answer for plain application RAM, and the value. */
struct {
    uint32_t target, value;
} calls_getter[4];

void calls_init(void)
{
    uint32_t target = cmse_TTAT((void *)LAYOUT_APP_RAM_BASE).value;
    for (uint32_t i = 0; i < 4; i++) {
        calls_getter[i].target = target;
        calls_getter[i].value = CLOCK_HZ;
    }
}

static bool unprivileged(void)
{
    return !calls_from_handler() && (core_control_ns() & 1u) != 0;
}

/* The usual case in few instructions: both ends in the application's RAM, which nothing but the SAU
 * attributes (its MPU is off). What may be used without privilege may be used with it. */
static inline bool plain_ram(const void *place, uint32_t size)
{
    uint32_t target = calls_getter[0].target;
    const uint8_t *first = place;
    return size - 1 < LAYOUT_APP_RAM_SIZE && cmse_TTAT((void *)(uintptr_t)first).value == target &&
           cmse_TTAT((void *)(uintptr_t)(first + size - 1)).value == target;
}

bool calls_may_read(const void *from, uint32_t size)
{
    if (plain_ram(from, size)) {
        return true;
    }
    return isolation_app_may_read((uint32_t)(uintptr_t)from, size, unprivileged());
}

bool calls_may_write(const void *to, uint32_t size)
{
    if (plain_ram(to, size)) {
        return true;
    }
    return isolation_app_may_write((uint32_t)(uintptr_t)to, size, unprivileged());
}

bool calls_copy_in(void *to, const void *from, uint32_t size)
{
    if (!calls_may_read(from, size)) {
        return false;
    }
    memcpy(to, from, size);
    return true;
}

bool calls_copy_out(void *to, const void *from, uint32_t size)
{
    if (!calls_may_write(to, size)) {
        return false;
    }
    memcpy(to, from, size);
    return true;
}

enum MvStatus call_mvNoOp(void)
{
    return MV_STATUS_OKAY;
}

/* The getters when calls arrive as faults, and their slow way. */
enum MvStatus call_mvGetSysClk(uint32_t *hz)
{
    return calls_get_word(hz, CLOCK_HZ);
}

enum MvStatus call_mvGetHClk(uint32_t *hz)
{
    return calls_get_word(hz, CLOCK_HZ);
}

enum MvStatus call_mvGetPClk1(uint32_t *hz)
{
    return calls_get_word(hz, CLOCK_HZ);
}

enum MvStatus call_mvGetPClk2(uint32_t *hz)
{
    return calls_get_word(hz, CLOCK_HZ);
}

enum MvStatus calls_get_word(uint32_t *result, uint32_t value)
{
    return calls_copy_out(result, &value, sizeof value) ? MV_STATUS_OKAY : MV_STATUS_PARAMETERFAULT;
}
