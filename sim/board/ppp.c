/* PPP over HDLC-like framing: option policies of LCP and IPCP, PAP, and the demultiplexer. */
#include "board/ppp.h"

#include <assert.h>
#include <string.h>

enum {
    PROTOCOL_IP = 0x0021,
    PROTOCOL_IPCP = 0x8021,
    PROTOCOL_LCP = 0xC021,
    PROTOCOL_PAP = 0xC023,
};

enum { LCP_MRU = 1, LCP_ACCM = 2, LCP_AUTH = 3, LCP_MAGIC = 5, LCP_PFC = 7, LCP_ACFC = 8 };
enum { IPCP_ADDRESS = 3, IPCP_DNS1 = 129, IPCP_DNS2 = 131 };
enum { PAP_REQUEST = 1, PAP_ACK = 2 };

#define ALL_STATIONS 0xFF
#define UNNUMBERED   0x03
#define MRU_MIN      128u
#define REJECT_MAX   256u

static uint32_t read32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static size_t put_option(uint8_t *out, uint8_t type, const void *value, size_t size)
{
    out[0] = type;
    out[1] = (uint8_t)(size + 2);
    if (size > 0)
        memcpy(out + 2, value, size);
    return size + 2;
}

static size_t put_option32(uint8_t *out, uint8_t type, uint32_t value)
{
    uint8_t bytes[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                        (uint8_t)value};

    return put_option(out, type, bytes, sizeof bytes);
}

/* --- sending --- */

/* LCP packets always go out as before any negotiation (RFC 1662 section 7). */
static void send_frame(void *context, uint16_t protocol, const uint8_t *packet, size_t size)
{
    struct ppp *ppp = context;
    bool plain = protocol == PROTOCOL_LCP;
    uint8_t frame[HDLC_FRAME_MAX];
    uint8_t line[HDLC_ENCODED_MAX(HDLC_FRAME_MAX)];
    size_t used = 0;

    assert(size + 4 <= sizeof frame);
    if (plain || !ppp->options.peer_acfc) {
        frame[used++] = ALL_STATIONS;
        frame[used++] = UNNUMBERED;
    }
    if (plain || !ppp->options.peer_pfc || protocol > 0xFF)
        frame[used++] = (uint8_t)(protocol >> 8);
    frame[used++] = (uint8_t)protocol;
    memcpy(frame + used, packet, size);
    used += size;
    size = hdlc_encode(frame, used, plain ? HDLC_ACCM_ALL : ppp->options.peer_accm, line);
    ppp->config.transmit(ppp->config.context, line, size);
}

bool ppp_is_open(const struct ppp *ppp)
{
    return ppp->ipcp.state == PPP_OPENED;
}

bool ppp_send_packet(struct ppp *ppp, const uint8_t *packet, size_t size)
{
    if (!ppp_is_open(ppp) || size == 0 || size > ppp->options.peer_mru) {
        ppp->packets_dropped++;
        return false;
    }
    ppp->packets_out++;
    send_frame(ppp, PROTOCOL_IP, packet, size);
    return true;
}

/* --- LCP --- */

static void lcp_defaults(struct ppp_lcp *lcp, uint32_t magic)
{
    *lcp = (struct ppp_lcp){
        .ask_accm = true,
        .ask_magic = true,
        .ask_pfc = true,
        .ask_acfc = true,
        .magic = magic,
        .peer_mru = PPP_MRU_DEFAULT,
        .peer_accm = HDLC_ACCM_ALL,
    };
}

static size_t lcp_request(void *context, uint8_t *options)
{
    struct ppp_lcp *lcp = &((struct ppp *)context)->options;
    size_t used = 0;

    if (lcp->ask_accm)
        used += put_option32(options + used, LCP_ACCM, 0);
    if (lcp->ask_magic)
        used += put_option32(options + used, LCP_MAGIC, lcp->magic);
    if (lcp->ask_pfc)
        used += put_option(options + used, LCP_PFC, NULL, 0);
    if (lcp->ask_acfc)
        used += put_option(options + used, LCP_ACFC, NULL, 0);
    return used;
}

/* The answer to one option: ACK, or NAK with the value wanted in *nak, or REJECT. */
typedef enum ppp_code judge_option(struct ppp *ppp, const uint8_t *option, uint8_t *nak,
                                   size_t *nak_size);

