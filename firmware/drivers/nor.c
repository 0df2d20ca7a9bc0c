/* SPI NOR driver: see nor.h.
 *
 * Pins, among those that applications do not get: PA2 NCS, PB10 CLK, PC1 DI and PC2 DO (all AF10).
 * PC1 and PC2 are port 1's upper data lines, so OCTOSPIM routes the controller's low nibble there;
 * the chip's WP and HOLD are pulled up on the board.
 */
#include "drivers/nor.h"

#include <stddef.h>
#include <string.h>

#include "chip/mmio.h"
#include "chip/stm32u585.h"

#define OSPI(register) (OCTOSPI1_R_S + XSPI_##register##_OFS)

enum nor_command {
    NOR_PROGRAM = 0x02,
    NOR_STATUS = 0x05,
    NOR_WRITE_ENABLE = 0x06,
    NOR_FAST_READ = 0x0B,
    NOR_ERASE_SECTOR = 0x20,
    NOR_RESET_ENABLE = 0x66,
    NOR_RESET = 0x99,
    NOR_IDENTIFY = 0x9F,
    NOR_WAKE = 0xAB,
    NOR_ERASE_BLOCK = 0xD8,
};

/* Phases of a transfer, one line each (CCR). */
#define PHASE_COMMAND (1u << XSPI_CCR_IMODE_Pos)
#define PHASE_ADDRESS (1u << XSPI_CCR_ADMODE_Pos | 2u << XSPI_CCR_ADSIZE_Pos)
#define PHASE_DATA    (1u << XSPI_CCR_DMODE_Pos)

#define FMODE_WRITE 0u
#define FMODE_READ  1u

#define PAGE_SIZE           256u
#define STATUS_BUSY         0x01u
#define FAST_READ_DUMMY     8u
#define FIFO_WORD_THRESHOLD 3u /* FTF: at least four bytes to read, or room for as many */
#define CLOCK_DIVIDER       2u /* 80 MHz */
#define DEVICE_SIZE_16_MIB  23u
#define POLLS               100000u
#define PROGRAM_POLL_US     100u
#define PROGRAM_POLLS       100u /* 10 ms; maximum 3 ms */
#define ERASE_POLL_US       1000u
#define ERASE_POLLS         3000u /* 3 s; maximum 2 s for a block */
#define SPINS_PER_US        20u   /* without a wait function; generous */
#define RESET_SPINS         20000u
#define ALTERNATE_OCTOSPI   10u

static void (*wait_function)(uint32_t time_us);
static uint32_t chip_size, chip_id;

void nor_set_wait(void (*wait_us)(uint32_t time_us))
{
    wait_function = wait_us;
}

uint32_t nor_size(void)
{
    return chip_size;
}

uint32_t nor_id(void)
{
    return chip_id;
}

static void spin(uint32_t count)
{
    for (volatile uint32_t i = 0; i < count; i++) {
    }
}

static void pause_us(uint32_t time_us)
{
    if (wait_function != NULL) {
        wait_function(time_us);
    } else {
        spin(time_us * SPINS_PER_US);
    }
}

static bool wait_flag(uint32_t mask)
{
    for (uint32_t i = 0; i < POLLS; i++) {
        if ((mmio_read(OSPI(SR)) & (mask | XSPI_SR_TEF_Msk)) != 0) {
            return (mmio_read(OSPI(SR)) & XSPI_SR_TEF_Msk) == 0;
        }
    }
    return false;
}

static bool wait_idle(void)
{
    for (uint32_t i = 0; i < POLLS; i++) {
        if ((mmio_read(OSPI(SR)) & XSPI_SR_BUSY_Msk) == 0) {
            return true;
        }
    }
    return false;
}

/* Stops whatever a failed transfer left behind. */
static bool abort_transfer(void)
{
    mmio_set(OSPI(CR), XSPI_CR_ABORT_Msk);
    bool idle = wait_idle();
    mmio_write(OSPI(FCR), XSPI_FCR_CTEF_Msk | XSPI_FCR_CTCF_Msk);
    return idle;
}

/* Sets a transfer up to the point where the instruction (or address) starts it. */
static bool transfer_begin(uint32_t fmode, uint32_t phases, uint32_t dummy, uint32_t size)
{
    if (!wait_idle() && !abort_transfer()) {
        return false;
    }
    mmio_write(OSPI(FCR), XSPI_FCR_CTEF_Msk | XSPI_FCR_CTCF_Msk);
    mmio_write(OSPI(CR), XSPI_CR_EN_Msk | fmode << XSPI_CR_FMODE_Pos |
                             FIFO_WORD_THRESHOLD << XSPI_CR_FTHRES_Pos);
    mmio_write(OSPI(TCR),
               dummy << XSPI_TCR_DCYC_Pos | (fmode == FMODE_READ ? XSPI_TCR_SSHIFT_Msk : 0));
    mmio_write(OSPI(CCR), phases);
    if (size > 0) {
        mmio_write(OSPI(DLR), size - 1);
    }
    return true;
}

