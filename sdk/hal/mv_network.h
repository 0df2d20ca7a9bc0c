/* Asking for a connection and waiting for it. Works in C and C++. */
#ifndef MV_NETWORK_H
#define MV_NETWORK_H

#include "mv_events.h"

/* Requests the network and sleeps until the device is connected; 0 if the request was refused.
 * Notifications that come meanwhile, of whatever tag, are taken from the ring. */
static inline MvNetworkHandle mv_network_connect(struct mv_events *events, uint32_t tag)
{
    MvNetworkHandle network = 0;
    struct MvNotification event;
    enum MvNetworkStatus status = MV_NETWORKSTATUS_CONNECTING;
    struct MvRequestNetworkParams params;
    params.version = 1;
    params.v1.notification_handle = events->handle;
    params.v1.notification_tag = tag;
    if (mvRequestNetwork(&params, &network) != MV_STATUS_OKAY) {
        return 0;
    }
    while (mvGetNetworkStatus(network, &status) == MV_STATUS_OKAY &&
           status != MV_NETWORKSTATUS_CONNECTED) {
        mv_events_wait(events, &event);
    }
    return network;
}

#endif
