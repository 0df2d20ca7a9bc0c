/* The chip as a whole: creation, virtual time by processor cycles, resets, boot address, entry into
 * and exit from the low-power modes.
 */
#include "soc/soc_state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SRAM_SIZE    0xC0000u
#define SRAM4_SIZE   0x4000u
#define BKPSRAM_SIZE 0x800u
#define CPUID        0x410FD214u /* Cortex-M33 r0p4 */

/* ---- Services ---- */

void soc_event_init(struct soc_event *event, struct soc *soc, unsigned instance,
                    void (*fire)(void *context))
{
    event->soc = soc;
    event->instance = instance;
    sim_event_init(&event->event, fire, event);
}

void soc_irq(struct soc *soc, int irq, bool level)
{
    assert(irq >= 0 && irq < CPU_IRQ_MAX);
    if (soc->irq[irq] != level) {
        soc->irq[irq] = level;
        if (!soc->stop3) {
            cpu_set_irq(soc->cpu, (unsigned)irq, level);
        }
    }
}

/* A wake-up line ends Stop 3: interrupts that came meanwhile get through. */
void soc_leave_stop3(struct soc *soc)
{
    if (!soc->stop3) {
        return;
    }
    soc->stop3 = false;
    for (unsigned irq = 0; irq < CPU_IRQ_MAX; irq++) {
        cpu_set_irq(soc->cpu, irq, soc->irq[irq]);
    }
}

