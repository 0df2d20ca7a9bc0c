/* Notification centres: rings in the application's memory, each with an interrupt that is pended
 * when a record was written, and the system-wide sources that can be bound to them.
 *
 * The kernel writes records in a circle and never reads the ring: the application keeps its own
 * read position and clears event_type after consuming. The bounds live here, in secure memory.
 */
#ifndef KERNEL_NOTIFY_H
#define KERNEL_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/mv_syscalls.h"

#define NOTIFY_CENTRES        32u
#define NOTIFY_LOOK           8u
#define NOTIFY_SYSTEM_EVENTS  16u
#define NOTIFY_RECORD_BYTES   16u
#define NOTIFY_BUFFER_MINIMUM 32u

/* Before a centre is opened, its setup is compared with the open ones, NOTIFY_LOOK of them at a
 * time: *next says where to go on (first 0) and is NOTIFY_CENTRES after the last. Begin again if
 * notify_changes() tells another number than before. The buffer's address and access were checked
 * by the caller. Answers INVALIDBUFFERSIZE, INVALIDINTERRUPT or BUFFERALREADYINUSE. */
enum MvStatus notify_look(const struct MvNotificationSetup *setup, uint32_t *next);
uint32_t notify_changes(void);
/* Opens a centre. Answers INVALIDINTERRUPT or TOOMANYNOTIFICATIONBUFFERS. */
enum MvStatus notify_open(const struct MvNotificationSetup *setup, MvNotificationHandle *handle);
/* Some of these centres has one of these bytes; *next as for notify_look(). */
bool notify_uses(uintptr_t first, uintptr_t end, uint32_t *next);
enum MvStatus notify_close(MvNotificationHandle handle);
/* A centre has this interrupt. */
bool notify_irq_taken(uint32_t irq);
bool notify_exists(MvNotificationHandle handle);

/* Writes a record and pends the interrupt; false (and nothing happens) if the centre is closed. */
bool notify_post(MvNotificationHandle handle, enum MvEventType type, uint32_t tag);

/* System-wide sources. */
enum MvStatus notify_system_open(const struct MvOpenSystemNotificationParams *params,
                                 MvSystemEventHandle *handle);
enum MvStatus notify_system_close(MvSystemEventHandle handle);
/* Tells everybody who bound that source. */
void notify_system(enum MvSystemNotificationSource source, enum MvEventType type);

/* The application is gone: closes everything. */
void notify_reset(void);

/* What the tests replace: pends an external interrupt, and asks whether it is the application's. */
void notify_pend(uint32_t irq);
bool notify_irq_usable(uint32_t irq);

#endif
