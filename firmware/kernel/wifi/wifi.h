/* Wi-Fi credentials that the application stores, for boards whose link is Wi-Fi.
 *
 * Calls change the copy in RAM and so take effect at once; the work thread writes it to the record
 * store. The password never leaves through a call. */
#ifndef KERNEL_WIFI_H
#define KERNEL_WIFI_H

#include <stdbool.h>
#include <stdint.h>

#define WIFI_SSID_MAX     32u
#define WIFI_PASSWORD_MAX 63u

/* ssid_bytes 0: nothing is stored, and no link is to be made. */
struct wifi_config {
    uint8_t ssid_bytes, password_bytes;
    uint8_t ssid[WIFI_SSID_MAX];
    uint8_t password[WIFI_PASSWORD_MAX];
};

/* From the work thread: reads what is stored, unless a call was faster. */
void wifi_init(void);
/* From the work thread: stores what calls changed. */
void wifi_poll(void);
/* From a call; lengths and access to the strings were checked. */
void wifi_set(const uint8_t *ssid, uint32_t ssid_bytes, const uint8_t *password,
              uint32_t password_bytes);
void wifi_clear(void);
const struct wifi_config *wifi_get(void);

#endif
