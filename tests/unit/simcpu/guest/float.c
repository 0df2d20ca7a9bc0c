/* Single-precision instructions on corner and pseudo-random operands in every rounding mode, with
 * flush-to-zero and default-NaN on and off; results and flags go into checksums. */
#include "guest.h"

static uint32_t seed = 99;
static uint32_t next(void)
{
    static const uint32_t corners[] = {0x00000000, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000,
                                       0xff800000, 0x7fc00001, 0x7f800001, 0x00000001, 0x007fffff,
                                       0x00800000, 0x7f7fffff, 0x3f000000, 0x4b800001, 0x4f000000,
                                       0xcf000000, 0x3f7fffff, 0x33000000, 0xffc12345, 0x40490fdb};
    seed = seed * 1664525u + 1013904223u;
    uint32_t mixed = seed ^ seed >> 16;
    if ((mixed & 3u) == 0)
        return corners[(seed >> 12) % (sizeof corners / sizeof *corners)];
    if ((mixed & 3u) == 1) /* exponents near each other */
        return (mixed & 0x807fffffu) | (120u + (seed >> 27)) << 23;
    return mixed;
}

static uint32_t sum;
static void mix(uint32_t value)
{
    sum = (sum << 5 | sum >> 27) ^ value;
}

static const uint32_t modes[] = {0, 1u << 22, 2u << 22, 3u << 22, 1u << 24, 1u << 25, 3u << 24};
#define MODES (sizeof modes / sizeof *modes)

#define RUN(label, text)                                                                           \
    do {                                                                                           \
        sum = 0;                                                                                   \
        for (unsigned m = 0; m < MODES; m++)                                                       \
            for (int i = 0; i < 300; i++) {                                                        \
                uint32_t a = next(), b = next(), d = next(), flags;                                \
                __asm__ volatile(".fpu fpv5-sp-d16\n vmsr fpscr, %5\n vmov s1, %2\n vmov s2, %3\n" \
                                 "vmov s0, %4\n" text "\n vmov %0, s0\n vmrs %1, fpscr"            \
                                 : "=r"(d), "=r"(flags)                                            \
                                 : "r"(a), "r"(b), "r"(d), "r"(modes[m]));                         \
                mix(d);                                                                            \
                mix(flags);                                                                        \
            }                                                                                      \
        guest_hex(label, sum);                                                                     \
    } while (0)
#define THREE(name) RUN(name, name ".f32 s0, s1, s2")
#define TWO(text)   RUN(text, text)

// a table of instructions
// clang-format off
int main(void)
{
    THREE("vadd"); THREE("vsub"); THREE("vmul"); THREE("vdiv"); THREE("vnmul"); THREE("vmla");
    THREE("vmls"); THREE("vnmla"); THREE("vnmls"); THREE("vfma"); THREE("vfms"); THREE("vfnma");
    THREE("vfnms"); THREE("vmaxnm"); THREE("vminnm");
    TWO("vsqrt.f32 s0, s1"); TWO("vabs.f32 s0, s1"); TWO("vneg.f32 s0, s1");
    TWO("vmov.f32 s0, #1.5"); TWO("vcmp.f32 s1, s2"); TWO("vcmpe.f32 s1, s2");
    TWO("vcmp.f32 s1, #0.0"); TWO("vcvt.s32.f32 s0, s1"); TWO("vcvt.u32.f32 s0, s1");
    TWO("vcvtr.s32.f32 s0, s1"); TWO("vcvtr.u32.f32 s0, s1"); TWO("vcvt.f32.s32 s0, s1");
    TWO("vcvt.f32.u32 s0, s1"); TWO("vcvta.s32.f32 s0, s1"); TWO("vcvtn.u32.f32 s0, s1");
    TWO("vcvtp.s32.f32 s0, s1"); TWO("vcvtm.s32.f32 s0, s1"); TWO("vrinta.f32 s0, s1");
    TWO("vrintn.f32 s0, s1"); TWO("vrintp.f32 s0, s1"); TWO("vrintm.f32 s0, s1");
    TWO("vrintr.f32 s0, s1"); TWO("vrintz.f32 s0, s1"); TWO("vrintx.f32 s0, s1");
    TWO("vcvt.s16.f32 s0, s0, #5"); TWO("vcvt.u16.f32 s0, s0, #16");
    TWO("vcvt.s32.f32 s0, s0, #31"); TWO("vcvt.u32.f32 s0, s0, #1");
    TWO("vcvt.f32.s16 s0, s0, #7"); TWO("vcvt.f32.u32 s0, s0, #32"); TWO("vcvtb.f32.f16 s0, s1");
    TWO("vcvtt.f32.f16 s0, s1"); TWO("vcvtb.f16.f32 s0, s1"); TWO("vcvtt.f16.f32 s0, s1");
    TWO("cmp r0, #0\n vseleq.f32 s0, s1, s2"); TWO("vpush {s0-s2}\n vpop {s0-s2}");
    return 0;
}
