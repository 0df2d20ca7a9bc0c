/* What the board tests boot instead of the real boot code: one program, one behaviour a build.
 *
 * It uses the chip as the reference manual says, in the secure world, straight out of reset (MSIS
 * 4 MHz). Registers are given by address on purpose: nothing here comes from the simulator.
 */
#include <stdint.h>

#define REG(address) (*(volatile uint32_t *)(address))

#define RCC_AHB2ENR1  REG(0x56020C8C)
#define RCC_AHB3ENR   REG(0x56020C94)
#define RCC_AHB2ENR2  REG(0x56020C90)
#define RCC_APB1ENR1  REG(0x56020C9C)
#define RCC_APB3ENR   REG(0x56020CA8)
#define PWR_DBPR      REG(0x56020828)
#define TAMP_BKP31    REG(0x56007D7C)
#define GPIOA_MODER   REG(0x52020000)
#define GPIOA_BSRR    REG(0x52020018)
#define GPIOA_AFRL    REG(0x52020020)
#define GPIOB_MODER   REG(0x52020400)
#define GPIOB_AFRH    REG(0x52020424)
#define GPIOC_MODER   REG(0x52020800)
#define GPIOC_AFRL    REG(0x52020820)
#define GPIOD_MODER   REG(0x52020C00)
#define GPIOD_AFRL    REG(0x52020C20)
#define GPIOG_MODER   REG(0x52021800)
#define GPIOG_AFRL    REG(0x52021820)
#define GPIOG_AFRH    REG(0x52021824)
#define USART2_CR1    REG(0x50004400)
#define USART2_BRR    REG(0x5000440C)
#define USART2_ISR    REG(0x5000441C)
#define USART2_TDR    REG(0x50004428)
#define LPUART1_CR1   REG(0x56002400)
#define LPUART1_CR3   REG(0x56002408)
#define LPUART1_BRR   REG(0x5600240C)
#define LPUART1_ISR   REG(0x5600241C)
#define LPUART1_RDR   REG(0x56002424)
#define LPUART1_TDR   REG(0x56002428)
#define OCTOSPIM_P1CR REG(0x520C4004)
#define OCTOSPI1_CR   REG(0x520D1400)
#define OCTOSPI1_DCR1 REG(0x520D1408)
#define OCTOSPI1_SR   REG(0x520D1420)
#define OCTOSPI1_FCR  REG(0x520D1424)
#define OCTOSPI1_DLR  REG(0x520D1440)
#define OCTOSPI1_DR8  (*(volatile uint8_t *)0x520D1450)
#define OCTOSPI1_CCR  REG(0x520D1500)
#define OCTOSPI1_IR   REG(0x520D1510)
#define SYST_CSR      REG(0xE000E010)
#define SYST_RVR      REG(0xE000E014)
#define SYST_CVR      REG(0xE000E018)
#define AIRCR         REG(0xE000ED0C)

volatile uint32_t ticks;

static void put(char c)
{
    while ((USART2_ISR & 1u << 7) == 0) {
    }
    USART2_TDR = (uint8_t)c;
}

static void print(const char *text)
{
    while (*text != '\0')
        put(*text++);
}

static void start_console(void)
{
    RCC_AHB2ENR1 |= 1u << 3;
    GPIOD_AFRL = (GPIOD_AFRL & ~(15u << 20)) | 7u << 20; /* PD5: USART2_TX */
    GPIOD_MODER = (GPIOD_MODER & ~(3u << 10)) | 2u << 10;
    RCC_APB1ENR1 |= 1u << 17;
    USART2_BRR = 4000000 / 115200;
    USART2_CR1 = 1u << 3 | 1u << 0;
}

static void start_systick(uint32_t hz)
{
    SYST_RVR = 4000000 / hz - 1;
    SYST_CVR = 0;
    SYST_CSR = 7;
}

__attribute__((noinline)) void marker(void)
{
    __asm volatile("" ::: "memory");
}

/* Ten ticks a second, a word and a toggle of the LED at each, asleep in between. */
__attribute__((unused)) static void behave_hello(void)
{
    RCC_AHB2ENR1 |= 1u << 0;
    GPIOA_MODER = (GPIOA_MODER & ~(3u << 10)) | 1u << 10;
    print("hello\n");
    start_systick(10);
    for (uint32_t seen = 0;;) {
        __asm volatile("wfi");
        if (ticks == seen)
            continue;
        seen = ticks;
        GPIOA_BSRR = seen & 1 ? 1u << 5 : 1u << 21;
        print("tick\n");
        marker();
    }
}

