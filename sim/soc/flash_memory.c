/* The flash array as the bus sees it: the access matrix of RM0456 tables 70-76 (secure watermark,
 * block bits, hide protection, privilege), and the write buffer that collects quad-words.
 *
 * "Secure access" means the attribute of the transaction; for program and erase also the register
 * set.
 */
#include "soc/soc_state.h"

#include <assert.h>
#include <string.h>

#define PAGES     256u
#define BANK_SIZE 0x100000u

uint32_t soc_flash_physical(const struct soc *soc, uint32_t offset)
{
    return soc->flash.loaded.optr & FLASH_OPTR_SWAP_BANK_Msk ? offset ^ BANK_SIZE : offset;
}

uint8_t *soc_flash_host(struct soc *soc, uint32_t physical)
{
    assert(physical < SOC_FLASH_SIZE);
    return soc->config.nvm.flash + physical;
}

static void set_pages(uint32_t *pages, unsigned bank, uint32_t first, uint32_t last)
{
    for (uint32_t page = first; page <= last && page < 128; page++) {
        pages[bank * 4 + page / 32] |= 1u << (page % 32);
    }
}

/* Recomputes the page maps after any change of options or registers. */
void soc_flash_derive(struct soc *soc)
{
    struct soc_flash *flash = &soc->flash;
    const struct soc_options *o = &flash->loaded;
    const uint32_t wm[2][2] = {{o->secwm1r1, o->secwm1r2}, {o->secwm2r1, o->secwm2r2}};
    const uint32_t wrp[2][2] = {{o->wrp1ar, o->wrp1br}, {o->wrp2ar, o->wrp2br}};

    memset(flash->secure_pages, 0, sizeof flash->secure_pages);
    memset(flash->hidden_pages, 0, sizeof flash->hidden_pages);
    memset(flash->wrp_pages, 0, sizeof flash->wrp_pages);
    for (unsigned bank = 0; bank < 2; bank++) {
        uint32_t start = wm[bank][0] & 0x7Fu;

        if (soc->tzen) {
            set_pages(flash->secure_pages, bank, start, (wm[bank][0] >> 16) & 0x7Fu);
            if ((wm[bank][1] & FLASH_SECWM1R2_HDP1EN_Msk) && ((flash->sechdpcr >> bank) & 1u)) {
                set_pages(flash->hidden_pages, bank, start, (wm[bank][1] >> 16) & 0x7Fu);
            }
        }
        for (unsigned area = 0; area < 2; area++) {
            set_pages(flash->wrp_pages, bank, wrp[bank][area] & 0x7Fu,
                      (wrp[bank][area] >> 16) & 0x7Fu);
        }
    }
    for (unsigned i = 0; i < 8; i++) {
        flash->secure_pages[i] |= soc->tzen ? flash->secbb[i] : 0;
    }
    cpu_tlb_flush(soc->cpu);
}

bool soc_flash_any_secure(const struct soc *soc)
{
    uint32_t any = 0;

    for (unsigned i = 0; i < 8; i++) {
        any |= soc->flash.secure_pages[i];
    }
    return (any != 0) != ((soc->flash.seccr & FLASH_SECCR_INV_Msk) != 0);
}

/* Pages (physical) that this kind of access may read. */
static void readable_pages(const struct soc *soc, struct bus_attr attr, uint32_t allowed[8])
{
    const struct soc_flash *flash = &soc->flash;

    for (unsigned i = 0; i < 8; i++) {
        allowed[i] = 0xFFFFFFFFu;
        if (soc->tzen) {
            allowed[i] = attr.nonsecure ? ~flash->secure_pages[i] : flash->secure_pages[i];
            allowed[i] &= ~flash->hidden_pages[i];
        }
        if (attr.unprivileged) {
            allowed[i] &= ~flash->privbb[i];
        }
    }
}

static void report_refusal(struct soc *soc, uint32_t physical, struct bus_attr attr,
                           const char *what)
{
    unsigned page = physical / SOC_FLASH_PAGE;

    soc_guest_error(soc, FLASH_NS + page * 8u + (attr.nonsecure ? 1u : 0u) + (attr.fetch ? 2u : 0u),
                    "%s %s of %s flash bank %u page %u is refused",
                    attr.nonsecure ? "non-secure" : "secure", what,
                    soc_page_bit(soc->flash.hidden_pages, page)   ? "hidden"
                    : soc_page_bit(soc->flash.secure_pages, page) ? "secure"
                                                                  : "non-secure",
                    page / 128 + 1, page % 128);
}

