// MQTT while connected, from an application's view, against a mosquitto broker at BROKER_PORT of
// the cloud's machine whose authority is CA_DER. Failures and totals go to the server's log.
#include "tests/board/online.h"

enum { TAG_MQTT = 2, DEVICE_ID_SIZE = 34 };

extern const uint8_t ca_der[], ca_der_end[];
__asm(".section .rodata.ca_der\n.global ca_der, ca_der_end\n"
      "ca_der: .incbin \"" CA_DER "\"\nca_der_end:\n.text\n");

static MvChannelHandle channel;
static uint8_t receive[4096] __attribute__((aligned(512)));
static uint8_t send[4096] __attribute__((aligned(512)));
static char device[DEVICE_ID_SIZE + 1];

static void open(void)
{
    const struct MvOpenChannelParams params = {.version = 1,
                                               .v1 = {.notification_handle = events.handle,
                                                      .notification_tag = TAG_MQTT,
                                                      .network_handle = network,
                                                      .receive_buffer = receive,
                                                      .receive_buffer_len = sizeof receive,
                                                      .send_buffer = send,
                                                      .send_buffer_len = sizeof send,
                                                      .channel_type = MV_CHANNELTYPE_MQTT,
                                                      .endpoint = text("")}};
    enum MvStatus status;
    while ((status = mvOpenChannel(&params, &channel)) == MV_STATUS_RATELIMITED) {
    }
    check("open", status, MV_STATUS_OKAY);
}

// The next thing to read is of this type, in time.
static bool next_is(const char *name, enum MvMqttReadableDataType want)
{
    enum MvMqttReadableDataType type = MV_MQTTREADABLEDATATYPE_NONE;
    uint64_t end_us = now_us() + WAIT_US;
    while (mvMqttGetNextReadableDataType(channel, &type) == MV_STATUS_OKAY &&
           type == MV_MQTTREADABLEDATATYPE_NONE && now_us() < end_us) {
    }
    check(name, type, want);
    return type == want;
}

// ---- connecting ----

static struct MvMqttConnectRequest request;
static struct MvTlsCredentials tls;
static struct MvSizedString authority;

static void good_request(void)
{
    authority = (struct MvSizedString){ca_der, (uint32_t)(ca_der_end - ca_der)};
    tls = (struct MvTlsCredentials){.cacert = {1, &authority}};
    request = (struct MvMqttConnectRequest){
        .protocol_version = MV_MQTTPROTOCOLVERSION_V3_1_1,
        .host = text("localhost"),
        .port = BROKER_PORT,
        .clientid = text(device),
        .authentication = {.method = MV_MQTTAUTHENTICATIONMETHOD_USERNAMEPASSWORD,
                           .username_password = {text("sample"), text("s3cret")}},
        .tls_credentials = &tls,
        .keepalive = 30,
        .clean_start = 1};
}

static struct MvMqttConnectResponse connect(const char *name)
{
    struct MvMqttConnectResponse response = {MV_MQTTREQUESTSTATE__MAX, 0};
    open();
    check("request connect", mvMqttRequestConnect(channel, &request), MV_STATUS_OKAY);
    check("only once", mvMqttRequestConnect(channel, &request), MV_STATUS_REQUESTALREADYSENT);
    if (next_is(name, MV_MQTTREADABLEDATATYPE_CONNECTRESPONSE)) {
        check(name, mvMqttReadConnectResponse(channel, &response), MV_STATUS_OKAY);
    }
    return response;
}

static void close_it(void)
{
    check("close", mvCloseChannel(&channel), MV_STATUS_OKAY);
}

