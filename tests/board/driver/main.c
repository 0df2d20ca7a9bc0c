/* Runs every attack of a suite against the kernel on a simulated board, one snapshot after the
 * other, and judges from outside: see tests/board/README.md.
 *
 *   board_attacks hostile|faults FIRMWARE_FOLDER APP_ELF [PART/PARTS | NAME…]
 *   board_attacks veneers FIRMWARE_FOLDER APP_ELF
 *   board_attacks random FIRMWARE_FOLDER APP_ELF CALLS [SEED]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chip/stm32u585.h"
#include "guard.h"
#include "places.h"
#include "random.h"
#include "rig.h"

#define ATTACK_TIME     (6000 * SIM_PS_PER_MS)
#define SETTLE_TIME     (40 * SIM_PS_PER_MS)
#define RUNS_TIME       (400 * SIM_PS_PER_MS)
#define WATCHDOG_TIME   (60000 * SIM_PS_PER_MS)
#define WATCHDOG_ROUNDS 4
#define RESTART_TIME    (6000 * SIM_PS_PER_MS)
#define PING_TIME       (1500 * SIM_PS_PER_MS)
#define THREAD_TIME     (1000 * SIM_PS_PER_MS)
#define THREAD_COUNT    10
#define MODEM_TIME      (90000 * SIM_PS_PER_MS)
#define WHY_SIZE        800
#define VENEERS_SIZE    0x2000u
#define SG              0xE97FE97Fu
#define SLOTS           (sizeof slot_names / sizeof *slot_names)

/* How an attack may end. In every case the kernel works on, and nothing secure has changed. */
enum end {
    LIVES,    /* the application goes on: it got a status code, or nothing happened */
    RUNS,     /* it goes on for ever */
    STOPS,    /* the kernel ends it with a report that has all the words, and starts it again */
    RESETS,   /* as STOPS, but only a reset of the device clears up behind it */
    ANY,      /* LIVES or STOPS */
    GONE,     /* nothing is left that could be started */
    WATCHDOG, /* it has the chip reset; the kernel tells and starts it later each time */
};

struct attack {
    const char *name;
    enum end end;
    const char *words; /* of the report, between spaces; "=" in front: a line of any kind */
    uint32_t argument;
    uint32_t number; /* of the application's function */
    bool exact; /* the report has the instruction and the registers that the application tells */
};

