/* Tamper inputs: edges and levels, the sampling filter, and active tampers whose input must follow
 * a pseudo-random output (RM0456 64.3.8-64.3.10).
 *
 * An input that the bench does not drive is taken as joined to its active output; driving it breaks
 * the mesh.
 */
#include "soc/soc_state.h"

#define INPUTS        8u
#define AT(port, pin) ((uint8_t)((port)*16 + (pin)))
enum { A, B, C, D, E };
static const uint8_t inputs[INPUTS] = {AT(C, 13), AT(A, 0), AT(E, 6), AT(C, 5),
                                       AT(A, 1),  AT(E, 3), AT(E, 4), AT(E, 5)};

static unsigned samples(const struct soc_tamp *tamp)
{
    return 1u << ((tamp->fltcr & TAMP_FLTCR_TAMPFLT_Msk) >> TAMP_FLTCR_TAMPFLT_Pos);
}

static bool filtered(const struct soc_tamp *tamp)
{
    return (tamp->fltcr & TAMP_FLTCR_TAMPFLT_Msk) != 0;
}

static bool is_active_mode(const struct soc_tamp *tamp, unsigned input)
{
    return (tamp->atcr1 >> input) & 1u;
}

static bool enabled(const struct soc_tamp *tamp, unsigned input)
{
    return (tamp->cr1 >> input) & 1u;
}

/* TAMPxTRG: without filter 0 is a rising edge or high level; with filter 0 is "stays low". */
static bool level_is_tamper(const struct soc_tamp *tamp, unsigned input, bool level)
{
    bool inverted = (tamp->cr2 >> (TAMP_CR2_TAMP1TRG_Pos + input)) & 1u;

    return level != (inverted != filtered(tamp));
}

static sim_ps filter_time(const struct soc *soc)
{
    uint32_t frequency = soc->tamp.fltcr & TAMP_FLTCR_TAMPFREQ_Msk;
    uint64_t period = UINT64_C(32768) >> frequency; /* RTCCLK pulses between samples */

    return soc_periods_ps(period * samples(&soc->tamp), soc_rtc_clock_hz(soc));
}

static void check(struct soc *soc, unsigned input)
{
    struct soc_tamp *tamp = &soc->tamp;
    bool level = (tamp->pins >> input) & 1u;

    sched_cancel(soc->sched, &tamp->filter[input].event);
    if (!enabled(tamp, input) || is_active_mode(tamp, input) ||
        !level_is_tamper(tamp, input, level)) {
        return;
    }
    if (filtered(tamp)) {
        soc_after(soc, &tamp->filter[input], filter_time(soc));
    } else {
        soc_tamp_event(soc, input);
    }
}

static void filter_fire(void *context)
{
    struct soc_event *event = context;

    soc_tamp_event(event->soc, event->instance); /* the level was the same at every sample */
}

void soc_tamp_pin(struct soc *soc, unsigned port, unsigned pin, bool level)
{
    for (unsigned input = 0; input < INPUTS; input++) {
        bool before = (soc->tamp.pins >> input) & 1u;

        if (inputs[input] == AT(port, pin) && before != level) {
            soc->tamp.pins = (uint8_t)(soc->tamp.pins ^ (1u << input));
            check(soc, input);
        }
    }
}

/* ---- Active tampers ---- */

static uint8_t active_inputs(const struct soc_tamp *tamp)
{
    return (uint8_t)(tamp->atcr1 & tamp->cr1 & 0xFFu);
}

/* Four seed words start the generator; software reads its state in ATOR. */
void soc_tamp_seed(struct soc *soc, uint32_t value)
{
    struct soc_tamp *tamp = &soc->tamp;

    tamp->seed[tamp->seeds % 4] = value;
    if (tamp->seeds < 4) {
        tamp->seeds++;
    }
    tamp->prng ^= (uint8_t)(value ^ value >> 8 ^ value >> 16 ^ value >> 24);
}

uint32_t soc_tamp_ator(const struct soc *soc)
{
    return soc->tamp.prng | (soc->tamp.seeds == 4 ? TAMP_ATOR_INITS_Msk : 0);
}

static void active_start(struct soc *soc)
{
    struct soc_tamp *tamp = &soc->tamp;
    uint32_t clock = (tamp->atcr1 & TAMP_ATCR1_ATCKSEL_Msk) >> TAMP_ATCR1_ATCKSEL_Pos;
    uint32_t period = (tamp->atcr1 & TAMP_ATCR1_ATPER_Msk) >> TAMP_ATCR1_ATPER_Pos;

    if (active_inputs(tamp) != 0) {
        soc_after(soc, &tamp->active,
                  soc_periods_ps((UINT64_C(1) << clock) << period, soc_rtc_clock_hz(soc)));
    } else {
        sched_cancel(soc->sched, &tamp->active.event);
    }
}

/* A new output value, and a look at what came back. */
static void active_fire(void *context)
{
    struct soc *soc = ((struct soc_event *)context)->soc;
    struct soc_tamp *tamp = &soc->tamp;
    uint8_t watched = active_inputs(tamp);

    tamp->prng =
        (uint8_t)(tamp->prng << 1 |
                  ((tamp->prng >> 7 ^ tamp->prng >> 5 ^ tamp->prng >> 4 ^ tamp->prng >> 3 ^ 1u) &
                   1u));
    for (unsigned input = 0; input < INPUTS; input++) {
        unsigned port = inputs[input] / 16, pin = inputs[input] % 16;
        bool driven = (soc->gpio[port].driven >> pin) & 1u;
        bool output = (tamp->prng >> input) & 1u;
        bool level = (soc->gpio[port].driven_level >> pin) & 1u;

        if (((watched >> input) & 1u) && !((tamp->sr >> input) & 1u) && driven && level != output) {
            soc_tamp_event(soc, input);
        }
    }
    active_start(soc);
}

/* CR1, CR2, FLTCR or ATCR changed: levels that are already wrong count when an input is enabled. */
void soc_tamp_config(struct soc *soc, uint32_t enabled_before)
{
    for (unsigned input = 0; input < INPUTS; input++) {
        if (((soc->tamp.cr1 & ~enabled_before) >> input) & 1u) {
            check(soc, input);
        } else if (!enabled(&soc->tamp, input)) {
            sched_cancel(soc->sched, &soc->tamp.filter[input].event);
        }
    }
    if (active_inputs(&soc->tamp) != 0 && soc->tamp.active.event.due == SIM_NEVER) {
        active_start(soc);
    }
}

void soc_tamp_stop(struct soc *soc)
{
    for (unsigned input = 0; input < INPUTS; input++) {
        sched_cancel(soc->sched, &soc->tamp.filter[input].event);
    }
    sched_cancel(soc->sched, &soc->tamp.active.event);
}

void soc_tamp_init(struct soc *soc)
{
    for (unsigned input = 0; input < INPUTS; input++) {
        soc_event_init(&soc->tamp.filter[input], soc, input, filter_fire);
    }
    soc_event_init(&soc->tamp.active, soc, 0, active_fire);
}
