/* HTTP, MQTT and CONFIG streams of a session: handed over to the egress. See session.h and
 * docs/tunnel.md §11. */
#include "cloud/base/journal.h"
#include "cloud/gateway/session.h"

/* ---- what the egress asks of its stream ---- */

static void on_send(void *owner, const uint8_t *bytes, size_t size)
{
    struct session_stream *stream = owner;
    session_send_frame(stream->session, TUNNEL_DATA, stream->number, bytes, size);
}

static void on_grant(void *owner, uint32_t credit)
{
    struct session_stream *stream = owner;
    session_send_u32(stream->session, TUNNEL_CREDIT, stream->number, credit);
}

static void on_over(void *owner, enum tunnel_close reason)
{
    struct session_stream *stream = owner;
    stream->outlet = NULL; /* it ends itself */
    session_stream_close(stream->session, stream, reason);
}

static bool on_congested(const void *owner)
{
    const struct session_stream *stream = owner;
    return transport_congested(&stream->session->transport);
}

/* ---- frames ---- */

void session_channel_open(struct session *session, struct session_stream *stream,
                          const struct tunnel_open *open)
{
    static const struct outlet_owner calls = {
        .send = on_send, .grant = on_grant, .over = on_over, .congested = on_congested};
    struct egress *egress = session->gateway->options.egress;
    if (open->version != CHANNEL_VERSION) {
        session_stream_close(session, stream, TUNNEL_CLOSE_UNSUPPORTED);
        return;
    }
    if (open->receive_bytes < CHANNEL_RECEIVE_MIN) {
        session_stream_close(session, stream, TUNNEL_CLOSE_PROTOCOL);
        return;
    }
    if (!session->share)
        session->share = egress_share_new(egress);
    /* A device that the store has not looked up yet has nothing to do outside. */
    if (session->state == SESSION_OPEN)
        stream->outlet = outlet_open(egress, session->share, open, session->sid, &calls, stream);
    if (!stream->outlet) {
        session_stream_close(session, stream, TUNNEL_CLOSE_LIMIT);
        return;
    }
    session_send_u32(session, TUNNEL_ACCEPT, stream->number, 0);
    outlet_begin_work(stream->outlet);
}

void session_channel_data(struct session *session, struct session_stream *stream,
                          const struct tunnel_frame *frame)
{
    if (outlet_granted(stream->outlet, frame->length))
        outlet_data(stream->outlet, frame->payload, frame->length);
    else
        session_protocol_error(session, "DATA without credit");
}

void session_channel_credit(struct session *session, struct session_stream *stream, uint32_t more)
{
    if (!outlet_credit(stream->outlet, more))
        session_protocol_error(session, "more credit than is allowed");
}
