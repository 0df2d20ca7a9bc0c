// Manifest bytes to structures and back; see manifest.h for the rules.
//
// The outer message is walked by hand, so that its body is a pointer to the signed bytes and never
// a copy; the inner one goes through nanopb's bounded structures and then through checks of our
// own.
#include "formats/manifest.h"

#include <string.h>

#include <pb_decode.h>
#include <pb_encode.h>

#include "formats/manifest.pb.h"

_Static_assert(sizeof(MANIFEST_SIGN_PREFIX) == MANIFEST_SIGN_PREFIX_SIZE, "prefix with its NUL");
_Static_assert(sizeof(((bundle_AppManifest_AppBody *)0)->layers) /
                       sizeof(bundle_AppLayerReference) ==
                   MANIFEST_LAYERS_MAX,
               "manifest.options agrees with manifest.h");

enum { FIELD_SIGNER_ID = 1, FIELD_BODY = 2, FIELD_SIGNATURE = 3 };

// Reads a length-delimited field in place: a pointer into the stream's buffer and its length.
static bool read_bytes_in_place(pb_istream_t *stream, const uint8_t *end, const uint8_t **bytes,
                                size_t *size)
{
    uint32_t length;
    if (!pb_decode_varint32(stream, &length) || length > stream->bytes_left) {
        return false;
    }
    *bytes = end - stream->bytes_left;
    *size = length;
    return pb_read(stream, NULL, length);
}

struct envelope_walk {
    const uint8_t *end;
    uint32_t seen; // bit n: field n was there
    size_t signature_size;
    struct manifest_envelope *envelope;
};

static bool read_envelope_field(pb_istream_t *stream, uint32_t tag, pb_wire_type_t wire_type,
                                struct envelope_walk *walk)
{
    struct manifest_envelope *envelope = walk->envelope;
    if (tag > FIELD_SIGNATURE) {
        return pb_skip_field(stream, wire_type);
    }
    pb_wire_type_t expected = tag == FIELD_SIGNER_ID ? PB_WT_VARINT : PB_WT_STRING;
    if (tag == 0 || wire_type != expected || (walk->seen & (1u << tag)) != 0) {
        return false;
    }
    walk->seen |= 1u << tag;
    switch (tag) {
    case FIELD_SIGNER_ID:
        return pb_decode_varint(stream, &envelope->signer_id);
    case FIELD_BODY:
        return read_bytes_in_place(stream, walk->end, &envelope->body, &envelope->body_size);
    default:
        return read_bytes_in_place(stream, walk->end, &envelope->signature, &walk->signature_size);
    }
}

enum manifest_result manifest_decode_envelope(const uint8_t *bytes, size_t size,
                                              struct manifest_envelope *envelope)
{
    memset(envelope, 0, sizeof *envelope);
    if (size > MANIFEST_SIZE_MAX) {
        return MANIFEST_TOO_LARGE;
    }
    struct envelope_walk walk = {.end = bytes + size, .envelope = envelope};
    pb_istream_t stream = pb_istream_from_buffer(bytes, size);
    while (stream.bytes_left > 0) {
        uint32_t tag;
        pb_wire_type_t wire_type;
        bool at_end;
        if (!pb_decode_tag(&stream, &wire_type, &tag, &at_end) ||
            !read_envelope_field(&stream, tag, wire_type, &walk)) {
            return MANIFEST_MALFORMED;
        }
    }
    if (walk.signature_size == 0) {
        envelope->signature = NULL;
    } else if (walk.signature_size != MANIFEST_SIGNATURE_SIZE) {
        return MANIFEST_BAD_SIGNATURE;
    }
    if (envelope->body_size == 0) {
        return MANIFEST_NO_BODY;
    }
    return envelope->body_size > MANIFEST_BODY_SIZE_MAX ? MANIFEST_TOO_LARGE : MANIFEST_OK;
}

static bool copy_hash(uint8_t to[MANIFEST_HASH_SIZE], const uint8_t *from, size_t size)
{
    if (size != MANIFEST_HASH_SIZE) {
        return false;
    }
    memcpy(to, from, MANIFEST_HASH_SIZE);
    return true;
}

