/* An application with three I2C parts on I2C1 (PB8, PB9): shows the temperature of an MCP9808 in
 * whole degrees on the first two rows of an HT16K33, and tells temperature (sixteenths) and the
 * acceleration of a LIS3DH (thousandths of g) on USART2. On SPI1 it asks a device for its
 * identification.
 */
#include <stdint.h>
#include <stdio.h>

#include "mv_rcc.h"
#include "mv_syscalls.h"
#include "serial.h"

#define REG(address) (*(volatile uint32_t *)(address))
#define GPIOA        0x42020000u
#define GPIOB        0x42020400u
#define I2C1         0x40005400u
#define SPI1         0x40013000u
#define I2C_CR1      REG(I2C1 + 0x00)
#define I2C_CR2      REG(I2C1 + 0x04)
#define I2C_TIMINGR  REG(I2C1 + 0x10)
#define I2C_ISR      REG(I2C1 + 0x18)
#define I2C_ICR      REG(I2C1 + 0x1C)
#define I2C_RXDR     REG(I2C1 + 0x24)
#define I2C_TXDR     REG(I2C1 + 0x28)
#define SPI_CR1      REG(SPI1 + 0x00)
#define SPI_CR2      REG(SPI1 + 0x04)
#define SPI_CFG1     REG(SPI1 + 0x08)
#define SPI_CFG2     REG(SPI1 + 0x0C)
#define SPI_SR       REG(SPI1 + 0x14)
#define SPI_TXDR8    (*(volatile uint8_t *)(SPI1 + 0x20))
#define SPI_RXDR8    (*(volatile uint8_t *)(SPI1 + 0x30))

#define RCC_APB2ENR (MV_RCC_BASE + 0x0A4u)

enum { MCP9808 = 0x18, LIS3DH = 0x19, HT16K33 = 0x70 };
enum { TXIS = 1 << 1, RXNE = 1 << 2, NACKF = 1 << 4, STOPF = 1 << 5, TC = 1 << 6 };
enum { START = 1 << 13, READ = 1 << 10, AUTOEND = 1 << 25 };

/* `pin` in alternate function `af`; open drain with pull-up if asked for. */
static void route(uint32_t port, unsigned pin, uint32_t af, int open_drain)
{
    uint32_t afr = port + 0x20u + pin / 8 * 4;

    if (open_drain) {
        REG(port + 0x04) |= 1u << pin;
        REG(port + 0x0C) = (REG(port + 0x0C) & ~(3u << (2 * pin))) | 1u << (2 * pin);
    }
    REG(afr) = (REG(afr) & ~(15u << (4 * (pin % 8)))) | af << (4 * (pin % 8));
    REG(port) = (REG(port) & ~(3u << (2 * pin))) | 2u << (2 * pin);
}

static void put(uint32_t address, const uint8_t *bytes, uint32_t count, uint32_t end)
{
    I2C_CR2 = address << 1 | count << 16 | START | end;
    for (uint32_t i = 0; i < count; i++) {
        while (!(I2C_ISR & (TXIS | NACKF))) {
        }
        I2C_TXDR = bytes[i];
    }
    while (!(I2C_ISR & (TC | STOPF))) {
    }
    I2C_ICR = STOPF | NACKF;
}

static void get(uint32_t address, uint8_t reg, uint8_t *bytes, uint32_t count)
{
    put(address, &reg, 1, 0);
    I2C_CR2 = address << 1 | count << 16 | START | READ | AUTOEND;
    for (uint32_t i = 0; i < count; i++) {
        while (!(I2C_ISR & (RXNE | STOPF))) {
        }
        bytes[i] = (uint8_t)I2C_RXDR;
    }
    while (!(I2C_ISR & STOPF)) {
    }
    I2C_ICR = STOPF | NACKF;
}

static uint32_t identify(void)
{
    static const uint8_t request[4] = {0x9F, 0, 0, 0};
    uint32_t answer = 0;

    SPI_CFG1 = 7 | 2u << 28;                   /* 8 bits, clock / 8 */
    SPI_CFG2 = 1u << 22 | 1u << 26 | 1u << 12; /* master, SSM, SSI by SSM */
    SPI_CR1 = 1u << 12;
    SPI_CR2 = sizeof request;
    SPI_CR1 = 1u << 12 | 1u;
    SPI_CR1 = 1u << 12 | 1u | 1u << 9;
    for (unsigned i = 0; i < sizeof request; i++)
        SPI_TXDR8 = request[i];
    while (!(SPI_SR & 1u << 3)) {
    }
    for (unsigned i = 0; i < sizeof request; i++)
        answer = answer << 8 | SPI_RXDR8;
    SPI_CR1 = 0;
    return answer & 0xFFFFFFu;
}

static void show(unsigned number)
{
    static const uint8_t digits[10] = {0x3F, 0x06, 0x5B, 0x4F, 0x66, 0x6D, 0x7D, 0x07, 0x7F, 0x6F};
    uint8_t rows[4] = {0, digits[number / 10 % 10], 0, digits[number % 10]};

    put(HT16K33, rows, sizeof rows, AUTOEND);
}

static void tell(const char *line)
{
    uint32_t length = 0;

    while (line[length] != '\0')
        length++;
    serial_write(line, length);
}

static void start_display(void)
{
    static const uint8_t commands[] = {0x21, 0xEF, 0x81};

    for (unsigned i = 0; i < sizeof commands; i++)
        put(HT16K33, commands + i, 1, AUTOEND);
}

int main(void)
{
    char line[96];

    serial_start();
    mv_rcc_enable(MV_RCC_AHB2ENR1, 3u); /* GPIOA, GPIOB */
    mv_rcc_enable(MV_RCC_APB1ENR1, 1u << 21);
    mv_rcc_enable(RCC_APB2ENR, 1u << 12);
    route(GPIOB, 8, 4, 1);
    route(GPIOB, 9, 4, 1);
    route(GPIOA, 5, 5, 0);
    route(GPIOA, 6, 5, 0);
    route(GPIOA, 7, 5, 0);
    snprintf(line, sizeof line, "identification %06lx\r\n", (unsigned long)identify());
    tell(line);
    I2C_TIMINGR = 0x30420F13u;
    I2C_CR1 = 1;
    start_display();
    put(LIS3DH, (const uint8_t[]){0x20, 0x57}, 2, AUTOEND); /* 100 Hz, three axes */
    put(LIS3DH, (const uint8_t[]){0x23, 0x08}, 2, AUTOEND); /* high resolution, 2 g */
    for (;;) {
        uint8_t t[2] = {0}, a[6] = {0}, keys[2] = {0};

        get(MCP9808, 5, t, 2);
        get(LIS3DH, 0x80 | 0x28, a, 6);
        get(HT16K33, 0x40, keys, 2);
        int sixteenths = (t[0] & 0x0F) << 8 | t[1];
        if (t[0] & 0x10)
            sixteenths -= 4096;
        show((unsigned)(sixteenths / 16));
        snprintf(line, sizeof line, "temperature %d acceleration %d %d %d keys %02x%02x\r\n",
                 sixteenths, (int16_t)(a[0] | a[1] << 8) / 16, (int16_t)(a[2] | a[3] << 8) / 16,
                 (int16_t)(a[4] | a[5] << 8) / 16, keys[0], keys[1]);
        tell(line);
        for (volatile unsigned i = 0; i < 400000; i++) {
        }
    }
}
