/* Cases derived from the Armv8-M manual that no other simulator can judge: fault addresses,
 * priorities with PRIS, sleep and events, exact timing, debug events, code that changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "an505/board.h"

#define CODE    0x10000000u /* Secure */
#define MAIN    0x10001000u
#define HANDLER 0x10002000u /* one handler every 0x40 bytes, by exception number */
#define STACK   0x38010000u
#define NS_CODE 0x00200000u
#define NS_DATA 0x28200000u
#define UART    0x50200000u

#define SCS            0xe000e000u
#define MOVS(d, imm)   (0x2000u | (d) << 8 | (imm))
#define LDR(t, n, off) (0x6800u | (off) / 4 << 6 | (n) << 3 | (t))
#define STR(t, n, off) (0x6000u | (off) / 4 << 6 | (n) << 3 | (t))
#define ADDS(d, imm)   (0x3000u | (d) << 8 | (imm))
#define NOP            0xbf00u
#define WFE            0xbf20u
#define WFI            0xbf30u
#define SEV            0xbf40u
#define BX_LR          0x4770u
#define BX(m)          (0x4700u | (m) << 3)
#define BXNS(m)        (0x4704u | (m) << 3)
#define SELF           0xe7feu /* b . */
#define SVC            0xdf00u
#define BKPT           0xbe00u
#define CPSID_I        0xb672u
#define UDF            0xde00u

struct fixture {
    struct an505 board;
    struct cpu *cpu;
    uint64_t uart_cycles;
    unsigned uart_bytes;
};

static uint8_t *memory(struct fixture *f, uint32_t address)
{
    uint32_t left;
    uint8_t *host = an505_memory(&f->board, address, &left);
    assert_non_null(host);
    return host;
}

static void put_word(struct fixture *f, uint32_t address, uint32_t value)
{
    memcpy(memory(f, address), &value, 4);
}

