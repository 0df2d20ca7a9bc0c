/* AT commands by table: basic ones (a letter and a number) and extended ones (+NAME). */
#include "board/at.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define CARRIAGE_RETURN '\r'
#define LINE_FEED       '\n'
#define BACKSPACE       '\b'

static void send_text(struct at *at, const char *text)
{
    at->modem.transmit(at->modem.context, text, strlen(text));
}

/* An information line: CR LF text CR LF. */
__attribute__((format(printf, 2, 3))) static void inform(struct at *at, const char *format, ...)
{
    char text[160];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (at->verbose)
        send_text(at, "\r\n");
    send_text(at, text);
    send_text(at, "\r\n");
}

void at_send_result(struct at *at, enum at_result result)
{
    static const char *const names[] = {"OK", "CONNECT", "RING", "NO CARRIER", "ERROR"};
    char text[32];

    if (at->quiet || result == AT_NONE)
        return;
    if (at->verbose)
        snprintf(text, sizeof text, "\r\n%s\r\n", names[result]);
    else
        snprintf(text, sizeof text, "%d\r", result);
    send_text(at, text);
}

/* --- extended commands: `tail` is what follows the name ("", "?", "=?", "=...") --- */

typedef enum at_result at_handler(struct at *at, const char *tail, const void *argument);

/* Answers one fixed line. */
static enum at_result do_text(struct at *at, const char *tail, const void *argument)
{
    if (strcmp(tail, "=?") != 0)
        inform(at, "%s", (const char *)argument);
    return AT_OK;
}

/* Accepted, without effect here. */
static enum at_result do_accept(struct at *at, const char *tail, const void *argument)
{
    (void)at;
    (void)tail;
    (void)argument;
    return AT_OK;
}

static enum at_result do_signal(struct at *at, const char *tail, const void *argument)
{
    (void)argument;
    if (strcmp(tail, "=?") == 0)
        inform(at, "+CSQ: (0-31,99),(0-7,99)");
    else
        inform(at, at->modem.registered(at->modem.context) ? "+CSQ: 24,0" : "+CSQ: 99,99");
    return AT_OK;
}

/* +CREG, +CGREG, +CEREG: 1 = registered at home, 2 = searching. */
static enum at_result do_registration(struct at *at, const char *tail, const void *argument)
{
    const char *name = argument;

    if (strcmp(tail, "?") == 0) {
        inform(at, "+%s: %u,%u", name, at->registration_report,
               at->modem.registered(at->modem.context) ? 1 : 2);
    } else if (strcmp(tail, "=?") == 0) {
        inform(at, "+%s: (0-2)", name);
    } else if (tail[0] == '=' && tail[1] >= '0' && tail[1] <= '2' && tail[2] == '\0') {
        at->registration_report = (uint8_t)(tail[1] - '0');
        at->registration_name = name;
    } else {
        return AT_ERROR;
    }
    return AT_OK;
}

static enum at_result do_attach(struct at *at, const char *tail, const void *argument)
{
    (void)argument;
    if (strcmp(tail, "?") == 0)
        inform(at, "+CGATT: %d", at->modem.registered(at->modem.context));
    return AT_OK;
}

static enum at_result do_operator(struct at *at, const char *tail, const void *argument)
{
    (void)argument;
    if (strcmp(tail, "?") == 0)
        inform(at, at->modem.registered(at->modem.context) ? "+COPS: 0,0,\"Simulated LTE\",7"
                                                           : "+COPS: 0");
    return AT_OK;
}

static enum at_result do_context(struct at *at, const char *tail, const void *argument)
{
    (void)argument;
    if (strcmp(tail, "?") == 0)
        inform(at, "+CGDCONT: 1,\"IP\",\"internet\",\"\",0,0");
    else if (tail[0] != '=')
        return AT_ERROR;
    return AT_OK;
}

static enum at_result do_errors(struct at *at, const char *tail, const void *argument)
{
    (void)argument;
    if (strcmp(tail, "?") == 0)
        inform(at, "+CMEE: %d", at->error_codes);
    else if (tail[0] == '=')
        at->error_codes = tail[1] != '0';
    return AT_OK;
}

