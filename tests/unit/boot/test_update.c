/* Updates from manifest to running application, on a model of both flash chips: good ways, every
 * kind of bad input, and power cuts at every operation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/sha.h>

#include "abi/mv_syscalls.h"
#include "flash_model.h"
#include "kernel/storage/staging.h"
#include "kernel/update/update.h"
#include "kernel/work/work.h"
#include "layout.h"
#include "world.h"

#define REGION 0x6000u

static struct bundle a, b, c, large;

/* Polls until nothing is going on; the report. */
static struct update_report settle(void)
{
    struct update_report report = update_report_get();
    for (unsigned i = 0; i < 100000; i++) {
        update_poll();
        report = update_report_get();
        if (report.state == UPDATE_COMPLETE || report.state == UPDATE_FAILED) {
            return report;
        }
    }
    fail_msg("update does not come to an end");
    return report;
}

static struct update_report deploy(const struct bundle *bundle)
{
    update_target(bundle->manifest, bundle->manifest_size);
    return settle();
}

static void boot(void)
{
    world.running = NULL;
    update_init();
    update_link(true);
}

/* A device on which application a runs; b and c exist. */
static void start_with_a(void)
{
    world_reset();
    world_bundle(&a, 1, 9001, REGION);
    world_bundle(&b, 2, 4400, REGION);
    world_bundle(&c, 3, 300, REGION);
    world_know(&a);
    world_know(&b);
    world_know(&c);
    world_publish_bundle(&a);
    world_publish_bundle(&b);
    world_publish_bundle(&c);
    world_bundle(&large, 4, 0x5000, REGION);
    world_know(&large);
    world_publish_bundle(&large);
    boot();
    assert_null(world.running);
    assert_false(update_report_get().has_app);
    assert_int_equal(deploy(&a).state, UPDATE_COMPLETE);
    assert_ptr_equal(world.running, &a);
}

static void first_install(void **state)
{
    (void)state;
    start_with_a();
    struct update_report report = update_report_get();
    assert_true(report.has_app);
    assert_memory_equal(report.manifest_hash, a.manifest_hash, 32);
    assert_int_equal(report.error, UPDATE_OK);
    assert_string_equal(world.log, "INSTALLING_APP\nSTARTING_NEW_APP\nCOMPLETE\n");
    assert_true(update_report_changed());
    assert_false(update_report_changed());
    assert_non_null(update_policies());
}

static void boot_starts_what_is_installed(void **state)
{
    (void)state;
    start_with_a();
    model_cut_at(MODEL_NEVER, TEAR_NOTHING);
    boot();
    assert_ptr_equal(world.running, &a);
    assert_int_equal(model_operations(), 0);
    assert_int_equal(update_report_get().state, UPDATE_COMPLETE);
    assert_non_null(update_policies());
}

static void same_target_does_nothing(void **state)
{
    (void)state;
    start_with_a();
    uint32_t fetched = world.fetched, stops = world.stops;
    assert_int_equal(deploy(&a).state, UPDATE_COMPLETE);
    assert_int_equal(world.fetched, fetched);
    assert_int_equal(world.stops, stops);
}

static void second_and_back(void **state)
{
    (void)state;
    start_with_a();
    assert_int_equal(deploy(&b).state, UPDATE_COMPLETE);
    assert_ptr_equal(world.running, &b);
    assert_int_equal(deploy(&c).state, UPDATE_COMPLETE);
    assert_ptr_equal(world.running, &c);
    uint32_t fetched = world.fetched;
    assert_int_equal(deploy(&b).state, UPDATE_COMPLETE); /* still staged */
    assert_ptr_equal(world.running, &b);
    assert_int_equal(world.fetched, fetched);
    boot();
    assert_ptr_equal(world.running, &b);
}

/* The target must be refused with this error while application a goes on undisturbed. */
static void assert_refused(const struct bundle *bundle, enum update_error error)
{
    uint32_t stops = world.stops;
    struct update_report report = deploy(bundle);
    assert_int_equal(report.state, UPDATE_FAILED);
    assert_int_equal(report.error, error);
    assert_true(report.has_app);
    assert_memory_equal(report.manifest_hash, a.manifest_hash, 32);
    assert_int_equal(world.stops, stops);
    assert_ptr_equal(world.running, &a);
    boot();
    assert_ptr_equal(world.running, &a);
    /* And nothing stands in the way of a good one. */
    assert_int_equal(deploy(&b).state, UPDATE_COMPLETE);
    assert_ptr_equal(world.running, &b);
}

