/* Calls of the factory's test mode. A device that runs deployed applications is never in it, and
 * then the answer is UNAVAILABLE whatever the arguments are: they are not looked at, so a bad
 * pointer is no PARAMETERFAULT, and interrupt handlers get the same answer. */
#include "kernel/calls/calls.h"
#include "kernel/calls/handlers.h"

enum MvStatus call_mvTestingComplete(uint32_t status)
{
    (void)status;
    return MV_STATUS_UNAVAILABLE;
}

enum MvStatus call_mvTestLoggingInit(uint8_t *buffer, uint32_t length_bytes)
{
    (void)buffer;
    (void)length_bytes;
    return MV_STATUS_UNAVAILABLE;
}

enum MvStatus call_mvTestLog(const uint8_t *message, uint16_t length_bytes)
{
    (void)message;
    (void)length_bytes;
    return MV_STATUS_UNAVAILABLE;
}