static bool copy_key(bool *has, uint8_t *to, const uint8_t *from, size_t size)
{
    *has = size != 0;
    if (size == 0) {
        return true;
    }
    if (size != MANIFEST_POINT_SIZE || from[0] != 0x04) {
        return false;
    }
    memcpy(to, from, size);
    return true;
}

static enum manifest_result read_layer(const bundle_AppLayerReference *from,
                                       struct manifest_layer *to)
{
    if (!from->has_target) {
        return MANIFEST_BAD_REGION;
    }
    switch (from->target.which_where) {
    case bundle_AppLayerRegion_internal_flash_tag:
        to->start = from->target.where.internal_flash.start;
        to->size = from->target.where.internal_flash.size;
        break;
    case bundle_AppLayerRegion_external_flash_tag:
        to->external_flash = true;
        to->start = from->target.where.external_flash.start;
        to->size = from->target.where.external_flash.size;
        break;
    default:
        return MANIFEST_BAD_REGION;
    }
    to->encrypted_with_key_id = from->encrypted_with_key_id;
    if (!copy_hash(to->fetch_hash, from->fetch_hash.bytes, from->fetch_hash.size) ||
        !copy_hash(to->measurement_hash, from->measurement_hash.bytes,
                   from->measurement_hash.size)) {
        return MANIFEST_BAD_HASH;
    }
    return MANIFEST_OK;
}

static bool layer_in_range(const struct manifest_layer *layer)
{
    uint32_t limit = layer->external_flash ? UINT32_MAX : MANIFEST_APP_FLASH_SIZE;
    return layer->size > 0 && layer->start <= limit && layer->size <= limit - layer->start;
}

static bool layers_overlap(const struct manifest_layer *a, const struct manifest_layer *b)
{
    return a->external_flash == b->external_flash && a->start < b->start + b->size &&
           b->start < a->start + a->size;
}

static enum manifest_result check_regions(const struct manifest_app *app)
{
    if (app->layer_count == 0) {
        return MANIFEST_NO_BODY;
    }
    if (app->layer_count > MANIFEST_LAYERS_MAX) {
        return MANIFEST_TOO_LARGE;
    }
    for (size_t i = 0; i < app->layer_count; i++) {
        if (!layer_in_range(&app->layers[i])) {
            return MANIFEST_BAD_REGION;
        }
        for (size_t j = 0; j < i; j++) {
            if (layers_overlap(&app->layers[i], &app->layers[j])) {
                return MANIFEST_BAD_REGION;
            }
        }
    }
    return MANIFEST_OK;
}

static bool read_policies(const bundle_AppManifest_AppBody *from, struct manifest_app *to)
{
    to->has_debug = from->has_debug;
    to->has_crash = from->has_crash;
    to->has_update = from->has_update;
    to->has_connectivity = from->has_connectivity;
    to->debug.debuggable = from->debug.debuggable;
    to->crash.minimum_restart_ms = from->crash.minimum_restart_ms;
    to->crash.maximum_restart_ms = from->crash.maximum_restart_ms;
    to->crash.include_stack_bytes = from->crash.include_stack_bytes;
    to->update.maximum_politeness_time_sec = from->update.maximum_politeness_time_sec;
    to->update.minimum_kernel_version = from->update.minimum_kernel_version;
    to->connectivity.connection_grace_time_sec = from->connectivity.connection_grace_time_sec;
    to->connectivity.minimum_check_in_time_sec = from->connectivity.minimum_check_in_time_sec;
    return copy_key(&to->debug.has_auth_pubkey, to->debug.auth_pubkey,
                    from->debug.debug_auth_pubkey.bytes, from->debug.debug_auth_pubkey.size) &&
           copy_key(&to->crash.has_report_pubkey, to->crash.report_pubkey,
                    from->crash.crash_report_pubkey.bytes, from->crash.crash_report_pubkey.size);
}

