/* Names for people of what an application may not touch. */
#ifndef KERNEL_OWNER_H
#define KERNEL_OWNER_H

#include <stdint.h>

/* What lies at an address, by any of its aliases; NULL: nothing of the kernel's. */
const char *owner_of_address(uint32_t address);
/* What flag `bit` of TZIC status word `word` (0..3 = GTZC1 SR1..4, 4..5 = GTZC2 SR1..2) stands for;
 * NULL: a peripheral that the kernel does not own. */
const char *owner_of_event(uint32_t word, uint32_t bit);

#endif
