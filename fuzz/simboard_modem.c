/* The modem against any bytes from the chip: AT commands, then PPP. The first byte chooses whether
 * a call is already up. Nothing may crash, and flow control must hold.
 */
// fuzz-libs: sim_board
#include <stdlib.h>
#include <string.h>

#include "board/modem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void drop_byte(void *context, uint8_t byte)
{
    (void)context;
    (void)byte;
}

static sim_ps frame_ps(void *context)
{
    (void)context;
    return 10 * SIM_PS_PER_US;
}

static bool line_ready(void *context)
{
    (void)context;
    return true;
}

static void set_cts(void *context, bool ready)
{
    (void)context;
    (void)ready;
}

static void give(struct modem *modem, struct sched *sched, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        sched_advance(sched, sched->now + 10 * SIM_PS_PER_US);
        modem_receive(modem, data[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct modem modem;
    struct sched sched;
    struct modem_config config = {
        .sched = &sched,
        .seed = 1,
        .line = {.send = drop_byte, .frame_ps = frame_ps, .ready = line_ready, .set_cts = set_cts}};

    if (size == 0)
        return 0;
    sched_init(&sched);
    modem_init(&modem, &config);
    modem_reset(&modem);
    sched_advance(&sched, SIM_PS_PER_S);
    if (data[0] & 1) {
        give(&modem, &sched, (const uint8_t *)"ATD*99#\r", 8);
        sched_advance(&sched, sched.now + 100 * SIM_PS_PER_MS);
    }
    give(&modem, &sched, data + 1, size - 1);
    sched_advance(&sched, sched.now + 60 * SIM_PS_PER_S);
    return 0;
}
