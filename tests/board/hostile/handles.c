// Handles that were never given, not any more, or for something else.
#include "app.h"
#include "calls.h"

#define GUESSES 3000u

static uint32_t random_state = 88172645u;

static uint32_t random_word(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

static uint32_t use(uint32_t kind, uint32_t handle)
{
    uint32_t words[4] = {1, 0, 0, 0};
    switch (kind) {
    case 0:
        return mvTempTriggerNotification(handle, MV_EVENTTYPE_NETWORKSTATUSCHANGED, 0);
    case 1:
        return mvGetNetworkStatus(handle, (enum MvNetworkStatus *)words);
    case 2:
        return mvGetChannelClosureReason(handle, (enum MvClosureReason *)words);
    case 3:
        words[0] = handle;
        return mvCloseSystemNotification(words);
    default:
        return mvExternalFlashGetInfo(handle, (struct MvExternalFlashInfo *)(void *)words);
    }
}

static uint32_t close_it(uint32_t kind, uint32_t handle)
{
    uint32_t copy = handle;
    switch (kind) {
    case 0:
        return mvCloseNotifications(&copy);
    case 1:
        return mvReleaseNetwork(&copy);
    case 2:
        return mvCloseChannel(&copy);
    case 3:
        return mvCloseSystemNotification(&copy);
    default:
        return mvExternalFlashClose(&copy);
    }
}

uint32_t attack_guess_handles(uint32_t argument)
{
    uint32_t handles[HANDLE_KINDS];
    resources_open(handles, 0);
    uint32_t near = handles[argument];
    for (uint32_t i = 0; i < GUESSES; i++) {
        uint32_t guess = i < 64 ? i : i < 128 ? near + i - 96 : random_word();
        guess = i >= 128 && i < 160 ? near ^ 1u << (i - 128) : guess;
        bool ours = false;
        for (uint32_t kind = 0; kind < HANDLE_KINDS; kind++) {
            ours = ours || guess == handles[kind];
        }
        if (!ours && use(argument, guess) == MV_STATUS_OKAY) {
            return found(1, guess, near, i);
        }
    }
    return 0;
}

uint32_t attack_stale_handles(uint32_t argument)
{
    uint32_t handles[HANDLE_KINDS], again[HANDLE_KINDS];
    (void)argument;
    resources_open(handles, 0);
    for (uint32_t kind = HANDLE_KINDS; kind-- > 0;) {
        if (handles[kind] != 0 && close_it(kind, handles[kind]) != MV_STATUS_OKAY) {
            return found(1, kind, handles[kind], 0);
        }
    }
    resources_open(again, 0);
    for (uint32_t kind = 0; kind < HANDLE_KINDS; kind++) {
        if (use(kind, handles[kind]) == MV_STATUS_OKAY ||
            close_it(kind, handles[kind]) == MV_STATUS_OKAY) {
            return found(2, kind, handles[kind], again[kind]);
        }
    }
    return 0;
}

uint32_t attack_crossed_handles(uint32_t argument)
{
    uint32_t handles[HANDLE_KINDS];
    (void)argument;
    resources_open(handles, 0);
    for (uint32_t of = 0; of < HANDLE_KINDS; of++) {
        for (uint32_t as = 0; as < HANDLE_KINDS; as++) {
            if (of != as && (use(as, handles[of]) == MV_STATUS_OKAY ||
                             close_it(as, handles[of]) == MV_STATUS_OKAY)) {
                return found(1, of, as, handles[of]);
            }
        }
    }
    return 0;
}

// The buffers of an open channel belong to the kernel: we write there all the same, while it
// works on the request that the argument names.
uint32_t attack_channel_buffers(uint32_t argument)
{
    uint32_t handles[HANDLE_KINDS];
    struct plan plan;
    const struct call *call = call_list;
    while ((call->address & 0xFFEu) != argument) {
        call++;
    }
    resources_open(handles, call->address);
    if (handles[2] == 0) {
        return found(1, argument, 0, 0);
    }
    plan_call(&plan, call, (uint8_t *)0x20040000u, handles);
    (void)plan_make(&plan, call);
    for (uint32_t i = 0; i < 400; i++) {
        for (uint32_t k = 0; k < sizeof channel_memory; k += 4) {
            *(uint32_t *)(void *)&channel_memory[k / 512][k % 512] = i % 3 == 0   ? ~0u
                                                                     : i % 3 == 1 ? random_word()
                                                                                  : 0;
        }
        (void)plan_make(&plan, call);
        wait_us(100);
    }
    return mvCloseChannel(&handles[2]) == MV_STATUS_OKAY ? 0 : found(2, handles[2], 0, 0);
}

uint32_t attack_fill_channels(uint32_t argument)
{
    static uint8_t memory[16][1024] __attribute__((aligned(512)));
    uint32_t handles[HANDLE_KINDS], open = 0;
    (void)argument;
    resources_open(handles, 0);
    for (uint32_t i = 0; i < 20; i++) {
        MvChannelHandle channel = 0;
        struct MvOpenChannelParams params = {.version = 1,
                                             .v1 = {.notification_handle = handles[0],
                                                    .network_handle = handles[1],
                                                    .receive_buffer = memory[i % 16],
                                                    .receive_buffer_len = 512,
                                                    .send_buffer = memory[i % 16] + 512,
                                                    .send_buffer_len = 512,
                                                    .channel_type = (enum MvChannelType)(i % 4)}};
        open += mvOpenChannel(&params, &channel) == MV_STATUS_OKAY;
        wait_us(150000);
    }
    return open >= 1 && open <= 3 ? 0 : found(1, open, 0, 0); // and the one of resources_open
}

// Numbers that cannot be foretold: no two equal, none zero, no fixed step.
uint32_t attack_handle_numbers(uint32_t argument)
{
    uint32_t seen[64], steps = 0, handles[HANDLE_KINDS];
    (void)argument;
    resources_open(handles, 0);
    for (uint32_t i = 0; i < 64; i++) {
        MvExternalFlashHandle flash = 0;
        MvNetworkHandle network = 0;
        struct MvRequestNetworkParams params = {.version = 1,
                                                .v1 = {.notification_handle = handles[0]}};
        seen[i] = i % 2 == 0 ? (mvExternalFlashOpen(&flash), flash)
                             : (mvRequestNetwork(&params, &network), network);
        if (seen[i] == 0) {
            return found(1, i, 0, 0);
        }
        for (uint32_t k = 0; k < i; k++) {
            if (seen[k] == seen[i]) {
                return found(2, i, k, seen[i]);
            }
        }
        steps += i > 2 && seen[i] - seen[i - 1] == seen[i - 1] - seen[i - 2];
        (void)mvExternalFlashClose(&flash);
        (void)mvReleaseNetwork(&network);
        wait_us(11000); // the kernel makes new numbers between calls
    }
    return steps > 4 ? found(3, steps, 0, 0) : 0;
}
