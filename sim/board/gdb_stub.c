/* Commands of the GDB remote serial protocol. Each handler gets what follows its prefix. */
#include "board/gdb_stub.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board/gdb_registers.h"

#define SIGNAL_TRAP 5

static void reply(struct gdb_stub *stub, const char *text)
{
    gdb_packet_send(&stub->link, text, strlen(text));
}

__attribute__((format(printf, 2, 3))) static void replyf(struct gdb_stub *stub, const char *format,
                                                         ...)
{
    char text[128];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    reply(stub, text);
}

static void reply_ok(struct gdb_stub *stub)
{
    reply(stub, "OK");
}

static void reply_error(struct gdb_stub *stub)
{
    reply(stub, "E01");
}

/* --- hexadecimal --- */

static size_t put_hex(char *out, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        snprintf(out + 2 * i, 3, "%02x", data[i]);
    return 2 * size;
}

/* Decodes up to `size` bytes; returns how many there were. */
static size_t get_hex(const char *text, uint8_t *data, size_t size)
{
    size_t count = 0;

    for (; count < size && text[0] != '\0' && text[1] != '\0'; text += 2) {
        char byte[3] = {text[0], text[1], '\0'};
        char *end;

        data[count] = (uint8_t)strtoul(byte, &end, 16);
        if (*end != '\0')
            break;
        count++;
    }
    return count;
}

/* Reads a number in hexadecimal and the separator after it; false if it is not there. */
static bool get_number(const char **text, char separator, uint32_t *value)
{
    char *end;
    unsigned long long number = strtoull(*text, &end, 16);

    if (end == *text || number > UINT32_MAX || *end != separator)
        return false;
    *value = (uint32_t)number;
    *text = end + (separator != '\0');
    return true;
}

static size_t put_register(char *out, uint32_t value)
{
    uint8_t bytes[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
                        (uint8_t)(value >> 24)};

    return put_hex(out, bytes, sizeof bytes);
}

static bool get_register(const char *text, uint32_t *value)
{
    uint8_t bytes[4];

    if (get_hex(text, bytes, sizeof bytes) != sizeof bytes)
        return false;
    *value =
        bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
    return true;
}

/* --- registers --- */

static void do_status(struct gdb_stub *stub, const char *text)
{
    (void)text;
    replyf(stub, "T%02xthread:1;", stub->last_signal);
}

static void do_read_registers(struct gdb_stub *stub, const char *text)
{
    size_t used = 0;

    (void)text;
    for (unsigned i = 0; i < gdb_register_count(); i++)
        used +=
            put_register(stub->reply + used, stub->target.read_register(stub->target.context, i));
    gdb_packet_send(&stub->link, stub->reply, used);
}

static void do_write_registers(struct gdb_stub *stub, const char *text)
{
    uint32_t value;

    for (unsigned i = 0; i < gdb_register_count() && get_register(text, &value); i++, text += 8)
        stub->target.write_register(stub->target.context, i, value);
    reply_ok(stub);
}

static void do_read_register(struct gdb_stub *stub, const char *text)
{
    uint32_t number;

    if (!get_number(&text, '\0', &number) || number >= gdb_register_count()) {
        reply_error(stub);
        return;
    }
    put_register(stub->reply, stub->target.read_register(stub->target.context, number));
    reply(stub, stub->reply);
}

static void do_write_register(struct gdb_stub *stub, const char *text)
{
    uint32_t number;
    uint32_t value;

    if (!get_number(&text, '=', &number) || number >= gdb_register_count() ||
        !get_register(text, &value)) {
        reply_error(stub);
        return;
    }
    stub->target.write_register(stub->target.context, number, value);
    reply_ok(stub);
}

/* --- memory --- */

static void do_read_memory(struct gdb_stub *stub, const char *text)
{
    uint8_t data[GDB_PACKET_MAX / 2];
    uint32_t address;
    uint32_t size;

    if (!get_number(&text, ',', &address) || !get_number(&text, '\0', &size) ||
        size > sizeof data) {
        reply_error(stub);
        return;
    }
    if (!stub->target.read_memory(stub->target.context, address, data, size)) {
        reply_error(stub);
        return;
    }
    gdb_packet_send(&stub->link, stub->reply, put_hex(stub->reply, data, size));
}

static void write_memory(struct gdb_stub *stub, uint32_t address, const uint8_t *data, size_t size)
{
    if (size == 0 || stub->target.write_memory(stub->target.context, address, data, size))
        reply_ok(stub);
    else
        reply_error(stub);
}

