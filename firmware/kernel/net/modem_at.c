/* AT modem: see modem_at.h. A table of steps is worked through line by line; the last one dials,
 * and what comes after CONNECT belongs to PPP.
 */
#include "kernel/net/modem_at.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "drivers/clock.h"
#include "drivers/lpuart.h"
#include "kernel/net/ppp_link.h"
#include "kernel/time/time.h"

#define LINE_BYTES_PER_POLL 512u
#define ATTENTION_RECOVERY                                                                         \
    3u /* every so many unanswered AT: the modem may still be in data mode                         \
        */
#define GUARD_US           1100000u
#define PPP_OPEN_LIMIT_US  30000000u
#define PPP_CLOSE_LIMIT_US 8000000u

/* What an information line has to say for its step to be done. */
typedef bool (*line_check)(const char *line);

struct step {
    const char *command;
    line_check wanted;   /* NULL: OK suffices */
    uint16_t timeout_ms; /* for one try */
    uint16_t pause_ms;   /* before the next try */
    uint16_t tries;
    bool optional; /* go on after the last try */
    const char *failure;
};

static bool sim_ready(const char *line);
static bool registered(const char *line);

static const struct step steps[] = {
    {"AT", NULL, 500, 100, 12, false, "modem does not answer"},
    {"ATE0", NULL, 1000, 100, 3, false, "modem refuses ATE0"},
    {"AT+CPIN?", sim_ready, 5000, 1000, 10, false, "modem has no usable SIM"},
    {"AT+CSQ", NULL, 2000, 100, 1, true, ""},
    {"AT+CEREG?", registered, 2000, 1000, 60, true, ""},
    {"AT+CREG?", registered, 2000, 1000, 60, false, "modem is not registered with a network"},
    {"AT+CGDCONT=1,\"IP\",\"\"", NULL, 2000, 500, 3, false, "modem refuses the packet context"},
    {"ATD*99#", NULL, 60000, 2000, 3, false, "modem does not connect"},
};
#define STEPS      (sizeof steps / sizeof steps[0])
#define STEP_CEREG 4u
#define STEP_CREG  5u
#define STEP_DIAL  (STEPS - 1)

enum phase {
    PHASE_OFF,
    PHASE_COMMAND,
    PHASE_WAIT,
    PHASE_GUARD,
    PHASE_PPP,
    PHASE_CLOSING,
    PHASE_FAILED
};

static struct {
    enum phase phase;
    uint32_t step, tries;
    uint64_t deadline_us; /* of what the phase waits for */
    bool seen;            /* the wanted information line came */
    bool ppp_was_up;
    const char *error;
    char line[MODEM_LINE_BYTES];
    uint32_t line_size;
} modem;

static bool starts(const char *line, const char *prefix)
{
    return strncmp(line, prefix, strlen(prefix)) == 0;
}

static bool sim_ready(const char *line)
{
    return starts(line, "+CPIN: READY");
}

/* "+CREG: <n>,<stat>[,...]": 1 is home, 5 is roaming. */
static bool registered(const char *line)
{
    const char *comma;
    if (!starts(line, "+CEREG: ") && !starts(line, "+CREG: "))
        return false;
    comma = strchr(line, ',');
    return comma != NULL && (comma[1] == '1' || comma[1] == '5') &&
           (comma[2] == '\0' || comma[2] == ',');
}

static void send(const char *text)
{
    lpuart_write((const uint8_t *)text, (uint32_t)strlen(text));
}

static void fail(const char *why)
{
    modem.phase = PHASE_FAILED;
    modem.error = why;
}

static void step_send(void)
{
    modem.phase = PHASE_COMMAND;
    modem.seen = false;
    modem.line_size = 0;
    modem.deadline_us = time_us() + steps[modem.step].timeout_ms * 1000ull;
    send(steps[modem.step].command);
    send("\r");
}

static void step_begin(uint32_t step)
{
    modem.step = step;
    modem.tries = 0;
    step_send();
}

static void step_done(void)
{
    /* Registered for packet service: no need to ask for circuit service. */
    step_begin(modem.step == STEP_CEREG ? STEP_CREG + 1 : modem.step + 1);
}

/* A modem in data mode hears nothing of AT: end a PPP session (an LCP Terminate-Request), then
 * escape with guard times. */
static void leave_data_mode(void)
{
    /* FF 03 C0 21, code 5, id 1, length 4, FCS; control characters escaped (RFC 1662 4.2). */
    static const uint8_t terminate[] = {0x7E, 0xFF, 0x7D, 0x23, 0xC0, 0x21, 0x7D, 0x25, 0x7D,
                                        0x21, 0x7D, 0x20, 0x7D, 0x24, 0x3D, 0xC7, 0x7E};
    lpuart_write(terminate, sizeof terminate);
    modem.phase = PHASE_GUARD;
    modem.deadline_us = time_us() + GUARD_US;
}

