/* The end of a boot that cannot be trusted. */
#ifndef FIRMWARE_BOOTROM_LOCKDOWN_H
#define FIRMWARE_BOOTROM_LOCKDOWN_H

/* Written to backup register 31 together with LOCKDOWN_MAGIC, for a factory or repair tool. Stable.
 */
enum lockdown_reason {
    LOCKDOWN_HEADER = 1,    /* no kernel image, or a header that makes no sense */
    LOCKDOWN_SIGNATURE = 2, /* kernel image does not verify */
    LOCKDOWN_RATCHET = 3,   /* kernel is older than the security version already seen */
    LOCKDOWN_OPTIONS = 4,   /* option bytes do not protect the secure world */
    LOCKDOWN_CLOCK = 5,     /* the system clock did not start */
    LOCKDOWN_FAULT = 6,     /* an exception, or a check that was not reached */
};
#define LOCKDOWN_MAGIC 0x4C4B0000u /* "LK" in the upper half */

/* Records the reason, lights the red LED and stays, interrupts off, until power goes. */
__attribute__((noreturn)) void lockdown(enum lockdown_reason reason);
/* Removes the record of an earlier lock-down, once a kernel has verified. */
void lockdown_clear(void);

#endif
