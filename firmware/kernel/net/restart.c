/* Restarts by order of the cloud: see restart.h. */
#include "kernel/net/restart.h"

#include "abi/mv_syscalls.h"
#include "formats/logrec.h"
#include "kernel/app/app.h"
#include "kernel/log/log.h"
#include "kernel/net/tunnel.h"
#include "kernel/power/power.h"
#include "kernel/update/update.h"

static enum { RESTART_NONE, RESTART_APPLICATION, RESTART_KERNEL } wanted;

void restart_request(bool kernel)
{
    wanted = kernel ? RESTART_KERNEL : RESTART_APPLICATION;
}

void restart_poll(void)
{
    bool kernel = wanted == RESTART_KERNEL;
    if (wanted == RESTART_NONE)
        return;
    wanted = RESTART_NONE;
    log_system(LOGREC_KERNEL, kernel ? "restarting by order of the cloud"
                                     : "restarting the application by order of the cloud");
    if (!kernel) {
        if (!update_accept()) /* its restart is the moment for an update that waits */
            app_restart(MV_WAKEREASON_REMOTEAPPLICATIONRESTART);
        return;
    }
    tunnel_stop(tunnel_GoodbyeReason_GOODBYE_SHUTDOWN);
    power_restart();
}