static enum at_result do_data(struct at *at, const char *tail, const void *argument)
{
    (void)tail;
    (void)argument;
    return at->modem.dial(at->modem.context);
}

/* clang-format off */
static const struct {
    const char *name;
    at_handler *handler;
    const void *argument;
} extended[] = {
    {"CCLK",    do_accept,       NULL},
    {"CEREG",   do_registration, "CEREG"},
    {"CFUN",    do_accept,       NULL},
    {"CGATT",   do_attach,       NULL},
    {"CGDATA",  do_data,         NULL},
    {"CGDCONT", do_context,      NULL},
    {"CGMI",    do_text,         "Open Microvisor"},
    {"CGMM",    do_text,         "SIM-LTE-1"},
    {"CGMR",    do_text,         MV_VERSION},
    {"CGREG",   do_registration, "CGREG"},
    {"CGSN",    do_text,         "004999010640000"},
    {"CIMI",    do_text,         "001010123456789"},
    {"CMEE",    do_errors,       NULL},
    {"COPS",    do_operator,     NULL},
    {"CPIN",    do_text,         "+CPIN: READY"},
    {"CREG",    do_registration, "CREG"},
    {"CSQ",     do_signal,       NULL},
    {"GMI",     do_text,         "Open Microvisor"},
    {"GMM",     do_text,         "SIM-LTE-1"},
    {"GMR",     do_text,         MV_VERSION},
    {"ICF",     do_accept,       NULL},
    {"IFC",     do_accept,       NULL},
    {"IPR",     do_accept,       NULL},
};
/* clang-format on */

/* Runs the extended command at `*text` (after the '+') up to ';' or the end, and moves *text on. */
static enum at_result run_extended(struct at *at, const char **text)
{
    const char *end = strchr(*text, ';');
    size_t length = end != NULL ? (size_t)(end - *text) : strlen(*text);
    size_t name = 0;
    char command[AT_LINE_MAX];

    memcpy(command, *text, length);
    command[length] = '\0';
    *text += length + (end != NULL);
    while (isalpha((unsigned char)command[name]))
        name++;
    for (unsigned i = 0; i < sizeof extended / sizeof *extended; i++) {
        if (strlen(extended[i].name) == name && strncasecmp(extended[i].name, command, name) == 0)
            return extended[i].handler(at, command + name, extended[i].argument);
    }
    if (at->error_codes) {
        inform(at, "+CME ERROR: 4");
        return AT_NONE;
    }
    return AT_ERROR;
}

/* --- basic commands --- */

static bool read_number(const char **text, unsigned *value)
{
    unsigned digits = 0;

    for (*value = 0; isdigit((unsigned char)**text) && digits < 6; digits++)
        *value = *value * 10 + (unsigned)(*(*text)++ - '0');
    return digits > 0;
}

static enum at_result run_dial(struct at *at, const char **text)
{
    const char *number = *text;

    *text += strlen(number);
    if (toupper((unsigned char)*number) == 'T' || toupper((unsigned char)*number) == 'P')
        number++;
    /* *99# and *99***<context># are the packet service; voice is not offered. */
    if (strncmp(number, "*99", 3) != 0 || number[strlen(number) - 1] != '#')
        return AT_NO_CARRIER;
    return at->modem.dial(at->modem.context);
}

/* ATS<register>=<value> is taken note of by nobody; ATS<register>? is 0. */
static enum at_result run_register(struct at *at, const char **text)
{
    unsigned value;

    if (!read_number(text, &value))
        return AT_ERROR;
    if (**text == '?') {
        ++*text;
        inform(at, "000");
        return AT_OK;
    }
    if (**text != '=')
        return AT_ERROR;
    ++*text;
    return read_number(text, &value) ? AT_OK : AT_ERROR;
}

static enum at_result set_flag(bool *flag, unsigned value)
{
    if (value > 1)
        return AT_ERROR;
    *flag = value != 0;
    return AT_OK;
}

