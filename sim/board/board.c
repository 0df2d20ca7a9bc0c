/* Puts a board together: which chip pin leads where. The loop that runs it is in run.c. */
#include "board/board.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board/board_state.h"
#include "cpu/inject.h"

/* The boot ROM's last words in TAMP backup register 31: magic and reason. */
#define LOCKDOWN_REGISTER 31
#define LOCKDOWN_MASK     0xFFFF0000u
#define LOCKDOWN_MAGIC    0x4C4B0000u

void board_say(const struct board *board, const char *source, const char *text)
{
    if (board->config.console != NULL)
        board->config.console(board->config.context, source, text);
}

void board_check_lockdown(struct board *board)
{
    static const char *const reasons[] = {"unknown reason",
                                          "no valid kernel image",
                                          "kernel image does not verify",
                                          "kernel image is older than the rollback ratchet allows",
                                          "option bytes do not protect the secure world",
                                          "the system clock does not start",
                                          "an exception, or a check that was not reached"};
    uint32_t note = soc_backup_register(board->soc, LOCKDOWN_REGISTER);
    uint32_t reason = note & ~LOCKDOWN_MASK;
    char text[96];

    if ((note & LOCKDOWN_MASK) != LOCKDOWN_MAGIC || note == board->lockdown_told)
        return;
    board->lockdown_told = note;
    snprintf(text, sizeof text, "locked down: %s",
             reasons[reason < sizeof reasons / sizeof *reasons ? reason : 0]);
    board_say(board, "boot", text);
}

/* --- LEDs: active high --- */

static const struct {
    uint8_t port, pin;
    const char *name;
} leds[] = {{4, 3, "status red"}, {4, 5, "status green"}, {4, 6, "status blue"}, {0, 5, "user"}};

static void pin_changed(void *context, unsigned port, unsigned pin, bool level)
{
    const struct board *board = context;
    char text[32];

    for (unsigned i = 0; i < board->watcher_count; i++) {
        const struct board_watcher *watcher = &board->watchers[i];

        if (watcher->pin != NULL)
            watcher->pin(watcher->context, port, pin, level);
    }
    if (!board->config.leds)
        return;
    for (unsigned i = 0; i < sizeof leds / sizeof *leds; i++) {
        if (leds[i].port == port && leds[i].pin == pin) {
            snprintf(text, sizeof text, "%s %s", leds[i].name, level ? "on" : "off");
            board_say(board, "led", text);
        }
    }
}

/* --- serial lines --- */

static void uart_transmitted(void *context, uint8_t byte)
{
    struct uart_wire *wire = context;

    uart_log_byte(&wire->board->uarts, wire->uart, byte);
    for (unsigned i = 0; i < wire->board->watcher_count; i++) {
        const struct board_watcher *watcher = &wire->board->watchers[i];

        if (watcher->uart != NULL)
            watcher->uart(watcher->context, wire->uart, byte);
    }
    if (wire->uart == SOC_LPUART1)
        modem_receive(&wire->board->modem, byte);
}

static void uart_rts(void *context, bool ready)
{
    struct uart_wire *wire = context;

    if (wire->uart == SOC_LPUART1)
        modem_rts(&wire->board->modem, ready);
}

static void line_send(void *context, uint8_t byte)
{
    soc_uart_receive(((struct board *)context)->soc, SOC_LPUART1, byte);
}

static sim_ps line_frame_ps(void *context)
{
    return soc_uart_frame_ps(((struct board *)context)->soc, SOC_LPUART1);
}

static bool line_ready(void *context)
{
    return soc_uart_rts(((struct board *)context)->soc, SOC_LPUART1);
}

static void line_set_cts(void *context, bool ready)
{
    soc_uart_set_cts(((struct board *)context)->soc, SOC_LPUART1, ready);
}

/* --- I2C and SPI --- */

static void i2c_seen(void *context, enum soc_i2c_bus bus, enum soc_i2c_sign sign, uint8_t value)
{
    struct board *board = context;

    for (unsigned i = 0; i < board->watcher_count; i++) {
        const struct board_watcher *watcher = &board->watchers[i];

        if (watcher->i2c != NULL)
            watcher->i2c(watcher->context, bus, sign, value);
    }
}

