// Straight at the registers; see RM0456, chapters RTC and PWR.
#include "clock.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define RTC_ICSR          REGISTER(0x4600780Cu)
#define RTC_WUTR          REGISTER(0x46007814u)
#define RTC_CR            REGISTER(0x46007818u)
#define RTC_WPR           REGISTER(0x46007824u)
#define RTC_SCR           REGISTER(0x4600785Cu)
#define PWR_WUCR1         REGISTER(0x46020814u)
#define PWR_WUCR3         REGISTER(0x4602081Cu)

enum { CR_SECONDS = 4, CR_WUCKSEL = 7, CR_WUTE = 1 << 10, CR_WUTIE = 1 << 14, WUTF = 1 << 2 };
enum { LINE_7 = 1 << 6, LINE_7_INTERNAL = 3 << 12 };

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