static void bad_manifest_bytes(void **state)
{
    (void)state;
    start_with_a();
    memset(c.manifest, 0x7F, 100);
    c.manifest_size = 100;
    assert_refused(&c, UPDATE_BAD_MANIFEST);
    start_with_a();
    c.manifest_size -= 1;
    assert_refused(&c, UPDATE_BAD_MANIFEST);
}

static void bad_signature(void **state)
{
    (void)state;
    start_with_a();
    c.manifest[c.manifest_size - 1] ^= 1; /* the signature is the last field */
    assert_refused(&c, UPDATE_BAD_SIGNATURE);
    start_with_a();
    c.manifest[c.manifest_size - 66 - 10] ^= 1; /* in the body */
    struct update_report report = deploy(&c);
    assert_int_equal(report.error, UPDATE_BAD_SIGNATURE);
}

static void unknown_signer(void **state)
{
    (void)state;
    start_with_a();
    struct manifest_envelope envelope;
    uint8_t copy[MANIFEST_SIZE_MAX];
    memcpy(copy, c.manifest, c.manifest_size);
    assert_int_equal(manifest_decode_envelope(copy, c.manifest_size, &envelope), MANIFEST_OK);
    envelope.signer_id ^= 1;
    size_t size;
    assert_int_equal(manifest_encode_envelope(&envelope, c.manifest, sizeof c.manifest, &size),
                     MANIFEST_OK);
    c.manifest_size = (uint32_t)size;
    assert_refused(&c, UPDATE_UNKNOWN_SIGNER);
}

static void unsigned_manifest(void **state)
{
    (void)state;
    start_with_a();
    struct manifest_envelope envelope;
    uint8_t copy[MANIFEST_SIZE_MAX];
    memcpy(copy, c.manifest, c.manifest_size);
    assert_int_equal(manifest_decode_envelope(copy, c.manifest_size, &envelope), MANIFEST_OK);
    envelope.signature = NULL;
    size_t size;
    assert_int_equal(manifest_encode_envelope(&envelope, c.manifest, sizeof c.manifest, &size),
                     MANIFEST_OK);
    c.manifest_size = (uint32_t)size;
    assert_refused(&c, UPDATE_BAD_SIGNATURE);
}

static void kernel_too_old(void **state)
{
    (void)state;
    start_with_a();
    c.app.has_update = true;
    c.app.update.minimum_kernel_version = 6;
    world_sign(&c);
    assert_refused(&c, UPDATE_KERNEL_TOO_OLD);
}

static void unsupported_layers(void **state)
{
    (void)state;
    start_with_a();
    c.app.layers[0].encrypted_with_key_id = 1;
    world_sign(&c);
    assert_refused(&c, UPDATE_UNSUPPORTED_LAYER);
    start_with_a();
    c.app.layers[0].external_flash = true;
    world_sign(&c);
    assert_refused(&c, UPDATE_UNSUPPORTED_LAYER);
    start_with_a();
    c.app.layers[0].size = 0x1234;
    world_sign(&c);
    assert_refused(&c, UPDATE_UNSUPPORTED_LAYER);
}

static void wrong_layer_bytes(void **state)
{
    (void)state;
    start_with_a();
    struct bundle d;
    static uint8_t other[0x1800];
    world_bundle(&d, 4, sizeof other, REGION);
    world_publish(d.app.layers[0].fetch_hash, other, sizeof other);
    assert_refused(&d, UPDATE_BAD_LAYER_HASH);
}

static void layer_too_large(void **state)
{
    (void)state;
    start_with_a();
    struct bundle d;
    static uint8_t other[REGION + 1];
    world_bundle(&d, 4, 5000, REGION);
    world_publish(d.app.layers[0].fetch_hash, other, sizeof other);
    assert_refused(&d, UPDATE_LAYER_TOO_LARGE);
}

