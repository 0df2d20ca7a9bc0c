/* Copy-on-write of flash and NOR, copies of everything else. */
#include "world/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "board/board_state.h"
#include "cpu/inject.h"

#define PAGE_SIZE   4096u
#define MARKS       (PAGE_SIZE / 16 / 8) /* bytes of the programmed bitmap for a page of flash */
#define FLASH_PAGES (SOC_FLASH_SIZE / PAGE_SIZE)
#define NOR_PAGES   (NOR_SIZE / PAGE_SIZE)
#define PAGES       (FLASH_PAGES + NOR_PAGES) /* flash first, then NOR */
#define SMALL_PARTS 3u

static const enum nvm_file small_parts[SMALL_PARTS] = {NVM_OPTIONS, NVM_OTP, NVM_NOR_STATUS};

struct kept_page {
    uint8_t bytes[PAGE_SIZE];
    uint8_t marks[MARKS];
};

/* What of struct board is state; the rest is wiring. */
struct board_part {
    struct sched sched;
    struct nor nor;
    struct modem modem;
    struct parts parts;
    struct part_answers spi_answers[BOARD_SPI_BUSES];
    struct uart_input inputs[SOC_UARTS];
    struct sim_event script_event;
    unsigned script_next;
    bool asleep, locked_up, lockup_told;
    sim_ps lockdown_check;
    uint32_t lockdown_told;
    uint64_t flash_operations, nor_operations;
};

struct snapshot {
    struct board *board; /* NULL: it is gone */
    struct snapshot *next;
    struct board_part part;
    uint8_t *cpu, *soc, *ram; /* in one allocation behind this */
    uint8_t *small;
    uint16_t kept[PAGES]; /* numbers of the pages held, `count` of them */
    unsigned count;
    struct kept_page *pages[PAGES]; /* by page number; NULL: unchanged since */
};

/* --- struct board --- */

static void save_part(const struct board *board, struct board_part *part)
{
    part->sched = board->sched;
    part->nor = board->nor;
    part->modem = board->modem;
    part->parts = board->parts;
    memcpy(part->spi_answers, board->spi_answers, sizeof part->spi_answers);
    memcpy(part->inputs, board->inputs, sizeof part->inputs);
    part->script_event = board->script_event;
    part->script_next = board->script_next;
    part->asleep = board->asleep;
    part->locked_up = board->locked_up;
    part->lockup_told = board->lockup_told;
    part->lockdown_check = board->lockdown_check;
    part->lockdown_told = board->lockdown_told;
    part->flash_operations = board->flash_operations;
    part->nor_operations = board->nor_operations;
}

static void load_part(struct board *board, const struct board_part *part)
{
    board->sched = part->sched;
    board->nor = part->nor;
    board->modem = part->modem;
    board->parts = part->parts;
    memcpy(board->spi_answers, part->spi_answers, sizeof board->spi_answers);
    memcpy(board->inputs, part->inputs, sizeof board->inputs);
    board->script_event = part->script_event;
    board->script_next = part->script_next;
    board->asleep = part->asleep;
    board->locked_up = part->locked_up;
    board->lockup_told = part->lockup_told;
    board->lockdown_check = part->lockdown_check;
    board->lockdown_told = part->lockdown_told;
    board->flash_operations = part->flash_operations;
    board->nor_operations = part->nor_operations;
    board->break_requested = 0;
}

/* --- pages of flash and NOR --- */

static uint8_t *page_bytes(const struct board *board, unsigned page)
{
    return page < FLASH_PAGES ? board->nvm.map[NVM_FLASH] + (size_t)page * PAGE_SIZE
                              : board->nvm.map[NVM_NOR] + (size_t)(page - FLASH_PAGES) * PAGE_SIZE;
}

static uint8_t *page_marks(const struct board *board, unsigned page)
{
    return board->nvm.map[NVM_PROGRAMMED] + (size_t)page * MARKS;
}

static void keep(struct snapshot *snapshot, unsigned page)
{
    struct kept_page *kept;

    if (snapshot->pages[page] != NULL)
        return;
    kept = malloc(sizeof *kept);
    if (kept == NULL)
        abort(); /* a snapshot that cannot be kept would lie */
    memcpy(kept->bytes, page_bytes(snapshot->board, page), PAGE_SIZE);
    if (page < FLASH_PAGES)
        memcpy(kept->marks, page_marks(snapshot->board, page), MARKS);
    snapshot->pages[page] = kept;
    snapshot->kept[snapshot->count++] = (uint16_t)page;
}

static void touch(struct board *board, unsigned first, uint32_t offset, uint32_t size)
{
    if (size == 0)
        return;
    for (struct snapshot *snapshot = board->snapshots; snapshot != NULL;
         snapshot = snapshot->next) {
        for (uint32_t page = offset / PAGE_SIZE; page <= (offset + size - 1) / PAGE_SIZE; page++)
            keep(snapshot, first + page);
    }
}

