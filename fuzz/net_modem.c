// Any bytes from the modem, in command mode and, once a call stands, as PPP frames, IP and TCP
// packets. The first bytes choose the pace. Finds what trips an assertion of lwIP, too.
//
// fuzz-libs: net_link_under_test
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "drivers/lpuart.h"
#include "kernel/net/modem_at.h"
#include "kernel/net/transport.h"
#include "kernel/time/time.h"
#include "kernel/work/work.h"

#include "arch/cc.h"
#include "lwip/init.h"
#include "lwip/sys.h"
#include "lwip/timeouts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
    const uint8_t *data;
    size_t size;
    uint64_t now_us;
    bool asked; /* the last step has been dialled */
} world;

uint64_t time_us(void)
{
    return world.now_us;
}

u32_t sys_now(void)
{
    return (u32_t)(world.now_us / 1000);
}

u32_t sys_jiffies(void)
{
    return (u32_t)world.now_us;
}

uint32_t net_random(void)
{
    return 4;
}

_Noreturn void net_assert_failed(void)
{
    __builtin_trap();
}

void work_sleep_us(uint32_t us)
{
    world.now_us += us;
}

void lpuart_init(uint32_t pclk_hz, uint32_t baud)
{
    (void)pclk_hz;
    (void)baud;
}

uint32_t lpuart_read(uint8_t *buffer, uint32_t size_bytes)
{
    size_t part = world.size < size_bytes ? world.size : size_bytes;
    memcpy(buffer, world.data, part);
    world.data += part;
    world.size -= part;
    return (uint32_t)part;
}

uint32_t lpuart_write(const uint8_t *buffer, uint32_t size_bytes)
{
    (void)buffer;
    return size_bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char dialogue[] = "OK\rOK\r+CPIN: READY\rOK\rOK\r+CEREG: 0,1\rOK\rOK\rCONNECT\r";
    static bool begun;
    uint8_t buffer[64];

    if (!begun)
        lwip_init();
    begun = true;
    if (size < 2)
        return 0;
    modem_at_driver.start();
    if ((data[0] & 1) != 0) { /* straight into data mode */
        world.data = (const uint8_t *)dialogue;
        world.size = sizeof dialogue - 1;
        for (int i = 0; i < 3; i++)
            (void)modem_at_driver.poll();
    }
    world.data = data + 2;
    world.size = size - 2;
    if ((data[0] & 2) != 0)
        transport_open("10.0.2.2", 443);
    for (int i = 0; i < 50; i++) {
        world.now_us += 10000u * data[1];
        sys_check_timeouts();
        (void)modem_at_driver.poll();
        (void)transport_poll();
        (void)transport_receive(buffer, sizeof buffer);
    }
    transport_close();
    modem_at_driver.stop();
    for (int i = 0; i < 100; i++) { /* PPP comes to rest */
        world.now_us += 1000000;
        sys_check_timeouts();
        (void)modem_at_driver.poll();
    }
    return 0;
}
