// Vector table and reset handler of an application on the STM32U585.
//
// Every handler has the name that ST's start-up files give it and is weak, so defining a function
// of that name installs it. An interrupt without a handler stops in Default_Handler.
#include <stdint.h>

#include "system_stm32u585xx.h"

extern uint32_t _estack[], _sidata[], _sdata[], _edata[], _sbss[], _ebss[];
typedef void (*init_function)(void);
extern init_function __preinit_array_start[], __preinit_array_end[];
extern init_function __init_array_start[], __init_array_end[];

int main(void);
void Reset_Handler(void);
void Default_Handler(void);

void Default_Handler(void)
{
    for (;;) {
    }
}

// The interrupts of the chip in order of their number.
// clang-format off
#define FOR_EACH_INTERRUPT(X) \
    X(WWDG) X(PVD_PVM) X(RTC) X(RTC_S) X(TAMP) X(RAMCFG) X(FLASH) X(FLASH_S) X(GTZC) X(RCC) \
    X(RCC_S) X(EXTI0) X(EXTI1) X(EXTI2) X(EXTI3) X(EXTI4) X(EXTI5) X(EXTI6) X(EXTI7) X(EXTI8) \
    X(EXTI9) X(EXTI10) X(EXTI11) X(EXTI12) X(EXTI13) X(EXTI14) X(EXTI15) X(IWDG) X(SAES) \
    X(GPDMA1_Channel0) X(GPDMA1_Channel1) X(GPDMA1_Channel2) X(GPDMA1_Channel3) \
    X(GPDMA1_Channel4) X(GPDMA1_Channel5) X(GPDMA1_Channel6) X(GPDMA1_Channel7) X(ADC1) X(DAC1) \
    X(FDCAN1_IT0) X(FDCAN1_IT1) X(TIM1_BRK) X(TIM1_UP) X(TIM1_TRG_COM) X(TIM1_CC) X(TIM2) X(TIM3) \
    X(TIM4) X(TIM5) X(TIM6) X(TIM7) X(TIM8_BRK) X(TIM8_UP) X(TIM8_TRG_COM) X(TIM8_CC) X(I2C1_EV) \
    X(I2C1_ER) X(I2C2_EV) X(I2C2_ER) X(SPI1) X(SPI2) X(USART1) X(USART2) X(USART3) X(UART4) \
    X(UART5) X(LPUART1) X(LPTIM1) X(LPTIM2) X(TIM15) X(TIM16) X(TIM17) X(COMP) X(OTG_FS) X(CRS) \
    X(FMC) X(OCTOSPI1) X(PWR_S3WU) X(SDMMC1) X(SDMMC2) X(GPDMA1_Channel8) X(GPDMA1_Channel9) \
    X(GPDMA1_Channel10) X(GPDMA1_Channel11) X(GPDMA1_Channel12) X(GPDMA1_Channel13) \
    X(GPDMA1_Channel14) X(GPDMA1_Channel15) X(I2C3_EV) X(I2C3_ER) X(SAI1) X(SAI2) X(TSC) X(AES) \
    X(RNG) X(FPU) X(HASH) X(PKA) X(LPTIM3) X(SPI3) X(I2C4_ER) X(I2C4_EV) X(MDF1_FLT0) \
    X(MDF1_FLT1) X(MDF1_FLT2) X(MDF1_FLT3) X(UCPD1) X(ICACHE) X(OTFDEC1) X(OTFDEC2) X(LPTIM4) \
    X(DCACHE1) X(ADF1) X(ADC4) X(LPDMA1_Channel0) X(LPDMA1_Channel1) X(LPDMA1_Channel2) \
    X(LPDMA1_Channel3) X(DMA2D) X(DCMI_PSSI) X(OCTOSPI2) X(MDF1_FLT4) X(MDF1_FLT5) X(CORDIC) \
    X(FMAC)
// clang-format on

#define WEAK_HANDLER(name)   void name(void) __attribute__((weak, alias("Default_Handler")));
#define WEAK_INTERRUPT(name) WEAK_HANDLER(name##_IRQHandler)

WEAK_HANDLER(NMI_Handler)
WEAK_HANDLER(HardFault_Handler)
WEAK_HANDLER(MemManage_Handler)
WEAK_HANDLER(BusFault_Handler)
WEAK_HANDLER(UsageFault_Handler)
WEAK_HANDLER(SecureFault_Handler)
WEAK_HANDLER(SVC_Handler)
WEAK_HANDLER(DebugMon_Handler)
WEAK_HANDLER(PendSV_Handler)
WEAK_HANDLER(SysTick_Handler)
FOR_EACH_INTERRUPT(WEAK_INTERRUPT)

static void run_all(init_function *from, init_function *to)
{
    for (; from < to; from++) {
        (*from)();
    }
}

void Reset_Handler(void)
{
    const uint32_t *source = _sidata;
    for (uint32_t *to = _sdata; to < _edata; to++) {
        *to = *source++;
    }
    for (uint32_t *to = _sbss; to < _ebss; to++) {
        *to = 0;
    }
    SystemInit();
    run_all(__preinit_array_start, __preinit_array_end);
    run_all(__init_array_start, __init_array_end);
    (void)main();
    Default_Handler();
}

typedef union {
    uint32_t *stack;
    void (*handler)(void);
} vector;

#define INTERRUPT_VECTOR(name) {.handler = name##_IRQHandler},

__attribute__((section(".isr_vector"), used)) static const vector vectors[] = {
    {.stack = _estack},
    {.handler = Reset_Handler},
    {.handler = NMI_Handler},
    {.handler = HardFault_Handler},
    {.handler = MemManage_Handler},
    {.handler = BusFault_Handler},
    {.handler = UsageFault_Handler},
    {.handler = SecureFault_Handler},
    {0},
    {0},
    {0},
    {.handler = SVC_Handler},
    {.handler = DebugMon_Handler},
    {0},
    {.handler = PendSV_Handler},
    {.handler = SysTick_Handler},
    FOR_EACH_INTERRUPT(INTERRUPT_VECTOR)};