static void layer_not_there(void **state)
{
    (void)state;
    start_with_a();
    struct bundle d;
    world_bundle(&d, 4, 5000, REGION);
    assert_refused(&d, UPDATE_LAYER_UNAVAILABLE);
}

static void wrong_measurement(void **state)
{
    (void)state;
    start_with_a();
    c.app.layers[0].measurement_hash[5] ^= 1;
    world_sign(&c);
    assert_refused(&c, UPDATE_BAD_MEASUREMENT);
}

static void bad_vectors(void **state)
{
    (void)state;
    start_with_a();
    struct bundle d;
    static const uint32_t stacks[] = {0x20080004u, 0x30000100u, 0x20001000u, 0x20001000u};
    static const uint32_t resets[] = {0x08000201u, 0x08000201u, 0x08000200u, 0x0C110001u};
    for (unsigned i = 0; i < 4; i++) {
        start_with_a();
        world_bundle(&d, 4, 64, REGION);
        memcpy(d.image, &stacks[i], 4);
        memcpy(d.image + 4, &resets[i], 4);
        uint8_t padded[REGION];
        memset(padded, 0xFF, sizeof padded);
        memcpy(padded, d.image, 64);
        SHA256(d.image, 64, d.app.layers[0].fetch_hash);
        SHA256(padded, sizeof padded, d.app.layers[0].measurement_hash);
        world_sign(&d);
        world_publish_bundle(&d);
        assert_refused(&d, UPDATE_BAD_VECTORS);
    }
}

static void two_layers(void **state)
{
    (void)state;
    start_with_a();
    struct bundle d;
    world_bundle(&d, 4, 0x5000, REGION);
    struct manifest_layer *layer = d.app.layers;
    d.app.layer_count = 2;
    layer[1] = layer[0];
    layer[0].size = layer[1].start = 0x2000;
    layer[1].size = 0x4000;
    uint8_t padded[REGION];
    memset(padded, 0xFF, sizeof padded);
    memcpy(padded, d.image, d.image_size);
    SHA256(padded, 0x2000, layer[0].fetch_hash);
    SHA256(padded, 0x2000, layer[0].measurement_hash);
    SHA256(padded + 0x2000, 0x3000, layer[1].fetch_hash);
    SHA256(padded + 0x2000, 0x4000, layer[1].measurement_hash);
    world_sign(&d);
    world_reset();
    world_know(&d);
    world_publish(layer[0].fetch_hash, d.image, 0x2000);
    world_publish(layer[1].fetch_hash, d.image + 0x2000, 0x3000);
    boot();
    assert_int_equal(deploy(&d).state, UPDATE_COMPLETE);
    assert_ptr_equal(world.running, &d);
}

static void connection_lost_resumes(void **state)
{
    (void)state;
    start_with_a();
    world.fetched = 0;
    world.lose_after = 11000;
    assert_int_equal(deploy(&large).state, UPDATE_COMPLETE);
    assert_ptr_equal(world.running, &large);
    /* What is fetched twice is less than two sectors. */
    assert_true(world.fetched > large.image_size && world.fetched < large.image_size + 8192);
}

static void poll_a_while(void)
{
    update_target(large.manifest, large.manifest_size);
    for (unsigned i = 0; i < 5; i++) {
        update_poll();
    }
}

static void reboot_resumes(void **state)
{
    (void)state;
    start_with_a();
    poll_a_while();
    assert_int_equal(update_report_get().state, UPDATE_FETCHING_LAYERS);
    boot();
    assert_ptr_equal(world.running, &a);
    world.first_offset = 0;
    update_target(large.manifest, large.manifest_size);
    update_poll();
    assert_true(world.first_offset > 0);
    assert_int_equal(settle().state, UPDATE_COMPLETE);
    assert_ptr_equal(world.running, &large);
}

static void offline_waits(void **state)
{
    (void)state;
    start_with_a();
    update_link(false);
    update_target(b.manifest, b.manifest_size);
    for (unsigned i = 0; i < 100; i++) {
        update_poll();
    }
    assert_int_equal(update_report_get().state, UPDATE_FETCHING_LAYERS);
    assert_ptr_equal(world.running, &a);
    update_link(true);
    assert_int_equal(settle().state, UPDATE_COMPLETE);
}

