/* Operations on Apps: see apps.h. */
#include "cloud/api/apps.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "cloud/api/api.h"
#include "cloud/api/intake.h"
#include "cloud/api/names.h"
#include "cloud/api/paging.h"
#include "cloud/base/memory.h"

static json_t *app_json(const struct request *request, const struct store_app *app)
{
    json_t *links =
        json_pack("{s:o}", "app_manifests", json_url(request, "/v1/Apps/%s/Manifest", app->sid));
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "sid", app->sid, "account_sid",
                     request->access.account_sid, "hash",
                     json_hash_or_null(true, app->manifest_hash), "unique_name",
                     json_text_or_null(app->unique_name), "date_created",
                     json_date_or_null(app->date_created_s), "date_updated",
                     json_date_or_null(app->date_updated_s), "url",
                     json_url(request, "/v1/Apps/%s", app->sid), "links", links);
}

static bool app_find(struct request *request, struct store *store, struct store_app *app)
{
    enum store_result result =
        store_app_find(store, request->access.account_id, request->parameters[0], app);
    if (result == STORE_OK)
        memcpy(request->object, app->sid, sizeof app->sid);
    else
        request_store_error(request, result);
    return result == STORE_OK;
}

void apps_list(struct request *request, struct store *store)
{
    struct paging paging;
    struct store_found found;
    if (!paging_read(request, &paging))
        return;
    struct store_app *apps = memory_new(paging.page.limit * sizeof *apps);
    enum store_result result =
        store_app_list(store, request->access.account_id, &paging.page, apps, &found);
    if (result == STORE_OK) {
        json_t *records = json_array();
        for (size_t i = 0; i < found.count; i++)
            json_array_append_new(records, app_json(request, &apps[i]));
        paging_answer(request, &paging, "/v1/Apps", "apps", records, &found);
    } else {
        request_store_error(request, result);
    }
    free(apps);
}

void apps_fetch(struct request *request, struct store *store)
{
    struct store_app app;
    if (app_find(request, store, &app))
        request_answer(request, 200, app_json(request, &app));
}

void apps_manifest(struct request *request, struct store *store)
{
    struct store_app app;
    uint8_t manifest[STORE_MANIFEST];
    unsigned char base64[4 * ((STORE_MANIFEST + 2) / 3) + 1];
    size_t size = 0;
    if (!app_find(request, store, &app))
        return;
    enum store_result result = store_app_manifest(store, &app, manifest, &size);
    if (result != STORE_OK) {
        request_store_error(request, STORE_FAILED);
        return;
    }
    EVP_EncodeBlock(base64, manifest, (int)size);
    request_answer(request, 200,
                   json_pack("{s:s, s:o, s:s, s:o}", "app_sid", app.sid, "hash",
                             json_hash_or_null(true, app.manifest_hash), "encoded_bytes", base64,
                             "url", json_url(request, "/v1/Apps/%s/Manifest", app.sid)));
}

void apps_delete(struct request *request, struct store *store)
{
    struct store_app app;
    if (!app_find(request, store, &app))
        return;
    enum store_result result = store_app_delete(store, app.id);
    if (result == STORE_OK)
        request_answer(request, 204, NULL);
    else
        request_store_error(request, result);
}

void apps_create(struct request *request, struct store *store)
{
    const struct intake *intake = request->intake;
    const struct bundle *bundle = &intake->bundle;
    struct store_app app = {.account_id = request->access.account_id};
    struct store_blob manifest, layers[STORE_LAYERS];
    memcpy(manifest.hash, intake->manifest_hash, STORE_HASH);
    manifest.bytes = bundle->manifest_bytes;
    manifest.size = bundle->manifest_size;
    for (size_t i = 0; i < bundle->layer_count; i++) {
        memcpy(layers[i].hash, bundle->layers[i].hash, STORE_HASH);
        layers[i].bytes = bundle->layers[i].bytes;
        layers[i].size = bundle->layers[i].size;
    }
    memcpy(app.unique_name, intake->unique_name, sizeof app.unique_name);
    enum store_result result = store_app_add(store, &app, &manifest, layers, bundle->layer_count);
    if (result == STORE_OK)
        request_answer(request, 201, app_json(request, &app));
    else
        request_store_error(request, result);
}
