/* Where our disassembler and binutils may use different words. */
#ifndef SIMPROOF_DECODE_DIFFERENCES_H
#define SIMPROOF_DECODE_DIFFERENCES_H

#include <stdbool.h>
#include <stdint.h>

/* True if the two mnemonics name the same instruction, or the difference is a reviewed one. */
bool decode_same(const char *ours, const char *theirs, uint32_t encoding, bool wide);

#endif
