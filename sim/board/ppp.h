/* The network's end of a PPP link: LCP (RFC 1661), PAP (RFC 1334), IPCP (RFC 1332, DNS by RFC
 * 1877).
 *
 * Runs over HDLC-like framing on a byte stream. The peer is given a fixed address and name server;
 * everything that is not understood is rejected as the RFCs say.
 */
#ifndef SIM_BOARD_PPP_H
#define SIM_BOARD_PPP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "board/hdlc.h"
#include "board/ppp_fsm.h"
#include "world/sched.h"

#define PPP_MRU_DEFAULT 1500u

struct ppp_config {
    struct sched *sched;
    uint8_t own_address[4];
    uint8_t peer_address[4];
    uint8_t dns_address[4];
    uint32_t magic; /* not 0 */
    void *context;
    /* Bytes for the line, whole frames. */
    void (*transmit)(void *context, const uint8_t *data, size_t size);
    /* An IPv4 packet from the peer. */
    void (*packet)(void *context, const uint8_t *packet, size_t size);
    /* IPCP came up: packets can pass. May be NULL. */
    void (*opened)(void *context);
    /* LCP is finished: the peer hung up or does not answer. */
    void (*closed)(void *context);
};

/* Which of our own options are still asked for, and what the peer agreed to. */
struct ppp_lcp {
    bool ask_accm, ask_magic, ask_pfc, ask_acfc;
    uint32_t magic;
    uint16_t peer_mru;
    uint32_t peer_accm; /* what we must escape when sending */
    bool peer_pfc, peer_acfc;
    /* As judged, in force once LCP is open. */
    uint16_t next_mru;
    uint32_t next_accm;
    bool next_pfc, next_acfc;
};

struct ppp {
    struct ppp_config config;
    struct hdlc_receiver receiver;
    struct ppp_fsm lcp;
    struct ppp_fsm ipcp;
    struct ppp_lcp options;
    bool ask_address;
    uint64_t packets_in;
    uint64_t packets_out;
    uint64_t packets_dropped;
};

void ppp_init(struct ppp *ppp, const struct ppp_config *config);
/* Carrier: negotiation starts. */
void ppp_start(struct ppp *ppp);
/* Carrier lost, without a word to the peer; the link can be started again. */
void ppp_stop(struct ppp *ppp);
/* Ends the link politely; config.closed follows. */
void ppp_close(struct ppp *ppp);
/* A byte from the line. */
void ppp_receive(struct ppp *ppp, uint8_t byte);
/* Sends an IPv4 packet to the peer; false if the link is not open or the packet exceeds its MRU. */
bool ppp_send_packet(struct ppp *ppp, const uint8_t *packet, size_t size);
bool ppp_is_open(const struct ppp *ppp);

#endif
