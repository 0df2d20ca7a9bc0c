/* What a test bench does to the chip from outside: memory errors, supplies, oscillators, tampering,
 * a debugger. Nothing here can be done by software on the chip.
 *
 * Every call takes effect at the present virtual time. Offsets are those of the memory itself, not
 * of its place in the address map.
 */
#ifndef SIM_SOC_INJECT_H
#define SIM_SOC_INJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "soc/soc.h"

/* ---- Serial lines (RM0456 66.5.6) ---- */

enum soc_uart_error {
    SOC_UART_PARITY = 1,
    SOC_UART_FRAMING = 2,
    SOC_UART_NOISE = 4,
    SOC_UART_BREAK = 8 /* the line stays low for longer than a frame */
};

/* A word of up to 9 bits arrives, with errors of its frame. False: not taken, as soc_uart_receive.
 */
bool soc_uart_receive_word(struct soc *soc, enum soc_uart uart, uint16_t word, unsigned errors);
/* A word arrives from a peer with the same frame format and a baud rate of its own: the chip
 * samples the line at its rate, or measures the peer's. False: not taken, or no start bit seen. */
bool soc_uart_receive_at(struct soc *soc, enum soc_uart uart, uint32_t baud, uint16_t word);

/* Synchronous slave: an outside master clocks a frame, with NSS (the CTS pin) low or not.
 * `in` receives the word on TX, all ones while the chip does not drive it. False: the chip is no
 * slave, not selected, or has no pin for CK. */
bool soc_uart_outside_clock(struct soc *soc, enum soc_uart uart, bool nss_low, uint16_t out,
                            uint16_t *in);

/* Smartcard: the card refuses the next `count` characters of the chip, which sees it with 1.5 stop
 * bits and RE = 1. */
void soc_uart_card_refuses(struct soc *soc, enum soc_uart uart, unsigned count);
/* The card's clock on CK in Hz, 0 while there is none. */
uint32_t soc_uart_card_clock_hz(struct soc *soc, enum soc_uart uart);

/* IrDA: how long the chip's light pulse for a zero is; 0 while it sends none. */
sim_ps soc_uart_irda_pulse_ps(struct soc *soc, enum soc_uart uart);
/* A word arrives in light pulses of this length. False: not taken. */
bool soc_uart_irda_receive(struct soc *soc, enum soc_uart uart, uint8_t byte, sim_ps pulse);

/* ---- I2C buses (RM0456 chapter 65, error conditions) ---- */

/* As soc_i2c_other_master, but the transfer starts together with the chip's next one, so that one
 * of the two loses arbitration by its address; if the other master does, it tries again. */
bool soc_i2c_contend(struct soc *soc, enum soc_i2c_bus bus, unsigned address, bool read,
                     const uint8_t *bytes, size_t count);
/* A START in the midst of a byte: a bus error for a chip that is master or addressed slave. */
void soc_i2c_misplaced_start(struct soc *soc, enum soc_i2c_bus bus);

/* ---- Memory errors (RM0456 7.3.2, 6.3.2) ---- */

enum soc_ecc {
    SOC_ECC_NONE,
    SOC_ECC_CORRECTED, /* one bit: the reader gets the right value */
    SOC_ECC_DETECTED   /* two bits: the reader gets a wrong value */
};

/* An error in the quad-word of the flash array (physical offset 0 .. SOC_FLASH_SIZE - 1); it stays
 * until the quad-word is programmed or erased. SOC_ECC_NONE takes it away. False: too many. */
bool soc_inject_flash_ecc(struct soc *soc, uint32_t offset, enum soc_ecc kind);

/* Inverts one bit or two of a word in SRAM2 (memory 1), the first 256 KiB of SRAM3 (2) or BKPSRAM
 * (4); seen only if the memory has ECC. False: no ECC at that place, or too many errors. */
bool soc_inject_sram_ecc(struct soc *soc, unsigned memory, uint32_t offset, enum soc_ecc kind);

/* ---- Supplies, temperature (RM0456 10.6) ---- */

enum soc_supply { SOC_VDD, SOC_VDDA, SOC_VDDUSB, SOC_VDDIO2, SOC_VBAT, SOC_SUPPLIES };

/* All are 3300 mV at creation. VDD below the brown-out level holds the chip in reset; the backup
 * domain lives on VBAT. */
void soc_set_supply(struct soc *soc, enum soc_supply supply, uint32_t millivolts);
/* Of the junction, 25 at creation. */
void soc_set_temperature(struct soc *soc, int celsius);

/* ---- Oscillators (RM0456 11.4) ---- */

/* Fits an HSE crystal or clock of 4 to 50 MHz; 0: none, as on the board. */
void soc_fit_hse(struct soc *soc, uint32_t hz);
/* The oscillator stops, or runs again after its next start. */
void soc_fail_hse(struct soc *soc, bool failed);
void soc_fail_lse(struct soc *soc, bool failed);
/* What the clock outputs carry: MCO (PA8) and LSCO (PA2), 0 while off. */
uint32_t soc_mco_hz(const struct soc *soc);
uint32_t soc_lsco_hz(const struct soc *soc);

/* Level of RTC_OUT1 (PC13, 1) or RTC_OUT2 (PB2, 2) now: alarm and wake-up flags or the calibration
 * clock of 512 Hz or 1 Hz; false while the output is off. */
bool soc_rtc_output(struct soc *soc, unsigned output);

/* ---- Tampering (RM0456 chapter 64) ---- */

/* Internal tamper event 1 .. 13 happens now (6: JTAG access at RDP > 0, 9: fault in a cryptographic
 * block ...). External inputs are pins: soc_pin_drive. */
void soc_internal_tamper(struct soc *soc, unsigned number);

/* ---- RNG (RM0456 48.3.7) ---- */

/* The noise source fails (seed error) until it is repaired. */
void soc_rng_fail(struct soc *soc, bool failed);

/* ---- Debugger (RM0456 3.10, chapter 75) ---- */

/* A debugger accesses the chip: an intrusion at RDP 1, nothing at 0 and 0.5, refused at 2 (false).
 */
bool soc_debug_attach(struct soc *soc);
/* It halts the core, or lets it go on. What the freeze bits of DBGMCU name stands still meanwhile;
 * the rest of the chip works on as virtual time passes. The caller does not run the processor while
 * it is halted. A reset lets the core go. */
void soc_debug_halt(struct soc *soc, bool halted);
/* It writes a password word to DBGMCU_DBG_AUTH_HOST, the low one first; one try a power cycle. */
void soc_debug_key(struct soc *soc, uint32_t word);
#endif
