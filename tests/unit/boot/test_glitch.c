/* Fault injection: the bootrom rejects a kernel, and near the decision one instruction is skipped,
 * as a voltage glitch can do. Whatever instruction it is, the rejected kernel must not start.
 *
 * The run is deterministic: first it is counted how many instructions there are up to the
 * lock-down, then a child process for each of the last MV_GLITCHES of them skips that one and goes
 * on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "bootrom/lockdown.h"
#include "chip/stm32u585.h"
#include "device.h"
#include "layout.h"

#define GLITCHES 1000u
#define LIMIT_MS 2000u

enum outcome { OUTCOME_LOCKED = 0, OUTCOME_STARTED = 1, OUTCOME_DEAD = 2 };

static uint32_t kernel_entry;

static bool locked(struct board *board)
{
    return (soc_backup_register(board_soc(board), 31) & 0xFFFF0000u) == LOCKDOWN_MAGIC;
}

/* Runs to the kernel's first instruction or until nothing more will happen. */
static enum outcome run_on(struct board *board)
{
    assert_true(cpu_breakpoint_set(soc_cpu(board_soc(board)), kernel_entry));
    for (unsigned ms = 0; ms < LIMIT_MS; ms++) {
        if (board_run(board, board_time(board) + SIM_PS_PER_MS) == BOARD_STOP_BREAKPOINT) {
            return OUTCOME_STARTED;
        }
        if (locked(board)) {
            return OUTCOME_LOCKED;
        }
    }
    return OUTCOME_DEAD; /* locked up or lost: no kernel either */
}

static struct board *start(void)
{
    memcpy(&kernel_entry, device_flash(LAYOUT_KERNEL_VECTORS) + 4, sizeof kernel_entry);
    kernel_entry &= ~1u;
    return device_power_on();
}

/* Time and instruction at which the lock-down is recorded, found in ever smaller steps. */
static sim_ps lockdown_time(void)
{
    sim_ps step = SIM_PS_PER_MS, before = 0;
    for (unsigned pass = 0; pass < 3; pass++, step /= 100) {
        struct board *board = start();
        board_run(board, before);
        while (!locked(board)) {
            before = board_time(board);
            board_run(board, before + step);
            assert_true(before < LIMIT_MS * SIM_PS_PER_MS);
        }
    }
    return before;
}

/* Goes on behind the instruction without executing it. */
static void skip_instruction(struct board *board)
{
    struct cpu *cpu = soc_cpu(board_soc(board));
    uint32_t pc = cpu_reg(cpu, (enum cpu_reg)(CPU_R0 + 15));
    uint16_t half;
    assert_true(cpu_debug_read(cpu, pc, true, &half, sizeof half));
    cpu_set_reg(cpu, (enum cpu_reg)(CPU_R0 + 15), pc + (half >> 11 >= 0x1D ? 4 : 2));
}

/* Skips one instruction in a child process; the board itself does not move. */
static enum outcome glitch(struct board *board)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        skip_instruction(board);
        _exit((int)run_on(board));
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return (enum outcome)WEXITSTATUS(status);
}

static void skip_each(const char *what)
{
    const char *text = getenv("MV_GLITCHES");
    unsigned glitches = text != NULL ? (unsigned)strtoul(text, NULL, 10) : GLITCHES;
    unsigned outcomes[3] = {0};
    sim_ps end = lockdown_time();
    struct board *board = start();
    /* About as many instructions before the end as there are glitches: 1.2 cycles of 6.25 ns each.
     */
    board_run(board, end - (sim_ps)glitches * 7500);
    for (unsigned i = 0; i < glitches && !locked(board); i++) {
        enum outcome outcome = glitch(board);
        outcomes[outcome]++;
        if (outcome == OUTCOME_STARTED) {
            printf("  skipped at 0x%08x\n",
                   cpu_reg(soc_cpu(board_soc(board)), (enum cpu_reg)(CPU_R0 + 15)));
        }
        board_step(board);
    }
    printf("  %s: %u locked down, %u dead, %u started\n", what, outcomes[OUTCOME_LOCKED],
           outcomes[OUTCOME_DEAD], outcomes[OUTCOME_STARTED]);
    assert_int_equal(outcomes[OUTCOME_STARTED], 0);
}

static void forged_signature(void **state)
{
    (void)state;
    device_make();
    *device_flash(LAYOUT_VENEERS_BASE) ^= 1;
    skip_each("signature");
}

static void rolled_back(void **state)
{
    uint32_t mark = 0x54524D56u, value = 1000;
    uint32_t entry[4] = {mark, value, ~value, mark ^ value};
    (void)state;
    device_make();
    device_program(LAYOUT_RATCHET_BASE, entry, sizeof entry);
    skip_each("ratchet");
}

static void weak_options(void **state)
{
    (void)state;
    device_make();
    device_options()->secwm2r2 &= ~FLASH_SECWM2R2_HDP2EN_Msk;
    skip_each("option bytes");
}

static int drop(void **state)
{
    (void)state;
    device_drop();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(forged_signature, drop),
        cmocka_unit_test_teardown(rolled_back, drop),
        cmocka_unit_test_teardown(weak_options, drop),
    };
    if (!device_begin()) {
        return 77;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    device_end();
    return failed;
}
