/* Register list and target description, made from one table. */
#include "board/gdb_registers.h"

#include <stdio.h>
#include <string.h>

#define PROFILE "org.gnu.gdb.arm.m-profile"
#define SYSTEM  "org.gnu.gdb.arm.m-system"
#define BANKED  "org.microvisor.board.banked"

static const struct {
    const char *feature;
    struct gdb_register reg;
} table[] = {
    {PROFILE, {"r0", "int", CPU_R0}},
    {PROFILE, {"r1", "int", CPU_R0 + 1}},
    {PROFILE, {"r2", "int", CPU_R0 + 2}},
    {PROFILE, {"r3", "int", CPU_R0 + 3}},
    {PROFILE, {"r4", "int", CPU_R0 + 4}},
    {PROFILE, {"r5", "int", CPU_R0 + 5}},
    {PROFILE, {"r6", "int", CPU_R0 + 6}},
    {PROFILE, {"r7", "int", CPU_R0 + 7}},
    {PROFILE, {"r8", "int", CPU_R0 + 8}},
    {PROFILE, {"r9", "int", CPU_R0 + 9}},
    {PROFILE, {"r10", "int", CPU_R0 + 10}},
    {PROFILE, {"r11", "int", CPU_R0 + 11}},
    {PROFILE, {"r12", "int", CPU_R0 + 12}},
    {PROFILE, {"sp", "data_ptr", CPU_R0 + 13}},
    {PROFILE, {"lr", "int", CPU_R0 + 14}},
    {PROFILE, {"pc", "code_ptr", CPU_R0 + 15}},
    {PROFILE, {"xpsr", "int", CPU_XPSR}},
    {SYSTEM, {"msp", "data_ptr", GDB_REGISTER_MSP}},
    {SYSTEM, {"psp", "data_ptr", GDB_REGISTER_PSP}},
    {BANKED, {"msp_s", "data_ptr", CPU_MSP_S}},
    {BANKED, {"psp_s", "data_ptr", CPU_PSP_S}},
    {BANKED, {"msp_ns", "data_ptr", CPU_MSP_NS}},
    {BANKED, {"psp_ns", "data_ptr", CPU_PSP_NS}},
    {BANKED, {"msplim_s", "data_ptr", CPU_MSPLIM_S}},
    {BANKED, {"psplim_s", "data_ptr", CPU_PSPLIM_S}},
    {BANKED, {"msplim_ns", "data_ptr", CPU_MSPLIM_NS}},
    {BANKED, {"psplim_ns", "data_ptr", CPU_PSPLIM_NS}},
    {BANKED, {"control_s", "int", CPU_CONTROL_S}},
    {BANKED, {"control_ns", "int", CPU_CONTROL_NS}},
    {BANKED, {"primask_s", "int", CPU_PRIMASK_S}},
    {BANKED, {"primask_ns", "int", CPU_PRIMASK_NS}},
    {BANKED, {"basepri_s", "int", CPU_BASEPRI_S}},
    {BANKED, {"basepri_ns", "int", CPU_BASEPRI_NS}},
    {BANKED, {"faultmask_s", "int", CPU_FAULTMASK_S}},
    {BANKED, {"faultmask_ns", "int", CPU_FAULTMASK_NS}},
};

#define COUNT (sizeof table / sizeof *table)

unsigned gdb_register_count(void)
{
    return COUNT;
}

const struct gdb_register *gdb_register(unsigned number)
{
    return &table[number].reg;
}

const char *gdb_registers_xml(void)
{
    static char xml[4096];
    const char *feature = "";
    size_t used;

    if (xml[0] != '\0')
        return xml;
    used = (size_t)snprintf(xml, sizeof xml,
                            "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\">"
                            "<target version=\"1.0\"><architecture>arm</architecture>");
    for (unsigned i = 0; i < COUNT; i++) {
        if (strcmp(feature, table[i].feature) != 0) {
            used += (size_t)snprintf(xml + used, sizeof xml - used, "%s<feature name=\"%s\">",
                                     feature[0] != '\0' ? "</feature>" : "", table[i].feature);
            feature = table[i].feature;
        }
        used += (size_t)snprintf(xml + used, sizeof xml - used,
                                 "<reg name=\"%s\" bitsize=\"32\" regnum=\"%u\" type=\"%s\"/>",
                                 table[i].reg.name, i, table[i].reg.type);
    }
    snprintf(xml + used, sizeof xml - used, "</feature></target>");
    return xml;
}
