// Every finished call with good and with bad arguments.
#include <string.h>

#include "mv_syscalls.h"
#include "report.h"

#define SECURE_RAM   0x30080000u
#define KERNEL_RAM   0x20080000u // the kernel's half of SRAM3 by its non-secure address
#define KERNEL_FLASH 0x0C110400u
#define APP_FLASH    0x08000000u
#define PERIPHERAL   0x40000000u
#define RAM_END      0x20080000u
#define NOWHERE      0xE0001000u

#define RCC_NS        0x46020C00u
#define RCC_AHB1ENR   (RCC_NS + 0x88u)
#define RCC_APB1ENR1  (RCC_NS + 0x9Cu)
#define RCC_AHB2RSTR1 (RCC_NS + 0x64u)
#define CR_HSION      (1u << 8)
#define CR_HSIRDY     (1u << 10)
#define CR_PLL1ON     (1u << 24)
#define AHB1ENR_CRCEN (1u << 12)
#define APB1ENR1_TIM5 (1u << 3)
#define APB1ENR1_TIM7 (1u << 5)

#define IRQ_TIM2     45u
#define IRQ_TIM3     46u
#define IRQ_TIM5     48u
#define IRQ_LPUART1  66u
#define NVIC_ISPR(n) (*(volatile uint32_t *)(0xE000E200u + (n) / 32 * 4))
#define NVIC_ICPR(n) (*(volatile uint32_t *)(0xE000E280u + (n) / 32 * 4))

#define MPU_CTRL  (*(volatile uint32_t *)0xE000ED94u)
#define MPU_RNR   (*(volatile uint32_t *)0xE000ED98u)
#define MPU_RBAR  (*(volatile uint32_t *)0xE000ED9Cu)
#define MPU_RLAR  (*(volatile uint32_t *)0xE000EDA0u)
#define MPU_MAIR0 (*(volatile uint32_t *)0xE000EDC0u)

static const uint32_t bad_pointers[] = {0,           SECURE_RAM,  KERNEL_RAM, KERNEL_FLASH,
                                        APP_FLASH,   PERIPHERAL,  NOWHERE,    RAM_END - 1,
                                        0xFFFFFFFFu, 0x0C1FE000u, 0x50000C00u};
#define BAD_POINTERS (sizeof bad_pointers / sizeof *bad_pointers)

static uint8_t ring[64] __attribute__((aligned(8)));
static uint8_t ring_2[32] __attribute__((aligned(8)));
static uint8_t log_memory[1024] __attribute__((aligned(512)));

static void clocks(void)
{
    enum MvStatus (*const getters[])(uint32_t *) = {mvGetSysClk, mvGetHClk, mvGetPClk1, mvGetPClk2};
    for (unsigned i = 0; i < 4; i++) {
        uint32_t hz = 0;
        check_equal("clock getter", getters[i](&hz), MV_STATUS_OKAY);
        check_equal("clock value", hz, 160000000u);
        for (unsigned k = 0; k < BAD_POINTERS; k++) {
            enum MvStatus status = getters[i]((uint32_t *)bad_pointers[k]);
            if (bad_pointers[k] == RAM_END - 1) {
                continue; // begins in our own memory; what lies behind it stays unharmed
            }
            check_equal("clock getter, bad pointer", status, MV_STATUS_PARAMETERFAULT);
        }
    }
}

static void time_and_identity(void)
{
    uint64_t first = 0, second = 0, wall = 0;
    char id[36] = "";
    id[34] = '#';
    check_equal("mvGetMicroseconds", mvGetMicroseconds(&first), MV_STATUS_OKAY);
    check_equal("mvGetMicroseconds again", mvGetMicroseconds(&second), MV_STATUS_OKAY);
    check_true("time does not run backwards", second >= first && first > 0);
    for (unsigned k = 0; k < BAD_POINTERS; k++) {
        check_equal("mvGetMicroseconds, bad pointer",
                    mvGetMicroseconds((uint64_t *)bad_pointers[k]), MV_STATUS_PARAMETERFAULT);
        check_equal("mvGetDeviceId, bad pointer", mvGetDeviceId((uint8_t *)bad_pointers[k], 34),
                    MV_STATUS_PARAMETERFAULT);
        check_equal("mvGetWallTime, bad pointer", mvGetWallTime((uint64_t *)bad_pointers[k]),
                    MV_STATUS_PARAMETERFAULT);
    }
    enum MvStatus status = mvGetWallTime(&wall);
    check_true("mvGetWallTime", status == MV_STATUS_OKAY || status == MV_STATUS_TIMENOTSET);
    check_equal("mvGetDeviceId, 33", mvGetDeviceId((uint8_t *)id, 33), MV_STATUS_INVALIDBUFFERSIZE);
    check_equal("mvGetDeviceId", mvGetDeviceId((uint8_t *)id, 34), MV_STATUS_OKAY);
    check_equal("device id is not terminated", (uint8_t)id[34], '#');
    id[34] = 0;
    report_line("device id %s", id);
    check_equal("mvNoOp", mvNoOp(), MV_STATUS_OKAY);
}

