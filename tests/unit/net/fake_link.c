/* A link that is up at once, for tests that bring their own transport. */
#include "kernel/net/link.h"

#include <stdbool.h>

#include "drivers/lpuart.h"

static enum link_state state;

static void start(void)
{
    state = LINK_UP;
}

static void stop(void)
{
    state = LINK_STOPPED;
}

static enum link_state poll(void)
{
    return state;
}

static const char *error(void)
{
    return "";
}

bool lpuart_irq(void)
{
    return false;
}

const struct link_driver modem_at_driver = {"fake", start, stop, poll, error};
