/* Single-precision arithmetic as Armv8-M defines it: FPSCR rounding mode, flush-to-zero, default
 * NaN, cumulative flags. Values are bit patterns. */
#ifndef SIM_CPU_FP_ARITHMETIC_H
#define SIM_CPU_FP_ARITHMETIC_H

#include <stdbool.h>
#include <stdint.h>

#define FPSCR_IOC (1u << 0)
#define FPSCR_DZC (1u << 1)
#define FPSCR_OFC (1u << 2)
#define FPSCR_UFC (1u << 3)
#define FPSCR_IXC (1u << 4)
#define FPSCR_IDC (1u << 7)
#define FPSCR_FZ  (1u << 24)
#define FPSCR_DN  (1u << 25)
#define FPSCR_AHP (1u << 26)

/* FPSCR.RMode values, and ties-to-away for VCVTA and VRINTA. */
enum fp_rounding { FPR_NEAREST, FPR_PLUS, FPR_MINUS, FPR_ZERO, FPR_AWAY };
static inline enum fp_rounding fp_mode(uint32_t fpscr)
{
    return (enum fp_rounding)(fpscr >> 22 & 3u);
}

uint32_t fp_add(uint32_t *fpscr, uint32_t a, uint32_t b);
uint32_t fp_sub(uint32_t *fpscr, uint32_t a, uint32_t b);
uint32_t fp_mul(uint32_t *fpscr, uint32_t a, uint32_t b);
uint32_t fp_div(uint32_t *fpscr, uint32_t a, uint32_t b);
uint32_t fp_sqrt(uint32_t *fpscr, uint32_t a);
/* addend + a * b with one rounding. */
uint32_t fp_muladd(uint32_t *fpscr, uint32_t addend, uint32_t a, uint32_t b);
/* NZCV in bits 31:28; `signal` makes quiet NaNs invalid operations (VCMPE). */
uint32_t fp_compare(uint32_t *fpscr, uint32_t a, uint32_t b, bool signal);
uint32_t fp_maxnum(uint32_t *fpscr, uint32_t a, uint32_t b, bool minimum);
/* To an integer of `bits` with `fraction` fraction bits, saturating. */
uint32_t fp_to_fixed(uint32_t *fpscr, uint32_t a, unsigned bits, unsigned fraction, bool is_signed,
                     enum fp_rounding mode);
uint32_t fp_from_fixed(uint32_t *fpscr, uint32_t value, unsigned bits, unsigned fraction,
                       bool is_signed, enum fp_rounding mode);
uint32_t fp_round(uint32_t *fpscr, uint32_t a, enum fp_rounding mode, bool exact);
uint32_t fp_from_half(uint32_t *fpscr, uint16_t half);
uint16_t fp_to_half(uint32_t *fpscr, uint32_t a);

#endif
