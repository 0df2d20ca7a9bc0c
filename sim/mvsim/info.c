/* What a state folder holds, for people and (--json) for programs. Takes no lock and changes
 * nothing, so it also works while the board runs.
 */
#include "mvsim/mvsim.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board/board.h"
#include "firmware/layout.h"
#include "formats/identity.h"
#include "formats/image.h"

#define BANK_SIZE         0x100000u
#define FLASH_SECURE_BASE 0x0C000000u
#define PRINT_MAX         512

/* One fact: a name, and either text or a number. */
static void print_fact(bool json, bool *first, const char *name, const char *text, uint64_t number)
{
    if (json)
        printf("%s\"%s\":", *first ? "{" : ",", name);
    else
        printf("%-18s ", name);
    *first = false;
    if (text == NULL)
        printf("%llu", (unsigned long long)number);
    else
        printf(json ? "\"%s\"" : "%s", text);
    if (!json)
        printf("\n");
}

struct printer {
    bool json;
    bool first;
};

static void text_fact(struct printer *printer, const char *name, const char *text)
{
    char clean[PRINT_MAX];
    size_t length = 0;

    /* Nothing from a file may break the output's form. */
    for (; *text != '\0' && length < sizeof clean - 1; text++)
        clean[length++] =
            (*text < ' ' || *text > '~' || *text == '"' || *text == '\\') ? '?' : *text;
    clean[length] = '\0';
    print_fact(printer->json, &printer->first, name, clean, 0);
}

static void number_fact(struct printer *printer, const char *name, uint64_t number)
{
    print_fact(printer->json, &printer->first, name, NULL, number);
}

static void hex_fact(struct printer *printer, const char *name, uint32_t value)
{
    char text[16];

    snprintf(text, sizeof text, "0x%08x", value);
    print_fact(printer->json, &printer->first, name, text, 0);
}

static void print_options(struct printer *printer, const struct soc_options *options)
{
    char pages[32];
    uint32_t first = options->secwm2r1 & 0x7F;
    uint32_t last = options->secwm2r1 >> 16 & 0x7F;

    number_fact(printer, "tzen", options->optr >> 31);
    hex_fact(printer, "rdp", options->optr & 0xFF);
    number_fact(printer, "boot_lock", options->secbootadd0r & 1);
    hex_fact(printer, "boot_address", options->secbootadd0r & ~0x7Fu);
    snprintf(pages, sizeof pages, first > last ? "none" : "%u-%u", first, last);
    text_fact(printer, "secure_bank2", pages);
    number_fact(printer, "hdp2_enabled", options->secwm2r2 >> 31);
    number_fact(printer, "hdp2_last_page", options->secwm2r2 >> 16 & 0x7F);
}

static void print_kernel(struct printer *printer, const struct nvm *nvm)
{
    struct image_header header;

    if (image_header_decode(nvm->map[NVM_FLASH] + (LAYOUT_KERNEL_BASE - FLASH_SECURE_BASE),
                            &header) != IMAGE_OK) {
        text_fact(printer, "kernel", "none");
        return;
    }
    text_fact(printer, "kernel", header.version_text);
    number_fact(printer, "kernel_version", header.version);
    number_fact(printer, "kernel_ratchet", header.ratchet);
    number_fact(printer, "kernel_size", header.body_size);
}

static void print_identity(struct printer *printer, const struct nvm *nvm)
{
    struct identity identity;

    if (identity_decode(nvm->map[NVM_FLASH] + (LAYOUT_IDENTITY_BASE - FLASH_SECURE_BASE),
                        LAYOUT_IDENTITY_SIZE, &identity) != IDENTITY_OK) {
        text_fact(printer, "device_id", "none");
        return;
    }
    text_fact(printer, "device_id", identity.device_id);
    text_fact(printer, "server_host", identity.server_host);
    number_fact(printer, "server_port", identity.server_port);
}

/* Bytes programmed since their last erase. */
static uint64_t programmed(const struct nvm *nvm, unsigned bank)
{
    const uint8_t *bitmap = nvm->map[NVM_PROGRAMMED] + bank * (NVM_FLASH_BITMAP_SIZE / 2);
    uint64_t words = 0;

    for (size_t i = 0; i < NVM_FLASH_BITMAP_SIZE / 2; i++)
        words += (unsigned)__builtin_popcount(bitmap[i]);
    return words * 16;
}

static uint64_t nor_used(const struct nvm *nvm)
{
    uint64_t sectors = 0;

    for (size_t base = 0; base < BOARD_NOR_SIZE; base += 4096) {
        const uint8_t *sector = nvm->map[NVM_NOR] + base;

        sectors += sector[0] != 0xFF || memcmp(sector, sector + 1, 4095) != 0;
    }
    return sectors;
}

static void print_all(const struct nvm *nvm, bool json)
{
    struct printer printer = {.json = json, .first = true};
    uint32_t uid[3];
    char text[32];

    memcpy(uid, nvm->map[NVM_UID], sizeof uid);
    snprintf(text, sizeof text, "%08x%08x%08x", uid[2], uid[1], uid[0]);
    text_fact(&printer, "unique_id", text);
    print_identity(&printer, nvm);
    print_kernel(&printer, nvm);
    print_options(&printer, (const struct soc_options *)nvm->map[NVM_OPTIONS]);
    number_fact(&printer, "bank1_programmed", programmed(nvm, 0));
    number_fact(&printer, "bank2_programmed", programmed(nvm, 1));
    number_fact(&printer, "nor_sectors_used", nor_used(nvm));
    if (json)
        printf("}\n");
}

int mvsim_info(int argc, char **argv)
{
    static const struct option options[] = {{"state", required_argument, NULL, 's'},
                                            {"json", no_argument, NULL, 'j'},
                                            {NULL, 0, NULL, 0}};
    const char *state = NULL;
    bool json = false;
    struct nvm nvm;
    char error[256];
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 's')
            state = optarg;
        else if (option == 'j')
            json = true;
        else
            return EXIT_USAGE;
    }
    if (state == NULL || optind != argc)
        return mvsim_fail(EXIT_USAGE, "info needs --state DIR");
    if (!nvm_open(&nvm, state, NVM_READ, error, sizeof error))
        return mvsim_fail(EXIT_FAILURE, "%s", error);
    print_all(&nvm, json);
    nvm_close(&nvm);
    return EXIT_SUCCESS;
}
