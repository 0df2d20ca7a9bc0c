/* Application updates: from a signed manifest to a running application. See update.c for the
 * states.
 *
 * Everything runs in the kernel-work thread. The numbers of states and errors are those of the
 * tunnel protocol (formats/tunnel.proto) and of the REST API.
 */
#ifndef KERNEL_UPDATE_H
#define KERNEL_UPDATE_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/manifest.h"

enum update_state {
    UPDATE_NONE = 0, /* no application and none wanted */
    UPDATE_FETCHING_LAYERS = 2,
    UPDATE_VERIFYING = 3,
    UPDATE_WAITING = 4, /* for the application, which asked for politeness */
    UPDATE_INSTALLING = 5,
    UPDATE_STARTING = 6,
    UPDATE_COMPLETE = 7, /* the application of manifest_hash is installed and measured */
    UPDATE_FAILED = 8,   /* error says why */
};

enum update_error {
    UPDATE_OK = 0,
    UPDATE_BAD_MANIFEST = 3,      /* not a manifest, or a bound was exceeded */
    UPDATE_UNKNOWN_SIGNER = 4,    /* signer_id is none of this device's signers */
    UPDATE_BAD_SIGNATURE = 5,     /* signature does not verify */
    UPDATE_UNSUPPORTED_LAYER = 6, /* encrypted, not in application flash, or not in whole pages */
    UPDATE_LAYER_TOO_LARGE = 7,   /* more bytes than its region has */
    UPDATE_LAYER_UNAVAILABLE = 8, /* the cloud refused to send it */
    UPDATE_BAD_LAYER_HASH = 9,    /* bytes differ from fetch_hash */
    UPDATE_STAGING_FAILED = 10,   /* external flash does not work */
    UPDATE_INSTALL_FAILED = 11,   /* internal flash does not work */
    UPDATE_BAD_MEASUREMENT = 12,  /* region differs from measurement_hash */
    UPDATE_KERNEL_TOO_OLD = 13,   /* manifest wants a newer kernel */
    UPDATE_BAD_VECTORS = 14, /* initial stack or reset handler is no address of the application's */
};

struct update_report {
    uint8_t manifest_hash[32]; /* of the installed application, if has_app */
    bool has_app;
    uint32_t state;          /* enum update_state */
    uint32_t error;          /* enum update_error */
    uint8_t target_hash[32]; /* manifest that state and error are about, if has_target */
    bool has_target;
};

/* Finds out what is installed, finishes what a power cut interrupted and starts the application.
 * Needs the log and the application control. */
void update_init(void);
/* Takes the next step. May take long, but gives the processor back while flash works. */
void update_poll(void);
/* The cloud wants this application: the complete signed manifest. The bytes are copied. */
void update_target(const uint8_t *manifest, uint32_t size);
/* The tunnel came up or went down. */
void update_link(bool connected);

/* From a call. An update is being checked or installed: not the moment for a restart. */
bool update_busy(void);
/* From a call: installs the update that waits for the application, if one does. */
bool update_accept(void);
/* From a call: the application begins to listen; it is told of an update that waits already. */
void update_asked(void);

struct update_report update_report_get(void);
/* True once after each change of the report. */
bool update_report_changed(void);

/* What the installed application's manifest says, or NULL without one. All zero if its slot was
 * lost. */
struct update_policies {
    struct manifest_debug debug;
    struct manifest_crash crash;
    struct manifest_update update;
    struct manifest_connectivity connectivity;
};
const struct update_policies *update_policies(void);

#endif
