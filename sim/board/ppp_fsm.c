/* RFC 1661 section 4.1's transition table, and the packets that it sends. */
#include "board/ppp_fsm.h"

#include <assert.h>
#include <string.h>

#define RESTART_PS      (3 * SIM_PS_PER_S)
#define TERMINATED_PS   (100 * SIM_PS_PER_MS) /* after the peer's Terminate-Request */
#define MAX_CONFIGURE   10
#define MAX_TERMINATE   2
#define PACKET_HEADER   4u
#define CODE_REJECT_MAX 512u

/* Actions, performed in this order. */
enum {
    TLD = 1 << 0,
    IRC = 1 << 1,
    ZRC = 1 << 2,
    SCR = 1 << 3,
    STR = 1 << 4,
    SCA = 1 << 5,
    SCN = 1 << 6,
    STA = 1 << 7,
    SCJ = 1 << 8,
    SER = 1 << 9,
    TLU = 1 << 10,
    TLF = 1 << 11,
    TO = 1 << 12, /* keep or restart the timer without sending */
};

struct transition {
    uint16_t actions;
    uint8_t next;
};

/* A transition that the table leaves empty keeps the state and does nothing. */
#define T(actions, next)                                                                           \
    {                                                                                              \
        (actions), (next) + 1                                                                      \
    }
#define NONE                                                                                       \
    {                                                                                              \
        0, 0                                                                                       \
    }

/* clang-format off */
static const struct transition table[PPP_EVENTS][PPP_STATES] = {
/*                 0 Initial  1 Starting        2 Closed          3 Stopped              4 Closing    5 Stopping
                   6 Req-Sent            7 Ack-Rcvd            8 Ack-Sent            9 Opened */
[PPP_UP]        = {T(0, 2),   T(IRC|SCR, 6),    NONE,             NONE,                  NONE,        NONE,
                   NONE,                 NONE,                 NONE,                 NONE},
[PPP_DOWN]      = {NONE,      NONE,             T(0, 0),          T(0, 1),               T(0, 0),     T(0, 1),
                   T(0, 1),              T(0, 1),              T(0, 1),              T(TLD, 1)},
[PPP_OPEN]      = {T(0, 1),   T(0, 1),          T(IRC|SCR, 6),    T(0, 3),               T(0, 5),     T(0, 5),
                   T(0, 6),              T(0, 7),              T(0, 8),              T(0, 9)},
[PPP_CLOSE]     = {T(0, 0),   T(TLF, 0),        T(0, 2),          T(0, 2),               T(0, 4),     T(0, 4),
                   T(IRC|STR, 4),        T(IRC|STR, 4),        T(IRC|STR, 4),        T(TLD|IRC|STR, 4)},
[PPP_TO_PLUS]   = {NONE,      NONE,             NONE,             NONE,                  T(STR, 4),   T(STR, 5),
                   T(SCR, 6),            T(SCR, 6),            T(SCR, 8),            NONE},
[PPP_TO_MINUS]  = {NONE,      NONE,             NONE,             NONE,                  T(TLF, 2),   T(TLF, 3),
                   T(TLF, 3),            T(TLF, 3),            T(TLF, 3),            NONE},
[PPP_RCR_PLUS]  = {NONE,      NONE,             T(STA, 2),        T(IRC|SCR|SCA, 8),     T(0, 4),     T(0, 5),
                   T(SCA, 8),            T(SCA|TLU, 9),        T(SCA, 8),            T(TLD|SCR|SCA, 8)},
[PPP_RCR_MINUS] = {NONE,      NONE,             T(STA, 2),        T(IRC|SCR|SCN, 6),     T(0, 4),     T(0, 5),
                   T(SCN, 6),            T(SCN, 7),            T(SCN, 6),            T(TLD|SCR|SCN, 6)},
[PPP_RCA]       = {NONE,      NONE,             T(STA, 2),        T(STA, 3),             T(0, 4),     T(0, 5),
                   T(IRC|TO, 7),         T(SCR, 6),            T(IRC|TLU, 9),        T(TLD|SCR, 6)},
[PPP_RCN]       = {NONE,      NONE,             T(STA, 2),        T(STA, 3),             T(0, 4),     T(0, 5),
                   T(IRC|SCR, 6),        T(SCR, 6),            T(IRC|SCR, 8),        T(TLD|SCR, 6)},
[PPP_RTR]       = {NONE,      NONE,             T(STA, 2),        T(STA, 3),             T(STA, 4),   T(STA, 5),
                   T(STA, 6),            T(STA, 6),            T(STA, 6),            T(TLD|ZRC|STA, 5)},
[PPP_RTA]       = {NONE,      NONE,             T(0, 2),          T(0, 3),               T(TLF, 2),   T(TLF, 3),
                   T(0, 6),              T(0, 6),              T(0, 8),              T(TLD|SCR, 6)},
[PPP_RUC]       = {NONE,      NONE,             T(SCJ, 2),        T(SCJ, 3),             T(SCJ, 4),   T(SCJ, 5),
                   T(SCJ, 6),            T(SCJ, 7),            T(SCJ, 8),            T(SCJ, 9)},
[PPP_RXJ_PLUS]  = {NONE,      NONE,             T(0, 2),          T(0, 3),               T(0, 4),     T(0, 5),
                   T(0, 6),              T(0, 6),              T(0, 8),              T(0, 9)},
[PPP_RXJ_MINUS] = {NONE,      NONE,             T(TLF, 2),        T(TLF, 3),             T(TLF, 2),   T(TLF, 3),
                   T(TLF, 3),            T(TLF, 3),            T(TLF, 3),            T(TLD|IRC|STR, 5)},
[PPP_RXR]       = {NONE,      NONE,             T(0, 2),          T(0, 3),               T(0, 4),     T(0, 5),
                   T(0, 6),              T(0, 7),              T(0, 8),              T(SER, 9)},
};
/* clang-format on */

