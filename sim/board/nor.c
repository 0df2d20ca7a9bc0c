/* SPI NOR flash: command decoding by table, operations through virtual time.
 *
 * A command that changes the array takes effect when the chip select rises, as on the part; nothing
 * else may start an operation. Times are the typical ones of the W25Q64JV data sheet.
 */
#include "board/nor.h"

#include <assert.h>
#include <string.h>

#define STATUS1_WIP      0x01u
#define STATUS1_WEL      0x02u
#define STATUS1_BP_SHIFT 2
#define STATUS1_TB       0x20u
#define STATUS1_WRITABLE 0xFCu
#define STATUS2_CMP      0x40u
#define STATUS2_WRITABLE 0x7Bu
#define STATUS3_WRITABLE 0x64u
#define BUS_IDLE         0xFFu /* the data line floats high while the chip does not drive it */

#define PROGRAM_PS      (400 * SIM_PS_PER_US)
#define ERASE_4K_PS     (45 * SIM_PS_PER_MS)
#define ERASE_32K_PS    (120 * SIM_PS_PER_MS)
#define ERASE_64K_PS    (150 * SIM_PS_PER_MS)
#define ERASE_CHIP_PS   (20 * SIM_PS_PER_S)
#define STATUS_WRITE_PS (10 * SIM_PS_PER_MS)
#define RESET_PS        (30 * SIM_PS_PER_US)
#define ERASE_STEPS     16u

static const uint8_t jedec_id[3] = {0xEF, 0x40, 0x17};
#define ELECTRONIC_SIGNATURE 0x16

/* JESD216B: header, one parameter header, basic flash parameter table of 9 double words. */
static const uint8_t sfdp[] = {
    'S',  'F',  'D',  'P',  0x00, 0x01, 0x00, 0xFF, /* revision 1.0, one parameter header */
    0x00, 0x00, 0x01, 0x09, 0x10, 0x00, 0x00, 0xFF, /* JEDEC table, 9 words at 0x10 */
    0xE5, 0x20, 0x80, 0xFF,                         /* 4 KiB erase by 0x20, 3-byte addresses */
    0xFF, 0xFF, 0xFF, 0x03,                         /* density: 64 Mbit */
    0xFF, 0xFF, 0xFF, 0xFF,                         /* no four-line reads */
    0xFF, 0xFF, 0xFF, 0xFF,                         /* no two-line reads */
    0xEE, 0xFF, 0xFF, 0xFF,                         /* no 2-2-2, no 4-4-4 */
    0xFF, 0xFF, 0x00, 0xFF, 0xFF, 0xFF, 0x00, 0xFF, /* */
    0x0C, 0x20, 0x0F, 0x52,                         /* erase types: 4 KiB 0x20, 32 KiB 0x52 */
    0x10, 0xD8, 0x00, 0x00,                         /* 64 KiB 0xD8 */
};

/* One command: how many address and dummy bytes follow the opcode, then data out or in, and what
 * happens when the chip select rises. */
struct nor_command {
    uint8_t opcode;
    uint8_t address_bytes;
    uint8_t dummy_bytes;
    bool while_busy;
    bool while_powered_down;
    uint8_t (*out)(struct nor *nor, uint32_t index);
    void (*in)(struct nor *nor, uint8_t byte);
    void (*finish)(struct nor *nor);
};

static void begin_work(struct nor *nor, uint32_t base, uint32_t size, sim_ps step_ps)
{
    assert(!nor->busy);
    nor->busy = true;
    nor->work_base = base;
    nor->work_size = size;
    nor->work_step = 0;
    nor->work_step_ps = step_ps;
    sched_at(nor->sched, &nor->done, sched_now(nor->sched) + step_ps);
}

static void end_work(struct nor *nor)
{
    nor->busy = false;
    nor->work_size = 0;
    nor->work_is_program = false;
    nor->write_enabled = false;
    memset(nor->page, 0xFF, sizeof nor->page);
}

static void touch(struct nor *nor, uint32_t base, uint32_t size)
{
    if (nor->touch != NULL)
        nor->touch(nor->context, base, size);
}

static void tell_operation(struct nor *nor)
{
    if (nor->operation != NULL)
        nor->operation(nor->context);
}

