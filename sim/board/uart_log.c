/* Serial lines to files. */
#include "board/uart_log.h"

#include <errno.h>
#include <string.h>

static const char *const names[SOC_UARTS] = {
    [SOC_USART1] = "usart1", [SOC_USART2] = "usart2", [SOC_USART3] = "usart3",
    [SOC_UART4] = "uart4",   [SOC_UART5] = "uart5",   [SOC_LPUART1] = "lpuart1",
};

static int find_uart(const char *name, size_t length)
{
    for (int i = 0; i < SOC_UARTS; i++) {
        if (strlen(names[i]) == length && strncmp(names[i], name, length) == 0)
            return i;
    }
    return -1;
}

static bool open_one(struct uart_log *log, const char *text, size_t length, char *error,
                     size_t error_size)
{
    char item[1024];
    char *path;
    int uart;

    snprintf(item, sizeof item, "%.*s", (int)length, text);
    path = strchr(item, '=');
    uart = path != NULL ? find_uart(item, (size_t)(path - item)) : -1;
    if (uart < 0 || path[1] == '\0' || length >= sizeof item) {
        snprintf(error, error_size, "\"%s\": expected usart1|usart2|usart3|uart4|uart5=FILE", item);
        return false;
    }
    if (log->files[uart] != NULL && log->files[uart] != stdout)
        fclose(log->files[uart]);
    log->files[uart] = strcmp(path + 1, "-") == 0 ? stdout : fopen(path + 1, "ae");
    if (log->files[uart] == NULL) {
        snprintf(error, error_size, "%s: %s", path + 1, strerror(errno));
        return false;
    }
    return true;
}

bool uart_log_open(struct uart_log *log, const char *description, char *error, size_t error_size)
{
    memset(log, 0, sizeof *log);
    while (description != NULL && *description != '\0') {
        size_t length = strcspn(description, ",");

        if (!open_one(log, description, length, error, error_size)) {
            uart_log_close(log);
            return false;
        }
        description += length + (description[length] == ',');
    }
    return true;
}

void uart_log_close(struct uart_log *log)
{
    for (unsigned i = 0; i < SOC_UARTS; i++) {
        if (log->files[i] == stdout)
            fflush(stdout);
        else if (log->files[i] != NULL)
            fclose(log->files[i]);
        log->files[i] = NULL;
    }
}

void uart_log_byte(struct uart_log *log, enum soc_uart uart, uint8_t byte)
{
    FILE *file = log->files[uart];

    if (file == NULL)
        return;
    putc(byte, file);
    log->dirty = true;
    if (byte == '\n')
        uart_log_flush(log);
}

void uart_log_flush(struct uart_log *log)
{
    if (!log->dirty)
        return;
    for (unsigned i = 0; i < SOC_UARTS; i++) {
        if (log->files[i] != NULL)
            fflush(log->files[i]);
    }
    log->dirty = false;
}