static void peripherals(void)
{
    uint32_t value = 0, again = 0;
    check_equal("peek", mvPeriphPeek32(RCC_AHB1ENR, &value), MV_STATUS_OKAY);
    check_equal("poke sets", mvPeriphPoke32(RCC_AHB1ENR, AHB1ENR_CRCEN, AHB1ENR_CRCEN),
                MV_STATUS_OKAY);
    (void)mvPeriphPeek32(RCC_AHB1ENR, &again);
    check_equal("bit is set", again, value | AHB1ENR_CRCEN);
    (void)mvPeriphPoke32(RCC_AHB1ENR, 0, AHB1ENR_CRCEN);
    (void)mvPeriphPeek32(RCC_AHB1ENR, &again);
    check_equal("bit is toggled", again & AHB1ENR_CRCEN, 0);
    check_equal("poke of everything", mvPeriphPoke32(RCC_APB1ENR1, 0xFFFFFFFFu, APB1ENR1_TIM7),
                MV_STATUS_OKAY);
    (void)mvPeriphPeek32(RCC_APB1ENR1, &again);
    check_equal("the kernel's timer stays", again & APB1ENR1_TIM5, APB1ENR1_TIM5);
    check_equal("the permitted bit changed", again & APB1ENR1_TIM7, APB1ENR1_TIM7);
    (void)mvPeriphPoke32(RCC_APB1ENR1, 1u << 17, 1u << 17); // USART2 again
    check_equal("poke of port resets", mvPeriphPoke32(RCC_AHB2RSTR1, 0, 0x1FF), MV_STATUS_OKAY);
    (void)mvPeriphPeek32(RCC_AHB2RSTR1, &again);
    check_equal("ports are not reset", again & 0x1FF, 0);
    (void)mvPeriphPoke32(RCC_NS, CR_HSION, CR_HSION); // as HAL_RCC_OscConfig does
    for (uint32_t i = 0; i < 1000 && (again & CR_HSIRDY) == 0; i++) {
        (void)mvPeriphPeek32(RCC_NS, &again);
    }
    check_equal("HSI16 runs", again & CR_HSIRDY, CR_HSIRDY);
    (void)mvPeriphPoke32(RCC_NS, CR_PLL1ON | CR_HSION, 0);
    (void)mvPeriphPeek32(RCC_NS, &again);
    check_equal("the system's PLL stays", again & CR_PLL1ON, CR_PLL1ON);
    check_equal("peek FLASH_ACR", mvPeriphPeek32(0x40022000u, &again), MV_STATUS_OKAY);
    check_equal("peek PWR_VOSR", mvPeriphPeek32(0x4602080Cu, &again), MV_STATUS_OKAY);
    check_equal("peek elsewhere", mvPeriphPeek32(0x40000000u, &again),
                MV_STATUS_PERIPHERALACCESSFAULT);
    check_equal("peek secure alias", mvPeriphPeek32(RCC_AHB1ENR + 0x10000000u, &again),
                MV_STATUS_PERIPHERALACCESSFAULT);
    check_equal("peek unaligned", mvPeriphPeek32(RCC_AHB1ENR + 2, &again),
                MV_STATUS_PERIPHERALACCESSFAULT);
    check_equal("poke unaligned", mvPeriphPoke32(RCC_AHB1ENR + 1, 0, 0),
                MV_STATUS_PERIPHERALACCESSFAULT);
    check_equal("poke of a hole", mvPeriphPoke32(RCC_NS + 0x4, 0, 0),
                MV_STATUS_PERIPHERALACCESSFAULT);
    check_true("peek, bad pointer",
               mvPeriphPeek32(RCC_AHB1ENR, (uint32_t *)SECURE_RAM) != MV_STATUS_OKAY);
}