static void do_write_memory(struct gdb_stub *stub, const char *text)
{
    uint8_t data[GDB_PACKET_MAX / 2];
    uint32_t address;
    uint32_t size;

    if (!get_number(&text, ',', &address) || !get_number(&text, ':', &size) ||
        get_hex(text, data, sizeof data) != size)
        reply_error(stub);
    else
        write_memory(stub, address, data, size);
}

/* Binary data; the packet layer has removed the escapes. */
static void do_write_binary(struct gdb_stub *stub, const char *text)
{
    const char *end = stub->link.packet + stub->link.size;
    uint32_t address;
    uint32_t size;

    if (!get_number(&text, ',', &address) || !get_number(&text, ':', &size) ||
        (size_t)(end - text) != size)
        reply_error(stub);
    else
        write_memory(stub, address, (const uint8_t *)text, size);
}

/* --- running --- */

static void resume(struct gdb_stub *stub, enum gdb_resume how)
{
    stub->running = true;
    stub->target.resume(stub->target.context, how);
}

/* An optional address to go on from, as `c` and `s` allow. */
static void set_pc(struct gdb_stub *stub, const char *text)
{
    uint32_t address;

    if (get_number(&text, '\0', &address))
        stub->target.write_register(stub->target.context, 15, address);
}

static void do_continue(struct gdb_stub *stub, const char *text)
{
    set_pc(stub, text);
    resume(stub, GDB_CONTINUE);
}

static void do_step(struct gdb_stub *stub, const char *text)
{
    set_pc(stub, text);
    resume(stub, GDB_STEP);
}

/* One thread: the first action counts. */
static void do_vcont(struct gdb_stub *stub, const char *text)
{
    if (text[0] == '?')
        reply(stub, "vCont;c;C;s;S");
    else if (text[0] == ';' && (text[1] == 'c' || text[1] == 'C'))
        resume(stub, GDB_CONTINUE);
    else if (text[0] == ';' && (text[1] == 's' || text[1] == 'S'))
        resume(stub, GDB_STEP);
    else
        reply_error(stub);
}

static void do_detach(struct gdb_stub *stub, const char *text)
{
    (void)text;
    reply_ok(stub);
    gdb_stub_close(stub);
    stub->target.resume(stub->target.context, GDB_DETACH);
}

static void do_kill(struct gdb_stub *stub, const char *text)
{
    (void)text;
    gdb_stub_close(stub);
    stub->target.resume(stub->target.context, GDB_KILL);
}

static void do_vkill(struct gdb_stub *stub, const char *text)
{
    reply_ok(stub);
    do_kill(stub, text);
}

/* --- breakpoints: software (Z0) and hardware (Z1) are the same to a simulator --- */

static int find_breakpoint(const struct gdb_stub *stub, uint32_t address)
{
    for (unsigned i = 0; i < stub->breakpoint_count; i++) {
        if (stub->breakpoints[i] == address)
            return (int)i;
    }
    return -1;
}

static void do_set_breakpoint(struct gdb_stub *stub, const char *text)
{
    uint32_t address;

    if (!get_number(&text, ',', &address)) {
        reply_error(stub);
    } else if (find_breakpoint(stub, address) >= 0) {
        reply_ok(stub);
    } else if (stub->breakpoint_count < GDB_BREAKPOINTS_MAX &&
               stub->target.set_breakpoint(stub->target.context, address)) {
        stub->breakpoints[stub->breakpoint_count++] = address;
        reply_ok(stub);
    } else {
        reply_error(stub);
    }
}

static void do_clear_breakpoint(struct gdb_stub *stub, const char *text)
{
    uint32_t address;
    int index;

    if (!get_number(&text, ',', &address)) {
        reply_error(stub);
        return;
    }
    index = find_breakpoint(stub, address);
    if (index >= 0) {
        stub->target.clear_breakpoint(stub->target.context, address);
        stub->breakpoints[index] = stub->breakpoints[--stub->breakpoint_count];
    }
    reply_ok(stub);
}

/* --- queries --- */

static void do_supported(struct gdb_stub *stub, const char *text)
{
    (void)text;
    replyf(stub, "PacketSize=%x;qXfer:features:read+;QStartNoAckMode+;vContSupported+",
           GDB_PACKET_MAX);
}

static void do_features(struct gdb_stub *stub, const char *text)
{
    const char *xml = gdb_registers_xml();
    size_t total = strlen(xml);
    uint32_t offset;
    uint32_t size;

    if (!get_number(&text, ',', &offset) || !get_number(&text, '\0', &size) || offset > total) {
        reply_error(stub);
        return;
    }
    if (size > GDB_PACKET_MAX / 2)
        size = GDB_PACKET_MAX / 2;
    stub->reply[0] = offset + size < total ? 'm' : 'l';
    if (size > total - offset)
        size = (uint32_t)(total - offset);
    memcpy(stub->reply + 1, xml + offset, size);
    gdb_packet_send(&stub->link, stub->reply, 1 + size);
}

