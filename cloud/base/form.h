/*
 * application/x-www-form-urlencoded bodies, query strings and path segments, decoded in place.
 *
 * Bytes come from outside: everything is bounded, nothing is allocated, and every value that comes
 * out is valid UTF-8 without NUL. A '+' is a space in forms, bare spaces are taken as they are, and
 * a '%' that starts no escape stands for itself, as browsers have it.
 */
#ifndef CLOUD_BASE_FORM_H
#define CLOUD_BASE_FORM_H

#include <stdbool.h>
#include <stddef.h>

#define FORM_FIELDS_MAX 32

struct form_field {
    const char *name;
    const char *value;
};

struct form {
    struct form_field fields[FORM_FIELDS_MAX];
    size_t count;
};

/*
 * Takes apart text[0..length), which must have one more byte of room for a NUL, and is overwritten;
 * the fields point into it. False: too many fields, NUL, or not UTF-8.
 */
bool form_parse(struct form *form, char *text, size_t length);

/* Value of the last field of that name, or NULL. Names are case-sensitive. */
const char *form_get(const struct form *form, const char *name);

/* Decodes the escapes of one path segment in place; false for NUL or what is not UTF-8. */
bool form_decode_segment(char *segment);

/* Whether text is valid UTF-8 (and, being a C string, free of NUL). */
bool form_is_utf8(const char *text);

/* Number of characters (code points) of UTF-8 text. */
size_t form_characters(const char *text);

/* Escapes text as one path segment; out must hold 3 × length + 1 bytes. */
void form_escape_segment(const char *text, char *out);

/* "true" or "false" in any capitalisation; false as result for anything else. */
bool form_parse_bool(const char *text, bool *value);

/* A decimal number from min to max without sign or spaces; false for anything else. */
bool form_parse_integer(const char *text, long min, long max, long *value);

#endif
