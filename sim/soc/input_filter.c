/* Digital filters of timer inputs: a level passes when so many samples in a row have seen it. What
 * lasts shorter leaves no trace.
 */
#include "soc/soc_state.h"

bool soc_filter_edge(struct soc *soc, struct soc_filter *filter, bool level, sim_ps delay)
{
    if (delay == 0 || level == filter->level) {
        sched_cancel(soc->sched, &filter->settles.event);
    } else if (filter->settles.event.due == SIM_NEVER) {
        soc_after(soc, &filter->settles, delay);
    }
    if (delay == 0) {
        filter->level = level;
    }
    return delay == 0;
}

bool soc_filter_passed(struct soc_filter *filter)
{
    filter->level = !filter->level;
    return filter->level;
}
