/* Self-hosted debug, for which there is no other simulator to compare with: each test names the
 * section of the Armv8-M manual (DDI0553) that its expectation comes from, by title, register or
 * pseudocode function, because the numbers differ between its issues. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "an505/board.h"

#define VECTORS 0x10000000u /* Secure */
#define MAIN    0x10001000u
#define HANDLER 0x10002000u /* one handler every 0x40 bytes, by exception number */
#define STACK   0x38010000u
#define NS_CODE 0x00200000u
#define NS_DATA 0x28200000u
#define DATA    0x38020000u

#define SCS       0xe000e000u
#define DWT_COMP0 0xe0001020u
#define DWT_FUNC0 0xe0001028u
#define DEMCR     0xe000edfcu
#define DFSR      0xe000ed30u
#define DAUTHCTRL 0xe000ee04u
#define SHPR3     0xe000ed20u
#define ICSR      0xe000ed04u

#define MON_EN   (1u << 16)
#define MON_STEP (1u << 18)
#define TRCENA   (1u << 24)
#define MATCHED  (1u << 24)
#define HALTED   1u
#define DWTTRAP  4u

#define MOVS(d, imm) (0x2000u | (d) << 8 | (imm))
#define ADDS(d, imm) (0x3000u | (d) << 8 | (imm))
#define LDR(t, n)    (0x6800u | (n) << 3 | (t))
#define STR(t, n)    (0x6000u | (n) << 3 | (t))
#define STRB(t, n)   (0x7000u | (n) << 3 | (t))
#define NOP          0xbf00u
#define IT_EQ        0xbf08u
#define BX_LR        0x4770u
#define BXNS(m)      (0x4704u | (m) << 3)
#define SELF         0xe7feu /* b . */
#define SVC          0xdf00u
#define UDF          0xde00u

struct fixture {
    struct an505 board;
    struct cpu *cpu;
};

static uint8_t *memory(struct fixture *f, uint32_t address)
{
    uint32_t left;
    uint8_t *host = an505_memory(&f->board, address, &left);
    assert_non_null(host);
    return host;
}

static uint32_t word(struct fixture *f, uint32_t address)
{
    uint32_t value;
    memcpy(&value, memory(f, address), 4);
    return value;
}

static void put_word(struct fixture *f, uint32_t address, uint32_t value)
{
    memcpy(memory(f, address), &value, 4);
}

#define put_code(f, address, ...)                                                                  \
    put_halves(f, address, (const uint16_t[]){__VA_ARGS__},                                        \
               sizeof((const uint16_t[]){__VA_ARGS__}) / 2)
static void put_halves(struct fixture *f, uint32_t address, const uint16_t *code, size_t count)
{
    memcpy(memory(f, address), code, count * 2);
    cpu_code_flush(f->cpu, memory(f, address), count * 2);
}

static uint32_t handler(unsigned exception)
{
    return HANDLER + exception * 0x40;
}

static uint32_t get(struct fixture *f, unsigned reg)
{
    return cpu_reg(f->cpu, (enum cpu_reg)(CPU_R0 + reg));
}

static void set(struct fixture *f, unsigned reg, uint32_t value)
{
    cpu_set_reg(f->cpu, (enum cpu_reg)(CPU_R0 + reg), value);
}

/* System registers are reached by guest code: store r1 to [r0], or load. */
static void sys_write(struct fixture *f, uint32_t address, uint32_t value)
{
    uint32_t r0 = get(f, 0), r1 = get(f, 1), pc = get(f, 15);
    put_code(f, VECTORS + 0x800, STR(1, 0), NOP);
    set(f, 0, address);
    set(f, 1, value);
    set(f, 15, VECTORS + 0x800);
    cpu_step(f->cpu);
    set(f, 0, r0);
    set(f, 1, r1);
    set(f, 15, pc);
}

static uint32_t sys_read(struct fixture *f, uint32_t address)
{
    uint32_t r0 = get(f, 0), pc = get(f, 15);
    put_code(f, VECTORS + 0x800, LDR(0, 0), NOP);
    set(f, 0, address);
    set(f, 15, VECTORS + 0x800);
    cpu_step(f->cpu);
    uint32_t value = get(f, 0);
    set(f, 0, r0);
    set(f, 15, pc);
    return value;
}

