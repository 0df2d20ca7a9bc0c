/* What the files of the timers share: tim.c counts, tim_output.c makes
 * references, pins and triggers of it, tim_input.c takes edges in, tim_registers.c is
 * what software sees.
 */
#ifndef SIM_SOC_TIM_H
#define SIM_SOC_TIM_H

#include "soc/soc_state.h"

#define CENTRE(cr1) (((cr1)&TIM_CR1_CMS_Msk) != 0) /* centre-aligned */

#define TIM_NO_REQUEST 0xFFu

enum tim_kind {
    TIM_BASIC,    /* TIM6, 7: counter only */
    TIM_GENERAL,  /* TIM2-5: four channels, all directions, slave */
    TIM_ADVANCED, /* TIM1, 8: and complementary outputs, break */
    TIM_TWO,      /* TIM15: two channels, up only, slave, one complementary output, break */
    TIM_ONE       /* TIM16, 17: one channel, up only, complementary output, break */
};

struct tim_facts {
    uint32_t max;
    uint8_t kind, channels;
    int irq_up, irq_cc, irq_trigger, irq_break;
    uint16_t clock_reg;
    uint8_t clock_bit;
    uint8_t dma_up, dma_cc, dma_trigger; /* GPDMA1 requests: update, first channel, trigger/COM */
};
extern const struct tim_facts tim_facts[TIM_COUNT];

/* Bits of a channel, from 0, in CCMR: capture/compare selection; 0 = output. */
unsigned tim_ccs(const struct soc_tim *t, unsigned channel);
bool tim_has_break(unsigned n);
bool tim_complementary(unsigned n, unsigned channel);

/* tim.c: brings the counter up to date; then, after a change, tells interrupts and arms. */
void tim_sync(struct soc *soc, unsigned n);
void tim_refresh(struct soc *soc, unsigned n);
/* One tick of an external clock, already selected, before the prescaler; `down` for encoders. */
void tim_external_tick(struct soc *soc, unsigned n);
/* Sets flags with their DMA requests. */
void tim_flag_cc(struct soc *soc, unsigned n, unsigned channel);
void tim_flag(struct soc *soc, unsigned n, uint32_t flag);
/* UG, or a trigger in reset mode: `by_software` sets UIF unless URS. */
void tim_reinitialise(struct soc *soc, unsigned n);
void tim_start(struct soc *soc, unsigned n);
/* Interrupt lines follow the flags. */
void tim_update_irq(struct soc *soc, unsigned n);
/* A debugger holds the core and DBGMCU stops this counter. */
bool tim_frozen(const struct soc *soc, unsigned n);

/* tim_output.c */
void tim_match(struct soc *soc, unsigned n, unsigned channel);
void tim_outputs(struct soc *soc, unsigned n);
bool tim_outputs_watched(const struct soc *soc, unsigned n, unsigned channel);
bool tim_trgo_watched(const struct soc *soc, unsigned n);
void tim_com(struct soc *soc, unsigned n);
enum tim_moment { TIM_RESET, TIM_ENABLE, TIM_UPDATE, TIM_COMPARE1 };
void tim_trgo_pulse(struct soc *soc, unsigned n, enum tim_moment moment);
void tim_break_follow(struct soc *soc, unsigned n);
void tim_break(struct soc *soc, unsigned n, uint32_t flag);
void tim_update_moe(struct soc *soc, unsigned n);
uint32_t tim_locked_bits(const struct soc_tim *t, uint32_t offset);
void tim_output_init(struct soc *soc, unsigned n);

/* tim_input.c */
unsigned tim_slave_mode(const struct soc_tim *t);
unsigned tim_trigger_source(const struct soc_tim *t);
bool tim_internal_clock(const struct soc_tim *t);
void tim_trigger(struct soc *soc, unsigned n, bool rising);
/* Timers whose ITR input another one's trigger output drives. */
void tim_master_edge(struct soc *soc, unsigned master, bool rising);
bool tim_has_slave(const struct soc *soc, unsigned master);
void tim_gate_follow(struct soc *soc, unsigned n);
void tim_filter_reset(struct soc *soc, unsigned n);
void tim_filter_init(struct soc *soc, unsigned n);

#endif
