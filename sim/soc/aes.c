/* AES (ECB, CBC, CTR, GCM, CCM) and SAES (ECB, CBC, hardware keys) block by block (RM0456 chapters
 * 49 and 50). The cipher itself is libcrypto's; chaining is done here, because software sees it
 * between blocks. Suspension by the SUSPxR registers is not modelled.
 *
 * Invariant: key bytes and blocks are kept most significant byte first, as FIPS 197 writes them.
 */
#include "soc/soc_state.h"

#include <assert.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/sha.h>

enum { MODE_ENCRYPT = 0, MODE_DERIVE = 1, MODE_DECRYPT = 2 };
enum { CHAIN_ECB = 0, CHAIN_CBC = 1, CHAIN_CTR = 2, CHAIN_GCM = 3, CHAIN_CCM = 4 };
enum { PHASE_INIT = 0, PHASE_HEADER = 1, PHASE_PAYLOAD = 2, PHASE_FINAL = 3 };
enum { KEYSEL_SOFTWARE = 0, KEYSEL_DHUK = 1, KEYSEL_BHK = 2, KEYSEL_BOTH = 4, KEYSEL_TEST = 7 };

#define SAES_INSTANCE 1u
#define ISR_RNGEIF    0x8u
#define BLOCK         16u

static unsigned field(uint32_t reg, uint32_t mask)
{
    return (reg & mask) >> __builtin_ctz(mask);
}

static unsigned chaining(const struct soc_aes *aes)
{
    return ((aes->cr >> 5) & 3u) | ((aes->cr >> 16) & 1u) << 2;
}

static unsigned mode(const struct soc_aes *aes)
{
    return field(aes->cr, AES_CR_MODE_Msk);
}

static unsigned phase(const struct soc_aes *aes)
{
    return field(aes->cr, AES_CR_GCMPH_Msk);
}

static unsigned key_words(const struct soc_aes *aes)
{
    return aes->cr & AES_CR_KEYSIZE_Msk ? 8 : 4;
}

static void update(struct soc *soc, unsigned n)
{
    const struct soc_aes *aes = &soc->aes[n];

    soc_irq(soc, n == SAES_INSTANCE ? IRQ_SAES : IRQ_AES, (aes->isr & aes->ier) != 0);
    if (aes->cr & (AES_CR_DMAINEN_Msk | AES_CR_DMAOUTEN_Msk)) {
        soc_dma_poke(soc);
    }
}

bool soc_aes_dma_request(const struct soc *soc, unsigned aes, bool output)
{
    const struct soc_aes *a = &soc->aes[aes];

    if (!(a->cr & AES_CR_EN_Msk)) {
        return false;
    }
    return output ? (a->cr & AES_CR_DMAOUTEN_Msk) && a->out_left > 0
                  : (a->cr & AES_CR_DMAINEN_Msk) && a->out_left == 0 && !a->busy;
}

/* ---- The cipher ---- */

static void put_be(uint8_t *bytes, uint32_t word)
{
    for (unsigned i = 0; i < 4; i++) {
        bytes[i] = (uint8_t)(word >> (24 - 8 * i));
    }
}

static uint32_t get_be(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Key register 0 holds the least significant word. */
static void key_bytes(const struct soc_aes *aes, uint8_t key[32])
{
    unsigned words = key_words(aes);

    for (unsigned i = 0; i < words; i++) {
        put_be(key + 4 * i, aes->key[words - 1 - i]);
    }
}

static void cipher(const struct soc_aes *aes, bool encrypt, const uint8_t in[BLOCK],
                   uint8_t out[BLOCK])
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    uint8_t key[32];
    int size = 0;
    bool ok;

    key_bytes(aes, key);
    ok = context != NULL &&
         EVP_CipherInit_ex(context, key_words(aes) == 8 ? EVP_aes_256_ecb() : EVP_aes_128_ecb(),
                           NULL, key, NULL, encrypt) == 1 &&
         EVP_CIPHER_CTX_set_padding(context, 0) == 1 &&
         EVP_CipherUpdate(context, out, &size, in, (int)BLOCK) == 1;
    assert(ok && size == (int)BLOCK);
    (void)ok;
    EVP_CIPHER_CTX_free(context);
}

static void xor_block(uint8_t *to, const uint8_t *with)
{
    for (unsigned i = 0; i < BLOCK; i++) {
        to[i] ^= with[i];
    }
}

