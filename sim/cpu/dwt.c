/* DWT comparators (DDI0553, chapter B14 and the DWT_FUNCTIONn page): address, address range and
 * instruction matches raise debug events. Data values and trace packets are not modelled.
 *
 * Invariant: cpu->dwt_data is set only while an enabled comparator watches data, and then no
 * watched page is in a soft-TLB; cpu->debug_slow has DEBUG_SLOW_DWT while one watches code. */
#include "cpu/dwt.h"

#include "cpu/debug.h"
#include "cpu/lockup.h"

#define DEMCR_TRCENA      (1u << 24)
#define CTRL_CYCCNTENA    1u
#define CTRL_WRITABLE     0x00ff1fffu
#define CTRL_RESET        0x40000000u /* four comparators */
#define DFSR_DWTTRAP      4u
#define FUNCTION_WRITABLE 0xc3fu
#define FUNCTION_MATCHED  (1u << 24)
#define ACTION_DEBUG      1u
#define DEVARCH           0x47701a02u

enum match {
    MATCH_OFF,
    MATCH_CYCLE,
    MATCH_CODE,
    MATCH_CODE_LIMIT,
    MATCH_DATA,
    MATCH_DATA_WRITE,
    MATCH_DATA_READ,
    MATCH_DATA_LIMIT,
};

static enum match match_of(const struct cpu *cpu, unsigned n)
{
    return (enum match)(n < DWT_COMPARATORS ? cpu->dwt_function[n] & 15u : MATCH_OFF);
}

static bool is_data(enum match match)
{
    return match >= MATCH_DATA && match <= MATCH_DATA_READ;
}

/* IsDWTEnabled() and NoninvasiveDebugAllowed(). */
static bool enabled(const struct cpu *cpu)
{
    return (cpu->demcr & DEMCR_TRCENA) && (cpu->dbgen || cpu->niden);
}

/* First and last address that comparator n stands for: itself and, if its neighbour is a limit,
 * up to that. */
static void range(const struct cpu *cpu, unsigned n, enum match limit, uint32_t size,
                  uint32_t *first, uint32_t *last)
{
    *first = cpu->dwt_comp[n] & ~(size - 1);
    *last = match_of(cpu, n + 1) == limit ? cpu->dwt_comp[n + 1] : *first + (size - 1);
}

static void data_range(const struct cpu *cpu, unsigned n, uint32_t *first, uint32_t *last)
{
    range(cpu, n, MATCH_DATA_LIMIT, 1u << (cpu->dwt_function[n] >> 10 & 3u), first, last);
}

void dwt_update(struct cpu *cpu)
{
    bool data = false, code = false;
    for (unsigned n = 0; n < DWT_COMPARATORS && enabled(cpu); n++) {
        data |= is_data(match_of(cpu, n));
        code |= match_of(cpu, n) == MATCH_CODE;
    }
    if (data || cpu->dwt_data)
        cpu_tlb_flush(cpu);
    cpu->dwt_data = data;
    cpu->debug_slow &= (uint8_t)~DEBUG_SLOW_DWT;
    if (code)
        cpu->debug_slow |= DEBUG_SLOW_DWT;
    cpu->leave = true;
}

/* A comparator matched in the given Security state. */
static void matched(struct cpu *cpu, unsigned n, bool secure)
{
    cpu->dwt_function[n] |= FUNCTION_MATCHED;
    if ((cpu->dwt_function[n] >> 4 & 3u) == ACTION_DEBUG)
        debug_event(cpu, secure, DFSR_DWTTRAP);
}

bool dwt_watches_page(const struct cpu *cpu, uint32_t page, uint32_t size)
{
    for (unsigned n = 0; n < DWT_COMPARATORS; n++) {
        uint32_t first, last;
        if (!is_data(match_of(cpu, n)))
            continue;
        data_range(cpu, n, &first, &last);
        if (first <= page + (size - 1) && last >= page)
            return true;
    }
    return false;
}

