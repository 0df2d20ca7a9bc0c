/* Single-precision arithmetic on the host's IEEE unit, with Arm's rules around it: NaN selection,
 * flush-to-zero, and tininess detected before rounding. */
#include "cpu/fp_arithmetic.h"

#include <fenv.h>
#include <math.h>
#include <string.h>

#define SIGN        0x80000000u
#define INFINITY_F  0x7f800000u
#define QUIET       0x00400000u
#define DEFAULT_NAN 0x7fc00000u
#define SMALLEST    0x00800000u /* least normal number */

static float as_float(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, 4);
    return value;
}

static uint32_t as_bits(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, 4);
    return bits;
}

static bool is_nan(uint32_t a)
{
    return (a & ~SIGN) > INFINITY_F;
}

static bool is_signalling(uint32_t a)
{
    return is_nan(a) && !(a & QUIET);
}

static bool is_infinite(uint32_t a)
{
    return (a & ~SIGN) == INFINITY_F;
}

static bool is_zero(uint32_t a)
{
    return (a & ~SIGN) == 0;
}

static bool is_subnormal(uint32_t a)
{
    return (a & ~SIGN) != 0 && (a & ~SIGN) < SMALLEST;
}

/* FPUnpack's flush of subnormal inputs. */
static uint32_t flush_input(uint32_t *fpscr, uint32_t a)
{
    if ((*fpscr & FPSCR_FZ) && is_subnormal(a)) {
        *fpscr |= FPSCR_IDC;
        return a & SIGN;
    }
    return a;
}

static uint32_t process_nan(uint32_t *fpscr, uint32_t a)
{
    if (!(a & QUIET))
        *fpscr |= FPSCR_IOC;
    return *fpscr & FPSCR_DN ? DEFAULT_NAN : a | QUIET;
}

/* FPProcessNaNs: the first signalling operand, else the first quiet one. */
static bool process_nans(uint32_t *fpscr, const uint32_t *operands, unsigned count,
                         uint32_t *result)
{
    for (unsigned i = 0; i < count; i++)
        if (is_signalling(operands[i])) {
            *result = process_nan(fpscr, operands[i]);
            return true;
        }
    for (unsigned i = 0; i < count; i++)
        if (is_nan(operands[i])) {
            *result = process_nan(fpscr, operands[i]);
            return true;
        }
    return false;
}

static int host_mode(enum fp_rounding mode)
{
    static const int modes[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO, FE_TONEAREST};
    return modes[mode];
}

enum operation { ADD, SUB, MUL, DIV, SQRT, MULADD };

static float host_single(enum operation operation, volatile float a, volatile float b,
                         volatile float c)
{
    volatile float result;
    switch (operation) {
    case ADD:
        result = a + b;
        break;
    case SUB:
        result = a - b;
        break;
    case MUL:
        result = a * b;
        break;
    case DIV:
        result = a / b;
        break;
    case SQRT:
        result = sqrtf(a);
        break;
    default:
        result = fmaf(a, b, c);
        break;
    }
    return result;
}

static double host_double(enum operation operation, volatile double a, volatile double b,
                          volatile double c)
{
    volatile double result;
    switch (operation) {
    case MUL:
        result = a * b;
        break;
    case DIV:
        result = a / b;
        break;
    case MULADD:
        result = fma(a, b, c);
        break;
    default:
        result = 1.0; /* sums and roots of singles are never inexact and tiny */
        break;
    }
    return result;
}

/* The exact result is nearer to zero than the least normal number: truncation cannot hide that. */
static bool is_tiny(enum operation operation, uint32_t a, uint32_t b, uint32_t c)
{
    fesetround(FE_TOWARDZERO);
    double exact = host_double(operation, as_float(a), as_float(b), as_float(c));
    return fabs(exact) < 0x1p-126 && exact != 0.0;
}

static uint32_t compute(uint32_t *fpscr, enum operation operation, uint32_t a, uint32_t b,
                        uint32_t c)
{
    feclearexcept(FE_ALL_EXCEPT);
    fesetround(host_mode(fp_mode(*fpscr)));
    uint32_t result = as_bits(host_single(operation, as_float(a), as_float(b), as_float(c)));
    int raised = fetestexcept(FE_ALL_EXCEPT);
    if (raised & FE_INVALID)
        *fpscr |= FPSCR_IOC;
    if (raised & FE_DIVBYZERO)
        *fpscr |= FPSCR_DZC;
    if (raised & FE_OVERFLOW)
        *fpscr |= FPSCR_OFC;
    bool small = (result & ~SIGN) <= SMALLEST, inexact = raised & FE_INEXACT;
    bool tiny = small && (is_subnormal(result) || (inexact && is_tiny(operation, a, b, c)));
    fesetround(FE_TONEAREST);
    if (tiny && (*fpscr & FPSCR_FZ)) {
        *fpscr |= FPSCR_UFC;
        return result & SIGN;
    }
    if (tiny && inexact)
        *fpscr |= FPSCR_UFC;
    if (inexact)
        *fpscr |= FPSCR_IXC;
    return is_nan(result) ? DEFAULT_NAN : result;
}

