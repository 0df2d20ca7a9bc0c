// One crash after the other; quad-words in our own flash count them over the restarts.
#include "mv_syscalls.h"
#include "report.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define FLASH_NSKEYR      REGISTER(0x40022008u)
#define FLASH_NSSR        REGISTER(0x40022020u)
#define FLASH_NSCR        REGISTER(0x40022028u)
#define NVIC_ISER_TIM2    REGISTER(0xE000E104u)
#define NVIC_ISPR_TIM2    REGISTER(0xE000E204u)
#define COUNTER           0x080FE000u // the last page

enum { FLASH_BSY = 1 << 16, FLASH_WDW = 1 << 17, FLASH_PG = 1, FLASH_LOCK = (int)(1u << 31) };

static uint32_t stage_read(void)
{
    uint32_t stage = 0;
    while (REGISTER(COUNTER + 16 * stage) != 0xFFFFFFFFu) {
        stage++;
    }
    return stage;
}

static void stage_next(uint32_t stage)
{
    FLASH_NSKEYR = 0x45670123u;
    FLASH_NSKEYR = 0xCDEF89ABu;
    FLASH_NSSR = 0xFF;
    FLASH_NSCR = FLASH_PG;
    for (uint32_t i = 0; i < 4; i++) {
        REGISTER(COUNTER + 16 * stage + 4 * i) = stage;
    }
    while (FLASH_NSSR & (FLASH_BSY | FLASH_WDW)) {
    }
    FLASH_NSCR = (uint32_t)FLASH_LOCK;
}

void TIM2_IRQHandler(void);
static void (*handler_action)(void);

void TIM2_IRQHandler(void)
{
    handler_action();
}

static void crash_secure_memory(void)
{
    REGISTER(0x30080000u) = 1;
}

static void crash_secure_jump(void)
{
    ((void (*)(void))0x0C110401u)();
}

static void crash_undefined(void)
{
    __asm volatile("udf #7");
}

static void crash_null_jump(void)
{
    ((void (*)(void))0xFFFFFFF1u)();
}

static void crash_firewall(void)
{
    REGISTER(0x420C0800u) = 1; // RNG is the kernel's
    for (volatile int i = 0; i < 1000; i++) {
    }
}

static void crash_bad_stack(void)
{
    __asm volatile("msr msp, %0\n udf #1" ::"r"(0x30090000u));
}

static void in_handler(void (*action)(void))
{
    handler_action = action;
    NVIC_ISER_TIM2 = 1u << (45 % 32);
    NVIC_ISPR_TIM2 = 1u << (45 % 32);
    __asm volatile("dsb\n isb");
}

static void crash_in_handler(void)
{
    in_handler(crash_undefined);
}

static void loop(void)
{
    for (;;) {
    }
}

static void hang_in_handler(void)
{
    in_handler(loop);
}

static void overflow(void)
{
    __asm volatile("1: push {r0-r7}\n b 1b");
}

static void restart_myself(void)
{
    report_line("mvRestart answered %u", mvRestart(MV_RESTARTMODE_AUTOAPPLYUPDATE));
}

static void hang_fast(void)
{
    fast_crash(loop);
}

static void undefined_fast(void)
{
    fast_crash(crash_undefined);
}

static void bad_stack_fast(void)
{
    fast_crash(crash_bad_stack);
}

static void firewall_fast(void)
{
    fast_crash(crash_firewall);
}

static void (*const crashes[])(void) = {
    crash_secure_memory, crash_secure_jump, crash_undefined,  crash_null_jump, crash_firewall,
    crash_bad_stack,     overflow,          crash_in_handler, hang_in_handler, hang_fast,
    undefined_fast,      bad_stack_fast,    firewall_fast,    fast_flood,      restart_myself,
};

void test_crashes(uint8_t wake_reason)
{
    uint32_t stage = stage_read();
    report_line("stage %lu, wake reason %u", (unsigned long)stage, wake_reason);
    if (stage < sizeof crashes / sizeof *crashes) {
        stage_next(stage);
        crashes[stage]();
        report_line("FAIL stage %lu survived", (unsigned long)stage);
    }
}
