/* MQTT: the 14 calls against the cloud's end of the messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "channel_world.h"

static MvChannelHandle channel;
static uint8_t message[8192];

static int connected(void **state)
{
    int result = world_reset(state);
    channel = app_channel(MV_CHANNELTYPE_MQTT);
    return result;
}

static bool text_is(struct channel_text text, const char *want)
{
    return text.size == strlen(want) && memcmp(text.bytes, want, text.size) == 0;
}

static const uint8_t *received(uint8_t type, uint32_t *size)
{
    struct channel_header header;
    const uint8_t *body;
    assert_true(cloud_receive(&header, &body));
    assert_int_equal(header.type, type);
    *size = header.body_bytes;
    return body;
}

static void nothing_received(void)
{
    struct channel_header header;
    const uint8_t *body;
    assert_false(cloud_receive(&header, &body));
}

static void answer(uint32_t size)
{
    assert_int_not_equal(size, 0);
    assert_true(cloud_send(message, size));
}

/* ---- connect ---- */

static struct MvMqttConnectRequest *connect_request(void)
{
    struct MvMqttConnectRequest *request = app_memory(sizeof *request);
    *request = (struct MvMqttConnectRequest){.protocol_version = MV_MQTTPROTOCOLVERSION_V5,
                                             .host = app_string("broker.example"),
                                             .port = 8883,
                                             .clientid = app_string("me"),
                                             .keepalive = 60,
                                             .clean_start = 1};
    return request;
}

static struct MvTlsCredentials *credentials(uint32_t ca_count, uint32_t own_count)
{
    struct MvTlsCredentials *tls = app_memory(sizeof *tls);
    struct MvSizedString *ca = app_memory(9 * sizeof *ca), *own = app_memory(9 * sizeof *own);
    for (uint32_t i = 0; i < 9; i++) {
        ca[i] = app_string("DER of an authority");
        own[i] = app_string("DER of our own");
    }
    tls->cacert = (struct MvTlsCertificateChain){ca_count, ca};
    tls->clientcert.chain = (struct MvTlsCertificateChain){own_count, own};
    tls->clientcert.key = app_string("PKCS #8");
    return tls;
}

static enum MvStatus request_connect(const struct MvMqttConnectRequest *request)
{
    return CALLED(call_mvMqttRequestConnect(channel, request));
}

static void connect_with_everything(void **state)
{
    (void)state;
    uint32_t size;
    struct channel_mqtt_connect got;
    struct MvMqttConnectRequest *request = connect_request();
    struct MvMqttWill *will = app_memory(sizeof *will);
    *will = (struct MvMqttWill){app_string("gone"), app_string("bye"), 2, 1};
    request->will = will;
    request->tls_credentials = credentials(2, 3);
    assert_int_equal(request_connect(request), MV_STATUS_OKAY);
    const uint8_t *body = received(CHANNEL_MQTT_CONNECT, &size);
    assert_true(channel_mqtt_connect_parse(body, size, &got));
    assert_int_equal(got.fixed.protocol, 1);
    assert_int_equal(got.fixed.authentication, 0);
    assert_int_equal(got.fixed.flags, CHANNEL_MQTT_CLEAN_START | CHANNEL_MQTT_WILL |
                                          CHANNEL_MQTT_WILL_RETAIN | CHANNEL_MQTT_TLS_CREDENTIALS);
    assert_int_equal(got.fixed.will_qos, 2);
    assert_int_equal(got.fixed.port, 8883);
    assert_int_equal(got.fixed.keepalive_s, 60);
    assert_true(text_is(got.host, "broker.example") && text_is(got.client_id, "me"));
    assert_true(text_is(got.will_topic, "gone") && text_is(got.will_payload, "bye"));
    assert_int_equal(got.fixed.ca_count, 2);
    assert_int_equal(got.fixed.certificate_count, 3);
    assert_true(text_is(got.ca[1], "DER of an authority"));
    assert_true(text_is(got.certificates[2], "DER of our own") && text_is(got.key, "PKCS #8"));
    assert_int_equal(request_connect(request), MV_STATUS_REQUESTALREADYSENT);
}

