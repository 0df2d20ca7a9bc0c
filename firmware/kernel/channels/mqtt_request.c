/* MQTT, from the application to the cloud's client. How a request ended comes back as a message of
 * the channel; what a broker would refuse is not judged here. */
#include <string.h>

#include "formats/channel.h"
#include "kernel/calls/handlers.h"
#include "kernel/channels/request.h"
#include "kernel/work/work.h"

/* A number that the message has only a byte for: what is too large stays wrong. */
static uint8_t byte(uint32_t value)
{
    return value < 0xFFu ? (uint8_t)value : 0xFFu;
}

/* ---- Connect ---- */

static enum MvStatus check_connect(const struct job *job)
{
    const struct MvMqttConnectRequest *request = &job->copy.connect.request;
    const struct MvTlsCredentials *tls = &job->copy.connect.tls;
    const struct MvMqttWill *will = &job->copy.connect.will;
    const struct MvTlsCertificateChain *own = &tls->clientcert.chain;
    bool password = request->authentication.method != MV_MQTTAUTHENTICATIONMETHOD_NONE;
    if (tls->cacert.num_certs > CHANNEL_MQTT_CERTIFICATES_MAX ||
        own->num_certs > CHANNEL_MQTT_CERTIFICATES_MAX) {
        return MV_STATUS_TOOMANYELEMENTS;
    }
    if (request->authentication.method > MV_MQTTAUTHENTICATIONMETHOD_USERNAMEPASSWORD ||
        (password && own->num_certs != 0)) {
        return MV_STATUS_INVALIDAUTHENTICATION;
    }
    if (request->host.length == 0 || request->clientid.length == 0 ||
        (own->num_certs != 0 && tls->clientcert.key.length == 0) ||
        (request->will != NULL && (will->topic.length == 0 || will->payload.length == 0))) {
        return MV_STATUS_REQUIREDELEMENTMISSING;
    }
    return JOB_AGAIN;
}

/* What the application leaves out is all zeros. */
static enum MvStatus copy_optional(void *to, const void *from, uint32_t size)
{
    memset(to, 0, size);
    return from == NULL || calls_copy_in(to, from, size) ? JOB_AGAIN : MV_STATUS_PARAMETERFAULT;
}

static enum MvStatus put_connect_fixed(struct job *job)
{
    const struct MvMqttConnectRequest *request = &job->copy.connect.request;
    const struct MvTlsCredentials *tls = &job->copy.connect.tls;
    const struct MvMqttWill *will = &job->copy.connect.will;
    uint32_t flags = (request->clean_start != 0 ? CHANNEL_MQTT_CLEAN_START : 0u) |
                     (request->will != NULL ? CHANNEL_MQTT_WILL : 0u) |
                     (will->retain != 0 ? CHANNEL_MQTT_WILL_RETAIN : 0u) |
                     (request->tls_credentials != NULL ? CHANNEL_MQTT_TLS_CREDENTIALS : 0u);
    uint8_t fixed[CHANNEL_MQTT_CONNECT_FIXED] = {
        byte(request->protocol_version),
        (uint8_t)request->authentication.method,
        (uint8_t)flags,
        byte(will->qos),
        (uint8_t)(request->port >> 8),
        (uint8_t)request->port,
        (uint8_t)tls->cacert.num_certs,
        (uint8_t)tls->clientcert.chain.num_certs,
    };
    uint32_t keepalive = __builtin_bswap32(request->keepalive);
    memcpy(fixed + 8, &keepalive, sizeof keepalive);
    return request_put(job, fixed, sizeof fixed);
}

/* The strings that every connect has, in the message's order. */
static const struct MvSizedString *connect_string(const struct job *job, uint32_t index)
{
    const struct MvMqttConnectRequest *request = &job->copy.connect.request;
    static const struct MvSizedString none;
    bool password = request->authentication.method != MV_MQTTAUTHENTICATIONMETHOD_NONE;
    switch (index) {
    case 0:
        return &request->host;
    case 1:
        return &request->clientid;
    case 2:
        return password ? &request->authentication.username_password.username : &none;
    case 3:
        return password ? &request->authentication.username_password.password : &none;
    case 4:
        return &job->copy.connect.will.topic;
    default:
        return &job->copy.connect.will.payload;
    }
}

static enum MvStatus put_certificate(struct job *job, const struct MvTlsCertificateChain *chain,
                                     uint32_t index)
{
    struct MvSizedString certificate;
    enum MvStatus fault = index == 0 ? MV_STATUS_PARAMETERFAULT : MV_STATUS_LATEFAULT;
    enum MvStatus status =
        request_element(&certificate, chain->certs, index, sizeof certificate, fault);
    return status == MV_STATUS_OKAY ? request_string(job, &certificate, MV_STATUS_LATEFAULT)
                                    : status;
}

#define CONNECT_STRINGS 6u
enum { CONNECT_TLS, CONNECT_WILL, CONNECT_CHECK, CONNECT_FIXED, CONNECT_FIRST_STRING };

