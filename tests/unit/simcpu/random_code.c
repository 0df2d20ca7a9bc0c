/* The generator walks the decode table: it picks a line, fills the free bits at random, then puts
 * allowed registers into the operand fields. r6 and r10 hold small offsets and, like the pointers,
 * are never written except by write-back. */
#include "random_code.h"

#include "cpu/decode.h"

uint32_t random_next(struct random *random)
{
    random->state ^= random->state << 13;
    random->state ^= random->state >> 7;
    random->state ^= random->state << 17;
    return (uint32_t)(random->state >> 16);
}

uint32_t random_below(struct random *random, uint32_t limit)
{
    return random_next(random) % limit;
}

static const uint8_t plain[] = {0, 1, 2, 3, 4, 5, 8, 11, 12, 14};
#define PLAIN_LIST 0x593fu /* the same as a register list */

static uint32_t plain_register(struct random *random)
{
    return plain[random_below(random, sizeof plain)];
}

static uint32_t put(uint32_t encoding, unsigned low, unsigned bits, uint32_t value)
{
    uint32_t mask = ((1u << bits) - 1) << low;
    return (encoding & ~mask) | (value << low & mask);
}

/* Puts a register into a field unless the table line fixes it. */
static uint32_t put_register(const struct decode_entry *entry, uint32_t encoding, unsigned low,
                             uint32_t value)
{
    return entry->mask >> low & 15u ? encoding : put(encoding, low, 4, value);
}

static bool shape16(struct random *random, const struct decode_entry *entry, uint32_t *encoding)
{
    uint32_t e = *encoding;
    uint32_t low = random_below(random, 6), low2 = random_below(random, 6);
    switch ((enum decode_format)entry->format) {
    case F16_SHIFT:
    case F16_RRI3:
    case F16_NEG:
    case F16_RR:
        e = put(put(e, 0, 3, low), 3, 3, low2);
        break;
    case F16_RRR:
        e = put(put(put(e, 0, 3, low), 3, 3, low2), 6, 3, random_below(random, 8));
        break;
    case F16_RI8:
    case F16_LIT:
    case F16_ADDSP:
    case F16_MEMSP:
        e = put(e, 8, 3, low);
        break;
    case F16_HI: {
        uint32_t rd = plain_register(random), rm = plain_register(random);
        if (entry->value == 0x4500 && rd < 8 && rm < 8)
            return false;
        e = put(put(e, 0, 3, rd & 7u), 7, 1, rd >> 3);
        e = put(e, 3, 4, rm);
        break;
    }
    case F16_MEMR:
        e = put(put(put(e, 0, 3, low), 3, 3, 7), 6, 3, 6);
        break;
    case F16_MEM4:
    case F16_MEM2:
    case F16_MEM1:
        e = put(put(e, 0, 3, low), 3, 3, 7);
        break;
    case F16_SPADD:
    case F16_SPSUB:
    case F_NONE:
        break;
    case F16_PUSH:
        e = (e & 0xff3fu) | 1u << low;
        break;
    case F16_POP:
        e = (e & 0xfe3fu) | 1u << low;
        break;
    case F16_LIST:
        e = put(e & 0xff3fu, 8, 3, 7) | 1u << low;
        break;
    default:
        return false;
    }
    *encoding = e;
    return true;
}

/* Loads and stores with an 8-bit offset: pointers stay aligned when they are written back. */
static bool shape_memory8(struct random *random, const struct decode_entry *entry, uint32_t *e)
{
    *e = put(put_register(entry, *e, 12, plain_register(random)), 16, 4, 9);
    if ((*e & 0xf00u) != 0xe00u && (*e & 0x100u))
        *e &= ~3u;
    return (*e & 0x500u) != 0;
}

