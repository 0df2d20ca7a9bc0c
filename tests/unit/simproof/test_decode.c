/* test_decode OBJDUMP [WIDE_ENCODINGS [SEED]]
 * The whole 16-bit space and random 32-bit encodings: what our decode table calls an instruction
 * must be what binutils calls it, and what one calls undefined the other must too. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cpu/decode.h"
#include "cpu/helpers.h"
#include "decode_differences.h"
#include "known_differences.h"

#define NARROW_END  0xe800u
#define NARROW_STEP 12u /* bytes for a 16-bit encoding: itself and NOPs that end an IT block */
#define PAIRS_MAX   400u

static uint64_t random_state;

static uint32_t next(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 16);
}

static uint32_t random_wide(void)
{
    return (0xe800u + next() % 0x1800u) << 16 | (next() & 0xffffu);
}

static void put_half(FILE *file, uint32_t half)
{
    fputc((int)(half & 0xffu), file);
    fputc((int)(half >> 8 & 0xffu), file);
}

static void write_encodings(FILE *file, unsigned long count)
{
    for (uint32_t e = 0; e < NARROW_END; e++) {
        put_half(file, e);
        for (unsigned i = 2; i < NARROW_STEP; i += 2)
            put_half(file, 0xbf00);
    }
    for (unsigned long i = 0; i < count; i++) {
        uint32_t e = random_wide();
        put_half(file, e >> 16);
        put_half(file, e);
    }
}

/* "addeq.w" and "add.n" are "add": width and condition are not what is compared here. */
static void stem(const char *text, char *mnemonic, size_t size)
{
    size_t n = strcspn(text, " \t\n");
    if (n >= size)
        n = size - 1;
    memcpy(mnemonic, text, n);
    mnemonic[n] = 0;
    char *dot = strrchr(mnemonic, '.');
    if (dot && (!strcmp(dot, ".w") || !strcmp(dot, ".n")))
        *dot = 0;
}

static void our_mnemonic(uint32_t encoding, bool wide, char *mnemonic, size_t size)
{
    struct op op = {0};
    unsigned cycles;
    char text[80];
    bool undefined =
        decode_find(encoding, wide) == NULL ||
        (decode(encoding, wide, 0x1000, 0, &op, &cycles) == OP_HELPER && op.helper == h_undefined);
    if (undefined) {
        snprintf(mnemonic, size, "undefined");
        return;
    }
    disassemble(encoding, wide, 0x1000, text, sizeof text);
    stem(text, mnemonic, size);
}

static bool their_mnemonic(const char *line, char *mnemonic, size_t size)
{
    const char *text = strchr(line, '\t'); /* after "address:" */
    text = text ? strchr(text + 1, '\t') : NULL;
    if (!text)
        return false;
    if (strstr(text, "<UNDEFINED>") || strstr(text, "; <und>"))
        snprintf(mnemonic, size, "undefined");
    else
        stem(text + 1, mnemonic, size);
    return true;
}

struct words {
    char ours[24], theirs[24];
    uint32_t example;
    unsigned long count;
};
static struct words pairs[PAIRS_MAX];

static void note(const char *ours, const char *theirs, uint32_t encoding)
{
    for (unsigned i = 0; i < PAIRS_MAX; i++) {
        if (pairs[i].count == 0) {
            snprintf(pairs[i].ours, sizeof pairs[i].ours, "%s", ours);
            snprintf(pairs[i].theirs, sizeof pairs[i].theirs, "%s", theirs);
            pairs[i].example = encoding;
        }
        if (!strcmp(pairs[i].ours, ours) && !strcmp(pairs[i].theirs, theirs)) {
            pairs[i].count++;
            return;
        }
    }
}

/* The encoding at an address of the file; false for the NOPs between 16-bit encodings. */
static bool encoding_at(unsigned long address, uint32_t *encoding, bool *wide)
{
    *wide = address >= NARROW_END * NARROW_STEP;
    *encoding = (uint32_t)(address / NARROW_STEP);
    if (*wide)
        *encoding = random_wide();
    return *wide || address % NARROW_STEP == 0;
}

static void compare(FILE *listing, unsigned long *compared, unsigned long *failed)
{
    char line[256], ours[24], theirs[24];
    while (fgets(line, sizeof line, listing)) {
        char *end;
        unsigned long address = strtoul(line, &end, 16);
        uint32_t encoding;
        bool wide;
        if (*end != ':' || end == line || !their_mnemonic(line, theirs, sizeof theirs) ||
            !encoding_at(address, &encoding, &wide) || (wide && lockstep_unpredictable(encoding)))
            continue;
        our_mnemonic(encoding, wide, ours, sizeof ours);
        (*compared)++;
        if (!decode_same(ours, theirs, encoding, wide)) {
            note(ours, theirs, encoding);
            (*failed)++;
        }
    }
}

int main(int argc, char **argv)
{
    unsigned long count = argc > 2 ? strtoul(argv[2], NULL, 0) : 100000, compared = 0, failed = 0;
    uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 0) : 0x853c49e6748fea9bu;
    char name[] = "/tmp/test_decode.XXXXXX", command[256];
    int descriptor = argc > 1 ? mkstemp(name) : -1;
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "wb") : NULL;
    if (!file)
        return 2;
    random_state = seed;
    write_encodings(file, count);
    fclose(file);
    snprintf(command, sizeof command, "%s -D -z -b binary -m armv8-m.main -M force-thumb %s",
             argv[1], name);
    FILE *listing = popen(command, "r");
    random_state = seed; /* the same encodings again, in the same order */
    if (listing)
        compare(listing, &compared, &failed);
    bool ok = listing && pclose(listing) == 0;
    unlink(name);
    for (unsigned i = 0; i < PAIRS_MAX && pairs[i].count; i++)
        printf("%8lu  ours %-12s binutils %-12s e.g. %08x\n", pairs[i].count, pairs[i].ours,
               pairs[i].theirs, pairs[i].example);
    printf("%lu encodings compared, %lu differ\n", compared, failed);
    return !ok || failed != 0 || compared < count / 2;
}