static void spi_seen(void *context, enum soc_spi_bus bus, uint8_t out, uint8_t in)
{
    struct board *board = context;

    for (unsigned i = 0; i < board->watcher_count; i++) {
        const struct board_watcher *watcher = &board->watchers[i];

        if (watcher->spi != NULL)
            watcher->spi(watcher->context, bus, out, in);
    }
}

static uint8_t spi_transfer(void *context, uint8_t out)
{
    const struct spi_wire *wire = context;
    struct part_answers *answers = &wire->board->spi_answers[wire->bus];
    uint8_t in = answers->bytes[0];

    (void)out;
    if (answers->count == 0)
        return 0xFF;
    memmove(answers->bytes, answers->bytes + 1, --answers->count);
    return in;
}

bool board_spi_answer(struct board *board, enum soc_spi_bus bus, const uint8_t *bytes, size_t count)
{
    struct part_answers *answers = &board->spi_answers[bus];

    if (count > sizeof answers->bytes - answers->count)
        return false;
    memcpy(answers->bytes + answers->count, bytes, count);
    answers->count += (uint8_t)count;
    return true;
}

static void wire_spi(struct board *board)
{
    for (unsigned i = 0; i < BOARD_SPI_BUSES; i++) {
        struct soc_spi_device device = {.context = &board->spi_wires[i], .transfer = spi_transfer};

        board->spi_wires[i] = (struct spi_wire){.board = board, .bus = (enum soc_spi_bus)i};
        soc_spi_attach(board->soc, (enum soc_spi_bus)i, &device);
    }
}

struct part *board_place(struct board *board, enum part_kind kind, enum soc_i2c_bus bus,
                         uint8_t address)
{
    return parts_place(&board->parts, board->soc, &board->sched, kind, bus, address);
}

/* --- the modem's network and console --- */

static void uplink(void *context, const uint8_t *packet, size_t size)
{
    struct board *board = context;

    if (board->network != NULL)
        network_send(board->network, packet, size);
}

static void modem_uplink(void *context, const uint8_t *packet, size_t size)
{
    struct board *board = context;

    if (board->uplink != NULL)
        impair_send(board->uplink, packet, size);
    else
        uplink(board, packet, size);
}

static void downlink(void *context, const uint8_t *packet, size_t size)
{
    modem_downlink(&((struct board *)context)->modem, packet, size);
}

static void network_received(void *context, const uint8_t *packet, size_t size)
{
    struct board *board = context;

    if (board->downlink != NULL)
        impair_send(board->downlink, packet, size);
    else
        downlink(board, packet, size);
}

bool board_set_link_quality(struct board *board, const struct impair_quality *quality)
{
    impair_free(board->uplink);
    impair_free(board->downlink);
    board->uplink = impair_new(&board->sched, quality, board->config.seed * 2, uplink, board);
    board->downlink =
        impair_new(&board->sched, quality, board->config.seed * 2 + 1, downlink, board);
    return board->uplink != NULL && board->downlink != NULL;
}

static void modem_log(void *context, const char *text)
{
    board_say(context, "modem", text);
}

/* --- what the chip tells --- */

static void chip_log(void *context, const char *text)
{
    board_say(context, "chip", text);
}

static void chip_reset(void *context, uint32_t cause)
{
    static const struct {
        uint32_t flag;
        const char *name;
    } causes[] = {{1u << 31, "low-power entry"},
                  {1u << 30, "window watchdog"},
                  {1u << 29, "independent watchdog"},
                  {1u << 28, "software"},
                  {1u << 25, "option bytes"},
                  {1u << 27, "power-on"},
                  {1u << 26, "pin"}};
    struct board *board = context;
    char text[48];

    board_check_lockdown(board);
    for (unsigned i = 0; i < sizeof causes / sizeof *causes; i++) {
        if ((cause & causes[i].flag) != 0) {
            snprintf(text, sizeof text, "reset: %s", causes[i].name);
            board_say(board, "chip", text);
            break;
        }
    }
    board->locked_up = false;
    board->lockup_told = false;
    board->asleep = false;
    modem_reset(&board->modem);
}

