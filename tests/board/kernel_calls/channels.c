// Calls of channels on a board without a network: every argument that is wrong is found before
// that is, and no call does anything without a channel. What they do with one is shown by the
// end-to-end tests.
#include <string.h>

#include "mv_syscalls.h"
#include "report.h"

#define SECURE_RAM    0x30080000u
#define KERNEL_RAM    0x20080000u
#define APP_FLASH     0x08000000u
#define RAM_END       0x20080000u
#define CALL(address) ((enum MvStatus(*)(uint32_t, uint32_t, uint32_t, uint32_t))(address))

enum { IRQ_TIM2 = 45 };

static uint8_t receive[1536] __attribute__((aligned(512)));
static uint8_t send[512] __attribute__((aligned(512)));
static uint8_t ring[64] __attribute__((aligned(8)));
static MvNotificationHandle centre;
static MvNetworkHandle network;

static struct MvOpenChannelParams good(void)
{
    return (struct MvOpenChannelParams){.version = 1,
                                        .v1 = {.notification_handle = centre,
                                               .notification_tag = 7,
                                               .network_handle = network,
                                               .receive_buffer = receive,
                                               .receive_buffer_len = 1024,
                                               .send_buffer = send,
                                               .send_buffer_len = sizeof send,
                                               .channel_type = MV_CHANNELTYPE_HTTP,
                                               .endpoint = {(const uint8_t *)"", 0}}};
}

static void refuse(const char *name, const struct MvOpenChannelParams *params, enum MvStatus want)
{
    MvChannelHandle handle = 0xAAAAAAAA;
    check_equal(name, mvOpenChannel(params, &handle), want);
    check_equal("handle is left alone", handle, 0xAAAAAAAA);
}

static void open_objects(void)
{
    struct MvOpenChannelParams params = good();
    refuse("open, offline", &params, MV_STATUS_NETWORKNOTCONNECTED);
    check_equal("open, secure handle", mvOpenChannel(&params, (void *)SECURE_RAM),
                MV_STATUS_PARAMETERFAULT);
    check_equal("open, handle in flash", mvOpenChannel(&params, (void *)APP_FLASH),
                MV_STATUS_PARAMETERFAULT);
    refuse("open, secure parameters", (void *)SECURE_RAM, MV_STATUS_PARAMETERFAULT);
    refuse("open, parameters over the end", (void *)(RAM_END - 40), MV_STATUS_PARAMETERFAULT);
    params.version = 2;
    refuse("open, version 2", &params, MV_STATUS_UNSUPPORTEDSTRUCTUREVERSION);
    params = good();
    params.v1.notification_handle ^= 0x100;
    refuse("open, no such centre", &params, MV_STATUS_INVALIDHANDLE);
    params = good();
    params.v1.network_handle = centre;
    refuse("open, centre for a network", &params, MV_STATUS_INVALIDHANDLE);
    params = good();
    params.v1.channel_type = (enum MvChannelType)4;
    refuse("open, type 4", &params, MV_STATUS_UNKNOWNCHANNELTYPE);
    params.v1.channel_type = MV_CHANNELTYPE_OPAQUEBYTES;
    refuse("open, raw without an endpoint", &params, MV_STATUS_UNKNOWNCHANNELENDPOINT);
    params.v1.endpoint = (struct MvSizedString){(const uint8_t *)"log", 3};
    refuse("open, raw, offline", &params, MV_STATUS_NETWORKNOTCONNECTED);
    params.v1.endpoint.data = (void *)SECURE_RAM;
    refuse("open, secure endpoint", &params, MV_STATUS_PARAMETERFAULT);
}

static void open_buffers(void)
{
    struct MvOpenChannelParams params = good();
    params.v1.receive_buffer += 4;
    refuse("open, receive buffer not aligned", &params, MV_STATUS_INVALIDBUFFERALIGNMENT);
    params = good();
    params.v1.send_buffer += 256;
    refuse("open, send buffer not aligned", &params, MV_STATUS_INVALIDBUFFERALIGNMENT);
    static const uint32_t sizes[] = {0, 1, 511, 513, 0x80200, 0xFFFFFE00u};
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        params = good();
        params.v1.receive_buffer_len = sizes[i];
        refuse("open, receive size", &params, MV_STATUS_INVALIDBUFFERSIZE);
        params = good();
        params.v1.send_buffer_len = sizes[i];
        refuse("open, send size", &params, MV_STATUS_INVALIDBUFFERSIZE);
    }
    static const uint32_t places[] = {0,         SECURE_RAM, KERNEL_RAM, RAM_END - 512,
                                      APP_FLASH, 0x40000000, 0x0C1FE000, 0xFFFFFC00u};
    for (unsigned i = 0; i < sizeof places / sizeof *places; i++) {
        params = good();
        params.v1.receive_buffer = (uint8_t *)places[i];
        refuse("open, receive buffer elsewhere", &params, MV_STATUS_PARAMETERFAULT);
        params = good();
        params.v1.send_buffer = (uint8_t *)places[i];
        params.v1.send_buffer_len = 1024;
        refuse("open, send buffer elsewhere", &params, MV_STATUS_PARAMETERFAULT);
    }
    params = good();
    params.v1.send_buffer = receive + 512;
    refuse("open, buffers overlap", &params, MV_STATUS_BUFFERALREADYINUSE);
    params.v1.send_buffer = receive + 1024;
    refuse("open, buffers touch", &params, MV_STATUS_NETWORKNOTCONNECTED);
    // A centre's ring is the kernel's as well.
    struct MvNotificationSetup setup = {46, (struct MvNotification *)(send + 480), 32};
    MvNotificationHandle second = 0;
    check_equal("centre in a buffer", mvSetupNotifications(&setup, &second), MV_STATUS_OKAY);
    params = good();
    refuse("open, buffer over a centre", &params, MV_STATUS_BUFFERALREADYINUSE);
    (void)mvCloseNotifications(&second);
}

