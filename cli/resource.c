// See resource.h.
#include "cli/resource.h"

#include "cli/api.h"

int resource_list(struct cli *cli, const char *path, const char *key, const char *none,
                  const struct out_column *columns, size_t count)
{
    json_t *rows;
    int status = api_list(cli, path, key, &rows);
    if (status != CLI_OK) {
        return status;
    }
    out_list(cli, rows, none, columns, count);
    json_decref(rows);
    return CLI_OK;
}

int resource_show(struct cli *cli, const char *format, const struct out_column *columns,
                  size_t count)
{
    char path[1024];
    json_t *record;
    int status = api_path(cli, path, sizeof path, format, cli_argument(cli, 0));
    if (status == CLI_OK) {
        struct http_request request = {.method = "GET", .path = path};
        status = api_call(cli, &request, &record);
    }
    if (status != CLI_OK) {
        return status;
    }
    out_record(cli, record, columns, count);
    json_decref(record);
    return CLI_OK;
}
