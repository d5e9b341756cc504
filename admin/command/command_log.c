/*
 * `yizhan log`: batches and entries of the log, its check, and the move of
 * old entries into files.  What it exports is in log_export.c.
 */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "admin/command/client.h"
#include "admin/command/command_log.h"
#include "admin/command/commands.h"
#include "core/civil_time.h"
#include "core/number.h"
#include "core/out.h"
#include "lmdb_schema/archive_write.h"

#define FOLLOW_PAUSE_NS 200000000L
#define DAY_S 86400
#define DAYS_MAX 36500
#define ID_SHOWN 4   /* bytes of who did it */
#define KEY_SHOWN 40 /* bytes of a key */
#define PROBLEMS_SHOWN 100

const yz_choice_option yz_log_options[] = {
    {"follow", NULL},
    {"from", "a number of the log, or a day like 2026-11-28"},
    {"to", "a number of the log, or a day like 2026-11-28"},
    {"days", "a count of days"},
    {NULL, NULL},
};

static yz_status
print_batch(void *context, const yz_batch *batch)
{
    char at[YZ_RFC3339_SIZE] = "-";

    (void)context;
    yz_rfc3339_write(batch->at_s, at);
    printf("%llu  %s  %.*s  %.*s  by %.*s  +%u ~%u -%u  log %llu to %llu",
           (unsigned long long)batch->number, at, (int)batch->kind.n,
           batch->kind.p, (int)batch->source.n, batch->source.p,
           (int)batch->actor.n, batch->actor.p, batch->added, batch->changed,
           batch->closed, (unsigned long long)batch->first_seq,
           (unsigned long long)batch->last_seq);
    if (batch->undoes != 0) {
        printf("  takes back %llu", (unsigned long long)batch->undoes);
    }
    if (batch->undone_by != 0) {
        printf("  taken back by %llu", (unsigned long long)batch->undone_by);
    }
    putchar('\n');
    return YZ_OK;
}

/* The batches, newest first. */
static int
list(const yz_arguments *arguments)
{
    yz_store *store;
    bool daemon;
    yz_status status;
    int code = YZ_EXIT_DONE;

    store = yz_command_open_or_ask(arguments, &daemon);
    if (store == NULL) {
        return YZ_EXIT_REFUSED;
    }
    status = yz_store_each_batch(store, arguments->limit, print_batch, NULL);
    if (status != YZ_OK) {
        code = yz_command_failed("cannot read the log", store, status);
    }
    yz_store_close(store);
    return code;
}

yz_store *
yz_log_open(const yz_arguments *arguments)
{
    yz_store_error error = {""};
    yz_store *store = NULL;
    yz_status status = yz_store_open_read(arguments->dir, &store, &error);

    if (status == YZ_NOT_FOUND) {
        fprintf(stderr, "yizhan: no data in %s\n", arguments->dir);
    } else if (status != YZ_OK) {
        fprintf(stderr, "yizhan: cannot open %s: %s\n", arguments->dir,
                error.text);
    }
    return store;
}

const char *
yz_log_op_word(const yz_store_entry *entry)
{
    switch (entry->op) {
    case YZ_LOG_PLACE:
        return "place";
    case YZ_LOG_CODE:
        return "code";
    case YZ_LOG_REFERENCE:
        return "reference";
    case YZ_LOG_BATCH:
        return "batch";
    case YZ_LOG_RECORD:
        return "put";
    case YZ_LOG_GONE:
        return "delete";
    }
    return "unknown";
}

/* What it is about: a place, a table and a key, a name. */
static void
put_subject(yz_out *out, const yz_store_entry *entry)
{
    size_t n = entry->key.n < KEY_SHOWN ? entry->key.n : KEY_SHOWN;

    switch (entry->op) {
    case YZ_LOG_PLACE:
    case YZ_LOG_CODE:
        yz_out_span(out, entry->place.id);
        break;
    case YZ_LOG_REFERENCE:
        yz_out_span(out, entry->key);
        break;
    case YZ_LOG_BATCH:
        yz_out_span(out, entry->kind);
        break;
    default:
        yz_out_text(out, yz_table_name(entry->table));
        yz_out_char(out, ' ');
        yz_out_hex(out, entry->key.p, n);
    }
}

static yz_status
print_entry(void *context, const yz_store_entry *entry)
{
    char at[YZ_RFC3339_SIZE] = "-";
    char line[1024];
    yz_out out;

    (void)context;
    yz_rfc3339_write(entry->at_s, at);
    yz_out_init(&out, line, sizeof(line));
    yz_out_u64(&out, entry->seq);
    YZ_OUT_LIT(&out, "  ");
    yz_out_text(&out, at);
    YZ_OUT_LIT(&out, "  ");
    yz_out_text(&out, yz_log_op_word(entry));
    YZ_OUT_LIT(&out, "  ");
    put_subject(&out, entry);
    YZ_OUT_LIT(&out, "  by ");
    yz_out_text(&out, yz_actor_kind_word((yz_actor_kind)entry->actor.kind));
    if (entry->actor.kind != YZ_ACTOR_SYSTEM) {
        yz_out_char(&out, ' ');
        yz_out_hex(&out, entry->actor.id, ID_SHOWN);
    }
    YZ_OUT_LIT(&out, " as ");
    yz_out_text(&out, yz_role_word((yz_role)entry->actor.role));
    yz_out_char(&out, '\n');
    return fwrite(line, 1, out.n, stdout) == out.n ? YZ_OK : YZ_IO;
}

