/* Taking in an uploaded bundle: see intake.h. */
#include "cloud/api/intake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static bool fail(struct intake *intake, enum api_error error, const char *message)
{
    intake->error = error;
    snprintf(intake->message, sizeof intake->message, "%s", message);
    return false;
}

/* API code for each result of the bundle library; 0: no other text than the library's own. */
static const enum api_error error_codes[] = {
    [BUNDLE_NOT_ZIP] = API_ERROR_NOT_A_ZIP,
    [BUNDLE_TOO_LARGE] = API_ERROR_LAYER_TOO_LARGE,
    [BUNDLE_BAD_MEMBER] = API_ERROR_BUNDLE_MEMBER,
    [BUNDLE_NO_MANIFEST] = API_ERROR_NO_MANIFEST,
    [BUNDLE_BAD_MANIFEST] = API_ERROR_MANIFEST,
    [BUNDLE_MISSING_LAYER] = API_ERROR_LAYER_MISSING,
    [BUNDLE_BAD_LAYER] = API_ERROR_LAYER_HASH,
    [BUNDLE_BAD_MEASUREMENT] = API_ERROR_MEASUREMENT,
    [BUNDLE_UNSUPPORTED_LAYER] = API_ERROR_LAYER_KIND,
    [BUNDLE_IMAGE_EMPTY] = API_ERROR_INTERNAL,     /* only when making bundles */
    [BUNDLE_IMAGE_TOO_LARGE] = API_ERROR_INTERNAL, /* likewise */
    [BUNDLE_NO_MEMORY] = API_ERROR_BUSY,
};

static bool read_failed(struct intake *intake, enum bundle_result result)
{
    char message[160];
    if (result != BUNDLE_BAD_MANIFEST)
        return fail(intake, error_codes[result], "");
    snprintf(message, sizeof message, "The manifest is not valid: %s",
             bundle_result_text(&intake->bundle, result));
    return fail(intake, API_ERROR_MANIFEST, message);
}

static bool sign(struct intake *intake, const struct signer *signer)
{
    const struct manifest_envelope *unsigned_ = &intake->bundle.envelope;
    uint8_t signature[MANIFEST_SIGNATURE_SIZE], bytes[MANIFEST_SIZE_MAX];
    size_t size = 0;
    if (!signer_sign(signer, unsigned_->body, unsigned_->body_size, signature))
        return fail(intake, API_ERROR_INTERNAL, "");
    struct manifest_envelope sealed = *unsigned_;
    sealed.signer_id = signer->id;
    sealed.signature = signature;
    intake->bundle.manifest_result = manifest_encode_envelope(&sealed, bytes, sizeof bytes, &size);
    if (intake->bundle.manifest_result != MANIFEST_OK)
        return read_failed(intake, BUNDLE_BAD_MANIFEST);
    enum bundle_result result = bundle_set_manifest(&intake->bundle, bytes, size);
    return result == BUNDLE_OK || read_failed(intake, result);
}

/* Signs an unsigned manifest, or verifies the signature of a signed one. */
static bool settle_signature(struct intake *intake, const struct signer *signer)
{
    const struct manifest_envelope *envelope = &intake->bundle.envelope;
    if (!envelope->signature && envelope->signer_id != 0)
        return fail(intake, API_ERROR_SIGNATURE,
                    "The manifest names a signer but has no signature");
    if (!envelope->signature)
        return sign(intake, signer);
    if (envelope->signer_id != signer->id)
        return fail(intake, API_ERROR_SIGNER_UNKNOWN, "");
    if (!signer_verify(signer, envelope->body, envelope->body_size, envelope->signature))
        return fail(intake, API_ERROR_SIGNATURE, "");
    return true;
}

void intake_check(struct intake *intake, int fd, size_t size, const struct signer *signer)
{
    if (size == 0) {
        fail(intake, API_ERROR_NOT_A_ZIP, "");
        return;
    }
    /* The file has no name any more, so nobody can shorten it under the mapping. */
    void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED) {
        fail(intake, API_ERROR_BUSY, "");
        return;
    }
    enum bundle_result result = bundle_read(bytes, size, &intake->bundle);
    munmap(bytes, size);
    if (result != BUNDLE_OK)
        read_failed(intake, result);
    else if (settle_signature(intake, signer))
        signer_sha256(intake->bundle.manifest_bytes, intake->bundle.manifest_size,
                      intake->manifest_hash);
}

void intake_free(struct intake *intake)
{
    if (!intake)
        return;
    bundle_free(&intake->bundle);
    free(intake);
}
