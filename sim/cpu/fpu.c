#include "cpu/helpers.h"
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
