/* Configuration fetch: the request as the cloud reads it, the response as it writes it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "channel_world.h"

static MvChannelHandle channel;
static uint8_t message[8192];

static int opened(void **state)
{
    int result = world_reset(state);
    channel = app_channel(MV_CHANNELTYPE_CONFIGFETCH);
    return result;
}

static struct MvConfigKeyToFetch *keys_of(uint32_t count)
{
    struct MvConfigKeyToFetch *keys = app_memory(count * sizeof *keys);
    for (uint32_t i = 0; i < count; i++) {
        keys[i] = (struct MvConfigKeyToFetch){(enum MvConfigKeyFetchScope)(i % 2),
                                              (enum MvConfigKeyFetchStore)(i / 2 % 2),
                                              app_string(i == 0 ? "server url" : "k")};
    }
    return keys;
}

static enum MvStatus fetch(uint32_t count, const struct MvConfigKeyToFetch *keys)
{
    struct MvConfigKeyFetchParams *params = app_memory(sizeof *params);
    *params = (struct MvConfigKeyFetchParams){count, keys};
    return CALLED(call_mvSendConfigFetchRequest(channel, params));
}

static void request_arrives(void **state)
{
    (void)state;
    struct channel_header header;
    struct channel_config_request got;
    const uint8_t *body;
    assert_int_equal(fetch(4, keys_of(4)), MV_STATUS_OKAY);
    assert_true(cloud_receive(&header, &body));
    assert_int_equal(header.type, CHANNEL_CONFIG_REQUEST);
    assert_true(channel_config_request_parse(body, header.body_bytes, &got));
    assert_int_equal(got.count, 4);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(got.keys[i].scope, i % 2);
        assert_int_equal(got.keys[i].store, i / 2);
    }
    assert_int_equal(got.keys[0].key.size, 10);
    assert_memory_equal(got.keys[0].key.bytes, "server url", 10);
    assert_int_equal(fetch(1, keys_of(1)), MV_STATUS_REQUESTALREADYSENT);
}

static void longest_keys(void **state)
{
    static char text[102];
    (void)state;
    struct channel_header header;
    struct channel_config_request got;
    const uint8_t *body;
    memset(text, '~', 101);
    struct MvConfigKeyToFetch *keys = keys_of(2);
    keys[1].key = app_string(text);
    assert_int_equal(fetch(2, keys), MV_STATUS_INVALIDCONFIGKEY);
    keys[1].key.length = 100;
    assert_int_equal(fetch(2, keys), MV_STATUS_OKAY);
    assert_true(cloud_receive(&header, &body));
    assert_true(channel_config_request_parse(body, header.body_bytes, &got));
    assert_memory_equal(got.keys[1].key.bytes, text, 100);
}

static void refused(void **state)
{
    (void)state;
    assert_int_equal(fetch(33, keys_of(33)), MV_STATUS_TOOMANYCONFIGKEYS);
    assert_int_equal(fetch(2, SECRET), MV_STATUS_PARAMETERFAULT);
    struct MvConfigKeyToFetch *keys = keys_of(2);
    keys[1].scope = (enum MvConfigKeyFetchScope)2;
    assert_int_equal(fetch(2, keys), MV_STATUS_UNKNOWNCONFIGSCOPE);
    keys = keys_of(2);
    keys[1].store = (enum MvConfigKeyFetchStore)2;
    assert_int_equal(fetch(2, keys), MV_STATUS_UNKNOWNCONFIGSTORE);
    static const char *const wrong[] = {"", "a\tb", "\x7F", "caf\xC3\xA9", "x\x1F", "01234567\n"};
    for (uint32_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        keys = keys_of(1);
        keys[0].key = app_string(wrong[i]);
        assert_int_equal(fetch(1, keys), MV_STATUS_INVALIDCONFIGKEY);
    }
    assert_int_equal(fetch(1, keys_of(1)), MV_STATUS_OKAY);
}

static void late_fault(void **state)
{
    (void)state;
    struct MvConfigKeyToFetch *keys = keys_of(2);
    keys[1].key.data = SECRET;
    assert_int_equal(fetch(2, keys), MV_STATUS_LATEFAULT);
    assert_int_equal(fetch(2, keys_of(2)), MV_STATUS_CHANNELCLOSED);
}

static struct MvConfigResponseReadItemParams *place(uint32_t index, uint32_t size)
{
    struct MvConfigResponseReadItemParams *params = app_memory(sizeof *params);
    *params = (struct MvConfigResponseReadItemParams){
        index, app_memory(4), {app_memory(64), size, app_memory(4)}};
    return params;
}

static enum MvStatus read_item(const struct MvConfigResponseReadItemParams *params)
{
    return CALLED(call_mvReadConfigResponseItem(channel, params));
}

static void response_is_read(void **state)
{
    (void)state;
    struct MvConfigResponseData *data = app_memory(sizeof *data);
    struct channel_config_value values[] = {{CHANNEL_ITEM_OK, {(const uint8_t *)"value", 5}},
                                            {CHANNEL_ITEM_NOT_FOUND, {NULL, 0}},
                                            {CHANNEL_ITEM_SERVER_ERROR, {NULL, 0}}};
    assert_int_equal(fetch(3, keys_of(3)), MV_STATUS_OKAY);
    assert_int_equal(CALLED(call_mvReadConfigFetchResponseData(channel, data)),
                     MV_STATUS_RESPONSENOTPRESENT);
    assert_int_equal(read_item(place(0, 64)), MV_STATUS_RESPONSENOTPRESENT);
    uint32_t size =
        channel_config_response_write(message, sizeof message, CHANNEL_CONFIG_OK, values, 3);
    assert_true(cloud_send(message, size));
    assert_int_equal(CALLED(call_mvReadConfigFetchResponseData(channel, data)), MV_STATUS_OKAY);
    assert_int_equal(data->result, MV_CONFIGFETCHRESULT_OK);
    assert_int_equal(data->num_items, 3);
    struct MvConfigResponseReadItemParams *params = place(0, 64);
    params->buf.data[5] = '#';
    assert_int_equal(read_item(params), MV_STATUS_OKAY);
    assert_int_equal(*params->result, MV_CONFIGKEYFETCHRESULT_OK);
    assert_int_equal(*params->buf.length, 5);
    assert_memory_equal(params->buf.data, "value#", 6);
    for (uint32_t i = 1; i < 3; i++) {
        params = place(i, 64);
        assert_int_equal(read_item(params), MV_STATUS_OKAY);
        assert_int_equal(*params->result, i);
        assert_int_equal(*params->buf.length, 0);
    }
    assert_int_equal(read_item(place(3, 64)), MV_STATUS_INDEXINVALID);
    params = place(0, 64);
    params->result = SECRET;
    assert_int_equal(read_item(params), MV_STATUS_PARAMETERFAULT);
    params = place(0, 64);
    params->buf.data = SECRET;
    assert_int_equal(read_item(params), MV_STATUS_PARAMETERFAULT);
}

static void response_too_large(void **state)
{
    (void)state;
    struct MvConfigResponseData *data = app_memory(sizeof *data);
    assert_int_equal(fetch(3, keys_of(3)), MV_STATUS_OKAY);
    uint32_t size = channel_config_response_write(message, sizeof message,
                                                  CHANNEL_CONFIG_RESPONSE_TOO_LARGE, NULL, 0);
    assert_true(cloud_send(message, size));
    assert_int_equal(CALLED(call_mvReadConfigFetchResponseData(channel, data)), MV_STATUS_OKAY);
    assert_int_equal(data->result, MV_CONFIGFETCHRESULT_RESPONSETOOLARGE);
    assert_int_equal(read_item(place(0, 64)), MV_STATUS_REQUESTUNSUCCESSFUL);
}

/* An index that points outside the message ends the channel; nothing outside is read. */
static void lying_index(void **state)
{
    static const uint32_t spans[][2] = {{0xFFFFFFFF, 1}, {16, 0xFFFF}, {17, 0}, {0x80000000, 0}};
    (void)state;
    for (uint32_t i = 0; i < 4; i++) {
        struct channel_writer writer;
        assert_int_equal(opened(state), 0);
        channel_begin(&writer, message, sizeof message);
        channel_put_u32(&writer, CHANNEL_CONFIG_OK);
        channel_put_u32(&writer, 1);
        channel_put_u32(&writer, spans[i][0]);
        channel_put_u16(&writer, spans[i][1]);
        channel_put_u16(&writer, 0);
        assert_true(cloud_send(message, channel_end(&writer, CHANNEL_CONFIG_RESPONSE)));
        assert_int_equal(read_item(place(0, 64)), MV_STATUS_CHANNELCLOSED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(request_arrives, opened),
        cmocka_unit_test_setup(longest_keys, opened),
        cmocka_unit_test_setup(refused, opened),
        cmocka_unit_test_setup(late_fault, opened),
        cmocka_unit_test_setup(response_is_read, opened),
        cmocka_unit_test_setup(response_too_large, opened),
        cmocka_unit_test_setup(lying_index, opened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