uint64_t soc_noise(struct soc *soc)
{
    uint64_t z = (soc->noise += UINT64_C(0x9E3779B97F4A7C15));

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* ---- Time ---- */

sim_ps soc_periods_ps(uint64_t count, uint64_t hz)
{
    unsigned __int128 ps = (unsigned __int128)count * SIM_PS_PER_S;

    if (hz == 0) {
        return SIM_NEVER;
    }
    ps = (ps + hz - 1) / hz;
    return ps > SIM_NEVER / 2 ? SIM_NEVER : (sim_ps)ps;
}

sim_ps soc_cpu_time(const struct soc *soc)
{
    uint64_t cycles = cpu_cycles(soc->cpu) - soc->base_cycles;

    return soc->base_ps + soc_periods_ps(cycles, soc->rcc.hclk_hz);
}

sim_ps soc_elapsed(const struct soc *soc)
{
    sim_ps time = soc_cpu_time(soc);

    return time > soc->sched->now ? time - soc->sched->now : 0;
}

uint64_t soc_cycle_at(const struct soc *soc, sim_ps when)
{
    unsigned __int128 cycles;

    if (when == SIM_NEVER) {
        return UINT64_MAX;
    }
    if (when <= soc->base_ps) {
        return soc->base_cycles;
    }
    cycles = (unsigned __int128)(when - soc->base_ps) * soc->rcc.hclk_hz;
    cycles = (cycles + SIM_PS_PER_S - 1) / SIM_PS_PER_S;
    return soc->base_cycles + (uint64_t)cycles;
}

void soc_skip_to(struct soc *soc, sim_ps when)
{
    if (when <= soc_cpu_time(soc)) {
        return;
    }
    if (soc->power == POWER_RUN) {
        cpu_skip_cycles(soc->cpu, soc_cycle_at(soc, when) - cpu_cycles(soc->cpu));
    } else {
        soc->base_cycles = cpu_cycles(soc->cpu);
        soc->base_ps = when;
    }
}

sim_ps soc_now(const struct soc *soc)
{
    return sched_now(soc->sched);
}

void soc_after(struct soc *soc, struct soc_event *event, sim_ps delay)
{
    if (delay == SIM_NEVER) {
        sched_cancel(soc->sched, &event->event);
    } else {
        sched_at(soc->sched, &event->event, soc_now(soc) + delay);
    }
}

sim_ps soc_cycle_ps(const struct soc *soc)
{
    return (SIM_PS_PER_S + soc->rcc.hclk_hz / 2) / soc->rcc.hclk_hz;
}

uint32_t soc_hclk_hz(const struct soc *soc)
{
    return soc->rcc.hclk_hz;
}

/* ---- Reset ---- */

void soc_request_reset(struct soc *soc, uint32_t cause)
{
    soc->reset_pending |= cause | RCC_CSR_PINRSTF_Msk; /* every source pulses NRST */
    cpu_break(soc->cpu);
}

static void reset_requested(void *context)
{
    soc_request_reset(context, RCC_CSR_SFTRSTF_Msk);
}

static void locked_up(void *context, bool locked)
{
    struct soc *soc = context;

    if (locked && (soc->syscfg.cfgr2 & SYSCFG_CFGR2_CLL_Msk)) {
        soc_tim_system_break(soc);
    }
    if (locked && soc->config.lockup != NULL) {
        soc->config.lockup(soc->config.context);
    }
}

static void cpu_log(void *context, const char *text)
{
    struct soc *soc = context;

    if (soc->config.log != NULL) {
        soc->config.log(soc->config.context, text);
    }
}

void soc_reset_pin(struct soc *soc)
{
    soc_request_reset(soc, RCC_CSR_PINRSTF_Msk);
}

void soc_fill_noise(struct soc *soc, uint8_t *bytes, uint32_t size)
{
    for (uint32_t i = 0; i < size; i += 8) {
        uint64_t noise = soc_noise(soc);

        memcpy(bytes + i, &noise, 8);
    }
}

/* SRAM contents over a reset: noise after power was off, erased where the options say so. */
static void reset_memories(struct soc *soc)
{
    uint32_t optr = soc->flash.loaded.optr;

    if (soc->reset_power || soc->reset_standby) {
        bool keep_page1 = soc->reset_standby && (soc->pwr.cr1 & PWR_CR1_RRSB1_Msk);
        bool keep_page2 = soc->reset_standby && (soc->pwr.cr1 & PWR_CR1_RRSB2_Msk);
        bool keep_backup = (soc->pwr.bdcr1 & PWR_BDCR1_BREN_Msk) || keep_page1 || keep_page2;

        soc_fill_noise(soc, soc->sram, 0x30000u);
        if (!keep_page1) {
            soc_fill_noise(soc, soc->sram + 0x30000u, 0x2000u);
        }
        if (!keep_page2) {
            soc_fill_noise(soc, soc->sram + 0x32000u, 0xE000u);
        }
        soc_fill_noise(soc, soc->sram + 0x40000u, 0x80000u);
        soc_fill_noise(soc, soc->sram4, SRAM4_SIZE);
        if (!keep_backup) {
            soc_fill_noise(soc, soc->bkpsram, BKPSRAM_SIZE);
        }
    }
    if (!(optr & FLASH_OPTR_SRAM134_RST_Msk)) {
        memset(soc->sram, 0, 0x30000u);
        memset(soc->sram + 0x40000u, 0, 0x80000u);
        memset(soc->sram4, 0, SRAM4_SIZE);
    }
    if (!(optr & FLASH_OPTR_SRAM2_RST_Msk)) {
        memset(soc->sram + 0x30000u, 0, 0x10000u);
    }
    cpu_code_flush(soc->cpu, soc->sram, SRAM_SIZE);
    cpu_code_flush(soc->cpu, soc->sram4, SRAM4_SIZE);
}

/* RM0456 tables 25-27. BOOT0 is taken from the pin PH3 as driven from outside, else 0. */
static uint32_t boot_address(const struct soc *soc)
{
    const struct soc_options *o = &soc->flash.loaded;
    bool from_pin = (o->optr & FLASH_OPTR_nSWBOOT0_Msk) != 0;
    bool pin = (soc->gpio[7].driven & soc->gpio[7].driven_level & (1u << 3)) != 0;
    bool boot0 = from_pin ? pin : !(o->optr & FLASH_OPTR_nBOOT0_Msk);
    uint32_t secure = o->secbootadd0r & FLASH_SECBOOTADD0R_SECBOOTADD0_Msk;

    if (!soc->tzen) {
        return (boot0 ? o->nsbootadd1r : o->nsbootadd0r) & 0xFFFFFF80u;
    }
    if (!(o->secbootadd0r & FLASH_SECBOOTADD0R_BOOT_LOCK_Msk) &&
        (boot0 || soc->syscfg.rsscmdr != 0)) {
        return 0x0FF80000u;
    }
    if ((o->optr & 0xFFu) != 0xAAu && (secure < 0x0C000000u || secure >= 0x0C200000u)) {
        return 0x0FF80000u;
    }
    return secure;
}

/* RM0456 table 790. */
static void set_debug_authentication(struct soc *soc)
{
    uint32_t rdp = soc->flash.loaded.optr & 0xFFu;
    bool open = rdp != 0xCCu;
    bool secure = rdp == 0xAAu;

    cpu_set_debug_auth(soc->cpu, open, open, secure, secure);
}

static void reset_blocks(struct soc *soc)
{
    /* RCC first, so that the others find their reset clocks. */
    for (unsigned pass = 0; pass < 2; pass++) {
        for (unsigned i = 0; i < soc_block_count; i++) {
            const struct soc_block *block = &soc_blocks[i];
            bool is_rcc = block->read == rcc_read;

            if (is_rcc == (pass == 0) && (!block->backup_domain || soc->reset_backup)) {
                block->reset(soc, block);
            }
        }
    }
}

static void perform_reset(struct soc *soc)
{
    uint32_t cause = soc->reset_pending;
    uint32_t *csr = &soc->rcc.r[RCC_CSR_OFS / 4];
    bool cold = soc->reset_power;
    uint32_t boot;

    soc_debug_halt(soc, false);
    soc->reset_pending = 0;
    soc->power = POWER_RUN;
    soc_leave_stop3(soc);
    if (soc->reset_power) {
        *csr = 0;
        memset(soc->dbgmcu, 0, sizeof soc->dbgmcu);
        soc->intrusion = false;
        soc->flash.auth_words = 0;
        soc->flash.oem1_matched = soc->flash.oem2_matched = soc->flash.auth_failed = false;
    }
    if (soc->reset_backup) {
        soc->rcc.r[RCC_BDCR_OFS / 4] = 0;
    }
    if (soc->reset_power || soc->reset_obl || soc->reset_standby) {
        soc_options_load(soc);
    }
    *csr |= cause & 0xFE000000u;
    reset_blocks(soc);
    if (soc->reset_backup) {
        soc_backup_domain_reset(soc);
    }
    reset_memories(soc);
    set_debug_authentication(soc);
    soc->reset_power = soc->reset_backup = soc->reset_obl = soc->reset_standby = false;
    if (soc->config.reset != NULL) {
        soc->config.reset(soc->config.context, cause & 0xFE000000u);
    }
    cpu_tlb_flush(soc->cpu);
    boot = boot_address(soc);
    /* RDP 1 without TrustZone: a boot from SRAM or the bootloader is an intrusion (RM0456 7.6.2).
     */
    if (!soc->tzen && soc_rdp_level(soc->flash.loaded.optr) == 2 &&
        (boot < FLASH_NS || boot >= FLASH_NS + SOC_FLASH_SIZE)) {
        soc->intrusion = true;
    }
    cpu_reset(soc->cpu, boot, cold);
}

void soc_power_on(struct soc *soc)
{
    soc->reset_power = soc->reset_backup = true;
    soc->reset_pending = RCC_CSR_BORRSTF_Msk | RCC_CSR_PINRSTF_Msk;
    perform_reset(soc);
}

void soc_before_clock_change(struct soc *soc)
{
    soc_tim_before_clock_change(soc);
    soc_lptim_before_clock_change(soc);
    soc_wwdg_before_clock_change(soc);
    soc_iwdg_before_power_change(soc);
}

void soc_after_clock_change(struct soc *soc)
{
    soc_tim_after_clock_change(soc);
    soc_lptim_after_clock_change(soc);
    soc_wwdg_after_clock_change(soc);
    soc_iwdg_after_power_change(soc);
}

/* ---- Low-power modes (RM0456 10.7) ---- */

static void enter_low_power(struct soc *soc)
{
    uint32_t mode = soc->pwr.cr1 & PWR_CR1_LPMS_Msk;
    uint32_t optr = soc->flash.loaded.optr;
    uint32_t no_reset = mode < 4   ? FLASH_OPTR_nRST_STOP_Msk
                        : mode < 6 ? FLASH_OPTR_nRST_STDBY_Msk
                                   : FLASH_OPTR_nRST_SHDW_Msk;

    if (!(optr & no_reset)) {
        soc_request_reset(soc, RCC_CSR_LPWRRSTF_Msk);
        return;
    }
    soc_flash_stall(soc);
    soc_before_clock_change(soc);
    if (mode < 4) {
        /* Clocks and range already are what software finds when it wakes. */
        soc->pwr.sr |= PWR_SR_STOPF_Msk;
        soc->pwr.vosr = PWR_VOSR_VOSRDY_Msk; /* range 4 */
        soc_sram_power_stop(soc);
        soc_rcc_after_stop(soc);
        soc->power = POWER_STOP;
        soc->stop3 = mode == 3;
    } else if (mode < 6 || (soc->pwr.bdcr1 & PWR_BDCR1_BREN_Msk)) {
        soc->power = POWER_STANDBY;
    } else {
        soc->power = POWER_SHUTDOWN;
    }
    soc_after_clock_change(soc);
    soc_pins_follow_power(soc);
    if (mode >= 3) {
        soc_pwr_look(soc);
    }
}

/* The processor runs again: the bus clocks are back. Called at the first register access too,
 * because the processor wakes by itself. */
void soc_leave_stop(struct soc *soc)
{
    soc_before_clock_change(soc);
    soc->power = POWER_RUN;
    soc_leave_stop3(soc);
    soc_after_clock_change(soc);
    soc_pins_follow_power(soc);
}

/* A wake-up line (pins, RTC, TAMP) has fired: ends Standby and Shutdown. */
void soc_wake(struct soc *soc)
{
    if (soc->power == POWER_STANDBY) {
        soc->reset_standby = true;
        soc->pwr.sr |= PWR_SR_SBF_Msk;
        soc->reset_pending |= UINT32_C(1); /* no flag: Standby exit is not a system reset */
        cpu_break(soc->cpu);
    } else if (soc->power == POWER_SHUTDOWN && !soc->supplies.brown_out) {
        soc->reset_power = true; /* the backup domain stays alive */
        soc->reset_pending |= RCC_CSR_BORRSTF_Msk | RCC_CSR_PINRSTF_Msk;
        cpu_break(soc->cpu);
    }
}

bool soc_off(const struct soc *soc)
{
    return (soc->power == POWER_STANDBY || soc->power == POWER_SHUTDOWN) && soc->reset_pending == 0;
}

bool soc_service(struct soc *soc)
{
    if (soc->reset_pending != 0) {
        perform_reset(soc);
        return true;
    }
    if (soc->power == POWER_STOP && !cpu_sleeping(soc->cpu)) {
        soc_leave_stop(soc);
    } else if (soc->power == POWER_RUN && cpu_sleeping(soc->cpu) && cpu_sleep_deep(soc->cpu)) {
        enter_low_power(soc);
        if (soc->reset_pending != 0) {
            perform_reset(soc);
            return true;
        }
    }
    return false;
}

/* ---- Creation ---- */

static void init_events(struct soc *soc)
{
    soc_pins_init(soc);
    soc_rcc_oscillator_init(soc);
    soc_pwr_init(soc);
    soc_flash_init(soc);
    soc_uart_init(soc);
    soc_uart_receiver_init(soc);
    soc_uart_smartcard_init(soc);
    soc_tim_init(soc);
    soc_lptim_init(soc);
    soc_adc_init(soc);
    soc_aes_init(soc);
    soc_pka_init(soc);
    soc_i2c_init(soc);
    soc_i2c_slave_init(soc);
    soc_i2c_smbus_init(soc);
    soc_spi_init(soc);
    soc_spi_slave_init(soc);
    soc_rng_init(soc);
    soc_ramcfg_init(soc);
    soc_rtc_init(soc);
    soc_tamp_init(soc);
    soc_iwdg_init(soc);
    soc_wwdg_init(soc);
    soc_octospi_init(soc);
    soc_gpdma_init(soc);
    soc_cache_init(soc);
    soc_hash_init(soc);
}

static bool make_cpu(struct soc *soc)
{
    struct cpu_config config = {
        .irq_count = IRQ_COUNT,
        .priority_bits = 4,
        .mpu_regions = 8,
        .sau_regions = 8,
        .has_security = soc->tzen,
        .has_fpu = true,
        .has_dsp = true,
        .cpuid = CPUID,
        .reset_request = reset_requested,
        .lockup = locked_up,
        .log = cpu_log,
        .context = soc,
    };

    soc_bus_init(soc, &config.bus);
    soc->cpu = cpu_new(&config);
    return soc->cpu != NULL;
}

struct soc *soc_new(const struct soc_config *config)
{
    struct soc *soc = calloc(1, sizeof *soc);

    assert(config->sched != NULL && config->nvm.flash != NULL);
    if (soc == NULL) {
        return NULL;
    }
    soc->config = *config;
    if (soc->config.nvm.options == NULL) {
        soc->config.nvm.options = &soc->own_options;
    }
    soc->sched = config->sched;
    soc->noise = config->random_seed;
    soc->base_ps = config->sched->now;
    if (soc->config.nvm.options->magic != SOC_OPTIONS_MAGIC) {
        soc_options_default(soc->config.nvm.options);
    }
    soc->tzen = (soc->config.nvm.options->optr & FLASH_OPTR_TZEN_Msk) != 0;
    soc->rcc.hclk_hz = 4000000u;
    soc->sram = calloc(1, SRAM_SIZE + SRAM4_SIZE + BKPSRAM_SIZE);
    if (soc->sram == NULL || !make_cpu(soc)) {
        soc_free(soc);
        return NULL;
    }
    soc->sram4 = soc->sram + SRAM_SIZE;
    soc->bkpsram = soc->sram4 + SRAM4_SIZE;
    init_events(soc);
    soc_supply_init(soc);
    return soc;
}

void soc_free(struct soc *soc)
{
    if (soc == NULL) {
        return;
    }
    if (soc->cpu != NULL) {
        cpu_free(soc->cpu);
    }
    free(soc->sram);
    free(soc);
}

struct cpu *soc_cpu(struct soc *soc)
{
    return soc->cpu;
}

uint8_t *soc_sram(struct soc *soc, uint32_t *size)
{
    if (size != NULL) {
        *size = SRAM_SIZE;
    }
    return soc->sram;
}
