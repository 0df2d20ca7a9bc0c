/* Log lines for samples and for a start: printf into the server's log. Best effort, as the log is:
 * a line that does not fit now is lost. Works in C and C++. */
#ifndef MV_LOG_H
#define MV_LOG_H

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include "mv_syscalls.h"

#define MV_LOG_LINE_BYTES 256

/* The buffer that the kernel keeps lines in until they are sent, one for each file that uses this:
 * call it once, first thing in main. */
static inline void mv_log_start(void)
{
    static uint8_t buffer[4096] __attribute__((aligned(512)));
    (void)mvServerLoggingInit(buffer, sizeof buffer);
}

static inline void mv_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

static inline void mv_log(const char *format, ...)
{
    char line[MV_LOG_LINE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (length >= (int)sizeof line) {
        length = sizeof line - 1;
    }
    if (length > 0) {
        (void)mvServerLog((const uint8_t *)line, (uint16_t)length);
    }
}

#endif
