/* HASH: SHA-1, MD5, SHA-224, SHA-256 and HMAC as the processor sees them, by words or by DMA, with
 * contexts saved and restored (RM0456 chapter 51). Only the last block of a message takes time that
 * software can see; how a context is laid out in the CSR registers is the model's own.
 */
#include "soc/soc_state.h"

#include <string.h>

#define HASH_HR_FULL 0x310u

#define BLOCK_CYCLES 82u
#define IPAD         0x36363636u
#define OPAD         0x5C5C5C5Cu

enum { HMAC_KEY, HMAC_MESSAGE, HMAC_OUTER_KEY };
enum { ALGO_SHA1 = 0, ALGO_MD5 = 1, ALGO_SHA224 = 2, ALGO_SHA256 = 3 };

static unsigned algorithm(const struct soc_hash *hash)
{
    return (hash->cr & HASH_CR_ALGO_Msk) >> HASH_CR_ALGO_Pos;
}

static uint32_t rol(uint32_t x, unsigned n)
{
    return x << n | x >> (32 - n);
}

static void sha1_block(uint32_t h[8], const uint32_t block[16])
{
    uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];

    memcpy(w, block, 64);
    for (unsigned i = 16; i < 80; i++) {
        w[i] = rol(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    }
    for (unsigned i = 0; i < 80; i++) {
        uint32_t f = i < 20   ? (b & c) | (~b & d)
                     : i < 40 ? b ^ c ^ d
                     : i < 60 ? (b & c) | (b & d) | (c & d)
                              : b ^ c ^ d;
        uint32_t k = i < 20   ? 0x5A827999u
                     : i < 40 ? 0x6ED9EBA1u
                     : i < 60 ? 0x8F1BBCDCu
                              : 0xCA62C1D6u;
        uint32_t t = rol(a, 5) + f + e + k + w[i];

        e = d;
        d = c;
        c = rol(b, 30);
        b = a;
        a = t;
    }
    h[0] += a;
    h[1] += b;
    h[2] += c;
    h[3] += d;
    h[4] += e;
}

static const uint32_t md5_k[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};

/* The block is kept in the big-endian words of the SHA algorithms. */
static void md5_block(uint32_t h[8], const uint32_t block[16])
{
    static const uint8_t shifts[4][4] = {
        {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
    uint32_t a = h[0], b = h[1], c = h[2], d = h[3];

    for (unsigned i = 0; i < 64; i++) {
        unsigned round = i / 16;
        uint32_t f = round == 0   ? (b & c) | (~b & d)
                     : round == 1 ? (d & b) | (~d & c)
                     : round == 2 ? b ^ c ^ d
                                  : c ^ (b | ~d);
        unsigned g = round == 0   ? i
                     : round == 1 ? (5 * i + 1) % 16
                     : round == 2 ? (3 * i + 5) % 16
                                  : 7 * i % 16;
        uint32_t t = a + f + md5_k[i] + __builtin_bswap32(block[g]);

        a = d;
        d = c;
        c = b;
        b += rol(t, shifts[round][i % 4]);
    }
    h[0] += a;
    h[1] += b;
    h[2] += c;
    h[3] += d;
}

static const uint32_t sha256_k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static void sha256_block(uint32_t h[8], const uint32_t block[16])
{
    uint32_t w[64], s[8];

    memcpy(w, block, 64);
    memcpy(s, h, sizeof s);
    for (unsigned i = 16; i < 64; i++) {
        uint32_t a = w[i - 15], b = w[i - 2];

        w[i] = w[i - 16] + (rol(a, 25) ^ rol(a, 14) ^ a >> 3) + w[i - 7] +
               (rol(b, 15) ^ rol(b, 13) ^ b >> 10);
    }
    for (unsigned i = 0; i < 64; i++) {
        uint32_t t1 = s[7] + (rol(s[4], 26) ^ rol(s[4], 21) ^ rol(s[4], 7)) +
                      ((s[4] & s[5]) ^ (~s[4] & s[6])) + sha256_k[i] + w[i];
        uint32_t t2 = (rol(s[0], 30) ^ rol(s[0], 19) ^ rol(s[0], 10)) +
                      ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));

        memmove(s + 1, s, 7 * sizeof s[0]);
        s[4] += t1;
        s[0] = t1 + t2;
    }
    for (unsigned i = 0; i < 8; i++) {
        h[i] += s[i];
    }
}

