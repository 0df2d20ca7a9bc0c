// A hostile broker's packets, and a hostile device's messages on their way to a broker: no parser
// reads or yields anything outside its input, what was enough bytes stays enough, and what passes
// the rules is written as one whole packet.
// fuzz-libs: mv_cloud
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cloud/egress/mqtt_packet.h"
#include "cloud/egress/mqtt_rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void inside(struct channel_text text, const uint8_t *bytes, size_t size)
{
    if (text.size > 0 && (text.bytes < bytes || text.bytes + text.size > bytes + size))
        abort();
}

static void read_publish(bool v5, const struct mqtt_header *header, const uint8_t *body,
                         size_t size)
{
    struct mqtt_publish whole, part;
    int result = mqtt_read_publish(v5, header, body, size, &whole);
    if (result == 1) {
        inside(whole.topic, body, size);
        if (whole.payload_offset + whole.payload_bytes != header->body_bytes)
            abort();
    }
    if (result == 0 && size >= header->body_bytes)
        abort();
    for (size_t less = 0; less < size && less < 64; less++) {
        int early = mqtt_read_publish(v5, header, body, less, &part);
        if (early != 0 && early != result)
            abort();
        if (early == 1 && (part.payload_offset != whole.payload_offset || part.id != whole.id))
            abort();
    }
}

static void read_packet(bool v5, const uint8_t *bytes, size_t size)
{
    struct mqtt_header header;
    struct mqtt_connack connack;
    struct mqtt_ack ack;
    struct mqtt_codes codes;
    uint8_t reason;
    if (mqtt_read_header(bytes, size, &header) != 1)
        return;
    const uint8_t *body = bytes + header.header_bytes;
    size_t left = size - header.header_bytes;
    read_publish(v5, &header, body, left < header.body_bytes ? left : header.body_bytes);
    if (mqtt_read_connack(v5, body, left, &connack) && connack.receive_maximum == 0)
        abort();
    mqtt_read_ack(v5, body, left, &ack);
    if (mqtt_read_codes(v5, body, left, &codes))
        inside(codes.codes, body, left);
    mqtt_read_disconnect(body, left, &reason);
}

static void check_written(struct mqtt_bytes packet, uint8_t type)
{
    struct mqtt_header header;
    if (mqtt_read_header(packet.bytes, packet.size, &header) != 1 || header.type != type ||
        header.header_bytes + header.body_bytes != packet.size)
        abort();
    free(packet.bytes);
}

static void write_requests(bool v5, const uint8_t *bytes, size_t size)
{
    struct channel_mqtt_connect connect;
    struct channel_mqtt_topics topics;
    struct channel_mqtt_publish publish;
    if (channel_mqtt_connect_parse(bytes, (uint32_t)size, &connect) && mqtt_connect_valid(&connect))
        free(mqtt_write_connect(&connect, 16).bytes);
    if (channel_mqtt_subscribe_parse(bytes, (uint32_t)size, &topics) &&
        mqtt_subscribe_valid(&topics))
        free(mqtt_write_subscribe(v5, 1, &topics).bytes);
    if (channel_mqtt_unsubscribe_parse(bytes, (uint32_t)size, &topics) &&
        mqtt_unsubscribe_valid(&topics))
        free(mqtt_write_unsubscribe(v5, 1, &topics).bytes);
    if (channel_mqtt_publish_parse(bytes, (uint32_t)size, &publish) && mqtt_publish_valid(&publish))
        check_written(mqtt_write_publish(v5, 1, &publish), MQTT_PUBLISH);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1); // exact, so that one byte too far is seen
    if (copy == NULL || size > 400000)
        abort();
    if (size > 0)
        memcpy(copy, bytes, size);
    for (int v5 = 0; v5 < 2; v5++) {
        read_packet(v5, copy, size);
        write_requests(v5, copy, size);
    }
    free(copy);
    return 0;
}
