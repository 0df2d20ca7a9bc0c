/* Watching mvServerLog(message, length). */
#include "mvsim/app_log.h"

#include <ctype.h>

#include "firmware/layout.h"

enum slot {
#define MV_SLOT(offset, name, arguments) SLOT_##name = (offset),
#define MV_SLOT_EMPTY(offset)
#include "abi/slots.def"
#undef MV_SLOT
#undef MV_SLOT_EMPTY
};

#define CALL_ADDRESS ((uint32_t)LAYOUT_VENEERS_BASE + SLOT_mvServerLog)

void app_log_start(struct board *board)
{
    cpu_breakpoint_set(soc_cpu(board_soc(board)), CALL_ADDRESS);
}

bool app_log_take(struct board *board, char *text, size_t size)
{
    struct cpu *cpu = soc_cpu(board_soc(board));
    uint32_t message = cpu_reg(cpu, CPU_R0);
    size_t length = cpu_reg(cpu, CPU_R0 + 1) & 0xFFFFu;

    if (cpu_reg(cpu, CPU_R0 + 15) != CALL_ADDRESS || cpu_secure(cpu))
        return false;
    if (length > size - 1)
        length = size - 1;
    if (!cpu_debug_read(cpu, message, false, text, length))
        length = 0;
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        length--;
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7F)
            text[i] = ' ';
    }
    text[length] = '\0';
    return true;
}
