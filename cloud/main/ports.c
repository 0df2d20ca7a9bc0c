/* Ports that stay the same from one start to the next: see server.h. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <jansson.h>

#include "cloud/base/files.h"
#include "cloud/main/server.h"

static in_port_t *port_of(struct sockaddr_storage *address)
{
    if (address->ss_family == AF_INET6)
        return &((struct sockaddr_in6 *)address)->sin6_port;
    return &((struct sockaddr_in *)address)->sin_port;
}

static bool port_is_free(const struct sockaddr_storage *address)
{
    int one = 1, fd = socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t size =
        address->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    if (fd < 0)
        return false;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    bool is_free = bind(fd, (const struct sockaddr *)address, size) == 0 && listen(fd, 1) == 0;
    close(fd);
    return is_free;
}

/* Port 0 means any port, but the same one as last time if it is free: devices know it. */
static void reuse_port(struct sockaddr_storage *address, json_t *ports, const char *key)
{
    json_int_t port = json_integer_value(json_object_get(ports, key));
    if (*port_of(address) != 0 || port <= 0 || port > 65535)
        return;
    *port_of(address) = htons((uint16_t)port);
    if (!port_is_free(address))
        *port_of(address) = 0;
}

void ports_reuse(struct server *server)
{
    size_t size;
    char *text = files_read(server->options.state, "ports.json", 4096, &size);
    json_t *ports = text ? json_loadb(text, size, 0, NULL) : NULL;
    reuse_port(&server->api_address, ports, "api");
    reuse_port(&server->gateway_address, ports, "gateway");
    json_decref(ports);
    free(text);
}

void ports_remember(struct server *server)
{
    char text[80];
    int size = snprintf(text, sizeof text, "{\"api\":%d,\"gateway\":%d}\n", api_port(server->api),
                        gateway_port(server->gateway));
    files_write(server->options.state, "ports.json", text, (size_t)size, 0600);
}
