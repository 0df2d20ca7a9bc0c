/* The modem: modes, the paced serial line, and the glue between AT, PPP and the network. */
#include "board/modem.h"

#include <string.h>

#define BOOT_PS       (50 * SIM_PS_PER_MS)
#define SEARCH_PS     (150 * SIM_PS_PER_MS)
#define DIAL_PS       (20 * SIM_PS_PER_MS)
#define GUARD_PS      SIM_PS_PER_S
#define CTS_FREE_LOW  0x2000u /* stop the chip below this much room */
#define CTS_FREE_HIGH 0x4000u
/* No packet is queued without room for it in its longest form, so frames are never cut. */
#define PACKET_ROOM HDLC_ENCODED_MAX(HDLC_FRAME_MAX)

static const uint8_t gateway_address[4] = {10, 0, 2, 2};
static const uint8_t guest_address[4] = {10, 0, 2, 15};
static const uint8_t name_server[4] = {10, 0, 2, 3};

static void log_line(struct modem *modem, const char *text)
{
    if (modem->config.log != NULL)
        modem->config.log(modem->config.context, text);
}

static sim_ps after(const struct modem *modem, sim_ps delay)
{
    return sched_now(modem->config.sched) + delay;
}

/* --- towards the chip --- */

static uint32_t room(const struct modem *modem)
{
    return MODEM_BUFFER_SIZE - modem->count;
}

static void update_cts(struct modem *modem)
{
    uint32_t wanted = modem->cts ? CTS_FREE_LOW : CTS_FREE_HIGH;
    bool ready = modem->mode != MODEM_BOOTING && room(modem) >= wanted;

    if (ready != modem->cts) {
        modem->cts = ready;
        modem->config.line.set_cts(modem->config.line.context, ready);
    }
}

/* Starts the next byte, if the chip takes one. */
static void kick(struct modem *modem)
{
    const struct modem_line *line = &modem->config.line;
    sim_ps frame;

    if (modem->count == 0 || modem->pump.heap_index >= 0 || !line->ready(line->context))
        return;
    frame = line->frame_ps(line->context);
    if (frame == 0) { /* nobody listens: the bytes are lost on the wire */
        modem->bytes_dropped += modem->count;
        modem->count = 0;
        update_cts(modem);
        return;
    }
    sched_at(modem->config.sched, &modem->pump, after(modem, frame));
}

/* A byte has been shifted out. */
static void pump_fired(void *context)
{
    struct modem *modem = context;
    uint8_t byte = modem->buffer[modem->head];

    if (modem->count == 0)
        return;
    modem->head = (modem->head + 1) % MODEM_BUFFER_SIZE;
    modem->count--;
    modem->config.line.send(modem->config.line.context, byte);
    update_cts(modem);
    kick(modem);
}

static void enqueue(void *context, const uint8_t *data, size_t size)
{
    struct modem *modem = context;

    if (size > room(modem)) {
        modem->bytes_dropped += size;
        return;
    }
    for (size_t i = 0; i < size; i++)
        modem->buffer[(modem->head + modem->count++) % MODEM_BUFFER_SIZE] = data[i];
    update_cts(modem);
    kick(modem);
}

static void enqueue_text(void *context, const char *text, size_t size)
{
    enqueue(context, (const uint8_t *)text, size);
}

/* --- calls --- */

static bool registered(void *context)
{
    const struct modem *modem = context;

    return modem->link != MODEM_LINK_DOWN && !modem->searching;
}

static enum at_result dial(void *context)
{
    struct modem *modem = context;

    if (modem->mode == MODEM_ONLINE_COMMAND)
        return AT_ERROR;
    if (!registered(modem))
        return AT_NO_CARRIER;
    modem->mode = MODEM_DIALLING;
    sched_at(modem->config.sched, &modem->connect, after(modem, DIAL_PS));
    return AT_NONE;
}

static void connected(void *context)
{
    struct modem *modem = context;

    modem->mode = MODEM_DATA;
    modem->pluses = 0;
    at_send_result(&modem->at, AT_CONNECT);
    ppp_start(&modem->ppp);
}

/* Back to command mode without a result code. */
static void drop_call(struct modem *modem)
{
    struct sched *sched = modem->config.sched;

    sched_cancel(sched, &modem->connect);
    sched_cancel(sched, &modem->escape);
    ppp_stop(&modem->ppp);
    modem->mode = MODEM_COMMAND;
}

static void carrier_lost(struct modem *modem)
{
    if (modem->mode <= MODEM_COMMAND)
        return;
    drop_call(modem);
    at_send_result(&modem->at, AT_NO_CARRIER);
    log_line(modem, "call ended");
}

static void hang_up(void *context)
{
    struct modem *modem = context;

    if (modem->mode > MODEM_COMMAND)
        drop_call(modem);
}

static enum at_result resume(void *context)
{
    struct modem *modem = context;

    if (modem->mode != MODEM_ONLINE_COMMAND)
        return AT_NO_CARRIER;
    modem->mode = MODEM_DATA;
    modem->pluses = 0;
    return AT_CONNECT;
}

