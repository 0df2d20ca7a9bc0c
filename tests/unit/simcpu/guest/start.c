/* Start-up and console of the guest programs: runs main() and exits through semihosting. */
#include <stdint.h>

#include "guest.h"

extern uint32_t data_start[], data_end[], data_load[], bss_start[], bss_end[], stack_top[];
int main(void);

void guest_exit(int code)
{
    uint32_t block[2] = {0x20026u, (uint32_t)code};
    register uint32_t r0 __asm__("r0") = 0x20;
    register void *r1 __asm__("r1") = block;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    for (;;)
        ;
}

void guest_print(const char *text)
{
    register uint32_t r0 __asm__("r0") = 4;
    register const char *r1 __asm__("r1") = text;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

void guest_hex(const char *name, uint32_t value)
{
    char line[64];
    unsigned n = 0;
    while (*name && n < 48)
        line[n++] = *name++;
    line[n++] = ' ';
    for (int shift = 28; shift >= 0; shift -= 4)
        line[n++] = "0123456789abcdef"[value >> shift & 15u];
    line[n++] = '\n';
    line[n] = 0;
    guest_print(line);
}

__attribute__((noreturn)) void reset_handler(void)
{
    for (uint32_t *to = data_start, *from = data_load; to < data_end;)
        *to++ = *from++;
    for (uint32_t *to = bss_start; to < bss_end;)
        *to++ = 0;
    *(volatile uint32_t *)0xe000ed88u |= 0xf00000u; /* CPACR: floating point on */
    __asm__ volatile("dsb\n isb");
    guest_exit(main());
    for (;;)
        ;
}

__attribute__((weak)) void fault_handler(void)
{
    guest_hex("fault CFSR", *(volatile uint32_t *)0xe000ed28u);
    guest_exit(99);
}

__attribute__((weak)) void svc_handler(void)
{
    fault_handler();
}

__attribute__((weak)) void pendsv_handler(void)
{
    fault_handler();
}

__attribute__((weak)) void systick_handler(void)
{
    fault_handler();
}

__attribute__((section(".vectors"), used)) static void *const vectors[] = {
    stack_top,
    reset_handler,
    fault_handler,
    fault_handler,
    fault_handler,
    fault_handler,
    fault_handler,
    fault_handler,
    0,
    0,
    0,
    svc_handler,
    fault_handler,
    0,
    pendsv_handler,
    systick_handler,
};
