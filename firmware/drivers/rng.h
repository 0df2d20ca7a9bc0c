/* True random number generator (RM0456 48). */
#ifndef FIRMWARE_DRIVERS_RNG_H
#define FIRMWARE_DRIVERS_RNG_H

#include <stdbool.h>
#include <stdint.h>

/* Starts the generator from HSI48 and tests its first output. False: it does not work. */
bool rng_init(void);
/* Fills `data`; recovers from seed errors. False after repeated errors: use nothing of it. */
bool rng_fill(void *data, uint32_t size);

/* Stops the generator and its oscillator for Stop mode, and starts both again. */
void rng_suspend(void);
void rng_resume(void);

#endif
