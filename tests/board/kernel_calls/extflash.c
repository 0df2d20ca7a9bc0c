// External flash.
#include <setjmp.h>
#include <string.h>

#include "mv_syscalls.h"
#include "report.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define SYSTICK_CTRL      REGISTER(0xE000E010u)
#define SYSTICK_LOAD      REGISTER(0xE000E014u)
#define SYSTICK_VAL       REGISTER(0xE000E018u)
#define SECURE_RAM        0x30080000u
#define APP_FLASH         0x08000000u
#define RAM_END           0x20080000u
#define WINDOW            0x440000u // of an 8 MiB chip

static MvExternalFlashHandle handle;
static uint8_t data[3000], back[3000];
static volatile uint32_t ticks;
static volatile enum MvStatus in_tick;

extern void (*tasks_tick)(void);

static enum MvStatus read(uint32_t address, void *buffer, uint32_t length)
{
    return mvExternalFlashReadBlocking(handle, address, length, buffer);
}

static enum MvStatus write(uint32_t address, const void *buffer, uint32_t length)
{
    return mvExternalFlashWriteBlocking(handle, address, length, buffer);
}

static enum MvStatus erase(uint32_t address, uint32_t length)
{
    return mvExternalFlashEraseBlocking(handle, address, length);
}

static void handles(void)
{
    static MvExternalFlashHandle all[33];
    struct MvExternalFlashInfo info = {.version = 1};
    enum MvStatus status = MV_STATUS_OKAY;
    uint32_t opened = 0;
    check_equal("open, secure pointer", mvExternalFlashOpen((void *)SECURE_RAM),
                MV_STATUS_PARAMETERFAULT);
    while (opened < 33 && (status = mvExternalFlashOpen(&all[opened])) == MV_STATUS_OKAY) {
        opened++;
    }
    check_equal("flash handles", opened, 32);
    check_equal("33rd flash handle", status, MV_STATUS_TOOMANYCHANNELS);
    check_equal("flash info", mvExternalFlashGetInfo(all[7], &info), MV_STATUS_OKAY);
    check_equal("chip", info.v1.chip_id, 0xEF4017);
    check_equal("window", info.v1.size, WINDOW);
    check_equal("open flash handles", info.v1.num_handles, 32);
    info.version = 2;
    check_equal("flash info, version", mvExternalFlashGetInfo(all[7], &info),
                MV_STATUS_UNSUPPORTEDSTRUCTUREVERSION);
    check_equal("flash info, handle", mvExternalFlashGetInfo(all[7] ^ 0x80, &info),
                MV_STATUS_INVALIDHANDLE);
    check_equal("flash info, pointer", mvExternalFlashGetInfo(all[7], (void *)APP_FLASH),
                MV_STATUS_PARAMETERFAULT);
    check_equal("close, secure pointer", mvExternalFlashClose((void *)SECURE_RAM),
                MV_STATUS_INVALIDHANDLE);
    for (uint32_t i = 0; i < opened; i++) {
        status |= mvExternalFlashClose(&all[i]) | all[i];
    }
    check_equal("closed", status, MV_STATUS_TOOMANYCHANNELS);
    check_equal("closed twice", mvExternalFlashClose(&all[0]), MV_STATUS_INVALIDHANDLE);
}

static void refused(void)
{
    check_equal("read, handle", mvExternalFlashReadBlocking(handle ^ 0x100, 0, 4, back),
                MV_STATUS_INVALIDHANDLE);
    check_equal("read, secure", read(0, (void *)SECURE_RAM, 4), MV_STATUS_PARAMETERFAULT);
    check_equal("read into flash", read(0, (void *)APP_FLASH, 4), MV_STATUS_PARAMETERFAULT);
    check_equal("read, over the end of RAM", read(0, (void *)(RAM_END - 8), 16),
                MV_STATUS_PARAMETERFAULT);
    check_equal("write, secure", write(0, (void *)SECURE_RAM, 4), MV_STATUS_PARAMETERFAULT);
    check_equal("read behind the window", read(WINDOW, back, 1), MV_STATUS_ADDRESSOUTOFRANGE);
    check_equal("read over its end", read(WINDOW - 8, back, 9), MV_STATUS_ADDRESSOUTOFRANGE);
    check_equal("read, wrapping", read(0xFFFFFFF0u, back, 0x20), MV_STATUS_ADDRESSOUTOFRANGE);
    check_equal("write over its end", write(WINDOW - 8, data, 9), MV_STATUS_ADDRESSOUTOFRANGE);
    check_equal("erase behind the window", erase(WINDOW, 4096), MV_STATUS_ADDRESSOUTOFRANGE);
    check_equal("erase, wrapping", erase(0x1000, 0xFFFFF000u), MV_STATUS_ADDRESSOUTOFRANGE);
    check_equal("erase, address", erase(0x800, 4096), MV_STATUS_INVALIDBUFFERALIGNMENT);
    check_equal("erase, length", erase(0x1000, 4095), MV_STATUS_INVALIDBUFFERALIGNMENT);
    check_equal("erase nothing", erase(0x1000, 0), MV_STATUS_PARAMETERFAULT);
    check_equal("read nothing", read(WINDOW, 0, 0), MV_STATUS_OKAY);
}

