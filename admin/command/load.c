/*
 * `yizhan load` and `yizhan diff`: reads and checks a whole file, plans what
 * it changes, and puts that into the store as one batch.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "admin/command/load_impl.h"
#include "admin/load/differences.h"
#include "admin/load/report.h"

#define ERRORS_SHOWN 50
#define WARNINGS_SHOWN 20
#define PROGRESS_PLACES 4096
#define ATTEMPTS 5 /* to find places as they were planned against */

static double
now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool
refused(const yz_load *l)
{
    if (l->refusal.text[0] != '\0') {
        fprintf(stderr, "yizhan: %s: %s\n", l->arguments->positional[0],
                l->refusal.text);
        return true;
    }
    return false;
}

/* A dry run must not make a data directory where there is none. */
static bool
open_store(yz_load *l)
{
    char path[4096];

    snprintf(path, sizeof(path), "%s/private/data.mdb", l->arguments->dir);
    if (l->dry_run && access(path, F_OK) != 0) {
        return true;
    }
    l->store = yz_command_open_or_ask(l->arguments, &l->daemon);
    return l->store != NULL;
}

static bool
read_file(yz_load *l)
{
    const char *path = l->arguments->positional[0];

    yz_progress_stage(&l->progress, "reading");
    return yz_input_read(path, &l->input, &l->refusal) == YZ_OK &&
           yz_input_decode(&l->input, l->arguments->encoding, &l->refusal) ==
               YZ_OK &&
           yz_moved_read(l->arguments->moved, &l->moved, &l->refusal) == YZ_OK;
}

static bool
read_rows(yz_load *l)
{
    yz_progress_stage(&l->progress, "checking");
    if (yz_reference_read(l->arguments->data_dir, l->store, &l->reference,
                          &l->refusal) != YZ_OK) {
        return false;
    }
    return yz_rows_read(l->input.text, &l->renames, l->arguments->crs,
                        &l->reference.regions, &l->arena, &l->faults, &l->rows,
                        &l->progress, &l->refusal) == YZ_OK;
}

static yz_status
make_plan(yz_load *l)
{
    yz_plan_options options = {.moved = &l->moved.ids,
                               .replace = l->arguments->replace};
    yz_status status;

    yz_region_range(l->arguments->region, &options.region_low,
                    &options.region_high);
    status = yz_plan_make(&l->plan, &l->rows, &options, l->store);
    yz_faults_sort(&l->faults);
    return status;
}

static void
note_names(const char *what, const yz_span *names, size_t count)
{
    if (count == 0) {
        return;
    }
    fprintf(stderr, "warning: %s:", what);
    for (size_t i = 0; i < count; i++) {
        fprintf(stderr, "%s %.*s", i > 0 ? "," : "",
                (int)(names[i].n > 60 ? 60 : names[i].n), names[i].p);
    }
    fputc('\n', stderr);
}

/* What is true of the file rather than of one row. */
static void
show_notes(const yz_load *l)
{
    const yz_table_facts *facts = &l->rows.facts;

    note_names("columns that are not known and not loaded",
               facts->names.unknown, facts->names.unknown_count);
    note_names("personal data, not loaded", facts->names.personal,
               facts->names.personal_count);
    if (l->input.decoded) {
        fputs("note: the file is read as GB18030\n", stderr);
    }
    if (facts->ends_open) {
        fputs("warning: the last line has no line end: is the file cut?\n",
              stderr);
    }
    if (l->reference.regions.count == 0) {
        fputs("warning: no table of regions (regions.csv): names of regions "
              "cannot be understood\n",
              stderr);
    }
    if (!facts->is_geojson && l->plan.added > 0 &&
        !(facts->columns & YZ_COLUMN_BIT(YZ_COLUMN_KIND))) {
        fputs("note: the file has no column kind; new places become station\n",
              stderr);
    }
    if (l->faults.by_code[YZ_WARNING_HOURS] > 0) {
        fprintf(stderr, "note: opening hours not understood: %zu rows\n",
                l->faults.by_code[YZ_WARNING_HOURS]);
    }
    yz_new_words_print(stderr, &l->plan.check.new_words);
}