static void connect_with_password(void **state)
{
    (void)state;
    uint32_t size;
    struct channel_mqtt_connect got;
    struct MvMqttConnectRequest *request = connect_request();
    request->authentication.method = MV_MQTTAUTHENTICATIONMETHOD_USERNAMEPASSWORD;
    request->authentication.username_password.username = app_string("user");
    request->authentication.username_password.password = app_string("secret");
    request->clean_start = 0;
    request->protocol_version = MV_MQTTPROTOCOLVERSION_V3_1_1;
    assert_int_equal(request_connect(request), MV_STATUS_OKAY);
    const uint8_t *body = received(CHANNEL_MQTT_CONNECT, &size);
    assert_true(channel_mqtt_connect_parse(body, size, &got));
    assert_true(text_is(got.user_name, "user") && text_is(got.password, "secret"));
    assert_int_equal(got.fixed.flags, 0);
    assert_int_equal(got.fixed.protocol, 0);
    assert_int_equal(got.fixed.ca_count + got.fixed.certificate_count, 0);
}

static void connect_refused(void **state)
{
    (void)state;
    struct MvMqttConnectRequest *request = connect_request();
    struct MvMqttWill *will = app_memory(sizeof *will);
    request->tls_credentials = credentials(9, 0);
    assert_int_equal(request_connect(request), MV_STATUS_TOOMANYELEMENTS);
    request->tls_credentials = credentials(0, 9);
    assert_int_equal(request_connect(request), MV_STATUS_TOOMANYELEMENTS);
    request->tls_credentials = credentials(1, 1);
    request->authentication.method = MV_MQTTAUTHENTICATIONMETHOD_USERNAMEPASSWORD;
    assert_int_equal(request_connect(request), MV_STATUS_INVALIDAUTHENTICATION);
    request->authentication.method = (enum MvMqttAuthenticationMethod)2;
    assert_int_equal(request_connect(request), MV_STATUS_INVALIDAUTHENTICATION);
    request->authentication.method = MV_MQTTAUTHENTICATIONMETHOD_NONE;
    struct MvTlsCredentials *tls = credentials(0, 1);
    tls->clientcert.key.length = 0;
    request->tls_credentials = tls;
    assert_int_equal(request_connect(request), MV_STATUS_REQUIREDELEMENTMISSING);
    request->tls_credentials = NULL;
    request->will = will;
    assert_int_equal(request_connect(request), MV_STATUS_REQUIREDELEMENTMISSING);
    will->topic = app_string("gone");
    assert_int_equal(request_connect(request), MV_STATUS_REQUIREDELEMENTMISSING);
    request->will = NULL;
    request->host.length = 0;
    assert_int_equal(request_connect(request), MV_STATUS_REQUIREDELEMENTMISSING);
    request->host = app_string("h");
    request->clientid.length = 0;
    assert_int_equal(request_connect(request), MV_STATUS_REQUIREDELEMENTMISSING);
    request->clientid = app_string("c");
    request->will = SECRET;
    assert_int_equal(request_connect(request), MV_STATUS_PARAMETERFAULT);
    request->will = NULL;
    request->tls_credentials = SECRET;
    assert_int_equal(request_connect(request), MV_STATUS_PARAMETERFAULT);
    request->tls_credentials = NULL;
    request->host.data = SECRET;
    assert_int_equal(request_connect(request), MV_STATUS_PARAMETERFAULT);
    request->host = app_string("h");
    assert_int_equal(request_connect(SECRET), MV_STATUS_PARAMETERFAULT);
    nothing_received();
    assert_int_equal(request_connect(request), MV_STATUS_OKAY);
}

