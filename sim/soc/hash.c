/* HASH: SHA-1, SHA-224 and SHA-256 as the processor sees them (RM0456 chapter 51). HMAC, MD5 and
 * DMA are not modelled. A block takes no time here; BUSY is never seen.
 */
#include "soc/soc_state.h"

#include <string.h>

#define HASH_HR_FULL 0x310u

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

static void init(struct soc_hash *hash)
{
    static const uint32_t start[4][8] = {
        {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0, 0, 0, 0},
        {0},
        {0xc1059ed8, 0x367cd507, 0x3070dd17, 0xf70e5939, 0xffc00b31, 0x68581511, 0x64f98fa7,
         0xbefa4fa4},
        {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab,
         0x5be0cd19},
    };

    memcpy(hash->h, start[algorithm(hash)], sizeof hash->h);
    hash->words = 0;
    hash->length_bits = 0;
    hash->first = true;
    hash->sr = HASH_SR_DINIS_Msk;
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
    if (algorithm(hash) == ALGO_SHA1) {
        sha1_block(hash->h, hash->block);
    } else {
        sha256_block(hash->h, hash->block);
    }
    hash->words = 0;
}

/* The unit works on the first block only when the 17th word shows that it is not the last. */
static void feed(struct soc_hash *hash, uint32_t word)
{
    if (hash->words == 16) {
        process(hash);
        hash->first = false;
    }
    hash->block[hash->words++] = swap(hash, word);
    hash->length_bits += 32;
}

static void finish(struct soc *soc, uint32_t last_bits)
{
    struct soc_hash *hash = &soc->hash;
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
    process(hash);
    memcpy(hash->hr, hash->h, sizeof hash->hr);
    hash->sr |= HASH_SR_DCIS_Msk | HASH_SR_DINIS_Msk;
}

static void update_irq(struct soc *soc)
{
    soc_irq(soc, IRQ_HASH, (soc->hash.sr & soc->hash.imr & 3u) != 0);
}

static uint32_t status(const struct soc_hash *hash)
{
    uint32_t expected = hash->first ? 17u - hash->words : 16u - hash->words % 16u;

    return (hash->sr & 0xFu) | (hash->words != 0 ? HASH_SR_DINNE_Msk : 0) |
           hash->words << HASH_SR_NBWP_Pos | expected << HASH_SR_NBWE_Pos;
}

READER(hash)
{
    struct soc_hash *hash = &soc->hash;

    (void)access;
    if (offset >= HASH_HR_OFS && offset < HASH_HR_OFS + 20) {
        return hash->hr[(offset - HASH_HR_OFS) / 4];
    }
    if (offset >= HASH_HR_FULL && offset < HASH_HR_FULL + 32) {
        return hash->hr[(offset - HASH_HR_FULL) / 4];
    }
    if (offset >= HASH_CSR_OFS && offset < HASH_CSR_OFS + sizeof hash->csr) {
        soc_not_modelled(soc, HASH_NS + HASH_CSR_OFS, "HASH context registers");
        return hash->csr[(offset - HASH_CSR_OFS) / 4];
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
        return hash->words == 0 && !(hash->sr & HASH_SR_DCIS_Msk) && hash->length_bits == 0
                   ? hash->sr
                   : status(hash);
    default:
        return soc_stored_read(soc, block, offset);
    }
}

static void write_cr(struct soc *soc, uint32_t value)
{
    struct soc_hash *hash = &soc->hash;

    hash->cr = value & (HASH_CR_DMAE_Msk | HASH_CR_DATATYPE_Msk | HASH_CR_MODE_Msk |
                        HASH_CR_MDMAT_Msk | HASH_CR_LKEY_Msk | HASH_CR_ALGO_Msk);
    if ((value & (HASH_CR_MODE_Msk | HASH_CR_DMAE_Msk)) || algorithm(hash) == ALGO_MD5) {
        soc_not_modelled(soc, HASH_NS + 0x1000, "HASH: HMAC, MD5 or DMA");
    }
    if (value & HASH_CR_INIT_Msk) {
        init(hash);
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
        feed(hash, value);
        break;
    case HASH_STR_OFS:
        hash->str = value & HASH_STR_NBLW_Msk;
        if (value & HASH_STR_DCAL_Msk) {
            finish(soc, hash->str);
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
            soc_not_modelled(soc, HASH_NS + HASH_CSR_OFS, "HASH context registers");
            hash->csr[(offset - HASH_CSR_OFS) / 4] = value;
        } else {
            soc_stored_write(soc, block, offset, value);
        }
        break;
    }
    update_irq(soc);
}

RESETTER(hash)
{
    (void)block;
    soc->hash = (struct soc_hash){.sr = HASH_SR_DINIS_Msk, .first = true};
    soc->hash.csr[0] = 2;
    update_irq(soc);
}