/* One step of the sector erase: the sectors' cells go to ones stripe by stripe. */
static void erase_stripe(struct nor *nor)
{
    uint32_t stripe = nor->work_size / ERASE_STEPS;

    touch(nor, nor->work_base + nor->work_step * stripe, stripe);
    memset(nor->array + nor->work_base + nor->work_step * stripe, 0xFF, stripe);
    nor->work_step++;
}

static void program_bytes(struct nor *nor, uint32_t first, uint32_t end)
{
    touch(nor, nor->work_base + first, end - first);
    for (uint32_t i = first; i < end; i++)
        nor->array[nor->work_base + i] &= nor->page[i];
}

static void reset_volatile(struct nor *nor)
{
    sched_cancel(nor->sched, &nor->done);
    end_work(nor);
    nor->volatile_write = false;
    nor->powered_down = false;
    nor->reset_enabled = false;
    nor->pending_reset = false;
    memcpy(nor->status_now, nor->status, sizeof nor->status_now);
}

static void work_done(void *context)
{
    struct nor *nor = context;

    if (nor->pending_reset) {
        reset_volatile(nor);
        return;
    }
    if (nor->work_is_program) {
        program_bytes(nor, NOR_PAGE_SIZE / 2, NOR_PAGE_SIZE);
    } else if (nor->work_size != 0) {
        erase_stripe(nor);
        if (nor->work_step < ERASE_STEPS) {
            sched_at(nor->sched, &nor->done, sched_now(nor->sched) + nor->work_step_ps);
            return;
        }
    }
    end_work(nor);
}

/* Block protection bits of the data sheet's table (SEC is not offered). */
static bool is_protected(const struct nor *nor, uint32_t base, uint32_t size)
{
    uint32_t bp = nor->status_now[0] >> STATUS1_BP_SHIFT & 7;
    uint32_t length = bp == 0 ? 0 : bp == 7 ? NOR_SIZE : NOR_SIZE >> (7 - bp);
    bool bottom = (nor->status_now[0] & STATUS1_TB) != 0;
    uint32_t start = bottom ? 0 : NOR_SIZE - length;
    uint32_t end = start + length;

    if ((nor->status_now[1] & STATUS2_CMP) != 0) {
        uint32_t other_start = bottom ? end : 0;

        end = bottom ? NOR_SIZE : start;
        start = other_start;
    }
    return base < end && base + size > start;
}

/* --- data out --- */

static uint8_t out_array(struct nor *nor, uint32_t index)
{
    return nor->array[(nor->address + index) % NOR_SIZE];
}

static uint8_t out_sfdp(struct nor *nor, uint32_t index)
{
    uint32_t at = (nor->address + index) & 0xFF;

    return at < sizeof sfdp ? sfdp[at] : BUS_IDLE;
}

static uint8_t out_status1(struct nor *nor, uint32_t index)
{
    (void)index;
    return (uint8_t)((nor->status_now[0] & STATUS1_WRITABLE) | (nor->busy ? STATUS1_WIP : 0) |
                     (nor->write_enabled ? STATUS1_WEL : 0));
}

static uint8_t out_status2(struct nor *nor, uint32_t index)
{
    (void)index;
    return nor->status_now[1];
}

static uint8_t out_status3(struct nor *nor, uint32_t index)
{
    (void)index;
    return nor->status_now[2];
}

static uint8_t out_jedec_id(struct nor *nor, uint32_t index)
{
    (void)nor;
    return jedec_id[index % sizeof jedec_id];
}

static uint8_t out_signature(struct nor *nor, uint32_t index)
{
    (void)nor;
    (void)index;
    return ELECTRONIC_SIGNATURE;
}

/* 0x90: manufacturer and device, starting with the one that address bit 0 says. */
static uint8_t out_manufacturer(struct nor *nor, uint32_t index)
{
    return (nor->address + index) & 1 ? ELECTRONIC_SIGNATURE : jedec_id[0];
}

/* --- data in --- */

static void in_page(struct nor *nor, uint8_t byte)
{
    nor->page[(nor->address + nor->page_count) % NOR_PAGE_SIZE] = byte;
    nor->page_count++;
}

static void in_status(struct nor *nor, uint8_t byte)
{
    if (nor->status_in_count < sizeof nor->status_in)
        nor->status_in[nor->status_in_count++] = byte;
}

/* --- at the rising chip select --- */

static void finish_write_enable(struct nor *nor)
{
    nor->write_enabled = true;
}

