// The chip's shared blocks: flash, clocks, power, pins, watchdogs.
#include "app.h"

#define KEY1    0x45670123u
#define KEY2    0xCDEF89ABu
#define OPTKEY1 0x08192A3Bu
#define OPTKEY2 0x4C5D6E7Fu

// Every register of a port, all ones and all zeros: only our own pins may change.
uint32_t attack_pins(uint32_t argument)
{
    uint32_t base = GPIOA_NS + argument * 0x400u;
    static const uint8_t offsets[] = {0x00, 0x04, 0x08, 0x0C, 0x14, 0x20, 0x24, 0x28, 0x2C, 0x30};
    for (uint32_t k = 0; k < 4; k++) {
        for (uint32_t i = 0; i < sizeof offsets; i++) {
            REG(base + offsets[i]) = k == 0 ? 0 : k == 1 ? ~0u : k == 2 ? 0x55555555u : 0xAAAAAAAAu;
        }
        REG(base + 0x18) = 0xFFFF0000u;
        REG(base + 0x18) = 0x0000FFFFu;
    }
    REG(base + 0x1C) = 0x1FFFFu; // lock them all
    REG(base + 0x1C) = 0x0FFFFu;
    REG(base + 0x1C) = 0x1FFFFu;
    (void)REG(base + 0x1C);
    REG(base + 0x1C) = 0;
    return 0;
}

// Reset and clock of the ports, by the call that is for that.
uint32_t attack_port_registers(uint32_t argument)
{
    (void)argument;
    enum MvStatus status = mvPeriphPoke32(0x46020C64u, 0x1FFu, 0x1FFu); // AHB2RSTR1
    (void)mvPeriphPoke32(0x46020C64u, 0x1FFu, 0);
    (void)mvPeriphPoke32(0x46020C8Cu, 0x1FFu, 0); // AHB2ENR1
    (void)mvPeriphPoke32(0x46020C8Cu, 0x1FFu, 0x1FFu);
    return status == MV_STATUS_OKAY ? 0 : found(1, status, 0, 0);
}

// The reset of a port makes all its pins secure: the next start must find them its own again.
uint32_t attack_reset_ports_and_crash(uint32_t argument)
{
    (void)argument;
    (void)mvPeriphPoke32(0x46020C8Cu, 0x1FFu, 0x1FFu);
    REG(RCC_NS + RCC_AHB2RSTR1_OFS) = 0x1FFu;
    REG(RCC_NS + RCC_AHB2RSTR1_OFS) = 0;
    __asm volatile("dsb\n udf #1");
    return found(1, 0, 0, 0);
}

static void unlock(void)
{
    REG(FLASH_R_NS + FLASH_NSKEYR_OFS) = KEY1;
    REG(FLASH_R_NS + FLASH_NSKEYR_OFS) = KEY2;
}

// Argument: what to write to NSCR before STRT.
uint32_t attack_flash_erase(uint32_t argument)
{
    unlock();
    REG(FLASH_R_NS + FLASH_NSSR_OFS) = 0xFFu;
    REG(FLASH_R_NS + FLASH_NSCR_OFS) = argument;
    REG(FLASH_R_NS + FLASH_NSCR_OFS) = argument | 1u << 16;
    spin(20000);
    return found(1, REG(FLASH_R_NS + FLASH_NSSR_OFS), REG(FLASH_R_NS + FLASH_NSCR_OFS), 0);
}

uint32_t attack_flash_option_key(uint32_t argument)
{
    unlock();
    REG(FLASH_R_NS + FLASH_OPTKEYR_OFS) = OPTKEY1;
    REG(FLASH_R_NS + FLASH_OPTKEYR_OFS) = OPTKEY2;
    spin(1000);
    bool locked = (REG(FLASH_R_NS + FLASH_NSCR_OFS) & 1u << 30) != 0;
    return locked ? 0 : found(1, argument, REG(FLASH_R_NS + FLASH_NSCR_OFS), 0);
}

