/*
 * Events between the rooms of one node, delivered at once on the loop thread. An event says what
 * changed; a receiver that needs the new state reads it from the store, so a lost or doubled event
 * does no harm.
 */
#ifndef CLOUD_BUS_BUS_H
#define CLOUD_BUS_BUS_H

#include <stddef.h>
#include <stdint.h>

#include "cloud/store/store.h"

#define BUS_SUBSCRIBERS_MAX 8

enum bus_topic {
    BUS_DEVICE_CHANGED, /* target, logging, restart or life of a device */
    BUS_LOG_APPENDED,   /* logs[0..log_count) are stored; valid during the call */
};

struct bus_event {
    enum bus_topic topic;
    char device_sid[SID_TEXT];
    const struct store_log *logs;
    size_t log_count;
};

typedef void (*bus_receiver)(void *context, const struct bus_event *event);

struct bus {
    struct {
        bus_receiver receive;
        void *context;
    } subscribers[BUS_SUBSCRIBERS_MAX];
    size_t count;
};

void bus_subscribe(struct bus *bus, bus_receiver receive, void *context);
void bus_publish(const struct bus *bus, const struct bus_event *event);

#endif
