/* Calls about logging. */
#include "kernel/calls/calls.h"
#include "kernel/calls/handlers.h"
#include "kernel/log/log.h"

#define BUFFER_UNIT  512u
#define BUFFER_LIMIT 0x40000u

enum MvStatus call_mvServerLoggingInit(uint8_t *buffer, uint32_t length_bytes)
{
    if ((uintptr_t)buffer % BUFFER_UNIT != 0) {
        return MV_STATUS_INVALIDBUFFERALIGNMENT;
    }
    if (length_bytes == 0 || length_bytes % BUFFER_UNIT != 0 || length_bytes > BUFFER_LIMIT) {
        return MV_STATUS_INVALIDBUFFERSIZE;
    }
    if (!calls_may_write(buffer, length_bytes)) {
        return MV_STATUS_PARAMETERFAULT;
    }
    return log_app_init(buffer, length_bytes);
}

enum MvStatus call_mvServerLog(const uint8_t *message, uint16_t length_bytes)
{
    if (!calls_may_read(message, length_bytes)) {
        return MV_STATUS_PARAMETERFAULT;
    }
    if (!calls_can_wait()) {
        return MV_STATUS_OKAY;
    }
    bool again = false;
    struct calls_caller caller = calls_caller();
    struct log_message request = {message, length_bytes, caller.stack, caller.back};
    enum MvStatus status = log_app_write(&request, &again);
    if (again) {
        calls_wait();
    } else {
        calls_wait_over();
    }
    return status;
}
