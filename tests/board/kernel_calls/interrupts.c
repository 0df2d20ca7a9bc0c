// Interrupts and registers while the kernel works in between.
#include "mv_rcc.h"
#include "mv_syscalls.h"
#include "report.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define SYSTICK_CTRL      REGISTER(0xE000E010u)
#define SYSTICK_LOAD      REGISTER(0xE000E014u)
#define SYSTICK_VAL       REGISTER(0xE000E018u)
#define NVIC_ISER(n)      REGISTER(0xE000E100u + (n) / 32 * 4)
#define NVIC_ICER(n)      REGISTER(0xE000E180u + (n) / 32 * 4)
#define NVIC_ISPR(n)      REGISTER(0xE000E200u + (n) / 32 * 4)
#define NVIC_IPR(n)       (*(volatile uint8_t *)(0xE000E400u + (n)))
#define CPACR             REGISTER(0xE000ED88u)
#define TIM6_CR1          REGISTER(0x40001000u)
#define TIM6_DIER         REGISTER(0x4000100Cu)
#define TIM6_SR           REGISTER(0x40001010u)
#define TIM6_EGR          REGISTER(0x40001014u)
#define TIM6_CNT          REGISTER(0x40001024u)
#define TIM6_PSC          REGISTER(0x40001028u)
#define TIM6_ARR          REGISTER(0x4000102Cu)

enum { IRQ_TIM6 = 49, IRQ_TIM3 = 46, TICKS = 200 };

static volatile uint32_t system_ticks, timer_ticks, timer_latency_max;
static volatile enum MvStatus handler_status[4];

uint32_t registers_after_call(uint32_t *words); // registers.S
uint32_t registers_fpu(uint32_t loops);         // registers.S

extern void (*tasks_tick)(void);

void SysTick_Handler(void);
void TIM6_IRQHandler(void);
void TIM3_IRQHandler(void);

void SysTick_Handler(void)
{
    system_ticks++;
    if (tasks_tick != 0) {
        tasks_tick();
    }
}

void TIM6_IRQHandler(void)
{
    uint32_t late = TIM6_CNT;
    TIM6_SR = 0;
    timer_ticks++;
    if (late > timer_latency_max) {
        timer_latency_max = late;
    }
}

void TIM3_IRQHandler(void)
{
    uint32_t hz = 0;
    uint64_t now = 0;
    MvSystemEventHandle event = 1;
    handler_status[0] = mvGetHClk(&hz);
    handler_status[1] = mvGetMicroseconds(&now);
    handler_status[2] = mvRestart(MV_RESTARTMODE_AUTOAPPLYUPDATE);
    handler_status[3] = mvCloseSystemNotification(&event);
}

static void from_handler(void)
{
    handler_status[0] = handler_status[1] = MV_STATUS__MAX;
    NVIC_IPR(IRQ_TIM3) = 0x80;
    NVIC_ISER(IRQ_TIM3) = 1u << (IRQ_TIM3 % 32);
    NVIC_ISPR(IRQ_TIM3) = 1u << (IRQ_TIM3 % 32);
    __asm volatile("dsb\n isb");
    NVIC_ICER(IRQ_TIM3) = 1u << (IRQ_TIM3 % 32);
    check_equal("getter in a handler", handler_status[0], MV_STATUS_OKAY);
    check_equal("time in a handler", handler_status[1], MV_STATUS_OKAY);
    check_equal("mvRestart in a handler", handler_status[2], MV_STATUS_UNAVAILABLE);
    check_equal("mvCloseSystemNotification in a handler", handler_status[3], MV_STATUS_UNAVAILABLE);
}

