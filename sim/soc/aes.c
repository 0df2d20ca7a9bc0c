/* AES (ECB, CBC, CTR, GCM, CCM) and SAES (ECB, CBC, hardware keys) block by block (RM0456 chapters
 * 49 and 50). The cipher itself is libcrypto's; chaining is done here, because software sees it
 * between blocks. Keys are aes_keys.c's.
 *
 * Invariant: key bytes and blocks are kept most significant byte first, as FIPS 197 writes them.
 */
#include "soc/aes.h"

#include <assert.h>
#include <string.h>

#include <openssl/evp.h>

enum { CHAIN_ECB = 0, CHAIN_CBC = 1, CHAIN_CTR = 2, CHAIN_GCM = 3, CHAIN_CCM = 4 };
enum { PHASE_INIT = 0, PHASE_HEADER = 1, PHASE_PAYLOAD = 2, PHASE_FINAL = 3 };

#define ISR_RNGEIF 0x8u
#define DPACFGR    0x100u /* of SAES; its reset value is 8 */

static unsigned chaining(const struct soc_aes *aes)
{
    return ((aes->cr >> 5) & 3u) | ((aes->cr >> 16) & 1u) << 2;
}

static unsigned mode(const struct soc_aes *aes)
{
    return aes_field(aes->cr, AES_CR_MODE_Msk);
}

static unsigned phase(const struct soc_aes *aes)
{
    return aes_field(aes->cr, AES_CR_GCMPH_Msk);
}

void aes_update(struct soc *soc, unsigned n)
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

static void key_bytes(const struct soc_aes *aes, uint8_t key[32])
{
    unsigned words = aes_key_words(aes);

    for (unsigned i = 0; i < words; i++) {
        put_be(key + 4 * i, aes->key[words - 1 - i]);
    }
}

static void cipher(const struct soc_aes *aes, bool encrypt, const uint8_t in[AES_BLOCK],
                   uint8_t out[AES_BLOCK])
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    uint8_t key[32];
    int size = 0;
    bool ok;

    key_bytes(aes, key);
    ok = context != NULL &&
         EVP_CipherInit_ex(context, aes_key_words(aes) == 8 ? EVP_aes_256_ecb() : EVP_aes_128_ecb(),
                           NULL, key, NULL, encrypt) == 1 &&
         EVP_CIPHER_CTX_set_padding(context, 0) == 1 &&
         EVP_CipherUpdate(context, out, &size, in, (int)AES_BLOCK) == 1;
    assert(ok && size == (int)AES_BLOCK);
    if (!ok) { /* no memory, in a build without assertions */
        memset(out, 0, AES_BLOCK);
    }
    EVP_CIPHER_CTX_free(context);
}

static void xor_block(uint8_t *to, const uint8_t *with)
{
    for (unsigned i = 0; i < AES_BLOCK; i++) {
        to[i] ^= with[i];
    }
}

static void iv_get(const struct soc_aes *aes, uint8_t iv[AES_BLOCK])
{
    for (unsigned i = 0; i < 4; i++) {
        put_be(iv + 4 * i, aes->iv[3 - i]);
    }
}

static void iv_put(struct soc_aes *aes, const uint8_t iv[AES_BLOCK])
{
    for (unsigned i = 0; i < 4; i++) {
        aes->iv[3 - i] = aes_get_be(iv + 4 * i);
    }
}

/* Multiplication in GF(2^128) with the bit order of NIST SP 800-38D, 6.3. */
static void ghash_multiply(uint8_t x[AES_BLOCK], const uint8_t h[AES_BLOCK])
{
    uint8_t z[AES_BLOCK] = {0}, v[AES_BLOCK];

    memcpy(v, h, AES_BLOCK);
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
    memcpy(x, z, AES_BLOCK);
}

/* ---- Chaining modes ---- */

/* Encrypts the counter block in IVR and counts up its last word. */
static void keystream(struct soc_aes *aes, uint8_t stream[AES_BLOCK])
{
    uint8_t counter[AES_BLOCK];

    iv_get(aes, counter);
    cipher(aes, true, counter, stream);
    aes->iv[0]++;
}

