// Fast interrupts.
#include "mv_rcc.h"
#include "mv_syscalls.h"
#include "report.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define VTOR              REGISTER(0xE000ED08u)
#define NVIC_ISER(n)      REGISTER(0xE000E100u + (n) / 32 * 4)
#define NVIC_ISPR(n)      REGISTER(0xE000E200u + (n) / 32 * 4)
#define TIM7_CR1          REGISTER(0x40001400u)
#define TIM7_DIER         REGISTER(0x4000140Cu)
#define TIM7_SR           REGISTER(0x40001410u)
#define TIM7_EGR          REGISTER(0x40001414u)
#define TIM7_CNT          REGISTER(0x40001424u)
#define TIM7_PSC          REGISTER(0x40001428u)
#define TIM7_ARR          REGISTER(0x4000142Cu)

enum { IRQ_TIM2 = 45, IRQ_TIM5 = 48, IRQ_TIM7 = 50 };

void TIM7_IRQHandler(void);

static volatile uint32_t count, latest, called;
static volatile enum MvStatus in_handler;
static void (*volatile action)(void);
static uint8_t ring[32] __attribute__((aligned(8)));
static uint8_t buffer[2048];

void TIM7_IRQHandler(void)
{
    uint32_t late = TIM7_CNT;
    TIM7_SR = 0;
    count++;
    latest = late > latest ? late : latest;
    if (action != 0) {
        action();
    }
}

static void start(void)
{
    mv_rcc_enable(MV_RCC_APB1ENR1, 1u << 5);
    TIM7_PSC = 0;
    TIM7_ARR = 15991; // some 100 us; CNT is the latency in cycles
    TIM7_EGR = 1;
    TIM7_SR = 0;
    TIM7_DIER = 1;
    TIM7_CR1 = 1;
    count = latest = 0;
}

static void wait_us(uint32_t time_us)
{
    uint64_t before = 0, now = 0;
    (void)mvGetMicroseconds(&before);
    do {
        (void)mvGetMicroseconds(&now);
    } while (now - before < time_us);
}

static void refused(void)
{
    uint32_t vectors = VTOR;
    MvNotificationHandle centre = 0;
    struct MvNotificationSetup setup = {IRQ_TIM2, (struct MvNotification *)ring, sizeof ring};
    check_equal("set, the kernel's", mvSetFastInterrupt(IRQ_TIM5), MV_STATUS_INVALIDINTERRUPT);
    check_equal("set, none", mvSetFastInterrupt(125), MV_STATUS_INVALIDINTERRUPT);
    check_equal("set, huge", mvSetFastInterrupt(0xFFFFFFFFu), MV_STATUS_INVALIDINTERRUPT);
    check_equal("enable, not set", mvEnableFastInterrupt(IRQ_TIM7), MV_STATUS_INVALIDINTERRUPT);
    check_equal("disable, not set", mvDisableFastInterrupt(IRQ_TIM7), MV_STATUS_INVALIDINTERRUPT);
    check_equal("clear, not set", mvClearFastInterrupt(IRQ_TIM7), MV_STATUS_INVALIDINTERRUPT);
    check_equal("enable, huge", mvEnableFastInterrupt(0xFFFFFFFFu), MV_STATUS_INVALIDINTERRUPT);
    VTOR = 0x30080000u;
    check_equal("set, secure VTOR", mvSetFastInterrupt(IRQ_TIM7), MV_STATUS_INVALIDVECTOR);
    static uint32_t table[16 + 125] __attribute__((aligned(1024)));
    table[16 + IRQ_TIM7] = 0x0C110401u;
    VTOR = (uint32_t)table;
    check_equal("set, secure vector", mvSetFastInterrupt(IRQ_TIM7), MV_STATUS_INVALIDVECTOR);
    table[16 + IRQ_TIM7] = (uint32_t)TIM7_IRQHandler & ~1u;
    check_equal("set, not Thumb", mvSetFastInterrupt(IRQ_TIM7), MV_STATUS_INVALIDVECTOR);
    VTOR = vectors;
    (void)mvSetupNotifications(&setup, &centre);
    check_equal("set, a centre's", mvSetFastInterrupt(IRQ_TIM2), MV_STATUS_INVALIDINTERRUPT);
    (void)mvCloseNotifications(&centre);
    check_equal("set", mvSetFastInterrupt(IRQ_TIM2), MV_STATUS_OKAY);
    check_equal("centre of a fast one", mvSetupNotifications(&setup, &centre),
                MV_STATUS_INVALIDINTERRUPT);
    check_equal("clear", mvClearFastInterrupt(IRQ_TIM2), MV_STATUS_OKAY);
}

