/* Error codes: see errors.h. */
#include "cloud/api/errors.h"

#include <stddef.h>

static const struct api_error_entry entries[] = {
    {API_ERROR_PARAMETER, 400, "A parameter is missing or not valid"},
    {API_ERROR_AUTHENTICATE, 401, "Authenticate"},
    {API_ERROR_METHOD, 405, "The resource does not have this method"},
    {API_ERROR_SUSPENDED, 403, "The account is suspended"},
    {API_ERROR_FORBIDDEN, 403, "The role or the reach of these credentials does not allow this"},
    {API_ERROR_NOT_FOUND, 404, "The requested resource was not found"},
    {API_ERROR_CONFLICT, 409, "The unique name belongs to another resource"},
    {API_ERROR_TOO_LARGE, 413, "The request body is too large"},
    {API_ERROR_TOO_MANY, 429, "Too Many Requests"},
    {API_ERROR_INTERNAL, 500, "The server failed; its log says why"},
    {API_ERROR_BUSY, 503, "The server is busy; the request was not carried out"},
    {API_ERROR_UPLOAD_FORM, 400, "Send the bundle as multipart/form-data in one part named File"},
    {API_ERROR_UPLOAD_TOO_LARGE, 413, "The bundle is larger than 4 MiB"},
    {API_ERROR_NOT_A_ZIP, 400, "The bundle is not a zip archive, or was cut short"},
    {API_ERROR_NO_MANIFEST, 400, "The bundle has no member named manifest"},
    {API_ERROR_MANIFEST, 400, "The manifest is not valid"},
    {API_ERROR_LAYER_MISSING, 400, "The bundle lacks a layer that the manifest names"},
    {API_ERROR_LAYER_HASH, 400, "A layer's content does not have the hash that names it"},
    {API_ERROR_LAYER_TOO_LARGE, 400,
     "A member of the bundle is too large: images are smaller than 1 MiB, manifests at most 4 KiB"},
    {API_ERROR_LAYER_KIND, 400, "Encrypted layers and layers for external flash are not supported"},
    {API_ERROR_MEASUREMENT, 400, "The measurement hash is not that of the padded layer"},
    {API_ERROR_SIGNER_UNKNOWN, 400, "The manifest is signed by a key that is not known here"},
    {API_ERROR_SIGNATURE, 400, "The manifest's signature is not valid"},
    {API_ERROR_BUNDLE_MEMBER, 400, "The bundle holds a member that does not belong in it"},
    {API_ERROR_APP_TARGETED, 400, "The App is the target of a Device"},
    {API_ERROR_CSR, 400, "Csr must be a PEM certificate request for a key on P-256"},
    {API_ERROR_KEY, 400, "Key must have 1 to 100 characters and not be . or .."},
    {API_ERROR_VALUE, 400, "Value is required and must have at most 4096 characters"},
    {API_ERROR_KEY_TAKEN, 409, "There is a config or secret with this key already"},
    {API_ERROR_TOO_MANY_KEYS, 400, "An account can have at most 1000 API keys"},
};

const struct api_error_entry *api_error_find(int code)
{
    static const struct api_error_entry none = {0, 0, ""};
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        if (entries[i].code == code)
            return &entries[i];
    }
    return &none;
}
