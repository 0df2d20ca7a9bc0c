/* The STM32U585 around the processor: memories, TrustZone firewalls and peripherals.
 *
 * Written from ST's reference manual RM0456, never from what a firmware happens to do. The chip
 * knows nothing of the board: pins, serial lines and the SPI memory are connected through the small
 * interfaces below.
 */
#ifndef SIM_SOC_SOC_H
#define SIM_SOC_SOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "cpu/cpu.h"
#include "world/sched.h"

#define SOC_FLASH_SIZE 0x200000u
#define SOC_FLASH_PAGE 0x2000u

/* What the chip keeps without power. The owner provides the memory (usually a file mapping), so
 * that killing the simulator at any time is a power cut. */
struct soc_nvm {
    uint8_t *flash;            /* SOC_FLASH_SIZE bytes */
    uint8_t *flash_programmed; /* one bit a quad-word: programmed since its last erase */
    uint8_t *otp;              /* 512 bytes */
    struct soc_options *options;
    uint32_t unique_id[3];
};

/* Option bytes as loaded and as programmed (the registers of RM0456 7.9). */
struct soc_options {
    uint32_t magic; /* SOC_OPTIONS_MAGIC once initialised */
    uint32_t optr, nsbootadd0r, nsbootadd1r, secbootadd0r;
    uint32_t secwm1r1, secwm1r2, secwm2r1, secwm2r2;
    uint32_t wrp1ar, wrp1br, wrp2ar, wrp2br;
    uint32_t oem1key[2], oem2key[2]; /* all zeros or all ones: no key */
};
#define SOC_OPTIONS_MAGIC 0x324f5055u
/* ST's production values. */
void soc_options_default(struct soc_options *options);

/* Serial lines that leave the chip. */
enum soc_uart { SOC_USART1, SOC_USART2, SOC_USART3, SOC_UART4, SOC_UART5, SOC_LPUART1, SOC_UARTS };

/* The clock of a frame in synchronous master mode. */
struct soc_uart_clocks {
    bool idle_high;   /* CPOL */
    bool second_edge; /* CPHA: data is captured on the second edge */
    uint8_t pulses;   /* one a bit; without LBCL the last bit has none */
};

struct soc_uart_peer {
    void *context;
    /* A byte has been shifted out completely. */
    void (*transmitted)(void *context, uint8_t byte);
    /* The chip's RTS output changed: true = the chip can take bytes. */
    void (*rts)(void *context, bool ready);
    /* A break character has been sent. May be NULL, like the others. */
    void (*broke)(void *context);
    /* Synchronous master mode: a frame has been clocked out on TX and CK; returns the word that the
     * device has put on RX meanwhile. */
    uint16_t (*clocked)(void *context, uint16_t out, struct soc_uart_clocks clocks);
    /* Smartcard mode: the chip refuses the character it has just got. */
    void (*nacked)(void *context);
};

/* A device on an SPI-like bus, byte by byte. Dummy cycles arrive as bytes too (8 cycles each). */
struct soc_spi_device {
    void *context;
    void (*select)(void *context, bool active);
    uint8_t (*transfer)(void *context, uint8_t out);
};

/* The SPI controllers; slave select by a GPIO pin reaches the device through config.pin. */
enum soc_spi_bus { SOC_SPI1, SOC_SPI2, SOC_SPI3 };

/* A device on an I2C bus. `start`: addressed after START or repeated START, false = no acknowledge.
 * `write`: a byte, false = no acknowledge. `stop` may be NULL. */
struct soc_i2c_device {
    void *context;
    uint16_t address; /* 7 bits, or 10 bits and SOC_I2C_ADDRESS_10 */
    bool (*start)(void *context, bool read);
    bool (*write)(void *context, uint8_t byte);
    uint8_t (*read)(void *context);
    void (*stop)(void *context);
};
#define SOC_I2C_ADDRESS_10 0x8000u
enum soc_i2c_bus { SOC_I2C1, SOC_I2C2, SOC_I2C3, SOC_I2C4 };
#define SOC_I2C_DEVICES 8u
/* What a looker-on sees on an I2C bus: an address (7 bits) for writing or reading, a byte from the
 * master to the slave or back, STOP. An address of 10 bits is the header 11110xx and a byte out. */
enum soc_i2c_sign {
    SOC_I2C_SAW_WRITE,
    SOC_I2C_SAW_READ,
    SOC_I2C_SAW_OUT,
    SOC_I2C_SAW_IN,
    SOC_I2C_SAW_STOP
};

struct soc_config {
    struct soc_nvm nvm;
    struct sched *sched;
    uint64_t random_seed; /* for the RNG block and SRAM contents at power-on */
    struct soc_uart_peer uart[SOC_UARTS];
    /* Memories on the pins of OCTOSPIM's two ports, and which of a port's eight lines is the first
     * of the memory: 0, or 4 if it sits on IO4 to IO7. */
    struct soc_spi_device octospi1, octospi2;
    uint8_t octospi_first_io[2];
    /* An output pin's level changed. port 0 = A. May be NULL. */
    void (*pin)(void *context, unsigned port, unsigned pin, bool level);
    /* Lookers-on: each sign of an I2C bus, each byte pair of an SPI bus. May be NULL. */
    void (*i2c)(void *context, enum soc_i2c_bus bus, enum soc_i2c_sign sign, uint8_t value);
    void (*spi)(void *context, enum soc_spi_bus bus, uint8_t out, uint8_t in);
    /* Guest errors and registers not modelled, each place once. */
    void (*log)(void *context, const char *text);
    /* A system reset happened (after the blocks were reset); cause is the RCC_CSR flag mask. */
    void (*reset)(void *context, uint32_t cause);
    /* The processor locked up. */
    void (*lockup)(void *context);
    /* Bytes of the flash array are about to change. May be NULL. */
    void (*flash_touch)(void *context, uint32_t offset, uint32_t size);
    /* A flash operation has begun; the array already holds its half-done state. May be NULL. */
    void (*flash_operation)(void *context);
    void *context;
};

