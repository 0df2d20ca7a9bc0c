/* Power-down of SRAMs: in Run by PWR_CR1, while in Stop by PWR_CR2, page by page. What loses its
 * power holds noise afterwards (RM0456 10.7, 10.10.1).
 */
#include "soc/soc_state.h"

#define PAGE_SIZE 0x10000u

bool soc_sram_powered(const struct soc *soc, unsigned memory)
{
    return !(soc->pwr.cr1 & (PWR_CR1_SRAM1PD_Msk << memory));
}

static void lose(struct soc *soc, unsigned memory, uint32_t offset, uint32_t size)
{
    uint32_t whole;
    uint8_t *bytes = soc_sram_bytes(soc, memory, &whole) + offset;

    soc_sram_ecc_forget(soc, memory, offset, size);
    soc_fill_noise(soc, bytes, size);
    cpu_code_flush(soc->cpu, bytes, size);
}

void soc_sram_power_changed(struct soc *soc, uint32_t before)
{
    uint32_t off = soc->pwr.cr1 & ~before;

    for (unsigned memory = 0; memory < 4; memory++) {
        uint32_t size;

        (void)soc_sram_bytes(soc, memory, &size);
        if (off & (PWR_CR1_SRAM1PD_Msk << memory)) {
            lose(soc, memory, 0, size);
        }
    }
    cpu_tlb_flush(soc->cpu);
}

void soc_sram_power_stop(struct soc *soc)
{
    /* One bit of CR2 each. */
    static const struct {
        uint32_t bit;
        uint8_t memory;
        uint32_t offset, size;
    } pages[] = {
        {PWR_CR2_SRAM1PDS1_Msk, 0, 0, PAGE_SIZE},
        {PWR_CR2_SRAM1PDS2_Msk, 0, PAGE_SIZE, PAGE_SIZE},
        {PWR_CR2_SRAM1PDS3_Msk, 0, 2 * PAGE_SIZE, PAGE_SIZE},
        {PWR_CR2_SRAM4PDS_Msk, 3, 0, 0x4000u},
    };
    uint32_t cr2 = soc->pwr.cr2, cr1 = soc->pwr.cr1;
    bool stop3 = (cr1 & PWR_CR1_LPMS_Msk) == 3;

    /* SRAM2: Stop 3 retains what Standby does. */
    if (stop3 ? !(cr1 & PWR_CR1_RRSB1_Msk) : (cr2 & PWR_CR2_SRAM2PDS1_Msk) != 0) {
        lose(soc, 1, 0, 0x2000u);
    }
    if (stop3 ? !(cr1 & PWR_CR1_RRSB2_Msk) : (cr2 & PWR_CR2_SRAM2PDS2_Msk) != 0) {
        lose(soc, 1, 0x2000u, 0xE000u);
    }
    for (unsigned i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        if (cr2 & pages[i].bit) {
            lose(soc, pages[i].memory, pages[i].offset, pages[i].size);
        }
    }
    for (unsigned page = 0; page < 8; page++) {
        if (cr2 & (PWR_CR2_SRAM3PDS1_Msk << page)) {
            lose(soc, 2, page * PAGE_SIZE, PAGE_SIZE);
        }
    }
    if (cr2 & PWR_CR2_PKARAMPDS_Msk) {
        soc_fill_noise(soc, (uint8_t *)soc->pka.ram, sizeof soc->pka.ram);
    }
}
