/* Typing into a serial line. */
#include "board/uart_input.h"

#define UART_OFF_PS SIM_PS_PER_MS /* until the firmware has switched the line on */

static void arm(struct uart_input *input)
{
    sim_ps frame = soc_uart_frame_ps(input->soc, input->uart);

    sched_at(input->sched, &input->next,
             sched_now(input->sched) + (frame != 0 ? frame : UART_OFF_PS));
}

static void frame_over(void *context)
{
    struct uart_input *input = context;

    if (soc_uart_frame_ps(input->soc, input->uart) != 0) {
        soc_uart_receive(input->soc, input->uart, input->bytes[input->head]);
        input->head = (input->head + 1) % UART_INPUT_SIZE;
        input->count--;
    }
    if (input->count > 0)
        arm(input);
}

void uart_input_init(struct uart_input *input, struct sched *sched, struct soc *soc,
                     enum soc_uart uart)
{
    input->soc = soc;
    input->sched = sched;
    input->uart = uart;
    input->head = input->count = 0;
    sim_event_init(&input->next, frame_over, input);
}

void uart_input_send(struct uart_input *input, const uint8_t *data, size_t size)
{
    if (input->count == 0 && size > 0)
        arm(input);
    for (size_t i = 0; i < size && input->count < UART_INPUT_SIZE; i++)
        input->bytes[(input->head + input->count++) % UART_INPUT_SIZE] = data[i];
}
