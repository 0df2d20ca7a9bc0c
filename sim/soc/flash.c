/* The FLASH controller: unlocking, program and erase operations with their durations, status and
 * error flags of both register sets (RM0456 7.3.5-7.3.9).
 *
 * While an operation runs the array holds an intermediate state, written through to the owner's
 * memory, so that a power cut in the middle leaves what real flash might leave.
 */
#include "soc/soc_state.h"

#include <assert.h>
#include <string.h>

#define BANK_SIZE  0x100000u
#define ERRORS     0xF8u
#define KEY1       0x45670123u
#define KEY2       0xCDEF89ABu
#define OPTKEY1    0x08192A3Bu
#define OPTKEY2    0x4C5D6E7Fu
#define KEY_LOCKED 0xFFu

/* Durations, datasheet table 88, typical. */
#define QUAD_US       118u
#define QUAD_BURST_US 48u
#define PAGE_US       1500u
#define BANK_US       195000u
#define MASS_US       390000u
#define OPTION_US     5000u /* not stated; one erase and a few quad-words */

void soc_flash_update_irq(struct soc *soc)
{
    const struct soc_flash *f = &soc->flash;

    soc_irq(soc, IRQ_FLASH,
            ((f->eccr & FLASH_ECCR_ECCIE_Msk) && (f->eccr & FLASH_ECCR_ECCC_Msk)) ||
                ((f->nscr & FLASH_NSCR_EOPIE_Msk) && (f->nssr & FLASH_NSSR_EOP_Msk)) ||
                ((f->nscr & FLASH_NSCR_ERRIE_Msk) && (f->nssr & FLASH_NSSR_OPERR_Msk)));
    soc_irq(soc, IRQ_FLASH_S,
            ((f->seccr & FLASH_SECCR_EOPIE_Msk) && (f->secsr & FLASH_SECSR_EOP_Msk)) ||
                ((f->seccr & FLASH_SECCR_ERRIE_Msk) && (f->secsr & FLASH_SECSR_OPERR_Msk)));
}

/* Sets error flags; any of them drops the write buffer. */
void soc_flash_error(struct soc *soc, bool secure, uint32_t flags)
{
    struct soc_flash *flash = &soc->flash;
    uint32_t *sr = secure ? &flash->secsr : &flash->nssr;
    uint32_t cr = secure ? flash->seccr : flash->nscr;

    *sr |= flags | (cr & FLASH_NSCR_ERRIE_Msk ? FLASH_NSSR_OPERR_Msk : 0);
    flash->buffer_words = 0;
    soc_flash_update_irq(soc);
}

static uint8_t *programmed_byte(struct soc *soc, uint32_t physical, uint8_t *mask)
{
    uint32_t line = physical / 16;

    *mask = (uint8_t)(1u << (line % 8));
    return soc->config.nvm.flash_programmed + line / 8;
}

/* ---- Start and end of operations ---- */

static void touch(struct soc *soc, uint32_t address, uint32_t size)
{
    if (soc->config.flash_touch != NULL) {
        soc->config.flash_touch(soc->config.context, address, size);
    }
}

static void tell_operation(struct soc *soc)
{
    if (soc->config.flash_operation != NULL) {
        soc->config.flash_operation(soc->config.context);
    }
}

static void set_hidden(struct soc *soc, uint32_t first, uint32_t size)
{
    soc->flash.hides_bank[0] = size != 0 && first < BANK_SIZE;
    soc->flash.hides_bank[1] = size != 0 && first + size > BANK_SIZE;
    cpu_tlb_flush(soc->cpu);
}

static void start(struct soc *soc, enum soc_flash_op op, bool secure, uint32_t address,
                  uint32_t size, uint32_t duration_us)
{
    struct soc_flash *flash = &soc->flash;

    assert(flash->op == FLASH_OP_NONE);
    flash->op = op;
    flash->op_secure = secure;
    flash->op_address = address;
    flash->op_size = size;
    if (op != FLASH_OP_OPTION) {
        soc_flash_power_up(soc, address / BANK_SIZE);
        soc_flash_power_up(soc, (address + size - 1) / BANK_SIZE);
        set_hidden(soc, address, size);
    }
    soc_after(soc, &flash->done, duration_us * SIM_PS_PER_US);
}