static enum MvStatus put_connect_rest(struct job *job, uint32_t item)
{
    const struct MvTlsCredentials *tls = &job->copy.connect.tls;
    if (item < CONNECT_STRINGS) {
        return request_string(job, connect_string(job, item), MV_STATUS_PARAMETERFAULT);
    }
    item -= CONNECT_STRINGS;
    if (item < tls->cacert.num_certs) {
        return put_certificate(job, &tls->cacert, item);
    }
    item -= tls->cacert.num_certs;
    if (item < tls->clientcert.chain.num_certs) {
        return put_certificate(job, &tls->clientcert.chain, item);
    }
    item -= tls->clientcert.chain.num_certs;
    return item == 0 ? request_string(job, &tls->clientcert.key, MV_STATUS_LATEFAULT) : JOB_DONE;
}

static enum MvStatus put_connect(struct job *job, uint32_t item)
{
    const struct MvMqttConnectRequest *request = &job->copy.connect.request;
    switch (item) {
    case CONNECT_TLS:
        return copy_optional(&job->copy.connect.tls, request->tls_credentials,
                             sizeof job->copy.connect.tls);
    case CONNECT_WILL:
        return copy_optional(&job->copy.connect.will, request->will, sizeof job->copy.connect.will);
    case CONNECT_CHECK:
        return check_connect(job);
    case CONNECT_FIXED:
        return put_connect_fixed(job);
    default:
        return put_connect_rest(job, item - CONNECT_FIRST_STRING);
    }
}

static const struct request connect_request = {
    .channel = MV_CHANNELTYPE_MQTT,
    .message = CHANNEL_MQTT_CONNECT,
    .once = true,
    .size = sizeof(struct MvMqttConnectRequest),
    .put = put_connect,
    .too_long = MV_STATUS_PARAMETERFAULT,
};

enum MvStatus call_mvMqttRequestConnect(MvChannelHandle handle,
                                        const struct MvMqttConnectRequest *request)
{
    return REQUEST_CALL(&connect_request, handle, request);
}

/* ---- Subscribe, unsubscribe ---- */

static enum MvStatus put_topics_fixed(struct job *job, uint32_t correlation_id, const void *array,
                                      uint32_t count, uint32_t element_bytes)
{
    if (count > CHANNEL_MQTT_TOPICS_MAX) {
        return MV_STATUS_TOOMANYELEMENTS;
    }
    if (count != 0 && !calls_may_read(array, count * element_bytes)) {
        return MV_STATUS_PARAMETERFAULT;
    }
    uint32_t words[2] = {__builtin_bswap32(correlation_id), __builtin_bswap32(count << 16)};
    return request_put(job, words, sizeof words);
}

/* Two items each: the options, and the topic. */
static enum MvStatus put_subscribe(struct job *job, uint32_t item)
{
    const struct MvMqttSubscribeRequest *request = &job->copy.subscribe;
    struct MvMqttSubscription one;
    if (item == 0) {
        return put_topics_fixed(job, request->correlation_id, request->subscriptions,
                                request->num_subscriptions, sizeof one);
    }
    uint32_t index = (item - 1) / 2;
    if (index == request->num_subscriptions) {
        return JOB_DONE;
    }
    enum MvStatus status =
        request_element(&one, request->subscriptions, index, sizeof one, MV_STATUS_LATEFAULT);
    if (status != MV_STATUS_OKAY) {
        return status;
    }
    if (item % 2 == 0) {
        return request_string(job, &one.topic, MV_STATUS_LATEFAULT);
    }
    uint8_t options[4] = {byte(one.desired_qos), byte(one.nl), byte(one.rap), byte(one.rh)};
    return request_put(job, options, sizeof options);
}

static enum MvStatus put_unsubscribe(struct job *job, uint32_t item)
{
    const struct MvMqttUnsubscribeRequest *request = &job->copy.unsubscribe;
    struct MvSizedString topic;
    if (item == 0) {
        return put_topics_fixed(job, request->correlation_id, request->topics, request->num_topics,
                                sizeof topic);
    }
    if (item - 1 == request->num_topics) {
        return JOB_DONE;
    }
    enum MvStatus status =
        request_element(&topic, request->topics, item - 1, sizeof topic, MV_STATUS_LATEFAULT);
    return status == MV_STATUS_OKAY ? request_string(job, &topic, MV_STATUS_LATEFAULT) : status;
}

static enum MvStatus may_subscribe(const struct channel *channel)
{
    return channel->subscribing ? MV_STATUS_RATELIMITED : MV_STATUS_OKAY;
}

static void subscribe_sent(struct channel *channel)
{
    channel->subscribing = true;
}

static enum MvStatus may_unsubscribe(const struct channel *channel)
{
    return channel->unsubscribing ? MV_STATUS_RATELIMITED : MV_STATUS_OKAY;
}

