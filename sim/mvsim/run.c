/* mvsim run: one board from power-on until a signal, a time limit, lockup or GDB's kill.
 *
 * Signal handlers only set flags and wake the board's loop; everything else happens here.
 */
#include "mvsim/mvsim.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board/board.h"
#include "board/gdb_server.h"
#include "mvsim/measure.h"

#define SCRIPT_SIZE_MAX 16384
#define UNTIL_MS_MAX    (UINT64_MAX / SIM_PS_PER_MS)
#define GDB_TRAP        5
#define GDB_INTERRUPTED 2
#define GDB_FAULT       11

struct arguments {
    struct board_config board;
    struct measure_config measure;
    struct link_script script;
    char uarts[1024];
    uint64_t until_ms;
    uint64_t gdb_port;
    bool has_until, has_gdb, gdb_wait, quiet;
};

static struct board *signalled_board;
static volatile sig_atomic_t quit_requested;
static volatile sig_atomic_t link_requested; /* 1 + enum modem_link */

static void on_signal(int number)
{
    if (number == SIGUSR1)
        link_requested = 1 + MODEM_LINK_DOWN;
    else if (number == SIGUSR2)
        link_requested = 1 + MODEM_LINK_UP;
    else
        quit_requested = 1;
    if (signalled_board != NULL)
        board_break(signalled_board);
}

static void install_signals(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};
    struct sigaction action = {.sa_handler = on_signal};

    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaction(numbers[i], &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static bool read_script(const char *path, struct link_script *script)
{
    char text[SCRIPT_SIZE_MAX];
    char error[128];
    FILE *stream = fopen(path, "re");
    size_t size;

    if (stream == NULL) {
        mvsim_fail(0, "%s: %s", path, strerror(errno));
        return false;
    }
    size = fread(text, 1, sizeof text - 1, stream);
    fclose(stream);
    text[size] = '\0';
    if (link_script_parse(script, text, error, sizeof error))
        return true;
    mvsim_fail(0, "%s: %s", path, error);
    return false;
}

/* Several --uart options add up. */
static bool add_uart(struct arguments *arguments, const char *text)
{
    size_t used = strlen(arguments->uarts);
    int size = snprintf(arguments->uarts + used, sizeof arguments->uarts - used, "%s%s",
                        used > 0 ? "," : "", text);

    return size >= 0 && (size_t)size < sizeof arguments->uarts - used;
}

static bool take_option(struct arguments *arguments, int option, const char *value)
{
    switch (option) {
    case 's':
        arguments->board.state_dir = value;
        return true;
    case 'n':
        arguments->board.network = true;
        return true;
    case 'r':
        arguments->board.realtime = true;
        return true;
    case 'u':
        return add_uart(arguments, value);
    case 'l':
        arguments->board.leds = true;
        return true;
    case 'g':
        arguments->has_gdb = true;
        return mvsim_number("--gdb", value, 65535, &arguments->gdb_port);
    case 'w':
        arguments->gdb_wait = true;
        return true;
    case 'e':
        return mvsim_number("--seed", value, UINT64_MAX, &arguments->board.seed);
    case 't':
        arguments->has_until = true;
        return mvsim_number("--until", value, UNTIL_MS_MAX, &arguments->until_ms);
    case 'k':
        arguments->board.link_script = &arguments->script;
        return read_script(value, &arguments->script);
    case 'x':
        arguments->board.stop_on_lockup = true;
        return true;
    case 'a':
        arguments->measure.stop_at_app = true;
        return true;
    case 'c':
        arguments->measure.call_costs = value;
        return true;
    case 'T':
        arguments->measure.trace = value;
        return true;
    case 'q':
        arguments->quiet = true;
        return true;
    default:
        return false;
    }
}

static bool parse(int argc, char **argv, struct arguments *arguments)
{
    static const struct option options[] = {{"state", required_argument, NULL, 's'},
                                            {"network", no_argument, NULL, 'n'},
                                            {"realtime", no_argument, NULL, 'r'},
                                            {"uart", required_argument, NULL, 'u'},
                                            {"leds", no_argument, NULL, 'l'},
                                            {"gdb", required_argument, NULL, 'g'},
                                            {"gdb-wait", no_argument, NULL, 'w'},
                                            {"seed", required_argument, NULL, 'e'},
                                            {"until", required_argument, NULL, 't'},
                                            {"link-script", required_argument, NULL, 'k'},
                                            {"exit-on-lockup", no_argument, NULL, 'x'},
                                            {"stop-at-app", no_argument, NULL, 'a'},
                                            {"call-costs", required_argument, NULL, 'c'},
                                            {"trace", required_argument, NULL, 'T'},
                                            {"quiet", no_argument, NULL, 'q'},
                                            {NULL, 0, NULL, 0}};
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (!take_option(arguments, option, optarg))
            return false;
    }
    if (optind != argc || arguments->board.state_dir == NULL) {
        mvsim_fail(0, "run needs --state DIR and takes only options");
        return false;
    }
    if (arguments->gdb_wait && !arguments->has_gdb) {
        mvsim_fail(0, "--gdb-wait needs --gdb");
        return false;
    }
    arguments->board.uart_log = arguments->uarts[0] != '\0' ? arguments->uarts : NULL;
    arguments->board.console = arguments->quiet ? NULL : mvsim_console;
    return true;
}

