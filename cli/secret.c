// See secret.h.
#include "cli/secret.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

enum { SIGNALS = sizeof ending_signals / sizeof ending_signals[0] };

static volatile sig_atomic_t caught;

static void on_signal(int signal)
{
    caught = signal;
}

// Without SA_RESTART, so that reading ends when a signal comes.
static void catch_signals(struct sigaction *before)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    caught = 0;
    for (int i = 0; i < SIGNALS; i++) {
        sigaction(ending_signals[i], &action, &before[i]);
    }
}

static void release_signals(const struct sigaction *before)
{
    for (int i = 0; i < SIGNALS; i++) {
        sigaction(ending_signals[i], &before[i], NULL);
    }
    if (caught != 0) {
        raise(caught); // now that the terminal is as it was
    }
}

static bool read_line(char *secret, size_t size)
{
    bool ok = fgets(secret, (int)size, stdin) != NULL;
    if (ok) {
        secret[strcspn(secret, "\r\n")] = '\0';
    }
    return ok && secret[0] != '\0';
}

bool secret_read_line(const char *prompt, char *secret, size_t size)
{
    struct termios before, silent;
    struct sigaction actions[SIGNALS];
    if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &before) != 0) {
        return read_line(secret, size);
    }
    catch_signals(actions);
    fprintf(stderr, "%s: ", prompt);
    silent = before;
    silent.c_lflag &= (tcflag_t)~ECHO;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    bool ok = read_line(secret, size);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    fputc('\n', stderr);
    release_signals(actions);
    return ok && caught == 0;
}
