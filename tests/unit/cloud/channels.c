/* A device's end of channel streams, for tests: see channels.h. */
#include "channels.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Frames that come while another channel is waited for must not be lost. */
static struct channel *channels[16];

static struct channel **find(const struct device *device, uint16_t stream)
{
    for (size_t i = 0; i < sizeof channels / sizeof channels[0]; i++) {
        if (channels[i] && channels[i]->device == device && channels[i]->stream == stream)
            return &channels[i];
    }
    return NULL;
}

static void enlist(struct channel *channel)
{
    struct channel **old = find(channel->device, channel->stream);
    for (size_t i = 0; !old && i < sizeof channels / sizeof channels[0]; i++) {
        if (!channels[i])
            old = &channels[i];
    }
    assert_non_null(old);
    *old = channel;
}

void channels_reset(void)
{
    memset(channels, 0, sizeof channels);
}

void channel_forget(struct channel *channel)
{
    struct channel **place = find(channel->device, channel->stream);
    if (place)
        *place = NULL;
    free(channel->in);
    channel->in = NULL;
}

void channel_open_raw(struct channel *channel, struct device *device, uint8_t kind, uint16_t stream,
                      uint8_t version, uint32_t receive_bytes, uint32_t credit)
{
    uint8_t frame[TUNNEL_FRAME_MAX];
    struct tunnel_open open = {
        .kind = kind, .credit = credit, .version = version, .receive_bytes = receive_bytes};
    memset(channel, 0, sizeof *channel);
    channel->device = device;
    channel->stream = stream;
    channel->in_size = receive_bytes;
    channel->in = malloc(receive_bytes + 1);
    enlist(channel);
    int32_t size = tunnel_frame_write_open(frame, sizeof frame, stream, &open);
    assert_true(size > 0);
    device_send(device, frame, (size_t)size);
}

void channel_open(struct channel *channel, struct device *device, uint8_t kind, uint16_t stream,
                  uint32_t receive_bytes)
{
    channel_open_raw(channel, device, kind, stream, CHANNEL_VERSION, receive_bytes, receive_bytes);
}

void channel_close(struct channel *channel)
{
    if (!channel->closed)
        device_send_u32(channel->device, TUNNEL_CLOSE, channel->stream, TUNNEL_CLOSE_CANCELLED);
    channel_forget(channel);
}

bool channel_step(struct channel *channel, int timeout_ms)
{
    struct got_frame got;
    if (!device_receive(channel->device, &got, timeout_ms))
        return false;
    struct channel **place = find(channel->device, got.stream);
    if (!place)
        return true;
    channel = *place;
    if (got.type == TUNNEL_ACCEPT)
        channel->accepted = true;
    if (got.type == TUNNEL_CREDIT)
        channel->credit += tunnel_get_u32(got.payload);
    if (got.type == TUNNEL_CLOSE) {
        channel->closed = true;
        channel->reason = tunnel_get_u32(got.payload);
    }
    if (got.type == TUNNEL_DATA) {
        assert_true(channel->in_used + got.length <= channel->in_size);
        memcpy(channel->in + channel->in_used, got.payload, got.length);
        channel->in_used += got.length;
    }
    return true;
}

void channel_send(struct channel *channel, const uint8_t *bytes, uint32_t size)
{
    while (size > 0 && !channel->closed) {
        if (channel->credit == 0) {
            assert_true(channel_step(channel, 10000));
            continue;
        }
        uint32_t piece = size < TUNNEL_PAYLOAD_MAX ? size : TUNNEL_PAYLOAD_MAX;
        if (piece > channel->credit)
            piece = channel->credit;
        device_send_frame(channel->device, TUNNEL_DATA, channel->stream, bytes, piece);
        channel->credit -= piece;
        bytes += piece;
        size -= piece;
    }
}

static void drop_taken(struct channel *channel)
{
    memmove(channel->in, channel->in + channel->taken, channel->in_used - channel->taken);
    channel->in_used -= channel->taken;
    if (channel->taken > 0 && !channel->closed && !channel->mean)
        device_send_u32(channel->device, TUNNEL_CREDIT, channel->stream, channel->taken);
    channel->taken = 0;
}

uint8_t channel_receive(struct channel *channel, const uint8_t **body, uint32_t *size,
                        int timeout_ms)
{
    long long end_ms = now_ms() + timeout_ms;
    struct channel_header header;
    drop_taken(channel);
    for (;;) {
        if (channel->in_used >= CHANNEL_HEADER_BYTES) {
            assert_true(channel_header_parse(channel->in, &header));
            assert_true(CHANNEL_HEADER_BYTES + header.body_bytes <= channel->in_size);
            if (channel->in_used >= CHANNEL_HEADER_BYTES + header.body_bytes) {
                *body = channel->in + CHANNEL_HEADER_BYTES;
                *size = header.body_bytes;
                channel->taken = CHANNEL_HEADER_BYTES + header.body_bytes;
                return header.type;
            }
        }
        if (channel->closed || now_ms() >= end_ms ||
            !channel_step(channel, (int)(end_ms - now_ms())))
            return 0;
    }
}

uint32_t channel_closes(struct channel *channel, int timeout_ms)
{
    long long end_ms = now_ms() + timeout_ms;
    while (!channel->closed)
        assert_true(now_ms() < end_ms && channel_step(channel, (int)(end_ms - now_ms())));
    return channel->reason;
}

/* ---- real servers ---- */

int free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    close(fd);
    return ntohs(address.sin_port);
}

void pki_make(const char *folder)
{
    char command[512];
    snprintf(command, sizeof command, "%s/egress_pki.sh %s", TESTS_FOLDER, folder);
    assert_int_equal(system(command), 0);
}

uint8_t *file_bytes(const char *folder, const char *name, uint32_t *size)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    uint8_t *bytes = malloc(8192);
    *size = (uint32_t)fread(bytes, 1, 8192, file);
    fclose(file);
    return bytes;
}

static bool port_answers(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bool answers = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    close(fd);
    return answers;
}

void port_wait(int port)
{
    for (int i = 0; i < 200 && !port_answers(port); i++)
        usleep(50000);
    assert_true(port_answers(port));
}

pid_t program_start(char *const argv[], char *first_line, size_t line_size)
{
    int out[2];
    assert_int_equal(pipe(out), 0);
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* also when a test fails */
        int null = open("/dev/null", O_WRONLY);
        dup2(first_line ? out[1] : null, STDOUT_FILENO);
        close(out[0]);
        close(out[1]);
        execv(argv[0], argv);
        _exit(127);
    }
    close(out[1]);
    FILE *reader = fdopen(out[0], "r");
    if (first_line)
        assert_non_null(fgets(first_line, (int)line_size, reader));
    fclose(reader);
    return pid;
}

void program_stop(pid_t pid)
{
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

pid_t script_start(const char *name, const char *how, const char *folder, const char *certificate,
                   int *port)
{
    char script[256], pem[256], key[256], line[32];
    snprintf(script, sizeof script, "%s/%s", TESTS_FOLDER, name);
    snprintf(pem, sizeof pem, "%s/%s.pem", folder, certificate);
    snprintf(key, sizeof key, "%s/%s.key", folder, certificate);
    char *argv[] = {"/usr/bin/python3", "-B", script, pem, key, (char *)(uintptr_t)how, NULL};
    pid_t pid = program_start(argv, line, sizeof line);
    *port = atoi(line);
    assert_true(*port > 0);
    return pid;
}

pid_t https_start(const char *folder, const char *certificate, int *port)
{
    return script_start("https_server.py", NULL, folder, certificate, port);
}
