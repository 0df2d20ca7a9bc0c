// The functions behind the table of commands.
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/cli.h"

int command_apps_bundle(struct cli *cli);
int command_apps_create(struct cli *cli);
int command_apps_list(struct cli *cli);
int command_apps_show(struct cli *cli);
int command_apps_manifest(struct cli *cli);
int command_apps_remove(struct cli *cli);
int command_devices_list(struct cli *cli);
int command_devices_show(struct cli *cli);
int command_devices_update(struct cli *cli);
int command_devices_provision(struct cli *cli);
int command_devices_retire(struct cli *cli);
int command_audit(struct cli *cli);
int command_status(struct cli *cli);
int command_deploy(struct cli *cli);
int command_logs(struct cli *cli);
int command_debug_keypair(struct cli *cli);
int command_settings(struct cli *cli); // configs and secrets: the name says which and what
int command_keys_list(struct cli *cli);
int command_keys_show(struct cli *cli);
int command_keys_create(struct cli *cli);
int command_keys_update(struct cli *cli);
int command_keys_rotate(struct cli *cli);
int command_keys_remove(struct cli *cli);
int command_doctor(struct cli *cli);
int command_man(struct cli *cli);
int command_help(struct cli *cli);
int command_profiles_list(struct cli *cli);
int command_profiles_use(struct cli *cli);
int command_profiles_remove(struct cli *cli);
int command_login(struct cli *cli);
int command_info(struct cli *cli);
int command_completion(struct cli *cli);

#endif
