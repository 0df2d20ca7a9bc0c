/* Alternate functions of the STM32U585's pins (DS13086 tables of alternate functions), for the
 * peripherals that are modelled, and the way between their signals and the pins.
 */
#include "soc/soc_state.h"

#include <assert.h>

/* clang-format off */
#define U(n, line)  UART_SIGNAL(SOC_USART##n, LINE_##line)
#define UA(n, line) UART_SIGNAL(SOC_UART##n, LINE_##line)
#define LPU(line)   UART_SIGNAL(SOC_LPUART1, LINE_##line)
#define SP(n, line) SPI_SIGNAL((n)-1, LINE_##line)
#define I2(n, line) I2C_SIGNAL((n)-1, LINE_##line)
#define T(n, line)  TIM_SIGNAL(PLACE_TIM##n, LINE_##line)
#define L(n, line)  LPTIM_SIGNAL((n)-1, LINE_LP##line)
#define LIN(n, k)   LPTIM_SIGNAL((n)-1, LINE_IN##k)
#define O(p, line)  OCTOSPIM_SIGNAL((p)-1, LINE_##line)
#define IO(p, k)    OCTOSPIM_SIGNAL((p)-1, LINE_IO + (k))
#define DBG         SIGNAL_DEBUG
/* clang-format on */

enum { A, B, C, D, E, F, G, H, I };
enum {
    PLACE_TIM2,
    PLACE_TIM3,
    PLACE_TIM4,
    PLACE_TIM5,
    PLACE_TIM1 = 6,
    PLACE_TIM8,
    PLACE_TIM15,
    PLACE_TIM16,
    PLACE_TIM17
};

