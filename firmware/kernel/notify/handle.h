/* Handles: random, typed, never 0. The low bits name a slot of one table, so a look-up is one
 * comparison; the rest is random, so that one cannot be guessed or used after its end. */
#ifndef KERNEL_NOTIFY_HANDLE_H
#define KERNEL_NOTIFY_HANDLE_H

#include <stdbool.h>
#include <stdint.h>

enum handle_type {
    HANDLE_FREE,
    HANDLE_NOTIFICATION,
    HANDLE_NETWORK,
    HANDLE_CHANNEL,
    HANDLE_SYSTEM_EVENT,
    HANDLE_EXTERNAL_FLASH,
};

#define HANDLE_SLOTS     128u
#define HANDLE_SLOT_BITS 7u

/* A new handle for object `index` of a pool; 0 if the table is full. */
uint32_t handle_new(enum handle_type type, uint8_t index);
/* The object's index, or -1 if there is no such handle of that type. */
int32_t handle_find(enum handle_type type, uint32_t handle);
/* Ends it. */
void handle_free(uint32_t handle);
/* From the work thread: stirs the generator of handles with true random numbers. */
void handle_poll(void);
/* Ends all. */
void handle_reset(void);

#endif