static void escape_elapsed(void *context)
{
    struct modem *modem = context;

    modem->mode = MODEM_ONLINE_COMMAND;
    at_send_result(&modem->at, AT_OK);
}

/* "+++" alone between two pauses leaves data mode without ending the call. */
static void watch_escape(struct modem *modem, uint8_t byte, sim_ps pause)
{
    struct sched *sched = modem->config.sched;

    sched_cancel(sched, &modem->escape);
    if (byte != '+')
        modem->pluses = 0;
    else if (modem->pluses == 0 ? pause >= GUARD_PS : pause < GUARD_PS)
        modem->pluses++;
    else
        modem->pluses = 0;
    if (modem->pluses == 3)
        sched_at(sched, &modem->escape, after(modem, GUARD_PS));
    if (modem->pluses > 3)
        modem->pluses = 0;
}

/* --- PPP's callbacks --- */

static void ppp_opened(void *context)
{
    log_line(context, "PPP is up, the board is 10.0.2.15");
}

static void ppp_closed(void *context)
{
    carrier_lost(context);
}

/* The network takes no packets with a source that it did not assign. */
static void ppp_packet(void *context, const uint8_t *packet, size_t size)
{
    struct modem *modem = context;

    if (modem->config.uplink == NULL || modem->link != MODEM_LINK_UP || size < 20 ||
        packet[0] >> 4 != 4 || memcmp(packet + 12, guest_address, 4) != 0)
        return;
    modem->config.uplink(modem->config.context, packet, size);
}

/* --- the outside --- */

void modem_receive(struct modem *modem, uint8_t byte)
{
    sim_ps now = sched_now(modem->config.sched);
    sim_ps pause = now - modem->last_received;

    modem->last_received = now;
    switch (modem->mode) {
    case MODEM_COMMAND:
    case MODEM_ONLINE_COMMAND:
        at_receive(&modem->at, byte);
        break;
    case MODEM_DATA:
        watch_escape(modem, byte, pause);
        ppp_receive(&modem->ppp, byte);
        break;
    case MODEM_BOOTING:
    case MODEM_DIALLING:
        break;
    }
}

void modem_rts(struct modem *modem, bool ready)
{
    if (ready)
        kick(modem);
}

void modem_downlink(struct modem *modem, const uint8_t *packet, size_t size)
{
    if (modem->link == MODEM_LINK_UP && room(modem) >= PACKET_ROOM)
        ppp_send_packet(&modem->ppp, packet, size);
}

bool modem_online(const struct modem *modem)
{
    return ppp_is_open(&modem->ppp);
}

static void tell_registration(struct modem *modem)
{
    if (modem->mode == MODEM_COMMAND)
        at_registration_changed(&modem->at);
}

void modem_set_link(struct modem *modem, enum modem_link link)
{
    static const char *const names[] = {"link down", "link up", "link stalled"};

    if (link == modem->link)
        return;
    log_line(modem, names[link]);
    modem->link = link;
    if (link == MODEM_LINK_DOWN)
        carrier_lost(modem);
    tell_registration(modem);
}

static void booted(void *context)
{
    struct modem *modem = context;

    modem->mode = MODEM_COMMAND;
    update_cts(modem);
}

static void network_found(void *context)
{
    struct modem *modem = context;

    modem->searching = false;
    tell_registration(modem);
}

void modem_reset(struct modem *modem)
{
    struct sched *sched = modem->config.sched;

    drop_call(modem);
    sched_cancel(sched, &modem->pump);
    at_reset(&modem->at);
    modem->mode = MODEM_BOOTING;
    modem->searching = true;
    modem->count = 0;
    modem->cts = true;
    update_cts(modem);
    sched_at(sched, &modem->boot, after(modem, BOOT_PS));
    sched_at(sched, &modem->found, after(modem, SEARCH_PS));
}

static void init_ppp(struct modem *modem)
{
    struct ppp_config config = {
        .sched = modem->config.sched,
        .magic = modem->config.seed * 2654435761u | 1,
        .context = modem,
        .transmit = enqueue,
        .packet = ppp_packet,
        .opened = ppp_opened,
        .closed = ppp_closed,
    };

    memcpy(config.own_address, gateway_address, 4);
    memcpy(config.peer_address, guest_address, 4);
    memcpy(config.dns_address, name_server, 4);
    ppp_init(&modem->ppp, &config);
}

void modem_init(struct modem *modem, const struct modem_config *config)
{
    struct at_modem at_modem = {
        .context = modem,
        .transmit = enqueue_text,
        .registered = registered,
        .dial = dial,
        .hang_up = hang_up,
        .resume = resume,
    };

    memset(modem, 0, sizeof *modem);
    modem->config = *config;
    modem->link = MODEM_LINK_UP;
    at_init(&modem->at, &at_modem);
    init_ppp(modem);
    sim_event_init(&modem->boot, booted, modem);
    sim_event_init(&modem->found, network_found, modem);
    sim_event_init(&modem->connect, connected, modem);
    sim_event_init(&modem->pump, pump_fired, modem);
    sim_event_init(&modem->escape, escape_elapsed, modem);
}