static void clear_tail(const struct soc_aes *aes, uint8_t block[AES_BLOCK])
{
    unsigned unused = aes_field(aes->cr, AES_CR_NPBLB_Msk);

    memset(&block[AES_BLOCK - unused], 0, unused);
}

static void gcm_block(struct soc_aes *aes, const uint8_t in[AES_BLOCK], uint8_t out[AES_BLOCK])
{
    uint8_t text[AES_BLOCK];

    memset(out, 0, AES_BLOCK);
    switch (phase(aes)) {
    case PHASE_HEADER:
        xor_block(aes->tag, in);
        ghash_multiply(aes->tag, aes->hash_key);
        break;
    case PHASE_PAYLOAD:
        keystream(aes, out);
        xor_block(out, in);
        memcpy(text, mode(aes) == MODE_ENCRYPT ? out : in, AES_BLOCK);
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

static void ccm_block(struct soc_aes *aes, const uint8_t in[AES_BLOCK], uint8_t out[AES_BLOCK])
{
    uint8_t text[AES_BLOCK];

    memset(out, 0, AES_BLOCK);
    memcpy(text, in, AES_BLOCK);
    if (phase(aes) == PHASE_PAYLOAD) {
        keystream(aes, out);
        xor_block(out, in);
        if (mode(aes) == MODE_DECRYPT) {
            memcpy(text, out, AES_BLOCK);
            clear_tail(aes, text);
        }
    }
    xor_block(aes->tag, text);
    cipher(aes, true, aes->tag, aes->tag);
}

static void basic_block(struct soc *soc, unsigned n, const uint8_t in[AES_BLOCK],
                        uint8_t out[AES_BLOCK])
{
    struct soc_aes *aes = &soc->aes[n];
    bool encrypt = mode(aes) == MODE_ENCRYPT;
    uint8_t iv[AES_BLOCK];

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
    uint8_t b0[AES_BLOCK];
    unsigned length_bytes;

    iv_get(aes, b0);
    cipher(aes, true, b0, aes->tag);
    b0[0] &= 7u;
    length_bytes = b0[0] + 1u;
    memset(b0 + AES_BLOCK - length_bytes, 0, length_bytes);
    memcpy(aes->first_counter, b0, AES_BLOCK);
    iv_put(aes, b0);
    aes->iv[0]++;
}

static void gcm_init(struct soc_aes *aes)
{
    static const uint8_t zero[AES_BLOCK];

    cipher(aes, true, zero, aes->hash_key);
    memset(aes->tag, 0, AES_BLOCK);
    iv_get(aes, aes->first_counter);
    put_be(aes->first_counter + 12, aes->iv[0] - 1); /* software gives the counter as 2 */
}

/* ---- Progress ---- */

/* Cycles of one block (RM0456 tables of processing time; SAES runs on SHSI and is slower). */
static void begin(struct soc *soc, unsigned n)
{
    struct soc_aes *aes = &soc->aes[n];
    bool long_key = aes_key_words(aes) == 8;
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

    switch (aes_field(aes->cr, AES_CR_DATATYPE_Msk)) {
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

static void run_block(struct soc *soc, unsigned n)
{
    struct soc_aes *aes = &soc->aes[n];
    uint8_t in[AES_BLOCK], out[AES_BLOCK];

    for (unsigned i = 0; i < 4; i++) {
        put_be(in + 4 * i, swap(aes, aes->in[i]));
    }
    if (chaining(aes) == CHAIN_GCM && aes->resumed) {
        static const uint8_t zero[AES_BLOCK];

        cipher(aes, true, zero, aes->hash_key);
        aes->resumed = false;
    }
    if (chaining(aes) == CHAIN_GCM) {
        gcm_block(aes, in, out);
    } else if (chaining(aes) == CHAIN_CCM) {
        ccm_block(aes, in, out);
    } else {
        basic_block(soc, n, in, out);
    }
    aes->in_count = 0;
    if (n == SAES_INSTANCE && aes_field(aes->cr, AES_CR_KMOD_Msk) != KMOD_NORMAL &&
        mode(aes) == MODE_DECRYPT) {
        aes_unwrap(aes, out);
        memset(out, 0, AES_BLOCK);
    }
    for (unsigned i = 0; i < 4; i++) {
        aes->out[i] = swap(aes, aes_get_be(out + 4 * i));
    }
    aes->out_left = chaining(aes) >= CHAIN_GCM && phase(aes) == PHASE_HEADER ? 0 : 4;
}

static void run_ccm_final(struct soc_aes *aes)
{
    uint8_t out[AES_BLOCK];

    cipher(aes, true, aes->first_counter, out);
    xor_block(out, aes->tag);
    for (unsigned i = 0; i < 4; i++) {
        aes->out[i] = aes_get_be(out + 4 * i);
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
    aes_update(soc, n);
}

/* SAES needs a random word after reset; BUSY stays until the RNG has delivered one. */
static void fetch_random(struct soc *soc)
{
    struct soc_aes *saes = &soc->aes[SAES_INSTANCE];

    if (saes->fetching && saes->done.event.due == SIM_NEVER && (soc->rng.sr & RNG_SR_DRDY_Msk)) {
        soc_after(soc, &saes->done, soc_periods_ps(16, soc_hclk_hz(soc)));
    }
}

/* ---- Suspension (RM0456 49.4.8) ---- */

static bool suspend_offset(uint32_t offset)
{
    return offset >= AES_SUSP0R_OFS && offset <= AES_SUSP7R_OFS;
}

/* GCM and CCM: the tag so far and the first counter block; the hash key follows from the key. */
static uint32_t read_suspended(const struct soc_aes *aes, unsigned index)
{
    if (!(aes->cr & AES_CR_EN_Msk) || chaining(aes) < CHAIN_GCM) {
        return 0;
    }
    return aes_get_be(index < 4 ? aes->tag + 4 * index : aes->first_counter + 4 * (index - 4));
}

static void write_suspended(struct soc_aes *aes, unsigned index, uint32_t value)
{
    put_be(index < 4 ? aes->tag + 4 * index : aes->first_counter + 4 * (index - 4), value);
    aes->resumed = true;
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
    aes->dpacfgr = 8u;
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
        aes_load_key(soc);
    } else if (n == 0 && aes_field(value, AES_CR_KMOD_Msk) == KMOD_SHARED &&
               ((value ^ before) & (AES_CR_KMOD_Msk | AES_CR_KEYSIZE_Msk))) {
        aes_take_shared(soc);
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
    if (enabled_now && !aes_key_valid(aes)) {
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
        aes_update(soc, n);
        return 0;
    }
    if (aes->out_left == 0) {
        return 0;
    }
    aes->out_left--;
    aes_update(soc, n);
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
           (aes_key_valid(aes) ? AES_SR_KEYVALID_Msk : 0);
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
    if (suspend_offset(offset) && block->instance == 0) {
        return read_suspended(aes, (offset - AES_SUSP0R_OFS) / 4);
    }
    if (offset == DPACFGR && block->instance == SAES_INSTANCE) {
        return aes->dpacfgr;
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
        aes_write_key(soc, block->instance, index, value);
        return;
    }
    if (offset >= AES_IVR0_OFS && offset <= AES_IVR3_OFS) {
        if (!(aes->cr & AES_CR_EN_Msk)) {
            aes->iv[(offset - AES_IVR0_OFS) / 4] = value;
        }
        return;
    }
    if (suspend_offset(offset) && block->instance == 0) {
        write_suspended(aes, (offset - AES_SUSP0R_OFS) / 4, value);
        return;
    }
    if (offset == DPACFGR && block->instance == SAES_INSTANCE) {
        aes->dpacfgr = value;
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
    aes_update(soc, block->instance);
}

RESETTER(aes)
{
    clear(soc, block->instance);
    aes_update(soc, block->instance);
}

void soc_aes_init(struct soc *soc)
{
    soc_event_init(&soc->aes[0].done, soc, 0, fire);
    soc_event_init(&soc->aes[1].done, soc, 1, fire);
}
