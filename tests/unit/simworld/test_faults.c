/* Exact stops, snapshots, power cuts, skips and flips on a program that writes flash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "board/board_state.h"
#include "guest_board.h"
#include "world/snapshot.h"
#include "world/world.h"

#define END_TIME   (500 * SIM_PS_PER_MS)
#define LAST_COUNT 20u
#define CODE       0x0C100000u

static struct nvm_template *memories;

/* What the program said: the last two-byte messages of each kind. */
struct told {
    uint8_t kind; /* of the message in progress */
    int recovered, committed;
    bool ended;
};

static void hear(void *context, enum soc_uart uart, uint8_t byte)
{
    struct told *told = context;

    if (uart != SOC_USART2)
        return;
    if (told->kind == 'R')
        told->recovered = byte;
    else if (told->kind == 'C')
        told->committed = byte;
    if (told->kind == 0 && byte == 'E')
        told->ended = true;
    told->kind = told->kind == 0 && (byte == 'R' || byte == 'C') ? byte : 0;
}

static struct board *make_board(uint64_t seed, struct told *told)
{
    struct board_config config = {.memories = memories, .seed = seed};
    struct board_watcher watcher = {.context = told, .uart = hear};
    char error[128];
    struct board *board = board_new(&config, error, sizeof error);

    assert_non_null(board);
    *told = (struct told){.recovered = -1};
    board_watch(board, &watcher);
    board_power_on(board);
    return board;
}

static void run_to(struct board *board, sim_ps time)
{
    assert_int_equal(world_run(board, &(struct world_until){.time = time}), WORLD_TIME);
}

static void one_seed_one_run(void **state)
{
    struct told told[3];
    struct board *boards[3];
    uint64_t digests[3];

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        boards[i] = make_board(i < 2 ? 5 : 6, &told[i]);
        run_to(boards[i], i == 1 ? END_TIME / 3 : END_TIME);
    }
    run_to(boards[1], END_TIME);
    for (unsigned i = 0; i < 3; i++) {
        assert_true(told[i].ended);
        assert_int_equal(told[i].recovered, 0);
        assert_int_equal(told[i].committed, LAST_COUNT);
        digests[i] = world_digest(boards[i]);
        board_free(boards[i]);
    }
    assert_true(digests[0] == digests[1]);
    assert_true(digests[0] != digests[2]);
}

/* Memory given back in the middle changes nothing. */
static void trimming_is_invisible(void **state)
{
    uint64_t digests[2];

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct told told;
        struct board *board = make_board(5, &told);

        for (sim_ps at = END_TIME / 10; at <= END_TIME; at += END_TIME / 10) {
            run_to(board, at);
            if (i == 1)
                board_trim(board);
        }
        digests[i] = world_digest(board);
        board_free(board);
    }
    assert_true(digests[0] == digests[1]);
}

static void stops_at_the_instruction(void **state)
{
    static const uint64_t counts[] = {1, 2, 3, 10, 100, 1001, 4000, 4001, 5000};
    struct told told;
    struct board *board = make_board(1, &told);

    (void)state;
    for (unsigned i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct world_until until = {.time = END_TIME, .instructions = counts[i]};

        assert_int_equal(world_run(board, &until), WORLD_INSTRUCTIONS);
        assert_int_equal(world_instructions(board), counts[i]);
    }
    board_free(board);
}

static void stops_at_the_flash_operation(void **state)
{
    struct world_until until = {.time = END_TIME, .flash_operations = 3};
    struct told told;
    struct board *board = make_board(1, &told);

    (void)state;
    assert_int_equal(world_run(board, &until), WORLD_FLASH);
    assert_int_equal(world_flash_operations(board), 3);
    until.flash_operations = 1000;
    assert_int_equal(world_run(board, &until), WORLD_TIME);
    board_free(board);
}