enum bus_status soc_flash_fetch_or_read(struct soc *soc, uint32_t offset, unsigned size,
                                        struct bus_attr attr, uint32_t *value)
{
    uint32_t physical = soc_flash_physical(soc, offset);
    unsigned page = physical / SOC_FLASH_PAGE;
    uint32_t allowed[8];

    *value = 0;
    if (soc->intrusion) {
        return BUS_ERROR;
    }
    readable_pages(soc, attr, allowed);
    if (!soc_page_bit(allowed, page)) {
        bool wrong_world =
            soc->tzen && soc_page_bit(soc->flash.secure_pages, page) == attr.nonsecure;

        report_refusal(soc, physical, attr, attr.fetch ? "fetch" : "read");
        if (wrong_world && !attr.fetch) {
            soc_ilac(soc, ILAC_FLASH);
        }
        return attr.fetch && (wrong_world || soc_page_bit(soc->flash.hidden_pages, page))
                   ? BUS_ERROR
                   : BUS_OK;
    }
    if (soc->flash.hides_bank[physical / BANK_SIZE]) {
        soc_flash_stall(soc);
    }
    soc_flash_power_up(soc, physical / BANK_SIZE);
    memcpy(value, soc_flash_host(soc, physical), size);
    soc_flash_ecc_read(soc, physical, size, value);
    return BUS_OK;
}

bool soc_flash_map(struct soc *soc, uint32_t offset, struct bus_attr attr, uint32_t address,
                   struct bus_window *window)
{
    uint32_t physical = soc_flash_physical(soc, offset);
    uint32_t allowed[8], first, count;
    uint32_t bank = physical / BANK_SIZE;

    readable_pages(soc, attr, allowed);
    soc_flash_ecc_unmap(soc, allowed);
    if (!soc_page_bit(allowed, physical / SOC_FLASH_PAGE) || soc->flash.hides_bank[bank] ||
        soc->flash.powered_down[bank] || soc->intrusion) {
        return false;
    }
    /* A window stays inside its bank: the other one may be stalled or swapped. */
    soc_window_grow(allowed + bank * 4, PAGES / 2, (physical % BANK_SIZE) / SOC_FLASH_PAGE, &first,
                    &count);
    window->base = (address & ~(BANK_SIZE - 1u)) + first * SOC_FLASH_PAGE;
    window->size = count * SOC_FLASH_PAGE;
    window->host = soc_flash_host(soc, bank * BANK_SIZE + first * SOC_FLASH_PAGE);
    window->readable = true;
    window->writable = false;
    return true;
}

/* ---- Writes: the quad-word buffer ---- */

/* WRPERR conditions of the matrix; also raises the illegal-access event. */
static bool write_refused(struct soc *soc, uint32_t physical, struct bus_attr attr)
{
    const struct soc_flash *flash = &soc->flash;
    unsigned page = physical / SOC_FLASH_PAGE;

    if (soc->tzen && soc_page_bit(flash->secure_pages, page) == attr.nonsecure) {
        report_refusal(soc, physical, attr, "write");
        soc_ilac(soc, ILAC_FLASH);
        return true;
    }
    return soc->intrusion || soc_page_bit(flash->hidden_pages, page) ||
           soc_page_bit(flash->wrp_pages, page) ||
           (attr.unprivileged && soc_page_bit(flash->privbb, page));
}

/* Accepts one word into the write buffer; starts programming when it is full. */
static void buffer_word(struct soc *soc, uint32_t target, bool otp, bool secure, uint32_t value)
{
    struct soc_flash *flash = &soc->flash;
    uint32_t cr = secure ? flash->seccr : flash->nscr;
    uint32_t unit = cr & FLASH_NSCR_BWR_Msk ? 128u : 16u;

    if (flash->buffer_words == 0) {
        if (target % unit != 0) {
            soc_flash_error(soc, secure, FLASH_NSSR_PGAERR_Msk);
            return;
        }
        flash->buffer_base = target;
        flash->buffer_size = unit;
        flash->buffer_secure = secure;
        flash->buffer_otp = otp;
        memset(flash->buffer, 0xFF, sizeof flash->buffer);
    } else if (target - flash->buffer_base >= flash->buffer_size || otp != flash->buffer_otp ||
               secure != flash->buffer_secure ||
               (flash->buffer_size == 128 &&
                target != flash->buffer_base + 4 * flash->buffer_words)) {
        soc_flash_error(soc, secure, FLASH_NSSR_PGAERR_Msk);
        return;
    }
    flash->buffer[(target - flash->buffer_base) / 4] = value;
    flash->buffer_words++;
    if (flash->buffer_words * 4 == flash->buffer_size) {
        soc_flash_program(soc);
    }
}

