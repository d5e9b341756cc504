/*
 * Writes public data as lines of JSON.  Runs in the command (yizhan dump)
 * and in tests, which compare what two ways of projecting have made; others
 * call yz_dump_public().
 */
#include "lmdb_schema/dump.h"
#include "lmdb_schema/dump_public_impl.h"
#include "lmdb_schema/env.h"
#include "lmdb_schema/files_write.h"
#include "lmdb_schema/geo_write.h"
#include "lmdb_schema/layout.h"
#include "lmdb_schema/place_view.h"
#include "lmdb_schema/private_layout.h"

#include <stdlib.h>
#include <unistd.h>
#include <xxhash.h>

#define SERVICES 64

static yz_status
open_databases(yz_public_dump *dump)
{
    const struct {
        const char *name;
        MDB_dbi *dbi;
    } all[] = {
        {YZ_DB_META, &dump->meta},
        {YZ_DB_PLACE, &dump->place},
        {YZ_DB_ID, &dump->id},
        {YZ_DB_CODE, &dump->code},
        {YZ_DB_KIND, &dump->kind},
        {YZ_DB_SERVICE, &dump->service},
        {YZ_DB_HOURS, &dump->hours},
        {YZ_DB_REGION, &dump->region},
        {YZ_DB_UNPLACED, &dump->unplaced},
        {YZ_DB_POST, &dump->post},
        {YZ_DB_POST_TIME, &dump->post_time},
        {YZ_DB_ITEM, &dump->item},
    };
    size_t i;
    int rc = 0;

    for (i = 0; rc == 0 && i < sizeof(all) / sizeof(all[0]); i++) {
        rc = mdb_dbi_open(dump->txn, all[i].name, 0, all[i].dbi);
    }
    return rc == MDB_NOTFOUND ? YZ_CORRUPT : yz_status_of_lmdb(rc);
}

/* A value by key; YZ_NOT_FOUND when there is none. */
static yz_status
get(const yz_public_dump *dump, MDB_dbi dbi, const void *key_bytes,
    size_t key_size, yz_span *out)
{
    MDB_val key = {key_size, (void *)key_bytes}, value;
    int rc = mdb_get(dump->txn, dbi, &key, &value);

    *out =
        rc == 0 ? (yz_span){value.mv_data, value.mv_size} : (yz_span){NULL, 0};
    return yz_status_of_lmdb(rc);
}

yz_span
yz_public_dump_word(const yz_public_dump *dump, MDB_dbi dbi, uint32_t number)
{
    yz_span word;

    return get(dump, dbi, &number, sizeof(number), &word) == YZ_OK
               ? word
               : YZ_SPAN("(damaged)");
}

int
yz_span_compare(const void *a, const void *b)
{
    const yz_span *x = a, *y = b;
    int order = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);

    return order != 0 ? order : x->n < y->n ? -1 : x->n > y->n;
}

/* The words of the bits, in the order of words. */
static void
put_services(yz_public_dump *dump, uint64_t bits)
{
    yz_span words[SERVICES];
    size_t count = 0, i;
    uint32_t bit;

    for (bit = 0; bit < SERVICES; bit++) {
        if ((bits >> bit & 1) != 0) {
            words[count++] = yz_public_dump_word(dump, dump->service, bit);
        }
    }
    qsort(words, count, sizeof(*words), yz_span_compare);
    yz_dump_name(&dump->line, "services");
    yz_out_char(&dump->line.out, '[');
    for (i = 0; i < count; i++) {
        if (i > 0) {
            yz_out_char(&dump->line.out, ',');
        }
        yz_out_json(&dump->line.out, words[i]);
    }
    yz_out_char(&dump->line.out, ']');
}

/* A hash of bytes that are too many to show; null for none. */
static void
put_hash(yz_public_dump *dump, const char *name, yz_span bytes)
{
    XXH64_canonical_t hash;

    yz_dump_name(&dump->line, name);
    if (bytes.n == 0) {
        YZ_OUT_LIT(&dump->line.out, "null");
        return;
    }
    XXH64_canonicalFromHash(&hash, XXH3_64bits(bytes.p, bytes.n));
    yz_out_char(&dump->line.out, '"');
    yz_out_hex(&dump->line.out, hash.digest, sizeof(hash.digest));
    yz_out_char(&dump->line.out, '"');
}