#define ATTACK(function, name, argument, end, words)                                               \
    {name, end, words, argument, ATTACK_##function, false},
#define SECTION(title)            {.name = (title)},
#define ATTACK_FUNCTION(function) ATTACK_##function,

enum {
    HOSTILE_NONE,
#include "hostile/functions.def"
};
static const struct attack hostile[] = {
#include "hostile/attacks.def"
};
#undef SECTION
#undef ATTACK_FUNCTION
#undef ATTACK

#define FAULT(name, preparation, end, words) FAULT_##name,
enum {
    FAULT_NONE,
#include "faults/faults.def"
};
#undef FAULT
#define CAUGHT                               LIVES /* by the application's own handler */
#define FAULT(name, preparation, end, words) {#name, end, words, 0, FAULT_##name, true},
static const struct attack faults[] = {
#include "faults/faults.def"
};
#undef FAULT

/* The slots of the ABI, the empty ones included. */
#define MV_SLOT(offset, name, arguments) #name,
#define MV_SLOT_EMPTY(offset)            "",
static const char *const slot_names[] = {
#include "abi/slots.def"
};

struct suite {
    const char *name;
    const struct attack *attacks;
    unsigned count;
};

static const struct suite suites[] = {
    {"hostile", hostile, sizeof hostile / sizeof *hostile},
    {"faults", faults, sizeof faults / sizeof *faults},
};

static bool all_words(const char *line, const char *words)
{
    char copy[256], *rest = copy;

    snprintf(copy, sizeof copy, "%s", words);
    for (char *word; (word = strsep(&rest, " ")) != NULL;) {
        if (*word != '\0' && strstr(line, word) == NULL)
            return false;
    }
    return true;
}

static bool reported(const struct rig *rig, const char *words)
{
    for (unsigned i = 0; i < rig->lines && i < RIG_LINES; i++) {
        if (all_words(rig->line[i], words))
            return true;
    }
    return false;
}

static const char *last_line(const struct rig *rig)
{
    return rig->lines > 0 ? rig->line[(rig->lines - 1) % RIG_LINES] : "(no line)";
}

/* Waits for the end of the application's command, or of the application. */
static void wait_for_end(struct rig *rig, const struct attack *attack)
{
    sim_ps end = board_time(rig->board) + (attack->end == RUNS ? RUNS_TIME : ATTACK_TIME);

    while (rig->crash_lines == 0 && rig_mailbox(rig).state != MAILBOX_DONE &&
           board_time(rig->board) < end && rig_run(rig, SIM_PS_PER_MS)) {
    }
    (void)rig_run(rig, SETTLE_TIME);
    if (getenv("RIG_VERBOSE") != NULL)
        fprintf(
            stderr,
            "    detail 0x%x; ended at pc 0x%08x, %s, exception %u, msp_ns 0x%08x, primask_ns %u\n",
            rig_mailbox(rig).detail[5], cpu_reg(rig->cpu, CPU_R0 + 15),
            cpu_secure(rig->cpu) ? "secure" : "non-secure", cpu_exception(rig->cpu),
            cpu_reg(rig->cpu, CPU_MSP_NS), cpu_reg(rig->cpu, CPU_PRIMASK_NS));
}

static bool ends(struct rig *rig, const struct attack *attack, char *why)
{
    bool stopped, done;

    wait_for_end(rig, attack);
    stopped = rig->crash_lines > 0;
    done = rig_mailbox(rig).state == MAILBOX_DONE;
    if (rig->locked_up)
        snprintf(why, WHY_SIZE, "the processor locked up");
    else if (stopped && (attack->end == LIVES || attack->end == RUNS))
        snprintf(why, WHY_SIZE, "stopped: %s", last_line(rig));
    else if (!stopped && !done && (attack->end == LIVES || attack->end == ANY))
        snprintf(why, WHY_SIZE, "does not end");
    else if (!stopped && (attack->end == STOPS || attack->end == RESETS))
        snprintf(why, WHY_SIZE, "not stopped (result %u, 0x%x 0x%x 0x%x)", rig_mailbox(rig).result,
                 rig_mailbox(rig).detail[0], rig_mailbox(rig).detail[1],
                 rig_mailbox(rig).detail[2]);
    else
        return true;
    return false;
}

static bool result_good(struct rig *rig, char *why)
{
    struct mailbox mailbox = rig_mailbox(rig);

    if (mailbox.result == 0)
        return true;
    snprintf(why, WHY_SIZE, "application found %u: 0x%x 0x%x 0x%x 0x%x 0x%x 0x%x", mailbox.result,
             mailbox.detail[0], mailbox.detail[1], mailbox.detail[2], mailbox.detail[3],
             mailbox.detail[4], mailbox.detail[5]);
    return false;
}

/* Where it happened (0: nobody can know), and r4 to r11 as the faulting code had them. */
static bool exactly_reported(struct rig *rig, char *why)
{
    const char *line = rig->line[0];
    char word[32];

    snprintf(word, sizeof word, "PC=0x%08x", rig->at_crash.detail[0]);
    if (rig->at_crash.detail[0] != 0 && strstr(line, " PC=") != NULL &&
        strstr(line, word) == NULL) {
        snprintf(why, WHY_SIZE, "no %s: %s", word, line);
        return false;
    }
    for (unsigned i = 4; i < 12; i++) {
        snprintf(word, sizeof word, " R%u=0x%08x", i, 0xFA010000u + i);
        if (strstr(line, word) == NULL) {
            snprintf(why, WHY_SIZE, "no%s: %s", word, line);
            return false;
        }
    }
    return true;
}

/* It starts again and knows why. */
static bool restarted(struct rig *rig, const struct attack *attack, char *why)
{
    if (!reported(rig, attack->words)) {
        snprintf(why, WHY_SIZE, "report without '%s': %s", attack->words, last_line(rig));
        return false;
    }
    if (attack->exact && !exactly_reported(rig, why))
        return false;
    if (!rig_wait(rig, MAILBOX_READY, RESTART_TIME)) {
        snprintf(why, WHY_SIZE, "the application does not start again");
        return false;
    }
    if (rig_mailbox(rig).wake_reason != 8 /* APPLICATIONCRASH */) {
        snprintf(why, WHY_SIZE, "wake reason %u", rig_mailbox(rig).wake_reason);
        return false;
    }
    if ((rig->resets != 0) != (attack->end == RESETS)) {
        snprintf(why, WHY_SIZE, "%u resets of the device", rig->resets);
        return false;
    }
    return true;
}

/* The chip was reset, the log says by what, and the application starts only after a while, each
 * time a longer one: the time in which a device takes a better one. */
static bool watchdog_told(struct rig *rig, const struct attack *attack, char *why)
{
    for (unsigned round = 0; round < WATCHDOG_ROUNDS; round++) {
        sim_ps told = board_time(rig->board);

        if (!reported(rig, attack->words)) {
            snprintf(why, WHY_SIZE, "no line with '%s', but: %s", attack->words, last_line(rig));
            return false;
        }
        if (!rig_wait(rig, MAILBOX_READY, WATCHDOG_TIME) ||
            board_time(rig->board) - told < (900ull << round) * SIM_PS_PER_MS) {
            snprintf(why, WHY_SIZE, "reset %u: started again after %u ms", round + 1,
                     (unsigned)((board_time(rig->board) - told) / SIM_PS_PER_MS));
            return false;
        }
        if (round + 1 < WATCHDOG_ROUNDS) {
            rig->lines = rig->crash_lines = 0;
            rig_command(rig, attack->number, attack->argument, 0);
            wait_for_end(rig, attack);
        }
    }
    return true;
}

static bool kernel_alive(struct rig *rig, const struct attack *attack, char *why)
{
    /* During an attack without end, or after one that has ended. */
    uint64_t before = attack->end == RUNS ? 0 : rig->modem_bytes;
    sim_ps end;

    if (!rig_thread_runs(rig, THREAD_COUNT, THREAD_TIME)) {
        snprintf(why, WHY_SIZE, "the kernel's thread does not run");
        return false;
    }
    end = board_time(rig->board) + MODEM_TIME;
    while (rig->modem_bytes == before && board_time(rig->board) < end &&
           rig_run(rig, 100 * SIM_PS_PER_MS)) {
    }
    if (getenv("RIG_VERBOSE") != NULL)
        fprintf(stderr, "    modem heard after %u ms\n",
                (unsigned)((board_time(rig->board) + MODEM_TIME - end) / SIM_PS_PER_MS));
    if (rig->modem_bytes == before)
        snprintf(why, WHY_SIZE, "the kernel does not talk to its modem any more");
    return rig->modem_bytes != before;
}

static bool application_alive(struct rig *rig, char *why)
{
    rig_command(rig, MAILBOX_PING, 0, 0);
    if (!rig_wait(rig, MAILBOX_DONE, PING_TIME)) {
        snprintf(why, WHY_SIZE, "the application does not answer afterwards");
        return false;
    }
    return result_good(rig, why);
}

/* What must be true of the application after each kind of end. */
static bool application_good(struct rig *rig, const struct attack *attack, char *why)
{
    bool stopped = rig->crash_lines > 0;

    switch (attack->end) {
    case LIVES:
        return result_good(rig, why) && application_alive(rig, why);
    case ANY:
        return (!stopped || restarted(rig, attack, why)) && application_alive(rig, why);
    case STOPS:
    case RESETS:
        return restarted(rig, attack, why) && application_alive(rig, why);
    case WATCHDOG:
        return watchdog_told(rig, attack, why);
    default:
        return true;
    }
}

static uint32_t argument_of(const struct rig *rig, const struct attack *attack)
{
    switch (attack->argument) {
    case ARGUMENT_THREAD:
        return rig->symbols.net_poll;
    case ARGUMENT_INTERRUPT:
        return rig->symbols.time_irq;
    case ARGUMENT_BOOT:
        return rig->symbols.boot_main;
    case ARGUMENT_CALL:
        return rig->symbols.call_mvGetDeviceId;
    default:
        return attack->argument;
    }
}

static bool run(struct rig *rig, const struct attack *attack, char *why)
{
    rig_back(rig);
    if (attack->number >= ATTACK_pointers && attack->number <= ATTACK_fill_channels)
        rig_pretend_connected(rig);
    rig_command(rig, attack->number, argument_of(rig, attack), 0);
    /* While the chip starts again nothing is as it was. */
    return ends(rig, attack, why) && (rig->resets > 0 || guard_whole(rig, why, WHY_SIZE)) &&
           application_good(rig, attack, why) && kernel_alive(rig, attack, why) &&
           guard_whole(rig, why, WHY_SIZE);
}

static bool chosen(const char *name, int count, char **names)
{
    for (int i = 0; i < count; i++) {
        if (strstr(name, names[i]) != NULL)
            return true;
    }
    return count == 0;
}

/* "2/3" as the only name: the second of three parts of the suite. */
static bool take_part(int *count, char **names, unsigned *part, unsigned *parts)
{
    *part = *parts = 1;
    if (*count != 1 || sscanf(names[0], "%u/%u", part, parts) != 2)
        return true;
    *count = 0;
    return *part >= 1 && *part <= *parts;
}

static int run_suite(const struct suite *suite, struct rig *rig, int count, char **names)
{
    unsigned passed = 0, failed = 0, part, parts;

    if (!take_part(&count, names, &part, &parts))
        return 2;
    for (unsigned i = 0; i < suite->count; i++) {
        char why[WHY_SIZE] = "";

        if (suite->attacks[i].number == 0 || i % parts != part - 1 ||
            !chosen(suite->attacks[i].name, count, names))
            continue;
        if (run(rig, &suite->attacks[i], why)) {
            passed++;
            printf("ok   %-52s %s\n", suite->attacks[i].name,
                   rig->lines == 0 ? "nothing gained" : rig->line[0]);
        } else {
            failed++;
            printf("FAIL %-52s %s\n", suite->attacks[i].name, why);
        }
        fflush(stdout);
    }
    printf("%s: %u passed, %u failed\n", suite->name, passed, failed);
    return failed == 0 && passed > 0 ? 0 : 1;
}

/* The names, in Markdown, for docs/boundary.md. */
static int list(void)
{
    for (unsigned s = 0; s < sizeof suites / sizeof *suites; s++) {
        unsigned column = 0;

        if (suites[s].attacks[0].number != 0)
            printf("\n**Kinds of faults**\n");
        for (unsigned i = 0; i < suites[s].count; i++) {
            const struct attack *attack = &suites[s].attacks[i];

            if (attack->number == 0) {
                printf("\n%s**%s**\n", i == 0 ? "" : "\n", attack->name);
                column = 0;
                continue;
            }
            column += (unsigned)strlen(attack->name) + 3;
            printf("%s`%s`", column > 120 ? "\n" : " ", attack->name);
            column = column > 120 ? 0 : column;
        }
        printf("\n");
    }
    return 0;
}

/* Every half-word of the veneer page that is not the SG of a slot. */
static int run_veneers(struct rig *rig)
{
    unsigned refused = 0, slots = 0;

    for (uint32_t offset = 0; offset < VENEERS_SIZE; offset += 2) {
        uint32_t instruction = 0;
        char word[32];

        (void)cpu_debug_read(rig->cpu, VENEERS + offset, true, &instruction, 4);
        if (instruction == SG) {
            slots++;
            continue;
        }
        rig_back(rig);
        rig_command(rig, ATTACK_jump, VENEERS + offset + 1, 0);
        for (unsigned ms = 0; ms < 50 && rig->crash_lines == 0; ms++)
            (void)rig_run(rig, SIM_PS_PER_MS);
        snprintf(word, sizeof word, "PC=0x%08x", VENEERS + offset);
        if (rig->crash_lines == 0 || strstr(rig->line[0], "SecureFault INVEP") == NULL ||
            strstr(rig->line[0], word) == NULL) {
            printf("FAIL entry at offset 0x%04x: %s\n", offset, last_line(rig));
            return 1;
        }
        refused++;
    }
    printf("veneers: %u entries refused, %u slots\n", refused, slots);
    return slots == SLOTS ? 0 : 1;
}

int main(int argc, char **argv)
{
    static struct rig rig;
    int status = 2;

    if (argc == 2 && strcmp(argv[1], "list") == 0)
        return list();
    if (argc < 4) {
        fprintf(stderr, "usage: board_attacks hostile|faults|random FIRMWARE APP …\n");
        return 2;
    }
    if (!rig_start(&rig, argv[2], argv[3]))
        return 1;
    if (strcmp(argv[1], "random") == 0)
        status = random_calls(&rig, argc - 4, argv + 4);
    if (strcmp(argv[1], "veneers") == 0)
        status = run_veneers(&rig);
    for (unsigned i = 0; i < sizeof suites / sizeof *suites; i++) {
        if (strcmp(argv[1], suites[i].name) == 0)
            status = run_suite(&suites[i], &rig, argc - 4, argv + 4);
    }
    rig_end(&rig);
    return status;
}
