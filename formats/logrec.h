/*
 * Log records as the device writes them and the LOG stream carries them (docs/tunnel.md §7).
 *
 * A record is a 16-byte big-endian header and text: u8 version, u8 type, u16 length of the text,
 * u32 sequence, u64 device clock in microseconds since kernel start. It always fits one DATA frame
 * and never straddles two. Pure functions over the caller's buffers.
 */
#ifndef FORMATS_LOGREC_H
#define FORMATS_LOGREC_H

#include <stddef.h>
#include <stdint.h>

#define LOGREC_VERSION      1u
#define LOGREC_HEADER_BYTES 16u
#define LOGREC_BYTES_MAX    1024u /* TUNNEL_PAYLOAD_MAX */
#define LOGREC_TEXT_MAX     (LOGREC_BYTES_MAX - LOGREC_HEADER_BYTES)

/* A reader shows a type that it does not know as "type_N". */
enum logrec_type {
    LOGREC_CONNECTION = 1,  /* the cloud writes these itself */
    LOGREC_OTA_UPDATE = 2,  /* INSTALLING_APP, STARTING_NEW_APP, COMPLETE, or what failed */
    LOGREC_APP_LOGGING = 3, /* text of mvServerLog */
    LOGREC_CRASH = 4,       /* application crash: registers as text */
    LOGREC_KERNEL = 5,      /* the kernel about itself */
    LOGREC_LOST = 6,        /* text says how many records the device had to drop */
};

enum logrec_error {
    LOGREC_ERROR_VERSION = -1,
    LOGREC_ERROR_LENGTH = -2, /* text longer than LOGREC_TEXT_MAX */
    LOGREC_ERROR_SPACE = -3,  /* caller's buffer is too small */
};

struct logrec {
    uint8_t type; /* enum logrec_type or unknown */
    uint16_t text_bytes;
    uint32_t sequence;   /* counts every record since kernel start; a gap is a loss */
    uint64_t device_us;  /* microseconds since kernel start */
    const uint8_t *text; /* into the caller's buffer; not terminated, any bytes */
};

/*
 * Takes the first record from in[0..size). Returns the bytes that it occupies, 0 if the record is
 * not complete, or a logrec_error.
 */
int32_t logrec_parse(const uint8_t *in, size_t size, struct logrec *record);

/* Writes a record to out. Returns the bytes written or a logrec_error. */
int32_t logrec_write(uint8_t *out, size_t size, const struct logrec *record);

/*
 * Name of a type as shown to users ("app_logging"), or NULL for an unknown one.
 */
const char *logrec_type_name(uint8_t type);

/*
 * Writes text as valid UTF-8 into out (always terminated): bytes that are not UTF-8 and NUL become
 * U+FFFD. Returns the length without the terminator; cut at a character boundary if out is small.
 * 3 × text_bytes + 1 is always enough.
 */
size_t logrec_text_utf8(char *out, size_t size, const uint8_t *text, size_t text_bytes);

/*
 * Bytes of the UTF-8 character at in[0..size), size ≥ 1; 0 if the bytes are none or NUL.
 */
size_t logrec_utf8_length(const uint8_t *in, size_t size);

#endif
