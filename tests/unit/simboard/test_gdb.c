/* The GDB port without sockets and without a processor: packets and commands against a small fake
 * target. The real gdb is used in test_board.sh.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "board/gdb_registers.h"
#include "board/gdb_stub.h"

#define MEMORY_SIZE 256

struct bench {
    struct gdb_stub stub;
    char out[40000];
    size_t size;
    uint32_t registers[64];
    uint8_t memory[MEMORY_SIZE];
    unsigned breakpoints;
    int resumed;
    unsigned interrupts;
};

static void take_bytes(void *context, const char *data, size_t size)
{
    struct bench *bench = context;

    assert_true(bench->size + size < sizeof bench->out);
    memcpy(bench->out + bench->size, data, size);
    bench->size += size;
    bench->out[bench->size] = '\0';
}

static uint32_t read_register(void *context, unsigned number)
{
    return ((struct bench *)context)->registers[number];
}

static void write_register(void *context, unsigned number, uint32_t value)
{
    ((struct bench *)context)->registers[number] = value;
}

static bool in_range(uint32_t address, size_t size)
{
    return address <= MEMORY_SIZE && size <= MEMORY_SIZE - address;
}

static bool read_memory(void *context, uint32_t address, void *data, size_t size)
{
    if (in_range(address, size))
        memcpy(data, ((struct bench *)context)->memory + address, size);
    return in_range(address, size);
}

static bool write_memory(void *context, uint32_t address, const void *data, size_t size)
{
    if (in_range(address, size))
        memcpy(((struct bench *)context)->memory + address, data, size);
    return in_range(address, size);
}

static bool set_breakpoint(void *context, uint32_t address)
{
    (void)address;
    ((struct bench *)context)->breakpoints++;
    return true;
}

static void clear_breakpoint(void *context, uint32_t address)
{
    (void)address;
    ((struct bench *)context)->breakpoints--;
}

static void resume(void *context, enum gdb_resume how)
{
    ((struct bench *)context)->resumed = (int)how;
}

static void interrupt(void *context)
{
    ((struct bench *)context)->interrupts++;
}

static bool monitor(void *context, const char *text, char *answer, size_t answer_size)
{
    (void)context;
    if (strcmp(text, "hello") != 0)
        return false;
    snprintf(answer, answer_size, "hi\n");
    return true;
}

static int setup(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    struct gdb_target target = {.context = bench,
                                .read_register = read_register,
                                .write_register = write_register,
                                .read_memory = read_memory,
                                .write_memory = write_memory,
                                .set_breakpoint = set_breakpoint,
                                .clear_breakpoint = clear_breakpoint,
                                .resume = resume,
                                .interrupt = interrupt,
                                .monitor = monitor};

    bench->resumed = -1;
    gdb_stub_init(&bench->stub, &target, take_bytes, bench);
    *state = bench;
    return 0;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

static void give(struct bench *bench, const char *bytes, size_t size)
{
    bench->size = 0;
    bench->out[0] = '\0';
    for (size_t i = 0; i < size; i++)
        gdb_stub_receive(&bench->stub, bytes[i]);
}

/* Sends a command in a packet. */
static void command_packet(struct bench *bench, const char *command)
{
    char packet[1024];
    unsigned sum = 0;

    for (const char *c = command; *c != '\0'; c++)
        sum += (unsigned char)*c;
    snprintf(packet, sizeof packet, "$%s#%02x", command, sum & 0xFF);
    give(bench, packet, strlen(packet));
}

/* Sends a command and compares the whole answer, acknowledgement first. */
static void expect(struct bench *bench, const char *command, const char *answer)
{
    char wanted[1024];
    unsigned sum = 0;

    command_packet(bench, command);
    for (const char *c = answer; *c != '\0'; c++)
        sum += (unsigned char)*c;
    snprintf(wanted, sizeof wanted, "+$%s#%02x", answer, sum & 0xFF);
    assert_string_equal(bench->out, wanted);
}

static void test_packets(void **state)
{
    struct bench *bench = *state;

    give(bench, "+++$?#3f", 8);
    assert_string_equal(bench->out, "+$T05thread:1;#d7");
    give(bench, "-", 1); /* lost: again */
    assert_string_equal(bench->out, "$T05thread:1;#d7");
    give(bench, "$?#00", 5);
    assert_string_equal(bench->out, "-");
    give(bench, "rubbish", 7);
    assert_string_equal(bench->out, "");
}

static void test_overlong_packet(void **state)
{
    struct bench *bench = *state;
    static char packet[GDB_PACKET_MAX + 100];

    memset(packet, 'a', sizeof packet);
    packet[0] = '$';
    packet[sizeof packet - 3] = '#';
    give(bench, packet, sizeof packet);
    assert_string_equal(bench->out, "-");
    expect(bench, "H0", "OK");
}

