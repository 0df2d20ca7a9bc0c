// An application that attacks the kernel, one attack a command: see tests/board/README.md.
#include "app.h"

#define VECTOR_COUNT 160u
#define INITIAL      0x08000000u

typedef uint32_t (*attack)(uint32_t argument);

#define ATTACK_FUNCTION(function) attack_##function,
static const attack attacks[] = {
    0,
#include "functions.def"
};
#undef ATTACK_FUNCTION

uint32_t vectors[VECTOR_COUNT] __attribute__((aligned(1024)));
void (*volatile interrupt_action)(void);
volatile uint32_t interrupts_taken;
static volatile uint32_t ticks;

uint32_t ping(void);
uint32_t random_run(uint32_t count, uint32_t seed);

void any_interrupt(void)
{
    uint32_t number;
    __asm volatile("mrs %0, ipsr" : "=r"(number));
    interrupts_taken++;
    if (number == 15) {
        ticks++;
    } else if (number == 16 + IRQ_USED) {
        if (interrupt_action != 0) {
            interrupt_action();
        }
    } else if (number >= 16) {
        REG(NVIC_ICER + (number - 16) / 32 * 4) = 1u << (number - 16) % 32;
    }
}

uint32_t found(uint32_t code, uint32_t a, uint32_t b, uint32_t c)
{
    mailbox->detail[0] = a;
    mailbox->detail[1] = b;
    mailbox->detail[2] = c;
    return code;
}

void in_interrupt(void (*action)(void))
{
    interrupt_action = action;
    REG(NVIC_ISER + IRQ_USED / 32 * 4) = 1u << IRQ_USED % 32;
    REG(NVIC_ISPR + IRQ_USED / 32 * 4) = 1u << IRQ_USED % 32;
    __asm volatile("dsb\n isb" ::: "memory");
}

void spin(uint32_t loops)
{
    for (volatile uint32_t i = 0; i < loops; i++) {
    }
}

void wait_us(uint32_t time_us)
{
    uint64_t start = 0, now = 0;
    (void)mvGetMicroseconds(&start);
    do {
        (void)mvGetMicroseconds(&now);
    } while (now - start < time_us);
}

// A new start finds every pin of ports without kernel pins its own: D, F, H, I.
static uint32_t ports_ours(void)
{
    static const uint8_t ports[] = {3, 5, 7, 8};
    for (uint32_t i = 0; i < sizeof ports; i++) {
        uint32_t bit = 1u << ports[i];
        (void)mvPeriphPoke32(0x46020C8Cu, bit, bit);
        uint32_t secure = REG(GPIOA_NS + ports[i] * 0x400u + GPIO_SECCFGR_OFS);
        if (secure != 0) {
            return found(9005, ports[i], secure, 0);
        }
    }
    return 0;
}

// After an attack: interrupts, time, calls, logging and the external flash must still work.
uint32_t ping(void)
{
    uint64_t before = 0, after = 0;
    uint32_t hz = 0;
    MvExternalFlashHandle flash = 0;
    uint8_t id[34] = {0};
    interrupts_taken = 0;
    in_interrupt(0);
    if (interrupts_taken == 0) {
        return found(9001, 0, 0, 0);
    }
    ticks = 0;
    REG(SYST_RVR) = 160000;
    REG(SYST_CVR) = 0;
    REG(SYST_CSR) = 7;
    enum MvStatus status[] = {mvGetMicroseconds(&before), mvGetHClk(&hz), mvGetDeviceId(id, 34),
                              mvExternalFlashOpen(&flash), mvExternalFlashClose(&flash)};
    for (uint32_t i = 0; i < sizeof status / sizeof *status; i++) {
        if (status[i] != MV_STATUS_OKAY) {
            return found(9002, i, status[i], 0);
        }
    }
    wait_us(5000);
    (void)mvGetMicroseconds(&after);
    REG(SYST_CSR) = 0;
    if (ticks < 4 || after - before < 5000 || after - before > 50000 || hz != 160000000u) {
        return found(9003, ticks, (uint32_t)(after - before), hz);
    }
    if (id[0] != 'U' || id[1] != 'V') {
        return found(9004, id[0], id[1], 0);
    }
    return mailbox->wake_reason == MV_WAKEREASON_APPLICATIONCRASH ? ports_ours() : 0;
}

static uint32_t command(uint32_t number)
{
    if (number == MAILBOX_PING) {
        return ping();
    }
    if (number == MAILBOX_RANDOM) {
        return random_run(mailbox->argument, mailbox->seed);
    }
    if (number < sizeof attacks / sizeof *attacks && attacks[number] != 0) {
        return attacks[number](mailbox->argument);
    }
    return found(9000, number, 0, 0);
}

#ifdef SELF_FUNCTION
// Without a driver, for a device with a cloud: says so in the device's log, then does it.
static void attack_alone(void)
{
    static uint8_t ring[1024] __attribute__((aligned(512)));
    static const uint8_t text[] = "attacks now";
    (void)mvServerLoggingInit(ring, sizeof ring);
    (void)mvServerLog(text, sizeof text - 1);
    wait_us(1000000);
    (void)SELF_FUNCTION(SELF_ARGUMENT);
}
#endif

int main(void)
{
    uint8_t reason = 0xFF;
    for (uint32_t i = 0; i < VECTOR_COUNT; i++) {
        vectors[i] = i < 2 ? REG(INITIAL + 4 * i) : (uint32_t)(uintptr_t)any_interrupt;
    }
    REG(SCB_VTOR) = (uint32_t)(uintptr_t)vectors;
    (void)mvGetWakeReason((enum MvWakeReason *)&reason);
    mailbox->wake_reason = reason;
    mailbox->state = MAILBOX_READY;
#ifdef SELF_FUNCTION
    attack_alone();
#endif
    for (;;) {
        uint32_t number = mailbox->command;
        if (number != 0) {
            mailbox->command = 0;
            mailbox->result = command(number);
            mailbox->state = MAILBOX_DONE;
        }
        __asm volatile("wfi");
    }
}