__attribute__((unused)) static void behave_lockdown(void)
{
    RCC_AHB3ENR |= 1u << 2;
    RCC_APB3ENR |= 1u << 21;
    PWR_DBPR |= 1;
    TAMP_BKP31 = 0x4C4B0002;
    for (;;)
        __asm volatile("cpsid i\n wfi");
}

__attribute__((unused)) static void behave_lockup(void)
{
    __asm volatile("cpsid f\n udf #0");
}

__attribute__((unused)) static void behave_reset(void)
{
    print("again\n");
    while ((USART2_ISR & 1u << 6) == 0) {
    }
    AIRCR = 0x05FA0004;
    for (;;) {
    }
}

__attribute__((unused)) static void behave_busy(void)
{
    for (;;)
        ticks++;
}

/* Copies what the modem says to the console. */
__attribute__((unused)) static void behave_modem(void)
{
    static const char commands[] = "ATE0\rAT+CGMM\r";
    const char *next = commands;

    RCC_AHB3ENR |= 1u << 2;
    REG(0x56020810) |= 1u << 29; /* PWR_SVMCR.IO2SV: port G has its own supply */
    RCC_AHB2ENR1 |= 1u << 6;
    RCC_APB3ENR |= 1u << 6;
    /* PG5 CTS, PG6 RTS, PG7 TX, PG8 RX: alternate function 8. */
    GPIOG_MODER = (GPIOG_MODER & ~(0xFFu << 10)) | 0xAAu << 10;
    GPIOG_AFRL = (GPIOG_AFRL & ~(0xFFFu << 20)) | 0x888u << 20;
    GPIOG_AFRH = (GPIOG_AFRH & ~0xFu) | 8;
    LPUART1_BRR = 256u * 4000000u / 115200u;
    LPUART1_CR3 = 1u << 8 | 1u << 9; /* RTSE, CTSE */
    LPUART1_CR1 = 1u << 3 | 1u << 2 | 1u << 0;
    for (;;) {
        uint32_t isr = LPUART1_ISR;

        if ((isr & 1u << 5) != 0)
            put((char)LPUART1_RDR);
        if ((isr & 1u << 7) != 0 && *next != '\0')
            LPUART1_TDR = (uint8_t)*next++;
    }
}

/* Reads the memory's identification and prints it. */
__attribute__((unused)) static void behave_nor(void)
{
    RCC_AHB2ENR1 |= 1u << 21 | 7u; /* OCTOSPIM, ports A to C */
    RCC_AHB2ENR2 |= 1u << 4;
    /* PA2 NCS, PB10 CLK, PC1 and PC2 lines 4 and 5 of port 1: alternate function 10. */
    GPIOA_AFRL = (GPIOA_AFRL & ~(15u << 8)) | 10u << 8;
    GPIOA_MODER = (GPIOA_MODER & ~(3u << 4)) | 2u << 4;
    GPIOB_AFRH = (GPIOB_AFRH & ~(15u << 8)) | 10u << 8;
    GPIOB_MODER = (GPIOB_MODER & ~(3u << 20)) | 2u << 20;
    GPIOC_AFRL = (GPIOC_AFRL & ~(0xFFu << 4)) | 0xAAu << 4;
    GPIOC_MODER = (GPIOC_MODER & ~(15u << 2)) | 10u << 2;
    OCTOSPIM_P1CR = 0x01000111; /* the controller's lines 0 to 3 on the port's 4 to 7 */
    OCTOSPI1_DCR1 = 2u << 24 | 22u << 16;
    OCTOSPI1_CR = 1u << 28 | 1u << 0;
    OCTOSPI1_DLR = 2;
    OCTOSPI1_CCR = 1u << 24 | 1u << 0;
    OCTOSPI1_IR = 0x9F;
    for (unsigned i = 0; i < 3; i++) {
        uint8_t byte;

        while ((OCTOSPI1_SR & (1u << 2 | 1u << 1)) == 0) {
        }
        byte = OCTOSPI1_DR8;
        put("0123456789abcdef"[byte >> 4]);
        put("0123456789abcdef"[byte & 15]);
    }
    print("\n");
    for (;;)
        __asm volatile("wfi");
}

void reset(void)
{
    ticks = 0;
    start_console();
    BEHAVIOUR();
}

static void fault(void)
{
    print("fault\n");
    for (;;)
        __asm volatile("wfi");
}

static void systick(void)
{
    ticks++;
}

__attribute__((section(".vectors"), used)) static void (*const vectors[16])(void) = {
    (void (*)(void))0x30088000,
    reset,
    fault,
    fault,
    fault,
    fault,
    fault,
    fault,
    0,
    0,
    0,
    fault,
    fault,
    0,
    fault,
    systick};
