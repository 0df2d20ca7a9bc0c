/* What an application's MQTT requests may say: see mqtt_rules.h. */
#include "cloud/egress/mqtt_rules.h"

#include <stdlib.h>
#include <string.h>

#include "cloud/base/form.h"
#include "cloud/base/memory.h"
#include "cloud/egress/address.h"

/* UTF-8 without U+0000 (MQTT 5 §1.5.4). */
static bool text_valid(struct channel_text text)
{
    if (text.size == 0)
        return true;
    if (memchr(text.bytes, '\0', text.size))
        return false;
    char *copy = memory_copy(text.bytes, text.size);
    bool valid = form_is_utf8(copy);
    free(copy);
    return valid;
}

static bool topic_valid(struct channel_text topic)
{
    return topic.size > 0 && !memchr(topic.bytes, '#', topic.size) &&
           !memchr(topic.bytes, '+', topic.size) && text_valid(topic);
}

/* Wildcards stand alone in their level, '#' in the last one (MQTT 5 §4.7.1). */
static bool filter_valid(struct channel_text filter)
{
    const uint8_t *bytes = filter.bytes;
    for (uint32_t i = 0; i < filter.size; i++) {
        if (bytes[i] != '#' && bytes[i] != '+')
            continue;
        bool last = i + 1 == filter.size;
        if ((i > 0 && bytes[i - 1] != '/') || (!last && bytes[i + 1] != '/') ||
            (bytes[i] == '#' && !last))
            return false;
    }
    return filter.size > 0 && text_valid(filter);
}

bool mqtt_connect_valid(const struct channel_mqtt_connect *connect)
{
    const struct channel_mqtt_connect_fixed *fixed = &connect->fixed;
    bool will = fixed->flags & CHANNEL_MQTT_WILL;
    return fixed->protocol <= 1 && fixed->authentication <= 1 && fixed->port != 0 &&
           fixed->keepalive_s <= 65535 &&
           address_host_valid((const char *)connect->host.bytes, connect->host.size) &&
           text_valid(connect->client_id) && text_valid(connect->user_name) &&
           (!will || (fixed->will_qos <= 2 && topic_valid(connect->will_topic)));
}

bool mqtt_subscribe_valid(const struct channel_mqtt_topics *topics)
{
    for (uint32_t i = 0; i < topics->count; i++) {
        const struct channel_mqtt_subscription *one = &topics->topics[i];
        if (one->qos > 2 || one->no_local > 1 || one->retain_as_published > 1 ||
            one->retain_handling > 2 || !filter_valid(one->topic))
            return false;
    }
    return topics->count > 0;
}

bool mqtt_unsubscribe_valid(const struct channel_mqtt_topics *topics)
{
    for (uint32_t i = 0; i < topics->count; i++) {
        if (!filter_valid(topics->topics[i].topic))
            return false;
    }
    return topics->count > 0;
}

bool mqtt_publish_valid(const struct channel_mqtt_publish *publish)
{
    return publish->qos <= 2 && publish->retain <= 1 && topic_valid(publish->topic);
}