static int set_up(void **state)
{
    struct fixture *f = test_calloc(1, sizeof *f);
    assert_true(an505_init(&f->board));
    f->cpu = f->board.cpu;
    put_word(f, VECTORS, STACK);
    put_word(f, VECTORS + 4, MAIN | 1u);
    for (unsigned i = 2; i < 48; i++) {
        put_word(f, VECTORS + 4 * i, handler(i) | 1u);
        put_code(f, handler(i), SELF);
    }
    cpu_reset(f->cpu, VECTORS, true);
    put_code(f, MAIN, SELF);
    cpu_step(f->cpu);
    sys_write(f, DAUTHCTRL, 3); /* SPIDENSEL, INTSPIDEN: the monitor is Secure */
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    an505_free(&f->board);
    test_free(f);
    return 0;
}

/* Runs for a while; the program must be in the handler of `exception` then. */
static void run_into(struct fixture *f, unsigned exception)
{
    cpu_run(f->cpu, cpu_cycles(f->cpu) + 200);
    assert_int_equal(cpu_exception(f->cpu), exception);
}

static uint32_t frame_pc(struct fixture *f)
{
    return word(f, get(f, 13) + 0x18);
}

/* The monitor's handler steps on: it returns at once; MON_STEP was set inside it. */
static void arm_step(struct fixture *f, uint32_t first)
{
    sys_write(f, DEMCR, MON_EN);
    put_code(f, handler(12), SELF);
    set(f, 15, first);
    sys_write(f, DEMCR, MON_EN | 1u << 17); /* MON_PEND: into the handler */
    cpu_step(f->cpu);
    cpu_step(f->cpu);
    assert_int_equal(cpu_exception(f->cpu), 12);
    sys_write(f, DFSR, 0x1f);
    sys_write(f, DEMCR, MON_EN | MON_STEP);
    put_code(f, handler(12), SELF, BX_LR);
}

/* From inside the handler: return, one instruction, and the handler again. */
static void step_once(struct fixture *f)
{
    set(f, 15, handler(12) + 2);
    run_into(f, 12);
}

/* Debug stepping: with MON_STEP one instruction executes between return and re-entry; DFSR.HALTED.
 */
static void step_is_one_instruction(void **state)
{
    struct fixture *f = *state;
    put_code(f, MAIN, MOVS(0, 1), ADDS(0, 1), ADDS(0, 1), SELF);
    arm_step(f, MAIN);
    assert_int_equal(frame_pc(f), MAIN);
    for (unsigned i = 1; i <= 3; i++) {
        step_once(f);
        assert_int_equal(frame_pc(f), MAIN + 2 * i);
        assert_int_equal(word(f, get(f, 13)), i);
        assert_int_equal(sys_read(f, DFSR), HALTED);
        sys_write(f, DFSR, HALTED);
    }
    step_once(f); /* a branch to itself counts as well */
    assert_int_equal(frame_pc(f), MAIN + 6);
}

/* Debug stepping: each instruction of an IT block is stepped, executed or not; ITSTATE is in the
 * frame. */
static void step_inside_it_block(void **state)
{
    struct fixture *f = *state;
    put_code(f, MAIN, MOVS(0, 1), 0xbf04u /* ITT EQ */, ADDS(0, 8), ADDS(0, 16), ADDS(0, 1), SELF);
    arm_step(f, MAIN);
    for (unsigned i = 1; i <= 5; i++) {
        step_once(f);
        assert_int_equal(frame_pc(f), MAIN + 2 * i);
    }
    assert_int_equal(word(f, get(f, 13)), 2);
}

/* Debug stepping: without MON_STEP nothing is stepped. */
static void step_off_runs_on(void **state)
{
    struct fixture *f = *state;
    put_code(f, MAIN, MOVS(0, 1), ADDS(0, 1), SELF);
    arm_step(f, MAIN);
    sys_write(f, DEMCR, MON_EN);
    set(f, 15, handler(12) + 2);
    run_into(f, 0);
    assert_int_equal(get(f, 15), MAIN + 4);
}

/* Debug stepping: exception entry is part of the step. SVC of lower priority than the monitor: the
 * monitor comes before the first instruction of the SVC handler. */
