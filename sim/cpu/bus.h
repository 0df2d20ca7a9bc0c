/* What the processor sees of the chip: one bus, given to it when it is created.
 *
 * The processor has already applied SAU, IDAU and MPU; the bus applies what lies behind them
 * (MPCBB, TZSC, flash security, GPIO pin security, ...). On this chip a forbidden data access is
 * mostly silent (reads zero, write ignored, illegal-access event), so BUS_OK is the usual answer.
 */
#ifndef SIM_CPU_BUS_H
#define SIM_CPU_BUS_H

#include <stdbool.h>
#include <stdint.h>

enum bus_status { BUS_OK, BUS_ERROR };

/* Attributes of one bus transaction (HNONSEC, HPROT). `nonsecure` follows the *address'*
 * attribution after SAU and IDAU, not the processor's state. */
struct bus_attr {
    bool nonsecure;
    bool unprivileged;
    bool fetch;
};

/* A stretch of plain memory that may be accessed directly under the given attributes. */
struct bus_window {
    uint32_t base; /* first address, aligned to `size` */
    uint32_t size; /* power of two, 32 bytes or more; every byte in it has the same rights */
    uint8_t *host; /* where `base` lives */
    bool readable;
    bool writable; /* plain stores only; false for flash */
};

enum idau_kind { IDAU_NONSECURE, IDAU_NSC, IDAU_SECURE, IDAU_EXEMPT };

/* Result of an IDAU look-up (also feeds TT's IREGION and IRVALID). */
struct idau_result {
    enum idau_kind kind;
    bool region_valid;
    uint8_t region;
};

struct cpu_bus {
    void *context;
    /* Slow path: registers, mixed or protected memory. size is 1, 2 or 4; addresses are aligned
     * to it. */
    enum bus_status (*read)(void *context, uint32_t address, unsigned size, struct bus_attr attr,
                            uint32_t *value);
    enum bus_status (*write)(void *context, uint32_t address, unsigned size, struct bus_attr attr,
                             uint32_t value);
    /* Fast path: true and *window filled if `address` lies in plain memory that these attributes
     * may access; false sends every access to the slow path. The processor caches the answer until
     * cpu_tlb_flush(). */
    bool (*map)(void *context, uint32_t address, struct bus_attr attr, struct bus_window *window);
    struct idau_result (*idau)(void *context, uint32_t address);
};

#endif
