/* The packet layer of the GDB remote serial protocol. */
#include "board/gdb_packet.h"

#define INTERRUPT  0x03
#define ESCAPE_XOR 0x20

void gdb_packet_init(struct gdb_packet_link *link,
                     void (*write)(void *context, const char *data, size_t size), void *context)
{
    link->context = context;
    link->write = write;
    link->no_acknowledge = false;
    link->size = 0;
    link->state = GDB_IDLE;
    link->sent_size = 0;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void store(struct gdb_packet_link *link, char byte)
{
    if (link->size < GDB_PACKET_MAX)
        link->packet[link->size++] = byte;
    else
        link->overflow = true;
}

static enum gdb_input outside(struct gdb_packet_link *link, char byte)
{
    if (byte == INTERRUPT)
        return GDB_INPUT_INTERRUPT;
    if (byte == '-' && link->sent_size > 0 && !link->no_acknowledge)
        link->write(link->context, link->sent, link->sent_size);
    if (byte == '$') {
        link->state = GDB_DATA;
        link->size = 0;
        link->sum = 0;
        link->overflow = false;
    }
    return GDB_INPUT_NONE;
}

static void inside(struct gdb_packet_link *link, char byte)
{
    if (byte == '#') {
        link->state = GDB_SUM1;
        return;
    }
    link->sum = (uint8_t)(link->sum + (uint8_t)byte);
    if (link->state == GDB_ESCAPE) {
        link->state = GDB_DATA;
        store(link, (char)(byte ^ ESCAPE_XOR));
    } else if (byte == '}') {
        link->state = GDB_ESCAPE;
    } else {
        store(link, byte);
    }
}

static enum gdb_input finish(struct gdb_packet_link *link)
{
    bool good = link->given_sum == link->sum && !link->overflow;

    link->state = GDB_IDLE;
    link->packet[link->size] = '\0';
    if (link->no_acknowledge)
        return good ? GDB_INPUT_PACKET : GDB_INPUT_NONE;
    link->write(link->context, good ? "+" : "-", 1);
    return good ? GDB_INPUT_PACKET : GDB_INPUT_NONE;
}

enum gdb_input gdb_packet_receive(struct gdb_packet_link *link, char byte)
{
    switch (link->state) {
    case GDB_IDLE:
        return outside(link, byte);
    case GDB_DATA:
    case GDB_ESCAPE:
        inside(link, byte);
        return GDB_INPUT_NONE;
    case GDB_SUM1:
        link->given_sum = (uint8_t)((unsigned)hex_digit(byte) << 4);
        link->state = GDB_SUM2;
        return GDB_INPUT_NONE;
    case GDB_SUM2:
        link->given_sum |= (uint8_t)(hex_digit(byte) & 0x0F);
        return finish(link);
    }
    return GDB_INPUT_NONE;
}

void gdb_packet_send(struct gdb_packet_link *link, const char *data, size_t size)
{
    uint8_t sum = 0;
    size_t used = 0;

    if (size > GDB_PACKET_MAX)
        size = GDB_PACKET_MAX;
    link->sent[used++] = '$';
    for (size_t i = 0; i < size; i++) {
        char c = data[i];

        if (c == '$' || c == '#' || c == '}' || c == '*') {
            link->sent[used++] = '}';
            sum = (uint8_t)(sum + '}');
            c ^= ESCAPE_XOR;
        }
        link->sent[used++] = c;
        sum = (uint8_t)(sum + (uint8_t)c);
    }
    link->sent[used++] = '#';
    link->sent[used++] = "0123456789abcdef"[sum >> 4];
    link->sent[used++] = "0123456789abcdef"[sum & 15];
    link->sent_size = used;
    link->write(link->context, link->sent, used);
}
