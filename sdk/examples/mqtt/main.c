// MQTT: subscribes to a topic and answers every message that comes.
//
// The connection to the broker is the cloud's (TLS only); the application asks for things over a
// channel and is told of their outcome. What has come is read in order: first its type, then with
// the call for that type.
#include <string.h>

#include "mv_events.h"
#include "mv_log.h"
#include "mv_network.h"
#include "mv_syscalls.h"

enum { TIM2_IRQ = 45, RING_RECORDS = 16, TAG_NETWORK = 1, TAG_MQTT = 2, DEVICE_ID_SIZE = 34 };
enum { CORRELATION_SUBSCRIBE = 1, CORRELATION_FIRST_PUBLISH = 100 };

static uint8_t receive_buffer[4096] __attribute__((aligned(512)));
static uint8_t send_buffer[4096] __attribute__((aligned(512)));
static struct MvNotification ring[RING_RECORDS];
static struct mv_events events;
static MvChannelHandle channel;
static char device[DEVICE_ID_SIZE + 1];
static uint32_t published;

// The authority that has issued the broker's certificate, DER. Without one the cloud trusts the
// usual public ones.
#ifdef CA_DER
extern const uint8_t ca_der[], ca_der_end[];
__asm(".section .rodata.ca_der\n.global ca_der, ca_der_end\n"
      "ca_der: .incbin \"" CA_DER "\"\nca_der_end:\n.text\n");
#endif

void TIM2_IRQHandler(void);
void TIM2_IRQHandler(void)
{
}

static struct MvSizedString text(const char *string)
{
    return (struct MvSizedString){(const uint8_t *)string, strlen(string)};
}

// ---- asking ----

static enum MvStatus open(MvNetworkHandle network)
{
    const struct MvOpenChannelParams params = {.version = 1,
                                               .v1 = {.notification_handle = events.handle,
                                                      .notification_tag = TAG_MQTT,
                                                      .network_handle = network,
                                                      .receive_buffer = receive_buffer,
                                                      .receive_buffer_len = sizeof receive_buffer,
                                                      .send_buffer = send_buffer,
                                                      .send_buffer_len = sizeof send_buffer,
                                                      .channel_type = MV_CHANNELTYPE_MQTT,
                                                      .endpoint = text("")}};
    return mvOpenChannel(&params, &channel);
}

static enum MvStatus request_connect(void)
{
    struct MvTlsCredentials tls = {.cacert = {0, NULL}};
#ifdef CA_DER
    const struct MvSizedString ca = {ca_der, (uint32_t)(ca_der_end - ca_der)};
    tls.cacert = (struct MvTlsCertificateChain){1, &ca};
#endif
    const struct MvMqttWill will = {text("microvisor/will"), text(device), 1, 0};
    const struct MvMqttConnectRequest request = {
        .protocol_version = MV_MQTTPROTOCOLVERSION_V5,
        .host = text(BROKER_HOST),
        .port = BROKER_PORT,
        .clientid = text(device),
        .authentication = {.method = MV_MQTTAUTHENTICATIONMETHOD_USERNAMEPASSWORD,
                           .username_password = {text(BROKER_USER), text(BROKER_PASSWORD)}},
        .tls_credentials = &tls,
        .keepalive = 60,
        .clean_start = 1,
        .will = &will};
    return mvMqttRequestConnect(channel, &request);
}

static void subscribe(void)
{
    const struct MvMqttSubscription topic = {.topic = text("microvisor/question"),
                                             .desired_qos = 1};
    const struct MvMqttSubscribeRequest request = {CORRELATION_SUBSCRIBE, &topic, 1};
    mv_log("subscribe: %u", (unsigned)mvMqttRequestSubscribe(channel, &request));
}

static void publish(const char *topic, const char *payload)
{
    const struct MvMqttPublishRequest request = {.correlation_id =
                                                     CORRELATION_FIRST_PUBLISH + published++,
                                                 .topic = text(topic),
                                                 .payload = text(payload),
                                                 .desired_qos = 1};
    mv_log("publish: %u", (unsigned)mvMqttRequestPublish(channel, &request));
}

// ---- reading what has come ----

