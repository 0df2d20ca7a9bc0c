/* The table of REST operations. */
#ifndef CLOUD_API_ROUTER_H
#define CLOUD_API_ROUTER_H

#include "cloud/api/request.h"

enum router_result { ROUTER_FOUND, ROUTER_NO_PATH, ROUTER_NO_METHOD, ROUTER_BAD_PATH };

/*
 * Splits request->path at its slashes, then decodes each segment once, so that keys may hold any
 * character; finds the route and the parameters.
 */
enum router_result router_find(struct request *request, const char *method);

#endif
