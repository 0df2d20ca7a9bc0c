/* Reading of messages in steps: copy the structure that is the argument, check the application's
 * pointers, look at the oldest message, decode its first words, then what the kind of response
 * does: copy bytes out, write the numbers, consume the message. What comes from the receive buffer
 * is checked against the message's bounds, which the kernel knows from when it arrived. */
#ifndef KERNEL_CHANNELS_RESPONSE_H
#define KERNEL_CHANNELS_RESPONSE_H

#include "kernel/channels/job.h"

struct response {
    enum MvChannelType channel;
    uint8_t size;    /* of the structure that is the second argument, copied to job.copy; 0: none */
    uint8_t message; /* enum channel_type that the oldest message must have; 0: any */
    uint8_t checks;  /* items before the message is looked at: they check pointers */
    uint8_t words;   /* of the message's body, decoded to job.words */
    /* Does item 0, 1, …: JOB_AGAIN (bytes to copy may be left in the job), JOB_DONE or an error. */
    enum MvStatus (*next)(struct job *job, uint32_t item);
};

/* job_step of all of them; kind is a struct response. */
enum MvStatus response_step(struct job *job, const void *kind);

/* For next(): JOB_AGAIN or PARAMETERFAULT. */
enum MvStatus response_check_buffer(const struct job *job, uint32_t address, uint32_t size);
/* The same for the bytes and the length of a buffer that is the application's. */
enum MvStatus response_check_sized(const struct job *job, const struct MvSizedStringBuffer *buffer);
bool response_may_write_word(const void *to);
/* Leaves bytes of the message's body in the job for copying. */
void response_copy(struct job *job, uint32_t offset, uint32_t length, uint8_t *to);
/* Writes a word to the application; was checked. */
void response_word(void *to, uint32_t word);

#define RESPONSE_CALL(kind, handle, params)                                                        \
    job_run(response_step, kind, handle, JOB_WORD(params), 0, 0)

#endif