enum manifest_result manifest_decode_app(const uint8_t *body, size_t size, struct manifest_app *app)
{
    memset(app, 0, sizeof *app);
    if (size > MANIFEST_BODY_SIZE_MAX) {
        return MANIFEST_TOO_LARGE;
    }
    bundle_AppManifest_AppBody message = bundle_AppManifest_AppBody_init_zero;
    pb_istream_t stream = pb_istream_from_buffer(body, size);
    if (!pb_decode(&stream, bundle_AppManifest_AppBody_fields, &message)) {
        return MANIFEST_MALFORMED;
    }
    app->layer_count = message.layers_count;
    for (size_t i = 0; i < app->layer_count; i++) {
        enum manifest_result result = read_layer(&message.layers[i], &app->layers[i]);
        if (result != MANIFEST_OK) {
            return result;
        }
    }
    if (!read_policies(&message, app)) {
        return MANIFEST_BAD_KEY;
    }
    return check_regions(app);
}

static void write_layer(const struct manifest_layer *from, bundle_AppLayerReference *to)
{
    to->has_target = true;
    if (from->external_flash) {
        to->target.which_where = bundle_AppLayerRegion_external_flash_tag;
        to->target.where.external_flash.start = from->start;
        to->target.where.external_flash.size = from->size;
    } else {
        to->target.which_where = bundle_AppLayerRegion_internal_flash_tag;
        to->target.where.internal_flash.start = from->start;
        to->target.where.internal_flash.size = from->size;
    }
    to->encrypted_with_key_id = from->encrypted_with_key_id;
    to->fetch_hash.size = MANIFEST_HASH_SIZE;
    memcpy(to->fetch_hash.bytes, from->fetch_hash, MANIFEST_HASH_SIZE);
    to->measurement_hash.size = MANIFEST_HASH_SIZE;
    memcpy(to->measurement_hash.bytes, from->measurement_hash, MANIFEST_HASH_SIZE);
}

static void write_policies(const struct manifest_app *from, bundle_AppManifest_AppBody *to)
{
    to->has_debug = from->has_debug;
    to->has_crash = from->has_crash;
    to->has_update = from->has_update;
    to->has_connectivity = from->has_connectivity;
    to->debug.debuggable = from->debug.debuggable;
    if (from->debug.has_auth_pubkey) {
        to->debug.debug_auth_pubkey.size = MANIFEST_POINT_SIZE;
        memcpy(to->debug.debug_auth_pubkey.bytes, from->debug.auth_pubkey, MANIFEST_POINT_SIZE);
    }
    to->crash.minimum_restart_ms = from->crash.minimum_restart_ms;
    to->crash.maximum_restart_ms = from->crash.maximum_restart_ms;
    to->crash.include_stack_bytes = from->crash.include_stack_bytes;
    if (from->crash.has_report_pubkey) {
        to->crash.crash_report_pubkey.size = MANIFEST_POINT_SIZE;
        memcpy(to->crash.crash_report_pubkey.bytes, from->crash.report_pubkey, MANIFEST_POINT_SIZE);
    }
    to->update.maximum_politeness_time_sec = from->update.maximum_politeness_time_sec;
    to->update.minimum_kernel_version = from->update.minimum_kernel_version;
    to->connectivity.connection_grace_time_sec = from->connectivity.connection_grace_time_sec;
    to->connectivity.minimum_check_in_time_sec = from->connectivity.minimum_check_in_time_sec;
}

enum manifest_result manifest_encode_app(const struct manifest_app *app, uint8_t *buffer,
                                         size_t capacity, size_t *size)
{
    *size = 0;
    enum manifest_result result = check_regions(app);
    if (result != MANIFEST_OK) {
        return result;
    }
    bundle_AppManifest_AppBody message = bundle_AppManifest_AppBody_init_zero;
    message.layers_count = (pb_size_t)app->layer_count;
    for (size_t i = 0; i < app->layer_count; i++) {
        write_layer(&app->layers[i], &message.layers[i]);
    }
    write_policies(app, &message);
    pb_ostream_t stream = pb_ostream_from_buffer(buffer, capacity);
    if (!pb_encode(&stream, bundle_AppManifest_AppBody_fields, &message)) {
        return MANIFEST_BUFFER_SMALL;
    }
    *size = stream.bytes_written;
    return stream.bytes_written > MANIFEST_BODY_SIZE_MAX ? MANIFEST_TOO_LARGE : MANIFEST_OK;
}

static bool encode_bytes_field(pb_ostream_t *stream, uint32_t tag, const uint8_t *bytes,
                               size_t size)
{
    return pb_encode_tag(stream, PB_WT_STRING, tag) && pb_encode_string(stream, bytes, size);
}

