/* MQTT, from the cloud's client to the application: messages in the order of their arrival. A call
 * for another type than the oldest one's answers WRONGDATAREQUESTED; one whose buffers are too
 * small answers INVALIDBUFFERSIZE, writes the lengths that it takes, and leaves the message. */
#include <string.h>

#include "formats/channel.h"
#include "kernel/calls/handlers.h"
#include "kernel/channels/response.h"

enum MvStatus call_mvMqttGetNextReadableDataType(MvChannelHandle handle,
                                                 enum MvMqttReadableDataType *data_type)
{
    struct channel *channel;
    struct channel_front front = {CHANNEL_MQTT_MESSAGE - 1, 0};
    enum MvStatus status = job_find(handle, MV_CHANNELTYPE_MQTT, &channel);
    if (status == MV_STATUS_UNAVAILABLE) {
        return status;
    }
    if (!calls_may_write(data_type, sizeof *data_type)) {
        return MV_STATUS_PARAMETERFAULT;
    }
    if (status == MV_STATUS_OKAY) {
        status = channel_front(channel, &front);
    }
    if (status == MV_STATUS_OKAY || status == MV_STATUS_RESPONSENOTPRESENT) {
        response_word(data_type, front.type - (CHANNEL_MQTT_MESSAGE - 1u));
        return MV_STATUS_OKAY;
    }
    return status;
}

/* ---- Answers of a few words: written as they stand ---- */

_Static_assert(sizeof(struct MvMqttConnectResponse) == 2 * sizeof(uint32_t), "as in the message");
_Static_assert(sizeof(struct MvMqttDisconnectResponse) == 2 * sizeof(uint32_t), "the same");
_Static_assert(sizeof(struct MvMqttPublishResponse) == 3 * sizeof(uint32_t), "the same");

static enum MvStatus next_of_words(struct job *job, uint32_t item)
{
    uint32_t bytes = ((const struct response *)job->call.kind)->words * sizeof *job->words;
    if (item == 0) {
        return response_check_buffer(job, job->call.argument[1], bytes);
    }
    memcpy((void *)(uintptr_t)job->call.argument[1], job->words, bytes);
    channel_consume(job->channel, &job->front);
    return JOB_DONE;
}

#define WORDS_RESPONSE(type, count)                                                                \
    {                                                                                              \
        .channel = MV_CHANNELTYPE_MQTT, .message = (type), .checks = 1, .words = (count),          \
        .next = next_of_words                                                                      \
    }
static const struct response connected = WORDS_RESPONSE(CHANNEL_MQTT_CONNECTED, 2);
static const struct response disconnected = WORDS_RESPONSE(CHANNEL_MQTT_DISCONNECTED, 2);
static const struct response published = WORDS_RESPONSE(CHANNEL_MQTT_PUBLISHED, 3);

enum MvStatus call_mvMqttReadConnectResponse(MvChannelHandle handle,
                                             struct MvMqttConnectResponse *response_data)
{
    return RESPONSE_CALL(&connected, handle, response_data);
}

enum MvStatus call_mvMqttReadDisconnectResponse(MvChannelHandle handle,
                                                struct MvMqttDisconnectResponse *response_data)
{
    return RESPONSE_CALL(&disconnected, handle, response_data);
}

enum MvStatus call_mvMqttReadPublishResponse(MvChannelHandle handle,
                                             struct MvMqttPublishResponse *response_data)
{
    return RESPONSE_CALL(&published, handle, response_data);
}

/* ---- Codes of a subscribe or unsubscribe ---- */

_Static_assert(sizeof(struct MvMqttSubscribeResponse) == sizeof(struct MvMqttUnsubscribeResponse),
               "one code for both");

/* reason_codes_size is the size in bytes, or, as applications have it, the number of elements. A
 * number that holds all codes in either reading is enough, but the memory must be there. */
