/* bootrom: decides whether the kernel may run, and starts it or locks the device down.
 *
 * Steps, each of which must succeed, in this order:
 *   1 clock to 160 MHz            4 signature verifies
 *   2 option bytes protect us     5 not older than the ratchet; then the ratchet is raised
 *   3 header makes sense          6 hand-off record written, RAM cleared, kernel entered
 * The kernel is entered only with the complete chain of steps behind it (hardened.h).
 */
#include "bootrom/backup.h"
#include "bootrom/boot_program.h"
#include "bootrom/handoff.h"
#include "bootrom/hardened.h"
#include "bootrom/lockdown.h"
#include "bootrom/options.h"
#include "bootrom/ratchet.h"
#include "bootrom/verify.h"
#include "chip/mmio.h"
#include "chip/stm32u585.h"
#include "drivers/clock.h"

#define CHAIN_START 0x424F4F54u
enum {
    STEP_CLOCK = 0x11,
    STEP_OPTIONS = 0x22,
    STEP_OPTIONS_AGAIN = 0x33,
    STEP_HEADER = 0x44,
    STEP_SIGNATURE = 0x55,
    STEP_RATCHET = 0x66,
    STEP_RATCHET_AGAIN = 0x77,
};

/* Takes one step: locks down unless the check succeeded, and folds its very result into the chain,
 * so that a step whose lock-down was skipped spoils the chain for good. */
static uint32_t require(uint32_t chain, hard_bool result, uint32_t step,
                        enum lockdown_reason reason)
{
    if (hard_opaque(result) != HARD_TRUE) {
        lockdown(reason);
    }
    if (hard_opaque(result) == HARD_FALSE) {
        lockdown(reason);
    }
    return hard_step(chain, hard_opaque(result) ^ step);
}

/* The chain after all steps. */
static uint32_t chain_complete(void)
{
    static const uint32_t steps[] = {STEP_CLOCK,     STEP_OPTIONS, STEP_OPTIONS_AGAIN, STEP_HEADER,
                                     STEP_SIGNATURE, STEP_RATCHET, STEP_RATCHET_AGAIN};
    uint32_t chain = CHAIN_START;
    for (uint32_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        chain = hard_step(chain, HARD_TRUE ^ steps[i]);
    }
    return chain;
}

static hard_bool ratchet_allows(const struct image_header *header)
{
    return hard_opaque(header->ratchet) >= ratchet_read() ? HARD_TRUE : HARD_FALSE;
}

/* Raises the ratchet to the kernel that has verified; returns flags for it. */
static uint32_t ratchet_follow(const struct image_header *header)
{
    bool done = header->ratchet <= ratchet_read() || ratchet_raise(header->ratchet);
    return done ? 0 : BOOT_FLAG_RATCHET_FULL;
}

static void handoff_write(const struct image_header *header, uint32_t reset_cause, uint32_t flags)
{
    struct boot_handoff *handoff = boot_handoff();
    if (handoff->path != BOOT_PATH_UPGRADE) {
        handoff->path = BOOT_PATH_STANDARD;
    }
    handoff->version = BOOT_HANDOFF_VERSION;
    handoff->reset_cause = reset_cause;
    handoff->kernel_version = header->version;
    handoff->kernel_ratchet = header->ratchet;
    handoff->flags = flags;
    for (unsigned i = 0; i < sizeof handoff->kernel_version_text; i++) {
        handoff->kernel_version_text[i] = header->version_text[i];
    }
    handoff->magic = BOOT_HANDOFF_MAGIC;
}

/* Reset flags accumulate until they are removed. */
static uint32_t reset_cause_take(void)
{
    uint32_t cause = mmio_read(RCC_S + RCC_CSR_OFS);
    mmio_set(RCC_S + RCC_CSR_OFS, RCC_CSR_RMVF_Msk);
    mmio_clear(RCC_S + RCC_CSR_OFS, RCC_CSR_RMVF_Msk);
    return cause;
}

void boot_main(void)
{
    struct image_header header;
    uint32_t chain = CHAIN_START, flags = 0;
    uint32_t reset_cause = reset_cause_take();
    backup_open();
    if (backup_check(reset_cause)) {
        flags |= BOOT_FLAG_BACKUP_RESET;
    }
    hard_bool clock = clock_start() ? HARD_TRUE : HARD_FALSE;
    chain = require(chain, clock, STEP_CLOCK, LOCKDOWN_CLOCK);
    chain = require(chain, options_check(), STEP_OPTIONS, LOCKDOWN_OPTIONS);
    chain = require(chain, options_check(), STEP_OPTIONS_AGAIN, LOCKDOWN_OPTIONS);
    chain = require(chain, verify_header(&header), STEP_HEADER, LOCKDOWN_HEADER);
    chain = require(chain, verify_signature(&header), STEP_SIGNATURE, LOCKDOWN_SIGNATURE);
    chain = require(chain, ratchet_allows(&header), STEP_RATCHET, LOCKDOWN_RATCHET);
    chain = require(chain, ratchet_allows(&header), STEP_RATCHET_AGAIN, LOCKDOWN_RATCHET);
    hard_bool complete = hard_equal(chain, chain_complete());
    if (complete != HARD_TRUE) {
        lockdown(LOCKDOWN_FAULT);
    }
    flags |= ratchet_follow(&header);
    lockdown_clear();
    handoff_write(&header, reset_cause, flags);
    boot_jump(LAYOUT_KERNEL_BASE + header.vectors_offset);
}

/* A double ECC error: a quad-word was torn by a power cut. What was read fails its own check. */
void boot_nmi(void)
{
    if ((mmio_read(FLASH_R_S + FLASH_ECCR_OFS) & FLASH_ECCR_ECCD_Msk) == 0) {
        lockdown(LOCKDOWN_FAULT);
    }
    mmio_write(FLASH_R_S + FLASH_ECCR_OFS, FLASH_ECCR_ECCD_Msk);
}

void boot_fault(void)
{
    lockdown(LOCKDOWN_FAULT);
}
