/* The application's side of channels, played by the tests. */
#ifndef TEST_NET_FAKE_CHANNELS_H
#define TEST_NET_FAKE_CHANNELS_H

#include <stdint.h>

struct fake_channels {
    uint32_t readable, space, over; /* notifications so far */
};
extern struct fake_channels fake_channels;

/* All channels are gone, nobody was told anything. */
void fake_channels_reset(void);

#endif