static void connect_late_fault(void **state)
{
    (void)state;
    struct MvMqttConnectRequest *request = connect_request();
    struct MvTlsCredentials *tls = credentials(0, 0);
    struct MvSizedString *chain = app_memory(2 * sizeof *chain);
    chain[0] = app_string("good");
    chain[1] = (struct MvSizedString){SECRET, 10};
    tls->cacert = (struct MvTlsCertificateChain){2, chain};
    request->tls_credentials = tls;
    assert_int_equal(request_connect(request), MV_STATUS_LATEFAULT);
    nothing_received();
    assert_int_equal(request_connect(request), MV_STATUS_CHANNELCLOSED);
}

/* ---- reading what has come ---- */

static enum MvMqttReadableDataType next_type(void)
{
    enum MvMqttReadableDataType *type = app_memory(sizeof *type);
    assert_int_equal(CALLED(call_mvMqttGetNextReadableDataType(channel, type)), MV_STATUS_OKAY);
    return *type;
}

static void answers_of_words(void **state)
{
    (void)state;
    struct MvMqttConnectResponse *connect = app_memory(sizeof *connect);
    struct MvMqttDisconnectResponse *disconnect = app_memory(sizeof *disconnect);
    struct MvMqttPublishResponse *publish = app_memory(sizeof *publish);
    struct channel_mqtt_outcome outcome = {CHANNEL_MQTT_UNKNOWN_CA, 0x87};
    struct channel_mqtt_published published = {CHANNEL_MQTT_COMPLETED, 0xC0FFEE, 0x10};
    assert_int_equal(next_type(), MV_MQTTREADABLEDATATYPE_NONE);
    assert_int_equal(CALLED(call_mvMqttReadConnectResponse(channel, connect)),
                     MV_STATUS_WRONGDATAREQUESTED);
    answer(channel_mqtt_outcome_write(message, sizeof message, CHANNEL_MQTT_CONNECTED, &outcome));
    answer(channel_mqtt_published_write(message, sizeof message, &published));
    outcome.reason_code = 0x8E;
    answer(
        channel_mqtt_outcome_write(message, sizeof message, CHANNEL_MQTT_DISCONNECTED, &outcome));
    assert_int_equal(app_events(MV_EVENTTYPE_CHANNELDATAREADABLE), 3);
    assert_int_equal(next_type(), MV_MQTTREADABLEDATATYPE_CONNECTRESPONSE);
    assert_int_equal(CALLED(call_mvMqttReadPublishResponse(channel, publish)),
                     MV_STATUS_WRONGDATAREQUESTED);
    assert_int_equal(CALLED(call_mvMqttReadConnectResponse(channel, SECRET)),
                     MV_STATUS_PARAMETERFAULT);
    assert_int_equal(CALLED(call_mvMqttReadConnectResponse(channel, connect)), MV_STATUS_OKAY);
    assert_int_equal(connect->request_state, MV_MQTTREQUESTSTATE_UNKNOWNCA);
    assert_int_equal(connect->reason_code, 0x87);
    assert_int_equal(next_type(), MV_MQTTREADABLEDATATYPE_PUBLISHRESPONSE);
    assert_int_equal(CALLED(call_mvMqttReadPublishResponse(channel, publish)), MV_STATUS_OKAY);
    assert_int_equal(publish->correlation_id, 0xC0FFEE);
    assert_int_equal(publish->reason_code, 0x10);
    assert_int_equal(next_type(), MV_MQTTREADABLEDATATYPE_DISCONNECTRESPONSE);
    assert_int_equal(CALLED(call_mvMqttReadDisconnectResponse(channel, disconnect)),
                     MV_STATUS_OKAY);
    assert_int_equal(disconnect->disconnect_code, 0x8E);
    assert_int_equal(next_type(), MV_MQTTREADABLEDATATYPE_NONE);
}

static struct MvMqttMessage *place_for_message(uint32_t topic_bytes, uint32_t payload_bytes)
{
    struct MvMqttMessage *place = app_memory(sizeof *place);
    *place =
        (struct MvMqttMessage){.correlation_id = app_memory(4),
                               .topic = {app_memory(topic_bytes), topic_bytes, app_memory(4)},
                               .payload = {app_memory(payload_bytes), payload_bytes, app_memory(4)},
                               .qos = app_memory(4),
                               .retain = app_memory(1)};
    return place;
}