static enum ppp_code judge_lcp(struct ppp *ppp, const uint8_t *option, uint8_t *nak,
                               size_t *nak_size)
{
    struct ppp_lcp *lcp = &ppp->options;
    uint8_t length = option[1];
    uint8_t mru[2] = {MRU_MIN >> 8, MRU_MIN & 0xFF};

    switch (option[0]) {
    case LCP_MRU:
        if (length != 4)
            return PPP_CONFIGURE_REJECT;
        lcp->next_mru = (uint16_t)(option[2] << 8 | option[3]);
        if (lcp->next_mru >= MRU_MIN)
            return PPP_CONFIGURE_ACK;
        *nak_size = put_option(nak, LCP_MRU, mru, sizeof mru);
        return PPP_CONFIGURE_NAK;
    case LCP_ACCM:
        if (length != 6)
            return PPP_CONFIGURE_REJECT;
        lcp->next_accm = read32(option + 2);
        return PPP_CONFIGURE_ACK;
    case LCP_MAGIC:
        if (length != 6)
            return PPP_CONFIGURE_REJECT;
        if (read32(option + 2) != lcp->magic && read32(option + 2) != 0)
            return PPP_CONFIGURE_ACK;
        *nak_size = put_option32(nak, LCP_MAGIC, ~lcp->magic); /* looped back */
        return PPP_CONFIGURE_NAK;
    case LCP_PFC:
        lcp->next_pfc = length == 2;
        return lcp->next_pfc ? PPP_CONFIGURE_ACK : PPP_CONFIGURE_REJECT;
    case LCP_ACFC:
        lcp->next_acfc = length == 2;
        return lcp->next_acfc ? PPP_CONFIGURE_ACK : PPP_CONFIGURE_REJECT;
    default: /* among them LCP_AUTH: the network never authenticates itself */
        return PPP_CONFIGURE_REJECT;
    }
}

/* Judges a whole list: rejected options first, else the ones to change, else all is well. */
static enum ppp_code judge_list(struct ppp *ppp, judge_option *judge, const uint8_t *options,
                                size_t size, uint8_t *answer, size_t *answer_size)
{
    enum ppp_code verdict = PPP_CONFIGURE_ACK;
    size_t used = 0;

    for (size_t at = 0; at < size;) {
        uint8_t nak[8];
        size_t nak_size = 0;
        enum ppp_code one;
        size_t length;

        length = size - at >= 2 ? options[at + 1] : 0;
        if (length < 2 || length > size - at)
            return PPP_MALFORMED;
        one = judge(ppp, options + at, nak, &nak_size);
        if (one > verdict) {
            verdict = one;
            used = 0;
        }
        if (one == verdict && one == PPP_CONFIGURE_NAK && used + nak_size <= PPP_OPTIONS_MAX) {
            memcpy(answer + used, nak, nak_size);
            used += nak_size;
        }
        if (one == verdict && one == PPP_CONFIGURE_REJECT && used + length <= PPP_OPTIONS_MAX) {
            memcpy(answer + used, options + at, length);
            used += length;
        }
        at += length;
    }
    *answer_size = used;
    return verdict;
}

static enum ppp_code lcp_judge(void *context, const uint8_t *options, size_t size, uint8_t *answer,
                               size_t *answer_size)
{
    struct ppp *ppp = context;

    ppp->options.next_mru = PPP_MRU_DEFAULT;
    ppp->options.next_accm = HDLC_ACCM_ALL;
    ppp->options.next_pfc = false;
    ppp->options.next_acfc = false;
    return judge_list(ppp, judge_lcp, options, size, answer, answer_size);
}

/* Nak and Reject alike: do without, except that a magic number is tried again with another value.
 */
static void lcp_refused(void *context, enum ppp_code code, const uint8_t *options, size_t size)
{
    struct ppp_lcp *lcp = &((struct ppp *)context)->options;

    for (size_t at = 0; at + 2 <= size && options[at + 1] >= 2; at += options[at + 1]) {
        switch (options[at]) {
        case LCP_ACCM:
            lcp->ask_accm = false;
            break;
        case LCP_MAGIC:
            lcp->ask_magic = code == PPP_CONFIGURE_NAK;
            lcp->magic = lcp->magic * 1664525u + 1013904223u;
            break;
        case LCP_PFC:
            lcp->ask_pfc = false;
            break;
        case LCP_ACFC:
            lcp->ask_acfc = false;
            break;
        default:
            break;
        }
    }
}