static void iv_get(const struct soc_aes *aes, uint8_t iv[BLOCK])
{
    for (unsigned i = 0; i < 4; i++) {
        put_be(iv + 4 * i, aes->iv[3 - i]);
    }
}

static void iv_put(struct soc_aes *aes, const uint8_t iv[BLOCK])
{
    for (unsigned i = 0; i < 4; i++) {
        aes->iv[3 - i] = get_be(iv + 4 * i);
    }
}

/* Multiplication in GF(2^128) with the bit order of NIST SP 800-38D, 6.3. */
static void ghash_multiply(uint8_t x[BLOCK], const uint8_t h[BLOCK])
{
    uint8_t z[BLOCK] = {0}, v[BLOCK];

    memcpy(v, h, BLOCK);
    for (unsigned i = 0; i < 128; i++) {
        bool carry = v[15] & 1u;

        if ((x[i / 8] >> (7 - i % 8)) & 1u) {
            xor_block(z, v);
        }
        for (unsigned j = 15; j > 0; j--) {
            v[j] = (uint8_t)(v[j] >> 1 | v[j - 1] << 7);
        }
        v[0] = (uint8_t)(v[0] >> 1 ^ (carry ? 0xE1 : 0));
    }
    memcpy(x, z, BLOCK);
}

/* ---- Chaining modes ---- */

/* Encrypts the counter block in IVR and counts up its last word. */
static void keystream(struct soc_aes *aes, uint8_t stream[BLOCK])
{
    uint8_t counter[BLOCK];

    iv_get(aes, counter);
    cipher(aes, true, counter, stream);
    aes->iv[0]++;
}

static void clear_tail(const struct soc_aes *aes, uint8_t block[BLOCK])
{
    unsigned unused = field(aes->cr, AES_CR_NPBLB_Msk);

    memset(&block[BLOCK - unused], 0, unused);
}

static void gcm_block(struct soc_aes *aes, const uint8_t in[BLOCK], uint8_t out[BLOCK])
{
    uint8_t text[BLOCK];

    memset(out, 0, BLOCK);
    switch (phase(aes)) {
    case PHASE_HEADER:
        xor_block(aes->tag, in);
        ghash_multiply(aes->tag, aes->hash_key);
        break;
    case PHASE_PAYLOAD:
        keystream(aes, out);
        xor_block(out, in);
        memcpy(text, mode(aes) == MODE_ENCRYPT ? out : in, BLOCK);
        if (mode(aes) == MODE_ENCRYPT) {
            clear_tail(aes, text);
        }
        xor_block(aes->tag, text);
        ghash_multiply(aes->tag, aes->hash_key);
        break;
    default:
        xor_block(aes->tag, in); /* lengths */
        ghash_multiply(aes->tag, aes->hash_key);
        cipher(aes, true, aes->first_counter, out);
        xor_block(out, aes->tag);
        break;
    }
}

static void ccm_block(struct soc_aes *aes, const uint8_t in[BLOCK], uint8_t out[BLOCK])
{
    uint8_t text[BLOCK];

    memset(out, 0, BLOCK);
    memcpy(text, in, BLOCK);
    if (phase(aes) == PHASE_PAYLOAD) {
        keystream(aes, out);
        xor_block(out, in);
        if (mode(aes) == MODE_DECRYPT) {
            memcpy(text, out, BLOCK);
            clear_tail(aes, text);
        }
    }
    xor_block(aes->tag, text);
    cipher(aes, true, aes->tag, aes->tag);
}

static void basic_block(struct soc *soc, unsigned n, const uint8_t in[BLOCK], uint8_t out[BLOCK])
{
    struct soc_aes *aes = &soc->aes[n];
    bool encrypt = mode(aes) == MODE_ENCRYPT;
    uint8_t iv[BLOCK];

    if (chaining(aes) == CHAIN_CTR) {
        keystream(aes, out);
        xor_block(out, in);
        return;
    }
    if (!encrypt && !aes->prepared) {
        soc_guest_error(soc, 0x220u + n, "%s: decryption without key preparation (MODE 1)",
                        n == SAES_INSTANCE ? "SAES" : "AES");
        encrypt = true; /* wrong round keys: the result is not the plain text */
    }
    if (chaining(aes) == CHAIN_ECB) {
        cipher(aes, encrypt, in, out);
        return;
    }
    iv_get(aes, iv);
    if (mode(aes) == MODE_ENCRYPT) {
        xor_block(iv, in);
        cipher(aes, true, iv, out);
        iv_put(aes, out);
    } else {
        cipher(aes, encrypt, in, out);
        xor_block(out, iv);
        iv_put(aes, in);
    }
}

