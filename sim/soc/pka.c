/* PKA: registers, RAM and progress (RM0456 chapter 53). Operations compute when they end, on the
 * operands' places in the RAM; durations are estimates. What they compute is in pka_ecc.c and
 * pka_number.c.
 */
#include "soc/pka.h"

#include <assert.h>
#include <string.h>

/* ---- Operands ---- */

uint32_t *pka_word(struct soc *soc, uint32_t offset)
{
    return &soc->pka.ram[(offset - PKA_RAM_BASE) / 4];
}

BIGNUM *pka_take(struct soc *soc, BN_CTX *pool, uint32_t offset, uint32_t bits)
{
    BIGNUM *number = BN_CTX_get(pool);
    uint32_t bytes = (bits + 31) / 32 * 4;

    assert(number != NULL);
    if ((offset - PKA_RAM_BASE) + bytes > sizeof soc->pka.ram) {
        bytes = 0;
    }
    BN_lebin2bn((const uint8_t *)pka_word(soc, offset), (int)bytes, number);
    return number;
}

void pka_give(struct soc *soc, uint32_t offset, const BIGNUM *number, uint32_t bits)
{
    uint32_t bytes = (bits + 31) / 32 * 4;
    uint32_t room = (uint32_t)sizeof soc->pka.ram - (offset - PKA_RAM_BASE);

    if (bytes + 8 <= room && BN_num_bytes(number) <= (int)bytes) {
        memset(pka_word(soc, offset), 0, bytes + 8);
        BN_bn2lebinpad(number, (uint8_t *)pka_word(soc, offset), (int)bytes);
    }
}

void pka_give_code(struct soc *soc, uint32_t offset, uint32_t code)
{
    *pka_word(soc, offset) = code;
    *pka_word(soc, offset + 4) = 0;
}

/* ---- Progress ---- */

static bool known(unsigned mode)
{
    return mode <= PKA_EXP_PROTECTED || (mode >= PKA_CRT && mode <= PKA_MONTGOMERY_MULTIPLY) ||
           mode == PKA_SCALAR || mode == PKA_POINT_ADD || mode == PKA_SIGN || mode == PKA_VERIFY ||
           mode == PKA_DOUBLE_BASE || mode == PKA_POINT_CHECK || mode == PKA_TO_AFFINE;
}

static void compute(struct soc *soc, unsigned mode)
{
    BN_CTX *pool = BN_CTX_new();

    assert(pool != NULL);
    BN_CTX_start(pool);
    if (mode >= PKA_SCALAR) {
        pka_curve_compute(soc, pool, mode);
    } else {
        pka_number_compute(soc, pool, mode);
    }
    BN_CTX_end(pool);
    BN_CTX_free(pool);
}

/* Cycles, in the order of magnitude that the chip needs for operands of this size. */
static uint64_t duration(struct soc *soc, unsigned mode)
{
    uint64_t words = (*pka_word(soc, 0x408) % 8192u + 31) / 32;

    switch (mode) {
    case PKA_MONTGOMERY:
        return 500 + 150 * words;
    case PKA_EXP:
    case PKA_EXP_FAST:
    case PKA_EXP_PROTECTED:
        return 2000 + 3 * words * words * (*pka_word(soc, 0x400) % 8192u);
    case PKA_CRT:
        return 2000 + 16 * words * words * words;
    case PKA_INVERSE:
        return 2000 + 400 * words * words;
    case PKA_ADD:
    case PKA_SUBTRACT:
    case PKA_COMPARE:
    case PKA_REDUCE:
    case PKA_MOD_ADD:
    case PKA_MOD_SUBTRACT:
        return 200 + 10 * words;
    case PKA_MULTIPLY:
    case PKA_MONTGOMERY_MULTIPLY:
        return 200 + 4 * words * words;
    case PKA_POINT_CHECK:
    case PKA_POINT_ADD:
    case PKA_TO_AFFINE:
        return 5000 + 200 * words;
    default:
        return 30000u * words * words; /* 1.9 million cycles for 256 bits */
    }
}

static void update(struct soc *soc)
{
    soc_irq(soc, IRQ_PKA, (soc->pka.sr & soc->pka.cr & 0x3A0000u) != 0);
}

static void fire(void *context)
{
    struct soc *soc = ((struct soc_event *)context)->soc;
    struct soc_pka *pka = &soc->pka;

    compute(soc, (pka->cr & PKA_CR_MODE_Msk) >> PKA_CR_MODE_Pos);
    pka->sr = (pka->sr & ~PKA_SR_BUSY_Msk) | PKA_SR_PROCENDF_Msk;
    update(soc);
}