static void unsubscribe_sent(struct channel *channel)
{
    channel->unsubscribing = true;
}

static const struct request subscribe_request = {
    .channel = MV_CHANNELTYPE_MQTT,
    .message = CHANNEL_MQTT_SUBSCRIBE,
    .size = sizeof(struct MvMqttSubscribeRequest),
    .allowed = may_subscribe,
    .put = put_subscribe,
    .sent = subscribe_sent,
    .too_long = MV_STATUS_PARAMETERFAULT,
};

static const struct request unsubscribe_request = {
    .channel = MV_CHANNELTYPE_MQTT,
    .message = CHANNEL_MQTT_UNSUBSCRIBE,
    .size = sizeof(struct MvMqttUnsubscribeRequest),
    .allowed = may_unsubscribe,
    .put = put_unsubscribe,
    .sent = unsubscribe_sent,
    .too_long = MV_STATUS_PARAMETERFAULT,
};

enum MvStatus call_mvMqttRequestSubscribe(MvChannelHandle handle,
                                          const struct MvMqttSubscribeRequest *request)
{
    return REQUEST_CALL(&subscribe_request, handle, request);
}

enum MvStatus call_mvMqttRequestUnsubscribe(MvChannelHandle handle,
                                            const struct MvMqttUnsubscribeRequest *request)
{
    return REQUEST_CALL(&unsubscribe_request, handle, request);
}

/* ---- Publish ---- */

static enum MvStatus put_publish(struct job *job, uint32_t item)
{
    const struct MvMqttPublishRequest *request = &job->copy.publish;
    uint32_t correlation_id = __builtin_bswap32(request->correlation_id);
    uint8_t fixed[6];
    switch (item) {
    case 0:
        memcpy(fixed, &correlation_id, sizeof correlation_id);
        fixed[4] = byte(request->desired_qos);
        fixed[5] = byte(request->retain);
        return request_put(job, fixed, sizeof fixed);
    case 1:
        return request_string(job, &request->topic, MV_STATUS_PARAMETERFAULT);
    case 2:
        return request_bytes(job, &request->payload, MV_STATUS_PARAMETERFAULT);
    default:
        return JOB_DONE;
    }
}

static enum MvStatus may_publish(const struct channel *channel)
{
    return channel->publishes == CHANNEL_PUBLISHES ? MV_STATUS_RATELIMITED : MV_STATUS_OKAY;
}

static void publish_sent(struct channel *channel)
{
    channel->publishes++;
}

static const struct request publish_request = {
    .channel = MV_CHANNELTYPE_MQTT,
    .message = CHANNEL_MQTT_PUBLISH,
    .size = sizeof(struct MvMqttPublishRequest),
    .allowed = may_publish,
    .put = put_publish,
    .sent = publish_sent,
    .too_long = MV_STATUS_PARAMETERFAULT,
};

enum MvStatus call_mvMqttRequestPublish(MvChannelHandle handle,
                                        const struct MvMqttPublishRequest *request)
{
    return REQUEST_CALL(&publish_request, handle, request);
}

/* ---- Small ones, at once ---- */

static enum MvStatus send_now(struct channel *channel, const uint32_t *message, uint32_t bytes)
{
    struct lent *send = &channel->send;
    if (bytes > send->size - send->used) {
        channel->refused = true;
        return MV_STATUS_RATELIMITED;
    }
    lent_put(send, send->used, message, bytes);
    send->used += bytes;
    channel->turn++;
    work_wake();
    return MV_STATUS_OKAY;
}

static enum MvStatus find_connected(MvChannelHandle handle, struct channel **channel)
{
    enum MvStatus status = job_find(handle, MV_CHANNELTYPE_MQTT, channel);
    bool over = status == MV_STATUS_OKAY && (*channel)->state == CHANNEL_OVER;
    return over ? MV_STATUS_CHANNELCLOSED : status;
}

enum MvStatus call_mvMqttAcknowledgeMessage(MvChannelHandle handle, uint32_t correlation_id)
{
    struct channel *channel;
    enum MvStatus status = find_connected(handle, &channel);
    uint32_t message[3] = {CHANNEL_MQTT_ACKNOWLEDGE, __builtin_bswap32(sizeof correlation_id),
                           __builtin_bswap32(correlation_id)};
    return status == MV_STATUS_OKAY ? send_now(channel, message, sizeof message) : status;
}

enum MvStatus call_mvMqttRequestDisconnect(MvChannelHandle handle)
{
    struct channel *channel;
    enum MvStatus status = find_connected(handle, &channel);
    static const uint32_t message[2] = {CHANNEL_MQTT_DISCONNECT, 0};
    if (status != MV_STATUS_OKAY) {
        return status;
    }
    if (channel->disconnecting) {
        channel->refused = true;
        return MV_STATUS_RATELIMITED;
    }
    status = send_now(channel, message, sizeof message);
    channel->disconnecting = status == MV_STATUS_OKAY;
    return status;
}
