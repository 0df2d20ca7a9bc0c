/*
 * The store thread: jobs from the event loop run one after another beside the loop and report back
 * on it. All jobs that wait are committed as one group, so many clients share one disk flush, and
 * no job's end is reported before its writes are durable.
 */
#ifndef CLOUD_STORE_QUEUE_H
#define CLOUD_STORE_QUEUE_H

#include <stdbool.h>

#include <uv.h>

#include "cloud/store/store.h"

struct store_queue;

struct store_job {
    /* Store thread. False: undo this job's writes (its end is reported with kept = false). */
    bool (*run)(struct store_job *job, struct store *store);
    /* Loop thread. failed: the commit itself failed, nothing of this job may be acknowledged. */
    void (*done)(struct store_job *job, bool failed);
    bool quiet;             /* it changes nothing that store_queue_changes() is about */
    struct store_job *next; /* the queue's */
    bool failed;            /* the queue's */
};

/* Starts the thread. The queue uses the store until it is stopped. */
struct store_queue *store_queue_start(uv_loop_t *loop, struct store *store);

/*
 * Hands a job over; it must stay in place until done() is called. False if too many wait: try
 * later. Jobs that must not fail (closing a session) pass the limit with `always`.
 */
bool store_queue_submit(struct store_queue *queue, struct store_job *job, bool always);

/* Number of jobs handed over and not yet done. Loop thread. */
unsigned store_queue_pending(const struct store_queue *queue);

/*
 * Grows with every group of jobs that were not all quiet, after the commit and before the first of
 * them reports its end. What was read while the number was N is as the store has it as long as the
 * number is N. Any thread.
 */
uint64_t store_queue_changes(const struct store_queue *queue);

/* Runs what waits, ends the thread, calls the last done() functions and frees the queue. The loop
 * must be run once more for its handle to close. */
void store_queue_stop(struct store_queue *queue);

#endif
