/* Security Attribution Unit and its combination with the chip's IDAU (SecurityCheck() in the
 * manual). */
#include "cpu/attribution.h"

static void lookup_regions(const struct cpu *cpu, uint32_t address, struct attribution *result)
{
    for (unsigned i = 0; i < cpu->config.sau_regions; i++) {
        uint32_t rlar = cpu->sau.rlar[i];
        if (!(rlar & 1u) || address < cpu->sau.rbar[i] || address > (rlar | 0x1fu))
            continue;
        if (result->sau_valid) { /* two regions: Secure, and no region number */
            *result = (struct attribution){0};
            return;
        }
        result->sau_valid = true;
        result->sau_region = (uint8_t)i;
        result->nsc = rlar & 2u;
        result->nonsecure = !(rlar & 2u);
    }
}

struct attribution sau_lookup(const struct cpu *cpu, uint32_t address, bool secure, bool fetch)
{
    struct attribution result = {0};
    if (!cpu->config.has_security) {
        result.nonsecure = true;
        return result;
    }
    if (fetch && address >= 0xf0000000u)
        return result; /* always Secure for instruction fetches */
    if (address_is_ppb(address) || address >= 0xe0000000u) {
        result.nonsecure = !secure;
        return result;
    }
    struct idau_result idau = cpu->config.bus.idau(cpu->config.bus.context, address);
    if (idau.kind == IDAU_EXEMPT) {
        result.nonsecure = !secure;
        return result;
    }
    if ((cpu->sau.ctrl & 3u) == 2u)
        result.nonsecure = true;
    else if (cpu->sau.ctrl & 1u)
        lookup_regions(cpu, address, &result);
    result.idau_valid = idau.region_valid;
    result.idau_region = idau.region;
    /* The more secure of the two wins. */
    if (idau.kind == IDAU_SECURE) {
        result.nonsecure = result.nsc = false;
    } else if (idau.kind == IDAU_NSC && result.nonsecure) {
        result.nonsecure = false;
        result.nsc = true;
    }
    return result;
}

bool sau_page_uniform(const struct cpu *cpu, uint32_t page)
{
    if (!cpu->config.has_security)
        return true;
    uint32_t last = page + (TLB_PAGE - 1);
    struct idau_result a = cpu->config.bus.idau(cpu->config.bus.context, page);
    struct idau_result b = cpu->config.bus.idau(cpu->config.bus.context, last);
    if (a.kind != b.kind)
        return false;
    for (unsigned i = 0; (cpu->sau.ctrl & 1u) && i < cpu->config.sau_regions; i++) {
        uint32_t base = cpu->sau.rbar[i], limit = cpu->sau.rlar[i] | 0x1fu;
        if (!(cpu->sau.rlar[i] & 1u) || base > limit)
            continue;
        if ((base > page && base <= last) || (limit >= page && limit < last))
            return false;
    }
    return true;
}
