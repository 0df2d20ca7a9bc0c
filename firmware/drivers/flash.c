/* Internal flash driver: see flash.h.
 *
 * Always writes all four words of a quad-word: a started write buffer (WDW) cannot be abandoned
 * (erratum 2.2.25). Errors of earlier operations are cleared first, else they fail the next one.
 */
#include "drivers/flash.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "chip/mmio.h"
#include "chip/stm32u585.h"

#define KEY_1 0x45670123u
#define KEY_2 0xCDEF89ABu

/* The bits of NSCR and SECCR, NSSR and SECSR agree. */
#define CR_PG   FLASH_SECCR_PG_Msk
#define CR_PER  FLASH_SECCR_PER_Msk
#define CR_BKER FLASH_SECCR_BKER_Msk
#define CR_BWR  FLASH_SECCR_BWR_Msk
#define CR_STRT FLASH_SECCR_STRT_Msk
#define CR_LOCK FLASH_SECCR_LOCK_Msk
#define SR_BUSY (FLASH_SECSR_BSY_Msk | FLASH_SECSR_WDW_Msk)
/* EOP, OPERR, PROGERR, WRPERR, PGAERR, SIZERR, PGSERR and (non-secure only) OPTWERR. */
#define SR_ERRORS     0x000020FAu
#define SR_CLEAR      (SR_ERRORS | FLASH_SECSR_EOP_Msk)
#define BURST_SIZE    128u
#define ERASE_POLL_US 100u
#define ERASE_POLLS   600u    /* 60 ms; the data sheet's maximum is 3.4 ms */
#define PROGRAM_POLLS 400000u /* some 10 ms at 160 MHz; the maximum is 118 us */
#define ERASE_SPINS   20000u  /* about 100 us without a wait function */

struct port {
    uint32_t key, status, control; /* register addresses */
    uint32_t base;                 /* where the area is mapped */
    uint32_t bank_bit;
};

static const struct port ports[] = {
    [FLASH_APP] = {FLASH_R_NS + FLASH_NSKEYR_OFS, FLASH_R_NS + FLASH_NSSR_OFS,
                   FLASH_R_NS + FLASH_NSCR_OFS, FLASH_NS, 0},
    [FLASH_KERNEL] = {FLASH_R_S + FLASH_SECKEYR_OFS, FLASH_R_S + FLASH_SECSR_OFS,
                      FLASH_R_S + FLASH_SECCR_OFS, FLASH_S + FLASH_BANK_SIZE, CR_BKER},
};

static void (*wait_function)(uint32_t time_us);

void flash_set_wait(void (*wait_us)(uint32_t time_us))
{
    wait_function = wait_us;
}

const uint8_t *flash_map(enum flash_area area, uint32_t offset)
{
    return (const uint8_t *)(uintptr_t)(ports[area].base + offset);
}

static uint32_t interrupts_off(void)
{
    uint32_t primask;
    __asm volatile("mrs %0, primask\n cpsid i" : "=r"(primask)::"memory");
    return primask;
}

static void interrupts_restore(uint32_t primask)
{
    __asm volatile("msr primask, %0\n isb" ::"r"(primask) : "memory");
}

static enum flash_result result_of(const struct port *port)
{
    return (mmio_read(port->status) & SR_ERRORS) == 0 ? FLASH_OK : FLASH_FAILED;
}

/* For what takes at most 118 us. */
static enum flash_result wait_program(const struct port *port)
{
    for (uint32_t i = 0; i < PROGRAM_POLLS; i++) {
        if ((mmio_read(port->status) & SR_BUSY) == 0) {
            return result_of(port);
        }
    }
    return FLASH_TIMEOUT;
}

/* For what takes milliseconds: others may run meanwhile. */
static enum flash_result wait_erase(const struct port *port)
{
    for (uint32_t i = 0; i < ERASE_POLLS; i++) {
        if ((mmio_read(port->status) & SR_BUSY) == 0) {
            return result_of(port);
        }
        if (wait_function != NULL) {
            wait_function(ERASE_POLL_US);
            continue;
        }
        for (uint32_t spin = 0; spin < ERASE_SPINS; spin++) {
            if ((mmio_read(port->status) & SR_BUSY) == 0) {
                break;
            }
        }
    }
    return FLASH_TIMEOUT;
}

