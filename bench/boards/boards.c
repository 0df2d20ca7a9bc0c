/* Many boards in one process: how many, at what memory each, how fast snapshots are, and how soon a
 * board says its first byte. Usage: bench_boards GUEST_BIN [FIRMWARE_FOLDER APP_ELF COUNT], where
 * COUNT is how many boards with kernel and application. Prints one JSON object a line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "mvsim/app_factory.h"
#include "tests/unit/simworld/guest_board.h"
#include "world/snapshot.h"
#include "world/world.h"

#define GUEST_BOARDS 1000u
#define ROUNDS       2000u

static void print(const char *name, double value, const char *unit)
{
    printf("{\"name\":\"boards/%s\",\"value\":%.6g,\"unit\":\"%s\",\"layer\":\"host\"}\n", name,
           value, unit);
    fflush(stdout);
}

static double now_s(void)
{
    return (double)hostio_now_ns() / 1e9;
}

/* Memory that this process shares with nobody, in bytes. */
static double private_bytes(void)
{
    FILE *file = fopen("/proc/self/smaps_rollup", "re");
    unsigned long long total = 0;
    unsigned long long kib;
    char line[256];

    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "Private_Clean: %llu", &kib) == 1 ||
            sscanf(line, "Private_Dirty: %llu", &kib) == 1)
            total += kib * 1024;
    }
    if (file != NULL)
        fclose(file);
    return (double)total;
}

static struct board *make(const struct nvm_template *memories, uint64_t seed)
{
    struct board_config config = {.memories = memories, .seed = seed};
    char error[256];
    struct board *board = board_new(&config, error, sizeof error);

    if (board == NULL) {
        fprintf(stderr, "bench_boards: %s\n", error);
        exit(EXIT_FAILURE);
    }
    return board;
}

static void run_for(struct board *board, sim_ps time)
{
    world_run(board, &(struct world_until){.time = board_time(board) + time});
}

/* `count` boards that have started and are idle now. */
static void idle_boards(const char *name, const struct nvm_template *memories, unsigned count,
                        sim_ps start_time)
{
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers is meant */
    struct board **boards = calloc(count, sizeof *boards);
    double before = private_bytes();
    char text[96];
    double start;

    for (unsigned i = 0; i < count && boards != NULL; i++) {
        boards[i] = make(memories, i);
        board_power_on(boards[i]);
        run_for(boards[i], start_time);
    }
    snprintf(text, sizeof text, "%s boards in one process", name);
    print(text, count, "boards");
    snprintf(text, sizeof text, "%s private memory per board", name);
    print(text, (private_bytes() - before) / count / 1e6, "MB");
    for (unsigned i = 0; i < count && boards != NULL; i++)
        board_trim(boards[i]);
    snprintf(text, sizeof text, "%s the same, decoded code given back", name);
    print(text, (private_bytes() - before) / count / 1e6, "MB");
    start = now_s();
    for (unsigned i = 0; i < count && boards != NULL; i++)
        run_for(boards[i], SIM_PS_PER_S);
    snprintf(text, sizeof text, "%s host time per idle second", name);
    print(text, (now_s() - start) * 1e6 / count, "us");
    for (unsigned i = 0; i < count && boards != NULL; i++)
        board_free(boards[i]);
    free(boards);
}

/* --- snapshots --- */

static void snapshots(const char *name, const struct nvm_template *memories, sim_ps start_time)
{
    struct board *board = make(memories, 1);
    struct snapshot *snapshot;
    char text[96];
    double start;

    board_power_on(board);
    run_for(board, start_time);
    snapshot = snapshot_take(board);
    start = now_s();
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct world_until until = {.time = board_time(board) + SIM_PS_PER_S,
                                    .instructions = world_instructions(board) + 1000};

        world_run(board, &until);
        snapshot_restore(snapshot);
    }
    snprintf(text, sizeof text, "%s run 1,000 instructions and go back", name);
    print(text, ROUNDS / (now_s() - start), "1/s");
    start = now_s();
    for (unsigned i = 0; i < ROUNDS; i++)
        snapshot_free(snapshot_take(board));
    snprintf(text, sizeof text, "%s snapshots taken", name);
    print(text, ROUNDS / (now_s() - start), "1/s");
    snapshot_free(snapshot);
    board_free(board);
}

/* --- first byte --- */

static void first_byte(void *context, enum soc_uart uart, uint8_t byte)
{
    (void)byte;
    if (uart == SOC_USART2)
        board_break(context);
}

static void start_time(const char *name, const struct nvm_template *memories)
{
    double best = 1e9;
    char text[96];

    for (unsigned i = 0; i < 5; i++) {
        double start = now_s();
        struct board *board = make(memories, i);
        struct board_watcher watcher = {.context = board, .uart = first_byte};

        board_watch(board, &watcher);
        board_power_on(board);
        if (world_run(board, &(struct world_until){.time = SIM_PS_PER_S}) == WORLD_BREAK &&
            now_s() - start < best)
            best = now_s() - start;
        board_free(board);
    }
    snprintf(text, sizeof text, "%s first UART byte after start", name);
    print(text, best * 1e3, "ms");
}

static void measure(const char *name, const struct nvm_template *memories, unsigned count,
                    sim_ps until_idle)
{
    start_time(name, memories);
    snapshots(name, memories, until_idle);
    idle_boards(name, memories, count, until_idle);
}

int main(int argc, char **argv)
{
    struct rlimit files;
    struct nvm_template *memories;
    char error[256];

    if (argc != 2 && argc != 5)
        return 2;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    memories = guest_memories(argv[1]);
    if (memories == NULL)
        return EXIT_FAILURE;
    measure("small program:", memories, GUEST_BOARDS, 50 * SIM_PS_PER_MS);
    nvm_template_free(memories);
    if (argc == 2)
        return EXIT_SUCCESS;
    memories = app_factory_make(argv[2], argv[3], 1, error, sizeof error);
    if (memories == NULL) {
        fprintf(stderr, "bench_boards: %s\n", error);
        return EXIT_FAILURE;
    }
    measure("kernel and application:", memories, (unsigned)strtoul(argv[4], NULL, 10),
            500 * SIM_PS_PER_MS);
    nvm_template_free(memories);
    return EXIT_SUCCESS;
}
