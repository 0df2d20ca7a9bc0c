#include "guest_board.h"

#include <stdio.h>
#include <stdlib.h>

#include "mvsim/factory.h"

struct nvm_template *guest_memories(const char *path)
{
    struct nvm_template *memories = NULL;
    struct factory_bytes program = {0};
    char error[256] = "";
    struct nvm nvm;

    if (factory_read(path, FACTORY_BOOT_MAX, &program, error, sizeof error) &&
        nvm_open(&nvm, NULL, NVM_OPEN, error, sizeof error)) {
        factory_write_boot(&nvm, &program);
        memories = nvm_template_new(&nvm);
        nvm_close(&nvm);
    }
    if (memories == NULL)
        fprintf(stderr, "%s: %s\n", path, error);
    free(program.data);
    return memories;
}
