/* Translation of code into superblocks and their cache. Blocks live in one arena that is emptied
 * whole when it is full; a block that must not run any more is marked dead and unlinked. */
#include "cpu/code_cache.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "cpu/debug.h"
#include "cpu/decode.h"
#include "cpu/helpers.h"
#include "cpu/memory.h"
#include "cpu/superblock.h"

#define ARENA_BYTES ((size_t)640 << 10) /* a board with kernel and application stays below 2 MB */
#define PAGES_MAX   4096u
#define EPOCH_DEAD  0u
#define OPS_MAX     (2u * (BLOCK_OPS_MAX + 8)) /* every instruction with a guard, the end */
#define SCRATCH_OPS 4u

bool code_cache_init(struct cpu *cpu)
{
    /* Untouched pages cost nothing, so idle boards stay small. */
    void *arena =
        mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (arena == MAP_FAILED)
        return false;
    cpu->arena = arena;
    cpu->pages = calloc(PAGES_MAX, sizeof *cpu->pages);
    cpu->labels = cpu_execute_labels();
    cpu->epoch = EPOCH_DEAD + 1;
    return cpu->pages != NULL;
}

void code_cache_free(struct cpu *cpu)
{
    munmap(cpu->arena, ARENA_BYTES);
    free(cpu->pages);
}

void code_cache_reset(struct cpu *cpu)
{
    memset(cpu->jump, 0, sizeof cpu->jump);
    memset(cpu->block_hash, 0, sizeof cpu->block_hash);
    memset(cpu->page_hash, 0, sizeof cpu->page_hash);
    cpu->page_count = 0;
    cpu->arena_used = 0;
    cpu->cache_generation++;
    cpu->link_from = NULL;
    cpu->leave = true;
    tlb_flush(cpu);
}

/* --- code pages -------------------------------------------------------------------------- */

static unsigned page_slot(const uint8_t *host)
{
    return (unsigned)((uintptr_t)host / TLB_PAGE) % CODE_PAGE_HASH;
}

struct code_page *code_page_find(const struct cpu *cpu, const uint8_t *host_page)
{
    struct code_page *page = cpu->page_hash[page_slot(host_page)];
    while (page && page->host != host_page)
        page = page->hash_next;
    return page;
}

static struct code_page *page_get(struct cpu *cpu, const uint8_t *host_page)
{
    struct code_page *page = code_page_find(cpu, host_page);
    if (page) {
        if (!page->blocks) /* all its code was overwritten: it may have become writable again */
            tlb_protect(cpu, host_page);
        return page;
    }
    page = &cpu->pages[cpu->page_count++];
    struct code_page **slot = &cpu->page_hash[page_slot(host_page)];
    *page = (struct code_page){.host = host_page, .hash_next = *slot};
    *slot = page;
    tlb_protect(cpu, host_page);
    return page;
}

static uint64_t granule_mask(uint32_t offset, uint32_t size)
{
    uint32_t first = offset / 8, last = (offset + size - 1) / 8;
    return (~UINT64_C(0) >> (63 - (last - first))) << first;
}

static void page_kill(struct cpu *cpu, struct code_page *page)
{
    for (struct block *block = page->blocks; block;) {
        block->epoch = EPOCH_DEAD;
        block->dead = 1;
        /* A block that straddles two pages is in slot 1 of the second one's list. */
        unsigned slot = page->host == block->host - (block->pc & (TLB_PAGE - 1)) ? 0 : 1;
        block = block->page_next[slot];
    }
    page->blocks = NULL;
    page->granules = 0;
    cpu->leave = true;
}

bool code_written(struct cpu *cpu, const uint8_t *host, uint32_t address, unsigned size)
{
    uint32_t offset = address & (TLB_PAGE - 1);
    struct code_page *page = code_page_find(cpu, host - offset);
    if (!page || !(page->granules & granule_mask(offset, size)))
        return false;
    page_kill(cpu, page);
    return true;
}

void cpu_code_flush(struct cpu *cpu, const uint8_t *host, size_t size)
{
    for (uint32_t i = 0; i < cpu->page_count; i++) {
        struct code_page *page = &cpu->pages[i];
        if (page->blocks && page->host < host + size && host < page->host + TLB_PAGE)
            page_kill(cpu, page);
    }
}

/* --- translation ------------------------------------------------------------------------- */

/* Source of half-words for one translation. */
struct source {
    uint32_t pc;         /* of the block */
    const uint8_t *host; /* its first byte */
    const uint8_t *next; /* host page that follows, if an instruction needed it */
    uint32_t end;        /* first address of the following page */
};

static bool read_half(struct cpu *cpu, struct source *source, uint32_t address, uint16_t *half)
{
    if (address != source->end) {
        memcpy(half, source->host + (address - source->pc), 2);
        return true;
    }
    struct fetch_page page = mem_fetch_page(cpu, address);
    if (page.nsc)
        page.host = NULL;
    source->next = page.host;
    if (!page.host)
        return false;
    memcpy(half, page.host, 2);
    return true;
}

