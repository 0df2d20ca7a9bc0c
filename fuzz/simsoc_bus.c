/* Any sequence of bus accesses, by any master, with time passing between them: the chip's model
 * must neither crash nor lose itself, whatever the program on it does.
 */
// fuzz-libs: sim_soc
#include <stdlib.h>
#include <string.h>

#include "soc/soc_state.h"

#define STEPS_MAX 2000u

static uint8_t flash[SOC_FLASH_SIZE], programmed[SOC_FLASH_SIZE / 128], otp[512];

struct input {
    const uint8_t *data;
    size_t size;
};

static uint32_t take(struct input *in, unsigned bytes)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < bytes && in->size > 0; i++, in->data++, in->size--) {
        value |= (uint32_t)*in->data << (8 * i);
    }
    return value;
}

static sim_ps elapsed(void *context)
{
    return soc_elapsed(context);
}

static uint8_t spi_transfer(void *context, uint8_t out)
{
    (void)context;
    return (uint8_t)(out ^ 0x5Au);
}

/* Values that open doors, so that the fuzzer need not guess them. */
static uint32_t take_value(struct input *in)
{
    static const uint32_t keys[] = {0x45670123u, 0xCDEF89ABu, 0x08192A3Bu, 0x4C5D6E7Fu, 0xCCCCu,
                                    0x5555u,     0xAAAAu,     0xCAu,       0x53u,       0xFFFFFFFFu,
                                    0x00010202u, 1u,          0u,          0x80000000u};
    uint32_t choice = take(in, 1);

    return choice < sizeof keys / sizeof keys[0] ? keys[choice] : take(in, 4);
}

static uint32_t take_address(struct input *in, struct soc *soc)
{
    static const uint32_t memories[] = {0x0C100000u, 0x08000000u, 0x0C1FFF00u, 0x30000000u,
                                        0x20040000u, 0x38000000u, 0x0BFA0000u, 0x0FF80000u,
                                        0x50036400u, 0x90000000u, 0xE0044000u, 0x0A000000u};
    uint32_t choice = take(in, 1);

    (void)soc;
    if (choice < soc_block_count) {
        return soc_blocks[choice].base + (take(in, 1) * 4u & (soc_blocks[choice].size - 1u)) +
               (take(in, 1) & 1u ? 0x10000000u : 0);
    }
    return memories[choice % (sizeof memories / sizeof memories[0])] + (take(in, 2) & 0xFFFCu);
}

static void pass_time(struct soc *soc, struct sched *sched, uint32_t us)
{
    sim_ps end = sched_now(sched) + us * SIM_PS_PER_US;

    for (unsigned i = 0; i < 1000 && sched_now(sched) < end; i++) {
        sim_ps next = sched_next(sched) < end ? sched_next(sched) : end;

        soc_skip_to(soc, next);
        sched_advance(sched, soc_cpu_time(soc));
        soc_service(soc);
    }
}

static void one_step(struct soc *soc, struct sched *sched, struct input *in)
{
    uint32_t op = take(in, 1);
    struct bus_attr attr = {op & 1u, op & 2u, op & 4u};
    unsigned size = 1u << ((op >> 3) & 3u) % 3u;
    uint32_t address, value;

    if ((op & 0xC0u) == 0xC0u) {
        pass_time(soc, sched, take(in, 2));
        soc_uart_receive(soc, (enum soc_uart)(op % SOC_UARTS), (uint8_t)op);
        soc_pin_drive(soc, op % 9u, op & 15u, op & 16u);
        return;
    }
    address = take_address(in, soc) & ~(size - 1u);
    if (op & 0x20u) {
        soc_bus_write(soc, address, size, attr, take_value(in));
    } else {
        struct cpu_bus bus;
        struct bus_window window;

        soc_bus_read(soc, address, size, attr, &value);
        soc_bus_functions(soc, &bus);
        if (bus.map(soc, address, attr, &window) &&
            (address - window.base >= window.size || (window.size & (window.size - 1u)) != 0 ||
             (window.base & (window.size - 1u)) != 0)) {
            abort();
        }
    }
    soc_service(soc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    struct sched sched;
    struct soc_options options;
    struct soc_config config = {.nvm = {flash, programmed, otp, &options, {1, 2, 3}},
                                .sched = &sched,
                                .random_seed = 1,
                                .octospi1 = {.transfer = spi_transfer}};
    struct soc *soc;

    soc_options_default(&options);
    options.optr |= FLASH_OPTR_TZEN_Msk;
    options.secwm1r1 = 0xFF80FFFFu;
    options.secbootadd0r = 0x0C100001u;
    sched_init(&sched);
    soc = soc_new(&config);
    if (soc == NULL) {
        abort();
    }
    sched.elapsed = elapsed;
    sched.context = soc;
    soc_power_on(soc);
    /* All clocks on: otherwise most blocks are deaf. */
    for (uint32_t offset = RCC_AHB1ENR_OFS; offset <= RCC_APB3ENR_OFS; offset += 4) {
        soc_bus_write(soc, RCC_S + offset, 4, (struct bus_attr){0}, 0xFFFFFFFFu);
    }
    for (unsigned i = 0; i < STEPS_MAX && in.size > 0; i++) {
        one_step(soc, &sched, &in);
    }
    soc_free(soc);
    return 0;
}
