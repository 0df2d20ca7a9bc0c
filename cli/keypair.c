// debug keypair: the developer's keys for remote debugging.
#include "cli/keypair.h"

#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/file.h"
#include "cli/key.h"
#include "cli/output.h"

static int write_pair(const struct cli *cli, key_pair *key, const char *private_path,
                      const char *public_path)
{
    char *private_pem = key_private_pem(key);
    char *public_pem = key_public_pem(key);
    int status = CLI_FAILED;
    if (private_pem != NULL && public_pem != NULL) {
        status = file_write(cli, private_path, private_pem, strlen(private_pem), 0600);
        if (status == CLI_OK || status == CLI_DRY_RUN) {
            status = file_write(cli, public_path, public_pem, strlen(public_pem), 0644);
        }
    } else {
        out_fail(cli, CLI_FAILED, "key", NULL, "the keys cannot be written as PEM");
    }
    key_text_free(private_pem);
    key_text_free(public_pem);
    return status;
}

int keypair_write(const struct cli *cli, const char *private_path, const char *public_path,
                  bool force)
{
    const char *paths[] = {private_path, public_path};
    for (size_t i = 0; i < 2 && !force; i++) {
        if (access(paths[i], F_OK) == 0) {
            return out_fail(cli, CLI_FAILED, "exists", "choose another file, or give --force",
                            "'%s' exists; applications made with the old key could no longer be "
                            "debugged",
                            paths[i]);
        }
    }
    key_pair *key = key_generate();
    if (key == NULL) {
        return out_fail(cli, CLI_FAILED, "key", NULL, "a key cannot be made");
    }
    int status = write_pair(cli, key, private_path, public_path);
    key_free(key);
    return status;
}

int command_debug_keypair(struct cli *cli)
{
    const char *private_path = cli_value(cli, "debug-auth-privkey");
    const char *public_path = cli_value(cli, "debug-auth-pubkey");
    if (private_path == NULL || public_path == NULL) {
        return out_fail(cli, CLI_USAGE, "usage", "run 'microvisor debug keypair --help'",
                        "usage: --debug-auth-privkey FILE and --debug-auth-pubkey FILE are needed");
    }
    int status = keypair_write(cli, private_path, public_path, cli_switch(cli, "force"));
    if (status == CLI_OK) {
        json_t *json =
            json_pack("{s:s, s:s}", "private_key", private_path, "public_key", public_path);
        out_done(cli, json, "Wrote %s (secret) and %s", private_path, public_path);
        json_decref(json);
    }
    return status;
}
