/* See channel_world.h. */
#include "channel_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "fakes.h"
#include "kernel/calls/calls.h"
#include "kernel/net_policy/policy.h"
#include "kernel/notify/handle.h"
#include "kernel/notify/notify.h"

#define ARENA_BYTES  (1024u * 1024u)
#define RING_RECORDS 64u
#define IRQ          45u

bool world_again, world_in_handler;
uint32_t world_steps, calls_again, cloud_credit;
uint8_t world_secret[64];
void (*world_between)(void);
MvNotificationHandle world_centre;
MvNetworkHandle world_network;
uint16_t cloud_stream;
struct tunnel_open cloud_open;

static uint8_t arena[ARENA_BYTES] __attribute__((aligned(512)));
static uint32_t arena_used;
static struct MvNotification *ring;
static uint8_t received[CHANNEL_MESSAGE_MAX];
static uint32_t received_bytes, received_used;

/* ---- the kernel's way to the application ---- */

static bool mine(const void *place, uint32_t size)
{
    uintptr_t first = (uintptr_t)place, begin = (uintptr_t)arena;
    return size != 0 && first >= begin && first - begin < ARENA_BYTES &&
           size <= ARENA_BYTES - (first - begin);
}

bool calls_may_read(const void *from, uint32_t size)
{
    return mine(from, size);
}

bool calls_may_write(const void *to, uint32_t size)
{
    return mine(to, size);
}

bool calls_copy_in(void *to, const void *from, uint32_t size)
{
    if (!mine(from, size)) {
        return false;
    }
    memcpy(to, from, size);
    return true;
}

bool calls_from_handler(void)
{
    return world_in_handler;
}

bool calls_can_wait(void)
{
    return true;
}

void calls_wait(void)
{
    world_again = true;
}

void calls_wait_over(void)
{
}

struct calls_caller calls_caller(void)
{
    return (struct calls_caller){0x20000000, 0x08000101};
}

void world_step(void)
{
    assert_true(++world_steps < 20000); /* a call ends */
    if (world_again && world_between != NULL) {
        world_between();
    }
}

/* ---- the application ---- */

int world_reset(void **state)
{
    (void)state;
    memset(arena, 0, sizeof arena);
    memset(world_secret, 0x5E, sizeof world_secret);
    arena_used = received_bytes = received_used = cloud_credit = 0;
    world_between = NULL;
    world_in_handler = false;
    fake_time_us += 10000000;
    channels_reset();
    for (uint32_t i = 0; i < CHANNELS_MAX; i++) {
        uint32_t reason;
        (void)stream_take_cancelled(i, &reason);
    }
    notify_reset();
    policy_reset();
    handle_reset();
    policy_init();
    ring = app_memory(RING_RECORDS * sizeof *ring);
    struct MvNotificationSetup setup = {IRQ, ring, RING_RECORDS * sizeof *ring};
    assert_int_equal(notify_open(&setup, &world_centre), MV_STATUS_OKAY);
    struct MvRequestNetworkParams params = {.version = 1, .v1 = {world_centre, 1}};
    assert_int_equal(policy_request(&params, &world_network), MV_STATUS_OKAY);
    policy_set_status(MV_NETWORKSTATUS_CONNECTED);
    memset(ring, 0, RING_RECORDS * sizeof *ring);
    return 0;
}

void *app_memory(uint32_t size)
{
    void *memory = arena + arena_used;
    arena_used += (size + 511u) & ~511u;
    assert_true(arena_used <= ARENA_BYTES);
    return memory;
}

const uint8_t *app_text(const char *text)
{
    uint32_t size = (uint32_t)strlen(text);
    uint8_t *memory = app_memory(size + 1);
    for (uint32_t i = 0; i < size; i++) {
        memory[i] = (uint8_t)text[i];
    }
    return memory;
}

struct MvSizedString app_string(const char *text)
{
    return (struct MvSizedString){app_text(text), (uint32_t)strlen(text)};
}

uint32_t app_events(enum MvEventType type)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < RING_RECORDS; i++) {
        count += ring[i].event_type == type;
    }
    return count;
}

struct MvNotification app_last_event(void)
{
    struct MvNotification last = {0};
    for (uint32_t i = 0; i < RING_RECORDS; i++) {
        last = ring[i].event_type != MV_EVENTTYPE_NOEVENT ? ring[i] : last;
    }
    return last;
}

struct MvOpenChannelParams *app_channel_params(enum MvChannelType type)
{
    struct MvOpenChannelParams *params = app_memory(sizeof *params);
    *params = (struct MvOpenChannelParams){.version = 1,
                                           .v1 = {.notification_handle = world_centre,
                                                  .notification_tag = 0x7A6,
                                                  .network_handle = world_network,
                                                  .receive_buffer = app_memory(WORLD_RECEIVE_BYTES),
                                                  .receive_buffer_len = WORLD_RECEIVE_BYTES,
                                                  .send_buffer = app_memory(WORLD_SEND_BYTES),
                                                  .send_buffer_len = WORLD_SEND_BYTES,
                                                  .channel_type = type,
                                                  .endpoint = {app_memory(1), 0}}};
    return params;
}

MvChannelHandle app_channel(enum MvChannelType type)
{
    struct MvOpenChannelParams *params = app_channel_params(type);
    MvChannelHandle *handle = app_memory(sizeof *handle);
    assert_int_equal(CALLED(call_mvOpenChannel(params, handle)), MV_STATUS_OKAY);
    assert_int_not_equal(*handle, 0);
    cloud_accept();
    return *handle;
}

/* ---- the cloud ---- */

void cloud_accept(void)
{
    static uint16_t next = 1;
    next = (uint16_t)(next + 2);
    for (uint32_t i = 0; i < CHANNELS_MAX; i++) {
        if (stream_take_open(i, next, &cloud_open)) {
            cloud_stream = next;
            cloud_credit = cloud_open.credit;
            stream_accepted(next);
            assert_true(stream_credit(next, WORLD_CREDIT));
        }
    }
}

bool cloud_receive(struct channel_header *header, const uint8_t **body)
{
    memmove(received, received + received_used, received_bytes - received_used);
    received_bytes -= received_used;
    received_used = 0;
    for (uint32_t i = 0; i < CHANNELS_MAX; i++) {
        uint32_t size = 0;
        while (stream_take_data(i, received + received_bytes, 100, &size) != 0) {
            received_bytes += size;
        }
    }
    if (received_bytes < CHANNEL_HEADER_BYTES) {
        return false;
    }
    assert_true(channel_header_parse(received, header));
    if (received_bytes < CHANNEL_HEADER_BYTES + header->body_bytes) {
        return false;
    }
    *body = received + CHANNEL_HEADER_BYTES;
    received_used = CHANNEL_HEADER_BYTES + header->body_bytes;
    return true;
}

void cloud_take_grants(void)
{
    uint32_t credit = 0;
    for (uint32_t i = 0; i < CHANNELS_MAX; i++) {
        if (stream_take_grant(i, &credit) == cloud_stream && credit != 0) {
            cloud_credit += credit;
        }
        credit = 0;
    }
}

bool cloud_send(const uint8_t *bytes, uint32_t size)
{
    assert_true(size <= cloud_credit);
    cloud_credit -= size;
    for (uint32_t done = 0; done < size;) {
        uint32_t part = size - done < 37 ? size - done : 37; /* cut anywhere */
        if (!stream_data(cloud_stream, bytes + done, part)) {
            return false;
        }
        done += part;
    }
    return true;
}
