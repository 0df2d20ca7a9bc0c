/* Opening, closing and losing channels; raw channels; the stream's side. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "channel_world.h"
#include "fakes.h"
#include "kernel/log/log.h"
#include "kernel/net_policy/policy.h"

static enum MvStatus open_with(const struct MvOpenChannelParams *params, MvChannelHandle *out)
{
    MvChannelHandle *handle = app_memory(sizeof *handle);
    enum MvStatus status = CALLED(call_mvOpenChannel(params, handle));
    *out = *handle;
    return status;
}

static enum MvStatus close_it(MvChannelHandle handle)
{
    MvChannelHandle *place = app_memory(sizeof *place);
    *place = handle;
    enum MvStatus status = CALLED(call_mvCloseChannel(place));
    assert_int_equal(*place, status == MV_STATUS_OKAY ? 0 : handle);
    return status;
}

static enum MvClosureReason reason_of(MvChannelHandle handle)
{
    enum MvClosureReason *reason = app_memory(sizeof *reason);
    assert_int_equal(CALLED(call_mvGetChannelClosureReason(handle, reason)), MV_STATUS_OKAY);
    return *reason;
}

/* ---- opening ---- */

static void stream_of_each_kind(void **state)
{
    static const struct {
        enum MvChannelType type;
        uint8_t kind;
    } kinds[] = {{MV_CHANNELTYPE_HTTP, TUNNEL_HTTP},
                 {MV_CHANNELTYPE_MQTT, TUNNEL_MQTT},
                 {MV_CHANNELTYPE_CONFIGFETCH, TUNNEL_CONFIG}};
    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        MvChannelHandle handle = app_channel(kinds[i].type);
        assert_int_equal(cloud_open.kind, kinds[i].kind);
        assert_int_equal(cloud_open.version, CHANNEL_VERSION);
        assert_int_equal(cloud_open.receive_bytes, WORLD_RECEIVE_BYTES);
        assert_int_equal(cloud_open.credit, WORLD_RECEIVE_BYTES);
        assert_int_equal(reason_of(handle), MV_CLOSUREREASON_NONE);
    }
}

static void four_at_once(void **state)
{
    (void)state;
    MvChannelHandle handles[5];
    for (uint32_t i = 0; i < 5; i++) {
        enum MvStatus status = open_with(app_channel_params(MV_CHANNELTYPE_HTTP), &handles[i]);
        assert_int_equal(status, i < 4 ? MV_STATUS_OKAY : MV_STATUS_TOOMANYCHANNELS);
        for (uint32_t k = 0; k < i && i < 4; k++) {
            assert_int_not_equal(handles[k], handles[i]);
        }
    }
    assert_int_equal(close_it(handles[2]), MV_STATUS_OKAY);
    assert_int_equal(open_with(app_channel_params(MV_CHANNELTYPE_MQTT), &handles[4]),
                     MV_STATUS_OKAY);
    assert_int_equal(close_it(handles[2]), MV_STATUS_INVALIDHANDLE); /* it is another's slot now */
}

/* Eight attempts, the refused ones too, then none for a second. */
static void eight_opens(void **state)
{
    (void)state;
    MvChannelHandle handle;
    for (uint32_t i = 0; i < CHANNEL_OPENS; i++) {
        assert_int_equal(open_with(app_channel_params(MV_CHANNELTYPE_HTTP), &handle),
                         MV_STATUS_OKAY);
        assert_int_equal(close_it(handle), MV_STATUS_OKAY);
    }
    assert_int_equal(open_with(app_channel_params(MV_CHANNELTYPE_HTTP), &handle),
                     MV_STATUS_RATELIMITED);
    fake_time_us += 999000;
    assert_int_equal(open_with(app_channel_params(MV_CHANNELTYPE_HTTP), &handle),
                     MV_STATUS_RATELIMITED);
    fake_time_us += 1001;
    assert_int_equal(open_with(app_channel_params(MV_CHANNELTYPE_HTTP), &handle), MV_STATUS_OKAY);
}

static void not_connected(void **state)
{
    (void)state;
    static const enum MvNetworkStatus others[] = {MV_NETWORKSTATUS_DELIBERATELYOFFLINE,
                                                  MV_NETWORKSTATUS_CONNECTING,
                                                  MV_NETWORKSTATUS_DISCONNECTEDWITHLINKUP};
    MvChannelHandle handle;
    for (uint32_t i = 0; i < 3; i++) {
        policy_set_status(others[i]);
        assert_int_equal(open_with(app_channel_params(MV_CHANNELTYPE_HTTP), &handle),
                         MV_STATUS_NETWORKNOTCONNECTED);
    }
}

