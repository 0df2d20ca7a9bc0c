/* The faulting code. fault_NAME is where it is entered, with r4 to r11 known; fault_NAME_at is the
 * instruction whose address must be in the report. */
    .syntax unified
    .cpu cortex-m33
    .fpu fpv5-sp-d16
    .thumb
    .text

#define ISPR1     0xE000E204
#define PEND_LOW  (1 << (45 - 32))
#define PEND_HIGH (1 << (46 - 32))
#define ICSR      0xE000ED04
#define STACKED   0x20040000    /* some memory that holds no stack */

    .macro fault name
    .balign 4
    .global fault_\name
    .type fault_\name, %function
fault_\name:
    .endm

    .macro at name
    .global fault_\name\()_at
fault_\name\()_at:
    .endm

    /* Comes with an interrupt, at whatever instruction that finds. */
    .macro anywhere name
    .global fault_\name\()_at
    .set    fault_\name\()_at, 0
    .endm

    /* The whole fault is one instruction. */
    .macro single name, instruction:vararg
    fault \name
    at \name
    \instruction
    b .
    .endm

    .macro pend bit
    ldr     r0, =ISPR1
    ldr     r1, =\bit
    str     r1, [r0]
    dsb
    isb
    .endm

    .global run_fault
    .type run_fault, %function
run_fault:
    push    {r4-r11, lr}
    mov     r12, r0
    ldr     r4, =0xFA010004
    add     r5, r4, #1
    add     r6, r4, #2
    add     r7, r4, #3
    add     r8, r4, #4
    add     r9, r4, #5
    add     r10, r4, #6
    add     r11, r4, #7
    mov     r3, #3
    blx     r12
    pop     {r4-r11, pc}

/* ---- UsageFault ---- */
    single  undefined_narrow, udf 7
    single  undefined_wide, udf.w 0x123
    single  undefined_encoding, .short 0xFBFF, 0xFFFF
    single  coprocessor_0, mcr p0, 0, r0, c0, c0
    single  coprocessor_6, mrc p6, 0, r0, c0, c0
    single  fpu_off, vmov s0, r0

    fault   branch_to_arm_state
    ldr     r0, =fault_branch_to_arm_state_at
    bic     r0, #1
    bx      r0
    .balign 4
    at      branch_to_arm_state
    nop
    b       .

    /* A handler's return address without the Thumb bit in the frame's xPSR. */
    fault   return_to_arm_state
    ldr     r0, =clear_thumb
    bl      in_low_interrupt
    at      return_to_arm_state
    nop
    b       .

