/* TCP through lwIP's raw interface: see transport.h. Received pbufs are kept in a chain and handed
 * out in pieces; the window opens again only for what was taken, so memory is bounded by TCP_WND.
 */
#include "kernel/net/transport.h"

#include <string.h>

#include "kernel/time/time.h"

#include "lwip/dns.h"
#include "lwip/pbuf.h"
#include "lwip/tcp.h"

#define CONNECT_LIMIT_US 30000000u

static struct {
    enum transport_state state;
    struct tcp_pcb *pcb;
    struct pbuf *received;
    uint16_t taken; /* bytes of the first received pbuf already handed out */
    bool peer_closed;
    uint16_t port;
    uint32_t attempt; /* tells a late DNS answer from the present one */
    uint64_t deadline_us;
    const char *error;
} transport;

static void fail(const char *why)
{
    transport.state = TRANSPORT_FAILED;
    transport.error = why;
}

static err_t on_received(void *context, struct tcp_pcb *pcb, struct pbuf *chain, err_t error)
{
    (void)context;
    (void)pcb;
    if (chain == NULL) {
        transport.peer_closed = true;
        return ERR_OK;
    }
    if (error != ERR_OK) {
        pbuf_free(chain);
        return error;
    }
    if (transport.received == NULL)
        transport.received = chain;
    else
        pbuf_cat(transport.received, chain);
    return ERR_OK;
}

/* lwIP has already freed the pcb when it calls this. */
static void on_error(void *context, err_t error)
{
    (void)context;
    transport.pcb = NULL;
    fail(error == ERR_RST ? "server refuses the connection" : "connection lost");
}

static err_t on_connected(void *context, struct tcp_pcb *pcb, err_t error)
{
    (void)context;
    (void)pcb;
    if (error == ERR_OK)
        transport.state = TRANSPORT_OPEN;
    return ERR_OK;
}

static void connect_to(const ip_addr_t *address)
{
    transport.pcb = tcp_new();
    if (transport.pcb == NULL) {
        fail("no memory for the connection");
        return;
    }
    transport.state = TRANSPORT_CONNECTING;
    tcp_recv(transport.pcb, on_received);
    tcp_err(transport.pcb, on_error);
    tcp_nagle_disable(transport.pcb); /* frames are written whole */
    if (tcp_connect(transport.pcb, address, transport.port, on_connected) != ERR_OK) {
        tcp_abort(transport.pcb);
        fail("no route to the server");
    }
}

static void on_resolved(const char *name, const ip_addr_t *address, void *context)
{
    (void)name;
    if ((uintptr_t)context != transport.attempt || transport.state != TRANSPORT_RESOLVING)
        return;
    if (address == NULL)
        fail("server name does not resolve");
    else
        connect_to(address);
}

void transport_open(const char *host, uint16_t port)
{
    ip_addr_t address;
    err_t error;

    transport_close();
    transport.attempt++;
    transport.port = port;
    transport.state = TRANSPORT_RESOLVING;
    transport.deadline_us = time_us() + CONNECT_LIMIT_US;
    error = dns_gethostbyname(host, &address, on_resolved, (void *)(uintptr_t)transport.attempt);
    if (error == ERR_OK)
        connect_to(&address);
    else if (error != ERR_INPROGRESS)
        fail("server name does not resolve");
}

enum transport_state transport_poll(void)
{
    bool opening =
        transport.state == TRANSPORT_RESOLVING || transport.state == TRANSPORT_CONNECTING;
    if (opening && time_us() >= transport.deadline_us) {
        transport_close();
        fail("server does not answer");
    }
    return transport.state;
}

const char *transport_error(void)
{
    return transport.error;
}

int32_t transport_send(const uint8_t *data, uint32_t size_bytes)
{
    uint32_t room;
    if (transport.state != TRANSPORT_OPEN || transport.pcb == NULL)
        return -1;
    room = tcp_sndbuf(transport.pcb);
    if (size_bytes > room)
        size_bytes = room;
    if (size_bytes == 0)
        return 0;
    /* ERR_MEM: a pool is empty until something is acknowledged. */
    if (tcp_write(transport.pcb, data, (u16_t)size_bytes, TCP_WRITE_FLAG_COPY) != ERR_OK)
        return 0;
    return (int32_t)size_bytes;
}

void transport_flush(void)
{
    if (transport.pcb != NULL && transport.state == TRANSPORT_OPEN)
        tcp_output(transport.pcb);
}

/* Frees the first pbuf of the chain once it was handed out whole. */
static void drop_first(void)
{
    struct pbuf *first = transport.received;
    transport.received = first->next;
    if (first->next != NULL)
        pbuf_ref(first->next);
    pbuf_free(first);
    transport.taken = 0;
}

int32_t transport_receive(uint8_t *buffer, uint32_t size_bytes)
{
    uint32_t copied = 0;
    while (copied < size_bytes && transport.received != NULL) {
        struct pbuf *first = transport.received;
        uint32_t here = first->len - transport.taken;
        uint32_t part = here < size_bytes - copied ? here : size_bytes - copied;
        memcpy(buffer + copied, (uint8_t *)first->payload + transport.taken, part);
        copied += part;
        transport.taken = (uint16_t)(transport.taken + part);
        if (transport.taken == first->len)
            drop_first();
    }
    if (copied > 0 && transport.pcb != NULL)
        tcp_recved(transport.pcb, (u16_t)copied);
    if (copied == 0 && (transport.peer_closed || transport.state == TRANSPORT_FAILED))
        return -1;
    return (int32_t)copied;
}

void transport_close(void)
{
    struct tcp_pcb *pcb = transport.pcb;
    transport.pcb = NULL;
    transport.state = TRANSPORT_CLOSED;
    transport.peer_closed = false;
    transport.error = "";
    if (transport.received != NULL)
        pbuf_free(transport.received);
    transport.received = NULL;
    transport.taken = 0;
    if (pcb == NULL)
        return;
    tcp_recv(pcb, NULL);
    tcp_err(pcb, NULL);
    if (tcp_close(pcb) != ERR_OK)
        tcp_abort(pcb);
}
