/* mvimage: makes the images that go into the device's secure flash.
 *
 * A kernel image is cut out of the kernel's ELF file and signed; a boot image is the raw bytes of
 * preboot, bootrom and upgrader. Gaps are filled with 0xFF, which is what erased flash reads.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "elf.h"
#include "firmware/layout.h"
#include "formats/image.h"
#include "sign.h"

enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

#define BOOT_AREA_SIZE (LAYOUT_UPGRADER_BASE + LAYOUT_UPGRADER_SIZE - LAYOUT_PREBOOT_BASE)

_Static_assert(LAYOUT_KERNEL_HEADER_SIZE == IMAGE_HEADER_SIZE, "header size");
_Static_assert(LAYOUT_VENEERS_SIZE == IMAGE_VENEERS_SIZE, "veneer page size");
_Static_assert(LAYOUT_KERNEL_SIZE - LAYOUT_KERNEL_HEADER_SIZE == IMAGE_BODY_SIZE_MAX, "body size");

struct arguments {
    const char *key, *kernel_elf, *out, *preboot, *bootrom, *upgrader, *version_string;
    unsigned long version, ratchet;
};

static const char usage_text[] =
    "usage: mvimage keygen --out KEY.pem\n"
    "       mvimage sign --key KEY.pem --kernel-elf KERNEL.elf --version N --version-string TEXT\n"
    "                    [--ratchet N] --out KERNEL.img\n"
    "       mvimage pubkey-header --key KEY.pem --out FILE.h\n"
    "       mvimage boot --preboot PREBOOT.elf --bootrom BOOTROM.elf [--upgrader UPGRADER.elf]\n"
    "                    --out BOOT.img\n"
    "       mvimage show KERNEL.img\n";

static int usage(void)
{
    fputs(usage_text, stderr);
    return EXIT_USAGE;
}

/* Lays out header ‖ body ‖ veneers in `file`; 0 if the ELF file does not fit. */
static size_t kernel_layout(const struct arguments *a, const struct blob *elf, uint8_t *file,
                            struct image_header *header)
{
    uint8_t *body = file + IMAGE_HEADER_SIZE;
    uint32_t body_used, veneers_used;
    memset(file, 0xFF, IMAGE_HEADER_SIZE + IMAGE_BODY_SIZE_MAX + IMAGE_VENEERS_SIZE);
    if (!elf_load(elf, LAYOUT_KERNEL_VECTORS, IMAGE_BODY_SIZE_MAX, body, &body_used)) {
        return 0;
    }
    header->body_size = (body_used + 15) & ~15u;
    header->vectors_offset = LAYOUT_KERNEL_VECTORS - LAYOUT_KERNEL_BASE;
    header->version = (uint32_t)a->version;
    header->ratchet = (uint32_t)a->ratchet;
    header->device_type = IMAGE_DEVICE_STM32U585;
    snprintf(header->version_text, sizeof header->version_text, "%s", a->version_string);
    uint8_t *veneers = body + header->body_size;
    memset(veneers, 0xFF, IMAGE_VENEERS_SIZE);
    if (!elf_load(elf, LAYOUT_VENEERS_BASE, IMAGE_VENEERS_SIZE, veneers, &veneers_used)) {
        return 0;
    }
    if (body_used == 0 || veneers_used == 0) {
        fprintf(stderr, "mvimage: no %s in the kernel\n", body_used == 0 ? "vectors" : "veneers");
        return 0;
    }
    return IMAGE_HEADER_SIZE + header->body_size + IMAGE_VENEERS_SIZE;
}