/* Counter block 0 from B0 (NIST SP 800-38C, A.2 and A.3). */
static void ccm_init(struct soc_aes *aes)
{
    uint8_t b0[BLOCK];
    unsigned length_bytes;

    iv_get(aes, b0);
    cipher(aes, true, b0, aes->tag);
    b0[0] &= 7u;
    length_bytes = b0[0] + 1u;
    memset(b0 + BLOCK - length_bytes, 0, length_bytes);
    memcpy(aes->first_counter, b0, BLOCK);
    iv_put(aes, b0);
    aes->iv[0]++;
}

static void gcm_init(struct soc_aes *aes)
{
    static const uint8_t zero[BLOCK];

    cipher(aes, true, zero, aes->hash_key);
    memset(aes->tag, 0, BLOCK);
    iv_get(aes, aes->first_counter);
    put_be(aes->first_counter + 12, aes->iv[0] - 1); /* software gives the counter as 2 */
}

/* ---- Progress ---- */

/* Cycles of one block (RM0456 tables of processing time; SAES runs on SHSI and is slower). */
static void begin(struct soc *soc, unsigned n)
{
    struct soc_aes *aes = &soc->aes[n];
    bool long_key = key_words(aes) == 8;
    uint64_t cycles = n == SAES_INSTANCE ? (long_key ? 680 : 480) : (long_key ? 75 : 51);
    uint64_t hz = n == SAES_INSTANCE ? soc_saes_clock_hz(soc) : soc_hclk_hz(soc);

    if (hz == 0) {
        soc_guest_error(soc, 0x222u, "SAES works without its kernel clock (SHSION)");
    }
    aes->busy = true;
    soc_after(soc, &aes->done, soc_periods_ps(cycles, hz));
}

static void run_init(struct soc_aes *aes)
{
    if (mode(aes) == MODE_DERIVE) {
        aes->prepared = true;
    } else if (chaining(aes) == CHAIN_GCM) {
        gcm_init(aes);
    } else if (chaining(aes) == CHAIN_CCM) {
        ccm_init(aes);
    }
    aes->cr &= ~AES_CR_EN_Msk;
}

/* What EN = 1 starts without data: key preparation and the GCM and CCM initialisation. */
static bool starts_by_enable(const struct soc_aes *aes)
{
    return mode(aes) == MODE_DERIVE || (chaining(aes) >= CHAIN_GCM && phase(aes) == PHASE_INIT);
}

static uint32_t swap(const struct soc_aes *aes, uint32_t word)
{
    uint32_t out = 0;

    switch (field(aes->cr, AES_CR_DATATYPE_Msk)) {
    case 1:
        return word << 16 | word >> 16;
    case 2:
        return __builtin_bswap32(word);
    case 3:
        for (unsigned i = 0; i < 32; i++) {
            out |= ((word >> i) & 1u) << (31 - i);
        }
        return out;
    default:
        return word;
    }
}

/* SAES wrapped-key mode: a decrypted key goes into the key registers and is never read. */
static void unwrap(struct soc_aes *aes, const uint8_t out[BLOCK])
{
    unsigned words = key_words(aes), first = words - 4 * (aes->unwrapped + 1);

    for (unsigned i = 0; i < 4; i++) {
        aes->next_key[first + 3 - i] = get_be(out + 4 * i);
    }
    if (++aes->unwrapped == words / 4) {
        memcpy(aes->key, aes->next_key, sizeof aes->key);
        aes->unwrapped = 0;
        aes->prepared = false;
        aes->key_written = (1u << words) - 1u;
    }
}

