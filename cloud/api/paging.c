/* List pages: see paging.h. */
#include "cloud/api/paging.h"

#include <stdio.h>
#include <string.h>

#define PAGE_SIZE_DEFAULT 50
#define PAGE_NUMBER_MAX   1000000

static bool take_number(struct request *request, const char *name, long min, long max, long *value)
{
    const char *text = form_get(&request->query, name);
    if (!text || form_parse_integer(text, min, max, value))
        return true;
    char message[80];
    snprintf(message, sizeof message, "%s must be a whole number from %ld to %ld", name, min, max);
    request_error(request, API_ERROR_PARAMETER, message);
    return false;
}

static bool take_token(struct request *request, struct paging *paging)
{
    const char *text = form_get(&request->query, "PageToken");
    long id = 0;
    if (!text || text[0] == '\0') {
        paging->page.skip = (int64_t)paging->number * (int64_t)paging->page.limit;
        return true;
    }
    bool after = strncmp(text, "PA", 2) == 0, before = strncmp(text, "PB", 2) == 0;
    if ((!after && !before) || !form_parse_integer(text + 2, 1, 1000000000000000000L, &id)) {
        request_error(request, API_ERROR_PARAMETER, "PageToken is not one of this server");
        return false;
    }
    snprintf(paging->token, sizeof paging->token, "%s", text);
    if (after)
        paging->page.after = id;
    else
        paging->page.before = id;
    return true;
}

bool paging_read(struct request *request, struct paging *paging)
{
    long size = PAGE_SIZE_DEFAULT;
    memset(paging, 0, sizeof *paging);
    if (!take_number(request, "PageSize", 1, STORE_PAGE_MAX, &size) ||
        !take_number(request, "Page", 0, PAGE_NUMBER_MAX, &paging->number))
        return false;
    paging->page.limit = (size_t)size;
    return take_token(request, paging);
}

static json_t *page_url(const struct request *request, const struct paging *paging,
                        const char *path, long number, const char *token)
{
    return json_url(request, "%s?PageSize=%zu&Page=%ld%s%s", path, paging->page.limit, number,
                    token[0] ? "&PageToken=" : "", token);
}

void paging_answer(struct request *request, const struct paging *paging, const char *path,
                   const char *key, json_t *records, const struct store_found *found)
{
    char before[32], after[32];
    long previous = paging->number > 0 ? paging->number - 1 : 0;
    snprintf(before, sizeof before, "PB%lld", (long long)found->first_id);
    snprintf(after, sizeof after, "PA%lld", (long long)found->last_id);
    bool more_before = found->more_before && found->count > 0;
    bool more_after = found->more_after && found->count > 0;
    json_t *meta = json_pack(
        "{s:i, s:i, s:o, s:o, s:o, s:o, s:s}", "page", (int)paging->number, "page_size",
        (int)paging->page.limit, "first_page_url", page_url(request, paging, path, 0, ""),
        "previous_page_url",
        more_before ? page_url(request, paging, path, previous, before) : json_null(), "url",
        page_url(request, paging, path, paging->number, paging->token), "next_page_url",
        more_after ? page_url(request, paging, path, paging->number + 1, after) : json_null(),
        "key", key);
    request_answer(request, 200, json_pack("{s:o, s:o}", key, records, "meta", meta));
}
