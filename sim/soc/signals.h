/* Names of the signals between peripherals and pins (data sheet DS13086, alternate functions).
 *
 * A peripheral drives its outputs and reads its inputs here; which pin that is depends on MODER and
 * AFR of the GPIO ports (pins.c). A number stands for one signal of one instance.
 */
#ifndef SIM_SOC_SIGNALS_H
#define SIM_SOC_SIGNALS_H

#include <stdbool.h>
#include <stdint.h>

enum soc_uart_line { LINE_TX, LINE_RX, LINE_CK, LINE_CTS, LINE_RTS, UART_LINES };
enum soc_spi_line { LINE_SCK, LINE_MISO, LINE_MOSI, LINE_NSS, LINE_RDY, SPI_LINES };
enum soc_i2c_line { LINE_SCL, LINE_SDA, LINE_SMBA, I2C_LINES };
enum soc_tim_line {
    LINE_CH1,
    LINE_CH2,
    LINE_CH3,
    LINE_CH4,
    LINE_CH1N,
    LINE_CH2N,
    LINE_CH3N,
    LINE_CH4N,
    LINE_ETR,
    LINE_BKIN,
    LINE_BKIN2,
    TIM_LINES
};
enum soc_lptim_line { LINE_IN1, LINE_IN2, LINE_LPETR, LINE_LPCH1, LINE_LPCH2, LPTIM_LINES };
/* IO0 to IO7 follow LINE_IO. */
enum soc_octospim_line { LINE_CLK, LINE_NCLK, LINE_NCS, LINE_DQS, LINE_IO, OCTOSPIM_LINES = 12 };

enum soc_signal_base {
    SIGNAL_NONE,
    SIGNAL_UART,
    SIGNAL_SPI = SIGNAL_UART + 6 * UART_LINES,
    SIGNAL_I2C = SIGNAL_SPI + 3 * SPI_LINES,
    SIGNAL_TIM = SIGNAL_I2C + 4 * I2C_LINES,
    SIGNAL_LPTIM = SIGNAL_TIM + 11 * TIM_LINES,
    SIGNAL_OCTOSPIM = SIGNAL_LPTIM + 4 * LPTIM_LINES,
    SIGNAL_MCO = SIGNAL_OCTOSPIM + 2 * OCTOSPIM_LINES,
    SIGNAL_CSLEEP,
    SIGNAL_CDSTOP,
    SIGNAL_SRDSTOP,
    SIGNAL_RTC_REFIN,
    SIGNAL_CRS_SYNC,
    SIGNAL_IR_OUT,
    SIGNAL_COMP1_OUT,
    SIGNAL_COMP2_OUT,
    SIGNAL_DEBUG, /* JTAG, SWD and trace */
    SIGNAL_COUNT
};
_Static_assert(SIGNAL_COUNT < 256, "a signal is one byte");

/* By instance: enum soc_uart; 0 = SPI1, I2C1, LPTIM1, port 1; place of a timer in soc->tim. */
#define UART_SIGNAL(uart, line)     (SIGNAL_UART + (uart)*UART_LINES + (line))
#define SPI_SIGNAL(spi, line)       (SIGNAL_SPI + (spi)*SPI_LINES + (line))
#define I2C_SIGNAL(i2c, line)       (SIGNAL_I2C + (i2c)*I2C_LINES + (line))
#define TIM_SIGNAL(tim, line)       (SIGNAL_TIM + (tim)*TIM_LINES + (line))
#define LPTIM_SIGNAL(lptim, line)   (SIGNAL_LPTIM + (lptim)*LPTIM_LINES + (line))
#define OCTOSPIM_SIGNAL(port, line) (SIGNAL_OCTOSPIM + (port)*OCTOSPIM_LINES + (line))

#define SIGNAL_PINS 560u /* all places of the table together */

enum soc_drive { DRIVE_OFF, DRIVE_LOW, DRIVE_HIGH };

struct soc;

/* What alternate function `af` of a pin leads to; SIGNAL_NONE: a block without function, nothing.
 */
unsigned soc_pin_function(unsigned port, unsigned pin, unsigned af);
/* The signal on a pin now: SIGNAL_NONE while the pin is no alternate function, or is cut off
 * (PG2-15 without PWR_SVMCR.IO2SV). */
unsigned soc_pin_signal(const struct soc *soc, unsigned port, unsigned pin);
/* A pin leads to the signal. A secure peripheral reaches only secure pins (RM0456 3.5.4). */
bool soc_signal_routed(const struct soc *soc, unsigned signal, bool secure);
/* Drives an output or lets it go; changed pins are told to the board. */
void soc_signal_drive(struct soc *soc, unsigned signal, enum soc_drive drive);
/* Level at the first pin that leads to the signal; false without one. */
bool soc_signal_level(const struct soc *soc, unsigned signal);
/* A pin that leads to the signal has changed: passed on to the peripheral. */
void soc_pins_init(struct soc *soc);
void soc_signal_edge(struct soc *soc, unsigned signal, bool level);

#endif
