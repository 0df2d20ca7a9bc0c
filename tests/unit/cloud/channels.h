/*
 * For tests of channels (docs/tunnel.md §11 to §14): a device's end of a channel stream, and the
 * real servers that the cloud talks to. Failures end the test.
 */
#ifndef TESTS_CLOUD_CHANNELS_H
#define TESTS_CLOUD_CHANNELS_H

#include "formats/channel.h"
#include "support.h"

struct channel {
    struct device *device;
    uint16_t stream;
    bool accepted, closed;
    bool mean; /* gives no credit back */
    uint32_t reason;
    uint32_t credit; /* that the cloud gave */
    uint8_t *in;
    uint32_t in_used, in_size, taken;
};

/* Forgets what a failed test left behind. */
void channels_reset(void);

/* Sends OPEN; credit for the whole receive buffer. */
void channel_open(struct channel *channel, struct device *device, uint8_t kind, uint16_t stream,
                  uint32_t receive_bytes);
void channel_open_raw(struct channel *channel, struct device *device, uint8_t kind, uint16_t stream,
                      uint8_t version, uint32_t receive_bytes, uint32_t credit);
/* Sends CLOSE if the cloud has not, and forgets the channel. */
void channel_close(struct channel *channel);
void channel_forget(struct channel *channel); /* of a connection that is over */

/* Takes one frame of the connection; false after the time. */
bool channel_step(struct channel *channel, int timeout_ms);

/* Sends as the cloud gives credit. */
void channel_send(struct channel *channel, const uint8_t *bytes, uint32_t size);

/* The next message: its type, 0 if none came. The body stays until the next call, which gives its
 * bytes' credit back. */
uint8_t channel_receive(struct channel *channel, const uint8_t **body, uint32_t *size,
                        int timeout_ms);

/* Waits until the cloud closes the stream; the reason. */
uint32_t channel_closes(struct channel *channel, int timeout_ms);

/* Keys and certificates, see egress_pki.sh. */
void pki_make(const char *folder);
uint8_t *file_bytes(const char *folder, const char *name, uint32_t *size);

/* A port of loopback that nobody listens on now. */
int free_port(void);
void port_wait(int port); /* until somebody listens */

/* Starts a program; first_line gets what it prints first, unless NULL. */
pid_t program_start(char *const argv[], char *first_line, size_t line_size);
void program_stop(pid_t pid);

/* A server of this folder's that prints its port, with folder/certificate.pem; how: NULL or what
 * the script knows. */
pid_t script_start(const char *name, const char *how, const char *folder, const char *certificate,
                   int *port);

/* A HTTPS server with folder/certificate.pem. */
pid_t https_start(const char *folder, const char *certificate, int *port);

#endif
