/* A script of radio link changes in virtual time: lines "T_MS down|up|stall", '#' starts a comment.
 */
#ifndef SIM_WORLD_LINK_SCRIPT_H
#define SIM_WORLD_LINK_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINK_SCRIPT_MAX 256

enum link_change { LINK_CHANGE_DOWN, LINK_CHANGE_UP, LINK_CHANGE_STALL };

struct link_step {
    uint64_t time_ms;
    enum link_change change;
};

struct link_script {
    struct link_step steps[LINK_SCRIPT_MAX];
    unsigned count;
};

/* Parses the text of a script; times must not go back. On failure returns false and says in `error`
 * which line is wrong. */
bool link_script_parse(struct link_script *script, const char *text, char *error,
                       size_t error_size);

#endif
