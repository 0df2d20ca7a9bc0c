/* The boot chain as it is flashed, on the simulated board: preboot and bootrom start a good kernel
 * and lock the device down for everything else.
 *
 * Needs the firmware's images; MV_FIRMWARE_DIR and MV_SIGNING_KEY name other places than build/.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bootrom/handoff.h"
#include "bootrom/lockdown.h"
#include "chip/stm32u585.h"
#include "layout.h"
#include "device.h"
#include "preboot/upgrade_request.h"

#define KERNEL_REACHED 0u
#define LED_PORT_E     4u
#define LED_RED        3u

static struct board *board;

static int board_make(void **state)
{
    (void)state;
    device_make();
    return 0;
}

static int board_drop(void **state)
{
    (void)state;
    device_drop();
    return 0;
}

/* Runs until the kernel's reset handler (KERNEL_REACHED) or a lock-down (its reason). */
static uint32_t run(void)
{
    uint32_t entry;
    memcpy(&entry, device_flash(LAYOUT_KERNEL_VECTORS) + 4, sizeof entry);
    board = device_power_on();
    struct soc *soc = board_soc(board);
    assert_true(cpu_breakpoint_set(soc_cpu(soc), entry & ~1u));
    for (unsigned ms = 0; ms < 2000; ms++) {
        if (board_run(board, board_time(board) + SIM_PS_PER_MS) == BOARD_STOP_BREAKPOINT) {
            return KERNEL_REACHED;
        }
        uint32_t note = soc_backup_register(soc, 31);
        if ((note & 0xFFFF0000u) == LOCKDOWN_MAGIC) {
            /* It stays so, with the red light on. */
            board_run(board, board_time(board) + 50 * SIM_PS_PER_MS);
            assert_true(soc_pin_level(soc, LED_PORT_E, LED_RED));
            return note & 0xFFFFu;
        }
    }
    fail_msg("neither a kernel nor a lock-down");
    return UINT32_MAX;
}

static struct boot_handoff handoff(void)
{
    struct boot_handoff record;
    assert_true(cpu_debug_read(soc_cpu(board_soc(board)), LAYOUT_HANDOFF_BASE, true, &record,
                               sizeof record));
    return record;
}

/* ---- signing other kernels ---- */

static void sign(const char *key, unsigned version, unsigned ratchet, struct file *file)
{
    char command[2048], out[128];
    snprintf(out, sizeof out, "%s/kernel.img", device_folder);
    snprintf(command, sizeof command,
             "%s sign --key %s --kernel-elf %s/kernel.elf --version %u --version-string t%u "
             "--ratchet %u --out %s",
             MVIMAGE, key, device_firmware_folder(), version, version, ratchet, out);
    assert_int_equal(system(command), 0); /* NOLINT: our own tool */
    assert_true(device_load(out, file));
}

static const char *signing_key(void)
{
    const char *value = getenv("MV_SIGNING_KEY");
    return value != NULL ? value : MV_KEY;
}

/* ---- tests ---- */

static void good_kernel_starts(void **state)
{
    (void)state;
    assert_int_equal(run(), KERNEL_REACHED);
    struct cpu *cpu = soc_cpu(board_soc(board));
    struct boot_handoff record = handoff();
    struct image_header header;
    assert_int_equal(image_header_decode(device_kernel_image.data, &header), IMAGE_OK);
    assert_int_equal(record.magic, BOOT_HANDOFF_MAGIC);
    assert_int_equal(record.version, BOOT_HANDOFF_VERSION);
    assert_int_equal(record.path, BOOT_PATH_STANDARD);
    assert_int_equal(record.kernel_version, header.version);
    assert_string_equal(record.kernel_version_text, header.version_text);
    assert_true(record.reset_cause & RCC_CSR_BORRSTF_Msk);
    assert_int_equal(soc_hclk_hz(board_soc(board)), 160000000);
    /* As after a reset, and nothing of the boot stages is left in registers. */
    assert_int_equal(cpu_reg(cpu, CPU_MSPLIM_S), 0);
    assert_int_equal(cpu_reg(cpu, CPU_PRIMASK_S), 0);
    for (int reg = 0; reg <= 12; reg++) {
        assert_int_equal(cpu_reg(cpu, (enum cpu_reg)(CPU_R0 + reg)), 0);
    }
    printf("  reset to kernel: %llu instructions\n", (unsigned long long)cpu_instructions(cpu));
}

static void assert_flipped_bit_locks_down(uint32_t address, uint8_t bit, uint32_t reason)
{
    board_make(NULL);
    *device_flash(address) ^= bit;
    assert_int_equal(run(), reason);
    board_drop(NULL);
}

