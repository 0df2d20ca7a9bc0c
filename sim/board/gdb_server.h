/* The board's GDB port: a listening socket on the loopback interface, one client at a time.
 *
 * GDB's arrival halts the board; its departure lets it run. The owner of the board's loop asks
 * gdb_server_wants what to do next.
 */
#ifndef SIM_BOARD_GDB_SERVER_H
#define SIM_BOARD_GDB_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "board/board.h"

struct gdb_server;

enum gdb_wants {
    GDB_WANTS_RUN,
    GDB_WANTS_HALT, /* wait in hostio_wait/hostio_dispatch */
    GDB_WANTS_STEP, /* one board_step */
    GDB_WANTS_STOP, /* interrupted: say gdb_server_stopped */
    GDB_WANTS_QUIT, /* GDB killed the board */
};

/* Listens on 127.0.0.1; port 0 takes any. On failure returns NULL and says why in `error`. */
struct gdb_server *gdb_server_new(struct board *board, uint16_t port, char *error,
                                  size_t error_size);
void gdb_server_free(struct gdb_server *server);
uint16_t gdb_server_port(const struct gdb_server *server);
/* Halts the board until a client continues it. */
void gdb_server_halt(struct gdb_server *server);
enum gdb_wants gdb_server_wants(const struct gdb_server *server);
/* The board stopped: 5 = breakpoint or step done, 2 = interrupted, 11 = lockup. */
void gdb_server_stopped(struct gdb_server *server, int signal);

#endif
