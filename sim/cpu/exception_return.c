/* Exception return and function return (ExceptionReturn, ValidateExceptionReturn, PopStack and
 * FunctionReturn in the manual), and the branches that lead to them. */
#include "cpu/exception.h"

#include "cpu/exception_internal.h"
#include "cpu/fpu_context.h"
#include "cpu/lockup.h"
#include "cpu/memory.h"
#include "cpu/nvic.h"

#define COST_RETURN 10u

void cpu_set_secure(struct cpu *cpu, bool secure)
{
    if (cpu->secure == secure)
        return;
    cpu_sp_save(cpu);
    cpu->secure = secure;
    cpu_sp_load(cpu);
    nvic_update(cpu);
}

/* Pends a fault found while returning and takes it on the frame that is still stacked. */
static void refuse_usage(struct cpu *cpu, uint32_t exc_return, bool secure, uint32_t bits)
{
    cpu->cfsr[secure] |= bits;
    nvic_raise(cpu, EXC_USAGEFAULT, secure);
    exception_take(cpu, exc_return, true, false);
}

static void refuse_secure(struct cpu *cpu, uint32_t exc_return, uint32_t bits)
{
    cpu->sfsr |= bits;
    nvic_raise(cpu, EXC_SECUREFAULT, true);
    exception_take(cpu, exc_return, true, false);
}

/* DeActivate: false if the exception being returned from was not active. */
static bool deactivate(struct cpu *cpu, bool secure)
{
    unsigned exception = cpu->exception;
    bool bank = secure, mine = true, legal = true;
    if (exception == 0 || exception >= EXC_COUNT)
        return false;
    /* An exception of the other state is not this return's to end. */
    if (!nvic_is_banked(exception) && nvic_target(cpu, exception, secure) != secure)
        mine = legal = false;
    /* A negative priority belongs to NMI or a HardFault, whatever IPSR claims. */
    int raw = nvic_raw_priority(cpu);
    switch (raw) {
    case -1:
        exception = EXC_HARDFAULT;
        bank = cpu->config.has_security && !(cpu->aircr & AIRCR_BFHFNMINS);
        break;
    case -2:
        exception = EXC_NMI;
        break;
    case -3:
        exception = EXC_HARDFAULT;
        bank = true;
        break;
    default:
        break;
    }
    if ((!mine && raw >= 0) || !nvic_is_active(cpu, exception, bank))
        return false;
    nvic_set_active(cpu, exception, bank, false);
    return legal;
}

/* One word of a frame; false after a fault has been pended. */
static bool pop(struct cpu *cpu, uint32_t address, bool secure, bool privileged, uint32_t *value)
{
    enum mem_fault fault = mem_read(cpu, address, 4, secure, privileged, value);
    if (fault == MEM_OK)
        return true;
    mem_raise(cpu, fault, ACCESS_UNSTACK, secure);
    return false;
}

struct popped {
    uint32_t word[8];   /* r0-r3, r12, lr, pc, xpsr */
    uint32_t callee[8]; /* r4-r11 */
    bool callee_valid;
    uint32_t pointer; /* of the caller-saved frame */
};

enum pop_status { POP_OK, POP_FAULT, POP_SIGNATURE };

static enum pop_status pop_frame(struct cpu *cpu, uint32_t exc_return, uint32_t pointer,
                                 bool secure, bool privileged, struct popped *frame)
{
    frame->callee_valid = secure && (!(exc_return & EXCRET_ES) || !(exc_return & EXCRET_DCRS));
    if (frame->callee_valid) {
        uint32_t signature, expected = 0xfefa125au;
        if ((exc_return & EXCRET_FTYPE) || !cpu->config.has_fpu)
            expected |= 1u;
        if (!pop(cpu, pointer, secure, privileged, &signature))
            return POP_FAULT;
        if (signature != expected)
            return POP_SIGNATURE;
        for (unsigned i = 0; i < 8; i++)
            if (!pop(cpu, pointer + 8 + 4 * i, secure, privileged, &frame->callee[i]))
                return POP_FAULT;
        pointer += 0x28;
    }
    frame->pointer = pointer;
    for (unsigned i = 0; i < 8; i++)
        if (!pop(cpu, pointer + 4 * i, secure, privileged, &frame->word[i]))
            return POP_FAULT;
    return POP_OK;
}

