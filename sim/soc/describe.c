/* The table of the chip's register blocks for docs/simulator.md: which blocks there are and how
 * they are modelled comes from the region table; what a model does and leaves out is said here,
 * once for each set of register functions. simsoc_docs checks that the document is fresh.
 */
#include "soc/soc_state.h"

#include <stdio.h>
#include <string.h>

/* A model: blocks with the same read function share it. */
struct description {
    uint32_t (*read)(struct soc *, const struct soc_block *, uint32_t, struct soc_access);
    const char *does, *not_modelled;
};

/* clang-format off */
static const struct description models[] = {
    {adc_read,
     "power-up, regular and injected groups, sampling times, discontinuous and delayed modes, triggers by EXTI, timers and LPTIMs, "
     "oversampling, offset, gain, watchdogs, differential and internal inputs, overrun, DMA, calibration factors, auto-off and deep power-down of ADC4",
     "effect of calibration factors on results, VREF protection of ADC4, injected groups by LPTIMs"},
    {aes_read, "AES: ECB, CBC, CTR, GCM, CCM, suspension, keys from SAES; SAES: ECB, CBC, hardware keys, wrapped and shared keys, RNG dependency",
     "power analysis countermeasures"},
    {crc_read, "all", "–"},
    {dcache_read, "registers and maintenance handshake", "contents"},
    {exti_read, "lines of pins and of the voltage monitors, edges, pending bits, security, lock",
     "COMP lines"},
    {flash_read, "both register sets, keys, program, erase, errors, options, SECBB, HDP, WRP, RDP with passwords, ECC, bank power-down, OPSR",
     "–"},
    {gpdma_read, "requests by software and peripherals, triggers, lists, 2D, width changes, byte exchange, security, interrupts",
     "exact durations"},
    {gpio_read, "modes, pulls, open drain, lock, per-pin security, edges, alternate functions of the modelled blocks",
     "speed, analogue switches"},
    {hash_read, "SHA-1, MD5, SHA-224, SHA-256, HMAC with short and long keys, DMA, context swap",
     "exact durations"},
    {i2c_read, "master: NBYTES, RELOAD, AUTOEND, repeated start, stretching, packet error codes, DMA; slave: own addresses, "
     "general call, stretching or overrun, byte control; addresses of 10 bits, arbitration by address, bus errors; SMBus: time-outs, alert, host and default address",
     "arbitration between data bytes, SCL held low by others"},
    {icache_read, "registers and maintenance handshake", "contents, remapping"},
    {iwdg_read, "counting, window, early interrupt, reset", "–"},
    {lptim_read, "internal and external clock, encoder, triggers, time-out, PWM and one-pulse outputs, captures, glitch filters of pins, DMA requests, repetition, kernel clock in Stop",
     "filters of internal triggers"},
    {mpcbb_read, "all", "–"},
    {octospi_read, "indirect, polling, memory-mapped, HyperBus commands, dual memory (one device), timing, interrupts, DMA",
     "–"},
    {octospim_read, "both controllers on the pins of both ports, multiplexed too", "–"},
    {pka_read, "all operations: ECDSA, points, scalars, modular exponentiation, RSA with CRT, arithmetic; errors",
     "exact durations, projective results with another Z than 1"},
    {pwr_read, "ranges, booster, DBP, Stop 0–3, Standby, Shutdown, retention, wake-up lines, pulls, PVD and monitors, brown-out, SRAM power, security",
     "UCPD"},
    {ramcfg_read, "erase with keys, wait states, ECC errors, page write protection",
     "–"},
    {rcc_read, "clock tree, start-up times, PLLs, HSE, CSS, MCO, MSI PLL mode, resets, backup domain, security",
     "–"},
    {rng_read, "conditioning sequence, clock, timing, lock, seed and clock errors", "–"},
    {rtc_read, "calendar, binary mode, alarms, wake-up timer, time stamps, calibration, shift, outputs, protection, security",
     "reference clock"},
    {spi_read, "master and slave: 8 to 32 bits, FIFOs, TSIZE, suspension, slave select, underrun and overrun, CRC, DMA",
     "TI mode, RDY, odd frame sizes, CRC of a slave"},
    {syscfg_read, "security, locks, FPU interrupts, compensation cells, system breaks to the timers",
     "–"},
    {tamp_read, "inputs with filter, active and internal tampers, erase and blocking, backup registers, zones, counter, key lock",
     "–"},
    {tim_read, "all counting modes, preloads, repetition, one pulse, PWM and compare outputs on pins, complementary outputs with dead time and break, captures, input filters, slave modes, encoders (quadrature, clock and direction, directional clock), timer chains, commutation, DMA with bursts",
     "dithering, filters of the break inputs, encoder index, quadrature in x1 modes"},
    {tzic_read, "all", "–"},
    {tzsc_read, "all", "–"},
    {usart_read, "7 to 9 bits, FIFOs, RTS/CTS, idle, time-out, parity, framing, noise and overrun errors, mute mode, breaks, "
     "LIN break detection, half-duplex, DMA; auto baud rate; synchronous master and slave, smartcard (USART1–3); IrDA",
     "guard time between characters, IrDA coding cut off by reception"},
    {wwdg_read, "counting, window, early interrupt, reset", "–"},
    {quiet_read, "registers only: no effect on this board", "–"},
    {stored_read, "reset values, storage, firewall, clock gating; each access place is logged once",
     "function"},
};
/* clang-format on */

static void print_names(FILE *out, const struct description *model)
{
    const char *between = "";

    for (unsigned i = 0; i < soc_block_count; i++) {
        if (soc_blocks[i].read == model->read) {
            fprintf(out, "%s%s", between, soc_blocks[i].name);
            between = ", ";
        }
    }
}

unsigned soc_describe_blocks(FILE *out)
{
    unsigned described = 0;

    fprintf(out, "| blocks | modelled | not modelled |\n|---|---|---|\n");
    for (unsigned i = 0; i < sizeof models / sizeof models[0]; i++) {
        fprintf(out, "| ");
        print_names(out, &models[i]);
        fprintf(out, " | %s | %s |\n", models[i].does, models[i].not_modelled);
        for (unsigned b = 0; b < soc_block_count; b++) {
            described += soc_blocks[b].read == models[i].read;
        }
    }
    return soc_block_count - described;
}
