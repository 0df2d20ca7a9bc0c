/* CONFIG messages of a channel: see channel.h. */
#include "formats/channel.h"

void channel_config_begin(struct channel_writer *writer, uint8_t *out, uint32_t size,
                          uint32_t count)
{
    channel_begin(writer, out, size);
    channel_put_u16(writer, count);
    channel_put_u16(writer, 0);
}

void channel_config_put_key(struct channel_writer *writer, uint32_t scope, uint32_t store,
                            struct channel_text key)
{
    channel_put_u8(writer, scope);
    channel_put_u8(writer, store);
    channel_put_string(writer, key.bytes, key.size);
}

bool channel_config_request_parse(const uint8_t *body, uint32_t size,
                                  struct channel_config_request *request)
{
    struct channel_reader reader;
    channel_read(&reader, body, size);
    request->count = channel_get_u16(&reader);
    channel_get_u16(&reader);
    if (request->count > CHANNEL_CONFIG_ITEMS_MAX)
        return false;
    for (uint32_t i = 0; i < request->count; i++) {
        request->keys[i].scope = (uint8_t)channel_get_u8(&reader);
        request->keys[i].store = (uint8_t)channel_get_u8(&reader);
        request->keys[i].key = channel_get_string(&reader);
    }
    return !reader.bad;
}

bool channel_config_response_parse(const uint8_t fixed[CHANNEL_CONFIG_RESPONSE_FIXED],
                                   uint32_t body_bytes, struct channel_config_response *response)
{
    struct channel_reader reader;
    channel_read(&reader, fixed, CHANNEL_CONFIG_RESPONSE_FIXED);
    response->result = channel_get_u32(&reader);
    response->count = channel_get_u32(&reader);
    return response->count <= CHANNEL_CONFIG_ITEMS_MAX &&
           body_bytes >=
               CHANNEL_CONFIG_RESPONSE_FIXED + response->count * CHANNEL_CONFIG_INDEX_ENTRY;
}

bool channel_config_item(const uint8_t entry[CHANNEL_CONFIG_INDEX_ENTRY], uint32_t count,
                         uint32_t body_bytes, struct channel_config_item *item)
{
    struct channel_reader reader;
    uint32_t first = CHANNEL_CONFIG_RESPONSE_FIXED + count * CHANNEL_CONFIG_INDEX_ENTRY;
    channel_read(&reader, entry, CHANNEL_CONFIG_INDEX_ENTRY);
    item->value.offset = channel_get_u32(&reader);
    item->value.length = channel_get_u16(&reader);
    item->result = (uint8_t)channel_get_u8(&reader);
    return item->value.offset >= first && item->value.offset <= body_bytes &&
           item->value.length <= body_bytes - item->value.offset;
}

uint32_t channel_config_response_write(uint8_t *out, uint32_t size, uint32_t result,
                                       const struct channel_config_value *values, uint32_t count)
{
    struct channel_writer writer;
    uint32_t at = CHANNEL_CONFIG_RESPONSE_FIXED + count * CHANNEL_CONFIG_INDEX_ENTRY;
    if (count > CHANNEL_CONFIG_ITEMS_MAX)
        return 0;
    channel_begin(&writer, out, size);
    channel_put_u32(&writer, result);
    channel_put_u32(&writer, count);
    for (uint32_t i = 0; i < count; i++) {
        channel_put_u32(&writer, at);
        channel_put_u16(&writer, values[i].value.size);
        channel_put_u8(&writer, values[i].result);
        channel_put_u8(&writer, 0);
        at += values[i].value.size;
    }
    for (uint32_t i = 0; i < count; i++)
        channel_put_bytes(&writer, values[i].value.bytes, values[i].value.size);
    return channel_end(&writer, CHANNEL_CONFIG_RESPONSE);
}
