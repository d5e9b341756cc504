/*
 * `yizhan log export`: what was changed, when, by whom and in which role, one
 * line of JSON for each entry, for auditors.  What people wrote is sealed in
 * the log and left out; codes are too.  Used by command_log.c.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "admin/command/command_log.h"
#include "admin/command/commands.h"
#include "core/civil_time.h"
#include "core/number.h"
#include "core/out.h"
#include "lmdb_schema/post.h"
#include "lmdb_schema/rating_record.h"
#include "lmdb_schema/ticket_record.h"

#define LINE_MAX ((size_t)64 << 10)

/* An export on its way. */
typedef struct {
    yz_store *store;
    char *line;
    yz_out out;
    uint64_t end; /* the first number that is not wanted */
} export;

static void
put_name(export *e, const char *name)
{
    YZ_OUT_LIT(&e->out, ",\"");
    yz_out_text(&e->out, name);
    YZ_OUT_LIT(&e->out, "\":");
}

static void
put_number(export *e, const char *name, int64_t value)
{
    put_name(e, name);
    yz_out_i64(&e->out, value);
}

static void
put_text(export *e, const char *name, yz_span value)
{
    put_name(e, name);
    yz_out_json(&e->out, value);
}

static void
put_word(export *e, const char *name, const char *value)
{
    put_text(e, name, yz_span_of(value));
}

static void
put_hex(export *e, const char *name, const void *bytes, size_t n)
{
    put_name(e, name);
    yz_out_char(&e->out, '"');
    yz_out_hex(&e->out, bytes, n);
    yz_out_char(&e->out, '"');
}

/* A time, where there is one. */
static void
put_time(export *e, const char *name, int64_t at_s)
{
    char text[YZ_RFC3339_SIZE];

    if (at_s != 0 && yz_rfc3339_write(at_s, text) > 0) {
        put_word(e, name, text);
    }
}

static void
put_flag(export *e, const char *name, bool value)
{
    if (value) {
        put_name(e, name);
        YZ_OUT_LIT(&e->out, "true");
    }
}

static void
put_place(export *e, const yz_place *place)
{
    put_text(e, "id", place->id);
    put_number(e, "number", place->number);
    put_text(e, "name", place->name);
    put_text(e, "kind", place->kind);
    put_word(e, "level", yz_level_word((yz_level)place->level));
    put_number(e, "region", place->region);
    put_text(e, "address", place->address);
    if (place->has_position) {
        put_name(e, "lng");
        yz_out_e7(&e->out, place->lng_e7);
        put_name(e, "lat");
        yz_out_e7(&e->out, place->lat_e7);
    }
    put_text(e, "hours", place->hours);
    put_text(e, "services", place->services);
    put_text(e, "phone", place->phone);
    put_word(e, "status", yz_place_status_word((yz_place_status)place->status));
    put_time(e, "until", place->until_s);
}

/* The id of a place by its number; the number alone when there is none. */
static void
put_place_number(export *e, uint32_t number)
{
    yz_place place;

    if (number == 0) {
        return;
    }
    if (yz_store_place_by_number(e->store, number, &place) == YZ_OK) {
        put_text(e, "place", place.id);
    } else {
        put_number(e, "place_number", number);
    }
}

static void
put_rating(export *e, const yz_store_entry *entry)
{
    yz_rating_key key;
    yz_rating rating;
    char day[YZ_RFC3339_SIZE];

    if (yz_rating_key_read(entry->key, &key) != YZ_OK) {
        return;
    }
    put_place_number(e, key.place);
    if (yz_rfc3339_write(yz_civil_day_start_s(key.day), day) > 0) {
        put_text(e, "day", (yz_span){day, 10});
    }
    put_hex(e, "writer", key.actor, sizeof(key.actor));
    if (entry->op == YZ_LOG_RECORD &&
        yz_rating_decode(entry->value, &rating) == YZ_OK) {
        put_number(e, "score", rating.score);
        put_flag(e, "late", rating.late);
        put_flag(e, "hidden", rating.hidden);
        put_flag(e, "comment", rating.comment.n > 0);
    }
}

static void
put_ticket(export *e, const yz_store_entry *entry)
{
    yz_ticket_event event;
    yz_ticket ticket;
    uint64_t number;
    uint32_t index;

    if (yz_ticket_key_read(entry->key, &number, &index) != YZ_OK) {
        return;
    }
    put_number(e, "ticket", (int64_t)number);
    if (index > 0) {
        put_number(e, "event", index);
    }
    if (entry->op != YZ_LOG_RECORD) {
        return;
    }
    if (index > 0 && yz_ticket_event_decode(entry->value, &event) == YZ_OK) {
        put_word(e, "kind", yz_ticket_event_word(event.kind));
        put_number(e, "node", event.node);
        put_time(e, "due", event.due_s);
    } else if (index == 0 && yz_ticket_decode(entry->value, &ticket) == YZ_OK) {
        put_word(e, "kind", yz_ticket_kind_word(ticket.kind));
        put_word(e, "state", yz_ticket_state_word(ticket.state));
        put_text(e, "category", ticket.category);
        put_place_number(e, ticket.place);
        put_number(e, "region", ticket.region);
        put_number(e, "node", ticket.node);
        put_time(e, "due", ticket.due_s);
        put_flag(e, "by_phone", ticket.by_phone);
        put_flag(e, "contact", ticket.contact.n > 0);
    }
}

