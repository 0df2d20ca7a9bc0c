/* mvsim: a simulated STM32U585 board. Chooses the command. */
#include "mvsim/mvsim.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "Usage: mvsim COMMAND [OPTION]...\n"
    "A simulated STM32U585 board: processor, chip, SPI NOR, cellular modem.\n"
    "\n"
    "  mvsim provision --state DIR --kernel FILE --boot FILE --identity FILE [--force]\n"
    "      The factory step: writes the boot code, the kernel, the identity and the option bytes\n"
    "      into the state folder DIR. --force replaces a board that is there already.\n"
    "\n"
    "  mvsim run --state DIR|--app FILE [OPTION]...\n"
    "      Powers the board on and runs it until interrupted. Messages go to standard error as\n"
    "      [source] text. SIGUSR1 takes the modem's network away, SIGUSR2 gives it back.\n"
    "      --app FILE          instead of --state: a throw-away board with this application (.elf "
    "or\n"
    "                          .bin) installed; its USART2 on standard output, LEDs and log lines\n"
    "      --firmware DIR      where kernel.img and boot.img lie, for --app\n"
    "      --scenario FILE     drives the board and judges it: exit code 0 all expectations met,\n"
    "                          1 not, 2 the file is wrong (see docs/simulator.md)\n"
    "      --vcd FILE          write the levels of all pins for a waveform viewer\n"
    "      --network           a network behind the modem; the host's loopback is 10.0.2.2\n"
    "      --realtime          keep pace with the wall clock (implied by --network)\n"
    "      --uart NAME=FILE    write a serial line's bytes to FILE, - is standard output\n"
    "      --leds              tell when an LED changes\n"
    "      --gdb PORT          a GDB port on 127.0.0.1; 0 takes any free one and tells it\n"
    "      --gdb-wait          do not start before GDB says so\n"
    "      --seed N            another random world; the same seed gives the same run (with "
    "--network\n"
    "                          the host draws one, unless given)\n"
    "      --until MS          stop after MS milliseconds of virtual time\n"
    "      --link-script FILE  lines \"TIME_MS down|up|stall\": changes of the modem's network\n"
    "      --link-quality SPEC loss=PERCENT,delay=MS,jitter=MS,reorder=PERCENT of the packets\n"
    "      --exit-on-lockup    stop with exit code 1 when the processor locks up\n"
    "      --stop-at-app       stop at the first instruction of the application; print its cost\n"
    "      --call-costs FILE   count instructions of system calls; written as JSON at the end\n"
    "      --trace FILE        write every instruction executed (slow)\n"
    "      --quiet             no messages\n"
    "\n"
    "  mvsim info --state DIR [--json]\n"
    "      What is on the board: option bytes, kernel, identity, use of flash.\n"
    "\n"
    "  mvsim --help | --version\n";

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {{"provision", mvsim_provision}, {"run", mvsim_run}, {"info", mvsim_info}};

int mvsim_fail(int code, const char *format, ...)
{
    va_list arguments;

    fputs("mvsim: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    return code;
}

bool mvsim_number(const char *option, const char *text, uint64_t max, uint64_t *value)
{
    char *end;

    errno = 0;
    *value = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || *value > max) {
        mvsim_fail(0, "%s: \"%s\" is not a number from 0 to %llu", option, text,
                   (unsigned long long)max);
        return false;
    }
    return true;
}

void mvsim_console(void *context, const char *source, const char *text)
{
    (void)context;
    fprintf(stderr, "[%s] %s\n", source, text);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        fputs(usage, stdout);
        return EXIT_SUCCESS;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("mvsim %s\n", MV_VERSION);
        return EXIT_SUCCESS;
    }
    for (unsigned i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            if (argc > 2 && strcmp(argv[2], "--help") == 0) {
                fputs(usage, stdout);
                return EXIT_SUCCESS;
            }
            return commands[i].run(argc - 1, argv + 1);
        }
    }
    return mvsim_fail(EXIT_USAGE, "unknown command \"%s\"; see mvsim --help", argv[1]);
}
