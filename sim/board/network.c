/* libslirp behind IPv4 packets: Ethernet framing, ARP, and its descriptors in the board's wait. */
#include "board/network.h"

#include <arpa/inet.h>
#include <slirp/libslirp.h>
#include <stdlib.h>
#include <string.h>

#define ETHERNET_HEADER 14u
#define PACKET_MAX      1500u
#define ARP_SIZE        28u
#define TYPE_IPV4       0x0800
#define TYPE_ARP        0x0806
#define ARP_REQUEST     1
#define ARP_REPLY       2

struct network {
    Slirp *slirp;
    void (*receive)(void *context, const uint8_t *packet, size_t size);
    void *context;
    int timer; /* the one timer object that libslirp asks for; IPv6 only, never fires */
};

static const uint8_t board_mac[6] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
static const uint8_t network_mac[6] = {0x52, 0x55, 0x0A, 0x00, 0x02, 0x02};
static const uint8_t board_address[4] = {10, 0, 2, 15};

static void put_header(uint8_t *frame, uint16_t type)
{
    memcpy(frame, network_mac, 6);
    memcpy(frame + 6, board_mac, 6);
    frame[12] = (uint8_t)(type >> 8);
    frame[13] = (uint8_t)type;
}

/* Tells libslirp where the board is; also in answer to its requests. */
static void send_arp(struct network *network, uint16_t operation, const uint8_t *mac,
                     const uint8_t *address)
{
    static const uint8_t ethernet_ipv4[6] = {0, 1, TYPE_IPV4 >> 8, 0, 6, 4};
    uint8_t frame[ETHERNET_HEADER + ARP_SIZE];
    uint8_t *arp = frame + ETHERNET_HEADER;

    put_header(frame, TYPE_ARP);
    memcpy(arp, ethernet_ipv4, 6);
    arp[6] = (uint8_t)(operation >> 8);
    arp[7] = (uint8_t)operation;
    memcpy(arp + 8, board_mac, 6);
    memcpy(arp + 14, board_address, 4);
    memcpy(arp + 18, mac, 6);
    memcpy(arp + 24, address, 4);
    slirp_input(network->slirp, frame, sizeof frame);
}

static void answer_arp(struct network *network, const uint8_t *arp, size_t size)
{
    if (size < ARP_SIZE || arp[7] != ARP_REQUEST || memcmp(arp + 24, board_address, 4) != 0)
        return;
    send_arp(network, ARP_REPLY, arp + 8, arp + 14);
}

static ssize_t send_packet(const void *data, size_t size, void *opaque)
{
    struct network *network = opaque;
    const uint8_t *frame = data;
    uint16_t type;

    if (size < ETHERNET_HEADER)
        return (ssize_t)size;
    type = (uint16_t)(frame[12] << 8 | frame[13]);
    if (type == TYPE_IPV4)
        network->receive(network->context, frame + ETHERNET_HEADER, size - ETHERNET_HEADER);
    else if (type == TYPE_ARP)
        answer_arp(network, frame + ETHERNET_HEADER, size - ETHERNET_HEADER);
    return (ssize_t)size;
}

/* --- what libslirp asks of its host --- */

static void guest_error(const char *message, void *opaque)
{
    (void)message;
    (void)opaque;
}

static int64_t clock_ns(void *opaque)
{
    (void)opaque;
    return (int64_t)hostio_now_ns();
}

static void *timer_new(SlirpTimerCb callback, void *callback_opaque, void *opaque)
{
    (void)callback;
    (void)callback_opaque;
    return &((struct network *)opaque)->timer;
}

static void timer_free(void *timer, void *opaque)
{
    (void)timer;
    (void)opaque;
}

static void timer_mod(void *timer, int64_t expire_ms, void *opaque)
{
    (void)timer;
    (void)expire_ms;
    (void)opaque;
}

static void ignore_descriptor(int fd, void *opaque)
{
    (void)fd;
    (void)opaque;
}

