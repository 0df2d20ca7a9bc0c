/* Application updates.
 *
 * The application record in internal flash is the truth about application flash; it is written
 * before and after every installation, so that each power cut finds a complete source:
 *
 *   record at boot  | application flash | what happens
 *   ----------------+-------------------+----------------------------------------------------------
 *   none            | any               | no application; wait for a target
 *   INSTALLED       | as recorded       | start it
 *   INSTALLED       | differs           | install it again from its slot, then start it
 *   INSTALLING      | any               | install it (again) from its slot, then start it
 *   any of these    | slot unusable,    | install the application before it from its slot;
 *                   | or third attempt  | without one: none
 *   (any), and a complete slot for the recorded target: install that first
 *
 * Phases while running, one step a poll:
 *
 *   phase    | step                                            | next
 *   ---------+-------------------------------------------------+--------------------------------
 *   IDLE     | update_target: check manifest, choose a slot    | FETCH, or VERIFY if staged
 *   FETCH    | download layers by hash, resuming               | VERIFY; error: IDLE
 *   VERIFY   | measure the staged image, then mark it complete | INSTALL, WAIT; error: IDLE
 *   WAIT     | tell the application, which asked for politeness | INSTALL
 *   INSTALL  | stop the application, write, measure, start     | IDLE
 *
 * WAIT is entered if the manifest of the *running* application has a politeness time. It ends when
 * the application calls mvRestart(), has crashed, or that time has passed; a restart of the device
 * ends it too, because a staged target is installed at boot.
 *
 * A manifest is believed for its signature when it comes from the cloud, and later, when it comes
 * from a slot in external flash, for its hash, which a record in internal flash remembers.
 */
#include "kernel/update/update.h"

#include <string.h>

#include "mbedtls/sha256.h"

#include "abi/mv_syscalls.h"
#include "drivers/flash.h"
#include "drivers/nor.h"
#include "formats/logrec.h"
#include "kernel/app/app.h"
#include "kernel/log/log.h"
#include "kernel/net_policy/policy.h"
#include "kernel/notify/notify.h"
#include "kernel/storage/records.h"
#include "kernel/storage/staging.h"
#include "kernel/time/time.h"
#include "kernel/update/app_record.h"
#include "kernel/update/buffer.h"
#include "kernel/update/check.h"
#include "kernel/update/download.h"
#include "kernel/update/install.h"
#include "kernel/update/platform.h"
#include "kernel/work/work.h"

#define ATTEMPTS_MAX 3u /* installations of one application before the one before it comes back */

/* RECORD_TARGET */
struct target_record {
    uint32_t slot;
    uint8_t manifest_hash[STAGING_HASH_SIZE];
};

enum phase { PHASE_IDLE, PHASE_FETCH, PHASE_VERIFY, PHASE_WAIT, PHASE_INSTALL };

static struct {
    enum phase phase;
    struct app_record app;
    struct target_record target;
    bool has_target;
    bool connected;
    bool changed;
    volatile bool accepted; /* the application wants the update that waits */
    volatile bool asked;    /* somebody opened the notification meanwhile */
    uint64_t wait_until_us;
    enum update_state state;
    enum update_error error;
    struct manifest_app
        app_manifest; /* of the target until it is staged, then of what is installed */
    struct update_policies policies; /* of the application that runs */
} update;

uint8_t update_buffer[UPDATE_BUFFER_SIZE];

/* ---- reporting ---- */

