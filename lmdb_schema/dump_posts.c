/*
 * Writes the board of public data as lines of JSON: posts with their items,
 * points and keys, and the list of items.  Runs in the command; called by
 * dump_public.c.
 */
#include "lmdb_schema/dump_public_impl.h"
#include "lmdb_schema/env.h"
#include "lmdb_schema/geo_write.h"
#include "lmdb_schema/layout.h"
#include "lmdb_schema/post_view.h"

/* The word of an item, or null. */
static void
put_item(yz_public_dump *dump, uint16_t item)
{
    yz_dump_name(&dump->line, "item");
    if (item == 0) {
        YZ_OUT_LIT(&dump->line.out, "null");
    } else {
        yz_out_json(&dump->line.out,
                    yz_public_dump_word(dump, dump->item, item));
    }
}

static yz_status
dump_post(void *context, yz_span key, yz_span value)
{
    yz_public_dump *dump = context;
    yz_dump *line = &dump->line;
    yz_post_view view;
    uint32_t number;

    if (key.n != sizeof(number)) {
        return YZ_CORRUPT;
    }
    memcpy(&number, key.p, sizeof(number));
    YZ_OUT_LIT(&line->out, "{\"post\":");
    yz_out_u64(&line->out, number);
    if (yz_post_view_of(value.p, value.n, number, &view) != YZ_OK) {
        YZ_OUT_LIT(&line->out, ",\"damaged\":true}");
        return yz_dump_line(line);
    }
    yz_dump_i64(line, "open", view.head.open);
    if (view.head.open == 1) {
        yz_dump_text(line, "topic",
                     yz_span_of(yz_post_topic_word(view.head.topic)));
        put_item(dump, view.head.item);
        yz_dump_i64(line, "region", view.head.region);
        yz_dump_i64(line, "lng_e7", view.head.lng_e7);
        yz_dump_i64(line, "lat_e7", view.head.lat_e7);
        yz_dump_i64(line, "created_s", view.head.created_s);
        yz_dump_i64(line, "expires_s", view.head.expires_s);
        yz_dump_name(line, "feature");
        yz_out_span(&line->out, view.json_head);
        yz_out_span(&line->out, view.json_point);
        yz_out_span(&line->out, view.json_tail);
        YZ_OUT_LIT(&line->out, "}}");
    }
    yz_out_char(&line->out, '}');
    return yz_dump_line(line);
}

/* Keys stand in the order of items' numbers, which differ between
   generations: only those of all items are lines of their own. */
static yz_status
dump_time(void *context, yz_span key, yz_span value)
{
    yz_public_dump *dump = context;
    yz_dump *line = &dump->line;
    int64_t expires_s;

    if (key.n != YZ_POST_TIME_KEY_SIZE || value.n != sizeof(expires_s)) {
        return YZ_CORRUPT;
    }
    yz_post_time time = yz_post_time_of(key.p);
    if (time.item != 0) {
        return YZ_OK;
    }
    memcpy(&expires_s, value.p, sizeof(expires_s));
    YZ_OUT_LIT(&line->out, "{\"post_time\":");
    yz_out_u64(&line->out, time.number);
    yz_dump_i64(line, "scope", time.scope);
    yz_dump_text(line, "topic", yz_span_of(yz_post_topic_word(time.topic)));
    yz_dump_i64(line, "expires_s", expires_s);
    yz_out_char(&line->out, '}');
    return yz_dump_line(line);
}

/* A point of the layer, in the layer's order. */
static yz_status
dump_point(void *context, const yz_geo_point *point)
{
    yz_public_dump *dump = context;
    yz_dump *line = &dump->line;

    YZ_OUT_LIT(&line->out, "{\"post_point\":");
    yz_out_u64(&line->out, point->number);
    put_item(dump, point->kind);
    yz_dump_i64(line, "lng_e7", point->lng_e7);
    yz_dump_i64(line, "lat_e7", point->lat_e7);
    yz_dump_i64(line, "region", point->region);
    yz_dump_i64(line, "topic", point->hours);
    yz_dump_i64(line, "level", point->level);
    yz_dump_hex(
        line, "days",
        (yz_span){(const char *)&point->services, sizeof(point->services)});
    yz_out_char(&line->out, '}');
    return yz_dump_line(line);
}

/* The list of items, where there is one. */
static yz_status
dump_items(yz_public_dump *dump)
{
    MDB_val key = {strlen(YZ_META_ITEMS), YZ_META_ITEMS}, value;
    int rc = mdb_get(dump->txn, dump->meta, &key, &value);

    if (rc != 0) {
        return rc == MDB_NOTFOUND ? YZ_OK : yz_status_of_lmdb(rc);
    }
    yz_out_bytes(&dump->line.out, value.mv_data, value.mv_size);
    return yz_dump_line(&dump->line);
}

yz_status
yz_public_dump_posts(yz_public_dump *dump)
{
    char why[160];
    yz_status status = yz_dump_each(dump->txn, dump->post, dump_post, dump);

    if (status == YZ_OK) {
        status = yz_dump_each(dump->txn, dump->post_time, dump_time, dump);
    }
    if (status == YZ_OK) {
        status = yz_geo_layer_check(dump->txn, YZ_LAYER_POSTS, dump_point, dump,
                                    NULL, why);
    }
    return status == YZ_OK ? dump_items(dump) : status;
}