void snapshots_touch_flash(struct board *board, uint32_t offset, uint32_t size)
{
    touch(board, 0, offset, size);
}

void snapshots_touch_nor(struct board *board, uint32_t offset, uint32_t size)
{
    touch(board, FLASH_PAGES, offset, size);
}

/* Puts the pages that changed since back; then none differs any more. */
static void restore_pages(struct snapshot *snapshot)
{
    struct board *board = snapshot->board;

    for (unsigned i = 0; i < snapshot->count; i++) {
        unsigned page = snapshot->kept[i];
        struct kept_page *kept = snapshot->pages[page];
        uint8_t *bytes = page_bytes(board, page);

        for (struct snapshot *other = board->snapshots; other != NULL; other = other->next) {
            if (other != snapshot)
                keep(other, page);
        }
        memcpy(bytes, kept->bytes, PAGE_SIZE);
        if (page < FLASH_PAGES) {
            memcpy(page_marks(board, page), kept->marks, MARKS);
            cpu_code_flush(board->cpu, bytes, PAGE_SIZE);
        }
        snapshot->pages[page] = NULL;
        free(kept);
    }
    snapshot->count = 0;
}

/* --- RAM --- */

static void restore_ram(struct snapshot *snapshot)
{
    size_t size;
    uint8_t *ram = soc_ram(snapshot->board->soc, &size);

    for (size_t at = 0; at < size; at += PAGE_SIZE) {
        size_t step = size - at < PAGE_SIZE ? size - at : PAGE_SIZE;

        if (memcmp(ram + at, snapshot->ram + at, step) == 0)
            continue;
        memcpy(ram + at, snapshot->ram + at, step);
        cpu_code_flush(snapshot->board->cpu, ram + at, step);
    }
}

/* --- small parts of the non-volatile memories --- */

static size_t small_size(void)
{
    size_t size = 0;

    for (unsigned i = 0; i < SMALL_PARTS; i++)
        size += nvm_size(small_parts[i]);
    return size;
}

static void copy_small(struct snapshot *snapshot, bool save)
{
    uint8_t *at = snapshot->small;

    for (unsigned i = 0; i < SMALL_PARTS; i++) {
        uint8_t *part = snapshot->board->nvm.map[small_parts[i]];
        size_t size = nvm_size(small_parts[i]);

        memcpy(save ? at : part, save ? part : at, size);
        at += size;
    }
}

/* --- the whole --- */

static size_t aligned(size_t size)
{
    return (size + 63) & ~(size_t)63;
}

struct snapshot *snapshot_take(struct board *board)
{
    size_t ram_size;
    uint8_t *ram = soc_ram(board->soc, &ram_size);
    size_t cpu_size = aligned(cpu_state_size());
    size_t soc_size = aligned(soc_state_size());
    struct snapshot *snapshot;

    if (board->network != NULL || board->uplink != NULL || board->config.state_dir != NULL)
        return NULL;
    snapshot = malloc(aligned(sizeof *snapshot) + cpu_size + soc_size + ram_size + small_size());
    if (snapshot == NULL)
        return NULL;
    snapshot->board = board;
    snapshot->cpu = (uint8_t *)snapshot + aligned(sizeof *snapshot);
    snapshot->soc = snapshot->cpu + cpu_size;
    snapshot->ram = snapshot->soc + soc_size;
    snapshot->small = snapshot->ram + ram_size;
    snapshot->count = 0;
    memset(snapshot->pages, 0, sizeof snapshot->pages);
    save_part(board, &snapshot->part);
    cpu_state_save(board->cpu, snapshot->cpu);
    soc_state_save(board->soc, snapshot->soc);
    memcpy(snapshot->ram, ram, ram_size);
    copy_small(snapshot, true);
    snapshot->next = board->snapshots;
    board->snapshots = snapshot;
    return snapshot;
}

void snapshot_restore(struct snapshot *snapshot)
{
    struct board *board = snapshot->board;

    restore_pages(snapshot);
    restore_ram(snapshot);
    copy_small(snapshot, false);
    soc_state_load(board->soc, snapshot->soc);
    cpu_state_load(board->cpu, snapshot->cpu);
    load_part(board, &snapshot->part);
}

void snapshot_free(struct snapshot *snapshot)
{
    if (snapshot == NULL)
        return;
    for (struct snapshot **link = snapshot->board != NULL ? &snapshot->board->snapshots : NULL;
         link != NULL && *link != NULL; link = &(*link)->next) {
        if (*link == snapshot) {
            *link = snapshot->next;
            break;
        }
    }
    for (unsigned i = 0; i < snapshot->count; i++)
        free(snapshot->pages[snapshot->kept[i]]);
    free(snapshot);
}

void snapshots_orphan(struct board *board)
{
    for (struct snapshot *snapshot = board->snapshots; snapshot != NULL; snapshot = snapshot->next)
        snapshot->board = NULL;
    board->snapshots = NULL;
}

unsigned snapshot_pages(const struct snapshot *snapshot)
{
    return snapshot->count;
}
