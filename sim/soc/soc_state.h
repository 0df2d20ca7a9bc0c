/* State of the whole chip, for the files of sim/soc only.
 *
 * One plain struct a block, no pointers in them except the timed events' back references, so that a
 * snapshot is a copy. Each block's functions live in the file named after it.
 */
#ifndef SIM_SOC_SOC_STATE_H
#define SIM_SOC_SOC_STATE_H

#include "soc/soc.h"
#include "soc/inject.h"
#include "chip/stm32u585.h"

/* Attributes of one register access, after the bus has found the block. */
struct soc_access {
    bool nonsecure;
    bool unprivileged;
    uint8_t size; /* bytes: 1, 2, 4 */
};

/* A timed event that knows whose it is. */
struct soc_event {
    struct sim_event event;
    struct soc *soc;
    unsigned instance;
};
void soc_event_init(struct soc_event *event, struct soc *soc, unsigned instance,
                    void (*fire)(void *context));

/* ---- Register blocks (blocks.c) ---- */

/* What stands between the bus and a block's registers. */
enum soc_rule {
    RULE_SECURABLE, /* TZSC decides: SEC and PRIV bit of the peripheral */
    RULE_AWARE,     /* the block itself decides, bit by bit */
    RULE_SECURE,    /* always secure and privileged (TZIC) */
};

/* Where a resource sits in GTZC1/2: register index 1..4 of SECCFGR/IER/SR and the bit. */
struct soc_gtzc_place {
    uint8_t gtzc; /* 1 or 2; 0: none */
    uint8_t reg;
    uint8_t bit;
};

struct soc_block {
    const char *name;
    uint32_t base; /* non-secure alias */
    uint32_t size;
    enum soc_rule rule;
    struct soc_gtzc_place place;
    uint8_t clock_reg; /* offset of the RCC xxENR register; 0: always clocked */
    uint8_t clock_bit;
    uint8_t instance;
    bool backup_domain; /* not touched by a system reset */
    bool raw_size;      /* byte and half-word accesses reach the block as they are */
    /* NULL functions: registers are stored only ("not modelled"). */
    uint32_t (*read)(struct soc *soc, const struct soc_block *block, uint32_t offset,
                     struct soc_access access);
    void (*write)(struct soc *soc, const struct soc_block *block, uint32_t offset, uint32_t value,
                  struct soc_access access);
    void (*reset)(struct soc *soc, const struct soc_block *block);
};

extern const struct soc_block soc_blocks[];
extern const unsigned soc_block_count;

/* ---- State of the blocks ---- */

#include "soc/io_state.h"

#define RCC_WORDS 0x48u
enum soc_osc {
    OSC_MSIS,
    OSC_MSIK,
    OSC_HSI,
    OSC_HSI48,
    OSC_SHSI,
    OSC_HSE,
    OSC_PLL1,
    OSC_PLL2,
    OSC_PLL3,
    OSC_LSI,
    OSC_LSE,
    OSC_LSESYS,
    OSC_COUNT
};
struct soc_rcc {
    uint32_t r[RCC_WORDS]; /* by offset / 4 */
    struct soc_event ready[OSC_COUNT];
    uint32_t msis_hz, msik_hz, sysclk_hz, hclk_hz, pclk1_hz, pclk2_hz, pclk3_hz;
    uint32_t pll_hz[3][3]; /* PLL1..3 outputs P, Q, R */
    uint32_t hse_hz;       /* 0: none fitted */
    bool hse_failed, lse_failed;
    bool in_update;
};

struct soc_pwr {
    uint32_t cr1, cr2, cr3, vosr, svmcr, wucr1, wucr2, wucr3, bdcr1, bdcr2, dbpr, ucpdr;
    uint32_t seccfgr, privcfgr, sr, wusr, apcr, pull[18];
    bool internal;     /* RTC or TAMP asks for a wake-up */
    bool stop3_wakeup; /* a wake-up line fired in Stop 3: PWR_S3WU until its flag is cleared */
    struct soc_event vos_ready, boost_ready;
};

/* A place with an ECC error; kind SOC_ECC_NONE: free entry. */
#define SOC_ECC_PLACES 16u
struct soc_ecc_place {
    uint32_t offset;   /* of the quad-word or word in its memory */
    uint32_t original; /* SRAM: the word as it was written with ECC on */
    uint8_t kind;      /* enum soc_ecc */
};

/* Supplies and temperature as the bench set them; `monitors`: outputs as EXTI last saw them. */
struct soc_supplies {
    uint32_t millivolts[SOC_SUPPLIES];
    int celsius;
    uint32_t monitors;
    bool brown_out;
};

