/* See serial_modem.h. */
#include "serial_modem.h"

#include <string.h>

#include "board/network.h"
#include "drivers/lpuart.h"

static struct {
    struct sched sched;
    struct hostio io;
    struct network *network;
    struct modem modem;
    uint64_t start_ns;
    uint8_t rx[LPUART_RX_RING_BYTES];
    uint32_t rx_in, rx_out;
    bool on;
    unsigned noise, bytes;
} line;

static void line_send(void *context, uint8_t byte)
{
    (void)context;
    if (line.noise != 0 && ++line.bytes % line.noise == 0)
        byte ^= 0x10;
    if (line.on && line.rx_in - line.rx_out < LPUART_RX_RING_BYTES)
        line.rx[line.rx_in++ % LPUART_RX_RING_BYTES] = byte;
}

static sim_ps line_frame_ps(void *context)
{
    (void)context;
    return line.on ? SIM_PS_PER_S * 10 / 921600 : 0;
}

static bool line_ready(void *context)
{
    (void)context;
    return line.rx_in - line.rx_out < LPUART_RX_RING_BYTES;
}

static void line_set_cts(void *context, bool ready)
{
    (void)context;
    (void)ready;
}

static void uplink(void *context, const uint8_t *packet, size_t size)
{
    (void)context;
    network_send(line.network, packet, size);
}

static void downlink(void *context, const uint8_t *packet, size_t size)
{
    (void)context;
    modem_downlink(&line.modem, packet, size);
}

void serial_modem_begin(void)
{
    struct modem_config config = {
        .sched = &line.sched,
        .seed = 1,
        .line = {NULL, line_send, line_frame_ps, line_ready, line_set_cts},
        .uplink = uplink,
    };
    memset(&line, 0, sizeof line);
    sched_init(&line.sched);
    hostio_init(&line.io);
    line.start_ns = hostio_now_ns();
    line.network = network_new(&line.io, downlink, NULL);
    modem_init(&line.modem, &config);
    modem_reset(&line.modem);
}

void serial_modem_end(void)
{
    network_free(line.network);
    hostio_close(&line.io);
}

void serial_modem_poll(unsigned wait_us)
{
    hostio_wait(&line.io, wait_us * 1000ull);
    hostio_dispatch(&line.io);
    sched_advance(&line.sched, (hostio_now_ns() - line.start_ns) * 1000);
}

void serial_modem_set_link(enum modem_link link)
{
    modem_set_link(&line.modem, link);
}

void serial_modem_noise(unsigned every_bytes)
{
    line.noise = every_bytes;
}

void lpuart_init(uint32_t pclk_hz, uint32_t baud)
{
    (void)pclk_hz;
    (void)baud;
    line.on = true;
    line.rx_out = line.rx_in;
}

bool lpuart_irq(void)
{
    return false;
}

uint32_t lpuart_read(uint8_t *buffer, uint32_t size_bytes)
{
    uint32_t taken = 0;
    bool was_full = !line_ready(NULL);
    while (taken < size_bytes && line.rx_out != line.rx_in)
        buffer[taken++] = line.rx[line.rx_out++ % LPUART_RX_RING_BYTES];
    if (was_full && taken > 0)
        modem_rts(&line.modem, true);
    return taken;
}

uint32_t lpuart_write(const uint8_t *buffer, uint32_t size_bytes)
{
    for (uint32_t i = 0; i < size_bytes; i++)
        modem_receive(&line.modem, buffer[i]);
    return size_bytes;
}
