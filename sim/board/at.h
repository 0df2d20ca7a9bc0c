/* The AT command interpreter of a cellular modem (ITU-T V.250, 3GPP TS 27.007), line by line.
 *
 * It owns the command line, echo and the form of the answers; what a command does to the modem is
 * asked through `struct at_modem`. Bytes in, text out: no timing here.
 */
#ifndef SIM_BOARD_AT_H
#define SIM_BOARD_AT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AT_LINE_MAX 256u

enum at_result {
    AT_OK,
    AT_CONNECT,
    AT_RING,
    AT_NO_CARRIER,
    AT_ERROR,
    AT_NONE = 100, /* the command answers later or not at all */
};

/* The modem behind the interpreter. */
struct at_modem {
    void *context;
    void (*transmit)(void *context, const char *text, size_t size);
    bool (*registered)(void *context); /* on the network */
    /* ATD to the packet service: AT_CONNECT or AT_NO_CARRIER. */
    enum at_result (*dial)(void *context);
    void (*hang_up)(void *context);
    /* ATO: back to a call left with +++; AT_CONNECT or AT_NO_CARRIER. */
    enum at_result (*resume)(void *context);
};

struct at {
    struct at_modem modem;
    char line[AT_LINE_MAX];
    uint32_t length;
    bool overflow;
    bool echo;
    bool verbose;
    bool quiet;
    bool error_codes; /* +CMEE */
    uint8_t registration_report;
    const char *registration_name; /* the command that asked for reports */
    uint64_t commands;
};

void at_init(struct at *at, const struct at_modem *modem);
/* As ATZ: settings and the command line. */
void at_reset(struct at *at);
/* A byte from the terminal while in command mode. */
void at_receive(struct at *at, uint8_t byte);
/* Tells the terminal that registration changed, if it asked for that with +CREG=1 or its kin. */
void at_registration_changed(struct at *at);
/* Sends a result code in the form that ATQ and ATV chose. */
void at_send_result(struct at *at, enum at_result result);

#endif
