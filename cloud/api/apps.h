/* Operations on Apps (REST API, operations 1 to 4, and the upload). Store thread. */
#ifndef CLOUD_API_APPS_H
#define CLOUD_API_APPS_H

#include "cloud/api/request.h"

void apps_list(struct request *request, struct store *store);
void apps_fetch(struct request *request, struct store *store);
void apps_manifest(struct request *request, struct store *store);
void apps_delete(struct request *request, struct store *store);

/* request->intake is checked; stores it as a new App. */
void apps_create(struct request *request, struct store *store);

#endif
