/* Address map, IDAU (address bit 28) and UART of the thin AN505. */
#include "an505/board.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define MIB        (1024u * 1024u)
#define ALIAS_S    0x10000000u
#define UART_FIRST 0x40200000u
#define UART_END   0x40205000u
#define NSCCFG     0x50080014u

static uint8_t *host_memory(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

struct area {
    uint32_t base, size;
    size_t member;
    bool aliased;
};
static const struct area areas[] = {
    {0x00000000u, 4 * MIB, offsetof(struct an505, ssram0), true},
    {0x28000000u, 4 * MIB, offsetof(struct an505, ssram1), true},
    {0x20000000u, 32 * 1024, offsetof(struct an505, sram), true},
    {0x80000000u, 16 * MIB, offsetof(struct an505, psram), false},
};
#define AREAS (sizeof areas / sizeof *areas)

static uint8_t **area_memory(struct an505 *board, const struct area *area)
{
    return (uint8_t **)((uint8_t *)board + area->member);
}

static const struct area *find_area(uint32_t address, uint32_t *offset)
{
    for (size_t i = 0; i < AREAS; i++) {
        *offset = address - areas[i].base;
        if (*offset < areas[i].size)
            return &areas[i];
        *offset = address - areas[i].base - ALIAS_S;
        if (areas[i].aliased && *offset < areas[i].size)
            return &areas[i];
    }
    return NULL;
}

uint8_t *an505_memory(struct an505 *board, uint32_t address, uint32_t *left)
{
    uint32_t offset;
    const struct area *area = find_area(address, &offset);
    if (!area)
        return NULL;
    *left = area->size - offset;
    return *area_memory(board, area) + offset;
}

static bool bus_map(void *context, uint32_t address, struct bus_attr attr,
                    struct bus_window *window)
{
    struct an505 *board = context;
    uint32_t offset;
    const struct area *area = find_area(address, &offset);
    (void)attr;
    if (!area)
        return false;
    *window = (struct bus_window){.base = address - offset,
                                  .size = area->size,
                                  .host = *area_memory(board, area),
                                  .readable = true,
                                  .writable = true};
    return true;
}

static bool in_uart(uint32_t address)
{
    address &= ~ALIAS_S;
    return address >= UART_FIRST && address < UART_END;
}

static enum bus_status bus_read(void *context, uint32_t address, unsigned size,
                                struct bus_attr attr, uint32_t *value)
{
    struct an505 *board = context;
    (void)size;
    *value = 0;
    if (in_uart(address))
        return BUS_OK; /* CMSDK UART: STATE 0 = room to send, nothing received */
    if (address == NSCCFG) {
        *value = board->nsccfg;
        return BUS_OK;
    }
    if (attr.fetch || address < 0x40000000u || address >= 0x60000000u)
        return BUS_ERROR;
    return BUS_OK;
}

static enum bus_status bus_write(void *context, uint32_t address, unsigned size,
                                 struct bus_attr attr, uint32_t value)
{
    struct an505 *board = context;
    (void)size;
    (void)attr;
    if (in_uart(address)) {
        if ((address & 0xfffu) == 0) {
            if (board->uart)
                board->uart(board->uart_context, (uint8_t)value);
            else
                putchar((int)(value & 0xffu));
        }
        return BUS_OK;
    }
    if (address == NSCCFG) {
        board->nsccfg = value & 3u;
        cpu_tlb_flush(board->cpu);
        return BUS_OK;
    }
    return address >= 0x40000000u && address < 0x60000000u ? BUS_OK : BUS_ERROR;
}

static struct idau_result bus_idau(void *context, uint32_t address)
{
    const struct an505 *board = context;
    unsigned region = address >> 28;
    struct idau_result result = {.region_valid = true, .region = (uint8_t)region};
    if ((address & 0xeff00000u) == 0xe0000000u)
        result.kind = IDAU_EXEMPT;
    else if (!(region & 1u))
        result.kind = IDAU_NONSECURE;
    else if ((region == 1 && (board->nsccfg & 1u)) || (region == 3 && (board->nsccfg & 2u)))
        result.kind = IDAU_NSC;
    else
        result.kind = IDAU_SECURE;
    return result;
}

static void reset_request(void *context)
{
    struct an505 *board = context;
    cpu_reset(board->cpu, AN505_VTOR, false);
}

static bool semihosting(void *context, struct cpu *cpu)
{
    struct an505 *board = context;
    if (board->stop)
        return board->stop(board->stop_context, cpu);
    return semihosting_call(&board->host, cpu);
}

static void log_line(void *context, const char *text)
{
    const struct an505 *board = context;
    if (board->verbose)
        fprintf(stderr, "[cpu] %s\n", text);
}

bool an505_init(struct an505 *board)
{
    struct cpu_config config = {
        .irq_count = 96,
        .priority_bits = 8,
        .mpu_regions = 16,
        .sau_regions = 8,
        .has_security = true,
        .has_fpu = true,
        .has_dsp = true,
        .cpuid = 0x410fd213,
        .bus = {.context = board,
                .read = bus_read,
                .write = bus_write,
                .map = bus_map,
                .idau = bus_idau},
        .reset_request = reset_request,
        .semihosting = semihosting,
        .log = log_line,
        .context = board,
    };
    memset(board, 0, sizeof *board);
    for (size_t i = 0; i < AREAS; i++)
        if (!(*area_memory(board, &areas[i]) = host_memory(areas[i].size)))
            return false;
    board->cpu = cpu_new(&config);
    if (!board->cpu)
        return false;
    cpu_set_systick_reference(board->cpu, 0);
    cpu_reset(board->cpu, AN505_VTOR, true);
    return true;
}

void an505_free(struct an505 *board)
{
    cpu_free(board->cpu);
    for (size_t i = 0; i < AREAS; i++)
        if (*area_memory(board, &areas[i]))
            munmap(*area_memory(board, &areas[i]), areas[i].size);
}

static uint32_t le32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint32_t le16(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8;
}

#define PT_LOAD_TYPE 1u
#define PHDR_SIZE    32u

static bool load_segment(struct an505 *board, const uint8_t *image, size_t size,
                         const uint8_t *header)
{
    uint32_t offset = le32(header + 4), address = le32(header + 12), bytes = le32(header + 16);
    uint32_t left;
    if (le32(header) != PT_LOAD_TYPE || bytes == 0)
        return true;
    if (offset > size || bytes > size - offset)
        return false;
    uint8_t *memory = an505_memory(board, address, &left);
    if (!memory || left < bytes)
        return false;
    memcpy(memory, image + offset, bytes);
    return true;
}

bool an505_load_elf(struct an505 *board, const uint8_t *image, size_t size)
{
    static const uint8_t magic[] = {0x7f, 'E', 'L', 'F', 1, 1};
    if (size < 52 || memcmp(image, magic, sizeof magic) != 0 || le16(image + 18) != 40)
        return false;
    uint32_t table = le32(image + 28), count = le16(image + 44);
    if (le16(image + 42) != PHDR_SIZE || table > size || count * PHDR_SIZE > size - table)
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (!load_segment(board, image, size, image + table + i * PHDR_SIZE))
            return false;
    cpu_code_flush(board->cpu, board->ssram0, 4 * MIB);
    cpu_code_flush(board->cpu, board->ssram1, 4 * MIB);
    return true;
}

int an505_run(struct an505 *board, uint64_t cycle_limit)
{
    for (;;) {
        enum cpu_stop stop = cpu_run(board->cpu, cycle_limit);
        if (board->host.exited)
            return board->host.exit_code;
        switch (stop) {
        case CPU_STOP_LIMIT:
            return 124;
        case CPU_STOP_LOCKUP:
            return 125;
        case CPU_STOP_SLEEP: {
            uint64_t next = cpu_next_timer(board->cpu), now = cpu_cycles(board->cpu);
            uint64_t until = next < cycle_limit ? next : cycle_limit;
            if (until == UINT64_MAX)
                return 124; /* nothing will ever wake it */
            if (until > now)
                cpu_skip_cycles(board->cpu, until - now);
            break;
        }
        default:
            break;
        }
    }
}
