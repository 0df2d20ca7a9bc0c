/* A program that counts in flash so that no power cut loses a count, straight out of reset in the
 * secure world. Two pages take turns; a record is one quad-word that checks itself. On USART2 it
 * says R and the count that it found, then C and each count that it has committed, then E.
 */
#include <stdint.h>

#define REG(address) (*(volatile uint32_t *)(address))

#define RCC_AHB2ENR1 REG(0x56020C8C)
#define RCC_APB1ENR1 REG(0x56020C9C)
#define GPIOD_MODER  REG(0x52020C00)
#define GPIOD_AFRL   REG(0x52020C20)
#define USART2_CR1   REG(0x50004400)
#define USART2_BRR   REG(0x5000440C)
#define USART2_ISR   REG(0x5000441C)
#define USART2_TDR   REG(0x50004428)
#define FLASH_SECKEY REG(0x5002200C)
#define FLASH_SECSR  REG(0x50022024)
#define FLASH_SECCR  REG(0x5002202C)

#define STORE      0x0C180000u /* bank 2 pages 64 and 65 */
#define PAGE_SIZE  0x2000u
#define FIRST_PAGE 64u
#define RECORDS    8u /* used of a page */
#define LAST       20u
#define KEY        0x5A17C0DEu

static void put(uint8_t byte)
{
    while ((USART2_ISR & 1u << 7) == 0) {
    }
    USART2_TDR = byte;
}

static volatile uint32_t *record_at(uint32_t slot)
{
    return (volatile uint32_t *)(STORE + slot / RECORDS * PAGE_SIZE + slot % RECORDS * 16);
}

static uint32_t record_value(uint32_t slot)
{
    volatile uint32_t *r = record_at(slot);

    return r[1] == ~r[0] && r[2] == (r[0] ^ KEY) && r[3] == r[0] * 3 ? r[0] : 0;
}

static int record_blank(uint32_t slot)
{
    volatile uint32_t *r = record_at(slot);

    return (r[0] & r[1] & r[2] & r[3]) == UINT32_MAX;
}

static void wait(void)
{
    while (FLASH_SECSR & 1u << 16) {
    }
}

static void erase(uint32_t page)
{
    FLASH_SECCR = 1u << 1 | (FIRST_PAGE + page) << 3 | 1u << 11;
    FLASH_SECCR = 1u << 1 | (FIRST_PAGE + page) << 3 | 1u << 11 | 1u << 16;
    wait();
    FLASH_SECCR = 0;
}

/* False: the place was not as blank as it looked. */
static int program(uint32_t slot, uint32_t value)
{
    volatile uint32_t *r = record_at(slot);

    FLASH_SECCR = 1;
    r[0] = value;
    r[1] = ~value;
    r[2] = value ^ KEY;
    r[3] = value * 3;
    wait();
    FLASH_SECSR = 0xF8;
    FLASH_SECCR = 0;
    return record_value(slot) == value;
}

static uint32_t count, last;

static void find(void)
{
    for (uint32_t slot = 0; slot < 2 * RECORDS; slot++) {
        if (record_value(slot) > count) {
            count = record_value(slot);
            last = slot;
        }
    }
}

/* Writes the next count behind the last one, in the other page when this one is full. */
static void commit(void)
{
    uint32_t page = last / RECORDS;

    for (uint32_t slot = last; slot / RECORDS == page; slot++) {
        if (record_blank(slot) && program(slot, count + 1)) {
            last = slot;
            return;
        }
    }
    page = 1 - page;
    erase(page);
    last = page * RECORDS;
    program(last, count + 1);
}

__attribute__((noreturn)) void reset(void)
{
    RCC_AHB2ENR1 |= 1u << 3;
    GPIOD_AFRL = (GPIOD_AFRL & ~(15u << 20)) | 7u << 20; /* PD5: USART2_TX */
    GPIOD_MODER = (GPIOD_MODER & ~(3u << 10)) | 2u << 10;
    RCC_APB1ENR1 |= 1u << 17;
    USART2_BRR = 4000000 / 115200;
    USART2_CR1 = 1u << 3 | 1u << 0;
    FLASH_SECKEY = 0x45670123;
    FLASH_SECKEY = 0xCDEF89AB;
    count = last = 0;
    find();
    put('R');
    put((uint8_t)count);
    while (count < LAST) {
        commit();
        count++;
        put('C');
        put((uint8_t)count);
        while ((USART2_ISR & 1u << 6) == 0) {
        }
    }
    put('E');
    for (;;)
        __asm volatile("wfi");
}

__attribute__((section(".vectors"), used)) static const uint32_t vectors[] = {0x30088000,
                                                                              (uint32_t)reset};
