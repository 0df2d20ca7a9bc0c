// Load on a gateway, for ./run bench: many devices on one thread. Prints one figure a line, "NAME
// VALUE".
//
//   load hold FOLDER PORT COUNT [mqtt]         connects COUNT devices, prints "ready", holds them
//   until
//                                              standard input ends
//   load handshakes FOLDER PORT AT_ONCE S      full handshakes for S seconds, each closed at once
//   load logs FOLDER PORT COUNT S [SSE…]       log records from COUNT devices for S seconds; each
//   SSE
//                                              (API_PORT PATH AUTHORIZATION) is a live reader's
//                                              request
//   load notify FOLDER PORT API_PORT AUTHORIZATION APP_A APP_B N
//                                              milliseconds from a new target to its notification
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/load/fleet.h"
#include "formats/logrec.h"

enum {
    LOG_STREAM = 1,
    LOG_TEXT = 64,   // bytes of a log line
    LOG_BURST = 900, // of the gateway's limits for one device: 1,000 at once, 200 a second
    LOG_RATE = 190,
    READERS_MAX = 1000,
    CONNECT_AT_ONCE = 64,
};

static unsigned long number(const char *text)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (text[0] == '\0' || *end != '\0') {
        fleet_fail("'%s' is not a number", text);
    }
    return value;
}

// ---- hold ----

static int hold(int count, char **words)
{
    struct fleet fleet = {.concurrent = CONNECT_AT_ONCE};
    fleet.mqtt = count > 3 && strcmp(words[3], "mqtt") == 0;
    fleet_load(&fleet, words[0], number(words[2]), (uint16_t)number(words[1]));
    double start = fleet_now();
    fleet_connect(&fleet);
    printf("seconds %.3f\nready %zu\n", fleet_now() - start, fleet.ready);
    fflush(stdout);
    struct epoll_event event = {.events = EPOLLIN};
    struct member input = {.state = MEMBER_GONE}; // advance() leaves it alone
    event.data.ptr = &input;
    int watched = epoll_ctl(fleet.epoll, EPOLL_CTL_ADD, STDIN_FILENO, &event);
    char byte;
    if (watched != 0) {
        fleet_fail("standard input must be a pipe");
    }
    for (;;) {
        struct epoll_event waiting;
        fleet_step(&fleet, 200);
        if (epoll_wait(fleet.epoll, &waiting, 1, 0) == 1 && waiting.data.ptr == &input &&
            read(STDIN_FILENO, &byte, 1) == 0) {
            break;
        }
    }
    printf("still_ready %zu\n", fleet.ready);
    return fleet.ready == fleet.count ? 0 : 1;
}

// ---- handshakes ----

static int handshakes(int count, char **words)
{
    struct fleet fleet = {.only_tls = true};
    (void)count;
    fleet_load(&fleet, words[0], number(words[2]), (uint16_t)number(words[1]));
    fleet.concurrent = fleet.count;
    double start = fleet_now(), seconds = (double)number(words[3]);
    while (fleet_now() - start < seconds) {
        fleet_step(&fleet, 100);
        for (size_t i = 0; i < fleet.next; i++) {
            if (fleet.members[i].state == MEMBER_NEW) {
                fleet_renew(&fleet, &fleet.members[i]);
            }
        }
        if (fleet.gone > 0) {
            fleet_fail("a handshake failed");
        }
    }
    printf("handshakes_per_s %.1f\n", (double)fleet.ready / (fleet_now() - start));
    return 0;
}

// ---- logs ----

static void open_log(struct fleet *fleet, struct member *member)
{
    uint8_t frame[TUNNEL_FRAME_MAX];
    const struct tunnel_open open = {.kind = TUNNEL_LOG};
    int32_t size = tunnel_frame_write_open(frame, sizeof frame, LOG_STREAM, &open);
    if (size <= 0 || !fleet_send(fleet, member, frame, (size_t)size)) {
        fleet_fail("a log stream cannot be opened");
    }
}