enum soc_flash_op {
    FLASH_OP_NONE,
    FLASH_OP_QUAD,
    FLASH_OP_BURST,
    FLASH_OP_PAGE,
    FLASH_OP_BANK,
    FLASH_OP_MASS,
    FLASH_OP_OPTION
};
struct soc_flash {
    uint32_t acr, nscr, seccr, nssr, secsr, eccr, opsr, sechdpcr, privcfgr;
    uint32_t secbb[8], privbb[8]; /* bank 1: 0..3, bank 2: 4..7 */
    struct soc_options loaded;    /* in force since the last option-byte loading */
    struct soc_options shown;     /* what the registers show: written, not yet loaded */
    uint8_t ns_key_step, sec_key_step, opt_key_step; /* 0, 1; 0xFF: locked until reset */
    /* Write buffer (WDW). */
    uint32_t buffer_base, buffer_words, buffer_size;
    uint32_t buffer[32];
    bool buffer_secure, buffer_otp;
    /* Operation in progress (BSY). */
    enum soc_flash_op op;
    bool op_secure;
    uint32_t op_address, op_size;
    struct soc_event done;
    bool hides_bank[2]; /* the operation stalls accesses to this bank */
    /* Bank power-down (flash_power.c): 0, 1, 2 = PDREQ writable. */
    uint8_t pd_key_step[2];
    bool powered_down[2];
    struct soc_event power_down[2];
    /* RDP regression with passwords (flash_options.c); until the next power-on. */
    uint32_t auth_key[2];
    uint8_t auth_words;
    bool oem1_matched, oem2_matched, auth_failed;
    /* Bad quad-words put there by the host (flash_ecc.c). */
    struct soc_ecc_place ecc[SOC_ECC_PLACES];
    /* Derived: one bit a page, bank 1 pages 0..127 then bank 2. */
    uint32_t secure_pages[8], hidden_pages[8], wrp_pages[8];
};

#define MPCBB_WORDS 32u
struct soc_mpcbb {
    uint32_t cr, cfglockr;
    uint32_t sec[MPCBB_WORDS], priv[MPCBB_WORDS];
};

struct soc_mpcwm {
    uint32_t cfgr[2], range[2];
};
struct soc_gtzc {
    uint32_t cr, seccfgr[3], privcfgr[3];
    struct soc_mpcwm wm[5];
    uint32_t ier[4], sr[4];
};

struct soc_syscfg {
    uint32_t seccfgr, cfgr1, fpuimr, cnslckr, cslckr, cfgr2, mesr, cccsr, ccvr, cccr, rsscmdr;
};

struct soc_ramcfg {
    uint32_t cr, ier, isr, wpr[2], sear, dear;
    struct soc_ecc_place ecc[SOC_ECC_PLACES];
    uint8_t erase_key_step, ecc_key_step;
    struct soc_event done;
};

struct soc_rng {
    uint32_t cr, sr, nscr, htcr;
    uint32_t data[4];
    uint8_t available;
    uint64_t generator;
    bool failed; /* the noise source, by the bench */
    struct soc_event refill, condition;
};

struct soc_hash {
    uint32_t cr, imr, str, sr;
    uint32_t h[8];
    uint32_t block[16];
    uint32_t words; /* words in block */
    uint32_t din;
    uint64_t length_bits;
    bool first, started;
    uint8_t hmac_phase;
    uint32_t inner[8]; /* digest of an HMAC's first half */
    uint32_t hr[8];
    uint32_t csr[54];
    struct soc_event done;
};

struct soc_crc {
    uint32_t dr, idr, cr, init, pol;
};

#define RTC_EVENTS 6u
struct soc_rtc {
    uint32_t icsr, prer, wutr, cr, privcfgr, seccfgr, calr, alrmr[2], alrmssr[2], sr;
    uint32_t alrbinr[2];
    uint32_t tstr, tsdr, tsssr;
    uint8_t wpr_step; /* 2: unlocked */
    /* Counted ck_apre ticks (rtc_calendar.c): `position` ticks at virtual time `epoch`, `hz` RTCCLK
     * since then. Calendar: seconds since 2000-01-01 at position 0. */
    int64_t position;
    sim_ps epoch;
    uint32_t hz;
    uint64_t base_seconds;
    uint64_t shown_second;  /* SHIFTR never turns the shown time back */
    uint64_t binary_origin; /* SSR was 0xFFFFFFFF at this position */
    uint32_t tr_written, dr_written;
    uint8_t weekday_shift; /* of 2000-01-01, from Monday */
    bool locked;           /* shadow registers hold what was read first */
    uint32_t shadow_tr, shadow_dr, shadow_ssr;
    sim_ps synchronised, recalibrated, shifted; /* until then RSF = 0, RECALPF = 1, SHPF = 1 */
    bool stamp_pin;                             /* level of RTC_TS */
    /* Frozen by a debugger since then (0: not); what the events had left, SIM_NEVER: not armed. */
    sim_ps frozen_at, left[RTC_EVENTS];
    struct soc_event alarm[2], wakeup, wakeup_clear, underflow, overflow;
};

struct soc_tamp {
    uint32_t cr1, cr2, cr3, fltcr, atcr1, atcr2, seccfgr, privcfgr, ier, sr, countr, ercfgr;
    uint32_t bkp[32];
    /* Detection (tamp_detect.c): levels of TAMP_IN1..8, filters, active mode. */
    uint8_t pins;
    struct soc_event filter[8], active;
    uint32_t seed[4];
    uint8_t seeds;
    uint8_t prng;
};