// clang-format off
static const uint8_t functions[GPIO_PORTS][16][16] = {
    [A] = {
        [0] = {[1] = T(2, CH1), [2] = T(5, CH1), [3] = T(8, ETR), [6] = SP(3, RDY), [7] = U(2, CTS), [8] = UA(4, TX), [10] = O(2, NCS), [14] = T(2, ETR)},
        [1] = {[0] = L(1, CH2), [1] = T(2, CH2), [2] = T(5, CH2), [4] = I2(1, SMBA), [5] = SP(1, SCK), [7] = U(2, RTS), [8] = UA(4, RX), [10] = O(1, DQS), [14] = T(15, CH1N)},
        [2] = {[1] = T(2, CH3), [2] = T(5, CH3), [5] = SP(1, RDY), [7] = U(2, TX), [8] = LPU(TX), [10] = O(1, NCS), [14] = T(15, CH1)},
        [3] = {[1] = T(2, CH4), [2] = T(5, CH4), [7] = U(2, RX), [8] = LPU(RX), [10] = O(1, CLK), [14] = T(15, CH2)},
        [4] = {[3] = O(1, NCS), [5] = SP(1, NSS), [6] = SP(3, NSS), [7] = U(2, CK), [14] = L(2, CH1)},
        [5] = {[0] = SIGNAL_CSLEEP, [1] = T(2, CH1), [2] = T(2, ETR), [3] = T(8, CH1N), [5] = SP(1, SCK), [7] = U(3, RX), [14] = L(2, ETR)},
        [6] = {[0] = SIGNAL_CDSTOP, [1] = T(1, BKIN), [2] = T(3, CH1), [3] = T(8, BKIN), [5] = SP(1, MISO), [7] = U(3, CTS), [8] = LPU(CTS), [10] = IO(1, 3), [14] = T(16, CH1)},
        [7] = {[0] = SIGNAL_SRDSTOP, [1] = T(1, CH1N), [2] = T(3, CH2), [3] = T(8, CH1N), [4] = I2(3, SCL), [5] = SP(1, MOSI), [7] = U(3, TX), [10] = IO(1, 2), [13] = L(2, CH2), [14] = T(17, CH1)},
        [8] = {[0] = SIGNAL_MCO, [1] = T(1, CH1), [5] = SP(1, RDY), [7] = U(1, CK), [12] = DBG, [14] = L(2, CH1)},
        [9] = {[1] = T(1, CH2), [3] = SP(2, SCK), [7] = U(1, TX), [14] = T(15, BKIN)},
        [10] = {[0] = SIGNAL_CRS_SYNC, [1] = T(1, CH3), [2] = LIN(2, 2), [7] = U(1, RX), [14] = T(17, BKIN)},
        [11] = {[1] = T(1, CH4), [2] = T(1, BKIN2), [5] = SP(1, MISO), [7] = U(1, CTS)},
        [12] = {[1] = T(1, ETR), [5] = SP(1, MOSI), [6] = O(2, NCS), [7] = U(1, RTS)},
        [13] = {[0] = DBG, [1] = SIGNAL_IR_OUT},
        [14] = {[0] = DBG, [1] = L(1, CH1), [4] = I2(1, SMBA), [5] = I2(4, SMBA)},
        [15] = {[0] = DBG, [1] = T(2, CH1), [2] = T(2, ETR), [3] = U(2, RX), [5] = SP(1, NSS), [6] = SP(3, NSS), [7] = U(3, RTS), [8] = UA(4, RTS)},
    },
    [B] = {
        [0] = {[1] = T(1, CH2N), [2] = T(3, CH3), [3] = T(8, CH2N), [4] = L(3, CH1), [5] = SP(1, NSS), [7] = U(3, CK), [10] = IO(1, 1), [12] = SIGNAL_COMP1_OUT},
        [1] = {[1] = T(1, CH3N), [2] = T(3, CH4), [3] = T(8, CH3N), [4] = L(3, CH2), [7] = U(3, RTS), [8] = LPU(RTS), [10] = IO(1, 0), [14] = LIN(2, 1)},
        [2] = {[1] = L(1, CH1), [3] = T(8, CH4N), [4] = I2(3, SMBA), [5] = SP(1, RDY), [10] = O(1, DQS)},
        [3] = {[0] = DBG, [1] = T(2, CH2), [2] = L(1, CH1), [4] = I2(1, SDA), [5] = SP(1, SCK), [6] = SP(3, SCK), [7] = U(1, RTS), [10] = SIGNAL_CRS_SYNC},
        [4] = {[0] = DBG, [1] = L(1, CH2), [2] = T(3, CH1), [4] = I2(3, SDA), [5] = SP(1, MISO), [6] = SP(3, MISO), [7] = U(1, CTS), [8] = UA(5, RTS), [14] = T(17, BKIN)},
        [5] = {[1] = LIN(1, 1), [2] = T(3, CH2), [3] = O(1, NCLK), [4] = I2(1, SMBA), [5] = SP(1, MOSI), [6] = SP(3, MOSI), [7] = U(1, CK), [8] = UA(5, CTS), [12] = SIGNAL_COMP2_OUT, [14] = T(16, BKIN)},
        [6] = {[1] = L(1, ETR), [2] = T(4, CH1), [3] = T(8, BKIN2), [4] = I2(1, SCL), [5] = I2(4, SCL), [7] = U(1, TX), [14] = T(16, CH1N)},
        [7] = {[1] = LIN(1, 2), [2] = T(4, CH2), [3] = T(8, BKIN), [4] = I2(1, SDA), [5] = I2(4, SDA), [7] = U(1, RX), [8] = UA(4, CTS), [14] = T(17, CH1N)},
        [8] = {[2] = T(4, CH3), [4] = I2(1, SCL), [6] = SP(3, RDY), [14] = T(16, CH1)},
        [9] = {[1] = SIGNAL_IR_OUT, [2] = T(4, CH4), [4] = I2(1, SDA), [5] = SP(2, NSS), [14] = T(17, CH1)},
        [10] = {[1] = T(2, CH3), [2] = L(3, CH1), [3] = I2(4, SCL), [4] = I2(2, SCL), [5] = SP(2, SCK), [7] = U(3, TX), [8] = LPU(RX), [10] = O(1, CLK), [12] = SIGNAL_COMP1_OUT},
        [11] = {[1] = T(2, CH4), [3] = I2(4, SDA), [4] = I2(2, SDA), [5] = SP(2, RDY), [7] = U(3, RX), [8] = LPU(TX), [10] = O(1, NCS), [12] = SIGNAL_COMP2_OUT},
        [12] = {[1] = T(1, BKIN), [4] = I2(2, SMBA), [5] = SP(2, NSS), [7] = U(3, CK), [8] = LPU(RTS), [10] = O(1, NCLK), [14] = T(15, BKIN)},
        [13] = {[1] = T(1, CH1N), [2] = LIN(3, 1), [4] = I2(2, SCL), [5] = SP(2, SCK), [7] = U(3, CTS), [8] = LPU(CTS), [14] = T(15, CH1N)},
        [14] = {[1] = T(1, CH2N), [2] = L(3, ETR), [3] = T(8, CH2N), [4] = I2(2, SDA), [5] = SP(2, MISO), [7] = U(3, RTS), [14] = T(15, CH1)},
        [15] = {[0] = SIGNAL_RTC_REFIN, [1] = T(1, CH3N), [2] = LIN(2, 2), [3] = T(8, CH3N), [5] = SP(2, MOSI), [14] = T(15, CH2)},
    },
    [C] = {
        [0] = {[1] = LIN(1, 1), [3] = IO(1, 7), [4] = I2(3, SCL), [5] = SP(2, RDY), [8] = LPU(RX), [14] = LIN(2, 1)},
        [1] = {[0] = DBG, [1] = L(1, CH1), [3] = SP(2, MOSI), [4] = I2(3, SDA), [8] = LPU(TX), [10] = IO(1, 4)},
        [2] = {[1] = LIN(1, 2), [5] = SP(2, MISO), [10] = IO(1, 5)},
        [3] = {[1] = L(1, ETR), [2] = L(3, CH1), [5] = SP(2, MOSI), [10] = IO(1, 6), [14] = L(2, ETR)},
        [4] = {[7] = U(3, TX), [10] = IO(1, 7)},
        [5] = {[1] = T(1, CH4N), [7] = U(3, RX)},
        [6] = {[0] = SIGNAL_CSLEEP, [2] = T(3, CH1), [3] = T(8, CH1)},
        [7] = {[0] = SIGNAL_CDSTOP, [2] = T(3, CH2), [3] = T(8, CH2), [14] = L(2, CH2)},
        [8] = {[0] = SIGNAL_SRDSTOP, [2] = T(3, CH3), [3] = T(8, CH3), [14] = L(3, CH1)},
        [9] = {[0] = DBG, [1] = T(8, BKIN2), [2] = T(3, CH4), [3] = T(8, CH4), [14] = L(3, CH2)},
        [10] = {[0] = DBG, [2] = L(3, ETR), [6] = SP(3, SCK), [7] = U(3, TX), [8] = UA(4, TX)},
        [11] = {[2] = LIN(3, 1), [5] = O(1, NCS), [6] = SP(3, MISO), [7] = U(3, RX), [8] = UA(4, RX)},
        [12] = {[0] = DBG, [6] = SP(3, MOSI), [7] = U(3, CK), [8] = UA(5, TX)},
    },
    [D] = {
        [0] = {[3] = T(8, CH4N), [5] = SP(2, NSS)},
        [1] = {[5] = SP(2, SCK)},
        [2] = {[0] = DBG, [2] = T(3, ETR), [7] = U(3, RTS), [8] = UA(5, RX), [13] = L(4, ETR)},
        [3] = {[3] = SP(2, SCK), [5] = SP(2, MISO), [7] = U(2, CTS), [10] = O(2, NCS)},
        [4] = {[5] = SP(2, MOSI), [7] = U(2, RTS), [10] = IO(1, 4)},
        [5] = {[5] = SP(2, RDY), [7] = U(2, TX), [10] = IO(1, 5)},
        [6] = {[5] = SP(3, MOSI), [7] = U(2, RX), [10] = IO(1, 6)},
        [7] = {[7] = U(2, CK), [10] = IO(1, 7), [13] = L(4, CH1)},
        [8] = {[7] = U(3, TX)},
        [9] = {[2] = LIN(2, 2), [7] = U(3, RX), [14] = LIN(3, 1)},
        [10] = {[2] = L(2, CH2), [7] = U(3, CK), [14] = L(3, ETR)},
        [11] = {[4] = I2(4, SMBA), [7] = U(3, CTS), [14] = L(2, ETR)},
        [12] = {[2] = T(4, CH1), [4] = I2(4, SCL), [7] = U(3, RTS), [14] = LIN(2, 1)},
        [13] = {[2] = T(4, CH2), [4] = I2(4, SDA), [13] = LIN(4, 1), [14] = L(2, CH1)},
        [14] = {[2] = T(4, CH3), [14] = L(3, CH1)},
        [15] = {[2] = T(4, CH4), [14] = L(3, CH2)},
    },
    [E] = {
        [0] = {[2] = T(4, ETR), [14] = T(16, CH1)},
        [1] = {[14] = T(17, CH1)},
        [2] = {[0] = DBG, [2] = T(3, ETR)},
        [3] = {[0] = DBG, [2] = T(3, CH1), [3] = O(1, DQS)},
        [4] = {[0] = DBG, [2] = T(3, CH2)},
        [5] = {[0] = DBG, [2] = T(3, CH3)},
        [6] = {[0] = DBG, [2] = T(3, CH4)},
        [7] = {[1] = T(1, ETR)},
        [8] = {[1] = T(1, CH1N)},
        [9] = {[1] = T(1, CH1), [10] = O(1, NCLK)},
        [10] = {[1] = T(1, CH2N), [10] = O(1, CLK)},
        [11] = {[1] = T(1, CH2), [5] = SP(1, RDY), [10] = O(1, NCS)},
        [12] = {[1] = T(1, CH3N), [5] = SP(1, NSS), [10] = IO(1, 0)},
        [13] = {[1] = T(1, CH3), [5] = SP(1, SCK), [10] = IO(1, 1)},
        [14] = {[1] = T(1, CH4), [2] = T(1, BKIN2), [5] = SP(1, MISO), [10] = IO(1, 2)},
        [15] = {[1] = T(1, BKIN), [3] = T(1, CH4N), [5] = SP(1, MOSI), [10] = IO(1, 3)},
    },
    [F] = {
        [0] = {[4] = I2(2, SDA), [5] = IO(2, 0)},
        [1] = {[4] = I2(2, SCL), [5] = IO(2, 1)},
        [2] = {[2] = L(3, CH2), [4] = I2(2, SMBA), [5] = IO(2, 2)},
        [3] = {[2] = LIN(3, 1), [5] = IO(2, 3)},
        [4] = {[2] = L(3, ETR), [5] = O(2, CLK)},
        [5] = {[2] = L(3, CH1), [5] = O(2, NCLK)},
        [6] = {[1] = T(5, ETR), [2] = T(5, CH1), [5] = O(2, NCS), [10] = IO(1, 3)},
        [7] = {[2] = T(5, CH2), [10] = IO(1, 2)},
        [8] = {[2] = T(5, CH3), [10] = IO(1, 0)},
        [9] = {[2] = T(5, CH4), [10] = IO(1, 1), [14] = T(15, CH1)},
        [10] = {[3] = O(1, CLK), [14] = T(15, CH2)},
        [11] = {[3] = O(1, NCLK), [13] = LIN(4, 1)},
        [12] = {[5] = O(2, DQS), [13] = L(4, ETR)},
        [13] = {[4] = I2(4, SMBA), [13] = L(4, CH1)},
        [14] = {[4] = I2(4, SCL)},
        [15] = {[4] = I2(4, SDA)},
    },
    [G] = {
        [0] = {[5] = IO(2, 4)},
        [1] = {[5] = IO(2, 5)},
        [2] = {[5] = SP(1, SCK)},
        [3] = {[5] = SP(1, MISO)},
        [4] = {[5] = SP(1, MOSI)},
        [5] = {[5] = SP(1, NSS), [8] = LPU(CTS)},
        [6] = {[3] = O(1, DQS), [4] = I2(3, SMBA), [5] = SP(1, RDY), [8] = LPU(RTS)},
        [7] = {[4] = I2(3, SCL), [5] = O(2, DQS), [8] = LPU(TX)},
        [8] = {[4] = I2(3, SDA), [8] = LPU(RX)},
        [9] = {[5] = IO(2, 6), [6] = SP(3, SCK), [7] = U(1, TX), [14] = T(15, CH1N)},
        [10] = {[1] = LIN(1, 1), [5] = IO(2, 7), [6] = SP(3, MISO), [7] = U(1, RX), [14] = T(15, CH1)},
        [11] = {[1] = LIN(1, 2), [3] = IO(1, 5), [6] = SP(3, MOSI), [7] = U(1, CTS), [14] = T(15, CH2)},
        [12] = {[1] = L(1, ETR), [5] = O(2, NCS), [6] = SP(3, NSS), [7] = U(1, RTS)},
        [13] = {[4] = I2(1, SDA), [6] = SP(3, RDY), [7] = U(1, CK)},
        [14] = {[1] = L(1, CH2), [4] = I2(1, SCL)},
        [15] = {[1] = L(1, CH1), [4] = I2(1, SMBA), [5] = O(2, DQS)},
    },
    [H] = {
        [2] = {[3] = IO(1, 4)},
        [4] = {[4] = I2(2, SCL), [5] = O(2, DQS)},
        [5] = {[4] = I2(2, SDA)},
        [6] = {[4] = I2(2, SMBA), [5] = O(2, CLK)},
        [7] = {[4] = I2(3, SCL), [5] = O(2, NCLK)},
        [8] = {[4] = I2(3, SDA), [5] = IO(2, 3)},
        [9] = {[4] = I2(3, SMBA), [5] = IO(2, 4)},
        [10] = {[2] = T(5, CH1), [5] = IO(2, 5)},
        [11] = {[2] = T(5, CH2), [5] = IO(2, 6)},
        [12] = {[2] = T(5, CH3), [3] = T(8, CH4N), [5] = IO(2, 7)},
        [13] = {[3] = T(8, CH1N)},
        [14] = {[3] = T(8, CH2N)},
        [15] = {[3] = T(8, CH3N), [5] = IO(2, 6)},
    },
    [I] = {
        [0] = {[2] = T(5, CH4), [3] = IO(1, 5), [5] = SP(2, NSS)},
        [1] = {[5] = SP(2, SCK), [6] = IO(2, 2)},
        [2] = {[3] = T(8, CH4), [5] = SP(2, MISO), [6] = IO(2, 1)},
        [3] = {[3] = T(8, ETR), [5] = SP(2, MOSI), [6] = IO(2, 0)},
        [4] = {[3] = T(8, BKIN), [5] = SP(2, RDY)},
        [5] = {[3] = T(8, CH1), [5] = O(2, NCS)},
        [6] = {[3] = T(8, CH2), [5] = O(2, CLK)},
        [7] = {[3] = T(8, CH3), [5] = O(2, NCLK)},
    },
};
// clang-format on

