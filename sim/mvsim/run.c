/* mvsim run: one board from power-on until a signal, a time limit, a scenario's end, lockup or
 * GDB's kill.
 *
 * Signal handlers only set flags and wake the board's loop; everything else happens here.
 */
#include "mvsim/mvsim.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <string.h>
#include <unistd.h>

#include "board/board.h"
#include "board/gdb_server.h"
#include "mvsim/app_factory.h"
#include "mvsim/app_log.h"
#include "mvsim/measure.h"
#include "mvsim/scenario_run.h"
#include "world/vcd.h"

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
    bool has_seed, has_until, has_gdb, gdb_wait, quiet;
    const char *app, *firmware, *scenario_file, *vcd_file;
    bool has_quality;
    struct impair_quality quality;
    struct scenario scenario;
};

/* What runs. */
struct run {
    const struct arguments *arguments;
    struct board *board;
    struct measure *measure;
    struct gdb_server *gdb;    /* NULL: none */
    struct scenario *scenario; /* NULL: none */
    struct vcd vcd;            /* file NULL: none */
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

/* "loss=5,delay=40,jitter=20,reorder=2": percent and milliseconds. */
static bool take_quality(struct arguments *arguments, const char *text)
{
    struct impair_quality *quality = &arguments->quality;
    const struct {
        const char *name;
        uint32_t *value;
        uint32_t max, factor;
    } parts[] = {{"loss=", &quality->loss_permille, 100, 10},
                 {"reorder=", &quality->reorder_permille, 100, 10},
                 {"delay=", &quality->delay_ms, 60000, 1},
                 {"jitter=", &quality->jitter_ms, 60000, 1}};
    bool good = true;

    arguments->has_quality = true;
    while (good && *text != '\0') {
        good = false;
        for (unsigned i = 0; i < sizeof parts / sizeof *parts && !good; i++) {
            size_t length = strlen(parts[i].name);
            unsigned value;
            int used = 0;

            if (strncmp(text, parts[i].name, length) != 0 ||
                sscanf(text + length, "%6u%n", &value, &used) != 1 || value > parts[i].max)
                continue;
            *parts[i].value = value * parts[i].factor;
            text += length + (size_t)used;
            good = *text == '\0' || *text++ == ',';
        }
    }
    if (!good)
        mvsim_fail(0, "--link-quality: expected loss=PERCENT,delay=MS,jitter=MS,reorder=PERCENT");
    return good;
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
        arguments->has_seed = true;
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
    case 'A':
        arguments->app = value;
        return true;
    case 'F':
        arguments->firmware = value;
        return true;
    case 'S':
        arguments->scenario_file = value;
        return true;
    case 'Q':
        return take_quality(arguments, value);
    case 'v':
        arguments->vcd_file = value;
        return true;
    case 'q':
        arguments->quiet = true;
        return true;
    default:
        return false;
    }
}

/* Whoever tries an application wants to see what it does. */
static void complete(struct arguments *arguments)
{
    if (arguments->app != NULL) {
        arguments->board.leds = true;
        if (arguments->uarts[0] == '\0')
            add_uart(arguments, "usart2=-");
    }
    arguments->board.uart_log = arguments->uarts[0] != '\0' ? arguments->uarts : NULL;
    arguments->board.console = arguments->quiet ? NULL : mvsim_console;
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
                                            {"app", required_argument, NULL, 'A'},
                                            {"firmware", required_argument, NULL, 'F'},
                                            {"scenario", required_argument, NULL, 'S'},
                                            {"link-quality", required_argument, NULL, 'Q'},
                                            {"vcd", required_argument, NULL, 'v'},
                                            {"quiet", no_argument, NULL, 'q'},
                                            {NULL, 0, NULL, 0}};
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (!take_option(arguments, option, optarg))
            return false;
    }
    if (optind != argc || (arguments->board.state_dir == NULL) == (arguments->app == NULL)) {
        mvsim_fail(0, "run needs either --state DIR or --app FILE, and takes only options");
        return false;
    }
    if (arguments->gdb_wait && !arguments->has_gdb) {
        mvsim_fail(0, "--gdb-wait needs --gdb");
        return false;
    }
    if (arguments->firmware != NULL && arguments->app == NULL) {
        mvsim_fail(0, "--firmware belongs to --app");
        return false;
    }
    complete(arguments);
    return arguments->scenario_file == NULL ||
           scenario_run_read(&arguments->scenario, arguments->scenario_file, arguments->has_until);
}

