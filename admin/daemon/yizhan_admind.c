/*
 * yizhan-admind: the one writer of a data directory.  Opens the store, listens
 * on two unix sockets, waits for a signal, and ends after what it has accepted
 * is on disk and answered.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "admin/daemon/account.h"
#include "admin/daemon/journal.h"
#include "admin/daemon/routes.h"
#include "admin/daemon/sockets.h"
#include "admin/daemon/work.h"
#include "admin/identity/hook.h"
#include "admin/rules/limits.h"
#include "admin/rules/relay.h"
#include "admin/rules/routing_cache.h"
#include "admin/identity/settings.h"
#include "core/version.h"
#include "lmdb_schema/env_write.h"
#include "lmdb_schema/files_write.h"

#define EXIT_REFUSED 1
#define EXIT_USAGE 2

#define PUBLIC_NAME "admin.sock"
#define OPERATOR_NAME "operator.sock"

/* Places are fewer than connections: whoever finds none is told so. */
#define QUEUE_MAX 1024
#define BATCH_MAX 256
#define CONNECTIONS_MAX 1536
#define OPERATORS_MAX 32
#define BODY_S 30
#define FILES_WANTED 4096

#define FAREWELL_MS 5000 /* for clients that take their answer slowly */

typedef struct {
    const char *dir;
    const char *settings; /* NULL: DIR/settings */
    const char *user;     /* NULL: stays who it is */
} options;

/* Settings, and what is made of them. */
typedef struct {
    yz_settings *settings;
    yz_relay *relay; /* NULL: there is none */
} taken;

typedef struct {
    taken *taken; /* all that were read, the newest last */
    size_t taken_count;
    yz_desk desk;
    yz_work *work;
    yz_server *public;
    yz_server *operators;
} daemon_parts;

static const char usage[] =
    "usage: yizhan-admind --dir DIR [--settings FILE] [--user NAME]\n"
    "\n"
    "The only writer of the data in DIR.  Listens at DIR/run/admin.sock (for\n"
    "nginx) and DIR/run/operator.sock (for commands), stays in the\n"
    "foreground, ends cleanly on SIGTERM and SIGINT, and reads its settings\n"
    "again on SIGHUP.\n"
    "\n"
    "  --dir DIR        the data directory, which must be there\n"
    "  --settings FILE  the city's settings (DIR/settings)\n"
    "  --user NAME      started by root, becomes this account at once\n"
    "  --version        says the version\n"
    "  --help           says this\n";

