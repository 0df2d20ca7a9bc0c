/* Small records that survive power cuts: what is installed, settings.
 *
 * Two areas of two flash pages, one of them active. An area begins with a quad-word that carries
 * its generation, written last when the area is made; behind it records are appended, the newest of
 * a key counts. When an area is full, or its tail is damaged, the live records are copied to the
 * other one. A set that returns true is there after any power cut; a set that was cut leaves the
 * old value.
 */
#ifndef KERNEL_STORAGE_RECORDS_H
#define KERNEL_STORAGE_RECORDS_H

#include <stdbool.h>
#include <stdint.h>

#define RECORDS_SIZE_MAX 1024u /* of one record */

enum record_key {
    RECORD_APP = 1,    /* struct update_app_record */
    RECORD_TARGET = 2, /* struct update_target_record */
    RECORD_SETTINGS = 3,
    RECORD_WIFI = 4,  /* struct wifi_config */
    RECORD_KEYS = 16, /* keys are 1 to RECORD_KEYS - 1 */
};

/* Finds the active area, or makes one. False: the flash does not work. */
bool records_init(void);
/* Copies a record; returns its size, or -1 if there is none or it is larger than `size`. */
int32_t records_get(enum record_key key, void *data, uint32_t size);
/* Writes a record of 1 to RECORDS_SIZE_MAX bytes. Nothing is written if it already has this value.
 */
bool records_set(enum record_key key, const void *data, uint32_t size);
/* Removes a record; true also if there was none. */
bool records_remove(enum record_key key);

#endif
