/* Disassembler over the decode table: each line carries a template whose %-letters stand for the
 * operands that decode() found. */
#include <stdio.h>
#include <string.h>

#include "cpu/decode.h"

static const char *const registers[16] = {"r0", "r1", "r2",  "r3",  "r4",  "r5", "r6", "r7",
                                          "r8", "r9", "r10", "r11", "r12", "sp", "lr", "pc"};
static const char conditions[][3] = {"eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc",
                                     "hi", "ls", "ge", "lt", "gt", "le", "al", "nv"};

struct writer {
    char *text;
    size_t size, used;
};

static void put(struct writer *w, const char *text)
{
    while (*text && w->used + 1 < w->size)
        w->text[w->used++] = *text++;
    w->text[w->used] = 0;
}

static void put_number(struct writer *w, const char *format, uint32_t value)
{
    char buffer[24];
    snprintf(buffer, sizeof buffer, format, value);
    put(w, buffer);
}

static void put_list(struct writer *w, uint32_t list)
{
    bool first = true;
    put(w, "{");
    for (unsigned i = 0; i < 16; i++) {
        if (!(list & 1u << i))
            continue;
        put(w, first ? "" : ", ");
        put(w, registers[i]);
        first = false;
    }
    put(w, "}");
}

/* ITSTATE's then/else letters after the first. */
static void put_it(struct writer *w, uint32_t encoding)
{
    unsigned mask = encoding & 15u, cond = encoding >> 4 & 15u;
    unsigned count = mask ? 3 - (unsigned)__builtin_ctz(mask) : 0;
    for (unsigned i = 0; i < count; i++)
        put(w, (mask >> (3 - i) & 1u) == (cond & 1u) ? "t" : "e");
    put(w, " ");
    put(w, conditions[cond]);
}

static void put_shift(struct writer *w, uint32_t encoding)
{
    static const char *const names[] = {"lsl", "lsr", "asr", "ror"};
    unsigned type = encoding >> 4 & 3u;
    unsigned amount = (encoding >> 12 & 7u) << 2 | (encoding >> 6 & 3u);
    if (type == 0 && amount == 0)
        return;
    if (type == 3 && amount == 0) {
        put(w, ", rrx");
        return;
    }
    put(w, ", ");
    put(w, names[type]);
    put_number(w, " #%u", amount ? amount : 32);
}

/* "[rn, #offset]" with its index and write-back form. */
static void put_address(struct writer *w, const struct decode_entry *entry, uint32_t encoding,
                        const struct op *op)
{
    bool dual = entry->format == F32_LDRD;
    bool index = dual ? encoding >> 24 & 1u : encoding >> 10 & 1u;
    bool back = dual ? encoding >> 21 & 1u : encoding >> 8 & 1u;
    put(w, "[");
    put(w, registers[op->rn]);
    put(w, index ? "" : "]");
    put_number(w, ", #%d", op->imm);
    put(w, index ? (back ? "]!" : "]") : "");
}

static void put_operand(struct writer *w, char letter, const struct decode_entry *entry,
                        uint32_t encoding, bool wide, const struct op *op)
{
    static const char *const parallel[] = {"add8", "add16", "asx", "?",
                                           "sub8", "sub16", "sax", "?"};
    static const char *const prefixes[] = {"s", "q", "sh", "?", "u", "uq", "uh", "?"};
    switch (letter) {
    case 'd':
        put(w, registers[op->rd & 15u]);
        break;
    case 'n':
        put(w, registers[op->rn & 15u]);
        break;
    case 'm':
        put(w, registers[op->rm & 15u]);
        break;
    case 'a':
        put(w, registers[op->ra & 15u]);
        break;
    case 'o':
        put(w, registers[encoding & 15u]);
        break;
    case 'i':
        put_number(w, "%d", op->imm);
        break;
    case 'l':
        put_number(w, "0x%08x", op->imm);
        break;
    case 'x':
        put_number(w, "%u", op->x);
        break;
    case 'b':
    case 'k':
        put_number(w, "%u", encoding & 0xffu);
        break;
    case 'h':
        put_number(w, "%u", wide ? encoding & 0xffu : encoding >> 4 & 15u);
        break;
    case 'c':
        put(w, encoding & 0x10u ? "id " : "ie ");
        put(w, encoding & 2u ? "i" : "");
        put(w, encoding & 1u ? "f" : "");
        break;
    case 'e':
        put_number(w, "%u", (encoding >> 4 & 3u) * 8);
        break;
    case 'p':
        put(w, prefixes[encoding >> 4 & 7u]);
        put(w, parallel[encoding >> 20 & 7u]);
        break;
    case 'q':
        put(w, conditions[wide ? encoding >> 22 & 15u : encoding >> 8 & 15u]);
        break;
    case 'r':
        put_list(w, op->imm);
        break;
    case 's':
        put_shift(w, encoding);
        break;
    case 'S':
        if (wide ? encoding >> 20 & 1u : 1)
            put(w, "s");
        break;
    case 't':
        put_it(w, encoding);
        break;
    case 'u':
        put(w, encoding & 0x80u ? "a" : "");
        put(w, encoding & 0x40u ? "t" : "");
        break;
    case 'v':
        put_number(w, "%u", (encoding & 0x1fu) + 1);
        break;
    case 'w':
        put_address(w, entry, encoding, op);
        break;
    case 'W':
        put(w, encoding >> 21 & 1u ? "!" : "");
        break;
    case 'y':
        put_number(w, "sysm:%u", encoding & 0xffu);
        break;
    case 'z':
        put_number(w, "%u", (encoding >> 12 & 7u) << 2 | (encoding >> 6 & 3u));
        break;
    default:
        break;
    }
}

unsigned disassemble(uint32_t encoding, bool wide, uint32_t pc, char *text, size_t size)
{
    struct writer w = {.text = text, .size = size};
    const struct decode_entry *entry = decode_find(encoding, wide);
    struct op op;
    unsigned cycles;
    if (size)
        text[0] = 0;
    decode(encoding, wide, pc, 0, &op, &cycles);
    if (!entry) {
        put_number(&w, wide ? "undefined 0x%08x" : "undefined 0x%04x", encoding);
        return wide ? 4 : 2;
    }
    for (const char *p = entry->text; *p; p++) {
        if (*p == '%' && p[1]) {
            put_operand(&w, *++p, entry, encoding, wide, &op);
        } else {
            char one[2] = {*p, 0};
            put(&w, one);
        }
    }
    return wide ? 4 : 2;
}
