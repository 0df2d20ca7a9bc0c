/* TT, TTT, TTA, TTAT: what an address is and who may access it (TTResp in the manual). */
#include "cpu/attribution.h"
#include "cpu/helpers.h"
#include "cpu/nvic.h"

enum exec_result h_tt(struct cpu *cpu, const struct op *op)
{
    bool alternate = op->imm & 0x80u, unprivileged = op->imm & 0x40u;
    if ((alternate && !cpu->secure) || op->rn == 15 || op->rd >= 13)
        return h_undefined(cpu, op);
    uint32_t address = cpu->r[op->rn], value = 0;
    bool world = cpu->secure && !alternate;
    /* The privilege of the state asked about: handler mode, or its CONTROL.nPRIV. */
    bool privileged =
        !unprivileged && (cpu->exception != 0 || !(cpu->control[world] & CONTROL_NPRIV));
    bool read = false, write = false;
    /* Unprivileged code learns nothing of its own state's MPU. */
    if (cpu_is_privileged(cpu) || alternate) {
        struct mpu_result mpu = mpu_lookup(cpu, address, world, privileged);
        read = mpu.read;
        write = mpu.write;
        if (mpu.region_valid)
            value |= mpu.region | 1u << 16;
        value |= (uint32_t)read << 18 | (uint32_t)write << 19;
    }
    if (cpu->secure) {
        struct attribution attribution = sau_lookup(cpu, address, world, false);
        bool nonsecure = attribution.nonsecure;
        if (attribution.sau_valid)
            value |= (uint32_t)attribution.sau_region << 8 | 1u << 17;
        if (attribution.idau_valid)
            value |= (uint32_t)attribution.idau_region << 24 | 1u << 23;
        value |= (uint32_t)(read && nonsecure) << 20 | (uint32_t)(write && nonsecure) << 21 |
                 (uint32_t)!nonsecure << 22;
    }
    cpu->r[op->rd] = value;
    return EXEC_NEXT;
}