static void test_registers(void **state)
{
    struct bench *bench = *state;

    bench->registers[15] = 0x0C100201;
    expect(bench, "pf", "0102100c");
    expect(bench, "Pf=78563412", "OK");
    assert_int_equal(bench->registers[15], 0x12345678);
    expect(bench, "pfff", "E01");
    expect(bench, "P1=12", "E01");
    give(bench, "$g#67", 5);
    assert_int_equal(bench->size, 1 + 1 + 8 * gdb_register_count() + 3);
    assert_memory_equal(bench->out + 2 + 8 * 15, "78563412", 8);
    expect(bench, "G0100000002000000", "OK");
    assert_int_equal(bench->registers[1], 2);
}

static void test_memory(void **state)
{
    struct bench *bench = *state;

    expect(bench, "M10,3:a1b2c3", "OK");
    expect(bench, "m10,4", "a1b2c300");
    expect(bench, "m100,1", "E01");
    expect(bench, "mfffffffff,1", "E01");
    expect(bench, "m0,ffffffff", "E01");
    expect(bench, "M10,3:a1b2", "E01");
    expect(bench, "M10,x:a1b2", "E01");
    /* X with an escaped '#' (0x23). */
    expect(bench, "X20,2:}\x03z", "OK");
    assert_memory_equal(bench->memory + 0x20, "#z", 2);
}

static void test_running(void **state)
{
    struct bench *bench = *state;

    expect(bench, "vCont?", "vCont;c;C;s;S");
    give(bench, "\x03", 1);
    assert_int_equal(bench->interrupts, 0); /* already halted */
    command_packet(bench, "vCont;c:1");
    assert_string_equal(bench->out, "+");
    assert_int_equal(bench->resumed, GDB_CONTINUE);
    give(bench, "\x03", 1);
    assert_int_equal(bench->interrupts, 1);
    bench->size = 0;
    gdb_stub_stopped(&bench->stub, 2);
    assert_string_equal(bench->out, "$T02thread:1;#d4");
    command_packet(bench, "s");
    assert_int_equal(bench->resumed, GDB_STEP);
    bench->size = 0;
    gdb_stub_stopped(&bench->stub, 5);
    assert_string_equal(bench->out, "$T05thread:1;#d7");
    expect(bench, "vCont;x", "E01");
}

static void test_breakpoints(void **state)
{
    struct bench *bench = *state;
    char command[32];

    expect(bench, "Z0,c100200,2", "OK");
    expect(bench, "Z1,c100200,2", "OK");
    assert_int_equal(bench->breakpoints, 1);
    expect(bench, "z0,c100200,2", "OK");
    expect(bench, "z0,c100200,2", "OK");
    assert_int_equal(bench->breakpoints, 0);
    for (unsigned i = 0; i < GDB_BREAKPOINTS_MAX; i++) {
        snprintf(command, sizeof command, "Z0,%x,2", 2 * i);
        expect(bench, command, "OK");
    }
    expect(bench, "Z0,1000,2", "E01");
    expect(bench, "Z2,1000,4", "");
    expect(bench, "D", "OK");
    assert_int_equal(bench->breakpoints, 0);
    assert_int_equal(bench->resumed, GDB_DETACH);
}

static void test_queries(void **state)
{
    struct bench *bench = *state;

    command_packet(bench, "qSupported:xmlRegisters=i386");
    assert_non_null(strstr(bench->out, "qXfer:features:read+"));
    expect(bench, "qRcmd,68656c6c6f", "68690a");
    command_packet(bench, "qRcmd,00");
    assert_true(bench->size > 10);
    expect(bench, "qNothingKnown", "");
    expect(bench, "qXfer:features:read:other.xml:0,10", "");
    expect(bench, "qXfer:features:read:target.xml:0,5", "m<?xml");
    expect(bench, "qXfer:features:read:target.xml:fffff,5", "E01");
    expect(bench, "QStartNoAckMode", "OK");
    command_packet(bench, "qC");
    assert_string_equal(bench->out, "$QC1#c5");
}

static void test_rubbish(void **state)
{
    static const char letters[] = "$#}gGmMXpPcszZvqQ?,:;=0123456789abcdef\x03+-";
    struct bench *bench = *state;
    uint32_t seed = 3;

    for (unsigned i = 0; i < 300000; i++) {
        seed = seed * 1103515245 + 12345;
        bench->size = 0;
        gdb_stub_receive(&bench->stub, letters[(seed >> 16) % (sizeof letters - 1)]);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_packets), TEST(test_overlong_packet), TEST(test_registers), TEST(test_memory),
        TEST(test_running), TEST(test_breakpoints),     TEST(test_queries),   TEST(test_rubbish),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
