/* One channel stream: see outlet.h. */
#include "cloud/egress/outlet.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "cloud/base/journal.h"
#include "cloud/base/memory.h"

/* ---- life ---- */

static const struct outlet_kind *kind_of(uint8_t kind)
{
    return kind == TUNNEL_HTTP ? &outlet_http : kind == TUNNEL_MQTT ? &outlet_mqtt : &outlet_config;
}

struct outlet *outlet_open(struct egress *egress, struct egress_share *share,
                           const struct tunnel_open *open, const char *device_sid,
                           const struct outlet_owner *calls, void *owner)
{
    const struct outlet_kind *kind = kind_of(open->kind);
    if (egress->outlet_count >= EGRESS_OUTLETS_MAX || egress->buffered >= EGRESS_MEMORY_MAX ||
        !bucket_take(&share->opens, uv_now(egress->options.loop))) {
        egress->counters.refused++;
        return NULL;
    }
    struct outlet *outlet = memory_new(kind->size);
    outlet->egress = egress;
    outlet->share = share;
    share->references++;
    outlet->kind = kind;
    outlet->calls = calls;
    outlet->owner = owner;
    outlet->credit = open->credit;
    outlet->receive_bytes =
        open->receive_bytes < CHANNEL_MESSAGE_MAX ? open->receive_bytes : CHANNEL_MESSAGE_MAX;
    memcpy(outlet->device_sid, device_sid, SID_TEXT);
    uv_timer_init(egress->options.loop, &outlet->timer);
    outlet->timer.data = outlet;
    outlet->next = egress->outlets;
    if (outlet->next)
        outlet->next->previous = outlet;
    egress->outlets = outlet;
    egress->outlet_count++;
    if (kind->open)
        kind->open(outlet);
    return outlet;
}

void outlet_count(struct outlet *outlet, long bytes)
{
    outlet->egress->buffered = (size_t)((long)outlet->egress->buffered + bytes);
    outlet->share->buffered = (size_t)((long)outlet->share->buffered + bytes);
}

static void drop_in(struct outlet *outlet)
{
    if (!outlet->in)
        return;
    OPENSSL_cleanse(outlet->in, outlet->in_size); /* passwords, keys */
    free(outlet->in);
    outlet_count(outlet, -(long)outlet->in_size);
    outlet->in = NULL;
    outlet->in_used = outlet->in_size = 0;
}

static void drop_out(struct outlet *outlet)
{
    if (!outlet->out)
        return;
    OPENSSL_cleanse(outlet->out, outlet->out_size);
    free(outlet->out);
    outlet_count(outlet, -(long)outlet->out_size);
    outlet->out = NULL;
    outlet->out_at = outlet->out_used = outlet->out_size = 0;
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct outlet *outlet = handle->data;
    outlet->egress->outlet_count--;
    egress_share_release(outlet->share);
    free(outlet);
}

static void free_if_done(struct outlet *outlet)
{
    struct egress *egress = outlet->egress;
    if (!outlet->done || outlet->holds > 0 || uv_is_closing((uv_handle_t *)&outlet->timer))
        return;
    drop_in(outlet);
    drop_out(outlet);
    if (outlet->previous)
        outlet->previous->next = outlet->next;
    else
        egress->outlets = outlet->next;
    if (outlet->next)
        outlet->next->previous = outlet->previous;
    uv_close((uv_handle_t *)&outlet->timer, on_timer_closed);
}

static void hold(struct outlet *outlet)
{
    outlet->holds++;
}

static void release(struct outlet *outlet)
{
    outlet->holds--;
    free_if_done(outlet);
}

void outlet_end(struct outlet *outlet)
{
    if (!outlet->owner)
        return;
    outlet->owner = NULL;
    hold(outlet);
    outlet->kind->end(outlet);
    release(outlet);
}

void outlet_fail(struct outlet *outlet, enum tunnel_close reason)
{
    if (!outlet->owner)
        return;
    outlet->calls->over(outlet->owner, reason);
    outlet_end(outlet);
}

void outlet_done(struct outlet *outlet)
{
    outlet->done = true;
    free_if_done(outlet);
}

bool outlet_over(const struct outlet *outlet)
{
    return outlet->owner == NULL;
}

/* ---- timer ---- */

static void on_timer(uv_timer_t *timer);

static void arm(struct outlet *outlet)
{
    bool waits = outlet->ticking || outlet->in_used > 0 || outlet->granted <= OUTLET_WINDOW / 2;
    bool wanted = outlet->owner && waits;
    if (wanted == outlet->timer_runs || uv_is_closing((uv_handle_t *)&outlet->timer))
        return;
    outlet->timer_runs = wanted;
    if (wanted)
        uv_timer_start(&outlet->timer, on_timer, 1000, 1000);
    else
        uv_timer_stop(&outlet->timer);
}

static void on_timer(uv_timer_t *timer)
{
    struct outlet *outlet = timer->data;
    hold(outlet);
    if (outlet->in_used > 0 && ++outlet->in_quiet_s >= OUTLET_STALL_S)
        outlet_fail(outlet, TUNNEL_CLOSE_LIMIT);
    else if (outlet->ticking)
        outlet->kind->tick(outlet);
    outlet_appetite(outlet); /* others may have freed memory */
    arm(outlet);
    release(outlet);
}

