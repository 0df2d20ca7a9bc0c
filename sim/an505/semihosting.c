/* Semihosting operations, as in Arm's "Semihosting for AArch32 and AArch64". Only the console can
 * be opened; memory is read through the processor's tool interface, never followed blindly. */
#include "an505/semihosting.h"

#include <stdio.h>

enum {
    SYS_OPEN = 0x01,
    SYS_CLOSE = 0x02,
    SYS_WRITEC = 0x03,
    SYS_WRITE0 = 0x04,
    SYS_WRITE = 0x05,
    SYS_READ = 0x06,
    SYS_ISTTY = 0x09,
    SYS_SEEK = 0x0a,
    SYS_FLEN = 0x0c,
    SYS_CLOCK = 0x10,
    SYS_TIME = 0x11,
    SYS_ERRNO = 0x13,
    SYS_GET_CMDLINE = 0x15,
    SYS_HEAPINFO = 0x16,
    SYS_EXIT = 0x18,
    SYS_EXIT_EXTENDED = 0x20,
};

#define TEXT_MAX             65536u
#define ADP_STOPPED_APP_EXIT 0x20026u

static uint32_t word(struct cpu *cpu, uint32_t address)
{
    uint32_t value = 0;
    cpu_debug_read(cpu, address, cpu_secure(cpu), &value, 4);
    return value;
}

static void write_text(struct cpu *cpu, uint32_t address, uint32_t size, bool until_zero)
{
    for (uint32_t i = 0; i < size && i < TEXT_MAX; i++) {
        char c;
        if (!cpu_debug_read(cpu, address + i, cpu_secure(cpu), &c, 1) || (until_zero && c == 0))
            break;
        putchar(c);
    }
    fflush(stdout);
}

bool semihosting_call(struct semihosting *host, struct cpu *cpu)
{
    uint32_t operation = cpu_reg(cpu, CPU_R0), argument = cpu_reg(cpu, CPU_R0 + 1), result = 0;
    switch (operation) {
    case SYS_OPEN:
        result = 1;
        break;
    case SYS_CLOSE:
    case SYS_SEEK:
    case SYS_FLEN:
    case SYS_ERRNO:
        break;
    case SYS_WRITEC:
        write_text(cpu, argument, 1, false);
        break;
    case SYS_WRITE0:
        write_text(cpu, argument, TEXT_MAX, true);
        break;
    case SYS_WRITE:
        write_text(cpu, word(cpu, argument + 4), word(cpu, argument + 8), false);
        break;
    case SYS_READ:
        result = word(cpu, argument + 8);
        break;
    case SYS_ISTTY:
        result = 1;
        break;
    case SYS_CLOCK:
        result = (uint32_t)(cpu_cycles(cpu) / 400000); /* centiseconds at 40 MHz */
        break;
    case SYS_TIME:
    case SYS_GET_CMDLINE:
    case SYS_HEAPINFO:
        result = 0xffffffffu;
        break;
    case SYS_EXIT:
        host->exited = true;
        host->exit_code = argument == ADP_STOPPED_APP_EXIT ? 0 : 1;
        cpu_break(cpu);
        break;
    case SYS_EXIT_EXTENDED:
        host->exited = true;
        host->exit_code = (int)word(cpu, argument + 4);
        cpu_break(cpu);
        break;
    default:
        return false;
    }
    cpu_set_reg(cpu, CPU_R0, result);
    return true;
}
