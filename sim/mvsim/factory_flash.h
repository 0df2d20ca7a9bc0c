/* The kernel's flash and NOR drivers as the factory has them: straight into a board's memories. */
#ifndef SIM_MVSIM_FACTORY_FLASH_H
#define SIM_MVSIM_FACTORY_FLASH_H

#include "board/nvm.h"

/* The board that the drivers' functions work on from now on; NULL: none. One at a time. */
void factory_flash_use(const struct nvm *nvm);

#endif
