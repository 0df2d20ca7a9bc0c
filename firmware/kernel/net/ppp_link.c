/* PPP on LPUART1: see ppp_link.h. All of lwIP runs in the kernel-work thread. */
#include "kernel/net/ppp_link.h"

#include <stdint.h>

#include "drivers/lpuart.h"
#include "kernel/work/work.h"

#include "lwip/dns.h"
#include "lwip/netif.h"
#include "netif/ppp/pppapi.h"
#include "netif/ppp/pppos.h"

#define INPUT_CHUNK_BYTES 256u
#define INPUT_CHUNKS_MAX  16u /* bytes taken in one poll are bounded */
#define OUTPUT_WAIT_US    1000u
#define OUTPUT_WAITS_MAX  100u /* longer than a full ring takes at 921,600 baud */

static struct {
    struct netif netif;
    ppp_pcb *pcb;
    enum ppp_link_state state;
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
    if (ppp_connect(ppp_link.pcb, 0) != ERR_OK)
        ppp_link.state = PPP_LINK_DOWN;
    return ppp_link.state != PPP_LINK_DOWN;
}

void ppp_link_close(void)
{
    if (ppp_link.pcb != NULL && ppp_link.state != PPP_LINK_DOWN)
        ppp_close(ppp_link.pcb, 0);
}

enum ppp_link_state ppp_link_poll(void)
{
    uint8_t chunk[INPUT_CHUNK_BYTES];
    for (uint32_t i = 0; i < INPUT_CHUNKS_MAX && ppp_link.state != PPP_LINK_DOWN; i++) {
        uint32_t size = lpuart_read(chunk, sizeof chunk);
        if (size == 0)
            break;
        pppos_input(ppp_link.pcb, chunk, (int)size);
    }
    return ppp_link.state;
}
