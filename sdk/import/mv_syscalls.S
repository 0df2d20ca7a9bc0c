/* The import library: every system call as an absolute Thumb function symbol of 8 bytes.
 * Assembled by update.sh into ../stm32u5/mv_syscalls.o; holds no code and no data.
 */
        .syntax unified
        .thumb

#define MV_SLOT(offset, name, arguments)                                                           \
        .global name; .type name, % function; .size name, 8; .set name, 0x0C1FE001 + offset;
#define MV_SLOT_EMPTY(offset)
#include "abi/slots.def"
