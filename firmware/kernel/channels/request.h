/* Requests: a structure of the application with all that it points to, written in steps as one
 * message behind what waits in the send buffer. It counts, and the work thread sees it, once the
 * last step has written its header.
 *
 * Every structure is copied once and every pointer checked for reading before its bytes are copied;
 * bytes that the application changes meanwhile are its own affair. A bad pointer in a structure
 * that is the argument is a PARAMETERFAULT, one in an array that it points to a LATEFAULT: the
 * channel then has failed. */
#ifndef KERNEL_CHANNELS_REQUEST_H
#define KERNEL_CHANNELS_REQUEST_H

#include "kernel/channels/job.h"

struct request {
    enum MvChannelType channel;
    uint8_t message; /* enum channel_type of formats/channel.h */
    bool once;       /* REQUESTALREADYSENT the second time */
    uint8_t size;    /* of the structure that is the second argument, copied to job.copy */
    /* May a request of this kind be sent now? OKAY or RATELIMITED. */
    enum MvStatus (*allowed)(const struct channel *channel);
    /* Puts item 0, 1, …: JOB_AGAIN, JOB_DONE (there is no such item) or an error. */
    enum MvStatus (*put)(struct job *job, uint32_t item);
    /* It counts now. */
    void (*sent)(struct channel *channel);
    enum MvStatus too_long; /* the message would not even fit an empty send buffer */
};

/* job_step of all requests; kind is a struct request. */
enum MvStatus request_step(struct job *job, const void *kind);

/* For put(): bytes in secure memory, at most 16. */
enum MvStatus request_put(struct job *job, const void *bytes, uint32_t count);
/* A string with its length in front, or bare; `fault` is the status for a bad pointer. */
enum MvStatus request_string(struct job *job, const struct MvSizedString *string,
                             enum MvStatus fault);
enum MvStatus request_bytes(struct job *job, const struct MvSizedString *string,
                            enum MvStatus fault);
/* Element `index` of an array of the application; `fault` as above. */
enum MvStatus request_element(void *to, const void *array, uint32_t index, uint32_t size,
                              enum MvStatus fault);

#define REQUEST_CALL(kind, handle, request)                                                        \
    job_run(request_step, kind, handle, JOB_WORD(request), 0, 0)

#endif