/* Checks common to the array and OTP, in the order in which the RM lists the errors. */
static bool ready_to_write(struct soc *soc, bool secure, unsigned size)
{
    struct soc_flash *flash = &soc->flash;
    uint32_t cr = secure ? flash->seccr : flash->nscr;
    uint32_t sr = secure ? flash->secsr : flash->nssr;
    uint32_t lock = secure ? FLASH_SECCR_LOCK_Msk : FLASH_NSCR_LOCK_Msk;

    if (flash->op != FLASH_OP_NONE) {
        soc_flash_stall(soc);
        cr = secure ? flash->seccr : flash->nscr;
    }
    if (size != 4) {
        soc_flash_error(soc, secure, FLASH_NSSR_SIZERR_Msk);
        return false;
    }
    if (!(cr & FLASH_NSCR_PG_Msk) || (cr & lock) ||
        (cr & (FLASH_NSCR_PER_Msk | FLASH_NSCR_MER1_Msk | FLASH_NSCR_MER2_Msk)) ||
        (sr & (0xF8u | (secure ? 0 : FLASH_NSSR_OPTWERR_Msk)))) {
        soc_guest_error(
            soc, FLASH_R_NS + 0x100u + (secure ? 1u : 0u),
            "flash written with PG = 0, while an erase is selected, or with error flags "
            "still set");
        soc_flash_error(soc, secure, FLASH_NSSR_PGSERR_Msk);
        return false;
    }
    return true;
}

enum bus_status soc_flash_store(struct soc *soc, uint32_t offset, unsigned size,
                                struct bus_attr attr, uint32_t value)
{
    uint32_t physical = soc_flash_physical(soc, offset);
    bool secure = soc->tzen && !attr.nonsecure;

    if (write_refused(soc, physical, attr)) {
        soc_flash_error(soc, secure, FLASH_NSSR_WRPERR_Msk);
    } else if (ready_to_write(soc, secure, size)) {
        buffer_word(soc, physical, false, secure, value);
    }
    return BUS_OK;
}

/* ---- System memory, OTP, unique ID (RM0456 table 52, table 71) ---- */

static uint32_t information_word(const struct soc *soc, uint32_t address)
{
    if (address >= 0x0BFA0700u && address < 0x0BFA070Cu) {
        return soc->config.nvm.unique_id[(address - 0x0BFA0700u) / 4];
    }
    if (address == 0x0BFA07A0u) {
        return 0xFFFF0000u | SOC_FLASH_SIZE / 1024u;
    }
    if (address == 0x0BFA0500u) {
        return 0xFFFFFFE0u; /* package data: LQFP64 */
    }
    return 0xFFFFFFFFu;
}

static void otp_store(struct soc *soc, uint32_t address, unsigned size, uint32_t value)
{
    if (ready_to_write(soc, false, size)) {
        buffer_word(soc, address - 0x0BFA0000u, true, false, value);
    }
}

enum bus_status soc_system_memory(struct soc *soc, uint32_t address, unsigned size,
                                  struct bus_attr attr, uint32_t *value, bool write)
{
    bool secure_alias = address >= 0x0FF80000u;
    bool otp = address >= 0x0BFA0000u && address < 0x0BFA0200u;
    uint32_t word = 0xFFFFFFFFu;

    if (soc->tzen && (secure_alias || !attr.nonsecure)) {
        if (secure_alias && address < 0x0FF88000u) {
            soc_not_modelled(soc, 0x0FF80000u, "the RSS at 0x%08x", address);
        } else {
            soc_guest_error(soc, 0x0BF90000u, "secure access to system memory at 0x%08x", address);
            soc_ilac(soc, ILAC_FLASH);
            if (write) {
                soc_flash_error(soc, true, FLASH_NSSR_WRPERR_Msk);
            }
        }
        *value = 0;
        return attr.fetch ? BUS_ERROR : BUS_OK;
    }
    if (write) {
        if (otp) {
            otp_store(soc, address, size, *value);
        } else {
            soc_flash_error(soc, false, FLASH_NSSR_WRPERR_Msk);
        }
        return BUS_OK;
    }
    if (otp) {
        memcpy(&word, soc->config.nvm.otp + ((address - 0x0BFA0000u) & ~3u), 4);
    } else if (address < 0x0BF98000u) {
        soc_not_modelled(soc, 0x0BF90000u, "the bootloader's system memory at 0x%08x", address);
    } else {
        word = information_word(soc, address & ~3u);
        soc_flash_ecc_system(soc, address, &word);
    }
    *value = word >> (8 * (address & 3u));
    *value &= size == 4 ? 0xFFFFFFFFu : (1u << (8 * size)) - 1u;
    return BUS_OK;
}
