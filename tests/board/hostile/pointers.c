// Every pointer of every call, however deep in a structure, at every place that is not ours.
#include <string.h>

#include "app.h"
#include "calls.h"

#define ARENA ((uint8_t *)0x20040000u)

#define MPU_READ_WRITE_ALL (1u << 1)
#define MPU_PRIVILEGED     (0u << 1)
#define MPU_READ_ONLY_ALL  (3u << 1)
#define PROTECTED          0x20060000u
#define LAST_BYTE          0x2007FFFFu
#define LAST_BYTE_OF_SRAM4 0x28003FFFu

static bool listed(const struct call *call, uint32_t status)
{
    return status < 64 && (call->statuses >> status & 1u) != 0;
}

// With the call's own result if all is well: some calls cannot get far without a network.
uint32_t attack_pointers(uint32_t argument)
{
    const struct call *call = &call_list[argument];
    uint32_t handles[HANDLE_KINDS];
    struct plan plan;
    resources_open(handles, call->address);
    plan_call(&plan, call, ARENA, handles);
    uint32_t answer = plan_make(&plan, call);
    bool reachable = answer == MV_STATUS_OKAY;
    mailbox->detail[5] = answer; /* for people */
    if (reachable) {
        resource_close(call->address, (uint32_t *)(uintptr_t)plan.arguments[call->arguments - 1]);
    }
    for (uint32_t p = 0; p < plan.pointers; p++) {
        for (uint32_t i = 0; i < bad_address_count; i++) {
            if (plan.last_byte[p] &&
                (bad_addresses[i] == LAST_BYTE || bad_addresses[i] == LAST_BYTE_OF_SRAM4)) {
                continue;
            }
            plan_call(&plan, call, ARENA, handles);
            *plan.pointer[p] = bad_addresses[i];
            uint32_t status = plan_make(&plan, call);
            if (status == MV_STATUS_OKAY || status > MV_STATUS_INPUTTOOLONG) {
                mailbox->detail[3] = reachable;
                return found(1, p, bad_addresses[i], status);
            }
            if (call->statuses > 1 && !listed(call, status) && status != MV_STATUS_UNAVAILABLE) {
                return found(2, p, bad_addresses[i], status);
            }
        }
    }
    return 0;
}

// Every length, count, version and number of every call: huge, negative, around limits.
uint32_t attack_lengths(uint32_t argument)
{
    static const uint32_t values[] = {0xFFFFFFFFu, 0x80000000u, 0x7FFFFFFFu, 0x40000001u,
                                      0x00080001u, 0x10000u,    0x101u,      0};
    const struct call *call = &call_list[argument];
    uint32_t handles[HANDLE_KINDS];
    struct plan plan;
    resources_open(handles, call->address);
    plan_call(&plan, call, ARENA, handles);
    uint32_t leaves = plan.leaves;
    for (uint32_t n = 0; n < leaves; n++) {
        for (uint32_t i = 0; i < sizeof values / sizeof *values; i++) {
            plan_call(&plan, call, ARENA, handles);
            memcpy(plan.leaf[n], &values[i], plan.leaf_size[n] < 4 ? plan.leaf_size[n] : 4);
            uint32_t status = plan_make(&plan, call);
            if (status > MV_STATUS_INPUTTOOLONG ||
                (call->statuses > 1 && !listed(call, status) && status != MV_STATUS_UNAVAILABLE)) {
                return found(1, n, values[i], status);
            }
        }
    }
    return 0;
}

static void protect(uint32_t number, uint32_t first, uint32_t last, uint32_t access)
{
    REG(MPU_RNR) = number;
    REG(MPU_RBAR) = first | access | 1u;
    REG(MPU_RLAR) = (last & ~31u) | 1u;
}

// Our own memory protection: a task must not have the kernel write where it may not itself.
static void protections(uint32_t access)
{
    REG(MPU_RNR) = 0;
    REG(MPU_RBAR) = 0x08000000u | MPU_READ_ONLY_ALL;
    REG(MPU_RLAR) = 0x080FFFE0u | 1u;
    protect(1, 0x20000000u, PROTECTED - 1, MPU_READ_WRITE_ALL);
    protect(2, PROTECTED, PROTECTED + 0xFFFu, access);
    protect(3, PROTECTED + 0x1000u, 0x2007FFFFu, MPU_READ_WRITE_ALL);
    protect(4, 0x28000000u, 0x28003FFFu, MPU_READ_WRITE_ALL);
    REG(MPU_CTRL) = 5;
    __asm volatile("dsb\n isb" ::: "memory");
}

static void unprivileged(bool on)
{
    if (on) {
        __asm volatile("msr control, %0\n isb" ::"r"(1) : "memory");
    }
}

static uint32_t try_protected(void)
{
    static uint32_t const places[] = {PROTECTED, PROTECTED + 0xFFC, PROTECTED - 4, PROTECTED - 2};
    uint32_t *straddle = (uint32_t *)(uintptr_t)places[2];
    uint32_t refused = 0;
    refused += mvGetHClk((uint32_t *)(uintptr_t)places[0]) == MV_STATUS_PARAMETERFAULT;
    refused += mvGetHClk((uint32_t *)(uintptr_t)places[1]) == MV_STATUS_PARAMETERFAULT;
    refused += mvGetMicroseconds((uint64_t *)(void *)straddle) == MV_STATUS_PARAMETERFAULT;
    refused += mvGetDeviceId((uint8_t *)(uintptr_t)places[3], 34) == MV_STATUS_PARAMETERFAULT;
    return refused == 4 ? 0 : found(1, refused, 0, 0);
}

static void back_to_privileged(void)
{
    __asm volatile("msr control, %0\n isb" ::"r"(0) : "memory");
}

// The supervisor call that gives the privilege back for the rest of the test.
static void use_supervisor_call(void)
{
    vectors[11] = (uint32_t)(uintptr_t)back_to_privileged | 1u;
}

uint32_t attack_unprivileged_pointer(uint32_t argument)
{
    (void)argument;
    use_supervisor_call();
    protections(MPU_PRIVILEGED);
    unprivileged(true);
    uint32_t result = try_protected();
    __asm volatile("svc #0" ::: "memory");
    REG(MPU_CTRL) = 0;
    return result;
}

uint32_t attack_read_only_pointer(uint32_t argument)
{
    (void)argument;
    protections(MPU_READ_ONLY_ALL);
    uint32_t result = try_protected();
    REG(MPU_CTRL) = 0;
    return result;
}
