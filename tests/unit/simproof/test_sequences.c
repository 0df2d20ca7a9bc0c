/* test_sequences [INSTRUCTIONS [SEED]]
 * Random sequences of well-defined instructions (IT blocks, loads and stores, DSP), each from
 * several random states: our superblocks and libunicorn must agree on registers, flags and memory.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../simcpu/random_code.h"
#include "cpu/decode.h"
#include "pair.h"

#define POINTER (PAIR_DATA + PAIR_DATA_SIZE / 2)
#define LENGTH  48u
#define STATES  24u
#define WORDS   512u

static void make_start(struct random *random, struct pair_state *start)
{
    static const uint32_t corners[] = {0,          1,      0xffffffff, 0x80000000,
                                       0x7fffffff, 0x8000, 0x7fff8000};
    memset(start, 0, sizeof *start);
    for (unsigned i = 0; i < 15; i++)
        start->r[i] =
            random_below(random, 3) ? random_next(random) : corners[random_below(random, 7)];
    start->r[6] = random_below(random, 256); /* small offsets and pointers, see random_code.c */
    start->r[10] = random_below(random, 256);
    start->r[7] = POINTER + (random_below(random, 256) & ~3u);
    start->r[9] = POINTER + (random_below(random, 256) & ~3u);
    start->r[13] = POINTER + (random_below(random, 256) & ~3u);
    start->flags = random_next(random) & PAIR_FLAGS;
    start->r[15] = PAIR_CODE;
}

static void print_code(const uint16_t *code, size_t words)
{
    for (size_t i = 0; i < words;) {
        bool wide = decode_is_wide(code[i]) && i + 1 < words;
        uint32_t e = wide ? (uint32_t)code[i] << 16 | code[i + 1] : code[i];
        const struct decode_entry *entry = decode_find(e, wide);
        printf("  %04zx: %0*x  %s\n", i * 2, wide ? 8 : 4, e, entry ? entry->text : "?");
        i += wide ? 2 : 1;
    }
}

#define FLAG_Q (1u << 27)

static bool same(const struct pair *pair, const struct pair_state *a, const struct pair_state *b)
{
    return !memcmp(a->r, b->r, sizeof a->r) && a->flags == b->flags &&
           !memcmp(pair->our_data, pair->their_data, PAIR_DATA_SIZE);
}

/* Runs one sequence from one state. */
static bool agree(struct pair *pair, const struct pair_state *start, size_t words, bool quiet,
                  const uint8_t *data)
{
    struct pair_state ours, theirs;
    memcpy(pair->our_data, data, PAIR_DATA_SIZE);
    memcpy(pair->their_data, data, PAIR_DATA_SIZE);
    enum pair_end our_end = pair_run_ours(pair, start, words, false, &ours);
    enum pair_end their_end = pair_run_theirs(pair, start, words, false, &theirs);
    bool ok = our_end == PAIR_DONE && their_end == PAIR_DONE && same(pair, &ours, &theirs);
    if (!ok && !quiet) {
        printf("ours %s, unicorn %s\n", pair_end_name(our_end), pair_end_name(their_end));
        pair_print_start(start);
        pair_print_difference(&ours, &theirs);
        if (memcmp(pair->our_data, pair->their_data, PAIR_DATA_SIZE) != 0)
            printf("    memory differs\n");
    }
    return ok;
}

/* Leaves of the sequence in `pair` what ends with its first instruction that disagrees; returns the
 * words of that. */
static size_t shrink(struct pair *pair, const struct pair_state *start, const uint16_t *code,
                     size_t words, const uint8_t *data)
{
    static const uint16_t nops[WORDS] = {0};
    size_t used = 0;
    while (used < words) {
        used += decode_is_wide(code[used]) ? 2 : 1;
        pair_set_code(pair, nops, WORDS);
        pair_set_code(pair, code, used);
        if (!agree(pair, start, used, true, data))
            break;
    }
    return used;
}

/* SMLAD, SMLADX: libunicorn sets Q when the sum of the products overflows; the manual when the
 * whole result does (QEMU learned that in version 5.2). */
static bool known(struct pair *pair, const struct pair_state *start, const uint16_t *code,
                  size_t used, const uint8_t *data)
{
    uint32_t last = used < 2 ? 0 : (uint32_t)code[used - 2] << 16 | code[used - 1];
    struct pair_state ours, theirs;
    if ((last & 0xfff000e0u) != 0xfb200000u || (last & 0xf000u) == 0xf000u)
        return false;
    memcpy(pair->our_data, data, PAIR_DATA_SIZE);
    memcpy(pair->their_data, data, PAIR_DATA_SIZE);
    if (pair_run_ours(pair, start, used, false, &ours) != PAIR_DONE ||
        pair_run_theirs(pair, start, used, false, &theirs) != PAIR_DONE)
        return false;
    theirs.flags &= ~FLAG_Q;
    return same(pair, &ours, &theirs);
}

int main(int argc, char **argv)
{
    unsigned long total = argc > 1 ? strtoul(argv[1], NULL, 0) : 1000000, done = 0;
    struct random random = {argc > 2 ? strtoull(argv[2], NULL, 0) : 0x123456789abcdefu};
    unsigned failures = 0, known_ones = 0;
    struct pair pair;
    static uint8_t data[PAIR_DATA_SIZE];
    static uint16_t code[WORDS];
    if (!pair_open(&pair, false)) {
        printf("set-up failed\n");
        return 1;
    }
    while (done < total && failures < 5) {
        for (size_t i = 0; i < sizeof data; i += 64)
            data[i + random_below(&random, 64)] = (uint8_t)random_next(&random);
        size_t words = random_code(&random, code, WORDS - 8, LENGTH);
        code[words] = 0xbf00;
        pair_set_code(&pair, code, words + 1);
        for (unsigned i = 0; i < STATES; i++) {
            struct pair_state start;
            make_start(&random, &start);
            uint64_t before = cpu_instructions(pair.cpu);
            bool ok = agree(&pair, &start, words, true, data);
            done += cpu_instructions(pair.cpu) - before;
            if (ok)
                continue;
            size_t used = shrink(&pair, &start, code, words, data);
            if (known(&pair, &start, code, used, data)) {
                known_ones++;
            } else {
                print_code(code, used);
                agree(&pair, &start, used, false, data);
                failures++;
            }
            break;
        }
    }
    printf("%lu instructions executed, %u known differences, %u disagreements\n", done, known_ones,
           failures);
    pair_close(&pair);
    return failures != 0;
}