static const char *failure_text(enum update_error error)
{
    static const char *const texts[] = {
        [UPDATE_BAD_MANIFEST] = "FAILED: manifest does not parse",
        [UPDATE_UNKNOWN_SIGNER] = "FAILED: manifest's signer is unknown",
        [UPDATE_BAD_SIGNATURE] = "FAILED: manifest's signature does not verify",
        [UPDATE_UNSUPPORTED_LAYER] = "FAILED: a layer's kind is not supported",
        [UPDATE_LAYER_TOO_LARGE] = "FAILED: a layer is larger than its region",
        [UPDATE_LAYER_UNAVAILABLE] = "FAILED: the server does not provide a layer",
        [UPDATE_BAD_LAYER_HASH] = "FAILED: a layer does not have its hash",
        [UPDATE_STAGING_FAILED] = "FAILED: external flash does not work",
        [UPDATE_INSTALL_FAILED] = "FAILED: internal flash does not work",
        [UPDATE_BAD_MEASUREMENT] = "FAILED: the image does not have its measurement",
        [UPDATE_KERNEL_TOO_OLD] = "FAILED: the application needs a newer kernel",
        [UPDATE_BAD_VECTORS] = "FAILED: the application's vectors are unusable",
    };
    return error < sizeof texts / sizeof texts[0] && texts[error] != NULL ? texts[error] : "FAILED";
}

static void set_state(enum update_state state, enum update_error error)
{
    update.state = state;
    update.error = error;
    update.changed = true;
}

static bool has_app(void)
{
    return update.app.state == APP_INSTALLED;
}

static void set_phase(enum phase phase)
{
    update.phase = phase;
    policy_reason(MV_NETWORKREASON_FETCHINGUPDATE, phase != PHASE_IDLE && phase != PHASE_WAIT);
    policy_reason(MV_NETWORKREASON_NOAPPLICATIONCODE, !has_app());
}

static void fail(enum update_error error)
{
    log_system(LOGREC_OTA_UPDATE, failure_text(error));
    download_stop();
    set_phase(PHASE_IDLE);
    set_state(UPDATE_FAILED, error);
}

struct update_report update_report_get(void)
{
    struct update_report report = {.has_app = has_app(),
                                   .state = (uint32_t)update.state,
                                   .error = (uint32_t)update.error,
                                   .has_target = update.has_target};
    memcpy(report.manifest_hash, update.app.manifest_hash, sizeof report.manifest_hash);
    memcpy(report.target_hash, update.target.manifest_hash, sizeof report.target_hash);
    return report;
}

bool update_report_changed(void)
{
    bool changed = update.changed;
    update.changed = false;
    return changed;
}

const struct update_policies *update_policies(void)
{
    return has_app() ? &update.policies : NULL;
}

/* ---- records ---- */

static bool app_save(void)
{
    return records_set(RECORD_APP, &update.app, sizeof update.app);
}

static void app_load(void)
{
    bool good = records_get(RECORD_APP, &update.app, sizeof update.app) == sizeof update.app;
    if (!good || update.app.slot >= STAGING_SLOTS ||
        update.app.previous_slot > APP_RECORD_NO_SLOT) {
        memset(&update.app, 0, sizeof update.app);
        update.app.slot = update.app.previous_slot = APP_RECORD_NO_SLOT;
    }
}

static void target_forget(void)
{
    update.has_target = false;
    (void)records_remove(RECORD_TARGET);
}

/* ---- slots ---- */

static bool slot_holds(uint32_t slot, const uint8_t hash[STAGING_HASH_SIZE],
                       enum staging_state least)
{
    if (slot >= STAGING_SLOTS) {
        return false;
    }
    struct staging_slot found = staging_read_slot(slot);
    return found.state >= least && memcmp(found.manifest_hash, hash, STAGING_HASH_SIZE) == 0;
}

/* The slot that already has this manifest, else one that is neither the source of the installed
 * application nor that of the one before. */
static uint32_t slot_choose(const uint8_t hash[STAGING_HASH_SIZE])
{
    uint32_t slot = 0;
    for (uint32_t i = 0; i < STAGING_SLOTS; i++) {
        if (slot_holds(i, hash, STAGING_PARTIAL)) {
            return i;
        }
    }
    while (slot == update.app.slot || slot == update.app.previous_slot) {
        slot++;
    }
    return slot;
}

