// Any bytes as a manifest: outer message, body, and back. What decodes must encode and decode to
// the same meaning.
#include <stdlib.h>
#include <string.h>

#include "formats/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_body(const uint8_t *body, size_t size)
{
    struct manifest_app app, again;
    uint8_t bytes[2 * MANIFEST_BODY_SIZE_MAX];
    size_t encoded;
    if (manifest_decode_app(body, size, &app) != MANIFEST_OK) {
        return;
    }
    if (manifest_encode_app(&app, bytes, sizeof bytes, &encoded) != MANIFEST_OK ||
        manifest_decode_app(bytes, encoded, &again) != MANIFEST_OK ||
        memcmp(&app, &again, sizeof app) != 0) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct manifest_envelope envelope, again;
    uint8_t bytes[MANIFEST_SIZE_MAX + 64];
    size_t encoded;
    check_body(data, size);
    if (manifest_decode_envelope(data, size, &envelope) != MANIFEST_OK) {
        return 0;
    }
    if (envelope.body < data || envelope.body_size > size ||
        envelope.body + envelope.body_size > data + size) {
        abort();
    }
    check_body(envelope.body, envelope.body_size);
    if (manifest_encode_envelope(&envelope, bytes, sizeof bytes, &encoded) != MANIFEST_OK ||
        manifest_decode_envelope(bytes, encoded, &again) != MANIFEST_OK ||
        again.signer_id != envelope.signer_id || again.body_size != envelope.body_size ||
        memcmp(again.body, envelope.body, envelope.body_size) != 0 ||
        (again.signature == NULL) != (envelope.signature == NULL)) {
        abort();
    }
    return 0;
}
