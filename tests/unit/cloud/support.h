/*
 * What the cloud's black-box tests share: a server process in a folder of its own, REST requests,
 * bundles good and bad, and a test device that speaks the tunnel. Failures end the test.
 */
#ifndef TESTS_CLOUD_SUPPORT_H
#define TESTS_CLOUD_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <cmocka.h>

#include <jansson.h>
#include <openssl/ssl.h>

#include "formats/logrec.h"
#include "formats/manifest.h"
#include "formats/tunnel.h"

/* ---- server ---- */

struct server {
    pid_t pid;
    char state[64]; /* folder, removed by server_free() */
    char url[64];
    int gateway_port;
    char account_sid[40], auth_token[40];
};

/* A new folder, not yet a process. config: text of the configuration file, or NULL. */
void server_new(struct server *server);
void server_start(struct server *server, const char *config);

/* SIGTERM; the process must end with exit code 0. */
void server_stop(struct server *server);
void server_kill(struct server *server);

/* Takes a stopped server's database away. */
void server_forget(const struct server *server);
void server_free(struct server *server);

/* Whether the server's log has, or within five seconds gets, a line with the text. */
bool server_logged(const struct server *server, const char *text);
bool server_log_has(const struct server *server, const char *text); /* now */

/* Memory that the process has in use now. */
long long server_resident_kb(const struct server *server);

/* Runs microvisord with arguments ("" ends them early); its exit code. */
int server_exit_code(const char *first, const char *second, const char *third);

/* ---- REST ---- */

struct answer {
    long status;
    json_t *json; /* NULL if the body is none */
    char *headers, *body;
    size_t body_size;
};

/* form NULL: no body. Paths begin with '/'. The answer must be freed. */
struct answer rest(const struct server *server, const char *method, const char *path,
                   const char *form);
struct answer rest_as(const struct server *server, const char *user, const char *password,
                      const char *method, const char *path, const char *form);

/* Uploads bytes as part File; name NULL: no UniqueName. */
struct answer rest_upload(const struct server *server, const void *bytes, size_t size,
                          const char *name);
void answer_free(struct answer *answer);

/* Text at a path of keys and indices "app.target_sid"; "" for null or missing. */
const char *answer_text(const struct answer *answer, const char *path);
long long answer_number(const struct answer *answer, const char *path);

/* Asserts status and error code, and frees. */
void assert_error(struct answer answer, long status, long long code);

/* Opens an event stream in a thread-less way: connects, sends the request, returns the socket. */
int stream_open(const struct server *server, const char *path);

/* Reads from the stream until text has come, at most seconds; false if not. */
bool stream_wait(int fd, const char *text, int seconds);

/* ---- bundles ---- */

struct bundle_options {
    const uint8_t *image;
    size_t image_size;
    bool wrong_layer; /* content differs from the name */
    bool wrong_measurement;
    bool no_layer;
    bool no_manifest;
    bool garbage_manifest;
    bool encrypted;
    EVP_PKEY *signer;   /* NULL: unsigned */
    uint64_t signer_id; /* with signer; 0: the signer's own */
};

/* A zip in memory; the caller frees it. */
uint8_t *bundle_zip(const struct bundle_options *options, size_t *size);

/* Deterministic bytes that do not compress. */
uint8_t *noise(size_t size, uint32_t seed);

/* Uploads a good bundle of so many bytes; out gets the app's SID. */
void app_upload(const struct server *server, size_t image_size, uint32_t seed, char sid[35]);

/* ---- device ---- */

struct device {
    char sid[40];
    EVP_PKEY *key;
    X509 *certificate, *ca;
    int fd;
    SSL_CTX *context;
    SSL *ssl;
    SSL_SESSION *session; /* for resumption */
    uint8_t in[65536];
    size_t in_size;
    char host[64];
    int port;
    const char *alpn;                 /* NULL: the right one */
    void (*adjust)(SSL_CTX *context); /* changes what the client offers; NULL: nothing */
};

/* Registers a device over REST with a fresh key. */
void device_provision(const struct server *server, struct device *device, const char *name);
void device_free(struct device *device);

/* TCP and TLS; false if the server refuses. */
bool device_connect(const struct server *server, struct device *device);
void device_disconnect(struct device *device);

void device_send(struct device *device, const void *bytes, size_t size);
void device_send_frame(struct device *device, uint8_t type, uint16_t stream, const void *payload,
                       size_t size);
void device_send_u32(struct device *device, uint8_t type, uint16_t stream, uint32_t value);
void device_send_control(struct device *device, const tunnel_ControlMessage *message);
void device_send_hello(struct device *device, const char *sid, const uint8_t *manifest_hash);
void device_send_report(struct device *device, const uint8_t *manifest_hash, uint32_t state,
                        uint32_t error, const uint8_t *update_hash);
void device_open_fetch(struct device *device, uint16_t stream, const uint8_t hash[32],
                       uint32_t offset, uint32_t length, uint32_t credit);
void device_send_log(struct device *device, uint16_t stream, uint8_t type, uint32_t sequence,
                     uint64_t device_us, const char *text);

/* The next frame, copied; false at the end of the connection or after the timeout. */
struct got_frame {
    uint8_t type;
    uint16_t stream, length;
    uint8_t payload[TUNNEL_PAYLOAD_MAX];
};
bool device_receive(struct device *device, struct got_frame *frame, int timeout_ms);

/* The next control message, which must be of that kind; other frames are skipped. */
tunnel_ControlMessage device_expect(struct device *device, pb_size_t which);

/* Connects, says Hello and takes Welcome and Target. */
void device_open(const struct server *server, struct device *device, const uint8_t *manifest_hash);

/* Fetches a whole range with ample credit; returns bytes received, *reason of the CLOSE. */
size_t device_fetch(struct device *device, uint16_t stream, const uint8_t hash[32], uint32_t offset,
                    uint32_t length, uint8_t *out, size_t size, uint32_t *total, uint32_t *reason);

/* True when the server ends the connection within the time. */
bool device_closed(struct device *device, int timeout_ms);

/* GET of the device's record ("") or of "/logs", "/status" … below its extensions. */
struct answer device_get(const struct server *server, const struct device *device,
                         const char *rest_of_path);
/* Changes the device's record; must succeed. */
void device_post(const struct server *server, const struct device *device, const char *form);

void sha256(const void *bytes, size_t size, uint8_t hash[32]);

#endif