/* INITOK needs random numbers: with EN = 1 it appears once the RNG has delivered. */
static void initialise(struct soc *soc)
{
    if ((soc->pka.cr & PKA_CR_EN_Msk) && (soc->rng.sr & RNG_SR_DRDY_Msk)) {
        soc->pka.sr |= PKA_SR_INITOK_Msk;
    }
}

static void start(struct soc *soc)
{
    struct soc_pka *pka = &soc->pka;
    unsigned mode = (pka->cr & PKA_CR_MODE_Msk) >> PKA_CR_MODE_Pos;

    initialise(soc);
    if (!(pka->sr & PKA_SR_INITOK_Msk)) {
        soc_guest_error(soc, PKA_NS + 0x3000, "PKA started before INITOK");
        return;
    }
    if (!known(mode)) {
        pka->sr |= PKA_SR_OPERRF_Msk;
        return;
    }
    pka->sr |= PKA_SR_BUSY_Msk;
    soc_after(soc, &pka->done, soc_periods_ps(duration(soc, mode), soc_hclk_hz(soc)));
}

/* ---- Registers ---- */

static void write_cr(struct soc *soc, uint32_t value)
{
    struct soc_pka *pka = &soc->pka;
    unsigned mode = (pka->cr & PKA_CR_MODE_Msk) >> PKA_CR_MODE_Pos;

    if (!(value & PKA_CR_EN_Msk)) {
        if ((pka->sr & PKA_SR_BUSY_Msk) &&
            (mode == PKA_EXP_PROTECTED || mode == PKA_SCALAR || mode == PKA_SIGN)) {
            memset(pka->ram, 0, sizeof pka->ram); /* secrets of an aborted operation */
        }
        sched_cancel(soc->sched, &pka->done.event);
        pka->sr &= ~(PKA_SR_BUSY_Msk | PKA_SR_INITOK_Msk);
        pka->cr = value & 0x3A3F00u;
        return;
    }
    if (pka->sr & PKA_SR_BUSY_Msk) {
        pka->cr = (pka->cr & PKA_CR_MODE_Msk) | (value & 0x3A0001u);
        return;
    }
    pka->cr = value & 0x3A3F01u;
    if (value & PKA_CR_START_Msk) {
        start(soc);
    }
}

static void error(struct soc *soc, uint32_t flag)
{
    soc->pka.sr |= flag;
    update(soc);
}

/* The RAM or NULL, with the error flags of RM0456 53.3.7. */
static uint32_t *ram_at(struct soc *soc, uint32_t offset, struct soc_access access)
{
    if (access.size != 4) {
        soc->bus_error = true;
        return NULL;
    }
    if (soc->pka.sr & PKA_SR_BUSY_Msk) {
        error(soc, PKA_SR_RAMERRF_Msk);
        return NULL;
    }
    if (offset < PKA_RAM_BASE || offset - PKA_RAM_BASE >= sizeof soc->pka.ram) {
        error(soc, PKA_SR_ADDRERRF_Msk);
        return NULL;
    }
    return pka_word(soc, offset);
}

READER(pka)
{
    const uint32_t *ram;

    switch (offset) {
    case PKA_CR_OFS:
        return soc->pka.cr;
    case PKA_SR_OFS:
        initialise(soc);
        return soc->pka.sr;
    case PKA_CLRFR_OFS:
        return 0;
    default:
        (void)block;
        ram = ram_at(soc, offset, access);
        return ram != NULL ? *ram : 0;
    }
}

WRITER(pka)
{
    uint32_t *ram;

    (void)block;
    switch (offset) {
    case PKA_CR_OFS:
        write_cr(soc, value);
        break;
    case PKA_SR_OFS:
        break;
    case PKA_CLRFR_OFS:
        soc->pka.sr &= ~(value & 0x3A0000u);
        break;
    default:
        ram = ram_at(soc, offset, access);
        if (ram != NULL) {
            *ram = value;
        }
        break;
    }
    update(soc);
}

RESETTER(pka)
{
    struct soc_pka *pka = &soc->pka;

    (void)block;
    sched_cancel(soc->sched, &pka->done.event);
    pka->cr = pka->sr = 0;
    memset(pka->ram, 0, sizeof pka->ram);
    update(soc);
}

void soc_pka_init(struct soc *soc)
{
    soc_event_init(&soc->pka.done, soc, 0, fire);
}
