/*
 * A load that the daemon carries out: what it changes goes into a file beside
 * the state, and the daemon is asked to take it.  Used by load.c.
 */
#include <stdio.h>
#include <stdlib.h>

#include "admin/command/client.h"
#include "admin/command/load_impl.h"
#include "admin/load/load_file.h"

#define TIMEOUT_S 1800

static uint64_t
version_of(const yz_place *before)
{
    return before == NULL ? 0 : before->changed_seq;
}

static yz_status
add_rows(yz_load_writer *writer, const yz_load *l)
{
    uint32_t *order;
    size_t count = 0;
    yz_status status = yz_plan_order(&l->plan, &order, &count);

    for (size_t i = 0; status == YZ_OK && i < count; i++) {
        const yz_row *row = &l->rows.items[order[i]];

        yz_load_writer_place(writer, &row->place, version_of(row->before));
    }
    free(order);
    return status;
}

static void
add_closing(yz_load_writer *writer, const yz_load *l)
{
    for (size_t i = 0; i < l->plan.closing_count; i++) {
        const yz_place *before = l->plan.closing[i];
        yz_place place = *before;

        place.status = YZ_PLACE_CLOSED;
        place.until_s = 0;
        yz_load_writer_place(writer, &place, before->changed_seq);
    }
}

static void
add_references(yz_load_writer *writer, const yz_reference *reference)
{
    if (reference->regions_file.text.n > 0) {
        yz_load_writer_reference(writer, YZ_SPAN("regions"),
                                 reference->regions_file.text);
    }
    if (reference->holidays_file.text.n > 0) {
        yz_load_writer_reference(writer, YZ_SPAN("holidays"),
                                 reference->holidays_file.text);
    }
}

/*
 * Writes the file.  A row without id was compared with every place, and
 * --replace closes what no row names: such a plan holds only while nothing
 * else is changed either.
 */
static yz_status
write_file(yz_load_writer *writer, yz_load *l)
{
    yz_load_facts facts = {.source = yz_load_source(l),
                           .actor = yz_command_actor(),
                           .whole = l->plan.match.count > 0 ||
                                    l->plan.options.replace};
    yz_status status = yz_store_last_seq(l->store, &facts.planned_seq);

    yz_load_writer_begin(writer, &facts);
    if (status == YZ_OK) {
        add_references(writer, &l->reference);
        status = add_rows(writer, l);
    }
    if (status == YZ_OK) {
        add_closing(writer, l);
        status = yz_load_writer_end(writer, l->arguments->dir);
    }
    return status;
}

static void
take_result(const yz_reply *json, yz_batch_result *result)
{
    *result = (yz_batch_result){
        .batch = (uint64_t)yz_reply_integer(json, "batch", 0),
        .first_seq = (uint64_t)yz_reply_integer(json, "first_seq", 0),
        .last_seq = (uint64_t)yz_reply_integer(json, "last_seq", 0),
        .added = (uint32_t)yz_reply_integer(json, "added", 0),
        .changed = (uint32_t)yz_reply_integer(json, "changed", 0),
        .closed = (uint32_t)yz_reply_integer(json, "closed", 0),
    };
}

static bool
ask(yz_load *l, const yz_load_writer *writer, yz_batch_result *result,
    uint64_t *moved)
{
    char body[64 + YZ_LOAD_NAME_SIZE];
    yz_client_answer answer;
    yz_refusal refusal = {""};
    yz_status status;
    bool done;

    snprintf(body, sizeof(body), "{\"file\":\"%s\"}", writer->name);
    status = yz_client_ask(&(yz_client_request){.dir = l->arguments->dir,
                                                .method = "POST",
                                                .path = "/operator/loads",
                                                .body = yz_span_of(body),
                                                .timeout_s = TIMEOUT_S},
                           &answer, &refusal);
    yz_progress_end(&l->progress);
    *moved = (uint64_t)yz_reply_integer(answer.json, "moved", 0);
    if (status == YZ_OK) {
        take_result(answer.json, result);
        done = yz_client_is_shown(&answer);
    } else {
        done = *moved > 0 && answer.status == 409;
        if (!done) {
            yz_client_nothing_changed(&answer, status, &refusal);
        }
    }
    yz_client_answer_free(&answer);
    return done;
}

bool
yz_load_send(yz_load *l, yz_batch_result *result, uint64_t *moved)
{
    yz_load_writer writer;
    yz_status status;
    bool done;

    yz_progress_stage(&l->progress, "writing");
    status = write_file(&writer, l);
    if (status == YZ_OK) {
        yz_progress_stage(&l->progress, "committing");
        done = ask(l, &writer, result, moved);
    } else {
        yz_progress_end(&l->progress);
        yz_command_failed("nothing was changed", NULL, status);
        done = false;
    }
    yz_load_writer_free(&writer);
    return done;
}
