/*
 * List pages: PageSize, Page and PageToken in, the meta object out. A token is PA or PB and the
 * number of the last or first record seen; the token decides, Page only counts for the client.
 */
#ifndef CLOUD_API_PAGING_H
#define CLOUD_API_PAGING_H

#include "cloud/api/request.h"

struct paging {
    struct store_page page;
    long number; /* Page */
    char token[32];
};

/* Reads the query; false after an error answer. */
bool paging_read(struct request *request, struct paging *paging);

/*
 * The answer of a list: {key: records, "meta": …}. path is the resource's, escaped as it
 * goes into a URL.
 */
void paging_answer(struct request *request, const struct paging *paging, const char *path,
                   const char *key, json_t *records, const struct store_found *found);

#endif
