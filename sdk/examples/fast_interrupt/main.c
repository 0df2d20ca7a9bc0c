// Fast interrupts: a timer whose handler runs even while the kernel works.
//
// An ordinary interrupt waits until a call or a piece of kernel work is done. One that was set as a
// fast interrupt does not; for that its handler must be short (it is stopped after 10 ms), must not
// make system calls, and is enabled with the kernel's calls instead of the NVIC's registers.
#include "mv_log.h"
#include "mv_rcc.h"
#include "mv_syscalls.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define TIM3_CR1          REGISTER(0x40000400u)
#define TIM3_DIER         REGISTER(0x4000040Cu)
#define TIM3_SR           REGISTER(0x40000410u)
#define TIM3_EGR          REGISTER(0x40000414u)
#define TIM3_CNT          REGISTER(0x40000424u)
#define TIM3_ARR          REGISTER(0x4000042Cu)
#define APB1ENR1_TIM3EN   (1u << 1)

enum { TIM3_IRQ = 46, CYCLES_PER_TICK = 16000, TICKS_PER_REPORT = 10000 };

static volatile uint32_t ticks, latest_cycles;

void TIM3_IRQHandler(void);
void TIM3_IRQHandler(void)
{
    uint32_t late_cycles = TIM3_CNT; // it counts on from 0 when the interrupt is raised
    TIM3_SR = 0;
    ticks++;
    if (late_cycles > latest_cycles) {
        latest_cycles = late_cycles;
    }
}

static void timer_start(void)
{
    mv_rcc_enable(MV_RCC_APB1ENR1, APB1ENR1_TIM3EN);
    TIM3_ARR = CYCLES_PER_TICK - 1;
    TIM3_EGR = 1;
    TIM3_SR = 0;
    TIM3_DIER = 1;
    TIM3_CR1 = 1;
}

int main(void)
{
    uint32_t reported = 0;
    mv_log_start();
    enum MvStatus status = mvSetFastInterrupt(TIM3_IRQ);
    if (status == MV_STATUS_OKAY) {
        status = mvEnableFastInterrupt(TIM3_IRQ);
    }
    mv_log("fast interrupt: %u", (unsigned)status);
    timer_start();
    for (;;) {
        while (ticks - reported < TICKS_PER_REPORT) {
            __asm volatile("wfi");
        }
        reported += TICKS_PER_REPORT;
        mv_log("%lu ticks, the latest %lu cycles late", (unsigned long)reported,
               (unsigned long)latest_cycles);
        latest_cycles = 0;
    }
}