/* Buffers are the kernel's from opening to closing; nobody may have them twice. */
static void buffers_in_use(void **state)
{
    (void)state;
    MvChannelHandle first, second;
    struct MvOpenChannelParams *params = app_channel_params(MV_CHANNELTYPE_HTTP);
    struct MvOpenChannelParams *other = app_channel_params(MV_CHANNELTYPE_HTTP);
    assert_int_equal(open_with(params, &first), MV_STATUS_OKAY);
    other->v1.receive_buffer = params->v1.receive_buffer + 512;
    assert_int_equal(open_with(other, &second), MV_STATUS_BUFFERALREADYINUSE);
    other->v1.receive_buffer = params->v1.send_buffer;
    other->v1.receive_buffer_len = 512;
    assert_int_equal(open_with(other, &second), MV_STATUS_BUFFERALREADYINUSE);
    assert_int_equal(close_it(first), MV_STATUS_OKAY);
    assert_int_equal(open_with(other, &second), MV_STATUS_OKAY);
}

/* Parameters are copied once, the second time that the call is made (job.h): what another task
 * changes after that does not count. */
static struct MvOpenChannelParams *changed;
static uint32_t times_made;
static void change(void)
{
    if (++times_made < 2) {
        return;
    }
    changed->v1.receive_buffer = SECRET;
    changed->v1.receive_buffer_len = 0xFFFFFE00u;
    changed->v1.endpoint.data = SECRET;
}

static void changed_while_opening(void **state)
{
    (void)state;
    MvChannelHandle handle;
    changed = app_channel_params(MV_CHANNELTYPE_HTTP);
    times_made = 0;
    world_between = change;
    assert_int_equal(open_with(changed, &handle), MV_STATUS_OKAY);
    world_between = NULL;
    assert_true(times_made >= 2);
    cloud_accept();
    assert_int_equal(cloud_open.receive_bytes, WORLD_RECEIVE_BYTES);
}

/* ---- the end of a channel ---- */

static void reasons(void **state)
{
    (void)state;
    MvChannelHandle handle;
    assert_int_equal(open_with(app_channel_params(MV_CHANNELTYPE_HTTP), &handle), MV_STATUS_OKAY);
    assert_int_equal(reason_of(handle), MV_CLOSUREREASON_NOTYETOPEN);
    cloud_accept();
    assert_int_equal(reason_of(handle), MV_CLOSUREREASON_NONE);
    stream_closed(cloud_stream, TUNNEL_CLOSE_DONE);
    assert_int_equal(reason_of(handle), MV_CLOSUREREASON_CHANNELCLOSEDBYSERVER);
    assert_int_equal(app_events(MV_EVENTTYPE_CHANNELNOTCONNECTED), 1);
    assert_int_equal(app_last_event().tag, 0x7A6);
    stream_closed(cloud_stream, TUNNEL_CLOSE_LIMIT); /* it is over already */
    assert_int_equal(app_events(MV_EVENTTYPE_CHANNELNOTCONNECTED), 1);
    assert_int_equal(close_it(handle), MV_STATUS_OKAY);

    handle = app_channel(MV_CHANNELTYPE_MQTT);
    stream_closed(cloud_stream, TUNNEL_CLOSE_PROTOCOL);
    assert_int_equal(reason_of(handle), MV_CLOSUREREASON_CHANNELRESETBYSERVER);
    handle = app_channel(MV_CHANNELTYPE_MQTT);
    streams_lost(MV_CLOSUREREASON_NETWORKDISCONNECTED);
    assert_int_equal(reason_of(handle), MV_CLOSUREREASON_NETWORKDISCONNECTED);
    handle = app_channel(MV_CHANNELTYPE_MQTT);
    streams_lost(MV_CLOSUREREASON_CONNECTIONTERMINATED);
    assert_int_equal(reason_of(handle), MV_CLOSUREREASON_CONNECTIONTERMINATED);
}

/* The cloud hears of a closed channel once, by the number of its stream. */
static void close_is_told(void **state)
{
    (void)state;
    uint32_t why = 99;
    MvChannelHandle handle = app_channel(MV_CHANNELTYPE_HTTP);
    assert_int_equal(close_it(handle), MV_STATUS_OKAY);
    assert_true(stream_is_channel(cloud_stream)); /* its number is not given to another yet */
    uint16_t told = 0;
    for (uint32_t i = 0; i < CHANNELS_MAX && told == 0; i++) {
        told = stream_take_cancelled(i, &why);
    }
    assert_int_equal(told, cloud_stream);
    assert_int_equal(why, TUNNEL_CLOSE_CANCELLED);
    assert_false(stream_is_channel(cloud_stream));
    for (uint32_t i = 0; i < CHANNELS_MAX; i++) {
        assert_int_equal(stream_take_cancelled(i, &why), 0);
    }
}

