/* The board's loop: lets the processor run up to the next event, skips virtual time while it
 * sleeps, and keeps pace with the wall clock when asked to.
 *
 * Unpaced runs are deterministic: the host's clock decides only when host descriptors are looked
 * at. Paced runs never get ahead of the wall clock; while nothing is to be done they wait in poll.
 */
#include "board/board_state.h"

#include <assert.h>

/* A paced board runs in strokes of this length, so that a busy serial line does not mean a wait per
 * byte; it is also the longest time for which the network is not looked at. */
#define STROKE_PS (2 * SIM_PS_PER_MS)
/* Bound on one stretch without looking at the host, unpaced. */
#define SLICE_PS          (50 * SIM_PS_PER_MS)
#define HOST_POLL_NS      UINT64_C(5000000)
#define LOCKDOWN_CHECK_PS SIM_PS_PER_S

static sim_ps min_ps(sim_ps a, sim_ps b)
{
    return a < b ? a : b;
}

static sim_ps max_ps(sim_ps a, sim_ps b)
{
    return a > b ? a : b;
}

void board_break(struct board *board)
{
    board->break_requested = 1;
    cpu_break(board->cpu);
    hostio_wake(&board->io);
}

/* The processor's clock stands: Stop, Standby, Shutdown. */
static bool clock_off(const struct board *board)
{
    return soc_off(board->soc) || (cpu_sleeping(board->cpu) && cpu_sleep_deep(board->cpu));
}

/* When a sleeping board can do something again. */
static sim_ps next_wake(const struct board *board)
{
    sim_ps event = sched_next(&board->sched);
    uint64_t cycles = cpu_cycles(board->cpu);
    uint64_t tick;

    if (clock_off(board) || board->locked_up)
        return event;
    tick = cpu_next_timer(board->cpu);
    if (tick == UINT64_MAX)
        return event;
    tick = tick > cycles ? tick - cycles : 0;
    return min_ps(event, soc_cpu_time(board->soc) + tick * soc_cycle_ps(board->soc));
}

/* Lets sleep pass until `when`, or until the first processor timer. */
static void skip_to(struct board *board, sim_ps when)
{
    uint64_t cycles = cpu_cycles(board->cpu);
    uint64_t tick = cpu_next_timer(board->cpu);

    if (!clock_off(board) && tick < soc_cycle_at(board->soc, when))
        cpu_skip_cycles(board->cpu, tick > cycles ? tick - cycles : 0);
    else
        soc_skip_to(board->soc, when);
    sched_advance(&board->sched, soc_cpu_time(board->soc));
    soc_service(board->soc);
    board->asleep = false; /* what fired may have woken the processor: it gets a try */
}

/* Every instruction takes at least a cycle, so this does not run past the instruction limit. */
static uint64_t limit_cycle(const struct board *board, uint64_t now, uint64_t cycle)
{
    uint64_t done = cpu_instructions(board->cpu);
    uint64_t left = board->instruction_limit > done ? board->instruction_limit - done : 0;

    if (board->instruction_limit == 0)
        return cycle;
    return left < cycle - now ? now + left : cycle;
}

/* Runs up to the next event or `horizon`, then lets events and requests take effect. */
static enum cpu_stop run_once(struct board *board, sim_ps horizon)
{
    sim_ps limit = min_ps(sched_next(&board->sched), horizon);
    uint64_t before = cpu_cycles(board->cpu);
    enum cpu_stop stop =
        cpu_run(board->cpu, limit_cycle(board, before, soc_cycle_at(board->soc, limit)));

    sched_advance(&board->sched, soc_cpu_time(board->soc));
    /* Only a try that gets nowhere counts as sleep: another may have met an event. */
    board->asleep =
        (stop == CPU_STOP_SLEEP || stop == CPU_STOP_LOCKUP) && cpu_cycles(board->cpu) == before;
    if (soc_service(board->soc))
        board->asleep = false;
    return stop;
}

/* Lets the processor run, and finds out at once whether it fell asleep. */
static enum cpu_stop run_processor(struct board *board, sim_ps horizon)
{
    enum cpu_stop stop = CPU_STOP_SLEEP;

    board->asleep = soc_off(board->soc);
    for (unsigned i = 0; i < 2 && !board->asleep && stop == CPU_STOP_SLEEP; i++) {
        stop = run_once(board, horizon);
        board->asleep |= soc_off(board->soc);
    }
    return stop;
}

/* Unpaced: a look at the host from time to time; for ever if the board has nothing left to do. */
static void look_at_host(struct board *board, bool wait)
{
    uint64_t now = hostio_now_ns();

    if (!wait && now - board->host_polled_ns < HOST_POLL_NS)
        return;
    board->host_polled_ns = now;
    uart_log_flush(&board->uarts);
    hostio_wait(&board->io, wait ? HOSTIO_FOREVER : 0);
    hostio_dispatch(&board->io);
}

