/* Power cuts at arbitrary times while the real firmware installs an application on the simulated
 * board, whose flash is left half erased and half programmed. After every cut an application
 * starts.
 *
 * The staged update is prepared by the update code itself, run on the host against the flash model.
 * MV_POWER_CUTS sets the number of cuts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "device.h"
#include "flash_model.h"
#include "kernel/update/update.h"
#include "layout.h"
#include "world.h"

#define REGION      0x6000u
#define ENTRY       0x08000200u
#define CUTS        8u
#define MODEL_NOR   0x400000u
#define SECURE(app) ((app) + 0x04000000u) /* secure alias of an application address */

static struct bundle a, b;

/* Application a is installed, b staged completely; power went just before the installation. */
static void prepare(void)
{
    world_reset();
    world.kernel_version = 1;
    world_bundle(&a, 1, 0x5100, REGION);
    world_bundle(&b, 2, 0x5F00, REGION);
    world_know(&a);
    world_know(&b);
    world_publish_bundle(&a);
    world_publish_bundle(&b);
    update_init();
    update_link(true);
    update_target(a.manifest, a.manifest_size);
    while (update_report_get().state != UPDATE_COMPLETE) {
        update_poll();
    }
    update_target(b.manifest, b.manifest_size);
    while (update_report_get().state != UPDATE_INSTALLING) {
        update_poll();
    }
}

/* Copies what is not erased. */
static void copy(uint32_t address, const uint8_t *data, uint32_t size)
{
    static const uint8_t erased[16] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                                       0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    for (uint32_t at = 0; at < size; at += 16) {
        if (memcmp(data + at, erased, 16) != 0) {
            device_program(address + at, data + at, 16);
        }
    }
}

static void device_prepared(void)
{
    device_make();
    copy(SECURE(LAYOUT_APP_FLASH_BASE), model_bank1, LAYOUT_APP_FLASH_SIZE);
    copy(LAYOUT_IDENTITY_BASE, model_bank2 + LAYOUT_IDENTITY_BASE - LAYOUT_BANK2_BASE,
         LAYOUT_IDENTITY_SIZE + LAYOUT_RECORDS_SIZE);
    memcpy(device_map(NVM_NOR), model_nor, MODEL_NOR);
}

/* Runs to the application's first instruction, or to `limit`; true if it got there. */
static bool run_to_app(sim_ps limit, sim_ps *when)
{
    struct board *board = device_power_on();
    assert_true(cpu_breakpoint_set(soc_cpu(board_soc(board)), ENTRY));
    enum board_stop stop;
    do {
        stop = board_run(board, limit);
    } while (stop == BOARD_STOP_BREAK && board_time(board) < limit);
    *when = board_time(board);
    return stop == BOARD_STOP_BREAKPOINT;
}

static bool flash_is(const struct bundle *bundle)
{
    return memcmp(device_flash(SECURE(LAYOUT_APP_FLASH_BASE)), bundle->image, bundle->image_size) ==
           0;
}

static void cuts_while_installing(void **state)
{
    sim_ps whole, when;
    const char *text = getenv("MV_POWER_CUTS");
    unsigned cuts = text != NULL ? (unsigned)strtoul(text, NULL, 10) : CUTS;
    (void)state;
    prepare();
    device_prepared();
    assert_true(run_to_app(10 * SIM_PS_PER_S, &whole));
    assert_true(flash_is(&b));
    printf("  installed and started in %llu ms\n", (unsigned long long)(whole / SIM_PS_PER_MS));
    for (unsigned i = 0; i < cuts; i++) {
        device_drop();
        device_prepared();
        /* Verifying the kernel takes the first half; nothing is written in it. */
        sim_ps cut = whole / 2 + whole / 2 / (cuts + 1) * (i + 1) + i * 7919;
        assert_false(run_to_app(cut, &when));
        device_power_off();
        assert_true(run_to_app(10 * SIM_PS_PER_S, &when));
        assert_true(flash_is(&b));
    }
    device_drop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(cuts_while_installing)};
    if (!device_begin()) {
        return 77;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    device_end();
    return failed;
}