unsigned soc_pin_function(unsigned port, unsigned pin, unsigned af)
{
    return functions[port][pin][af];
}

/* PG2 to PG15 are supplied by VDDIO2 and cut off until software declares it valid. */
static bool supplied(const struct soc *soc, unsigned port, unsigned pin)
{
    return port != G || pin < 2 || (soc->pwr.svmcr & PWR_SVMCR_IO2SV_Msk);
}

unsigned soc_pin_signal(const struct soc *soc, unsigned port, unsigned pin)
{
    const struct soc_gpio *gpio = &soc->gpio[port];

    if (((gpio->moder >> (2 * pin)) & 3u) != 2 || !supplied(soc, port, pin)) {
        return SIGNAL_NONE;
    }
    return functions[port][pin][(gpio->afr[pin / 8] >> (4 * (pin % 8))) & 15u];
}

/* Lists for every signal the pins that can carry it: counted first, then filled in. */
void soc_pins_init(struct soc *soc)
{
    const uint8_t *all = &functions[0][0][0];
    uint16_t next[SIGNAL_COUNT] = {0}, total = 0;

    for (unsigned i = 0; i < sizeof functions; i++) {
        next[all[i]]++;
    }
    next[SIGNAL_NONE] = 0;
    for (unsigned signal = 0; signal < SIGNAL_COUNT; signal++) {
        uint16_t count = next[signal];

        soc->signal_first[signal] = next[signal] = total;
        total = (uint16_t)(total + count);
    }
    soc->signal_first[SIGNAL_COUNT] = total;
    assert(total <= SIGNAL_PINS);
    for (unsigned i = 0; i < sizeof functions; i++) {
        if (all[i] != SIGNAL_NONE) {
            soc->signal_pin[next[all[i]]++] = (uint8_t)(i / 16);
        }
    }
}

