/* One board under attack: a real kernel and an application that listens to commands, a snapshot to
 * go back to, and what can be seen from outside without the kernel's help. */
#ifndef TESTS_BOARD_RIG_H
#define TESTS_BOARD_RIG_H

#include <stdbool.h>
#include <stdint.h>

#include "board/board.h"
#include "formats/identity.h"
#include "mailbox.h"
#include "world/snapshot.h"

#define RIG_SEED      4711u
#define RIG_LINES     16
#define RIG_LINE_SIZE 512

/* Addresses of the kernel's functions that tell what it does. */
struct rig_symbols {
    uint32_t log_system;  /* (type, text): a line of the device's log stream */
    uint32_t power_reset; /* the kernel resets the device */
    uint32_t net_poll;    /* the work thread has come round */
    uint32_t time_irq, call_mvGetDeviceId;
    uint32_t policy;    /* struct that begins with the state of the connection */
    uint32_t boot_main; /* of the bootrom */
    uint32_t bss_end;   /* what lies behind is not used by the kernel */
};

struct rig {
    struct board *board;
    struct cpu *cpu;
    struct snapshot *base;
    struct rig_symbols symbols;
    uint8_t identity[IDENTITY_SIZE];
    unsigned lines, crash_lines; /* since the last rig_back() */
    char line[RIG_LINES][RIG_LINE_SIZE];
    struct mailbox at_crash; /* at the first of them */
    unsigned resets;         /* by the kernel, and of the chip */
    bool locked_up, failed;
    uint64_t modem_bytes; /* that the kernel has sent to its modem, since rig_back() */
    unsigned rounds;      /* of the work thread; counted only by rig_thread_runs */
};

/* Boots the application of `app` on the firmware in `firmware` up to its first wait for a command
 * and takes the snapshot. False: told on standard error. */
bool rig_start(struct rig *rig, const char *firmware, const char *app);
void rig_end(struct rig *rig);
/* To the snapshot. */
void rig_back(struct rig *rig);
/* The kernel takes itself for connected, until its link tells otherwise: channels can be opened. */
void rig_pretend_connected(struct rig *rig);

/* Runs for at most that virtual time. False: nothing runs any more (lockup). */
bool rig_run(struct rig *rig, sim_ps time);
struct mailbox rig_mailbox(struct rig *rig);
void rig_command(struct rig *rig, uint32_t command, uint32_t argument, uint32_t seed);
/* Until the mailbox is in that state, for at most that time. */
bool rig_wait(struct rig *rig, uint32_t state, sim_ps time);
/* The kernel's thread comes round `rounds` times within that time. */
bool rig_thread_runs(struct rig *rig, unsigned rounds, sim_ps time);

#endif
