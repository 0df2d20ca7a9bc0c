/* Between a scenario and its board: events one way, actions the other. */
#include "mvsim/scenario_run.h"

#include <stdlib.h>

#include "mvsim/factory.h"
#include "mvsim/mvsim.h"

#define SCENARIO_FILE_MAX 262144u

struct connection {
    struct scenario *scenario;
    struct board *board;
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
    default:
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

void scenario_run_start(struct scenario *scenario, struct board *board, bool quiet)
{
    struct board_watcher watcher = {.uart = board_sent, .pin = board_drove};

    connection = (struct connection){scenario, board};
    scenario->owner =
        (struct scenario_owner){.act = act, .level = level, .say = quiet ? NULL : say};
    board_watch(board, &watcher);
}