/* What an interrupted erase leaves: some bits already back to one. */
static void half_erase(struct soc *soc, uint32_t address, uint32_t size)
{
    uint8_t *host = soc_flash_host(soc, address);

    touch(soc, address, size);
    for (uint32_t i = 0; i < size; i += 8) {
        uint64_t noise = soc_noise(soc);

        for (uint32_t j = 0; j < 8; j++) {
            host[i + j] |= (uint8_t)(noise >> (8 * j));
        }
    }
    cpu_code_flush(soc->cpu, host, size);
}

static void finish_erase(struct soc *soc)
{
    struct soc_flash *flash = &soc->flash;
    uint8_t *host = soc_flash_host(soc, flash->op_address);

    touch(soc, flash->op_address, flash->op_size);
    memset(host, 0xFF, flash->op_size);
    soc_flash_ecc_rewritten(soc, flash->op_address, flash->op_size);
    memset(soc->config.nvm.flash_programmed + flash->op_address / 128, 0, flash->op_size / 128);
    cpu_code_flush(soc->cpu, host, flash->op_size);
}

/* Writes the buffer to its place; `half` leaves some bits of it unprogrammed. */
static void write_lines(struct soc *soc, bool half)
{
    struct soc_flash *flash = &soc->flash;
    uint8_t *host = flash->buffer_otp ? soc->config.nvm.otp + flash->op_address
                                      : soc_flash_host(soc, flash->op_address);

    if (!flash->buffer_otp) {
        touch(soc, flash->op_address, flash->op_size);
    }
    for (uint32_t i = 0; i < flash->op_size; i++) {
        uint8_t byte = (uint8_t)(flash->buffer[i / 4] >> (8 * (i % 4)));

        host[i] = half ? (uint8_t)(byte | (host[i] & soc_noise(soc))) : byte;
    }
    if (!flash->buffer_otp) {
        soc_flash_ecc_rewritten(soc, flash->op_address, flash->op_size);
        for (uint32_t i = 0; i < flash->op_size; i += 16) {
            uint8_t mask;
            uint8_t *byte = programmed_byte(soc, flash->op_address + i, &mask);

            *byte |= mask;
        }
        cpu_code_flush(soc->cpu, host, flash->op_size);
    }
}

static bool line_writable(struct soc *soc, uint32_t line)
{
    const struct soc_flash *flash = &soc->flash;
    uint32_t zeros = 0;
    uint8_t mask;

    if (flash->buffer_otp) {
        for (uint32_t i = 0; i < 16; i++) {
            if (soc->config.nvm.otp[flash->buffer_base + line + i] != 0xFF) {
                return false;
            }
        }
        return true;
    }
    for (uint32_t i = 0; i < 4; i++) {
        zeros |= flash->buffer[line / 4 + i];
    }
    return zeros == 0 || !(*programmed_byte(soc, flash->buffer_base + line, &mask) & mask);
}

void soc_flash_program(struct soc *soc)
{
    struct soc_flash *flash = &soc->flash;
    bool burst = flash->buffer_size == 128;

    for (uint32_t line = 0; line < flash->buffer_size; line += 16) {
        if (!line_writable(soc, line)) {
            soc_guest_error(soc, FLASH_R_NS + 0x110u,
                            "flash at offset 0x%06x programmed twice without an erase",
                            flash->buffer_base + line);
            soc_flash_error(soc, flash->buffer_secure, FLASH_NSSR_PROGERR_Msk);
            return;
        }
    }
    flash->buffer_words = 0;
    start(soc, burst ? FLASH_OP_BURST : FLASH_OP_QUAD, flash->buffer_secure, flash->buffer_base,
          flash->buffer_size, burst ? 8 * QUAD_BURST_US : QUAD_US);
    write_lines(soc, true);
    tell_operation(soc);
}