static void contents(void)
{
    for (uint32_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)(i * 7 + i / 256);
    }
    check_equal("erase", erase(0x3000, 0x2000), MV_STATUS_OKAY);
    check_equal("read erased", read(0x3ABC, back, sizeof back), MV_STATUS_OKAY);
    check_true("is erased", back[0] == 0xFF && back[sizeof back - 1] == 0xFF);
    check_equal("write", write(0x3ABC, data, sizeof data), MV_STATUS_OKAY);
    check_equal("read back", read(0x3ABC, back, sizeof back), MV_STATUS_OKAY);
    check_equal("what was written", (uint32_t)memcmp(data, back, sizeof data), 0);
    static const uint8_t zeros[2] = {0x0F, 0xF0};
    check_equal("write again", write(0x3ABD, zeros, 2), MV_STATUS_OKAY);
    check_equal("read again", read(0x3ABC, back, 4), MV_STATUS_OKAY);
    check_true("bits only go to 0", back[0] == data[0] && back[1] == (data[1] & 0x0F) &&
                                        back[2] == (data[2] & 0xF0) && back[3] == data[3]);
    check_equal("last bytes", read(WINDOW - 4, back, 4), MV_STATUS_OKAY);
}

static void tick(void)
{
    ticks++;
    in_tick = read(0, back, 4);
}

// An erase takes 90 ms: interrupts go on meanwhile.
static void interrupts(void)
{
    uint64_t before = 0, after = 0;
    SYSTICK_LOAD = 160000u - 1;
    SYSTICK_VAL = 0;
    tasks_tick = tick;
    ticks = 0;
    in_tick = MV_STATUS__MAX;
    SYSTICK_CTRL = 7;
    (void)mvGetMicroseconds(&before);
    enum MvStatus status = erase(0x3000, 0x2000);
    uint32_t seen = ticks;
    (void)mvGetMicroseconds(&after);
    SYSTICK_CTRL = 0;
    tasks_tick = 0;
    check_equal("erase under interrupts", status, MV_STATUS_OKAY);
    check_equal("read in a handler", in_tick, MV_STATUS_UNAVAILABLE);
    report_line("erase of 8 KiB took %lu us, %lu ticks", (unsigned long)(after - before),
                (unsigned long)seen);
    check_true("no tick lost", seen + 1 >= (uint32_t)(after - before) / 1000);
    check_equal("read erased again", read(0x3ABC, back, 4), MV_STATUS_OKAY);
    check_equal("is erased again", back[0], 0xFF);
}

// A waiting caller is given up, as a deleted task is: another one is told to wait, and gets its
// turn.
static jmp_buf given_up;
static enum MvStatus busy_status, later_status;

static void second_caller(void)
{
    busy_status = read(0, back, 4);
    do {
        later_status = read(0, back, 4);
    } while (later_status == MV_STATUS_MICROVISORBUSY);
    longjmp(given_up, 1);
}

static void give_up(void)
{
    volatile uint32_t *word = (volatile uint32_t *)(uintptr_t)__builtin_frame_address(0);
    SYSTICK_CTRL = 0;
    for (uint32_t i = 0; i < 64; i++, word++) {
        // Return address: the call of mvExternalFlashEraseBlocking; then xPSR.
        if (*word == 0x0C1FE228u && (word[1] & 1u << 24) != 0) {
            *word = (uint32_t)(uintptr_t)second_caller & ~1u;
            return;
        }
    }
}

static void one_at_a_time(void)
{
    busy_status = later_status = MV_STATUS__MAX;
    SYSTICK_LOAD = 160000u - 1;
    SYSTICK_VAL = 0;
    tasks_tick = give_up;
    SYSTICK_CTRL = 7;
    if (setjmp(given_up) == 0) {
        (void)erase(0x3000, 0x2000);
    }
    SYSTICK_CTRL = 0;
    tasks_tick = 0;
    check_equal("read during another's erase", busy_status, MV_STATUS_MICROVISORBUSY);
    check_equal("read after it", later_status, MV_STATUS_OKAY);
}

void test_extflash(void)
{
    handles();
    check_equal("open", mvExternalFlashOpen(&handle), MV_STATUS_OKAY);
    refused();
    contents();
    interrupts();
    one_at_a_time();
    check_equal("close", mvExternalFlashClose(&handle), MV_STATUS_OKAY);
}
