// Writing a pair of debug keys; shared by `debug keypair` and `deploy --genkeys`.
#ifndef CLI_KEYPAIR_H
#define CLI_KEYPAIR_H

#include "cli/cli.h"

// Makes a P-256 pair and writes both halves as PEM; refuses to overwrite unless `force`.
int keypair_write(const struct cli *cli, const char *private_path, const char *public_path,
                  bool force);

#endif