/* Shows all that is wrong; true when the load may go on. */
static bool
show_faults(yz_load *l)
{
    const char *report = l->arguments->report;

    yz_progress_end(&l->progress);
    if (!l->arguments->quiet) {
        show_notes(l);
    }
    yz_report_show(&l->faults, ERRORS_SHOWN,
                   l->arguments->quiet ? 0 : WARNINGS_SHOWN);
    if (report != NULL &&
        yz_report_write(report, &l->rows, &l->faults, &l->refusal) != YZ_OK) {
        return false;
    }
    if (l->faults.errors > 0) {
        yz_refuse(&l->refusal, "%zu errors in %zu rows; nothing was changed",
                  l->faults.errors, l->rows.count);
        return false;
    }
    return true;
}

static void
show_summary(const yz_load *l)
{
    const yz_plan *p = &l->plan;

    if (!l->arguments->quiet) {
        printf("%zu rows: %zu added, %zu changed, %zu closed, %zu unchanged; "
               "%zu warnings\n",
               l->rows.count, p->added, p->changed, p->closed, p->unchanged,
               l->faults.count - l->faults.errors);
        fflush(stdout);
    }
}

/* --replace closes places only when the operator knows how many. */
static bool
may_close(yz_load *l)
{
    size_t count = l->plan.closing_count;

    if (!l->arguments->replace || (count == 0 && !l->arguments->has_close) ||
        (l->arguments->has_close && l->arguments->close == count)) {
        return true;
    }
    yz_refuse(&l->refusal,
              "--replace would close %zu places of region %06u that the file "
              "does not name; if that is meant, say --close=%zu; nothing was "
              "changed",
              count, (unsigned)l->arguments->region, count);
    return false;
}

static yz_status
put_rows(yz_load *l)
{
    uint32_t *order;
    size_t count = 0;
    yz_status status = yz_plan_order(&l->plan, &order, &count);

    for (size_t i = 0; status == YZ_OK && i < count; i++) {
        status = yz_store_place_put(l->store, &l->rows.items[order[i]].place);
        if (i % PROGRESS_PLACES == 0) {
            yz_progress_step(&l->progress, i, count);
        }
    }
    free(order);
    return status;
}

static yz_status
put_closing(yz_load *l)
{
    yz_status status = YZ_OK;

    for (size_t i = 0; status == YZ_OK && i < l->plan.closing_count; i++) {
        yz_place place = *l->plan.closing[i];

        place.status = YZ_PLACE_CLOSED;
        place.until_s = 0;
        status = yz_store_place_put(l->store, &place);
    }
    return status;
}

static yz_status
put_all(yz_load *l)
{
    yz_status status = yz_reference_put(&l->reference, l->store);

    if (status == YZ_OK) {
        status = put_rows(l);
    }
    return status == YZ_OK ? put_closing(l) : status;
}

yz_span
yz_load_source(const yz_load *load)
{
    const char *path = load->arguments->positional[0];
    const char *slash = strrchr(path, '/');

    return yz_span_of(slash == NULL ? path : slash + 1);
}

static void
show_result(const yz_load *l, const yz_batch_result *result, double seconds)
{
    if (result->batch == 0) {
        printf("nothing to change: %zu places unchanged; checked in %.2f s\n",
               l->plan.unchanged, l->checked_s);
        return;
    }
    printf("load %llu: %u added, %u changed, %u closed, %zu unchanged; "
           "checked in %.2f s, written in %.2f s; log %llu to %llu\n",
           (unsigned long long)result->batch, result->added, result->changed,
           result->closed, l->plan.unchanged, l->checked_s, seconds,
           (unsigned long long)result->first_seq,
           (unsigned long long)result->last_seq);
}

static int
commit(yz_load *l)
{
    yz_batch_info info = {.kind = YZ_SPAN("load"),
                          .source = yz_load_source(l),
                          .actor = yz_command_actor()};
    yz_batch_result result = {0};
    double begin_s = now_s();
    yz_status status = yz_store_begin(l->store, &info);

    yz_progress_stage(&l->progress, "writing");
    if (status == YZ_OK) {
        yz_store_act(l->store, yz_command_operator());
        status = put_all(l);
        if (status != YZ_OK) {
            yz_progress_end(&l->progress);
            yz_command_failed("nothing was changed", l->store, status);
            yz_store_abort(l->store);
            return YZ_EXIT_REFUSED;
        }
        yz_progress_stage(&l->progress, "committing");
        status =
            yz_store_commit(l->store, &result, yz_progress_step, &l->progress);
    }
    yz_progress_end(&l->progress);
    if (status != YZ_OK) {
        return yz_command_commit_failed(l->store, status, result.batch);
    }
    show_result(l, &result, now_s() - begin_s);
    return YZ_EXIT_DONE;
}

