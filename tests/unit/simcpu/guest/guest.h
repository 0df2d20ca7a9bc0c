/* What guest programs may use. */
#ifndef GUEST_H
#define GUEST_H

#include <stdint.h>

void guest_exit(int code);
void guest_print(const char *text);
/* Prints "name value" in hexadecimal. */
void guest_hex(const char *name, uint32_t value);

#endif