/* The text of interned hours, and a hash of what it was compiled to. */
static void
put_hours(yz_public_dump *dump, uint32_t number)
{
    uint16_t blob_size;
    yz_span value;

    yz_dump_name(&dump->line, "interned_hours");
    if (number == 0 ||
        get(dump, dump->hours, &number, sizeof(number), &value) != YZ_OK ||
        value.n < sizeof(blob_size)) {
        YZ_OUT_LIT(&dump->line.out, "null");
        return;
    }
    memcpy(&blob_size, value.p, sizeof(blob_size));
    if (blob_size > value.n - sizeof(blob_size)) {
        YZ_OUT_LIT(&dump->line.out, "\"(damaged)\"");
        return;
    }
    value.p += sizeof(blob_size);
    value.n -= sizeof(blob_size);
    yz_out_json(&dump->line.out,
                (yz_span){value.p + blob_size, value.n - blob_size});
    put_hash(dump, "compiled", (yz_span){value.p, blob_size});
}

/* What filters look at, in words. */
static void
put_filtered(yz_public_dump *dump, uint32_t kind, uint32_t region,
             uint64_t services, uint32_t hours, uint32_t level)
{
    yz_dump_text(&dump->line, "kind",
                 yz_public_dump_word(dump, dump->kind, kind));
    yz_dump_i64(&dump->line, "region", region);
    yz_dump_i64(&dump->line, "level", level);
    put_services(dump, services);
    put_hours(dump, hours);
}

static yz_status
keep_point(void *context, const yz_geo_point *point)
{
    yz_public_dump *dump = context;

    if (dump->count == dump->room) {
        size_t room = dump->room == 0 ? 1024 : dump->room * 2;
        yz_geo_point *grown = realloc(dump->points, room * sizeof(*grown));

        if (grown == NULL) {
            return YZ_NOMEM;
        }
        dump->points = grown;
        dump->room = room;
    }
    dump->points[dump->count++] = *point;
    return YZ_OK;
}

static int
compare_points(const void *a, const void *b)
{
    const yz_geo_point *x = a, *y = b;

    return x->number < y->number ? -1 : x->number > y->number;
}

/* Reads the layer, so that each place can show its point. */
static yz_status
load_points(yz_public_dump *dump)
{
    char why[160];
    yz_status status = yz_geo_layer_check(dump->txn, YZ_LAYER_PLACES,
                                          keep_point, dump, NULL, why);

    if (dump->count > 0) {
        qsort(dump->points, dump->count, sizeof(*dump->points), compare_points);
    }
    return status;
}

/* The point of a place in the layer, or null. */
static void
put_point(yz_public_dump *dump, uint32_t number)
{
    yz_geo_point wanted = {.number = number};
    const yz_geo_point *point = NULL;

    if (dump->count > 0) {
        point = bsearch(&wanted, dump->points, dump->count, sizeof(*point),
                        compare_points);
    }
    yz_dump_name(&dump->line, "point");
    if (point == NULL) {
        YZ_OUT_LIT(&dump->line.out, "null");
        return;
    }
    YZ_OUT_LIT(&dump->line.out, "{\"lng_e7\":");
    yz_out_i64(&dump->line.out, point->lng_e7);
    yz_dump_i64(&dump->line, "lat_e7", point->lat_e7);
    put_filtered(dump, point->kind, point->region, point->services,
                 point->hours, point->level);
    yz_out_char(&dump->line.out, '}');
}

/* What the unplaced say of a place, or null. */
static void
put_unplaced(yz_public_dump *dump, uint32_t number)
{
    yz_unplaced unplaced;
    yz_span value;

    yz_dump_name(&dump->line, "unplaced");
    if (get(dump, dump->unplaced, &number, sizeof(number), &value) != YZ_OK ||
        value.n != sizeof(unplaced)) {
        YZ_OUT_LIT(&dump->line.out, "null");
        return;
    }
    memcpy(&unplaced, value.p, sizeof(unplaced));
    YZ_OUT_LIT(&dump->line.out, "{\"unplaced\":true");
    put_filtered(dump, unplaced.kind, unplaced.region, unplaced.services,
                 unplaced.hours, unplaced.level);
    yz_out_char(&dump->line.out, '}');
}