static void finish(struct soc *soc)
{
    struct soc_flash *flash = &soc->flash;
    uint32_t *cr = flash->op_secure ? &flash->seccr : &flash->nscr;
    uint32_t *sr = flash->op_secure ? &flash->secsr : &flash->nssr;
    enum soc_flash_op op = flash->op;

    sched_cancel(soc->sched, &flash->done.event);
    if (op == FLASH_OP_QUAD || op == FLASH_OP_BURST) {
        write_lines(soc, false);
    } else if (op == FLASH_OP_OPTION) {
        soc_options_commit(soc);
    } else {
        finish_erase(soc);
    }
    flash->op = FLASH_OP_NONE;
    if (op != FLASH_OP_OPTION) {
        set_hidden(soc, 0, 0);
    }
    *cr &= ~(FLASH_NSCR_STRT_Msk | (flash->op_secure ? 0 : FLASH_NSCR_OPTSTRT_Msk));
    if (*cr & FLASH_NSCR_EOPIE_Msk) {
        *sr |= FLASH_NSSR_EOP_Msk;
    }
    soc_flash_update_irq(soc);
}

static void done_fire(void *context)
{
    finish(((struct soc_event *)context)->soc);
}

/* The bus waits for the operation: time passes for the processor, then the operation is over. */
void soc_flash_stall(struct soc *soc)
{
    struct soc_flash *flash = &soc->flash;
    sim_ps due = flash->done.event.due;
    sim_ps now = soc_now(soc);

    if (flash->op == FLASH_OP_NONE) {
        return;
    }
    if (due > now && !soc->sched->firing) {
        cpu_skip_cycles(soc->cpu, soc_cycle_at(soc, due) - soc_cycle_at(soc, now));
    }
    finish(soc);
}

/* ---- Erase ---- */

/* Refusals by the access matrix for a range of pages (physical). */
static bool erase_refused(struct soc *soc, bool secure, bool unprivileged, uint32_t first,
                          uint32_t pages)
{
    const struct soc_flash *flash = &soc->flash;

    if (soc->intrusion) {
        return true;
    }
    for (uint32_t page = first; page < first + pages; page++) {
        if (soc->tzen && soc_page_bit(flash->secure_pages, page) != secure) {
            soc_guest_error(soc, FLASH_R_NS + 0x120u, "%s erase of %s flash bank %u page %u",
                            secure ? "secure" : "non-secure", secure ? "non-secure" : "secure",
                            page / 128 + 1, page % 128);
            soc_ilac(soc, ILAC_FLASH);
            return true;
        }
        if (soc_page_bit(flash->hidden_pages, page) || soc_page_bit(flash->wrp_pages, page) ||
            (unprivileged && soc_page_bit(flash->privbb, page))) {
            return true;
        }
    }
    return false;
}

static void start_erase(struct soc *soc, bool secure, bool unprivileged)
{
    struct soc_flash *flash = &soc->flash;
    uint32_t *cr_reg = secure ? &flash->seccr : &flash->nscr;
    uint32_t cr = *cr_reg;
    bool both = (cr & FLASH_NSCR_MER1_Msk) && (cr & FLASH_NSCR_MER2_Msk);
    uint32_t first = 0, pages = both ? 256 : 128;
    enum soc_flash_op op = both ? FLASH_OP_MASS : FLASH_OP_BANK;
    uint32_t us = both ? MASS_US : BANK_US;

    if (cr & FLASH_NSCR_PER_Msk) {
        first = ((cr & FLASH_NSCR_PNB_Msk) >> FLASH_NSCR_PNB_Pos) +
                (cr & FLASH_NSCR_BKER_Msk ? 128u : 0u);
        pages = 1;
        op = FLASH_OP_PAGE;
        us = PAGE_US;
    } else if (!both && (cr & FLASH_NSCR_MER2_Msk)) {
        first = 128;
    }
    if (soc->flash.loaded.optr & FLASH_OPTR_SWAP_BANK_Msk && pages != 256) {
        first ^= 128u; /* BKER and MERx name the bank at the address, PNB stays */
    }
    if (erase_refused(soc, secure, unprivileged, first, pages)) {
        *cr_reg &= ~FLASH_NSCR_STRT_Msk;
        soc_flash_error(soc, secure, FLASH_NSSR_WRPERR_Msk);
        return;
    }
    start(soc, op, secure, first * SOC_FLASH_PAGE, pages * SOC_FLASH_PAGE, us);
    half_erase(soc, flash->op_address, flash->op_size);
    tell_operation(soc);
}

