/* The option negotiation automaton of PPP (RFC 1661 section 4), one for each control protocol.
 *
 * The table of the RFC is the program; the protocol that owns the automaton supplies the contents
 * of the packets. Time is virtual.
 */
#ifndef SIM_BOARD_PPP_FSM_H
#define SIM_BOARD_PPP_FSM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "world/sched.h"

#define PPP_OPTIONS_MAX 256u /* bytes of options in one packet of ours */

enum ppp_code {
    PPP_MALFORMED = 0,
    PPP_CONFIGURE_REQUEST = 1,
    PPP_CONFIGURE_ACK,
    PPP_CONFIGURE_NAK,
    PPP_CONFIGURE_REJECT,
    PPP_TERMINATE_REQUEST,
    PPP_TERMINATE_ACK,
    PPP_CODE_REJECT,
    PPP_PROTOCOL_REJECT,
    PPP_ECHO_REQUEST,
    PPP_ECHO_REPLY,
    PPP_DISCARD_REQUEST,
};

enum ppp_state {
    PPP_INITIAL,
    PPP_STARTING,
    PPP_CLOSED,
    PPP_STOPPED,
    PPP_CLOSING,
    PPP_STOPPING,
    PPP_REQ_SENT,
    PPP_ACK_RCVD,
    PPP_ACK_SENT,
    PPP_OPENED,
    PPP_STATES
};

enum ppp_event {
    PPP_UP,
    PPP_DOWN,
    PPP_OPEN,
    PPP_CLOSE,
    PPP_TO_PLUS,
    PPP_TO_MINUS,
    PPP_RCR_PLUS,
    PPP_RCR_MINUS,
    PPP_RCA,
    PPP_RCN,
    PPP_RTR,
    PPP_RTA,
    PPP_RUC,
    PPP_RXJ_PLUS,
    PPP_RXJ_MINUS,
    PPP_RXR,
    PPP_EVENTS
};

struct ppp_fsm;

/* What a control protocol adds to the automaton. */
struct ppp_protocol {
    uint16_t number;
    /* Writes the options that we ask for; returns their size (≤ PPP_OPTIONS_MAX). */
    size_t (*request)(void *context, uint8_t *options);
    /* Judges the peer's options: returns PPP_CONFIGURE_ACK, _NAK or _REJECT and, for the latter
     * two, the options of the answer (*answer_size ≤ PPP_OPTIONS_MAX). Options that are
     * acknowledged take effect. */
    enum ppp_code (*judge)(void *context, const uint8_t *options, size_t size, uint8_t *answer,
                           size_t *answer_size);
    /* The peer answered our request with Nak or Reject. */
    void (*refused)(void *context, enum ppp_code code, const uint8_t *options, size_t size);
    /* This-Layer-Up, -Down, -Finished. */
    void (*up)(void *context);
    void (*down)(void *context);
    void (*finished)(void *context);
    /* A code beyond Code-Reject; false if unknown. Only called while Opened. May be NULL. */
    bool (*extra)(void *context, uint8_t code, uint8_t id, const uint8_t *data, size_t size);
    /* Sends one packet: protocol number, then `size` bytes starting with the code. */
    void (*send)(void *context, uint16_t protocol, const uint8_t *packet, size_t size);
};

struct ppp_fsm {
    const struct ppp_protocol *protocol;
    void *context;
    struct sched *sched;
    struct sim_event restart;
    enum ppp_state state;
    uint8_t id;      /* of the last Configure-Request */
    uint8_t counter; /* restart counter */
    uint8_t next_id;
    /* The packet being answered. */
    uint8_t peer_id;
    enum ppp_code verdict;
    const uint8_t *peer_options;
    size_t peer_size;
    uint8_t answer[PPP_OPTIONS_MAX];
    size_t answer_size;
    const uint8_t *rejected; /* the packet that a Code-Reject quotes */
    size_t rejected_size;
};

void ppp_fsm_init(struct ppp_fsm *fsm, const struct ppp_protocol *protocol, void *context,
                  struct sched *sched);
/* Up, Down, Open, Close from outside. */
void ppp_fsm_event(struct ppp_fsm *fsm, enum ppp_event event);
/* A packet of this protocol arrived: code, id, length, data. Bad ones are dropped. */
void ppp_fsm_input(struct ppp_fsm *fsm, const uint8_t *packet, size_t size);
/* Sends code, a fresh id and data. */
void ppp_fsm_send(struct ppp_fsm *fsm, uint8_t code, uint8_t id, const uint8_t *data, size_t size);
uint8_t ppp_fsm_fresh_id(struct ppp_fsm *fsm);
void ppp_fsm_stop(struct ppp_fsm *fsm); /* cancels the timer; state becomes Initial */

#endif
