/*
 * Configs and Secrets of the account and of devices (REST API, operations 8 to 27). Store thread.
 * One set of functions: the route's variant says which of the four lists it is about.
 */
#ifndef CLOUD_API_SETTINGS_H
#define CLOUD_API_SETTINGS_H

#include "cloud/api/request.h"

#define SETTINGS_SECRET    1u /* secrets, whose values never leave; else configs */
#define SETTINGS_OF_DEVICE 2u /* of the device in the path; else of the account */

#define SETTINGS_KEY_CHARACTERS   100
#define SETTINGS_VALUE_CHARACTERS 4096

void settings_list(struct request *request, struct store *store);
void settings_create(struct request *request, struct store *store);
void settings_fetch(struct request *request, struct store *store);
void settings_update(struct request *request, struct store *store);
void settings_delete(struct request *request, struct store *store);

#endif
