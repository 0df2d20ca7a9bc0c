/* Boards as an experiment: run to an exact place, cut power there, skip instructions, flip bits,
 * compare. Everything here is deterministic: the same seed and the same calls give the same run.
 */
#ifndef SIM_WORLD_WORLD_H
#define SIM_WORLD_WORLD_H

#include "board/board.h"

#define WORLD_SKIP_MAX 7u

/* Where a run ends, whichever comes first. Counts are absolute since board_new; 0: no limit. */
struct world_until {
    sim_ps time;
    uint64_t instructions;
    uint64_t flash_operations; /* of the chip's flash: quad-words, erases, option bytes */
    uint64_t nor_operations;   /* programs and erases of the SPI NOR */
};

enum world_event {
    WORLD_TIME,
    WORLD_INSTRUCTIONS, /* exactly so many have been executed */
    WORLD_FLASH,        /* the operation has begun: its place in the array is half changed */
    WORLD_NOR,
    WORLD_LOCKUP,     /* only with config.stop_on_lockup */
    WORLD_BREAKPOINT, /* a breakpoint of the simulator */
    WORLD_BREAK,      /* board_break */
};

/* At least one limit must be set. A limit that was reached before ends the run at once. */
enum world_event world_run(struct board *board, const struct world_until *until);
uint64_t world_instructions(const struct board *board);
uint64_t world_flash_operations(const struct board *board);
uint64_t world_nor_operations(const struct board *board);

/* Runs to a flash operation and takes the power away in its middle: a torn quad-word or a half
 * erased page stays behind. False: the board did not get there before `time`. */
bool world_cut_at_flash(struct board *board, uint64_t operation, sim_ps time);

/* Skips the next 1 to WORLD_SKIP_MAX instructions; false if they cannot be read. */
bool world_skip(struct board *board, unsigned count);
/* Inverts one bit of a register (cpu/cpu.h). */
void world_flip_register(struct board *board, enum cpu_reg reg, unsigned bit);
/* Inverts one bit of RAM or flash at an address of the chip, past every protection; false if
 * neither is there. */
bool world_flip_memory(struct board *board, uint32_t address, unsigned bit);

/* A number that two boards share when registers, time, RAM, flash and NOR are equal. */
uint64_t world_digest(struct board *board);

#endif
