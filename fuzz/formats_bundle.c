// Any bytes as a bundle archive: bounded memory and time, nothing accepted whose layers are wrong.
// fuzz-libs: mv_bundle
#include <stdlib.h>
#include <string.h>

#include "formats/host/bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct bundle bundle;
    enum bundle_result result = bundle_read(data, size, &bundle);
    if (result == BUNDLE_OK) {
        for (size_t i = 0; i < bundle.layer_count; i++) {
            uint8_t hash[MANIFEST_HASH_SIZE];
            bundle_measure(bundle.layers[i].bytes, bundle.layers[i].size, bundle.layers[i].size,
                           hash);
            if (memcmp(hash, bundle.app.layers[i].fetch_hash, sizeof hash) != 0) {
                abort();
            }
        }
    }
    if (bundle_result_text(&bundle, result) == NULL) {
        abort();
    }
    bundle_free(&bundle);
    return 0;
}
