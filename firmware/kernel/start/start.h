/* From reset to the work thread. */
#ifndef KERNEL_START_H
#define KERNEL_START_H

/* Called by the reset handler with interrupts off; sets everything up that does not wait. */
void start_kernel(void);

#endif
