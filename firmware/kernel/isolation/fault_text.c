/* A fault report as one line for people: the program counter and the link register first, because
 * a debugger's "info symbol" on them tells most. */
#include "kernel/isolation/fault.h"

#include <stddef.h>

#include "kernel/isolation/owner.h"
#include "kernel/log/line.h"

#define SFSR_INVEP     (1u << 0)
#define SFSR_SFARVALID (1u << 6)

static const char *const kind_names[] = {
    [FAULT_NMI] = "NMI",
    [FAULT_HARD] = "HardFault",
    [FAULT_MEMORY] = "MemManage",
    [FAULT_BUS] = "BusFault",
    [FAULT_USAGE] = "UsageFault",
    [FAULT_SECURE] = "SecureFault",
    [FAULT_GTZC] = "IllegalAccess",
    [FAULT_UNEXPECTED] = "UnexpectedException",
    [FAULT_HUNG] = "HungInterrupt",
    [FAULT_FLOOD] = "InterruptFlood",
    [FAULT_BREAKPOINT] = "BreakpointInKernel",
};

struct bit_name {
    uint32_t mask;
    const char *name;
};
/* Armv8-M D1.2: CFSR, HFSR and SFSR, the bits that name a cause. */
static const struct bit_name cfsr_bits[] = {
    {1u << 0, "IACCVIOL"},  {1u << 1, "DACCVIOL"},     {1u << 3, "MUNSTKERR"},
    {1u << 4, "MSTKERR"},   {1u << 5, "MLSPERR"},      {1u << 8, "IBUSERR"},
    {1u << 9, "PRECISERR"}, {1u << 10, "IMPRECISERR"}, {1u << 11, "UNSTKERR"},
    {1u << 12, "STKERR"},   {1u << 13, "BLSPERR"},     {1u << 16, "UNDEFINSTR"},
    {1u << 17, "INVSTATE"}, {1u << 18, "INVPC"},       {1u << 19, "NOCP"},
    {1u << 20, "STKOF"},    {1u << 24, "UNALIGNED"},   {1u << 25, "DIVBYZERO"},
};
static const struct bit_name sfsr_bits[] = {
    {1u << 0, "INVEP"},   {1u << 1, "INVIS"},  {1u << 2, "INVER"}, {1u << 3, "AUVIOL"},
    {1u << 4, "INVTRAN"}, {1u << 5, "LSPERR"}, {1u << 7, "LSERR"},
};

static const struct bit_name hfsr_bits[] = {{1u << 1, "VECTTBL"}, {1u << 31, "DEBUGEVT"}};

static void add_bits(struct line *line, uint32_t value, const struct bit_name *names,
                     uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if ((value & names[i].mask) != 0) {
            line_add(line, " ");
            line_add(line, names[i].name);
        }
    }
}

static void add_register(struct line *line, const char *name, uint32_t value)
{
    line_add(line, " ");
    line_add(line, name);
    line_add(line, "=0x");
    line_add_hex(line, value);
}

static void add_general_registers(struct line *line, const struct fault_report *report)
{
    /* The frame has r0 to r3 and r12; the others have been kept by nobody but us. */
    uint32_t first = report->frame_valid ? 0 : 4, end = report->frame_valid ? 13 : 12;
    for (uint32_t i = first; i < end; i++) {
        char name[] = {'R', i < 10 ? (char)('0' + i) : '1', i < 10 ? 0 : (char)('0' + i - 10), 0};
        add_register(line, name, report->r[i]);
    }
}

static void add_status(struct line *line, const struct fault_report *report)
{
    add_register(line, "CFSR", report->cfsr);
    add_register(line, "HFSR", report->hfsr);
    add_register(line, "SFSR", report->sfsr);
    if ((report->cfsr & 1u << 7) != 0) {
        add_register(line, "MMFAR", report->mmfar);
    }
    if ((report->cfsr & 1u << 15) != 0) {
        add_register(line, "BFAR", report->bfar);
    }
    if ((report->sfsr & 1u << 6) != 0) {
        add_register(line, "SFAR", report->sfar);
    }
}

/* The firewalls tell what was touched, but not where in it. */
static void add_events(struct line *line, const struct fault_report *report)
{
    static const char *const words[] = {"TZIC1_1", "TZIC1_2", "TZIC1_3",
                                        "TZIC1_4", "TZIC2_1", "TZIC2_2"};
    const char *before = " TOUCHED=";
    for (uint32_t i = 0; i < 6; i++) {
        uint32_t unnamed = report->illegal[i];
        for (uint32_t bit = 0; bit < 32; bit++) {
            const char *name = (unnamed >> bit & 1u) != 0 ? owner_of_event(i, bit) : NULL;
            if (name != NULL) {
                line_add(line, before);
                line_add(line, name);
                before = ",";
                unnamed &= ~(1u << bit);
            }
        }
        if (unnamed != 0) {
            add_register(line, words[i], unnamed);
        }
    }
}

/* What is not the application's and was touched: by a data access that the processor refused, or
 * by running into it. */
static void add_touched(struct line *line, const struct fault_report *report)
{
    const char *name = NULL;
    if (report->kind == FAULT_GTZC) {
        add_events(line, report);
    } else if ((report->sfsr & SFSR_SFARVALID) != 0) {
        name = owner_of_address(report->sfar);
    } else if ((report->sfsr & SFSR_INVEP) != 0 && report->frame_valid) {
        name = owner_of_address(report->pc);
    }
    if (name != NULL) {
        line_add(line, " TOUCHED=");
        line_add(line, name);
    }
}

uint32_t fault_text(const struct fault_report *report, char *text, uint32_t size)
{
    struct line line;
    line_begin(&line, text, size);
    line_add(&line, report->kind <= FAULT_BREAKPOINT ? kind_names[report->kind] : "Unknown");
    add_bits(&line, report->cfsr, cfsr_bits, sizeof cfsr_bits / sizeof *cfsr_bits);
    add_bits(&line, report->sfsr, sfsr_bits, sizeof sfsr_bits / sizeof *sfsr_bits);
    add_bits(&line, report->hfsr, hfsr_bits, sizeof hfsr_bits / sizeof *hfsr_bits);
    add_touched(&line, report);
    if (!report->frame_valid && report->sp == 0 &&
        (report->kind == FAULT_GTZC || report->kind == FAULT_FLOOD)) {
        line_add(&line, " (while the kernel worked)");
        add_status(&line, report);
        return line.length;
    }
    if (!report->frame_valid) {
        add_register(&line, "SP", report->sp);
        line_add(&line, " (no readable frame)");
    } else {
        add_register(&line, "PC", report->pc);
        add_register(&line, "LR", report->lr);
        add_register(&line, "SP", report->sp);
        add_register(&line, "xPSR", report->xpsr);
    }
    add_status(&line, report);
    add_general_registers(&line, report);
    for (uint32_t i = 0; i < report->stack_words && i < FAULT_STACK_WORDS; i++) {
        line_add(&line, i == 0 ? " STACK=" : ",");
        line_add_hex(&line, report->stack[i]);
    }
    return line.length;
}
