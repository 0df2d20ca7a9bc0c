/* What the guest program tells the test. */
#ifndef TESTS_SIMSOC_GUEST_H
#define TESTS_SIMSOC_GUEST_H

#include <stdint.h>

#define GUEST_STACK  0x30008000u
#define GUEST_REPORT 0x30009000u
#define GUEST_PAGE   0x0C1C8000u /* bank 2, page 100 */
#define GUEST_MAGIC  0x47554553u

struct guest_report {
    uint32_t magic;
    uint32_t faults;
    uint32_t ticks;
    uint32_t slept_cycles; /* timer cycles from the start to the tenth tick */
    uint32_t erase_polls;
    uint32_t erase_cycles;
    uint32_t flash_word;
    uint32_t flash_status;
    uint32_t raz;
    uint32_t illegal;
    uint32_t sram_first, sram_second;
    uint32_t reset_flags;
    uint32_t done;
};

#endif
