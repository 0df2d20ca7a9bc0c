/* The processor's complete state. Architectural registers carry the manual's names; everything
 * else says whose invariant it is part of. Arrays of two are banked: [0] Non-secure, [1] Secure.
 */
#ifndef SIM_CPU_CPU_STATE_H
#define SIM_CPU_CPU_STATE_H

#include "cpu/cpu.h"
#include "cpu/op.h"

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

enum { NS = 0, S = 1 };
enum { MSP = 0, PSP = 1 };

/* Exception numbers (table "Exception numbers" of the manual). */
enum {
    EXC_RESET = 1,
    EXC_NMI = 2,
    EXC_HARDFAULT = 3,
    EXC_MEMMANAGE = 4,
    EXC_BUSFAULT = 5,
    EXC_USAGEFAULT = 6,
    EXC_SECUREFAULT = 7,
    EXC_SVCALL = 11,
    EXC_DEBUGMON = 12,
    EXC_PENDSV = 14,
    EXC_SYSTICK = 15,
    EXC_IRQ0 = 16,
};
#define EXC_COUNT (EXC_IRQ0 + CPU_IRQ_MAX)
#define IRQ_WORDS (CPU_IRQ_MAX / 32)

/* CFSR bits. */
#define CFSR_IACCVIOL   (1u << 0)
#define CFSR_DACCVIOL   (1u << 1)
#define CFSR_MUNSTKERR  (1u << 3)
#define CFSR_MSTKERR    (1u << 4)
#define CFSR_MLSPERR    (1u << 5)
#define CFSR_MMARVALID  (1u << 7)
#define CFSR_IBUSERR    (1u << 8)
#define CFSR_PRECISERR  (1u << 9)
#define CFSR_UNSTKERR   (1u << 11)
#define CFSR_STKERR     (1u << 12)
#define CFSR_LSPERR     (1u << 13)
#define CFSR_BFARVALID  (1u << 15)
#define CFSR_BFSR_MASK  0x0000FF00u
#define CFSR_UNDEFINSTR (1u << 16)
#define CFSR_INVSTATE   (1u << 17)
#define CFSR_INVPC      (1u << 18)
#define CFSR_NOCP       (1u << 19)
#define CFSR_STKOF      (1u << 20)
#define CFSR_UNALIGNED  (1u << 24)
#define CFSR_DIVBYZERO  (1u << 25)
/* SFSR bits. */
#define SFSR_INVEP     (1u << 0)
#define SFSR_INVIS     (1u << 1)
#define SFSR_INVER     (1u << 2)
#define SFSR_AUVIOL    (1u << 3)
#define SFSR_INVTRAN   (1u << 4)
#define SFSR_LSPERR    (1u << 5)
#define SFSR_SFARVALID (1u << 6)
#define SFSR_LSERR     (1u << 7)
/* HFSR bits. */
#define HFSR_VECTTBL  (1u << 1)
#define HFSR_FORCED   (1u << 30)
#define HFSR_DEBUGEVT (1u << 31)
/* AIRCR bits (those that are kept). */
#define AIRCR_SYSRESETREQS (1u << 3)
#define AIRCR_BFHFNMINS    (1u << 13)
#define AIRCR_PRIS         (1u << 14)
/* CCR bits. */
#define CCR_USERSETMPEND (1u << 1)
#define CCR_UNALIGN_TRP  (1u << 3)
#define CCR_DIV_0_TRP    (1u << 4)
#define CCR_BFHFNMIGN    (1u << 8)
#define CCR_STKOFHFNMIGN (1u << 10)
/* CONTROL bits. */
#define CONTROL_NPRIV (1u << 0)
#define CONTROL_SPSEL (1u << 1)
#define CONTROL_FPCA  (1u << 2)
#define CONTROL_SFPA  (1u << 3)
/* FPCCR bits. */
#define FPCCR_LSPACT    (1u << 0)
#define FPCCR_USER      (1u << 1)
#define FPCCR_S         (1u << 2)
#define FPCCR_THREAD    (1u << 3)
#define FPCCR_HFRDY     (1u << 4)
#define FPCCR_MMRDY     (1u << 5)
#define FPCCR_BFRDY     (1u << 6)
#define FPCCR_SFRDY     (1u << 7)
#define FPCCR_MONRDY    (1u << 8)
#define FPCCR_SPLIMVIOL (1u << 9)
#define FPCCR_UFRDY     (1u << 10)
#define FPCCR_TS        (1u << 26)
#define FPCCR_CLRONRETS (1u << 27)
#define FPCCR_CLRONRET  (1u << 28)
#define FPCCR_LSPENS    (1u << 29)
#define FPCCR_LSPEN     (1u << 30)
#define FPCCR_ASPEN     (1u << 31)
/* FPCCR bits that are banked between the Security states. */
#define FPCCR_BANKED                                                                               \
    (FPCCR_LSPACT | FPCCR_USER | FPCCR_THREAD | FPCCR_SPLIMVIOL | FPCCR_UFRDY | FPCCR_ASPEN |      \
     FPCCR_MMRDY)