static enum at_result run_basic(struct at *at, char letter, const char **text)
{
    unsigned value;

    if (letter == 'D')
        return run_dial(at, text);
    if (letter == 'S')
        return run_register(at, text);
    read_number(text, &value);
    switch (letter) {
    case 'E':
        return set_flag(&at->echo, value);
    case 'V':
        return set_flag(&at->verbose, value);
    case 'Q':
        return set_flag(&at->quiet, value);
    case 'H':
        at->modem.hang_up(at->modem.context);
        return AT_OK;
    case 'I':
        inform(at, "Open Microvisor SIM-LTE-1 %s", MV_VERSION);
        return AT_OK;
    case 'O':
        return at->modem.resume(at->modem.context);
    case 'Z':
        at->modem.hang_up(at->modem.context);
        at_reset(at);
        return AT_OK;
    case 'L':
    case 'M':
    case 'X':
        return AT_OK;
    default:
        return AT_ERROR;
    }
}

/* '&' commands: &F restores settings, &C &D &K &S &W are accepted. */
static enum at_result run_ampersand(struct at *at, const char **text)
{
    char letter = (char)toupper((unsigned char)**text);
    unsigned value;

    if (letter == '\0' || strchr("CDFKSW", letter) == NULL)
        return AT_ERROR;
    ++*text;
    read_number(text, &value);
    if (letter == 'F')
        at_reset(at);
    return AT_OK;
}

static enum at_result run_one(struct at *at, const char **text)
{
    char letter = (char)toupper((unsigned char)*(*text)++);

    if (letter == '+')
        return run_extended(at, text);
    if (letter == '&')
        return run_ampersand(at, text);
    return run_basic(at, letter, text);
}

/* A command line may hold several commands; the first that is not OK ends it. */
static void run_line(struct at *at)
{
    char line[AT_LINE_MAX];
    const char *text = line;
    enum at_result result = AT_OK;

    memcpy(line, at->line, at->length);
    line[at->length] = '\0';
    at->length = 0;
    if (at->overflow) {
        at->overflow = false;
        at_send_result(at, AT_ERROR);
        return;
    }
    if (line[0] == '\0' || line[1] == '\0')
        return;
    at->commands++;
    for (text += 2; *text != '\0' && result == AT_OK;) {
        if (*text == ' ')
            text++;
        else
            result = run_one(at, &text);
    }
    at_send_result(at, result);
}

/* A command line starts at "AT"; whatever comes before is noise (V.250 section 5.2.1). */
static bool collect(struct at *at, char c)
{
    if (at->length == 1 && toupper((unsigned char)c) != 'T')
        at->length = 0;
    if (at->length == 0 && toupper((unsigned char)c) != 'A')
        return true;
    if (at->length == AT_LINE_MAX - 1)
        return false;
    at->line[at->length++] = c;
    return true;
}

void at_registration_changed(struct at *at)
{
    if (at->registration_report != 0)
        inform(at, "+%s: %d", at->registration_name,
               at->modem.registered(at->modem.context) ? 1 : 2);
}

void at_receive(struct at *at, uint8_t byte)
{
    char c = (char)(byte & 0x7F);

    if (at->echo)
        at->modem.transmit(at->modem.context, &c, 1);
    if (c == CARRIAGE_RETURN) {
        run_line(at);
    } else if (c == BACKSPACE) {
        at->length -= at->length > 0;
    } else if (c == LINE_FEED || !isprint((unsigned char)c)) {
        return;
    } else if (!collect(at, c)) {
        at->overflow = true;
    }
}

void at_reset(struct at *at)
{
    at->length = 0;
    at->overflow = false;
    at->echo = true;
    at->verbose = true;
    at->quiet = false;
    at->error_codes = false;
    at->registration_report = 0;
}

void at_init(struct at *at, const struct at_modem *modem)
{
    memset(at, 0, sizeof *at);
    at->modem = *modem;
    at_reset(at);
}