/* Reads the manifest of a complete slot and believes it if it has the recorded hash. */
static bool slot_manifest(uint32_t slot, const uint8_t hash[STAGING_HASH_SIZE],
                          struct manifest_app *app)
{
    uint8_t found[STAGING_HASH_SIZE];
    if (!slot_holds(slot, hash, STAGING_COMPLETE)) {
        return false;
    }
    uint32_t size = staging_read_slot(slot).manifest_size;
    return size <= sizeof update_buffer && staging_read_manifest(slot, update_buffer, size) &&
           mbedtls_sha256_ret(update_buffer, size, found, 0) == 0 &&
           memcmp(found, hash, STAGING_HASH_SIZE) == 0 &&
           check_known_manifest(update_buffer, size, app);
}

/* ---- installing ---- */

static void start_app(void)
{
    app_set_crash_policy(update.policies.crash.minimum_restart_ms,
                         update.policies.crash.maximum_restart_ms);
    policy_connectivity(update.policies.connectivity.minimum_check_in_time_sec,
                        update.policies.connectivity.connection_grace_time_sec);
    app_start();
}

static enum update_error write_and_measure(const struct manifest_app *app)
{
    bool locked;
    enum update_error error = install_write(update.app.slot, app, &locked);
    if (error != UPDATE_OK) {
        if (locked) {
            platform_reset(); /* frees the controller; the record brings us back here */
        }
        return error;
    }
    if (!install_measure(app) || !install_extent(&update.app.extent)) {
        return UPDATE_BAD_MEASUREMENT;
    }
    update.app.state = APP_INSTALLED;
    return app_save() ? UPDATE_OK : UPDATE_INSTALL_FAILED;
}

/* Installs what the record (INSTALLING) names, and leaves it INSTALLED in *app. */
static enum update_error install_recorded(struct manifest_app *app)
{
    update.app.attempts++;
    if (update.app.attempts > ATTEMPTS_MAX || !app_save()) {
        return UPDATE_INSTALL_FAILED;
    }
    if (!slot_manifest(update.app.slot, update.app.manifest_hash, app)) {
        return UPDATE_STAGING_FAILED;
    }
    enum update_error error = install_check(update.app.slot, app);
    return error == UPDATE_OK ? write_and_measure(app) : error;
}

/* Makes the record INSTALLING of the application before; false if there is none. */
static bool fall_back(void)
{
    if (update.app.previous_slot >= STAGING_SLOTS) {
        memset(&update.app, 0, sizeof update.app);
        update.app.slot = update.app.previous_slot = APP_RECORD_NO_SLOT;
        (void)records_remove(RECORD_APP);
        return false;
    }
    update.app.state = APP_INSTALLING;
    update.app.attempts = 0;
    update.app.slot = update.app.previous_slot;
    update.app.previous_slot = APP_RECORD_NO_SLOT;
    memcpy(update.app.manifest_hash, update.app.previous_hash, STAGING_HASH_SIZE);
    return true;
}

static void keep_policies(void)
{
    update.policies =
        (struct update_policies){update.app_manifest.debug, update.app_manifest.crash,
                                 update.app_manifest.update, update.app_manifest.connectivity};
}

/* Installs the recorded application or, failing that, the one before it. Returns why the first one
 * was not installed. */
static enum update_error install_or_fall_back(void)
{
    enum update_error error = install_recorded(&update.app_manifest);
    if (error != UPDATE_OK && fall_back() && install_recorded(&update.app_manifest) != UPDATE_OK) {
        (void)fall_back();
    }
    keep_policies();
    return error;
}

/* Makes the record INSTALLING of the target; the present application becomes the one before. */
static void record_target(void)
{
    if (has_app()) {
        update.app.previous_slot = update.app.slot;
        memcpy(update.app.previous_hash, update.app.manifest_hash, STAGING_HASH_SIZE);
    }
    update.app.state = APP_INSTALLING;
    update.app.attempts = 0;
    update.app.slot = update.target.slot;
    memcpy(update.app.manifest_hash, update.target.manifest_hash, STAGING_HASH_SIZE);
}