uint32_t attack_flash_option_launch(uint32_t argument)
{
    unlock();
    REG(FLASH_R_NS + FLASH_OPTR_OFS) = argument;
    REG(FLASH_R_NS + FLASH_NSBOOTADD0R_OFS) = 0;
    REG(FLASH_R_NS + FLASH_NSCR_OFS) = 1u << 17; // OPTSTRT
    spin(1000);
    REG(FLASH_R_NS + FLASH_NSCR_OFS) = 1u << 27; // OBL_LAUNCH
    spin(10000);
    return REG(FLASH_R_NS + FLASH_OPTR_OFS) == argument ? found(1, argument, 0, 0) : 0;
}

// It may: what it destroys is itself.
uint32_t attack_flash_erase_self(uint32_t argument)
{
    static const uint16_t code[] = {
        0x6041, 0x6082, 0xE7FE, // str r1,[r0,#4]; str r2,[r0,#8]; b .
    };
    (void)argument;
    unlock();
    __asm volatile("dsb" ::: "memory");
    uint16_t *ram = (uint16_t *)0x20030000u;
    for (uint32_t i = 0; i < sizeof code / sizeof *code; i++) {
        ram[i] = code[i];
    }
    // r0 + 4 = NSCR: mass erase of bank 1 with one store, from RAM.
    (void)call4(0x20030001u, FLASH_R_NS + FLASH_NSCR_OFS - 4, 1u << 2, 1u << 2 | 1u << 16, 0);
    return found(1, 0, 0, 0);
}

// ---- Clocks and power ----

// Every register of RCC directly: all of them are the kernel's.
uint32_t attack_rcc(uint32_t argument)
{
    for (uint32_t offset = 0; offset < 0x110; offset += 4) {
        REG(RCC_NS + offset) = argument;
    }
    spin(10000);
    return 0;
}

// Every register of RCC, FLASH and PWR by the call, every bit.
uint32_t attack_poke_everything(uint32_t argument)
{
    static const uint32_t bases[] = {RCC_NS, FLASH_R_NS, PWR_NS, SYSCFG_NS, GTZC_TZSC1_NS};
    for (uint32_t b = 0; b < 5; b++) {
        for (uint32_t offset = 0; offset < 0x120; offset++) {
            enum MvStatus status = mvPeriphPoke32(bases[b] + offset, ~0u, argument);
            if (status != MV_STATUS_OKAY && status != MV_STATUS_PERIPHERALACCESSFAULT) {
                return found(1, bases[b] + offset, status, 0);
            }
        }
    }
    for (uint32_t b = 0; b < 5; b++) {
        uint32_t value;
        if (mvPeriphPoke32(bases[b] + 0x10000000u, ~0u, argument) == MV_STATUS_OKAY ||
            mvPeriphPeek32(bases[b] + 0x10000000u, &value) == MV_STATUS_OKAY) {
            return found(2, b, 0, 0);
        }
    }
    return 0;
}

uint32_t attack_pwr(uint32_t argument)
{
    for (uint32_t offset = 0; offset < 0x60; offset += 4) {
        if (offset != PWR_SECCFGR_OFS) {
            REG(PWR_NS + offset) = argument;
        }
    }
    spin(10000);
    return 0;
}

// Stop and Standby are the kernel's to enter.
uint32_t attack_deep_sleep(uint32_t argument)
{
    REG(PWR_NS + PWR_CR1_OFS) = argument;
    REG(SCB_SCR) = 4;
    for (uint32_t i = 0; i < 20; i++) {
        __asm volatile("dsb\n wfi\n wfe");
    }
    uint32_t kept = REG(SCB_SCR);
    REG(SCB_SCR) = 0;
    return (kept & 4u) == 0 ? 0 : found(1, kept, 0, 0);
}