static void run_block(struct soc *soc, unsigned n)
{
    struct soc_aes *aes = &soc->aes[n];
    uint8_t in[BLOCK], out[BLOCK];

    for (unsigned i = 0; i < 4; i++) {
        put_be(in + 4 * i, swap(aes, aes->in[i]));
    }
    if (chaining(aes) == CHAIN_GCM) {
        gcm_block(aes, in, out);
    } else if (chaining(aes) == CHAIN_CCM) {
        ccm_block(aes, in, out);
    } else {
        basic_block(soc, n, in, out);
    }
    aes->in_count = 0;
    if (n == SAES_INSTANCE && field(aes->cr, AES_CR_KMOD_Msk) == 1 && mode(aes) == MODE_DECRYPT) {
        unwrap(aes, out);
        memset(out, 0, BLOCK);
    }
    for (unsigned i = 0; i < 4; i++) {
        aes->out[i] = swap(aes, get_be(out + 4 * i));
    }
    aes->out_left = chaining(aes) >= CHAIN_GCM && phase(aes) == PHASE_HEADER ? 0 : 4;
}

static void run_ccm_final(struct soc_aes *aes)
{
    uint8_t out[BLOCK];

    cipher(aes, true, aes->first_counter, out);
    xor_block(out, aes->tag);
    for (unsigned i = 0; i < 4; i++) {
        aes->out[i] = get_be(out + 4 * i);
    }
    aes->out_left = 4;
}

static void fire(void *context)
{
    struct soc_event *event = context;
    struct soc *soc = event->soc;
    unsigned n = event->instance;
    struct soc_aes *aes = &soc->aes[n];

    aes->busy = false;
    if (aes->fetching) { /* SAES after reset: its random word */
        aes->fetching = false;
        return;
    }
    if (starts_by_enable(aes)) {
        run_init(aes);
    } else if (chaining(aes) == CHAIN_CCM && phase(aes) == PHASE_FINAL) {
        run_ccm_final(aes);
    } else {
        run_block(soc, n);
    }
    aes->isr |= AES_ISR_CCF_Msk;
    update(soc, n);
}

/* SAES needs a random word after reset; BUSY stays until the RNG has delivered one. */
static void fetch_random(struct soc *soc)
{
    struct soc_aes *saes = &soc->aes[SAES_INSTANCE];

    if (saes->fetching && saes->done.event.due == SIM_NEVER && (soc->rng.sr & RNG_SR_DRDY_Msk)) {
        soc_after(soc, &saes->done, soc_periods_ps(16, soc_hclk_hz(soc)));
    }
}

/* ---- Keys ---- */

static bool key_valid(const struct soc_aes *aes)
{
    uint32_t all = (1u << key_words(aes)) - 1u;

    return (aes->key_written & all) == all;
}

/* The hardware unique key: one for all devices at RDP 0, else by the device's identity. */
static void derive_dhuk(const struct soc *soc, uint32_t key[8])
{
    uint32_t seed[4] = {0x4B554844u, 0, 0, 0};
    uint8_t digest[SHA256_DIGEST_LENGTH];

    if ((soc->flash.loaded.optr & 0xFFu) != 0xAAu) {
        memcpy(seed + 1, soc->config.nvm.unique_id, sizeof soc->config.nvm.unique_id);
    }
    SHA256((const uint8_t *)seed, sizeof seed, digest);
    for (unsigned i = 0; i < 8; i++) {
        key[i] = get_be(digest + 4 * i);
    }
}

static void load_key(struct soc *soc)
{
    struct soc_aes *saes = &soc->aes[SAES_INSTANCE];
    unsigned select = field(saes->cr, AES_CR_KEYSEL_Msk);
    uint32_t dhuk[8];

    derive_dhuk(soc, dhuk);
    saes->bhk_next = 0;
    saes->prepared = false;
    switch (select) {
    case KEYSEL_SOFTWARE:
        saes->key_written = 0;
        return;
    case KEYSEL_DHUK:
        memcpy(saes->key, dhuk, sizeof dhuk);
        break;
    case KEYSEL_BHK:
    case KEYSEL_BOTH: /* waits for the reads of the backup registers */
        saes->key_written = 0;
        return;
    case KEYSEL_TEST:
        memset(saes->key, 0xA5, sizeof saes->key);
        break;
    default:
        saes->isr |= AES_ISR_KEIF_Msk;
        saes->key_written = 0;
        return;
    }
    saes->key_written = 0xFFu;
}

/* Erratum 2.15.1: one read of each backup register in ascending order loads the boot hardware key.
 */
