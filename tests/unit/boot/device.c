/* See device.h. */
#include "device.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chip/stm32u585.h"
#include "layout.h"

#define FLASH_BASE 0x0C000000u

struct file device_boot_image, device_kernel_image;
char device_folder[] = "/tmp/mv-bootchain-XXXXXX";
/* Either the board has power, or its files are open for changes. */
static struct board *board;
static struct nvm nvm;
static bool nvm_is_open;

const char *device_firmware_folder(void)
{
    const char *value = getenv("MV_FIRMWARE_DIR");
    return value != NULL ? value : MV_FIRMWARE;
}

bool device_load(const char *path, struct file *file)
{
    FILE *stream = fopen(path, "rb");
    file->size = stream != NULL ? fread(file->data, 1, sizeof file->data, stream) : 0;
    if (stream != NULL) {
        fclose(stream);
    }
    return file->size > 0;
}

/* ---- a board with chosen flash contents ---- */

static void files_open(enum nvm_mode mode)
{
    char error[200];
    assert_true(nvm_open(&nvm, device_folder, mode, error, sizeof error));
    nvm_is_open = true;
}

static void files_close(void)
{
    if (nvm_is_open) {
        nvm_close(&nvm);
        nvm_is_open = false;
    }
}

void device_power_off(void)
{
    if (board != NULL) {
        board_free(board);
        board = NULL;
    }
}

/* The files, for changes: the board has no power from now on. */
uint8_t *device_map(enum nvm_file file)
{
    device_power_off();
    if (!nvm_is_open) {
        files_open(NVM_OPEN);
    }
    return nvm.map[file];
}

uint8_t *device_flash(uint32_t address)
{
    return device_map(NVM_FLASH) + (address - FLASH_BASE);
}

void device_program(uint32_t address, const void *data, size_t size)
{
    memcpy(device_flash(address), data, size);
    for (size_t quad = (address - FLASH_BASE) / 16; quad * 16 < address - FLASH_BASE + size;
         quad++) {
        device_map(NVM_PROGRAMMED)[quad / 8] |= (uint8_t)(1u << quad % 8);
    }
}

void device_program_kernel(const struct file *file)
{
    struct image_header header;
    const uint8_t *body, *veneers;
    assert_int_equal(image_file_decode(file->data, file->size, &header, &body, &veneers), IMAGE_OK);
    device_program(LAYOUT_KERNEL_BASE, file->data, IMAGE_HEADER_SIZE + header.body_size);
    device_program(LAYOUT_VENEERS_BASE, veneers, IMAGE_VENEERS_SIZE);
}

struct soc_options *device_options(void)
{
    return (struct soc_options *)(void *)device_map(NVM_OPTIONS);
}

static void set_options(void)
{
    soc_options_default(device_options());
    device_options()->optr |= FLASH_OPTR_TZEN_Msk;
    device_options()->secwm1r1 = 0xFF80FFFFu;
    device_options()->secwm2r1 = 0xFFFFFF80u;
    device_options()->secwm2r2 = 0xFF807F80u | LAYOUT_HDP_LAST_PAGE << FLASH_SECWM2R2_HDP2_PEND_Pos;
    device_options()->secbootadd0r = LAYOUT_PREBOOT_BASE | 0x7Cu | FLASH_SECBOOTADD0R_BOOT_LOCK_Msk;
}

static void console(void *context, const char *source, const char *text)
{
    (void)context;
    if (strcmp(source, "boot") == 0) {
        printf("  [%s] %s\n", source, text);
    }
}

void device_make(void)
{
    files_open(NVM_RESET);
    set_options();
    device_program(LAYOUT_PREBOOT_BASE, device_boot_image.data, device_boot_image.size);
    device_program_kernel(&device_kernel_image);
}

void device_drop(void)
{
    device_power_off();
    files_close();
}

struct board *device_power_on(void)
{
    char error[200];
    struct board_config config = {.state_dir = device_folder, .seed = 7, .console = console};
    device_power_off();
    files_close();
    board = board_new(&config, error, sizeof error);
    assert_non_null(board);
    board_power_on(board);
    return board;
}

bool device_begin(void)
{
    char path[512];
    snprintf(path, sizeof path, "%s/boot.img", device_firmware_folder());
    bool good = device_load(path, &device_boot_image);
    snprintf(path, sizeof path, "%s/kernel.img", device_firmware_folder());
    good = device_load(path, &device_kernel_image) && good;
    if (!good) {
        printf("no firmware images: build the firmware first\n");
    }
    return good && mkdtemp(device_folder) != NULL;
}

void device_end(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", device_folder);
    assert_int_equal(system(command), 0); /* NOLINT: made by mkdtemp */
}
