// The table of commands: the command line's whole grammar and help.
#include "cli/commands.h"

#include "cli/image.h"
#include "cli/wait.h"

#define DEVICE_ARGUMENT                                                                            \
    {                                                                                              \
        "DEVICE", false, "SID (UV…) or unique name of a device"                                  \
    }
#define APP_ARGUMENT                                                                               \
    {                                                                                              \
        "APP", false, "SID (KA…) or unique name of an application"                               \
    }

#define KEY_ARGUMENT                                                                               \
    {                                                                                              \
        "KEY", false, "name of up to 100 characters"                                               \
    }
#define APIKEY_ARGUMENT                                                                            \
    {                                                                                              \
        "APIKEY", false, "SID (SK…) of an API key"                                               \
    }
#define DEVICE_OPTION                                                                              \
    {                                                                                              \
        "device", 'd', "DEVICE", "of this device; without it, of the account", NULL                \
    }
#define SECRET_OPTION                                                                              \
    {                                                                                              \
        "secret-out", 0, "FILE", "write the secret into this file and do not show it", NULL        \
    }
#define KEY_OPTIONS                                                                                \
    {"name", 0, "NAME", "what it is for", NULL},                                                   \
    {                                                                                              \
        "devices", 0, "A,B,…", "only these devices; all: the whole account", NULL                  \
    }

