#ifndef TASKS_H
#define TASKS_H
void tasks_run(void (*task)(void));
#endif
