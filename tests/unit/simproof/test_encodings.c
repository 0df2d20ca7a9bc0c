/* test_encodings [WIDE_ENCODINGS [SEED [EXAMPLES]]]
 * The whole 16-bit space and random 32-bit encodings, one instruction at a time, from random
 * states, against libunicorn: both must execute it with the same result or both must refuse it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/decode.h"
#include "known_differences.h"
#include "pair.h"

static uint64_t random_state;
static unsigned examples = 1;

static uint32_t next(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 16);
}

#define POINTER (PAIR_DATA + PAIR_DATA_SIZE / 2)

static uint32_t start_value(void)
{
    static const uint32_t corners[] = {0,          1,      0xffffffff, 0x80000000,
                                       0x7fffffff, 0x8000, 0x7fff8000};
    switch (next() % 8) {
    case 0:
        return corners[next() % 7];
    case 1:
        return next() & 0x1ffu;
    case 2:
        return next() & 0x7fffffffu; /* above that our own system space would answer */
    default:
        return POINTER + (next() & 0x3fcu) + (next() % 4 ? 0 : next() & 3u);
    }
}

static uint32_t start_float(void)
{
    static const uint32_t corners[] = {0,          0x80000000, 0x3f800000, 0x7f800000, 0xff800000,
                                       0x7fc00001, 0x7f800001, 0x00000001, 0x007fffff, 0x00800000};
    return next() % 3 ? next() : corners[next() % 10];
}

static void make_start(struct pair_state *start)
{
    for (unsigned i = 0; i < 15; i++)
        start->r[i] = start_value();
    start->r[13] = POINTER + (next() & 0x3fcu);
    start->r[15] = PAIR_CODE;
    start->flags = next() & PAIR_FLAGS;
    for (unsigned i = 0; i < 32; i++)
        start->s[i] = start_float();
    start->fpscr = next() & 0x07c00000u;
}

struct totals {
    unsigned long compared, skipped, known, failed;
};

/* Disagreements are told once for each line of the decode table and pair of outcomes. */
struct group {
    const struct decode_entry *entry;
    enum pair_end ours, theirs;
    unsigned count;
};
#define GROUPS_MAX 200u
static struct group groups[GROUPS_MAX];

static bool first_of_group(const struct decode_entry *entry, enum pair_end ours,
                           enum pair_end theirs)
{
    for (unsigned i = 0; i < GROUPS_MAX; i++) {
        struct group *group = &groups[i];
        if (group->count == 0) {
            *group = (struct group){entry, ours, theirs, 1};
            return true;
        }
        if (entry && group->entry == entry && group->ours == ours && group->theirs == theirs)
            return group->count++ < examples;
    }
    return false;
}

static void print_groups(void)
{
    for (unsigned i = 0; i < GROUPS_MAX && groups[i].count; i++)
        printf("%6u  %s: ours %s, unicorn %s\n", groups[i].count,
               groups[i].entry ? groups[i].entry->text : "undefined", pair_end_name(groups[i].ours),
               pair_end_name(groups[i].theirs));
}

static void report(struct pair *pair, uint32_t encoding, bool wide, const struct pair_state *start,
                   const struct pair_state ends[2], enum pair_end ours, enum pair_end theirs)
{
    const struct decode_entry *entry = decode_find(encoding, wide);
    if (!first_of_group(entry, ours, theirs))
        return;
    printf("%0*x  %s: ours %s (cfsr %08x), unicorn %s (%u)\n", wide ? 8 : 4, encoding,
           entry ? entry->text : "undefined", pair_end_name(ours), pair->our_cfsr,
           pair_end_name(theirs), pair->interrupted ? pair->interrupt : 0);
    if (ours == theirs) {
        pair_print_start(start);
        pair_print_difference(&ends[0], &ends[1]);
        if (memcmp(pair->our_data, pair->their_data, PAIR_DATA_SIZE) != 0)
            printf("    memory differs\n");
    }
}

static void resynchronize(struct pair *pair)
{
    memcpy(pair->our_data, pair->their_data, PAIR_DATA_SIZE);
    memcpy(pair->our_code, pair->their_code, PAIR_CODE_SIZE);
}

static void compare(struct pair *pair, uint32_t encoding, bool wide, struct totals *totals)
{
    struct pair_state start, ends[2];
    uint16_t code[4] = {(uint16_t)(wide ? encoding >> 16 : encoding),
                        (uint16_t)(wide ? encoding : 0xbf00), 0xbf00, 0xbf00};
    if (lockstep_not_comparable(encoding, wide)) {
        totals->skipped++;
        return;
    }
    make_start(&start);
    pair_set_code(pair, code, 4);
    enum pair_end ours = pair_run_ours(pair, &start, 64, true, &ends[0]);
    enum pair_end theirs = pair_run_theirs(pair, &start, 64, true, &ends[1]);
    totals->compared++;
    /* A branch to an even address ends in INVSTATE, here or at the next instruction. */
    if (ours == PAIR_DONE && !pair->cpu->thumb)
        return resynchronize(pair);
    bool same = ours == theirs;
    /* After a fault the registers may be partly loaded; only the kind counts. */
    if (same && ours == PAIR_DONE)
        same = !memcmp(&ends[0], &ends[1], sizeof ends[0]) &&
               !memcmp(pair->our_data, pair->their_data, PAIR_DATA_SIZE);
    if (!same) {
        if (lockstep_known_difference(pair, encoding, wide, ours, theirs)) {
            totals->known++;
        } else {
            totals->failed++;
            report(pair, encoding, wide, &start, ends, ours, theirs);
        }
    }
    if (ours != PAIR_DONE || theirs != PAIR_DONE || !same)
        resynchronize(pair);
}

int main(int argc, char **argv)
{
    unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 0) : 200000;
    struct totals totals = {0};
    struct pair pair;
    random_state = argc > 2 ? strtoull(argv[2], NULL, 0) : 0x9e3779b97f4a7c15u;
    if (argc > 3)
        examples = (unsigned)atoi(argv[3]);
    if (!pair_open(&pair, true)) {
        printf("set-up failed\n");
        return 1;
    }
    for (size_t i = 0; i < PAIR_DATA_SIZE; i++)
        pair.our_data[i] = pair.their_data[i] = (uint8_t)next();
    for (uint32_t encoding = 0; encoding < 0xe800u; encoding++)
        compare(&pair, encoding, false, &totals);
    for (unsigned long i = 0; i < count; i++) {
        uint32_t first = 0xe800u + next() % 0x1800u;
        compare(&pair, first << 16 | (next() & 0xffffu), true, &totals);
    }
    print_groups();
    printf("%lu encodings compared, %lu left out, %lu known differences, %lu disagreements\n",
           totals.compared, totals.skipped, totals.known, totals.failed);
    pair_close(&pair);
    return totals.failed != 0;
}
