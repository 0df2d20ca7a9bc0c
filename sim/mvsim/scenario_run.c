/* Between a scenario and its board: events one way, actions the other. */
#include "mvsim/scenario_run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mvsim/factory.h"
#include "mvsim/mvsim.h"
#include "soc/inject.h"
#include "world/world.h"

#define SCENARIO_FILE_MAX 262144u

struct connection {
    struct scenario *scenario;
    struct board *board;
    struct part *part[SCENARIO_LINES_MAX]; /* by the line that placed it */
};

static struct connection connection; /* mvsim runs one board */

static bool check_bounds(const struct scenario *scenario, const char *path, bool bounded)
{
    for (unsigned i = 0; i < scenario->count && !scenario->has_end && !bounded; i++) {
        if (scenario->lines[i].time != SIM_NEVER)
            continue;
        mvsim_fail(0, "%s: line %u: no deadline, and neither \"end at TIME\" nor --until", path,
                   scenario->lines[i].number);
        return false;
    }
    return true;
}

bool scenario_run_read(struct scenario *scenario, const char *path, bool bounded)
{
    struct factory_bytes file;
    char error[512];
    bool good = factory_read(path, SCENARIO_FILE_MAX, &file, error, sizeof error);

    if (!good) {
        free(file.data);
        mvsim_fail(0, "%s", error);
        return false;
    }
    file.data[file.size] = '\0'; /* factory_read leaves room for one byte more */
    good = scenario_parse(scenario, (const char *)file.data, error, sizeof error);
    free(file.data);
    if (!good) {
        mvsim_fail(0, "%s: %s", path, error);
        return false;
    }
    return check_bounds(scenario, path, bounded);
}

/* Ends the run early once there is nothing left to wait for. */
static void look_whether_settled(void)
{
    if (!connection.scenario->has_end && scenario_settled(connection.scenario))
        board_break(connection.board);
}

static void board_sent(void *context, enum soc_uart uart, uint8_t byte)
{
    (void)context;
    scenario_uart(connection.scenario, board_time(connection.board), uart, byte);
    look_whether_settled();
}

static void board_drove(void *context, unsigned port, unsigned pin, bool level)
{
    (void)context;
    scenario_pin(connection.scenario, board_time(connection.board), port, pin, level);
    look_whether_settled();
}

static void bus_i2c(void *context, enum soc_i2c_bus bus, enum soc_i2c_sign sign, uint8_t value)
{
    (void)context;
    scenario_i2c(connection.scenario, board_time(connection.board), bus, sign, value);
    look_whether_settled();
}

static void bus_spi(void *context, enum soc_spi_bus bus, uint8_t out, uint8_t in)
{
    (void)context;
    scenario_spi(connection.scenario, board_time(connection.board), bus, out, in);
    look_whether_settled();
}

/* Something happens to a part. */
static void act_on_part(const struct scenario_line *line)
{
    struct part *part = connection.part[line->place];

    switch (line->kind) {
    case SCENARIO_TEMPERATURE:
        i2c_mcp9808_set(&part->mcp9808, line->value[0]);
        break;
    case SCENARIO_ACCELERATION:
        i2c_lis3dh_set(&part->lis3dh, line->value[0], line->value[1], line->value[2]);
        break;
    case SCENARIO_KEY:
        i2c_ht16k33_key(&part->ht16k33, (unsigned)line->value[0], (unsigned)line->value[1],
                        line->level);
        break;
    default:
        if (!part_answer(part, (const uint8_t *)line->text, line->text_size))
            mvsim_console(NULL, "scenario", "more than 128 bytes wait to be read: not added");
        break;
    }
}

static bool shown(void *context, const struct scenario_line *line)
{
    uint8_t rows[16];

    (void)context;
    i2c_ht16k33_shown(&connection.part[line->place]->ht16k33, rows);
    return memcmp(rows + line->value[0], line->text, line->text_size) == 0;
}

