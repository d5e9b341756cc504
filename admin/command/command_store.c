/*
 * What commands share: opening the store, or finding the daemon that has it,
 * saying what failed, and who asks.
 */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "admin/command/client.h"
#include "admin/command/commands.h"
#include "lmdb_schema/env_write.h"

static bool
lacks(const char *dir, const char *name)
{
    char path[4096];

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    return access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

/*
 * Opening a store makes it; whoever mistypes --dir must not get an empty one.
 * Public data without a state is no such case: opening tells what is wrong.
 */
static bool
is_absent(const char *dir)
{
    return lacks(dir, "private/data.mdb") && lacks(dir, "public/current");
}

/* False after saying so: whoever reads what is not there is told. */
static bool
has_data(const yz_arguments *arguments)
{
    if (strcmp(arguments->command, "load") != 0 && is_absent(arguments->dir)) {
        fprintf(stderr, "yizhan: no data in %s\n", arguments->dir);
        return false;
    }
    return true;
}

static yz_status
open_writer(const yz_arguments *arguments, unsigned wait_s, yz_store **store,
            yz_store_error *error)
{
    return strcmp(arguments->command, "rebuild") == 0
               ? yz_store_open_for_rebuild(arguments->dir, wait_s, store, error)
               : yz_store_open(arguments->dir, wait_s, store, error);
}

/* What opening came to, for people; the store, or NULL. */
static yz_store *
tell_opened(const yz_arguments *arguments, yz_store *store, yz_status status,
            const yz_store_error *error)
{
    if (status != YZ_OK) {
        fprintf(stderr, "yizhan: cannot open %s: %s\n", arguments->dir,
                error->text[0] != '\0' ? error->text : yz_status_text(status));
        return NULL;
    }
    /* What was mended is told in quiet mode too: nothing is silent repair. */
    if (yz_store_notice(store) != NULL) {
        fprintf(stderr, "warning: %s\n", yz_store_notice(store));
    }
    if (yz_env_notice() != NULL && !arguments->quiet) {
        fprintf(stderr, "warning: %s\n", yz_env_notice());
    }
    return store;
}

yz_store *
yz_command_open(const yz_arguments *arguments)
{
    yz_store_error error = {""};
    yz_store *store = NULL;
    yz_status status;

    if (!has_data(arguments)) {
        return NULL;
    }
    status = open_writer(arguments, arguments->wait_s, &store, &error);
    return tell_opened(arguments, store, status, &error);
}

yz_store *
yz_command_open_or_ask(const yz_arguments *arguments, bool *daemon)
{
    yz_store_error error = {""};
    yz_store *store = NULL;
    yz_status status = YZ_BUSY;
    unsigned left_s = arguments->wait_s;

    *daemon = false;
    if (!has_data(arguments)) {
        return NULL;
    }
    /* A daemon that is just starting has the lock before its socket. */
    do {
        unsigned wait_s = left_s > 0 ? 1 : 0;

        if (yz_client_finds(arguments->dir)) {
            *daemon = true;
            status = yz_store_open_read(arguments->dir, &store, &error);
            return tell_opened(arguments, store, status, &error);
        }
        status = open_writer(arguments, wait_s, &store, &error);
        left_s -= wait_s;
    } while (status == YZ_BUSY && left_s > 0);
    return tell_opened(arguments, store, status, &error);
}

int
yz_command_failed(const char *what, const yz_store *store, yz_status status)
{
    const char *why = store == NULL ? "" : yz_store_why(store);

    fprintf(stderr, "yizhan: %s: %s\n", what,
            why != NULL && why[0] != '\0' ? why : yz_status_text(status));
    if (status == YZ_FULL) {
        fputs("yizhan: there is no room; the data from before keeps "
              "serving\n",
              stderr);
    }
    return YZ_EXIT_REFUSED;
}

int
yz_command_commit_failed(const yz_store *store, yz_status status,
                         uint64_t batch)
{
    if (batch == 0) {
        return yz_command_failed("nothing was changed", store, status);
    }
    fprintf(stderr,
            "yizhan: batch %llu is stored; readers see it after the next "
            "command that writes\n",
            (unsigned long long)batch);
    return yz_command_failed("cannot show the batch", store, status);
}

yz_span
yz_command_actor(void)
{
    const char *sudo = getenv("SUDO_USER");
    const struct passwd *user;

    if (sudo != NULL && sudo[0] != '\0') {
        return yz_span_of(sudo);
    }
    user = getpwuid(getuid());
    return user == NULL ? YZ_SPAN("unknown") : yz_span_of(user->pw_name);
}

const yz_actor *
yz_command_operator(void)
{
    static const yz_actor operator= {.kind = YZ_ACTOR_OPERATOR,
                                     .role = YZ_ROLE_OPERATOR};

    return &operator;
}
