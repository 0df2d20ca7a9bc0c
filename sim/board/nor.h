/* A W25Q64-class SPI NOR flash (JEDEC EF 40 17, 8 MiB) on one data line.
 *
 * Programming only clears bits, pages wrap at 256 bytes, and while an operation runs (WIP) every
 * command but the status reads and a software reset is ignored. The array is the owner's memory,
 * usually a shared file mapping: an erase proceeds in steps and a page program in two halves, so
 * that stopping the process at any time leaves what a power cut would leave.
 */
#ifndef SIM_BOARD_NOR_H
#define SIM_BOARD_NOR_H

#include <stdbool.h>
#include <stdint.h>

#include "soc/soc.h"
#include "world/sched.h"

#define NOR_SIZE         0x800000u
#define NOR_SECTOR_SIZE  0x1000u
#define NOR_PAGE_SIZE    0x100u
#define NOR_STATUS_COUNT 3

/* What the command in progress does with the bytes that follow its opcode. */
struct nor_command;

struct nor {
    struct sched *sched;
    uint8_t *array;  /* NOR_SIZE bytes, owned by the creator */
    uint8_t *status; /* NOR_STATUS_COUNT non-volatile status registers, owned by the creator */

    /* The transaction in progress. */
    const struct nor_command *command;
    uint32_t address;
    uint32_t position; /* bytes seen after the opcode */
    bool selected;
    bool opcode_seen;
    uint8_t page[NOR_PAGE_SIZE];
    uint32_t page_count; /* data bytes received by a page program, may exceed the page */
    uint8_t status_in[2];
    uint32_t status_in_count;

    /* State between transactions. */
    bool write_enabled;
    bool volatile_write;
    bool powered_down;
    bool reset_enabled;
    uint8_t status_now[NOR_STATUS_COUNT];

    /* The operation in progress (WIP). */
    struct sim_event done;
    bool busy;
    uint32_t work_base;
    uint32_t work_size;
    uint32_t work_step; /* steps of an erase already done */
    sim_ps work_step_ps;
    bool work_is_program;
    bool pending_reset;
    /* Set by the creator after nor_init, or NULL: bytes are about to change; an erase or program
     * has begun. */
    void *context;
    void (*touch)(void *context, uint32_t base, uint32_t size);
    void (*operation)(void *context);
    uint64_t erases; /* statistics: erase commands accepted */
    uint64_t programs;
};

/* Prepares a chip; nothing is allocated. */
void nor_init(struct nor *nor, struct sched *sched, uint8_t *array, uint8_t *status);
/* Power-on: volatile state is lost, a running operation stays half done. */
void nor_power_on(struct nor *nor);
/* The device's side of the bus; `context` is the struct nor. */
struct soc_spi_device nor_spi_device(struct nor *nor);

#endif