/* What still comes for a closed channel is not written into the application's memory. */
static void data_after_close(void **state)
{
    (void)state;
    struct MvOpenChannelParams *params = app_channel_params(MV_CHANNELTYPE_HTTP);
    MvChannelHandle handle;
    uint8_t bytes[40] = {CHANNEL_HTTP_RESPONSE};
    assert_int_equal(open_with(params, &handle), MV_STATUS_OKAY);
    cloud_accept();
    assert_int_equal(close_it(handle), MV_STATUS_OKAY);
    assert_true(stream_data(cloud_stream, bytes, sizeof bytes));
    for (uint32_t i = 0; i < WORLD_RECEIVE_BYTES; i++) {
        assert_int_equal(params->v1.receive_buffer[i], 0);
    }
}

/* ---- what a hostile cloud may do ---- */

static void beyond_credit(void **state)
{
    (void)state;
    static uint8_t bytes[WORLD_RECEIVE_BYTES + 1] = {CHANNEL_HTTP_RESPONSE};
    app_channel(MV_CHANNELTYPE_HTTP);
    tunnel_put_u32(bytes + 4, WORLD_RECEIVE_BYTES - CHANNEL_HEADER_BYTES);
    assert_false(stream_data(cloud_stream, bytes, sizeof bytes));
}

static void impossible_messages(void **state)
{
    static const uint32_t sizes[] = {WORLD_RECEIVE_BYTES - CHANNEL_HEADER_BYTES + 1,
                                     CHANNEL_MESSAGE_MAX, 0x7FFFFFFF, 0xFFFFFFFF};
    (void)state;
    for (uint32_t i = 0; i < 4; i++) {
        uint8_t header[CHANNEL_HEADER_BYTES] = {CHANNEL_HTTP_RESPONSE};
        MvChannelHandle handle = app_channel(MV_CHANNELTYPE_HTTP);
        tunnel_put_u32(header + 4, sizes[i]);
        assert_true(cloud_send(header, sizeof header)); /* the connection lives on */
        assert_int_equal(reason_of(handle), MV_CLOSUREREASON_UNEXPECTEDLYTERMINATED);
        uint32_t why = 0;
        uint16_t told = 0;
        for (uint32_t k = 0; k < CHANNELS_MAX && told == 0; k++) {
            told = stream_take_cancelled(k, &why);
        }
        assert_int_equal(told, cloud_stream);
        assert_int_equal(why, TUNNEL_CLOSE_PROTOCOL);
        assert_int_equal(close_it(handle), MV_STATUS_OKAY);
    }
}

/* Messages of other types are skipped and give their room back. */
static void unwanted_messages(void **state)
{
    static uint8_t message[WORLD_RECEIVE_BYTES];
    (void)state;
    MvChannelHandle handle = app_channel(MV_CHANNELTYPE_HTTP);
    for (uint32_t i = 0; i < 8; i++) {
        message[0] = i % 2 == 0 ? CHANNEL_MQTT_MESSAGE : 0x77;
        tunnel_put_u32(message + 4, sizeof message - CHANNEL_HEADER_BYTES);
        assert_true(cloud_send(message, sizeof message));
        cloud_take_grants();
        assert_int_equal(cloud_credit, WORLD_RECEIVE_BYTES);
    }
    assert_int_equal(app_events(MV_EVENTTYPE_CHANNELDATAREADABLE), 0);
    assert_int_equal(reason_of(handle), MV_CLOSUREREASON_NONE);
}

/* ---- raw channels ---- */

static MvChannelHandle raw_channel(uint32_t receive_bytes)
{
    MvChannelHandle handle;
    struct MvOpenChannelParams *params = app_channel_params(MV_CHANNELTYPE_OPAQUEBYTES);
    params->v1.endpoint = app_string("log");
    params->v1.receive_buffer += 16; /* as applications of 2021 had it */
    params->v1.receive_buffer_len = receive_bytes;
    assert_int_equal(open_with(params, &handle), MV_STATUS_OKAY);
    return handle;
}

static void expect_line(const char *text)
{
    uint8_t record[LOGREC_BYTES_MAX];
    struct logrec parsed;
    stream_raw_poll();
    uint32_t size = log_peek(record, sizeof record);
    assert_int_not_equal(size, 0);
    assert_int_equal(logrec_parse(record, size, &parsed), size);
    assert_int_equal(parsed.type, LOGREC_APP_LOGGING);
    assert_int_equal(parsed.text_bytes, strlen(text));
    assert_memory_equal(parsed.text, text, parsed.text_bytes);
    log_consume();
}

static void raw_lines(void **state)
{
    (void)state;
    uint32_t *count = app_memory(4);
    log_init();
    MvChannelHandle handle = raw_channel(16);
    const uint8_t *text = app_text("first\nsecond\nthi");
    assert_int_equal(CALLED(call_mvWriteChannelStream(handle, text, 16, count)), MV_STATUS_OKAY);
    assert_int_equal(*count, 16);
    expect_line("first");
    expect_line("second");
    stream_raw_poll(); /* the third is not complete */
    text = app_text("rd\n");
    assert_int_equal(CALLED(call_mvWriteChannel(handle, text, 3, count)), MV_STATUS_OKAY);
    expect_line("third");
}

