/* Reviewed: binutils, given raw bytes, decodes for every Arm architecture at once and is lenient
 * about encodings that the Armv8-M manual leaves UNDEFINED or UNPREDICTABLE. */
#include "decode_differences.h"

#include <string.h>

/* Encodings that binutils gives a meaning which the Cortex-M33 does not have, or prints although
 * the manual's tables (DDI0553, C2.2 and C2.3) call them UNDEFINED or UNPREDICTABLE. */
struct line {
    uint32_t mask, value;
    const char *reason;
};
static const struct line undefined32[] = {
    {0xf800d000, 0xf000c000, "BLX of the A-profile; branch future and loops of Armv8.1-M"},
    {0xff100000, 0xf9000000, "element stores of Advanced SIMD"},
    {0xff900000, 0xf9900000, "element loads of Advanced SIMD with Rt = PC are hints here"},
    {0xfe400000, 0xe8000000, "LDM, STM with SP, with PC, with fewer than two registers; SRS, RFE"},
    {0xfe000d00, 0xf8000800, "single load or store with P = 0 and W = 0"},
    {0xff700000, 0xe8600000, "LDRD, STRD post-indexed: UNPREDICTABLE registers"},
    {0xffe00070, 0xe8c00070, "exclusives of pairs"},
    {0xff60f000, 0xf820f000, "half-word accesses to the PC"},
    {0xffe0d000, 0xf3808000, "MSR of what is not there"},
    {0xffe0d000, 0xf3e08000, "MRS of what is not there"},
    {0xfff0d000, 0xf3b08000, "CLREX and barriers: options and bits that should be one"},
    {0xfff0d000, 0xf3c08000, "BXJ, ERET"},
    {0xff80d000, 0xf3808000, "CPS, hints of other profiles"},
    {0xfff0f000, 0xf7f0a000, "UDF"},
    {0xfff0f000, 0xf7e08000, "HVC"},
    {0xff70f000, 0xf7708000, "SMC, DCPS"},
    {0xffe0f0c0, 0xfac0f080, "CRC32"},
};
static const struct line undefined16[] = {
    {0xff00, 0xde00, "UDF"},
    {0xf0ff, 0xc000, "LDM, STM of nothing"},
    {0xff00, 0x4700, "BX, BLX with bits that should be zero"},
    {0xffc0, 0xba80, "HLT"},
    {0xffe8, 0xb640, "SETPAN, SETEND"},
    {0xffe8, 0xb648, "SETEND"},
    {0xfe00, 0xb600, "CPS with bits that should be zero"},
    {0xf7ff, 0xb400, "PUSH, POP of nothing"},
    {0xff78, 0x4478, "ADD of the PC to itself"},
    {0xfdff, 0x44fd, "ADD, MOV of the PC to the SP"},
    {0xff00, 0x4500, "CMP with low registers or the PC"},
};

static bool listed(const struct line *lines, unsigned count, uint32_t encoding)
{
    for (unsigned i = 0; i < count; i++)
        if ((encoding & lines[i].mask) == lines[i].value)
            return true;
    return false;
}
#define LISTED(lines, encoding) listed(lines, sizeof(lines) / sizeof *(lines), encoding)

