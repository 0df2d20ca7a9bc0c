/* Power-down of a flash bank: PDREQx behind its keys, PDx in NSSR. An access wakes the bank
 * (RM0456 7.3.4, 7.9). Bank numbers here are physical.
 */
#include "soc/soc_state.h"

#define POWER_DOWN_US 1u
#define WAKE_UP_US    5u

static const uint32_t keys[2][2] = {{0x04152637u, 0xFAFBFCFDu}, {0x40516273u, 0xAFBFCFDFu}};

static uint32_t request_bit(unsigned bank)
{
    return FLASH_ACR_PDREQ1_Msk << bank;
}

static void down_fire(void *context)
{
    struct soc_event *event = context;
    struct soc_flash *flash = &event->soc->flash;
    unsigned bank = event->instance;

    flash->acr &= ~request_bit(bank);
    flash->pd_key_step[bank] = 0;
    if (!flash->hides_bank[bank]) {
        flash->powered_down[bank] = true;
        cpu_tlb_flush(event->soc->cpu);
    }
}

void soc_flash_power_init(struct soc *soc)
{
    for (unsigned bank = 0; bank < 2; bank++) {
        soc_event_init(&soc->flash.power_down[bank], soc, bank, down_fire);
    }
}

/* A wrong key locks until the next reset and is a bus error, like the other keys. */
void soc_flash_power_key(struct soc *soc, unsigned bank, uint32_t value)
{
    uint8_t *step = &soc->flash.pd_key_step[bank];

    if (*step < 2 && value == keys[bank][*step]) {
        (*step)++;
    } else {
        soc_guest_error(soc, FLASH_R_NS + 0x190u + bank,
                        "wrong key for power-down of flash bank %u", bank + 1);
        *step = 0xFFu;
        soc->bus_error = true;
    }
}

/* Takes the PDREQ bits of a write to ACR; gives back what ACR becomes. */
uint32_t soc_flash_power_request(struct soc *soc, uint32_t acr)
{
    struct soc_flash *flash = &soc->flash;

    for (unsigned bank = 0; bank < 2; bank++) {
        uint32_t bit = request_bit(bank);

        if (flash->pd_key_step[bank] != 2) {
            acr = (acr & ~bit) | (flash->acr & bit);
        } else if ((acr & ~flash->acr & bit) && !flash->powered_down[bank]) {
            soc_after(soc, &flash->power_down[bank], POWER_DOWN_US * SIM_PS_PER_US);
        }
    }
    return acr;
}

void soc_flash_power_up(struct soc *soc, unsigned bank)
{
    if (!soc->flash.powered_down[bank]) {
        return;
    }
    soc->flash.powered_down[bank] = false;
    if (!soc->sched->firing) {
        cpu_skip_cycles(soc->cpu, WAKE_UP_US * soc_hclk_hz(soc) / 1000000u);
    }
    cpu_tlb_flush(soc->cpu);
}

void soc_flash_power_reset(struct soc *soc)
{
    for (unsigned bank = 0; bank < 2; bank++) {
        sched_cancel(soc->sched, &soc->flash.power_down[bank].event);
        soc->flash.powered_down[bank] = false;
        soc->flash.pd_key_step[bank] = 0;
    }
}

uint32_t soc_flash_power_status(const struct soc *soc)
{
    return (soc->flash.powered_down[0] ? FLASH_NSSR_PD1_Msk : 0) |
           (soc->flash.powered_down[1] ? FLASH_NSSR_PD2_Msk : 0);
}
