/* The board's GDB port against any bytes from a client. */
// fuzz-libs: sim_board
#include <string.h>

#include "board/gdb_stub.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void drop_bytes(void *context, const char *data, size_t size)
{
    (void)context;
    (void)data;
    (void)size;
}

static uint32_t read_register(void *context, unsigned number)
{
    (void)context;
    return number;
}

static void write_register(void *context, unsigned number, uint32_t value)
{
    (void)context;
    (void)number;
    (void)value;
}

static bool read_memory(void *context, uint32_t address, void *data, size_t size)
{
    (void)context;
    memset(data, (int)address, size);
    return (address & 1) == 0;
}

static bool write_memory(void *context, uint32_t address, const void *data, size_t size)
{
    volatile uint8_t sum = 0;

    (void)context;
    for (size_t i = 0; i < size; i++) /* every byte must be readable */
        sum = (uint8_t)(sum + ((const uint8_t *)data)[i]);
    return (address & 1) == 0;
}

static bool set_breakpoint(void *context, uint32_t address)
{
    (void)context;
    (void)address;
    return true;
}

static void clear_breakpoint(void *context, uint32_t address)
{
    (void)context;
    (void)address;
}

static void resume(void *context, enum gdb_resume how)
{
    (void)how;
    if (how != GDB_DETACH && how != GDB_KILL)
        gdb_stub_stopped(context, 5);
}

static void interrupt(void *context)
{
    (void)context;
}

static bool monitor(void *context, const char *text, char *answer, size_t answer_size)
{
    (void)context;
    strncpy(answer, text, answer_size - 1);
    return text[0] != '\0';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct gdb_stub stub;
    struct gdb_target target = {.context = &stub,
                                .read_register = read_register,
                                .write_register = write_register,
                                .read_memory = read_memory,
                                .write_memory = write_memory,
                                .set_breakpoint = set_breakpoint,
                                .clear_breakpoint = clear_breakpoint,
                                .resume = resume,
                                .interrupt = interrupt,
                                .monitor = monitor};

    gdb_stub_init(&stub, &target, drop_bytes, NULL);
    for (size_t i = 0; i < size; i++)
        gdb_stub_receive(&stub, (char)data[i]);
    return 0;
}