/* EXC_RETURN bits. */
#define EXCRET_ES    (1u << 0)
#define EXCRET_SPSEL (1u << 2)
#define EXCRET_MODE  (1u << 3)
#define EXCRET_FTYPE (1u << 4)
#define EXCRET_DCRS  (1u << 5)
#define EXCRET_S     (1u << 6)

/* Soft-TLB: direct mapped, one table a regime (Security state, privilege, MPU bypassed). */
#define TLB_PAGE_BITS 9u
#define TLB_PAGE      (1u << TLB_PAGE_BITS)
#define TLB_ENTRIES   512u
#define TLB_INVALID   0x100u /* equal to no address after TLB_MASK: those bits are never compared */
#define REGIMES       8u
#define REGIME_PRIV   1u
#define REGIME_SECURE 2u
#define REGIME_NO_MPU 4u
struct tlb_entry {
    uint32_t read_tag; /* page address, or TLB_INVALID */
    uint32_t write_tag;
    uintptr_t addend; /* host = addend + address */
};
/* Slot of an address. The high bits are folded in, because flash, SRAM and their aliases begin at
 * multiples of the table's reach; all of it in byte offsets, because it is on every access. */
static inline size_t tlb_offset(uint32_t address)
{
    return (address >> (TLB_PAGE_BITS - 4) ^ address >> 18) & ((TLB_ENTRIES - 1) * 16);
}
static inline const struct tlb_entry *tlb_slot(const struct tlb_entry *tlb, uint32_t address)
{
    return (const struct tlb_entry *)((const char *)tlb + tlb_offset(address));
}

/* Where instructions may be fetched directly: filled like the data side. */
struct fetch_entry {
    uint32_t tag;
    uint8_t nsc;
    const uint8_t *host; /* of the page */
};
#define FETCH_ENTRIES 128u

/* Pages of peripheral registers whose checks passed: what may be done there. */
struct io_entry {
    uint32_t tag;
    bool nonsecure, read, write;
};
#define IO_ENTRIES 64u

struct mpu_region {
    uint32_t rbar, rlar;
};
#define MPU_REGIONS_MAX 16
struct mpu {
    uint32_t ctrl, rnr, mair[2];
    struct mpu_region region[MPU_REGIONS_MAX];
};
#define SAU_REGIONS_MAX 8
struct sau {
    uint32_t ctrl, rnr;
    uint32_t rbar[SAU_REGIONS_MAX], rlar[SAU_REGIONS_MAX];
};

struct systick {
    uint32_t csr; /* ENABLE, TICKINT, CLKSOURCE */
    bool countflag;
    uint32_t rvr, calib_nmi;
    uint32_t stopped_value; /* CVR while disabled */
    uint32_t period;        /* RVR that the running count was loaded from */
    uint64_t zero_at;       /* cycle at which the count reaches 0; valid while counting */
};

/* One code page: 512 bytes of host memory from which something was decoded. */
struct code_page {
    const uint8_t *host;
    uint64_t granules; /* one bit for each 8 bytes that a block covers */
    struct block *blocks;
    struct code_page *hash_next;
};
#define CODE_PAGE_HASH 1024u
#define BLOCK_HASH     8192u
#define JUMP_CACHE     1024u
#define BREAKPOINTS    64u

#define FPB_COMPARATORS 8
#define DWT_COMPARATORS 4

/* A synchronous fault that a memory access ran into, before it is raised. */
enum mem_fault { MEM_OK, MEM_FAULT_MPU, MEM_FAULT_BUS, MEM_FAULT_SECURE, MEM_FAULT_UNALIGNED };

#define DEBUG_SLOW_STEP 1u /* DEMCR.MON_STEP */
#define DEBUG_SLOW_DWT  2u /* a DWT comparator watches code */

struct cpu {
    /* Registers in the order in which handlers use them most. r[13] is the current SP; r[15] is
     * valid between blocks and inside helpers. */
    uint32_t r[16];
    int64_t nz;      /* N = bit 63; Z = the low word is zero */
    uint32_t c, v;   /* 0 or 1 */
    uint32_t q, ge;  /* APSR.Q as 0 or 1; GE as 4 bits */
    uint64_t cycles; /* at the start of the present block */
    uint64_t stop_at;
    uint64_t instructions;
    uint32_t epoch;
    bool leave; /* leave the block after the present instruction */
    struct tlb_entry *tlb;
    const struct op *now;       /* instruction that is in a slow path or helper, else NULL */
    const struct block *inside; /* the block that `now` belongs to */
    struct op *link_from;       /* branch whose link the dispatcher should fill */

    uint8_t it;
    bool thumb; /* EPSR.T */
    bool secure;
    uint8_t regime;
    uint16_t exception; /* IPSR */
    uint32_t sp[2][2];  /* [world][MSP, PSP]; the current one is stale, r[13] counts */
    uint32_t splim[2][2];
    uint32_t control[2]; /* NPRIV and SPSEL banked; FPCA and SFPA live in control[S] */
    uint32_t primask[2], basepri[2], faultmask[2];

