/* The kernel around the network code, played by the tests: a clock that can be pushed on, a log,
 * and what update, policy and applications were told.
 */
#ifndef TEST_NET_FAKE_KERNEL_H
#define TEST_NET_FAKE_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/mv_syscalls.h"
#include "formats/identity.h"

#define FAKE_LOG_RECORDS 4096

struct fake_kernel {
    uint64_t skipped_us; /* added to the real clock */
    uint64_t wall_us;
    bool wants_network;
    bool logging;
    enum MvNetworkStatus status;
    uint32_t reasons;
    uint32_t restarts; /* of the application */
    bool link_up;      /* what update was told */
    uint8_t manifest[4096];
    uint32_t manifest_size, manifests;
    bool report_changed;
    uint32_t report_state;
    const struct identity *identity;
    uint32_t log_count, log_taken; /* records written, and taken by the tunnel */
};
extern struct fake_kernel fake;

void fake_reset(const struct identity *identity);
/* A record of the application into the log. */
void fake_app_log(const char *text);
/* The last line that the kernel itself logged, "" if none since the reset. */
const char *fake_last_line(void);
/* Whether the kernel logged a line with these words in it since the reset. */
bool fake_logged(const char *words);

#endif
