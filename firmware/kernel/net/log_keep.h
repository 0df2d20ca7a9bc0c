/* Log records on their way: taken from the log, kept until the cloud has stored them, sent again
 * after a lost connection. The cloud gives credit back for what it has stored (docs/tunnel.md §7),
 * so the credit that follows the first one counts as a receipt.
 *
 * Pure bookkeeping over one buffer: [sent, not yet stored | not yet sent | free].
 */
#ifndef KERNEL_NET_LOG_KEEP_H
#define KERNEL_NET_LOG_KEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/logrec.h"

#define LOG_KEEP_BYTES (3u * LOGREC_BYTES_MAX)

struct log_keep {
    uint32_t size;     /* bytes kept */
    uint32_t sent;     /* of them sent on the present stream; at a record's boundary */
    uint32_t receipts; /* bytes reported as stored that do not yet make up the first record */
    uint8_t bytes[LOG_KEEP_BYTES];
};

/* Where the next record may be written (LOGREC_BYTES_MAX bytes), or NULL: no room. */
uint8_t *log_keep_room(struct log_keep *keep);
/* A record of that size was written there. */
void log_keep_added(struct log_keep *keep, uint32_t size);
/* The whole records to send next, at most limit_bytes; *size 0 if there is nothing. */
const uint8_t *log_keep_next(const struct log_keep *keep, uint32_t limit_bytes, uint32_t *size);
void log_keep_sent(struct log_keep *keep, uint32_t size);
/* The cloud has stored so many bytes more. */
void log_keep_stored(struct log_keep *keep, uint32_t size);
/* The stream is gone: everything kept has to be sent again. */
void log_keep_again(struct log_keep *keep);
/* The cloud cannot read what was sent: it is given up. */
void log_keep_give_up(struct log_keep *keep);

#endif
