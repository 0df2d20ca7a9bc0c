/* Arm semihosting: the few calls that test programs need. */
#ifndef SIM_AN505_SEMIHOSTING_H
#define SIM_AN505_SEMIHOSTING_H

#include <stdbool.h>

#include "cpu/cpu.h"

struct semihosting {
    bool exited;
    int exit_code;
};

/* Handles BKPT 0xAB: r0 is the operation, r1 its argument. True if the operation is known. */
bool semihosting_call(struct semihosting *host, struct cpu *cpu);

#endif
