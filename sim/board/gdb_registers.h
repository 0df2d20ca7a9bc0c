/* The registers that the board's GDB port shows, in GDB's order, and the description of them that
 * GDB reads (features org.gnu.gdb.arm.m-profile and m-system, and one of our own).
 */
#ifndef SIM_BOARD_GDB_REGISTERS_H
#define SIM_BOARD_GDB_REGISTERS_H

#include <stddef.h>

#include "cpu/cpu.h"

/* Stack pointers of the present Security state; resolved when read. */
#define GDB_REGISTER_MSP CPU_REG_COUNT
#define GDB_REGISTER_PSP (CPU_REG_COUNT + 1)

struct gdb_register {
    const char *name;
    const char *type; /* GDB's */
    int reg;          /* enum cpu_reg or one of the above */
};

/* Number of registers; gdb_registers[n] is GDB's register n. */
unsigned gdb_register_count(void);
const struct gdb_register *gdb_register(unsigned number);
/* target.xml. */
const char *gdb_registers_xml(void);

#endif
