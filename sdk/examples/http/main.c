// HTTP: fetches a page and logs what came.
//
// The cloud makes the request (https only) and keeps the certificates. Here a channel is opened,
// one request is written into it, a notification tells of the response, the channel is closed: one
// channel for each request.
#include <string.h>

#include "mv_events.h"
#include "mv_log.h"
#include "mv_network.h"
#include "mv_syscalls.h"

enum { TIM2_IRQ = 45, RING_RECORDS = 8, TAG_NETWORK = 1, TAG_HTTP = 2, TIMEOUT_MS = 10000 };

// Lent to the kernel while the channel is open. The response must fit with all its headers.
static uint8_t receive_buffer[4096] __attribute__((aligned(512)));
static uint8_t send_buffer[1024] __attribute__((aligned(512)));
static struct MvNotification ring[RING_RECORDS];
static struct mv_events events;

void TIM2_IRQHandler(void);
void TIM2_IRQHandler(void)
{
}

static struct MvSizedString text(const char *string)
{
    return (struct MvSizedString){(const uint8_t *)string, strlen(string)};
}

static enum MvStatus open(MvNetworkHandle network, MvChannelHandle *channel)
{
    const struct MvOpenChannelParams params = {.version = 1,
                                               .v1 = {.notification_handle = events.handle,
                                                      .notification_tag = TAG_HTTP,
                                                      .network_handle = network,
                                                      .receive_buffer = receive_buffer,
                                                      .receive_buffer_len = sizeof receive_buffer,
                                                      .send_buffer = send_buffer,
                                                      .send_buffer_len = sizeof send_buffer,
                                                      .channel_type = MV_CHANNELTYPE_HTTP,
                                                      .endpoint = text("")}};
    return mvOpenChannel(&params, channel);
}

static enum MvStatus ask(MvChannelHandle channel)
{
    static const char accept[] = "Accept: text/plain";
    const struct MvHttpHeader header = {.length = sizeof accept - 1,
                                        .data = (const uint8_t *)accept};
    const struct MvHttpRequest request = {.method = text("GET"),
                                          .url = text(URL),
                                          .num_headers = 1,
                                          .headers = &header,
                                          .body = text(""),
                                          .timeout_ms = TIMEOUT_MS};
    return mvSendHttpRequest(channel, &request);
}

static void log_response(MvChannelHandle channel)
{
    struct MvHttpResponseData response;
    if (mvReadHttpResponseData(channel, &response) != MV_STATUS_OKAY) {
        mv_log("no response");
        return;
    }
    mv_log("result %u, status %lu, %lu headers, %lu bytes", (unsigned)response.result,
           (unsigned long)response.status_code, (unsigned long)response.num_headers,
           (unsigned long)response.body_length);
    if (response.result != MV_HTTPRESULT_OK) {
        return;
    }
    char line[128] = ""; // a header's length is not told: the buffer is filled with its end
    (void)mvReadHttpResponseHeader(channel, 0, (uint8_t *)line, sizeof line - 1);
    mv_log("first header: %s", line);
    memset(line, 0, sizeof line);
    (void)mvReadHttpResponseBody(channel, 0, (uint8_t *)line, sizeof line - 1);
    mv_log("body: %s", line);
}

static void wait_and_read(MvChannelHandle channel)
{
    struct MvNotification event;
    enum MvClosureReason reason = MV_CLOSUREREASON_NONE;
    do {
        mv_events_wait(&events, &event);
    } while (event.tag != TAG_HTTP);
    if (event.event_type == MV_EVENTTYPE_CHANNELDATAREADABLE) {
        log_response(channel);
    } else {
        (void)mvGetChannelClosureReason(channel, &reason);
        mv_log("the channel was closed, reason %u", (unsigned)reason);
    }
}

int main(void)
{
    MvChannelHandle channel = 0;
    mv_log_start();
    (void)mv_events_open(&events, ring, RING_RECORDS, TIM2_IRQ);
    enum MvStatus status = open(mv_network_connect(&events, TAG_NETWORK), &channel);
    if (status == MV_STATUS_OKAY) {
        status = ask(channel);
        mv_log("GET " URL ": %u", (unsigned)status);
    } else {
        mv_log("mvOpenChannel: %u", (unsigned)status);
    }
    if (status == MV_STATUS_OKAY) {
        wait_and_read(channel);
    }
    (void)mvCloseChannel(&channel);
    for (;;) {
        __asm volatile("wfi");
    }
}
