/* The tunnel's side of channels: streams of kind HTTP, MQTT and CONFIG, and raw channels, whose
 * bytes become log lines. From the work thread.
 *
 * Credit given to the cloud never exceeds the free room of the receive buffer, so nothing that it
 * sends has to be dropped. Buffers are touched only while the lock is held and the stream still has
 * its channel: once closed, a channel's buffers are the application's again.
 */
#ifndef KERNEL_CHANNELS_STREAM_H
#define KERNEL_CHANNELS_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/mv_syscalls.h"
#include "formats/tunnel.h"
#include "kernel/channels/channel.h"

/* From calls too: the cloud is to hear that the channel is closed. */
void stream_cancel(struct channel *channel);

/* Frames that came. False: the cloud broke the protocol. They ignore streams that are none. */
bool stream_is_channel(uint16_t stream);
void stream_accepted(uint16_t stream);
bool stream_credit(uint16_t stream, uint32_t more);
bool stream_data(uint16_t stream, const uint8_t *data, uint32_t size_bytes);
void stream_closed(uint16_t stream, uint32_t tunnel_close);
/* The connection is gone, with all streams. */
void streams_lost(enum MvClosureReason reason);

/* Frames to send, asked for in this order for each index below CHANNELS_MAX.
 * Number of a stream to close, with the reason to give; 0 if none. */
uint16_t stream_take_cancelled(uint32_t index, uint32_t *tunnel_close);
/* A channel wants its stream opened: it has this number now, and the frame is `open`. */
bool stream_take_open(uint32_t index, uint16_t stream, struct tunnel_open *open);
/* Number of the stream, and credit to give it or 0. */
uint16_t stream_take_grant(uint32_t index, uint32_t *credit);
/* Takes up to limit_bytes to send; the number of the stream, or 0 and nothing. */
uint16_t stream_take_data(uint32_t index, uint8_t *to, uint32_t limit_bytes, uint32_t *size_bytes);

/* Raw channels: at most one line each into the log. Only while connected. */
void stream_raw_poll(void);

#endif
