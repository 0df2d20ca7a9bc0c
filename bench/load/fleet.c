// See fleet.h.
#include "bench/load/fleet.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>

enum { EVENTS_MAX = 256, LINE_MAX_BYTES = 8192 };

void fleet_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("load: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    ERR_print_errors_fp(stderr);
    exit(1);
}

double fleet_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

// ---- what the members are ----

static EVP_PKEY *read_key(const char *folder)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/key.pem", folder);
    FILE *file = fopen(path, "r");
    EVP_PKEY *key = file == NULL ? NULL : PEM_read_PrivateKey(file, NULL, NULL, NULL);
    if (key == NULL) {
        fleet_fail("cannot read %s", path);
    }
    fclose(file);
    return key;
}

static bool read_member(FILE *file, struct member *member)
{
    static char line[LINE_MAX_BYTES], base64[LINE_MAX_BYTES];
    static unsigned char der[LINE_MAX_BYTES];
    const unsigned char *at = der;
    if (fgets(line, sizeof line, file) == NULL) {
        return false;
    }
    if (sscanf(line, "%34s %8000s", member->sid, base64) != 2) {
        fleet_fail("a line of 'certificates' is wrong");
    }
    int size = EVP_DecodeBlock(der, (const unsigned char *)base64, (int)strlen(base64));
    member->certificate = size <= 0 ? NULL : d2i_X509(NULL, &at, size);
    if (member->certificate == NULL) {
        fleet_fail("the certificate of %s cannot be read", member->sid);
    }
    return true;
}

static void read_members(struct fleet *fleet, const char *folder, size_t count)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/certificates", folder);
    FILE *file = fopen(path, "r");
    fleet->members = calloc(count, sizeof *fleet->members);
    if (file == NULL || fleet->members == NULL) {
        fleet_fail("cannot read %s", path);
    }
    while (fleet->count < count && read_member(file, &fleet->members[fleet->count])) {
        fleet->members[fleet->count++].fd = -1;
    }
    fclose(file);
    if (fleet->count < count) {
        fleet_fail("there are only %zu certificates", fleet->count);
    }
}

