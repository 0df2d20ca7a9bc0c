/* Random calls in runs of CHUNK, each from its own seed: a run that fails is repeated by its seed
 * alone. */
#include "random.h"

#include <stdio.h>
#include <stdlib.h>

#include "guard.h"
#include "rig.h"

#define CHUNK      50000u
#define CHUNK_TIME (120000 * SIM_PS_PER_MS)

/* One run from the snapshot; calls made, or 0 if something was wrong. */
static uint32_t run(struct rig *rig, uint32_t calls, uint32_t seed)
{
    sim_ps end;
    char what[256];
    struct mailbox mailbox;
    uint32_t progress = 0;

    rig_back(rig);
    rig_pretend_connected(rig);
    rig_command(rig, MAILBOX_RANDOM, calls, seed);
    end = board_time(rig->board) + CHUNK_TIME;
    /* It ends by itself, or one of the calls has restarted the application. */
    do {
        mailbox = rig_mailbox(rig);
        if (mailbox.state == MAILBOX_BUSY)
            progress = mailbox.progress;
    } while (mailbox.state != MAILBOX_DONE && mailbox.state != MAILBOX_READY &&
             board_time(rig->board) < end && rig_run(rig, SIM_PS_PER_MS));
    if (mailbox.state == MAILBOX_DONE)
        progress = mailbox.progress;
    if (rig->locked_up)
        printf("seed %u: the processor locked up\n", seed);
    else if (rig->resets > 0)
        printf("seed %u: the kernel reset the device\n", seed);
    else if (rig->crash_lines > 0)
        printf("seed %u: after %u calls: %s\n", seed, progress, rig->line[0]);
    else if (mailbox.state != MAILBOX_DONE && mailbox.state != MAILBOX_READY)
        printf("seed %u: hangs after %u calls\n", seed, progress);
    else if (mailbox.state == MAILBOX_DONE && mailbox.result != 0)
        printf("seed %u: call 0x%08x answers 0x%x to 0x%x 0x%x 0x%x (call %u)\n", seed,
               mailbox.detail[0], mailbox.detail[1], mailbox.detail[2], mailbox.detail[3],
               mailbox.detail[4], mailbox.detail[5]);
    else if (!guard_whole(rig, what, sizeof what))
        printf("seed %u: %s\n", seed, what);
    else if (!rig_thread_runs(rig, 5, 500 * SIM_PS_PER_MS))
        printf("seed %u: the kernel's thread does not run\n", seed);
    else
        return progress != 0 ? progress : 1;
    return 0;
}

int random_calls(struct rig *rig, int count, char **arguments)
{
    uint64_t wanted = count > 0 ? strtoull(arguments[0], NULL, 10) : CHUNK;
    uint32_t seed = count > 1 ? (uint32_t)strtoul(arguments[1], NULL, 10) : 1;
    uint64_t made = 0;
    uint32_t first = seed;

    while (made < wanted) {
        uint64_t left = wanted - made;
        uint32_t calls = run(rig, left < CHUNK ? (uint32_t)left : CHUNK, seed);

        if (calls == 0) {
            printf("FAIL random calls: repeat with 'random FIRMWARE APP %u %u'\n", CHUNK, seed);
            return 1;
        }
        made += calls;
        seed++;
    }
    printf("random: %llu calls, seeds %u to %u\n", (unsigned long long)made, first, seed - 1);
    return 0;
}