static bool shape32(struct random *random, const struct decode_entry *entry, uint32_t *encoding)
{
    uint32_t e = *encoding;
    uint32_t rn = plain_register(random), rd = plain_register(random);
    uint32_t rm = plain_register(random), ra = plain_register(random);
    switch ((enum decode_format)entry->format) {
    case F32_RRRR:
        e = put_register(entry, e, 12, random_below(random, 4) ? ra : 15);
        if ((e & 0xfff000e0u) == 0xfb000000u) /* MLA, MLS have no form without accumulator */
            e = put_register(entry, e, 12, ra);
        if ((e & 0xfff00000u) == 0xfb600000u)
            e = put_register(entry, e, 12, ra);
        e = put_register(entry, put_register(entry, put_register(entry, e, 16, rn), 8, rd), 0, rm);
        break;
    case F32_RRR:
    case F32_DPS:
        e = put_register(entry, put_register(entry, put_register(entry, e, 16, rn), 8, rd), 0, rm);
        if (entry->value == 0xfa80f000u && ((e >> 20 & 3u) == 3 || (e >> 4 & 3u) == 3))
            return false; /* no such parallel operation */
        if (entry->format == F32_RRR && (entry->value & 0xfff000c0u) == 0xfa900080u)
            e = put(e, 16, 4, rm);
        if (entry->format == F32_RRR && (entry->value & 0xfff000f0u) == 0xfab00080u)
            e = put(e, 16, 4, rm);
        break;
    case F32_DPI:
        if ((e & 0x700fu) == 0 && (e & 0x3ffu) == 0)
            return false;
        if ((e & 0xffu) == 0 && (e & 0x3000u) != 0 && !(e & 0x04004000u))
            return false; /* a repeated zero byte is UNPREDICTABLE */
        e = put_register(entry, put_register(entry, e, 16, rn), 8, rd);
        break;
    case F32_I12:
        e = put_register(entry, put_register(entry, e, 16, rn), 8, rd);
        break;
    case F32_I16:
        e = put_register(entry, e, 8, rd);
        break;
    case F32_BITS: {
        e = put_register(entry, put_register(entry, e, 16, rn), 8, rd);
        uint32_t lsb = random_below(random, 32), width = random_below(random, 32 - lsb);
        uint32_t kind = e >> 20 & 0xfu;
        if (kind == 4 || kind == 0xc || kind == 6) {
            e = put(put(e, 6, 2, lsb & 3u), 12, 3, lsb >> 2);
            e = put(e, 0, 5, kind == 6 ? lsb + width : width);
        } else if ((e & 0x00200000u) && !(e & 0x70c0u)) {
            e &= ~0x10u; /* SSAT16, USAT16 */
        }
        break;
    }
    case F32_LONG:
        if (ra == rd)
            return false;
        e = put(put(put(put(e, 16, 4, rn), 12, 4, ra), 8, 4, rd), 0, 4, rm);
        break;
    case F32_MEM12:
        e = put(put_register(entry, e, 12, rd), 16, 4, 9);
        break;
    case F32_MEMR:
        e = put(put(put_register(entry, e, 12, rd), 16, 4, 9), 0, 4, 10);
        break;
    case F32_MEM8:
        if (!shape_memory8(random, entry, &e))
            return false;
        break;
    case F32_LDRD:
        if (rd == rm || !(e & 0x01200000u))
            return false;
        e = put(put(put(e, 16, 4, 9), 12, 4, rd), 8, 4, rm);
        break;
    case F32_LDM: {
        uint32_t list = e & PLAIN_LIST;
        if (!(list & (list - 1)))
            return false;
        e = put(e, 16, 4, 9);
        e = (e & 0xffff0000u) | list;
        break;
    }
    case F_NONE:
        *encoding = entry->value;
        return entry->op == OP_NOP && (entry->value & 0xff000000u) == 0xf3000000u;
    default:
        return false;
    }
    *encoding = e;
    return true;
}

static bool usable(const struct decode_entry *entry)
{
    if (entry->op == OP_HELPER && entry->helper == NULL)
        return false;
    return true;
}

/* One instruction that decodes to the line it was made from. */
static uint32_t instruction(struct random *random, bool *wide)
{
    for (;;) {
        *wide = random_below(random, 2);
        const struct decode_entry *entry =
            decode_entry_at(random_below(random, *wide ? 220 : 80), *wide);
        if (!entry || !usable(entry))
            continue;
        uint32_t e = random_next(random);
        if (!*wide)
            e &= 0xffffu;
        e = (e & ~entry->mask) | entry->value;
        bool good = *wide ? shape32(random, entry, &e) : shape16(random, entry, &e);
        if (good && decode_find(e, *wide) == entry)
            return e;
    }
}

size_t random_code(struct random *random, uint16_t *code, size_t capacity, unsigned count)
{
    size_t used = 0;
    unsigned it_left = 0;
    code[used++] = 0xfa80; /* UADD8 r0, r0, r1: makes GE known */
    code[used++] = 0xf041;
    while (count-- && used + 3 < capacity) {
        bool wide;
        if (it_left == 0 && random_below(random, 10) == 0) {
            uint32_t cond = random_below(random, 14), mask = 1 + random_below(random, 15);
            code[used++] = (uint16_t)(0xbf00u | cond << 4 | mask);
            it_left = 4 - (unsigned)__builtin_ctz(mask);
            if (count < it_left)
                count = it_left;
            continue;
        }
        uint32_t e = instruction(random, &wide);
        if (wide)
            code[used++] = (uint16_t)(e >> 16);
        code[used++] = (uint16_t)e;
        if (it_left)
            it_left--;
    }
    return used;
}