/* Members of the record's head. */
static void
put_head(yz_public_dump *dump, const yz_place_head *head)
{
    yz_dump_i64(&dump->line, "number", head->number);
    yz_dump_i64(&dump->line, "flags", head->flags);
    yz_dump_i64(&dump->line, "lng_e7", head->lng_e7);
    yz_dump_i64(&dump->line, "lat_e7", head->lat_e7);
    yz_dump_text(&dump->line, "status",
                 yz_span_of(yz_place_status_word(head->status)));
    yz_dump_i64(&dump->line, "until_s", head->until_s);
    yz_dump_i64(&dump->line, "rating_count", head->rating_count);
    yz_dump_i64(&dump->line, "rating_sum", head->rating_sum);
    put_filtered(dump, head->kind, head->region, head->services, head->hours,
                 head->level);
}

/* The line of one place, found by its id. */
static yz_status
dump_place(void *context, yz_span id, yz_span value)
{
    yz_public_dump *dump = context;
    yz_place_view view;
    yz_span record;
    uint32_t number;
    yz_status status;

    if (value.n != sizeof(number)) {
        return YZ_CORRUPT;
    }
    memcpy(&number, value.p, sizeof(number));
    YZ_OUT_LIT(&dump->line.out, "{\"place\":");
    yz_out_json(&dump->line.out, id);
    status = get(dump, dump->place, &number, sizeof(number), &record);
    if (status == YZ_OK) {
        status = yz_place_view_of(record.p, record.n, number, &view);
    }
    if (status != YZ_OK) {
        YZ_OUT_LIT(&dump->line.out, ",\"damaged\":true}");
        return yz_dump_line(&dump->line);
    }
    put_head(dump, &view.head);
    yz_dump_text(&dump->line, "id", view.id);
    yz_dump_text(&dump->line, "name", view.name);
    yz_dump_text(&dump->line, "address", view.address);
    yz_dump_text(&dump->line, "phone", view.phone);
    yz_dump_text(&dump->line, "hours", view.hours);
    put_point(dump, number);
    put_unplaced(dump, number);
    yz_dump_name(&dump->line, "feature");
    yz_out_span(&dump->line.out, view.json_head);
    yz_out_span(&dump->line.out, view.json_point);
    yz_out_span(&dump->line.out, view.json_tail);
    YZ_OUT_LIT(&dump->line.out, "}}}");
    return yz_dump_line(&dump->line);
}

/* Keeps the codes of a page, which another generation may have elsewhere. */
static yz_status
keep_codes(void *context, yz_span key, yz_span value)
{
    yz_public_dump *dump = context;
    yz_code_page page;
    const yz_code_entry *entries = page.lines[0];
    yz_code_entry *grown;
    size_t i;

    (void)key;
    if (value.n != sizeof(page)) {
        return YZ_CORRUPT;
    }
    memcpy(&page, value.p, sizeof(page));
    grown =
        realloc(dump->codes, dump->code_count * sizeof(*grown) + sizeof(page));
    if (grown == NULL) {
        return YZ_NOMEM;
    }
    dump->codes = grown;
    for (i = 0; i < (size_t)YZ_CODE_LINES * YZ_CODE_LINE_ENTRIES; i++) {
        if (entries[i].number != 0) {
            grown[dump->code_count++] = entries[i];
        }
    }
    return YZ_OK;
}

static int
compare_codes(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(yz_code_entry));
}

/* A line for each code, by what the pages keep of its hash; places show by
   number. */
static yz_status
dump_codes(yz_public_dump *dump)
{
    yz_status status = yz_dump_each(dump->txn, dump->code, keep_codes, dump);
    size_t i;

    if (dump->code_count > 0) {
        qsort(dump->codes, dump->code_count, sizeof(*dump->codes),
              compare_codes);
    }
    for (i = 0; status == YZ_OK && i < dump->code_count; i++) {
        const yz_code_entry *code = &dump->codes[i];

        YZ_OUT_LIT(&dump->line.out, "{\"code_hash\":\"");
        yz_out_hex(&dump->line.out, code->tail, sizeof(code->tail));
        yz_out_char(&dump->line.out, '"');
        yz_dump_i64(&dump->line, "number", code->number);
        yz_dump_i64(&dump->line, "revoked", code->revoked);
        yz_out_char(&dump->line.out, '}');
        status = yz_dump_line(&dump->line);
    }
    return status;
}

