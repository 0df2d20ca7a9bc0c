/* The application's window of the external flash: everything behind the staging slots.
 *
 * Calls only leave a request, one at a time; the work thread executes it step by step between its
 * other work, and the caller's call is made again until it is done (calls/by_fault.c). */
#ifndef KERNEL_EXTFLASH_H
#define KERNEL_EXTFLASH_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/mv_syscalls.h"

#define EXTFLASH_HANDLES 32u

/* Size of the window; 0 without a chip. */
uint32_t extflash_size(void);
uint32_t extflash_chip_id(void);

enum MvStatus extflash_open(MvExternalFlashHandle *handle);
enum MvStatus extflash_close(MvExternalFlashHandle handle);
bool extflash_exists(MvExternalFlashHandle handle);
uint32_t extflash_handles(void);

enum extflash_operation { EXTFLASH_READ, EXTFLASH_WRITE, EXTFLASH_ERASE };

/* A request, checked by the call; waiter and back tell the callers apart. */
struct extflash_request {
    enum extflash_operation operation;
    MvExternalFlashHandle handle;
    uint32_t address, length;
    uint8_t *buffer; /* the application's */
    uint32_t waiter, back;
};

enum extflash_progress { EXTFLASH_UNKNOWN, EXTFLASH_RUNNING, EXTFLASH_DONE };

/* From a call: is it this request that runs? If it is done, *status is its answer, once. */
enum extflash_progress extflash_look(const struct extflash_request *request, enum MvStatus *status);
/* From a call: starts a request; false if another one is not finished. */
bool extflash_begin(const struct extflash_request *request);
/* From a call: somebody waits. */
bool extflash_busy(void);

/* From the work thread: the next step. */
void extflash_poll(void);
/* From the work thread: the application is gone. */
void extflash_reset(void);

#endif