/* PGSERR conditions of a STRT (RM0456 7.3.9). */
static bool bad_sequence(const struct soc *soc, bool secure, uint32_t cr, bool secure_access)
{
    const struct soc_flash *flash = &soc->flash;
    uint32_t sr = secure ? flash->secsr : flash->nssr;
    uint32_t mass = FLASH_NSCR_MER1_Msk | FLASH_NSCR_MER2_Msk;

    return !(cr & (FLASH_NSCR_PER_Msk | mass)) || ((cr & FLASH_NSCR_PER_Msk) && (cr & mass)) ||
           (cr & FLASH_NSCR_PG_Msk) || flash->buffer_words != 0 ||
           (!secure && (cr & FLASH_NSCR_OPTSTRT_Msk)) || (!secure && secure_access) ||
           (sr & ERRORS) || (!secure && (sr & FLASH_NSSR_OPTWERR_Msk));
}

static void refuse_start(struct soc *soc, bool secure)
{
    struct soc_flash *flash = &soc->flash;
    uint32_t words = flash->buffer_words;

    soc_guest_error(soc, FLASH_R_NS + 0x130u + (secure ? 1u : 0u),
                    "%s flash operation started in a wrong sequence (PGSERR)",
                    secure ? "secure" : "non-secure");
    *(secure ? &flash->seccr : &flash->nscr) &=
        ~(FLASH_NSCR_STRT_Msk | (secure ? 0 : FLASH_NSCR_OPTSTRT_Msk));
    soc_flash_error(soc, secure, FLASH_NSSR_PGSERR_Msk);
    /* Erratum 2.2.25: WDW stays set, the missing words still complete the write. */
    flash->buffer_words = words;
}

/* ---- Control registers ---- */

#define NSCR_WRITABLE                                                                              \
    (FLASH_NSCR_PG_Msk | FLASH_NSCR_PER_Msk | FLASH_NSCR_MER1_Msk | FLASH_NSCR_PNB_Msk |           \
     FLASH_NSCR_BKER_Msk | FLASH_NSCR_BWR_Msk | FLASH_NSCR_MER2_Msk | FLASH_NSCR_STRT_Msk |        \
     FLASH_NSCR_EOPIE_Msk | FLASH_NSCR_ERRIE_Msk)

static void write_seccr(struct soc *soc, uint32_t value, struct soc_access access)
{
    struct soc_flash *flash = &soc->flash;

    if (flash->op != FLASH_OP_NONE) {
        soc_flash_stall(soc);
    }
    if (flash->seccr & FLASH_SECCR_LOCK_Msk) {
        soc_guest_error(soc, FLASH_R_NS + 0x140u, "FLASH_SECCR written while locked");
        return;
    }
    flash->seccr = value & (NSCR_WRITABLE | FLASH_SECCR_INV_Msk | FLASH_SECCR_LOCK_Msk);
    soc_flash_update_irq(soc);
    if ((value & FLASH_SECCR_STRT_Msk) && !(value & FLASH_SECCR_LOCK_Msk)) {
        if (bad_sequence(soc, true, flash->seccr, true)) {
            refuse_start(soc, true);
        } else {
            start_erase(soc, true, access.unprivileged);
        }
    }
}

static void start_options(struct soc *soc)
{
    struct soc_flash *flash = &soc->flash;

    if (!soc_options_valid(soc)) {
        flash->nscr &= ~FLASH_NSCR_OPTSTRT_Msk;
        flash->shown = flash->loaded;
        soc_guest_error(soc, FLASH_R_NS + 0x150u, "option-byte change refused (OPTWERR)");
        soc_flash_error(soc, false, FLASH_NSSR_OPTWERR_Msk);
        return;
    }
    start(soc, FLASH_OP_OPTION, false, 0, 0, OPTION_US);
    tell_operation(soc);
}