static bool transfer_end(void)
{
    bool complete = wait_flag(XSPI_SR_TCF_Msk);
    mmio_write(OSPI(FCR), XSPI_FCR_CTEF_Msk | XSPI_FCR_CTCF_Msk);
    return (complete && wait_idle()) || (abort_transfer() && false);
}

static void data_byte_out(uint8_t byte)
{
    *(volatile uint8_t *)(uintptr_t)OSPI(DR) = byte;
}

static uint8_t data_byte_in(void)
{
    return *(volatile uint8_t *)(uintptr_t)OSPI(DR);
}

static bool data_in(uint8_t *data, uint32_t size)
{
    uint32_t at = 0;
    for (; at + 4 <= size; at += 4) {
        if (!wait_flag(XSPI_SR_FTF_Msk | XSPI_SR_TCF_Msk)) {
            return false;
        }
        uint32_t word = mmio_read(OSPI(DR));
        memcpy(data + at, &word, 4);
    }
    if (at < size && !wait_flag(XSPI_SR_TCF_Msk)) {
        return false;
    }
    for (; at < size; at++) {
        data[at] = data_byte_in();
    }
    return true;
}

static bool data_out(const uint8_t *data, uint32_t size)
{
    uint32_t at = 0;
    for (; at + 4 <= size; at += 4) {
        uint32_t word;
        memcpy(&word, data + at, 4);
        if (!wait_flag(XSPI_SR_FTF_Msk)) {
            return false;
        }
        mmio_write(OSPI(DR), word);
    }
    for (; at < size; at++) {
        if (!wait_flag(XSPI_SR_FTF_Msk)) {
            return false;
        }
        data_byte_out(data[at]);
    }
    return true;
}

static bool command(enum nor_command code)
{
    if (!transfer_begin(FMODE_WRITE, PHASE_COMMAND, 0, 0)) {
        return false;
    }
    mmio_write(OSPI(IR), code);
    return transfer_end();
}

static bool command_in(enum nor_command code, uint8_t *data, uint32_t size)
{
    if (!transfer_begin(FMODE_READ, PHASE_COMMAND | PHASE_DATA, 0, size)) {
        return false;
    }
    mmio_write(OSPI(IR), code);
    bool good = data_in(data, size);
    return transfer_end() && good;
}

/* Waits until a program or erase operation is over. */
static bool wait_ready(uint32_t poll_us, uint32_t polls)
{
    for (uint32_t i = 0; i < polls; i++) {
        uint8_t status;
        if (!command_in(NOR_STATUS, &status, 1)) {
            return false;
        }
        if ((status & STATUS_BUSY) == 0) {
            return true;
        }
        pause_us(poll_us);
    }
    return false;
}

static bool in_chip(uint32_t address, uint32_t size)
{
    return size > 0 && address < chip_size && size <= chip_size - address;
}

bool nor_read(uint32_t address, void *data, uint32_t size)
{
    uint32_t phases = PHASE_COMMAND | PHASE_ADDRESS | PHASE_DATA;
    if (!in_chip(address, size) || !transfer_begin(FMODE_READ, phases, FAST_READ_DUMMY, size)) {
        return false;
    }
    mmio_write(OSPI(IR), NOR_FAST_READ);
    mmio_write(OSPI(AR), address);
    bool good = data_in(data, size);
    return transfer_end() && good;
}

/* One page at most. */
static bool program_page(uint32_t address, const uint8_t *data, uint32_t size)
{
    uint32_t phases = PHASE_COMMAND | PHASE_ADDRESS | PHASE_DATA;
    if (!command(NOR_WRITE_ENABLE) || !transfer_begin(FMODE_WRITE, phases, 0, size)) {
        return false;
    }
    mmio_write(OSPI(IR), NOR_PROGRAM);
    mmio_write(OSPI(AR), address);
    bool good = data_out(data, size);
    return transfer_end() && good && wait_ready(PROGRAM_POLL_US, PROGRAM_POLLS);
}

bool nor_program(uint32_t address, const void *data, uint32_t size)
{
    const uint8_t *bytes = data;
    if (!in_chip(address, size)) {
        return false;
    }
    while (size > 0) {
        uint32_t room = PAGE_SIZE - address % PAGE_SIZE;
        uint32_t step = size < room ? size : room;
        if (!program_page(address, bytes, step)) {
            return false;
        }
        address += step;
        bytes += step;
        size -= step;
    }
    return true;
}