static void finish_volatile_enable(struct nor *nor)
{
    nor->volatile_write = true;
}

static void finish_write_disable(struct nor *nor)
{
    nor->write_enabled = false;
}

static void finish_program(struct nor *nor)
{
    uint32_t base = nor->address % NOR_SIZE & ~(NOR_PAGE_SIZE - 1);

    if (!nor->write_enabled || nor->page_count == 0 || is_protected(nor, base, NOR_PAGE_SIZE))
        return;
    nor->work_is_program = true;
    nor->programs++;
    begin_work(nor, base, NOR_PAGE_SIZE, PROGRAM_PS);
    program_bytes(nor, 0, NOR_PAGE_SIZE / 2);
    tell_operation(nor);
}

static void erase(struct nor *nor, uint32_t size, sim_ps duration)
{
    uint32_t base = nor->address % NOR_SIZE & ~(size - 1);

    if (!nor->write_enabled || is_protected(nor, base, size))
        return;
    nor->erases++;
    begin_work(nor, base, size, duration / ERASE_STEPS);
    tell_operation(nor);
}

static void finish_erase_4k(struct nor *nor)
{
    erase(nor, NOR_SECTOR_SIZE, ERASE_4K_PS);
}

static void finish_erase_32k(struct nor *nor)
{
    erase(nor, 0x8000, ERASE_32K_PS);
}

static void finish_erase_64k(struct nor *nor)
{
    erase(nor, 0x10000, ERASE_64K_PS);
}

static void finish_erase_chip(struct nor *nor)
{
    nor->address = 0;
    erase(nor, NOR_SIZE, ERASE_CHIP_PS);
}

/* Status registers from `first` on take the bytes received; volatile after 0x50. */
static void write_status(struct nor *nor, unsigned first, unsigned count)
{
    static const uint8_t writable[] = {STATUS1_WRITABLE, STATUS2_WRITABLE, STATUS3_WRITABLE};

    if (!nor->write_enabled && !nor->volatile_write)
        return;
    for (unsigned i = 0; i < count && first + i < NOR_STATUS_COUNT; i++) {
        nor->status_now[first + i] = nor->status_in[i] & writable[first + i];
        if (nor->write_enabled)
            nor->status[first + i] = nor->status_now[first + i];
    }
    if (nor->write_enabled)
        begin_work(nor, 0, 0, STATUS_WRITE_PS);
    nor->volatile_write = false;
}

static void finish_status1(struct nor *nor)
{
    if (nor->status_in_count > 0)
        write_status(nor, 0, nor->status_in_count);
}

static void finish_status2(struct nor *nor)
{
    if (nor->status_in_count > 0)
        write_status(nor, 1, 1);
}

static void finish_status3(struct nor *nor)
{
    if (nor->status_in_count > 0)
        write_status(nor, 2, 1);
}

static void finish_power_down(struct nor *nor)
{
    nor->powered_down = true;
}

static void finish_release(struct nor *nor)
{
    nor->powered_down = false;
}

static void finish_reset_enable(struct nor *nor)
{
    nor->reset_enabled = true;
}

/* The reset sequence also breaks a running operation off; the array stays as it is then. */
static void finish_reset(struct nor *nor)
{
    if (!nor->reset_enabled)
        return;
    reset_volatile(nor);
    nor->pending_reset = true;
    begin_work(nor, 0, 0, RESET_PS);
}