/* The signature covers IMAGE_DOMAIN ‖ header up to the signature ‖ body ‖ veneers. */
static bool kernel_sign(EVP_PKEY *key, uint8_t *file, size_t size)
{
    size_t tail = size - IMAGE_HEADER_SIZE;
    size_t message_size = IMAGE_DOMAIN_SIZE + IMAGE_SIGNATURE_OFFSET + tail;
    uint8_t *message = malloc(message_size);
    if (message == NULL) {
        return false;
    }
    memcpy(message, IMAGE_DOMAIN, IMAGE_DOMAIN_SIZE);
    memcpy(message + IMAGE_DOMAIN_SIZE, file, IMAGE_SIGNATURE_OFFSET);
    memcpy(message + IMAGE_DOMAIN_SIZE + IMAGE_SIGNATURE_OFFSET, file + IMAGE_HEADER_SIZE, tail);
    bool good = sign_data(key, message, message_size, file + IMAGE_SIGNATURE_OFFSET);
    free(message);
    return good;
}

static bool kernel_make(const struct arguments *a, EVP_PKEY *key, const struct blob *elf,
                        uint8_t *file)
{
    static const uint8_t tag[2] = IMAGE_SIGNER_TAG;
    struct image_header header = {0};
    uint8_t point[SIGN_POINT_SIZE];
    size_t size = kernel_layout(a, elf, file, &header);
    if (size == 0 || !sign_point(key, point)) {
        return false;
    }
    header.signer_id = sign_key_id(tag, point);
    image_header_encode(&header, file);
    struct image_header check;
    if (image_header_decode(file, &check) != IMAGE_OK) {
        fprintf(stderr, "mvimage: version text must be 1 to 31 printable characters\n");
        return false;
    }
    return kernel_sign(key, file, size) && blob_write(file, size, a->out, 0644);
}

static int command_sign(const struct arguments *a)
{
    if (a->key == NULL || a->kernel_elf == NULL || a->out == NULL || a->version_string == NULL) {
        return usage();
    }
    struct blob elf;
    if (!blob_read(&elf, a->kernel_elf)) {
        return EXIT_FAILED;
    }
    EVP_PKEY *key = sign_key_load(a->key);
    uint8_t *file = malloc(IMAGE_HEADER_SIZE + IMAGE_BODY_SIZE_MAX + IMAGE_VENEERS_SIZE);
    bool good = key != NULL && file != NULL && kernel_make(a, key, &elf, file);
    free(file);
    EVP_PKEY_free(key);
    free(elf.data);
    return good ? EXIT_OK : EXIT_FAILED;
}

static bool boot_part(const char *path, uint32_t base, uint32_t size, uint8_t *area, uint32_t *end)
{
    struct blob elf;
    uint32_t used;
    if (!blob_read(&elf, path)) {
        return false;
    }
    uint8_t *out = area + (base - LAYOUT_PREBOOT_BASE);
    bool good = elf_load(&elf, base, size, out, &used);
    free(elf.data);
    if (good && used == 0) {
        fprintf(stderr, "mvimage: %s: nothing at 0x%08x\n", path, base);
        return false;
    }
    *end = base - LAYOUT_PREBOOT_BASE + used;
    return good;
}

static int command_boot(const struct arguments *a)
{
    if (a->preboot == NULL || a->bootrom == NULL || a->out == NULL) {
        return usage();
    }
    static uint8_t area[BOOT_AREA_SIZE];
    uint32_t end;
    memset(area, 0xFF, sizeof area);
    bool good = boot_part(a->preboot, LAYOUT_PREBOOT_BASE, LAYOUT_PREBOOT_SIZE, area, &end) &&
                boot_part(a->bootrom, LAYOUT_BOOTROM_BASE, LAYOUT_BOOTROM_SIZE, area, &end) &&
                (a->upgrader == NULL ||
                 boot_part(a->upgrader, LAYOUT_UPGRADER_BASE, LAYOUT_UPGRADER_SIZE, area, &end));
    /* Flash is programmed in quad-words. */
    return good && blob_write(area, (end + 15) & ~15u, a->out, 0644) ? EXIT_OK : EXIT_FAILED;
}

