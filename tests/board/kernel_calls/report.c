#include "report.h"

#include <stdarg.h>
#include <stdio.h>

#include "serial.h"

static uint32_t passed, failed;

void report_line(const char *format, ...)
{
    char line[128];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    serial_write(line, (uint32_t)length);
    serial_write("\r\n", 2);
}

void check_equal(const char *name, uint32_t got, uint32_t want)
{
    if (got == want) {
        passed++;
        report_line("ok %s", name);
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