static void take_signals(struct board *board)
{
    int link = link_requested;

    if (link != 0) {
        link_requested = 0;
        modem_set_link(board_modem(board), (enum modem_link)(link - 1));
    }
}

/* The application logs something: true if that is why the board stopped. */
static bool take_log(struct run *run)
{
    char text[1024];

    if (run->arguments->app == NULL || !app_log_take(run->board, text, sizeof text))
        return false;
    if (!run->arguments->quiet)
        mvsim_console(NULL, "log", text);
    if (run->scenario != NULL)
        scenario_log(run->scenario, board_time(run->board), text);
    return true;
}

/* A stop that GDB does not want to know about: 0 or 1 = exit code, -1 = go on. */
static int after_stop(struct run *run, enum board_stop stop)
{
    switch (stop) {
    case BOARD_STOP_TIME:
        return EXIT_SUCCESS;
    case BOARD_STOP_LOCKUP:
        if (run->gdb != NULL)
            gdb_server_stopped(run->gdb, GDB_FAULT);
        return EXIT_FAILURE;
    case BOARD_STOP_BREAKPOINT:
        if (!take_log(run) && run->gdb != NULL)
            gdb_server_stopped(run->gdb, GDB_TRAP);
        return -1;
    case BOARD_STOP_BREAK:
        break;
    }
    take_signals(run->board);
    if (measure_at_app(run->measure)) {
        measure_print_app(run->measure, stdout);
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

/* Exit code of a scenario's verdict, -1 while it runs. */
static int exit_code(enum scenario_verdict verdict)
{
    switch (verdict) {
    case SCENARIO_PASSED:
        return EXIT_SUCCESS;
    case SCENARIO_FAILED:
        return EXIT_FAILURE;
    case SCENARIO_RUNNING:
        break;
    }
    return -1;
}

static enum board_stop stop_of(enum world_event event)
{
    switch (event) {
    case WORLD_LOCKUP:
        return BOARD_STOP_LOCKUP;
    case WORLD_BREAKPOINT:
        return BOARD_STOP_BREAKPOINT;
    case WORLD_TIME:
        return BOARD_STOP_TIME;
    default: /* a count was reached, or somebody wants something */
        return BOARD_STOP_BREAK;
    }
}

/* Runs up to the scenario's next moment or count, or `until`. */
static int run_scenario(struct run *run, sim_ps until)
{
    int code = after_stop(run, stop_of(scenario_run_on(run->scenario, run->board, until)));
    sim_ps now = board_time(run->board), next;

    if (code == EXIT_FAILURE)
        return code;
    if (now >= until || quit_requested)
        return exit_code(scenario_finish(run->scenario, now));
    next = scenario_next(run->scenario);
    return now >= next ? exit_code(scenario_advance(run->scenario, now)) : -1;
}

static int run_loop(struct run *run)
{
    sim_ps until = run->arguments->has_until ? run->arguments->until_ms * SIM_PS_PER_MS : SIM_NEVER;
    int code = -1;

    while (code < 0 && !quit_requested) {
        take_signals(run->board);
        if (run->gdb != NULL && serve_gdb(run->board, run->gdb))
            continue;
        code = run->scenario != NULL ? run_scenario(run, until)
                                     : after_stop(run, board_run(run->board, until));
    }
    if (run->scenario != NULL && !run->arguments->quiet)
        scenario_run_totals(run->board);
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

static void pin_changed(void *context, unsigned port, unsigned pin, bool level)
{
    struct run *run = context;

    vcd_pin(&run->vcd, board_time(run->board), port, pin, level);
}

static bool start_vcd(struct run *run)
{
    struct board_watcher watcher = {.context = run, .pin = pin_changed};

    if (run->arguments->vcd_file == NULL)
        return true;
    if (!vcd_open(&run->vcd, run->arguments->vcd_file)) {
        mvsim_fail(0, "%s: %s", run->arguments->vcd_file, strerror(errno));
        return false;
    }
    board_watch(run->board, &watcher);
    return true;
}

/* Everything that looks at the board, then the run itself. */
static int run_watched(struct run *run)
{
    int code = EXIT_FAILURE;

    if (!start_vcd(run))
        return EXIT_FAILURE;
    if (run->arguments->has_quality &&
        !board_set_link_quality(run->board, &run->arguments->quality))
        return mvsim_fail(EXIT_FAILURE, "out of memory");
    if (run->scenario != NULL)
        scenario_run_start(run->scenario, run->board, run->arguments->quiet);
    if (run->arguments->app != NULL)
        app_log_start(run->board);
    board_power_on(run->board);
    if (start_gdb(run->board, run->arguments, &run->gdb)) {
        code = run_loop(run);
        gdb_server_free(run->gdb);
    }
    if (run->vcd.file != NULL && !vcd_close(&run->vcd, board_time(run->board)))
        code = mvsim_fail(EXIT_FAILURE, "%s could not be written", run->arguments->vcd_file);
    return code;
}

static int run_board(struct board *board, struct arguments *arguments)
{
    char error[256];
    struct run run = {.arguments = arguments, .board = board};
    int code;

    run.scenario = arguments->scenario_file != NULL ? &arguments->scenario : NULL;
    run.measure = measure_new(board, &arguments->measure, error, sizeof error);
    if (run.measure == NULL)
        return mvsim_fail(EXIT_FAILURE, "%s", error);
    code = run_watched(&run);
    if (!measure_finish(run.measure))
        code = mvsim_fail(EXIT_FAILURE, "a report could not be written");
    return code;
}

/* --- a board without a state folder --- */

/* Where kernel.img lies beside this program: ../firmware, ../../firmware in a build tree,
 * ../share/mvsim as the Debian package has it. */
static bool find_firmware(char *folder, size_t size)
{
    static const char *const places[] = {"../firmware", "../../firmware", "../share/mvsim"};
    char program[2048];
    char image[4096];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);

    if (length <= 0)
        return false;
    program[length] = '\0';
    *strrchr(program, '/') = '\0';
    for (unsigned i = 0; i < sizeof places / sizeof *places; i++) {
        snprintf(folder, size, "%s/%s", program, places[i]);
        snprintf(image, sizeof image, "%s/%s/kernel.img", program, places[i]);
        if (access(image, R_OK) == 0)
            return true;
    }
    return false;
}

static struct board *make_app_board(const struct arguments *arguments, char *error,
                                    size_t error_size)
{
    struct board_config config = arguments->board;
    struct nvm_template *memories;
    struct board *board = NULL;
    char found[3072];

    if (arguments->firmware == NULL && !find_firmware(found, sizeof found)) {
        snprintf(error, error_size, "no kernel.img in ../firmware beside mvsim; use --firmware");
        return NULL;
    }
    memories = app_factory_make(arguments->firmware != NULL ? arguments->firmware : found,
                                arguments->app, config.seed, error, error_size);
    config.memories = memories;
    if (memories != NULL)
        board = board_new(&config, error, error_size);
    nvm_template_free(memories);
    return board;
}

/* A board on a network meets a world that remembers its earlier starts, so two starts must not draw
 * the same random numbers (keys, nonces, the kernel's boot id): the host gives the seed unless it
 * was given. */
static bool choose_seed(struct arguments *arguments)
{
    uint64_t *seed = &arguments->board.seed;

    if (arguments->has_seed || !arguments->board.network)
        return true;
    return getrandom(seed, sizeof *seed, 0) == (ssize_t)sizeof *seed;
}

int mvsim_run(int argc, char **argv)
{
    static struct arguments arguments;
    struct board *board;
    char error[512];
    int code;

    if (!parse(argc, argv, &arguments))
        return EXIT_USAGE;
    if (!choose_seed(&arguments))
        return mvsim_fail(EXIT_FAILURE, "the host gives no random numbers");
    board = arguments.app != NULL ? make_app_board(&arguments, error, sizeof error)
                                  : board_new(&arguments.board, error, sizeof error);
    if (board == NULL)
        return mvsim_fail(EXIT_FAILURE, "%s", error);
    signalled_board = board;
    install_signals();
    code = run_board(board, &arguments);
    signalled_board = NULL;
    board_free(board);
    return code;
}