struct soc_iwdg {
    uint32_t pr, rlr, winr, ewcr, sr;
    bool running, open;
    bool frozen;    /* in Stop or Standby, by option byte */
    sim_ps started; /* counter = rlr at this time */
    sim_ps paused;
    struct soc_event expire, early, update;
};

struct soc_wwdg {
    uint32_t cr, cfr, sr;
    sim_ps started;
    uint32_t started_count;
    uint64_t fraction; /* of a tick at `started`, in clock cycles */
    struct soc_event expire, early;
};

/* 0: AES, 1: SAES. */
struct soc_aes {
    uint32_t cr, sr, ier, isr;
    uint32_t key[8], next_key[8], iv[4]; /* word 0 is the least significant */
    uint32_t key_written;                /* one bit a word */
    uint32_t in[4], out[4];
    uint8_t in_count, out_left;
    uint8_t hash_key[16], tag[16], first_counter[16]; /* GCM, CCM */
    uint8_t unwrapped, bhk_next;
    bool prepared, busy, fetching;
    bool shares;  /* SAES: its key is there for another unit */
    bool resumed; /* the hash key has to be made again */
    uint32_t dpacfgr;
    struct soc_event done;
};

#define PKA_RAM_WORDS 1334u
struct soc_pka {
    uint32_t cr, sr;
    uint32_t ram[PKA_RAM_WORDS];
    struct soc_event done;
};

struct soc_cache {
    uint32_t cr, sr, ier, crr[4], cmdrsaddr, cmdreaddr;
    struct soc_event done;
};

/* ---- Once-only log and storage of registers that are not modelled (log.c) ---- */
#define SOC_PLACES 2048u
struct soc_place {
    uint64_t key; /* 0: free */
    uint32_t value;
};

enum soc_power { POWER_RUN, POWER_STOP, POWER_STANDBY, POWER_SHUTDOWN };

#define SOC_DBGMCU_REGISTERS 7u

struct soc {
    struct soc_config config;
    struct soc_options own_options; /* when the owner gives none */
    struct cpu *cpu;
    struct sched *sched;

    uint8_t *sram;    /* SRAM1..3, 768 KiB */
    uint8_t *sram4;   /* 16 KiB */
    uint8_t *bkpsram; /* 2 KiB */

    uint64_t noise; /* generator for power-on contents and half-done flash operations */

    /* Time base: cycles counted at the present clock start here. */
    sim_ps base_ps;
    uint64_t base_cycles;

    uint32_t reset_pending; /* RCC_CSR flag mask, 0: none */
    enum soc_power power;
    bool stop3; /* asleep in Stop 3: interrupts wait for a wake-up line */

    struct soc_rcc rcc;
    struct soc_pwr pwr;
    struct soc_supplies supplies;
    struct soc_flash flash;
    struct soc_mpcbb mpcbb[4];
    struct soc_gtzc gtzc[2];
    struct soc_syscfg syscfg;
    struct soc_ramcfg ramcfg[5];
    struct soc_exti exti;
    struct soc_gpio gpio[GPIO_PORTS];
    uint16_t signal_first[SIGNAL_COUNT + 1];
    uint8_t signal_pin[SIGNAL_PINS];
    uint8_t signal[SIGNAL_COUNT]; /* enum soc_drive: what peripherals drive */
    struct soc_uart_state uart[SOC_UARTS];
    struct soc_tim tim[TIM_COUNT];
    struct soc_lptim lptim[LPTIM_COUNT];
    struct soc_adc adc[2];
    uint16_t analog_mv[GPIO_PORTS][16]; /* levels from outside */
    struct soc_aes aes[2];
    struct soc_pka pka;
    struct soc_i2c i2c[I2C_COUNT];
    struct soc_spi spi[SPI_COUNT];
    struct soc_rng rng;
    struct soc_hash hash;
    struct soc_crc crc;
    struct soc_rtc rtc;
    struct soc_tamp tamp;
    struct soc_iwdg iwdg;
    struct soc_wwdg wwdg;
    struct soc_octospi octospi[OSPI_COUNT];
    struct soc_octospim octospim;
    struct soc_dma dma[2];
    struct soc_cache cache[2];
    uint32_t dbgmcu[SOC_DBGMCU_REGISTERS];
    bool debug_halted; /* a debugger holds the core */

    struct soc_place place[SOC_PLACES];
    unsigned places;

    bool intrusion; /* RDP 1: a debugger was seen; until power-on */
    bool tzen;
    /* reset_power: the core domain was off; reset_backup: the backup domain too. */
    bool reset_obl, reset_standby, reset_power, reset_backup;
    bool bus_error;               /* set by a register write that the bus answers with an error */
    uint8_t block_index[3][1024]; /* block number + 1 by KiB, see bus.c */
    bool irq[CPU_IRQ_MAX];
};

/* ---- Services that blocks use ---- */

