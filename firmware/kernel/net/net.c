/* Connection keeper: see net.h. One phase at a time, each with its way out:
 *
 *   OFFLINE -> LINK -> CONNECT -> SECURE -> ONLINE      everything well
 *   LINK | CONNECT | SECURE | ONLINE -> PAUSE           failed: back-off, then LINK
 *   any -> LEAVING -> OFFLINE                           policy no longer wants the network
 */
#include "kernel/net/net.h"

#include <string.h>

#include "abi/mv_syscalls.h"
#include "drivers/lpuart.h"
#include "formats/logrec.h"
#include "kernel/channels/stream.h"
#include "kernel/log/log.h"
#include "kernel/net/backoff.h"
#include "kernel/net/link.h"
#include "kernel/net/random.h"
#include "kernel/net/restart.h"
#include "kernel/net/text.h"
#include "kernel/net/tls.h"
#include "kernel/net/transport.h"
#include "kernel/net/tunnel.h"
#include "kernel/net_policy/policy.h"
#include "kernel/storage/identity.h"
#include "kernel/time/time.h"
#include "kernel/update/update.h"
#include "kernel/work/work.h"

#include "lwip/init.h"
#include "lwip/sys.h"
#include "lwip/timeouts.h"

#define HANDSHAKE_LIMIT_US 30000000u
#define LINK_STABLE_US     10000000u
#define STABLE_US          60000000u /* a connection that lasted so long resets the back-off */

enum phase {
    PHASE_UNREADY, /* nothing set up yet */
    PHASE_BROKEN,  /* no identity or no random numbers: never connects */
    PHASE_OFFLINE,
    PHASE_LINK,
    PHASE_CONNECT,
    PHASE_SECURE,
    PHASE_ONLINE,
    PHASE_PAUSE,
    PHASE_LEAVING,
};

static struct {
    enum phase phase;
    const struct link_driver *link;
    const struct identity *identity;
    struct backoff server_backoff, link_backoff;
    uint64_t link_up_us; /* since when the link is up; 0: it is not */
    uint64_t until_us;   /* end of a pause, or limit of the handshake */
    uint64_t online_us;
    uint32_t attempts; /* since the last welcome */
    bool welcomed;
    const char *last_logged;
    enum MvNetworkStatus status;
    bool status_known;
} net;

u32_t sys_now(void)
{
    return (u32_t)(time_us() / 1000);
}

/* PPP stirs it into its magic numbers. */
u32_t sys_jiffies(void)
{
    return (u32_t)time_us();
}

_Noreturn void net_assert_failed(void)
{
    __builtin_trap();
}

void net_init(void)
{
    tls_arena_init();
    net.link = &modem_at_driver;
    net.phase = PHASE_UNREADY;
}

void net_lpuart_irq(void)
{
    if (lpuart_irq())
        work_wake();
}

bool net_connected(void)
{
    return net.phase == PHASE_ONLINE && net.welcomed;
}

static void set_status(enum MvNetworkStatus status)
{
    if (net.status_known && net.status == status)
        return;
    net.status = status;
    net.status_known = true;
    policy_set_status(status);
}

/* ---- setting up ---- */

static uint64_t random_u64(void)
{
    return (uint64_t)net_random() << 32 | net_random();
}

static void broken(const char *why)
{
    log_system(LOGREC_KERNEL, why);
    net.phase = PHASE_BROKEN;
    policy_unable();
    set_status(MV_NETWORKSTATUS_DELIBERATELYOFFLINE);
}

static void set_up(void)
{
    net.identity = identity_get();
    if (net.identity == NULL) {
        broken("network off: this device has no identity");
    } else if (!net_random_init()) {
        broken("network off: the random number generator does not deliver");
    } else if (!tls_init(net.identity)) {
        broken("network off: the identity's key or certificates do not parse");
    } else {
        lwip_init();
        tunnel_init(net.identity->device_id, random_u64());
        net.phase = PHASE_OFFLINE;
    }
}

/* ---- ways between the phases ---- */

static void hang_up(tunnel_GoodbyeReason reason)
{
    bool by_server = net.link_up_us != 0 && reason != tunnel_GoodbyeReason_GOODBYE_POLICY;
    if (net.welcomed)
        update_link(false);
    streams_lost(by_server ? MV_CLOSUREREASON_CONNECTIONTERMINATED
                           : MV_CLOSUREREASON_NETWORKDISCONNECTED);
    net.welcomed = false;
    tunnel_stop(reason);
    tls_close();
    transport_close();
}

/* A line for people, once for each new reason. */
static void log_failure(const char *why, uint32_t pause_ms)
{
    struct text text;
    if (why == net.last_logged)
        return;
    net.last_logged = why;
    text_begin(&text);
    text_add(&text, "not connected: ");
    text_add(&text, why);
    text_add(&text, "; trying again in ");
    text_add_u32(&text, (pause_ms + 999) / 1000);
    text_add(&text, " s");
    log_system(LOGREC_KERNEL, text.bytes);
}

static void pause_for(const char *why, uint32_t pause_ms)
{
    hang_up(tunnel_GoodbyeReason_GOODBYE_INTERNAL);
    net.attempts++;
    net.until_us = time_us() + pause_ms * 1000ull;
    net.phase = PHASE_PAUSE;
    log_failure(why, pause_ms);
    policy_reason(MV_NETWORKREASON_ENHANCECALM, true);
}