clear_thumb:
    mov     r1, #0
    str     r1, [sp, #28]
    ldr     r1, =fault_return_to_arm_state_at
    bic     r1, #1
    str     r1, [sp, #24]
    bx      lr

    /* EXC_RETURN with a bit that must be 0. */
    fault   invalid_return
    ldr     r0, =return_wrongly
    bl      in_low_interrupt
    anywhere invalid_return
    b       .

return_wrongly:
    orr     lr, lr, #2
    bx      lr

    /* To thread mode, with an exception number in the frame. */
    fault   invalid_return_number
    ldr     r0, =frame_of_handler
    bl      in_low_interrupt
    anywhere invalid_return_number
    b       .

frame_of_handler:
    ldr     r1, [sp, #28]
    orr     r1, r1, #30
    str     r1, [sp, #28]
    bx      lr

    fault   unaligned_word
    ldr     r0, =STACKED + 1
    at      unaligned_word
    ldr     r1, [r0]
    b       .

    fault   unaligned_half
    ldr     r0, =STACKED + 1
    at      unaligned_half
    strh    r1, [r0]
    b       .

    fault   unaligned_double
    ldr     r0, =STACKED + 2
    at      unaligned_double
    ldrd    r1, r2, [r0]
    b       .

    fault   unaligned_multiple
    ldr     r0, =STACKED + 2
    at      unaligned_multiple
    ldm     r0, {r1, r2}
    b       .

    fault   unaligned_exclusive
    ldr     r0, =STACKED + 2
    at      unaligned_exclusive
    ldrex   r1, [r0]
    b       .

    fault   unaligned_device
    ldr     r0, =0x42020001
    at      unaligned_device
    ldr     r1, [r0]
    b       .

    fault   divide_unsigned
    mov     r1, #0
    at      divide_unsigned
    udiv    r0, r0, r1
    b       .

    fault   divide_signed
    mov     r1, #0
    at      divide_signed
    sdiv    r0, r0, r1
    b       .

    /* MSPLIM is a little below: see limit_stack(). */
    single  stack_limit_push, push {r0-r11}
    single  stack_limit_subtract, sub sp, 128

    fault   stack_limit_exception
    pend    PEND_LOW
    at      stack_limit_exception
    b       .

    single  stack_limit_task, push {r0-r11}

/* ---- MemManage ---- */
    fault   execute_peripheral
    ldr     r0, =0x40000001
    bx      r0
    .set    fault_execute_peripheral_at, 0x40000000
    .global fault_execute_peripheral_at

    fault   execute_system_space
    ldr     r0, =0xE000E001
    bx      r0
    .set    fault_execute_system_space_at, 0xE000E000
    .global fault_execute_system_space_at

    fault   execute_never_region
    ldr     r0, =0x20050001
    bx      r0
    .set    fault_execute_never_region_at, 0x20050000
    .global fault_execute_never_region_at

    .macro access name, address, instruction:vararg
    fault   \name
    ldr     r0, =\address
    at      \name
    \instruction
    b       .
    .endm

    access  read_protected, 0x20050000, ldr r1, [r0]
    access  write_read_only, 0x20050000, str r1, [r0]
    access  no_region, 0x28000100, ldr r1, [r0]
    access  overlapping_regions, 0x20050000, ldr r1, [r0]

    fault   stacking_protected
    ldr     r0, =0x20050100
    mov     sp, r0
    pend    PEND_LOW
    at      stacking_protected
    b       .

    /* The frame's memory is protected while the handler runs: see protect_later(). */
    fault   unstacking_protected
    ldr     r0, =0x20050100
    mov     sp, r0
    pend    PEND_HIGH
    anywhere unstacking_protected
    b       .

    /* A task's floating-point registers wait to be saved when the handler needs its own. */
    fault   lazy_state_protected
    ldr     r2, =save_protected
    b       lazy_task

save_protected:
    push    {r3, lr}
    bl      protect_in_handler
    at      lazy_state_protected
    vmov    s0, r0
    b       .

lazy_task:
    ldr     r0, =0x20050100
    msr     psp, r0
    mov     r0, #2
    msr     control, r0
    isb
    vmov    s0, r0
    mov     r0, r2
    b       in_low_interrupt

/* ---- BusFault ---- */
    fault   execute_nowhere
    ldr     r0, =0x60000001
    bx      r0
    .set    fault_execute_nowhere_at, 0x60000000
    .global fault_execute_nowhere_at

    access  read_nowhere, 0x60000000, ldr r1, [r0]
    access  write_nowhere, 0x60000000, str r1, [r0]

    fault   stacking_nowhere
    ldr     r0, =0x60000100
    mov     sp, r0
    pend    PEND_LOW
    at      stacking_nowhere
    b       .

    fault   unstacking_nowhere
    ldr     r0, =stack_elsewhere
    bl      in_low_interrupt
    at      unstacking_nowhere
    b       .

stack_elsewhere:
    ldr     r0, =0x60000100
    mov     sp, r0
    bx      lr

    access  system_register_unprivileged, 0xE000ED08, ldr r1, [r0]

/* ---- SecureFault ---- */
    access  secure_read, 0x30090000, ldr r1, [r0]
    access  secure_write, 0x0C110400, str r1, [r0]

    fault   secure_jump
    ldr     r0, =0x0C112001
    bx      r0
    .set    fault_secure_jump_at, 0x0C112000
    .global fault_secure_jump_at

    fault   secure_return
    ldr     r0, =return_as_secure
    bl      in_low_interrupt
    anywhere secure_return
    b       .

return_as_secure:
    orr     lr, lr, #1
    bx      lr

    fault   secure_frame
    ldr     r0, =return_to_secure
    bl      in_low_interrupt
    anywhere secure_frame
    b       .

return_to_secure:
    orr     lr, lr, #0x40
    bx      lr

    /* The same, with the place where they are to be saved changed. */
    fault   secure_lazy_state
    ldr     r2, =save_into_kernel
    b       lazy_task

save_into_kernel:
    ldr     r0, =0x30090000
    ldr     r1, =0xE000EF38         /* FPCAR */
    str     r0, [r1]
    dsb
    isb
    at      secure_lazy_state
    vmov    s0, r0
    b       .

    fault   secure_stack
    ldr     r0, =0x30090000
    mov     sp, r0
    at      secure_stack
    push    {r0}
    b       .

    fault   null_jump
    mov     r0, #1
    bx      r0
    .set    fault_null_jump_at, 0
    .global fault_null_jump_at

    access  null_read, 0, ldr r1, [r0]

/* ---- HardFault ---- */
    fault   vector_nowhere
    ldr     r0, =0xE000ED08
    ldr     r1, =0x60000000
    str     r1, [r0]
    dsb
    pend    PEND_LOW
    anywhere vector_nowhere
    b       .

    single  breakpoint, bkpt 3

    fault   supervisor_call_masked
    cpsid   i
    svc     #0
    at      supervisor_call_masked
    b       .

    fault   supervisor_call_in_handler
    ldr     r0, =call_supervisor
    bl      in_low_interrupt
    b       .

call_supervisor:
    svc     #0
    at      supervisor_call_in_handler
    b       .

    fault   fault_with_faultmask
    cpsid   f
    at      fault_with_faultmask
    udf     #1
    b       .

    fault   fault_with_primask
    cpsid   i
    at      fault_with_primask
    udf     #1
    b       .

/* ---- Own handlers ---- */
    fault   caught_usage
    at      caught_usage
    udf     #1
    bx      lr

    fault   caught_memory
    ldr     r0, =0x20050000
    at      caught_memory
    ldr     r1, [r0]
    bx      lr

    .global skip_usage
    .type skip_usage, %function
skip_usage:
    .global skip_memory
    .type skip_memory, %function
skip_memory:
    ldr     r0, [sp, #24]
    adds    r0, #2
    str     r0, [sp, #24]
    ldr     r1, =0x28003F14         /* mailbox: result */
    movs    r0, #77
    str     r0, [r1]
    bx      lr

    .global undefined
    .type undefined, %function
undefined:
    at      fault_in_usage_handler
    at      fault_in_memory_handler
    at      fault_in_interrupt
    at      fault_in_systick
    at      fault_in_pendsv
    at      fault_in_supervisor_call
    at      usage_in_memory_handler
    at      in_interrupt_with_fpu_context
    udf     #2
    b       .

    fault   fault_in_usage_handler
    udf     #1
    b       .

    fault   fault_in_memory_handler
    ldr     r0, =0x20050000
    ldr     r1, [r0]
    b       .

    fault   usage_in_memory_handler
    ldr     r0, =0x20050000
    ldr     r1, [r0]
    b       .

    fault   fault_in_interrupt
    ldr     r0, =undefined
    bl      in_low_interrupt
    b       .

    fault   fault_in_systick
    mov     r1, #15
    ldr     r2, =1 << 26
    b       system_exception

    fault   fault_in_pendsv
    mov     r1, #14
    ldr     r2, =1 << 28

system_exception:
    ldr     r0, =undefined
    orr     r0, #1
    ldr     r12, =vectors
    str     r0, [r12, r1, lsl #2]
    ldr     r0, =ICSR
    str     r2, [r0]
    dsb
    isb
    b       .

    fault   fault_in_supervisor_call
    ldr     r0, =undefined
    orr     r0, #1
    ldr     r12, =vectors
    str     r0, [r12, #44]
    svc     #1
    b       .

    fault   fault_in_nested_interrupts
    ldr     r0, =nest
    bl      in_low_interrupt
    b       .

nest:
    ldr     r0, =nested
    orr     r0, #1
    ldr     r12, =vectors
    str     r0, [r12, #248]         /* 16 + IRQ_HIGH */
    pend    PEND_HIGH
    b       .

nested:
    at      fault_in_nested_interrupts
    udf     #3
    b       .

/* ---- Elsewhere ---- */
    fault   in_task
    ldr     r0, =0x20030000
    msr     psp, r0
    mov     r0, #2
    msr     control, r0
    isb
    at      in_task
    udf     #1
    b       .

    fault   with_fpu_context
    ldr     r0, =0x3F800000
    vmov    s0, r0
    vmov    s31, r0
    at      with_fpu_context
    udf     #1
    b       .

    fault   in_interrupt_with_fpu_context
    ldr     r0, =0x3F800000
    vmov    s0, r0
    vmov    s31, r0
    ldr     r0, =undefined
    bl      in_low_interrupt
    b       .

    single  unprivileged, udf 1

    fault   in_ram_code
    ldr     r0, =0x20050000
    ldr     r1, =0xDE01DE01         /* UDF #1, twice */
    str     r1, [r0]
    dsb
    isb
    orr     r0, #1
    bx      r0
    .set    fault_in_ram_code_at, 0x20050000
    .global fault_in_ram_code_at

    fault   stack_out_of_memory
    ldr     r0, =0x20000020
    mov     sp, r0
    at      stack_out_of_memory
    push    {r0-r11}
    b       .

    fault   stack_corrupted
    ldr     r0, =0xA5A5A5A5
    push    {r0}
    pop     {pc}
    .set    fault_stack_corrupted_at, 0xA5A5A5A4
    .global fault_stack_corrupted_at

    /* The handler in r0 becomes that of IRQ_LOW, which is pended; never comes back. */
    .type in_low_interrupt, %function
in_low_interrupt:
    orr     r0, #1
    ldr     r12, =vectors
    str     r0, [r12, #244]         /* 16 + IRQ_LOW */
    pend    PEND_LOW
    b       .
    .ltorg