static void new_target_replaces_old(void **state)
{
    (void)state;
    start_with_a();
    poll_a_while();
    assert_int_equal(deploy(&c).state, UPDATE_COMPLETE);
    assert_ptr_equal(world.running, &c);
}

/* ---- politeness: the manifest of the application that runs decides ---- */

/* Application c with a politeness of a minute runs, b is downloaded and waits. */
static void b_waits_for_c(void)
{
    start_with_a();
    c.app.update.maximum_politeness_time_sec = 60;
    c.app.connectivity.minimum_check_in_time_sec = 3600;
    c.app.connectivity.connection_grace_time_sec = 7;
    world_sign(&c);
    assert_int_equal(deploy(&c).state, UPDATE_COMPLETE);
    assert_int_equal(world.told, 0); /* a is not polite */
    assert_int_equal(world.check_in_s, 3600);
    assert_int_equal(world.grace_s, 7);
    world.log[0] = '\0';
    update_target(b.manifest, b.manifest_size);
    for (unsigned i = 0; i < 100; i++) {
        update_poll();
    }
    assert_int_equal(update_report_get().state, UPDATE_WAITING);
    assert_int_equal(world.told, 1);
    assert_ptr_equal(world.running, &c);
    assert_string_equal(world.log, "WAITING_FOR_APP\n");
}

static void polite_update_is_accepted(void **state)
{
    (void)state;
    b_waits_for_c();
    update_target(b.manifest, b.manifest_size); /* the cloud says it again */
    update_poll();
    assert_int_equal(update_report_get().state, UPDATE_WAITING);
    assert_false(update_busy());
    assert_true(update_accept());
    assert_int_equal(settle().state, UPDATE_COMPLETE);
    assert_ptr_equal(world.running, &b);
    assert_int_equal(world.wake_reason, MV_WAKEREASON_APPLICATIONUPDATE);
    assert_string_equal(world.log, "WAITING_FOR_APP\nINSTALLING_APP\nSTARTING_NEW_APP\nCOMPLETE\n");
    assert_false(update_accept());                       /* nothing waits any more */
    assert_int_equal(deploy(&a).state, UPDATE_COMPLETE); /* b is not polite */
    assert_int_equal(world.told, 1);
}

static void late_listener_is_told(void **state)
{
    (void)state;
    b_waits_for_c();
    update_asked();
    update_poll();
    update_poll();
    assert_int_equal(world.told, 2);
}

static void politeness_ends(void **state)
{
    (void)state;
    b_waits_for_c();
    work_sleep_us(59000000);
    update_poll();
    assert_int_equal(update_report_get().state, UPDATE_WAITING);
    work_sleep_us(1000000);
    assert_int_equal(settle().state, UPDATE_COMPLETE);
    assert_ptr_equal(world.running, &b);
}

static void crash_ends_politeness(void **state)
{
    (void)state;
    b_waits_for_c();
    world.running = NULL;
    assert_int_equal(settle().state, UPDATE_COMPLETE);
    assert_ptr_equal(world.running, &b);
}

static void restart_ends_politeness(void **state)
{
    (void)state;
    b_waits_for_c();
    boot();
    assert_ptr_equal(world.running, &b);
    assert_int_equal(world.wake_reason, MV_WAKEREASON_APPLICATIONUPDATE);
    assert_int_equal(update_report_get().state, UPDATE_COMPLETE);
}

static void waiting_update_is_withdrawn(void **state)
{
    (void)state;
    b_waits_for_c();
    assert_int_equal(deploy(&c).state, UPDATE_COMPLETE);
    assert_ptr_equal(world.running, &c);
    boot();
    assert_ptr_equal(world.running, &c);
}

static void changed_flash_is_reinstalled(void **state)
{
    (void)state;
    start_with_a();
    model_bank1[100] ^= 0x10;
    boot();
    assert_ptr_equal(world.running, &a);
    model_bank1[0x90000] = 0;
    boot();
    assert_ptr_equal(world.running, &a);
}