/* The chaining value of an empty message. */
static void begin(struct soc_hash *hash)
{
    static const uint32_t start[4][8] = {
        {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0, 0, 0, 0},
        {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0, 0, 0, 0},
        {0xc1059ed8, 0x367cd507, 0x3070dd17, 0xf70e5939, 0xffc00b31, 0x68581511, 0x64f98fa7,
         0xbefa4fa4},
        {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab,
         0x5be0cd19},
    };

    memcpy(hash->h, start[algorithm(hash)], sizeof hash->h);
    hash->words = 0;
    hash->length_bits = 0;
    hash->first = true;
}

static bool hmac(const struct soc_hash *hash)
{
    return (hash->cr & HASH_CR_MODE_Msk) != 0;
}

/* DATATYPE: how the input word is swapped before it enters the big-endian message block. */
static uint32_t swap(const struct soc_hash *hash, uint32_t word)
{
    uint32_t out = 0;

    switch ((hash->cr & HASH_CR_DATATYPE_Msk) >> HASH_CR_DATATYPE_Pos) {
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

static void process(struct soc_hash *hash)
{
    switch (algorithm(hash)) {
    case ALGO_SHA1:
        sha1_block(hash->h, hash->block);
        break;
    case ALGO_MD5:
        md5_block(hash->h, hash->block);
        break;
    default:
        sha256_block(hash->h, hash->block);
        break;
    }
    hash->words = 0;
}

static void add(struct soc_hash *hash, uint32_t word)
{
    if (hash->words == 16) {
        process(hash);
        hash->first = false;
    }
    hash->block[hash->words++] = word;
    hash->length_bits += 32;
}

/* Padding and length; the chaining value is the digest then. `last_bits`: valid ones of the last
 * word, 0: all. */
static void finish_message(struct soc_hash *hash, uint32_t last_bits)
{
    uint64_t length = hash->length_bits;

    if (last_bits != 0 && hash->words > 0) {
        length -= 32 - last_bits;
        /* Bits after the valid ones are cleared and the padding bit follows them. */
        hash->block[hash->words - 1] &= ~(0xFFFFFFFFu >> last_bits);
        hash->block[hash->words - 1] |= 0x80000000u >> last_bits;
    } else {
        if (hash->words == 16) {
            process(hash);
        }
        hash->block[hash->words++] = 0x80000000u;
    }
    if (hash->words > 14) {
        while (hash->words < 16) {
            hash->block[hash->words++] = 0;
        }
        process(hash);
    }
    while (hash->words < 14) {
        hash->block[hash->words++] = 0;
    }
    hash->block[14] = (uint32_t)(length >> 32);
    hash->block[15] = (uint32_t)length;
    if (algorithm(hash) == ALGO_MD5) { /* counts bytes the other way round */
        hash->block[14] = __builtin_bswap32((uint32_t)length);
        hash->block[15] = __builtin_bswap32((uint32_t)(length >> 32));
    }
    process(hash);
}

static unsigned digest_words(const struct soc_hash *hash)
{
    static const uint8_t words[4] = {5, 4, 7, 8};

    return words[algorithm(hash)];
}

/* The words of a digest as bytes of a following message: MD5's are little-endian. */
static uint32_t digest_word(const struct soc_hash *hash, uint32_t word)
{
    return algorithm(hash) == ALGO_MD5 ? __builtin_bswap32(word) : word;
}

/* A key of at most 64 bytes as it is, a longer one (LKEY) by its digest; then one block of it. */
static void pad_key(struct soc_hash *hash, uint32_t last_bits, uint32_t pad)
{
    uint32_t key[16] = {0};

    if (hash->cr & HASH_CR_LKEY_Msk) {
        finish_message(hash, last_bits);
        for (unsigned i = 0; i < digest_words(hash); i++) {
            key[i] = digest_word(hash, hash->h[i]);
        }
    } else {
        memcpy(key, hash->block, 4 * (size_t)hash->words);
        if (last_bits != 0 && hash->words > 0) {
            key[hash->words - 1] &= ~(0xFFFFFFFFu >> last_bits);
        }
    }
    begin(hash);
    for (unsigned i = 0; i < 16; i++) {
        add(hash, key[i] ^ pad);
    }
    process(hash);
    hash->first = true;
}

static void publish(struct soc *soc)
{
    struct soc_hash *hash = &soc->hash;

    for (unsigned i = 0; i < 8; i++) {
        hash->hr[i] = digest_word(hash, hash->h[i]);
    }
    hash->sr = (hash->sr & ~HASH_SR_DINIS_Msk) | HASH_SR_BUSY_Msk;
    soc_after(soc, &hash->done, soc_periods_ps(BLOCK_CYCLES, soc_hclk_hz(soc)));
}

/* DCAL: the end of the message, or of one of the three inputs of an HMAC. */
static void last_word_is_in(struct soc *soc, uint32_t last_bits)
{
    struct soc_hash *hash = &soc->hash;

    if (!hmac(hash)) {
        finish_message(hash, last_bits);
        publish(soc);
        return;
    }
    switch (hash->hmac_phase) {
    case HMAC_KEY:
        pad_key(hash, last_bits, IPAD);
        hash->hmac_phase = HMAC_MESSAGE;
        hash->sr |= HASH_SR_DINIS_Msk;
        break;
    case HMAC_MESSAGE:
        finish_message(hash, last_bits);
        memcpy(hash->inner, hash->h, sizeof hash->inner);
        begin(hash);
        hash->hmac_phase = HMAC_OUTER_KEY;
        hash->sr |= HASH_SR_DINIS_Msk;
        break;
    default:
        pad_key(hash, last_bits, OPAD);
        for (unsigned i = 0; i < digest_words(hash); i++) {
            add(hash, digest_word(hash, hash->inner[i]));
        }
        finish_message(hash, 0);
        hash->hmac_phase = HMAC_KEY;
        publish(soc);
        break;
    }
}

static void update(struct soc *soc)
{
    soc_irq(soc, IRQ_HASH, (soc->hash.sr & soc->hash.imr & 3u) != 0);
    if (soc_hash_dma_request(soc)) {
        soc_dma_poke(soc);
    }
}

static void done_fire(void *context)
{
    struct soc *soc = ((struct soc_event *)context)->soc;

    soc->hash.sr = (soc->hash.sr & ~HASH_SR_BUSY_Msk) | HASH_SR_DCIS_Msk | HASH_SR_DINIS_Msk;
    update(soc);
}

void soc_hash_init(struct soc *soc)
{
    soc_event_init(&soc->hash.done, soc, 0, done_fire);
}

/* ---- DMA ---- */

bool soc_hash_dma_request(const struct soc *soc)
{
    return (soc->hash.cr & HASH_CR_DMAE_Msk) && !(soc->hash.sr & HASH_SR_BUSY_Msk);
}

/* The last word of a DMA transfer starts the digest, unless more transfers follow (MDMAT). */
void soc_hash_dma_done(struct soc *soc)
{
    struct soc_hash *hash = &soc->hash;

    if ((hash->cr & HASH_CR_DMAE_Msk) && !(hash->cr & HASH_CR_MDMAT_Msk)) {
        hash->cr &= ~HASH_CR_DMAE_Msk;
        last_word_is_in(soc, hash->str & HASH_STR_NBLW_Msk);
        update(soc);
    }
}

/* ---- Contexts ---- */

enum { CSR_CONTROL, CSR_LENGTH, CSR_H = 3, CSR_BLOCK = 11, CSR_INNER = 27, CSR_USED = 35 };
#define CONTROL_RESET 2u

static uint32_t read_context(const struct soc_hash *hash, unsigned index)
{
    if (index == CSR_CONTROL) {
        return CONTROL_RESET | hash->words << 8 | (hash->first ? 0 : 1u << 16) |
               (uint32_t)hash->hmac_phase << 20;
    }
    if (index < CSR_H) {
        return (uint32_t)(hash->length_bits >> (32 * (index - CSR_LENGTH)));
    }
    if (index < CSR_BLOCK) {
        return hash->started ? hash->h[index - CSR_H] : 0;
    }
    if (index < CSR_INNER) {
        return hash->block[index - CSR_BLOCK];
    }
    return index < CSR_USED ? hash->inner[index - CSR_INNER] : hash->csr[index];
}

static void write_context(struct soc_hash *hash, unsigned index, uint32_t value)
{
    if (index == CSR_CONTROL) {
        hash->words = (value >> 8) & 31u;
        hash->words = hash->words > 16 ? 16 : hash->words;
        hash->first = !((value >> 16) & 1u);
        hash->hmac_phase = (uint8_t)((value >> 20) & 3u);
    } else if (index < CSR_H) {
        unsigned shift = 32 * (index - CSR_LENGTH);

        hash->length_bits = (hash->length_bits & ~(UINT64_C(0xFFFFFFFF) << shift)) | (uint64_t)value
                                                                                         << shift;
    } else if (index < CSR_BLOCK) {
        hash->h[index - CSR_H] = value;
    } else if (index < CSR_INNER) {
        hash->block[index - CSR_BLOCK] = value;
    } else if (index < CSR_USED) {
        hash->inner[index - CSR_INNER] = value;
    } else {
        hash->csr[index] = value;
    }
}

/* ---- Registers ---- */

static uint32_t status(const struct soc_hash *hash)
{
    uint32_t expected = hash->first ? 17u - hash->words : 16u - hash->words % 16u;

    if (!hash->started) {
        return hash->sr;
    }
    return (hash->sr & 0xFu) | (hash->cr & HASH_CR_DMAE_Msk ? HASH_SR_DMAS_Msk : 0) |
           (hash->words != 0 ? HASH_SR_DINNE_Msk : 0) | hash->words << HASH_SR_NBWP_Pos |
           expected << HASH_SR_NBWE_Pos;
}

READER(hash)
{
    struct soc_hash *hash = &soc->hash;
    bool ready = !(hash->sr & HASH_SR_BUSY_Msk);

    (void)access;
    if (offset >= HASH_HR_OFS && offset < HASH_HR_OFS + 20) {
        return ready ? hash->hr[(offset - HASH_HR_OFS) / 4] : 0;
    }
    if (offset >= HASH_HR_FULL && offset < HASH_HR_FULL + 32) {
        return ready ? hash->hr[(offset - HASH_HR_FULL) / 4] : 0;
    }
    if (offset >= HASH_CSR_OFS && offset < HASH_CSR_OFS + sizeof hash->csr) {
        return read_context(hash, (offset - HASH_CSR_OFS) / 4);
    }
    switch (offset) {
    case HASH_CR_OFS:
        return hash->cr | (hash->words != 0 ? HASH_CR_DINNE_Msk : 0);
    case HASH_DIN_OFS:
        return 0;
    case HASH_STR_OFS:
        return hash->str;
    case HASH_IMR_OFS:
        return hash->imr;
    case HASH_SR_OFS:
        return status(hash);
    default:
        return soc_stored_read(soc, block, offset);
    }
}

static void write_cr(struct soc *soc, uint32_t value)
{
    struct soc_hash *hash = &soc->hash;

    hash->cr = value & (HASH_CR_DMAE_Msk | HASH_CR_DATATYPE_Msk | HASH_CR_MODE_Msk |
                        HASH_CR_MDMAT_Msk | HASH_CR_LKEY_Msk | HASH_CR_ALGO_Msk);
    if (value & HASH_CR_INIT_Msk) {
        sched_cancel(soc->sched, &hash->done.event);
        begin(hash);
        hash->hmac_phase = HMAC_KEY;
        hash->sr = HASH_SR_DINIS_Msk;
        hash->started = false;
    }
}

WRITER(hash)
{
    struct soc_hash *hash = &soc->hash;

    (void)access;
    switch (offset) {
    case HASH_CR_OFS:
        write_cr(soc, value);
        break;
    case HASH_DIN_OFS:
        hash->started = true;
        add(hash, swap(hash, value));
        break;
    case HASH_STR_OFS:
        hash->str = value & HASH_STR_NBLW_Msk;
        if (value & HASH_STR_DCAL_Msk) {
            hash->started = true;
            last_word_is_in(soc, hash->str);
        }
        break;
    case HASH_IMR_OFS:
        hash->imr = value & 3u;
        break;
    case HASH_SR_OFS: /* DINIS, DCIS: write 0 clears */
        hash->sr &= value | ~(HASH_SR_DINIS_Msk | HASH_SR_DCIS_Msk);
        break;
    default:
        if (offset >= HASH_CSR_OFS && offset < HASH_CSR_OFS + sizeof hash->csr) {
            hash->started = true;
            write_context(hash, (offset - HASH_CSR_OFS) / 4, value);
        } else {
            soc_stored_write(soc, block, offset, value);
        }
        break;
    }
    update(soc);
}

RESETTER(hash)
{
    struct soc_event done;

    (void)block;
    sched_cancel(soc->sched, &soc->hash.done.event);
    done = soc->hash.done;
    soc->hash = (struct soc_hash){.sr = HASH_SR_DINIS_Msk, .first = true, .done = done};
    update(soc);
}
