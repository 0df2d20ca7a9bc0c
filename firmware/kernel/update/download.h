/* Brings the layers of one application into a staging slot. */
#ifndef KERNEL_UPDATE_DOWNLOAD_H
#define KERNEL_UPDATE_DOWNLOAD_H

#include "kernel/update/update.h"

enum download_status {
    DOWNLOAD_RUNNING, /* call again */
    DOWNLOAD_DONE,    /* every layer is staged and has its hash */
    DOWNLOAD_FAILED,  /* download_error() says why */
};

/* Starts, or resumes what the slot's journal says is there. `app` must stay until the end. */
void download_begin(uint32_t slot, const struct manifest_app *app);
/* Moves what has arrived into the slot. */
enum download_status download_poll(bool connected);
enum update_error download_error(void);
/* Stops; what was staged stays. Harmless when nothing runs. */
void download_stop(void);

#endif