static void on_log_frame(struct fleet *fleet, struct member *member,
                         const struct tunnel_frame *frame)
{
    (void)fleet;
    if (frame->stream == LOG_STREAM && frame->type == TUNNEL_CREDIT) {
        member->credit += tunnel_frame_u32(frame);
    } else if (frame->stream == LOG_STREAM && frame->type == TUNNEL_CLOSE) {
        fleet_fail("the log stream of %s was closed (%u)", member->sid, tunnel_frame_u32(frame));
    }
}

// As many records as fit one frame, the credit and the gateway's limit. False: nothing was sent.
static bool send_logs(struct fleet *fleet, struct member *member, double seconds)
{
    static const uint8_t text[LOG_TEXT] =
        "temperature 21.5 C, humidity 40 %, battery 3.71 V, uptime 123456";
    uint8_t payload[TUNNEL_PAYLOAD_MAX], frame[TUNNEL_FRAME_MAX];
    enum { RECORD = LOGREC_HEADER_BYTES + LOG_TEXT };
    size_t used = 0;
    uint64_t allowed = LOG_BURST + (uint64_t)(LOG_RATE * seconds);
    if (member->out_used > 0) {
        return false;
    }
    while (used + RECORD <= sizeof payload && used + RECORD <= member->credit &&
           member->logs_sent < allowed) {
        struct logrec record = {.type = LOGREC_APP_LOGGING,
                                .text_bytes = LOG_TEXT,
                                .sequence = (uint32_t)member->logs_sent++,
                                .device_us = (uint64_t)(seconds * 1e6),
                                .text = text};
        used += (size_t)logrec_write(payload + used, sizeof payload - used, &record);
    }
    if (used == 0) {
        return false;
    }
    member->credit -= (uint32_t)used;
    int32_t size = tunnel_frame_write(frame, sizeof frame, TUNNEL_DATA, LOG_STREAM, payload, used);
    return fleet_send(fleet, member, frame, (size_t)size);
}

struct reader {
    int fd;
    unsigned long lines;
    char tail; // last byte of the piece before, since "\nid:" may be cut
};

static int connect_api(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        fleet_fail("the API does not answer: %s", strerror(errno));
    }
    return fd;
}

static void open_reader(struct reader *reader, char **words)
{
    char request[2048];
    int size = snprintf(request, sizeof request,
                        "GET %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic %s\r\n\r\n",
                        words[1], words[2]);
    reader->fd = connect_api((uint16_t)number(words[0]));
    if (write(reader->fd, request, (size_t)size) != size) {
        fleet_fail("a reader cannot ask");
    }
}

// An event's line "data:" begins with d, and no other line of a stream does.
static void read_lines(struct reader *reader)
{
    char piece[65536];
    ssize_t got;
    while ((got = recv(reader->fd, piece, sizeof piece, MSG_DONTWAIT)) > 0) {
        for (ssize_t i = 0; i < got; i++) {
            reader->lines += piece[i] == 'd' && (i == 0 ? reader->tail : piece[i - 1]) == '\n';
        }
        reader->tail = piece[got - 1];
    }
    if (got == 0) {
        fleet_fail("a live reader was sent away");
    }
}

static uint64_t sent_in_all(const struct fleet *fleet)
{
    uint64_t sent = 0;
    for (size_t i = 0; i < fleet->count; i++) {
        sent += fleet->members[i].logs_sent;
    }
    return sent;
}

