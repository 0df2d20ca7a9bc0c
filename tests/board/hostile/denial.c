// Time and room: keeping the kernel from its work.
#include "app.h"
#include "calls.h"

#define FOREVER                                                                                    \
    for (;;) {                                                                                     \
    }

// 0 PRIMASK, 1 FAULTMASK, 2 BASEPRI
uint32_t attack_mask_for_ever(uint32_t argument)
{
    if (argument == 0) {
        __asm volatile("cpsid i");
    } else if (argument == 1) {
        __asm volatile("cpsid f");
    } else {
        __asm volatile("msr basepri, %0" ::"r"(0x10));
    }
    FOREVER
}

static void hang(void){FOREVER}

uint32_t attack_hang_in_handler(uint32_t argument)
{
    REG8(NVIC_IPR + IRQ_USED) = (uint8_t)argument;
    in_interrupt(hang);
    return found(1, 0, 0, 0);
}

static volatile uint32_t long_us;

static void stay_long(void)
{
    wait_us(long_us);
}

// Never long enough in a handler to be caught, never long enough out of it to let anybody work.
uint32_t attack_nearly_hang(uint32_t argument)
{
    long_us = argument;
    for (;;) {
        in_interrupt(stay_long);
        spin(20);
    }
}

static void pend_again(void)
{
    REG(NVIC_ISPR + IRQ_USED / 32 * 4) = 1u << IRQ_USED % 32;
}

uint32_t attack_interrupt_flood(uint32_t argument)
{
    REG8(NVIC_IPR + IRQ_USED) = (uint8_t)argument;
    in_interrupt(pend_again);
    FOREVER
}

uint32_t attack_systick_flood(uint32_t argument)
{
    REG(SYST_RVR) = argument;
    REG(SYST_CVR) = 0;
    REG(SYST_CSR) = 7;
    FOREVER
}

static void fast_returns(void)
{
    REG(TIM4_NS + TIM_SR_OFS) = 0;
}

static void fast_hangs(void)
{
    FOREVER
}

static void fast_timer(uint32_t reload, void (*handler)(void))
{
    (void)mvPeriphPoke32(0x46020C9Cu, 1u << 2, 1u << 2);
    vectors[16 + IRQ_TIM4] = (uint32_t)(uintptr_t)handler;
    REG(TIM4_NS + TIM_PSC_OFS) = 0;
    REG(TIM4_NS + TIM_ARR_OFS) = reload;
    REG(TIM4_NS + TIM_EGR_OFS) = 1;
    REG(TIM4_NS + TIM_SR_OFS) = 0;
    REG(TIM4_NS + TIM_DIER_OFS) = 1;
    (void)mvSetFastInterrupt(IRQ_TIM4);
    (void)mvEnableFastInterrupt(IRQ_TIM4);
    REG(TIM4_NS + TIM_CR1_OFS) = 1;
}

uint32_t attack_fast_flood(uint32_t argument)
{
    fast_timer(argument, fast_returns);
    FOREVER
}

uint32_t attack_fast_hang(uint32_t argument)
{
    (void)argument;
    fast_timer(1000, fast_hangs);
    spin(10000000);
    return found(1, 0, 0, 0);
}

static void nothing_at_all(void)
{
}

uint32_t attack_svc_storm(uint32_t argument)
{
    vectors[11] = (uint32_t)(uintptr_t)nothing_at_all;
    vectors[14] = (uint32_t)(uintptr_t)nothing_at_all;
    for (;;) {
        __asm volatile("svc #0" ::: "memory");
        REG(SCB_ICSR) = argument;
    }
}

// Calls without a pause, so that the kernel finds us inside one at every alarm.
uint32_t attack_call_flood(uint32_t argument)
{
    uint32_t hz;
    uint64_t us;
    for (;;) {
        if (argument == 0) {
            (void)mvGetHClk(&hz);
        } else {
            (void)mvGetMicroseconds(&us);
        }
    }
}

uint32_t attack_log_flood(uint32_t argument)
{
    static uint8_t ring[8192] __attribute__((aligned(512)));
    static uint8_t text[1024];
    for (uint32_t i = 0; i < sizeof text; i++) {
        text[i] = (uint8_t)('a' + i % 26);
    }
    (void)mvServerLoggingInit(ring, sizeof ring);
    for (;;) {
        (void)mvServerLog(text, (uint16_t)argument);
    }
}

uint32_t attack_fill_centres(uint32_t argument)
{
    static struct MvNotification rings[64][2];
    MvNotificationHandle centres[64];
    uint32_t open = 0;
    (void)argument;
    for (uint32_t i = 0; i < 64; i++) {
        struct MvNotificationSetup setup = {45 + i % 3, rings[i], sizeof rings[i]};
        if (mvSetupNotifications(&setup, &centres[open]) == MV_STATUS_OKAY) {
            open++;
        }
    }
    for (uint32_t i = 0; i < open; i++) {
        (void)mvCloseNotifications(&centres[i]);
    }
    return open <= 32 ? 0 : found(1, open, 0, 0);
}

uint32_t attack_network_storm(uint32_t argument)
{
    uint32_t handles[HANDLE_KINDS];
    (void)argument;
    resources_open(handles, 0);
    for (uint32_t i = 0; i < 3000; i++) {
        struct MvRequestNetworkParams params = {.version = 1,
                                                .v1 = {.notification_handle = handles[0]}};
        MvNetworkHandle handle = 0;
        if (mvRequestNetwork(&params, &handle) == MV_STATUS_OKAY && i % 16 != 15) {
            (void)mvReleaseNetwork(&handle);
        }
    }
    return 0;
}

// The external flash's window: its ends, and beyond.
uint32_t attack_flash_calls_flood(uint32_t argument)
{
    static uint8_t bytes[64];
    static const uint32_t lengths[] = {1, 64, 0x1000, 0xFFFFFFFFu, 0x80000000u};
    struct MvExternalFlashInfo info = {.version = 1};
    MvExternalFlashHandle flash = 0;
    (void)argument;
    if (mvExternalFlashOpen(&flash) != MV_STATUS_OKAY ||
        mvExternalFlashGetInfo(flash, &info) != MV_STATUS_OKAY) {
        return found(1, 0, 0, 0);
    }
    uint32_t size = info.v1.size;
    const uint32_t starts[] = {size, size - 32, size + 1, 0xFFFFFFFFu, 0xFFFFF000u, 0x80000000u};
    for (uint32_t i = 0; i < 6; i++) {
        for (uint32_t k = 0; k < 5; k++) {
            if (k == 0 && i == 1) {
                continue; // that one is allowed
            }
            if (mvExternalFlashReadBlocking(flash, starts[i], lengths[k], bytes) ==
                    MV_STATUS_OKAY ||
                mvExternalFlashWriteBlocking(flash, starts[i], lengths[k], bytes) ==
                    MV_STATUS_OKAY ||
                (i != 1 && mvExternalFlashEraseBlocking(flash, starts[i] & ~4095u, lengths[k]) ==
                               MV_STATUS_OKAY)) {
                return found(2, starts[i], lengths[k], size);
            }
        }
    }
    return mvExternalFlashClose(&flash) == MV_STATUS_OKAY ? 0 : found(3, 0, 0, 0);
}

static void sleep_on(void)
{
}

uint32_t attack_sleep_on_exit(uint32_t argument)
{
    (void)argument;
    REG(SCB_SCR) = 2;
    in_interrupt(sleep_on);
    FOREVER
}
