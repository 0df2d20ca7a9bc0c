// Any bytes from a cloud that passed the TLS handshake, cut at any place, against the device's
// tunnel. The first bytes choose how they are cut and how far the clock goes on between.
//
// fuzz-libs: net_under_test
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "kernel/app/app.h"
#include "kernel/log/log.h"
#include "kernel/net/fetch.h"
#include "kernel/net/target.h"
#include "kernel/net/tls.h"
#include "kernel/net/tunnel.h"
#include "kernel/power/power.h"
#include "kernel/time/time.h"
#include "kernel/update/update.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
    const uint8_t *data;
    size_t size, step;
    uint64_t now_us;
    uint32_t records;
    bool stuck; /* the cloud reads nothing for now */
} world;

uint64_t time_us(void)
{
    return world.now_us;
}

void time_set_wall(uint64_t unix_us)
{
    (void)unix_us;
}

int32_t tls_read(uint8_t *buffer, uint32_t size_bytes)
{
    size_t part = world.step < size_bytes ? world.step : size_bytes;
    if (world.size == 0)
        return -1;
    part = part < world.size ? part : world.size;
    memcpy(buffer, world.data, part);
    world.data += part;
    world.size -= part;
    return (int32_t)part;
}

int32_t tls_write(const uint8_t *data, uint32_t size_bytes)
{
    volatile uint8_t sum = 0;
    for (uint32_t i = 0; i < size_bytes; i++) /* the sanitizer looks at every byte */
        sum = (uint8_t)(sum + data[i]);
    return world.stuck ? 0 : (int32_t)size_bytes;
}

const char *tls_error(void)
{
    return "the end of the input";
}

uint32_t log_peek(uint8_t *record, uint32_t size)
{
    struct logrec out = {.type = LOGREC_KERNEL, .sequence = world.records, .text_bytes = 9};
    out.text = (const uint8_t *)"some text";
    return world.records == 0 ? 0 : (uint32_t)logrec_write(record, size, &out);
}

void log_consume(void)
{
    world.records--;
}

void log_system(uint8_t type, const char *text)
{
    (void)type;
    (void)text;
}

void log_set_enabled(bool enabled)
{
    (void)enabled;
}

void app_restart(enum MvWakeReason reason)
{
    (void)reason;
}

enum MvWakeReason app_wake_reason(void)
{
    return MV_WAKEREASON_COLDBOOT;
}

_Noreturn void power_restart(void)
{
    __builtin_trap();
}

void update_target(const uint8_t *manifest, uint32_t size)
{
    (void)manifest;
    (void)size;
}

struct update_report update_report_get(void)
{
    struct update_report report = {.has_app = true};
    return report;
}

bool update_report_changed(void)
{
    return world.now_us % 7 == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t welcome[] = {1, 0, 0, 0, 0, 4, 0, 0, 0x12, 2, 8, 1};
    static uint8_t input[8192], layer[700];
    uint8_t hash[32] = {7};

    if (size < 4 || size > sizeof input - sizeof welcome)
        return 0;
    world.step = 1u + data[0];
    world.now_us += 1000000;
    world.records = data[1];
    memcpy(input, welcome, sizeof welcome);
    memcpy(input + sizeof welcome, data + 4, size - 4);
    world.data = (data[2] & 1) != 0 ? input : data + 4; /* with or without a welcome */
    world.size = (data[2] & 1) != 0 ? size - 4 + sizeof welcome : size - 4;
    tunnel_init("UV0123456789abcdef0123456789abcdef", 1);
    tunnel_start();
    for (uint32_t i = 0; i < 4000 && tunnel_poll() != TUNNEL_ENDED; i++) {
        world.now_us += 1000u * data[3];
        world.stuck = (data[2] & 2) != 0 && i % 4 != 0;
        if (i == 3 && (data[2] & 4) != 0)
            (void)fetch_begin(hash, 0, 0);
        (void)fetch_read(layer, sizeof layer);
    }
    tunnel_stop(tunnel_GoodbyeReason_GOODBYE_POLICY);
    return 0;
}
