/* Events between rooms: see bus.h. */
#include "cloud/bus/bus.h"

#include <assert.h>

void bus_subscribe(struct bus *bus, bus_receiver receive, void *context)
{
    assert(bus->count < BUS_SUBSCRIBERS_MAX);
    bus->subscribers[bus->count].receive = receive;
    bus->subscribers[bus->count].context = context;
    bus->count++;
}

void bus_publish(const struct bus *bus, const struct bus_event *event)
{
    for (size_t i = 0; i < bus->count; i++)
        bus->subscribers[i].receive(bus->subscribers[i].context, event);
}
