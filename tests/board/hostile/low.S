/* Jumps and stacks that C does not have. */
    .syntax unified
    .cpu cortex-m33
    .fpu fpv5-sp-d16
    .thumb
    .text

    /* uint32_t call4(address, r0, r1, r2, r3) */
    .global call4
    .type call4, %function
call4:
    push    {r4, lr}
    mov     r12, r0
    mov     r0, r1
    mov     r1, r2
    mov     r2, r3
    ldr     r3, [sp, #8]
    blx     r12
    pop     {r4, pc}
    .size call4, . - call4

    /* void jump(address): leaves for it with a return address of its own */
    .global jump
    .type jump, %function
jump:
    push    {r4, lr}
    blx     r0
    pop     {r4, pc}
    .size jump, . - jump

    /* void jump_with_link(address, link) */
    .global jump_with_link
    .type jump_with_link, %function
jump_with_link:
    push    {r4, lr}
    mov     lr, r1
    mov     r12, r0
    movs    r0, #0
    bx      r12
    .size jump_with_link, . - jump_with_link

    /* void set_stack_and_call(stack, address): the stack in use; it is put back */
    .global set_stack_and_call
    .type set_stack_and_call, %function
set_stack_and_call:
    push    {r4, lr}
    mov     r4, sp
    mov     sp, r0
    ldr     r0, =0x20001000
    blx     r1
    mov     sp, r4
    pop     {r4, pc}
    .size set_stack_and_call, . - set_stack_and_call

    /* void run_on_process_stack(stack, function) */
    .global run_on_process_stack
    .type run_on_process_stack, %function
run_on_process_stack:
    push    {r4, lr}
    msr     psp, r0
    mrs     r4, control
    orr     r2, r4, #2
    msr     control, r2
    isb
    blx     r1
    msr     control, r4
    isb
    pop     {r4, pc}
    .size run_on_process_stack, . - run_on_process_stack

    /* void recurse(void): until the stack is out of memory */
    .global recurse
    .type recurse, %function
recurse:
    push    {r0-r7, lr}
    bl      recurse
    pop     {r0-r7, pc}
    .size recurse, . - recurse

    /* void sg_here(void): SG in Non-secure memory is a NOP */
    .global sg_here
    .type sg_here, %function
    .balign 4
sg_here:
    sg
    bx      lr
    .size sg_here, . - sg_here

    /* void bxns_here(void): for Non-secure code undefined */
    .global bxns_here
    .type bxns_here, %function
bxns_here:
    bxns    lr
    .size bxns_here, . - bxns_here

    /* void touch_fpu(value) */
    .global touch_fpu
    .type touch_fpu, %function
touch_fpu:
    dsb
    isb
    vmov    s0, r0
    bx      lr
    .size touch_fpu, . - touch_fpu