/* clang-format off */
static const struct nor_command commands[] = {
    /* opcode addr dummy busy  down   out               in         finish */
    {0x9F, 0, 0, false, false, out_jedec_id,     NULL,      NULL},
    {0x90, 3, 0, false, false, out_manufacturer, NULL,      NULL},
    {0x5A, 3, 1, false, false, out_sfdp,         NULL,      NULL},
    {0x05, 0, 0, true,  false, out_status1,      NULL,      NULL},
    {0x35, 0, 0, true,  false, out_status2,      NULL,      NULL},
    {0x15, 0, 0, true,  false, out_status3,      NULL,      NULL},
    {0x06, 0, 0, false, false, NULL,             NULL,      finish_write_enable},
    {0x50, 0, 0, false, false, NULL,             NULL,      finish_volatile_enable},
    {0x04, 0, 0, false, false, NULL,             NULL,      finish_write_disable},
    {0x01, 0, 0, false, false, NULL,             in_status, finish_status1},
    {0x31, 0, 0, false, false, NULL,             in_status, finish_status2},
    {0x11, 0, 0, false, false, NULL,             in_status, finish_status3},
    {0x03, 3, 0, false, false, out_array,        NULL,      NULL},
    {0x0B, 3, 1, false, false, out_array,        NULL,      NULL},
    {0x02, 3, 0, false, false, NULL,             in_page,   finish_program},
    {0x20, 3, 0, false, false, NULL,             NULL,      finish_erase_4k},
    {0x52, 3, 0, false, false, NULL,             NULL,      finish_erase_32k},
    {0xD8, 3, 0, false, false, NULL,             NULL,      finish_erase_64k},
    {0xC7, 0, 0, false, false, NULL,             NULL,      finish_erase_chip},
    {0x60, 0, 0, false, false, NULL,             NULL,      finish_erase_chip},
    {0xB9, 0, 0, false, false, NULL,             NULL,      finish_power_down},
    {0xAB, 0, 3, false, true,  out_signature,    NULL,      finish_release},
    {0x66, 0, 0, true,  true,  NULL,             NULL,      finish_reset_enable},
    {0x99, 0, 0, true,  true,  NULL,             NULL,      finish_reset},
};
/* clang-format on */

static const struct nor_command *find_command(const struct nor *nor, uint8_t opcode)
{
    for (unsigned i = 0; i < sizeof commands / sizeof *commands; i++) {
        const struct nor_command *command = &commands[i];

        if (command->opcode != opcode)
            continue;
        if ((nor->busy && !command->while_busy) ||
            (nor->powered_down && !command->while_powered_down))
            return NULL;
        return command;
    }
    return NULL;
}

static void begin_transaction(struct nor *nor)
{
    nor->command = NULL;
    nor->opcode_seen = false;
    nor->position = 0;
    nor->address = 0;
    nor->page_count = 0;
    nor->status_in_count = 0;
}

/* A command whose address is incomplete does nothing. */
static void end_transaction(struct nor *nor)
{
    const struct nor_command *command = nor->command;

    nor->command = NULL;
    if (command == NULL || nor->position < command->address_bytes)
        return;
    /* 0x99 counts only directly after 0x66. */
    if (command->finish != finish_reset_enable && command->finish != finish_reset)
        nor->reset_enabled = false;
    if (command->finish != NULL)
        command->finish(nor);
}

static void nor_select(void *context, bool active)
{
    struct nor *nor = context;

    if (active == nor->selected)
        return;
    nor->selected = active;
    if (active)
        begin_transaction(nor);
    else
        end_transaction(nor);
}

static void take_opcode(struct nor *nor, uint8_t opcode)
{
    nor->opcode_seen = true;
    nor->command = find_command(nor, opcode);
    if (nor->command != NULL && nor->command->in == in_page)
        memset(nor->page, 0xFF, sizeof nor->page);
}

static uint8_t nor_transfer(void *context, uint8_t out)
{
    struct nor *nor = context;
    const struct nor_command *command;
    uint32_t position;

    if (!nor->selected)
        return BUS_IDLE;
    if (!nor->opcode_seen) {
        take_opcode(nor, out);
        return BUS_IDLE;
    }
    command = nor->command;
    if (command == NULL)
        return BUS_IDLE;
    position = nor->position++;
    if (position < command->address_bytes) {
        nor->address = nor->address << 8 | out;
        return BUS_IDLE;
    }
    position -= command->address_bytes;
    if (position < command->dummy_bytes)
        return BUS_IDLE;
    if (command->out != NULL)
        return command->out(nor, position - command->dummy_bytes);
    if (command->in != NULL)
        command->in(nor, out);
    return BUS_IDLE;
}

void nor_init(struct nor *nor, struct sched *sched, uint8_t *array, uint8_t *status)
{
    memset(nor, 0, sizeof *nor);
    nor->sched = sched;
    nor->array = array;
    nor->status = status;
    sim_event_init(&nor->done, work_done, nor);
    nor_power_on(nor);
}

void nor_power_on(struct nor *nor)
{
    nor->selected = false;
    begin_transaction(nor);
    reset_volatile(nor);
}

struct soc_spi_device nor_spi_device(struct nor *nor)
{
    return (struct soc_spi_device){.context = nor, .select = nor_select, .transfer = nor_transfer};
}
