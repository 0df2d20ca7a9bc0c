/* A chip on the test bench: bus access with chosen attributes, virtual time, captured outside. */
#ifndef TESTS_SIMSOC_HARNESS_H
#define TESTS_SIMSOC_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "soc/soc.h"
#include "chip/stm32u585.h"

#define S_P  ((struct bus_attr){false, false, false})
#define S_U  ((struct bus_attr){false, true, false})
#define NS_P ((struct bus_attr){true, false, false})
#define NS_U ((struct bus_attr){true, true, false})
#define S_X  ((struct bus_attr){false, false, true})
#define NS_X ((struct bus_attr){true, false, true})

/* What the fake processor recorded. */
struct fake_cpu {
    struct cpu_config config;
    uint64_t cycles;
    bool irq[CPU_IRQ_MAX];
    bool sleeping, deep;
    uint32_t vtor;
    unsigned nmis;
    unsigned resets, tlb_flushes, code_flushes, breaks;
    bool locks[5];
    bool auth[4];
};
extern struct fake_cpu fake;

struct bench {
    struct sched sched;
    struct soc *soc;
    uint8_t flash[SOC_FLASH_SIZE];
    uint8_t programmed[SOC_FLASH_SIZE / 128];
    uint8_t otp[512];
    struct soc_options options;
    uint8_t sent[256];
    unsigned sent_count;
    sim_ps sent_at[256];
    bool rts;
    uint32_t reset_cause;
    unsigned pin_changes;
    char log[8192];
    struct soc_spi_device spi;
};
extern struct bench bench;

/* A fresh, powered board. `provisioned`: TZEN, bank 2 secure, HDP2 over pages 0..3, boot lock;
 * otherwise ST's production values (TZEN = 0). */
void bench_start(bool provisioned);
void bench_stop(void);
/* Fixtures for cmocka. */
int setup(void **state);
int setup_open(void **state);
int teardown(void **state);

uint32_t rd(struct bus_attr attr, uint32_t address);
void wr(struct bus_attr attr, uint32_t address, uint32_t value);
enum bus_status rd_status(struct bus_attr attr, uint32_t address);
enum bus_status wr_status(struct bus_attr attr, uint32_t address, uint32_t value);
void wr_sized(struct bus_attr attr, uint32_t address, uint32_t value, unsigned size);
uint32_t rd_sized(struct bus_attr attr, uint32_t address, unsigned size);
/* Lets virtual time pass. */
void run_us(uint64_t us);
void run_ps(sim_ps ps);
sim_ps now(void);

/* Secure shorthand: sets bits in a register. */
void set_bits(uint32_t address, uint32_t bits);
/* Clock enables that tests need again and again. */
void enable_clocks(void);
void unlock_flash(void);
/* Switches a pin ("PA5") to an alternate function, secure; open drain for I2C. */
void route(const char *pin, unsigned function);
/* Pins for every UART, SPI, I2C and for OCTOSPI1. */
void route_all(void);

#endif
