/* PPP on LPUART1: see ppp_link.h. All of lwIP runs in the kernel-work thread. */
#include "kernel/net/ppp_link.h"

#include <stdint.h>

#include "drivers/lpuart.h"
#include "kernel/work/work.h"

#include "lwip/dns.h"
#include "lwip/netif.h"
#include "netif/ppp/pppapi.h"
#include "netif/ppp/pppos.h"

#define HDLC_FLAG         0x7Eu
#define INPUT_CHUNK_BYTES 256u
#define INPUT_CHUNKS_MAX  16u /* bytes taken in one poll are bounded */
#define OUTPUT_WAIT_US    1000u
#define OUTPUT_WAITS_MAX  100u /* longer than a full ring takes at 921,600 baud */

/* What a modem says when the call ends, and where in a frame's place it says it. */
static const char farewell[] = "\r\nNO CARRIER\r\n";
#define FAREWELL_BYTES (sizeof farewell - 1)
#define NO_FAREWELL    (FAREWELL_BYTES + 1)

static struct {
    struct netif netif;
    ppp_pcb *pcb;
    enum ppp_link_state state;
    uint32_t farewell; /* bytes of it that came so far; NO_FAREWELL: not until the next flag */
} ppp_link;

/* lwIP drops a packet that is not taken whole, and TCP would wait a second for it: so when the
 * ring is full, give the processor back until the line has sent some. */
static u32_t output(ppp_pcb *pcb, u8_t *data, u32_t length, void *context)
{
    const uint8_t *bytes = data;
    uint32_t sent = lpuart_write(bytes, length);
    (void)pcb;
    (void)context;
    for (uint32_t waits = 0; sent < length && waits < OUTPUT_WAITS_MAX; waits++) {
        work_sleep_us(OUTPUT_WAIT_US);
        sent += lpuart_write(bytes + sent, length - sent);
    }
    return sent;
}

static void status_changed(ppp_pcb *pcb, int error, void *context)
{
    (void)pcb;
    (void)context;
    ppp_link.state = error == PPPERR_NONE ? PPP_LINK_UP : PPP_LINK_DOWN;
}

bool ppp_link_open(void)
{
    if (ppp_link.pcb == NULL) {
        ppp_link.pcb = pppos_create(&ppp_link.netif, output, status_changed, NULL);
        if (ppp_link.pcb == NULL)
            return false;
        ppp_set_default(ppp_link.pcb);
        ppp_set_usepeerdns(ppp_link.pcb, 1);
        /* Networks that ask for a password without checking it want to see some. */
        ppp_set_auth(ppp_link.pcb, PPPAUTHTYPE_PAP, "ppp", "ppp");
    }
    ppp_link.state = PPP_LINK_OPENING;
    ppp_link.farewell = NO_FAREWELL;
    if (ppp_connect(ppp_link.pcb, 0) != ERR_OK)
        ppp_link.state = PPP_LINK_DOWN;
    return ppp_link.state != PPP_LINK_DOWN;
}

void ppp_link_close(void)
{
    if (ppp_link.pcb != NULL && ppp_link.state != PPP_LINK_DOWN)
        ppp_close(ppp_link.pcb, 0);
}

/* True if the modem said goodbye in plain text, right behind a frame's end flag. No frame can begin
 * like that, so data never looks so. */
static bool call_ended(const uint8_t *bytes, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++) {
        if (bytes[i] == HDLC_FLAG)
            ppp_link.farewell = 0;
        else if (ppp_link.farewell < FAREWELL_BYTES)
            ppp_link.farewell = bytes[i] == (uint8_t)farewell[ppp_link.farewell]
                                    ? ppp_link.farewell + 1
                                    : NO_FAREWELL;
        if (bytes[i] == '\n' && ppp_link.farewell == FAREWELL_BYTES)
            return true;
    }
    return false;
}

enum ppp_link_state ppp_link_poll(void)
{
    uint8_t chunk[INPUT_CHUNK_BYTES];
    for (uint32_t i = 0; i < INPUT_CHUNKS_MAX && ppp_link.state != PPP_LINK_DOWN; i++) {
        uint32_t size = lpuart_read(chunk, sizeof chunk);
        if (size == 0)
            break;
        pppos_input(ppp_link.pcb, chunk, (int)size);
        if (call_ended(chunk, size))
            ppp_close(ppp_link.pcb, 1);
    }
    return ppp_link.state;
}
