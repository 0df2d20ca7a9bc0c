/* What the boot stages tell the kernel, in the last KiB of its RAM (LAYOUT_HANDOFF_BASE). */
#ifndef FIRMWARE_BOOTROM_HANDOFF_H
#define FIRMWARE_BOOTROM_HANDOFF_H

#include <stdint.h>

#include "layout.h"

#define BOOT_HANDOFF_MAGIC   0x4F48564Du /* "MVHO" */
#define BOOT_HANDOFF_VERSION 1u
#define BOOT_VERSION_TEXT    32

enum boot_path {
    BOOT_PATH_STANDARD = 0x5354u, /* preboot → bootrom */
    BOOT_PATH_UPGRADE = 0x5550u,  /* preboot → upgrader → bootrom */
};

/* struct boot_handoff.flags */
#define BOOT_FLAG_RATCHET_FULL                                                                     \
    0x1u                            /* the ratchet page has no room: security version not raised   \
                                     */
#define BOOT_FLAG_BACKUP_RESET 0x2u /* the backup domain held nothing usable and was reset */

struct boot_handoff {
    uint32_t magic;       /* BOOT_HANDOFF_MAGIC; written last */
    uint32_t version;     /* BOOT_HANDOFF_VERSION */
    uint32_t reset_cause; /* RCC_CSR as found at reset; the flags have been cleared since */
    uint32_t path;        /* enum boot_path */
    uint32_t kernel_version;
    uint32_t kernel_ratchet;
    uint32_t flags; /* BOOT_FLAG_... */
    char kernel_version_text[BOOT_VERSION_TEXT];
};
_Static_assert(sizeof(struct boot_handoff) <= LAYOUT_HANDOFF_SIZE, "handoff fits");

/* The record itself: writable for the boot stages, read-only by agreement for the kernel. */
static inline struct boot_handoff *boot_handoff(void)
{
    return (struct boot_handoff *)(uintptr_t)LAYOUT_HANDOFF_BASE;
}

#endif
