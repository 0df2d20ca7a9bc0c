/* Calls about the device: identity, time, registers. */
#include "kernel/calls/calls.h"

#include <string.h>

#include "chip/mmio.h"
#include "formats/identity.h"
#include "kernel/calls/handlers.h"
#include "kernel/calls/periph.h"
#include "kernel/storage/identity.h"
#include "kernel/time/time.h"

#define DEVICE_ID_BYTES 34u
#define SECURE_ALIAS    0x10000000u

/* A device that was not provisioned has an id of zeros. */
enum MvStatus call_mvGetDeviceId(uint8_t *buf, uint32_t len)
{
    static uint8_t id[DEVICE_ID_BYTES];
    if (len != DEVICE_ID_BYTES) {
        return MV_STATUS_INVALIDBUFFERSIZE;
    }
    const struct identity *identity = identity_get();
    if (identity != NULL) {
        memcpy(id, identity->device_id, sizeof id);
    }
    return calls_copy_out(buf, id, sizeof id) ? MV_STATUS_OKAY : MV_STATUS_PARAMETERFAULT;
}

enum MvStatus call_mvGetMicroseconds(uint64_t *ms)
{
    uint64_t now_us = time_us();
    return calls_copy_out(ms, &now_us, sizeof now_us) ? MV_STATUS_OKAY : MV_STATUS_PARAMETERFAULT;
}

enum MvStatus call_mvGetWallTime(uint64_t *usec)
{
    uint64_t now_us;
    if (!calls_may_write(usec, sizeof *usec)) {
        return MV_STATUS_PARAMETERFAULT;
    }
    if (!time_wall(&now_us)) {
        return MV_STATUS_TIMENOTSET;
    }
    memcpy(usec, &now_us, sizeof now_us);
    return MV_STATUS_OKAY;
}

/* The one error that the call has also stands for a bad result pointer. */
enum MvStatus call_mvPeriphPeek32(uint32_t reg, uint32_t *output)
{
    if (!periph_readable(reg) || !calls_may_write(output, sizeof *output)) {
        return MV_STATUS_PERIPHERALACCESSFAULT;
    }
    uint32_t value = mmio_read(reg + SECURE_ALIAS);
    memcpy(output, &value, sizeof value);
    return MV_STATUS_OKAY;
}

enum MvStatus call_mvPeriphPoke32(uint32_t reg, uint32_t mask, uint32_t xorvalue)
{
    if (!periph_readable(reg)) {
        return MV_STATUS_PERIPHERALACCESSFAULT;
    }
    uint32_t allowed = periph_writable(reg);
    if (allowed != 0) {
        uint32_t value = mmio_read(reg + SECURE_ALIAS);
        mmio_write(reg + SECURE_ALIAS, periph_poke(value, mask, xorvalue, allowed));
    }
    return MV_STATUS_OKAY;
}

enum MvStatus call_mvTemporaryStructTest(void *argument)
{
    (void)argument;
    return MV_STATUS_OKAY;
}
