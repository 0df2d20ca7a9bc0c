/* A scenario: what happens to a board and what is expected of it, in virtual time.
 *
 * One statement a line, '#' starts a comment. Each statement stands for itself; their order does
 * not matter. docs/simulator.md describes the language. Pure: the owner feeds what the board does
 * and performs what the scenario asks for.
 */
#ifndef SIM_WORLD_SCENARIO_H
#define SIM_WORLD_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "world/link_script.h"
#include "world/sched.h"

#define SCENARIO_LINES_MAX 256u
#define SCENARIO_TEXT_MAX  128u /* of a quoted text, and of bytes on a bus */
#define SCENARIO_NAME_MAX  24u  /* of a part */

enum scenario_kind {
    SCENARIO_EXPECT_UART,
    SCENARIO_EXPECT_LOG,
    SCENARIO_EXPECT_LEVEL,
    SCENARIO_EXPECT_TOGGLES,
    SCENARIO_EXPECT_I2C,   /* a transfer that begins with these bytes */
    SCENARIO_EXPECT_SPI,   /* these bytes, one after another */
    SCENARIO_EXPECT_SHOWN, /* rows of a display */
    SCENARIO_LAST_EXPECTATION = SCENARIO_EXPECT_SHOWN,
    SCENARIO_PLACE,        /* an I2C part, before power-on */
    SCENARIO_TEMPERATURE,  /* around a part */
    SCENARIO_ACCELERATION, /* of a part */
    SCENARIO_KEY,          /* of a part's keyboard */
    SCENARIO_PART_ANSWERS, /* bytes that a part gives when it is read next */
    SCENARIO_SPI_ANSWERS,  /* the same of whatever is on an SPI bus */
    SCENARIO_OTHER_MASTER, /* transfers on an I2C bus, with the chip as slave */
    SCENARIO_SPI_CLOCKS,   /* the same on an SPI bus */
    SCENARIO_ANALOG,       /* a pin's voltage */
    SCENARIO_DRIVE,        /* a pin from outside */
    SCENARIO_TYPE,         /* bytes into a serial line */
    SCENARIO_LINK,
    SCENARIO_CUT_POWER,
    SCENARIO_SKIP, /* instructions */
    SCENARIO_FLIP_REGISTER,
    SCENARIO_FLIP_MEMORY,
    /* soc/inject.h */
    SCENARIO_SUPPLY,           /* value: enum soc_supply, millivolts */
    SCENARIO_CHIP_TEMPERATURE, /* value: thousandths of degrees */
    SCENARIO_FLASH_ECC,        /* memory: address; value: enum soc_ecc */
    SCENARIO_RAM_ECC,          /* the same */
    SCENARIO_RECEIVES,         /* a word at `uart`; value: the word, enum soc_uart_error */
    SCENARIO_LSE,              /* level: it works */
    SCENARIO_HSE,
    SCENARIO_RNG,
    SCENARIO_TAMPER,   /* value: number of the internal event */
    SCENARIO_DEBUGGER, /* attaches */
    SCENARIO_END,
};

/* What an action may be counted by instead of timed; totals since the board was made. */
enum scenario_count {
    SCENARIO_NO_COUNT,
    SCENARIO_INSTRUCTIONS,
    SCENARIO_FLASH_OPERATIONS, /* quad-words, erases, option bytes of the chip's flash */
    SCENARIO_NOR_OPERATIONS,   /* programs and erases of the SPI NOR */
    SCENARIO_COUNTS
};