/* -1: go on; else the code to exit with. */
static int
read_options(int argc, char **argv, options *o)
{
    static const struct option known[] = {
        {"dir", required_argument, NULL, 'd'},
        {"settings", required_argument, NULL, 's'},
        {"user", required_argument, NULL, 'u'},
        {"version", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int c;

    *o = (options){NULL, NULL, NULL};
    while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (c) {
        case 'd':
            o->dir = optarg;
            break;
        case 's':
            o->settings = optarg;
            break;
        case 'u':
            o->user = optarg;
            break;
        case 'v':
            puts("yizhan-admind " YZ_VERSION);
            return 0;
        case 'h':
            fputs(usage, stdout);
            return 0;
        default:
            fputs(usage, stderr);
            return EXIT_USAGE;
        }
    }
    if (o->dir == NULL || optind < argc) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    return -1;
}

/* Secrets stay out of core files, files of others out of reach. */
static void
harden(void)
{
    const struct rlimit none = {0, 0};
    struct rlimit files;

    umask(0027);
    (void)setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__
    /* The leak checker has to attach to its own process. */
    (void)prctl(PR_SET_DUMPABLE, 0);
#endif
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 &&
        files.rlim_cur < FILES_WANTED) {
        files.rlim_cur =
            files.rlim_max < FILES_WANTED ? files.rlim_max : FILES_WANTED;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    (void)signal(SIGPIPE, SIG_IGN);
}

/* Before the first thread: all of them leave these to the main one. */
static void
block_signals(sigset_t *signals)
{
    sigemptyset(signals);
    sigaddset(signals, SIGTERM);
    sigaddset(signals, SIGINT);
    sigaddset(signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, signals, NULL);
}

static bool
become(const options *o)
{
    yz_status status =
        o->user == NULL ? YZ_OK : yz_account_become(o->user, o->dir);

    if (status != YZ_OK) {
        yz_journal("cannot become %s: %s", o->user, yz_status_text(status));
    }
    return status == YZ_OK;
}

static bool
open_store(const char *dir, yz_store **store)
{
    yz_store_error error = {""};
    struct stat st;
    yz_status status;

    *store = NULL;
    if (stat(dir, &st) != 0 || !S_ISDIR(st.st_mode)) {
        yz_journal("there is no directory %s", dir);
        return false;
    }
    status = yz_store_open(dir, 0, store, &error);
    if (status != YZ_OK) {
        yz_journal("cannot open %s: %s", dir,
                   error.text[0] != '\0' ? error.text : yz_status_text(status));
        return false;
    }
    if (yz_store_notice(*store) != NULL) {
        yz_journal("%s", yz_store_notice(*store));
    }
    if (yz_env_notice() != NULL) {
        yz_journal("%s", yz_env_notice());
    }
    return true;
}

static bool
read_settings(const options *o, yz_settings **settings)
{
    yz_settings_error error = {0, ""};
    char path[YZ_PATH_MAX];

    if (o->settings == NULL &&
        yz_path_join(path, o->dir, "settings") != YZ_OK) {
        return false;
    }
    if (yz_settings_load(o->settings != NULL ? o->settings : path, settings,
                         &error) == YZ_OK) {
        return true;
    }
    yz_journal("the settings are refused: line %u: %s", error.line, error.text);
    return false;
}

/* The numbers by which writers of posts are reached. */
static bool
open_relay(const yz_settings *settings, yz_relay **relay)
{
    unsigned line;
    yz_status status = yz_relay_open(settings, relay, &line);

    if (status == YZ_BAD_INPUT) {
        yz_journal("the file of relay numbers is refused: line %u", line);
    } else if (status != YZ_OK) {
        yz_journal("cannot read the file of relay numbers: %s",
                   yz_status_text(status));
    }
    return status == YZ_OK;
}

/*
 * Reads the settings, also again: what threads are using stays until the end,
 * and a file with a fault changes nothing.
 */
static bool
take_settings(const options *o, daemon_parts *d)
{
    taken *more = realloc(d->taken, (d->taken_count + 1) * sizeof(*more));

    if (more == NULL) {
        return false;
    }
    d->taken = more;
    taken *now = &more[d->taken_count];
    if (!read_settings(o, &now->settings)) {
        return false;
    }
    if (!open_relay(now->settings, &now->relay)) {
        yz_settings_free(now->settings);
        return false;
    }
    d->taken_count++;
    d->desk.settings = now->settings;
    d->desk.relay = now->relay;
    return true;
}

static bool
open_desk(const options *o, daemon_parts *d)
{
    yz_desk *desk = &d->desk;
    yz_status status;

    desk->dir = o->dir;
    if (!take_settings(o, d) || !open_store(o->dir, &desk->store)) {
        return false;
    }
    status = yz_vault_open(o->dir, &desk->vault);
    if (status != YZ_OK) {
        yz_journal("cannot open the keys of %s: %s", o->dir,
                   yz_status_text(status));
        return false;
    }
    if (yz_limits_new(&desk->limits) != YZ_OK ||
        yz_routing_cache_new(&desk->routing) != YZ_OK) {
        yz_journal("no memory");
        return false;
    }
    return true;
}

static void
close_desk(daemon_parts *d)
{
    yz_routing_cache_free(d->desk.routing);
    yz_limits_free(d->desk.limits);
    yz_vault_close(d->desk.vault);
    yz_store_close(d->desk.store);
    while (d->taken_count > 0) {
        taken *old = &d->taken[--d->taken_count];

        yz_relay_close(old->relay);
        yz_settings_free(old->settings);
    }
    free(d->taken);
}

static bool
listen_at(daemon_parts *d, const char *name, bool operators, yz_server **server)
{
    yz_server_options how = {
        .operators = operators,
        .most = operators ? OPERATORS_MAX : CONNECTIONS_MAX,
        .body_s = BODY_S,
        .step = yz_work_step,
        .context = d->work,
    };
    yz_status status = yz_socket_listen(d->desk.dir, name, !operators, &how.fd);

    if (status != YZ_OK) {
        yz_journal("cannot listen at %s/run/%s: %s", d->desk.dir, name,
                   status == YZ_BAD_INPUT ? "the path is too long"
                                          : strerror(errno));
        return false;
    }
    status = yz_server_start(&how, server);
    if (status != YZ_OK) {
        yz_journal("cannot start the server: %s", yz_status_text(status));
        return false;
    }
    return true;
}

static bool
start(daemon_parts *d)
{
    const yz_work_options work = {
        .desk = &d->desk,
        .routes = yz_daemon_routes,
        .ticks = yz_ticks,
        .queue_max = QUEUE_MAX,
        .batch_max = BATCH_MAX,
    };

    if (yz_work_start(&work, &d->work) != YZ_OK) {
        yz_journal("cannot start threads");
        return false;
    }
    return listen_at(d, PUBLIC_NAME, false, &d->public) &&
           listen_at(d, OPERATOR_NAME, true, &d->operators);
}

/* Waits until the answers are with the clients, but for no client for ever. */
static void
drain(yz_server *server)
{
    const struct timespec pause = {0, 2000000L};

    for (unsigned ms = 0; ms < FAREWELL_MS; ms += 2) {
        if (yz_server_active(server) == 0) {
            return;
        }
        nanosleep(&pause, NULL);
    }
}

static void
close_doors(daemon_parts *d)
{
    yz_server *servers[] = {d->public, d->operators};

    yz_work_close(d->work);
    for (unsigned i = 0; i < 2; i++) {
        if (servers[i] != NULL) {
            yz_server_quiesce(servers[i]);
        }
    }
    yz_work_stop(d->work);
    for (unsigned i = 0; i < 2; i++) {
        if (servers[i] != NULL) {
            drain(servers[i]);
        }
    }
}

static void
stop(daemon_parts *d)
{
    yz_supervisor_notify("STOPPING=1");
    if (d->work != NULL) {
        close_doors(d);
    }
    yz_server_stop(d->public);
    yz_server_stop(d->operators);
    yz_work_free(d->work);
    if (d->public != NULL) {
        yz_socket_remove(d->desk.dir, PUBLIC_NAME);
        yz_socket_remove(d->desk.dir, OPERATOR_NAME);
        yz_pid_remove(d->desk.dir);
    }
}

int
main(int argc, char **argv)
{
    daemon_parts d = {.work = NULL};
    int code, signal_number;
    sigset_t signals;
    options o;

    code = read_options(argc, argv, &o);
    if (code >= 0) {
        return code;
    }
    code = EXIT_REFUSED;
    if (!become(&o)) {
        return code;
    }
    harden();
    block_signals(&signals);
    if (yz_hook_start() == YZ_OK && open_desk(&o, &d) && start(&d)) {
        if (yz_pid_write(o.dir) != YZ_OK) {
            yz_journal("cannot write %s/run/admind.pid: %s", o.dir,
                       strerror(errno));
        } else {
            yz_supervisor_notify("READY=1");
            while (sigwait(&signals, &signal_number) == 0 &&
                   signal_number == SIGHUP) {
                if (take_settings(&o, &d)) {
                    yz_journal("the settings were read again");
                }
            }
            code = 0;
        }
    }
    stop(&d);
    close_desk(&d);
    yz_hook_stop();
    return code;
}