void soc_saes_backup_read(struct soc *soc, unsigned index, uint32_t value)
{
    struct soc_aes *saes = &soc->aes[SAES_INSTANCE];
    unsigned select = field(saes->cr, AES_CR_KEYSEL_Msk);
    uint32_t dhuk[8];

    if ((select != KEYSEL_BHK && select != KEYSEL_BOTH) || index >= 8) {
        return;
    }
    if (index != saes->bhk_next) {
        saes->isr |= AES_ISR_KEIF_Msk;
        saes->bhk_next = 0;
        update(soc, SAES_INSTANCE);
        return;
    }
    derive_dhuk(soc, dhuk);
    saes->key[index] = value ^ (select == KEYSEL_BOTH ? dhuk[index] : 0);
    saes->bhk_next = (uint8_t)(index + 1);
    if (saes->bhk_next == key_words(saes)) {
        saes->key_written = 0xFFu;
        saes->bhk_next = 0;
    }
}

static void write_key(struct soc *soc, unsigned n, unsigned index, uint32_t value)
{
    struct soc_aes *aes = &soc->aes[n];

    if ((aes->cr & AES_CR_EN_Msk) || (n == SAES_INSTANCE && (aes->cr & AES_CR_KEYSEL_Msk))) {
        return; /* protected while working; hardware keys are not overwritten */
    }
    if (key_valid(aes)) {
        aes->key_written = 0;
    }
    aes->key[index] = value;
    aes->key_written |= 1u << index;
    aes->prepared = false;
}

/* ---- Registers ---- */

static bool key_offset(uint32_t offset, unsigned *index)
{
    if (offset >= AES_KEYR0_OFS && offset <= AES_KEYR3_OFS) {
        *index = (offset - AES_KEYR0_OFS) / 4;
        return true;
    }
    *index = 4 + (offset - AES_KEYR4_OFS) / 4;
    return offset >= AES_KEYR4_OFS && offset <= AES_KEYR7_OFS;
}

static void clear(struct soc *soc, unsigned n)
{
    struct soc_aes *aes = &soc->aes[n];
    struct soc_event done;

    sched_cancel(soc->sched, &aes->done.event);
    done = aes->done;
    *aes = (struct soc_aes){.done = done};
    aes->fetching = n == SAES_INSTANCE;
}

static void write_cr(struct soc *soc, const struct soc_block *block, uint32_t value)
{
    unsigned n = block->instance;
    struct soc_aes *aes = &soc->aes[n];
    uint32_t before = aes->cr;
    bool enabled_now = value & ~before & AES_CR_EN_Msk;
    bool final_now;

    if (value & AES_CR_IPRST_Msk) {
        clear(soc, n);
        aes->fetching = false;
        aes->cr = AES_CR_IPRST_Msk;
        return;
    }
    if ((value ^ before) & AES_CR_KEYSIZE_Msk) {
        aes->key_written = 0;
    }
    aes->cr = value & (n == SAES_INSTANCE ? 0x7FFFFE7Fu : 0x03FFFE7Fu);
    aes->cr &= n == SAES_INSTANCE ? ~(AES_CR_GCMPH_Msk | AES_CR_NPBLB_Msk | 0x10040u) : ~0u;
    aes->cr |= n == SAES_INSTANCE ? value & AES_CR_KEYSIZE_Msk : 0;
    if (n == SAES_INSTANCE && ((value ^ before) & (AES_CR_KEYSEL_Msk | AES_CR_KEYSIZE_Msk))) {
        load_key(soc);
    }
    if (!(value & AES_CR_EN_Msk)) {
        aes->in_count = aes->out_left = 0;
        aes->unwrapped = 0;
        if (!aes->fetching) {
            sched_cancel(soc->sched, &aes->done.event);
            aes->busy = false;
        }
        return;
    }
    final_now = chaining(aes) == CHAIN_CCM && phase(aes) == PHASE_FINAL &&
                (enabled_now || ((before ^ value) & AES_CR_GCMPH_Msk));
    if (enabled_now && !key_valid(aes)) {
        soc_guest_error(soc, block->base + 0x380, "%s enabled without a valid key", block->name);
    }
    if ((enabled_now && starts_by_enable(aes)) || final_now) {
        begin(soc, n);
    }
}

