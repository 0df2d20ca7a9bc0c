// For applications that test calls while connected: checks, whose failures and totals go to the
// server's log, and the little that all of them need. Included by one file each.
#ifndef TESTS_BOARD_ONLINE_H
#define TESTS_BOARD_ONLINE_H

#include <string.h>

#include "mv_events.h"
#include "mv_log.h"
#include "mv_network.h"
#include "mv_syscalls.h"

enum { TIM2_IRQ = 45, RECORDS = 64, TAG_NETWORK = 1, WAIT_US = 15000000 };

static struct MvNotification ring[RECORDS];
static struct mv_events events;
static MvNetworkHandle network;
static uint32_t passed, failed;

void TIM2_IRQHandler(void);
void TIM2_IRQHandler(void)
{
}

static void check(const char *name, uint32_t got, uint32_t want)
{
    if (got == want) {
        passed++;
        return;
    }
    failed++;
    mv_log("FAIL %s: got %lu, want %lu", name, (unsigned long)got, (unsigned long)want);
}

static struct MvSizedString text(const char *string)
{
    return (struct MvSizedString){(const uint8_t *)string, strlen(string)};
}

static uint64_t now_us(void)
{
    uint64_t us = 0;
    (void)mvGetMicroseconds(&us);
    return us;
}

static void go_online(void)
{
    mv_log_start();
    check("events", mv_events_open(&events, ring, RECORDS, TIM2_IRQ), MV_STATUS_OKAY);
    network = mv_network_connect(&events, TAG_NETWORK);
    check("network", network != 0, 1);
}

static void tell_totals(void)
{
    mv_log("totals: %lu passed, %lu failed", (unsigned long)passed, (unsigned long)failed);
    for (;;) {
        __asm volatile("wfi");
    }
}

#endif
