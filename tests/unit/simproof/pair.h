/* Our processor and libunicorn's Cortex-M33 side by side: the same registers, the same two memories
 * (code, data), nothing else in the address space. What one does the other must do.
 *
 * libunicorn is QEMU's translator and softfloat without QEMU's system: exceptions end a run, so
 * their kind is compared but not what follows. */
#ifndef SIMPROOF_PAIR_H
#define SIMPROOF_PAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <unicorn/unicorn.h>

#include "cpu/cpu_state.h"

#define PAIR_CODE      0x10000000u
#define PAIR_CODE_SIZE 0x4000u
#define PAIR_DATA      0x30000000u
#define PAIR_DATA_SIZE 0x4000u
#define PAIR_FLAGS     0xf8000000u /* NZCVQ: what libunicorn shows of the xPSR */

struct pair_state {
    uint32_t r[16]; /* r[15]: address of the next instruction */
    uint32_t flags;
    uint32_t s[32];
    uint32_t fpscr;
};

/* How a run ended. */
enum pair_end {
    PAIR_DONE,
    PAIR_UNDEFINED, /* UsageFault: UNDEFINSTR, NOCP or INVSTATE */
    PAIR_MEMORY,    /* a data access that failed: nothing there, or not aligned */
    PAIR_OTHER,     /* SVC, BKPT, SecureFault, stack limit, sleep */
};

struct pair {
    struct cpu *cpu;
    uc_engine *unicorn;
    uint8_t *our_code, *our_data, *their_code, *their_data;
    uint32_t interrupt; /* last exception number that libunicorn told */
    bool interrupted;
    uint32_t our_cfsr;
};

bool pair_open(struct pair *pair, bool with_fpu);
void pair_close(struct pair *pair);
/* Puts the same code at PAIR_CODE of both. */
void pair_set_code(struct pair *pair, const uint16_t *code, size_t words);

/* Runs from PAIR_CODE until `words` half-words further, at most one instruction with `single`. */
enum pair_end pair_run_ours(struct pair *pair, const struct pair_state *start, size_t words,
                            bool single, struct pair_state *end);
enum pair_end pair_run_theirs(struct pair *pair, const struct pair_state *start, size_t words,
                              bool single, struct pair_state *end);
/* Prints where two states differ, by register name. */
void pair_print_difference(const struct pair_state *ours, const struct pair_state *theirs);
void pair_print_start(const struct pair_state *start);
const char *pair_end_name(enum pair_end end);

#endif