static enum MvStatus begin_codes(struct job *job)
{
    const struct MvMqttSubscribeResponse *out = &job->copy.codes;
    uint32_t count = job->words[2] >> 16;
    if (count > CHANNEL_MQTT_TOPICS_MAX ||
        count > job->front.body_bytes - CHANNEL_MQTT_CODES_FIXED) {
        channel_fail(job->channel);
        return MV_STATUS_CHANNELCLOSED;
    }
    job->words[2] = count;
    if (count > out->reason_codes_size) {
        response_word(out->reason_codes_len, count);
        return MV_STATUS_INVALIDBUFFERSIZE;
    }
    return response_check_buffer(job, JOB_WORD(out->reason_codes), count * sizeof(uint32_t));
}

static enum MvStatus write_codes(struct job *job)
{
    const struct MvMqttSubscribeResponse *out = &job->copy.codes;
    uint8_t codes[CHANNEL_MQTT_TOPICS_MAX];
    uint32_t count = job->words[2];
    lent_get(&job->channel->receive, CHANNEL_HEADER_BYTES + CHANNEL_MQTT_CODES_FIXED, codes, count);
    for (uint32_t i = 0; i < count; i++) {
        response_word(out->reason_codes + i, codes[i]);
    }
    response_word(out->request_state, job->words[0]);
    response_word(out->correlation_id, job->words[1]);
    response_word(out->reason_codes_len, count);
    channel_consume(job->channel, &job->front);
    return JOB_DONE;
}

static enum MvStatus next_of_codes(struct job *job, uint32_t item)
{
    const struct MvMqttSubscribeResponse *out = &job->copy.codes;
    bool good;
    switch (item) {
    case 0:
        good = response_may_write_word(out->request_state) &&
               response_may_write_word(out->correlation_id);
        return good ? JOB_AGAIN : MV_STATUS_PARAMETERFAULT;
    case 1:
        good = response_may_write_word(out->reason_codes_len);
        return good ? JOB_AGAIN : MV_STATUS_PARAMETERFAULT;
    case 2:
        return begin_codes(job);
    default:
        return write_codes(job);
    }
}

#define CODES_RESPONSE(type)                                                                       \
    {                                                                                              \
        .channel = MV_CHANNELTYPE_MQTT, .size = sizeof(struct MvMqttSubscribeResponse),            \
        .message = (type), .checks = 2, .words = 3, .next = next_of_codes                          \
    }
static const struct response subscribed = CODES_RESPONSE(CHANNEL_MQTT_SUBSCRIBED);
static const struct response unsubscribed = CODES_RESPONSE(CHANNEL_MQTT_UNSUBSCRIBED);

enum MvStatus call_mvMqttReadSubscribeResponse(MvChannelHandle handle,
                                               const struct MvMqttSubscribeResponse *response_data)
{
    return RESPONSE_CALL(&subscribed, handle, response_data);
}

enum MvStatus
call_mvMqttReadUnsubscribeResponse(MvChannelHandle handle,
                                   const struct MvMqttUnsubscribeResponse *response_data)
{
    return RESPONSE_CALL(&unsubscribed, handle, response_data);
}

/* ---- Messages ---- */

/* words: correlation id, qos and retain, bytes of the topic, bytes of the payload. */
static enum MvStatus begin_message(struct job *job)
{
    const struct MvMqttMessage *out = &job->copy.message;
    uint32_t rest = job->front.body_bytes - CHANNEL_MQTT_MESSAGE_FIXED;
    uint32_t topic = job->words[1] & 0xFFFFu;
    if (topic > rest) {
        channel_fail(job->channel);
        return MV_STATUS_CHANNELCLOSED;
    }
    job->words[1] >>= 16;
    job->words[2] = topic;
    job->words[3] = rest - topic;
    if (topic > out->topic.size || rest - topic > out->payload.size) {
        response_word(out->topic.length, topic);
        response_word(out->payload.length, rest - topic);
        return MV_STATUS_INVALIDBUFFERSIZE;
    }
    response_copy(job, CHANNEL_MQTT_MESSAGE_FIXED, topic, out->topic.data);
    return JOB_AGAIN;
}

