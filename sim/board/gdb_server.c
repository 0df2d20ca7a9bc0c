/* GDB's TCP transport and the board as its target. */
#include "board/gdb_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "board/gdb_registers.h"
#include "board/gdb_stub.h"

struct gdb_server {
    struct board *board;
    struct cpu *cpu;
    struct gdb_stub stub;
    enum gdb_wants wants;
    int listen_fd;
    int client_fd;
    int listen_index;
    int client_index;
};

/* --- the board as a target --- */

static enum cpu_reg resolve(const struct cpu *cpu, unsigned number)
{
    int reg = gdb_register(number)->reg;

    if (reg == GDB_REGISTER_MSP)
        return cpu_secure(cpu) ? CPU_MSP_S : CPU_MSP_NS;
    if (reg == GDB_REGISTER_PSP)
        return cpu_secure(cpu) ? CPU_PSP_S : CPU_PSP_NS;
    return (enum cpu_reg)reg;
}

static uint32_t read_register(void *context, unsigned number)
{
    const struct cpu *cpu = ((struct gdb_server *)context)->cpu;

    return cpu_reg(cpu, resolve(cpu, number));
}

static void write_register(void *context, unsigned number, uint32_t value)
{
    struct cpu *cpu = ((struct gdb_server *)context)->cpu;

    cpu_set_reg(cpu, resolve(cpu, number), value);
}

/* As the processor sees it now; what only the other Security state sees is shown as well. */
static bool read_memory(void *context, uint32_t address, void *data, size_t size)
{
    struct cpu *cpu = ((struct gdb_server *)context)->cpu;
    bool secure = cpu_secure(cpu);

    return cpu_debug_read(cpu, address, secure, data, size) ||
           cpu_debug_read(cpu, address, !secure, data, size);
}

static bool write_memory(void *context, uint32_t address, const void *data, size_t size)
{
    struct cpu *cpu = ((struct gdb_server *)context)->cpu;
    bool secure = cpu_secure(cpu);

    return cpu_debug_write(cpu, address, secure, data, size) ||
           cpu_debug_write(cpu, address, !secure, data, size);
}

static bool set_breakpoint(void *context, uint32_t address)
{
    return cpu_breakpoint_set(((struct gdb_server *)context)->cpu, address & ~1u);
}

static void clear_breakpoint(void *context, uint32_t address)
{
    cpu_breakpoint_clear(((struct gdb_server *)context)->cpu, address & ~1u);
}

static void target_resume(void *context, enum gdb_resume how)
{
    static const enum gdb_wants wants[] = {[GDB_CONTINUE] = GDB_WANTS_RUN,
                                           [GDB_STEP] = GDB_WANTS_STEP,
                                           [GDB_DETACH] = GDB_WANTS_RUN,
                                           [GDB_KILL] = GDB_WANTS_QUIT};
    struct gdb_server *server = context;

    server->wants = wants[how];
}

static void target_interrupt(void *context)
{
    struct gdb_server *server = context;

    server->wants = GDB_WANTS_STOP;
    board_break(server->board);
}

/* --- monitor commands --- */

static void monitor_reset(struct gdb_server *server, char *answer, size_t size)
{
    board_reset(server->board);
    board_settle(server->board);
    snprintf(answer, size, "reset\n");
}

static void monitor_time(struct gdb_server *server, char *answer, size_t size)
{
    snprintf(answer, size, "%llu us, %llu cycles, %llu instructions\n",
             (unsigned long long)(board_time(server->board) / SIM_PS_PER_US),
             (unsigned long long)cpu_cycles(server->cpu),
             (unsigned long long)cpu_instructions(server->cpu));
}

static void monitor_state(struct gdb_server *server, char *answer, size_t size)
{
    snprintf(answer, size, "%s, %s, exception %u, HCLK %u Hz\n",
             cpu_secure(server->cpu) ? "secure" : "non-secure",
             cpu_privileged(server->cpu) ? "privileged" : "unprivileged",
             cpu_exception(server->cpu), soc_hclk_hz(board_soc(server->board)));
}

static void monitor_link_down(struct gdb_server *server, char *answer, size_t size)
{
    (void)answer;
    (void)size;
    modem_set_link(board_modem(server->board), MODEM_LINK_DOWN);
}

static void monitor_link_up(struct gdb_server *server, char *answer, size_t size)
{
    (void)answer;
    (void)size;
    modem_set_link(board_modem(server->board), MODEM_LINK_UP);
}

static void monitor_help(struct gdb_server *server, char *answer, size_t size);

static const struct {
    const char *name;
    void (*handler)(struct gdb_server *server, char *answer, size_t size);
    const char *help;
} monitor_commands[] = {
    {"help", monitor_help, "this list"},
    {"reset", monitor_reset, "press the reset button"},
    {"time", monitor_time, "virtual time, cycles, instructions"},
    {"state", monitor_state, "Security state, privilege, exception, clock"},
    {"link down", monitor_link_down, "the modem loses its network"},
    {"link up", monitor_link_up, "the modem finds its network again"},
};

static void monitor_help(struct gdb_server *server, char *answer, size_t size)
{
    size_t used = 0;

    (void)server;
    for (unsigned i = 0; i < sizeof monitor_commands / sizeof *monitor_commands; i++)
        used += (size_t)snprintf(answer + used, size - used, "%-10s %s\n", monitor_commands[i].name,
                                 monitor_commands[i].help);
}

