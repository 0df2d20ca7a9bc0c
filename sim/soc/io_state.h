/* State of the blocks with pins, and of DMA; part of soc_state.h. */
#ifndef SIM_SOC_IO_STATE_H
#define SIM_SOC_IO_STATE_H

#include "soc/signals.h"

struct soc_exti {
    uint32_t rtsr, ftsr, rpr, fpr, seccfgr, privcfgr, lockr, imr, emr, exticr[4];
};

struct soc_gpio {
    uint32_t moder, otyper, ospeedr, pupdr, odr, lckr, afr[2], hslvr, seccfgr;
    uint8_t lock_step;
    bool locked;
    uint32_t lock_value;
    uint16_t driven, driven_level; /* from outside */
    uint16_t level;                /* as last seen by EXTI and the board */
};
#define GPIO_PORTS 9

#define UART_FIFO 8
struct soc_uart_state {
    uint32_t cr1, cr2, cr3, brr, gtpr, rtor, isr, presc, autocr, tdr, rdr_last;
    uint16_t tx[UART_FIFO], rx[UART_FIFO + 1];
    uint8_t tx_count, rx_count;
    bool shifting, breaking, break_due;
    uint16_t shift_data;
    bool cts, rts_shown;
    /* Smartcard: characters that the card will refuse, repetitions of the one being sent and of the
     * one being received, transmitter stopped by a refusal, characters of the block so far. */
    uint8_t card_nacks, tx_retries, rx_retries;
    bool card_stopped;
    uint16_t block_count;
    struct soc_event tx_done, idle, receiver_timeout, guard;
};

/* A digital filter of an input (input_filter.c). */
struct soc_filter {
    bool level; /* behind it */
    struct soc_event settles;
};

#define TIM_FILTERS 5
struct soc_tim {
    uint32_t cr1, cr2, smcr, dier, sr, ccmr[3], ccer, cnt, psc, arr, rcr, ccr[6], bdtr;
    uint32_t dtr2, ecr, tisel, af1, af2, or1, dcr;
    /* In force: preloads, and what commutation (CCPC) has let through. */
    uint32_t psc_shadow, arr_shadow, ccr_shadow[6], rep, ccer_active, ccmr_active[3];
    sim_ps synced;      /* time for which cnt is exact */
    uint64_t fraction;  /* of a tick, in clock-picoseconds / (psc+1), see tim.c */
    uint32_t psc_count; /* external ticks in the prescaler */
    uint8_t etr_count, capture_count[4], dma_index;
    uint8_t inputs;       /* TI1..4 when they were looked at last */
    uint8_t ocref, shown; /* references of channels, and as the pins know them */
    bool etr, gate, trgo; /* levels: trigger input pin, gate of gated modes, trigger output */
    sim_ps dead_until[4]; /* dead time of a channel */
    struct soc_event next, dead;
    struct soc_filter filter[TIM_FILTERS]; /* TI1..4, ETR */
};
#define TIM_COUNT 11

struct soc_lptim {
    uint32_t isr, dier, cfgr, cr, ccr[2], arr, cfgr2, rcr, ccmr1;
    uint32_t cnt, arr_shadow, ccr_shadow[2];
    uint32_t ok_pending; /* flags of register writes on their way */
    uint32_t prescale;   /* external edges in the prescaler */
    uint8_t rep, capture_count[2];
    bool running, single, armed, counts_down; /* armed: waits for its trigger */
    bool set[2], high[2];                     /* output of the set-once mode; references */
    sim_ps started;                           /* time for which cnt is exact */
    struct soc_event next, ok;
    struct soc_filter filter[LPTIM_LINES];
};
/* Triggers that are no pins, by TRIGSEL. */
enum soc_lptim_source { LPTIM_RTC_ALARM_A = 1, LPTIM_RTC_ALARM_B, LPTIM_TAMP_1, LPTIM_TAMP_2 };
#define LPTIM_COUNT 4

#define OSPI_COUNT 2
#define OSPI_FIFO  32
enum soc_ospi_phase { OSPI_IDLE, OSPI_COMMAND, OSPI_DATA_IN, OSPI_DATA_OUT, OSPI_POLL };
struct soc_octospi {
    uint32_t cr, dcr1, dcr2, dcr3, dcr4, sr, dlr, ar, psmkr, psmar, pir;
    uint32_t ccr, tcr, ir, abr, lptr, wpccr, wptcr, wpir, wpabr, wccr, wtcr, wir, wabr, hlcr;
    uint8_t fifo[OSPI_FIFO];
    uint8_t level, head;
    uint8_t phase;
    bool mapped;   /* memory-mapped mode has been entered */
    bool selected; /* NCS is low */
    bool second;   /* the next byte belongs to the other device of a dual memory */
    uint8_t wired; /* lines that reach the device, since it was selected */
    int8_t port;   /* of OCTOSPIM, from 0 */
    uint64_t remaining;
    struct soc_event step;
};

