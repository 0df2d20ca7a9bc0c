/* A mix like CoreMark's: list processing, matrix multiplication, a state machine, CRC. */
#include "guest.h"

#define ROUNDS 4000u

struct node {
    struct node *next;
    int16_t key, value;
};
static struct node nodes[64];
static int16_t a[16][16], b[16][16];
static int32_t c[16][16];
static const char text[] = "5012,-874,+122,0.3,1.5e4,.98,-7e-3,T0.3e-1F,-T.T++Tq,1T3.4e4z,34.0e-T^";

static uint16_t crc16(uint16_t crc, uint32_t data, unsigned bits)
{
    for (unsigned i = 0; i < bits; i++) {
        unsigned carry = (crc ^ data) & 1u;
        crc >>= 1;
        data >>= 1;
        if (carry)
            crc ^= 0xa001;
    }
    return crc;
}

static struct node *merge(struct node *x, struct node *y)
{
    struct node head, *tail = &head;
    while (x && y) {
        struct node **least = x->key <= y->key ? &x : &y;
        tail->next = *least;
        tail = *least;
        *least = (*least)->next;
    }
    tail->next = x ? x : y;
    return head.next;
}

static struct node *sort(struct node *list)
{
    if (!list || !list->next)
        return list;
    struct node *slow = list, *fast = list->next;
    while (fast && fast->next) {
        slow = slow->next;
        fast = fast->next->next;
    }
    fast = slow->next;
    slow->next = 0;
    return merge(sort(list), sort(fast));
}

static uint16_t lists(uint32_t seed, uint16_t crc)
{
    for (unsigned i = 0; i < 64; i++) {
        seed = seed * 1103515245u + 12345u;
        nodes[i].key = (int16_t)(seed >> 16);
        nodes[i].value = (int16_t)i;
        nodes[i].next = i < 63 ? &nodes[i + 1] : 0;
    }
    for (struct node *n = sort(nodes); n; n = n->next)
        crc = crc16(crc, (uint16_t)(n->key ^ n->value), 16);
    return crc;
}

static uint16_t matrices(uint32_t seed, uint16_t crc)
{
    int32_t sum = 0;
    for (unsigned i = 0; i < 16; i++)
        for (unsigned j = 0; j < 16; j++) {
            a[i][j] = (int16_t)(seed + i * j);
            b[i][j] = (int16_t)(seed - i + j);
        }
    for (unsigned i = 0; i < 16; i++)
        for (unsigned j = 0; j < 16; j++) {
            int32_t total = 0;
            for (unsigned n = 0; n < 16; n++)
                total += a[i][n] * b[n][j];
            c[i][j] = total;
            sum += total >> (i & 3u);
        }
    return crc16(crc, (uint32_t)sum, 32);
}

enum state { START, NUMBER, FRACTION, EXPONENT, INVALID, STATES };

static uint16_t machine(uint32_t seed, uint16_t crc)
{
    uint32_t counts[STATES] = {0};
    enum state state = START;
    for (unsigned i = 0; text[i]; i++) {
        char ch = (char)(text[i] ^ ((i == (seed & 63u)) ? 1 : 0));
        switch (state) {
        case START:
            state = ch >= '0' && ch <= '9'   ? NUMBER
                    : ch == '.'              ? FRACTION
                    : ch == '+' || ch == '-' ? START
                                             : INVALID;
            break;
        case NUMBER:
            if (ch == '.')
                state = FRACTION;
            else if (ch == ',')
                state = START;
            else if (ch < '0' || ch > '9')
                state = INVALID;
            break;
        case FRACTION:
            if (ch == 'e')
                state = EXPONENT;
            else if (ch == ',')
                state = START;
            else if (ch < '0' || ch > '9')
                state = INVALID;
            break;
        default:
            if (ch == ',')
                state = START;
            break;
        }
        counts[state]++;
    }
    for (unsigned i = 0; i < STATES; i++)
        crc = crc16(crc, counts[i], 16);
    return crc;
}

int main(void)
{
    uint16_t crc = 0;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        crc = lists(i, crc);
        crc = matrices(i, crc);
        crc = machine(i, crc);
    }
    guest_hex("mix", crc);
    return 0;
}