static enum MvStatus receive(const struct MvMqttMessage *place)
{
    return CALLED(call_mvMqttReceiveMessage(channel, place));
}

static void message_arrives(void **state)
{
    (void)state;
    struct channel_mqtt_message head = {.correlation_id = 77, .qos = 2, .retain = 1};
    struct channel_text topic = {(const uint8_t *)"a/b", 3};
    static uint8_t bytes[1500];
    struct channel_text payload = {bytes, sizeof bytes};
    for (uint32_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(i * 7);
    }
    for (uint32_t round = 0; round < 5; round++) { /* over the ring's end too */
        struct MvMqttMessage *place = place_for_message(3, sizeof bytes);
        struct MvMqttMessage *small = place_for_message(3, sizeof bytes - 1);
        answer(channel_mqtt_message_write(message, sizeof message, &head, topic, payload));
        assert_int_equal(next_type(), MV_MQTTREADABLEDATATYPE_MESSAGERECEIVED);
        assert_int_equal(receive(small), MV_STATUS_INVALIDBUFFERSIZE);
        assert_int_equal(*small->payload.length, sizeof bytes); /* what it takes */
        assert_int_equal(receive(place), MV_STATUS_OKAY);
        assert_memory_equal(place->topic.data, "a/b", 3);
        assert_memory_equal(place->payload.data, bytes, sizeof bytes);
        assert_int_equal(*place->topic.length, 3);
        assert_int_equal(*place->payload.length, sizeof bytes);
        assert_int_equal(*place->correlation_id, 77);
        assert_int_equal(*place->qos, 2);
        assert_int_equal(*place->retain, 1);
        cloud_take_grants();
        assert_int_equal(cloud_credit, WORLD_RECEIVE_BYTES);
    }
}

static void message_into_bad_places(void **state)
{
    (void)state;
    struct channel_mqtt_message head = {.correlation_id = 1};
    struct channel_text text = {(const uint8_t *)"text", 4};
    answer(channel_mqtt_message_write(message, sizeof message, &head, text, text));
    for (uint32_t i = 0; i < 7; i++) {
        struct MvMqttMessage *place = place_for_message(16, 16);
        void **pointers[] = {(void **)&place->correlation_id, (void **)&place->topic.data,
                             (void **)&place->topic.length,   (void **)&place->payload.data,
                             (void **)&place->payload.length, (void **)&place->qos,
                             (void **)&place->retain};
        *pointers[i] = SECRET;
        assert_int_equal(receive(place), MV_STATUS_PARAMETERFAULT);
    }
    assert_int_equal(receive(SECRET), MV_STATUS_PARAMETERFAULT);
    for (uint32_t i = 0; i < sizeof world_secret; i++) {
        assert_int_equal(world_secret[i], 0x5E);
    }
    assert_int_equal(receive(place_for_message(16, 16)), MV_STATUS_OKAY);
}

static void lost_message(void **state)
{
    (void)state;
    struct MvMqttLostMessageInfo *info = app_memory(sizeof *info);
    *info = (struct MvMqttLostMessageInfo){.reason = app_memory(4),
                                           .topic = {app_memory(8), 3, app_memory(4)},
                                           .message_len = app_memory(4)};
    struct channel_text topic = {(const uint8_t *)"big/one", 7};
    answer(channel_mqtt_lost_write(message, sizeof message, 0, 1000000, topic));
    assert_int_equal(next_type(), MV_MQTTREADABLEDATATYPE_MESSAGELOST);
    assert_int_equal(CALLED(call_mvMqttReceiveLostMessageInfo(channel, info)),
                     MV_STATUS_INVALIDBUFFERSIZE);
    assert_int_equal(*info->topic.length, 7);
    info->topic.size = 8;
    *info->reason = (enum MvMqttLostMessageReason)9;
    assert_int_equal(CALLED(call_mvMqttReceiveLostMessageInfo(channel, info)), MV_STATUS_OKAY);
    assert_int_equal(*info->reason, MV_MQTTLOSTMESSAGEREASON_DEVICERECEIVEBUFFERTOOSMALL);
    assert_int_equal(*info->message_len, 1000000);
    assert_memory_equal(info->topic.data, "big/one", 7);
}