static void chip_lockup(void *context)
{
    struct board *board = context;
    char text[64];

    board->locked_up = true;
    snprintf(text, sizeof text, "processor lockup at 0x%08x", cpu_reg(board->cpu, CPU_R0 + 15));
    board_say(board, "chip", text);
}

static void flash_touched(void *context, uint32_t offset, uint32_t size)
{
    snapshots_touch_flash(context, offset, size);
}

static void flash_operation(void *context)
{
    struct board *board = context;

    if (++board->flash_operations == board->flash_limit)
        board_break(board);
}

static void nor_touched(void *context, uint32_t offset, uint32_t size)
{
    snapshots_touch_nor(context, offset, size);
}

static void nor_operation(void *context)
{
    struct board *board = context;

    if (++board->nor_operations == board->nor_limit)
        board_break(board);
}

static sim_ps elapsed(void *context)
{
    return soc_elapsed(((struct board *)context)->soc);
}

static void earlier(void *context, sim_ps due)
{
    struct board *board = context;

    cpu_lower_limit(board->cpu, soc_cycle_at(board->soc, due));
}

/* --- link script --- */

static void arm_script(struct board *board)
{
    if (board->script_next < board->script.count)
        sched_at(&board->sched, &board->script_event,
                 board->script.steps[board->script_next].time_ms * SIM_PS_PER_MS);
}

static void script_fired(void *context)
{
    static const enum modem_link links[] = {[LINK_CHANGE_DOWN] = MODEM_LINK_DOWN,
                                            [LINK_CHANGE_UP] = MODEM_LINK_UP,
                                            [LINK_CHANGE_STALL] = MODEM_LINK_STALL};
    struct board *board = context;

    modem_set_link(&board->modem, links[board->script.steps[board->script_next].change]);
    board->script_next++;
    arm_script(board);
}

/* --- life --- */

static void make_modem(struct board *board)
{
    struct modem_config config = {
        .sched = &board->sched,
        .seed = (uint32_t)board->config.seed,
        .line = {.context = board,
                 .send = line_send,
                 .frame_ps = line_frame_ps,
                 .ready = line_ready,
                 .set_cts = line_set_cts},
        .context = board,
        .uplink = modem_uplink,
        .log = modem_log,
    };

    modem_init(&board->modem, &config);
}

static bool make_chip(struct board *board)
{
    struct soc_config config = {
        .nvm = nvm_soc(&board->nvm),
        .sched = &board->sched,
        .random_seed = board->config.seed,
        .octospi1 = nor_spi_device(&board->nor),
        .octospi_first_io = {4, 4}, /* the NOR sits on IO4 to IO7 of port 1 */
        .pin = pin_changed,
        .i2c = i2c_seen,
        .spi = spi_seen,
        .log = chip_log,
        .reset = chip_reset,
        .lockup = chip_lockup,
        .flash_touch = flash_touched,
        .flash_operation = flash_operation,
        .context = board,
    };

    for (unsigned i = 0; i < SOC_UARTS; i++) {
        board->wires[i] = (struct uart_wire){.board = board, .uart = (enum soc_uart)i};
        config.uart[i] = (struct soc_uart_peer){
            .context = &board->wires[i], .transmitted = uart_transmitted, .rts = uart_rts};
    }
    board->soc = soc_new(&config);
    if (board->soc == NULL)
        return false;
    board->cpu = soc_cpu(board->soc);
    wire_spi(board);
    board->sched.elapsed = elapsed;
    board->sched.earlier = earlier;
    board->sched.context = board;
    return true;
}

