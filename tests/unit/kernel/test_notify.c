/* Notification centres, handles, system sources and the network policy on top of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "fakes.h"
#include "kernel/net_policy/policy.h"
#include "kernel/notify/handle.h"
#include "kernel/notify/notify.h"

static struct MvNotification ring[4];

static int reset(void **state)
{
    (void)state;
    notify_reset();
    handle_reset();
    policy_reset();
    policy_init();
    memset(ring, 0, sizeof ring);
    memset(fake_pended, 0, sizeof fake_pended);
    fake_rng_works = true;
    return 0;
}

static struct MvNotificationSetup setup_of(void *buffer, uint32_t size, uint32_t irq)
{
    return (struct MvNotificationSetup){.irq = irq, .buffer = buffer, .buffer_size = size};
}

static enum MvStatus open_centre(const struct MvNotificationSetup *setup,
                                 MvNotificationHandle *handle)
{
    uint32_t next = 0;
    while (next < NOTIFY_CENTRES) {
        enum MvStatus status = notify_look(setup, &next);
        if (status != MV_STATUS_OKAY) {
            return status;
        }
    }
    return notify_open(setup, handle);
}

static MvNotificationHandle open_ring(void)
{
    struct MvNotificationSetup setup = setup_of(ring, sizeof ring, 45);
    MvNotificationHandle handle = 0;
    assert_int_equal(open_centre(&setup, &handle), MV_STATUS_OKAY);
    assert_int_not_equal(handle, 0);
    return handle;
}

static void records_go_round(void **state)
{
    (void)state;
    MvNotificationHandle handle = open_ring();
    for (uint32_t i = 0; i < 6; i++) {
        fake_time_us = 0x100000000ull + i;
        assert_true(notify_post(handle, MV_EVENTTYPE_CHANNELDATAREADABLE, i));
    }
    assert_int_equal(ring[0].tag, 4);
    assert_int_equal(ring[1].tag, 5);
    assert_int_equal(ring[2].tag, 2);
    assert_int_equal(ring[3].tag, 3);
    assert_int_equal(ring[0].event_type, MV_EVENTTYPE_CHANNELDATAREADABLE);
    assert_true(ring[0].microseconds == 0x100000004ull);
    assert_int_equal(fake_pended[45], 6);
}

static void bad_setups(void **state)
{
    (void)state;
    MvNotificationHandle handle;
    static const uint32_t sizes[] = {0, 8, 16, 24, 33, 40};
    for (uint32_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct MvNotificationSetup setup = setup_of(ring, sizes[i], 45);
        assert_int_equal(open_centre(&setup, &handle), MV_STATUS_INVALIDBUFFERSIZE);
    }
    static const uint32_t irqs[] = {48, 66, 125, 0xFFFFFFFFu};
    for (uint32_t i = 0; i < sizeof irqs / sizeof *irqs; i++) {
        struct MvNotificationSetup setup = setup_of(ring, sizeof ring, irqs[i]);
        assert_int_equal(open_centre(&setup, &handle), MV_STATUS_INVALIDINTERRUPT);
    }
}

static void conflicts(void **state)
{
    (void)state;
    struct MvNotification other[4];
    MvNotificationHandle handle = open_ring(), second;
    struct MvNotificationSetup setup = setup_of(&ring[2], 32, 46);
    assert_int_equal(open_centre(&setup, &second), MV_STATUS_BUFFERALREADYINUSE);
    setup = setup_of(other, sizeof other, 45);
    assert_int_equal(open_centre(&setup, &second), MV_STATUS_INVALIDINTERRUPT);
    setup = setup_of((void *)((uintptr_t)ring - 16), 32, 46);
    assert_int_equal(open_centre(&setup, &second), MV_STATUS_BUFFERALREADYINUSE);
    setup = setup_of(other, sizeof other, 46);
    assert_int_equal(open_centre(&setup, &second), MV_STATUS_OKAY);
    assert_int_not_equal(handle, second);
    assert_int_equal(notify_close(handle), MV_STATUS_OKAY);
    assert_int_equal(notify_close(handle), MV_STATUS_INVALIDHANDLE);
    assert_false(notify_post(handle, MV_EVENTTYPE_NOEVENT, 0));
    assert_int_equal(open_ring() != handle, 1);
}

static void thirty_two_centres(void **state)
{
    (void)state;
    static struct MvNotification rings[33][2];
    MvNotificationHandle handles[33];
    for (uint32_t i = 0; i < 33; i++) {
        struct MvNotificationSetup setup = setup_of(rings[i], sizeof rings[i], i);
        enum MvStatus want = i < 32 ? MV_STATUS_OKAY : MV_STATUS_TOOMANYNOTIFICATIONBUFFERS;
        assert_int_equal(open_centre(&setup, &handles[i]), want);
    }
}

/* A call does not wait for the hardware's generator. */
static void handles_without_the_generator(void **state)
{
    (void)state;
    fake_rng_works = false;
    uint32_t first = handle_new(HANDLE_NETWORK, 0), second = handle_new(HANDLE_NETWORK, 1);
    assert_int_not_equal(first, 0);
    assert_int_not_equal(first, second);
    assert_int_not_equal(first >> HANDLE_SLOT_BITS, second >> HANDLE_SLOT_BITS);
}