enum manifest_result manifest_encode_envelope(const struct manifest_envelope *envelope,
                                              uint8_t *buffer, size_t capacity, size_t *size)
{
    *size = 0;
    if (envelope->body_size == 0) {
        return MANIFEST_NO_BODY;
    }
    if (envelope->body_size > MANIFEST_BODY_SIZE_MAX) {
        return MANIFEST_TOO_LARGE;
    }
    pb_ostream_t stream = pb_ostream_from_buffer(buffer, capacity);
    bool ok = true;
    if (envelope->signer_id != 0) {
        ok = pb_encode_tag(&stream, PB_WT_VARINT, FIELD_SIGNER_ID) &&
             pb_encode_varint(&stream, envelope->signer_id);
    }
    ok = ok && encode_bytes_field(&stream, FIELD_BODY, envelope->body, envelope->body_size);
    if (envelope->signature != NULL) {
        ok = ok && encode_bytes_field(&stream, FIELD_SIGNATURE, envelope->signature,
                                      MANIFEST_SIGNATURE_SIZE);
    }
    if (!ok) {
        return MANIFEST_BUFFER_SMALL;
    }
    *size = stream.bytes_written;
    return MANIFEST_OK;
}

void manifest_app_init(struct manifest_app *app, const uint8_t fetch_hash[MANIFEST_HASH_SIZE],
                       const uint8_t measurement_hash[MANIFEST_HASH_SIZE])
{
    memset(app, 0, sizeof *app);
    app->layer_count = 1;
    app->layers[0].size = MANIFEST_APP_FLASH_SIZE;
    memcpy(app->layers[0].fetch_hash, fetch_hash, MANIFEST_HASH_SIZE);
    memcpy(app->layers[0].measurement_hash, measurement_hash, MANIFEST_HASH_SIZE);
    app->has_update = true;
    app->has_connectivity = true;
}

enum manifest_result manifest_signed_message(const uint8_t *body, size_t body_size, uint8_t *buffer,
                                             size_t capacity, size_t *size)
{
    *size = 0;
    if (body_size > MANIFEST_BODY_SIZE_MAX) {
        return MANIFEST_TOO_LARGE;
    }
    if (capacity < MANIFEST_SIGN_PREFIX_SIZE + body_size) {
        return MANIFEST_BUFFER_SMALL;
    }
    memcpy(buffer, MANIFEST_SIGN_PREFIX, MANIFEST_SIGN_PREFIX_SIZE);
    memcpy(buffer + MANIFEST_SIGN_PREFIX_SIZE, body, body_size);
    *size = MANIFEST_SIGN_PREFIX_SIZE + body_size;
    return MANIFEST_OK;
}

void manifest_key_id_input(const uint8_t point[MANIFEST_POINT_SIZE],
                           uint8_t input[MANIFEST_KEY_ID_INPUT_SIZE])
{
    input[0] = 0; // the type tag of manifest-signing keys is two zero bytes
    input[1] = 0;
    memcpy(input + 2, point, MANIFEST_POINT_SIZE);
}

uint64_t manifest_key_id(const uint8_t hash[MANIFEST_HASH_SIZE])
{
    uint64_t id = 0;
    for (size_t i = 0; i < 8; i++) {
        id = id << 8 | hash[i];
    }
    return id;
}

const char *manifest_result_text(enum manifest_result result)
{
    switch (result) {
    case MANIFEST_OK:
        return "the manifest is good";
    case MANIFEST_MALFORMED:
        return "the manifest cannot be parsed";
    case MANIFEST_TOO_LARGE:
        return "the manifest is larger than this platform accepts";
    case MANIFEST_NO_BODY:
        return "the manifest names nothing to install";
    case MANIFEST_BAD_SIGNATURE:
        return "the manifest's signature does not have 64 bytes";
    case MANIFEST_BAD_HASH:
        return "a layer's hash is missing or does not have 32 bytes";
    case MANIFEST_BAD_REGION:
        return "a layer's flash region is missing, empty, out of range or overlaps another";
    case MANIFEST_BAD_KEY:
        return "a public key is not an uncompressed P-256 point of 65 bytes";
    case MANIFEST_BUFFER_SMALL:
        return "the buffer is too small for the manifest";
    }
    return "unknown manifest error";
}