#define READER(name)                                                                               \
    uint32_t name##_read(struct soc *soc, const struct soc_block *block, uint32_t offset,          \
                         struct soc_access access)
#define WRITER(name)                                                                               \
    void name##_write(struct soc *soc, const struct soc_block *block, uint32_t offset,             \
                      uint32_t value, struct soc_access access)
#define RESETTER(name) void name##_reset(struct soc *soc, const struct soc_block *block)
#define BLOCK_FUNCTIONS(name)                                                                      \
    READER(name);                                                                                  \
    WRITER(name);                                                                                  \
    RESETTER(name)

BLOCK_FUNCTIONS(rcc);
BLOCK_FUNCTIONS(pwr);
BLOCK_FUNCTIONS(flash);
BLOCK_FUNCTIONS(tzsc);
BLOCK_FUNCTIONS(tzic);
BLOCK_FUNCTIONS(mpcbb);
BLOCK_FUNCTIONS(syscfg);
BLOCK_FUNCTIONS(ramcfg);
BLOCK_FUNCTIONS(exti);
BLOCK_FUNCTIONS(gpio);
BLOCK_FUNCTIONS(usart);
BLOCK_FUNCTIONS(tim);
BLOCK_FUNCTIONS(lptim);
BLOCK_FUNCTIONS(adc);
BLOCK_FUNCTIONS(aes);
BLOCK_FUNCTIONS(pka);
BLOCK_FUNCTIONS(i2c);
BLOCK_FUNCTIONS(spi);
BLOCK_FUNCTIONS(rng);
BLOCK_FUNCTIONS(hash);
BLOCK_FUNCTIONS(crc);
BLOCK_FUNCTIONS(rtc);
BLOCK_FUNCTIONS(tamp);
BLOCK_FUNCTIONS(iwdg);
BLOCK_FUNCTIONS(wwdg);
BLOCK_FUNCTIONS(octospi);
BLOCK_FUNCTIONS(octospim);
BLOCK_FUNCTIONS(gpdma);
BLOCK_FUNCTIONS(icache);
BLOCK_FUNCTIONS(dcache);
BLOCK_FUNCTIONS(stored);
BLOCK_FUNCTIONS(quiet);

/* bus.c */
void soc_bus_init(struct soc *soc, struct cpu_bus *bus);
void soc_bus_functions(struct soc *soc, struct cpu_bus *bus);
enum bus_status soc_bus_read(void *context, uint32_t address, unsigned size, struct bus_attr attr,
                             uint32_t *value);
enum bus_status soc_bus_write(void *context, uint32_t address, unsigned size, struct bus_attr attr,
                              uint32_t value);
bool soc_block_clocked(struct soc *soc, const struct soc_block *block);

