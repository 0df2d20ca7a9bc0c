/* The parameters of a POST: its body in any of the forms that clients send. */
#ifndef CLOUD_API_FIELDS_H
#define CLOUD_API_FIELDS_H

#include "cloud/api/request.h"

/* Whether the body's type is one of a form: urlencoded, multipart, or not given. */
bool fields_accepted(struct request *request);

/* Takes the whole body apart into request->form. False: malformed, too many fields, not UTF-8. */
bool fields_parse(struct request *request);

#endif