// Entry addresses of all calls that take a channel's handle first, and a pointer behind it.
static const uint16_t with_pointer[] = {0x048, 0x0B0, 0x118, 0x138, 0x158, 0x168, 0x180, 0x198};
// Those whose pointer is a structure to read; the structure may be anything without a channel.
static const uint16_t with_request[] = {0x100, 0x130, 0x140, 0x148, 0x170, 0x178,
                                        0x188, 0x190, 0x1A0, 0x1A8, 0x1B0};
static const uint16_t without_pointer[] = {0x070, 0x150, 0x160};
static uint8_t zeros[64];

static enum MvStatus call(uint16_t offset, uint32_t handle, const void *pointer)
{
    return CALL(0x0C1FE001u + offset)(handle, (uint32_t)pointer, (uint32_t)receive,
                                      (uint32_t)receive);
}

// Without pointers that can be written, responses are refused before the handle is looked at.
static int is_response(uint16_t offset)
{
    return offset == 0x140 || offset == 0x148 || offset == 0x188 || offset == 0x190 ||
           offset == 0x1B0;
}

static void no_channel(void)
{
    static const uint32_t handles[] = {0, 1, 0x7F, 0xFFFFFFFF};
    for (unsigned i = 0; i < sizeof with_pointer / sizeof *with_pointer; i++) {
        for (unsigned k = 0; k < 4; k++) {
            check_equal("no such channel", call(with_pointer[i], handles[k], zeros),
                        MV_STATUS_INVALIDHANDLE);
        }
        check_equal("network for a channel", call(with_pointer[i], network, zeros),
                    MV_STATUS_INVALIDHANDLE);
        check_equal("secure result", call(with_pointer[i], 0, (void *)SECURE_RAM),
                    MV_STATUS_PARAMETERFAULT);
        check_equal("result over the end", call(with_pointer[i], 0, (void *)(RAM_END - 3)),
                    MV_STATUS_PARAMETERFAULT);
    }
    for (unsigned i = 0; i < sizeof with_request / sizeof *with_request; i++) {
        check_equal("request without a channel", call(with_request[i], centre, zeros),
                    is_response(with_request[i]) ? MV_STATUS_PARAMETERFAULT
                                                 : MV_STATUS_INVALIDHANDLE);
        check_equal("secure request", call(with_request[i], 1, (void *)SECURE_RAM),
                    MV_STATUS_PARAMETERFAULT);
    }
    for (unsigned i = 0; i < sizeof without_pointer / sizeof *without_pointer; i++) {
        check_equal("nothing without a channel", call(without_pointer[i], centre, 0),
                    MV_STATUS_INVALIDHANDLE);
    }
}

static void no_channel_for_data(void)
{
    MvChannelHandle handle = centre;
    uint32_t count = 5;
    check_equal("write, no channel", mvWriteChannel(1, send, 4, &count), MV_STATUS_INVALIDHANDLE);
    check_equal("stream, no channel", mvWriteChannelStream(1, send, 4, &count),
                MV_STATUS_INVALIDHANDLE);
    check_equal("write, secure data", mvWriteChannel(1, (void *)SECURE_RAM, 4, &count),
                MV_STATUS_PARAMETERFAULT);
    check_equal("stream, secure count", mvWriteChannelStream(1, send, 4, (void *)SECURE_RAM),
                MV_STATUS_PARAMETERFAULT);
    check_equal("header, no channel", mvReadHttpResponseHeader(1, 0, receive, 4),
                MV_STATUS_INVALIDHANDLE);
    check_equal("body, no channel", mvReadHttpResponseBody(1, 0, receive, 4),
                MV_STATUS_INVALIDHANDLE);
    check_equal("body, secure buffer", mvReadHttpResponseBody(1, 0, (void *)SECURE_RAM, 4),
                MV_STATUS_PARAMETERFAULT);
    check_equal("body, wrapping buffer", mvReadHttpResponseBody(1, 0, receive, 0xFFFFFFFF),
                MV_STATUS_PARAMETERFAULT);
    check_equal("close, centre", mvCloseChannel(&handle), MV_STATUS_INVALIDHANDLE);
    check_equal("close leaves it", handle, centre);
    check_equal("close, secure", mvCloseChannel((void *)SECURE_RAM), MV_STATUS_PARAMETERFAULT);
    check_equal("count is left alone", count, 5);
}

void test_channels(void)
{
    struct MvNotificationSetup setup = {IRQ_TIM2, (struct MvNotification *)ring, sizeof ring};
    check_equal("centre for channels", mvSetupNotifications(&setup, &centre), MV_STATUS_OKAY);
    struct MvRequestNetworkParams params = {
        .version = 1, .v1 = {.notification_handle = centre, .notification_tag = 1}};
    check_equal("network for channels", mvRequestNetwork(&params, &network), MV_STATUS_OKAY);
    open_objects();
    open_buffers();
    no_channel();
    no_channel_for_data();
    (void)mvReleaseNetwork(&network);
    (void)mvCloseNotifications(&centre);
}