/* ---- subscribe, unsubscribe ---- */

static struct MvMqttSubscribeRequest *subscribe_request(uint32_t count)
{
    struct MvMqttSubscribeRequest *request = app_memory(sizeof *request);
    struct MvMqttSubscription *topics = app_memory(8 * sizeof *topics);
    for (uint32_t i = 0; i < 8; i++) {
        topics[i] = (struct MvMqttSubscription){app_string("a/+"), i % 3, 1, 0, 2};
    }
    *request = (struct MvMqttSubscribeRequest){5, topics, count};
    return request;
}

static enum MvStatus subscribe(const struct MvMqttSubscribeRequest *request)
{
    return CALLED(call_mvMqttRequestSubscribe(channel, request));
}

static void one_subscribe_at_a_time(void **state)
{
    (void)state;
    uint32_t size;
    struct channel_mqtt_topics got;
    struct MvMqttSubscribeResponse *response = app_memory(sizeof *response);
    *response = (struct MvMqttSubscribeResponse){.request_state = app_memory(4),
                                                 .correlation_id = app_memory(4),
                                                 .reason_codes = app_memory(32),
                                                 .reason_codes_size = 7,
                                                 .reason_codes_len = app_memory(4)};
    assert_int_equal(subscribe(subscribe_request(8)), MV_STATUS_OKAY);
    const uint8_t *body = received(CHANNEL_MQTT_SUBSCRIBE, &size);
    assert_true(channel_mqtt_subscribe_parse(body, size, &got));
    assert_int_equal(got.count, 8);
    assert_int_equal(got.correlation_id, 5);
    assert_int_equal(got.topics[7].qos, 1);
    assert_int_equal(got.topics[7].no_local, 1);
    assert_int_equal(got.topics[7].retain_handling, 2);
    assert_true(text_is(got.topics[7].topic, "a/+"));
    assert_int_equal(subscribe(subscribe_request(1)), MV_STATUS_RATELIMITED);
    struct channel_mqtt_codes codes = {CHANNEL_MQTT_COMPLETED, 5, 8, {0, 1, 2, 0, 1, 2, 0, 0x80}};
    answer(channel_mqtt_codes_write(message, sizeof message, CHANNEL_MQTT_SUBSCRIBED, &codes));
    assert_int_equal(app_events(MV_EVENTTYPE_CHANNELDATAWRITESPACE), 1); /* it was refused one */
    assert_int_equal(subscribe(subscribe_request(1)), MV_STATUS_OKAY);
    assert_int_equal(CALLED(call_mvMqttReadSubscribeResponse(channel, response)),
                     MV_STATUS_INVALIDBUFFERSIZE);
    assert_int_equal(*response->reason_codes_len, 8);
    response->reason_codes_size = 8; /* elements, as applications have it */
    assert_int_equal(CALLED(call_mvMqttReadUnsubscribeResponse(channel, (void *)response)),
                     MV_STATUS_WRONGDATAREQUESTED);
    assert_int_equal(CALLED(call_mvMqttReadSubscribeResponse(channel, response)), MV_STATUS_OKAY);
    assert_int_equal(*response->correlation_id, 5);
    assert_int_equal(response->reason_codes[2], 2);
    assert_int_equal(response->reason_codes[7], 0x80);
}

