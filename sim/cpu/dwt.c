/* DWT comparators (DDI0553, DWT unit and the DWT_FUNCTIONn page): addresses, address ranges,
 * instructions, data values and the cycle count raise debug events. Which comparator can do what is
 * the Cortex-M33's. Trace packets are not modelled.
 *
 * Invariant: cpu->dwt_data is set only while an enabled comparator watches data, and then no
 * watched page is in a soft-TLB; cpu->debug_slow has DEBUG_SLOW_DWT while one watches code. */
#include "cpu/dwt.h"

#include "cpu/debug.h"
#include "cpu/lockup.h"
#include "cpu/systick.h"

#define DEMCR_TRCENA      (1u << 24)
#define CTRL_CYCCNTENA    1u
#define CTRL_WRITABLE     0x00ff1fffu
#define CTRL_RESET        0x40000000u /* four comparators */
#define DFSR_DWTTRAP      4u
#define FUNCTION_WRITABLE 0xc3fu
#define FUNCTION_MATCHED  (1u << 24)
#define ACTION_DEBUG      1u
#define NO_CYCLE          UINT64_MAX
#define CYCCNT_PERIOD     (UINT64_C(1) << 32)
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
    MATCH_VALUE,
    MATCH_VALUE_WRITE,
    MATCH_VALUE_READ,
    MATCH_VALUE_LINKED, /* the comparator before has the address */
    MATCH_TRACE_VALUE,  /* an address whose value is traced */
    MATCH_TRACE_VALUE_WRITE,
    MATCH_TRACE_VALUE_READ,
    MATCH_RESERVED,
};

/* Instructions, data addresses and their trace everywhere; what else each comparator has. */
static bool capable(unsigned n, enum match match)
{
    switch (match) {
    case MATCH_CYCLE:
        return n == 0;
    case MATCH_CODE_LIMIT:
    case MATCH_DATA_LIMIT:
        return n & 1u;
    case MATCH_VALUE:
    case MATCH_VALUE_WRITE:
    case MATCH_VALUE_READ:
    case MATCH_VALUE_LINKED:
        return n == 3;
    default:
        return match != MATCH_RESERVED;
    }
}

/* What comparator n does now: off if it is not able to do what it is set to. */
static enum match match_of(const struct cpu *cpu, unsigned n)
{
    enum match match = (enum match)(n < DWT_COMPARATORS ? cpu->dwt_function[n] & 15u : MATCH_OFF);
    return capable(n, match) ? match : MATCH_OFF;
}

static bool is_address(enum match match)
{
    return (match >= MATCH_DATA && match <= MATCH_DATA_READ) ||
           (match >= MATCH_TRACE_VALUE && match <= MATCH_TRACE_VALUE_READ);
}

static bool is_value(enum match match)
{
    return match >= MATCH_VALUE && match <= MATCH_VALUE_LINKED;
}

/* Of four kinds in a row the second is for writes, the third for reads only. */
static bool sees(enum match match, bool write)
{
    unsigned kind = (unsigned)match & 3u;
    return write ? kind != 2 : kind != 1;
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

static uint32_t data_size(const struct cpu *cpu, unsigned n)
{
    return 1u << (cpu->dwt_function[n] >> 10 & 3u);
}

static void data_range(const struct cpu *cpu, unsigned n, uint32_t *first, uint32_t *last)
{
    range(cpu, n, MATCH_DATA_LIMIT, data_size(cpu, n), first, last);
}

static void schedule(struct cpu *cpu);

void dwt_update(struct cpu *cpu)
{
    bool data = false, code = false;
    for (unsigned n = 0; n < DWT_COMPARATORS && enabled(cpu); n++) {
        data |= is_address(match_of(cpu, n)) || is_value(match_of(cpu, n));
        code |= match_of(cpu, n) == MATCH_CODE;
    }
    if (data || cpu->dwt_data)
        cpu_tlb_flush(cpu);
    cpu->dwt_data = data;
    cpu->debug_slow &= (uint8_t)~DEBUG_SLOW_DWT;
    if (code)
        cpu->debug_slow |= DEBUG_SLOW_DWT;
    cpu->leave = true;
    schedule(cpu);
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
        enum match match = match_of(cpu, n);
        if (is_value(match) && match != MATCH_VALUE_LINKED)
            return true; /* wherever the value is */
        if (!is_address(match))
            continue;
        data_range(cpu, n, &first, &last);
        if (first <= page + (size - 1) && last >= page)
            return true;
    }
    return false;
}

