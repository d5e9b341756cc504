/*
 * A library to preload: of the calls that change files below one directory,
 * it lets the one with a given number fail, or that and all after it.  The
 * test says what it wants, and reads how far it came, in a file that both
 * have mapped.
 *
 *     FAIL_DIR      the directory, without links
 *     FAIL_CONTROL  the file: `control` below
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

typedef struct {
    atomic_int armed;  /* 1: count, and fail */
    atomic_int at;     /* call that fails, from 1; 0: none */
    atomic_int error;  /* errno of it */
    atomic_int sticky; /* 1: all after it too */
    atomic_int count;  /* calls so far */
    atomic_int failed; /* calls that failed */
} control;

static control *shared(void);

/* The function that would be called without this library. */
#define NEXT(name)                                                             \
    static __typeof__(name) *next;                                             \
    if (next == NULL) {                                                        \
        next = (__typeof__(name) *)dlsym(RTLD_NEXT, #name);                    \
    }

static control *
shared(void)
{
    static control *mapped;
    static atomic_flag tried = ATOMIC_FLAG_INIT;
    const char *path = getenv("FAIL_CONTROL");
    int fd;

    if (mapped != NULL || path == NULL || atomic_flag_test_and_set(&tried)) {
        return mapped;
    }
    fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd >= 0) {
        void *at = mmap(NULL, sizeof(control), PROT_READ | PROT_WRITE,
                        MAP_SHARED, fd, 0);

        mapped = at == MAP_FAILED ? NULL : at;
        close(fd);
    }
    return mapped;
}

static int
is_below(const char *path)
{
    const char *dir = getenv("FAIL_DIR");

    return dir != NULL && strncmp(path, dir, strlen(dir)) == 0;
}

static int
is_file_below(int fd)
{
    char link[64], path[4096];
    ssize_t n;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    n = readlink(link, path, sizeof(path) - 1);
    if (n <= 0) {
        return 0;
    }
    path[n] = '\0';
    return is_below(path);
}

/* Counts a call; true, with errno set, when it is to fail. */
static int
fails(void)
{
    control *c = shared();
    int number;

    if (c == NULL || atomic_load(&c->armed) == 0) {
        return 0;
    }
    number = atomic_fetch_add(&c->count, 1) + 1;
    if (atomic_load(&c->at) == 0 || number < atomic_load(&c->at) ||
        (number > atomic_load(&c->at) && atomic_load(&c->sticky) == 0)) {
        return 0;
    }
    atomic_fetch_add(&c->failed, 1);
    errno = atomic_load(&c->error);
    return 1;
}

ssize_t
write(int fd, const void *bytes, size_t n)
{
    NEXT(write)
    return is_file_below(fd) && fails() ? -1 : next(fd, bytes, n);
}

ssize_t
writev(int fd, const struct iovec *pieces, int count)
{
    NEXT(writev)
    return is_file_below(fd) && fails() ? -1 : next(fd, pieces, count);
}

ssize_t
pwrite(int fd, const void *bytes, size_t n, off_t at)
{
    NEXT(pwrite)
    return is_file_below(fd) && fails() ? -1 : next(fd, bytes, n, at);
}

ssize_t
pwrite64(int fd, const void *bytes, size_t n, off64_t at)
{
    NEXT(pwrite64)
    return is_file_below(fd) && fails() ? -1 : next(fd, bytes, n, at);
}

ssize_t
pwritev(int fd, const struct iovec *pieces, int count, off_t at)
{
    NEXT(pwritev)
    return is_file_below(fd) && fails() ? -1 : next(fd, pieces, count, at);
}

int
fsync(int fd)
{
    NEXT(fsync)
    return is_file_below(fd) && fails() ? -1 : next(fd);
}

int
fdatasync(int fd)
{
    NEXT(fdatasync)
    return is_file_below(fd) && fails() ? -1 : next(fd);
}

int
ftruncate(int fd, off_t size)
{
    NEXT(ftruncate)
    return is_file_below(fd) && fails() ? -1 : next(fd, size);
}

int
rename(const char *from, const char *to)
{
    NEXT(rename)
    return is_below(to) && fails() ? -1 : next(from, to);
}