/* The newest entries, and with --follow those that come. */
static int
tail(const yz_arguments *arguments)
{
    const struct timespec pause = {0, FOLLOW_PAUSE_NS};
    bool follow = yz_argument(arguments, "follow") != NULL;
    yz_store *store = yz_log_open(arguments);
    uint64_t last = 0, next = 0;
    yz_status status;

    if (store == NULL) {
        return YZ_EXIT_REFUSED;
    }
    status = yz_store_last_seq(store, &last);
    next = last > arguments->limit ? last - arguments->limit + 1 : 1;
    while (status == YZ_OK) {
        if (next <= last) {
            status = yz_store_each_entry(store, next, print_entry, NULL);
            next = last + 1;
        }
        if (!follow || status != YZ_OK) {
            break;
        }
        if (fflush(stdout) != 0) {
            break;
        }
        nanosleep(&pause, NULL);
        yz_store_refresh(store);
        status = yz_store_last_seq(store, &last);
    }
    if (status != YZ_OK) {
        yz_command_failed("cannot read the log", store, status);
    }
    yz_store_close(store);
    return status == YZ_OK ? YZ_EXIT_DONE : YZ_EXIT_REFUSED;
}

static void
print_problem(void *context, const char *sentence)
{
    size_t *count = context;

    if ((*count)++ < PROBLEMS_SHOWN) {
        fprintf(stderr, "error: %s\n", sentence);
    }
}

static int
verify(const yz_arguments *arguments)
{
    yz_store *store = yz_log_open(arguments);
    size_t count = 0;
    uint64_t last = 0;
    yz_status status;

    if (store == NULL) {
        return YZ_EXIT_REFUSED;
    }
    status = yz_store_verify_log(store, print_problem, &count);
    if (count > PROBLEMS_SHOWN) {
        fprintf(stderr, "error: and %zu more\n", count - PROBLEMS_SHOWN);
    }
    if (status == YZ_OK) {
        status = yz_store_last_seq(store, &last);
    }
    if (status == YZ_OK) {
        printf("verified: log 1 to %" PRIu64 "\n", last);
    } else {
        yz_command_failed("the log is not right", store, status);
    }
    yz_store_close(store);
    return status == YZ_OK ? YZ_EXIT_DONE : YZ_EXIT_REFUSED;
}

/* One segment by the daemon; how many entries went. */
static bool
ask_archive(const yz_arguments *arguments, uint32_t days, uint64_t *moved)
{
    char body[48];
    yz_client_answer answer;
    yz_refusal refusal = {""};
    yz_status status;

    snprintf(body, sizeof(body), "{\"days\":%" PRIu32 "}", days);
    status = yz_client_ask(&(yz_client_request){.dir = arguments->dir,
                                                .method = "POST",
                                                .path = "/operator/archive",
                                                .body = yz_span_of(body)},
                           &answer, &refusal);
    *moved = (uint64_t)yz_reply_integer(answer.json, "moved", 0);
    yz_client_answer_free(&answer);
    if (status != YZ_OK) {
        yz_client_failed(&refusal);
    }
    return status == YZ_OK;
}

/* The same without a daemon. */
static bool
archive_here(yz_store *store, uint32_t days, uint64_t *moved)
{
    const yz_batch_info info = {.kind = YZ_SPAN("requests"), .unmarked = true};
    yz_batch_result result;
    yz_status status = yz_store_begin(store, &info);

    if (status == YZ_OK) {
        status = yz_store_archive(
            store, yz_store_now_s(store) - (int64_t)days * DAY_S, 1, moved);
        if (status == YZ_OK) {
            status = yz_store_commit(store, &result, NULL, NULL);
        } else {
            yz_store_abort(store);
        }
    }
    if (status != YZ_OK) {
        yz_command_failed("cannot archive the log", store, status);
    }
    return status == YZ_OK;
}

static int
archive(const yz_arguments *arguments)
{
    const char *given = yz_argument(arguments, "days");
    uint32_t days = YZ_ARCHIVE_DAYS;
    uint64_t moved = 1, all = 0;
    bool daemon, done = true;
    yz_store *store;

    if (given != NULL &&
        yz_number_parse_u32(yz_span_of(given), DAYS_MAX, &days) != YZ_OK) {
        fputs("yizhan: --days wants a count of days\n", stderr);
        return YZ_EXIT_USAGE;
    }
    store = yz_command_open_or_ask(arguments, &daemon);
    if (store == NULL) {
        return YZ_EXIT_REFUSED;
    }
    while (done && moved > 0) {
        moved = 0;
        done = daemon ? ask_archive(arguments, days, &moved)
                      : archive_here(store, days, &moved);
        all += moved;
    }
    yz_store_close(store);
    if (done) {
        printf("archived: %" PRIu64 " entries of the log\n", all);
    }
    return done ? YZ_EXIT_DONE : YZ_EXIT_REFUSED;
}

int
yz_command_log(const yz_arguments *arguments)
{
    static const struct {
        const char *name;
        int (*run)(const yz_arguments *arguments);
    } subjects[] = {
        {"list", list},       {"tail", tail},
        {"verify", verify},   {"export", yz_log_export},
        {"archive", archive},
    };

    if (arguments->positional_count == 0) {
        return list(arguments);
    }
    for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++) {
        if (strcmp(subjects[i].name, arguments->positional[0]) == 0) {
            return subjects[i].run(arguments);
        }
    }
    fprintf(stderr,
            "yizhan: log knows list, tail, verify, export and archive, not "
            "%s\n",
            arguments->positional[0]);
    return YZ_EXIT_USAGE;
}
