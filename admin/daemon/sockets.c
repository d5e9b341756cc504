/*
 * Sockets, the pid file, and the word to the supervisor.  Used by
 * yizhan_admind.c while it starts and ends.
 */
#include "admin/daemon/sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lmdb_schema/files_write.h"

#define BACKLOG 1024
#define PID_NAME "admind.pid"

static yz_status
path_of(char path[static YZ_PATH_MAX], const char *dir, const char *name)
{
    int n = snprintf(path, YZ_PATH_MAX, "%s/run/%s", dir, name);

    return n > 0 && n < YZ_PATH_MAX ? YZ_OK : YZ_BAD_INPUT;
}

static yz_status
make_run(const char *dir)
{
    char path[YZ_PATH_MAX];
    yz_status status = yz_path_join(path, dir, "run");

    if (status != YZ_OK || (mkdir(path, 0755) != 0 && errno == EEXIST)) {
        return status;
    }
    return chmod(path, 0755) == 0 ? YZ_OK : YZ_IO; /* whatever the umask */
}

/* Who may connect.  Nobody can before: the socket is made with mode 0600. */
static yz_status
open_up(const char *dir, const char *path)
{
    char public[YZ_PATH_MAX];
    struct stat st;

    if (yz_path_join(public, dir, "public") != YZ_OK ||
        stat(public, &st) != 0) {
        return YZ_IO;
    }
    /* Without the right to, the group is the process's own. */
    if (chown(path, (uid_t)-1, st.st_gid) != 0 && errno != EPERM) {
        return YZ_IO;
    }
    return chmod(path, 0660) == 0 ? YZ_OK : YZ_IO;
}

yz_status
yz_socket_listen(const char *dir, const char *name, bool shared, int *fd)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char path[YZ_PATH_MAX];
    mode_t mask;
    int bound;

    *fd = -1;
    if (make_run(dir) != YZ_OK) {
        return YZ_IO;
    }
    if (path_of(path, dir, name) != YZ_OK ||
        strlen(path) >= sizeof(address.sun_path)) {
        return YZ_BAD_INPUT;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    *fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*fd < 0 || (unlink(path) != 0 && errno != ENOENT)) {
        return YZ_IO;
    }
    mask = umask(0177);
    bound = bind(*fd, (const struct sockaddr *)&address, sizeof(address));
    umask(mask);
    if (bound != 0 || (shared && open_up(dir, path) != YZ_OK) ||
        listen(*fd, BACKLOG) != 0) {
        return YZ_IO;
    }
    return YZ_OK;
}

void
yz_socket_remove(const char *dir, const char *name)
{
    char path[YZ_PATH_MAX];

    if (path_of(path, dir, name) == YZ_OK) {
        (void)unlink(path);
    }
}

yz_status
yz_pid_write(const char *dir)
{
    char path[YZ_PATH_MAX], fresh[YZ_PATH_MAX];
    FILE *out;
    bool written;

    if (path_of(path, dir, PID_NAME) != YZ_OK ||
        path_of(fresh, dir, PID_NAME ".new") != YZ_OK) {
        return YZ_IO;
    }
    out = fopen(fresh, "we");
    if (out == NULL) {
        return YZ_IO;
    }
    written = fprintf(out, "%ld\n", (long)getpid()) > 0;
    written = fclose(out) == 0 && written;
    return written && rename(fresh, path) == 0 ? YZ_OK : YZ_IO;
}

void
yz_pid_remove(const char *dir)
{
    yz_socket_remove(dir, PID_NAME);
}

void
yz_supervisor_notify(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t n = path == NULL ? 0 : strlen(path);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
    int fd;

    if (n < 2 || n >= sizeof(address.sun_path) ||
        (path[0] != '/' && path[0] != '@')) {
        return;
    }
    memcpy(address.sun_path, path, n);
    if (path[0] == '@') {
        address.sun_path[0] = '\0'; /* an abstract name */
    }
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0) {
        (void)sendto(fd, state, strlen(state), MSG_NOSIGNAL,
                     (const struct sockaddr *)&address, size);
        close(fd);
    }
}