struct soc;

struct soc *soc_new(const struct soc_config *config);
void soc_free(struct soc *soc);
struct cpu *soc_cpu(struct soc *soc);

/* Power-on reset: loads the option bytes, resets everything, points the processor at its boot
 * address. SRAM gets seeded noise. */
void soc_power_on(struct soc *soc);
/* NRST pin. */
void soc_reset_pin(struct soc *soc);

/* To be called by the board's loop after each cpu_run (and once before the first): performs what
 * was asked for inside a callback and had to wait for a safe point: system resets (the processor
 * has been sent to its boot address when this returns true), entry into and exit from the low-power
 * modes. */
bool soc_service(struct soc *soc);
/* True while the whole core domain is off (Standby, Shutdown): the processor must not run until an
 * event or the reset pin wakes the chip; call soc_service after each event. */
bool soc_off(const struct soc *soc);

/* Virtual time by the processor's cycle counter, exact over changes of the clock. */
sim_ps soc_cpu_time(const struct soc *soc);
/* How far the processor has run ahead of sched->now: what sched.elapsed needs. */
sim_ps soc_elapsed(const struct soc *soc);
/* First cycle (as cpu_cycles counts) at or after virtual time `when` at the present clock; the
 * limit for cpu_run. When the clock changes the chip calls cpu_break, so that the loop asks again.
 */
uint64_t soc_cycle_at(const struct soc *soc, sim_ps when);

/* Lets virtual time pass to `when` while the processor sleeps: by processor cycles (SysTick counts)
 * in Sleep, without them in Stop, Standby and Shutdown, where HCLK is off. */
void soc_skip_to(struct soc *soc, sim_ps when);

/* Picoseconds per processor cycle at the present HCLK. */
sim_ps soc_cycle_ps(const struct soc *soc);
/* Present clocks in Hz. */
uint32_t soc_hclk_hz(const struct soc *soc);

/* A byte arrives from outside at the line's speed (the caller paces it). False: the receiver was
 * off, or an overrun lost it. */
bool soc_uart_receive(struct soc *soc, enum soc_uart uart, uint8_t byte);
/* Picoseconds that a frame takes at the baud rate now set; 0 while the UART is off. */
sim_ps soc_uart_frame_ps(struct soc *soc, enum soc_uart uart);
/* RTS as the peer sees it now. */
bool soc_uart_rts(struct soc *soc, enum soc_uart uart);
void soc_uart_set_cts(struct soc *soc, enum soc_uart uart, bool ready);

/* Drives an input pin from outside. */
void soc_pin_drive(struct soc *soc, unsigned port, unsigned pin, bool level);
bool soc_pin_level(struct soc *soc, unsigned port, unsigned pin);
/* Analogue level at a pin, for the ADCs (VDDA is 3300 mV). */
void soc_pin_analog(struct soc *soc, unsigned port, unsigned pin, uint32_t millivolts);

/* Puts a device on a bus, for as long as the chip lives. False: the bus has SOC_I2C_DEVICES. */
bool soc_i2c_attach(struct soc *soc, enum soc_i2c_bus bus, const struct soc_i2c_device *device);
/* Another master on the bus makes a transfer with the chip as slave, as soon as the bus is free:
 * writes `bytes`, or reads `count` of them, which config.i2c sees. False: it has one to make
 * already, or more than SOC_I2C_OTHER_BYTES. `address`: 7 bits, or 10 and SOC_I2C_ADDRESS_10. */
#define SOC_I2C_OTHER_BYTES 128u
bool soc_i2c_other_master(struct soc *soc, enum soc_i2c_bus bus, unsigned address, bool read,
                          const uint8_t *bytes, size_t count);
/* Bytes of its last transfer that were read, or written and acknowledged; SOC_I2C_NOT_DONE while it
 * goes on, and if nobody acknowledged the address. */
#define SOC_I2C_NOT_DONE 0xFFFFFFFFu
unsigned soc_i2c_other_done(const struct soc *soc, enum soc_i2c_bus bus);
/* The one device of an SPI bus; several on one bus are the board's business. */
void soc_spi_attach(struct soc *soc, enum soc_spi_bus bus, const struct soc_spi_device *device);

/* Another master on the bus selects the chip and clocks these bytes out at 1 MHz; config.spi sees
 * them and what comes back. False: it is at it already, nothing, or more than SOC_SPI_OTHER_BYTES.
 */
#define SOC_SPI_OTHER_BYTES 128u
bool soc_spi_other_master(struct soc *soc, enum soc_spi_bus bus, const uint8_t *bytes,
                          size_t count);

/* TAMP backup register 0..31 as the chip would read it, for tools. */
uint32_t soc_backup_register(struct soc *soc, unsigned index);

/* Writes the Markdown table of all register blocks. Returns how many blocks it has no words for. */
unsigned soc_describe_blocks(FILE *out);

/* SRAM1..3 in one piece (768 KiB at 0x20000000) for tools; SRAM4, BKPSRAM. */
uint8_t *soc_sram(struct soc *soc, uint32_t *size);

/* All memories that lose their contents, and BKPSRAM, in one piece. */
uint8_t *soc_ram(struct soc *soc, size_t *size);
/* The chip's state without processor and memories, as bytes for the same chip. */
size_t soc_state_size(void);
void soc_state_save(const struct soc *soc, void *state);
void soc_state_load(struct soc *soc, const void *state);

#endif