static enum MvStatus end_message(struct job *job)
{
    const struct MvMqttMessage *out = &job->copy.message;
    uint8_t retain = (uint8_t)job->words[1];
    response_word(out->topic.length, job->words[2]);
    response_word(out->payload.length, job->words[3]);
    response_word(out->correlation_id, job->words[0]);
    response_word(out->qos, job->words[1] >> 8);
    memcpy(out->retain, &retain, sizeof retain);
    channel_consume(job->channel, &job->front);
    return JOB_DONE;
}

static enum MvStatus next_of_message(struct job *job, uint32_t item)
{
    const struct MvMqttMessage *out = &job->copy.message;
    bool good;
    switch (item) {
    case 0:
        return response_check_sized(job, &out->topic);
    case 1:
        return response_check_sized(job, &out->payload);
    case 2:
        good = response_may_write_word(out->correlation_id) && response_may_write_word(out->qos);
        return good ? JOB_AGAIN : MV_STATUS_PARAMETERFAULT;
    case 3:
        good = calls_may_write(out->retain, sizeof *out->retain);
        return good ? JOB_AGAIN : MV_STATUS_PARAMETERFAULT;
    case 4:
        return begin_message(job);
    case 5:
        response_copy(job, CHANNEL_MQTT_MESSAGE_FIXED + job->words[2], job->words[3],
                      out->payload.data);
        return JOB_AGAIN;
    default:
        return end_message(job);
    }
}

static const struct response message = {
    .channel = MV_CHANNELTYPE_MQTT,
    .size = sizeof(struct MvMqttMessage),
    .message = CHANNEL_MQTT_MESSAGE,
    .checks = 4,
    .words = 2,
    .next = next_of_message,
};

enum MvStatus call_mvMqttReceiveMessage(MvChannelHandle handle,
                                        const struct MvMqttMessage *message_data)
{
    return RESPONSE_CALL(&message, handle, message_data);
}

/* ---- Lost messages ---- */

static enum MvStatus begin_lost(struct job *job)
{
    const struct MvMqttLostMessageInfo *out = &job->copy.lost;
    uint32_t topic = job->words[2] & 0xFFFFu;
    if (topic > job->front.body_bytes - CHANNEL_MQTT_LOST_FIXED) {
        channel_fail(job->channel);
        return MV_STATUS_CHANNELCLOSED;
    }
    job->words[2] = topic;
    if (topic > out->topic.size) {
        response_word(out->topic.length, topic);
        return MV_STATUS_INVALIDBUFFERSIZE;
    }
    response_copy(job, CHANNEL_MQTT_LOST_FIXED, topic, out->topic.data);
    return JOB_AGAIN;
}

static enum MvStatus next_of_lost(struct job *job, uint32_t item)
{
    const struct MvMqttLostMessageInfo *out = &job->copy.lost;
    bool good;
    switch (item) {
    case 0:
        return response_check_sized(job, &out->topic);
    case 1:
        good = response_may_write_word(out->reason) && response_may_write_word(out->message_len);
        return good ? JOB_AGAIN : MV_STATUS_PARAMETERFAULT;
    case 2:
        return begin_lost(job);
    default:
        response_word(out->topic.length, job->words[2]);
        response_word(out->message_len, job->words[1]);
        response_word(out->reason, job->words[0]);
        channel_consume(job->channel, &job->front);
        return JOB_DONE;
    }
}

static const struct response lost = {
    .channel = MV_CHANNELTYPE_MQTT,
    .size = sizeof(struct MvMqttLostMessageInfo),
    .message = CHANNEL_MQTT_LOST,
    .checks = 2,
    .words = 3,
    .next = next_of_lost,
};

enum MvStatus
call_mvMqttReceiveLostMessageInfo(MvChannelHandle handle,
                                  const struct MvMqttLostMessageInfo *lost_message_info)
{
    return RESPONSE_CALL(&lost, handle, lost_message_info);
}
