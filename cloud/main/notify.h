/* Tells systemd how far the server is (sd_notify protocol); nothing without systemd. */
#ifndef CLOUD_MAIN_NOTIFY_H
#define CLOUD_MAIN_NOTIFY_H

/* state: "READY=1", "STOPPING=1" or "RELOADING=1". */
void notify_systemd(const char *state);

#endif
