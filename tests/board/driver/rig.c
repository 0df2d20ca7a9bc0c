/* The board and what can be seen of it: see rig.h. */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/mv_syscalls.h"
#include "formats/logrec.h"
#include "guard.h"
#include "mvsim/app_factory.h"
#include "pki.h"

#define STEP       SIM_PS_PER_MS
#define START_TIME (2000 * SIM_PS_PER_MS)
#define LEAD_TIME  (200 * SIM_PS_PER_MS)
#define LINK_TIME  (25000 * SIM_PS_PER_MS) /* the modem has registered, PPP is up */

static void heard(void *context, enum soc_uart uart, uint8_t byte)
{
    struct rig *rig = context;

    (void)byte;
    if (uart == SOC_LPUART1)
        rig->modem_bytes++;
}

struct wanted {
    const char *name;
    uint32_t *place;
};

static bool find_symbols(const char *firmware, const char *elf, const struct wanted *wanted,
                         unsigned count)
{
    char command[4200], line[256], name[200], kind;
    unsigned found = 0, address;
    FILE *stream;

    snprintf(command, sizeof command, "arm-none-eabi-nm '%s/%s'", firmware, elf);
    stream = popen(command, "re");
    while (stream != NULL && fgets(line, sizeof line, stream) != NULL) {
        if (sscanf(line, "%x %c %199s", &address, &kind, name) != 3)
            continue;
        for (unsigned i = 0; i < count; i++) {
            if (strcmp(name, wanted[i].name) == 0) {
                *wanted[i].place = address;
                found++;
            }
        }
    }
    if (stream != NULL)
        pclose(stream);
    if (found != count)
        fprintf(stderr, "%s/%s: its symbols cannot be read\n", firmware, elf);
    return found == count;
}

static bool find_all_symbols(const char *firmware, struct rig_symbols *symbols)
{
    const struct wanted kernel[] = {{"log_system", &symbols->log_system},
                                    {"power_reset", &symbols->power_reset},
                                    {"net_poll", &symbols->net_poll},
                                    {"time_irq", &symbols->time_irq},
                                    {"call_mvGetDeviceId", &symbols->call_mvGetDeviceId},
                                    {"policy", &symbols->policy},
                                    {"bss_end", &symbols->bss_end}};
    const struct wanted bootrom[] = {{"boot_main", &symbols->boot_main}};

    return find_symbols(firmware, "kernel.elf", kernel, sizeof kernel / sizeof *kernel) &&
           find_symbols(firmware, "bootrom/bootrom.elf", bootrom, 1);
}

static void console(void *context, const char *source, const char *text)
{
    struct rig *rig = context;

    if (strncmp(text, "reset:", 6) == 0)
        rig->resets++;
    if (getenv("RIG_VERBOSE") != NULL)
        fprintf(stderr, "    %s: %s\n", source, text);
}

/* A factory record whose certificates parse, so that the kernel uses its link; the manifest's
 * signer is the one of app_factory_install. */
static bool make_identity(uint8_t record[IDENTITY_SIZE])
{
    static uint8_t factory[IDENTITY_SIZE];
    struct identity of_factory = {0}, identity;
    struct pki *pki = pki_new("gateway.test");
    bool good;

    identity = *pki_identity(pki, pki, "gateway.test", 443);
    good = app_factory_identity(RIG_SEED, factory) &&
           identity_decode(factory, sizeof factory, &of_factory) == IDENTITY_OK;
    memcpy(identity.signers, of_factory.signers, sizeof identity.signers);
    identity.signer_count = of_factory.signer_count;
    snprintf(identity.server_host, sizeof identity.server_host, "10.0.2.2");
    good = good && identity_encode(&identity, record) == IDENTITY_OK;
    pki_free(pki);
    return good;
}

static struct nvm_template *make_memories(struct rig *rig, const char *firmware, const char *app,
                                          char *error, size_t error_size)
{
    struct factory_bytes kernel = {0}, boot = {0}, image = {0};
    struct nvm_template *memories = NULL;
    char path[2][4096];
    struct nvm nvm;

    snprintf(path[0], sizeof path[0], "%s/kernel.img", firmware);
    snprintf(path[1], sizeof path[1], "%s/boot.img", firmware);
    if (!nvm_open(&nvm, NULL, NVM_OPEN, error, error_size))
        return NULL;
    if (factory_read(path[0], FACTORY_KERNEL_MAX, &kernel, error, error_size) &&
        factory_read(path[1], FACTORY_BOOT_MAX, &boot, error, error_size) &&
        app_factory_load(app, &image, error, error_size) && make_identity(rig->identity) &&
        factory_write(&nvm, &kernel, &boot, rig->identity, error, error_size) &&
        app_factory_install(&nvm, RIG_SEED, &image, error, error_size))
        memories = nvm_template_new(&nvm);
    nvm_close(&nvm);
    free(kernel.data);
    free(boot.data);
    free(image.data);
    return memories;
}

static struct board *make_board(struct rig *rig, const char *firmware, const char *app)
{
    char error[256] = "";
    struct nvm_template *memories = make_memories(rig, firmware, app, error, sizeof error);
    struct board_config config = {.memories = memories,
                                  .seed = RIG_SEED,
                                  .stop_on_lockup = true,
                                  .console = console,
                                  .context = rig};
    struct board *board = memories != NULL ? board_new(&config, error, sizeof error) : NULL;

    if (board == NULL)
        fprintf(stderr, "%s: %s\n", app, error);
    nvm_template_free(memories);
    return board;
}

