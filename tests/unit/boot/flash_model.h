/* Internal flash and SPI NOR in RAM, behind the drivers' own headers, with power cuts.
 *
 * Every quad-word, page erase, NOR page and NOR sector erase is one operation. A cut leaves the
 * operation it hits half done and jumps back to the test, as a reset would.
 */
#ifndef TESTS_BOOT_FLASH_MODEL_H
#define TESTS_BOOT_FLASH_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#define MODEL_NEVER UINT32_MAX

/* How a cut leaves what it hit. */
enum model_tear {
    TEAR_NOTHING, /* not begun */
    TEAR_HALF,    /* the first half done, the rest untouched */
    TEAR_WEAK,    /* reads as if nothing had happened, but cannot be programmed */
    TEAR_KINDS,
};

extern uint8_t model_bank1[], model_bank2[], model_nor[];

/* Everything erased, no cut, no faults. */
void model_reset(void);
/* Cut at the n-th operation from now (0: the next one). */
void model_cut_at(uint32_t operations, enum model_tear tear);
/* Calls work(); true if the power was cut in it, or model_stop() was called. */
bool model_run(void (*work)(void));
/* Leaves model_run as a cut would. */
__attribute__((noreturn)) void model_stop(void);
/* Operations since model_cut_at or model_reset. */
uint32_t model_operations(void);
/* From now on programming internal flash fails / the application's area is locked. */
void model_break_flash(int broken);
void model_lock_flash(int locked);

/* Remembers and restores the whole contents. */
void model_save(void);
void model_restore(void);

#endif