/* The same by the daemon; *again: places changed while it was planned. */
static int
hand_over(yz_load *l, bool *again)
{
    yz_batch_result result = {0};
    double begin_s = now_s();
    uint64_t moved = 0;

    if (!yz_load_send(l, &result, &moved)) {
        return YZ_EXIT_REFUSED;
    }
    if (moved > 0) {
        *again = true;
        if (!l->arguments->quiet) {
            fprintf(stderr,
                    "note: %llu places were changed meanwhile; the load is "
                    "planned again\n",
                    (unsigned long long)moved);
        }
        return YZ_EXIT_REFUSED;
    }
    show_result(l, &result, now_s() - begin_s);
    return YZ_EXIT_DONE;
}

static int
finish(yz_load *l, bool *again)
{
    show_summary(l);
    if (l->show_differences) {
        yz_differences_print(stdout, &l->plan);
    }
    if (l->dry_run) {
        return yz_plan_is_empty(&l->plan) ? YZ_EXIT_DONE : YZ_EXIT_DIFFERENCES;
    }
    if (!may_close(l)) {
        return YZ_EXIT_REFUSED;
    }
    return l->daemon ? hand_over(l, again) : commit(l);
}

/* Checks and plans against what is stored now, and carries it out. */
static int
attempt(yz_load *l, bool *again)
{
    double begin_s = now_s();
    yz_status status;

    *again = false;
    if (!read_rows(l)) {
        return YZ_EXIT_REFUSED;
    }
    status = make_plan(l);
    if (status != YZ_OK) {
        yz_progress_end(&l->progress);
        return yz_command_failed("cannot plan the load", l->store, status);
    }
    l->checked_s += now_s() - begin_s;
    return show_faults(l) ? finish(l, again) : YZ_EXIT_REFUSED;
}

/* Frees what was made of the file and of what was stored. */
static void
forget(yz_load *l)
{
    yz_plan_free(&l->plan);
    yz_rows_free(&l->rows);
    yz_reference_free(&l->reference);
    yz_faults_free(&l->faults);
    yz_arena_free(&l->arena);
    memset(&l->rows, 0, sizeof(l->rows));
    memset(&l->reference, 0, sizeof(l->reference));
    memset(&l->faults, 0, sizeof(l->faults));
}

static int
run(yz_load *l)
{
    double begin_s = now_s();
    bool again = true;
    int code = YZ_EXIT_REFUSED;

    if (!read_file(l) || !open_store(l)) {
        return YZ_EXIT_REFUSED;
    }
    l->checked_s = now_s() - begin_s;
    for (int i = 0; again && i < ATTEMPTS; i++) {
        if (i > 0) {
            forget(l);
            yz_store_refresh(l->store);
        }
        code = attempt(l, &again);
    }
    if (again) {
        yz_refuse(&l->refusal, "places were changed each time that it was "
                               "planned; nothing was changed");
    }
    return code;
}

static void
free_load(yz_load *l)
{
    forget(l);
    yz_moved_free(&l->moved);
    yz_store_close(l->store);
    yz_input_free(&l->input);
    free(l);
}

static int
load_file(const yz_arguments *arguments, bool dry_run, bool differences)
{
    yz_load *l;
    int code;

    if (arguments->positional_count != 1) {
        fputs("yizhan: which file? (- is standard input)\n", stderr);
        return YZ_EXIT_USAGE;
    }
    if (arguments->replace != (arguments->region != 0) ||
        (arguments->has_close && !arguments->replace)) {
        fputs("yizhan: --replace and --region belong together, and --close "
              "to them\n",
              stderr);
        return YZ_EXIT_USAGE;
    }
    l = calloc(1, sizeof(*l));
    if (l == NULL) {
        return yz_command_failed("cannot load", NULL, YZ_NOMEM);
    }
    l->arguments = arguments;
    l->dry_run = dry_run;
    l->show_differences = differences;
    l->renames = arguments->renames;
    yz_progress_init(&l->progress, arguments->quiet);
    code = run(l);
    yz_progress_end(&l->progress);
    refused(l);
    free_load(l);
    return code;
}

int
yz_command_load(const yz_arguments *arguments)
{
    return load_file(arguments, arguments->dry_run, false);
}

int
yz_command_diff(const yz_arguments *arguments)
{
    return load_file(arguments, true, true);
}