static void lcp_up(void *context)
{
    struct ppp *ppp = context;
    struct ppp_lcp *lcp = &ppp->options;

    lcp->peer_mru = lcp->next_mru;
    lcp->peer_accm = lcp->next_accm;
    lcp->peer_pfc = lcp->next_pfc;
    lcp->peer_acfc = lcp->next_acfc;
    ppp->receiver.accm = lcp->ask_accm ? 0 : HDLC_ACCM_ALL;
    ppp_fsm_event(&ppp->ipcp, PPP_UP);
}

static void lcp_down(void *context)
{
    struct ppp *ppp = context;

    ppp_fsm_event(&ppp->ipcp, PPP_DOWN);
    ppp->receiver.accm = HDLC_ACCM_ALL;
    ppp->options.peer_mru = PPP_MRU_DEFAULT;
    ppp->options.peer_accm = HDLC_ACCM_ALL;
    ppp->options.peer_pfc = false;
    ppp->options.peer_acfc = false;
}

static void lcp_finished(void *context)
{
    struct ppp *ppp = context;

    ppp->config.closed(ppp->config.context);
}

/* Echo and its kin, and Protocol-Reject. */
static bool lcp_extra(void *context, uint8_t code, uint8_t id, const uint8_t *data, size_t size)
{
    struct ppp *ppp = context;
    uint32_t magic = ppp->options.ask_magic ? ppp->options.magic : 0;
    uint8_t reply[REJECT_MAX];

    switch (code) {
    case PPP_PROTOCOL_REJECT:
        if (size >= 2 && (data[0] << 8 | data[1]) == PROTOCOL_IPCP)
            ppp_fsm_event(&ppp->lcp, PPP_CLOSE);
        return true;
    case PPP_ECHO_REQUEST:
        if (size < 4 || size > sizeof reply)
            return true;
        memcpy(reply, data, size);
        reply[0] = (uint8_t)(magic >> 24);
        reply[1] = (uint8_t)(magic >> 16);
        reply[2] = (uint8_t)(magic >> 8);
        reply[3] = (uint8_t)magic;
        ppp_fsm_send(&ppp->lcp, PPP_ECHO_REPLY, id, reply, size);
        return true;
    case PPP_ECHO_REPLY:
    case PPP_DISCARD_REQUEST:
        return true;
    default:
        return false;
    }
}

static const struct ppp_protocol lcp_protocol = {
    .number = PROTOCOL_LCP,
    .request = lcp_request,
    .judge = lcp_judge,
    .refused = lcp_refused,
    .up = lcp_up,
    .down = lcp_down,
    .finished = lcp_finished,
    .extra = lcp_extra,
    .send = send_frame,
};

/* --- IPCP --- */

static size_t ipcp_request(void *context, uint8_t *options)
{
    struct ppp *ppp = context;

    return ppp->ask_address ? put_option(options, IPCP_ADDRESS, ppp->config.own_address, 4) : 0;
}

static enum ppp_code judge_ipcp(struct ppp *ppp, const uint8_t *option, uint8_t *nak,
                                size_t *nak_size)
{
    const uint8_t *wanted;

    if (option[0] == IPCP_ADDRESS)
        wanted = ppp->config.peer_address;
    else if (option[0] == IPCP_DNS1)
        wanted = ppp->config.dns_address;
    else
        return PPP_CONFIGURE_REJECT;
    if (option[1] != 6)
        return PPP_CONFIGURE_REJECT;
    if (memcmp(option + 2, wanted, 4) == 0)
        return PPP_CONFIGURE_ACK;
    *nak_size = put_option(nak, option[0], wanted, 4);
    return PPP_CONFIGURE_NAK;
}

static enum ppp_code ipcp_judge(void *context, const uint8_t *options, size_t size, uint8_t *answer,
                                size_t *answer_size)
{
    return judge_list(context, judge_ipcp, options, size, answer, answer_size);
}

/* Our own address is a courtesy: without it the link works as well. */
static void ipcp_refused(void *context, enum ppp_code code, const uint8_t *options, size_t size)
{
    (void)code;
    if (size >= 2 && options[0] == IPCP_ADDRESS)
        ((struct ppp *)context)->ask_address = false;
}

static void ipcp_up(void *context)
{
    struct ppp *ppp = context;

    if (ppp->config.opened != NULL)
        ppp->config.opened(ppp->config.context);
}

static void ipcp_down(void *context)
{
    (void)context;
}

/* Without IP the link is of no use. */
static void ipcp_finished(void *context)
{
    struct ppp *ppp = context;

    if (ppp->lcp.state == PPP_OPENED)
        ppp_fsm_event(&ppp->lcp, PPP_CLOSE);
}

