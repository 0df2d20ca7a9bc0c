/* Pin levels over time as a Value Change Dump (IEEE 1364), for waveform viewers. */
#ifndef SIM_WORLD_VCD_H
#define SIM_WORLD_VCD_H

#include <stdbool.h>
#include <stdio.h>

#include "world/sched.h"

#define VCD_PORTS 9u
#define VCD_PINS  16u

struct vcd {
    FILE *file;
    sim_ps time; /* last time written */
    bool level[VCD_PORTS][VCD_PINS];
};

/* Writes the header; every pin PA0 to PI15 starts low. False if the file cannot be made. */
bool vcd_open(struct vcd *vcd, const char *path);
void vcd_pin(struct vcd *vcd, sim_ps now, unsigned port, unsigned pin, bool level);
/* Notes the end time and closes; false if something could not be written. */
bool vcd_close(struct vcd *vcd, sim_ps now);

#endif
