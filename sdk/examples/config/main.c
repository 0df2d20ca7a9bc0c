// Configuration: reads a setting of this device and a secret of its account from the cloud.
//
// They are set with the command line, for example
//   microvisor configs set greeting "good morning" --device DEVICE
// A fetch is one request for up to 32 keys on a channel of its own. Values are text.
#include <string.h>

#include "mv_events.h"
#include "mv_log.h"
#include "mv_network.h"
#include "mv_syscalls.h"

enum { TIM2_IRQ = 45, RING_RECORDS = 8, TAG_NETWORK = 1, TAG_CONFIG = 2 };

static uint8_t receive_buffer[1024] __attribute__((aligned(512)));
static uint8_t send_buffer[512] __attribute__((aligned(512)));
static struct MvNotification ring[RING_RECORDS];
static struct mv_events events;

static const struct MvConfigKeyToFetch keys[] = {
    {MV_CONFIGKEYFETCHSCOPE_DEVICE,
     MV_CONFIGKEYFETCHSTORE_CONFIG,
     {(const uint8_t *)"greeting", sizeof "greeting" - 1}},
    {MV_CONFIGKEYFETCHSCOPE_ACCOUNT,
     MV_CONFIGKEYFETCHSTORE_SECRET,
     {(const uint8_t *)"token", sizeof "token" - 1}},
};
enum { KEYS = sizeof keys / sizeof *keys };

void TIM2_IRQHandler(void);
void TIM2_IRQHandler(void)
{
}

static enum MvStatus open(MvNetworkHandle network, MvChannelHandle *channel)
{
    const struct MvOpenChannelParams params = {.version = 1,
                                               .v1 = {.notification_handle = events.handle,
                                                      .notification_tag = TAG_CONFIG,
                                                      .network_handle = network,
                                                      .receive_buffer = receive_buffer,
                                                      .receive_buffer_len = sizeof receive_buffer,
                                                      .send_buffer = send_buffer,
                                                      .send_buffer_len = sizeof send_buffer,
                                                      .channel_type = MV_CHANNELTYPE_CONFIGFETCH,
                                                      .endpoint = {(const uint8_t *)"", 0}}};
    return mvOpenChannel(&params, channel);
}

static void read_item(MvChannelHandle channel, uint32_t index)
{
    static char value[256];
    enum MvConfigKeyFetchResult result = MV_CONFIGKEYFETCHRESULT_SERVERERROR;
    uint32_t length = 0;
    const struct MvConfigResponseReadItemParams params = {
        .item_index = index,
        .result = &result,
        .buf = {.data = (uint8_t *)value, .size = sizeof value - 1, .length = &length}};
    if (mvReadConfigResponseItem(channel, &params) != MV_STATUS_OKAY ||
        result != MV_CONFIGKEYFETCHRESULT_OK) {
        mv_log("%s: not there (%u)", (const char *)keys[index].key.data, (unsigned)result);
        return;
    }
    value[length] = 0;
    bool secret = keys[index].store == MV_CONFIGKEYFETCHSTORE_SECRET;
    mv_log("%s: %s (%lu bytes)", (const char *)keys[index].key.data, secret ? "a secret" : value,
           (unsigned long)length);
}

static void wait_and_read(MvChannelHandle channel)
{
    struct MvNotification event;
    struct MvConfigResponseData response = {MV_CONFIGFETCHRESULT_RESPONSETOOLARGE, 0};
    do {
        mv_events_wait(&events, &event);
    } while (event.tag != TAG_CONFIG);
    if (mvReadConfigFetchResponseData(channel, &response) != MV_STATUS_OKAY ||
        response.result != MV_CONFIGFETCHRESULT_OK) {
        mv_log("no configuration (%u)", (unsigned)response.result);
        return;
    }
    for (uint32_t i = 0; i < response.num_items; i++) {
        read_item(channel, i);
    }
}

int main(void)
{
    MvChannelHandle channel = 0;
    const struct MvConfigKeyFetchParams request = {KEYS, keys};
    mv_log_start();
    (void)mv_events_open(&events, ring, RING_RECORDS, TIM2_IRQ);
    enum MvStatus status = open(mv_network_connect(&events, TAG_NETWORK), &channel);
    if (status == MV_STATUS_OKAY) {
        status = mvSendConfigFetchRequest(channel, &request);
    }
    mv_log("asked for %u keys: %u", (unsigned)KEYS, (unsigned)status);
    if (status == MV_STATUS_OKAY) {
        wait_and_read(channel);
    }
    (void)mvCloseChannel(&channel);
    for (;;) {
        __asm volatile("wfi");
    }
}
