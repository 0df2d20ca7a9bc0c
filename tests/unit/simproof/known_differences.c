/* Where ours and the referee may differ. UNPREDICTABLE encodings are left out, because neither side
 * is wrong about them; what remains differs for the reasons given (the instruction descriptions of
 * the Armv8-M manual, DDI0553). */
#include "known_differences.h"

#include "cpu/decode.h"

struct line {
    uint32_t mask, value;
    const char *reason;
};

static const struct line left_out16[] = {
    {0xff07, 0x4704, "BXNS: libunicorn has no second Security state to go to"},
    {0xff07, 0x4784, "BLXNS: the same"},
    {0xff00, 0x4700, "BX, BLX with bits that should be zero; with the PC"},
    {0xffff, 0x44ff, "ADD PC, PC: UNPREDICTABLE"},
    {0xffff, 0x44fd, "ADD SP, PC: ours says undefined; nothing uses it"},
    {0xffff, 0x46fd, "MOV SP, PC: the same"},
    {0xfff0, 0xb650, "SETEND, which M-profile does not have"},
    {0xffe0, 0xb660, "CPS: masks are not visible and stay for the next run"},
    {0xff00, 0xbf00, "IT does not end a single step of libunicorn; hints are host business"},
};
static const struct line left_out32[] = {
    {0xffe0d000, 0xf3808000, "MSR: special registers stay for the next run"},
    {0xffe0d000, 0xf3e08000, "MRS: the system that these describe is not modelled"},
    {0xffffd000, 0xf3af8000, "hints"},
    {0xffffffff, 0xe97fe97f, "SG"},
    {0xfe402000, 0xe8002000, "LDM, STM with the SP in the list: UNPREDICTABLE"},
    {0xfe508000, 0xe8008000, "STM with the PC in the list: UNPREDICTABLE"},
    {0xff100000, 0xf9000000, "UNDEFINED; libunicorn takes it for a store of a signed value"},
    {0xffe0d000, 0xf3c08000, "UNDEFINED; libunicorn takes it for BXJ, SUBS PC of the A-profile"},
    {0xf800d000, 0xf000c000, "UNDEFINED; libunicorn takes it for BLX of the A-profile"},
    {0xffe00070, 0xe8c00070, "UNDEFINED; libunicorn takes it for STREXD, LDAEXD ... of A-profile"},
    {0xfff0f0f0, 0xfaa0f080, "SEL: GE is not visible; sequences bring it to light"},
    {0xefbe0f40, 0xeeba0a40,
     "VCVT from fixed point: libunicorn rounds as FPSCR says, the manual to nearest"},
    {0xfff0f03f, 0xe840f000, "TT: no SAU and no MPU in libunicorn"},
    {0xfff0ffff, 0xec200a00, "VLSTM: lazy state is not modelled"},
    {0xfff0ffff, 0xec300a00, "VLLDM"},
};

static bool matches(const struct line *lines, unsigned count, uint32_t encoding)
{
    for (unsigned i = 0; i < count; i++)
        if ((encoding & lines[i].mask) == lines[i].value)
            return true;
    return false;
}
#define MATCHES(lines, encoding) matches(lines, sizeof(lines) / sizeof *(lines), encoding)

/* The register in a field, or 0 if the table line fixes that field. */
static unsigned field(const struct decode_entry *entry, uint32_t e, unsigned low)
{
    return entry->mask >> low & 15u ? 0 : e >> low & 15u;
}

static bool is_sp_or_pc(unsigned n)
{
    return n == 13 || n == 15;
}

/* UNPREDICTABLE for SP or PC among the operands, but the forms on the SP that compilers use. */
static bool data_unpredictable(const struct decode_entry *entry, uint32_t e)
{
    unsigned rn = field(entry, e, 16), rd = field(entry, e, 8), rm = field(entry, e, 0);
    bool immediate = !(e & 0x08000000u);
    if (immediate)
        rm = 0;
    uint32_t code = e >> 21 & 15u;
    bool sum = (e >> 24 & 0xeu) == (immediate ? 0x0u : 0xau) && (code == 8 || code == 13);
    if (sum && rn == 13 && rd != 15 && !is_sp_or_pc(rm))
        return rd == 13 && (!immediate || (e & 0x00100000u));
    return is_sp_or_pc(rn) || is_sp_or_pc(rd) || is_sp_or_pc(rm);
}