static void step_over_svc_of_lower_priority(void **state)
{
    struct fixture *f = *state;
    sys_write(f, 0xe000ed1c, 0x80u << 24); /* SHPR2: SVCall 0x80 */
    sys_write(f, SHPR3, 0x20);             /* DebugMonitor 0x20 */
    put_code(f, MAIN, SVC, SELF);
    arm_step(f, MAIN);
    step_once(f);
    assert_int_equal(frame_pc(f), handler(11));
}

/* The same with SVC above the monitor: its handler runs unstepped, the step ends after it. */
static void step_over_svc_of_higher_priority(void **state)
{
    struct fixture *f = *state;
    sys_write(f, SHPR3, 0x80);
    put_code(f, handler(11), ADDS(0, 7), ADDS(0, 7), BX_LR);
    put_code(f, MAIN, SVC, NOP, SELF);
    arm_step(f, MAIN);
    step_once(f);
    assert_int_equal(frame_pc(f), MAIN + 2);
}

/* Debug authentication: SecureDebugMonitorAllowed() false: Secure code is not stepped. */
static void step_needs_permission_in_secure_state(void **state)
{
    struct fixture *f = *state;
    sys_write(f, DAUTHCTRL, 1); /* SPIDENSEL without INTSPIDEN */
    sys_write(f, DEMCR, MON_EN | MON_STEP);
    put_code(f, MAIN, MOVS(0, 1), ADDS(0, 1), SELF);
    set(f, 15, MAIN);
    run_into(f, 0);
    assert_int_equal(get(f, 15), MAIN + 4);
    assert_int_equal(sys_read(f, DFSR), 0);
}

static void watch(struct fixture *f, unsigned n, uint32_t address, uint32_t function)
{
    sys_write(f, DEMCR, MON_EN | TRCENA);
    sys_write(f, DWT_COMP0 + 0x10 * n, address);
    sys_write(f, DWT_FUNC0 + 0x10 * n, function);
}
#define WATCH_ANY(size)   (4u | 1u << 4 | (size) << 10)
#define WATCH_WRITE(size) (5u | 1u << 4 | (size) << 10)
#define WATCH_READ(size)  (6u | 1u << 4 | (size) << 10)

/* DWT_FUNCTIONn.MATCH = 5: the store completes, then DebugMonitor with DFSR.DWTTRAP. */
static void watchpoint_on_writes(void **state)
{
    struct fixture *f = *state;
    put_code(f, MAIN, LDR(1, 2), STR(0, 2), SELF);
    set(f, 0, 0x1234);
    set(f, 2, DATA);
    set(f, 15, MAIN);
    run_into(f, 0); /* once without, so that the page is in every cache */
    put_word(f, DATA, 0);
    watch(f, 0, DATA, WATCH_WRITE(2u));
    set(f, 15, MAIN);
    run_into(f, 12);
    assert_int_equal(word(f, DATA), 0x1234);
    assert_int_equal(frame_pc(f), MAIN + 4);
    assert_int_equal(sys_read(f, DFSR), DWTTRAP);
    assert_int_equal(sys_read(f, DWT_FUNC0) & MATCHED, MATCHED);
    assert_int_equal(sys_read(f, DWT_FUNC0) & MATCHED, 0); /* cleared by reading */
}

/* MATCH = 6 does not see stores; a byte inside the watched word matches (DWT_DataAddressMatch()).
 */
static void watchpoint_on_reads_of_a_part(void **state)
{
    struct fixture *f = *state;
    put_code(f, MAIN, STR(0, 2), 0x7800u | 3u << 3 | 1u /* LDRB r1, [r3] */, SELF);
    set(f, 2, DATA);
    set(f, 3, DATA + 3);
    watch(f, 2, DATA, WATCH_READ(2u));
    set(f, 15, MAIN);
    run_into(f, 12);
    assert_int_equal(frame_pc(f), MAIN + 4);
}

/* MATCH = 7 on the next comparator makes a range (DWT_FUNCTIONn: data address limit). */
static void watchpoint_on_a_range(void **state)
{
    struct fixture *f = *state;
    watch(f, 0, DATA, WATCH_ANY(0u));
    watch(f, 1, DATA + 0x7ff, 7u);
    put_code(f, MAIN, STRB(0, 2), STRB(0, 3), STRB(0, 4), SELF);
    set(f, 2, DATA - 1);
    set(f, 3, DATA + 0x800);
    set(f, 4, DATA + 0x7ff);
    set(f, 15, MAIN);
    run_into(f, 12);
    assert_int_equal(frame_pc(f), MAIN + 6);
}