static void snapshots_go_back(void **state)
{
    struct told told;
    struct board *board = make_board(2, &told);
    struct snapshot *snapshots[3];
    uint64_t there[3];
    uint64_t end;

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        run_to(board, (i + 1) * SIM_PS_PER_MS * 2);
        there[i] = world_digest(board);
        snapshots[i] = snapshot_take(board);
        assert_non_null(snapshots[i]);
        assert_int_equal(snapshot_pages(snapshots[i]), 0);
    }
    run_to(board, END_TIME);
    end = world_digest(board);
    assert_true(snapshot_pages(snapshots[0]) > 0);
    for (unsigned round = 0; round < 9; round++) {
        unsigned i = (round * 5 + 1) % 3;

        snapshot_restore(snapshots[i]);
        assert_true(world_digest(board) == there[i]);
        assert_int_equal(snapshot_pages(snapshots[i]), 0);
        if (round % 2 == 0) {
            run_to(board, END_TIME);
            assert_true(world_digest(board) == end);
        }
    }
    snapshot_free(snapshots[1]);
    snapshot_restore(snapshots[0]);
    assert_true(world_digest(board) == there[0]);
    snapshot_free(snapshots[0]);
    board_free(board);
    snapshot_free(snapshots[2]); /* outlived its board */
}

/* After a cut the program must find what it had committed, or the count that it was writing. */
static void check_recovery(struct board *board, struct told *told)
{
    int committed = told->committed;

    told->kind = 0;
    told->recovered = -1;
    run_to(board, board_time(board) + END_TIME);
    assert_in_range(told->recovered, committed, committed + 1);
    assert_true(told->ended);
    assert_true(told->committed == LAST_COUNT || told->recovered == LAST_COUNT);
}

static void power_cuts_at_every_flash_operation(void **state)
{
    struct told told;
    struct board *board = make_board(3, &told);
    struct snapshot *start = snapshot_take(board);
    uint64_t operations;

    (void)state;
    run_to(board, END_TIME);
    operations = world_flash_operations(board);
    assert_true(operations > LAST_COUNT);
    for (uint64_t i = 1; i <= operations; i++) {
        snapshot_restore(start);
        told = (struct told){.recovered = -1};
        assert_true(world_cut_at_flash(board, i, END_TIME));
        check_recovery(board, &told);
    }
    snapshot_restore(start);
    assert_false(world_cut_at_flash(board, operations + 1, END_TIME));
    snapshot_free(start);
    board_free(board);
}

static void power_cuts_at_many_instructions(void **state)
{
    struct told told;
    struct board *board = make_board(4, &told);
    struct snapshot *start = snapshot_take(board);
    uint64_t instructions;

    (void)state;
    run_to(board, END_TIME);
    instructions = world_instructions(board);
    for (uint64_t i = 1; i < instructions; i += instructions / 300 + 1) {
        snapshot_restore(start);
        told = (struct told){.recovered = -1};
        assert_int_equal(world_run(board, &(struct world_until){.instructions = i}),
                         WORLD_INSTRUCTIONS);
        board_cut_power(board);
        check_recovery(board, &told);
    }
    snapshot_free(start);
    board_free(board);
}

/* The same cut twice gives the same torn quad-word and the same end. */
static void cuts_repeat(void **state)
{
    uint64_t digests[2];

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct told told;
        struct board *board = make_board(7, &told);

        assert_true(world_cut_at_flash(board, 5, END_TIME));
        run_to(board, END_TIME);
        digests[i] = world_digest(board);
        board_free(board);
    }
    assert_true(digests[0] == digests[1]);
}

static void skips_instructions(void **state)
{
    struct told told;
    struct board *board = make_board(1, &told);
    struct cpu *cpu = soc_cpu(board_soc(board));

    (void)state;
    for (unsigned count = 1; count <= WORLD_SKIP_MAX; count++) {
        struct world_until until = {.instructions = 40 + 3 * count};
        uint64_t before;
        uint32_t pc;
        uint32_t expected;

        world_run(board, &until);
        before = cpu_instructions(cpu);
        expected = pc = cpu_reg(cpu, CPU_R0 + 15);
        for (unsigned i = 0; i < count; i++) {
            uint16_t half;

            assert_true(cpu_debug_read(cpu, expected, true, &half, sizeof half));
            expected += half >= 0xE800 ? 4 : 2;
        }
        assert_true(world_skip(board, count));
        assert_int_equal(cpu_reg(cpu, CPU_R0 + 15), expected);
        assert_int_equal(cpu_instructions(cpu), before);
        cpu_set_reg(cpu, CPU_R0 + 15, pc);
    }
    run_to(board, END_TIME);
    assert_true(told.ended);
    board_free(board);
}

