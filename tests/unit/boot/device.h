/* A simulated device made from the firmware's images, whose flash the test may change while it has
 * no power. Everything lives in one temporary folder. */
#ifndef TESTS_BOOT_DEVICE_H
#define TESTS_BOOT_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "board/board.h"
#include "board/nvm.h"
#include "formats/image.h"

#define DEVICE_FILE_MAX (IMAGE_HEADER_SIZE + IMAGE_BODY_SIZE_MAX + IMAGE_VENEERS_SIZE)

struct file {
    uint8_t data[DEVICE_FILE_MAX];
    size_t size;
};

/* The images, and the folder that everything temporary goes to. */
extern struct file device_boot_image, device_kernel_image;
extern char device_folder[];

/* Finds the images in MV_FIRMWARE_DIR (build/firmware); false if there are none. */
bool device_begin(void);
void device_end(void);
const char *device_firmware_folder(void);
bool device_load(const char *path, struct file *file);

/* A fresh device with boot code, kernel and the right option bytes; without power. */
void device_make(void);
void device_drop(void);
/* Switches it on; the returned board lives until the next change. */
struct board *device_power_on(void);
void device_power_off(void);

/* For changes. They take the power away. */
uint8_t *device_map(enum nvm_file file);
uint8_t *device_flash(uint32_t secure_address);
void device_program(uint32_t secure_address, const void *data, size_t size);
void device_program_kernel(const struct file *file);
struct soc_options *device_options(void);

#endif
