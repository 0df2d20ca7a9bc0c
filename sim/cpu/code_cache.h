/* Cache of superblocks, keyed by address and regime, and the map from host memory to the blocks
 * decoded from it, so that changed code is decoded again. */
#ifndef SIM_CPU_CODE_CACHE_H
#define SIM_CPU_CODE_CACHE_H

#include "cpu/cpu_state.h"

/* The block to run at r[15] in the current state: cached, or translated now. NULL: the fetch
 * faulted, and the exception has been raised. `single` asks for a block of one instruction. */
struct block *code_block(struct cpu *cpu, bool single);

/* The code page at a host page address, or NULL if nothing was decoded from it. */
struct code_page *code_page_find(const struct cpu *cpu, const uint8_t *host_page);
/* Memory was written through the processor; true if that killed decoded code. */
bool code_written(struct cpu *cpu, const uint8_t *host, uint32_t address, unsigned size);
/* Forgets everything decoded (breakpoints changed, arena full). */
void code_cache_reset(struct cpu *cpu);
bool code_cache_init(struct cpu *cpu);
void code_cache_free(struct cpu *cpu);

/* Label table of cpu_execute(), indexed by enum op_id. */
const void *const *cpu_execute_labels(void);
/* Runs blocks from `block` on until one asks to leave; r[15] is the next instruction. */
void cpu_execute(struct cpu *cpu, struct block *block);

#endif
