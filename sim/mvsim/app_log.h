/* What the application logs, without a cloud: the arguments of its mvServerLog calls, seen at the
 * call's veneer by a breakpoint that the guest cannot notice.
 */
#ifndef SIM_MVSIM_APP_LOG_H
#define SIM_MVSIM_APP_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include "board/board.h"

void app_log_start(struct board *board);
/* After BOARD_STOP_BREAKPOINT: true and the message as one line of printable text if the board
 * stands at the call; long messages are cut. */
bool app_log_take(struct board *board, char *text, size_t size);

#endif
