/* Calls about the external flash; none of them in an interrupt handler.
 *
 * Reading, writing and erasing take long, so the work thread does it. Until it has, the same call
 * is made again and again from where the caller made it (calls_wait), so all of the application's
 * interrupts and tasks go on. A call is known again by its arguments and its caller's stack. One
 * at a time: others get MICROVISORBUSY.
 *
 * A length of 0 is no work and no error, except for erasing, whose only PARAMETERFAULT it is. A
 * chip that fails: UNAVAILABLE. */
#include <string.h>

#include "kernel/calls/calls.h"
#include "kernel/calls/handlers.h"
#include "kernel/extflash/extflash.h"

#define VERSION 1u
#define SECTOR  4096u

enum MvStatus call_mvExternalFlashOpen(MvExternalFlashHandle *handle)
{
    MvExternalFlashHandle opened;
    if (calls_from_handler()) {
        return MV_STATUS_UNAVAILABLE;
    }
    if (!calls_may_write(handle, sizeof *handle)) {
        return MV_STATUS_PARAMETERFAULT;
    }
    enum MvStatus status = extflash_open(&opened);
    if (status == MV_STATUS_OKAY) {
        memcpy(handle, &opened, sizeof opened);
    }
    return status;
}

/* The call knows no error for a bad pointer: there is no handle behind it. */
enum MvStatus call_mvExternalFlashClose(MvExternalFlashHandle *handle)
{
    MvExternalFlashHandle open;
    if (calls_from_handler()) {
        return MV_STATUS_UNAVAILABLE;
    }
    if (!calls_may_write(handle, sizeof *handle)) {
        return MV_STATUS_INVALIDHANDLE;
    }
    memcpy(&open, handle, sizeof open);
    enum MvStatus status = extflash_close(open);
    if (status == MV_STATUS_OKAY) {
        open = 0;
        memcpy(handle, &open, sizeof open);
    }
    return status;
}

enum MvStatus call_mvExternalFlashGetInfo(MvExternalFlashHandle handle,
                                          struct MvExternalFlashInfo *info)
{
    struct MvExternalFlashInfo copy;
    if (calls_from_handler()) {
        return MV_STATUS_UNAVAILABLE;
    }
    if (!calls_may_write(info, sizeof *info)) {
        return MV_STATUS_PARAMETERFAULT;
    }
    memcpy(&copy, info, sizeof copy);
    if (!extflash_exists(handle)) {
        return MV_STATUS_INVALIDHANDLE;
    }
    if (copy.version != VERSION) {
        return MV_STATUS_UNSUPPORTEDSTRUCTUREVERSION;
    }
    copy.v1.chip_id = extflash_chip_id();
    copy.v1.size = extflash_size();
    copy.v1.num_handles = extflash_handles();
    memcpy(info, &copy, sizeof copy);
    return MV_STATUS_OKAY;
}

static bool buffer_good(const struct extflash_request *request)
{
    if (request->operation == EXTFLASH_ERASE) {
        return request->length != 0;
    }
    if (request->length == 0) {
        return true;
    }
    return request->operation == EXTFLASH_READ ? calls_may_write(request->buffer, request->length)
                                               : calls_may_read(request->buffer, request->length);
}

static enum MvStatus check(const struct extflash_request *request)
{
    uint32_t size = extflash_size();
    if (!buffer_good(request)) {
        return MV_STATUS_PARAMETERFAULT;
    }
    if (!extflash_exists(request->handle)) {
        return MV_STATUS_INVALIDHANDLE;
    }
    if (request->address > size || request->length > size - request->address) {
        return MV_STATUS_ADDRESSOUTOFRANGE;
    }
    if (request->operation == EXTFLASH_ERASE && (request->address | request->length) % SECTOR) {
        return MV_STATUS_INVALIDBUFFERALIGNMENT;
    }
    return MV_STATUS_OKAY;
}

/* The answer, or OKAY and calls_wait() if there is none yet. */
static enum MvStatus make(const struct extflash_request *request)
{
    enum MvStatus status;
    switch (extflash_look(request, &status)) {
    case EXTFLASH_DONE:
        return status;
    case EXTFLASH_RUNNING:
        calls_wait();
        return MV_STATUS_OKAY;
    default:
        break;
    }
    status = check(request);
    if (status == MV_STATUS_OKAY && request->length != 0) {
        if (!extflash_begin(request)) {
            return MV_STATUS_MICROVISORBUSY;
        }
        calls_wait();
    }
    return status;
}

static enum MvStatus blocking(enum extflash_operation operation, MvExternalFlashHandle handle,
                              uint32_t address, uint32_t length, uint8_t *buffer)
{
    if (!calls_from_handler() && !calls_can_wait()) {
        return MV_STATUS_OKAY;
    }
    struct calls_caller caller =
        calls_from_handler() ? (struct calls_caller){0, 0} : calls_caller();
    struct extflash_request request = {operation, handle,       address,    length,
                                       buffer,    caller.stack, caller.back};
    enum MvStatus status = calls_from_handler() ? MV_STATUS_UNAVAILABLE : make(&request);
    if (!extflash_busy()) {
        calls_wait_over();
    }
    return status;
}

enum MvStatus call_mvExternalFlashReadBlocking(MvExternalFlashHandle handle, uint32_t address,
                                               uint32_t length, uint8_t *buffer)
{
    return blocking(EXTFLASH_READ, handle, address, length, buffer);
}

enum MvStatus call_mvExternalFlashWriteBlocking(MvExternalFlashHandle handle, uint32_t address,
                                                uint32_t length, const uint8_t *buffer)
{
    return blocking(EXTFLASH_WRITE, handle, address, length, (uint8_t *)(uintptr_t)buffer);
}

enum MvStatus call_mvExternalFlashEraseBlocking(MvExternalFlashHandle handle, uint32_t address,
                                                uint32_t length)
{
    return blocking(EXTFLASH_ERASE, handle, address, length, NULL);
}
