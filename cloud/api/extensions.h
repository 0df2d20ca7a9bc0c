/* The extensions under /ext/v1 and /healthz. */
#ifndef CLOUD_API_EXTENSIONS_H
#define CLOUD_API_EXTENSIONS_H

#include "cloud/api/request.h"

/* POST /ext/v1/devices: Csr, UniqueName; registers a device and issues its certificate. */
void extension_provision(struct request *request, struct store *store);

/* DELETE /ext/v1/devices/{}: the device is retired for good, its certificate is refused. */
void extension_retire(struct request *request, struct store *store);

/* GET /ext/v1/devices/{}/logs?limit=N: the newest records, oldest first. */
void extension_logs(struct request *request, struct store *store);

/* GET /ext/v1/devices/{}/logs/stream?from=cursor: server-sent events. */
void extension_stream(struct request *request, struct store *store);
void extension_stream_finish(struct request *request);

/* GET /ext/v1/devices/{}/status: why a device is or is not up to date. */
void extension_status(struct request *request, struct store *store);
void extension_status_finish(struct request *request);

/* GET /ext/v1/errors/{code} */
void extension_error(struct request *request);

/* GET /ext/v1/openapi.json: the description of all these */
void extension_description(struct request *request);

/* GET /healthz: reads the store, so it answers only while the store does. */
void extension_health(struct request *request, struct store *store);

/* GET /readyz: as /healthz, and 503 from the moment that the server is to end. */
void extension_ready(struct request *request);

/* GET /metrics: for Prometheus. */
void extension_metrics(struct request *request);

#endif
