/* Exception entry (PushStack, ExceptionTaken in the manual): stacking, cross-world clearing, vector
 * fetch. */
#include "cpu/exception.h"

#include "cpu/exception_internal.h"
#include "cpu/fpu_context.h"
#include "cpu/lockup.h"
#include "cpu/memory.h"
#include "cpu/nvic.h"

#define COST_ENTRY 12u

/* The stack that a frame goes to: where, and with which rights its words are written. */
struct frame {
    uint32_t pointer;
    bool secure, privileged;
    bool failed; /* a write faulted: the rest is not attempted */
};

static void push(struct cpu *cpu, struct frame *frame, uint32_t offset, uint32_t value)
{
    if (frame->failed)
        return;
    enum mem_fault fault =
        mem_write(cpu, frame->pointer + offset, 4, frame->secure, frame->privileged, value);
    if (fault == MEM_OK)
        return;
    frame->failed = true;
    mem_raise(cpu, fault, ACCESS_STACK, frame->secure);
}

static void stack_overflow(struct cpu *cpu, bool secure)
{
    cpu->cfsr[secure] |= CFSR_STKOF;
    nvic_raise(cpu, EXC_USAGEFAULT, secure);
}

static bool limit_ignored(const struct cpu *cpu, bool secure)
{
    return (cpu->ccr[secure] & CCR_STKOFHFNMIGN) && cpu->exec_priority < 0;
}

/* PushStack: the caller-saved frame on the current stack. False if that faulted. */
static bool push_stack(struct cpu *cpu)
{
    uint32_t sp = cpu->r[13];
    bool fp = cpu->control[S] & CONTROL_FPCA;
    uint32_t size = fpu_frame_size(cpu);
    struct frame frame = {.secure = cpu->secure, .privileged = cpu_is_privileged(cpu)};
    uint32_t align = sp & 4u;
    uint32_t limit = cpu_sp_limit(cpu);

    frame.pointer = (sp - size) & ~4u;
    if ((frame.pointer < limit || sp < size) && !limit_ignored(cpu, cpu->secure)) {
        cpu->r[13] = limit;
        if (fp)
            fpu_stack(cpu, frame.pointer, true);
        stack_overflow(cpu, cpu->secure);
        return false;
    }
    uint32_t xpsr = (xpsr_read(cpu) & ~0x200u) | align << 7;
    if (fp && cpu->secure && (cpu->control[S] & CONTROL_SFPA))
        xpsr |= 1u << 20;
    push(cpu, &frame, 0x00, cpu->r[0]);
    push(cpu, &frame, 0x04, cpu->r[1]);
    push(cpu, &frame, 0x08, cpu->r[2]);
    push(cpu, &frame, 0x0c, cpu->r[3]);
    push(cpu, &frame, 0x10, cpu->r[12]);
    push(cpu, &frame, 0x14, cpu->r[14]);
    push(cpu, &frame, 0x18, cpu->r[15]);
    push(cpu, &frame, 0x1c, xpsr);
    cpu->r[13] = frame.pointer;
    if (fp && !fpu_stack(cpu, frame.pointer, frame.failed))
        frame.failed = true;
    return !frame.failed;
}

/* PushCalleeStack: r4-r11 and the integrity signature on the Secure stack of the background. */
static bool push_callee_stack(struct cpu *cpu, uint32_t exc_return, bool tail_chain,
                              bool ignore_faults)
{
    unsigned bank = MSP;
    struct frame frame = {.secure = true, .privileged = true};
    if (tail_chain) {
        bool thread = exc_return & EXCRET_MODE;
        bank = thread && (cpu->control[S] & CONTROL_SPSEL) ? PSP : MSP;
        frame.privileged = !thread || !(cpu->control[S] & CONTROL_NPRIV);
    } else {
        bank = cpu_sp_bank(cpu);
        frame.privileged = cpu_is_privileged(cpu);
    }
    uint32_t sp = cpu_sp_get(cpu, S, bank);
    frame.pointer = sp - 0x28;
    if ((frame.pointer < cpu->splim[S][bank] || sp < 0x28) && !limit_ignored(cpu, S)) {
        cpu_sp_set(cpu, S, bank, cpu->splim[S][bank]);
        if (!ignore_faults)
            stack_overflow(cpu, S);
        return false;
    }
    uint32_t signature = 0xfefa125au | (exc_return & EXCRET_FTYPE ? 1u : 0u);
    if (!cpu->config.has_fpu)
        signature |= 1u;
    frame.failed = false;
    static const uint8_t offsets[] = {0x08, 0x0c, 0x10, 0x14, 0x18, 0x1c, 0x20, 0x24};
    uint32_t values[8];
    for (unsigned i = 0; i < 8; i++)
        values[i] = cpu->r[4 + i];
    enum mem_fault fault = mem_write(cpu, frame.pointer, 4, true, frame.privileged, signature);
    for (unsigned i = 0; i < 8 && fault == MEM_OK; i++)
        fault = mem_write(cpu, frame.pointer + offsets[i], 4, true, frame.privileged, values[i]);
    cpu_sp_set(cpu, S, bank, frame.pointer);
    if (fault != MEM_OK && !ignore_faults)
        mem_raise(cpu, fault, ACCESS_STACK, true);
    return fault == MEM_OK;
}