static void do_no_acknowledge(struct gdb_stub *stub, const char *text)
{
    (void)text;
    reply_ok(stub);
    stub->link.no_acknowledge = true;
}

/* "monitor": the command and the answer are in hexadecimal. */
static void do_monitor(struct gdb_stub *stub, const char *text)
{
    char command[128];
    char answer[1024] = "";
    size_t length = get_hex(text, (uint8_t *)command, sizeof command - 1);

    command[length] = '\0';
    if (!stub->target.monitor(stub->target.context, command, answer, sizeof answer))
        snprintf(answer, sizeof answer, "unknown command; try \"monitor help\"\n");
    if (answer[0] == '\0') {
        reply_ok(stub);
        return;
    }
    gdb_packet_send(&stub->link, stub->reply,
                    put_hex(stub->reply, (const uint8_t *)answer, strlen(answer)));
}

static void do_threads(struct gdb_stub *stub, const char *text)
{
    (void)text;
    reply(stub, "m1");
}

static void do_no_more_threads(struct gdb_stub *stub, const char *text)
{
    (void)text;
    reply(stub, "l");
}

static void do_thread(struct gdb_stub *stub, const char *text)
{
    (void)text;
    reply(stub, "QC1");
}

static void do_attached(struct gdb_stub *stub, const char *text)
{
    (void)text;
    reply(stub, "1");
}

static void do_fine(struct gdb_stub *stub, const char *text)
{
    (void)text;
    reply_ok(stub);
}

/* Longer prefixes stand before shorter ones that begin alike. */
static const struct {
    const char *prefix;
    void (*handler)(struct gdb_stub *stub, const char *text);
} commands[] = {
    {"?", do_status},
    {"g", do_read_registers},
    {"G", do_write_registers},
    {"p", do_read_register},
    {"P", do_write_register},
    {"m", do_read_memory},
    {"M", do_write_memory},
    {"X", do_write_binary},
    {"c", do_continue},
    {"s", do_step},
    {"vCont", do_vcont},
    {"vKill", do_vkill},
    {"Z0,", do_set_breakpoint},
    {"Z1,", do_set_breakpoint},
    {"z0,", do_clear_breakpoint},
    {"z1,", do_clear_breakpoint},
    {"D", do_detach},
    {"k", do_kill},
    {"H", do_fine},
    {"T", do_fine},
    {"qSupported", do_supported},
    {"qXfer:features:read:target.xml:", do_features},
    {"qRcmd,", do_monitor},
    {"qfThreadInfo", do_threads},
    {"qsThreadInfo", do_no_more_threads},
    {"qAttached", do_attached},
    {"QStartNoAckMode", do_no_acknowledge},
    {"qC", do_thread},
};

static void dispatch(struct gdb_stub *stub)
{
    const char *packet = stub->link.packet;

    for (unsigned i = 0; i < sizeof commands / sizeof *commands; i++) {
        size_t length = strlen(commands[i].prefix);

        if (strncmp(packet, commands[i].prefix, length) == 0) {
            commands[i].handler(stub, packet + length);
            return;
        }
    }
    reply(stub, ""); /* not supported */
}

void gdb_stub_receive(struct gdb_stub *stub, char byte)
{
    switch (gdb_packet_receive(&stub->link, byte)) {
    case GDB_INPUT_PACKET:
        dispatch(stub);
        break;
    case GDB_INPUT_INTERRUPT:
        if (stub->running)
            stub->target.interrupt(stub->target.context);
        break;
    case GDB_INPUT_NONE:
        break;
    }
}

void gdb_stub_stopped(struct gdb_stub *stub, int signal)
{
    stub->last_signal = signal;
    if (stub->running) {
        stub->running = false;
        replyf(stub, "T%02xthread:1;", signal);
    }
}

void gdb_stub_close(struct gdb_stub *stub)
{
    for (unsigned i = 0; i < stub->breakpoint_count; i++)
        stub->target.clear_breakpoint(stub->target.context, stub->breakpoints[i]);
    stub->breakpoint_count = 0;
    stub->running = false;
}

void gdb_stub_init(struct gdb_stub *stub, const struct gdb_target *target,
                   void (*write)(void *context, const char *data, size_t size), void *context)
{
    memset(stub, 0, sizeof *stub);
    stub->target = *target;
    stub->last_signal = SIGNAL_TRAP;
    gdb_packet_init(&stub->link, write, context);
}
