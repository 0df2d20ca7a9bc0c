/* Snapshots of a running board and the way back, any number of times.
 *
 * Registers and RAM are copied; of flash and NOR a snapshot keeps a page only when it is about to
 * change. Going back costs one comparison of RAM and copying what differs. A snapshot belongs to
 * its board and process. A board with a network behind its modem has none: its host does not go
 * back.
 */
#ifndef SIM_WORLD_SNAPSHOT_H
#define SIM_WORLD_SNAPSHOT_H

#include "board/board.h"

struct snapshot;

/* The board as it is now, outside board_run. NULL: out of memory, or the board has a network, a
 * link quality, or a state folder (whose files are real). */
struct snapshot *snapshot_take(struct board *board);
/* Makes the board what it was; watchers, breakpoints and traces stay. The snapshot stays, too. */
void snapshot_restore(struct snapshot *snapshot);
void snapshot_free(struct snapshot *snapshot);
/* Pages of flash and NOR that it holds. */
unsigned snapshot_pages(const struct snapshot *snapshot);

#endif
