/* The application's external flash: see extflash.h. */
#include "kernel/extflash/extflash.h"

#include <string.h>

#include "drivers/nor.h"
#include "kernel/notify/handle.h"
#include "kernel/storage/staging.h"
#include "kernel/time/time.h"
#include "kernel/work/lock.h"
#include "kernel/work/work.h"

#define READ_STEP  1024u
#define PAGE       256u
#define FETCHED_US 1000000u /* an answer that nobody fetches for so long is dropped */

static uint32_t open_handles;
static struct {
    volatile enum { IDLE, WORKING, FINISHED } state;
    struct extflash_request request;
    uint32_t done;
    enum MvStatus status;
    uint32_t looked_us; /* when its caller last asked */
} job;

uint32_t extflash_size(void)
{
    return nor_size() > STAGING_APP_WINDOW ? nor_size() - STAGING_APP_WINDOW : 0;
}

uint32_t extflash_chip_id(void)
{
    return nor_id();
}

/* ---- Handles ---- */

enum MvStatus extflash_open(MvExternalFlashHandle *handle)
{
    if (extflash_size() == 0) {
        return MV_STATUS_UNAVAILABLE;
    }
    if (open_handles == EXTFLASH_HANDLES) {
        return MV_STATUS_TOOMANYCHANNELS;
    }
    *handle = handle_new(HANDLE_EXTERNAL_FLASH, 0);
    if (*handle == 0) {
        return MV_STATUS_TOOMANYCHANNELS;
    }
    open_handles++;
    return MV_STATUS_OKAY;
}

enum MvStatus extflash_close(MvExternalFlashHandle handle)
{
    if (!extflash_exists(handle)) {
        return MV_STATUS_INVALIDHANDLE;
    }
    handle_free(handle);
    open_handles--;
    return MV_STATUS_OKAY;
}

bool extflash_exists(MvExternalFlashHandle handle)
{
    return handle_find(HANDLE_EXTERNAL_FLASH, handle) >= 0;
}

uint32_t extflash_handles(void)
{
    return open_handles;
}

/* ---- Requests ---- */

static bool same(const struct extflash_request *a, const struct extflash_request *b)
{
    return a->operation == b->operation && a->handle == b->handle && a->address == b->address &&
           a->length == b->length && a->buffer == b->buffer && a->waiter == b->waiter &&
           a->back == b->back;
}

enum extflash_progress extflash_look(const struct extflash_request *request, enum MvStatus *status)
{
    if (job.state == IDLE || !same(request, &job.request)) {
        return EXTFLASH_UNKNOWN;
    }
    job.looked_us = time_us_low();
    if (job.state == WORKING) {
        return EXTFLASH_RUNNING;
    }
    *status = job.status;
    job.state = IDLE;
    return EXTFLASH_DONE;
}

/* A task that was deleted while it waited leaves an answer behind. */
static bool forgotten(void)
{
    return job.state == FINISHED && time_us_low() - job.looked_us > FETCHED_US;
}

bool extflash_begin(const struct extflash_request *request)
{
    if (job.state != IDLE && !forgotten()) {
        return false;
    }
    job.request = *request;
    job.done = 0;
    job.looked_us = time_us_low();
    job.state = WORKING;
    work_wake();
    return true;
}

bool extflash_busy(void)
{
    return job.state != IDLE;
}

/* ---- The work thread ---- */

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Each answers how many bytes it did; 0 if the chip failed. */
static uint32_t step_read(uint32_t at, uint8_t *buffer, uint32_t left)
{
    uint32_t size = smaller(left, READ_STEP);
    return nor_read(at, buffer, size) ? size : 0;
}

static uint32_t step_write(uint32_t at, const uint8_t *buffer, uint32_t left)
{
    uint8_t page[PAGE];
    uint32_t size = smaller(left, PAGE - at % PAGE);
    memcpy(page, buffer, size);
    return nor_program(at, page, size) ? size : 0;
}

static uint32_t step_erase(uint32_t at, uint32_t left)
{
    if (at % NOR_BLOCK_SIZE == 0 && left >= NOR_BLOCK_SIZE) {
        return nor_erase_block(at) ? NOR_BLOCK_SIZE : 0;
    }
    return nor_erase_sector(at) ? NOR_SECTOR_SIZE : 0;
}

static uint32_t step(const struct extflash_request *request, uint32_t done)
{
    uint32_t at = STAGING_APP_WINDOW + request->address + done, left = request->length - done;
    switch (request->operation) {
    case EXTFLASH_READ:
        return step_read(at, request->buffer + done, left);
    case EXTFLASH_WRITE:
        return step_write(at, request->buffer + done, left);
    default:
        return step_erase(at, left);
    }
}

void extflash_poll(void)
{
    if (job.state != WORKING) {
        return;
    }
    uint32_t size = step(&job.request, job.done);
    job.done += size;
    if (size == 0 || job.done >= job.request.length) {
        job.status = size != 0 ? MV_STATUS_OKAY : MV_STATUS_UNAVAILABLE;
        job.state = FINISHED;
    } else {
        work_wake(); /* come again soon */
    }
}

void extflash_reset(void)
{
    job.state = IDLE;
    open_handles = 0;
}