static void inject(const struct scenario_line *line)
{
    struct board *board = connection.board;
    bool done = true;

    if (line->kind == SCENARIO_SKIP)
        done = world_skip(board, (unsigned)line->value[0]);
    else if (line->kind == SCENARIO_FLIP_REGISTER)
        world_flip_register(board, (enum cpu_reg)line->value[0], (unsigned)line->value[1]);
    else
        done = world_flip_memory(board, line->memory, (unsigned)line->value[1]);
    if (!done)
        mvsim_console(NULL, "scenario", "nothing there to skip or to flip: not done");
}

/* The flash is meant as an application sees it with the banks in their order; in both aliases. */
static bool flash_ecc(struct soc *soc, const struct scenario_line *line)
{
    uint32_t offset = (line->memory & ~0x04000000u) - 0x08000000u;

    return offset < SOC_FLASH_SIZE &&
           soc_inject_flash_ecc(soc, offset, (enum soc_ecc)line->value[0]);
}

static bool ram_ecc(struct soc *soc, const struct scenario_line *line)
{
    static const struct {
        unsigned memory;
        uint32_t base, size;
    } memories[] = {{1, 0x20030000u, 0x10000u}, {2, 0x20040000u, 0x40000u}, {4, 0x40036400u, 2048}};
    uint32_t address = line->memory & ~0x10000000u;

    for (unsigned i = 0; i < sizeof memories / sizeof *memories; i++) {
        if (address - memories[i].base < memories[i].size)
            return soc_inject_sram_ecc(soc, memories[i].memory, address - memories[i].base,
                                       (enum soc_ecc)line->value[0]);
    }
    return false;
}

/* What soc/inject.h offers. */
static void act_on_chip(struct soc *soc, const struct scenario_line *line)
{
    const char *refused = NULL;

    switch (line->kind) {
    case SCENARIO_SUPPLY:
        soc_set_supply(soc, (enum soc_supply)line->value[0], (uint32_t)line->value[1]);
        break;
    case SCENARIO_CHIP_TEMPERATURE:
        soc_set_temperature(soc, line->value[0] / 1000);
        break;
    case SCENARIO_FLASH_ECC:
        refused = flash_ecc(soc, line) ? NULL : "no flash there, or 16 errors already: not done";
        break;
    case SCENARIO_RAM_ECC:
        refused = ram_ecc(soc, line) ? NULL : "no RAM with ECC there, or 16 errors: not done";
        break;
    case SCENARIO_RECEIVES:
        if (!soc_uart_receive_word(soc, (enum soc_uart)line->uart, (uint16_t)line->value[0],
                                   (unsigned)line->value[1]))
            refused = "the receiver was off, or an overrun lost it";
        break;
    case SCENARIO_LSE:
        soc_fail_lse(soc, !line->level);
        break;
    case SCENARIO_HSE:
        soc_fail_hse(soc, !line->level);
        break;
    case SCENARIO_RNG:
        soc_rng_fail(soc, !line->level);
        break;
    case SCENARIO_TAMPER:
        soc_internal_tamper(soc, (unsigned)line->value[0]);
        break;
    case SCENARIO_DEBUGGER:
        refused = soc_debug_attach(soc) ? NULL : "RDP 2 refuses a debugger";
        break;
    default:
        break;
    }
    if (refused != NULL)
        mvsim_console(NULL, "scenario", refused);
}

