/*
 * One environment for each file in this process: LMDB forgets its locks when
 * a file is opened twice and closed once.  Runs in nginx workers and the
 * command; the reader calls it.
 *
 * The list is the process's own and has no lock: readers are opened and
 * closed by one thread.
 */
#include "lmdb_schema/env.h"
#include "lmdb_schema/reader_impl.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE 4096

typedef struct shared_env {
    struct shared_env *next;
    MDB_env *env;
    dev_t device;
    ino_t inode;
    pid_t process; /* an environment means nothing after fork */
    unsigned users;
} shared_env;

static shared_env *shared_envs;

/* The environment of `path`'s data file when it is open already. */
static shared_env *
find_open(const char *path)
{
    char file[PATH_SIZE];
    struct stat st;

    int n = snprintf(file, sizeof(file), "%s/%s", path, YZ_FILE_DATA);
    if (n < 0 || (size_t)n >= sizeof(file) || stat(file, &st) != 0) {
        return NULL;
    }
    for (shared_env *it = shared_envs; it != NULL; it = it->next) {
        if (it->device == st.st_dev && it->inode == st.st_ino &&
            it->process == getpid()) {
            return it;
        }
    }
    return NULL;
}

yz_status
yz_reader_env_open(const char *path, MDB_env **env)
{
    struct stat st;
    int fd;

    *env = NULL;
    shared_env *shared = find_open(path);
    if (shared != NULL) {
        shared->users++;
        *env = shared->env;
        return YZ_OK;
    }
    shared = malloc(sizeof(*shared));
    if (shared == NULL) {
        return YZ_NOMEM;
    }
    yz_status status = yz_env_open_read(path, &shared->env);
    if (status != YZ_OK) {
        free(shared);
        return status;
    }
    if (mdb_env_get_fd(shared->env, &fd) != 0 || fstat(fd, &st) != 0) {
        mdb_env_close(shared->env);
        free(shared);
        return YZ_IO;
    }
    shared->device = st.st_dev;
    shared->inode = st.st_ino;
    shared->process = getpid();
    shared->users = 1;
    shared->next = shared_envs;
    shared_envs = shared;
    *env = shared->env;
    return YZ_OK;
}

void
yz_reader_env_close(MDB_env *env)
{
    for (shared_env **at = &shared_envs; *at != NULL; at = &(*at)->next) {
        shared_env *it = *at;
        if (it->env == env) {
            if (--it->users == 0) {
                *at = it->next;
                mdb_env_close(it->env);
                free(it);
            }
            return;
        }
    }
}
