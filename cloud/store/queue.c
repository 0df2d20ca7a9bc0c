/* The store thread: see queue.h. */
#include "cloud/store/queue.h"

#include <stdlib.h>

#include "cloud/base/journal.h"
#include "cloud/base/memory.h"

#define QUEUE_LIMIT 4096
#define GROUP_LIMIT 256

struct job_list {
    struct store_job *first;
    struct store_job **end;
};

struct store_queue {
    struct store *store;
    uv_thread_t thread;
    uv_mutex_t mutex;
    uv_cond_t wake;
    uv_async_t finished_event;
    struct job_list waiting, finished; /* under the mutex */
    unsigned pending;                  /* loop thread only */
    bool stopping;                     /* under the mutex */
    _Atomic uint64_t changes;
};

static void list_init(struct job_list *list)
{
    list->first = NULL;
    list->end = &list->first;
}

static void list_add(struct job_list *list, struct store_job *job)
{
    job->next = NULL;
    *list->end = job;
    list->end = &job->next;
}

static struct store_job *list_take(struct job_list *list)
{
    struct store_job *job = list->first;
    if (job) {
        list->first = job->next;
        if (!list->first)
            list->end = &list->first;
    }
    return job;
}

static void end_job(struct store_queue *queue, struct store_job *job)
{
    bool keep = job->run(job, queue->store);
    if (!store_job_end(queue->store, keep))
        job->failed = true;
}

static bool group_is_quiet(const struct job_list *group)
{
    for (const struct store_job *job = group->first; job; job = job->next)
        if (!job->quiet)
            return false;
    return true;
}

static void run_group(struct store_queue *queue, struct job_list *group)
{
    bool begun = store_group_begin(queue->store);
    for (struct store_job *job = group->first; job; job = job->next) {
        bool ready = begun && store_job_begin(queue->store);
        job->failed = !ready;
        if (ready)
            end_job(queue, job);
    }
    if (begun && store_group_commit(queue->store))
        return;
    store_group_abort(queue->store);
    for (struct store_job *job = group->first; job; job = job->next)
        job->failed = true;
}

static bool take_group(struct store_queue *queue, struct job_list *group)
{
    list_init(group);
    uv_mutex_lock(&queue->mutex);
    while (!queue->waiting.first && !queue->stopping)
        uv_cond_wait(&queue->wake, &queue->mutex);
    for (int i = 0; i < GROUP_LIMIT && queue->waiting.first; i++)
        list_add(group, list_take(&queue->waiting));
    uv_mutex_unlock(&queue->mutex);
    return group->first != NULL;
}

static void thread_main(void *context)
{
    struct store_queue *queue = context;
    struct job_list group;
    while (take_group(queue, &group)) {
        run_group(queue, &group);
        if (!group_is_quiet(&group))
            queue->changes++;
        uv_mutex_lock(&queue->mutex);
        struct store_job *job;
        while ((job = list_take(&group)))
            list_add(&queue->finished, job);
        uv_mutex_unlock(&queue->mutex);
        uv_async_send(&queue->finished_event);
    }
}

static void report_finished(struct store_queue *queue)
{
    for (;;) {
        uv_mutex_lock(&queue->mutex);
        struct store_job *job = list_take(&queue->finished);
        uv_mutex_unlock(&queue->mutex);
        if (!job)
            return;
        queue->pending--;
        job->done(job, job->failed);
    }
}

static void on_finished(uv_async_t *event)
{
    report_finished(event->data);
}

struct store_queue *store_queue_start(uv_loop_t *loop, struct store *store)
{
    struct store_queue *queue = memory_new(sizeof *queue);
    queue->store = store;
    list_init(&queue->waiting);
    list_init(&queue->finished);
    queue->finished_event.data = queue;
    if (uv_mutex_init(&queue->mutex) != 0 || uv_cond_init(&queue->wake) != 0 ||
        uv_async_init(loop, &queue->finished_event, on_finished) != 0 ||
        uv_thread_create(&queue->thread, thread_main, queue) != 0) {
        journal(JOURNAL_ERROR, "store", "cannot start the store thread");
        abort();
    }
    return queue;
}

bool store_queue_submit(struct store_queue *queue, struct store_job *job, bool always)
{
    if (queue->pending >= QUEUE_LIMIT && !always)
        return false;
    queue->pending++;
    job->failed = false;
    uv_mutex_lock(&queue->mutex);
    list_add(&queue->waiting, job);
    uv_cond_signal(&queue->wake);
    uv_mutex_unlock(&queue->mutex);
    return true;
}

unsigned store_queue_pending(const struct store_queue *queue)
{
    return queue->pending;
}

uint64_t store_queue_changes(const struct store_queue *queue)
{
    return queue->changes;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void store_queue_stop(struct store_queue *queue)
{
    uv_mutex_lock(&queue->mutex);
    queue->stopping = true;
    uv_cond_signal(&queue->wake);
    uv_mutex_unlock(&queue->mutex);
    uv_thread_join(&queue->thread);
    report_finished(queue);
    uv_cond_destroy(&queue->wake);
    uv_mutex_destroy(&queue->mutex);
    uv_close((uv_handle_t *)&queue->finished_event, on_closed);
}