/* MATCH = 9: a word that holds the value as an aligned byte; reads do not count
 * (DWT_DataValueMatch()). The Cortex-M33's comparator 3 can do that, the others cannot. */
static void watchpoint_on_a_value(void **state)
{
    struct fixture *f = *state;
    watch(f, 3, 0x7f7f7f7fu, 9u | 1u << 4);
    watch(f, 1, 0x11111111u, 9u | 1u << 4 | 2u << 10);
    put_code(f, MAIN, STR(0, 2), LDR(1, 3), STR(4, 2), SELF);
    set(f, 0, 0x11111111);
    set(f, 2, DATA);
    set(f, 3, DATA + 8);
    put_word(f, DATA + 8, 0x7f000000);
    set(f, 4, 0x00007f00);
    set(f, 15, MAIN);
    run_into(f, 12);
    assert_int_equal(frame_pc(f), MAIN + 6);
}

/* MATCH = 11: the value at the address of the comparator before, which by itself only triggers. */
static void watchpoint_on_a_value_at_an_address(void **state)
{
    struct fixture *f = *state;
    watch(f, 2, DATA, 5u | 2u << 10);
    watch(f, 3, 0x2222u, 11u | 1u << 4 | 2u << 10);
    put_code(f, MAIN, STR(0, 2), STR(1, 3), STR(1, 2), SELF);
    set(f, 0, 0x1111);
    set(f, 1, 0x2222);
    set(f, 2, DATA);
    set(f, 3, DATA + 4);
    set(f, 15, MAIN);
    run_into(f, 12);
    assert_int_equal(frame_pc(f), MAIN + 6);
    assert_int_equal(sys_read(f, DWT_FUNC0 + 0x20) & MATCHED, MATCHED);
}

/* MATCH = 1 on comparator 0: when CYCCNT gets there, once in 2^32 cycles (DWT_COMPn). */
static void cycle_count_match(void **state)
{
    struct fixture *f = *state;
    put_code(f, MAIN, ADDS(0, 1), 0xe7fdu /* b MAIN */);
    sys_write(f, DEMCR, MON_EN | TRCENA);
    sys_write(f, DWT_COMP0, 5000);
    sys_write(f, DWT_FUNC0, 1u | 1u << 4);
    sys_write(f, 0xe0001004, 0);
    sys_write(f, 0xe0001000, 1);
    uint64_t start = cpu_cycles(f->cpu);
    set(f, 15, MAIN);
    cpu_run(f->cpu, start + 4990);
    assert_int_equal(cpu_exception(f->cpu), 0);
    cpu_run(f->cpu, start + 5020);
    assert_int_equal(cpu_exception(f->cpu), 12);
    assert_int_equal(sys_read(f, DFSR), DWTTRAP);
    assert_int_equal(sys_read(f, DWT_FUNC0) & MATCHED, MATCHED);
}

/* MATCH = 2: the debug event comes after the instruction at the address
 * (DWT_InstructionAddressMatch()). */
static void instruction_match_comes_after_execution(void **state)
{
    struct fixture *f = *state;
    put_code(f, MAIN, MOVS(0, 1), ADDS(0, 2), ADDS(0, 4), SELF);
    watch(f, 0, MAIN + 2, 2u | 1u << 4 | 1u << 10);
    set(f, 15, MAIN);
    run_into(f, 12);
    assert_int_equal(frame_pc(f), MAIN + 4);
    assert_int_equal(word(f, get(f, 13)), 3);
}

/* About debug events: a watchpoint is lost, not escalated, when the monitor's priority does not
 * allow it. */
static void watchpoint_is_lost_without_priority(void **state)
{
    struct fixture *f = *state;
    watch(f, 0, DATA, WATCH_WRITE(2u));
    put_code(f, MAIN, 0xb672u /* cpsid i */, STR(0, 2), 0xb662u, SELF);
    set(f, 2, DATA);
    set(f, 15, MAIN);
    run_into(f, 0);
    assert_int_equal(sys_read(f, DFSR), 0);
    assert_int_equal(sys_read(f, DWT_FUNC0) & MATCHED, MATCHED);
}

