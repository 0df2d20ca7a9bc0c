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
enum { STEP_OPTIONS = 0x11, STEP_HEADER = 0x22, STEP_SIGNATURE = 0x44, STEP_RATCHET = 0x88 };

static void require(hard_bool condition, enum lockdown_reason reason)
{
    if (hard_opaque(condition) != HARD_TRUE) {
        lockdown(reason);
    }
    if (hard_opaque(condition) == HARD_FALSE) {
        lockdown(reason);
    }
}

static hard_bool ratchet_allows(const struct image_header *header, uint32_t *flags)
{
    uint32_t seen = ratchet_read();
    if (header->ratchet < seen) {
        return HARD_FALSE;
    }
    if (header->ratchet > seen && !ratchet_raise(header->ratchet)) {
        *flags |= BOOT_FLAG_RATCHET_FULL;
    }
    return hard_opaque(header->ratchet) >= hard_opaque(seen) ? HARD_TRUE : HARD_FALSE;
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
    require(clock_start() ? HARD_TRUE : HARD_FALSE, LOCKDOWN_CLOCK);
    require(options_check(), LOCKDOWN_OPTIONS);
    chain = hard_step(chain, STEP_OPTIONS);
    require(verify_header(&header), LOCKDOWN_HEADER);
    chain = hard_step(chain, STEP_HEADER);
    require(verify_signature(&header), LOCKDOWN_SIGNATURE);
    chain = hard_step(chain, STEP_SIGNATURE);
    require(ratchet_allows(&header, &flags), LOCKDOWN_RATCHET);
    chain = hard_step(chain, STEP_RATCHET);
    uint32_t expected = hard_step(
        hard_step(hard_step(hard_step(CHAIN_START, STEP_OPTIONS), STEP_HEADER), STEP_SIGNATURE),
        STEP_RATCHET);
    require(hard_equal(chain, expected), LOCKDOWN_FAULT);
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
