/* Rules for unique names, the same for apps and devices. */
#ifndef CLOUD_API_NAMES_H
#define CLOUD_API_NAMES_H

#include <stdbool.h>

/*
 * Takes a UniqueName parameter: at most 256 bytes, no control characters, and not of the form of a
 * SID, which would make paths ambiguous. Empty is allowed and means none. Copies it to out
 * (STORE_NAME_BYTES + 1); false if the rules are broken.
 */
bool name_take(const char *value, char *out);

#endif
