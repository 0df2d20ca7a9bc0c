/* The parts of a board; for board.c and run.c only. */
#ifndef SIM_BOARD_BOARD_STATE_H
#define SIM_BOARD_BOARD_STATE_H

#include <signal.h>

#include "board/board.h"
#include "board/network.h"
#include "board/nor.h"
#include "board/uart_input.h"
#include "board/uart_log.h"
#include "world/impair.h"
#include "world/pace.h"

#define BOARD_SPI_BUSES 3

struct spi_wire {
    struct board *board;
    enum soc_spi_bus bus;
};

struct uart_wire {
    struct board *board;
    enum soc_uart uart;
};

struct board {
    struct board_config config;
    struct nvm nvm;
    struct sched sched;
    struct soc *soc;
    struct cpu *cpu;
    struct nor nor;
    struct modem modem;
    struct parts parts;
    struct part_answers spi_answers[BOARD_SPI_BUSES];
    struct network *network;
    struct hostio io;
    struct pace pace;
    struct uart_log uarts;
    struct uart_wire wires[SOC_UARTS];
    struct spi_wire spi_wires[BOARD_SPI_BUSES];
    struct uart_input inputs[SOC_UARTS];
    struct board_watcher watchers[BOARD_WATCHERS_MAX];
    unsigned watcher_count;
    struct link_script script;
    unsigned script_next;
    struct sim_event script_event;

    /* The loop. */
    volatile sig_atomic_t break_requested;
    bool paced;
    bool asleep; /* nothing runs before the next event or SysTick */
    bool locked_up;
    bool lockup_told; /* board_run has returned BOARD_STOP_LOCKUP for it */
    uint64_t host_polled_ns;
    sim_ps lockdown_check; /* when to look at the boot ROM's note again */
    uint32_t lockdown_told;

    /* Limits of world_run; absolute counts, 0: none. Reaching one breaks the run. */
    uint64_t instruction_limit;
    uint64_t flash_limit, nor_limit;
    uint64_t flash_operations, nor_operations;

    struct impair *uplink, *downlink; /* NULL: packets pass at once */
    struct snapshot *snapshots;       /* live ones */
};

/* The memories are about to change: live snapshots keep what they need (world/snapshot.c). */
void snapshots_touch_flash(struct board *board, uint32_t offset, uint32_t size);
void snapshots_touch_nor(struct board *board, uint32_t offset, uint32_t size);
void snapshots_orphan(struct board *board);

/* A line for people. */
void board_say(const struct board *board, const char *source, const char *text);
/* Looks whether the boot ROM has locked the board down, and tells it once. */
void board_check_lockdown(struct board *board);

#endif