static void flips_bits(void **state)
{
    struct told told;
    struct board *board = make_board(1, &told);
    struct cpu *cpu = soc_cpu(board_soc(board));
    uint64_t digest;
    uint32_t r4;
    uint8_t byte;
    uint8_t flipped;

    (void)state;
    run_to(board, SIM_PS_PER_MS);
    digest = world_digest(board);
    r4 = cpu_reg(cpu, CPU_R0 + 4);
    world_flip_register(board, CPU_R0 + 4, 31);
    assert_int_equal(cpu_reg(cpu, CPU_R0 + 4), r4 ^ 0x80000000u);
    assert_true(world_digest(board) != digest);
    world_flip_register(board, CPU_R0 + 4, 31);
    assert_true(cpu_debug_read(cpu, CODE + 5, true, &byte, 1));
    assert_true(world_flip_memory(board, CODE + 5, 3));
    assert_true(cpu_debug_read(cpu, CODE + 5, true, &flipped, 1));
    assert_int_equal(flipped, byte ^ 8);
    assert_true(world_flip_memory(board, CODE + 5, 3));
    assert_true(world_flip_memory(board, 0x30088000u, 0));
    assert_true(world_digest(board) != digest);
    assert_true(world_flip_memory(board, 0x20088000u, 0));
    assert_true(world_digest(board) == digest);
    assert_false(world_flip_memory(board, 0x60000000u, 0));
    board_free(board);
}

static void nor_command(struct board *board, const uint8_t *bytes, size_t size)
{
    struct soc_spi_device device = nor_spi_device(&board->nor);

    device.select(device.context, true);
    for (size_t i = 0; i < size; i++)
        device.transfer(device.context, bytes[i]);
    device.select(device.context, false);
}

/* A page program of the SPI NOR: counted, torn by a cut, undone by going back. */
static void nor_operations_count_and_tear(void **state)
{
    static const uint8_t enable[] = {0x06};
    uint8_t program[4 + NOR_PAGE_SIZE] = {0x02, 0x01, 0x00, 0x00}; /* zeros at 0x010000 */
    struct told told;
    struct board *board = make_board(1, &told);
    const uint8_t *page = board->nvm.map[NVM_NOR] + 0x10000;
    struct snapshot *start;
    uint64_t digest;

    (void)state;
    run_to(board, SIM_PS_PER_MS);
    start = snapshot_take(board);
    digest = world_digest(board);
    nor_command(board, enable, sizeof enable);
    nor_command(board, program, sizeof program);
    assert_int_equal(world_nor_operations(board), 1);
    assert_int_equal(world_run(board, &(struct world_until){.nor_operations = 1}), WORLD_NOR);
    board_cut_power(board);
    run_to(board, 20 * SIM_PS_PER_MS);
    assert_int_equal(page[0], 0);
    assert_int_equal(page[NOR_PAGE_SIZE - 1], 0xFF);
    assert_int_equal(snapshot_pages(start) > 0, 1);
    snapshot_restore(start);
    assert_int_equal(page[0], 0xFF);
    assert_int_equal(world_nor_operations(board), 0);
    assert_true(world_digest(board) == digest);
    snapshot_free(start);
    board_free(board);
}

/* A flip in flash is undone by going back, too. */
static void flips_belong_to_the_state(void **state)
{
    struct told told;
    struct board *board = make_board(1, &told);
    struct snapshot *start = snapshot_take(board);
    uint64_t digest = world_digest(board);

    (void)state;
    assert_true(world_flip_memory(board, CODE + 0x100, 7));
    assert_true(world_digest(board) != digest);
    snapshot_restore(start);
    assert_true(world_digest(board) == digest);
    run_to(board, END_TIME);
    assert_true(told.ended);
    snapshot_free(start);
    board_free(board);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_seed_one_run),
        cmocka_unit_test(trimming_is_invisible),
        cmocka_unit_test(stops_at_the_instruction),
        cmocka_unit_test(stops_at_the_flash_operation),
        cmocka_unit_test(snapshots_go_back),
        cmocka_unit_test(power_cuts_at_every_flash_operation),
        cmocka_unit_test(power_cuts_at_many_instructions),
        cmocka_unit_test(cuts_repeat),
        cmocka_unit_test(skips_instructions),
        cmocka_unit_test(flips_bits),
        cmocka_unit_test(nor_operations_count_and_tear),
        cmocka_unit_test(flips_belong_to_the_state),
    };
    int failures;

    memories = argc == 2 ? guest_memories(argv[1]) : NULL;
    if (memories == NULL)
        return 2;
    failures = cmocka_run_group_tests_name("faults", tests, NULL, NULL);
    nvm_template_free(memories);
    return failures;
}