static void take_signals(struct board *board)
{
    int link = link_requested;

    if (link != 0) {
        link_requested = 0;
        modem_set_link(board_modem(board), (enum modem_link)(link - 1));
    }
}

/* A stop that GDB does not want to know about: 0 or 1 = exit code, -1 = go on. */
static int after_stop(struct board *board, const struct measure *measure, struct gdb_server *gdb,
                      enum board_stop stop)
{
    switch (stop) {
    case BOARD_STOP_TIME:
        return EXIT_SUCCESS;
    case BOARD_STOP_LOCKUP:
        if (gdb != NULL)
            gdb_server_stopped(gdb, GDB_FAULT);
        return EXIT_FAILURE;
    case BOARD_STOP_BREAKPOINT:
        if (gdb != NULL)
            gdb_server_stopped(gdb, GDB_TRAP);
        return -1;
    case BOARD_STOP_BREAK:
        break;
    }
    take_signals(board);
    if (measure_at_app(measure)) {
        measure_print_app(measure, stdout);
        return EXIT_SUCCESS;
    }
    return quit_requested ? EXIT_SUCCESS : -1;
}

/* What GDB wants besides running; true if that took this turn. */
static bool serve_gdb(struct board *board, struct gdb_server *gdb)
{
    switch (gdb_server_wants(gdb)) {
    case GDB_WANTS_HALT:
        hostio_wait(board_hostio(board), HOSTIO_FOREVER);
        hostio_dispatch(board_hostio(board));
        return true;
    case GDB_WANTS_STEP:
        board_step(board);
        gdb_server_stopped(gdb, GDB_TRAP);
        return true;
    case GDB_WANTS_STOP:
        gdb_server_stopped(gdb, GDB_INTERRUPTED);
        return true;
    case GDB_WANTS_QUIT:
        quit_requested = 1;
        return true;
    case GDB_WANTS_RUN:
        break;
    }
    return false;
}

static int run_loop(struct board *board, const struct arguments *arguments,
                    const struct measure *measure, struct gdb_server *gdb)
{
    sim_ps until = arguments->has_until ? arguments->until_ms * SIM_PS_PER_MS : SIM_NEVER;
    int code = -1;

    while (code < 0 && !quit_requested) {
        take_signals(board);
        if (gdb != NULL && serve_gdb(board, gdb))
            continue;
        code = after_stop(board, measure, gdb, board_run(board, until));
    }
    return code < 0 ? EXIT_SUCCESS : code;
}

/* Starts the GDB port if asked for; false if it cannot. */
static bool start_gdb(struct board *board, const struct arguments *arguments,
                      struct gdb_server **gdb)
{
    char text[128];

    *gdb = NULL;
    if (!arguments->has_gdb)
        return true;
    *gdb = gdb_server_new(board, (uint16_t)arguments->gdb_port, text, sizeof text);
    if (*gdb == NULL) {
        mvsim_fail(0, "%s", text);
        return false;
    }
    snprintf(text, sizeof text, "listening on 127.0.0.1:%u", gdb_server_port(*gdb));
    mvsim_console(NULL, "gdb", text);
    if (arguments->gdb_wait)
        gdb_server_halt(*gdb);
    return true;
}

static int run_board(struct board *board, const struct arguments *arguments)
{
    char error[256];
    struct gdb_server *gdb;
    struct measure *measure = measure_new(board, &arguments->measure, error, sizeof error);
    int code = EXIT_FAILURE;

    if (measure == NULL)
        return mvsim_fail(EXIT_FAILURE, "%s", error);
    board_power_on(board);
    if (start_gdb(board, arguments, &gdb)) {
        code = run_loop(board, arguments, measure, gdb);
        gdb_server_free(gdb);
    }
    if (!measure_finish(measure))
        code = mvsim_fail(EXIT_FAILURE, "a report could not be written");
    return code;
}

int mvsim_run(int argc, char **argv)
{
    static struct arguments arguments;
    struct board *board;
    char error[256];
    int code;

    if (!parse(argc, argv, &arguments))
        return EXIT_USAGE;
    board = board_new(&arguments.board, error, sizeof error);
    if (board == NULL)
        return mvsim_fail(EXIT_FAILURE, "%s", error);
    signalled_board = board;
    install_signals();
    code = run_board(board, &arguments);
    signalled_board = NULL;
    board_free(board);
    return code;
}
