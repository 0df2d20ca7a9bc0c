/* I2C parts that somebody has placed on a board: a scenario file, or a test.
 *
 * Their state is plain values in struct parts, so that a snapshot is a copy. Supply comes from the
 * board: a power cut puts registers back, not the world around the part (temperature, position).
 */
#ifndef SIM_BOARD_PARTS_H
#define SIM_BOARD_PARTS_H

#include "board/i2c_ht16k33.h"
#include "board/i2c_lis3dh.h"
#include "board/i2c_mcp9808.h"

#define PARTS_MAX         8u
#define PART_ANSWER_BYTES 128u

enum part_kind {
    PART_MCP9808,
    PART_LIS3DH,
    PART_HT16K33,
    PART_ANSWERS, /* acknowledges everything and gives prepared bytes, then 0xFF */
    PART_KINDS
};

struct part_answers {
    uint8_t bytes[PART_ANSWER_BYTES];
    uint8_t count;
};

struct part {
    enum part_kind kind;
    union {
        struct i2c_mcp9808 mcp9808;
        struct i2c_lis3dh lis3dh;
        struct i2c_ht16k33 ht16k33;
        struct part_answers answers;
    };
};

struct parts {
    struct part part[PARTS_MAX];
    unsigned count;
};

/* Data-sheet name in small letters. */
const char *part_name(enum part_kind kind);
/* May the part have this 7-bit address? Its address pins allow only some. */
bool part_address_allowed(enum part_kind kind, unsigned address);
/* Solders a part to a bus, for as long as the chip lives. NULL: no room on board or bus. */
struct part *parts_place(struct parts *parts, struct soc *soc, struct sched *sched,
                         enum part_kind kind, enum soc_i2c_bus bus, uint8_t address);
/* Registers as after power-on. */
void parts_power_on(struct parts *parts);
/* Prepares what an answering part gives next, behind what is still there. False: too much. */
bool part_answer(struct part *part, const uint8_t *bytes, size_t count);

#endif
