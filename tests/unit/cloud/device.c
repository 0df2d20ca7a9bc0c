/* A device that speaks the tunnel, for tests: see support.h. */
#include "support.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>

static long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- identity ---- */

static char *make_csr(EVP_PKEY *key)
{
    char *text;
    X509_REQ *request = X509_REQ_new();
    X509_REQ_set_pubkey(request, key);
    X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request), "CN", MBSTRING_ASC,
                               (const unsigned char *)"anything", -1, -1, 0);
    assert_true(X509_REQ_sign(request, key, EVP_sha256()) > 0);
    BIO *bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509_REQ(bio, request);
    long size = BIO_get_mem_data(bio, &text);
    char *copy = strndup(text, (size_t)size);
    BIO_free(bio);
    X509_REQ_free(request);
    return copy;
}

static X509 *read_certificate(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    BIO_free(bio);
    assert_non_null(certificate);
    return certificate;
}

static char *form_escape(const char *text)
{
    char *out = malloc(3 * strlen(text) + 1), *at = out;
    for (; *text; text++)
        at += sprintf(at, "%%%02X", (unsigned char)*text);
    *at = '\0';
    return out;
}

void device_provision(const struct server *server, struct device *device, const char *name)
{
    memset(device, 0, sizeof *device);
    device->fd = -1;
    device->key = EVP_EC_gen("P-256");
    char *csr = make_csr(device->key), *escaped = form_escape(csr);
    char *form = malloc(strlen(escaped) + 300);
    sprintf(form, "Csr=%s%s%s", escaped, name ? "&UniqueName=" : "", name ? name : "");
    struct answer answer = rest(server, "POST", "/ext/v1/devices", form);
    if (answer.status != 201)
        print_error("provision: %s\n", answer.body);
    assert_int_equal(answer.status, 201);
    snprintf(device->sid, sizeof device->sid, "%s", answer_text(&answer, "sid"));
    device->certificate = read_certificate(answer_text(&answer, "certificate"));
    device->ca = read_certificate(answer_text(&answer, "ca_certificate"));
    answer_free(&answer);
    free(form);
    free(escaped);
    free(csr);
}

void device_free(struct device *device)
{
    device_disconnect(device);
    SSL_SESSION_free(device->session);
    EVP_PKEY_free(device->key);
    X509_free(device->certificate);
    X509_free(device->ca);
    device->key = NULL;
}

/* ---- connection ---- */

static SSL_CTX *make_context(struct device *device)
{
    static const unsigned char alpn[] = "\x0cmicrovisor/1";
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION); /* what the real device speaks */
    if (device->certificate) {
        assert_int_equal(SSL_CTX_use_certificate(context, device->certificate), 1);
        assert_int_equal(SSL_CTX_use_PrivateKey(context, device->key), 1);
    }
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), device->ca);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    if (!device->alpn)
        SSL_CTX_set_alpn_protos(context, alpn, sizeof alpn - 1);
    else if (device->alpn[0] != '\0')
        SSL_CTX_set_alpn_protos(context, (const unsigned char *)device->alpn,
                                (unsigned)strlen(device->alpn));
    if (device->adjust)
        device->adjust(context);
    return context;
}

bool device_connect(const struct server *server, struct device *device)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    struct timeval limit = {.tv_sec = 20};
    address.sin_port = htons((uint16_t)server->gateway_port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    device->in_size = 0;
    device->fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(device->fd, (struct sockaddr *)&address, sizeof address), 0);
    setsockopt(device->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    device->context = make_context(device);
    device->ssl = SSL_new(device->context);
    SSL_set_fd(device->ssl, device->fd);
    SSL_set1_host(device->ssl, "gateway.microvisor.local");
    SSL_set_tlsext_host_name(device->ssl, "gateway.microvisor.local");
    if (device->session)
        SSL_set_session(device->ssl, device->session);
    if (SSL_connect(device->ssl) == 1)
        return true;
    ERR_clear_error();
    device_disconnect(device);
    return false;
}

