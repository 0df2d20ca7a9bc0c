/* A whole board: chip, SPI NOR, cellular modem, LEDs, and the loop that runs it. */
#ifndef SIM_BOARD_BOARD_H
#define SIM_BOARD_BOARD_H

#include <stdbool.h>
#include <stdint.h>

#include "soc/soc.h"
#include "world/sched.h"

#define BOARD_NOR_SIZE 0x800000u /* 8 MiB */

struct board;

enum board_stop { BOARD_STOP_TIME, BOARD_STOP_LOCKUP, BOARD_STOP_BREAK, BOARD_STOP_BREAKPOINT };

struct board_config {
    const char *state_dir;  /* flash.bin, options.bin, otp.bin, nor.bin live here; NULL: in memory */
    uint64_t seed;
    bool network;           /* libslirp behind the modem, paced by the wall clock */
    const char *uart_log;   /* NULL, or where a UART's bytes go: "usart2=-" ... */
    void (*console)(void *context, const char *source, const char *text); /* lines for people */
    void *context;
};

struct board *board_new(const struct board_config *config, char *error, size_t error_size);
void board_free(struct board *board);
void board_power_on(struct board *board);
/* Runs until virtual time `until`, or another reason. */
enum board_stop board_run(struct board *board, sim_ps until);
struct soc *board_soc(struct board *board);
struct sched *board_sched(struct board *board);

#endif
