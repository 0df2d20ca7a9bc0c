/* How the driver on the host and an application under test talk: a few words at the end of SRAM4,
 * which hold nothing else and which the kernel clears before every start of the application. */
#ifndef TESTS_BOARD_MAILBOX_H
#define TESTS_BOARD_MAILBOX_H

#include <stdint.h>

#define MAILBOX_ADDRESS 0x28003F00u

enum mailbox_state {
    MAILBOX_READY = 0x59444552, /* waits for a command */
    MAILBOX_BUSY = 0x59535542,
    MAILBOX_DONE = 0x454E4F44, /* the command is over and the application lives */
};

#define MAILBOX_PING   0x1000u /* make sure that everything still works */
#define MAILBOX_RANDOM 0x1001u /* random calls: argument = how many, seed */

struct mailbox {
    uint32_t state;
    uint32_t command; /* written by the driver last; 1 + index of an attack, or one of the above */
    uint32_t argument, seed;
    uint32_t wake_reason; /* of this start */
    uint32_t result;    /* 0: as it should be; else a number that the application's source tells */
    uint32_t detail[8]; /* what was found, for people */
    uint32_t progress;  /* random calls made so far */
};

#endif