struct scenario_line {
    enum scenario_kind kind;
    unsigned number;              /* in the file, from 1 */
    sim_ps from;                  /* expectations: nothing before counts */
    sim_ps time;                  /* of an action; an expectation's deadline, SIM_NEVER: the end */
    enum scenario_count count_of; /* of an action, whose time is SIM_NEVER then */
    uint64_t at_count;
    uint32_t memory;              /* address of a flipped bit */
    bool exact;                   /* a level is judged at `time`, not until then */
    bool negative;                /* must not happen */
    uint8_t uart;                 /* enum soc_uart */
    uint8_t port, pin;            /* port 0 = A */
    bool level;                   /* expected or driven */
    enum link_change link;        /* SCENARIO_LINK */
    unsigned count;               /* toggles expected */
    uint8_t bus;                  /* I2C or SPI, from 0 */
    uint8_t address;              /* on an I2C bus, 7 bits */
    bool from_slave;              /* bytes that the master reads */
    uint8_t part_kind;            /* enum part_kind, of a placed part */
    char name[SCENARIO_NAME_MAX]; /* of the part placed or meant */
    unsigned place;               /* the line that placed it */
    int32_t value[3];             /* thousandths of degrees, g or volts; a key; a first row;
                                     how many are skipped; register and bit that flip */
    char text[SCENARIO_TEXT_MAX]; /* may hold zeros where it is bytes */
    size_t text_size;
    char source[160]; /* the statement, for reports */
    /* While it runs. */
    bool settled;                 /* performed, or judged */
    bool happened;                /* an expectation's event was seen */
    unsigned seen;                /* toggles, or bytes that fit, so far */
    bool following;               /* an I2C transfer that fits so far is going on */
    char tail[SCENARIO_TEXT_MAX]; /* last bytes of the serial line */
    size_t tail_size;
};

/* What a scenario does to its board, and how it tells people. */
struct scenario_owner {
    void *context;
    void (*act)(void *context, const struct scenario_line *line);
    bool (*level)(void *context, unsigned port, unsigned pin);
    /* Whether the display of the line's part shows what the line says. */
    bool (*shown)(void *context, const struct scenario_line *line);
    void (*say)(void *context, const char *text);
};

enum scenario_verdict { SCENARIO_RUNNING, SCENARIO_PASSED, SCENARIO_FAILED };

struct scenario {
    struct scenario_owner owner;
    struct scenario_line lines[SCENARIO_LINES_MAX];
    unsigned count;
    bool has_end;
    bool failed;
    bool ended;
    sim_ps end; /* SIM_NEVER: when everything is settled */
};

/* Reads a scenario's text. On failure says in `error` which line is wrong and why. */
bool scenario_parse(struct scenario *scenario, const char *text, char *error, size_t error_size);
/* What the board did. */
void scenario_uart(struct scenario *scenario, sim_ps now, unsigned uart, uint8_t byte);
void scenario_log(struct scenario *scenario, sim_ps now, const char *text);
void scenario_pin(struct scenario *scenario, sim_ps now, unsigned port, unsigned pin, bool level);
/* `sign`: enum soc_i2c_sign. */
void scenario_i2c(struct scenario *scenario, sim_ps now, unsigned bus, unsigned sign,
                  uint8_t value);
void scenario_spi(struct scenario *scenario, sim_ps now, unsigned bus, uint8_t out, uint8_t in);
/* The next counts at which scenario_counted must be called, 0: none. Indexed by enum
 * scenario_count. */
void scenario_next_counts(const struct scenario *scenario, uint64_t next[SCENARIO_COUNTS]);
/* Performs what is due at these totals. */
void scenario_counted(struct scenario *scenario, sim_ps now, const uint64_t total[SCENARIO_COUNTS]);
/* When scenario_advance must be called next; SIM_NEVER: nothing is timed any more. */
sim_ps scenario_next(const struct scenario *scenario);
/* Performs and judges everything that is due at `now`. */
enum scenario_verdict scenario_advance(struct scenario *scenario, sim_ps now);
/* Ends it now: what is still open is judged. */
enum scenario_verdict scenario_finish(struct scenario *scenario, sim_ps now);
/* Nothing is left to be done or judged. */
bool scenario_settled(const struct scenario *scenario);

#endif