/* The snapshot lies shortly before the kernel next says something to its modem: an attack that goes
 * on for ever need not be watched for long. */
static bool take_base(struct rig *rig)
{
    struct snapshot *before = snapshot_take(rig->board);
    uint64_t bytes = rig->modem_bytes;
    sim_ps start = board_time(rig->board), wait;

    if (before == NULL)
        return false;
    while (rig->modem_bytes == bytes && board_time(rig->board) < start + LINK_TIME)
        (void)rig_run(rig, STEP);
    wait = board_time(rig->board) - start;
    snapshot_restore(before);
    snapshot_free(before);
    (void)rig_run(rig, wait > LEAD_TIME ? wait - LEAD_TIME : 0);
    rig->base = snapshot_take(rig->board);
    return rig->base != NULL;
}

bool rig_start(struct rig *rig, const char *firmware, const char *app)
{
    struct board_watcher watcher = {.context = rig, .uart = heard};

    *rig = (struct rig){0};
    if (!find_all_symbols(firmware, &rig->symbols))
        return false;
    rig->board = make_board(rig, firmware, app);
    if (rig->board == NULL)
        return false;
    rig->cpu = soc_cpu(board_soc(rig->board));
    board_watch(rig->board, &watcher);
    board_power_on(rig->board);
    cpu_breakpoint_set(rig->cpu, rig->symbols.log_system);
    cpu_breakpoint_set(rig->cpu, rig->symbols.power_reset);
    if (!rig_wait(rig, MAILBOX_READY, START_TIME) || !rig_run(rig, LINK_TIME)) {
        fprintf(stderr, "%s: does not start\n", app);
        return false;
    }
    guard_plant(rig);
    return take_base(rig);
}

void rig_end(struct rig *rig)
{
    snapshot_free(rig->base);
    board_free(rig->board);
}

void rig_back(struct rig *rig)
{
    snapshot_restore(rig->base);
    rig->lines = rig->crash_lines = rig->resets = 0;
    rig->modem_bytes = 0;
    rig->locked_up = false;
}

void rig_pretend_connected(struct rig *rig)
{
    uint32_t status = MV_NETWORKSTATUS_CONNECTED;

    (void)cpu_debug_write(rig->cpu, rig->symbols.policy, true, &status, sizeof status);
}

/* A line of the log stream, as the kernel hands it over: r0 = type, r1 = text. */
static void take_line(struct rig *rig)
{
    uint32_t at = cpu_reg(rig->cpu, CPU_R0 + 1);
    char *line = rig->line[rig->lines % RIG_LINES];

    for (unsigned i = 0; i < RIG_LINE_SIZE; i++) {
        if (i == RIG_LINE_SIZE - 1 || !cpu_debug_read(rig->cpu, at + i, true, &line[i], 1))
            line[i] = '\0';
        if (line[i] == '\0')
            break;
    }
    if (cpu_reg(rig->cpu, CPU_R0) == LOGREC_CRASH && rig->crash_lines++ == 0)
        rig->at_crash = rig_mailbox(rig);
    rig->lines++;
    if (getenv("RIG_VERBOSE") != NULL)
        fprintf(stderr, "    log: %s\n", line);
}

static void at_breakpoint(struct rig *rig)
{
    uint32_t pc = cpu_reg(rig->cpu, CPU_R0 + 15);

    if (pc == (rig->symbols.log_system & ~1u))
        take_line(rig);
    else if (pc == (rig->symbols.power_reset & ~1u))
        rig->resets++;
    else if (pc == (rig->symbols.net_poll & ~1u))
        rig->rounds++;
    board_step(rig->board);
}

bool rig_run(struct rig *rig, sim_ps time)
{
    sim_ps end = board_time(rig->board) + time;

    while (!rig->locked_up && board_time(rig->board) < end) {
        enum board_stop stop = board_run(rig->board, end);

        if (stop == BOARD_STOP_BREAKPOINT)
            at_breakpoint(rig);
        else if (stop == BOARD_STOP_LOCKUP)
            rig->locked_up = true;
    }
    return !rig->locked_up;
}

struct mailbox rig_mailbox(struct rig *rig)
{
    struct mailbox mailbox;

    if (!cpu_debug_read(rig->cpu, MAILBOX_ADDRESS, false, &mailbox, sizeof mailbox))
        mailbox = (struct mailbox){0};
    return mailbox;
}

void rig_command(struct rig *rig, uint32_t command, uint32_t argument, uint32_t seed)
{
    struct mailbox mailbox = {
        .state = MAILBOX_BUSY, .command = command, .argument = argument, .seed = seed};

    mailbox.wake_reason = rig_mailbox(rig).wake_reason;
    (void)cpu_debug_write(rig->cpu, MAILBOX_ADDRESS, false, &mailbox, sizeof mailbox);
}

bool rig_wait(struct rig *rig, uint32_t state, sim_ps time)
{
    sim_ps end = board_time(rig->board) + time;

    while (rig_mailbox(rig).state != state) {
        if (board_time(rig->board) >= end || !rig_run(rig, STEP))
            return false;
    }
    return true;
}

bool rig_thread_runs(struct rig *rig, unsigned rounds, sim_ps time)
{
    sim_ps end = board_time(rig->board) + time;

    rig->rounds = 0;
    cpu_breakpoint_set(rig->cpu, rig->symbols.net_poll);
    while (rig->rounds < rounds && board_time(rig->board) < end && rig_run(rig, STEP)) {
    }
    cpu_breakpoint_clear(rig->cpu, rig->symbols.net_poll);
    return rig->rounds >= rounds;
}
