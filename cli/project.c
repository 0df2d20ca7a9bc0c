// See project.h.
#include "cli/project.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "formats/host/elf.h"
#include "cli/output.h"

extern char **environ;

enum { DEPTH_MAX = 6, LOG_TAIL = 4096 };

static int set_paths(const struct cli *cli, const char *folder, struct project *project)
{
    memset(project, 0, sizeof *project);
    char list[PROJECT_PATH_MAX];
    if (realpath(folder, project->folder) == NULL ||
        snprintf(project->build, sizeof project->build, "%s/build", project->folder) >=
            (int)sizeof project->build ||
        snprintf(list, sizeof list, "%s/CMakeLists.txt", project->folder) >= (int)sizeof list) {
        return out_fail(cli, CLI_FAILED, "file", NULL, "cannot use '%s': %s", folder,
                        strerror(errno));
    }
    if (access(list, R_OK) != 0) {
        return out_fail(cli, CLI_FAILED, "no_project",
                        "name a project folder, or an .elf, .bin or .zip file",
                        "'%s' is not a project: it has no CMakeLists.txt", project->folder);
    }
    return CLI_OK;
}

// Runs a program with its output in a file. Returns its exit status, -1 if it could not be run.
static int run(const char *const *arguments, const char *log)
{
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int wait_status;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_APPEND,
                                     0644);
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    int error = posix_spawnp(&pid, arguments[0], &actions, NULL, (char *const *)arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
        errno = error;
        return -1;
    }
    while (waitpid(pid, &wait_status, 0) < 0) {
        if (errno != EINTR) {
            return -1;
        }
    }
    return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128;
}

static void show_tail(const char *log)
{
    FILE *file = fopen(log, "r");
    if (file == NULL) {
        return;
    }
    char tail[LOG_TAIL + 1];
    long size = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : 0;
    if (fseek(file, size > LOG_TAIL ? size - LOG_TAIL : 0, SEEK_SET) == 0) {
        size_t got = fread(tail, 1, LOG_TAIL, file);
        tail[got] = '\0';
        out_text(stderr, tail, 0);
        fputc('\n', stderr);
    }
    fclose(file);
}

static int run_step(const struct cli *cli, const char *const *arguments, const char *log)
{
    int status = run(arguments, log);
    if (status == 0) {
        return CLI_OK;
    }
    if (status < 0) {
        return out_fail(cli, CLI_FAILED, "build", "install cmake and gcc-arm-none-eabi",
                        "cannot run '%s': %s", arguments[0], strerror(errno));
    }
    if (!cli->json) {
        show_tail(log);
    }
    return out_fail(cli, CLI_FAILED, "build", log, "the project does not build (status %d)",
                    status);
}

static bool in_folder(char *path, const struct project *project, const char *name)
{
    return snprintf(path, PROJECT_PATH_MAX, "%s/%s", project->folder, name) < PROJECT_PATH_MAX;
}

static int build(const struct cli *cli, bool clean, const struct project *project)
{
    char log[PROJECT_PATH_MAX + 32], toolchain[PROJECT_PATH_MAX];
    char define[PROJECT_PATH_MAX + 32];
    snprintf(log, sizeof log, "%s/microvisor-build.log", project->build);
    if (mkdir(project->build, 0777) != 0 && errno != EEXIST) {
        return out_fail(cli, CLI_FAILED, "file", NULL, "cannot create '%s': %s", project->build,
                        strerror(errno));
    }
    unlink(log);
    const char *configure[] = {"cmake", "-S", project->folder, "-B", project->build, NULL, NULL};
    if (in_folder(toolchain, project, "toolchain.cmake") && access(toolchain, R_OK) == 0) {
        snprintf(define, sizeof define, "-DCMAKE_TOOLCHAIN_FILE=%s", toolchain);
        configure[5] = define;
    }
    const char *compile[] = {
        "cmake", "--build", project->build, "--parallel", clean ? "--clean-first" : NULL, NULL};
    out_step(cli, "Building %s …", project->folder);
    int status = run_step(cli, configure, log);
    return status == CLI_OK ? run_step(cli, compile, log) : status;
}

struct search {
    struct project *project;
    unsigned found;
    char other[PROJECT_PATH_MAX];
};

static bool is_program(const char *path)
{
    uint8_t header[64];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return false;
    }
    size_t size = fread(header, 1, sizeof header, file);
    fclose(file);
    return elf_is_arm_program(header, size);
}

static void search_folder(struct search *search, const char *folder, int depth)
{
    DIR *directory = depth > DEPTH_MAX ? NULL : opendir(folder);
    struct dirent *entry;
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        char path[PROJECT_PATH_MAX];
        struct stat info;
        if (entry->d_name[0] == '.' || strcmp(entry->d_name, "CMakeFiles") == 0 ||
            snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) >= (int)sizeof path ||
            lstat(path, &info) != 0) {
            continue;
        }
        if (S_ISDIR(info.st_mode)) {
            search_folder(search, path, depth + 1);
        } else if (S_ISREG(info.st_mode) && is_program(path)) {
            char *to = search->found == 0 ? search->project->program : search->other;
            memcpy(to, path, sizeof path);
            search->found++;
        }
    }
    if (directory != NULL) {
        closedir(directory);
    }
}

static int find_program(const struct cli *cli, struct project *project)
{
    struct search search = {.project = project};
    search_folder(&search, project->build, 0);
    if (search.found == 1) {
        return CLI_OK;
    }
    if (search.found == 0) {
        return out_fail(cli, CLI_FAILED, "no_program",
                        "its CMakeLists.txt must use the Arm toolchain and add_executable",
                        "there is no Arm program in '%s'", project->build);
    }
    return out_fail(cli, CLI_FAILED, "no_program", "deploy one of them by its file name",
                    "there are %u programs in '%s', among them '%s' and '%s'", search.found,
                    project->build, project->program, search.other);
}

int project_find(const struct cli *cli, const char *folder, struct project *project)
{
    int status = set_paths(cli, folder, project);
    return status == CLI_OK ? find_program(cli, project) : status;
}

int project_build(const struct cli *cli, const char *folder, bool clean, struct project *project)
{
    int status = set_paths(cli, folder, project);
    if (status == CLI_OK) {
        status = build(cli, clean, project);
    }
    return status == CLI_OK ? find_program(cli, project) : status;
}
