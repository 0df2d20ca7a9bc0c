/*
 * Error codes of the REST API. 2xxxx are the codes that clients of this API know; 65xxx are our
 * own, explained at /ext/v1/errors/{code}.
 */
#ifndef CLOUD_API_ERRORS_H
#define CLOUD_API_ERRORS_H

enum api_error {
    API_ERROR_PARAMETER = 20001,
    API_ERROR_AUTHENTICATE = 20003,
    API_ERROR_METHOD = 20004,
    API_ERROR_SUSPENDED = 20005,
    API_ERROR_FORBIDDEN = 20403,
    API_ERROR_NOT_FOUND = 20404,
    API_ERROR_CONFLICT = 20409,
    API_ERROR_TOO_LARGE = 20413,
    API_ERROR_TOO_MANY = 20429,
    API_ERROR_INTERNAL = 20500,
    API_ERROR_BUSY = 20503,

    API_ERROR_UPLOAD_FORM = 65100,
    API_ERROR_UPLOAD_TOO_LARGE = 65101,
    API_ERROR_NOT_A_ZIP = 65102,
    API_ERROR_NO_MANIFEST = 65103,
    API_ERROR_MANIFEST = 65104,
    API_ERROR_LAYER_MISSING = 65105,
    API_ERROR_LAYER_HASH = 65106,
    API_ERROR_LAYER_TOO_LARGE = 65107,
    API_ERROR_LAYER_KIND = 65108,
    API_ERROR_MEASUREMENT = 65109,
    API_ERROR_SIGNER_UNKNOWN = 65110,
    API_ERROR_SIGNATURE = 65111,
    API_ERROR_BUNDLE_MEMBER = 65112,
    API_ERROR_APP_TARGETED = 65120,
    API_ERROR_CSR = 65130,
    API_ERROR_KEY = 65140,
    API_ERROR_VALUE = 65141,
    API_ERROR_KEY_TAKEN = 65142,
    API_ERROR_TOO_MANY_KEYS = 65150,
};

/* HTTP status and explanation of a code; status 0 if there is no such code. */
struct api_error_entry {
    int code;
    int status;
    const char *message;
};
const struct api_error_entry *api_error_find(int code);

#endif
