// Building an application's project folder with CMake and finding what came out.
#ifndef CLI_PROJECT_H
#define CLI_PROJECT_H

#include "cli/cli.h"

enum { PROJECT_PATH_MAX = 4096 };

struct project {
    char folder[PROJECT_PATH_MAX];
    char build[PROJECT_PATH_MAX];   // folder/build
    char program[PROJECT_PATH_MAX]; // the linked program
};

// Configures and builds. What CMake prints goes to build/microvisor-build.log; its end is shown if
// the build fails.
int project_build(const struct cli *cli, const char *folder, bool clean, struct project *project);

// Only finds the program of an earlier build.
int project_find(const struct cli *cli, const char *folder, struct project *project);

#endif