static void step_retry(void)
{
    const struct step *step = &steps[modem.step];
    modem.tries++;
    if (modem.tries < step->tries) {
        modem.phase = PHASE_WAIT;
        modem.deadline_us = time_us() + step->pause_ms * 1000ull;
        if (modem.step == 0 && modem.tries % ATTENTION_RECOVERY == 0)
            leave_data_mode();
    } else if (step->optional) {
        step_begin(modem.step + 1);
    } else {
        fail(step->failure);
    }
}

static void data_mode(void)
{
    modem.phase = PHASE_PPP;
    modem.ppp_was_up = false;
    modem.deadline_us = time_us() + PPP_OPEN_LIMIT_US;
    if (!ppp_link_open())
        fail("PPP cannot start");
}

static void line_received(const char *line)
{
    const struct step *step = &steps[modem.step];
    if (starts(line, "OK")) {
        if (modem.step == STEP_DIAL)
            return; /* a late answer to an earlier command */
        if (step->wanted == NULL || modem.seen)
            step_done();
        else
            step_retry();
    } else if (starts(line, "CONNECT") && modem.step == STEP_DIAL) {
        data_mode();
    } else if (starts(line, "ERROR") || starts(line, "+CME ERROR") || starts(line, "NO CARRIER") ||
               starts(line, "BUSY") || starts(line, "NO ANSWER") || starts(line, "NO DIALTONE")) {
        step_retry();
    } else if (step->wanted != NULL && step->wanted(line)) {
        modem.seen = true;
    }
}

/* Takes one byte; a finished line is acted on. */
static void byte_received(char byte)
{
    if (byte != '\r' && byte != '\n') {
        if (modem.line_size < MODEM_LINE_BYTES - 1)
            modem.line[modem.line_size++] = byte;
        return;
    }
    if (modem.line_size == 0)
        return;
    modem.line[modem.line_size] = '\0';
    modem.line_size = 0;
    if (modem.phase == PHASE_COMMAND)
        line_received(modem.line);
}

/* Byte by byte, because what follows the CONNECT line is PPP's. */
static void lines_poll(void)
{
    uint8_t byte;
    for (uint32_t i = 0; i < LINE_BYTES_PER_POLL && modem.phase != PHASE_PPP; i++) {
        if (lpuart_read(&byte, 1) == 0)
            break;
        byte_received((char)byte);
    }
}

static void ppp_poll(void)
{
    enum ppp_link_state state = ppp_link_poll();
    if (state == PPP_LINK_UP)
        modem.ppp_was_up = true;
    else if (state == PPP_LINK_DOWN)
        fail(modem.ppp_was_up ? "the network closed the connection" : "PPP was refused");
    else if (!modem.ppp_was_up && time_us() >= modem.deadline_us) {
        ppp_link_close();
        fail("PPP does not come up");
    }
}

static void deadline_poll(void)
{
    if (time_us() < modem.deadline_us)
        return;
    if (modem.phase == PHASE_COMMAND) {
        step_retry();
    } else if (modem.phase == PHASE_WAIT) {
        step_send();
    } else if (modem.phase == PHASE_GUARD) {
        send("+++");
        modem.phase = PHASE_WAIT;
        modem.deadline_us = time_us() + GUARD_US;
    }
}

static void start(void)
{
    lpuart_init(CLOCK_HZ, MODEM_BAUD);
    modem.error = "";
    step_begin(0);
}

static void stop(void)
{
    if (modem.phase != PHASE_PPP) {
        modem.phase = PHASE_OFF;
        return;
    }
    ppp_link_close();
    modem.phase = PHASE_CLOSING;
    modem.deadline_us = time_us() + PPP_CLOSE_LIMIT_US;
}

static enum link_state poll(void)
{
    switch (modem.phase) {
    case PHASE_COMMAND:
    case PHASE_WAIT:
    case PHASE_GUARD:
        lines_poll();
        if (modem.phase != PHASE_PPP)
            deadline_poll();
        break;
    case PHASE_PPP:
        ppp_poll();
        break;
    case PHASE_CLOSING:
        if (ppp_link_poll() == PPP_LINK_DOWN || time_us() >= modem.deadline_us)
            modem.phase = PHASE_OFF;
        break;
    case PHASE_OFF:
        return LINK_STOPPED;
    case PHASE_FAILED:
        break;
    }
    if (modem.phase == PHASE_FAILED)
        return LINK_FAILED;
    if (modem.phase == PHASE_CLOSING)
        return LINK_STOPPING;
    if (modem.phase == PHASE_OFF)
        return LINK_STOPPED;
    return modem.phase == PHASE_PPP && modem.ppp_was_up ? LINK_UP : LINK_STARTING;
}

static const char *error(void)
{
    return modem.error;
}

const struct link_driver modem_at_driver = {"modem", start, stop, poll, error};