static bool ends_block(enum op_id id, const struct op *op)
{
    switch (id) {
    case OP_B:
    case OP_BL:
    case OP_BX:
    case OP_BLX:
    case OP_POP_PC:
    case OP_TBB:
    case OP_TBH:
        return true;
    case OP_HELPER:
        return op->helper == h_undefined || op->helper == h_svc || op->helper == h_bkpt ||
               op->helper == h_bxns || op->helper == h_blxns || op->helper == h_alu_pc ||
               op->helper == h_sg;
    default:
        return false;
    }
}

static uint8_t advance_it(uint8_t it)
{
    return (it & 7u) == 0 ? 0 : (uint8_t)((it & 0xe0u) | (it << 1 & 0x1fu));
}

static bool is_it(uint32_t encoding, bool wide)
{
    return !wide && (encoding & 0xff00u) == 0xbf00u && (encoding & 0xfu);
}

/* Appends decoded instructions, with a guard before those that are conditional. */
struct builder {
    struct cpu *cpu;
    struct block *block;
    struct op *op; /* next free */
    unsigned cycles, count;
    uint8_t it;
    struct op *guard;    /* of the instructions under one condition, while they last */
    uint16_t *ids;       /* enum op_id of each op */
    enum op_id previous; /* of the op before, OP_NOP at the start */
};

/* What a direct branch links to until its block is known: never to be entered. */
static struct block nowhere = {.epoch = EPOCH_DEAD, .dead = 1};

static void place(struct builder *b, struct op *op, enum op_id id, uint32_t offset)
{
    op->go = b->cpu->labels[id];
    op->cycles = (uint16_t)b->cycles;
    op->offset = (uint16_t)offset;
    op->index = (uint8_t)b->count;
    op->it = b->it;
    if (superblock_links(id))
        op->link = &nowhere;
    b->ids[op - b->block->ops] = (uint16_t)id;
    b->previous = id;
}

static void finish(struct builder *b, uint32_t offset)
{
    struct op *op = b->op++;
    memset(op, 0, sizeof *op);
    place(b, op, OP_END, offset);
    op->imm = b->block->pc + offset;
    b->block->bytes = offset;
    b->block->count = b->count;
    b->block->cycles_max = b->cycles + 2;
    superblock_improve(b->cpu->labels, b->block->ops, b->ids, (size_t)(b->op - b->block->ops));
}

/* Puts a guard before an instruction under a condition, unless the one before has the same and
 * left the flags alone. */
static void guard(struct builder *b, uint32_t offset)
{
    unsigned condition = b->it >> 4;
    if (condition >= 14) {
        b->guard = NULL;
        return;
    }
    if (!b->guard || b->guard->x != condition || !superblock_keeps_flags(b->previous)) {
        b->guard = b->op++;
        memset(b->guard, 0, sizeof *b->guard);
        place(b, b->guard, OP_GUARD_EQ + condition, offset);
        b->guard->x = (uint8_t)condition;
    }
    b->guard->ra++;
}

/* Decodes at `encoding`; returns false if the block ends after it. */
static bool append(struct builder *b, uint32_t encoding, bool wide, uint32_t offset)
{
    uint32_t pc = b->block->pc + offset;
    struct op decoded;
    unsigned cycles;
    bool conditional = b->it & 0xfu;
    enum op_id id = decode(encoding, wide, pc, b->it, &decoded, &cycles);
    if (debug_fpb_match(b->cpu, pc)) {
        decoded.helper = h_fpb_match;
        id = OP_HELPER;
    }
    if (conditional)
        guard(b, offset);
    else
        b->guard = NULL;
    /* NOP and IT need no step of their own unless the block may be left just before them. */
    if (conditional || id != OP_NOP || !superblock_is_pure(b->previous)) {
        struct op *op = b->op++;
        *op = decoded;
        place(b, op, id, offset);
    }
    b->cycles += cycles;
    b->count++;
    if (is_it(encoding, wide))
        b->it = encoding & 0xffu;
    else
        b->it = advance_it(b->it);
    return conditional || !ends_block(id, &decoded);
}

/* Fills the block; returns the number of ops used. */
static size_t translate(struct cpu *cpu, struct block *block, struct source *source, bool single,
                        bool sg_only)
{
    uint16_t ids[OPS_MAX];
    struct builder b = {.cpu = cpu,
                        .block = block,
                        .op = block->ops,
                        .it = cpu->it,
                        .ids = ids,
                        .previous = OP_NOP};
    unsigned limit = single ? 1 : BLOCK_OPS_MAX;
    uint32_t offset = 0;
    bool more = true;
    while (more && (b.count < limit || ((b.it & 0xfu) && !single))) {
        uint32_t address = block->pc + offset;
        uint16_t first = 0, second = 0;
        if (address == source->end || source->next)
            break;
        if (offset && cpu->breakpoint_count && cpu_has_breakpoint(cpu, address))
            break;
        read_half(cpu, source, address, &first);
        bool wide = decode_is_wide(first);
        if (wide && address + 2 == source->end && offset)
            break; /* a block of its own: it belongs to two pages */
        if (wide && !read_half(cpu, source, address + 2, &second))
            break;
        uint32_t encoding = wide ? (uint32_t)first << 16 | second : first;
        if (sg_only && encoding != 0xe97fe97fu)
            break;
        more = append(&b, encoding, wide, offset);
        offset += wide ? 4 : 2;
    }
    finish(&b, offset);
    return (size_t)(b.op - block->ops);
}

