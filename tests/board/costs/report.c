// The suites' report without a line for each check: those take longer than the calls.
#include "report.h"

#include <stdarg.h>
#include <stdio.h>

#include "serial.h"

static uint32_t passed, failed;

static void line(const char *format, va_list arguments)
{
    char text[128];
    int length = vsnprintf(text, sizeof text, format, arguments);
    serial_write(text, (uint32_t)length);
    serial_write("\r\n", 2);
}

void report_line(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    line(format, arguments);
    va_end(arguments);
}

void check_equal(const char *name, uint32_t got, uint32_t want)
{
    if (got == want) {
        passed++;
    } else {
        failed++;
        report_line("FAIL %s: got 0x%lx, want 0x%lx", name, (unsigned long)got,
                    (unsigned long)want);
    }
}

void check_true(const char *name, int condition)
{
    check_equal(name, condition != 0, 1);
}

void report_totals(void)
{
    report_line("totals: %lu passed, %lu failed", (unsigned long)passed, (unsigned long)failed);
}
