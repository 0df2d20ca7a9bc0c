/* Log records on their way to the cloud: the kernel's own in secure memory, the application's in a
 * buffer that the application lends. Best effort: what does not fit is counted and lost. */
#ifndef KERNEL_LOG_H
#define KERNEL_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/mv_syscalls.h"
#include "formats/logrec.h"

#define LOG_TYPE_OTA_UPDATE LOGREC_OTA_UPDATE
#define LOG_TYPE_CRASH      LOGREC_CRASH
#define LOG_TYPE_KERNEL     LOGREC_KERNEL

void log_init(void);

/* The kernel's own records. From any context but faults. */
void log_system(uint8_t type, const char *text);

/* For the tunnel: writes the next record, encoded, to `record` (LOGREC_BYTES_MAX bytes are always
 * enough) and returns its size, or 0 if none waits or it does not fit. It stays until
 * log_consume(). */
uint32_t log_peek(uint8_t *record, uint32_t size);
void log_consume(void);
/* The cloud's switch for the application's records: off, calls are refused and what waits is
 * dropped. */
void log_set_enabled(bool enabled);

/* For the calls; addresses and access were checked. */
enum MvStatus log_app_init(uint8_t *buffer, uint32_t length_bytes);
/* A message goes in steps: repeated with the same arguments while *again. Others may write in
 * between. */
struct log_message {
    const uint8_t *text;
    uint32_t length_bytes, stack, back; /* who writes: see calls_caller() */
};
enum MvStatus log_app_write(const struct log_message *message, bool *again);
/* The application is gone: lets go of its buffer. What is in it is moved to the kernel's. */
void log_app_reset(void);

#endif
