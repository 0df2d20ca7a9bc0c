/* GDB remote serial protocol: commands by table, over any packet link, for any target.
 *
 * The stub never runs the target itself: it asks the owner to resume or halt and waits to be told
 * (gdb_stub_stopped) that the target has stopped.
 */
#ifndef SIM_BOARD_GDB_STUB_H
#define SIM_BOARD_GDB_STUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "board/gdb_packet.h"

#define GDB_BREAKPOINTS_MAX 64

enum gdb_resume { GDB_CONTINUE, GDB_STEP, GDB_DETACH, GDB_KILL };

/* What is debugged. */
struct gdb_target {
    void *context;
    uint32_t (*read_register)(void *context, unsigned number);
    void (*write_register)(void *context, unsigned number, uint32_t value);
    bool (*read_memory)(void *context, uint32_t address, void *data, size_t size);
    bool (*write_memory)(void *context, uint32_t address, const void *data, size_t size);
    bool (*set_breakpoint)(void *context, uint32_t address);
    void (*clear_breakpoint)(void *context, uint32_t address);
    void (*resume)(void *context, enum gdb_resume how);
    /* Ctrl-C. */
    void (*interrupt)(void *context);
    /* "monitor TEXT": writes an answer for people; false if the command is not known. */
    bool (*monitor)(void *context, const char *text, char *answer, size_t answer_size);
};

struct gdb_stub {
    struct gdb_target target;
    struct gdb_packet_link link;
    bool running;
    uint32_t breakpoints[GDB_BREAKPOINTS_MAX];
    unsigned breakpoint_count;
    int last_signal;
    char reply[GDB_PACKET_MAX + 1];
};

void gdb_stub_init(struct gdb_stub *stub, const struct gdb_target *target,
                   void (*write)(void *context, const char *data, size_t size), void *context);
/* A byte from GDB. */
void gdb_stub_receive(struct gdb_stub *stub, char byte);
/* The target stopped: 5 = trap, 2 = interrupted, 11 = fault. */
void gdb_stub_stopped(struct gdb_stub *stub, int signal);
/* GDB went away: forget its breakpoints. */
void gdb_stub_close(struct gdb_stub *stub);

#endif