static void write_nscr(struct soc *soc, uint32_t value, struct soc_access access)
{
    struct soc_flash *flash = &soc->flash;
    uint32_t locks;

    if (flash->op != FLASH_OP_NONE) {
        soc_flash_stall(soc);
    }
    locks = flash->nscr & (FLASH_NSCR_LOCK_Msk | FLASH_NSCR_OPTLOCK_Msk);
    if (locks & FLASH_NSCR_LOCK_Msk) {
        soc_guest_error(soc, FLASH_R_NS + 0x141u, "FLASH_NSCR written while locked");
        return;
    }
    locks |= value & (FLASH_NSCR_LOCK_Msk | FLASH_NSCR_OPTLOCK_Msk);
    if (value & FLASH_NSCR_LOCK_Msk) {
        locks |= FLASH_NSCR_OPTLOCK_Msk;
    }
    flash->nscr = (value & NSCR_WRITABLE) | locks;
    if (!(locks & FLASH_NSCR_OPTLOCK_Msk)) {
        flash->nscr |= value & FLASH_NSCR_OPTSTRT_Msk;
    }
    soc_flash_update_irq(soc);
    if (locks & FLASH_NSCR_LOCK_Msk) {
        flash->nscr &= ~FLASH_NSCR_STRT_Msk;
        return;
    }
    if (value & FLASH_NSCR_OBL_LAUNCH_Msk && !(locks & FLASH_NSCR_OPTLOCK_Msk)) {
        soc->reset_obl = true;
        soc_request_reset(soc, RCC_CSR_OBLRSTF_Msk);
    } else if (flash->nscr & FLASH_NSCR_STRT_Msk) {
        if (bad_sequence(soc, false, flash->nscr, soc->tzen && !access.nonsecure)) {
            refuse_start(soc, false);
        } else {
            start_erase(soc, false, access.unprivileged);
        }
    } else if (flash->nscr & FLASH_NSCR_OPTSTRT_Msk) {
        if (flash->buffer_words != 0 || (flash->nssr & ERRORS)) {
            refuse_start(soc, false);
        } else {
            start_options(soc);
        }
    }
}

/* One of the key registers. A wrong key is a bus error and locks until the next reset. */
static void write_key(struct soc *soc, uint8_t *step, uint32_t value, const uint32_t keys[2],
                      uint32_t *cr, uint32_t lock)
{
    if (*step == KEY_LOCKED || !(*cr & lock)) {
        soc_guest_error(soc, FLASH_R_NS + 0x160u + lock % 7u, "FLASH key written while %s",
                        *step == KEY_LOCKED ? "locked until reset" : "already unlocked");
        return;
    }
    if (value != keys[*step]) {
        soc_guest_error(soc, FLASH_R_NS + 0x170u + lock % 7u,
                        "wrong FLASH key: locked until the next reset");
        *step = KEY_LOCKED;
        soc->bus_error = true;
    } else if (*step == 0) {
        *step = 1;
    } else {
        *step = 0;
        *cr &= ~lock;
    }
}

/* ---- Registers ---- */

static uint32_t busy_bits(const struct soc *soc)
{
    return (soc->flash.op != FLASH_OP_NONE ? FLASH_NSSR_BSY_Msk : 0) |
           (soc->flash.buffer_words != 0 ? FLASH_NSSR_WDW_Msk : 0);
}

static bool secure_register(uint32_t offset)
{
    return offset == FLASH_SECKEYR_OFS || offset == FLASH_SECSR_OFS || offset == FLASH_SECCR_OFS ||
           offset == FLASH_SECBOOTADD0R_OFS || offset == FLASH_SECWM1R1_OFS ||
           offset == FLASH_SECWM1R2_OFS || offset == FLASH_SECWM2R1_OFS ||
           offset == FLASH_SECWM2R2_OFS || offset == FLASH_SECHDPCR_OFS;
}

/* False: RAZ/WI. */
static bool register_allowed(struct soc *soc, uint32_t offset, struct soc_access access)
{
    bool nonsecure = access.nonsecure || !soc->tzen;
    bool page_bits = offset >= FLASH_SECBB1R1_OFS && offset != FLASH_SECHDPCR_OFS;

    if (secure_register(offset)) {
        if (nonsecure) {
            soc_guest_error(soc, FLASH_R_NS + offset,
                            "non-secure access to secure FLASH register "
                            "0x%03x",
                            offset);
            soc_ilac(soc, ILAC_FLASH_REG);
            return false;
        }
        return !(access.unprivileged && (soc->flash.privcfgr & FLASH_PRIVCFGR_SPRIV_Msk));
    }
    return page_bits || !(access.unprivileged && (soc->flash.privcfgr & FLASH_PRIVCFGR_NSPRIV_Msk));
}

/* Index 0..7 into secbb/privbb for a register offset. */
static bool page_word(uint32_t offset, uint32_t start, unsigned *index)
{
    uint32_t delta = offset - start;

    *index = (delta & 0xFu) / 4 + (delta >= 0x20 ? 4u : 0u);
    return offset >= start && (delta < 0x10 || (delta >= 0x20 && delta < 0x30));
}