static void notifications(void)
{
    struct MvNotificationSetup setup = {IRQ_TIM2, (struct MvNotification *)ring, sizeof ring};
    struct MvNotificationSetup other = {IRQ_TIM3, (struct MvNotification *)ring_2, sizeof ring_2};
    MvNotificationHandle handle = 0, handle_2 = 0;
    const struct MvNotification *record = (const struct MvNotification *)ring;
    check_equal("mvSetupNotifications", mvSetupNotifications(&setup, &handle), MV_STATUS_OKAY);
    check_true("handle is not 0", handle != 0);
    check_equal("buffer in use", mvSetupNotifications(&setup, &handle_2),
                MV_STATUS_BUFFERALREADYINUSE);
    other.irq = IRQ_TIM2;
    check_equal("irq in use", mvSetupNotifications(&other, &handle_2), MV_STATUS_INVALIDINTERRUPT);
    other.irq = IRQ_TIM5;
    check_equal("kernel's irq", mvSetupNotifications(&other, &handle_2),
                MV_STATUS_INVALIDINTERRUPT);
    other.irq = 500;
    check_equal("no irq", mvSetupNotifications(&other, &handle_2), MV_STATUS_INVALIDINTERRUPT);
    other.irq = IRQ_TIM3;
    other.buffer_size = 24;
    check_equal("size 24", mvSetupNotifications(&other, &handle_2), MV_STATUS_INVALIDBUFFERSIZE);
    other.buffer_size = 16;
    check_equal("size 16", mvSetupNotifications(&other, &handle_2), MV_STATUS_INVALIDBUFFERSIZE);
    other.buffer_size = 32;
    other.buffer = (struct MvNotification *)SECURE_RAM;
    check_equal("secure buffer", mvSetupNotifications(&other, &handle_2), MV_STATUS_PARAMETERFAULT);
    other.buffer = (struct MvNotification *)(RAM_END - 16);
    check_equal("buffer over the end", mvSetupNotifications(&other, &handle_2),
                MV_STATUS_PARAMETERFAULT);
    other.buffer = (struct MvNotification *)ring_2;
    check_equal("bad setup", mvSetupNotifications((void *)SECURE_RAM, &handle_2),
                MV_STATUS_PARAMETERFAULT);
    check_equal("bad handle pointer", mvSetupNotifications(&other, (void *)APP_FLASH),
                MV_STATUS_PARAMETERFAULT);

    NVIC_ICPR(IRQ_TIM2) = 1u << (IRQ_TIM2 % 32);
    for (uint32_t i = 0; i < 5; i++) {
        check_equal("trigger", mvTempTriggerNotification(handle, MV_EVENTTYPE_UPDATEDOWNLOADED, i),
                    MV_STATUS_OKAY);
    }
    check_true("irq is pending", (NVIC_ISPR(IRQ_TIM2) >> (IRQ_TIM2 % 32)) & 1u);
    check_equal("ring wraps", record[0].tag, 4);
    check_equal("second record", record[1].tag, 1);
    check_equal("event type", record[3].event_type, MV_EVENTTYPE_UPDATEDOWNLOADED);
    check_true("time stamps rise", record[0].microseconds >= record[1].microseconds);
    check_equal("trigger, wrong handle", mvTempTriggerNotification(handle ^ 0x80, 1, 1),
                MV_STATUS_INVALIDHANDLE);
    check_equal("trigger, handle 0", mvTempTriggerNotification(0, 1, 1), MV_STATUS_INVALIDHANDLE);

    struct MvOpenSystemNotificationParams params = {handle, 77,
                                                    MV_SYSTEMNOTIFICATIONSOURCE_NETWORK};
    MvSystemEventHandle event = 0;
    check_equal("mvOpenSystemNotification", mvOpenSystemNotification(&params, &event),
                MV_STATUS_OKAY);
    params.notification_source = 9;
    check_equal("unknown source", mvOpenSystemNotification(&params, &event),
                MV_STATUS_INVALIDHANDLE);
    check_equal("mvCloseSystemNotification", mvCloseSystemNotification(&event), MV_STATUS_OKAY);
    check_equal("handle cleared", event, 0);
    check_equal("closed twice", mvCloseSystemNotification(&event), MV_STATUS_INVALIDHANDLE);

    check_equal("mvCloseNotifications", mvCloseNotifications(&handle), MV_STATUS_OKAY);
    check_equal("handle is 0", handle, 0);
    check_equal("closed again", mvCloseNotifications(&handle), MV_STATUS_INVALIDHANDLE);
    check_equal("close, bad pointer", mvCloseNotifications((void *)SECURE_RAM),
                MV_STATUS_PARAMETERFAULT);
    NVIC_ICPR(IRQ_TIM2) = 1u << (IRQ_TIM2 % 32);
}

