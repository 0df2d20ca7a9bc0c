/* Value change dumps: two characters name a pin, times are picoseconds. */
#include "world/vcd.h"

#include <inttypes.h>
#include <string.h>

#define FIRST_CHARACTER '!'

static void write_level(struct vcd *vcd, unsigned port, unsigned pin)
{
    fprintf(vcd->file, "%d%c%c\n", vcd->level[port][pin], (char)(FIRST_CHARACTER + port),
            (char)(FIRST_CHARACTER + pin));
}

bool vcd_open(struct vcd *vcd, const char *path)
{
    memset(vcd, 0, sizeof *vcd);
    vcd->file = fopen(path, "we");
    if (vcd->file == NULL)
        return false;
    fputs("$version mvsim $end\n$timescale 1 ps $end\n$scope module board $end\n", vcd->file);
    for (unsigned port = 0; port < VCD_PORTS; port++) {
        for (unsigned pin = 0; pin < VCD_PINS; pin++)
            fprintf(vcd->file, "$var wire 1 %c%c P%c%u $end\n", (char)(FIRST_CHARACTER + port),
                    (char)(FIRST_CHARACTER + pin), (char)('A' + port), pin);
    }
    fputs("$upscope $end\n$enddefinitions $end\n#0\n$dumpvars\n", vcd->file);
    for (unsigned port = 0; port < VCD_PORTS; port++) {
        for (unsigned pin = 0; pin < VCD_PINS; pin++)
            write_level(vcd, port, pin);
    }
    fputs("$end\n", vcd->file);
    return true;
}

static void write_time(struct vcd *vcd, sim_ps now)
{
    if (now == vcd->time)
        return;
    vcd->time = now;
    fprintf(vcd->file, "#%" PRIu64 "\n", now);
}

void vcd_pin(struct vcd *vcd, sim_ps now, unsigned port, unsigned pin, bool level)
{
    if (port >= VCD_PORTS || pin >= VCD_PINS || vcd->level[port][pin] == level)
        return;
    write_time(vcd, now);
    vcd->level[port][pin] = level;
    write_level(vcd, port, pin);
}

bool vcd_close(struct vcd *vcd, sim_ps now)
{
    bool good;

    write_time(vcd, now);
    good = !ferror(vcd->file);
    good &= fclose(vcd->file) == 0;
    vcd->file = NULL;
    return good;
}
