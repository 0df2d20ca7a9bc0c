/* Every DSP instruction on corner and pseudo-random operands; prints a checksum for each. */
#include <arm_acle.h>

#include "guest.h"

static uint32_t seed = 12345;
static uint32_t next(void)
{
    static const uint32_t corners[] = {0,          0x7fff8000, 0x80008000,
                                       0xffffffff, 0x7f807f80, 0x80000000};
    seed = seed * 1664525u + 1013904223u;
    return seed >> 29 ? seed ^ seed >> 15 : corners[(seed >> 8) % 6];
}

static uint32_t sum;
static void mix(uint32_t value)
{
    uint32_t apsr;
    __asm__ volatile("mrs %0, apsr" : "=r"(apsr));
    sum = (sum << 5 | sum >> 27) ^ value ^ (apsr & 0x080f0000u);
}

static void clear_flags(void)
{
    __asm__ volatile("msr apsr_nzcvqg, %0" ::"r"(0));
}

#define TWO(name)                                                                                  \
    do {                                                                                           \
        sum = 0;                                                                                   \
        for (int i = 0; i < 64; i++) {                                                             \
            uint32_t a = next(), b = next(), d;                                                    \
            clear_flags();                                                                         \
            __asm__ volatile(name " %0, %1, %2" : "=r"(d) : "r"(a), "r"(b));                       \
            mix(d);                                                                                \
        }                                                                                          \
        guest_hex(name, sum);                                                                      \
    } while (0)
#define THREE(name)                                                                                \
    do {                                                                                           \
        sum = 0;                                                                                   \
        for (int i = 0; i < 64; i++) {                                                             \
            uint32_t a = next(), b = next(), c = next(), d;                                        \
            clear_flags();                                                                         \
            __asm__ volatile(name " %0, %1, %2, %3" : "=r"(d) : "r"(a), "r"(b), "r"(c));           \
            mix(d);                                                                                \
        }                                                                                          \
        guest_hex(name, sum);                                                                      \
    } while (0)
#define LONG(name)                                                                                 \
    do {                                                                                           \
        sum = 0;                                                                                   \
        for (int i = 0; i < 64; i++) {                                                             \
            uint32_t a = next(), b = next(), low = next(), high = next();                          \
            clear_flags();                                                                         \
            __asm__ volatile(name " %0, %1, %2, %3" : "+r"(low), "+r"(high) : "r"(a), "r"(b));     \
            mix(low);                                                                              \
            mix(high);                                                                             \
        }                                                                                          \
        guest_hex(name, sum);                                                                      \
    } while (0)
#define SATURATE(name)                                                                             \
    do {                                                                                           \
        sum = 0;                                                                                   \
        for (int i = 0; i < 64; i++) {                                                             \
            uint32_t a = next(), d;                                                                \
            clear_flags();                                                                         \
            __asm__ volatile(name : "=r"(d) : "r"(a));                                             \
            mix(d);                                                                                \
        }                                                                                          \
        guest_hex(name, sum);                                                                      \
    } while (0)

// a table of instructions
// clang-format off
int main(void)
{
    TWO("sadd8"); TWO("sadd16"); TWO("sasx"); TWO("ssax"); TWO("ssub8"); TWO("ssub16");
    TWO("uadd8"); TWO("uadd16"); TWO("uasx"); TWO("usax"); TWO("usub8"); TWO("usub16");
    TWO("qadd8"); TWO("qadd16"); TWO("qasx"); TWO("qsax"); TWO("qsub8"); TWO("qsub16");
    TWO("uqadd8"); TWO("uqadd16"); TWO("uqasx"); TWO("uqsax"); TWO("uqsub8"); TWO("uqsub16");
    TWO("shadd8"); TWO("shadd16"); TWO("shasx"); TWO("shsax"); TWO("shsub8"); TWO("shsub16");
    TWO("uhadd8"); TWO("uhadd16"); TWO("uhasx"); TWO("uhsax"); TWO("uhsub8"); TWO("uhsub16");
    TWO("qadd"); TWO("qsub"); TWO("qdadd"); TWO("qdsub"); TWO("smulbb"); TWO("smultt");
    TWO("smulbt"); TWO("smultb"); TWO("smulwb"); TWO("smulwt"); TWO("smuad"); TWO("smuadx");
    TWO("smusd"); TWO("smusdx"); TWO("smmul"); TWO("smmulr"); TWO("usad8"); TWO("sxtab");
    TWO("sxtah"); TWO("uxtab"); TWO("uxtah"); TWO("sxtab16"); TWO("uxtab16"); TWO("sdiv");
    TWO("udiv");
    THREE("smlabb"); THREE("smlatt"); THREE("smlawb"); THREE("smlawt"); THREE("smlad");
    THREE("smladx"); THREE("smlsd"); THREE("smlsdx"); THREE("smmla"); THREE("smmlar");
    THREE("smmls"); THREE("smmlsr"); THREE("usada8"); THREE("mla"); THREE("mls");
    LONG("smlal"); LONG("umlal"); LONG("umaal"); LONG("smlalbb"); LONG("smlaltt"); LONG("smlald");
    LONG("smlaldx"); LONG("smlsld"); LONG("smlsldx"); LONG("umull"); LONG("smull");
    SATURATE("ssat %0, #7, %1"); SATURATE("ssat %0, #17, %1, lsl #4"); SATURATE("usat %0, #9, %1");
    SATURATE("usat %0, #0, %1, asr #3"); SATURATE("ssat16 %0, #9, %1");
    SATURATE("usat16 %0, #5, %1"); SATURATE("pkhbt %0, %1, %1, lsl #5");
    SATURATE("pkhtb %0, %1, %1, asr #7"); SATURATE("rbit %0, %1"); SATURATE("revsh %0, %1");
    SATURATE("sxtb16 %0, %1, ror #8"); SATURATE("uxtb16 %0, %1, ror #16");
    return 0;
}