static void many_centres(void)
{
    static uint8_t rings[33][32];
    MvNotificationHandle handles[33] = {0};
    uint32_t opened = 0;
    enum MvStatus status = MV_STATUS_OKAY;
    for (uint32_t i = 0; i < 33 && status == MV_STATUS_OKAY; i++) {
        // 79 onwards: interrupts that nothing else uses here
        struct MvNotificationSetup setup = {79 + i + (i >= 15), (void *)rings[i], 32};
        status = mvSetupNotifications(&setup, &handles[i]);
        opened += status == MV_STATUS_OKAY;
    }
    check_equal("centres", opened, 32);
    check_equal("33rd centre", status, MV_STATUS_TOOMANYNOTIFICATIONBUFFERS);
    for (uint32_t i = 0; i < opened; i++) {
        status |= mvCloseNotifications(&handles[i]);
    }
}

static void network(void)
{
    struct MvNotificationSetup setup = {IRQ_TIM2, (struct MvNotification *)ring, sizeof ring};
    MvNotificationHandle centre = 0;
    MvNetworkHandle handle = 0, none = 0;
    enum MvNetworkReason reasons = 0;
    enum MvNetworkStatus status = MV_NETWORKSTATUS__MAX;
    uint32_t count = 99;
    (void)mvSetupNotifications(&setup, &centre);
    struct MvRequestNetworkParams params = {
        .version = 1, .v1 = {.notification_handle = centre, .notification_tag = 5}};
    check_equal("mvGetNetworkReasons", mvGetNetworkReasons(&reasons, &count), MV_STATUS_OKAY);
    check_true("never used the network", reasons & MV_NETWORKREASON_NEVERUSEDNETWORKAPI);
    check_equal("no handles", count, 0);
    check_equal("mvRequestNetwork", mvRequestNetwork(&params, &handle), MV_STATUS_OKAY);
    (void)mvGetNetworkReasons(&reasons, &count);
    check_equal("using the network",
                reasons & (MV_NETWORKREASON_NEVERUSEDNETWORKAPI | MV_NETWORKREASON_USINGNETWORK),
                MV_NETWORKREASON_USINGNETWORK);
    check_equal("one handle", count, 1);
    check_equal("mvGetNetworkStatus", mvGetNetworkStatus(handle, &status), MV_STATUS_OKAY);
    check_true("a state", (uint32_t)status <= MV_NETWORKSTATUS_DISCONNECTEDWITHLINKUP);
    check_equal("status, centre's handle", mvGetNetworkStatus(centre, &status),
                MV_STATUS_INVALIDHANDLE);
    check_equal("status, bad pointer", mvGetNetworkStatus(handle, (void *)APP_FLASH),
                MV_STATUS_PARAMETERFAULT);
    params.version = 2;
    check_equal("version 2", mvRequestNetwork(&params, &none),
                MV_STATUS_UNSUPPORTEDSTRUCTUREVERSION);
    check_equal("request, bad pointer", mvRequestNetwork((void *)KERNEL_RAM, &none),
                MV_STATUS_PARAMETERFAULT);
    check_equal("reasons, bad pointer", mvGetNetworkReasons(&reasons, (void *)SECURE_RAM),
                MV_STATUS_PARAMETERFAULT);
    check_equal("mvReleaseNetwork", mvReleaseNetwork(&handle), MV_STATUS_OKAY);
    check_equal("network handle cleared", handle, 0);
    check_equal("released twice", mvReleaseNetwork(&handle), MV_STATUS_INVALIDHANDLE);
    (void)mvCloseNotifications(&centre);
}

