/* stubs */
#include "cpu/helpers.h"
enum exec_result h_parallel(struct cpu *cpu, const struct op *op)
{
    return h_undefined(cpu, op);
}
enum exec_result h_saturating(struct cpu *cpu, const struct op *op)
{
    return h_undefined(cpu, op);
}
enum exec_result h_sel(struct cpu *cpu, const struct op *op)
{
    return h_undefined(cpu, op);
}
enum exec_result h_extend_add(struct cpu *cpu, const struct op *op)
{
    return h_undefined(cpu, op);
}
enum exec_result h_revsh(struct cpu *cpu, const struct op *op)
{
    return h_undefined(cpu, op);
}
enum exec_result h_pkh(struct cpu *cpu, const struct op *op)
{
    return h_undefined(cpu, op);
}
enum exec_result h_sat(struct cpu *cpu, const struct op *op)
{
    return h_undefined(cpu, op);
}
enum exec_result h_mul16(struct cpu *cpu, const struct op *op)
{
    return h_undefined(cpu, op);
}
enum exec_result h_muldual(struct cpu *cpu, const struct op *op)
{
    return h_undefined(cpu, op);
}
enum exec_result h_mulw(struct cpu *cpu, const struct op *op)
{
    return h_undefined(cpu, op);
}
enum exec_result h_smmul(struct cpu *cpu, const struct op *op)
{
    return h_undefined(cpu, op);
}
enum exec_result h_usad8(struct cpu *cpu, const struct op *op)
{
    return h_undefined(cpu, op);
}
enum exec_result h_smlalxy(struct cpu *cpu, const struct op *op)
{
    return h_undefined(cpu, op);
}
enum exec_result h_smlald(struct cpu *cpu, const struct op *op)
{
    return h_undefined(cpu, op);
}
enum exec_result h_fp_data(struct cpu *cpu, const struct op *op)
{
    return h_undefined(cpu, op);
}
enum exec_result h_fp_memory(struct cpu *cpu, const struct op *op)
{
    return h_undefined(cpu, op);
}
enum exec_result h_fp_multiple(struct cpu *cpu, const struct op *op)
{
    return h_undefined(cpu, op);
}
enum exec_result h_fp_move(struct cpu *cpu, const struct op *op)
{
    return h_undefined(cpu, op);
}
enum exec_result h_vlstm(struct cpu *cpu, const struct op *op)
{
    return h_undefined(cpu, op);
}
enum exec_result h_vlldm(struct cpu *cpu, const struct op *op)
{
    return h_undefined(cpu, op);
}
