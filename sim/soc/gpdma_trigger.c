/* Triggers of GPDMA1 and LPDMA1: which events there are, and what a hit means to a channel that
 * waits (RM0456 17.4.11, tables of programmed triggers).
 *
 * One hit is remembered while the channel cannot use it; another one meanwhile is an overrun.
 */
#include "soc/soc_state.h"

#define NONE       0xFFu
#define GPDMA_TC   22u /* trigger number of GPDMA1's channel 0, then of the others */
#define GPDMA_LPTC 38u /* and of LPDMA1's at GPDMA1 */
#define LPDMA_TC   18u /* of LPDMA1's own channels at LPDMA1 */

/* Numbers at GPDMA1 and at LPDMA1. */
static const uint8_t numbers[DMA_SOURCES][2] = {
    [DMA_BY_EXTI0] = {0, 0},          [DMA_BY_EXTI1] = {1, 1},
    [DMA_BY_EXTI2] = {2, 2},          [DMA_BY_EXTI3] = {3, 3},
    [DMA_BY_EXTI4] = {4, 4},          [DMA_BY_EXTI5] = {5, NONE},
    [DMA_BY_EXTI6] = {6, NONE},       [DMA_BY_EXTI7] = {7, NONE},
    [DMA_BY_TAMP1] = {8, 5},          [DMA_BY_TAMP2] = {9, 6},
    [DMA_BY_TAMP3] = {10, 7},         [DMA_BY_LPTIM1_CH1] = {11, 8},
    [DMA_BY_LPTIM1_CH2] = {12, 9},    [DMA_BY_LPTIM2_CH1] = {13, NONE},
    [DMA_BY_LPTIM2_CH2] = {14, NONE}, [DMA_BY_LPTIM3_CH1] = {NONE, 10},
    [DMA_BY_LPTIM4_OUT] = {15, 11},   [DMA_BY_RTC_ALARM_A] = {18, 14},
    [DMA_BY_RTC_ALARM_B] = {19, 15},  [DMA_BY_RTC_WAKEUP] = {20, 16},
    [DMA_BY_TIM2_TRGO] = {42, 30},    [DMA_BY_TIM15_TRGO] = {43, 31},
};
/* GPDMA1's channels that LPDMA1 knows, from number 22 on. */
static const uint8_t lpdma_foreign[8] = {0, 1, 4, 5, 6, 7, 12, 13};

static unsigned polarity(const struct soc_dma_channel *c)
{
    return (c->tr2 & DMA_CTR2_TRIGPOL_Msk) >> DMA_CTR2_TRIGPOL_Pos;
}

bool soc_dma_triggered(const struct soc_dma_channel *c)
{
    return polarity(c) == 1 || polarity(c) == 2;
}

static bool selects(const struct soc_dma_channel *c, unsigned number)
{
    return (c->cr & DMA_CCR_EN_Msk) && soc_dma_triggered(c) &&
           (c->tr2 & DMA_CTR2_TRIGSEL_Msk) >> DMA_CTR2_TRIGSEL_Pos == number;
}

static void edge(struct soc *soc, unsigned dma, unsigned number, bool rising)
{
    uint32_t running = soc->dma[dma].running;

    for (; running != 0; running &= running - 1) {
        unsigned channel = (unsigned)__builtin_ctz(running);
        struct soc_dma_channel *c = &soc->dma[dma].channel[channel];

        if (!selects(c, number) || (polarity(c) == 1) != rising) {
            continue;
        }
        if (c->hit) {
            soc_dma_overrun(soc, dma, channel);
        }
        c->hit = true;
        soc_dma_continue(soc, dma, channel);
    }
}

void soc_dma_event(struct soc *soc, enum soc_dma_source source, bool rising)
{
    for (unsigned dma = 0; dma < 2; dma++) {
        if (soc->dma[dma].running != 0 && numbers[source][dma] != NONE) {
            edge(soc, dma, numbers[source][dma], rising);
        }
    }
}

bool soc_dma_waits(const struct soc *soc, enum soc_dma_source source)
{
    for (unsigned dma = 0; dma < 2; dma++) {
        uint32_t running = soc->dma[dma].running;

        for (; running != 0; running &= running - 1) {
            if (numbers[source][dma] != NONE &&
                selects(&soc->dma[dma].channel[__builtin_ctz(running)], numbers[source][dma])) {
                return true;
            }
        }
    }
    return false;
}

/* A channel has completed a transfer: others may wait for that. */
void soc_dma_completed(struct soc *soc, unsigned dma, unsigned channel)
{
    if (dma == 0) {
        edge(soc, 0, GPDMA_TC + channel, true);
        edge(soc, 0, GPDMA_TC + channel, false);
        for (unsigned i = 0; i < sizeof lpdma_foreign; i++) {
            if (lpdma_foreign[i] == channel) {
                edge(soc, 1, 22 + i, true);
                edge(soc, 1, 22 + i, false);
            }
        }
    } else {
        edge(soc, 0, GPDMA_LPTC + channel, true);
        edge(soc, 0, GPDMA_LPTC + channel, false);
        edge(soc, 1, LPDMA_TC + channel, true);
        edge(soc, 1, LPDMA_TC + channel, false);
    }
}
