/* Forms: see form.h. */
#include "cloud/base/form.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "formats/logrec.h"

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Decodes in place and terminates; false if a NUL came out. */
static bool decode(char *text, bool plus_is_space)
{
    char *out = text;
    for (const char *in = text; *in != '\0'; in++) {
        char c = *in;
        if (c == '%' && hex_value(in[1]) >= 0 && hex_value(in[2]) >= 0) {
            c = (char)(hex_value(in[1]) * 16 + hex_value(in[2]));
            in += 2;
            if (c == '\0')
                return false;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        *out++ = c;
    }
    *out = '\0';
    return true;
}

bool form_is_utf8(const char *text)
{
    const uint8_t *in = (const uint8_t *)text;
    size_t left = strlen(text);
    while (left > 0) {
        size_t length = logrec_utf8_length(in, left);
        if (length == 0)
            return false;
        in += length;
        left -= length;
    }
    return true;
}

static bool add_field(struct form *form, char *name)
{
    if (*name == '\0')
        return true; /* "a=1&&b=2" */
    if (form->count == FORM_FIELDS_MAX)
        return false;
    char *value = strchr(name, '=');
    char *empty = name + strlen(name);
    if (value)
        *value++ = '\0';
    else
        value = empty;
    if (!decode(name, true) || !decode(value, true))
        return false;
    if (!form_is_utf8(name) || !form_is_utf8(value))
        return false;
    form->fields[form->count++] = (struct form_field){.name = name, .value = value};
    return true;
}

bool form_parse(struct form *form, char *text, size_t length)
{
    form->count = 0;
    if (memchr(text, '\0', length))
        return false;
    text[length] = '\0';
    while (text) {
        char *next = strchr(text, '&');
        if (next)
            *next++ = '\0';
        if (!add_field(form, text))
            return false;
        text = next;
    }
    return true;
}

const char *form_get(const struct form *form, const char *name)
{
    for (size_t i = form->count; i > 0; i--) {
        if (strcmp(form->fields[i - 1].name, name) == 0)
            return form->fields[i - 1].value;
    }
    return NULL;
}

bool form_decode_segment(char *segment)
{
    return decode(segment, false) && form_is_utf8(segment);
}

size_t form_characters(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80;
    return count;
}

void form_escape_segment(const char *text, char *out)
{
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        bool plain = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
                     (byte >= 'A' && byte <= 'Z') || strchr("-._~", byte);
        out += plain ? sprintf(out, "%c", byte) : sprintf(out, "%%%02X", byte);
    }
    *out = '\0';
}

bool form_parse_bool(const char *text, bool *value)
{
    *value = strcasecmp(text, "true") == 0;
    return *value || strcasecmp(text, "false") == 0;
}

bool form_parse_integer(const char *text, long min, long max, long *value)
{
    long number = 0;
    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return false;
        int digit = *text - '0';
        if (number > (max - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *value = number;
    return number >= min;
}
