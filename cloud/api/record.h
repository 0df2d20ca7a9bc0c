/* Makes the audit log's record of a request that changes something. Store thread. */
#ifndef CLOUD_API_RECORD_H
#define CLOUD_API_RECORD_H

#include "cloud/api/request.h"

/* After the route's handler succeeded, in its transaction: who did what to which object, with which
 * parameters (never values of configs and secrets). Does nothing for requests that only read. */
enum store_result record_request(const struct request *request, struct store *store);

#endif
