/* A board that boots the counting guest program, for tests and benchmarks. */
#ifndef TESTS_SIMWORLD_GUEST_BOARD_H
#define TESTS_SIMWORLD_GUEST_BOARD_H

#include "board/board.h"

/* Memories with the program of file `path` as boot code; NULL: told on standard error. */
struct nvm_template *guest_memories(const char *path);

#endif