/* Makes what Secure code left in the registers invisible to a Non-secure handler. */
static void clear_registers(struct cpu *cpu, uint32_t exc_return)
{
    bool background_secure = exc_return & EXCRET_S;
    for (unsigned i = 0; i < 13; i++)
        if (i < 4 || i == 12 || background_secure)
            cpu->r[i] = 0;
    xpsr_write_flags(cpu, 0);
}

/* The handler's address; false if the vector could not be read (HardFault is pended, or lockup). */
static bool read_vector(struct cpu *cpu, unsigned exception, bool secure, uint32_t *vector)
{
    uint32_t address = cpu->vtor[secure] + 4 * exception;
    if (mem_read(cpu, address, 4, secure, true, vector) == MEM_OK)
        return true;
    cpu->hfsr |= HFSR_VECTTBL | HFSR_FORCED;
    bool fault_secure = cpu->config.has_security && (secure || !(cpu->aircr & AIRCR_BFHFNMINS));
    int fault_priority = nvic_priority(cpu, EXC_HARDFAULT, fault_secure, true);
    if (exception == EXC_HARDFAULT || nvic_priority(cpu, exception, secure, true) <= fault_priority)
        cpu_lockup(cpu);
    else
        nvic_raise(cpu, EXC_HARDFAULT, fault_secure);
    return false;
}

/* Callee-save handling between worlds and the EXC_RETURN bits that describe it. */
static bool cross_worlds(struct cpu *cpu, uint32_t *exc_return, bool to_secure, bool tail_chain,
                         bool ignore_faults)
{
    bool ok = true;
    if (*exc_return & EXCRET_S) {
        bool came_from_nonsecure = tail_chain && !(*exc_return & EXCRET_ES);
        if (to_secure) {
            if (came_from_nonsecure)
                *exc_return &= ~EXCRET_DCRS;
        } else {
            if ((*exc_return & EXCRET_DCRS) && !came_from_nonsecure)
                ok = push_callee_stack(cpu, *exc_return, tail_chain, ignore_faults);
            *exc_return |= EXCRET_DCRS;
        }
    }
    *exc_return &= ~(EXCRET_ES | EXCRET_SPSEL);
    if (to_secure)
        *exc_return |= EXCRET_ES;
    if (cpu->control[to_secure] & CONTROL_SPSEL)
        *exc_return |= EXCRET_SPSEL;
    return ok;
}

void exception_take(struct cpu *cpu, uint32_t exc_return, bool tail_chain, bool ignore_faults)
{
    /* Each failure pends a derived exception and tries again, at most once for each step. */
    for (unsigned attempt = 0; attempt < 4 && !cpu->locked; attempt++) {
        struct nvic_pending pending = nvic_highest(cpu);
        if (!pending.exception)
            return;
        bool secure = pending.secure;
        uint32_t vector;
        if (tail_chain)
            exc_return |= 0xff000000u | (cpu->config.has_fpu ? 0 : EXCRET_FTYPE);
        if (cpu->config.has_security) {
            bool ok = cross_worlds(cpu, &exc_return, secure, tail_chain, ignore_faults);
            if (!secure)
                clear_registers(cpu, exc_return);
            if (!ok && !ignore_faults) {
                tail_chain = ignore_faults = true;
                continue;
            }
        } else {
            exc_return &= ~EXCRET_SPSEL;
            if (cpu->control[NS] & CONTROL_SPSEL)
                exc_return |= EXCRET_SPSEL;
        }
        if (!read_vector(cpu, pending.exception, secure, &vector)) {
            tail_chain = ignore_faults = true;
            continue;
        }
        cpu_sp_save(cpu);
        nvic_clear_pending(cpu, pending.exception, secure);
        cpu->exception = (uint16_t)pending.exception;
        cpu->secure = secure;
        cpu->control[secure] &= ~CONTROL_SPSEL;
        cpu->control[S] &= ~(CONTROL_FPCA | CONTROL_SFPA);
        cpu_sp_load(cpu);
        nvic_set_active(cpu, pending.exception, secure, true);
        cpu->exclusive = false;
        cpu->it = 0;
        cpu->r[14] = exc_return;
        cpu->r[15] = vector & ~1u;
        cpu->thumb = vector & 1u;
        cpu->event = true;
        return;
    }
}

void exception_enter(struct cpu *cpu)
{
    uint32_t exc_return = 0xffffff80u | EXCRET_DCRS;
    if (cpu->config.has_security)
        exc_return |= cpu->secure ? EXCRET_S : 0;
    else
        exc_return = 0xffffffa0u;
    if (!(cpu->control[S] & CONTROL_FPCA))
        exc_return |= EXCRET_FTYPE;
    if (!cpu_handler_mode(cpu))
        exc_return |= EXCRET_MODE;
    cpu->cycles += COST_ENTRY;
    bool ok = push_stack(cpu);
    exception_take(cpu, exc_return, false, !ok);
}