static void logging(void)
{
    static const char text[] = "hello from the test application";
    check_equal("log before init", mvServerLog((const uint8_t *)text, sizeof text - 1),
                MV_STATUS_UNAVAILABLE);
    check_equal("init, alignment", mvServerLoggingInit(log_memory + 4, 512),
                MV_STATUS_INVALIDBUFFERALIGNMENT);
    check_equal("init, size", mvServerLoggingInit(log_memory, 500), MV_STATUS_INVALIDBUFFERSIZE);
    check_equal("init, size 0", mvServerLoggingInit(log_memory, 0), MV_STATUS_INVALIDBUFFERSIZE);
    check_equal("init, secure", mvServerLoggingInit((void *)SECURE_RAM, 512),
                MV_STATUS_PARAMETERFAULT);
    check_equal("init", mvServerLoggingInit(log_memory, sizeof log_memory), MV_STATUS_OKAY);
    check_equal("log", mvServerLog((const uint8_t *)text, sizeof text - 1), MV_STATUS_OKAY);
    check_equal("log from flash", mvServerLog((const uint8_t *)"flash", 5), MV_STATUS_OKAY);
    check_equal("log, secure message", mvServerLog((void *)KERNEL_FLASH, 20),
                MV_STATUS_PARAMETERFAULT);
    check_equal("log, over the end", mvServerLog((void *)(RAM_END - 8), 16),
                MV_STATUS_PARAMETERFAULT);
    check_equal("log, too long", mvServerLog((void *)0x20000000u, 2000),
                MV_STATUS_LOGMESSAGETOOLONG);
    // Whatever we do to our own buffer, the kernel must not stumble.
    memset(log_memory, 0xFF, sizeof log_memory);
    (void)mvServerLog((const uint8_t *)text, sizeof text - 1);
}

static void not_there(void)
{
    static const uint16_t offsets[] = {0x0A0, 0x1B8, 0x1C0, 0x1C8, 0x238};
    for (unsigned i = 0; i < sizeof offsets / sizeof *offsets; i++) {
        enum MvStatus (*call)(uint32_t, uint32_t, uint32_t, uint32_t) =
            (enum MvStatus(*)(uint32_t, uint32_t, uint32_t, uint32_t))(0x0C1FE001u + offsets[i]);
        check_equal("call not there", call(SECURE_RAM, 1, 2, 3), MV_STATUS_UNAVAILABLE);
    }
    check_equal("mvTemporaryStructTest", mvTemporaryStructTest((void *)SECURE_RAM), MV_STATUS_OKAY);
    check_equal("mvSystemLedEnable", mvSystemLedEnable(1), MV_STATUS_OKAY);
    check_true("mvSystemLedEnable 2", mvSystemLedEnable(2) != MV_STATUS_OKAY);
    check_equal("mvRestart, unknown mode", mvRestart(5), MV_STATUS_PARAMETERFAULT);
    check_equal("mvGetWakeReason, bad pointer", mvGetWakeReason((void *)KERNEL_FLASH),
                MV_STATUS_PARAMETERFAULT);
}

// The application's own MPU counts too: a region that is read-only for it is for the kernel.
static void own_mpu(void)
{
    static uint32_t guarded[16] __attribute__((aligned(32)));
    uint32_t fine = 0;
    MPU_MAIR0 = 0xFF;
    MPU_RNR = 0;
    MPU_RBAR = (uint32_t)guarded | 2u << 1 | 1u; // read-only, never executed
    MPU_RLAR = ((uint32_t)guarded + 63) | 1u;
    MPU_CTRL = 5; // with the default map
    __asm volatile("dsb\n isb");
    check_equal("getter into read-only region", mvGetHClk(&guarded[3]), MV_STATUS_PARAMETERFAULT);
    check_equal("time into read-only region", mvGetMicroseconds((uint64_t *)&guarded[4]),
                MV_STATUS_PARAMETERFAULT);
    check_equal("getter elsewhere", mvGetHClk(&fine), MV_STATUS_OKAY);
    check_equal("value elsewhere", fine, 160000000u);
    MPU_CTRL = 0;
    __asm volatile("dsb\n isb");
}

void test_calls(void)
{
    clocks();
    time_and_identity();
    peripherals();
    notifications();
    many_centres();
    network();
    logging();
    not_there();
    own_mpu();
}

void test_calls_again(void)
{
    clocks();
    time_and_identity();
    peripherals();
    notifications();
    many_centres();
    not_there();
    own_mpu();
}