/* The next pin (port * 16 + pin) that leads to the signal; `place` runs through the signal's part
 * of signal_pin, from signal_first. -1: none. */
static int next_pin(const struct soc *soc, unsigned signal, unsigned *place)
{
    while (*place < soc->signal_first[signal + 1]) {
        unsigned at = soc->signal_pin[(*place)++];

        if (soc_pin_signal(soc, at / 16, at % 16) == signal) {
            return (int)at;
        }
    }
    return -1;
}

bool soc_signal_routed(const struct soc *soc, unsigned signal, bool secure)
{
    unsigned place = soc->signal_first[signal];

    for (int at; (at = next_pin(soc, signal, &place)) >= 0;) {
        if (!secure || ((soc->gpio[at / 16].seccfgr >> (at % 16)) & 1u)) {
            return true;
        }
    }
    return false;
}

bool soc_instance_secure(const struct soc *soc,
                         uint32_t (*read)(struct soc *, const struct soc_block *, uint32_t,
                                          struct soc_access),
                         unsigned instance)
{
    for (unsigned i = 0; i < soc_block_count; i++) {
        if (soc_blocks[i].read == read && soc_blocks[i].instance == instance) {
            return soc_tzsc_secure(soc, soc_blocks[i].place);
        }
    }
    return false;
}