static uint32_t binary(uint32_t *fpscr, enum operation operation, uint32_t a, uint32_t b)
{
    uint32_t operands[2] = {flush_input(fpscr, a), flush_input(fpscr, b)}, result;
    if (process_nans(fpscr, operands, 2, &result))
        return result;
    return compute(fpscr, operation, operands[0], operands[1], 0);
}

uint32_t fp_add(uint32_t *fpscr, uint32_t a, uint32_t b)
{
    return binary(fpscr, ADD, a, b);
}

uint32_t fp_sub(uint32_t *fpscr, uint32_t a, uint32_t b)
{
    return binary(fpscr, SUB, a, b);
}

uint32_t fp_mul(uint32_t *fpscr, uint32_t a, uint32_t b)
{
    return binary(fpscr, MUL, a, b);
}

uint32_t fp_div(uint32_t *fpscr, uint32_t a, uint32_t b)
{
    return binary(fpscr, DIV, a, b);
}

uint32_t fp_sqrt(uint32_t *fpscr, uint32_t a)
{
    uint32_t operand = flush_input(fpscr, a), result;
    if (process_nans(fpscr, &operand, 1, &result))
        return result;
    return compute(fpscr, SQRT, operand, 0, 0);
}

uint32_t fp_muladd(uint32_t *fpscr, uint32_t addend, uint32_t a, uint32_t b)
{
    uint32_t operands[3] = {flush_input(fpscr, addend), flush_input(fpscr, a),
                            flush_input(fpscr, b)};
    uint32_t result;
    bool undefined = (is_infinite(operands[1]) && is_zero(operands[2])) ||
                     (is_zero(operands[1]) && is_infinite(operands[2]));
    bool found = process_nans(fpscr, operands, 3, &result);
    if (undefined && is_nan(operands[0]) && !is_signalling(operands[0])) {
        *fpscr |= FPSCR_IOC;
        return DEFAULT_NAN;
    }
    if (found)
        return result;
    return compute(fpscr, MULADD, operands[1], operands[2], operands[0]);
}

uint32_t fp_compare(uint32_t *fpscr, uint32_t a, uint32_t b, bool signal)
{
    a = flush_input(fpscr, a);
    b = flush_input(fpscr, b);
    if (is_nan(a) || is_nan(b)) {
        if (signal || is_signalling(a) || is_signalling(b))
            *fpscr |= FPSCR_IOC;
        return 0x30000000u;
    }
    float x = as_float(a), y = as_float(b);
    if (x == y)
        return 0x60000000u;
    return x < y ? 0x80000000u : 0x20000000u;
}

uint32_t fp_maxnum(uint32_t *fpscr, uint32_t a, uint32_t b, bool minimum)
{
    a = flush_input(fpscr, a);
    b = flush_input(fpscr, b);
    bool a_quiet = is_nan(a) && (a & QUIET), b_quiet = is_nan(b) && (b & QUIET);
    if (a_quiet && !is_nan(b))
        return b;
    if (b_quiet && !is_nan(a))
        return a;
    uint32_t operands[2] = {a, b}, result;
    if (process_nans(fpscr, operands, 2, &result))
        return result;
    if (is_zero(a) && is_zero(b))
        return minimum ? a | b : a & b;
    bool less = as_float(a) < as_float(b);
    return less == minimum ? a : b;
}

/* Rounds to an integral value; the argument and the result are exact doubles. */
static double round_to_integer(double value, enum fp_rounding mode)
{
    double low = floor(value), part = value - low;
    switch (mode) {
    case FPR_PLUS:
        return ceil(value);
    case FPR_MINUS:
        return low;
    case FPR_ZERO:
        return trunc(value);
    case FPR_AWAY:
        if (part == 0.5)
            return value > 0 ? low + 1 : low;
        break;
    default:
        if (part == 0.5)
            return fmod(low, 2.0) == 0.0 ? low : low + 1;
        break;
    }
    return part < 0.5 ? low : low + 1;
}

