/* What translation may do with the ops of one superblock: which can be told apart from outside, and
 * the passes that use it. */
#ifndef SIM_CPU_SUPERBLOCK_H
#define SIM_CPU_SUPERBLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cpu/op.h"

/* True if the op only computes: it cannot fault, leave the block, or touch memory. Between two such
 * ops nothing can look at the processor's state. */
bool superblock_is_pure(enum op_id id);
/* True if N, Z, C and V are the same after it. */
bool superblock_keeps_flags(enum op_id id);
/* True if the op goes to the block in its `link`. */
bool superblock_links(enum op_id id);
/* Removes the computation of flags that nobody can see, and joins instructions that set flags with
 * the branch or guard that uses them. `count` ops, their ids beside them; the number stays. */
void superblock_improve(const void *const *labels, struct op *ops, uint16_t *ids, size_t count);

#endif
