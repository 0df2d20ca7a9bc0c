/* transport.h on a socket of the host, to loopback only. */
#include "kernel/net/transport.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

static int fd = -1;
static enum transport_state state;
static const char *error_text = "";

void transport_open(const char *host, uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int on = 1;

    transport_close();
    inet_pton(AF_INET, host, &address.sin_addr);
    fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    state = TRANSPORT_CONNECTING;
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0 && errno != EINPROGRESS)
        state = TRANSPORT_FAILED;
}

enum transport_state transport_poll(void)
{
    struct pollfd wait = {.fd = fd, .events = POLLOUT};
    int error = 0;
    socklen_t size = sizeof error;
    if (state != TRANSPORT_CONNECTING || poll(&wait, 1, 0) <= 0)
        return state;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    state = error == 0 ? TRANSPORT_OPEN : TRANSPORT_FAILED;
    if (error != 0)
        error_text = "server refuses the connection";
    return state;
}

const char *transport_error(void)
{
    return error_text;
}

int32_t transport_send(const uint8_t *data, uint32_t size_bytes)
{
    ssize_t sent = send(fd, data, size_bytes, MSG_NOSIGNAL);
    if (sent < 0)
        return errno == EAGAIN ? 0 : -1;
    return (int32_t)sent;
}

int32_t transport_receive(uint8_t *buffer, uint32_t size_bytes)
{
    ssize_t got = recv(fd, buffer, size_bytes, 0);
    if (got < 0)
        return errno == EAGAIN ? 0 : -1;
    return got == 0 ? -1 : (int32_t)got;
}

void transport_flush(void)
{
}

void transport_close(void)
{
    if (fd >= 0)
        close(fd);
    fd = -1;
    state = TRANSPORT_CLOSED;
}
