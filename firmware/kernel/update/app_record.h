/* The record that is the truth about application flash (RECORD_APP). update.c explains its states;
 * a factory that ships devices with an application writes one too. */
#ifndef KERNEL_UPDATE_APP_RECORD_H
#define KERNEL_UPDATE_APP_RECORD_H

#include <stdint.h>

#include "kernel/storage/staging.h"
#include "kernel/update/install.h"

#define APP_RECORD_NO_SLOT STAGING_SLOTS

enum app_state { APP_NONE, APP_INSTALLING, APP_INSTALLED };

struct app_record {
    uint32_t state; /* enum app_state */
    uint32_t slot;
    uint32_t attempts;
    uint32_t previous_slot; /* APP_RECORD_NO_SLOT: none */
    uint8_t manifest_hash[STAGING_HASH_SIZE];
    uint8_t previous_hash[STAGING_HASH_SIZE];
    struct install_extent extent; /* of an INSTALLED application */
};

#endif