/* A number of the facts, whatever its width. */
static yz_status
put_fact(yz_public_dump *dump, const char *name)
{
    int64_t wide = 0;
    yz_span value;
    yz_status status = get(dump, dump->meta, name, strlen(name), &value);

    if (status != YZ_OK || value.n > sizeof(wide)) {
        return YZ_CORRUPT;
    }
    memcpy(&wide, value.p, value.n);
    yz_dump_i64(&dump->line, name, wide);
    return YZ_OK;
}

static yz_status
dump_facts(yz_public_dump *dump)
{
    static const char *const names[] = {YZ_META_FORMAT, YZ_META_APPLIED_SEQ,
                                        YZ_META_APPLIED_AT, YZ_META_PLACES};
    yz_span calendar = {"", 0};
    yz_status status = YZ_OK;
    size_t i;

    YZ_OUT_LIT(&dump->line.out, "{\"facts\":\"public\"");
    for (i = 0; status == YZ_OK && i < 4; i++) {
        status = put_fact(dump, names[i]);
    }
    if (status == YZ_OK) {
        status = get(dump, dump->meta, YZ_META_CALENDAR,
                     strlen(YZ_META_CALENDAR), &calendar);
        status = status == YZ_NOT_FOUND ? YZ_OK : status;
    }
    put_hash(dump, "calendar", calendar);
    yz_out_char(&dump->line.out, '}');
    return status == YZ_OK ? yz_dump_line(&dump->line) : status;
}

static yz_status
dump_all(yz_public_dump *dump)
{
    yz_status status = dump_facts(dump);

    if (status == YZ_OK) {
        status = yz_dump_each(dump->txn, dump->id, dump_place, dump);
    }
    if (status == YZ_OK) {
        status = dump_codes(dump);
    }
    if (status == YZ_OK) {
        status =
            yz_dump_each(dump->txn, dump->region, yz_public_dump_region, dump);
    }
    return status == YZ_OK ? yz_public_dump_posts(dump) : status;
}

static yz_status
dump_one(yz_public_dump *dump, yz_span id)
{
    yz_span value;
    yz_status status = get(dump, dump->id, id.p, id.n, &value);

    return status == YZ_OK ? dump_place(dump, id, value) : status;
}

/* Opens the generation that `current` names. */
static yz_status
open_current(const char *dir, MDB_env **env)
{
    char link[YZ_PATH_MAX], name[32], path[YZ_PATH_MAX], parent[YZ_PATH_MAX];
    yz_status status = yz_path_join(parent, dir, YZ_DIR_PUBLIC);
    ssize_t n;

    if (status == YZ_OK) {
        status = yz_path_join(link, parent, YZ_FILE_CURRENT);
    }
    if (status != YZ_OK) {
        return status;
    }
    n = readlink(link, name, sizeof(name) - 1);
    if (n < 0) {
        return YZ_NOT_FOUND;
    }
    name[n] = '\0';
    status = yz_path_join(path, parent, name);
    return status == YZ_OK ? yz_env_open_read(path, env) : status;
}

yz_status
yz_dump_public(const char *dir, yz_span id, FILE *out)
{
    yz_public_dump dump = {.env = NULL};
    yz_status status = yz_dump_begin(&dump.line, out);

    if (status == YZ_OK) {
        status = open_current(dir, &dump.env);
    }
    if (status == YZ_OK) {
        status = yz_status_of_lmdb(
            mdb_txn_begin(dump.env, NULL, MDB_RDONLY, &dump.txn));
    }
    if (status == YZ_OK) {
        status = open_databases(&dump);
    }
    if (status == YZ_OK) {
        status = load_points(&dump);
    }
    if (status == YZ_OK) {
        status = id.n > 0 ? dump_one(&dump, id) : dump_all(&dump);
    }
    if (dump.txn != NULL) {
        mdb_txn_abort(dump.txn);
    }
    if (dump.env != NULL) {
        mdb_env_close(dump.env);
    }
    free(dump.points);
    free(dump.codes);
    yz_dump_end(&dump.line);
    return status;
}
