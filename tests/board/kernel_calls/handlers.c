// What each call answers in an interrupt handler, with arguments that are all 0: docs/calls.md says
// which ones do their work there, and the others answer UNAVAILABLE.
#include "mv_syscalls.h"
#include "report.h"

#define NVIC_ISER(n) (*(volatile uint32_t *)(0xE000E100u + (n) / 32 * 4))
#define NVIC_ICER(n) (*(volatile uint32_t *)(0xE000E180u + (n) / 32 * 4))
#define NVIC_ISPR(n) (*(volatile uint32_t *)(0xE000E200u + (n) / 32 * 4))
#define FIRST_ENTRY  0x0C1FE001u

enum { IRQ_TIM4 = 47, SLOTS = 74 };

#define HERE(offset, status) [(offset) / 8] = MV_STATUS_##status + 1 // 0: not named below

static const uint8_t named[SLOTS] = {
    HERE(0x000, INVALIDINTERRUPT),      // mvEnableFastInterrupt: it is not a fast one
    HERE(0x010, PARAMETERFAULT),        // mvGetMicroseconds
    HERE(0x018, PARAMETERFAULT),        // mvGetSysClk
    HERE(0x020, OKAY),                  // mvDisableAllFastInterrupts
    HERE(0x028, INVALIDBUFFERSIZE),     // mvGetDeviceId
    HERE(0x038, PARAMETERFAULT),        // mvGetWallTime
    HERE(0x040, PARAMETERFAULT),        // mvRequestNetwork
    HERE(0x050, PARAMETERFAULT),        // mvCloseNotifications
    HERE(0x058, OKAY),                  // mvSetFastInterrupt
    HERE(0x060, OKAY),                  // mvTemporaryStructTest
    HERE(0x068, OKAY),                  // mvDisableFastInterrupt
    HERE(0x078, OKAY),                  // mvClearFastInterrupt
    HERE(0x080, PARAMETERFAULT),        // mvSetupNotifications
    HERE(0x088, PARAMETERFAULT),        // mvGetPClk1
    HERE(0x090, PARAMETERFAULT),        // mvGetPClk2
    HERE(0x098, OKAY),                  // mvEnableAllFastInterrupts
    HERE(0x0A8, PERIPHERALACCESSFAULT), // mvPeriphPoke32
    HERE(0x0B8, PARAMETERFAULT),        // mvGetHClk
    HERE(0x0C8, PARAMETERFAULT),        // mvGetNetworkReasons
    HERE(0x0D0, PARAMETERFAULT),        // mvReleaseNetwork
    HERE(0x0D8, OKAY),                  // mvNoOp
    HERE(0x0E0, INVALIDHANDLE),         // mvTempTriggerNotification
    HERE(0x0E8, PARAMETERFAULT),        // mvGetNetworkStatus
    HERE(0x0F0, PERIPHERALACCESSFAULT), // mvPeriphPeek32
    HERE(0x120, INVALIDBUFFERSIZE),     // mvServerLoggingInit
    HERE(0x128, PARAMETERFAULT),        // mvServerLog
    HERE(0x240, PARAMETERFAULT),        // mvSetWifiConfig
    HERE(0x248, PARAMETERFAULT),        // mvGetWifiConfig
};

static volatile uint32_t got[SLOTS], rounds;

void TIM4_IRQHandler(void);
void TIM4_IRQHandler(void)
{
    for (unsigned i = 0; i < SLOTS; i++) {
        enum MvStatus (*call)(uint32_t, uint32_t, uint32_t, uint32_t) =
            (enum MvStatus(*)(uint32_t, uint32_t, uint32_t, uint32_t))(FIRST_ENTRY + 8 * i);
        got[i] = call(0, 0, 0, 0);
    }
    rounds++;
}

void test_handlers(void)
{
    rounds = 0;
    NVIC_ISER(IRQ_TIM4) = 1u << (IRQ_TIM4 % 32);
    NVIC_ISPR(IRQ_TIM4) = 1u << (IRQ_TIM4 % 32);
    __asm volatile("dsb\n isb");
    NVIC_ICER(IRQ_TIM4) = 1u << (IRQ_TIM4 % 32);
    check_equal("the handler ran", rounds, 1);
    for (unsigned i = 0; i < SLOTS; i++) {
        uint32_t want = named[i] != 0 ? named[i] - 1u : MV_STATUS_UNAVAILABLE;
        if (got[i] != want) {
            report_line("slot 0x%03x in a handler:", 8 * i);
        }
        check_equal("call in a handler", got[i], want);
    }
}
