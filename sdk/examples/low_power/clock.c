// Straight at the registers; see RM0456, chapters RTC and PWR.
#include "clock.h"

#include "system_stm32u585xx.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define RTC_ICSR          REGISTER(0x4600780Cu)
#define RTC_WUTR          REGISTER(0x46007814u)
#define RTC_CR            REGISTER(0x46007818u)
#define RTC_WPR           REGISTER(0x46007824u)
#define RTC_SCR           REGISTER(0x4600785Cu)
#define SYSTICK_CTRL      REGISTER(0xE000E010u)
#define SYSTICK_LOAD      REGISTER(0xE000E014u)
#define SYSTICK_VAL       REGISTER(0xE000E018u)
#define PWR_WUCR1         REGISTER(0x46020814u)
#define PWR_WUCR3         REGISTER(0x4602081Cu)

enum { CR_SECONDS = 4, CR_WUCKSEL = 7, CR_WUTE = 1 << 10, CR_WUTIE = 1 << 14, WUTF = 1 << 2 };
enum { LINE_7 = 1 << 6, LINE_7_INTERNAL = 3 << 12 };

enum { SYSTICK_ENABLE = 1 << 0, SYSTICK_TICKINT = 1 << 1, SYSTICK_CLKSOURCE = 1 << 2 };
enum { TICK_MS = 20 };

static volatile uint32_t ticks;

void SysTick_Handler(void);

void SysTick_Handler(void)
{
    ticks++;
}

void clock_wait_ms(uint32_t time_ms)
{
    SYSTICK_LOAD = SystemCoreClock / 1000 * TICK_MS - 1;
    SYSTICK_VAL = 0;
    SYSTICK_CTRL = SYSTICK_ENABLE | SYSTICK_TICKINT | SYSTICK_CLKSOURCE;
    for (uint32_t end = ticks + time_ms / TICK_MS + 1; (int32_t)(end - ticks) > 0;) {
        __asm volatile("wfi");
    }
    SYSTICK_CTRL = 0;
}

void clock_stop(void)
{
    RTC_WPR = 0xCA;
    RTC_WPR = 0x53;
    RTC_CR &= ~(uint32_t)(CR_WUTE | CR_WUTIE);
    RTC_SCR = WUTF;
    RTC_WPR = 0xFF;
}

void clock_wake_after(uint32_t seconds)
{
    clock_stop();
    RTC_WPR = 0xCA;
    RTC_WPR = 0x53;
    while ((RTC_ICSR & WUTF) == 0) { // WUTWF, at the same place
    }
    RTC_WUTR = seconds - 1;
    RTC_CR = (RTC_CR & ~(uint32_t)CR_WUCKSEL) | CR_SECONDS | CR_WUTIE;
    RTC_CR |= CR_WUTE;
    RTC_WPR = 0xFF;
    PWR_WUCR3 |= LINE_7_INTERNAL; // wake-up line 7 follows the RTC
    PWR_WUCR1 |= LINE_7;
}
