// Calls with random arguments: see tests/board/README.md.
#include <string.h>

#include "app.h"
#include "calls.h"

// The arena reaches to the end of our RAM, so that whatever a call writes from there on is its
// own; the stack is moved below it.
#define ARENA     0x20040000u
#define ARENA_END 0x20080000u
#define STACK_TOP 0x2003F000u

uint32_t random_run(uint32_t count, uint32_t seed);

static uint64_t state;
static uint32_t handles[HANDLE_KINDS];
static uint32_t wanted;

static uint32_t random32(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 16);
}

// Not where our own data and stack are: what a call may rightly overwrite would be ourselves.
static uint32_t harmless(uint32_t address)
{
    if (address - 0x20000000u < ARENA - 0x20000000u || address - 0x28000000u < 0x4000u) {
        return ARENA + address % (ARENA_END - ARENA);
    }
    return address;
}

static uint32_t random_address(void)
{
    uint32_t random = random32();
    switch (random % 8) {
    case 0:
        return harmless(bad_addresses[random / 8 % bad_address_count]);
    case 1:
        return harmless(random32());
    case 2:
        return ARENA_END - random / 8 % 64;
    default:
        return ARENA + (random / 8 % 0x3000u) * (random % 2 ? 16 : 1);
    }
}

static uint32_t random_value(void)
{
    uint32_t random = random32();
    switch (random % 6) {
    case 0:
        return random32();
    case 1:
        return 1u << random / 8 % 32;
    case 2:
        return handles[random / 8 % HANDLE_KINDS];
    case 3:
        return 0u - random / 8 % 64;
    default:
        return random / 8 % 64;
    }
}

static void spoil(struct plan *plan)
{
    for (uint32_t i = 0; i < plan->leaves; i++) {
        if (random32() % 4 == 0) {
            uint32_t value = random_value();
            memcpy(plan->leaf[i], &value, plan->leaf_size[i] < 4 ? plan->leaf_size[i] : 4);
        }
    }
    for (uint32_t i = 0; i < plan->pointers; i++) {
        if (random32() % 4 == 0) {
            *plan->pointer[i] = random_address();
        }
    }
}

enum {
    SLOT_POWER_SAVE = 0x1D0,
    SLOT_DEEP_SLEEP = 0x1F0,
    SLOT_RESTART = 0x200,
    SLOT_FLASH_WRITE = 0x218,
    SLOT_FLASH_ERASE = 0x228,
    SLOT_FLASH_READ = 0x230
};

static uint32_t slot_of(const struct call *call)
{
    return call->address & 0xFFEu;
}

// Calls that end this run, or take long: seldom.
static bool seldom(const struct call *call)
{
    uint32_t slot = slot_of(call);
    return slot == SLOT_RESTART || slot == SLOT_FLASH_WRITE || slot == SLOT_FLASH_ERASE ||
           slot == SLOT_FLASH_READ;
}

static bool allowed(const struct call *call, uint32_t status)
{
    if (call->statuses == 1 && call->arguments > 0) {
        return status <= MV_STATUS_INPUTTOOLONG; // the tables say nothing about it
    }
    return status == MV_STATUS_UNAVAILABLE || (status < 64 && (call->statuses >> status & 1u) != 0);
}

static uint32_t one(uint32_t number)
{
    struct plan plan;
    const struct call *call = &call_list[random32() % call_count];
    if (seldom(call) && random32() % 512 != 0) {
        return 0;
    }
    plan_call(&plan, call, (uint8_t *)ARENA + random32() % 16 * 512, handles);
    spoil(&plan);
    if (slot_of(call) == SLOT_POWER_SAVE || slot_of(call) == SLOT_DEEP_SLEEP) {
        plan.arguments[0] |= 0x80; // sleep would be without end
    }
    uint32_t status = plan_make(&plan, call);
    if (status == MV_STATUS_OKAY && random32() % 2 == 0) {
        resource_close(call->address, (uint32_t *)(uintptr_t)plan.arguments[call->arguments - 1]);
    }
    if (!allowed(call, status)) {
        mailbox->detail[3] = plan.arguments[1];
        mailbox->detail[4] = plan.arguments[2];
        mailbox->detail[5] = number;
        return found(1, call->address, status, plan.arguments[0]);
    }
    return 0;
}

static void calls(void)
{
    uint32_t result = 0;
    for (uint32_t i = 0; i < wanted && result == 0; i++) {
        if (i % 64 == 0) {
            resources_open(handles, call_list[random32() % call_count].address);
        }
        result = one(i);
        mailbox->progress++;
    }
    /* The stack that we came from is in the arena: there is no way back. */
    mailbox->result = result;
    mailbox->state = MAILBOX_DONE;
    for (;;) {
        __asm volatile("wfi");
    }
}

// Every second run as a task on the process stack, where calls take another way.
uint32_t random_run(uint32_t count, uint32_t seed)
{
    state = (uint64_t)seed * 0x9E3779B97F4A7C15ull | 1u;
    wanted = count;
    if (seed % 2 == 0) {
        run_on_process_stack(STACK_TOP, calls);
    } else {
        set_stack_and_call(STACK_TOP, (uint32_t)(uintptr_t)calls);
    }
    return mailbox->result;
}
