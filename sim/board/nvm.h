/* What a board keeps without power, as files in one state folder.
 *
 * Every file is mapped shared: a store by the chip is in the host's page cache at once, so killing
 * the simulator at any time is a power cut. One process at a time may hold a folder.
 */
#ifndef SIM_BOARD_NVM_H
#define SIM_BOARD_NVM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "soc/soc.h"

#define NVM_FLASH_BITMAP_SIZE (SOC_FLASH_SIZE / 16 / 8)
#define NVM_OTP_SIZE          512u

enum nvm_file {
    NVM_FLASH,      /* flash.bin */
    NVM_PROGRAMMED, /* flash-programmed.bin: one bit a quad-word */
    NVM_OPTIONS,    /* options.bin: struct soc_options */
    NVM_OTP,        /* otp.bin */
    NVM_NOR,        /* nor.bin */
    NVM_NOR_STATUS, /* nor-status.bin: its three status registers */
    NVM_UID,        /* uid.bin: the chip's 96-bit unique id */
    NVM_FILES
};

struct nvm {
    uint8_t *map[NVM_FILES];
    int lock_fd; /* -1: in memory */
};

enum nvm_mode {
    NVM_OPEN,   /* the folder must have been provisioned */
    NVM_CREATE, /* makes the folder and blank files; refuses if it has some already */
    NVM_RESET,  /* as NVM_CREATE, but blanks existing files */
    NVM_READ,   /* as NVM_OPEN, but takes no lock and maps private copies */
};

/* Opens the state in `folder`; NULL: blank state in memory (mode is then ignored). On failure
 * returns false and says why in `error`. */
bool nvm_open(struct nvm *nvm, const char *folder, enum nvm_mode mode, char *error,
              size_t error_size);
void nvm_close(struct nvm *nvm);

/* Memories that many boards in one process start with: what a board does not change is there once.
 */
struct nvm_template;

/* Copies the present contents; NULL if the host has no memory for that. */
struct nvm_template *nvm_template_new(const struct nvm *nvm);
/* Boards that were opened from it keep what they have. */
void nvm_template_free(struct nvm_template *template);
/* Opens state in memory that begins as a copy of the template. */
bool nvm_open_template(struct nvm *nvm, const struct nvm_template *template, char *error,
                       size_t error_size);
/* Bytes of one part. */
size_t nvm_size(enum nvm_file file);
/* The part that the chip takes. */
struct soc_nvm nvm_soc(const struct nvm *nvm);

#endif