/* A block of one instruction fetched half-word by half-word, never cached. */
static struct block *uncached(struct cpu *cpu)
{
    struct block *block = &cpu->scratch;
    uint16_t first = 0, second = 0;
    bool nsc, nsc_second = false;
    uint32_t pc = cpu->r[15];
    if (!mem_fetch(cpu, pc, &first, &nsc))
        return NULL;
    bool wide = decode_is_wide(first);
    if (wide && !mem_fetch(cpu, pc + 2, &second, &nsc_second))
        return NULL;
    uint32_t encoding = wide ? (uint32_t)first << 16 | second : first;
    if ((nsc || nsc_second) && encoding != 0xe97fe97fu) {
        mem_raise_invep(cpu);
        return NULL;
    }
    *block = (struct block){.pc = pc, .single = 1, .dead = 1, .regime = cpu->regime};
    uint16_t ids[SCRATCH_OPS];
    struct builder b = {.cpu = cpu,
                        .block = block,
                        .op = block->ops,
                        .it = cpu->it,
                        .ids = ids,
                        .previous = OP_NOP};
    append(&b, encoding, wide, 0);
    finish(&b, wide ? 4 : 2);
    return block;
}

static unsigned block_slot(uint32_t pc, unsigned regime, bool single)
{
    return ((pc >> 1) ^ (pc >> 14) ^ regime << 10 ^ (unsigned)single << 9) % BLOCK_HASH;
}

static void enter_page(struct cpu *cpu, struct block *block, unsigned slot, const uint8_t *host,
                       uint64_t granules)
{
    struct code_page *page = page_get(cpu, host);
    block->page_next[slot] = page->blocks;
    page->blocks = block;
    page->granules |= granules;
}

static struct block *find(struct cpu *cpu, const uint8_t *host, bool single)
{
    uint32_t pc = cpu->r[15];
    struct block **link = &cpu->block_hash[block_slot(pc, cpu->regime, single)];
    while (*link) {
        struct block *block = *link;
        if (block->dead) {
            *link = block->hash_next;
            continue;
        }
        if (block->pc == pc && block->host == host && block->regime == cpu->regime &&
            block->it == cpu->it && block->single == single)
            return block;
        link = &block->hash_next;
    }
    return NULL;
}

static struct block *build(struct cpu *cpu, const struct fetch_page *page, bool single)
{
    size_t most = sizeof(struct block) + OPS_MAX * sizeof(struct op);
    if (cpu->arena_used + most > ARENA_BYTES || cpu->page_count + 2 > PAGES_MAX)
        code_cache_reset(cpu);
    uint32_t pc = cpu->r[15], offset = pc & (TLB_PAGE - 1);
    struct block *block = (struct block *)(cpu->arena + cpu->arena_used);
    memset(block, 0, sizeof *block);
    *block = (struct block){.pc = pc, .epoch = cpu->epoch, .regime = cpu->regime, .it = cpu->it};
    block->single = single;
    block->host = page->host + offset;
    struct source source = {
        .pc = pc, .host = block->host, .end = (pc & ~(TLB_PAGE - 1)) + TLB_PAGE};
    size_t ops = translate(cpu, block, &source, single, page->nsc);
    if (block->count == 0)
        return NULL; /* straddles into a page without direct fetch, or is not SG in NSC memory */

    size_t used = sizeof(struct block) + ops * sizeof(struct op);
    cpu->arena_used += (used + 31) & ~(size_t)31;
    struct block **slot = &cpu->block_hash[block_slot(pc, cpu->regime, single)];
    block->hash_next = *slot;
    *slot = block;
    uint32_t here = offset + block->bytes <= TLB_PAGE ? block->bytes : TLB_PAGE - offset;
    enter_page(cpu, block, 0, page->host, granule_mask(offset, here));
    block->host2 = source.next;
    if (source.next)
        enter_page(cpu, block, 1, source.next, granule_mask(0, 2));
    return block;
}

struct block *code_block(struct cpu *cpu, bool single)
{
    struct fetch_page page = mem_fetch_page(cpu, cpu->r[15]);
    if (unlikely(!page.host))
        return uncached(cpu);
    struct block *block = find(cpu, page.host + (cpu->r[15] & (TLB_PAGE - 1)), single);
    if (block && block->epoch != cpu->epoch) {
        /* The translations changed since: its page was just checked again. */
        if (block->host2 && mem_fetch_page(cpu, block->pc + TLB_PAGE).host != block->host2)
            return uncached(cpu);
        block->epoch = cpu->epoch;
    }
    if (!block)
        block = build(cpu, &page, single);
    return block ? block : uncached(cpu);
}
