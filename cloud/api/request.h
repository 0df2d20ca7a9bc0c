/*
 * One REST request on its way through the server. Born on the loop when the header is complete;
 * `handle` of its route runs on the store thread inside a transaction; then, back on the loop,
 * the answer is sent and events are published. Only one thread has a request at a time.
 */
#ifndef CLOUD_API_REQUEST_H
#define CLOUD_API_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>
#include <microhttpd.h>
#include <uv.h>

#include "cloud/api/errors.h"
#include "cloud/base/form.h"
#include "cloud/bus/bus.h"
#include "cloud/store/queue.h"

#define REQUEST_SEGMENTS  8
#define REQUEST_PATH_MAX  4096
#define REQUEST_QUERY_MAX 4096
#define REQUEST_BODY_MAX  65536
#define REQUEST_BASE_MAX  300

struct api;
struct intake;
struct upload;
struct request;

/* What credentials limited to some devices may do with a route. */
enum route_reach {
    ROUTE_ACCOUNT, /* nothing: it is about the whole account */
    ROUTE_DEVICE,  /* the handler answers only for devices that device_find() lets through */
    ROUTE_SHARED,  /* the same as all others: objects that belong to no device */
};

/* Who asks. */
struct access {
    int64_t account_id;
    char account_sid[SID_TEXT];
    bool is_operator;     /* of the account that runs this server */
    char actor[SID_TEXT]; /* account or API key; "" without credentials */
    enum store_role role;
    int64_t key_id; /* 0: the account itself */
    bool limited;   /* to the devices of the key */
};

enum route_body { ROUTE_NONE, ROUTE_FORM, ROUTE_UPLOAD };

struct route {
    const char *method;
    const char *path; /* segments; "*" takes one, which becomes the next parameter */
    enum route_body body;
    bool open;            /* needs no credentials */
    bool cached;          /* GET: the answer is kept while the store does not change, see cache.h */
    unsigned variant;     /* the handler's */
    enum store_role role; /* needed at least */
    enum route_reach reach;
    bool operator_only; /* about the server, not about an account */
    /* Store thread; NULL: `finish` makes the whole answer. */
    void (*handle)(struct request *request, struct store *store);
    /* Loop thread, after the commit; may add to the answer what only the loop knows. */
    void (*finish)(struct request *request);
};

enum request_state {
    REQUEST_NEW,
    REQUEST_READING,
    REQUEST_RUNNING,
    REQUEST_READY,
    REQUEST_ANSWERED
};

struct request {
    struct api *api;
    struct MHD_Connection *connection;
    const struct route *route;
    enum request_state state;

    char *path;       /* as received, for messages; "" if it was too long */
    char *split;      /* storage of the parameters */
    char *query_text; /* storage of the query's fields */
    const char *parameters[REQUEST_SEGMENTS];
    struct form query, form;
    char *body;
    size_t body_size;
    size_t received; /* body bytes, also those that are skipped */
    bool too_long;   /* path or query do not fit, or are not UTF-8 */
    bool preflight;  /* OPTIONS */
    struct access access;
    uint64_t started_ns;
    struct upload *upload;
    struct intake *intake;
    char last_event_id[24];          /* header of a reconnecting event stream */
    char base_url[REQUEST_BASE_MAX]; /* "http://host:port" as the client sees this server */

    int status;
    json_t *answer;                /* owned; NULL: no body */
    char *text;                    /* owned: a page of text in place of the JSON answer */
    const char *text_type;         /* its content type */
    struct log_reader *stream;     /* answer is this event stream */
    char object[SID_TEXT];         /* what was changed, for the audit log; "" if the answer says */
    struct store_key *changed_key; /* owned: the keyring has to be told; role 0: removed */
    bool changed;                  /* the device named next has to be told */
    char changed_sid[SID_TEXT];

    uint64_t read_changes; /* store_queue_changes() when the answer was made */
    int64_t read_s;        /* the clock then */
    struct store_job job;
    uv_work_t work;
    char texts[]; /* path, split, query */
};

/* Sets status and answer; takes the reference. */
void request_answer(struct request *request, int status, json_t *answer);

/* An error object; message NULL: the code's own. */
void request_error(struct request *request, enum api_error code, const char *message);

/* "The requested resource … was not found". */
void request_not_found(struct request *request);

/* The answer for a store result other than STORE_OK. */
void request_store_error(struct request *request, enum store_result result);

/* Asks that the device be told after the commit. */
void request_changed(struct request *request, const char *device_sid);

/* JSON values of the API's conventions: null for empty text, for time 0 and for no hash. */
json_t *json_text_or_null(const char *text);
json_t *json_date_or_null(int64_t unix_s);
json_t *json_hash_or_null(bool present, const uint8_t hash[STORE_HASH]);

/* Absolute URL from a path template with one or two texts that need no escapes. */
json_t *json_url(const struct request *request, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
