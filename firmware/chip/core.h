/* Registers of the Cortex-M33 itself (Armv8-M Architecture Reference Manual, D1). Names ending in
 * _NS are the Secure state's view of the Non-secure bank. */
#ifndef FIRMWARE_CHIP_CORE_H
#define FIRMWARE_CHIP_CORE_H

#include <stdint.h>

#define SYST_CSR_NS        0xE002E010u
#define SYST_RVR_NS        0xE002E014u
#define SYST_CVR_NS        0xE002E018u
#define SYST_CSR_ENABLE    0x1u
#define SYST_CSR_TICKINT   0x2u
#define SYST_CSR_CLKSOURCE 0x4u

/* NVIC: bit n % 32 of word n / 32, and one priority byte each. */
#define NVIC_ISER 0xE000E100u
#define NVIC_ICER 0xE000E180u
#define NVIC_ISPR 0xE000E200u
#define NVIC_ICPR 0xE000E280u
#define NVIC_IABR 0xE000E300u
#define NVIC_ITNS 0xE000E380u
#define NVIC_IPR  0xE000E400u

#define SCB_ICSR  0xE000ED04u
#define SCB_VTOR  0xE000ED08u
#define SCB_AIRCR 0xE000ED0Cu
#define SCB_SCR   0xE000ED10u
#define SCB_CCR   0xE000ED14u
#define SCB_SHPR1 0xE000ED18u
#define SCB_SHPR2 0xE000ED1Cu
#define SCB_SHPR3 0xE000ED20u
#define SCB_SHCSR 0xE000ED24u
#define SCB_CFSR  0xE000ED28u
#define SCB_HFSR  0xE000ED2Cu
#define SCB_MMFAR 0xE000ED34u
#define SCB_BFAR  0xE000ED38u
#define SCB_CPACR 0xE000ED88u
#define SCB_NSACR 0xE000ED8Cu

#define SCB_NS_OFFSET 0x20000u
#define SCB_ICSR_NS   (SCB_ICSR + SCB_NS_OFFSET)
#define SCB_VTOR_NS   (SCB_VTOR + SCB_NS_OFFSET)
#define SCB_SCR_NS    (SCB_SCR + SCB_NS_OFFSET)
#define SCB_CCR_NS    (SCB_CCR + SCB_NS_OFFSET)
#define SCB_SHPR1_NS  (SCB_SHPR1 + SCB_NS_OFFSET)
#define SCB_SHPR2_NS  (SCB_SHPR2 + SCB_NS_OFFSET)
#define SCB_SHPR3_NS  (SCB_SHPR3 + SCB_NS_OFFSET)
#define SCB_SHCSR_NS  (SCB_SHCSR + SCB_NS_OFFSET)
#define SCB_CFSR_NS   (SCB_CFSR + SCB_NS_OFFSET)
#define SCB_MMFAR_NS  (SCB_MMFAR + SCB_NS_OFFSET)
#define SCB_CPACR_NS  (SCB_CPACR + SCB_NS_OFFSET)

#define ICSR_PENDSVSET  0x10000000u
#define ICSR_PENDSVCLR  0x08000000u
#define ICSR_PENDSTSET  0x04000000u
#define ICSR_PENDSTCLR  0x02000000u
#define ICSR_ISRPENDING 0x00400000u /* an enabled external interrupt is pending */
#define ICSR_RETTOBASE  0x00000800u /* handler mode: no other exception is active */

#define AIRCR_VECTKEY      0x05FA0000u
#define AIRCR_PRIS         0x4000u
#define AIRCR_SYSRESETREQS 0x8u
#define AIRCR_SYSRESETREQ  0x4u

#define SCR_SLEEPDEEPS 0x8u
#define SCR_SLEEPDEEP  0x4u

#define HFSR_DEBUGEVT 0x80000000u

/* Breakpoint unit, one for both Security states; writes to FP_CTRL need its key. */
#define FPB_CTRL        0xE0002000u
#define FPB_CTRL_KEY    0x2u
#define FPB_COMP0       0xE0002008u
#define FPB_COMPARATORS 8u

#define DWT_FUNCTION0   0xE0001028u
#define DWT_COMPARATORS 4u
#define DEBUG_DEMCR     0xE000EDFCu
#define DEMCR_MONITOR   0x000F0000u /* MON_EN, MON_PEND, MON_STEP, MON_REQ */
#define DEMCR_TRCENA    0x01000000u

