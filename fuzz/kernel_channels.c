// The kernel's channels between a cloud that sends anything and an application that calls anything
// and writes over its own buffers meanwhile. Nothing outside the application's memory may change.
// fuzz-libs: kernel_channel_world
#include <stdlib.h>
#include <string.h>

#include "tests/unit/kernel/channel_world.h"

static struct {
    const uint8_t *bytes;
    size_t left;
} input;

static uint32_t take(void)
{
    if (input.left == 0) {
        return 0;
    }
    input.left--;
    return *input.bytes++;
}

static struct MvSizedStringBuffer room(uint32_t size)
{
    return (struct MvSizedStringBuffer){app_memory(size + 1), size, app_memory(4)};
}

// Every call that reads, with places that are good.
static void read_http(MvChannelHandle channel)
{
    struct MvHttpResponseData *data = app_memory(sizeof *data);
    uint32_t size = take() * 8, which = take() << (take() & 15);
    uint8_t *buffer = app_memory(size + 1);
    (void)CALLED(call_mvReadHttpResponseData(channel, data));
    (void)CALLED(call_mvReadHttpResponseHeader(channel, which, buffer, size));
    (void)CALLED(call_mvReadHttpResponseBody(channel, which, buffer, size));
}

static void read_config(MvChannelHandle channel)
{
    struct MvConfigResponseData *data = app_memory(sizeof *data);
    struct MvConfigResponseReadItemParams *item = app_memory(sizeof *item);
    *item = (struct MvConfigResponseReadItemParams){take(), app_memory(4), room(take())};
    (void)CALLED(call_mvReadConfigFetchResponseData(channel, data));
    (void)CALLED(call_mvReadConfigResponseItem(channel, item));
}

static void read_mqtt(MvChannelHandle channel)
{
    struct MvMqttMessage *message = app_memory(sizeof *message);
    struct MvMqttSubscribeResponse *codes = app_memory(sizeof *codes);
    struct MvMqttLostMessageInfo *lost = app_memory(sizeof *lost);
    struct MvMqttPublishResponse *words = app_memory(sizeof *words);
    *message = (struct MvMqttMessage){app_memory(4), room(take()), room(take()), app_memory(4),
                                      app_memory(1)};
    *codes = (struct MvMqttSubscribeResponse){app_memory(4), app_memory(4), app_memory(64),
                                              take() % 17, app_memory(4)};
    *lost = (struct MvMqttLostMessageInfo){app_memory(4), room(take()), app_memory(4)};
    (void)CALLED(call_mvMqttReceiveMessage(channel, message));
    (void)CALLED(call_mvMqttReadSubscribeResponse(channel, codes));
    (void)CALLED(call_mvMqttReadUnsubscribeResponse(channel, (void *)codes));
    (void)CALLED(call_mvMqttReceiveLostMessageInfo(channel, lost));
    (void)CALLED(call_mvMqttReadPublishResponse(channel, words));
    (void)CALLED(call_mvMqttReadConnectResponse(channel, (void *)words));
    (void)CALLED(call_mvMqttReadDisconnectResponse(channel, (void *)words));
    (void)CALLED(call_mvMqttAcknowledgeMessage(channel, take()));
}

static void send_some(void)
{
    uint8_t bytes[64];
    uint32_t size = take() % sizeof bytes;
    for (uint32_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)take();
    }
    cloud_take_grants();
    size = size < cloud_credit ? size : cloud_credit;
    if (size != 0 && !cloud_send(bytes, size)) {
        abort(); // it was within the credit
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum MvChannelType types[] = {MV_CHANNELTYPE_HTTP, MV_CHANNELTYPE_CONFIGFETCH,
                                               MV_CHANNELTYPE_MQTT};
    static void (*const readers[])(MvChannelHandle) = {read_http, read_config, read_mqtt};
    input.bytes = data;
    input.left = size;
    (void)world_reset(NULL);
    uint32_t kind = take() % 3;
    struct MvOpenChannelParams *params = app_channel_params(types[kind]);
    MvChannelHandle *handle = app_memory(sizeof *handle);
    if (CALLED(call_mvOpenChannel(params, handle)) != MV_STATUS_OKAY) {
        abort();
    }
    cloud_accept();
    for (uint32_t step = 0; step < 60 && input.left != 0; step++) {
        switch (take() % 4) {
        case 0:
            readers[kind](*handle);
            break;
        case 1:
            params->v1.receive_buffer[take() * 8 + take() % 8] = (uint8_t)take();
            break;
        default:
            send_some();
            break;
        }
    }
    for (uint32_t i = 0; i < sizeof world_secret; i++) {
        if (world_secret[i] != 0x5E) {
            abort();
        }
    }
    return 0;
}