static int logs(int count, char **words)
{
    static struct reader readers[READERS_MAX];
    struct fleet fleet = {.concurrent = CONNECT_AT_ONCE, .on_frame = on_log_frame};
    size_t reader_count = (size_t)(count - 4) / 3;
    fleet_load(&fleet, words[0], number(words[2]), (uint16_t)number(words[1]));
    fleet_connect(&fleet);
    for (size_t i = 0; i < reader_count && i < READERS_MAX; i++) {
        open_reader(&readers[i], words + 4 + 3 * i);
    }
    for (size_t i = 0; i < fleet.count; i++) {
        open_log(&fleet, &fleet.members[i]);
    }
    double start = fleet_now(), seconds = (double)number(words[3]), passed = 0;
    while ((passed = fleet_now() - start) < seconds) {
        bool sent = false;
        fleet_step(&fleet, 0);
        for (size_t i = 0; i < fleet.count; i++) {
            sent = send_logs(&fleet, &fleet.members[i], passed) || sent;
        }
        for (size_t i = 0; i < reader_count; i++) {
            read_lines(&readers[i]);
        }
        if (!sent) {
            fleet_step(&fleet, 1);
        }
    }
    // What is still under way counts as not stored: credit comes back for stored records only.
    unsigned long delivered = 0;
    for (size_t i = 0; i < reader_count; i++) {
        delivered += readers[i].lines;
    }
    printf("sent_per_s %.0f\ndelivered_per_s %.0f\n", (double)sent_in_all(&fleet) / passed,
           (double)delivered / passed);
    return 0;
}

// ---- notify ----

struct notice {
    bool came;
    double at;
};

static struct notice notice;

static void on_target(struct fleet *fleet, struct member *member, const struct tunnel_frame *frame)
{
    tunnel_ControlMessage message;
    (void)fleet;
    (void)member;
    if (frame->type == TUNNEL_CONTROL && tunnel_control_parse(frame, &message) &&
        message.which_message == tunnel_ControlMessage_target_tag) {
        notice = (struct notice){.came = true, .at = fleet_now()};
    }
}

static void post_target(int fd, const char *sid, const char *authorization, const char *app)
{
    char request[2048];
    int size = snprintf(request, sizeof request,
                        "POST /v1/Devices/%s HTTP/1.1\r\nHost: localhost\r\n"
                        "Authorization: Basic %s\r\n"
                        "Content-Type: application/x-www-form-urlencoded\r\n"
                        "Content-Length: %zu\r\n\r\nTargetApp=%s",
                        sid, authorization, strlen("TargetApp=") + strlen(app), app);
    if (write(fd, request, (size_t)size) != size) {
        fleet_fail("the target cannot be set");
    }
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static int notify(int count, char **words)
{
    enum { TIMES_MAX = 1000 };
    static double times[TIMES_MAX];
    char answer[8192];
    struct fleet fleet = {.concurrent = 1, .on_frame = on_target};
    (void)count;
    fleet_load(&fleet, words[0], 1, (uint16_t)number(words[1]));
    fleet_connect(&fleet);
    while (!notice.came) { // the one behind Welcome
        fleet_step(&fleet, 1000);
    }
    int fd = connect_api((uint16_t)number(words[2]));
    size_t rounds = number(words[6]);
    for (size_t i = 0; i < rounds && i < TIMES_MAX; i++) {
        notice.came = false;
        double start = fleet_now();
        post_target(fd, fleet.members[0].sid, words[3], words[4 + i % 2]);
        while (!notice.came && fleet_now() - start < 10) {
            fleet_step(&fleet, 1000);
        }
        if (!notice.came || recv(fd, answer, sizeof answer, 0) < 12 ||
            strncmp(answer + 9, "200", 3) != 0) {
            fleet_fail("no notification came");
        }
        times[i] = (notice.at - start) * 1000;
    }
    qsort(times, rounds, sizeof *times, compare);
    printf("median_ms %.3f\np99_ms %.3f\n", times[rounds / 2], times[rounds * 99 / 100]);
    return 0;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int least;
        int (*run)(int count, char **words);
    } modes[] = {
        {"hold", 3, hold}, {"handshakes", 4, handshakes}, {"logs", 4, logs}, {"notify", 7, notify}};
    for (size_t i = 0; argc > 1 && i < sizeof modes / sizeof modes[0]; i++) {
        if (strcmp(argv[1], modes[i].name) == 0 && argc - 2 >= modes[i].least) {
            return modes[i].run(argc - 2, argv + 2);
        }
    }
    fputs("usage: see bench/load/load.c\n", stderr);
    return 2;
}