uint32_t fp_to_fixed(uint32_t *fpscr, uint32_t a, unsigned bits, unsigned fraction, bool is_signed,
                     enum fp_rounding mode)
{
    a = flush_input(fpscr, a);
    if (is_nan(a)) {
        *fpscr |= FPSCR_IOC;
        return 0;
    }
    double exact = ldexp(as_float(a), (int)fraction), value = round_to_integer(exact, mode);
    double high = ldexp(1.0, (int)(is_signed ? bits - 1 : bits)) - 1,
           low = is_signed ? -high - 1 : 0;
    if (value > high || value < low) {
        *fpscr |= FPSCR_IOC;
        value = value > high ? high : low;
    } else if (value != exact) {
        *fpscr |= FPSCR_IXC;
    }
    return (uint32_t)(int64_t)value;
}

uint32_t fp_from_fixed(uint32_t *fpscr, uint32_t value, unsigned bits, unsigned fraction,
                       bool is_signed, enum fp_rounding mode)
{
    int64_t integer = value;
    if (bits == 16)
        integer = is_signed ? (int16_t)value : (uint16_t)value;
    else if (is_signed)
        integer = (int32_t)value;
    fesetround(host_mode(mode));
    volatile double exact = ldexp((double)integer, -(int)fraction);
    volatile float result = (float)exact;
    fesetround(FE_TONEAREST);
    if ((double)result != exact)
        *fpscr |= FPSCR_IXC;
    return as_bits(result);
}

uint32_t fp_round(uint32_t *fpscr, uint32_t a, enum fp_rounding mode, bool exact)
{
    a = flush_input(fpscr, a);
    if (is_nan(a))
        return process_nan(fpscr, a);
    if (is_infinite(a) || is_zero(a))
        return a;
    double value = as_float(a), rounded = round_to_integer(value, mode);
    if (exact && rounded != value)
        *fpscr |= FPSCR_IXC;
    return as_bits((float)rounded) | (a & SIGN);
}

uint32_t fp_from_half(uint32_t *fpscr, uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000u) << 16, exponent = half >> 10 & 31u;
    uint32_t fraction = half & 0x3ffu;
    if (exponent == 31 && !(*fpscr & FPSCR_AHP)) {
        if (fraction == 0)
            return sign | INFINITY_F;
        return process_nan(fpscr, sign | INFINITY_F | fraction << 13);
    }
    double value = exponent ? ldexp(1024.0 + fraction, (int)exponent - 25) : ldexp(fraction, -24);
    return as_bits((float)value) | sign;
}

/* Rounds a finite magnitude to half precision. */
static uint16_t round_half(uint32_t *fpscr, double magnitude, bool negative)
{
    bool alternative = *fpscr & FPSCR_AHP;
    enum fp_rounding mode = fp_mode(*fpscr);
    int exponent;
    frexp(magnitude, &exponent);
    exponent -= 1;
    if (exponent < -14)
        exponent = -14;
    /* Rounding modes are defined on the signed value. */
    double scaled = ldexp(negative ? -magnitude : magnitude, 10 - exponent);
    double rounded = fabs(round_to_integer(scaled, mode));
    bool inexact = rounded != fabs(scaled), tiny = magnitude < 0x1p-14;
    uint32_t bits = (uint32_t)rounded;
    if (bits >= 2048) {
        bits /= 2;
        exponent++;
    }
    int top = alternative ? 16 : 15;
    if (exponent > top) {
        if (alternative) {
            *fpscr |= FPSCR_IOC;
            return 0x7fff;
        }
        bool to_infinity = mode == FPR_NEAREST || (mode == FPR_PLUS && !negative) ||
                           (mode == FPR_MINUS && negative);
        *fpscr |= FPSCR_OFC | FPSCR_IXC;
        return to_infinity ? 0x7c00 : 0x7bff;
    }
    if (inexact)
        *fpscr |= FPSCR_IXC | (tiny ? FPSCR_UFC : 0);
    if (bits < 1024)
        return (uint16_t)bits;
    return (uint16_t)((uint32_t)(exponent + 15) << 10 | (bits - 1024));
}

uint16_t fp_to_half(uint32_t *fpscr, uint32_t a)
{
    bool alternative = *fpscr & FPSCR_AHP;
    a = flush_input(fpscr, a);
    uint16_t sign = (uint16_t)(a >> 16 & 0x8000u);
    if (is_nan(a)) {
        if (!(a & QUIET) || alternative)
            *fpscr |= FPSCR_IOC;
        if (alternative)
            return sign;
        return *fpscr & FPSCR_DN ? 0x7e00 : (uint16_t)(sign | 0x7e00u | (a >> 13 & 0x1ffu));
    }
    if (is_infinite(a)) {
        if (alternative) {
            *fpscr |= FPSCR_IOC;
            return sign | 0x7fff;
        }
        return sign | 0x7c00;
    }
    if (is_zero(a))
        return sign;
    return sign | round_half(fpscr, fabs((double)as_float(a)), sign != 0);
}