void dwt_data_access(struct cpu *cpu, uint32_t address, unsigned size, bool write)
{
    for (unsigned n = 0; n < DWT_COMPARATORS; n++) {
        enum match match = match_of(cpu, n);
        uint32_t first, last;
        if (!is_data(match) || match == (write ? MATCH_DATA_READ : MATCH_DATA_WRITE))
            continue;
        data_range(cpu, n, &first, &last);
        if (address <= last && address + (size - 1) >= first)
            matched(cpu, n, cpu->secure);
    }
}

void dwt_instruction(struct cpu *cpu, uint32_t pc, bool secure)
{
    for (unsigned n = 0; n < DWT_COMPARATORS; n++) {
        uint32_t first, last;
        if (match_of(cpu, n) != MATCH_CODE)
            continue;
        range(cpu, n, MATCH_CODE_LIMIT, 2, &first, &last);
        if (pc >= first && pc <= last)
            matched(cpu, n, secure);
    }
}

/* --- cycle counter --------------------------------------------------------------------------- */

static bool counting(const struct cpu *cpu)
{
    return enabled(cpu) && (cpu->dwt_ctrl & CTRL_CYCCNTENA);
}

uint32_t dwt_cyccnt(const struct cpu *cpu)
{
    return counting(cpu) ? (uint32_t)(cpu_cycles(cpu) - cpu->cyccnt_base) : cpu->cyccnt_frozen;
}

void dwt_cyccnt_set(struct cpu *cpu, uint32_t value)
{
    cpu->cyccnt_frozen = value;
    cpu->cyccnt_base = cpu_cycles(cpu) - value;
}

/* --- registers ------------------------------------------------------------------------------- */

/* What each comparator is capable of: DWT_FUNCTIONn.ID. */
static const uint32_t ids[DWT_COMPARATORS] = {0x58000000u, 0xd0000000u, 0x50000000u, 0xf0000000u};

uint32_t dwt_read(struct cpu *cpu, uint32_t offset)
{
    if (offset == 0)
        return CTRL_RESET | cpu->dwt_ctrl;
    if (offset == 4)
        return dwt_cyccnt(cpu);
    unsigned n = (offset - 0x20) / 0x10;
    if (offset >= 0x20 && n < DWT_COMPARATORS) {
        if ((offset & 0xfu) == 0)
            return cpu->dwt_comp[n];
        if ((offset & 0xfu) == 8) {
            uint32_t value = ids[n] | cpu->dwt_function[n];
            cpu->dwt_function[n] &= ~FUNCTION_MATCHED; /* cleared by reading */
            return value;
        }
    }
    return offset == 0xfbc ? DEVARCH : 0;
}

static void function_write(struct cpu *cpu, unsigned n, uint32_t value)
{
    cpu->dwt_function[n] = value & FUNCTION_WRITABLE;
    enum match match = match_of(cpu, n);
    if (match == MATCH_CYCLE || match > MATCH_DATA_LIMIT)
        cpu_log(cpu, "DWT comparator %u: match %u is not modelled", n, (unsigned)match);
}

void dwt_write(struct cpu *cpu, uint32_t offset, uint32_t value)
{
    uint32_t count = dwt_cyccnt(cpu);
    unsigned n = (offset - 0x20) / 0x10;
    if (offset == 0) {
        cpu->dwt_ctrl = value & CTRL_WRITABLE;
        dwt_cyccnt_set(cpu, count);
    } else if (offset == 4) {
        dwt_cyccnt_set(cpu, value);
    } else if (offset >= 0x20 && n < DWT_COMPARATORS) {
        if ((offset & 0xfu) == 0)
            cpu->dwt_comp[n] = value;
        else if ((offset & 0xfu) == 8)
            function_write(cpu, n, value);
        dwt_update(cpu);
    }
}

void dwt_reset(struct cpu *cpu)
{
    cpu->dwt_ctrl = cpu->cyccnt_frozen = 0;
    for (unsigned i = 0; i < DWT_COMPARATORS; i++)
        cpu->dwt_comp[i] = cpu->dwt_function[i] = 0;
    dwt_update(cpu);
}