static void subscribe_refused(void **state)
{
    (void)state;
    assert_int_equal(subscribe(subscribe_request(9)), MV_STATUS_TOOMANYELEMENTS);
    struct MvMqttSubscribeRequest *request = subscribe_request(2);
    request->subscriptions = SECRET;
    assert_int_equal(subscribe(request), MV_STATUS_PARAMETERFAULT);
    struct MvMqttUnsubscribeRequest *stop = app_memory(sizeof *stop);
    struct MvSizedString *topics = app_memory(2 * sizeof *topics);
    *stop = (struct MvMqttUnsubscribeRequest){6, topics, 9};
    assert_int_equal(CALLED(call_mvMqttRequestUnsubscribe(channel, stop)),
                     MV_STATUS_TOOMANYELEMENTS);
    topics[0] = app_string("a");
    topics[1] = (struct MvSizedString){SECRET, 3};
    stop->num_topics = 2;
    assert_int_equal(CALLED(call_mvMqttRequestUnsubscribe(channel, stop)), MV_STATUS_LATEFAULT);
    assert_int_equal(CALLED(call_mvMqttRequestUnsubscribe(channel, stop)), MV_STATUS_CHANNELCLOSED);
}

static void unsubscribe_goes_out(void **state)
{
    (void)state;
    uint32_t size;
    struct channel_mqtt_topics got;
    struct MvMqttUnsubscribeRequest *request = app_memory(sizeof *request);
    struct MvSizedString *topics = app_memory(2 * sizeof *topics);
    topics[0] = app_string("a/+");
    topics[1] = app_string("#");
    *request = (struct MvMqttUnsubscribeRequest){6, topics, 2};
    assert_int_equal(CALLED(call_mvMqttRequestUnsubscribe(channel, request)), MV_STATUS_OKAY);
    const uint8_t *body = received(CHANNEL_MQTT_UNSUBSCRIBE, &size);
    assert_true(channel_mqtt_unsubscribe_parse(body, size, &got));
    assert_int_equal(got.correlation_id, 6);
    assert_true(got.count == 2 && text_is(got.topics[1].topic, "#"));
    assert_int_equal(CALLED(call_mvMqttRequestUnsubscribe(channel, request)),
                     MV_STATUS_RATELIMITED);
}

/* ---- publish, acknowledge, disconnect ---- */

static struct MvMqttPublishRequest *publish_request(const char *payload)
{
    struct MvMqttPublishRequest *request = app_memory(sizeof *request);
    *request = (struct MvMqttPublishRequest){.correlation_id = 9,
                                             .topic = app_string("t"),
                                             .payload = app_string(payload),
                                             .desired_qos = 1};
    return request;
}

static enum MvStatus publish(const struct MvMqttPublishRequest *request)
{
    return CALLED(call_mvMqttRequestPublish(channel, request));
}

static void sixteen_publishes(void **state)
{
    (void)state;
    uint32_t size;
    struct channel_mqtt_publish got;
    struct MvMqttPublishRequest *request = publish_request("x");
    for (uint32_t i = 0; i < CHANNEL_PUBLISHES; i++) {
        assert_int_equal(publish(request), MV_STATUS_OKAY);
        const uint8_t *body = received(CHANNEL_MQTT_PUBLISH, &size);
        assert_true(channel_mqtt_publish_parse(body, size, &got));
        assert_true(got.correlation_id == 9 && got.qos == 1 && got.retain == 0);
        assert_true(text_is(got.topic, "t") && text_is(got.payload, "x"));
    }
    assert_int_equal(publish(request), MV_STATUS_RATELIMITED);
    struct channel_mqtt_published published = {CHANNEL_MQTT_COMPLETED, 9, 0};
    answer(channel_mqtt_published_write(message, sizeof message, &published));
    assert_int_equal(app_events(MV_EVENTTYPE_CHANNELDATAWRITESPACE), 1);
    assert_int_equal(publish(request), MV_STATUS_OKAY);
}

/* The send buffer is full: refused, and told when there is room. What never fits is refused as
 * such. */
