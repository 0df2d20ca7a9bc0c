/* A server process in a folder of its own: see support.h. */
#include "support.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void pause_ms(long ms)
{
    struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&pause, NULL);
}

static void path_of(const struct server *server, const char *name, char out[128])
{
    snprintf(out, 128, "%s/%s", server->state, name);
}

/* ---- the database, in the PostgreSQL of with_postgres.py if there is one ---- */

static void on_postgres(const struct server *server, const char *sql)
{
    char command[256];
    snprintf(command, sizeof command,
             "psql -qX \"$MV_TEST_POSTGRES dbname=postgres\" -c '%s \"%s\"'", sql,
             server->state + strlen("/tmp/"));
    assert_int_equal(system(command), 0);
}

static void make_database(const struct server *server)
{
    if (getenv("MV_TEST_POSTGRES"))
        on_postgres(server, "CREATE DATABASE");
}

static void drop_database(const struct server *server)
{
    if (getenv("MV_TEST_POSTGRES"))
        on_postgres(server, "DROP DATABASE");
}

static void use_database(const struct server *server)
{
    const char *postgres = getenv("MV_TEST_POSTGRES");
    char address[256];
    if (!postgres)
        return;
    snprintf(address, sizeof address, "%s dbname=%s", postgres, server->state + strlen("/tmp/"));
    setenv("MICROVISORD_STORE", address, 1);
}

void server_forget(const struct server *server)
{
    char command[128];
    drop_database(server);
    make_database(server);
    snprintf(command, sizeof command, "rm -f %s/microvisor.db*", server->state);
    assert_int_equal(system(command), 0);
}

/* ---- the process ---- */

void server_new(struct server *server)
{
    memset(server, 0, sizeof *server);
    strcpy(server->state, "/tmp/mv_cloud_test_XXXXXX");
    assert_non_null(mkdtemp(server->state));
    make_database(server);
}

static void exec_server(const struct server *server, const char *config)
{
    char log[128], file[128];
    path_of(server, "test.log", log);
    path_of(server, "test-config.json", file);
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    use_database(server);
    dup2(fd, STDOUT_FILENO);
    dup2(fd, STDERR_FILENO);
    execl(MICROVISORD, "microvisord", "--state", server->state, config ? "--config" : NULL,
          config ? file : NULL, (char *)NULL);
    _exit(127);
}

static void write_config(const struct server *server, const char *config)
{
    char path[128];
    path_of(server, "test-config.json", path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(config, file);
    fclose(file);
}

static void read_run_file(struct server *server)
{
    char path[128];
    json_t *run = NULL;
    path_of(server, "run.json", path);
    for (int i = 0; i < 600 && !run; i++) {
        run = json_load_file(path, 0, NULL);
        if (run && json_integer_value(json_object_get(run, "pid")) != server->pid) {
            json_decref(run);
            run = NULL;
        }
        if (!run)
            pause_ms(50);
    }
    assert_non_null(run);
    snprintf(server->url, sizeof server->url, "%s",
             json_string_value(json_object_get(run, "api_url")));
    server->gateway_port = (int)json_integer_value(json_object_get(run, "gateway_port"));
    json_decref(run);
}

void server_start(struct server *server, const char *config)
{
    char path[128];
    if (config)
        write_config(server, config);
    server->pid = fork();
    if (server->pid == 0)
        exec_server(server, config);
    read_run_file(server);
    path_of(server, "account.json", path);
    json_t *account = json_load_file(path, 0, NULL);
    assert_non_null(account);
    snprintf(server->account_sid, sizeof server->account_sid, "%s",
             json_string_value(json_object_get(account, "account_sid")));
    snprintf(server->auth_token, sizeof server->auth_token, "%s",
             json_string_value(json_object_get(account, "auth_token")));
    json_decref(account);
}

void server_stop(struct server *server)
{
    int status = 0;
    kill(server->pid, SIGTERM);
    assert_int_equal(waitpid(server->pid, &status, 0), server->pid);
    server->pid = 0;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        char command[160];
        snprintf(command, sizeof command, "cat %s/test.log", server->state);
        if (system(command) != 0)
            fprintf(stderr, "no log\n");
    }
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

void server_kill(struct server *server)
{
    kill(server->pid, SIGKILL);
    waitpid(server->pid, NULL, 0);
    server->pid = 0;
}

void server_free(struct server *server)
{
    char command[128];
    if (server->pid)
        server_stop(server);
    snprintf(command, sizeof command, "rm -rf '%s'", server->state);
    assert_int_equal(system(command), 0);
    drop_database(server);
}

bool server_log_has(const struct server *server, const char *text)
{
    char path[128], line[4096];
    bool found = false;
    path_of(server, "test.log", path);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (!found && fgets(line, sizeof line, file))
        found = strstr(line, text) != NULL;
    fclose(file);
    return found;
}

bool server_logged(const struct server *server, const char *text)
{
    for (int i = 0; i < 100; i++) {
        if (server_log_has(server, text))
            return true;
        pause_ms(50);
    }
    return false;
}

long long server_resident_kb(const struct server *server)
{
    char path[64], line[128];
    long long kb = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)server->pid);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (kb == 0 && fgets(line, sizeof line, file))
        kb = strncmp(line, "VmRSS:", 6) == 0 ? atoll(line + 6) : 0;
    fclose(file);
    return kb;
}

int server_exit_code(const char *first, const char *second, const char *third)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_WRONLY);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
        execl(MICROVISORD, "microvisord", first, *second ? second : NULL, *third ? third : NULL,
              (char *)NULL);
        _exit(127);
    }
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