/* Makes an area ready for an operation. An application may have left its register set in any state:
 * stuck ones only a reset frees. */
static enum flash_result begin(const struct port *port)
{
    (void)wait_program(port);
    if ((mmio_read(port->status) & SR_BUSY) != 0) {
        return FLASH_LOCKED;
    }
    if ((mmio_read(port->control) & CR_LOCK) != 0) {
        mmio_write(port->key, KEY_1);
        mmio_write(port->key, KEY_2);
        if ((mmio_read(port->control) & CR_LOCK) != 0) {
            return FLASH_LOCKED;
        }
    }
    mmio_write(port->status, SR_CLEAR);
    mmio_write(port->control, 0);
    return FLASH_OK;
}

static void end(const struct port *port)
{
    mmio_write(port->status, SR_CLEAR);
    mmio_write(port->control, CR_LOCK);
}

enum flash_result flash_erase(enum flash_area area, uint32_t page)
{
    const struct port *port = &ports[area];
    enum flash_result result = begin(port);
    if (result != FLASH_OK) {
        return result;
    }
    mmio_write(port->control, CR_PER | port->bank_bit | page << FLASH_SECCR_PNB_Pos | CR_STRT);
    result = wait_erase(port);
    end(port);
    return result;
}

/* Programs `count` words at once: 4, or 32 in burst mode. The address bus must see nothing else
 * between the first and the last word, hence no interrupts. */
static enum flash_result program_words(const struct port *port, uint32_t address,
                                       const uint32_t *words, uint32_t count)
{
    mmio_write(port->control, count == 4 ? CR_PG : CR_PG | CR_BWR);
    uint32_t primask = interrupts_off();
    for (uint32_t i = 0; i < count; i++) {
        mmio_write(address + 4 * i, words[i]);
    }
    interrupts_restore(primask);
    enum flash_result result = wait_program(port);
    mmio_write(port->control, 0);
    return result;
}

static bool erased(const uint32_t *words, uint32_t count)
{
    uint32_t all = UINT32_MAX;
    for (uint32_t i = 0; i < count; i++) {
        all &= words[i];
    }
    return all == UINT32_MAX;
}

/* Programs one step (a burst, or a quad-word) and reads it back. */
static enum flash_result program_step(const struct port *port, uint32_t address,
                                      const uint8_t *data, uint32_t step)
{
    uint32_t words[BURST_SIZE / 4];
    memcpy(words, data, step);
    if (erased(words, step / 4)) {
        return FLASH_OK;
    }
    enum flash_result result = program_words(port, address, words, step / 4);
    if (result == FLASH_OK && memcmp((const void *)(uintptr_t)address, words, step) != 0) {
        result = FLASH_FAILED;
    }
    return result;
}

/* A burst is taken only where every quad-word in it has data: erased ones stay programmable. */
static uint32_t step_size(uint32_t address, const uint8_t *data, uint32_t size)
{
    if (address % BURST_SIZE != 0 || size < BURST_SIZE) {
        return FLASH_QUAD_SIZE;
    }
    for (uint32_t at = 0; at < BURST_SIZE; at += FLASH_QUAD_SIZE) {
        uint32_t words[FLASH_QUAD_SIZE / 4];
        memcpy(words, data + at, sizeof words);
        if (erased(words, FLASH_QUAD_SIZE / 4)) {
            return FLASH_QUAD_SIZE;
        }
    }
    return BURST_SIZE;
}

enum flash_result flash_program(enum flash_area area, uint32_t offset, const void *data,
                                uint32_t size)
{
    const struct port *port = &ports[area];
    const uint8_t *bytes = data;
    enum flash_result result = begin(port);
    if (result != FLASH_OK) {
        return result;
    }
    for (uint32_t at = 0; at < size && result == FLASH_OK;) {
        uint32_t address = port->base + offset + at;
        uint32_t step = step_size(address, bytes + at, size - at);
        result = program_step(port, address, bytes + at, step);
        at += step;
    }
    end(port);
    return result;
}
