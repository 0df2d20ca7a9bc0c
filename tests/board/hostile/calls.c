// Calls with all memory behind their arguments, good and bad.
#include "calls.h"

#include <string.h>

#include "app.h"

#include "calls_table.h"

const struct call *const call_list = calls;
const uint32_t call_count = sizeof calls / sizeof *calls;
const struct shape *const shape_list = shapes;

// Secure memory under all its names, peripherals, the processor's own registers, nothing at all,
// and ranges that begin well and end badly.
const uint32_t bad_addresses[] = {
    0,
    1,
    0x00000004u,
    PREBOOT,
    0x0C106000u, // rollback ratchet
    SECURE_FLASH,
    0x0C1D0000u, // identity
    0x0C1D2000u, // records
    VENEERS,
    0x0C000000u, // secure alias of our own flash
    NS_BANK2,
    0x081D0000u,
    0x08FFFFF0u,
    0x0A080000u, // kernel's RAM on the code bus
    0x0A000000u, // our RAM on the code bus
    0x0E080000u,
    0x0BF90000u, // system memory
    0x0FF80000u,
    0x1FFFFFFCu,
    NS_KERNEL_RAM,
    0x200BFFF0u,
    0x200C0000u,
    0x2007FFFFu, // the last byte is ours, the next is not
    0x28003FFFu,
    0x080FFFFFu,
    0x28004000u,
    0x30000000u, // secure alias of our RAM
    0x30080000u,
    SECURE_RAM,
    0x300BFC00u,
    0x38000000u,
    0x40000000u, // TIM2: ours, but no memory
    0x40000C00u, // TIM5: the kernel's
    0x40032400u,
    0x40036400u, // BKPSRAM
    0x420C0800u, // RNG
    0x46002400u, // LPUART1
    0x50036400u,
    0x520C0800u,
    0x60000000u,
    0x70000000u,
    0x90000000u, // the kernel's external flash
    0xA0000000u,
    0xE000ED08u,
    0xE002ED08u,
    0xE000EDD0u,
    0xF0000000u,
    0x7FFFFFFFu,
    0x80000000u,
    0xFFFFFFF0u,
    0xFFFFFFFCu,
    0xFFFFFFFFu,
};
const uint32_t bad_address_count = sizeof bad_addresses / sizeof *bad_addresses;

enum {
    SLOT_SETUP_NOTIFICATIONS = 0x080,
    SLOT_REQUEST_NETWORK = 0x040,
    SLOT_OPEN_CHANNEL = 0x0C0,
    SLOT_OPEN_SYSTEM = 0x1E0,
    SLOT_OPEN_FLASH = 0x220,
};

static struct MvNotification ring[4];
uint8_t channel_memory[2][512] __attribute__((aligned(512)));

static enum MvChannelType channel_for(uint32_t address)
{
    uint32_t slot = address & 0xFFEu;
    if (slot == 0x008 || slot == 0x030 || slot == 0x070 || slot == 0x0B0) {
        return MV_CHANNELTYPE_OPAQUEBYTES;
    }
    if (slot >= 0x130 && slot <= 0x140) {
        return MV_CHANNELTYPE_CONFIGFETCH;
    }
    return slot >= 0x148 && slot <= 0x1B0 ? MV_CHANNELTYPE_MQTT : MV_CHANNELTYPE_HTTP;
}

void resources_open(uint32_t handles[HANDLE_KINDS], uint32_t address)
{
    static const uint8_t endpoint[] = "log"; /* of a raw channel; the others take any */
    memset(handles, 0, HANDLE_KINDS * sizeof *handles);
    struct MvNotificationSetup setup = {.irq = 41, .buffer = ring, .buffer_size = sizeof ring};
    (void)mvSetupNotifications(&setup, &handles[0]);
    struct MvRequestNetworkParams network = {.version = 1,
                                             .v1 = {.notification_handle = handles[0]}};
    (void)mvRequestNetwork(&network, &handles[1]);
    struct MvOpenChannelParams channel = {.version = 1,
                                          .v1 = {.notification_handle = handles[0],
                                                 .network_handle = handles[1],
                                                 .receive_buffer = channel_memory[0],
                                                 .receive_buffer_len = sizeof channel_memory[0],
                                                 .send_buffer = channel_memory[1],
                                                 .send_buffer_len = sizeof channel_memory[1],
                                                 .channel_type = channel_for(address),
                                                 .endpoint = {.data = endpoint, .length = 3}}};
    (void)mvOpenChannel(&channel, &handles[2]);
    struct MvOpenSystemNotificationParams system = {.notification_handle = handles[0],
                                                    .notification_source =
                                                        MV_SYSTEMNOTIFICATIONSOURCE_UPDATE};
    (void)mvOpenSystemNotification(&system, &handles[3]);
    (void)mvExternalFlashOpen(&handles[4]);
}