READER(flash)
{
    const struct soc_flash *flash = &soc->flash;
    unsigned i;

    if (!register_allowed(soc, offset, access)) {
        return 0;
    }
    if (page_word(offset, FLASH_SECBB1R1_OFS, &i)) {
        return soc->tzen ? flash->secbb[i] : 0;
    }
    if (page_word(offset, FLASH_PRIVBB1R1_OFS, &i)) {
        return flash->privbb[i];
    }
    switch (offset) {
    case FLASH_ACR_OFS:
        return flash->acr;
    case FLASH_NSKEYR_OFS:
    case FLASH_SECKEYR_OFS:
    case FLASH_OPTKEYR_OFS:
    case FLASH_PDKEY1R_OFS:
    case FLASH_PDKEY2R_OFS:
        return 0;
    case FLASH_NSSR_OFS:
        return flash->nssr | busy_bits(soc) | soc_oem_locks(soc) | soc_flash_power_status(soc);
    case FLASH_SECSR_OFS:
        return flash->secsr | busy_bits(soc);
    case FLASH_NSCR_OFS:
        return flash->nscr;
    case FLASH_SECCR_OFS:
        return flash->seccr;
    case FLASH_ECCR_OFS:
        return flash->eccr;
    case FLASH_OPSR_OFS:
        return flash->opsr;
    case FLASH_SECHDPCR_OFS:
        return flash->sechdpcr;
    case FLASH_PRIVCFGR_OFS:
        return flash->privcfgr;
    default:
        return offset >= FLASH_OPTR_OFS && offset <= FLASH_OEM2KEYR2_OFS
                   ? soc_option_read(soc, offset)
                   : soc_stored_read(soc, block, offset);
    }
}

static void write_page_bits(struct soc *soc, uint32_t *reg, uint32_t value, uint32_t mask)
{
    *reg = (*reg & ~mask) | (value & mask);
    soc_flash_derive(soc);
}

static void write_status(struct soc *soc, bool secure, uint32_t value)
{
    uint32_t clear =
        ERRORS | FLASH_NSSR_EOP_Msk | FLASH_NSSR_OPERR_Msk | (secure ? 0 : FLASH_NSSR_OPTWERR_Msk);

    *(secure ? &soc->flash.secsr : &soc->flash.nssr) &= ~(value & clear);
    soc_flash_update_irq(soc);
}

static void write_privcfgr(struct soc *soc, uint32_t value, struct soc_access access)
{
    bool secure = soc->tzen && !access.nonsecure;
    uint32_t mask = access.unprivileged
                        ? 0
                        : FLASH_PRIVCFGR_NSPRIV_Msk | (secure ? FLASH_PRIVCFGR_SPRIV_Msk : 0);

    soc->flash.privcfgr = (soc->flash.privcfgr & ~mask) | (value & mask);
}

/* Writes one of the key registers; false if the offset is none of them. */
static bool write_keys(struct soc *soc, uint32_t offset, uint32_t value)
{
    static const uint32_t keys[2] = {KEY1, KEY2}, option_keys[2] = {OPTKEY1, OPTKEY2};
    struct soc_flash *flash = &soc->flash;

    switch (offset) {
    case FLASH_NSKEYR_OFS:
        write_key(soc, &flash->ns_key_step, value, keys, &flash->nscr, FLASH_NSCR_LOCK_Msk);
        return true;
    case FLASH_SECKEYR_OFS:
        write_key(soc, &flash->sec_key_step, value, keys, &flash->seccr, FLASH_SECCR_LOCK_Msk);
        return true;
    case FLASH_PDKEY1R_OFS:
    case FLASH_PDKEY2R_OFS:
        soc_flash_power_key(soc, offset == FLASH_PDKEY2R_OFS, value);
        return true;
    case FLASH_OPTKEYR_OFS:
        write_key(soc, &flash->opt_key_step, value, option_keys, &flash->nscr,
                  FLASH_NSCR_OPTLOCK_Msk);
        return true;
    default:
        return false;
    }
}

/* SECBBxRy and PRIVBBxRy; false if the offset is none of them. */
static bool write_page_words(struct soc *soc, uint32_t offset, uint32_t value,
                             struct soc_access access)
{
    struct soc_flash *flash = &soc->flash;
    bool secure = soc->tzen && !access.nonsecure;
    unsigned i;