/* log.c: each place (class and key) once. */
void soc_guest_error(struct soc *soc, uint32_t key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void soc_not_modelled(struct soc *soc, uint32_t key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A register that has no model: logged once, keeps what is written. */
uint32_t soc_stored_read(struct soc *soc, const struct soc_block *block, uint32_t offset);
void soc_stored_write(struct soc *soc, const struct soc_block *block, uint32_t offset,
                      uint32_t value);
/* The same without the log line: registers that are plain storage by nature. */
void soc_stored_reset(struct soc *soc, const struct soc_block *block);

/* irq.c */
void soc_irq(struct soc *soc, int irq, bool level);

/* time */
sim_ps soc_now(const struct soc *soc);
/* Picoseconds that `count` periods of a clock of `hz` take (rounded up); SIM_NEVER for hz = 0. */
sim_ps soc_periods_ps(uint64_t count, uint64_t hz);
void soc_after(struct soc *soc, struct soc_event *event, sim_ps delay);

/* gtzc.c */
void soc_ilac(struct soc *soc, struct soc_gtzc_place place);
bool soc_tzsc_secure(const struct soc *soc, struct soc_gtzc_place place);
bool soc_tzsc_privileged(const struct soc *soc, struct soc_gtzc_place place);
/* Rights in a watermark-protected memory: index 1 OCTOSPI1 ... 5 OCTOSPI2. */
bool soc_mpcwm_allows(struct soc *soc, unsigned index, uint32_t offset, struct bus_attr attr);
#define ILAC(g, r, b)  ((struct soc_gtzc_place){(g), (r), (b)})
#define ILAC_FLASH_REG ILAC(1, 4, 1)
#define ILAC_FLASH     ILAC(1, 4, 2)
#define ILAC_TZSC1     ILAC(1, 4, 14)
#define ILAC_TZIC1     ILAC(1, 4, 15)
#define ILAC_OSPI1_MEM ILAC(1, 4, 16)
#define ILAC_BKPSRAM   ILAC(1, 4, 18)
#define ILAC_SYSCFG    ILAC(2, 2, 0)
#define ILAC_RTC       ILAC(2, 2, 1)
#define ILAC_TAMP      ILAC(2, 2, 2)
#define ILAC_PWR       ILAC(2, 2, 3)
#define ILAC_RCC       ILAC(2, 2, 4)
#define ILAC_EXTI      ILAC(2, 2, 6)
#define ILAC_TZSC2     ILAC(2, 2, 14)
#define ILAC_TZIC2     ILAC(2, 2, 15)

/* sram.c */
enum bus_status soc_sram_access(struct soc *soc, unsigned memory, uint32_t offset, unsigned size,
                                struct bus_attr attr, uint32_t *value, bool write);
bool soc_sram_map(struct soc *soc, unsigned memory, uint32_t offset, struct bus_attr attr,
                  uint32_t address, struct bus_window *window);
bool soc_sram_any_secure(const struct soc *soc, unsigned memory);
uint8_t *soc_sram_bytes(struct soc *soc, unsigned memory, uint32_t *size);
/* Finds the power-of-two window around `unit` in a bit map of allowed units. */
void soc_window_grow(const uint32_t *allowed, uint32_t units, uint32_t unit, uint32_t *first,
                     uint32_t *count);

/* flash_memory.c */
enum bus_status soc_flash_fetch_or_read(struct soc *soc, uint32_t offset, unsigned size,
                                        struct bus_attr attr, uint32_t *value);
enum bus_status soc_flash_store(struct soc *soc, uint32_t offset, unsigned size,
                                struct bus_attr attr, uint32_t value);
bool soc_flash_map(struct soc *soc, uint32_t offset, struct bus_attr attr, uint32_t address,
                   struct bus_window *window);
enum bus_status soc_system_memory(struct soc *soc, uint32_t address, unsigned size,
                                  struct bus_attr attr, uint32_t *value, bool write);
bool soc_flash_any_secure(const struct soc *soc);
void soc_flash_derive(struct soc *soc);
static inline bool soc_page_bit(const uint32_t *pages, unsigned page)
{
    return (pages[page / 32] >> (page % 32)) & 1u;
}
/* Physical offset in the array of a bus offset (SWAP_BANK). */
uint32_t soc_flash_physical(const struct soc *soc, uint32_t offset);
uint8_t *soc_flash_host(struct soc *soc, uint32_t physical);

/* flash.c */
void soc_flash_error(struct soc *soc, bool secure, uint32_t flags);
void soc_flash_program(struct soc *soc);
void soc_flash_stall(struct soc *soc);
void soc_flash_update_irq(struct soc *soc);
/* flash_ecc.c: checks a read of the array, forgets errors in rewritten lines; pages with errors are
 * never mapped. */
void soc_flash_ecc_read(struct soc *soc, uint32_t physical, unsigned size, uint32_t *value);
void soc_flash_ecc_rewritten(struct soc *soc, uint32_t physical, uint32_t size);
void soc_flash_ecc_unmap(const struct soc *soc, uint32_t pages[8]);
void soc_flash_ecc_system(struct soc *soc, uint32_t address, uint32_t *value);
void soc_flash_ecc_clear_flags(struct soc *soc, uint32_t value);
/* flash_power.c */
void soc_flash_power_init(struct soc *soc);
void soc_flash_power_key(struct soc *soc, unsigned bank, uint32_t value);
uint32_t soc_flash_power_request(struct soc *soc, uint32_t acr);
void soc_flash_power_up(struct soc *soc, unsigned bank);
void soc_flash_power_reset(struct soc *soc);
uint32_t soc_flash_power_status(const struct soc *soc);
/* flash_options.c */
unsigned soc_rdp_level(uint32_t optr); /* 0, 1 = level 0.5, 2 = level 1, 3 = level 2 */
uint32_t soc_oem_locks(const struct soc *soc);
uint32_t soc_option_read(const struct soc *soc, uint32_t offset);
void soc_option_write(struct soc *soc, uint32_t offset, uint32_t value);
bool soc_options_valid(struct soc *soc);
void soc_options_load(struct soc *soc);
void soc_options_commit(struct soc *soc);

/* rcc.c, rcc_clock.c, rcc_security.c */
void soc_rcc_update(struct soc *soc);
uint32_t soc_rcc_secure_mask(struct soc *soc, uint32_t offset);
uint32_t soc_uart_clock_hz(const struct soc *soc, unsigned uart);
uint32_t soc_tim_clock_hz(const struct soc *soc, unsigned tim);
/* A debugger holds the core and DBGMCU stops this LPTIM. */
bool soc_lptim_frozen(const struct soc *soc, unsigned lptim);
uint32_t soc_lptim_clock_hz(const struct soc *soc, unsigned lptim);
uint32_t soc_saes_clock_hz(const struct soc *soc);
uint32_t soc_i2c_clock_hz(const struct soc *soc, unsigned i2c);
uint32_t soc_spi_clock_hz(const struct soc *soc, unsigned spi);
uint32_t soc_rng_clock_hz(const struct soc *soc);
uint32_t soc_octospi_clock_hz(const struct soc *soc);
uint32_t soc_rtc_clock_hz(const struct soc *soc);
uint32_t soc_lsi_hz(const struct soc *soc);
void soc_rcc_switch_safe(struct soc *soc);
void soc_rcc_follow(struct soc *soc);
void soc_rcc_oscillator_init(struct soc *soc);
void soc_rcc_force_lsi(struct soc *soc);
void soc_rcc_after_stop(struct soc *soc);
bool soc_osc_ready(const struct soc *soc, enum soc_osc osc);
void soc_backup_domain_reset(struct soc *soc);

/* rcc_security.c */
uint32_t soc_rcc_implemented(uint32_t offset);

/* tamp_detect.c */
void soc_tamp_init(struct soc *soc);
void soc_tamp_pin(struct soc *soc, unsigned port, unsigned pin, bool level);
void soc_tamp_config(struct soc *soc, uint32_t enabled_before);
uint32_t soc_tamp_ator(const struct soc *soc);
void soc_tamp_seed(struct soc *soc, uint32_t value);
void soc_tamp_stop(struct soc *soc);
/* tamp.c: a detection; backup registers and device secrets are out of reach; interrupt lines. */
void soc_tamp_event(struct soc *soc, unsigned bit);
bool soc_tamp_blocks(const struct soc *soc);
bool soc_tamp_blocks_bkpsram(const struct soc *soc);
void soc_aes_tampered(struct soc *soc);
/* rtc_calendar.c */
struct soc_rtc_time {
    uint64_t second; /* since 2000-01-01 */
    uint32_t ssr;
};
uint64_t soc_rtc_apre(const struct soc_rtc *rtc);   /* RTCCLK per tick */
uint64_t soc_rtc_second(const struct soc_rtc *rtc); /* ticks per calendar second */
/* The present, or when a debugger froze the RTC. */
sim_ps soc_rtc_count_time(const struct soc *soc);
int64_t soc_rtc_position(const struct soc *soc);
sim_ps soc_rtc_when(const struct soc *soc, int64_t position);
void soc_rtc_rebase(struct soc *soc);
void soc_rtc_preset(struct soc *soc, uint64_t second);
struct soc_rtc_time soc_rtc_now(struct soc *soc);
void soc_rtc_shift(struct soc *soc, uint32_t shiftr);
uint32_t soc_rtc_tr(const struct soc_rtc *rtc, uint64_t second);
uint32_t soc_rtc_dr(const struct soc_rtc *rtc, uint64_t second);
void soc_rtc_weekday(struct soc_rtc *rtc, uint64_t second, uint32_t dr);
uint64_t soc_rtc_from_registers(const struct soc_rtc *rtc, uint32_t tr, uint32_t dr);
bool soc_rtc_binary(const struct soc_rtc *rtc); /* BIN = 1: no calendar */
/* rtc_alarm.c */
void soc_rtc_alarm_init(struct soc *soc);
void soc_rtc_alarm_arm(struct soc *soc);
void soc_rtc_wakeup_arm(struct soc *soc);
/* Stops or resumes by DBG_RTC_STOP. */
void soc_rtc_follow_debugger(struct soc *soc);
/* rtc.c: an event for the time stamp; RTC_TS (PC13) changed; flags changed. */
void soc_rtc_stamp(struct soc *soc, bool internal);
void soc_rtc_pin(struct soc *soc, unsigned port, unsigned pin, bool level);
void soc_rtc_flags(struct soc *soc, uint32_t set);
/* rtc.c: RTCCLK may have changed. */
void soc_rtc_follow_clock(struct soc *soc);

/* dbgmcu.c */
enum bus_status soc_dbgmcu_access(struct soc *soc, uint32_t offset, struct bus_attr attr,
                                  uint32_t *value, bool write);
/* A debugger holds the core and the bit of this DBGMCU freeze register is set. */
bool soc_debug_frozen(const struct soc *soc, uint32_t freeze_register, unsigned bit);

/* pwr.c */
bool soc_backup_writable(const struct soc *soc);
void soc_wake(struct soc *soc);
void soc_pwr_init(struct soc *soc);
void soc_pwr_clock_changed(struct soc *soc);
/* Wake-up lines: a pin's level changed; the internal source (RTC) is active or not. */
void soc_pwr_pin(struct soc *soc, unsigned port, unsigned pin, bool level);
void soc_pwr_internal_wakeup(struct soc *soc, bool active);

/* others */
/* supply.c: PWR_SVMSR and PWR_BDSR monitor bits; the monitors were enabled or disabled. */
uint32_t soc_supply_svmsr(const struct soc *soc);
uint32_t soc_supply_bdsr(const struct soc *soc);
void soc_supply_update(struct soc *soc);
void soc_supply_init(struct soc *soc);
/* sram_power.c: contents lost by power-down bits in Run (PWR_CR1) and on entry into Stop (CR2). */
void soc_sram_power_changed(struct soc *soc, uint32_t before);
void soc_sram_power_stop(struct soc *soc);
bool soc_sram_powered(const struct soc *soc, unsigned memory);
void soc_fill_noise(struct soc *soc, uint8_t *bytes, uint32_t size);
/* sram_ecc.c: memory 1 = SRAM2, 2 = SRAM3, 4 = BKPSRAM. */
bool soc_sram_has_ecc(const struct soc *soc, unsigned memory); /* anywhere in it */
bool soc_sram_ecc_maps(const struct soc *soc, unsigned memory, uint32_t offset, uint32_t size);
void soc_sram_ecc_read(struct soc *soc, unsigned memory, uint32_t offset, unsigned size,
                       uint32_t *value);
void soc_sram_ecc_write(struct soc *soc, unsigned memory, uint32_t offset, unsigned size);
void soc_sram_ecc_forget(struct soc *soc, unsigned memory, uint32_t offset, uint32_t size);
void soc_sram_ecc_switch(struct soc *soc, unsigned memory, bool on);
/* ramcfg.c */
void soc_ramcfg_ecc_error(struct soc *soc, unsigned memory, uint32_t offset, enum soc_ecc kind);
bool soc_sram2_protected(const struct soc *soc, uint32_t offset);

void soc_exti_internal(struct soc *soc, unsigned line, bool level);
void soc_gpio_update(struct soc *soc, unsigned port);
/* input_filter.c: an edge comes to a filter that lets a level pass once it has lasted `delay`;
 * true: it passes now (0). Else `settles` fires when it does, and asks for the level that it is. */
bool soc_filter_edge(struct soc *soc, struct soc_filter *filter, bool level, sim_ps delay);
bool soc_filter_passed(struct soc_filter *filter);
void soc_tim_edge(struct soc *soc, unsigned tim, unsigned line, bool level);
void soc_lptim_edge(struct soc *soc, unsigned lptim, unsigned line, bool level);
void soc_lptim_trigger(struct soc *soc, enum soc_lptim_source source);
void soc_lptim_before_clock_change(struct soc *soc);
void soc_lptim_after_clock_change(struct soc *soc);
/* A fault of the system: outputs of the timers with a break input go off. */
void soc_tim_system_break(struct soc *soc);
/* TZSC has given the instance of a block, named by its register functions, to the secure world. */
bool soc_instance_secure(const struct soc *soc,
                         uint32_t (*read)(struct soc *, const struct soc_block *, uint32_t,
                                          struct soc_access),
                         unsigned instance);
void soc_exti_edge(struct soc *soc, unsigned port, unsigned pin, bool level);
bool soc_gpio_any_secure(const struct soc *soc, unsigned port);
void soc_uart_init(struct soc *soc);
void soc_uart_receiver_init(struct soc *soc);
void soc_uart_smartcard_init(struct soc *soc);
void soc_flash_init(struct soc *soc);
void soc_tim_init(struct soc *soc);
void soc_tim_before_clock_change(struct soc *soc);
void soc_tim_after_clock_change(struct soc *soc);
void soc_lptim_init(struct soc *soc);
void soc_adc_init(struct soc *soc);
void soc_aes_init(struct soc *soc);
/* A TAMP backup register has been read: the way SAES gets the boot hardware key. */
void soc_saes_backup_read(struct soc *soc, unsigned index, uint32_t value);
void soc_pka_init(struct soc *soc);
void soc_i2c_init(struct soc *soc);
void soc_i2c_slave_init(struct soc *soc);
void soc_i2c_smbus_init(struct soc *soc);
/* The level at SMBA has changed. */
void soc_i2c_edge(struct soc *soc, unsigned n);
void soc_spi_init(struct soc *soc);
void soc_spi_slave_init(struct soc *soc);
void soc_rng_init(struct soc *soc);
void soc_ramcfg_init(struct soc *soc);
void soc_rtc_init(struct soc *soc);
void soc_iwdg_init(struct soc *soc);
void soc_wwdg_init(struct soc *soc);
void soc_octospi_init(struct soc *soc);
/* octospim.c: lines of a controller that reach its device now; notes the port it sits on. */
uint8_t soc_octospim_wired(struct soc *soc, unsigned n);
bool soc_octospi_dma_request(const struct soc *soc, unsigned octospi);
enum bus_status soc_octospi_memory(struct soc *soc, unsigned octospi, uint32_t offset,
                                   unsigned size, struct bus_attr attr, uint32_t *value,
                                   bool write);
void soc_gpdma_init(struct soc *soc);
/* gpdma.c: a level-like request may have appeared (asked for by soc_dma_wanted); an edge-like one
 * (GPDMA1 REQSEL number) has. */
void soc_dma_poke(struct soc *soc);
/* gpdma_trigger.c: an edge of a trigger input; a channel waits for it: its source has to tell every
 * edge; a channel is done. */
enum soc_dma_source {
    DMA_BY_EXTI0,
    DMA_BY_EXTI1,
    DMA_BY_EXTI2,
    DMA_BY_EXTI3,
    DMA_BY_EXTI4,
    DMA_BY_EXTI5,
    DMA_BY_EXTI6,
    DMA_BY_EXTI7,
    DMA_BY_TAMP1,
    DMA_BY_TAMP2,
    DMA_BY_TAMP3,
    DMA_BY_LPTIM1_CH1,
    DMA_BY_LPTIM1_CH2,
    DMA_BY_LPTIM2_CH1,
    DMA_BY_LPTIM2_CH2,
    DMA_BY_LPTIM3_CH1,
    DMA_BY_LPTIM4_OUT,
    DMA_BY_RTC_ALARM_A,
    DMA_BY_RTC_ALARM_B,
    DMA_BY_RTC_WAKEUP,
    DMA_BY_TIM2_TRGO,
    DMA_BY_TIM15_TRGO,
    DMA_SOURCES
};
void soc_dma_event(struct soc *soc, enum soc_dma_source source, bool rising);
bool soc_dma_waits(const struct soc *soc, enum soc_dma_source source);
void soc_dma_completed(struct soc *soc, unsigned dma, unsigned channel);
bool soc_dma_triggered(const struct soc_dma_channel *c);
/* gpdma.c: a second hit came before the first was used; a hit lets the channel go on. */
void soc_dma_overrun(struct soc *soc, unsigned dma, unsigned channel);
void soc_dma_continue(struct soc *soc, unsigned dma, unsigned channel);
/* gpdma.c: channels that a debugger had frozen go on. */
void soc_dma_follow_debugger(struct soc *soc);
void soc_dma_pulse(struct soc *soc, unsigned request);
void soc_lpdma_pulse(struct soc *soc, unsigned request); /* the same at LPDMA1 */
bool soc_dma_wanted(const struct soc *soc, unsigned dma, unsigned request);
/* Level-like requests of the peripherals: data to take (transmit false) or room for data. */
bool soc_uart_dma_request(const struct soc *soc, unsigned uart, bool transmit);
bool soc_spi_dma_request(const struct soc *soc, unsigned spi, bool transmit);
bool soc_i2c_dma_request(const struct soc *soc, unsigned i2c, bool transmit);
bool soc_aes_dma_request(const struct soc *soc, unsigned aes, bool output);
/* Something that may start a conversion (RM0456 tables of ADC triggers). */
enum soc_adc_source {
    ADC_BY_NOTHING,
    ADC_BY_TIM1_CC1,
    ADC_BY_TIM1_CC2,
    ADC_BY_TIM1_CC3,
    ADC_BY_TIM1_CC4,
    ADC_BY_TIM1_TRGO,
    ADC_BY_TIM1_TRGO2,
    ADC_BY_TIM2_CC1,
    ADC_BY_TIM2_CC2,
    ADC_BY_TIM2_TRGO,
    ADC_BY_TIM3_CC1,
    ADC_BY_TIM3_CC3,
    ADC_BY_TIM3_CC4,
    ADC_BY_TIM3_TRGO,
    ADC_BY_TIM4_CC4,
    ADC_BY_TIM4_TRGO,
    ADC_BY_TIM6_TRGO,
    ADC_BY_TIM8_CC4,
    ADC_BY_TIM8_TRGO,
    ADC_BY_TIM8_TRGO2,
    ADC_BY_TIM15_TRGO,
    ADC_BY_LPTIM1_CH1,
    ADC_BY_LPTIM2_CH1,
    ADC_BY_LPTIM3_CH1,
    ADC_BY_LPTIM3_CH2,
    ADC_BY_LPTIM4_OUT,
    ADC_BY_EXTI11,
    ADC_BY_EXTI15
};
/* An edge of it: both converters look whether they wait for that. */
void soc_adc_trigger(struct soc *soc, enum soc_adc_source source, bool rising);
/* A conversion waits for this trigger: its source has to tell every edge. */
bool soc_adc_waits(const struct soc *soc, enum soc_adc_source source);
bool soc_adc_dma_request(const struct soc *soc, unsigned adc);
void soc_cache_init(struct soc *soc);
void soc_hash_init(struct soc *soc);
bool soc_hash_dma_request(const struct soc *soc);
void soc_hash_dma_done(struct soc *soc);

/* soc.c */
/* Around every change of a clock, entry into Stop and exit from it: counters keep what they have
 * counted, and arm anew. */
void soc_before_clock_change(struct soc *soc);
void soc_after_clock_change(struct soc *soc);
void soc_leave_stop(struct soc *soc);
void soc_leave_stop3(struct soc *soc);
/* I/Os float in Stop 3, Standby and Shutdown, but for the pulls of PWR (pins.c). */
bool soc_io_powered(const struct soc *soc);
void soc_pins_follow_power(struct soc *soc);
/* Wake-up flags that were left set, and internal sources that are active, wake at once. */
void soc_pwr_look(struct soc *soc);
void soc_wwdg_before_clock_change(struct soc *soc);
void soc_wwdg_after_clock_change(struct soc *soc);
void soc_iwdg_before_power_change(struct soc *soc);
void soc_iwdg_after_power_change(struct soc *soc);
/* The deepest Stop mode in which a block still works by itself: 1 or 2. */
bool soc_stop_lets(const struct soc *soc, unsigned deepest);
void soc_request_reset(struct soc *soc, uint32_t cause);
uint64_t soc_noise(struct soc *soc);

#endif
