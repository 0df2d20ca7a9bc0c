/*
 * Extensions for administrators: API keys (/ext/v1/keys) and the audit log (/ext/v1/audit).
 */
#ifndef CLOUD_API_KEYS_H
#define CLOUD_API_KEYS_H

#include "cloud/api/request.h"

/* Store thread. */
void keys_list(struct request *request, struct store *store);
void keys_create(struct request *request, struct store *store);
void keys_fetch(struct request *request, struct store *store);
void keys_update(struct request *request, struct store *store);
void keys_rotate(struct request *request, struct store *store);
void keys_delete(struct request *request, struct store *store);

/* Loop thread: tells the keyring what was changed. */
void keys_finish(struct request *request);

/* GET /ext/v1/audit: the records by pages, oldest first. Store thread. */
void audit_list(struct request *request, struct store *store);

#endif