struct soc_octospim {
    uint32_t cr, pcr[2];
};

struct soc_dma_channel {
    uint32_t lbar, sr, cr, tr1, tr2, br1, sar, dar, tr3, br2, llr;
    uint32_t block_size;
    bool pulse;            /* an edge-like request (timers) waits to be served */
    bool hit, open;        /* a trigger hit is there to be used; the one needed has been */
    bool stands;           /* a debugger freezes it before its next step */
    struct soc_event done; /* next step */
};
struct soc_dma {
    uint32_t seccfgr, privcfgr, rcfglockr;
    uint32_t running; /* channels with EN = 1 */
    struct soc_dma_channel channel[16];
};

/* 0: ADC1, 1: ADC4. */
struct soc_adc {
    uint32_t r[0x40]; /* plain registers by offset / 4 */
    uint32_t isr, dr, common;
    unsigned index, injected_index; /* in the sequences */
    unsigned left, injected_left;   /* conversions until the next trigger */
    uint32_t sum;                   /* of an oversampled result */
    unsigned samples;
    bool converting, injecting;     /* something is converted; it is the injected group's */
    bool regular_due, injected_due; /* triggered, not done */
    bool waits;                     /* AUTDLY: for the last result to be read */
    bool awake;                     /* ADC4 with AUTOFF: powered for a sequence */
    uint32_t factor[9];             /* of the last calibration, by CALINDEX */
    uint8_t outside[3];             /* watchdog 1: results outside in a row */
    sim_ps calibrated;
    struct soc_event step;
};

#define I2C_COUNT 4
enum soc_i2c_phase {
    I2C_IDLE,
    I2C_ADDRESSING,
    I2C_WAIT_TX, /* clock stretched: TXDR empty */
    I2C_WRITING,
    I2C_READING,
    I2C_WAIT_RX,       /* clock stretched: RXDR full */
    I2C_WAIT_RELOAD,   /* TCR */
    I2C_WAIT_SOFTWARE, /* TC: repeated START or STOP */
    I2C_LOSING,        /* arbitration: the other master has the stronger address */
    I2C_STOPPING
};
/* Another master on the bus, which talks to the chip. */
enum soc_i2c_other_phase {
    OTHER_NONE,
    OTHER_CONTENDS, /* starts together with the chip */
    OTHER_WAITS,    /* for the bus to become free */
    OTHER_ADDRESS,
    OTHER_STRETCHED_ADDRESS, /* the chip holds SCL: until ADDR is cleared */
    OTHER_WRITES,
    OTHER_STRETCHED_TAKE,   /* until RXDR is read */
    OTHER_STRETCHED_RELOAD, /* until NBYTES is written (TCR) */
    OTHER_READS,
    OTHER_STRETCHED_SEND, /* until TXDR is written */
    OTHER_STOPS
};
struct soc_i2c_other {
    enum soc_i2c_other_phase phase;
    uint16_t address; /* with SOC_I2C_ADDRESS_10 */
    uint8_t count, at;
    bool read, addressed;
    uint8_t bytes[SOC_I2C_OTHER_BYTES];
    struct soc_event step;
};
/* Time-outs of SMBus: how long the lines have been as they are. */
struct soc_i2c_watch {
    bool low, high;  /* the chip holds SCL low; both lines are high */
    bool told;       /* that they were high for too long */
    sim_ps since;    /* when that began */
    sim_ps extended; /* slave: held low before, in this transfer */
    struct soc_event timer;
};
struct soc_i2c {
    uint32_t cr1, cr2, oar1, oar2, timingr, timeoutr, isr, txdr, rxdr, autocr;
    enum soc_i2c_phase phase;
    uint8_t left, shift, pec;
    bool reading;
    struct soc_i2c_other other;
    struct soc_i2c_watch watch;
    bool alert;          /* SMBA was low when it was looked at last */
    int8_t device_index; /* -1: nobody answered */
    uint8_t devices;
    struct soc_i2c_device device[SOC_I2C_DEVICES];
    struct soc_event step;
};

#define SPI_COUNT 3
struct soc_spi {
    uint32_t cr1, cr2, cfg1, cfg2, ier, flags, autocr, crcpoly, udrdr;
    uint8_t tx[16], rx[16], tx_count, rx_count; /* bytes */
    uint32_t pushed, left;                      /* frames of TSIZE */
    uint32_t shift;
    bool shifting, selected, crc_frame;
    uint32_t tx_crc, rx_crc;
    struct soc_spi_device device;
    struct soc_event step;
    /* Another master on the bus. */
    uint8_t other[SOC_SPI_OTHER_BYTES], other_count, other_at;
    uint32_t last_in;
    struct soc_event other_step;
};

#endif