static bool bits_unpredictable(const struct decode_entry *entry, uint32_t e)
{
    unsigned lsb = (e >> 10 & 0x1cu) | (e >> 6 & 3u), low = e & 31u, kind = e >> 20 & 15u;
    if ((e & 0x04000020u) || is_sp_or_pc(field(entry, e, 16)) || is_sp_or_pc(field(entry, e, 8)))
        return true;
    if (kind == 4 || kind == 12)
        return lsb + low > 31;
    if (kind == 6)
        return low < lsb;
    return (e & 0x00200000u) && lsb == 0 && (low & 0x10u); /* SSAT16, USAT16 */
}

static bool memory_unpredictable(const struct decode_entry *entry, uint32_t e)
{
    unsigned rt = e >> 12 & 15u, rn = e >> 16 & 15u;
    bool load = e & 0x00100000u, word = (e & 0x01600000u) == 0x00400000u;
    bool write_back = entry->format == F32_MEM8 && (e & 0x100u) && (e & 0xf00u) != 0xe00u;
    if (entry->format == F32_MEMR && is_sp_or_pc(e & 15u))
        return true;
    if (rn == 15 && (!load || entry->format == F32_MEMR))
        return true;
    if (write_back && (rt == rn || rn == 15))
        return true;
    bool unprivileged = entry->format == F32_MEM8 && (e & 0xf00u) == 0xe00u;
    return is_sp_or_pc(rt) && !(load && word && !unprivileged && !(rt == 15 && (e & 3u)));
}

static bool pair_unpredictable(uint32_t e)
{
    unsigned rn = e >> 16 & 15u, rt = e >> 12 & 15u, rt2 = e >> 8 & 15u;
    bool write_back = e & 0x00200000u, load = e & 0x00100000u;
    return is_sp_or_pc(rt) || is_sp_or_pc(rt2) || (load && rt == rt2) || (rn == 15 && !load) ||
           (write_back && (rn == rt || rn == rt2 || rn == 15));
}

static bool multiple_unpredictable(uint32_t e)
{
    unsigned rn = e >> 16 & 15u;
    uint32_t list = e & 0xffffu;
    bool load = e & 0x00100000u, write_back = e & 0x00200000u;
    return rn == 15 || !(list & (list - 1)) || (list & 0x2000u) || (!load && (list & 0x8000u)) ||
           (load && (list & 0xc000u) == 0xc000u) || (write_back && list >> rn & 1u);
}

/* Exclusives, acquire and release: bits that should be one, registers that may not be equal. */
static bool exclusive_unpredictable(const struct decode_entry *entry, uint32_t e)
{
    unsigned rn = e >> 16 & 15u, rt = e >> 12 & 15u, status = e & 15u;
    bool load = e & 0x00100000u, plain = (e & 0x70u) == 0;
    if (entry->format == F32_LDREX) { /* LDREX, STREX: status at [11:8] */
        status = e >> 8 & 15u;
        if (load ? status != 15 : is_sp_or_pc(status) || status == rn || status == rt)
            return true;
        return rn == 15 || is_sp_or_pc(rt);
    }
    (void)plain;
    bool has_status = !load && (e & 0xc0u) != 0x80u; /* STREXB/H, STLEX* */
    if ((e & 0xf00u) != 0xf00u || rn == 15 || is_sp_or_pc(rt))
        return true;
    return has_status ? is_sp_or_pc(status) || status == rn || status == rt : status != 15;
}

static bool fp_unpredictable(uint32_t e)
{
    if ((e & 0xff000e10u) == 0xee000a10u) /* VMOV, VMRS, VMSR */
        return (e & 0xeeu) && (e & 0x6fu) ? true : is_sp_or_pc(e >> 12 & 15u) || (e & 0x6fu);
    if ((e & 0xffb00e50u) == 0xeeb00a00u) /* VMOV (immediate) */
        return e & 0xa0u;
    if ((e & 0xffbf0e7fu) == 0xeeb50a40u)
        return false;
    if ((e & 0xffbf0e50u) == 0xeeb50a40u) /* VCMP with zero */
        return e & 0x2fu;
    if ((e & 0xffe00e00u) == 0xec400a00u) { /* VMOV of two registers */
        unsigned rt = e >> 12 & 15u, rt2 = e >> 16 & 15u;
        return is_sp_or_pc(rt) || is_sp_or_pc(rt2) || ((e & 0x00100000u) && rt == rt2) ||
               ((e & 0x100u) == 0 && (e & 0x2fu) == 0x2fu);
    }
    if ((e & 0xfe000e00u) == 0xec000a00u) { /* VLDR, VSTR, VLDM, VSTM */
        bool one = (e & 0x01200000u) == 0x01000000u, load = e & 0x00100000u;
        unsigned rn = e >> 16 & 15u, words = e & 0xffu;
        if (one)
            return rn == 15 && !load;
        unsigned first = e & 0x100u ? (e >> 12 & 15u) * 2 + (e >> 22 & 1u) * 32
                                    : (e >> 12 & 15u) * 2 + (e >> 22 & 1u);
        return rn == 15 || words == 0 || first + words > 32 || ((e & 0x100u) && (words & 1u));
    }
    return false;
}