void resource_close(uint32_t address, uint32_t *handle)
{
    switch (address & 0xFFEu) {
    case SLOT_SETUP_NOTIFICATIONS:
        (void)mvCloseNotifications(handle);
        break;
    case SLOT_REQUEST_NETWORK:
        (void)mvReleaseNetwork(handle);
        break;
    case SLOT_OPEN_CHANNEL:
        (void)mvCloseChannel(handle);
        break;
    case SLOT_OPEN_SYSTEM:
        (void)mvCloseSystemNotification(handle);
        break;
    case SLOT_OPEN_FLASH:
        (void)mvExternalFlashClose(handle);
        break;
    default:
        break;
    }
}

// ---- Plans ----

struct arena {
    uint8_t *next;
    const uint32_t *handles;
};

static uint8_t *take(struct arena *arena)
{
    uint8_t *block = arena->next;
    arena->next += BLOCK_SIZE;
    return block;
}

static void fill(struct plan *plan, struct arena *arena, const struct leaf *leaf, uint32_t count,
                 uint8_t *place)
{
    for (uint32_t i = 0; i < count; i++) {
        uint8_t *at = place + leaf[i].offset;
        uint32_t value = leaf[i].value;
        if (leaf[i].kind == LEAF_POINTER) {
            uint8_t *block = take(arena);
            value = (uint32_t)(uintptr_t)block;
            memcpy(at, &value, 4);
            plan->last_byte[plan->pointers] = (uint8_t)leaf[i].value;
            plan->pointer[plan->pointers++] = (uint32_t *)(void *)at;
            if (leaf[i].shape != SHAPE_BYTES) {
                const struct shape *shape = &shapes[leaf[i].shape];
                fill(plan, arena, shape->leaf, shape->leaves, block);
            }
            continue;
        }
        if (leaf[i].kind == LEAF_HANDLE) {
            value = arena->handles[value];
        }
        memcpy(at, &value, leaf[i].size < 4 ? leaf[i].size : 4);
        plan->leaf_size[plan->leaves] = leaf[i].size;
        plan->leaf[plan->leaves++] = at;
    }
}

// A pointer to a handle: what the calls that close something take.
static void point_at_handle(struct plan *plan, const struct call *call,
                            const uint32_t handles[HANDLE_KINDS])
{
    static const struct {
        uint16_t slot;
        uint8_t kind;
    } closers[] = {{0x050, 0}, {0x0D0, 1}, {0x0F8, 2}, {0x1E8, 3}, {0x208, 4}};
    for (uint32_t i = 0; i < sizeof closers / sizeof *closers; i++) {
        if ((call->address & 0xFFEu) == closers[i].slot) {
            *(uint32_t *)(uintptr_t)plan->arguments[0] = handles[closers[i].kind];
        }
    }
    if ((call->address & 0xFFEu) == 0x210) { // mvExternalFlashGetInfo: version is also an input
        *(uint32_t *)(uintptr_t)plan->arguments[1] = 1;
    }
}

void plan_call(struct plan *plan, const struct call *call, uint8_t *memory,
               const uint32_t handles[HANDLE_KINDS])
{
    struct arena arena = {memory, handles};
    memset(plan, 0, sizeof *plan);
    fill(plan, &arena, call->argument, call->arguments, (uint8_t *)plan->arguments);
    point_at_handle(plan, call, handles);
}

uint32_t plan_make(const struct plan *plan, const struct call *call)
{
    return call4(call->address, plan->arguments[0], plan->arguments[1], plan->arguments[2],
                 plan->arguments[3]);
}