uint32_t attack_icache(uint32_t argument)
{
    // Remap the kernel's code to our RAM: base, then REN with what it becomes.
    REG(ICACHE_NS + ICACHE_CR_OFS) = 0;
    for (uint32_t i = 0; i < 4; i++) {
        REG(ICACHE_NS + 0x20 + 4 * i) = argument;
    }
    REG(ICACHE_NS + ICACHE_CR_OFS) = 1;
    REG(ICACHE_NS + ICACHE_CR_OFS) = 3; // invalidate
    spin(1000);
    for (uint32_t i = 0; i < 4; i++) {
        REG(ICACHE_NS + 0x20 + 4 * i) = 0;
    }
    return 0;
}

uint32_t attack_exti(uint32_t argument)
{
    for (uint32_t offset = 0; offset < 0x90; offset += 4) {
        if (offset != 0x14 && offset != 0x70) { // SECCFGR1 and LOCKR have attacks of their own
            REG(EXTI_NS + offset) = argument;
        }
    }
    spin(10000);
    for (uint32_t offset = 0; offset < 0x90; offset += 4) {
        if (offset != 0x14 && offset != 0x70) {
            REG(EXTI_NS + offset) = 0;
        }
    }
    return 0;
}

// The clock calendar is the application's; its security register is not.
uint32_t attack_rtc(uint32_t argument)
{
    REG(RTC_NS + 0x24) = 0xCA;
    REG(RTC_NS + 0x24) = 0x53;
    REG(RTC_NS + 0x20) = argument;
    spin(2000);
    return 0;
}

// Tamper events would erase the kernel's backup registers.
uint32_t attack_tamp(uint32_t argument)
{
    REG(TAMP_NS + argument) = 0xFFFFFFFFu;
    spin(2000);
    return found(1, argument, REG(TAMP_NS + argument), 0);
}

// ---- Locks that outlive us ----

uint32_t attack_lock_vectors(uint32_t argument)
{
    (void)argument;
    REG(SCB_VTOR) = 0x20000400u;
    REG(SYSCFG_NS + SYSCFG_CNSLCKR_OFS) = 1;
    __asm volatile("dsb\n isb" ::: "memory");
    __asm volatile("udf #1");
    return found(1, REG(SCB_VTOR), 0, 0);
}

static void lock_mpu_and_crash(void)
{
    REG(SYSCFG_NS + SYSCFG_CNSLCKR_OFS) = 2;
    __asm volatile("dsb\n isb\n udf #1" ::: "memory");
}

static void mpu_on(void)
{
    REG(MPU_CTRL) = 5;
    lock_mpu_and_crash();
}

static void mpu_stays_off(void)
{
    lock_mpu_and_crash();
}

uint32_t attack_lock_mpu(uint32_t argument)
{
    REG(MPU_RNR) = 7;
    REG(MPU_RBAR) = 0x2007F000u | 3u << 1 | 1u; // the first stack of an application: read only
    REG(MPU_RLAR) = 0x2007FFE0u | 1u;
    set_stack_and_call(0x20060000u, argument != 0 ? (uint32_t)(uintptr_t)mpu_on
                                                  : (uint32_t)(uintptr_t)mpu_stays_off);
    return found(1, REG(MPU_CTRL), 0, 0);
}

uint32_t attack_watchdog(uint32_t argument)
{
    REG(IWDG_NS) = 0xCCCCu;
    REG(IWDG_NS) = 0x5555u;
    REG(IWDG_NS + 4) = 0; // /4
    REG(IWDG_NS + 8) = argument;
    for (;;) {
        __asm volatile("wfi");
    }
}

uint32_t attack_window_watchdog(uint32_t argument)
{
    (void)mvPeriphPoke32(0x46020C9Cu, 1u << 11, 1u << 11);
    REG(WWDG_NS) = argument;
    for (;;) {
        __asm volatile("wfi");
    }
}