static sim_ps unpaced_horizon(struct board *board, sim_ps until)
{
    sim_ps now = soc_cpu_time(board->soc);

    if (board->asleep) {
        sim_ps wake = min_ps(next_wake(board), until);

        look_at_host(board, wake == SIM_NEVER);
        if (wake != SIM_NEVER)
            skip_to(board, wake);
        now = soc_cpu_time(board->soc);
    } else {
        look_at_host(board, false);
    }
    return min_ps(until, now + SLICE_PS);
}

/* Paced: waits until the wall clock has reached the next thing to do, looks at the host, and
 * allows the processor to catch up with the wall clock. */
static sim_ps paced_horizon(struct board *board, sim_ps until)
{
    sim_ps now = soc_cpu_time(board->soc);
    sim_ps next = now;
    sim_ps next_look;
    sim_ps reached;
    uint64_t wait_ns;

    if (board->asleep)
        next = max_ps(now, min_ps(next_wake(board), until));
    uart_log_flush(&board->uarts);
    if (next == SIM_NEVER) {
        wait_ns = HOSTIO_FOREVER;
    } else {
        next_look = max_ps(next, min_ps(until, now + STROKE_PS));
        wait_ns = pace_wait_ns(&board->pace, now, next_look, hostio_now_ns());
    }
    hostio_wait(&board->io, wait_ns);
    reached = pace_limit(&board->pace, now, hostio_now_ns());
    /* What the host has for us happens now, not when the board fell asleep. */
    if (board->asleep && reached > now)
        skip_to(board, min_ps(next, reached));
    hostio_dispatch(&board->io);
    now = soc_cpu_time(board->soc);
    return min_ps(until, min_ps(now + STROKE_PS, reached));
}

static void look_for_lockdown(struct board *board)
{
    if (board->sched.now < board->lockdown_check)
        return;
    board->lockdown_check = board->sched.now + LOCKDOWN_CHECK_PS;
    board_check_lockdown(board);
}

/* Does the caller of board_run have to be told something? */
static bool must_stop(struct board *board, enum cpu_stop reason, enum board_stop *stop)
{
    if (board->break_requested) {
        board->break_requested = 0;
        *stop = BOARD_STOP_BREAK;
        return true;
    }
    if (board->instruction_limit != 0 && cpu_instructions(board->cpu) >= board->instruction_limit) {
        *stop = BOARD_STOP_BREAK;
        return true;
    }
    if (reason == CPU_STOP_BREAKPOINT) {
        *stop = BOARD_STOP_BREAKPOINT;
        return true;
    }
    if (board->locked_up && !board->lockup_told && board->config.stop_on_lockup) {
        board->lockup_told = true;
        *stop = BOARD_STOP_LOCKUP;
        return true;
    }
    return false;
}

/* One turn: a look at the host, then everything up to the horizon that it allows. True with *stop
 * set if the caller has to be told something. */
static bool turn(struct board *board, sim_ps until, enum board_stop *stop)
{
    sim_ps horizon = board->paced ? paced_horizon(board, until) : unpaced_horizon(board, until);

    look_for_lockdown(board);
    if (must_stop(board, CPU_STOP_LIMIT, stop))
        return true;
    while (soc_cpu_time(board->soc) < horizon) {
        if (must_stop(board, run_processor(board, horizon), stop))
            return true;
        if (!board->asleep)
            continue;
        if (next_wake(board) >= horizon)
            break;
        skip_to(board, next_wake(board));
    }
    return false;
}

enum board_stop board_run(struct board *board, sim_ps until)
{
    enum board_stop stop = BOARD_STOP_TIME;

    soc_service(board->soc);
    while (soc_cpu_time(board->soc) < until) {
        if (turn(board, until, &stop))
            break;
    }
    board_check_lockdown(board);
    uart_log_flush(&board->uarts);
    return stop;
}

void board_settle(struct board *board)
{
    soc_service(board->soc);
    /* A break requested before takes one try. */
    for (unsigned i = 0; i < 2 && !soc_off(board->soc); i++) {
        if (cpu_run(board->cpu, cpu_cycles(board->cpu)) != CPU_STOP_BREAK)
            break;
    }
}

/* Sleep between two steps passes at once, however long: whoever single-steps has stopped time. */
#define STEP_TRIES 64

enum board_stop board_step(struct board *board)
{
    uint64_t before = cpu_instructions(board->cpu);

    soc_service(board->soc);
    for (unsigned i = 0; i < STEP_TRIES && cpu_instructions(board->cpu) == before; i++) {
        enum cpu_stop stop = soc_off(board->soc) ? CPU_STOP_SLEEP : cpu_step(board->cpu);

        sched_advance(&board->sched, soc_cpu_time(board->soc));
        soc_service(board->soc);
        if (stop == CPU_STOP_SLEEP && next_wake(board) != SIM_NEVER)
            skip_to(board, next_wake(board));
        else
            break;
    }
    board->asleep = false;
    return BOARD_STOP_BREAKPOINT;
}
