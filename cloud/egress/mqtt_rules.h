/* What an application's MQTT requests may say. Pure functions over hostile text. */
#ifndef CLOUD_EGRESS_MQTT_RULES_H
#define CLOUD_EGRESS_MQTT_RULES_H

#include "formats/channel.h"

bool mqtt_connect_valid(const struct channel_mqtt_connect *connect);
bool mqtt_subscribe_valid(const struct channel_mqtt_topics *topics);
bool mqtt_unsubscribe_valid(const struct channel_mqtt_topics *topics);
bool mqtt_publish_valid(const struct channel_mqtt_publish *publish);

#endif