void device_disconnect(struct device *device)
{
    SSL_free(device->ssl);
    SSL_CTX_free(device->context);
    if (device->fd >= 0)
        close(device->fd);
    device->ssl = NULL;
    device->context = NULL;
    device->fd = -1;
}

/* ---- sending ---- */

void device_send(struct device *device, const void *bytes, size_t size)
{
    assert_int_equal(SSL_write(device->ssl, bytes, (int)size), size);
}

void device_send_frame(struct device *device, uint8_t type, uint16_t stream, const void *payload,
                       size_t size)
{
    uint8_t frame[TUNNEL_FRAME_MAX];
    int32_t length = tunnel_frame_write(frame, sizeof frame, type, stream, payload, size);
    assert_true(length > 0);
    device_send(device, frame, (size_t)length);
}

void device_send_u32(struct device *device, uint8_t type, uint16_t stream, uint32_t value)
{
    uint8_t payload[4];
    tunnel_put_u32(payload, value);
    device_send_frame(device, type, stream, payload, 4);
}

void device_send_control(struct device *device, const tunnel_ControlMessage *message)
{
    uint8_t frame[TUNNEL_FRAME_MAX];
    int32_t length = tunnel_control_write(frame, sizeof frame, message);
    assert_true(length > 0);
    device_send(device, frame, (size_t)length);
}

void device_send_hello(struct device *device, const char *sid, const uint8_t *manifest_hash)
{
    tunnel_ControlMessage message = tunnel_ControlMessage_init_zero;
    tunnel_Hello *hello = &message.message.hello;
    message.which_message = tunnel_ControlMessage_hello_tag;
    hello->version_min = hello->version_max = 1;
    snprintf(hello->device_id, sizeof hello->device_id, "%s", sid);
    snprintf(hello->kernel_version, sizeof hello->kernel_version, "0.0.1-test");
    hello->device_us = 5000000;
    hello->boot_id = 77;
    if (manifest_hash) {
        hello->has_app = true;
        hello->manifest_hash.size = 32;
        memcpy(hello->manifest_hash.bytes, manifest_hash, 32);
    }
    device_send_control(device, &message);
}

void device_send_report(struct device *device, const uint8_t *manifest_hash, uint32_t state,
                        uint32_t error, const uint8_t *update_hash)
{
    tunnel_ControlMessage message = tunnel_ControlMessage_init_zero;
    tunnel_UpdateReport *report = &message.message.update_report;
    message.which_message = tunnel_ControlMessage_update_report_tag;
    report->has_app = manifest_hash != NULL;
    if (manifest_hash) {
        report->manifest_hash.size = 32;
        memcpy(report->manifest_hash.bytes, manifest_hash, 32);
    }
    report->update_state = (tunnel_UpdateState)state;
    report->update_error = (tunnel_UpdateError)error;
    if (update_hash) {
        report->update_hash.size = 32;
        memcpy(report->update_hash.bytes, update_hash, 32);
    }
    device_send_control(device, &message);
}

void device_open_fetch(struct device *device, uint16_t stream, const uint8_t hash[32],
                       uint32_t offset, uint32_t length, uint32_t credit)
{
    uint8_t frame[TUNNEL_FRAME_MAX];
    struct tunnel_open open = {
        .kind = TUNNEL_FETCH, .credit = credit, .offset = offset, .length = length};
    memcpy(open.hash, hash, 32);
    int32_t size = tunnel_frame_write_open(frame, sizeof frame, stream, &open);
    device_send(device, frame, (size_t)size);
}

void device_send_log(struct device *device, uint16_t stream, uint8_t type, uint32_t sequence,
                     uint64_t device_us, const char *text)
{
    uint8_t bytes[LOGREC_BYTES_MAX];
    struct logrec record = {.type = type,
                            .text_bytes = (uint16_t)strlen(text),
                            .sequence = sequence,
                            .device_us = device_us,
                            .text = (const uint8_t *)text};
    int32_t size = logrec_write(bytes, sizeof bytes, &record);
    assert_true(size > 0);
    device_send_frame(device, TUNNEL_DATA, stream, bytes, (size_t)size);
}

/* ---- receiving ---- */