#define SHCSR_SECUREFAULTENA 0x00080000u
#define SHCSR_USGFAULTENA    0x00040000u
#define SHCSR_BUSFAULTENA    0x00020000u
#define SHCSR_MEMFAULTENA    0x00010000u
#define SHCSR_PENDED                                                                               \
    0x00307000u /* faults: HardFault, SecureFault, BusFault, MemManage, UsageFault */
/* Exceptions that software can see active, one bit each (faults, SVCall, PendSV, SysTick). */
#define SHCSR_ACTIVE 0x0DBFu

#define FPU_FPCCR_NS  0xE002EF34u
#define FPU_FPCAR_NS  0xE002EF38u
#define FPU_FPDSCR_NS 0xE002EF3Cu
#define FPCCR_RESET   0xC0000000u /* ASPEN, LSPEN; no lazy state */

#define MPU_CTRL    0xE000ED94u
#define MPU_RNR     0xE000ED98u
#define MPU_RBAR    0xE000ED9Cu
#define MPU_RLAR    0xE000EDA0u
#define MPU_MAIR0   0xE000EDC0u
#define MPU_CTRL_NS (MPU_CTRL + SCB_NS_OFFSET)
#define MPU_RNR_NS  (MPU_RNR + SCB_NS_OFFSET)
#define MPU_RLAR_NS (MPU_RLAR + SCB_NS_OFFSET)
#define MPU_REGIONS 8u

#define SAU_CTRL    0xE000EDD0u
#define SAU_RNR     0xE000EDD8u
#define SAU_RBAR    0xE000EDDCu
#define SAU_RLAR    0xE000EDE0u
#define SAU_SFSR    0xE000EDE4u
#define SAU_SFAR    0xE000EDE8u
#define SAU_REGIONS 8u

/* EXC_RETURN (Armv8-M D1.2.95). */
#define EXC_RETURN_SECURE_STACK 0x40u
#define EXC_RETURN_THREAD       0x08u
#define EXC_RETURN_PSP          0x04u
#define EXC_RETURN_FTYPE        0x10u /* no floating-point state in the frame */

static inline void core_barrier(void)
{
    __asm volatile("dsb\n isb" ::: "memory");
}

#define CORE_READ_SPECIAL(function, name)                                                          \
    static inline uint32_t function(void)                                                          \
    {                                                                                              \
        uint32_t value;                                                                            \
        __asm volatile("mrs %0, " name : "=r"(value));                                             \
        return value;                                                                              \
    }
#define CORE_WRITE_SPECIAL(function, name)                                                         \
    static inline void function(uint32_t value)                                                    \
    {                                                                                              \
        __asm volatile("msr " name ", %0" ::"r"(value) : "memory");                                \
    }

CORE_READ_SPECIAL(core_ipsr, "ipsr")
CORE_READ_SPECIAL(core_basepri, "basepri")
CORE_READ_SPECIAL(core_control_ns, "control_ns")
CORE_READ_SPECIAL(core_msp_ns, "msp_ns")
CORE_READ_SPECIAL(core_psp_ns, "psp_ns")
CORE_READ_SPECIAL(core_primask_ns, "primask_ns")
CORE_READ_SPECIAL(core_faultmask_ns, "faultmask_ns")
CORE_READ_SPECIAL(core_basepri_ns, "basepri_ns")
CORE_WRITE_SPECIAL(core_set_basepri, "basepri")
CORE_WRITE_SPECIAL(core_raise_basepri, "basepri_max")
CORE_WRITE_SPECIAL(core_set_control_ns, "control_ns")
CORE_WRITE_SPECIAL(core_set_msp_ns, "msp_ns")
CORE_WRITE_SPECIAL(core_set_psp_ns, "psp_ns")
CORE_WRITE_SPECIAL(core_set_msplim_ns, "msplim_ns")
CORE_WRITE_SPECIAL(core_set_psplim_ns, "psplim_ns")
CORE_WRITE_SPECIAL(core_set_primask_ns, "primask_ns")
CORE_WRITE_SPECIAL(core_set_faultmask_ns, "faultmask_ns")
CORE_WRITE_SPECIAL(core_set_basepri_ns, "basepri_ns")

#endif