static void handles_are_typed(void **state)
{
    (void)state;
    uint32_t handle = handle_new(HANDLE_NETWORK, 3);
    assert_int_equal(handle_find(HANDLE_NETWORK, handle), 3);
    assert_int_equal(handle_find(HANDLE_NOTIFICATION, handle), -1);
    assert_int_equal(handle_find(HANDLE_NETWORK, 0), -1);
    assert_int_equal(handle_find(HANDLE_NETWORK, handle ^ 0x100u), -1);
    handle_free(handle);
    assert_int_equal(handle_find(HANDLE_NETWORK, handle), -1);
    for (uint32_t i = 0; i < HANDLE_SLOTS; i++) {
        assert_int_not_equal(handle_new(HANDLE_CHANNEL, 0), 0);
    }
    assert_int_equal(handle_new(HANDLE_CHANNEL, 0), 0);
}

static void system_sources(void **state)
{
    (void)state;
    struct MvOpenSystemNotificationParams params = {.notification_handle = open_ring(),
                                                    .notification_tag = 9,
                                                    .notification_source =
                                                        MV_SYSTEMNOTIFICATIONSOURCE_UPDATE};
    MvSystemEventHandle event = 0;
    assert_int_equal(notify_system_open(&params, &event), MV_STATUS_OKAY);
    notify_system(MV_SYSTEMNOTIFICATIONSOURCE_NETWORK, MV_EVENTTYPE_NETWORKSTATUSCHANGED);
    assert_int_equal(ring[0].event_type, 0);
    notify_system(MV_SYSTEMNOTIFICATIONSOURCE_UPDATE, MV_EVENTTYPE_UPDATEDOWNLOADED);
    assert_int_equal(ring[0].event_type, MV_EVENTTYPE_UPDATEDOWNLOADED);
    assert_int_equal(ring[0].tag, 9);
    assert_int_equal(notify_system_close(event), MV_STATUS_OKAY);
    assert_int_equal(notify_system_close(event), MV_STATUS_INVALIDHANDLE);
    params.notification_source = (enum MvSystemNotificationSource)7;
    assert_int_equal(notify_system_open(&params, &event), MV_STATUS_INVALIDHANDLE);
}

static void network_wishes(void **state)
{
    (void)state;
    struct MvRequestNetworkParams params = {.version = 1};
    MvNetworkHandle handles[POLICY_NETWORK_HANDLES + 1];
    assert_int_equal(policy_request(&params, handles), MV_STATUS_PARAMETERFAULT);
    params.v1.notification_handle = open_ring();
    params.v1.notification_tag = 4;
    policy_reason(0xFFFFu, false);
    assert_false(policy_wants_network());
    for (uint32_t i = 0; i < POLICY_NETWORK_HANDLES; i++) {
        assert_int_equal(policy_request(&params, &handles[i]), MV_STATUS_OKAY);
    }
    assert_int_equal(policy_request(&params, &handles[POLICY_NETWORK_HANDLES]),
                     MV_STATUS_PARAMETERFAULT);
    assert_true(policy_wants_network());
    assert_int_equal(policy_reasons(), MV_NETWORKREASON_USINGNETWORK);
    policy_set_status(MV_NETWORKSTATUS_CONNECTED);
    assert_int_equal(fake_pended[45], POLICY_NETWORK_HANDLES);
    policy_set_status(MV_NETWORKSTATUS_CONNECTED);
    assert_int_equal(fake_pended[45], POLICY_NETWORK_HANDLES);
    for (uint32_t i = 0; i < POLICY_NETWORK_HANDLES; i++) {
        assert_int_equal(policy_release(handles[i]), MV_STATUS_OKAY);
        assert_int_equal(policy_release(handles[i]), MV_STATUS_INVALIDHANDLE);
    }
    assert_false(policy_wants_network());
    params.version = 2;
    assert_int_equal(policy_request(&params, handles), MV_STATUS_UNSUPPORTEDSTRUCTUREVERSION);
}