static uint32_t word(struct fixture *f, uint32_t address)
{
    uint32_t value;
    memcpy(&value, memory(f, address), 4);
    return value;
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

static void uart(void *context, uint8_t byte)
{
    struct fixture *f = context;
    f->uart_cycles = cpu_cycles(f->cpu);
    f->uart_bytes++;
    cpu_set_irq(f->cpu, byte, true);
}

static int set_up(void **state)
{
    struct fixture *f = test_calloc(1, sizeof *f);
    assert_true(an505_init(&f->board));
    f->cpu = f->board.cpu;
    f->board.uart = uart;
    f->board.uart_context = f;
    put_word(f, CODE, STACK);
    put_word(f, CODE + 4, MAIN | 1u);
    for (unsigned i = 2; i < 48; i++) {
        put_word(f, CODE + 4 * i, handler(i) | 1u);
        put_code(f, handler(i), SELF);
    }
    cpu_reset(f->cpu, CODE, true);
    put_code(f, MAIN, SELF);
    cpu_step(f->cpu);
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

static void set(struct fixture *f, unsigned reg, uint32_t value)
{
    cpu_set_reg(f->cpu, (enum cpu_reg)(CPU_R0 + reg), value);
}

static uint32_t get(struct fixture *f, unsigned reg)
{
    return cpu_reg(f->cpu, (enum cpu_reg)(CPU_R0 + reg));
}

/* Registers of the processor are reached by guest code only: store r1 to [r0], or load. */
static void scs_write(struct fixture *f, uint32_t offset, uint32_t value)
{
    uint32_t r0 = get(f, 0), r1 = get(f, 1), pc = get(f, 15), xpsr = cpu_reg(f->cpu, CPU_XPSR);
    put_code(f, CODE + 0x800, STR(1, 0, 0), NOP);
    set(f, 0, SCS + offset);
    set(f, 1, value);
    set(f, 15, CODE + 0x800);
    cpu_step(f->cpu);
    set(f, 0, r0);
    set(f, 1, r1);
    cpu_set_reg(f->cpu, CPU_XPSR, xpsr);
    set(f, 15, pc);
}

static uint32_t scs_read(struct fixture *f, uint32_t offset)
{
    uint32_t r0 = get(f, 0), pc = get(f, 15);
    put_code(f, CODE + 0x800, LDR(0, 0, 0), NOP);
    set(f, 0, SCS + offset);
    set(f, 15, CODE + 0x800);
    cpu_step(f->cpu);
    uint32_t value = get(f, 0);
    set(f, 0, r0);
    set(f, 15, pc);
    return value;
}

static void open_nonsecure(struct fixture *f)
{
    scs_write(f, 0xdd8, 0);
    scs_write(f, 0xddc, NS_CODE);
    scs_write(f, 0xde0, (NS_CODE + 0xfffe0) | 1u);
    scs_write(f, 0xdd8, 1);
    scs_write(f, 0xddc, NS_DATA);
    scs_write(f, 0xde0, (NS_DATA + 0xfffe0) | 1u);
    scs_write(f, 0xdd0, 1);
    cpu_set_reg(f->cpu, CPU_MSP_NS, NS_DATA + 0x1000);
}

static void run_until(struct fixture *f, uint32_t pc)
{
    for (unsigned i = 0; i < 200 && get(f, 15) != pc; i++)
        cpu_step(f->cpu);
    assert_int_equal(get(f, 15), pc);
}

static void enter_nonsecure(struct fixture *f)
{
    put_code(f, MAIN, BXNS(2));
    set(f, 2, NS_CODE);
    set(f, 15, MAIN);
    cpu_step(f->cpu);
    assert_false(cpu_secure(f->cpu));
}

static void secure_fault_has_an_address(void **state)
{
    struct fixture *f = *state;
    open_nonsecure(f);
    scs_write(f, 0xd24, 1u << 19);
    put_code(f, NS_CODE, LDR(1, 0, 4), SELF);
    enter_nonsecure(f);
    set(f, 0, 0x38000100);
    run_until(f, handler(7));
    assert_true(cpu_secure(f->cpu));
    assert_int_equal(scs_read(f, 0xde4), 0x48); /* AUVIOL, SFARVALID */
    assert_int_equal(scs_read(f, 0xde8), 0x38000104);
    assert_int_equal(get(f, 14), 0xffffffb9);
    scs_write(f, 0xde8, 0x1234); /* writing SFAR leaves SFSR alone */
    assert_int_equal(scs_read(f, 0xde4), 0x48);
    scs_write(f, 0xde4, 0xff);
    assert_int_equal(scs_read(f, 0xde4), 0);
}

static void attribution_is_exact_to_32_bytes(void **state)
{
    struct fixture *f = *state;
    open_nonsecure(f);
    scs_write(f, 0xd24, 1u << 19);
    scs_write(f, 0xdd8, 1);
    scs_write(f, 0xde0, (NS_DATA + 0x100) | 1u); /* 0x00 .. 0x11f */
    put_code(f, NS_CODE, LDR(1, 0, 0), LDR(2, 0, 4), SELF);
    enter_nonsecure(f);
    cpu_set_reg(f->cpu, CPU_MSP_NS, NS_DATA + 0x100);
    put_word(f, NS_DATA + 0x11c, 77);
    set(f, 0, NS_DATA + 0x11c);
    cpu_step(f->cpu);
    assert_int_equal(get(f, 1), 77);
    cpu_step(f->cpu);
    run_until(f, handler(7));
    assert_int_equal(scs_read(f, 0xde8), NS_DATA + 0x120);
}

static void secure_fault_is_not_squashed_by_pris(void **state)
{
    struct fixture *f = *state;
    scs_write(f, 0xd0c, 0x05fa4000); /* PRIS */
    scs_write(f, 0xd24, 1u << 19);   /* SecureFault on, priority 0 */
    scs_write(f, 0xd20, 0x00400000); /* PendSV_S priority 0x40 */
    put_code(f, handler(14), BX(3), SELF);
    set(f, 3, NS_CODE | 1u); /* Secure code jumps into Non-secure memory: INVTRAN */
    open_nonsecure(f);
    set(f, 15, MAIN);
    scs_write(f, 0xd04, 1u << 28);
    run_until(f, handler(14));
    run_until(f, handler(7)); /* not HardFault */
    assert_int_equal(scs_read(f, 0xde4), 0x10);
    assert_int_equal(scs_read(f, 0xd2c), 0);
}

static void event_register(void **state)
{
    struct fixture *f = *state;
    put_code(f, MAIN, SEV, WFE, WFE, MOVS(0, 5), SELF);
    set(f, 15, MAIN);
    set(f, 0, 0);
    assert_int_equal(cpu_run(f->cpu, cpu_cycles(f->cpu) + 100), CPU_STOP_SLEEP);
    assert_int_equal(get(f, 15), MAIN + 6); /* slept in the second WFE */
    assert_true(cpu_sleeping(f->cpu));
    cpu_set_event(f->cpu);
    assert_int_equal(cpu_run(f->cpu, cpu_cycles(f->cpu) + 100), CPU_STOP_LIMIT);
    assert_int_equal(get(f, 0), 5);
}

static void wfi_wakes_for_a_masked_interrupt(void **state)
{
    struct fixture *f = *state;
    scs_write(f, 0x100, 1u << 3);
    scs_write(f, 0xd10, 4); /* SLEEPDEEP */
    put_code(f, MAIN, CPSID_I, WFI, MOVS(0, 9), SELF);
    set(f, 15, MAIN);
    assert_int_equal(cpu_run(f->cpu, cpu_cycles(f->cpu) + 100), CPU_STOP_SLEEP);
    assert_true(cpu_sleep_deep(f->cpu));
    cpu_set_irq(f->cpu, 4, true); /* not enabled: sleeps on */
    assert_int_equal(cpu_run(f->cpu, cpu_cycles(f->cpu) + 100), CPU_STOP_SLEEP);
    cpu_set_irq(f->cpu, 3, true);
    assert_int_equal(cpu_run(f->cpu, cpu_cycles(f->cpu) + 100), CPU_STOP_LIMIT);
    assert_int_equal(get(f, 0), 9);
    assert_int_equal(cpu_exception(f->cpu), 0);
}

static void systick_is_exact(void **state)
{
    struct fixture *f = *state;
    scs_write(f, 0x014, 99);
    scs_write(f, 0x018, 0);
    uint64_t before = cpu_cycles(f->cpu);
    scs_write(f, 0x010, 7);
    assert_int_equal(cpu_next_timer(f->cpu), before + 100);
    put_code(f, MAIN, NOP, NOP, NOP, 0xe7fb); /* loop */
    set(f, 15, MAIN);
    assert_int_equal(cpu_run(f->cpu, before + 99), CPU_STOP_LIMIT);
    assert_int_equal(cpu_exception(f->cpu), 0);
    assert_true(cpu_cycles(f->cpu) <= before + 101);
    cpu_run(f->cpu, before + 130);
    assert_int_equal(cpu_exception(f->cpu), 15);
    assert_int_equal(cpu_next_timer(f->cpu), before + 200);
    cpu_skip_cycles(f->cpu, 1000); /* as after a long sleep: pending once, next period in step */
    cpu_run(f->cpu, cpu_cycles(f->cpu) + 10);
    assert_int_equal((cpu_next_timer(f->cpu) - before) % 100, 0);
}

static void limit_overshoots_by_one_instruction(void **state)
{
    struct fixture *f = *state;
    uint16_t code[64];
    for (unsigned i = 0; i < 63; i++)
        code[i] = ADDS(0, 1);
    code[63] = SELF;
    put_halves(f, MAIN, code, 64);
    for (unsigned n = 1; n < 60; n += 7) {
        set(f, 0, 0);
        set(f, 15, MAIN);
        uint64_t start = cpu_cycles(f->cpu), count = cpu_instructions(f->cpu);
        assert_int_equal(cpu_run(f->cpu, start + n), CPU_STOP_LIMIT);
        assert_int_equal(get(f, 0), n);
        assert_int_equal(cpu_cycles(f->cpu), start + n);
        assert_int_equal(cpu_instructions(f->cpu), count + n);
    }
}

static void device_sees_exact_time_and_interrupts_at_once(void **state)
{
    struct fixture *f = *state;
    scs_write(f, 0x100, 1u << 5);
    put_code(f, MAIN, MOVS(2, 0), MOVS(1, 5), NOP, STR(1, 0, 0), ADDS(2, 1), ADDS(2, 1), SELF);
    set(f, 0, UART);
    set(f, 15, MAIN);
    uint64_t start = cpu_cycles(f->cpu);
    cpu_run(f->cpu, start + 60);
    assert_int_equal(f->uart_bytes, 1);
    assert_int_equal(f->uart_cycles, start + 3);
    assert_int_equal(cpu_exception(f->cpu), 16 + 5);
    assert_int_equal(get(f, 2), 0); /* nothing after the store ran */
    assert_int_equal(word(f, get(f, 13) + 0x18), MAIN + 8);
}

static void level_interrupt_pends_again(void **state)
{
    struct fixture *f = *state;
    scs_write(f, 0x100, 1u << 6);
    put_code(f, handler(16 + 6), ADDS(4, 1), BX_LR);
    put_code(f, MAIN, SELF);
    set(f, 4, 0);
    set(f, 15, MAIN);
    cpu_set_irq(f->cpu, 6, true);
    cpu_run(f->cpu, cpu_cycles(f->cpu) + 200);
    assert_true(get(f, 4) > 3);
    cpu_set_irq(f->cpu, 6, false);
    cpu_run(f->cpu, cpu_cycles(f->cpu) + 200);
    uint32_t count = get(f, 4);
    cpu_run(f->cpu, cpu_cycles(f->cpu) + 200);
    assert_int_equal(get(f, 4), count);
}

static void lockup_and_reset(void **state)
{
    struct fixture *f = *state;
    put_code(f, MAIN, UDF, SELF);
    put_code(f, handler(3), UDF, SELF);
    set(f, 15, MAIN);
    assert_int_equal(cpu_run(f->cpu, cpu_cycles(f->cpu) + 1000), CPU_STOP_LOCKUP);
    assert_int_equal(cpu_exception(f->cpu), 3);
    cpu_reset(f->cpu, CODE, false);
    put_code(f, MAIN, MOVS(0, 3), SELF);
    cpu_run(f->cpu, cpu_cycles(f->cpu) + 20);
    assert_int_equal(get(f, 0), 3);
}

static void bkpt_without_monitor_is_a_hard_fault(void **state)
{
    struct fixture *f = *state;
    put_code(f, MAIN, BKPT, SELF);
    set(f, 15, MAIN);
    run_until(f, handler(3));
    assert_int_equal(scs_read(f, 0xd2c), 1u << 31); /* DEBUGEVT alone */
}

static void bkpt_with_monitor(void **state)
{
    struct fixture *f = *state;
    scs_write(f, 0xe04, 3); /* DAUTHCTRL: Secure self-hosted debug */
    scs_write(f, 0xdfc, 1u << 16);
    assert_int_equal(scs_read(f, 0xdfc) & 0x110000u, 0x110000u); /* MON_EN, SDME */
    put_code(f, MAIN, NOP, BKPT, SELF);
    set(f, 15, MAIN);
    run_until(f, handler(12));
    assert_true(cpu_secure(f->cpu));
    assert_int_equal(scs_read(f, 0xd30), 2);
    assert_int_equal(word(f, get(f, 13) + 0x18), MAIN + 2);
}

static void monitor_is_not_taken_in_secure_state_without_permission(void **state)
{
    struct fixture *f = *state;
    cpu_set_debug_auth(f->cpu, true, true, false, false);
    scs_write(f, 0xdfc, 1u << 16);
    assert_int_equal(scs_read(f, 0xdfc) & 0x100000u, 0);
    put_code(f, MAIN, BKPT, SELF);
    set(f, 15, MAIN);
    run_until(f, handler(3));
}

static void fpb_matches_before_execution(void **state)
{
    struct fixture *f = *state;
    scs_write(f, 0xe04, 3);
    scs_write(f, 0xdfc, 1u << 16);
    put_code(f, MAIN, MOVS(0, 1), MOVS(0, 2), MOVS(0, 3), SELF);
    set(f, 15, MAIN);
    cpu_run(f->cpu, cpu_cycles(f->cpu) + 20); /* translated without the comparator */
    scs_write(f, 0x2008 - 0xe000, (MAIN + 2) | 1u);
    scs_write(f, 0x2000 - 0xe000, 3);
    set(f, 15, MAIN);
    cpu_run(f->cpu, cpu_cycles(f->cpu) + 40);
    assert_int_equal(cpu_exception(f->cpu), 12);
    assert_int_equal(get(f, 0), 1);
    assert_int_equal(word(f, get(f, 13) + 0x18), MAIN + 2);
}

static void stores_into_code_take_effect(void **state)
{
    struct fixture *f = *state;
    uint32_t code = 0x38004000;
    /* Runs a routine in RAM, changes its immediate, runs it again. */
    put_code(f, code, MOVS(0, 1), BX_LR);
    put_code(f, MAIN, 0x4790u /* blx r2 */, NOP, SELF);
    set(f, 2, code | 1u);
    set(f, 15, MAIN);
    run_until(f, MAIN + 2);
    assert_int_equal(get(f, 0), 1);
    put_code(f, MAIN + 0x100, 0x8019u /* strh r1, [r3] */, 0x4790u, SELF);
    set(f, 1, MOVS(0, 42));
    set(f, 3, code);
    set(f, 15, MAIN + 0x100);
    cpu_run(f->cpu, cpu_cycles(f->cpu) + 30);
    assert_int_equal(get(f, 0), 42);
    memory(f, code)[0] = 43; /* behind its back */
    cpu_code_flush(f->cpu, memory(f, code), 2);
    set(f, 15, MAIN);
    cpu_run(f->cpu, cpu_cycles(f->cpu) + 30);
    assert_int_equal(get(f, 0), 43);
}

static void code_may_change_the_block_it_runs_in(void **state)
{
    struct fixture *f = *state;
    uint32_t code = 0x38004000;
    put_code(f, code, NOP, 0x8019u /* strh r1, [r3] */, NOP, MOVS(0, 1), SELF);
    set(f, 1, MOVS(0, 7));
    set(f, 3, code + 6);
    set(f, 15, code);
    cpu_run(f->cpu, cpu_cycles(f->cpu) + 30);
    assert_int_equal(get(f, 0), 7);
}

static void breakpoints_of_the_simulator(void **state)
{
    struct fixture *f = *state;
    put_code(f, MAIN, MOVS(0, 1), MOVS(0, 2), MOVS(0, 3), SELF);
    set(f, 15, MAIN);
    assert_true(cpu_breakpoint_set(f->cpu, MAIN + 4));
    assert_int_equal(cpu_run(f->cpu, cpu_cycles(f->cpu) + 50), CPU_STOP_BREAKPOINT);
    assert_int_equal(get(f, 15), MAIN + 4);
    assert_int_equal(get(f, 0), 2);
    assert_int_equal(cpu_run(f->cpu, cpu_cycles(f->cpu) + 50), CPU_STOP_LIMIT);
    assert_int_equal(get(f, 0), 3);
    cpu_breakpoint_clear(f->cpu, MAIN + 4);
}

static void stack_limit_on_exception_entry(void **state)
{
    struct fixture *f = *state;
    scs_write(f, 0xd24, 7u << 16);
    scs_write(f, 0x100, 1u);
    scs_write(f, 0x400, 0x80);
    put_code(f, MAIN, SELF);
    cpu_set_reg(f->cpu, CPU_MSPLIM_S, STACK - 0x10);
    set(f, 13, STACK);
    set(f, 15, MAIN);
    cpu_set_irq(f->cpu, 0, true);
    run_until(f, handler(6)); /* the derived UsageFault goes first */
    assert_int_equal(scs_read(f, 0xd28), 1u << 20);
    assert_int_equal(get(f, 13), STACK - 0x10);
}

static void tail_chain_keeps_the_frame(void **state)
{
    struct fixture *f = *state;
    scs_write(f, 0x100, 3u);
    put_code(f, handler(16), MOVS(4, 1), BX_LR);
    put_code(f, handler(17), MOVS(5, 1), SELF);
    put_code(f, MAIN, SELF);
    set(f, 13, STACK);
    set(f, 15, MAIN);
    cpu_set_irq(f->cpu, 0, true);
    cpu_set_irq(f->cpu, 1, true);
    run_until(f, handler(16));
    cpu_set_irq(f->cpu, 0, false);
    assert_int_equal(get(f, 13), STACK - 0x20);
    run_until(f, handler(17));
    assert_int_equal(get(f, 13), STACK - 0x20);
    assert_int_equal(get(f, 14), 0xfffffff9);
}

static void software_cannot_return_from_nothing(void **state)
{
    struct fixture *f = *state;
    scs_write(f, 0xd24, 7u << 16);
    put_code(f, MAIN, SVC, SELF);
    put_code(f, handler(11), BX(3));
    set(f, 3, 0xfffffff3); /* a reserved bit */
    set(f, 15, MAIN);
    run_until(f, handler(6));
    assert_int_equal(scs_read(f, 0xd28), 1u << 18); /* INVPC */
}

static void thread_mode_cannot_use_exc_return(void **state)
{
    struct fixture *f = *state;
    scs_write(f, 0xd24, 7u << 16);
    put_code(f, MAIN, BX(3));
    set(f, 3, 0xfffffff9);
    set(f, 15, MAIN);
    run_until(f, handler(4)); /* a fetch from execute-never memory */
    assert_int_equal(scs_read(f, 0xd28), 1);
}

/* ExceptionReturn, DeActivate: an EXC_RETURN of the other Security state ends nothing. */
static void return_for_the_other_state_ends_nothing(void **state)
{
    struct fixture *f = *state;
    scs_write(f, 0xd24, 7u << 16);
    scs_write(f, 0x100, 1u);
    scs_write(f, 0x400, 0x80);
    put_code(f, handler(16), BX(3));
    set(f, 3, 0xfffffff8);
    set(f, 13, STACK);
    set(f, 15, MAIN);
    cpu_set_irq(f->cpu, 0, true);
    run_until(f, handler(6));
    assert_int_equal(scs_read(f, 0xd28), 1u << 18); /* INVPC */
    assert_int_equal(scs_read(f, 0x300) & 1u, 1u);  /* still active */
}

/* An instruction without EPSR.T is fetched first: a fault of the fetch is told, not INVSTATE. */
static void fetch_faults_come_before_invstate(void **state)
{
    struct fixture *f = *state;
    scs_write(f, 0xd24, 7u << 16);
    put_code(f, MAIN, BX(3));
    set(f, 3, 0x40000000); /* execute-never, and no Thumb */
    set(f, 15, MAIN);
    run_until(f, handler(4));
    assert_int_equal(scs_read(f, 0xd28), 1);
    scs_write(f, 0xd28, 1);
    put_code(f, handler(4), BX(3));
    set(f, 3, MAIN);
    run_until(f, handler(3)); /* UsageFault is not above MemManage: escalated */
    assert_int_equal(scs_read(f, 0xd28), 1u << 17);
}

/* Exception entry that breaks the stack limit still prepares lazy floating-point stacking: FPCAR is
 * where the registers would go, SPLIMVIOL says whether that is below the limit. */
static void broken_frame_prepares_lazy_stacking(void **state)
{
    struct fixture *f = *state;
    scs_write(f, 0xd24, 7u << 16);
    scs_write(f, 0xd88, 0xf00000);
    scs_write(f, 0x100, 1u);
    scs_write(f, 0x400, 0x80);
    cpu_set_reg(f->cpu, CPU_CONTROL_S, 4); /* FPCA */
    cpu_set_reg(f->cpu, CPU_MSPLIM_S, STACK - 0x60);
    set(f, 13, STACK); /* a frame of 0x68 bytes */
    set(f, 15, MAIN);
    cpu_set_irq(f->cpu, 0, true);
    run_until(f, handler(6));
    assert_int_equal(scs_read(f, 0xd28), 1u << 20);
    assert_int_equal(scs_read(f, 0xf38), STACK - 0x68 + 0x20);
    assert_int_equal(scs_read(f, 0xf34) & 0x201u, 0x001); /* LSPACT, not SPLIMVIOL */
}

/* TTResp: unprivileged code learns nothing of its own state's MPU. */
static void unprivileged_test_target_hides_the_mpu(void **state)
{
    struct fixture *f = *state;
    put_code(f, MAIN, 0xe840, 0xf100, 0xe840, 0xf240, SELF); /* tt r1, r0; ttt r2, r0 */
    set(f, 0, STACK);
    set(f, 15, MAIN);
    cpu_set_reg(f->cpu, CPU_CONTROL_S, 1);
    run_until(f, MAIN + 8);
    assert_int_equal(get(f, 1) & 0xc00ffu, 0); /* R, RW, MREGION */
    assert_int_equal(get(f, 2) & 0xc00ffu, 0);
    assert_int_equal(get(f, 1) >> 22 & 1u, 1u); /* Secure */
}

static void masked_svc_escalates(void **state)
{
    struct fixture *f = *state;
    put_code(f, MAIN, CPSID_I, SVC, SELF);
    set(f, 15, MAIN);
    run_until(f, handler(3));
    assert_int_equal(scs_read(f, 0xd2c), 1u << 30);
    assert_int_equal(word(f, get(f, 13) + 0x18), MAIN + 4);
}

static void unprivileged_code_cannot_reach_the_scs(void **state)
{
    struct fixture *f = *state;
    scs_write(f, 0xd24, 7u << 16);
    put_code(f, MAIN, LDR(1, 0, 0), SELF);
    set(f, 0, SCS + 0xd00);
    set(f, 15, MAIN);
    cpu_set_reg(f->cpu, CPU_CONTROL_S, 1);
    run_until(f, handler(5));
    assert_int_equal(scs_read(f, 0xd28) & 0xff00u, 0x8200);
    assert_int_equal(scs_read(f, 0xd38), SCS + 0xd00);
}

static void nonsecure_alias(void **state)
{
    struct fixture *f = *state;
    scs_write(f, 0x20d08, 0x00200000); /* VTOR_NS through the alias */
    assert_int_equal(scs_read(f, 0x20d08), 0x00200000);
    assert_int_equal(scs_read(f, 0xd08), CODE);
    open_nonsecure(f);
    put_code(f, NS_CODE, LDR(1, 0, 0), LDR(2, 3, 0), SELF);
    enter_nonsecure(f);
    set(f, 0, SCS + 0xd08);
    set(f, 3, SCS + 0x20d08);
    set(f, 2, 0x55);
    cpu_step(f->cpu);
    cpu_step(f->cpu);
    assert_int_equal(get(f, 1), 0x00200000);
    assert_int_equal(get(f, 2), 0); /* the alias is hidden from Non-secure software */
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(secure_fault_has_an_address),
        CASE(attribution_is_exact_to_32_bytes),
        CASE(secure_fault_is_not_squashed_by_pris),
        CASE(event_register),
        CASE(wfi_wakes_for_a_masked_interrupt),
        CASE(systick_is_exact),
        CASE(limit_overshoots_by_one_instruction),
        CASE(device_sees_exact_time_and_interrupts_at_once),
        CASE(level_interrupt_pends_again),
        CASE(lockup_and_reset),
        CASE(bkpt_without_monitor_is_a_hard_fault),
        CASE(bkpt_with_monitor),
        CASE(monitor_is_not_taken_in_secure_state_without_permission),
        CASE(fpb_matches_before_execution),
        CASE(stores_into_code_take_effect),
        CASE(code_may_change_the_block_it_runs_in),
        CASE(breakpoints_of_the_simulator),
        CASE(stack_limit_on_exception_entry),
        CASE(tail_chain_keeps_the_frame),
        CASE(software_cannot_return_from_nothing),
        CASE(thread_mode_cannot_use_exc_return),
        CASE(return_for_the_other_state_ends_nothing),
        CASE(fetch_faults_come_before_invstate),
        CASE(broken_frame_prepares_lazy_stacking),
        CASE(unprivileged_test_target_hides_the_mpu),
        CASE(masked_svc_escalates),
        CASE(unprivileged_code_cannot_reach_the_scs),
        CASE(nonsecure_alias),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