static void commit(struct cpu *cpu, const struct popped *frame, unsigned bank, uint32_t sp, bool fp)
{
    static const uint8_t order[] = {0, 1, 2, 3, 12, 14};
    uint32_t xpsr = frame->word[7];
    for (unsigned i = 0; i < 6; i++)
        cpu->r[order[i]] = frame->word[i];
    for (unsigned i = 0; frame->callee_valid && i < 8; i++)
        cpu->r[4 + i] = frame->callee[i];
    if (xpsr & 0x200u)
        sp |= 4u;
    cpu->sp[cpu->secure][bank] = sp;
    if (fp)
        cpu->control[S] |= CONTROL_FPCA;
    else
        cpu->control[S] &= ~CONTROL_FPCA;
    if (cpu->secure) {
        cpu->control[S] &= ~CONTROL_SFPA;
        if (xpsr & 1u << 20)
            cpu->control[S] |= CONTROL_SFPA;
    }
    xpsr_write_flags(cpu, xpsr);
    cpu->thumb = xpsr >> 24 & 1u;
    cpu->exception = xpsr & 0x1ffu;
    cpu->r[15] = frame->word[6] & ~1u;
    cpu_sp_load(cpu);
    cpu->exclusive = false;
    cpu->event = true;
    if (cpu->exception == 0 && (cpu->scr[cpu->secure] & 2u)) { /* SLEEPONEXIT */
        cpu->sleeping = true;
        cpu->wait_event = false;
    }
    nvic_update(cpu);
}

/* The second half: nothing pending preempts the return, so the frame is popped. */
static void unstack(struct cpu *cpu, uint32_t exc_return)
{
    bool to_handler = !(exc_return & EXCRET_MODE);
    bool to_secure = cpu->config.has_security && (exc_return & EXCRET_S);
    bool fp = !(exc_return & EXCRET_FTYPE);
    bool privileged = to_handler || !(cpu->control[to_secure] & CONTROL_NPRIV);

    cpu_set_secure(cpu, to_secure);
    cpu_sp_save(cpu);
    unsigned bank = !to_handler && (cpu->control[to_secure] & CONTROL_SPSEL) ? PSP : MSP;
    struct popped frame;
    enum pop_status status =
        pop_frame(cpu, exc_return, cpu->sp[to_secure][bank], to_secure, privileged, &frame);
    if (status == POP_FAULT) {
        exception_take(cpu, exc_return, true, false);
        return;
    }
    if (status == POP_SIGNATURE) {
        refuse_secure(cpu, exc_return, SFSR_INVIS);
        return;
    }
    if (to_handler != ((frame.word[7] & 0x1ffu) != 0)) {
        refuse_usage(cpu, exc_return, to_secure, CFSR_INVPC);
        return;
    }
    uint32_t sp = frame.pointer + 0x20;
    if (fp) {
        uint32_t fp_size;
        if (!fpu_unstack(cpu, frame.pointer, to_secure, privileged, &fp_size)) {
            exception_take(cpu, exc_return, true, false);
            return;
        }
        sp += fp_size;
    }
    commit(cpu, &frame, bank, sp, fp);
}