static void notify(void *opaque)
{
    (void)opaque;
}

static const SlirpCb callbacks = {
    .send_packet = send_packet,
    .guest_error = guest_error,
    .clock_get_ns = clock_ns,
    .timer_new = timer_new,
    .timer_free = timer_free,
    .timer_mod = timer_mod,
    .register_poll_fd = ignore_descriptor,
    .unregister_poll_fd = ignore_descriptor,
    .notify = notify,
};

/* --- waiting --- */

static int add_poll(int fd, int events, void *opaque)
{
    short wanted = 0;

    wanted |= events & SLIRP_POLL_IN ? POLLIN : 0;
    wanted |= events & SLIRP_POLL_OUT ? POLLOUT : 0;
    wanted |= events & SLIRP_POLL_PRI ? POLLPRI : 0;
    return hostio_want(opaque, fd, wanted);
}

static int get_events(int index, void *opaque)
{
    short got = hostio_got(opaque, index);
    int events = 0;

    events |= got & POLLIN ? SLIRP_POLL_IN : 0;
    events |= got & POLLOUT ? SLIRP_POLL_OUT : 0;
    events |= got & POLLPRI ? SLIRP_POLL_PRI : 0;
    events |= got & (POLLERR | POLLNVAL) ? SLIRP_POLL_ERR : 0;
    events |= got & POLLHUP ? SLIRP_POLL_HUP : 0;
    return events;
}

static void prepare(void *context, struct hostio *io, uint64_t *timeout_ns)
{
    struct network *network = context;
    uint64_t wanted_ms = *timeout_ns / 1000000u;
    uint32_t timeout_ms = wanted_ms < UINT32_MAX ? (uint32_t)wanted_ms : UINT32_MAX;
    uint32_t before_ms = timeout_ms;

    slirp_pollfds_fill(network->slirp, &timeout_ms, add_poll, io);
    if (timeout_ms < before_ms)
        *timeout_ns = timeout_ms * UINT64_C(1000000);
}

static void dispatch(void *context, struct hostio *io)
{
    struct network *network = context;

    slirp_pollfds_poll(network->slirp, io->failed, get_events, io);
}

/* --- life --- */

static Slirp *start(struct network *network)
{
    SlirpConfig config = {
        .version = 1,
        .in_enabled = true,
        .vnetwork.s_addr = htonl(0x0A000200),
        .vnetmask.s_addr = htonl(0xFFFFFF00),
        .vhost.s_addr = htonl(0x0A000202),
        .vdhcp_start.s_addr = htonl(0x0A00020F),
        .vnameserver.s_addr = htonl(0x0A000203),
        .if_mtu = PACKET_MAX,
        .if_mru = PACKET_MAX,
    };

    return slirp_new(&config, &callbacks, network);
}

struct network *network_new(struct hostio *io,
                            void (*receive)(void *context, const uint8_t *packet, size_t size),
                            void *context)
{
    static const uint8_t nobody[6];
    struct network *network = calloc(1, sizeof *network);
    struct hostio_source source = {.context = network, .prepare = prepare, .dispatch = dispatch};

    if (network == NULL)
        return NULL;
    network->receive = receive;
    network->context = context;
    network->slirp = start(network);
    if (network->slirp == NULL || !hostio_add(io, &source)) {
        network_free(network);
        return NULL;
    }
    send_arp(network, ARP_REQUEST, nobody, board_address);
    return network;
}

void network_free(struct network *network)
{
    if (network == NULL)
        return;
    if (network->slirp != NULL)
        slirp_cleanup(network->slirp);
    free(network);
}

void network_send(struct network *network, const uint8_t *packet, size_t size)
{
    uint8_t frame[ETHERNET_HEADER + PACKET_MAX];

    if (size > PACKET_MAX)
        return;
    put_header(frame, TYPE_IPV4);
    memcpy(frame + ETHERNET_HEADER, packet, size);
    slirp_input(network->slirp, frame, (int)(ETHERNET_HEADER + size));
}