static void arm(struct ppp_fsm *fsm, sim_ps delay)
{
    sched_at(fsm->sched, &fsm->restart, sched_now(fsm->sched) + delay);
}

uint8_t ppp_fsm_fresh_id(struct ppp_fsm *fsm)
{
    return ++fsm->next_id;
}

void ppp_fsm_send(struct ppp_fsm *fsm, uint8_t code, uint8_t id, const uint8_t *data, size_t size)
{
    uint8_t packet[PACKET_HEADER + CODE_REJECT_MAX];
    size_t total = PACKET_HEADER + size;

    assert(total <= sizeof packet);
    packet[0] = code;
    packet[1] = id;
    packet[2] = (uint8_t)(total >> 8);
    packet[3] = (uint8_t)total;
    if (size > 0)
        memcpy(packet + PACKET_HEADER, data, size);
    fsm->protocol->send(fsm->context, fsm->protocol->number, packet, total);
}

static void send_configure_request(struct ppp_fsm *fsm)
{
    uint8_t options[PPP_OPTIONS_MAX];
    size_t size = fsm->protocol->request(fsm->context, options);

    fsm->id = ppp_fsm_fresh_id(fsm);
    if (fsm->counter > 0)
        fsm->counter--;
    ppp_fsm_send(fsm, PPP_CONFIGURE_REQUEST, fsm->id, options, size);
    arm(fsm, RESTART_PS);
}

static void send_terminate_request(struct ppp_fsm *fsm)
{
    if (fsm->counter > 0)
        fsm->counter--;
    ppp_fsm_send(fsm, PPP_TERMINATE_REQUEST, ppp_fsm_fresh_id(fsm), NULL, 0);
    arm(fsm, RESTART_PS);
}

static void send_code_reject(struct ppp_fsm *fsm)
{
    size_t size = fsm->rejected_size < CODE_REJECT_MAX ? fsm->rejected_size : CODE_REJECT_MAX;

    ppp_fsm_send(fsm, PPP_CODE_REJECT, ppp_fsm_fresh_id(fsm), fsm->rejected, size);
}

static void send_packets(struct ppp_fsm *fsm, unsigned actions)
{
    if (actions & SCR)
        send_configure_request(fsm);
    if (actions & STR)
        send_terminate_request(fsm);
    if (actions & SCA)
        ppp_fsm_send(fsm, PPP_CONFIGURE_ACK, fsm->peer_id, fsm->peer_options, fsm->peer_size);
    if (actions & SCN)
        ppp_fsm_send(fsm, (uint8_t)fsm->verdict, fsm->peer_id, fsm->answer, fsm->answer_size);
    if (actions & STA)
        ppp_fsm_send(fsm, PPP_TERMINATE_ACK, fsm->peer_id, NULL, 0);
    if (actions & SCJ)
        send_code_reject(fsm);
    /* ser: the protocol's `extra` has answered already. */
}

