/* State files: creation, locking, mapping. */
#include "board/nvm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "board/nor.h"

static const struct {
    const char *name;
    size_t size;
    uint8_t blank;
} files[NVM_FILES] = {
    [NVM_FLASH] = {"flash.bin", SOC_FLASH_SIZE, 0xFF},
    [NVM_PROGRAMMED] = {"flash-programmed.bin", NVM_FLASH_BITMAP_SIZE, 0x00},
    [NVM_OPTIONS] = {"options.bin", sizeof(struct soc_options), 0x00},
    [NVM_OTP] = {"otp.bin", NVM_OTP_SIZE, 0xFF},
    [NVM_NOR] = {"nor.bin", NOR_SIZE, 0xFF},
    [NVM_NOR_STATUS] = {"nor-status.bin", NOR_STATUS_COUNT, 0x00},
    [NVM_UID] = {"uid.bin", 12, 0x00},
};

#define PATH_SIZE 4096

static bool fail(char *error, size_t size, const char *folder, const char *name, const char *why)
{
    snprintf(error, size, "%s%s%s: %s", folder, name[0] != '\0' ? "/" : "", name, why);
    return false;
}

static void file_path(char *path, const char *folder, enum nvm_file file)
{
    snprintf(path, PATH_SIZE, "%s/%s", folder, files[file].name);
}

static void fill_blank(struct nvm *nvm, enum nvm_file file)
{
    memset(nvm->map[file], files[file].blank, files[file].size);
}

/* Maps one file; it must have its exact size. */
static bool map_file(struct nvm *nvm, const char *folder, enum nvm_file file, enum nvm_mode mode,
                     char *error, size_t error_size)
{
    bool create = mode == NVM_CREATE || mode == NVM_RESET;
    char path[PATH_SIZE];
    struct stat status;
    void *map = MAP_FAILED;
    int fd;

    file_path(path, folder, file);
    fd = open(path, (mode == NVM_READ ? O_RDONLY : O_RDWR) | O_CLOEXEC | (create ? O_CREAT : 0),
              0644);
    if (fd < 0)
        return fail(error, error_size, folder, files[file].name, strerror(errno));
    if (create && ftruncate(fd, (off_t)files[file].size) < 0) {
        close(fd);
        return fail(error, error_size, folder, files[file].name, strerror(errno));
    }
    if (fstat(fd, &status) == 0 && (size_t)status.st_size == files[file].size)
        map = mmap(NULL, files[file].size, PROT_READ | PROT_WRITE,
                   mode == NVM_READ ? MAP_PRIVATE : MAP_SHARED, fd, 0);
    close(fd);
    if (map == MAP_FAILED)
        return fail(error, error_size, folder, files[file].name, "has the wrong size");
    nvm->map[file] = map;
    if (create)
        fill_blank(nvm, file);
    return true;
}

/* A process that was just killed may hold its lock for another moment. */
static bool lock_file(int fd)
{
    const struct timespec pause = {.tv_nsec = 20000000};

    for (unsigned i = 0; i < 25; i++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return true;
        nanosleep(&pause, NULL);
    }
    return false;
}

static bool take_lock(struct nvm *nvm, const char *folder, char *error, size_t error_size)
{
    char path[PATH_SIZE];

    snprintf(path, sizeof path, "%s/lock", folder);
    nvm->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (nvm->lock_fd < 0)
        return fail(error, error_size, folder, "lock", strerror(errno));
    if (!lock_file(nvm->lock_fd))
        return fail(error, error_size, folder, "", "in use by another process");
    return true;
}

static bool is_provisioned(const char *folder)
{
    char path[PATH_SIZE];

    file_path(path, folder, NVM_OPTIONS);
    return access(path, F_OK) == 0;
}

static bool map_all(struct nvm *nvm, const char *folder, enum nvm_mode mode, char *error,
                    size_t error_size)
{
    for (unsigned file = 0; file < NVM_FILES; file++) {
        if (!map_file(nvm, folder, (enum nvm_file)file, mode, error, error_size))
            return false;
    }
    return true;
}

static void initialise(struct nvm *nvm)
{
    soc_options_default((struct soc_options *)nvm->map[NVM_OPTIONS]);
    memcpy(nvm->map[NVM_UID], "MVSIM-000001", 12);
}