void fleet_load(struct fleet *fleet, const char *folder, size_t count, uint16_t port)
{
    static const unsigned char alpn[] = "\x0c" TUNNEL_ALPN;
    fleet->key = read_key(folder);
    fleet->context = SSL_CTX_new(TLS_client_method());
    fleet->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (fleet->context == NULL || fleet->epoll < 0) {
        fleet_fail("out of memory");
    }
    SSL_CTX_set_max_proto_version(fleet->context, TLS1_2_VERSION); // what a device speaks
    SSL_CTX_set_mode(fleet->context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                         SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(fleet->context, SSL_SESS_CACHE_OFF);
    if (!fleet->mqtt) {
        SSL_CTX_set_alpn_protos(fleet->context, alpn, sizeof alpn - 1);
    }
    fleet->server.sin_family = AF_INET;
    fleet->server.sin_port = htons(port);
    fleet->server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    read_members(fleet, folder, count);
}

// ---- connections ----

static void close_member(struct fleet *fleet, struct member *member, enum member_state state)
{
    if (member->state == MEMBER_TLS || member->state == MEMBER_WELCOME) {
        fleet->in_progress--;
    } else if (member->state == MEMBER_READY) {
        fleet->ready--;
    }
    if (state == MEMBER_GONE) {
        fleet->gone++;
    }
    SSL_free(member->ssl);
    if (member->fd >= 0) {
        close(member->fd);
    }
    member->ssl = NULL;
    member->fd = -1;
    member->state = state;
    member->in_used = member->out_used = 0;
    member->credit = 0;
}

static void watch(const struct fleet *fleet, struct member *member, uint32_t events, bool first)
{
    struct epoll_event event = {.events = events, .data.ptr = member};
    if (member->events == events && !first) {
        return;
    }
    member->events = events;
    if (epoll_ctl(fleet->epoll, first ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, member->fd, &event) != 0) {
        fleet_fail("epoll: %s", strerror(errno));
    }
}

static void begin(struct fleet *fleet, struct member *member)
{
    member->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (member->fd < 0) {
        fleet_fail("socket: %s", strerror(errno));
    }
    if (connect(member->fd, (const struct sockaddr *)&fleet->server, sizeof fleet->server) != 0 &&
        errno != EINPROGRESS) {
        fleet_fail("connect: %s", strerror(errno));
    }
    member->ssl = SSL_new(fleet->context);
    if (member->ssl == NULL || SSL_use_certificate(member->ssl, member->certificate) != 1 ||
        SSL_use_PrivateKey(member->ssl, fleet->key) != 1 ||
        SSL_set_fd(member->ssl, member->fd) != 1) {
        fleet_fail("a connection cannot be made");
    }
    SSL_set_tlsext_host_name(member->ssl, "gateway.microvisor.local");
    SSL_set_connect_state(member->ssl);
    member->state = MEMBER_TLS;
    fleet->in_progress++;
    watch(fleet, member, EPOLLIN | EPOLLOUT, true);
}

void fleet_renew(struct fleet *fleet, struct member *member)
{
    begin(fleet, member);
}

static void flush_out(struct fleet *fleet, struct member *member)
{
    while (member->out_used > 0) {
        int sent = SSL_write(member->ssl, member->out, (int)member->out_used);
        if (sent <= 0) {
            break;
        }
        member->out_used -= (size_t)sent;
        memmove(member->out, member->out + sent, member->out_used);
    }
    watch(fleet, member, EPOLLIN | (member->out_used > 0 ? (uint32_t)EPOLLOUT : 0), false);
}

bool fleet_send(struct fleet *fleet, struct member *member, const uint8_t *frame, size_t size)
{
    if (size > sizeof member->out - member->out_used) {
        return false;
    }
    memcpy(member->out + member->out_used, frame, size);
    member->out_used += size;
    flush_out(fleet, member);
    return true;
}

// ---- the first words ----

static void say_hello(struct fleet *fleet, struct member *member)
{
    uint8_t frame[TUNNEL_FRAME_MAX];
    tunnel_ControlMessage message = tunnel_ControlMessage_init_zero;
    tunnel_Hello *hello = &message.message.hello;
    message.which_message = tunnel_ControlMessage_hello_tag;
    hello->version_min = hello->version_max = TUNNEL_VERSION;
    memcpy(hello->device_id, member->sid, sizeof member->sid);
    snprintf(hello->kernel_version, sizeof hello->kernel_version, "bench");
    hello->boot_id = (uint64_t)(member - fleet->members) + ((uint64_t)getpid() << 32);
    int32_t size = tunnel_control_write(frame, sizeof frame, &message);
    if (size <= 0 || !fleet_send(fleet, member, frame, (size_t)size)) {
        fleet_fail("Hello cannot be sent");
    }
}

// CONNECT of MQTT 3.1.1 with a clean session and no keep-alive.
static void say_connect(struct fleet *fleet, struct member *member)
{
    uint8_t packet[64] = {0x10, 46, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, 34};
    memcpy(packet + 14, member->sid, 34);
    fleet_send(fleet, member, packet, 48);
}

static void become_ready(struct fleet *fleet, struct member *member)
{
    fleet->in_progress--;
    fleet->ready++;
    member->state = MEMBER_READY;
    member->ready_at = fleet_now();
}

static void answer_ping(struct fleet *fleet, struct member *member, const tunnel_Ping *ping)
{
    uint8_t frame[TUNNEL_FRAME_MAX];
    tunnel_ControlMessage message = tunnel_ControlMessage_init_zero;
    message.which_message = tunnel_ControlMessage_pong_tag;
    message.message.pong.token = ping->token;
    int32_t size = tunnel_control_write(frame, sizeof frame, &message);
    fleet_send(fleet, member, frame, (size_t)size);
}

static void take_frame(struct fleet *fleet, struct member *member, const struct tunnel_frame *frame)
{
    tunnel_ControlMessage message;
    if (frame->type == TUNNEL_CONTROL && tunnel_control_parse(frame, &message)) {
        if (message.which_message == tunnel_ControlMessage_welcome_tag) {
            become_ready(fleet, member);
        } else if (message.which_message == tunnel_ControlMessage_ping_tag) {
            answer_ping(fleet, member, &message.message.ping);
        } else if (message.which_message == tunnel_ControlMessage_goodbye_tag) {
            fleet_fail("%s was sent away: Goodbye %d", member->sid,
                       (int)message.message.goodbye.reason);
        }
    }
    if (fleet->on_frame != NULL) {
        fleet->on_frame(fleet, member, frame);
    }
}

static void take_frames(struct fleet *fleet, struct member *member)
{
    size_t at = 0;
    struct tunnel_frame frame;
    int32_t size = 1;
    while (member->state != MEMBER_GONE && size > 0) {
        size = tunnel_frame_parse(member->in + at, member->in_used - at, &frame);
        if (size < 0) {
            fleet_fail("the server broke the protocol");
        }
        if (size > 0) {
            take_frame(fleet, member, &frame);
            at += (size_t)size;
        }
    }
    member->in_used -= at;
    memmove(member->in, member->in + at, member->in_used);
}

static void take_bytes(struct fleet *fleet, struct member *member)
{
    if (!fleet->mqtt) {
        take_frames(fleet, member);
        return;
    }
    if (member->state == MEMBER_WELCOME && member->in_used >= 4) { // CONNACK
        if (member->in[0] != 0x20 || member->in[3] != 0) {
            fleet_fail("the broker refused a connection");
        }
        become_ready(fleet, member);
    }
    member->in_used = 0;
}

// ---- progress ----

static bool shake_hands(struct fleet *fleet, struct member *member)
{
    int done = SSL_do_handshake(member->ssl);
    int error = SSL_get_error(member->ssl, done);
    if (done == 1) {
        if (fleet->only_tls) {
            SSL_set_quiet_shutdown(member->ssl, 1);
            close_member(fleet, member, MEMBER_NEW);
            fleet->ready++;
            return false;
        }
        member->state = MEMBER_WELCOME;
        if (fleet->mqtt) {
            say_connect(fleet, member);
        } else {
            say_hello(fleet, member);
        }
        return true;
    }
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
        watch(fleet, member, error == SSL_ERROR_WANT_READ ? EPOLLIN : EPOLLOUT, false);
    } else {
        close_member(fleet, member, MEMBER_GONE);
    }
    return false;
}