static void damaged_source_falls_back(void **state)
{
    (void)state;
    start_with_a();
    assert_int_equal(deploy(&b).state, UPDATE_COMPLETE);
    /* b is damaged both in flash and in its slot: a comes back. */
    model_bank1[100] ^= 0x10;
    for (uint32_t slot = 0; slot < STAGING_SLOTS; slot++) {
        uint8_t *image = model_nor + slot * STAGING_SLOT_SIZE + 0x40000;
        if (memcmp(image, b.image, b.image_size) == 0) {
            image[100] ^= 0x10;
        }
    }
    boot();
    assert_ptr_equal(world.running, &a);
    struct update_report report = update_report_get();
    assert_int_equal(report.state, UPDATE_FAILED);
    assert_memory_equal(report.manifest_hash, a.manifest_hash, 32);
}

static void flash_failure_is_reported(void **state)
{
    (void)state;
    start_with_a();
    update_target(b.manifest, b.manifest_size);
    while (update_report_get().state != UPDATE_INSTALLING) {
        update_poll();
    }
    /* The records go on working until the last moment; then all of internal flash fails. */
    model_break_flash(1);
    struct update_report report = settle();
    assert_int_equal(report.state, UPDATE_FAILED);
    assert_int_equal(report.error, UPDATE_INSTALL_FAILED);
    model_break_flash(0);
    boot();
    assert_non_null(world.running);
    assert_int_equal(deploy(&b).state, UPDATE_COMPLETE);
    assert_ptr_equal(world.running, &b);
}

static void deploy_b(void)
{
    boot();
    (void)deploy(&b);
}

static void cut_everywhere(void **state)
{
    (void)state;
    start_with_a();
    model_save();
    for (int tear = 0; tear < TEAR_KINDS; tear++) {
        for (uint32_t at = 0;; at++) {
            model_restore();
            model_cut_at(at, (enum model_tear)tear);
            if (!model_run(deploy_b)) {
                break; /* the whole deployment took fewer operations */
            }
            /* Once more while the device recovers. */
            model_cut_at(at % 61, (enum model_tear)(at % TEAR_KINDS));
            (void)model_run(boot);
            model_cut_at(MODEL_NEVER, TEAR_NOTHING);
            boot();
            assert_true(world.running == &a || world.running == &b);
            assert_int_equal(deploy(&b).state, UPDATE_COMPLETE);
            assert_ptr_equal(world.running, &b);
        }
    }
}

static void locked_by_the_application(void **state)
{
    (void)state;
    start_with_a();
    update_target(b.manifest, b.manifest_size);
    while (update_report_get().state != UPDATE_INSTALLING) {
        update_poll();
    }
    model_lock_flash(1);
    assert_true(model_run(update_poll)); /* resets */
    model_lock_flash(0);
    boot();
    assert_ptr_equal(world.running, &b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_install),
        cmocka_unit_test(boot_starts_what_is_installed),
        cmocka_unit_test(same_target_does_nothing),
        cmocka_unit_test(second_and_back),
        cmocka_unit_test(bad_manifest_bytes),
        cmocka_unit_test(bad_signature),
        cmocka_unit_test(unknown_signer),
        cmocka_unit_test(unsigned_manifest),
        cmocka_unit_test(kernel_too_old),
        cmocka_unit_test(unsupported_layers),
        cmocka_unit_test(wrong_layer_bytes),
        cmocka_unit_test(layer_too_large),
        cmocka_unit_test(layer_not_there),
        cmocka_unit_test(wrong_measurement),
        cmocka_unit_test(bad_vectors),
        cmocka_unit_test(two_layers),
        cmocka_unit_test(connection_lost_resumes),
        cmocka_unit_test(reboot_resumes),
        cmocka_unit_test(offline_waits),
        cmocka_unit_test(new_target_replaces_old),
        cmocka_unit_test(polite_update_is_accepted),
        cmocka_unit_test(late_listener_is_told),
        cmocka_unit_test(politeness_ends),
        cmocka_unit_test(crash_ends_politeness),
        cmocka_unit_test(restart_ends_politeness),
        cmocka_unit_test(waiting_update_is_withdrawn),
        cmocka_unit_test(changed_flash_is_reinstalled),
        cmocka_unit_test(damaged_source_falls_back),
        cmocka_unit_test(flash_failure_is_reported),
        cmocka_unit_test(locked_by_the_application),
        cmocka_unit_test(cut_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