/* ---- the manifest's connectivity ---- */

static void check_in_comes_due(void **state)
{
    (void)state;
    policy_reason(0xFFFFu, false);
    policy_connectivity(0, 0);
    assert_true(policy_check_in_us() == POLICY_NEVER);
    policy_connectivity(3600, 0);
    policy_set_status(MV_NETWORKSTATUS_CONNECTED);
    policy_poll();
    policy_set_status(MV_NETWORKSTATUS_DELIBERATELYOFFLINE);
    fake_time_us += 3599999000ull;
    policy_poll();
    assert_false(policy_wants_network());
    assert_true(policy_check_in_us() > 0 && policy_check_in_us() <= 1000000);
    fake_time_us += 1000000;
    policy_poll();
    assert_true(policy_wants_network());
    assert_int_equal(policy_reasons(), MV_NETWORKREASON_MINIMUMCHECKINEXPIRED);
    /* Ten seconds of a connection serve it; the next one is an hour away. */
    policy_set_status(MV_NETWORKSTATUS_CONNECTED);
    fake_time_us += 11000000;
    policy_poll();
    assert_int_equal(policy_reasons(), 0);
    assert_false(policy_wants_network());
    assert_true(policy_check_in_us() > 3599000000ull);
    /* Deep sleep counts. */
    policy_set_status(MV_NETWORKSTATUS_DELIBERATELYOFFLINE);
    policy_last_contact(3600000000ull);
    policy_poll();
    assert_true(policy_wants_network());
}

/* Where there is no network the device may sleep, and tries again at the next check-in. */
static void patience_ends(void **state)
{
    (void)state;
    policy_reason(0xFFFFu, false);
    policy_connectivity(3600, 0);
    policy_reason(MV_NETWORKREASON_COLDBOOTCONNECTION | MV_NETWORKREASON_RTCNOTSET, true);
    policy_set_status(MV_NETWORKSTATUS_CONNECTING);
    policy_poll();
    fake_time_us += 299000000;
    policy_poll();
    assert_true(policy_wants_network());
    fake_time_us += 2000000;
    policy_poll();
    assert_false(policy_wants_network());
    assert_true((policy_reasons() & MV_NETWORKREASON_RTCNOTSET) != 0); /* still true */
    policy_set_status(MV_NETWORKSTATUS_DELIBERATELYOFFLINE);
    fake_time_us += 3601000000ull;
    policy_poll();
    assert_true(policy_wants_network());
}

static void grace_holds_the_connection(void **state)
{
    (void)state;
    struct MvRequestNetworkParams params = {.version = 1};
    MvNetworkHandle first, second;
    params.v1.notification_handle = open_ring();
    policy_connectivity(0, 30);
    assert_int_equal(policy_request(&params, &first), MV_STATUS_OKAY);
    assert_int_equal(policy_request(&params, &second), MV_STATUS_OKAY);
    policy_reason(0xFFFFu, false);
    assert_int_equal(policy_release(first), MV_STATUS_OKAY);
    assert_int_equal(policy_release(second), MV_STATUS_OKAY);
    fake_time_us += 29000000;
    assert_true(policy_wants_network());
    fake_time_us += 2000000;
    assert_false(policy_wants_network());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(records_go_round, reset),
        cmocka_unit_test_setup(bad_setups, reset),
        cmocka_unit_test_setup(conflicts, reset),
        cmocka_unit_test_setup(thirty_two_centres, reset),
        cmocka_unit_test_setup(handles_without_the_generator, reset),
        cmocka_unit_test_setup(handles_are_typed, reset),
        cmocka_unit_test_setup(system_sources, reset),
        cmocka_unit_test_setup(network_wishes, reset),
        cmocka_unit_test_setup(check_in_comes_due, reset),
        cmocka_unit_test_setup(patience_ends, reset),
        cmocka_unit_test_setup(grace_holds_the_connection, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