static void refused_connects(void)
{
    good_request();
    request.host = text("no-such-host.invalid");
    check("no such host", connect("no such host").request_state, MV_MQTTREQUESTSTATE_NXDOMAIN);
    close_it();
    good_request();
    request.port = 1;
    check("nobody there", connect("nobody there").request_state, MV_MQTTREQUESTSTATE_SOCKETERROR);
    close_it();
    good_request();
    request.tls_credentials = NULL;
    check("authority", connect("authority").request_state, MV_MQTTREQUESTSTATE_UNKNOWNCA);
    close_it();
    good_request();
    request.authentication.username_password.password = text("wrong");
    struct MvMqttConnectResponse response = connect("password");
    check("password, state", response.request_state, MV_MQTTREQUESTSTATE_REQUESTCOMPLETED);
    check("password, 3.1.1", response.reason_code, 5);
    close_it();
    request.protocol_version = MV_MQTTPROTOCOLVERSION_V5;
    check("password, 5", connect("password, 5").reason_code, 0x87);
    close_it();
}

// ---- a session ----

static enum MvStatus publish(const char *topic, const char *payload, uint32_t qos)
{
    const struct MvMqttPublishRequest publish_request = {.correlation_id = 1000 + qos,
                                                         .topic = text(topic),
                                                         .payload = text(payload),
                                                         .desired_qos = qos};
    return mvMqttRequestPublish(channel, &publish_request);
}

static void read_published(uint32_t correlation_id, enum MvMqttRequestState state)
{
    struct MvMqttPublishResponse response = {MV_MQTTREQUESTSTATE__MAX, 0, 0};
    if (next_is("published", MV_MQTTREADABLEDATATYPE_PUBLISHRESPONSE)) {
        check("read published", mvMqttReadPublishResponse(channel, &response), MV_STATUS_OKAY);
        check("its correlation", response.correlation_id, correlation_id);
        check("its state", response.request_state, state);
    }
}

static void subscribe(void)
{
    static const char *const topics[] = {"calls/0", "calls/1", "calls/2", "calls/3",
                                         "calls/4", "calls/5", "calls/6", "calls/7"};
    struct MvMqttSubscription list[8];
    uint32_t codes[8] = {0}, count = 0, correlation_id = 0;
    enum MvMqttRequestState state = MV_MQTTREQUESTSTATE__MAX;
    memset(list, 0, sizeof list);
    for (uint32_t i = 0; i < 8; i++) {
        list[i].topic = text(topics[i]);
        list[i].desired_qos = i < 2 ? i : 2;
    }
    const struct MvMqttSubscribeRequest request_8 = {77, list, 8}, request_9 = {78, list, 9};
    const struct MvMqttSubscribeResponse response = {&state, &correlation_id, codes, sizeof codes,
                                                     &count};
    check("nine topics", mvMqttRequestSubscribe(channel, &request_9), MV_STATUS_TOOMANYELEMENTS);
    check("eight topics", mvMqttRequestSubscribe(channel, &request_8), MV_STATUS_OKAY);
    check("at the same time", mvMqttRequestSubscribe(channel, &request_8), MV_STATUS_RATELIMITED);
    if (next_is("subscribed", MV_MQTTREADABLEDATATYPE_SUBSCRIBERESPONSE)) {
        check("read subscribed", mvMqttReadSubscribeResponse(channel, &response), MV_STATUS_OKAY);
    }
    check("subscribed, state", state, MV_MQTTREQUESTSTATE_REQUESTCOMPLETED);
    check("subscribed, correlation", correlation_id, 77);
    check("subscribed, codes", count, 8);
    check("subscribed, QoS 0", codes[0], 0);
    check("subscribed, QoS 2", codes[7], 2);
}

static void unsubscribe(void)
{
    const struct MvSizedString topics[] = {text("calls/0"), text("calls/9")};
    uint32_t codes[2] = {9, 9}, count = 0, correlation_id = 0;
    enum MvMqttRequestState state = MV_MQTTREQUESTSTATE__MAX;
    const struct MvMqttUnsubscribeRequest stop = {79, topics, 2};
    const struct MvMqttUnsubscribeResponse response = {&state, &correlation_id, codes, 2, &count};
    check("unsubscribe", mvMqttRequestUnsubscribe(channel, &stop), MV_STATUS_OKAY);
    if (next_is("unsubscribed", MV_MQTTREADABLEDATATYPE_UNSUBSCRIBERESPONSE)) {
        check("read unsubscribed", mvMqttReadUnsubscribeResponse(channel, &response),
              MV_STATUS_OKAY);
    }
    check("unsubscribed, state", state, MV_MQTTREQUESTSTATE_REQUESTCOMPLETED);
    check("unsubscribed, correlation", correlation_id, 79);
    check("unsubscribed, codes", count, 2);
}