static const struct ppp_protocol ipcp_protocol = {
    .number = PROTOCOL_IPCP,
    .request = ipcp_request,
    .judge = ipcp_judge,
    .refused = ipcp_refused,
    .up = ipcp_up,
    .down = ipcp_down,
    .finished = ipcp_finished,
    .send = send_frame,
};

/* --- receiving --- */

/* Any name and password will do: the network has no subscribers to tell apart. */
static void pap_input(struct ppp *ppp, const uint8_t *packet, size_t size)
{
    uint8_t reply[] = {PAP_ACK, 0, 0, 5, 0};

    if (size < 4 || packet[0] != PAP_REQUEST)
        return;
    reply[1] = packet[1];
    send_frame(ppp, PROTOCOL_PAP, reply, sizeof reply);
}

static void reject_protocol(struct ppp *ppp, uint16_t protocol, const uint8_t *packet, size_t size)
{
    uint8_t data[REJECT_MAX];

    if (size > sizeof data - 2)
        size = sizeof data - 2;
    data[0] = (uint8_t)(protocol >> 8);
    data[1] = (uint8_t)protocol;
    memcpy(data + 2, packet, size);
    ppp_fsm_send(&ppp->lcp, PPP_PROTOCOL_REJECT, ppp_fsm_fresh_id(&ppp->lcp), data, size + 2);
}

static void packet_input(struct ppp *ppp, const uint8_t *packet, size_t size)
{
    if (!ppp_is_open(ppp) || size < 20) {
        ppp->packets_dropped++;
        return;
    }
    ppp->packets_in++;
    ppp->config.packet(ppp->config.context, packet, size);
}

static void demultiplex(struct ppp *ppp, uint16_t protocol, const uint8_t *packet, size_t size)
{
    if (protocol == PROTOCOL_LCP) {
        ppp_fsm_input(&ppp->lcp, packet, size);
        return;
    }
    if (ppp->lcp.state != PPP_OPENED) /* RFC 1661 section 3.4: discard in silence */
        return;
    if (protocol == PROTOCOL_IP)
        packet_input(ppp, packet, size);
    else if (protocol == PROTOCOL_IPCP)
        ppp_fsm_input(&ppp->ipcp, packet, size);
    else if (protocol == PROTOCOL_PAP)
        pap_input(ppp, packet, size);
    else
        reject_protocol(ppp, protocol, packet, size);
}

void ppp_receive(struct ppp *ppp, uint8_t byte)
{
    uint32_t size = hdlc_receive(&ppp->receiver, byte);
    const uint8_t *at = ppp->receiver.frame;
    const uint8_t *end = at + size;
    uint16_t protocol;

    if (size == 0)
        return;
    if (end - at >= 2 && at[0] == ALL_STATIONS && at[1] == UNNUMBERED)
        at += 2;
    if (end - at < 1)
        return;
    protocol = *at++;
    if ((protocol & 1) == 0) { /* not compressed: the low byte is the odd one */
        if (end - at < 1)
            return;
        protocol = (uint16_t)(protocol << 8 | *at++);
    }
    demultiplex(ppp, protocol, at, (size_t)(end - at));
}

/* --- life --- */

void ppp_init(struct ppp *ppp, const struct ppp_config *config)
{
    memset(ppp, 0, sizeof *ppp);
    ppp->config = *config;
    hdlc_receiver_init(&ppp->receiver);
    lcp_defaults(&ppp->options, config->magic);
    ppp_fsm_init(&ppp->lcp, &lcp_protocol, ppp, config->sched);
    ppp_fsm_init(&ppp->ipcp, &ipcp_protocol, ppp, config->sched);
}

void ppp_start(struct ppp *ppp)
{
    ppp_stop(ppp);
    ppp->ask_address = true;
    lcp_defaults(&ppp->options, ppp->config.magic);
    hdlc_receiver_init(&ppp->receiver);
    ppp_fsm_event(&ppp->ipcp, PPP_OPEN);
    ppp_fsm_event(&ppp->lcp, PPP_OPEN);
    ppp_fsm_event(&ppp->lcp, PPP_UP);
}

void ppp_stop(struct ppp *ppp)
{
    ppp_fsm_stop(&ppp->ipcp);
    ppp_fsm_stop(&ppp->lcp);
}

void ppp_close(struct ppp *ppp)
{
    ppp_fsm_event(&ppp->lcp, PPP_CLOSE);
}
