/* IrDA mode of the UARTs (RM0456 chapter 66, "IrDA SIR ENDEC"): light pulses instead of levels.
 * That the receiver hears nothing while the chip sends is usart_listens' rule. */
#include "soc/usart.h"

/* The coder does not work with PSC = 0. */
bool usart_irda_works(const struct soc_uart_state *u)
{
    return !(u->cr3 & USART_CR3_IREN_Msk) || (u->gtpr & USART_GTPR_PSC_Msk) != 0;
}

static bool on(const struct soc_uart_state *u)
{
    return (u->cr1 & USART_CR1_UE_Msk) && (u->cr3 & USART_CR3_IREN_Msk) && usart_irda_works(u);
}

/* `count` periods of the low-power clock, 0 without a clock. */
static sim_ps low_power_ps(const struct soc *soc, unsigned n, unsigned count)
{
    uint64_t hz = usart_prescaled_hz(soc, n);

    return hz == 0 ? 0 : soc_periods_ps((uint64_t)count * (soc->uart[n].gtpr & 0xFFu), hz);
}

sim_ps soc_uart_irda_pulse_ps(struct soc *soc, enum soc_uart uart)
{
    const struct soc_uart_state *u = &soc->uart[uart];

    if (!on(u) || !(u->cr1 & USART_CR1_TE_Msk)) {
        return 0;
    }
    return u->cr3 & USART_CR3_IRLP_Msk ? low_power_ps(soc, uart, 3)
                                       : usart_bits_ps(soc, uart, 3) / 16;
}

/* Pulses of less than one period are rejected, of more than two accepted; between them the manual
 * leaves it open, and they are rejected here. */
bool soc_uart_irda_receive(struct soc *soc, enum soc_uart uart, uint8_t byte, sim_ps pulse)
{
    if (!on(&soc->uart[uart]) || pulse <= low_power_ps(soc, uart, 2)) {
        return false;
    }
    return soc_uart_receive(soc, uart, byte);
}