static void read_message(const char *topic_want, uint32_t qos_want)
{
    static char topic[16], payload[16];
    uint32_t correlation_id = 0, qos = 9, topic_length = 0, payload_length = 0;
    uint8_t retain = 9;
    const struct MvMqttMessage message = {&correlation_id,
                                          {(uint8_t *)topic, sizeof topic, &topic_length},
                                          {(uint8_t *)payload, sizeof payload, &payload_length},
                                          &qos,
                                          &retain};
    check("read message", mvMqttReceiveMessage(channel, &message), MV_STATUS_OKAY);
    check("message's topic", strncmp(topic, topic_want, topic_length), 0);
    check("message's payload", payload_length == 4 && memcmp(payload, "data", 4) == 0, 1);
    check("message's QoS", qos, qos_want);
    check("message's retain", retain, 0);
    if (qos > 0) {
        check("acknowledge", mvMqttAcknowledgeMessage(channel, correlation_id), MV_STATUS_OKAY);
    }
}

// What one publishes to oneself: the message and the answer come in either order.
static void there_and_back(const char *topic, uint32_t qos)
{
    enum MvMqttReadableDataType type = MV_MQTTREADABLEDATATYPE_NONE;
    uint64_t end_us = now_us() + WAIT_US;
    uint32_t messages = 0, answers = 0;
    check("publish", publish(topic, "data", qos), MV_STATUS_OKAY);
    while (messages + answers < 2 && now_us() < end_us) {
        (void)mvMqttGetNextReadableDataType(channel, &type);
        if (type == MV_MQTTREADABLEDATATYPE_MESSAGERECEIVED) {
            read_message(topic, qos);
            messages++;
        } else if (type != MV_MQTTREADABLEDATATYPE_NONE) {
            read_published(1000 + qos, MV_MQTTREQUESTSTATE_REQUESTCOMPLETED);
            answers++;
        }
    }
    check("one message", messages, 1);
    check("one answer", answers, 1);
}

static void session(enum MvMqttProtocolVersion version)
{
    struct MvMqttDisconnectResponse response = {MV_MQTTREQUESTSTATE__MAX, 9};
    good_request();
    request.protocol_version = version;
    struct MvMqttConnectResponse connected = connect("connect");
    check("connected", connected.request_state, MV_MQTTREQUESTSTATE_REQUESTCOMPLETED);
    check("connected, code", connected.reason_code, 0);
    subscribe();
    there_and_back("calls/0", 0);
    there_and_back("calls/1", 1);
    there_and_back("calls/2", 2);
    unsubscribe();
    check("disconnect", mvMqttRequestDisconnect(channel), MV_STATUS_OKAY);
    if (next_is("disconnected", MV_MQTTREADABLEDATATYPE_DISCONNECTRESPONSE)) {
        check("read disconnected", mvMqttReadDisconnectResponse(channel, &response),
              MV_STATUS_OKAY);
    }
    check("disconnected, state", response.request_state, MV_MQTTREQUESTSTATE_REQUESTCOMPLETED);
    check("publish afterwards", publish("calls/0", "data", 0), MV_STATUS_OKAY);
    read_published(1000, MV_MQTTREQUESTSTATE_NOTCONNECTED);
    close_it();
}

static void before_connecting(void)
{
    open();
    check("publish before connect", publish("calls/0", "data", 1), MV_STATUS_OKAY);
    read_published(1001, MV_MQTTREQUESTSTATE_NOTCONNECTED);
    close_it();
}

int main(void)
{
    (void)mvGetDeviceId((uint8_t *)device, DEVICE_ID_SIZE);
    go_online();
    refused_connects();
    before_connecting();
    session(MV_MQTTPROTOCOLVERSION_V3_1_1);
    session(MV_MQTTPROTOCOLVERSION_V5);
    tell_totals();
}
