// profiles list, use, remove.
#include "cli/commands.h"

#include "cli/output.h"
#include "cli/profile.h"

int command_profiles_list(struct cli *cli)
{
    static const struct out_column columns[] = {
        {"NAME", "name"}, {"USED", "used"}, {"CLOUD", "url"}, {"ACCOUNT", "account_sid"}};
    json_t *rows = profile_list(cli);
    if (rows == NULL) {
        return CLI_FAILED;
    }
    out_list(cli, rows, "There are no profiles. 'microvisor login' makes one.", columns,
             sizeof columns / sizeof columns[0]);
    json_decref(rows);
    return CLI_OK;
}

static int done(const struct cli *cli, int status, const char *text, const char *name)
{
    if (status == CLI_OK) {
        json_t *record = json_pack("{s:s}", "name", name);
        out_done(cli, record, "%s '%s'", text, name);
        json_decref(record);
    }
    return status;
}

int command_profiles_use(struct cli *cli)
{
    const char *name = cli_argument(cli, 0);
    return done(cli, profile_use(cli, name), "Commands now use the profile", name);
}

int command_profiles_remove(struct cli *cli)
{
    char name[256];
    int status = profile_remove(cli, cli_argument(cli, 0), name, sizeof name);
    return done(cli, status, "Removed the profile", name);
}