static void install_target(void)
{
    app_stop();
    record_target();
    enum update_error error = install_or_fall_back();
    target_forget();
    set_phase(PHASE_IDLE);
    if (has_app()) {
        if (error == UPDATE_OK) {
            log_system(LOGREC_OTA_UPDATE, "STARTING_NEW_APP");
            app_set_wake_reason(MV_WAKEREASON_APPLICATIONUPDATE);
        }
        start_app();
    }
    if (error != UPDATE_OK) {
        fail(error);
        return;
    }
    log_system(LOGREC_OTA_UPDATE, "COMPLETE");
    set_state(UPDATE_COMPLETE, UPDATE_OK);
}

/* ---- phases ---- */

static void install_begin(void)
{
    log_system(LOGREC_OTA_UPDATE, "INSTALLING_APP");
    set_phase(PHASE_INSTALL);
    set_state(UPDATE_INSTALLING, UPDATE_OK);
}

static void wait_begin(uint32_t politeness_s)
{
    log_system(LOGREC_OTA_UPDATE, "WAITING_FOR_APP");
    update.accepted = update.asked = false;
    update.wait_until_us = time_us() + politeness_s * 1000000ull;
    set_phase(PHASE_WAIT);
    set_state(UPDATE_WAITING, UPDATE_OK);
    notify_system(MV_SYSTEMNOTIFICATIONSOURCE_UPDATE, MV_EVENTTYPE_UPDATEDOWNLOADED);
}

static void verify_target(void)
{
    enum update_error error = install_check(update.target.slot, &update.app_manifest);
    if (error == UPDATE_OK &&
        !slot_holds(update.target.slot, update.target.manifest_hash, STAGING_COMPLETE) &&
        !staging_finish(update.target.slot)) {
        error = UPDATE_STAGING_FAILED;
    }
    if (error != UPDATE_OK) {
        (void)staging_discard(update.target.slot);
        fail(error);
        return;
    }
    uint32_t politeness_s = update.policies.update.maximum_politeness_time_sec;
    if (has_app() && app_running() && politeness_s != 0) {
        wait_begin(politeness_s);
    } else {
        install_begin();
    }
}

static void wait_for_application(void)
{
    if (update.accepted || !app_running() || time_us() >= update.wait_until_us) {
        install_begin();
    } else if (update.asked) {
        update.asked = false;
        notify_system(MV_SYSTEMNOTIFICATIONSOURCE_UPDATE, MV_EVENTTYPE_UPDATEDOWNLOADED);
    }
}

static void fetch_target(void)
{
    switch (download_poll(update.connected)) {
    case DOWNLOAD_DONE:
        set_phase(PHASE_VERIFY);
        set_state(UPDATE_VERIFYING, UPDATE_OK);
        break;
    case DOWNLOAD_FAILED:
        fail(download_error());
        break;
    default:
        break;
    }
}

void update_poll(void)
{
    switch (update.phase) {
    case PHASE_FETCH:
        fetch_target();
        break;
    case PHASE_VERIFY:
        verify_target();
        break;
    case PHASE_WAIT:
        wait_for_application();
        break;
    case PHASE_INSTALL:
        install_target();
        break;
    default:
        break;
    }
}

bool update_busy(void)
{
    return update.phase == PHASE_VERIFY || update.phase == PHASE_INSTALL;
}

bool update_accept(void)
{
    if (update.phase != PHASE_WAIT) {
        return false;
    }
    update.accepted = true;
    work_wake();
    return true;
}

void update_asked(void)
{
    update.asked = true;
    work_wake();
}

void update_link(bool connected)
{
    update.connected = connected;
}

/* ---- targets ---- */

/* Nothing changes by looking again at what failed for a reason that lies in the target itself. */
static bool failed_for_good(const uint8_t hash[STAGING_HASH_SIZE])
{
    return update.state == UPDATE_FAILED && update.has_target &&
           memcmp(hash, update.target.manifest_hash, STAGING_HASH_SIZE) == 0 &&
           update.error != UPDATE_LAYER_UNAVAILABLE && update.error != UPDATE_STAGING_FAILED &&
           update.error != UPDATE_INSTALL_FAILED;
}