static void advance(struct fleet *fleet, struct member *member)
{
    if (member->state == MEMBER_GONE || member->state == MEMBER_NEW ||
        (member->state == MEMBER_TLS && !shake_hands(fleet, member))) {
        return;
    }
    flush_out(fleet, member);
    for (;;) {
        int got = SSL_read(member->ssl, member->in + member->in_used,
                           (int)(sizeof member->in - member->in_used));
        if (got <= 0) {
            int error = SSL_get_error(member->ssl, got);
            if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
                close_member(fleet, member, MEMBER_GONE);
            }
            return;
        }
        member->in_used += (size_t)got;
        take_bytes(fleet, member);
    }
}

void fleet_step(struct fleet *fleet, int timeout_ms)
{
    struct epoll_event events[EVENTS_MAX];
    while (fleet->next < fleet->count && fleet->in_progress < fleet->concurrent) {
        begin(fleet, &fleet->members[fleet->next++]);
    }
    int count = epoll_wait(fleet->epoll, events, EVENTS_MAX, timeout_ms);
    for (int i = 0; i < count; i++) {
        advance(fleet, events[i].data.ptr);
    }
}

void fleet_connect(struct fleet *fleet)
{
    while (fleet->ready < fleet->count) {
        fleet_step(fleet, 1000);
        if (fleet->gone > 0) {
            fleet_fail("%zu connections were refused", fleet->gone);
        }
    }
}