void outlet_tick(struct outlet *outlet, bool on)
{
    outlet->ticking = on;
    arm(outlet);
}

/* ---- from the device ---- */

void outlet_appetite(struct outlet *outlet)
{
    uint32_t more = OUTLET_WINDOW - outlet->granted;
    if (!outlet->owner || more < OUTLET_WINDOW / 2)
        return;
    if (!egress_has_memory(outlet->egress, outlet->share) ||
        (outlet->kind->hungry && !outlet->kind->hungry(outlet)))
        return;
    outlet->granted += more;
    outlet->calls->grant(outlet->owner, more);
}

void outlet_begin_work(struct outlet *outlet)
{
    outlet_appetite(outlet);
    arm(outlet);
}

bool outlet_granted(const struct outlet *outlet, uint32_t size)
{
    return size <= outlet->granted;
}

/* Grows with what has come, never by what is only announced. */
static void append_in(struct outlet *outlet, const uint8_t *bytes, uint32_t size)
{
    uint32_t needed = outlet->in_used + size;
    if (needed > outlet->in_size) {
        uint32_t grown = needed > 2 * outlet->in_size ? needed : 2 * outlet->in_size;
        uint8_t *in = memory_new(grown);
        uint32_t used = outlet->in_used;
        if (used > 0)
            memcpy(in, outlet->in, used);
        drop_in(outlet);
        outlet->in = in;
        outlet->in_size = grown;
        outlet->in_used = used;
        outlet_count(outlet, (long)grown);
    }
    memcpy(outlet->in + outlet->in_used, bytes, size);
    outlet->in_used = needed;
    outlet->in_quiet_s = 0;
}

/* One message if it is complete; the bytes that it took, 0 if it is not. */
static uint32_t take_message(struct outlet *outlet, uint32_t at)
{
    struct channel_header header;
    uint32_t left = outlet->in_used - at;
    if (left < CHANNEL_HEADER_BYTES)
        return 0;
    if (!channel_header_parse(outlet->in + at, &header)) {
        outlet_fail(outlet, TUNNEL_CLOSE_PROTOCOL);
        return 0;
    }
    if (left - CHANNEL_HEADER_BYTES < header.body_bytes)
        return 0;
    if (!outlet->kind->message(outlet, header.type, outlet->in + at + CHANNEL_HEADER_BYTES,
                               header.body_bytes))
        outlet_fail(outlet, TUNNEL_CLOSE_PROTOCOL);
    return CHANNEL_HEADER_BYTES + header.body_bytes;
}

void outlet_data(struct outlet *outlet, const uint8_t *bytes, uint32_t size)
{
    uint32_t at = 0, took;
    assert(size <= outlet->granted);
    hold(outlet);
    outlet->granted -= size;
    append_in(outlet, bytes, size);
    while (outlet->owner && (took = take_message(outlet, at)) > 0)
        at += took;
    if (outlet->owner) {
        outlet->in_used -= at;
        memmove(outlet->in, outlet->in + at, outlet->in_used);
        if (outlet->in_used == 0)
            drop_in(outlet);
        outlet_appetite(outlet);
        arm(outlet);
    }
    release(outlet);
}

/* ---- to the device ---- */

uint32_t outlet_pending(const struct outlet *outlet)
{
    return outlet->out_used - outlet->out_at;
}

static void flush(struct outlet *outlet)
{
    bool was_full = outlet_pending(outlet) >= OUTLET_PENDING_HI;
    while (outlet->owner && outlet_pending(outlet) > 0 && outlet->credit > 0 &&
           !outlet->calls->congested(outlet->owner)) {
        uint32_t piece = outlet_pending(outlet);
        if (piece > TUNNEL_PAYLOAD_MAX)
            piece = TUNNEL_PAYLOAD_MAX;
        if (piece > outlet->credit)
            piece = outlet->credit;
        outlet->calls->send(outlet->owner, outlet->out + outlet->out_at, piece);
        outlet->out_at += piece;
        outlet->credit -= piece;
    }
    if (outlet_pending(outlet) == 0)
        drop_out(outlet);
    if (outlet->owner && was_full && outlet_pending(outlet) < OUTLET_PENDING_HI) {
        if (outlet->kind->drained)
            outlet->kind->drained(outlet);
        outlet_appetite(outlet);
    }
}

void outlet_send(struct outlet *outlet, const uint8_t *message, uint32_t size)
{
    if (!outlet->owner || size == 0)
        return;
    uint32_t pending = outlet_pending(outlet);
    hold(outlet);
    if (pending + size > outlet->out_size - outlet->out_at) {
        uint32_t grown = pending + size;
        uint8_t *out = memory_new(grown);
        if (pending > 0)
            memcpy(out, outlet->out + outlet->out_at, pending);
        drop_out(outlet);
        outlet->out = out;
        outlet->out_size = grown;
        outlet->out_used = pending;
        outlet_count(outlet, (long)grown);
    }
    memcpy(outlet->out + outlet->out_used, message, size);
    outlet->out_used += size;
    flush(outlet);
    release(outlet);
}

bool outlet_credit(struct outlet *outlet, uint32_t more)
{
    if (!tunnel_credit_add(&outlet->credit, more))
        return false;
    outlet_resume(outlet);
    return true;
}

void outlet_resume(struct outlet *outlet)
{
    hold(outlet);
    flush(outlet);
    release(outlet);
}