/* Files the manifest in a slot and goes on from what is there already. */
static void stage(const uint8_t *manifest, uint32_t size)
{
    const uint8_t *hash = update.target.manifest_hash;
    uint32_t slot = slot_choose(hash);
    update.target.slot = slot;
    if (!slot_holds(slot, hash, STAGING_PARTIAL) && !staging_begin(slot, manifest, size, hash)) {
        fail(UPDATE_STAGING_FAILED);
        return;
    }
    if (!records_set(RECORD_TARGET, &update.target, sizeof update.target)) {
        fail(UPDATE_INSTALL_FAILED);
        return;
    }
    download_begin(slot, &update.app_manifest);
    set_phase(PHASE_FETCH);
    set_state(UPDATE_FETCHING_LAYERS, UPDATE_OK);
}

void update_target(const uint8_t *manifest, uint32_t size)
{
    uint8_t hash[STAGING_HASH_SIZE];
    if (size == 0 || size > MANIFEST_SIZE_MAX || mbedtls_sha256_ret(manifest, size, hash, 0) != 0) {
        fail(UPDATE_BAD_MANIFEST);
        return;
    }
    bool same =
        update.has_target && memcmp(hash, update.target.manifest_hash, STAGING_HASH_SIZE) == 0;
    if (same && update.phase != PHASE_IDLE) {
        return;
    }
    if (failed_for_good(hash)) {
        update.changed = true;
        return;
    }
    download_stop();
    set_phase(PHASE_IDLE);
    if (has_app() && memcmp(hash, update.app.manifest_hash, STAGING_HASH_SIZE) == 0) {
        target_forget();
        set_state(UPDATE_COMPLETE, UPDATE_OK);
        return;
    }
    memcpy(update.target.manifest_hash, hash, STAGING_HASH_SIZE);
    update.has_target = true;
    enum update_error error = check_manifest(manifest, size, &update.app_manifest);
    if (error != UPDATE_OK) {
        fail(error);
        return;
    }
    stage(manifest, size);
}

/* ---- boot ---- */

/* A target that was staged completely before the power went. */
static bool target_staged(void)
{
    return records_get(RECORD_TARGET, &update.target, sizeof update.target) ==
               sizeof update.target &&
           slot_holds(update.target.slot, update.target.manifest_hash, STAGING_COMPLETE) &&
           memcmp(update.target.manifest_hash, update.app.manifest_hash, STAGING_HASH_SIZE) != 0;
}

static void boot_application(void)
{
    bool intact = update.app.state == APP_INSTALLED && install_unchanged(&update.app.extent);
    if (intact) {
        /* Without its manifest the application runs under default policies. */
        if (slot_manifest(update.app.slot, update.app.manifest_hash, &update.app_manifest)) {
            keep_policies();
        }
    } else if (update.app.state != APP_NONE) {
        if (update.app.state == APP_INSTALLED) {
            log_system(LOGREC_KERNEL, "application flash has changed: installing it again");
            update.app.attempts = 0;
        }
        update.app.state = APP_INSTALLING;
        enum update_error error = install_or_fall_back();
        target_forget(); /* done, or tried often enough */
        if (error != UPDATE_OK) {
            fail(error);
        }
    }
}

void update_init(void)
{
    memset(&update, 0, sizeof update);
    download_stop();
    flash_set_wait(work_sleep_us);
    nor_set_wait(work_sleep_us);
    if (!records_init()) {
        log_system(LOGREC_KERNEL, "record store failed");
    }
    if (!nor_init()) {
        log_system(LOGREC_KERNEL, "no external flash");
    }
    app_load();
    bool updating = target_staged();
    if (updating) {
        record_target();
    }
    boot_application();
    set_phase(PHASE_IDLE);
    if (has_app()) {
        if (updating && update.error == UPDATE_OK) {
            app_set_wake_reason(MV_WAKEREASON_APPLICATIONUPDATE);
        }
        if (update.error == UPDATE_OK) {
            set_state(UPDATE_COMPLETE, UPDATE_OK);
        }
        start_app();
    }
}
