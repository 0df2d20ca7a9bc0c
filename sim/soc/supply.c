/* The supplies as the bench sets them and what PWR sees of them: PVD, the monitors of VDDUSB,
 * VDDIO2 and VDDA with their EXTI lines, the backup domain's monitor, brown-out reset
 * (RM0456 10.6; thresholds: data sheet, typical).
 */
#include "soc/soc_state.h"

#define NOMINAL_MV    3300u
#define LINE_PVD      16u
#define LINE_UVM      19u
#define LINE_IO2VM    20u
#define LINE_AVM1     21u
#define LINE_AVM2     22u
#define VBAT_HIGH_MV  3600u
#define CELSIUS_LOW   (-35)
#define CELSIUS_HIGH  125
#define TAMPER_SUPPLY 1u
#define TAMPER_HEAT   2u

static bool below(const struct soc *soc, enum soc_supply supply, uint32_t threshold_mv)
{
    return soc->supplies.millivolts[supply] < threshold_mv;
}

static bool vdd_below_pvd(const struct soc *soc)
{
    /* Level 7 compares the pin PVD_IN (PB7) with the internal reference. */
    static const uint16_t levels_mv[7] = {2000, 2200, 2400, 2500, 2600, 2800, 2900};
    uint32_t level = (soc->pwr.svmcr & PWR_SVMCR_PVDLS_Msk) >> PWR_SVMCR_PVDLS_Pos;

    return level == 7 ? soc->analog_mv[1][7] < 1212u : below(soc, SOC_VDD, levels_mv[level]);
}

uint32_t soc_supply_svmsr(const struct soc *soc)
{
    uint32_t enabled = soc->pwr.svmcr;

    return (enabled & PWR_SVMCR_PVDE_Msk && vdd_below_pvd(soc) ? PWR_SVMSR_PVDO_Msk : 0) |
           (enabled & PWR_SVMCR_UVMEN_Msk && !below(soc, SOC_VDDUSB, 1200) ? PWR_SVMSR_VDDUSBRDY_Msk
                                                                           : 0) |
           (enabled & PWR_SVMCR_IO2VMEN_Msk && !below(soc, SOC_VDDIO2, 1000)
                ? PWR_SVMSR_VDDIO2RDY_Msk
                : 0) |
           (enabled & PWR_SVMCR_AVM1EN_Msk && !below(soc, SOC_VDDA, 1600) ? PWR_SVMSR_VDDA1RDY_Msk
                                                                          : 0) |
           (enabled & PWR_SVMCR_AVM2EN_Msk && !below(soc, SOC_VDDA, 1800) ? PWR_SVMSR_VDDA2RDY_Msk
                                                                          : 0);
}

uint32_t soc_supply_bdsr(const struct soc *soc)
{
    const struct soc_supplies *s = &soc->supplies;

    if (!(soc->pwr.bdcr1 & PWR_BDCR1_MONEN_Msk)) {
        return 0;
    }
    return (s->millivolts[SOC_VBAT] > VBAT_HIGH_MV ? PWR_BDSR_VBATH_Msk : 0) |
           (s->celsius < CELSIUS_LOW ? PWR_BDSR_TEMPL_Msk : 0) |
           (s->celsius > CELSIUS_HIGH ? PWR_BDSR_TEMPH_Msk : 0);
}

/* EXTI sees the outputs of the comparators. */
void soc_supply_update(struct soc *soc)
{
    static const struct {
        uint32_t flag;
        unsigned line;
    } outputs[] = {{PWR_SVMSR_PVDO_Msk, LINE_PVD},
                   {PWR_SVMSR_VDDUSBRDY_Msk, LINE_UVM},
                   {PWR_SVMSR_VDDIO2RDY_Msk, LINE_IO2VM},
                   {PWR_SVMSR_VDDA1RDY_Msk, LINE_AVM1},
                   {PWR_SVMSR_VDDA2RDY_Msk, LINE_AVM2}};
    uint32_t now = soc_supply_svmsr(soc), changed = now ^ soc->supplies.monitors;

    soc->supplies.monitors = now;
    for (unsigned i = 0; i < sizeof outputs / sizeof outputs[0]; i++) {
        if (changed & outputs[i].flag) {
            soc_exti_internal(soc, outputs[i].line, (now & outputs[i].flag) != 0);
        }
    }
    if ((changed & now & PWR_SVMSR_PVDO_Msk) && (soc->syscfg.cfgr2 & SYSCFG_CFGR2_PVDL_Msk)) {
        soc_tim_system_break(soc);
    }
    if (soc_supply_bdsr(soc) & PWR_BDSR_VBATH_Msk) {
        soc_internal_tamper(soc, TAMPER_SUPPLY);
    }
    if (soc_supply_bdsr(soc) & (PWR_BDSR_TEMPL_Msk | PWR_BDSR_TEMPH_Msk)) {
        soc_internal_tamper(soc, TAMPER_HEAT);
    }
}

/* BOR_LEV; hysteresis is left out. */
static bool brown_out(const struct soc *soc)
{
    static const uint16_t levels_mv[5] = {1700, 2000, 2200, 2500, 2800};
    uint32_t level = (soc->flash.loaded.optr & FLASH_OPTR_BOR_LEV_Msk) >> FLASH_OPTR_BOR_LEV_Pos;

    return below(soc, SOC_VDD, levels_mv[level < 5 ? level : 0]);
}

void soc_set_supply(struct soc *soc, enum soc_supply supply, uint32_t millivolts)
{
    bool was_out = soc->supplies.brown_out;

    soc->supplies.millivolts[supply] = millivolts;
    soc->supplies.brown_out = brown_out(soc);
    if (supply == SOC_VBAT && millivolts < 1550u && brown_out(soc)) {
        soc->reset_backup = true; /* nothing keeps the backup domain alive */
    }
    if (soc->supplies.brown_out && !was_out) {
        soc->power = POWER_SHUTDOWN; /* held in reset */
        soc->reset_pending = 0;
        cpu_break(soc->cpu);
    } else if (!soc->supplies.brown_out && was_out) {
        soc_wake(soc);
    } else if (!soc->supplies.brown_out) {
        soc_supply_update(soc);
    }
}

void soc_set_temperature(struct soc *soc, int celsius)
{
    soc->supplies.celsius = celsius;
    soc_supply_update(soc);
}

void soc_supply_init(struct soc *soc)
{
    for (unsigned i = 0; i < SOC_SUPPLIES; i++) {
        soc->supplies.millivolts[i] = NOMINAL_MV;
    }
    soc->supplies.celsius = 25;
}