static void on_message(void)
{
    static char topic[64], payload[256], answer[300];
    uint32_t correlation_id = 0, qos = 0, topic_length = 0, payload_length = 0;
    uint8_t retain = 0;
    const struct MvMqttMessage message = {
        .correlation_id = &correlation_id,
        .topic = {(uint8_t *)topic, sizeof topic - 1, &topic_length},
        .payload = {(uint8_t *)payload, sizeof payload - 1, &payload_length},
        .qos = &qos,
        .retain = &retain};
    if (mvMqttReceiveMessage(channel, &message) != MV_STATUS_OKAY) {
        return;
    }
    topic[topic_length] = payload[payload_length] = 0;
    mv_log("message on %s, QoS %lu: %s", topic, (unsigned long)qos, payload);
    if (qos > 0) { // else it comes again
        (void)mvMqttAcknowledgeMessage(channel, correlation_id);
    }
    snprintf(answer, sizeof answer, "you said: %s", payload);
    publish("microvisor/answer", answer);
}

static void on_subscribed(void)
{
    enum MvMqttRequestState state = MV_MQTTREQUESTSTATE_NOTCONNECTED;
    uint32_t correlation_id = 0, code = 0, codes = 0;
    const struct MvMqttSubscribeResponse response = {&state, &correlation_id, &code, sizeof code,
                                                     &codes};
    (void)mvMqttReadSubscribeResponse(channel, &response);
    mv_log("subscribed: state %u, code %lu", (unsigned)state, (unsigned long)code);
    publish("microvisor/hello", device);
}

static void on_lost(void)
{
    static char topic[64];
    enum MvMqttLostMessageReason reason;
    uint32_t topic_length = 0, message_length = 0;
    const struct MvMqttLostMessageInfo info = {
        &reason, {(uint8_t *)topic, sizeof topic - 1, &topic_length}, &message_length};
    (void)mvMqttReceiveLostMessageInfo(channel, &info);
    mv_log("a message of %lu bytes on %s did not fit", (unsigned long)message_length, topic);
}

static void on_connected(void)
{
    struct MvMqttConnectResponse response;
    (void)mvMqttReadConnectResponse(channel, &response);
    mv_log("connected: state %u, code %lu", (unsigned)response.request_state,
           (unsigned long)response.reason_code);
    if (response.request_state == MV_MQTTREQUESTSTATE_REQUESTCOMPLETED &&
        response.reason_code == 0) {
        subscribe();
    }
}

static void on_published(void)
{
    struct MvMqttPublishResponse response;
    (void)mvMqttReadPublishResponse(channel, &response);
    mv_log("published %lu: state %u", (unsigned long)response.correlation_id,
           (unsigned)response.request_state);
}

static void on_disconnected(void)
{
    struct MvMqttDisconnectResponse response;
    (void)mvMqttReadDisconnectResponse(channel, &response);
    mv_log("disconnected: state %u, code %lu", (unsigned)response.request_state,
           (unsigned long)response.disconnect_code);
}

static bool read_next(void)
{
    static void (*const readers[])(void) = {
        [MV_MQTTREADABLEDATATYPE_MESSAGERECEIVED] = on_message,
        [MV_MQTTREADABLEDATATYPE_MESSAGELOST] = on_lost,
        [MV_MQTTREADABLEDATATYPE_CONNECTRESPONSE] = on_connected,
        [MV_MQTTREADABLEDATATYPE_SUBSCRIBERESPONSE] = on_subscribed,
        [MV_MQTTREADABLEDATATYPE_PUBLISHRESPONSE] = on_published,
        [MV_MQTTREADABLEDATATYPE_DISCONNECTRESPONSE] = on_disconnected,
    };
    enum MvMqttReadableDataType type = MV_MQTTREADABLEDATATYPE_NONE;
    if (mvMqttGetNextReadableDataType(channel, &type) != MV_STATUS_OKAY ||
        type >= sizeof readers / sizeof *readers || readers[type] == NULL) {
        return false;
    }
    readers[type]();
    return true;
}

int main(void)
{
    struct MvNotification event;
    mv_log_start();
    (void)mvGetDeviceId((uint8_t *)device, DEVICE_ID_SIZE);
    (void)mv_events_open(&events, ring, RING_RECORDS, TIM2_IRQ);
    enum MvStatus status = open(mv_network_connect(&events, TAG_NETWORK));
    if (status == MV_STATUS_OKAY) {
        status = request_connect();
    }
    mv_log("connecting to " BROKER_HOST ": %u", (unsigned)status);
    for (;;) {
        mv_events_wait(&events, &event);
        if (event.tag == TAG_MQTT && event.event_type == MV_EVENTTYPE_CHANNELNOTCONNECTED) {
            mv_log("the channel is closed");
        }
        while (event.tag == TAG_MQTT && read_next()) {
        }
    }
}
