#include "harness.h"

#include <stdlib.h>

struct bench bench;

static void on_transmit(void *context, uint8_t byte)
{
    (void)context;
    if (bench.sent_count < sizeof bench.sent) {
        bench.sent_at[bench.sent_count] = bench.sched.now;
        bench.sent[bench.sent_count++] = byte;
    }
}

static void on_rts(void *context, bool ready)
{
    (void)context;
    bench.rts = ready;
}

static void on_reset(void *context, uint32_t cause)
{
    (void)context;
    bench.reset_cause = cause;
}

static void on_pin(void *context, unsigned port, unsigned pin, bool level)
{
    (void)context;
    (void)port;
    (void)pin;
    (void)level;
    bench.pin_changes++;
}

static void on_log(void *context, const char *text)
{
    size_t used = strlen(bench.log);

    (void)context;
    snprintf(bench.log + used, sizeof bench.log - used, "%s\n", text);
}

static sim_ps on_elapsed(void *context)
{
    (void)context;
    return soc_elapsed(bench.soc);
}

static void provision(struct soc_options *o)
{
    o->optr |= FLASH_OPTR_TZEN_Msk;
    o->secwm1r1 = 0xFF80FFFFu; /* PSTRT > PEND: none */
    o->secwm2r1 = 0xFFFFFF80u; /* whole bank */
    o->secwm2r2 = 0x80000000u | 3u << 16 | 0x7F80u;
    o->secbootadd0r = 0x0C100000u | FLASH_SECBOOTADD0R_BOOT_LOCK_Msk;
}

void bench_start(bool provisioned)
{
    struct soc_spi_device spi = bench.spi;
    struct soc_config config = {0};

    memset(&bench, 0, sizeof bench);
    memset(bench.flash, 0xFF, sizeof bench.flash);
    memset(bench.otp, 0xFF, sizeof bench.otp);
    bench.spi = spi;
    sched_init(&bench.sched);
    soc_options_default(&bench.options);
    if (provisioned) {
        provision(&bench.options);
    }
    config.nvm = (struct soc_nvm){.flash = bench.flash,
                                  .flash_programmed = bench.programmed,
                                  .otp = bench.otp,
                                  .options = &bench.options,
                                  .unique_id = {0x11111111u, 0x22222222u, 0x33333333u}};
    config.sched = &bench.sched;
    config.random_seed = 7;
    config.octospi1 = spi;
    config.pin = on_pin;
    config.log = on_log;
    config.reset = on_reset;
    for (unsigned i = 0; i < SOC_UARTS; i++) {
        config.uart[i] =
            (struct soc_uart_peer){.context = NULL, .transmitted = on_transmit, .rts = on_rts};
    }
    bench.soc = soc_new(&config);
    assert_non_null(bench.soc);
    bench.sched.elapsed = on_elapsed;
    soc_power_on(bench.soc);
}

void bench_stop(void)
{
    soc_free(bench.soc);
    bench.soc = NULL;
    memset(&bench.spi, 0, sizeof bench.spi);
}

int setup(void **state)
{
    (void)state;
    bench_start(true);
    return 0;
}

int setup_open(void **state)
{
    (void)state;
    bench_start(false);
    return 0;
}

int teardown(void **state)
{
    (void)state;
    bench_stop();
    return 0;
}

uint32_t rd_sized(struct bus_attr attr, uint32_t address, unsigned size)
{
    uint32_t value = 0;

    assert_int_equal(fake.config.bus.read(fake.config.bus.context, address, size, attr, &value),
                     BUS_OK);
    return value;
}

uint32_t rd(struct bus_attr attr, uint32_t address)
{
    return rd_sized(attr, address, 4);
}

void wr_sized(struct bus_attr attr, uint32_t address, uint32_t value, unsigned size)
{
    assert_int_equal(fake.config.bus.write(fake.config.bus.context, address, size, attr, value),
                     BUS_OK);
}

void wr(struct bus_attr attr, uint32_t address, uint32_t value)
{
    wr_sized(attr, address, value, 4);
}

enum bus_status rd_status(struct bus_attr attr, uint32_t address)
{
    uint32_t value;

    return fake.config.bus.read(fake.config.bus.context, address, 4, attr, &value);
}

enum bus_status wr_status(struct bus_attr attr, uint32_t address, uint32_t value)
{
    return fake.config.bus.write(fake.config.bus.context, address, 4, attr, value);
}

sim_ps now(void)
{
    return sched_now(&bench.sched);
}