static bool erase(enum nor_command code, uint32_t address, uint32_t size)
{
    if (address % size != 0 || !in_chip(address, size) || !command(NOR_WRITE_ENABLE) ||
        !transfer_begin(FMODE_WRITE, PHASE_COMMAND | PHASE_ADDRESS, 0, 0)) {
        return false;
    }
    mmio_write(OSPI(IR), code);
    mmio_write(OSPI(AR), address);
    return transfer_end() && wait_ready(ERASE_POLL_US, ERASE_POLLS);
}

bool nor_erase_sector(uint32_t address)
{
    return erase(NOR_ERASE_SECTOR, address, NOR_SECTOR_SIZE);
}

bool nor_erase_block(uint32_t address)
{
    return erase(NOR_ERASE_BLOCK, address, NOR_BLOCK_SIZE);
}

static void pin_init(uint32_t port, uint32_t pin)
{
    uint32_t afr = port + GPIO_AFR_OFS + pin / 8 * 4, afr_shift = pin % 8 * 4, shift = pin * 2;
    mmio_modify(afr, 0xFu << afr_shift, ALTERNATE_OCTOSPI << afr_shift);
    mmio_modify(port + GPIO_OSPEEDR_OFS, 3u << shift, 3u << shift);
    mmio_modify(port + GPIO_PUPDR_OFS, 3u << shift, 0);
    mmio_modify(port + GPIO_MODER_OFS, 3u << shift, 2u << shift);
    mmio_set(port + GPIO_SECCFGR_OFS, 1u << pin);
}

static void clocks_and_pins(void)
{
    mmio_set(RCC_S + RCC_AHB2ENR1_OFS, RCC_AHB2ENR1_GPIOAEN_Msk | RCC_AHB2ENR1_GPIOBEN_Msk |
                                           RCC_AHB2ENR1_GPIOCEN_Msk | RCC_AHB2ENR1_OCTOSPIMEN_Msk);
    mmio_set(RCC_S + RCC_AHB2ENR2_OFS, RCC_AHB2ENR2_OCTOSPI1EN_Msk);
    mmio_clear(RCC_S + RCC_CCIPR2_OFS, RCC_CCIPR2_OCTOSPISEL_Msk); /* SYSCLK */
    (void)mmio_read(RCC_S + RCC_AHB2ENR2_OFS);
    pin_init(GPIOA_S, 2);
    pin_init(GPIOB_S, 10);
    pin_init(GPIOC_S, 1);
    pin_init(GPIOC_S, 2);
}

/* The controller's lines 0 to 3 on port 1's pins 4 to 7 (RM0456 30.4). */
static void route(void)
{
    mmio_modify(OCTOSPIM_R_S + XSPIM_PCR_OFS, XSPIM_PCR_IOLEN_Msk | XSPIM_PCR_IOHSRC_Msk,
                XSPIM_PCR_IOHEN_Msk);
}

static void controller_init(void)
{
    mmio_write(OSPI(CR), 0);
    mmio_write(OSPI(DCR1), DEVICE_SIZE_16_MIB << XSPI_DCR1_DEVSIZE_Pos | 2u << XSPI_DCR1_MTYP_Pos |
                               2u << XSPI_DCR1_CSHT_Pos | XSPI_OCTOSPI_DCR1_DLYBYP_Msk);
    mmio_write(OSPI(DCR2), (CLOCK_DIVIDER - 1) << XSPI_DCR2_PRESCALER_Pos);
    mmio_write(OSPI(DCR3), 0);
    mmio_write(OSPI(DCR4), 0);
    mmio_write(OSPI(CR), XSPI_CR_EN_Msk);
}

/* Capacity from the JEDEC id: manufacturer, type, log2 of the size. */
static bool identify(void)
{
    uint8_t id[3];
    if (!command_in(NOR_IDENTIFY, id, sizeof id) || id[0] == 0x00 || id[0] == 0xFF || id[2] < 23 ||
        id[2] > 24) {
        return false;
    }
    chip_size = 1u << id[2];
    chip_id = (uint32_t)id[0] << 16 | (uint32_t)id[1] << 8 | id[2];
    return true;
}

bool nor_init(void)
{
    chip_size = 0;
    clocks_and_pins();
    route();
    controller_init();
    /* A reset of the processor does not reset the chip: it may be asleep or busy. */
    if (!command(NOR_WAKE) || !wait_ready(ERASE_POLL_US, ERASE_POLLS) ||
        !command(NOR_RESET_ENABLE) || !command(NOR_RESET)) {
        return false;
    }
    spin(RESET_SPINS);
    return identify();
}
