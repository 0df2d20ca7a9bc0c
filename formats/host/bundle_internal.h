// Shared by the two halves of the bundle library, not by its users.
#ifndef FORMATS_HOST_BUNDLE_INTERNAL_H
#define FORMATS_HOST_BUNDLE_INTERNAL_H

#include "formats/host/bundle.h"

void bundle_hash(const uint8_t *bytes, size_t size, uint8_t hash[MANIFEST_HASH_SIZE]);

#endif