static bool monitor(void *context, const char *text, char *answer, size_t answer_size)
{
    for (unsigned i = 0; i < sizeof monitor_commands / sizeof *monitor_commands; i++) {
        if (strcmp(text, monitor_commands[i].name) == 0) {
            monitor_commands[i].handler(context, answer, answer_size);
            return true;
        }
    }
    return false;
}

/* --- transport --- */

static void disconnect(struct gdb_server *server)
{
    if (server->client_fd < 0)
        return;
    close(server->client_fd);
    server->client_fd = -1;
    gdb_stub_close(&server->stub);
    if (server->wants != GDB_WANTS_QUIT)
        server->wants = GDB_WANTS_RUN;
}

/* Answers are small against the socket's buffer; a client that does not read them is dropped. */
static void write_client(void *context, const char *data, size_t size)
{
    struct gdb_server *server = context;

    while (size > 0 && server->client_fd >= 0) {
        ssize_t sent = send(server->client_fd, data, size, MSG_NOSIGNAL);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0) {
            shutdown(server->client_fd, SHUT_RDWR);
            return;
        }
        data += sent;
        size -= (size_t)sent;
    }
}

static void start_stub(struct gdb_server *server)
{
    struct gdb_target target = {
        .context = server,
        .read_register = read_register,
        .write_register = write_register,
        .read_memory = read_memory,
        .write_memory = write_memory,
        .set_breakpoint = set_breakpoint,
        .clear_breakpoint = clear_breakpoint,
        .resume = target_resume,
        .interrupt = target_interrupt,
        .monitor = monitor,
    };

    gdb_stub_init(&server->stub, &target, write_client, server);
}

static void accept_client(struct gdb_server *server)
{
    struct timeval timeout = {.tv_sec = 2};
    int one = 1;
    int fd = accept4(server->listen_fd, NULL, NULL, SOCK_CLOEXEC);

    if (fd < 0)
        return;
    if (server->client_fd >= 0) { /* one at a time */
        close(fd);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    server->client_fd = fd;
    start_stub(server);
    board_settle(server->board);
    gdb_server_halt(server);
}

static void read_client(struct gdb_server *server)
{
    char data[4096];
    ssize_t size = recv(server->client_fd, data, sizeof data, MSG_DONTWAIT);

    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (size <= 0) {
        disconnect(server);
        return;
    }
    for (ssize_t i = 0; i < size; i++)
        gdb_stub_receive(&server->stub, data[i]);
}

static void prepare(void *context, struct hostio *io, uint64_t *timeout_ns)
{
    struct gdb_server *server = context;

    (void)timeout_ns;
    server->listen_index = hostio_want(io, server->listen_fd, POLLIN);
    server->client_index = server->client_fd < 0 ? -1 : hostio_want(io, server->client_fd, POLLIN);
}

static void dispatch(void *context, struct hostio *io)
{
    struct gdb_server *server = context;

    if (server->client_fd >= 0 && hostio_got(io, server->client_index) != 0)
        read_client(server);
    if (hostio_got(io, server->listen_index) != 0)
        accept_client(server);
}

static bool listen_on(struct gdb_server *server, uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;

    server->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (server->listen_fd < 0)
        return false;
    setsockopt(server->listen_fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    return bind(server->listen_fd, (struct sockaddr *)&address, sizeof address) == 0 &&
           listen(server->listen_fd, 1) == 0;
}

struct gdb_server *gdb_server_new(struct board *board, uint16_t port, char *error,
                                  size_t error_size)
{
    struct gdb_server *server = calloc(1, sizeof *server);
    struct hostio_source source = {.context = server, .prepare = prepare, .dispatch = dispatch};

    if (server == NULL) {
        snprintf(error, error_size, "out of memory");
        return NULL;
    }
    server->board = board;
    server->cpu = soc_cpu(board_soc(board));
    server->client_fd = -1;
    if (!listen_on(server, port) || !hostio_add(board_hostio(board), &source)) {
        snprintf(error, error_size, "GDB port %u: %s", port, strerror(errno));
        gdb_server_free(server);
        return NULL;
    }
    return server;
}

/* After the board's loop has ended: the source stays registered but is asked no more. */
void gdb_server_free(struct gdb_server *server)
{
    if (server == NULL)
        return;
    if (server->client_fd >= 0)
        close(server->client_fd);
    if (server->listen_fd >= 0)
        close(server->listen_fd);
    free(server);
}

uint16_t gdb_server_port(const struct gdb_server *server)
{
    struct sockaddr_in address = {0};
    socklen_t size = sizeof address;

    if (getsockname(server->listen_fd, (struct sockaddr *)&address, &size) < 0)
        return 0;
    return ntohs(address.sin_port);
}

void gdb_server_halt(struct gdb_server *server)
{
    server->wants = GDB_WANTS_HALT;
    board_break(server->board);
}

enum gdb_wants gdb_server_wants(const struct gdb_server *server)
{
    return server->wants;
}

void gdb_server_stopped(struct gdb_server *server, int signal)
{
    if (server->client_fd < 0)
        return;
    server->wants = GDB_WANTS_HALT;
    gdb_stub_stopped(&server->stub, signal);
}
