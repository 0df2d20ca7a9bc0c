// Stands for an operating system that knows nothing of the platform.
#include "tasks.h"

void tasks_run(void (*task)(void))
{
    for (;;) {
        task();
    }
}
