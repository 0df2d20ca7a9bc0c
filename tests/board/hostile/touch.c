// Plain accesses and jumps to what is not ours.
#include "app.h"

uint32_t attack_nothing(uint32_t argument)
{
    (void)argument;
    return 0;
}

// The firewall's event comes a little later than the access.
static void let_it_come(void)
{
    __asm volatile("dsb\n isb" ::: "memory");
    spin(2000);
}

uint32_t attack_read_word(uint32_t argument)
{
    uint32_t value = REG(argument);
    let_it_come();
    return found(1, argument, value, 0);
}

uint32_t attack_write_word(uint32_t argument)
{
    REG(argument) = 0xA77AC4EDu;
    let_it_come();
    return found(1, argument, 0, 0);
}

// A register whose protected bits read as zero and ignore what is written.
uint32_t attack_ignored_write(uint32_t argument)
{
    uint32_t before = REG(argument);
    REG(argument) = ~before;
    let_it_come();
    uint32_t after = REG(argument);
    return before == after ? 0 : found(1, argument, before, after);
}

uint32_t attack_jump(uint32_t argument)
{
    jump(argument);
    return found(1, argument, 0, 0);
}

static volatile uint32_t target;

static void jump_there(void)
{
    jump(target);
}

uint32_t attack_jump_in_handler(uint32_t argument)
{
    target = argument;
    in_interrupt(jump_there);
    return found(1, argument, 0, 0);
}

// A call that is told to return to a place that is not ours.
uint32_t attack_call_with_link(uint32_t argument)
{
    jump_with_link(VENEERS + 0x0D9u, argument); // mvNoOp
    return found(1, argument, 0, 0);
}

// A call made on a stack that is not ours, then time for the kernel to interrupt us there.
static void time_and_spin(void)
{
    __asm volatile("ldr r0, =0x20001000\n"
                   "ldr r1, =0x0C1FE011\n"
                   "blx r1\n"
                   "ldr r0, =4000000\n"
                   "1: subs r0, #1\n"
                   "bne 1b\n"
                   "ldr r0, =0x20001000\n"
                   "ldr r1, =0x0C1FE029\n" // mvGetDeviceId with a length that it refuses
                   "blx r1\n" ::
                       : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory");
}

__attribute__((naked)) static void calls_and_spins(void)
{
    __asm volatile("mov r5, lr\n"
                   "bl %0\n"
                   "bx r5\n" ::"i"(time_and_spin));
}

uint32_t attack_call_with_stack(uint32_t argument)
{
    set_stack_and_call(argument, (uint32_t)(uintptr_t)calls_and_spins);
    return found(1, argument, 0, 0);
}

void sg_here(void);
void bxns_here(void);

uint32_t attack_sg_in_own_memory(uint32_t argument)
{
    (void)argument;
    sg_here();
    return 0;
}

uint32_t attack_bxns(uint32_t argument)
{
    bxns_here();
    return found(1, argument, 0, 0);
}
