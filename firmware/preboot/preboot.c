/* preboot: the first instructions after reset. It only chooses the way:
 *
 *   upgrade request record | upgrader's vectors | jumps to
 *   -----------------------+--------------------+---------
 *   absent or damaged      | any                | bootrom
 *   present                | not plausible      | bootrom
 *   present                | plausible          | upgrader
 *
 * It trusts nothing that it reads: both stages lie in secure flash that only secure code can write,
 * and the bootrom verifies the kernel on either way.
 */
#include "bootrom/boot_program.h"
#include "bootrom/handoff.h"
#include "chip/mmio.h"
#include "preboot/upgrade_request.h"

static uint32_t upgrade_requested(void)
{
    for (uint32_t i = 0; i < 4; i++) {
        if (mmio_read(UPGRADE_REQUEST_ADDRESS + 4 * i) != (UPGRADE_REQUEST_WORD ^ i)) {
            return 0;
        }
    }
    return 1;
}

/* A stack inside the kernel's RAM and a Thumb reset handler inside the upgrader. */
static uint32_t upgrader_plausible(void)
{
    uint32_t stack = mmio_read(LAYOUT_UPGRADER_BASE);
    uint32_t reset = mmio_read(LAYOUT_UPGRADER_BASE + 4);
    return stack % 8 == 0 && stack > LAYOUT_KERNEL_RAM_BASE && stack <= LAYOUT_HANDOFF_BASE &&
           reset % 2 == 1 && reset > LAYOUT_UPGRADER_BASE &&
           reset < LAYOUT_UPGRADER_BASE + LAYOUT_UPGRADER_SIZE;
}

void boot_main(void)
{
    struct boot_handoff *handoff = boot_handoff();
    handoff->magic = 0;
    if (upgrade_requested() && upgrader_plausible()) {
        handoff->path = BOOT_PATH_UPGRADE;
        boot_jump(LAYOUT_UPGRADER_BASE);
    }
    handoff->path = BOOT_PATH_STANDARD;
    boot_jump(LAYOUT_BOOTROM_BASE);
}

void boot_nmi(void)
{
    boot_fault();
}

void boot_fault(void)
{
    for (;;) {
        __asm volatile("wfi");
    }
}