/* The server could not be reached, or it or its answers were no good. */
static void pause_after(const char *why)
{
    uint32_t pause_ms = backoff_next_ms(&net.server_backoff, BACKOFF_SERVER_MS, net_random());
    uint32_t asked_ms = net.phase == PHASE_ONLINE ? tunnel_retry_after_s() * 1000 : 0;
    pause_for(why, pause_ms > asked_ms ? pause_ms : asked_ms);
}

/* The link went away: the server has done nothing wrong. */
static void pause_after_link(void)
{
    net.link_up_us = 0;
    pause_for(net.link->error(), backoff_next_ms(&net.link_backoff, BACKOFF_LINK_MS, net_random()));
}

static void link_begin(void)
{
    enum link_state state = net.link->poll();
    net.phase = PHASE_LINK;
    set_status(MV_NETWORKSTATUS_CONNECTING);
    if (state == LINK_STOPPED || state == LINK_FAILED)
        net.link->start();
}

static void connect_begin(void)
{
    net.phase = PHASE_CONNECT;
    transport_open(net.identity->server_host, net.identity->server_port);
}

static void secure_begin(void)
{
    net.phase = PHASE_SECURE;
    net.until_us = time_us() + HANDSHAKE_LIMIT_US;
    if (!tls_open())
        pause_after(tls_error());
}

static void online_begin(void)
{
    net.phase = PHASE_ONLINE;
    net.welcomed = false;
    tunnel_start();
}

static void welcome(void)
{
    struct text text;
    net.welcomed = true;
    net.online_us = time_us();
    text_begin(&text);
    text_add(&text, "connected");
    text_add(&text, tls_resumed() ? ", TLS session resumed" : "");
    if (net.attempts > 0) {
        text_add(&text, ", failed attempts before: ");
        text_add_u32(&text, net.attempts);
    }
    log_system(LOGREC_KERNEL, text.bytes);
    net.attempts = 0;
    net.last_logged = NULL;
    policy_reason(MV_NETWORKREASON_ENHANCECALM, false);
    set_status(MV_NETWORKSTATUS_CONNECTED);
    update_link(true);
}

static void leave(void)
{
    hang_up(tunnel_GoodbyeReason_GOODBYE_POLICY);
    net.link->stop();
    net.phase = PHASE_LEAVING;
    policy_reason(MV_NETWORKREASON_ENHANCECALM, false);
}

/* ---- what each phase does ---- */

static void offline_poll(void)
{
    set_status(MV_NETWORKSTATUS_DELIBERATELYOFFLINE);
    if (policy_wants_network())
        link_begin();
}

static void connect_poll(void)
{
    enum transport_state state = transport_poll();
    if (state == TRANSPORT_OPEN)
        secure_begin();
    else if (state == TRANSPORT_FAILED || state == TRANSPORT_CLOSED)
        pause_after(transport_error());
}

static void secure_poll(void)
{
    enum tls_state state = tls_handshake();
    if (state == TLS_READY)
        online_begin();
    else if (state == TLS_FAILED)
        pause_after(tls_error());
    else if (time_us() >= net.until_us)
        pause_after("server does not finish the TLS handshake");
}

static void online_poll(void)
{
    enum tunnel_status status = tunnel_poll();
    if (status == TUNNEL_RUNNING && !net.welcomed)
        welcome();
    if (net.welcomed && time_us() - net.online_us >= STABLE_US)
        backoff_reset(&net.server_backoff);
    if (status == TUNNEL_ENDED)
        pause_after(tunnel_error());
}

static void leaving_poll(enum link_state link)
{
    if (link == LINK_STOPPED || link == LINK_FAILED)
        net.phase = PHASE_OFFLINE;
}

static bool needs_link(enum phase phase)
{
    return phase == PHASE_LINK || phase == PHASE_CONNECT || phase == PHASE_SECURE ||
           phase == PHASE_ONLINE;
}

static void link_phase_poll(enum link_state link)
{
    if (link == LINK_UP)
        connect_begin();
    else if (link == LINK_STOPPED)
        net.link->start();
}

static void pause_poll(enum link_state link)
{
    set_status(link == LINK_UP ? MV_NETWORKSTATUS_DISCONNECTEDWITHLINKUP
                               : MV_NETWORKSTATUS_CONNECTING);
    if (time_us() >= net.until_us)
        link_begin();
}

static void phase_poll(enum link_state link)
{
    switch (net.phase) {
    case PHASE_OFFLINE:
        offline_poll();
        break;
    case PHASE_LINK:
        link_phase_poll(link);
        break;
    case PHASE_CONNECT:
        connect_poll();
        break;
    case PHASE_SECURE:
        secure_poll();
        break;
    case PHASE_ONLINE:
        online_poll();
        break;
    case PHASE_PAUSE:
        pause_poll(link);
        break;
    case PHASE_LEAVING:
        leaving_poll(link);
        break;
    case PHASE_UNREADY:
    case PHASE_BROKEN:
        break;
    }
}

static void watch_link(enum link_state link)
{
    if (link != LINK_UP)
        net.link_up_us = 0;
    else if (net.link_up_us == 0)
        net.link_up_us = time_us();
    else if (time_us() - net.link_up_us >= LINK_STABLE_US)
        backoff_reset(&net.link_backoff);
}

void net_poll(void)
{
    enum link_state link;

    if (net.phase == PHASE_UNREADY)
        set_up();
    if (net.phase == PHASE_BROKEN)
        return;
    sys_check_timeouts();
    link = net.link->poll();
    watch_link(link);
    if (net.phase != PHASE_OFFLINE && net.phase != PHASE_LEAVING && !policy_wants_network())
        leave();
    else if (needs_link(net.phase) && link == LINK_FAILED)
        pause_after_link();
    else
        phase_poll(link);
    restart_poll();
}
