/* HT16K33 LED driver on an I2C bus (Holtek HT16K33 data sheet): display RAM of 16 rows by 8
 * commons, oscillator, display on/off with blinking, dimming, key scan RAM.
 */
#ifndef SIM_BOARD_I2C_HT16K33_H
#define SIM_BOARD_I2C_HT16K33_H

#include "soc/soc.h"

/* Plain values only: a snapshot of the part is a copy. */
struct i2c_ht16k33 {
    uint8_t ram[16];
    uint8_t keys[6];
    uint8_t dimming; /* 0..15: duty (dimming + 1)/16 */
    uint8_t blink;   /* 0 off, 1 2 Hz, 2 1 Hz, 3 0.5 Hz */
    bool oscillator, display;
    uint8_t pointer;
    bool pointed, int_mode_row15;
};

/* Puts the part, as after power-on, on a bus; the usual address is 0x70. The memory of `part` stays
 * the caller's and must live as long as the chip. False: the bus is full. */
bool i2c_ht16k33_attach(struct i2c_ht16k33 *part, struct soc *soc, enum soc_i2c_bus bus,
                        uint8_t address);
/* Registers as after power-on. */
void i2c_ht16k33_power_on(struct i2c_ht16k33 *part);
/* The 16 bytes that are shown: zeros while the oscillator or the display is off. */
void i2c_ht16k33_shown(const struct i2c_ht16k33 *part, uint8_t rows[16]);
/* Holds a key down (bit 0..12 of key scan column 0..2) or lets it go. */
void i2c_ht16k33_key(struct i2c_ht16k33 *part, unsigned column, unsigned bit, bool down);

#endif
