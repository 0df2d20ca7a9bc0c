/* A thin board in the likeness of Arm's AN505: enough memory and one UART, so that one ELF file
 * runs on it and on `qemu-system-arm -M mps2-an505`. The memory protection controllers are open. */
#ifndef SIM_AN505_BOARD_H
#define SIM_AN505_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "an505/semihosting.h"
#include "cpu/cpu.h"

/* Secure vector table after reset. */
#define AN505_VTOR 0x10000000u

struct an505 {
    struct cpu *cpu;
    struct semihosting host;
    uint8_t *ssram0; /* 4 MiB at 0x00000000 and, Secure, 0x10000000 */
    uint8_t *ssram1; /* 4 MiB at 0x28000000 and 0x38000000 */
    uint8_t *sram;   /* 32 KiB at 0x20000000 and 0x30000000 */
    uint8_t *psram;  /* 16 MiB at 0x80000000 */
    uint32_t nsccfg; /* code and RAM of the Secure alias are NSC */
    bool verbose;
    void (*uart)(void *context, uint8_t byte); /* NULL: standard output */
    void *uart_context;
    /* Called for BKPT 0xAB instead of semihosting, if set. */
    bool (*stop)(void *context, struct cpu *cpu);
    void *stop_context;
};

bool an505_init(struct an505 *board);
void an505_free(struct an505 *board);
/* Host memory behind an address, or NULL; *left is what remains of the memory from there on. */
uint8_t *an505_memory(struct an505 *board, uint32_t address, uint32_t *left);
/* Loads the segments of an ELF image at their physical addresses. False: not a usable image. */
bool an505_load_elf(struct an505 *board, const uint8_t *image, size_t size);
/* Runs until exit, lockup or the cycle limit; returns the exit code, 124 for the limit, 125 for
 * lockup. */
int an505_run(struct an505 *board, uint64_t cycle_limit);

#endif
