/* Calls that take more than a few instructions: a job, done in steps of some hundred.
 *
 * Such a call is made again from the same place until its job is done (calls_wait), so the
 * application's interrupts are taken and its tasks switch between two steps. The first time only
 * finds it a place. There are a few jobs;
 * when more tasks call, the job that was not asked for longest loses its place and begins again
 * when its call is next made: nothing of a request counts before its last step, and reading ends
 * with writing the results. So no task ever waits for another one. A step finds its channel anew,
 * and begins again if messages have come or gone by other calls (channel.turn), or if it writes a
 * message and another job has begun to write one to the same channel (channel.writer).
 */
#ifndef KERNEL_CHANNELS_JOB_H
#define KERNEL_CHANNELS_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/mv_syscalls.h"
#include "kernel/calls/calls.h"
#include "kernel/channels/channel.h"

/* What a step may answer besides the status of the call. */
#define JOB_AGAIN ((enum MvStatus)0xFFFFFFFEu)
#define JOB_DONE  ((enum MvStatus)0xFFFFFFFDu) /* of a table's functions: no more to do */

#define JOB_CHUNK_BYTES 64u /* copied in one step */

struct job;
typedef enum MvStatus (*job_step)(struct job *job, const void *kind);

/* Whose call, and which. */
struct job_call {
    job_step step;
    const void *kind;
    uint32_t argument[4];
    struct calls_caller caller;
};

struct job {
    struct job_call call;
    uint32_t looked_us; /* when its caller last asked */
    /* How far it is. */
    struct channel *channel; /* as found by this step */
    uint8_t turn;
    bool writes;    /* it has begun to write a message to the channel */
    bool copied;    /* the parameters are in copy */
    uint32_t item;  /* next one to do */
    uint8_t *place; /* bytes to copy, in the application's memory; were checked */
    uint32_t left, at;
    uint32_t written; /* of a request */
    union {
        struct MvOpenChannelParams open;
        struct MvNotificationSetup notifications;
        struct MvRequestNetworkParams network;
        struct MvOpenSystemNotificationParams system;
        struct MvWifiConfig wifi;
        struct MvWifiConfigOut wifi_out;
        struct MvHttpRequest http;
        struct MvConfigKeyFetchParams config;
        struct MvConfigResponseReadItemParams item;
        struct MvMqttSubscribeRequest subscribe;
        struct MvMqttUnsubscribeRequest unsubscribe;
        struct MvMqttPublishRequest publish;
        struct {
            struct MvMqttConnectRequest request;
            struct MvTlsCredentials tls;
            struct MvMqttWill will;
        } connect;
        struct MvMqttMessage message;
        struct MvMqttLostMessageInfo lost;
        struct MvMqttSubscribeResponse codes; /* unsubscribing has the same structure */
    } copy;
    /* Decoded from a message. */
    struct channel_front front;
    uint32_t words[4];
};

/* The whole of a call with such a job: the handlers return what this returns. */
enum MvStatus job_run(job_step step, const void *kind, uint32_t a, uint32_t b, uint32_t c,
                      uint32_t d);
/* The same for calls that interrupt handlers may make too. */
enum MvStatus job_run_anywhere(job_step step, const void *kind, uint32_t a, uint32_t b, uint32_t c,
                               uint32_t d);
void job_reset(void);

/* For steps: the job's channel by its first argument; begins again if it has changed. */
enum MvStatus job_channel(struct job *job, enum MvChannelType type);
/* A step of its own: the call's parameters, at its second argument. */
enum MvStatus job_copy_params(struct job *job, uint32_t size);
/* From now on the job writes behind what waits in its channel's send buffer. */
void job_writes(struct job *job);
/* Copies the next chunk of what is left between the application and a ring: `at` counts from the
 * end of what is in it, or from its beginning. */
void job_copy_in(struct job *job, const struct lent *to);
void job_copy_out(struct job *job, const struct lent *from);

/* For calls without a job: UNAVAILABLE in handlers, INVALIDHANDLE if there is no such channel. */
enum MvStatus job_find(MvChannelHandle handle, enum MvChannelType type, struct channel **channel);

#define JOB_WORD(pointer) ((uint32_t)(uintptr_t)(pointer))

#endif