/* False at the end of the connection or of the time. */
static bool fill(struct device *device, long long end_ms)
{
    for (;;) {
        long long left = end_ms - now_ms();
        struct pollfd poll_fd = {.fd = device->fd, .events = POLLIN};
        if (SSL_pending(device->ssl) == 0 && (left <= 0 || poll(&poll_fd, 1, (int)left) <= 0))
            return false;
        ERR_clear_error();
        int got = SSL_read(device->ssl, device->in + device->in_size,
                           (int)(sizeof device->in - device->in_size));
        if (got <= 0)
            return false;
        device->in_size += (size_t)got;
        return true;
    }
}

bool device_receive(struct device *device, struct got_frame *out, int timeout_ms)
{
    long long end_ms = now_ms() + timeout_ms;
    struct tunnel_frame frame;
    for (;;) {
        int32_t length = tunnel_frame_parse(device->in, device->in_size, &frame);
        assert_true(length >= 0);
        if (length > 0) {
            out->type = frame.type;
            out->stream = frame.stream;
            out->length = frame.length;
            memcpy(out->payload, frame.payload, frame.length);
            memmove(device->in, device->in + length, device->in_size - (size_t)length);
            device->in_size -= (size_t)length;
            return true;
        }
        if (!fill(device, end_ms))
            return false;
    }
}

tunnel_ControlMessage device_expect(struct device *device, pb_size_t which)
{
    struct got_frame got;
    tunnel_ControlMessage message = tunnel_ControlMessage_init_zero;
    for (;;) {
        assert_true(device_receive(device, &got, 10000));
        if (got.type != TUNNEL_CONTROL)
            continue;
        struct tunnel_frame frame = {
            .type = got.type, .stream = got.stream, .length = got.length, .payload = got.payload};
        assert_true(tunnel_control_parse(&frame, &message));
        assert_int_equal(message.which_message, which);
        return message;
    }
}

void device_open(const struct server *server, struct device *device, const uint8_t *manifest_hash)
{
    assert_true(device_connect(server, device));
    device_send_hello(device, device->sid, manifest_hash);
    device_expect(device, tunnel_ControlMessage_welcome_tag);
    device_expect(device, tunnel_ControlMessage_target_tag);
}

size_t device_fetch(struct device *device, uint16_t stream, const uint8_t hash[32], uint32_t offset,
                    uint32_t length, uint8_t *out, size_t size, uint32_t *total, uint32_t *reason)
{
    struct got_frame got;
    size_t used = 0;
    *total = 0;
    device_open_fetch(device, stream, hash, offset, length, 4096);
    for (;;) {
        assert_true(device_receive(device, &got, 10000));
        if (got.stream != stream)
            continue;
        if (got.type == TUNNEL_ACCEPT)
            *total = tunnel_get_u32(got.payload);
        if (got.type == TUNNEL_CLOSE) {
            *reason = tunnel_get_u32(got.payload);
            return used;
        }
        if (got.type != TUNNEL_DATA)
            continue;
        assert_true(used + got.length <= size);
        memcpy(out + used, got.payload, got.length);
        used += got.length;
        device_send_u32(device, TUNNEL_CREDIT, stream, got.length);
    }
}

bool device_closed(struct device *device, int timeout_ms)
{
    struct got_frame got;
    long long end_ms = now_ms() + timeout_ms;
    while (device_receive(device, &got, (int)(end_ms - now_ms())))
        ;
    return now_ms() < end_ms;
}

/* ---- over REST ---- */

struct answer device_get(const struct server *server, const struct device *device,
                         const char *rest_of_path)
{
    char path[128];
    if (rest_of_path[0] == '\0')
        snprintf(path, sizeof path, "/v1/Devices/%s", device->sid);
    else
        snprintf(path, sizeof path, "/ext/v1/devices/%s%s", device->sid, rest_of_path);
    return rest(server, "GET", path, NULL);
}

void device_post(const struct server *server, const struct device *device, const char *form)
{
    char path[128];
    snprintf(path, sizeof path, "/v1/Devices/%s", device->sid);
    struct answer answer = rest(server, "POST", path, form);
    assert_int_equal(answer.status, 200);
    answer_free(&answer);
}