static void
put_post(export *e, const yz_store_entry *entry)
{
    yz_post post;

    if (entry->key.n == YZ_POST_KEY_SIZE) {
        put_number(e, "post", yz_get_u32_be(entry->key.p));
    }
    if (entry->op == YZ_LOG_RECORD &&
        yz_post_decode(entry->value.p, entry->value.n, &post) == YZ_OK) {
        put_word(e, "state", yz_post_state_word((yz_post_state)post.state));
        put_word(e, "topic", yz_post_topic_word((yz_post_topic)post.topic));
        put_text(e, "item", post.item);
        put_number(e, "region", post.region);
        put_number(e, "reports", post.reports);
        put_time(e, "expires", post.expires_s);
        put_flag(e, "text", post.text.n > 0);
        put_flag(e, "contact", post.contact.n > 0);
    }
}

/* A record: its table and key, and what is known of its value. */
static void
put_record(export *e, const yz_store_entry *entry)
{
    put_word(e, "table", yz_table_name(entry->table));
    put_hex(e, "key", entry->key.p, entry->key.n);
    switch (entry->table) {
    case YZ_TABLE_RATING:
        put_rating(e, entry);
        break;
    case YZ_TABLE_TICKET:
        put_ticket(e, entry);
        break;
    case YZ_TABLE_POST:
        put_post(e, entry);
        break;
    case YZ_TABLE_POLICY:
        put_text(e, "name", entry->key);
        break;
    default:
        break;
    }
    if (entry->op == YZ_LOG_RECORD) {
        put_number(e, "size", (int64_t)entry->value.n);
    }
}

static void
put_actor(export *e, const yz_actor *actor)
{
    put_word(e, "actor_kind", yz_actor_kind_word((yz_actor_kind)actor->kind));
    if (actor->kind != YZ_ACTOR_SYSTEM) {
        put_hex(e, "actor", actor->id, sizeof(actor->id));
    }
    put_word(e, "role", yz_role_word((yz_role)actor->role));
    if (actor->node != 0) {
        put_number(e, "at_node", actor->node);
    }
}

static yz_status
write_entry(void *context, const yz_store_entry *entry)
{
    export *e = context;

    if (entry->seq >= e->end) {
        return YZ_BUSY; /* ends the walk */
    }
    yz_out_init(&e->out, e->line, LINE_MAX);
    YZ_OUT_LIT(&e->out, "{\"seq\":");
    yz_out_u64(&e->out, entry->seq);
    put_time(e, "time", entry->at_s);
    if (entry->batch != 0) {
        put_number(e, "batch", (int64_t)entry->batch);
    }
    put_actor(e, &entry->actor);
    put_word(e, "op", yz_log_op_word(entry));
    switch (entry->op) {
    case YZ_LOG_PLACE:
    case YZ_LOG_CODE:
        put_place(e, &entry->place);
        break;
    case YZ_LOG_REFERENCE:
        put_text(e, "name", entry->key);
        break;
    case YZ_LOG_BATCH:
        put_text(e, "kind", entry->kind);
        break;
    case YZ_LOG_RECORD:
    case YZ_LOG_GONE:
        put_record(e, entry);
        break;
    }
    YZ_OUT_LIT(&e->out, "}\n");
    if (e->out.full) {
        return YZ_FULL;
    }
    return fwrite(e->line, 1, e->out.n, stdout) == e->out.n ? YZ_OK : YZ_IO;
}

/* The first entry that `text` means: a number, or the start of a day. */
static yz_status
read_bound(yz_store *store, const char *text, uint64_t *seq)
{
    char moment[YZ_RFC3339_SIZE];
    int64_t at_s;
    uint32_t number;

    if (yz_number_parse_u32(yz_span_of(text), UINT32_MAX, &number) == YZ_OK) {
        *seq = number;
        return YZ_OK;
    }
    if (strlen(text) == 10) {
        snprintf(moment, sizeof(moment), "%sT00:00:00+08:00", text);
        text = moment;
    }
    if (yz_rfc3339_parse(yz_span_of(text), &at_s) != YZ_OK) {
        return YZ_BAD_INPUT;
    }
    return yz_store_entry_since(store, at_s, seq);
}

static int
run(export *e, const yz_arguments *arguments)
{
    const char *from = yz_argument(arguments, "from");
    const char *to = yz_argument(arguments, "to");
    uint64_t first = 1;
    yz_status status = YZ_OK;

    e->end = UINT64_MAX;
    if (from != NULL) {
        status = read_bound(e->store, from, &first);
    }
    if (status == YZ_OK && to != NULL) {
        status = read_bound(e->store, to, &e->end);
    }
    if (status == YZ_BAD_INPUT) {
        fputs("yizhan: --from and --to want a number of the log, or a day "
              "like 2026-11-28\n",
              stderr);
        return YZ_EXIT_USAGE;
    }
    if (status == YZ_OK) {
        status = yz_store_each_entry(e->store, first, write_entry, e);
        status = status == YZ_BUSY ? YZ_OK : status;
    }
    return status == YZ_OK
               ? YZ_EXIT_DONE
               : yz_command_failed("cannot export the log", e->store, status);
}

int
yz_log_export(const yz_arguments *arguments)
{
    export e = {.store = yz_log_open(arguments)};
    int code = YZ_EXIT_REFUSED;

    if (e.store == NULL) {
        return code;
    }
    e.line = malloc(LINE_MAX);
    code = e.line == NULL
               ? yz_command_failed("cannot export the log", NULL, YZ_NOMEM)
               : run(&e, arguments);
    free(e.line);
    yz_store_close(e.store);
    return code;
}