// A millisecond tick of SysTick and one of TIM6 side by side; none may be lost or late.
static void ticks(void)
{
    uint64_t before = 0, after = 0;
    SYSTICK_LOAD = 160000u - 1;
    SYSTICK_VAL = 0;
    mv_rcc_enable(MV_RCC_APB1ENR1, 1u << 4);
    TIM6_PSC = 0;
    TIM6_ARR = 16000 - 1; // every 100 us; CNT is the latency in cycles
    TIM6_EGR = 1;
    TIM6_SR = 0;
    TIM6_DIER = 1;
    NVIC_IPR(IRQ_TIM6) = 0x10;
    NVIC_ISER(IRQ_TIM6) = 1u << (IRQ_TIM6 % 32);
    (void)mvGetMicroseconds(&before);
    system_ticks = 0;
    timer_ticks = 0;
    SYSTICK_CTRL = 7;
    TIM6_CR1 = 1;
    while (system_ticks < TICKS) {
    }
    uint32_t timer_count = timer_ticks;
    TIM6_CR1 = 0;
    (void)mvGetMicroseconds(&after);
    NVIC_ICER(IRQ_TIM6) = 1u << (IRQ_TIM6 % 32);
    uint32_t passed = (uint32_t)(after - before);
    report_line("200 ticks took %lu us, %lu interrupts of TIM6, latest %lu cycles late",
                (unsigned long)passed, (unsigned long)timer_count,
                (unsigned long)timer_latency_max);
    check_true("SysTick keeps time", passed > 199000 && passed < 202000);
    check_true("no TIM6 interrupt lost", timer_count + 2 >= TICKS * 10);
    check_true("TIM6 latency below 1000 cycles", timer_latency_max < 1000);
}

static void registers(void)
{
    uint32_t words[16] = {0};
    check_equal("registers over a call", registers_after_call(words), 0);
    for (unsigned i = 0; i < 4; i++) {
        check_equal("r1-r3, r12 are cleared", words[i], 0);
    }
    CPACR |= 0xFu << 20;
    __asm volatile("dsb\n isb");
    check_equal("floating-point registers over kernel work", registers_fpu(2000000), 0);
}

// Interrupts off for long: the kernel must not depend on us.
static void masked(void)
{
    uint64_t before = 0, after = 0;
    __asm volatile("cpsid i" ::: "memory");
    (void)mvGetMicroseconds(&before);
    do {
        (void)mvGetMicroseconds(&after);
    } while (after - before < 30000);
    __asm volatile("cpsie i" ::: "memory");
    check_true("time goes on with interrupts off", after > before);
}

// Calls that the kernel makes again until they are done, with interrupts off in each way.
static void long_calls_masked(void)
{
    static uint8_t ring[32] __attribute__((aligned(8)));
    const struct MvNotificationSetup setup = {IRQ_TIM3, (struct MvNotification *)ring, 32};
    static const uint8_t line[] =
        "written with interrupts off, and long enough to be copied in parts";
    for (unsigned way = 0; way < 3; way++) {
        MvNotificationHandle centre = 0;
        enum MvStatus status[3];
        if (way == 0) {
            __asm volatile("cpsid i" ::: "memory");
        } else if (way == 1) {
            __asm volatile("cpsid f" ::: "memory");
        } else {
            __asm volatile("msr basepri, %0" ::"r"(0x10) : "memory");
        }
        status[0] = mvSetupNotifications(&setup, &centre);
        status[1] = mvCloseNotifications(&centre);
        status[2] = mvServerLog(line, sizeof line - 1);
        __asm volatile("cpsie i\n cpsie f\n msr basepri, %0" ::"r"(0) : "memory");
        check_equal("setup with interrupts off", status[0], MV_STATUS_OKAY);
        check_equal("close with interrupts off", status[1], MV_STATUS_OKAY);
        check_equal("log with interrupts off", status[2], MV_STATUS_OKAY);
    }
}

void test_interrupts_again(void)
{
    from_handler();
    long_calls_masked();
    registers();
}

void test_interrupts(void)
{
    from_handler();
    ticks();
    registers();
    masked();
    long_calls_masked();
}