    if (page_word(offset, FLASH_SECBB1R1_OFS, &i)) {
        if (!secure) {
            soc_ilac(soc, ILAC_FLASH_REG);
        } else {
            write_page_bits(soc, &flash->secbb[i], value,
                            access.unprivileged ? ~flash->privbb[i] : 0xFFFFFFFFu);
        }
        return true;
    }
    if (page_word(offset, FLASH_PRIVBB1R1_OFS, &i)) {
        if (!access.unprivileged) {
            write_page_bits(soc, &flash->privbb[i], value,
                            secure ? 0xFFFFFFFFu : ~flash->secure_pages[i]);
        }
        return true;
    }
    return false;
}

static void write_other(struct soc *soc, const struct soc_block *block, uint32_t offset,
                        uint32_t value)
{
    if (offset < FLASH_OPTR_OFS || offset > FLASH_OEM2KEYR2_OFS) {
        soc_stored_write(soc, block, offset, value);
    } else if (soc->flash.nscr & FLASH_NSCR_OPTLOCK_Msk) {
        soc_guest_error(soc, FLASH_R_NS + offset, "option register 0x%03x written while locked",
                        offset);
    } else {
        soc_option_write(soc, offset, value);
    }
}

WRITER(flash)
{
    struct soc_flash *flash = &soc->flash;

    if (!register_allowed(soc, offset, access) || write_keys(soc, offset, value) ||
        write_page_words(soc, offset, value, access)) {
        return;
    }
    switch (offset) {
    case FLASH_ACR_OFS:
        flash->acr = soc_flash_power_request(soc, value & 0x790Fu);
        soc_rcc_update(soc);
        break;
    case FLASH_NSSR_OFS:
    case FLASH_SECSR_OFS:
        write_status(soc, offset == FLASH_SECSR_OFS, value);
        break;
    case FLASH_NSCR_OFS:
        write_nscr(soc, value, access);
        break;
    case FLASH_SECCR_OFS:
        write_seccr(soc, value, access);
        break;
    case FLASH_ECCR_OFS:
        soc_flash_ecc_clear_flags(soc, value);
        break;
    case FLASH_OPSR_OFS:
        break;
    case FLASH_SECHDPCR_OFS:
        flash->sechdpcr |= value & 3u; /* until the next system reset */
        soc_flash_derive(soc);
        break;
    case FLASH_PRIVCFGR_OFS:
        write_privcfgr(soc, value, access);
        break;
    default:
        write_other(soc, block, offset, value);
        break;
    }
}

/* OPSR names the operation that the reset interrupted. */
static uint32_t interrupted(const struct soc *soc)
{
    const struct soc_flash *flash = &soc->flash;

    if (flash->op == FLASH_OP_NONE) {
        return 0;
    }
    return (uint32_t)flash->op << FLASH_OPSR_CODE_OP_Pos | (flash->op_address % BANK_SIZE) |
           (flash->op_address >= BANK_SIZE ? FLASH_OPSR_BK_OP_Msk : 0);
}

RESETTER(flash)
{
    struct soc_flash *flash = &soc->flash;

    (void)block;
    flash->opsr = interrupted(soc);
    sched_cancel(soc->sched, &flash->done.event);
    flash->op = FLASH_OP_NONE;
    set_hidden(soc, 0, 0);
    soc_flash_power_reset(soc);
    flash->acr = 0;
    flash->nscr = FLASH_NSCR_LOCK_Msk | FLASH_NSCR_OPTLOCK_Msk;
    flash->seccr = FLASH_SECCR_LOCK_Msk;
    flash->nssr = 0;
    flash->secsr = 0;
    flash->eccr = 0;
    flash->sechdpcr = 0;
    flash->privcfgr = 0;
    memset(flash->secbb, 0, sizeof flash->secbb);
    memset(flash->privbb, 0, sizeof flash->privbb);
    flash->ns_key_step = flash->sec_key_step = flash->opt_key_step = 0;
    flash->buffer_words = 0;
    flash->shown = flash->loaded;
    soc_flash_derive(soc);
    soc_flash_update_irq(soc);
}

void soc_flash_init(struct soc *soc)
{
    soc_event_init(&soc->flash.done, soc, 0, done_fire);
    soc_flash_power_init(soc);
}