static void life(void)
{
    check_equal("set", mvSetFastInterrupt(IRQ_TIM7), MV_STATUS_OKAY);
    start();
    wait_us(300);
    check_equal("set does not start it", count, 0);
    NVIC_ISER(IRQ_TIM7) = 1u << (IRQ_TIM7 % 32);
    wait_us(300);
    check_equal("nor does the application's NVIC", count, 0);
    check_equal("enable", mvEnableFastInterrupt(IRQ_TIM7), MV_STATUS_OKAY);
    wait_us(1000);
    check_true("runs", count >= 9);
    (void)mvDisableAllFastInterrupts();
    count = 0;
    wait_us(300);
    check_equal("gate closed", count, 0);
    (void)mvEnableAllFastInterrupts();
    wait_us(300);
    check_true("gate open", count >= 2);
    check_equal("disable", mvDisableFastInterrupt(IRQ_TIM7), MV_STATUS_OKAY);
    count = 0;
    wait_us(300);
    check_equal("disabled", count, 0);
}

static void call(void)
{
    uint64_t now;
    in_handler = mvGetMicroseconds(&now);
    called++;
}

static void calls_inside(void)
{
    called = 0;
    in_handler = MV_STATUS__MAX;
    action = call;
    (void)mvEnableFastInterrupt(IRQ_TIM7);
    wait_us(2000);
    (void)mvDisableFastInterrupt(IRQ_TIM7);
    action = 0;
    check_true("calls in a fast handler return", called > 10);
    check_equal("and are refused", in_handler, MV_STATUS_UNAVAILABLE);
}

// The application idles; it calls; the kernel works.
static void latency(void)
{
    MvExternalFlashHandle flash = 0;
    (void)mvExternalFlashOpen(&flash);
    (void)mvEnableFastInterrupt(IRQ_TIM7);
    latest = 0;
    for (volatile uint32_t i = 0; i < 100000; i++) {
    }
    uint32_t idle = latest;
    latest = 0;
    wait_us(20000);
    uint32_t calling = latest;
    latest = 0;
    count = 0;
    for (uint32_t i = 0; i < 50; i++) {
        (void)mvExternalFlashReadBlocking(flash, 0, sizeof buffer, buffer);
    }
    uint32_t working = latest;
    check_true("interrupts during kernel work", count > 50);
    (void)mvDisableFastInterrupt(IRQ_TIM7);
    (void)mvExternalFlashClose(&flash);
    report_line("fast interrupt: latest %lu cycles in the application, %lu in calls, %lu in kernel "
                "work",
                (unsigned long)idle, (unsigned long)calling, (unsigned long)working);
    check_true("fast latency below 600 cycles", idle < 600 && calling < 600 && working < 600);
}

// Right after the start the kernel loads its TLS keys: elliptic curves for some 50 ms.
static uint32_t at_start, at_start_count;

void fast_at_start(void)
{
    (void)mvSetFastInterrupt(IRQ_TIM7);
    (void)mvEnableFastInterrupt(IRQ_TIM7);
    start();
    for (volatile uint32_t i = 0; i < 1000000; i++) {
    }
    at_start = latest;
    at_start_count = count;
    TIM7_CR1 = 0;
    (void)mvClearFastInterrupt(IRQ_TIM7);
}

void test_fast(void)
{
    report_line("fast interrupt: latest %lu cycles of %lu while the kernel computes",
                (unsigned long)at_start, (unsigned long)at_start_count);
    check_true("fast latency below 600 cycles during crypto",
               at_start < 600 && at_start_count > 100);
    refused();
    life();
    calls_inside();
    latency();
    TIM7_CR1 = 0;
    check_equal("clear", mvClearFastInterrupt(IRQ_TIM7), MV_STATUS_OKAY);
}

// For crashes.c: ends in a fast handler.
void fast_crash(void (*what)(void))
{
    action = what;
    (void)mvSetFastInterrupt(IRQ_TIM7);
    (void)mvEnableFastInterrupt(IRQ_TIM7);
    start();
    wait_us(100000);
}

static void pend_again(void)
{
    TIM7_EGR = 1;
}

void fast_flood(void)
{
    fast_crash(pend_again);
}