const struct cli_command cli_commands[] = {
    {.name = "deploy",
     .summary = "Build, bundle, upload and assign an application to a device",
     .details =
         "PATH is a project folder with a CMakeLists.txt, or a finished .elf, .bin or bundle "
         ".zip.\nWithout --device the device is that of the variable MV_DEVICE_SID.",
     .arguments = {{"PATH", true, "project folder or file; the current folder by default"}},
     .options = {{"device", 'd', "DEVICE", "device to deploy to", "devicesid"},
                 {"unique-name", 0, "NAME", "name for the uploaded application", NULL},
                 WAIT_OPTIONS,
                 {"log", 'l', NULL, "stream the device's log afterwards", NULL},
                 {"logonly", 0, NULL, "only stream the log", NULL},
                 {"build", 'b', NULL, "only build and bundle", NULL},
                 {"deploy", 0, NULL, "deploy what was built last, without building", NULL},
                 {"clean", 0, NULL, "build everything anew", NULL},
                 {"genkeys", 0, NULL, "make a new pair of debug keys for this bundle", NULL},
                 {"debug-auth-privkey", 0, "PEM", "where --genkeys writes the private key",
                  "privatekey"},
                 IMAGE_OPTIONS},
     .run = command_deploy},
    {.name = "logs",
     .alias = "logs stream",
     .summary = "Show a device's log as it comes",
     .details = "Ends with Ctrl-C. Reconnects by itself and misses nothing that the cloud kept.",
     .arguments = {DEVICE_ARGUMENT},
     .options = {{"history", 0, "N", "print the last N kept records and stop", NULL},
                 {"replay", 0, "N", "print the last N kept records first", NULL},
                 {"lines", 'n', "N", "stop after N records", NULL},
                 {"type", 't', "TYPE", "only records of this type (app_logging, crash, …)", NULL},
                 {"timeout", 0, "S", "stop after S seconds with status 3", NULL}},
     .run = command_logs},
    {.name = "status",
     .summary = "Show whether a device is online and what it is doing, or count all devices",
     .arguments = {{"DEVICE", true, "SID (UV…) or unique name; without it all are counted"}},
     .run = command_status},
    {.name = "apps bundle",
     .summary = "Make a bundle from an .elf or .bin file",
     .details = "The bundle is not signed yet: the cloud signs it when it is uploaded.",
     .arguments = {{"FILE", false, "linked program (.elf) or flash image (.bin)"},
                   {"OUT", false, "the bundle (.zip) to write"}},
     .options = {IMAGE_OPTIONS},
     .run = command_apps_bundle},
    {.name = "apps create",
     .summary = "Upload a bundle",
     .arguments = {{"FILE", false, "bundle (.zip), or an .elf or .bin file to bundle first"},
                   {"UNIQUENAME", true, "name for the application"}},
     .options = {{"bundle-out", 0, "FILE", "keep the bundle as the cloud signed it", NULL}},
     .run = command_apps_create},
    {.name = "apps list", .summary = "List the applications", .run = command_apps_list},
    {.name = "apps show",
     .summary = "Show an application",
     .arguments = {APP_ARGUMENT},
     .run = command_apps_show},
    {.name = "apps manifest",
     .summary = "Fetch the manifest of an application as the cloud signed it",
     .arguments = {APP_ARGUMENT},
     .options = {{"file", 'f', "FILE", "write its bytes into this file", NULL}},
     .run = command_apps_manifest},
    {.name = "apps remove",
     .summary = "Remove an application from the cloud",
     .arguments = {APP_ARGUMENT},
     .run = command_apps_remove},
    {.name = "devices list", .summary = "List the devices", .run = command_devices_list},
    {.name = "devices show",
     .summary = "Show a device",
     .arguments = {DEVICE_ARGUMENT},
     .run = command_devices_show},
    {.name = "devices update",
     .summary = "Change a device: its name, its application, its logging",
     .arguments = {DEVICE_ARGUMENT},
     .options = {{"unique-name", 0, "NAME", "name that stands for the SID", NULL},
                 {"target-app", 0, "APP", "application that the device is to run", NULL},
                 {"logging-enabled", 0, "BOOL", "true: log for the next 24 hours; false: stop",
                  NULL},
                 {"restart-app", 0, NULL, "restart the application", NULL},
                 WAIT_OPTIONS},
     .run = command_devices_update},
    {.name = "devices retire",
     .summary = "Take a device out of service: it can no longer connect",
     .arguments = {DEVICE_ARGUMENT},
     .run = command_devices_retire},
    {.name = "devices provision",
     .summary = "Make a device: a new key, a certificate from the cloud, its identity file",
     .details =
         "The key is made here and goes nowhere but into the identity file, which the factory "
         "step\nwrites into the device (for a simulated one: mvsim provision).",
     .options = {{"identity-out", 0, "FILE", "identity file to write (secret)", NULL},
                 {"unique-name", 0, "NAME", "name for the device", NULL},
                 {"gateway-host", 0, "HOST", "where the device connects, if not as the cloud says",
                  NULL},
                 {"gateway-port", 0, "PORT", "its port", NULL},
                 {"force", 0, NULL, "overwrite an existing identity file", NULL}},
     .run = command_devices_provision},
    {.name = "configs list",
     .summary = "List the configs of the account or of a device",
     .options = {DEVICE_OPTION},
     .run = command_settings},
    {.name = "configs set",
     .alias = "configs create",
     .summary = "Make or change a config",
     .details =
         "One newline at the end of a value from a file or standard input is not part of it.",
     .arguments = {KEY_ARGUMENT,
                   {"VALUE", true, "text; without it the value is read as by --file -"}},
     .options = {DEVICE_OPTION,
                 {"file", 'f', "FILE", "read the value from this file; -: standard input", NULL}},
     .run = command_settings},
    {.name = "configs show",
     .summary = "Show a config",
     .arguments = {KEY_ARGUMENT},
     .options = {DEVICE_OPTION, {"raw", 0, NULL, "print only the value, as it is", NULL}},
     .run = command_settings},
    {.name = "configs remove",
     .summary = "Remove a config",
     .arguments = {KEY_ARGUMENT},
     .options = {DEVICE_OPTION},
     .run = command_settings},
    {.name = "secrets list",
     .summary = "List the secrets of the account or of a device",
     .options = {DEVICE_OPTION},
     .run = command_settings},
    {.name = "secrets set",
     .alias = "secrets create",
     .summary = "Make or change a secret",
     .details =
         "The value is read from standard input or from --file, never from the command line. One "
         "newline at its end is not part of it.",
     .arguments = {KEY_ARGUMENT},
     .options = {DEVICE_OPTION,
                 {"file", 'f', "FILE", "read the value from this file; -: standard input", NULL}},
     .run = command_settings},
    {.name = "secrets show",
     .summary = "Show a secret; its value only devices can read",
     .arguments = {KEY_ARGUMENT},
     .options = {DEVICE_OPTION},
     .run = command_settings},
    {.name = "secrets remove",
     .summary = "Remove a secret",
     .arguments = {KEY_ARGUMENT},
     .options = {DEVICE_OPTION},
     .run = command_settings},
    {.name = "keys list", .summary = "List the API keys", .run = command_keys_list},
    {.name = "keys show",
     .summary = "Show an API key",
     .arguments = {APIKEY_ARGUMENT},
     .run = command_keys_show},
    {.name = "keys create",
     .summary = "Make an API key for a program or a colleague",
     .details = "Use its SID and secret in place of account SID and auth token.",
     .options = {{"role", 0, "ROLE", "read, operate or admin", NULL}, KEY_OPTIONS, SECRET_OPTION},
     .run = command_keys_create},
    {.name = "keys update",
     .summary = "Change an API key: its role, its name, its devices",
     .arguments = {APIKEY_ARGUMENT},
     .options = {{"role", 0, "ROLE", "read, operate or admin", NULL}, KEY_OPTIONS},
     .run = command_keys_update},
    {.name = "keys rotate",
     .summary = "Give an API key a new secret",
     .arguments = {APIKEY_ARGUMENT},
     .options = {{"grace", 0, "S", "how long the old secret stays good (0)", NULL}, SECRET_OPTION},
     .run = command_keys_rotate},
    {.name = "keys remove",
     .summary = "Revoke an API key",
     .arguments = {APIKEY_ARGUMENT},
     .run = command_keys_remove},
    {.name = "debug keypair",
     .alias = "debug generate_keypair",
     .summary = "Make a pair of keys for remote debugging",
     .options = {{"debug-auth-privkey", 0, "FILE", "private key to write (secret)", NULL},
                 {"debug-auth-pubkey", 0, "FILE", "public key to write, for apps bundle", NULL},
                 {"force", 0, NULL, "overwrite existing files", NULL}},
     .run = command_debug_keypair},
    {.name = "audit",
     .summary = "Show who changed what in the account",
     .details = "The cloud chains the records, so that a changed or missing one is noticed.",
     .run = command_audit},
    {.name = "login",
     .summary = "Keep the cloud's URL and account in the configuration file",
     .details =
         "What is not given is asked for on a terminal. The auth token is read from the terminal "
         "or "
         "from\nstandard input, never from the command line. With --profile it goes into a profile "
         "of that name.",
     .options = {{"account", 'a', "SID", "account SID (AC…), or SID (SK…) of an API key", NULL},
                 {"ca-file", 0, "FILE", "trust this CA (PEM) for https, in place of the system's",
                  NULL},
                 {"from", 0, "DIR", "take URL, account and token from a microvisord state folder",
                  NULL}},
     .run = command_login},
    {.name = "profiles list",
     .summary = "List the profiles that login made",
     .run = command_profiles_list},
    {.name = "profiles use",
     .summary = "Use this profile where none is named",
     .arguments = {{"PROFILE", false, "name of a profile"}},
     .run = command_profiles_use},
    {.name = "profiles remove",
     .alias = "logout",
     .summary = "Forget a profile and its token",
     .arguments = {{"PROFILE", true, "name of a profile; without it the one in use"}},
     .run = command_profiles_remove},
    {.name = "info",
     .alias = "about",
     .summary = "Show version, configuration and whether the cloud answers",
     .run = command_info},
    {.name = "doctor",
     .summary = "Check configuration, cloud, credentials and tools, and say what to do",
     .run = command_doctor},
    {.name = "help",
     .summary = "Explain a command",
     .arguments = {{"COMMAND", true, "one or two words; without them all commands are listed"},
                   {"SUBCOMMAND", true, "its second word"}},
     .run = command_help},
    {.name = "man",
     .summary = "Print a manual page, or write all of them into a folder",
     .details = "Use: microvisor man deploy | man -l -",
     .arguments = {{"COMMAND", true, "one or two words; without them the page of the program"},
                   {"SUBCOMMAND", true, "its second word"}},
     .options = {{"out", 0, "DIR", "write the pages of all commands into this folder", NULL}},
     .run = command_man},
    {.name = "completion",
     .summary = "Print a completion script for bash, zsh or fish",
     .details =
         "It completes commands, options, files, and the names of devices and applications, for "
         "which it\nasks the cloud.\n"
         "bash: source <(microvisor completion bash)\n"
         "zsh:  source <(microvisor completion zsh), behind compinit\n"
         "fish: microvisor completion fish | source",
     .arguments = {{"SHELL", true, "bash (without it), zsh or fish"}},
     .run = command_completion},
    {0},
};