void ppp_fsm_event(struct ppp_fsm *fsm, enum ppp_event event)
{
    struct transition t = table[event][fsm->state];
    enum ppp_state next;

    if (t.next == 0)
        return;
    next = (enum ppp_state)(t.next - 1);
    if (t.actions & TLD)
        fsm->protocol->down(fsm->context);
    if (t.actions & IRC)
        fsm->counter = (t.actions & STR) ? MAX_TERMINATE : MAX_CONFIGURE;
    if (t.actions & ZRC) {
        fsm->counter = 0;
        arm(fsm, TERMINATED_PS);
    }
    /* The timer runs in states 4 to 8 only. */
    if (next < PPP_CLOSING || next == PPP_OPENED)
        sched_cancel(fsm->sched, &fsm->restart);
    fsm->state = next;
    send_packets(fsm, t.actions);
    if (t.actions & TO)
        arm(fsm, RESTART_PS);
    if (t.actions & TLU)
        fsm->protocol->up(fsm->context);
    if (t.actions & TLF)
        fsm->protocol->finished(fsm->context);
}

static void timed_out(void *context)
{
    struct ppp_fsm *fsm = context;

    ppp_fsm_event(fsm, fsm->counter > 0 ? PPP_TO_PLUS : PPP_TO_MINUS);
}

static void configure_request(struct ppp_fsm *fsm, const uint8_t *options, size_t size)
{
    if (fsm->state == PPP_CLOSING || fsm->state == PPP_STOPPING || size > CODE_REJECT_MAX)
        return;
    fsm->peer_options = options;
    fsm->peer_size = size;
    fsm->answer_size = 0;
    fsm->verdict =
        fsm->protocol->judge(fsm->context, options, size, fsm->answer, &fsm->answer_size);
    if (fsm->verdict == PPP_MALFORMED)
        return;
    ppp_fsm_event(fsm, fsm->verdict == PPP_CONFIGURE_ACK ? PPP_RCR_PLUS : PPP_RCR_MINUS);
}

/* Code-Reject of a code that we cannot do without ends the negotiation. */
static void code_rejected(struct ppp_fsm *fsm, const uint8_t *data, size_t size)
{
    bool fatal = size > 0 && data[0] >= PPP_CONFIGURE_REQUEST && data[0] <= PPP_CODE_REJECT;

    ppp_fsm_event(fsm, fatal ? PPP_RXJ_MINUS : PPP_RXJ_PLUS);
}

static void other_code(struct ppp_fsm *fsm, const uint8_t *packet, size_t size)
{
    bool echo = packet[0] >= PPP_ECHO_REQUEST && packet[0] <= PPP_DISCARD_REQUEST;

    if (fsm->protocol->extra != NULL) {
        if (fsm->state == PPP_OPENED &&
            fsm->protocol->extra(fsm->context, packet[0], packet[1], packet + PACKET_HEADER,
                                 size - PACKET_HEADER))
            return;
        if (echo) /* these are known, but mean nothing before Opened */
            return;
    }
    fsm->rejected = packet;
    fsm->rejected_size = size;
    ppp_fsm_event(fsm, PPP_RUC);
}

void ppp_fsm_input(struct ppp_fsm *fsm, const uint8_t *packet, size_t size)
{
    const uint8_t *data = packet + PACKET_HEADER;
    size_t length;

    if (size < PACKET_HEADER || fsm->state <= PPP_STARTING)
        return;
    length = (size_t)packet[2] << 8 | packet[3];
    if (length < PACKET_HEADER || length > size)
        return;
    size = length - PACKET_HEADER;
    fsm->peer_id = packet[1];
    switch (packet[0]) {
    case PPP_CONFIGURE_REQUEST:
        configure_request(fsm, data, size);
        break;
    case PPP_CONFIGURE_ACK:
        if (packet[1] == fsm->id)
            ppp_fsm_event(fsm, PPP_RCA);
        break;
    case PPP_CONFIGURE_NAK:
    case PPP_CONFIGURE_REJECT:
        if (packet[1] != fsm->id)
            break;
        fsm->protocol->refused(fsm->context, (enum ppp_code)packet[0], data, size);
        ppp_fsm_event(fsm, PPP_RCN);
        break;
    case PPP_TERMINATE_REQUEST:
        ppp_fsm_event(fsm, PPP_RTR);
        break;
    case PPP_TERMINATE_ACK:
        ppp_fsm_event(fsm, PPP_RTA);
        break;
    case PPP_CODE_REJECT:
        code_rejected(fsm, data, size);
        break;
    default:
        other_code(fsm, packet, length);
        break;
    }
}

void ppp_fsm_init(struct ppp_fsm *fsm, const struct ppp_protocol *protocol, void *context,
                  struct sched *sched)
{
    memset(fsm, 0, sizeof *fsm);
    fsm->protocol = protocol;
    fsm->context = context;
    fsm->sched = sched;
    sim_event_init(&fsm->restart, timed_out, fsm);
}

void ppp_fsm_stop(struct ppp_fsm *fsm)
{
    sched_cancel(fsm->sched, &fsm->restart);
    fsm->state = PPP_INITIAL;
}
