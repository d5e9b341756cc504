/*
 * The nearest places: the geo layer's search with places' ids to order what
 * is equally far.  Runs in nginx workers and the command; others call
 * yz_reader_nearest().
 */
#include "lmdb_schema/reader_impl.h"

typedef struct {
    yz_reader *reader;
    yz_span after_id;
    yz_status status; /* of the first lookup that failed */
} id_order;

static int
compare_ids(yz_span a, yz_span b)
{
    int order = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);

    if (order != 0 || a.n == b.n) {
        return order;
    }
    return a.n < b.n ? -1 : 1;
}

/*
 * The id of a place in the layer; {NULL, 0} when its record is damaged or
 * missing, which costs whoever asks for that record, not the whole list.
 */
static yz_span
id_of(id_order *order, uint32_t number)
{
    yz_place_view view;
    yz_status status = yz_reader_place(order->reader, number, &view);

    if (status == YZ_OK) {
        return view.id;
    }
    if (status != YZ_CORRUPT && status != YZ_NOT_FOUND &&
        order->status == YZ_OK) {
        order->status = status;
    }
    return (yz_span){NULL, 0};
}

/* By id; places without one come after those, by number. */
static int
compare_numbers(void *context, uint32_t number_a, uint32_t number_b)
{
    yz_span a = id_of(context, number_a);
    yz_span b = id_of(context, number_b);

    if (a.p != NULL && b.p != NULL) {
        return compare_ids(a, b);
    }
    if (a.p != NULL || b.p != NULL) {
        return a.p != NULL ? -1 : 1;
    }
    return number_a < number_b ? -1 : number_a > number_b;
}

static int
compare_with_cursor(void *context, uint32_t number)
{
    id_order *order = context;
    yz_span id = id_of(order, number);

    return id.p != NULL ? compare_ids(id, order->after_id) : 1;
}

yz_status
yz_reader_nearest(yz_reader *reader, yz_geo_query *query, yz_span after_id,
                  yz_geo_hit *hits, uint32_t *count)
{
    id_order order = {reader, after_id, YZ_OK};
    const yz_geo_filter *given = query->filter;
    yz_geo_filter filter = *given;

    *count = 0;
    if (query->after_key >= 0 && (after_id.p == NULL || after_id.n == 0)) {
        return YZ_BAD_INPUT;
    }
    yz_status status = yz_reader_narrow(reader, &filter);
    if (status != YZ_OK) {
        return status == YZ_NOT_FOUND ? YZ_OK : status;
    }
    query->filter = &filter;
    query->order = compare_numbers;
    query->order_cursor = compare_with_cursor;
    query->order_context = &order;
    status =
        yz_geo_reader_nearest(reader->geo, reader->txn, query, hits, count);
    query->filter = given;
    query->order_context = NULL;
    return status == YZ_OK ? order.status : status;
}
