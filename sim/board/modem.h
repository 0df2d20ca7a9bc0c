/* A cellular modem on a serial line: AT commands, then PPP, with an IPv4 network behind it.
 *
 * Both directions take the time that the line takes: bytes to the chip leave one frame apart and
 * only while the chip's RTS allows, and CTS stops the chip while the modem's buffer is nearly full.
 * The modem is reset together with the chip (its reset pin hangs on NRST).
 */
#ifndef SIM_BOARD_MODEM_H
#define SIM_BOARD_MODEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "board/at.h"
#include "board/ppp.h"
#include "world/sched.h"

#define MODEM_BUFFER_SIZE 0x10000u

/* The serial line as the modem sees it. */
struct modem_line {
    void *context;
    void (*send)(void *context, uint8_t byte);
    sim_ps (*frame_ps)(void *context); /* 0: the other side is off */
    bool (*ready)(void *context);      /* the other side's RTS */
    void (*set_cts)(void *context, bool ready);
};

struct modem_config {
    struct sched *sched;
    uint32_t seed;
    struct modem_line line;
    void *context;
    /* An IPv4 packet for the network. May be NULL. */
    void (*uplink)(void *context, const uint8_t *packet, size_t size);
    /* Lines for people. May be NULL. */
    void (*log)(void *context, const char *text);
};

enum modem_link {
    MODEM_LINK_DOWN, /* no radio: not registered, calls drop with NO CARRIER */
    MODEM_LINK_UP,
    MODEM_LINK_STALL, /* registered, but packets vanish */
};

enum modem_mode { MODEM_BOOTING, MODEM_COMMAND, MODEM_DIALLING, MODEM_DATA, MODEM_ONLINE_COMMAND };

struct modem {
    struct modem_config config;
    struct at at;
    struct ppp ppp;
    enum modem_mode mode;
    enum modem_link link;
    bool searching; /* the network has not been found yet */
    bool cts;

    struct sim_event boot;
    struct sim_event found;
    struct sim_event connect;
    struct sim_event pump;
    struct sim_event escape; /* the guard time after +++ */
    sim_ps last_received;
    unsigned pluses;

    uint8_t buffer[MODEM_BUFFER_SIZE];
    uint32_t head; /* next byte to send */
    uint32_t count;
    uint64_t bytes_dropped;
};

void modem_init(struct modem *modem, const struct modem_config *config);
/* Power-on or the reset pin. */
void modem_reset(struct modem *modem);
/* A byte from the chip. */
void modem_receive(struct modem *modem, uint8_t byte);
/* The chip's RTS changed. */
void modem_rts(struct modem *modem, bool ready);
/* An IPv4 packet from the network. */
void modem_downlink(struct modem *modem, const uint8_t *packet, size_t size);
void modem_set_link(struct modem *modem, enum modem_link link);
bool modem_online(const struct modem *modem);

#endif