static void full_send_buffer(void **state)
{
    (void)state;
    static char text[WORLD_SEND_BYTES];
    uint32_t size;
    memset(text, 'p', 600);
    struct MvMqttPublishRequest *request = publish_request(text);
    assert_int_equal(publish(request), MV_STATUS_OKAY);
    assert_int_equal(publish(request), MV_STATUS_RATELIMITED);
    (void)received(CHANNEL_MQTT_PUBLISH, &size);
    assert_true(app_events(MV_EVENTTYPE_CHANNELDATAWRITESPACE) >= 1);
    assert_int_equal(publish(request), MV_STATUS_OKAY);
    memset(text, 'p', sizeof text - 1);
    assert_int_equal(publish(publish_request(text)), MV_STATUS_PARAMETERFAULT);
}

/* Steps of a call, at most so many; false once it is done. */
static bool publish_steps(const struct MvMqttPublishRequest *request, uint32_t steps)
{
    world_again = true;
    for (uint32_t i = 0; i < steps && world_again; i++) {
        world_again = false;
        assert_int_equal(call_mvMqttRequestPublish(channel, request), MV_STATUS_OKAY);
    }
    return world_again;
}

/* Two tasks write to the same channel: neither message gets bytes of the other. */
static void two_writers(void **state)
{
    (void)state;
    static char first[200], second[200];
    struct channel_mqtt_publish got;
    uint32_t size;
    memset(first, 'a', sizeof first - 1);
    memset(second, 'b', sizeof second - 1);
    const struct MvMqttPublishRequest *one = publish_request(first), *two = publish_request(second);
    for (uint32_t steps = 11; steps < 81; steps++) {
        assert_true(publish_steps(one, steps % 9 + 1)); /* they take ten */
        assert_true(publish_steps(two, steps / 9));
        assert_false(publish_steps(one, 100));
        assert_false(publish_steps(two, 100));
        for (uint32_t i = 0; i < 2; i++) {
            const uint8_t *body = received(CHANNEL_MQTT_PUBLISH, &size);
            assert_true(channel_mqtt_publish_parse(body, size, &got));
            assert_true(text_is(got.payload, i == 0 ? first : second));
            struct channel_mqtt_published published = {CHANNEL_MQTT_COMPLETED, 9, 0};
            answer(channel_mqtt_published_write(message, sizeof message, &published));
        }
        struct MvMqttPublishResponse *response = app_memory(sizeof *response);
        for (uint32_t i = 0; i < 2; i++) {
            assert_int_equal(CALLED(call_mvMqttReadPublishResponse(channel, response)),
                             MV_STATUS_OKAY);
        }
        cloud_take_grants();
    }
}

static void acknowledge_and_disconnect(void **state)
{
    (void)state;
    uint32_t size;
    assert_int_equal(CALLED(call_mvMqttAcknowledgeMessage(channel, 0x01020304)), MV_STATUS_OKAY);
    const uint8_t *body = received(CHANNEL_MQTT_ACKNOWLEDGE, &size);
    assert_int_equal(size, 4);
    assert_memory_equal(body, "\1\2\3\4", 4);
    assert_int_equal(CALLED(call_mvMqttRequestDisconnect(channel)), MV_STATUS_OKAY);
    (void)received(CHANNEL_MQTT_DISCONNECT, &size);
    assert_int_equal(size, 0);
    assert_int_equal(CALLED(call_mvMqttRequestDisconnect(channel)), MV_STATUS_RATELIMITED);
    stream_closed(cloud_stream, TUNNEL_CLOSE_DONE);
    assert_int_equal(CALLED(call_mvMqttAcknowledgeMessage(channel, 1)), MV_STATUS_CHANNELCLOSED);
    assert_int_equal(CALLED(call_mvMqttRequestDisconnect(channel)), MV_STATUS_CHANNELCLOSED);
}

static void in_a_handler(void **state)
{
    (void)state;
    world_in_handler = true;
    assert_int_equal(CALLED(call_mvMqttAcknowledgeMessage(channel, 1)), MV_STATUS_UNAVAILABLE);
    assert_int_equal(publish(publish_request("x")), MV_STATUS_UNAVAILABLE);
    assert_int_equal(CALLED(call_mvMqttReadConnectResponse(channel, SECRET)),
                     MV_STATUS_UNAVAILABLE);
    world_in_handler = false;
    nothing_received();
}