static bool open_in_memory(struct nvm *nvm, char *error, size_t error_size)
{
    for (unsigned file = 0; file < NVM_FILES; file++) {
        void *map = mmap(NULL, files[file].size, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (map == MAP_FAILED)
            return fail(error, error_size, "memory", "", strerror(errno));
        nvm->map[file] = map;
        fill_blank(nvm, (enum nvm_file)file);
    }
    initialise(nvm);
    return true;
}

static bool create_folder(const char *folder, enum nvm_mode mode, char *error, size_t error_size)
{
    if (mode == NVM_CREATE && is_provisioned(folder))
        return fail(error, error_size, folder, "", "already holds a board (use --force)");
    if (mkdir(folder, 0755) < 0 && errno != EEXIST)
        return fail(error, error_size, folder, "", strerror(errno));
    return true;
}

static bool open_files(struct nvm *nvm, const char *folder, enum nvm_mode mode, char *error,
                       size_t error_size)
{
    bool create = mode == NVM_CREATE || mode == NVM_RESET;

    if (create && !create_folder(folder, mode, error, error_size))
        return false;
    if (!create && !is_provisioned(folder))
        return fail(error, error_size, folder, "", "no board here (see mvsim provision)");
    if (mode != NVM_READ && !take_lock(nvm, folder, error, error_size))
        return false;
    if (!map_all(nvm, folder, mode, error, error_size))
        return false;
    if (create) {
        initialise(nvm);
        return getrandom(nvm->map[NVM_UID], files[NVM_UID].size, 0) == 12 ||
               fail(error, error_size, folder, "", "no random numbers");
    }
    return true;
}

bool nvm_open(struct nvm *nvm, const char *folder, enum nvm_mode mode, char *error,
              size_t error_size)
{
    bool opened;

    memset(nvm, 0, sizeof *nvm);
    nvm->lock_fd = -1;
    opened = folder == NULL ? open_in_memory(nvm, error, error_size)
                            : open_files(nvm, folder, mode, error, error_size);
    if (!opened)
        nvm_close(nvm);
    return opened;
}

/* --- templates: one memory file, mapped copy-on-write by every board --- */

#define PAGE_SIZE 4096u

struct nvm_template {
    int fd;
};

static off_t template_offset(enum nvm_file file)
{
    size_t offset = 0;

    for (unsigned before = 0; before < file; before++)
        offset += (files[before].size + PAGE_SIZE - 1) & ~(size_t)(PAGE_SIZE - 1);
    return (off_t)offset;
}

struct nvm_template *nvm_template_new(const struct nvm *nvm)
{
    struct nvm_template *template = malloc(sizeof *template);
    bool good;

    if (template == NULL)
        return NULL;
    template->fd = memfd_create("mvsim", MFD_CLOEXEC);
    good = template->fd >= 0 && ftruncate(template->fd, template_offset(NVM_FILES)) == 0;
    for (unsigned file = 0; good && file < NVM_FILES; file++)
        good = pwrite(template->fd, nvm->map[file], files[file].size,
                      template_offset((enum nvm_file)file)) == (ssize_t)files[file].size;
    if (good)
        return template;
    nvm_template_free(template);
    return NULL;
}

void nvm_template_free(struct nvm_template *template)
{
    if (template == NULL)
        return;
    if (template->fd >= 0)
        close(template->fd);
    free(template);
}

bool nvm_open_template(struct nvm *nvm, const struct nvm_template *template, char *error,
                       size_t error_size)
{
    memset(nvm, 0, sizeof *nvm);
    nvm->lock_fd = -1;
    for (unsigned file = 0; file < NVM_FILES; file++) {
        void *map = mmap(NULL, files[file].size, PROT_READ | PROT_WRITE, MAP_PRIVATE, template->fd,
                         template_offset((enum nvm_file)file));

        if (map == MAP_FAILED) {
            nvm_close(nvm);
            return fail(error, error_size, "memory", "", strerror(errno));
        }
        nvm->map[file] = map;
    }
    return true;
}

size_t nvm_size(enum nvm_file file)
{
    return files[file].size;
}

void nvm_close(struct nvm *nvm)
{
    for (unsigned file = 0; file < NVM_FILES; file++) {
        if (nvm->map[file] != NULL)
            munmap(nvm->map[file], files[file].size);
        nvm->map[file] = NULL;
    }
    if (nvm->lock_fd >= 0)
        close(nvm->lock_fd);
    nvm->lock_fd = -1;
}

struct soc_nvm nvm_soc(const struct nvm *nvm)
{
    struct soc_nvm soc = {
        .flash = nvm->map[NVM_FLASH],
        .flash_programmed = nvm->map[NVM_PROGRAMMED],
        .otp = nvm->map[NVM_OTP],
        .options = (struct soc_options *)nvm->map[NVM_OPTIONS],
    };

    memcpy(soc.unique_id, nvm->map[NVM_UID], sizeof soc.unique_id);
    return soc;
}
