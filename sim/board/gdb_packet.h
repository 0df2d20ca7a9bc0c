/* Packets of the GDB remote serial protocol: $data#checksum, acknowledgements, escapes, Ctrl-C.
 *
 * No transport: bytes in by gdb_packet_receive, bytes out through a callback. A packet is handed on
 * unescaped and NUL-terminated.
 */
#ifndef SIM_BOARD_GDB_PACKET_H
#define SIM_BOARD_GDB_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GDB_PACKET_MAX 0x4000u /* bytes between $ and #, as told to GDB */

enum gdb_input {
    GDB_INPUT_NONE,
    GDB_INPUT_PACKET,    /* a whole packet is in link->packet */
    GDB_INPUT_INTERRUPT, /* Ctrl-C */
};

struct gdb_packet_link {
    void *context;
    void (*write)(void *context, const char *data, size_t size);
    bool no_acknowledge; /* after QStartNoAckMode */

    char packet[GDB_PACKET_MAX + 1];
    size_t size;
    /* private */
    enum { GDB_IDLE, GDB_DATA, GDB_ESCAPE, GDB_SUM1, GDB_SUM2 } state;
    uint8_t sum;
    uint8_t given_sum;
    bool overflow;
    char sent[2 * GDB_PACKET_MAX + 8]; /* the last packet, for a repetition */
    size_t sent_size;
};

void gdb_packet_init(struct gdb_packet_link *link,
                     void (*write)(void *context, const char *data, size_t size), void *context);
enum gdb_input gdb_packet_receive(struct gdb_packet_link *link, char byte);
/* Sends a packet; data beyond GDB_PACKET_MAX bytes are cut off. */
void gdb_packet_send(struct gdb_packet_link *link, const char *data, size_t size);

#endif
