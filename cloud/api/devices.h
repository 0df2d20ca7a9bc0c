/* Operations on Devices (REST API, operations 5 to 7) and what the extensions share. Store thread.
 */
#ifndef CLOUD_API_DEVICES_H
#define CLOUD_API_DEVICES_H

#include "cloud/api/request.h"

void devices_list(struct request *request, struct store *store);
void devices_fetch(struct request *request, struct store *store);
void devices_update(struct request *request, struct store *store);

/* The device that the path names; false after an error answer. */
bool device_find(struct request *request, struct store *store, struct store_device *device);

/* "up-to-date", "pending", "error", or NULL if no App is targeted. */
const char *device_update_status(const struct store_device *device);

#endif
