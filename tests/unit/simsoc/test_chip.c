/* The chip with its real processor, running guest/guest.c from secure flash. */
#include "harness.h"

#include <stdio.h>

#include "guest/guest.h"

static uint8_t flash[SOC_FLASH_SIZE], programmed[SOC_FLASH_SIZE / 128], otp[512];
static struct soc_options options;
static struct sched sched;
static struct soc *soc;
static unsigned lockups;

static sim_ps elapsed(void *context)
{
    (void)context;
    return soc_elapsed(soc);
}

static void earlier(void *context, sim_ps due)
{
    (void)context;
    cpu_lower_limit(soc_cpu(soc), soc_cycle_at(soc, due));
}

static void lockup(void *context)
{
    (void)context;
    lockups++;
}

static void say(void *context, const char *text)
{
    (void)context;
    print_message("%s\n", text);
}

static sim_ps next_stop(sim_ps until)
{
    return sched_next(&sched) < until ? sched_next(&sched) : until;
}

/* The board's loop in its smallest form. */
static void run_until(sim_ps until)
{
    while (sched_now(&sched) < until && lockups == 0) {
        enum cpu_stop stop = cpu_run(soc_cpu(soc), soc_cycle_at(soc, next_stop(until)));

        if (stop == CPU_STOP_SLEEP) {
            soc_skip_to(soc, next_stop(until)); /* the program may have armed an event */
        }
        sched_advance(&sched, soc_cpu_time(soc));
        soc_service(soc);
    }
}

static void load_guest(void)
{
    FILE *file = fopen(GUEST_BINARY, "rb");

    assert_non_null(file);
    memset(flash, 0xFF, sizeof flash);
    assert_true(fread(flash + 0x100000, 1, 0x8000, file) > 300);
    fclose(file);
}

static void provision(void)
{
    soc_options_default(&options);
    options.optr |= FLASH_OPTR_TZEN_Msk;
    options.secwm1r1 = 0xFF80FFFFu;
    options.secbootadd0r = 0x0C100000u | FLASH_SECBOOTADD0R_BOOT_LOCK_Msk;
}

static void guest_program_sees_what_the_manual_says(void **state)
{
    const struct guest_report *report;
    struct soc_config config = {.nvm = {flash, programmed, otp, &options, {1, 2, 3}},
                                .sched = &sched,
                                .random_seed = 3,
                                .log = say,
                                .lockup = lockup};

    (void)state;
    load_guest();
    provision();
    sched_init(&sched);
    soc = soc_new(&config);
    assert_non_null(soc);
    sched.elapsed = elapsed;
    sched.earlier = earlier;
    soc_power_on(soc);
    run_until(50 * SIM_PS_PER_MS);

    report = (const void *)(soc_sram(soc, NULL) + (GUEST_REPORT - 0x30000000u));
    assert_int_equal(lockups, 0);
    assert_int_equal(report->faults, 0);
    assert_int_equal(report->done, 1);
    assert_int_equal(report->ticks, 10);
    assert_in_range(report->slept_cycles, 1600000, 1601000); /* 10 ms at 160 MHz */
    /* The code runs from the bank being erased: it stalls, so it polls once or never (A.2). */
    assert_true(report->erase_polls <= 1);
    assert_in_range(report->erase_cycles, 240000, 241000); /* 1.5 ms */
    assert_int_equal(report->flash_word, 0x33333333u);
    assert_int_equal(report->flash_status, 0);
    assert_int_equal(report->raz, 0);
    assert_int_equal(report->illegal, 1u << 24);
    assert_int_equal(report->sram_first, 17);
    assert_int_equal(report->sram_second, 34);
    assert_int_equal(report->reset_flags & 0xFE000000u, RCC_CSR_SFTRSTF_Msk | RCC_CSR_PINRSTF_Msk);
    assert_int_equal(soc_hclk_hz(soc), 4000000u); /* after the reset */
    soc_free(soc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guest_program_sees_what_the_manual_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
