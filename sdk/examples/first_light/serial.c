// Straight at the registers; see RM0456, chapters GPIO and USART.
#include "serial.h"

#include "mv_rcc.h"
#include "mv_syscalls.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define GPIOD_MODER       REGISTER(0x42020C00u)
#define GPIOD_AFRL        REGISTER(0x42020C20u)
#define USART2_CR1        REGISTER(0x40004400u)
#define USART2_BRR        REGISTER(0x4000440Cu)
#define USART2_ISR        REGISTER(0x4000441Cu)
#define USART2_TDR        REGISTER(0x40004428u)

enum { PIN = 5, MODE_ALTERNATE = 2, AF7_USART2 = 7, BAUD = 115200 };
enum { CR1_UE = 1 << 0, CR1_TE = 1 << 3, ISR_TXE = 1 << 7 };

void serial_start(void)
{
    uint32_t pclk1_hz = 0;
    if (mvGetPClk1(&pclk1_hz) != MV_STATUS_OKAY) {
        return;
    }
    mv_rcc_enable(MV_RCC_AHB2ENR1, MV_RCC_AHB2ENR1_GPIODEN);
    mv_rcc_enable(MV_RCC_APB1ENR1, MV_RCC_APB1ENR1_USART2EN);
    GPIOD_AFRL = (GPIOD_AFRL & ~(15u << (4 * PIN))) | (uint32_t)AF7_USART2 << (4 * PIN);
    GPIOD_MODER = (GPIOD_MODER & ~(3u << (2 * PIN))) | (uint32_t)MODE_ALTERNATE << (2 * PIN);
    USART2_BRR = (pclk1_hz + BAUD / 2) / BAUD;
    USART2_CR1 = CR1_UE | CR1_TE;
}

void serial_write(const char *text, uint32_t length)
{
    if ((USART2_CR1 & CR1_TE) == 0) {
        return;
    }
    for (uint32_t i = 0; i < length; i++) {
        while ((USART2_ISR & ISR_TXE) == 0) {
        }
        USART2_TDR = (uint8_t)text[i];
    }
}