static void write_data(struct soc *soc, const struct soc_block *block, uint32_t value)
{
    struct soc_aes *aes = &soc->aes[block->instance];

    if (!(aes->cr & AES_CR_EN_Msk)) {
        soc_guest_error(soc, block->base + 0x381, "%s: DINR written with EN = 0", block->name);
        return;
    }
    if (aes->busy) {
        aes->sr |= AES_SR_WRERR_Msk;
        aes->isr |= AES_ISR_RWEIF_Msk;
        return;
    }
    aes->in[aes->in_count++] = value;
    if (aes->in_count == 4) {
        begin(soc, block->instance);
    }
}

static uint32_t read_data(struct soc *soc, unsigned n)
{
    struct soc_aes *aes = &soc->aes[n];

    if (aes->busy) {
        aes->sr |= AES_SR_RDERR_Msk;
        aes->isr |= AES_ISR_RWEIF_Msk;
        update(soc, n);
        return 0;
    }
    if (aes->out_left == 0) {
        return 0;
    }
    aes->out_left--;
    update(soc, n);
    return aes->out[3 - aes->out_left];
}

static uint32_t status(struct soc *soc, unsigned n)
{
    const struct soc_aes *aes = &soc->aes[n];

    if (n == SAES_INSTANCE) {
        fetch_random(soc);
    }
    return aes->sr | (aes->isr & AES_ISR_CCF_Msk) |
           (aes->busy || aes->fetching ? AES_SR_BUSY_Msk : 0) |
           (key_valid(aes) ? AES_SR_KEYVALID_Msk : 0);
}

READER(aes)
{
    struct soc_aes *aes = &soc->aes[block->instance];
    unsigned index;

    (void)access;
    if (key_offset(offset, &index)) {
        return 0; /* write-only */
    }
    if (offset >= AES_IVR0_OFS && offset <= AES_IVR3_OFS) {
        return aes->iv[(offset - AES_IVR0_OFS) / 4];
    }
    switch (offset) {
    case AES_CR_OFS:
        return aes->cr;
    case AES_SR_OFS:
        return status(soc, block->instance);
    case AES_DOUTR_OFS:
        return read_data(soc, block->instance);
    case AES_DINR_OFS:
    case AES_ICR_OFS:
        return 0;
    case AES_IER_OFS:
        return aes->ier;
    case AES_ISR_OFS:
        return aes->isr;
    default:
        return soc_stored_read(soc, block, offset);
    }
}

WRITER(aes)
{
    struct soc_aes *aes = &soc->aes[block->instance];
    unsigned index;

    (void)access;
    if (key_offset(offset, &index)) {
        write_key(soc, block->instance, index, value);
        return;
    }
    if (offset >= AES_IVR0_OFS && offset <= AES_IVR3_OFS) {
        if (!(aes->cr & AES_CR_EN_Msk)) {
            aes->iv[(offset - AES_IVR0_OFS) / 4] = value;
        }
        return;
    }
    switch (offset) {
    case AES_CR_OFS:
        write_cr(soc, block, value);
        break;
    case AES_DINR_OFS:
        write_data(soc, block, value);
        break;
    case AES_IER_OFS:
        aes->ier = value & (7u | (block->instance == SAES_INSTANCE ? ISR_RNGEIF : 0));
        break;
    case AES_ICR_OFS:
        aes->isr &= ~value;
        if (value & AES_ICR_RWEIF_Msk) {
            aes->sr &= ~(AES_SR_RDERR_Msk | AES_SR_WRERR_Msk);
        }
        break;
    case AES_SR_OFS:
    case AES_DOUTR_OFS:
    case AES_ISR_OFS:
        break;
    default:
        soc_stored_write(soc, block, offset, value);
        break;
    }
    update(soc, block->instance);
}

RESETTER(aes)
{
    clear(soc, block->instance);
    update(soc, block->instance);
}

/* A tamper event takes the keys away. */
void soc_aes_tampered(struct soc *soc)
{
    for (unsigned n = 0; n < 2; n++) {
        struct soc_aes *aes = &soc->aes[n];

        memset(aes->key, 0, sizeof aes->key);
        memset(aes->next_key, 0, sizeof aes->next_key);
        aes->key_written = 0;
        aes->prepared = false;
        if (n == SAES_INSTANCE) {
            aes->isr |= AES_ISR_KEIF_Msk;
        }
        update(soc, n);
    }
}

void soc_aes_init(struct soc *soc)
{
    soc_event_init(&soc->aes[0].done, soc, 0, fire);
    soc_event_init(&soc->aes[1].done, soc, 1, fire);
}
