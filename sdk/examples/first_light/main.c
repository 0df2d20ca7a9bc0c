// First light: the smallest application that shows it is alive.
//
// At start it logs the device's id, then a line a second, and the user LED (PA5) changes with every
// line. The same lines go to USART2 for whoever has no cloud at hand.
#include <stdio.h>
#include <string.h>

#include "mv_rcc.h"
#include "mv_syscalls.h"
#include "serial.h"
#include "system_stm32u585xx.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define GPIOA_MODER       REGISTER(0x42020000u)
#define GPIOA_BSRR        REGISTER(0x42020018u)
#define SYSTICK_CTRL      REGISTER(0xE000E010u)
#define SYSTICK_LOAD      REGISTER(0xE000E014u)
#define SYSTICK_VAL       REGISTER(0xE000E018u)

enum { LED_PIN = 5, MODE_OUTPUT = 1, DEVICE_ID_SIZE = 34, TICKS_PER_SECOND = 100 };
enum { SYSTICK_ENABLE = 1 << 0, SYSTICK_TICKINT = 1 << 1, SYSTICK_CLKSOURCE = 1 << 2 };

static uint8_t log_buffer[4096] __attribute__((aligned(512)));
static volatile uint32_t ticks;

void SysTick_Handler(void);

void SysTick_Handler(void)
{
    ticks++;
}

static void ticks_start(void)
{
    SYSTICK_LOAD = SystemCoreClock / TICKS_PER_SECOND - 1;
    SYSTICK_VAL = 0;
    SYSTICK_CTRL = SYSTICK_ENABLE | SYSTICK_TICKINT | SYSTICK_CLKSOURCE;
}

static void wait_until(uint32_t deadline_ticks)
{
    while ((int32_t)(deadline_ticks - ticks) > 0) {
        __asm volatile("wfi");
    }
}

static void led_start(void)
{
    mv_rcc_enable(MV_RCC_AHB2ENR1, MV_RCC_AHB2ENR1_GPIOAEN);
    GPIOA_MODER = (GPIOA_MODER & ~(3u << (2 * LED_PIN))) | (uint32_t)MODE_OUTPUT << (2 * LED_PIN);
}

static void led_set(bool on)
{
    GPIOA_BSRR = on ? 1u << LED_PIN : 1u << (LED_PIN + 16);
}

// Delivery is best effort: with the log full or switched off the line is only on the serial port.
static void say(const char *line)
{
    size_t length = strlen(line);
    (void)mvServerLog((const uint8_t *)line, (uint16_t)length);
    serial_write(line, (uint32_t)length);
    serial_write("\r\n", 2);
}

static void say_hello(void)
{
    char line[96];
    char id[DEVICE_ID_SIZE + 1] = "";
    if (mvGetDeviceId((uint8_t *)id, DEVICE_ID_SIZE) != MV_STATUS_OKAY) {
        strcpy(id, "unknown");
    }
    snprintf(line, sizeof line, APP_NAME " on device %s, %lu MHz", id,
             (unsigned long)(SystemCoreClock / 1000000u));
    say(line);
}

int main(void)
{
    (void)mvServerLoggingInit(log_buffer, sizeof log_buffer);
    serial_start();
    led_start();
    ticks_start();
    say_hello();
    for (uint32_t second = 0;; second++) {
        char line[64];
        wait_until(second * TICKS_PER_SECOND);
        led_set((second & 1) != 0);
        uint64_t now_us = 0;
        (void)mvGetMicroseconds(&now_us);
        snprintf(line, sizeof line, "tick %lu, %lu ms after the kernel started",
                 (unsigned long)second, (unsigned long)(now_us / 1000u));
        say(line);
    }
}