void exception_return(struct cpu *cpu, uint32_t exc_return)
{
    bool security = cpu->config.has_security, invalid_er = false;
    cpu->cycles += COST_RETURN;
    exc_return |= 0xff000000u;
    if ((exc_return & 0x00ffff80u) != 0x00ffff80u)
        cpu_log(cpu, "exception return to 0x%08x: reserved bits are not ones", exc_return);
    if (!cpu->config.has_fpu)
        exc_return |= EXCRET_FTYPE;
    if (security && !cpu->secure && ((exc_return & EXCRET_ES) || !(exc_return & EXCRET_DCRS))) {
        invalid_er = true;
        exc_return &= ~EXCRET_ES;
    }
    bool from_secure = security && (exc_return & EXCRET_ES);
    if (cpu->exception != EXC_NMI && nvic_raw_priority(cpu) >= 0)
        cpu->faultmask[from_secure] = 0;
    else if (!security && cpu->exception != EXC_NMI)
        cpu->faultmask[NS] = 0;
    bool invalid_pc = !deactivate(cpu, from_secure) || (exc_return & 2u);
    if (!security && (exc_return & (EXCRET_S | EXCRET_ES)))
        invalid_pc = true;

    cpu->control[from_secure] &= ~CONTROL_SPSEL;
    if (exc_return & EXCRET_SPSEL)
        cpu->control[from_secure] |= CONTROL_SPSEL;
    if (fpu_clear_on_return(cpu) == FPU_CLEAR_FAULT) {
        refuse_secure(cpu, exc_return, SFSR_LSERR);
        return;
    }
    if (invalid_er) {
        refuse_secure(cpu, exc_return, SFSR_INVER);
        return;
    }
    if (invalid_pc) {
        refuse_usage(cpu, exc_return, cpu->secure, CFSR_INVPC);
        return;
    }
    nvic_update(cpu);
    if (nvic_takeable(cpu).exception) {
        exception_take(cpu, exc_return, true, false);
        return;
    }
    unstack(cpu, exc_return);
}

void function_return(struct cpu *cpu)
{
    /* The frame that BLXNS pushed: return address, then IPSR and SFPA. It is on the Secure stack
     * of the present mode. */
    unsigned bank = !cpu_handler_mode(cpu) && (cpu->control[S] & CONTROL_SPSEL) ? PSP : MSP;
    uint32_t sp = cpu->sp[S][bank], target, partial;
    bool privileged = cpu_handler_mode(cpu) || !(cpu->control[S] & CONTROL_NPRIV);
    enum mem_fault fault = mem_read(cpu, sp, 4, true, privileged, &target);
    if (fault == MEM_OK)
        fault = mem_read(cpu, sp + 4, 4, true, privileged, &partial);
    if (fault != MEM_OK) {
        /* Taken from the Non-secure state with the branch target as the return address. */
        mem_raise(cpu, fault, ACCESS_DATA, true);
        return;
    }
    unsigned exception = partial & 0x1ffu;
    bool thread = exception == 0;
    if (thread != !cpu_handler_mode(cpu) || (!thread && cpu->exception != 1)) {
        cpu->cfsr[NS] |= CFSR_INVPC;
        nvic_raise(cpu, EXC_USAGEFAULT, false);
        return;
    }
    cpu->sp[S][bank] = sp + 8;
    cpu_sp_save(cpu);
    cpu->secure = true;
    cpu->exception = (uint16_t)exception;
    cpu->control[S] &= ~CONTROL_SFPA;
    if (partial & 1u << 20)
        cpu->control[S] |= CONTROL_SFPA;
    cpu_sp_load(cpu);
    cpu->it = 0;
    cpu->r[15] = target & ~1u;
    cpu->thumb = target & 1u;
    nvic_update(cpu);
}

void branch_interworking(struct cpu *cpu, uint32_t target)
{
    if (target >= 0xff000000u && cpu_handler_mode(cpu)) {
        exception_return(cpu, target);
        return;
    }
    if (!cpu->secure && cpu->config.has_security && (target | 1u) == 0xfeffffffu) {
        cpu->r[15] = target;
        function_return(cpu);
        return;
    }
    cpu->r[15] = target & ~1u;
    cpu->thumb = target & 1u;
}