static bool unpredictable(const struct decode_entry *entry, uint32_t e)
{
    switch ((enum decode_format)entry->format) {
    case F32_DPS:
    case F32_DPI:
    case F32_I12:
        return data_unpredictable(entry, e);
    case F32_I16:
        return is_sp_or_pc(e >> 8 & 15u);
    case F32_BITS:
        return bits_unpredictable(entry, e);
    case F32_RRR:
    case F32_RRRR:
        if (entry->format == F32_RRRR && (e >> 12 & 15u) == 13)
            return true;
        if ((e & 0xfff000c0u) == 0xfa900080u || (e & 0xfff000c0u) == 0xfab00080u)
            if ((e >> 16 & 15u) != (e & 15u)) /* CLZ, REV, RBIT: Rm stands there twice */
                return true;
        if ((e & 0xfff000e0u) == 0xfb600000u || (e & 0xffe000e0u) == 0xfb000000u)
            if ((e >> 12 & 15u) == 15 && (e & 0xfff0f0f0u) != 0xfb00f000u)
                return true; /* MLS, SMMLS without accumulator */
        return is_sp_or_pc(field(entry, e, 16)) || is_sp_or_pc(field(entry, e, 8)) ||
               is_sp_or_pc(field(entry, e, 0));
    case F32_LONG:
        return is_sp_or_pc(e >> 16 & 15u) || is_sp_or_pc(e >> 12 & 15u) ||
               is_sp_or_pc(e >> 8 & 15u) || is_sp_or_pc(e & 15u) ||
               (e >> 12 & 15u) == (e >> 8 & 15u);
    case F32_MEM8:
    case F32_MEM12:
    case F32_MEMR:
        return memory_unpredictable(entry, e);
    case F32_MEMLIT:
        return is_sp_or_pc(e >> 12 & 15u);
    case F32_LDRD:
        return pair_unpredictable(e);
    case F32_LDM:
        return multiple_unpredictable(e);
    case F32_LDREX:
    case F32_LDREXB:
        return exclusive_unpredictable(entry, e);
    case F32_TBB:
        return (e & 0xff00u) != 0xf000u || (e >> 16 & 15u) == 13 || is_sp_or_pc(e & 15u);
    case F32_FP:
        return fp_unpredictable(e);
    case F_NONE: /* barriers and CLREX */
        return (e & 0xfff0d000u) == 0xf3b08000u && (e & 0x000f2f00u) != 0x000f0f00u;
    default:
        return false;
    }
}

bool lockstep_unpredictable(uint32_t encoding)
{
    const struct decode_entry *entry = decode_find(encoding, true);
    return entry && unpredictable(entry, encoding);
}

bool lockstep_not_comparable(uint32_t encoding, bool wide)
{
    if (wide ? MATCHES(left_out32, encoding) : MATCHES(left_out16, encoding))
        return !(!wide && (encoding & 0xff07u) == 0x4700u && (encoding & 0x78u) != 0x78u);
    return wide && lockstep_unpredictable(encoding);
}

bool lockstep_known_difference(const struct pair *pair, uint32_t encoding, bool wide,
                               enum pair_end ours, enum pair_end theirs)
{
    (void)encoding;
    (void)wide;
    /* libunicorn does not check the alignment of LDM, LDRD, VLDR and the like (QEMU learned that
     * in version 6.1); the manual wants UsageFault UNALIGNED. */
    if (ours == PAIR_DONE && theirs == PAIR_MEMORY && pair->cpu->fault_address >> 28 == 0xe)
        return true; /* hit the system control space, which libunicorn does not have */
    return ours == PAIR_MEMORY && (pair->our_cfsr & CFSR_UNALIGNED) && theirs == PAIR_DONE;
}