/* Messages of any length and content: no call reads or writes outside. */
static void lying_messages(void **state)
{
    uint32_t seed = 7;
    (void)state;
    struct MvMqttMessage *place = place_for_message(64, 64);
    struct MvMqttSubscribeResponse *codes = app_memory(sizeof *codes);
    *codes = (struct MvMqttSubscribeResponse){app_memory(4), app_memory(4), app_memory(32), 8,
                                              app_memory(4)};
    struct MvMqttLostMessageInfo *lost = app_memory(sizeof *lost);
    *lost = (struct MvMqttLostMessageInfo){
        app_memory(4), {app_memory(64), 64, app_memory(4)}, app_memory(4)};
    struct MvMqttPublishResponse *words = app_memory(sizeof *words);
    for (uint32_t round = 0; round < 3000; round++) {
        uint32_t size = 0;
        for (uint32_t i = 0; i < 48; i++) {
            seed = seed * 1664525u + 1013904223u;
            message[CHANNEL_HEADER_BYTES + i] = seed >> 29 == 0 ? (uint8_t)(seed >> 8) : 0;
        }
        size = seed >> 24 & 31;
        message[0] = (uint8_t)(CHANNEL_MQTT_MESSAGE + (seed >> 16) % 7);
        tunnel_put_u32(message + 4, size);
        if (!cloud_send(message, CHANNEL_HEADER_BYTES + size)) {
            fail_msg("%s", "the device broke the connection");
        }
        (void)CALLED(call_mvMqttReceiveMessage(channel, place));
        (void)CALLED(call_mvMqttReadSubscribeResponse(channel, codes));
        (void)CALLED(call_mvMqttReadUnsubscribeResponse(channel, (void *)codes));
        (void)CALLED(call_mvMqttReceiveLostMessageInfo(channel, lost));
        (void)CALLED(call_mvMqttReadPublishResponse(channel, words));
        (void)CALLED(call_mvMqttReadConnectResponse(channel, (void *)words));
        (void)CALLED(call_mvMqttReadDisconnectResponse(channel, (void *)words));

        if (CALLED(call_mvMqttGetNextReadableDataType(channel, (void *)words)) != MV_STATUS_OKAY) {
            /* a message that cannot be: the channel is over, the next one begins */
            assert_int_equal(connected(state), 0);
            place = place_for_message(64, 64);
            codes = app_memory(sizeof *codes);
            *codes = (struct MvMqttSubscribeResponse){app_memory(4), app_memory(4), app_memory(32),
                                                      8, app_memory(4)};
            lost = app_memory(sizeof *lost);
            *lost = (struct MvMqttLostMessageInfo){
                app_memory(4), {app_memory(64), 64, app_memory(4)}, app_memory(4)};
            words = app_memory(sizeof *words);
        }
        cloud_take_grants();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(connect_with_everything, connected),
        cmocka_unit_test_setup(connect_with_password, connected),
        cmocka_unit_test_setup(connect_refused, connected),
        cmocka_unit_test_setup(connect_late_fault, connected),
        cmocka_unit_test_setup(answers_of_words, connected),
        cmocka_unit_test_setup(message_arrives, connected),
        cmocka_unit_test_setup(message_into_bad_places, connected),
        cmocka_unit_test_setup(lost_message, connected),
        cmocka_unit_test_setup(one_subscribe_at_a_time, connected),
        cmocka_unit_test_setup(subscribe_refused, connected),
        cmocka_unit_test_setup(unsubscribe_goes_out, connected),
        cmocka_unit_test_setup(sixteen_publishes, connected),
        cmocka_unit_test_setup(full_send_buffer, connected),
        cmocka_unit_test_setup(two_writers, connected),
        cmocka_unit_test_setup(acknowledge_and_disconnect, connected),
        cmocka_unit_test_setup(in_a_handler, connected),
        cmocka_unit_test_setup(lying_messages, connected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