static void flipped_bits(void **state)
{
    (void)state;
    struct image_header header;
    assert_int_equal(image_header_decode(device_kernel_image.data, &header), IMAGE_OK);
    uint32_t body = LAYOUT_KERNEL_BASE + IMAGE_HEADER_SIZE;
    assert_flipped_bit_locks_down(LAYOUT_KERNEL_BASE, 0x01, LOCKDOWN_HEADER);        /* magic */
    assert_flipped_bit_locks_down(LAYOUT_KERNEL_BASE + 0x20, 0x80, LOCKDOWN_HEADER); /* signer */
    assert_flipped_bit_locks_down(LAYOUT_KERNEL_BASE + 0x14, 0x01,
                                  LOCKDOWN_SIGNATURE); /* version */
    assert_flipped_bit_locks_down(LAYOUT_KERNEL_BASE + 0x18, 0x02,
                                  LOCKDOWN_SIGNATURE); /* ratchet */
    assert_flipped_bit_locks_down(LAYOUT_KERNEL_BASE + 0x3C0, 0x01, LOCKDOWN_SIGNATURE); /* r */
    assert_flipped_bit_locks_down(LAYOUT_KERNEL_BASE + 0x3FF, 0x80, LOCKDOWN_SIGNATURE); /* s */
    assert_flipped_bit_locks_down(body + 3, 0x80, LOCKDOWN_HEADER); /* initial stack */
    assert_flipped_bit_locks_down(body + 0x1000, 0x10, LOCKDOWN_SIGNATURE);
    assert_flipped_bit_locks_down(body + header.body_size - 1, 0x01, LOCKDOWN_SIGNATURE);
    assert_flipped_bit_locks_down(LAYOUT_VENEERS_BASE, 0x01, LOCKDOWN_SIGNATURE);
    assert_flipped_bit_locks_down(LAYOUT_VENEERS_BASE + LAYOUT_VENEERS_SIZE - 1, 0x80,
                                  LOCKDOWN_SIGNATURE);
}

static void no_kernel(void **state)
{
    (void)state;
    memset(device_flash(LAYOUT_KERNEL_BASE), 0xFF, LAYOUT_KERNEL_SIZE);
    assert_int_equal(run(), LOCKDOWN_HEADER);
}

static void other_key(void **state)
{
    static struct file forged;
    char command[512], key[128];
    (void)state;
    snprintf(key, sizeof key, "%s/other.pem", device_folder);
    snprintf(command, sizeof command, "%s keygen --out %s", MVIMAGE, key);
    assert_int_equal(system(command), 0); /* NOLINT: our own tool */
    sign(key, 1, 1, &forged);
    device_program_kernel(&forged);
    assert_int_equal(run(), LOCKDOWN_HEADER); /* another signer's id */
    board_drop(NULL);
    /* The same with the right id in the header. */
    board_make(NULL);
    memcpy(forged.data + 0x20, device_kernel_image.data + 0x20, 8);
    device_program_kernel(&forged);
    assert_int_equal(run(), LOCKDOWN_SIGNATURE);
}

static void ratchet_only_goes_up(void **state)
{
    static struct file kernel;
    (void)state;
    sign(signing_key(), 8, 7, &kernel);
    device_program_kernel(&kernel);
    assert_int_equal(run(), KERNEL_REACHED);
    assert_int_equal(handoff().kernel_ratchet, 7);
    sign(signing_key(), 9, 6, &kernel);
    device_program_kernel(&kernel);
    assert_int_equal(run(), LOCKDOWN_RATCHET);
    /* A repaired device starts again and forgets the lock-down. */
    sign(signing_key(), 10, 7, &kernel);
    device_program_kernel(&kernel);
    memset(device_flash(LAYOUT_RATCHET_BASE) + 16, 0x5C, 64); /* torn entries do not count */
    assert_int_equal(run(), KERNEL_REACHED);
    assert_int_equal(soc_backup_register(board_soc(board), 31), 0);
}

static void assert_options_lock_down(void (*change)(struct soc_options *))
{
    board_make(NULL);
    change(device_options());
    assert_int_equal(run(), LOCKDOWN_OPTIONS);
    board_drop(NULL);
}

static void bank_1_secure(struct soc_options *o)
{
    o->secwm1r1 = 0xFF80FF80u;
}
static void bank_2_partly_open(struct soc_options *o)
{
    o->secwm2r1 = 0xFFEFFF80u;
}
static void boot_stages_open(struct soc_options *o)
{
    o->secwm2r2 &= ~FLASH_SECWM2R2_HDP2EN_Msk;
}
static void bootrom_half_hidden(struct soc_options *o)
{
    o->secwm2r2 = 0xFF807F80u | 1u << FLASH_SECWM2R2_HDP2_PEND_Pos;
}
static void boot_not_locked(struct soc_options *o)
{
    o->secbootadd0r &= ~FLASH_SECBOOTADD0R_BOOT_LOCK_Msk;
}

static void weak_options(void **state)
{
    (void)state;
    assert_options_lock_down(bank_1_secure);
    assert_options_lock_down(bank_2_partly_open);
    assert_options_lock_down(boot_stages_open);
    assert_options_lock_down(bootrom_half_hidden);
    assert_options_lock_down(boot_not_locked);
}

static void upgrade_request_without_upgrader(void **state)
{
    uint32_t request[4];
    (void)state;
    for (uint32_t i = 0; i < 4; i++) {
        request[i] = UPGRADE_REQUEST_WORD ^ i;
    }
    device_program(UPGRADE_REQUEST_ADDRESS, request, sizeof request);
    assert_int_equal(run(), KERNEL_REACHED);
    assert_int_equal(handoff().path, BOOT_PATH_STANDARD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(good_kernel_starts, board_make, board_drop),
        cmocka_unit_test(flipped_bits),
        cmocka_unit_test_setup_teardown(no_kernel, board_make, board_drop),
        cmocka_unit_test_setup_teardown(other_key, board_make, board_drop),
        cmocka_unit_test_setup_teardown(ratchet_only_goes_up, board_make, board_drop),
        cmocka_unit_test(weak_options),
        cmocka_unit_test_setup_teardown(upgrade_request_without_upgrader, board_make, board_drop),
    };
    if (!device_begin()) {
        return 77;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    device_end();
    return failed;
}