/* IsDWTEnabled(), NoninvasiveDebugAllowed(): the DWT is off without DEMCR.TRCENA, and without
 * non-invasive debug (RDP level 2). */
static void watchpoint_needs_trcena_and_authentication(void **state)
{
    struct fixture *f = *state;
    put_code(f, MAIN, STR(0, 2), SELF);
    set(f, 2, DATA);
    watch(f, 0, DATA, WATCH_WRITE(2u));
    sys_write(f, DEMCR, MON_EN);
    set(f, 15, MAIN);
    run_into(f, 0);
    sys_write(f, DEMCR, MON_EN | TRCENA);
    cpu_set_debug_auth(f->cpu, false, false, false, false);
    set(f, 15, MAIN);
    run_into(f, 0);
    cpu_set_debug_auth(f->cpu, true, true, true, true);
    set(f, 15, MAIN);
    run_into(f, 12);
}

/* DWT_CYCCNT: counts while TRCENA and CYCCNTENA; keeps its value otherwise. */
static void cycle_counter(void **state)
{
    struct fixture *f = *state;
    sys_write(f, DEMCR, TRCENA);
    sys_write(f, 0xe0001000, 1);
    sys_write(f, 0xe0001004, 0);
    cpu_run(f->cpu, cpu_cycles(f->cpu) + 1000);
    uint32_t count = sys_read(f, 0xe0001004);
    assert_in_range(count, 1000, 1010);
    sys_write(f, 0xe0001000, 0);
    count = sys_read(f, 0xe0001004);
    cpu_run(f->cpu, cpu_cycles(f->cpu) + 1000);
    assert_int_equal(sys_read(f, 0xe0001004), count);
}

/* Debug authentication and PRIS: with SDME the Secure monitor steps Non-secure code that masks
 * everything. */
static void steps_nonsecure_code_that_masks_interrupts(void **state)
{
    struct fixture *f = *state;
    sys_write(f, SCS + 0xdd8, 0);
    sys_write(f, SCS + 0xddc, NS_CODE);
    sys_write(f, SCS + 0xde0, (NS_CODE + 0xfffe0) | 1u);
    sys_write(f, SCS + 0xdd8, 1);
    sys_write(f, SCS + 0xddc, NS_DATA);
    sys_write(f, SCS + 0xde0, (NS_DATA + 0xfffe0) | 1u);
    sys_write(f, SCS + 0xdd0, 1);
    sys_write(f, SCS + 0xd0c, 0x05fa4000u); /* AIRCR.PRIS */
    sys_write(f, SHPR3, 0x40);
    cpu_set_reg(f->cpu, CPU_MSP_NS, NS_DATA + 0x1000);
    put_code(f, NS_CODE, 0xb672u /* cpsid i */, MOVS(0, 5), ADDS(0, 1), SELF);
    put_code(f, MAIN, BXNS(2), SELF);
    set(f, 2, NS_CODE);
    arm_step(f, MAIN);
    for (unsigned i = 0; i < 4; i++) {
        step_once(f);
        assert_true(cpu_secure(f->cpu));
    }
    uint32_t frame = cpu_reg(f->cpu, CPU_MSP_NS);
    assert_int_equal(word(f, frame + 0x18), NS_CODE + 6);
    assert_int_equal(word(f, frame), 6);
    assert_int_equal(get(f, 14) & 0x40u, 0); /* EXC_RETURN.S: the frame is Non-secure */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(step_is_one_instruction),
        TEST(step_inside_it_block),
        TEST(step_off_runs_on),
        TEST(step_over_svc_of_lower_priority),
        TEST(step_over_svc_of_higher_priority),
        TEST(step_needs_permission_in_secure_state),
        TEST(watchpoint_on_writes),
        TEST(watchpoint_on_reads_of_a_part),
        TEST(watchpoint_on_a_range),
        TEST(watchpoint_on_a_value),
        TEST(watchpoint_on_a_value_at_an_address),
        TEST(cycle_count_match),
        TEST(instruction_match_comes_after_execution),
        TEST(watchpoint_is_lost_without_priority),
        TEST(watchpoint_needs_trcena_and_authentication),
        TEST(cycle_counter),
        TEST(steps_nonsecure_code_that_masks_interrupts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