static bool address_matches(const struct cpu *cpu, unsigned n, uint32_t address, unsigned size,
                            bool write)
{
    uint32_t first, last;
    enum match match = match_of(cpu, n);
    if (!is_address(match) || !sees(match, write))
        return false;
    data_range(cpu, n, &first, &last);
    return address <= last && address + (size - 1) >= first;
}

static bool part_matches(const struct cpu *cpu, unsigned n, uint32_t at, uint32_t value)
{
    uint32_t part = data_size(cpu, n), mask = part < 4 ? (1u << 8 * part) - 1 : ~0u;
    return ((value >> 8 * at ^ cpu->dwt_comp[n]) & mask) == 0;
}

/* Any aligned part of the access that is as large as the value watched for. */
static bool value_matches(const struct cpu *cpu, unsigned n, unsigned size, uint32_t value)
{
    uint32_t part = data_size(cpu, n);
    for (uint32_t at = 0; at + part <= size; at += part)
        if (part_matches(cpu, n, at, value))
            return true;
    return false;
}

/* The part of the access at the address that the comparator before watches; both of one size. */
static bool linked_matches(const struct cpu *cpu, unsigned n, uint32_t address, unsigned size,
                           bool write, uint32_t value)
{
    uint32_t part = data_size(cpu, n), at = (cpu->dwt_comp[n - 1] & ~(part - 1)) - address;
    return data_size(cpu, n - 1) == part && address_matches(cpu, n - 1, address, size, write) &&
           at < size && at + part <= size && part_matches(cpu, n, at, value);
}

void dwt_data_access(struct cpu *cpu, uint32_t address, unsigned size, bool write, uint32_t value)
{
    for (unsigned n = 0; n < DWT_COMPARATORS; n++) {
        enum match match = match_of(cpu, n);
        bool hit;
        if (match == MATCH_VALUE_LINKED)
            hit = linked_matches(cpu, n, address, size, write, value);
        else if (is_value(match))
            hit = sees(match, write) && value_matches(cpu, n, size, value);
        else
            hit = address_matches(cpu, n, address, size, write);
        if (hit)
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
    schedule(cpu);
}

/* Notes when the counter will next be what comparator 0 waits for. */
static void schedule(struct cpu *cpu)
{
    cpu->dwt_cycle_at = NO_CYCLE;
    if (counting(cpu) && match_of(cpu, 0) == MATCH_CYCLE) {
        uint32_t left = cpu->dwt_comp[0] - dwt_cyccnt(cpu);
        cpu->dwt_cycle_at = cpu_cycles(cpu) + (left ? left : CYCCNT_PERIOD);
    }
    systick_advance(cpu);
}

void dwt_cycle(struct cpu *cpu)
{
    while (cpu->dwt_cycle_at <= cpu_cycles(cpu)) {
        cpu->dwt_cycle_at += CYCCNT_PERIOD;
        matched(cpu, 0, cpu->secure);
    }
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
    if (!capable(n, (enum match)(value & 15u)))
        cpu_log(cpu, "DWT comparator %u cannot match %u", n, (unsigned)(value & 15u));
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
        if (enabled(cpu) && match_of(cpu, 0) == MATCH_CYCLE && value == cpu->dwt_comp[0])
            matched(cpu, 0, cpu->secure); /* writing counts as counting */
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
    cpu->dwt_cycle_at = NO_CYCLE;
    for (unsigned i = 0; i < DWT_COMPARATORS; i++)
        cpu->dwt_comp[i] = cpu->dwt_function[i] = 0;
    dwt_update(cpu);
}