static void raw_room(void **state)
{
    (void)state;
    uint32_t *count = app_memory(4);
    uint8_t *many = app_memory(2 * WORLD_SEND_BYTES);
    uint8_t **place = app_memory(sizeof *place);
    memset(many, 'x', 2 * WORLD_SEND_BYTES);
    MvChannelHandle handle = raw_channel(16);
    assert_int_equal(CALLED(call_mvWriteChannel(handle, SECRET, 0, count)), MV_STATUS_OKAY);
    assert_int_equal(*count, WORLD_SEND_BYTES);
    assert_int_equal(CALLED(call_mvWriteChannel(handle, many, WORLD_SEND_BYTES + 1, count)),
                     MV_STATUS_INVALIDBUFFERSIZE);
    assert_int_equal(*count, WORLD_SEND_BYTES); /* nothing was written */
    assert_int_equal(CALLED(call_mvWriteChannelStream(handle, many, 1000, count)), MV_STATUS_OKAY);
    assert_int_equal(CALLED(call_mvWriteChannelStream(handle, many, 1000, count)), MV_STATUS_OKAY);
    assert_int_equal(*count, WORLD_SEND_BYTES - 1000);
    log_init();
    stream_raw_poll(); /* a line that is too long is cut, and there is room again */
    assert_true(app_events(MV_EVENTTYPE_CHANNELDATAWRITESPACE) >= 1);
    assert_int_equal(CALLED(call_mvReadChannel(handle, place, count)), MV_STATUS_OKAY);
    assert_int_equal(*count, 0);
    assert_int_equal(CALLED(call_mvReadChannelComplete(handle, 5)), MV_STATUS_OKAY);
    streams_lost(MV_CLOSUREREASON_NETWORKDISCONNECTED);
    assert_int_equal(CALLED(call_mvWriteChannel(handle, many, 1, count)), MV_STATUS_CHANNELCLOSED);
    assert_int_equal(CALLED(call_mvReadChannel(handle, place, count)), MV_STATUS_CHANNELCLOSED);
    assert_int_equal(CALLED(call_mvReadChannelComplete(handle, 0)), MV_STATUS_CHANNELCLOSED);
}

/* Calls of one family do not take the channels of another. */
static void families(void **state)
{
    (void)state;
    uint32_t *words = app_memory(64);
    MvChannelHandle http = app_channel(MV_CHANNELTYPE_HTTP);
    assert_int_equal(CALLED(call_mvReadChannelComplete(http, 0)), MV_STATUS_INVALIDHANDLE);
    assert_int_equal(CALLED(call_mvWriteChannel(http, (void *)words, 1, words)),
                     MV_STATUS_INVALIDHANDLE);
    assert_int_equal(CALLED(call_mvMqttRequestDisconnect(http)), MV_STATUS_INVALIDHANDLE);
    assert_int_equal(CALLED(call_mvMqttReadPublishResponse(http, (void *)words)),
                     MV_STATUS_INVALIDHANDLE);
    assert_int_equal(CALLED(call_mvReadConfigFetchResponseData(http, (void *)words)),
                     MV_STATUS_INVALIDHANDLE);
    MvChannelHandle config = app_channel(MV_CHANNELTYPE_CONFIGFETCH);
    assert_int_equal(CALLED(call_mvReadHttpResponseData(config, (void *)words)),
                     MV_STATUS_INVALIDHANDLE);
    assert_int_equal(CALLED(call_mvReadHttpResponseData(world_centre, (void *)words)),
                     MV_STATUS_INVALIDHANDLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(stream_of_each_kind, world_reset),
        cmocka_unit_test_setup(four_at_once, world_reset),
        cmocka_unit_test_setup(eight_opens, world_reset),
        cmocka_unit_test_setup(not_connected, world_reset),
        cmocka_unit_test_setup(buffers_in_use, world_reset),
        cmocka_unit_test_setup(changed_while_opening, world_reset),
        cmocka_unit_test_setup(reasons, world_reset),
        cmocka_unit_test_setup(close_is_told, world_reset),
        cmocka_unit_test_setup(data_after_close, world_reset),
        cmocka_unit_test_setup(beyond_credit, world_reset),
        cmocka_unit_test_setup(impossible_messages, world_reset),
        cmocka_unit_test_setup(unwanted_messages, world_reset),
        cmocka_unit_test_setup(raw_lines, world_reset),
        cmocka_unit_test_setup(raw_room, world_reset),
        cmocka_unit_test_setup(families, world_reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