bool soc_io_powered(const struct soc *soc)
{
    return soc->power == POWER_RUN ||
           (soc->power == POWER_STOP && (soc->pwr.cr1 & PWR_CR1_LPMS_Msk) != 3);
}

void soc_pins_follow_power(struct soc *soc)
{
    for (unsigned port = 0; port < GPIO_PORTS; port++) {
        soc_gpio_update(soc, port);
    }
}

void soc_signal_drive(struct soc *soc, unsigned signal, enum soc_drive drive)
{
    unsigned place = soc->signal_first[signal];

    if (soc->signal[signal] == drive) {
        return;
    }
    soc->signal[signal] = (uint8_t)drive;
    for (int at; (at = next_pin(soc, signal, &place)) >= 0;) {
        soc_gpio_update(soc, (unsigned)at / 16);
    }
}

bool soc_signal_level(const struct soc *soc, unsigned signal)
{
    unsigned place = soc->signal_first[signal];
    int at = next_pin(soc, signal, &place);

    return at >= 0 && ((soc->gpio[at / 16].level >> (at % 16)) & 1u);
}

void soc_signal_edge(struct soc *soc, unsigned signal, bool level)
{
    if (signal >= SIGNAL_TIM && signal < SIGNAL_LPTIM) {
        soc_tim_edge(soc, (signal - SIGNAL_TIM) / TIM_LINES, (signal - SIGNAL_TIM) % TIM_LINES,
                     level);
    } else if (signal >= SIGNAL_LPTIM && signal < SIGNAL_OCTOSPIM) {
        soc_lptim_edge(soc, (signal - SIGNAL_LPTIM) / LPTIM_LINES,
                       (signal - SIGNAL_LPTIM) % LPTIM_LINES, level);
    } else if (signal >= SIGNAL_I2C && signal < SIGNAL_TIM &&
               (signal - SIGNAL_I2C) % I2C_LINES == LINE_SMBA) {
        soc_i2c_edge(soc, (signal - SIGNAL_I2C) / I2C_LINES);
    }
}