static bool make_host_side(struct board *board, char *error, size_t error_size)
{
    if (!hostio_init(&board->io)) {
        snprintf(error, error_size, "no event descriptor");
        return false;
    }
    if (board->config.network) {
        board->network = network_new(&board->io, network_received, board);
        if (board->network == NULL) {
            snprintf(error, error_size, "the simulated network cannot start");
            return false;
        }
    }
    return uart_log_open(&board->uarts, board->config.uart_log, error, error_size);
}

static bool open_memories(struct board *board, char *error, size_t error_size)
{
    const struct board_config *config = &board->config;

    if (config->state_dir == NULL && config->memories != NULL)
        return nvm_open_template(&board->nvm, config->memories, error, error_size);
    return nvm_open(&board->nvm, config->state_dir, NVM_OPEN, error, error_size);
}

struct board *board_new(const struct board_config *config, char *error, size_t error_size)
{
    struct board *board = calloc(1, sizeof *board);

    if (board == NULL) {
        snprintf(error, error_size, "out of memory");
        return NULL;
    }
    board->config = *config;
    board->nvm.lock_fd = -1;
    board->io.wake_fd = -1;
    board->paced = config->network || config->realtime;
    if (config->link_script != NULL)
        board->script = *config->link_script;
    if (!open_memories(board, error, error_size) || !make_host_side(board, error, error_size)) {
        board_free(board);
        return NULL;
    }
    sched_init(&board->sched);
    nor_init(&board->nor, &board->sched, board->nvm.map[NVM_NOR], board->nvm.map[NVM_NOR_STATUS]);
    board->nor.context = board;
    board->nor.touch = nor_touched;
    board->nor.operation = nor_operation;
    make_modem(board);
    if (!make_chip(board)) {
        snprintf(error, error_size, "out of memory");
        board_free(board);
        return NULL;
    }
    for (unsigned i = 0; i < SOC_UARTS; i++)
        uart_input_init(&board->inputs[i], &board->sched, board->soc, (enum soc_uart)i);
    sim_event_init(&board->script_event, script_fired, board);
    arm_script(board);
    return board;
}

void board_free(struct board *board)
{
    if (board == NULL)
        return;
    snapshots_orphan(board);
    impair_free(board->uplink);
    impair_free(board->downlink);
    if (board->soc != NULL)
        soc_free(board->soc);
    network_free(board->network);
    uart_log_close(&board->uarts);
    hostio_close(&board->io);
    nvm_close(&board->nvm);
    free(board);
}

void board_power_on(struct board *board)
{
    nor_power_on(&board->nor);
    parts_power_on(&board->parts);
    board->locked_up = false;
    board->lockup_told = false;
    board->asleep = false;
    board->lockdown_told = 0;
    soc_power_on(board->soc);
    modem_reset(&board->modem);
    pace_start(&board->pace, board_time(board), hostio_now_ns());
}

void board_reset(struct board *board)
{
    soc_reset_pin(board->soc);
    board->asleep = false;
}

void board_cut_power(struct board *board)
{
    board_say(board, "board", "power cut");
    board_power_on(board);
}

void board_watch(struct board *board, const struct board_watcher *watcher)
{
    assert(board->watcher_count < BOARD_WATCHERS_MAX);
    board->watchers[board->watcher_count++] = *watcher;
}

void board_type(struct board *board, enum soc_uart uart, const void *data, size_t size)
{
    assert(uart < SOC_UARTS && uart != SOC_LPUART1);
    uart_input_send(&board->inputs[uart], data, size);
}

void board_trim(struct board *board)
{
    cpu_trim(board->cpu);
}

bool board_pin(struct board *board, unsigned port, unsigned pin)
{
    return soc_pin_level(board->soc, port, pin);
}

struct soc *board_soc(struct board *board)
{
    return board->soc;
}

struct sched *board_sched(struct board *board)
{
    return &board->sched;
}

struct hostio *board_hostio(struct board *board)
{
    return &board->io;
}

struct modem *board_modem(struct board *board)
{
    return &board->modem;
}

const struct nvm *board_nvm(const struct board *board)
{
    return &board->nvm;
}

sim_ps board_time(const struct board *board)
{
    return sched_now(&board->sched);
}