    /* Exceptions. Un-banked ones use bank 0 of pending/active. */
    uint32_t sys_pending[2], sys_active[2], sys_enabled[2]; /* bit n = exception n, 0..15 */
    uint8_t sys_priority[2][16];
    uint32_t irq_pending[IRQ_WORDS], irq_active[IRQ_WORDS], irq_enabled[IRQ_WORDS];
    uint32_t irq_level[IRQ_WORDS], irq_nonsecure[IRQ_WORDS];
    uint8_t irq_priority[CPU_IRQ_MAX];
    bool recheck; /* pending or mask state changed: look for an exception to take */
    int exec_priority;

    /* System control. */
    uint32_t vtor[2], aircr, prigroup[2], scr[2], ccr[2];
    uint32_t cfsr[2], mmfar[2], bfar, hfsr, sfsr, sfar, dfsr;
    uint32_t cpacr[2], nsacr, fpccr[2], fpcar[2], fpdscr[2];
    struct sau sau;
    struct mpu mpu[2];
    struct systick systick[2];
    uint32_t systick_reference;
    uint64_t timer_next;

    /* Floating point. */
    uint32_t s[32];
    uint32_t fpscr;

    /* Exclusive monitor. */
    bool exclusive;
    uint32_t exclusive_address;

    /* Sleep and lockup. */
    bool sleeping, wait_event, event, locked, sleep_deep;
    bool reset_pending; /* fetch MSP and PC from the vector table first */

    /* Debug unit. */
    uint32_t demcr, dhcsr, dcrdr, dauthctrl, dscsr;
    uint32_t fp_ctrl, fp_comp[FPB_COMPARATORS];
    uint32_t dwt_ctrl, dwt_comp[DWT_COMPARATORS], dwt_function[DWT_COMPARATORS];
    uint64_t cyccnt_base; /* CYCCNT = cycles - base while counting, else the frozen value */
    uint32_t cyccnt_frozen;
    uint64_t dwt_cycle_at; /* when CYCCNT matches comparator 0; UINT64_MAX: never */
    bool dwt_data;         /* a DWT comparator watches data */
    uint8_t debug_slow;    /* DEBUG_SLOW_*: go one instruction at a time */
    bool dbgen, niden, spiden, spniden;
    bool lock_svtaircr, lock_smpu, lock_sau, lock_nsvtor, lock_nsmpu;

    /* Last failed access, for raising. */
    uint32_t fault_address;

    /* Set from signal handlers too. */
    volatile bool break_requested;
    uint64_t limit;
    bool breakpoint_passed; /* the next instruction runs although a breakpoint is on it */
    unsigned breakpoint_count;
    uint32_t breakpoint[BREAKPOINTS];
    cpu_trace_fn trace;
    void *trace_context;

    struct cpu_config config;
    const void *const *labels;

    /* Decode cache. */
    struct block *jump[JUMP_CACHE];
    struct block *block_hash[BLOCK_HASH];
    struct code_page *page_hash[CODE_PAGE_HASH];
    struct code_page *pages;
    uint32_t page_count;
    uint8_t *arena;
    size_t arena_used;
    uint32_t cache_generation;
    uint8_t regimes_used; /* TLBs that hold something */
    struct tlb_entry tlbs[REGIMES][TLB_ENTRIES];
    struct fetch_entry fetches[REGIMES][FETCH_ENTRIES];
    struct io_entry io[REGIMES][IO_ENTRIES];
    union {
        struct block scratch; /* one instruction that may not be cached */
        uint8_t scratch_bytes[sizeof(struct block) + 4 * sizeof(struct op)];
    };
};

static inline bool cpu_handler_mode(const struct cpu *cpu)
{
    return cpu->exception != 0;
}

static inline bool cpu_is_privileged(const struct cpu *cpu)
{
    return cpu->exception != 0 || !(cpu->control[cpu->secure] & CONTROL_NPRIV);
}

/* Which of the four stack pointers r[13] is. */
static inline unsigned cpu_sp_bank(const struct cpu *cpu)
{
    return cpu->exception == 0 && (cpu->control[cpu->secure] & CONTROL_SPSEL) ? PSP : MSP;
}

static inline uint32_t cpu_sp_get(const struct cpu *cpu, unsigned world, unsigned bank)
{
    return world == cpu->secure && bank == cpu_sp_bank(cpu) ? cpu->r[13] : cpu->sp[world][bank];
}

static inline void cpu_sp_set(struct cpu *cpu, unsigned world, unsigned bank, uint32_t value)
{
    if (world == cpu->secure && bank == cpu_sp_bank(cpu))
        cpu->r[13] = value & ~3u;
    cpu->sp[world][bank] = value & ~3u;
}

static inline uint32_t cpu_sp_limit(const struct cpu *cpu)
{
    return cpu->splim[cpu->secure][cpu_sp_bank(cpu)];
}

#endif
