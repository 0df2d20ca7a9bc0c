// External flash: counts its starts in the part of the SPI flash that belongs to applications.
//
// Flash is erased in blocks of 4,096 bytes to all ones; programming can only clear bits. So a count
// is kept by clearing one word of a block at each start, and the block is erased when it is full.
#include "mv_log.h"
#include "mv_syscalls.h"

enum { BLOCK_BYTES = 4096, BLOCK_WORDS = BLOCK_BYTES / 4 };

static uint32_t block[BLOCK_WORDS];

static enum MvStatus clear_next_word(MvExternalFlashHandle flash, uint32_t starts)
{
    static const uint32_t zero;
    enum MvStatus status = MV_STATUS_OKAY;
    if (starts == BLOCK_WORDS) {
        status = mvExternalFlashEraseBlocking(flash, 0, BLOCK_BYTES);
        starts = 0;
    }
    if (status == MV_STATUS_OKAY) {
        status = mvExternalFlashWriteBlocking(flash, starts * sizeof zero, sizeof zero,
                                              (const uint8_t *)&zero);
    }
    return status;
}

static enum MvStatus count_start(MvExternalFlashHandle flash, uint32_t *starts)
{
    enum MvStatus status = mvExternalFlashReadBlocking(flash, 0, sizeof block, (uint8_t *)block);
    for (*starts = 0; *starts < BLOCK_WORDS && block[*starts] == 0; (*starts)++) {
    }
    if (status == MV_STATUS_OKAY) {
        status = clear_next_word(flash, *starts);
    }
    return status;
}

int main(void)
{
    MvExternalFlashHandle flash = 0;
    struct MvExternalFlashInfo info = {.version = 1};
    uint32_t starts = 0;
    mv_log_start();
    enum MvStatus status = mvExternalFlashOpen(&flash);
    if (status == MV_STATUS_OKAY) {
        status = mvExternalFlashGetInfo(flash, &info);
    }
    if (status == MV_STATUS_OKAY) {
        mv_log("chip 0x%lx, %lu KiB for applications", (unsigned long)info.v1.chip_id,
               (unsigned long)(info.v1.size / 1024));
        status = count_start(flash, &starts);
    }
    mv_log("started %lu times before, status %u", (unsigned long)starts, (unsigned)status);
    (void)mvExternalFlashClose(&flash);
    for (;;) {
        __asm volatile("wfi");
    }
}