void run_ps(sim_ps ps)
{
    sim_ps end = now() + ps;

    while (now() < end) {
        sim_ps next = sched_next(&bench.sched);

        next = next < end ? next : end;
        soc_skip_to(bench.soc, next);
        sched_advance(&bench.sched, soc_cpu_time(bench.soc));
        soc_service(bench.soc);
    }
}

void run_us(uint64_t us)
{
    run_ps(us * SIM_PS_PER_US);
}

void set_bits(uint32_t address, uint32_t bits)
{
    wr(S_P, address, rd(S_P, address) | bits);
}

void enable_clocks(void)
{
    set_bits(RCC_S + RCC_AHB1ENR_OFS, RCC_AHB1ENR_GTZC1EN_Msk | RCC_AHB1ENR_RAMCFGEN_Msk |
                                          RCC_AHB1ENR_GPDMA1EN_Msk | RCC_AHB1ENR_CRCEN_Msk);
    set_bits(RCC_S + RCC_AHB3ENR_OFS, RCC_AHB3ENR_GTZC2EN_Msk | RCC_AHB3ENR_PWREN_Msk);
    set_bits(RCC_S + RCC_AHB2ENR1_OFS, 0x1FFu | RCC_AHB2ENR1_RNGEN_Msk | RCC_AHB2ENR1_HASHEN_Msk);
    set_bits(RCC_S + RCC_AHB2ENR2_OFS, RCC_AHB2ENR2_OCTOSPI1EN_Msk);
    set_bits(RCC_S + RCC_APB1ENR1_OFS, 0x001E083Fu);
    set_bits(RCC_S + RCC_APB2ENR_OFS, 0x00077800u);
    set_bits(RCC_S + RCC_APB3ENR_OFS,
             RCC_APB3ENR_SYSCFGEN_Msk | RCC_APB3ENR_LPUART1EN_Msk | RCC_APB3ENR_RTCAPBEN_Msk);
    if (rd(S_P, PWR_S + PWR_VOSR_OFS) == 0) {
        fail_msg("PWR does not answer");
    }
}

void unlock_flash(void)
{
    wr(S_P, FLASH_R_S + FLASH_SECKEYR_OFS, 0x45670123u);
    wr(S_P, FLASH_R_S + FLASH_SECKEYR_OFS, 0xCDEF89ABu);
    wr(NS_P, FLASH_R_NS + FLASH_NSKEYR_OFS, 0x45670123u);
    wr(NS_P, FLASH_R_NS + FLASH_NSKEYR_OFS, 0xCDEF89ABu);
}

void route(const char *pin, unsigned function)
{
    unsigned port = (unsigned)(pin[1] - 'A'), number = (unsigned)strtoul(pin + 2, NULL, 10);
    uint32_t base = GPIOA_S + port * 0x400u, afr = base + GPIO_AFR_OFS + number / 8 * 4;
    uint32_t moder = rd(S_P, base + GPIO_MODER_OFS);

    wr(S_P, afr, (rd(S_P, afr) & ~(15u << (4 * (number % 8)))) | function << (4 * (number % 8)));
    wr(S_P, base + GPIO_MODER_OFS, (moder & ~(3u << (2 * number))) | 2u << (2 * number));
}

void route_all(void)
{
    static const struct {
        const char *pin;
        unsigned function;
    } routes[] = {
        {"PA9", 7},   {"PA10", 7}, {"PD5", 7},  {"PD6", 7},  {"PD8", 7},  {"PD9", 7},  {"PC10", 8},
        {"PC11", 8},  {"PC12", 8}, {"PD2", 8},  {"PG7", 8},  {"PG8", 8},  {"PG5", 8},  {"PG6", 8},
        {"PE13", 5},  {"PE14", 5}, {"PE15", 5}, {"PE12", 5}, {"PB13", 5}, {"PB14", 5}, {"PB15", 5},
        {"PB12", 5},  {"PB3", 6},  {"PB4", 6},  {"PB5", 6},  {"PA15", 6}, {"PB8", 4},  {"PB9", 4},
        {"PF0", 4},   {"PF1", 4},  {"PH7", 4},  {"PH8", 4},  {"PF14", 4}, {"PF15", 4}, {"PA2", 10},
        {"PB10", 10}, {"PB1", 10}, {"PB0", 10}, {"PA7", 10}, {"PA6", 10}, {"PC1", 10}, {"PC2", 10},
    };

    set_bits(PWR_S + PWR_SVMCR_OFS, PWR_SVMCR_IO2SV_Msk);
    for (unsigned i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        route(routes[i].pin, routes[i].function);
    }
}
