/* A whole board: chip, SPI NOR, cellular modem, LEDs, and the loop that runs it. */
#ifndef SIM_BOARD_BOARD_H
#define SIM_BOARD_BOARD_H

#include <stdbool.h>
#include <stdint.h>

#include "board/modem.h"
#include "board/nvm.h"
#include "board/parts.h"
#include "soc/soc.h"
#include "world/hostio.h"
#include "world/impair.h"
#include "world/link_script.h"
#include "world/sched.h"

#define BOARD_NOR_SIZE 0x800000u /* 8 MiB */

struct board;

enum board_stop { BOARD_STOP_TIME, BOARD_STOP_LOCKUP, BOARD_STOP_BREAK, BOARD_STOP_BREAKPOINT };

struct board_config {
    const char *state_dir; /* flash.bin, options.bin, otp.bin, nor.bin live here; NULL: in memory */
    /* Without state_dir: NULL, or what the memories begin as; not needed after board_new. */
    const struct nvm_template *memories;
    uint64_t seed;
    bool network;         /* libslirp behind the modem, paced by the wall clock */
    bool realtime;        /* paced by the wall clock also without a network */
    bool leds;            /* LED changes on the console */
    bool stop_on_lockup;  /* board_run returns when the processor locks up */
    const char *uart_log; /* NULL, or where UARTs' bytes go: "usart2=-,usart1=FILE" */
    const struct link_script *link_script; /* NULL, or radio changes to come; copied */
    void (*console)(void *context, const char *source, const char *text); /* lines for people */
    void *context;
};

/* Somebody who looks at what leaves the chip. Each function may be NULL. */
struct board_watcher {
    void *context;
    void (*uart)(void *context, enum soc_uart uart, uint8_t byte);
    void (*pin)(void *context, unsigned port, unsigned pin, bool level);
    void (*i2c)(void *context, enum soc_i2c_bus bus, enum soc_i2c_sign sign, uint8_t value);
    void (*spi)(void *context, enum soc_spi_bus bus, uint8_t out, uint8_t in);
};
#define BOARD_WATCHERS_MAX 4

struct board *board_new(const struct board_config *config, char *error, size_t error_size);
void board_free(struct board *board);
void board_power_on(struct board *board);
/* Runs until virtual time `until`, or another reason. SIM_NEVER: until another reason. */
enum board_stop board_run(struct board *board, sim_ps until);
/* Executes one instruction, or takes one exception; sleep is skipped. */
enum board_stop board_step(struct board *board);
/* Takes a pending reset up to the first instruction, so that a debugger sees its registers. */
void board_settle(struct board *board);
/* Makes board_run return BOARD_STOP_BREAK soon; callable from a signal handler. */
void board_break(struct board *board);
/* Presses the reset button. */
void board_reset(struct board *board);
/* Takes power away in the middle of whatever goes on, and gives it back at once: memories keep what
 * they have, half-done flash and NOR operations stay half done. */
void board_cut_power(struct board *board);
/* Adds a watcher; at most BOARD_WATCHERS_MAX. */
void board_watch(struct board *board, const struct board_watcher *watcher);
/* Sends bytes to a serial line of the chip at its baud rate; what does not fit in a queue of 1 KiB
 * is lost. Not for LPUART1, which the modem has. */
void board_type(struct board *board, enum soc_uart uart, const void *data, size_t size);
/* Solders a part to an I2C bus, for the life of the board. NULL: no room. */
struct part *board_place(struct board *board, enum part_kind kind, enum soc_i2c_bus bus,
                         uint8_t address);
/* Bytes that the chip, as master of the bus, reads next; then 0xFF again. False: too many. */
bool board_spi_answer(struct board *board, enum soc_spi_bus bus, const uint8_t *bytes,
                      size_t count);
/* Loss, delay and reordering of the packets behind the modem, by the board's seed. False: out of
 * memory. */
bool board_set_link_quality(struct board *board, const struct impair_quality *quality);
/* Gives back memory that can be made again, for boards that will be idle for a while. */
void board_trim(struct board *board);
/* An output pin's level as last seen outside. */
bool board_pin(struct board *board, unsigned port, unsigned pin);
struct soc *board_soc(struct board *board);
struct sched *board_sched(struct board *board);
struct hostio *board_hostio(struct board *board);
struct modem *board_modem(struct board *board);
const struct nvm *board_nvm(const struct board *board);
/* Virtual time now. */
sim_ps board_time(const struct board *board);

#endif