static void act(void *context, const struct scenario_line *line)
{
    static const enum modem_link links[] = {[LINK_CHANGE_DOWN] = MODEM_LINK_DOWN,
                                            [LINK_CHANGE_UP] = MODEM_LINK_UP,
                                            [LINK_CHANGE_STALL] = MODEM_LINK_STALL};
    struct board *board = connection.board;

    (void)context;
    switch (line->kind) {
    case SCENARIO_DRIVE:
        soc_pin_drive(board_soc(board), line->port, line->pin, line->level);
        break;
    case SCENARIO_TYPE:
        board_type(board, (enum soc_uart)line->uart, line->text, line->text_size);
        break;
    case SCENARIO_LINK:
        modem_set_link(board_modem(board), links[line->link]);
        break;
    case SCENARIO_CUT_POWER:
        board_cut_power(board);
        break;
    case SCENARIO_SKIP:
    case SCENARIO_FLIP_REGISTER:
    case SCENARIO_FLIP_MEMORY:
        inject(line);
        break;
    case SCENARIO_ANALOG:
        soc_pin_analog(board_soc(board), line->port, line->pin, (uint32_t)line->value[0]);
        break;
    case SCENARIO_OTHER_MASTER:
        if (!soc_i2c_other_master(board_soc(board), (enum soc_i2c_bus)line->bus, line->address,
                                  line->from_slave, (const uint8_t *)line->text,
                                  line->from_slave ? (size_t)line->value[0] : line->text_size))
            mvsim_console(NULL, "scenario", "the other master has not done its last transfer yet");
        break;
    case SCENARIO_SPI_CLOCKS:
        if (!soc_spi_other_master(board_soc(board), (enum soc_spi_bus)line->bus,
                                  (const uint8_t *)line->text, line->text_size))
            mvsim_console(NULL, "scenario", "the other master has not done its last transfer yet");
        break;
    case SCENARIO_SPI_ANSWERS:
        if (!board_spi_answer(board, (enum soc_spi_bus)line->bus, (const uint8_t *)line->text,
                              line->text_size))
            mvsim_console(NULL, "scenario", "more than 128 bytes wait to be read: not added");
        break;
    case SCENARIO_TEMPERATURE:
    case SCENARIO_ACCELERATION:
    case SCENARIO_KEY:
    case SCENARIO_PART_ANSWERS:
        act_on_part(line);
        break;
    default:
        act_on_chip(board_soc(board), line);
        break;
    }
}

static bool level(void *context, unsigned port, unsigned pin)
{
    (void)context;
    return board_pin(connection.board, port, pin);
}

static void say(void *context, const char *text)
{
    mvsim_console(context, "scenario", text);
}

static void place_parts(void)
{
    for (unsigned i = 0; i < connection.scenario->count; i++) {
        const struct scenario_line *line = &connection.scenario->lines[i];

        if (line->kind == SCENARIO_PLACE) /* the parser has counted them */
            connection.part[i] = board_place(connection.board, (enum part_kind)line->part_kind,
                                             (enum soc_i2c_bus)line->bus, line->address);
    }
}

enum world_event scenario_run_on(struct scenario *scenario, struct board *board, sim_ps until)
{
    uint64_t next[SCENARIO_COUNTS];
    struct world_until limits = {.time = scenario_next(scenario)};
    enum world_event event;

    scenario_next_counts(scenario, next);
    limits.time = limits.time < until ? limits.time : until;
    limits.time += limits.time == 0; /* the start, which has been reached */
    limits.instructions = next[SCENARIO_INSTRUCTIONS];
    limits.flash_operations = next[SCENARIO_FLASH_OPERATIONS];
    limits.nor_operations = next[SCENARIO_NOR_OPERATIONS];
    event = world_run(board, &limits);
    next[SCENARIO_INSTRUCTIONS] = world_instructions(board);
    next[SCENARIO_FLASH_OPERATIONS] = world_flash_operations(board);
    next[SCENARIO_NOR_OPERATIONS] = world_nor_operations(board);
    scenario_counted(scenario, board_time(board), next);
    return event;
}

void scenario_run_totals(const struct board *board)
{
    char text[160];

    snprintf(text, sizeof text,
             "%" PRIu64 " instructions, %" PRIu64 " flash operations, %" PRIu64 " nor operations",
             world_instructions(board), world_flash_operations(board), world_nor_operations(board));
    mvsim_console(NULL, "scenario", text);
}

void scenario_run_start(struct scenario *scenario, struct board *board, bool quiet)
{
    struct board_watcher watcher = {
        .uart = board_sent, .pin = board_drove, .i2c = bus_i2c, .spi = bus_spi};

    connection = (struct connection){.scenario = scenario, .board = board};
    place_parts();
    scenario->owner = (struct scenario_owner){
        .act = act, .level = level, .shown = shown, .say = quiet ? NULL : say};
    board_watch(board, &watcher);
}