/* Different words for the same thing. Ours is a prefix of the words of a family. */
struct synonym {
    const char *ours, *theirs;
};
static const struct synonym synonyms[] = {
    {"adr", "add"},        {"adr", "sub"},       {"adr", "addw"},       {"adr", "subw"},
    {"ldm", "ldmia"},      {"stm", "stmia"},     {"rsbs", "negs"},      {"lsls", "movs"},
    {"add", "sub"},        {"pkh", "pkhbt"},     {"pkh", "pkhtb"},      {"undefined", "udf"},
    {"ldmia", "pop"},      {"stmdb", "push"},    {"ldr", "pop"},        {"str", "push"},
    {"mov", "lsl"},        {"movs", "lsls"},     {"mov", "lsr"},        {"movs", "lsrs"},
    {"mov", "asr"},        {"movs", "asrs"},     {"mov", "ror"},        {"movs", "rors"},
    {"mov", "rrx"},        {"movs", "rrxs"},     {"xtah", "uxtah"},     {"xtah", "sxtah"},
    {"xtab", "uxtab"},     {"xtab", "sxtab"},    {"xtab16", "uxtab16"}, {"xtab16", "sxtab16"},
    {"xtab16", "uxtb16"},  {"xtab16", "sxtb16"}, {"xtah", "sxth"},      {"xtab", "sxtb"},
    {"usada8", "usad8"},   {"smmla", "smmul"},   {"smmls", "smmlsr"},   {"smmla", "smmulr"},
    {"smmla", "smmlar"},   {"smlad", "smladx"},  {"smlad", "smuad"},    {"smlad", "smuadx"},
    {"smlsd", "smlsdx"},   {"smlsd", "smusd"},   {"smlsd", "smusdx"},   {"smlald", "smlaldx"},
    {"smlsld", "smlsldx"}, {"pld", "pldw"},      {"hint", "yield"},     {"ssat", "ssat16"},
    {"usat", "usat16"},    {"pli", "ldrsh"},     {"mov", "nop"},
};

/* smlaxy stands for smlabb ... smultt, smlaw for smlawb ... smulwt, and so on. */
static const struct synonym families[] = {
    {"smlaxy", "smla"},    {"smlaxy", "smul"},   {"smlaw", "smlaw"}, {"smlaw", "smulw"},
    {"smlalxy", "smlal"},  {"q(d)add/sub", "q"}, {"it", "it"},       {"hint", ""},
    {"strexb/h", "strex"}, {"stlex", "stlex"},   {"ldaex", "ldaex"}, {"lda", "lda"},
    {"stl", "stl"},        {"tt", "tt"},
};

bool decode_same(const char *ours, const char *theirs, uint32_t encoding, bool wide)
{
    if (!strcmp(ours, theirs))
        return true;
    /* Coprocessors: all but 10 and 11 are absent here and belong to other extensions there; what of
     * 10 and 11 is defined shows when it is executed (test_encodings). */
    if (wide && (encoding & 0xec000000u) == 0xec000000u)
        return true;
    if (strchr(theirs, '?') || strchr(theirs, '<')) /* "ldr??", "vst2.<illegal": undefined */
        return !strcmp(ours, "undefined");
    /* Unallocated parallel arithmetic, acquire and release of doublewords: refused when executed.
     */
    if (strchr(ours, '?') || (wide && (encoding & 0xffe000f0u) == 0xe8c000b0u))
        return !strcmp(theirs, "undefined");
    /* With the PC as base LDRT and the like are literal loads; binutils prints them as LDRT. */
    if (wide && (encoding & 0xfe1f0000u) == 0xf81f0000u && !strncmp(ours, theirs, strlen(ours)) &&
        !strcmp(theirs + strlen(ours), "t"))
        return true;
    if (!strcmp(ours, "undefined") || !strcmp(theirs, "undefined"))
        if (wide ? LISTED(undefined32, encoding) : LISTED(undefined16, encoding))
            return true;
    /* The register form of single loads and stores has zeros in bits 10 to 6. */
    if (wide && !strcmp(ours, "undefined") && (encoding & 0xfe000800u) == 0xf8000000u &&
        (encoding & 0x7c0u))
        return true;
    for (unsigned i = 0; i < sizeof synonyms / sizeof *synonyms; i++)
        if (!strcmp(ours, synonyms[i].ours) && !strcmp(theirs, synonyms[i].theirs))
            return true;
    for (unsigned i = 0; i < sizeof families / sizeof *families; i++)
        if (!strcmp(ours, families[i].ours) &&
            !strncmp(theirs, families[i].theirs, strlen(families[i].theirs)))
            return true;
    return false;
}
