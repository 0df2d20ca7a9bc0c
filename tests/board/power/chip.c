/* See chip.h. Registers: RM0456, chapters RTC, PWR, EXTI, IWDG. */
#include "chip.h"

#include "mv_rcc.h"
#include "mv_syscalls.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define RTC               0x46007800u
#define RTC_WUTR          REGISTER(RTC + 0x14u)
#define RTC_ICSR          REGISTER(RTC + 0x0Cu)
#define RTC_CR            REGISTER(RTC + 0x18u)
#define RTC_WPR           REGISTER(RTC + 0x24u)
#define RTC_SCR           REGISTER(RTC + 0x5Cu)
#define PWR               0x46020800u
#define PWR_WUCR1         REGISTER(PWR + 0x14u)
#define PWR_WUCR2         REGISTER(PWR + 0x18u)
#define PWR_WUCR3         REGISTER(PWR + 0x1Cu)
#define PWR_SR            REGISTER(PWR + 0x38u)
#define PWR_WUSR          REGISTER(PWR + 0x44u)
#define PWR_WUSCR         REGISTER(PWR + 0x48u)
#define EXTI              0x46022000u
#define EXTI_RTSR1        REGISTER(EXTI + 0x00u)
#define EXTI_RPR1         REGISTER(EXTI + 0x0Cu)
#define EXTI_EXTICR4      REGISTER(EXTI + 0x6Cu)
#define EXTI_IMR1         REGISTER(EXTI + 0x80u)
#define GPIOC_MODER       REGISTER(0x42020800u)
#define IWDG_KR           REGISTER(0x40003000u)
#define USART2_ISR        REGISTER(0x4000441Cu)
#define NVIC_ISER(n)      REGISTER(0xE000E100u + 4u * ((n) / 32u))
#define NVIC_ISPR(n)      REGISTER(0xE000E200u + 4u * ((n) / 32u))
#define NVIC_ICPR(n)      REGISTER(0xE000E280u + 4u * ((n) / 32u))
#define BIT(n)            (1u << ((n) % 32u))
#define SYSTICK_CTRL      REGISTER(0xE000E010u)
#define SYSTICK_LOAD      REGISTER(0xE000E014u)
#define SYSTICK_VAL       REGISTER(0xE000E018u)

enum { RTC_IRQ = 2, EXTI13_IRQ = 24, TIM3_IRQ = 46, PIN = 13 };
enum { CR_WUCKSEL_SECONDS = 4, CR_WUTE = 1 << 10, CR_WUTIE = 1 << 14, WUTF = 1 << 2 };
enum { LINE_2 = 1 << 1, LINE_7 = 1 << 6, SBF = 1 << 2 };

volatile uint32_t ticks, rtc_wakes, pin_wakes, tick_return;
static uint32_t (*handler_call)(void);
static volatile uint32_t handler_answer;

void SysTick_Handler(void);
void RTC_IRQHandler(void);
void EXTI13_IRQHandler(void);
void TIM3_IRQHandler(void);

void SysTick_Handler(void)
{
    tick_return = (uint32_t)(uintptr_t)__builtin_return_address(0);
    ticks++;
    SYSTICK_CTRL = 0;
}

void RTC_IRQHandler(void)
{
    rtc_wakes++;
    RTC_SCR = WUTF;
}

void EXTI13_IRQHandler(void)
{
    pin_wakes++;
    EXTI_RPR1 = 1u << PIN;
}

void TIM3_IRQHandler(void)
{
    handler_answer = handler_call();
}

uint64_t now_us(void)
{
    uint64_t time_us = 0;
    (void)mvGetMicroseconds(&time_us);
    return time_us;
}

void timer_stop(void)
{
    RTC_WPR = 0xCA;
    RTC_WPR = 0x53;
    RTC_CR &= ~(uint32_t)(CR_WUTE | CR_WUTIE);
    RTC_SCR = WUTF;
    RTC_WPR = 0xFF;
    NVIC_ICPR(RTC_IRQ) = BIT(RTC_IRQ);
}

void timer_start(uint32_t seconds)
{
    timer_stop();
    RTC_WPR = 0xCA;
    RTC_WPR = 0x53;
    while ((RTC_ICSR & WUTF) == 0) { // WUTWF has the same place
    }
    RTC_WUTR = seconds - 1;
    RTC_CR = (RTC_CR & ~7u) | CR_WUCKSEL_SECONDS | CR_WUTIE;
    RTC_CR |= CR_WUTE;
    RTC_WPR = 0xFF;
    NVIC_ISER(RTC_IRQ) = BIT(RTC_IRQ);
}

void tick_after_us(uint32_t time_us)
{
    SYSTICK_LOAD = time_us * 160u - 1;
    SYSTICK_VAL = 0;
    SYSTICK_CTRL = 7;
}

static void pin_input(void)
{
    mv_rcc_enable(MV_RCC_AHB2ENR1, 1u << 2);
    GPIOC_MODER &= ~(3u << (2 * PIN));
}

void pin_line_start(void)
{
    pin_input();
    EXTI_EXTICR4 = (EXTI_EXTICR4 & ~0xFF00u) | 2u << 8; // port C
    EXTI_RTSR1 |= 1u << PIN;
    EXTI_IMR1 |= 1u << PIN;
    NVIC_ISER(EXTI13_IRQ) = BIT(EXTI13_IRQ);
}

void wakeup_pin_start(void)
{
    pin_input();
    PWR_WUCR1 &= ~(uint32_t)LINE_2;
    PWR_WUCR2 &= ~(uint32_t)LINE_2;                 // high
    PWR_WUCR3 = (PWR_WUCR3 & ~(3u << 2)) | 1u << 2; // PC13
    PWR_WUCR1 |= LINE_2;
    PWR_WUSCR = LINE_2;
}

void wakeup_timer_start(uint32_t seconds)
{
    timer_start(seconds);
    PWR_WUCR3 |= 3u << 12;
    PWR_WUCR1 |= LINE_7;
}

bool wakeup_pin_flag(void)
{
    return (PWR_WUSR & LINE_2) != 0;
}

bool standby_flag(void)
{
    return (PWR_SR & SBF) != 0;
}

void watchdog_bite(void)
{
    IWDG_KR = 0xCCCC;
    for (;;) {
    }
}

void serial_drain(void)
{
    while ((USART2_ISR & 1u << 6) == 0) { // TC
    }
}

void pend_handler(void)
{
    NVIC_ISPR(TIM3_IRQ) = BIT(TIM3_IRQ);
}

uint32_t in_handler(uint32_t (*call)(void))
{
    handler_call = call;
    NVIC_ISER(TIM3_IRQ) = BIT(TIM3_IRQ);
    pend_handler();
    __asm volatile("dsb\n isb" ::: "memory");
    return handler_answer;
}

uint32_t cycles_in_10_ms(void)
{
    SYSTICK_LOAD = 0xFFFFFF;
    SYSTICK_VAL = 0;
    SYSTICK_CTRL = 5; // no interrupt
    uint64_t end_us = now_us() + 10000;
    uint32_t from = SYSTICK_VAL;
    while (now_us() < end_us) {
    }
    uint32_t used = (from - SYSTICK_VAL) & 0xFFFFFF;
    SYSTICK_CTRL = 0;
    return used;
}