static int command_pubkey_header(const struct arguments *a)
{
    static const uint8_t tag[2] = IMAGE_SIGNER_TAG;
    uint8_t point[SIGN_POINT_SIZE];
    if (a->key == NULL || a->out == NULL) {
        return usage();
    }
    EVP_PKEY *key = sign_key_load(a->key);
    bool good = key != NULL && sign_point(key, point);
    EVP_PKEY_free(key);
    if (!good) {
        return EXIT_FAILED;
    }
    char text[2048];
    int at = snprintf(text, sizeof text,
                      "/* Public half of the kernel signing key. Generated by mvimage. */\n"
                      "#define BOOT_SIGNER_ID 0x%016llXull\n#define BOOT_SIGNER_POINT {",
                      (unsigned long long)sign_key_id(tag, point));
    for (unsigned i = 0; i < SIGN_POINT_SIZE; i++) {
        at += snprintf(text + at, sizeof text - (size_t)at, "0x%02X,", point[i]);
    }
    at += snprintf(text + at, sizeof text - (size_t)at, "}\n");
    return blob_write(text, (size_t)at, a->out, 0644) ? EXIT_OK : EXIT_FAILED;
}

static int command_show(const char *path)
{
    struct blob file;
    struct image_header header;
    const uint8_t *body, *veneers;
    if (!blob_read(&file, path)) {
        return EXIT_FAILED;
    }
    enum image_error error = image_file_decode(file.data, file.size, &header, &body, &veneers);
    if (error == IMAGE_OK) {
        printf("version %u (%s), ratchet %u, body %u bytes, signer %016llx\n", header.version,
               header.version_text, header.ratchet, header.body_size,
               (unsigned long long)header.signer_id);
    } else {
        fprintf(stderr, "mvimage: %s: not a kernel image (%d)\n", path, (int)error);
    }
    free(file.data);
    return error == IMAGE_OK ? EXIT_OK : EXIT_FAILED;
}

static bool number(const char *text, unsigned long *value)
{
    char *end;
    *value = strtoul(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == 0 && *value <= UINT32_MAX;
}

static bool arguments_parse(struct arguments *a, int argc, char **argv)
{
    static const struct option options[] = {
        {"key", required_argument, NULL, 'k'},     {"kernel-elf", required_argument, NULL, 'e'},
        {"out", required_argument, NULL, 'o'},     {"preboot", required_argument, NULL, 'p'},
        {"bootrom", required_argument, NULL, 'b'}, {"upgrader", required_argument, NULL, 'u'},
        {"version", required_argument, NULL, 'v'}, {"version-string", required_argument, NULL, 's'},
        {"ratchet", required_argument, NULL, 'r'}, {NULL, 0, NULL, 0},
    };
    int option;
    bool good = true;
    while (good && (option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'k':
            a->key = optarg;
            break;
        case 'e':
            a->kernel_elf = optarg;
            break;
        case 'o':
            a->out = optarg;
            break;
        case 'p':
            a->preboot = optarg;
            break;
        case 'b':
            a->bootrom = optarg;
            break;
        case 'u':
            a->upgrader = optarg;
            break;
        case 's':
            a->version_string = optarg;
            break;
        case 'v':
            good = number(optarg, &a->version);
            break;
        case 'r':
            good = number(optarg, &a->ratchet);
            break;
        default:
            good = false;
            break;
        }
    }
    return good;
}

int main(int argc, char **argv)
{
    struct arguments a = {.version = 1};
    if (argc == 3 && strcmp(argv[1], "show") == 0) {
        return command_show(argv[2]);
    }
    if (argc < 2 || !arguments_parse(&a, argc - 1, argv + 1) || optind != argc - 1) {
        return usage();
    }
    if (strcmp(argv[1], "keygen") == 0) {
        return a.out == NULL ? usage() : sign_keygen(a.out) ? EXIT_OK : EXIT_FAILED;
    }
    if (strcmp(argv[1], "sign") == 0) {
        return command_sign(&a);
    }
    if (strcmp(argv[1], "pubkey-header") == 0) {
        return command_pubkey_header(&a);
    }
    if (strcmp(argv[1], "boot") == 0) {
        return command_boot(&a);
    }
    return usage();
}
