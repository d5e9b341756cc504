/*
 * Codes of one place.  A place always has one good code: to revoke it is to
 * draw another, which is nobody's until it is printed.  Called by the daemon
 * for its routes.
 */
#include "admin/rules/code_admin.h"

#include "admin/rules/place_right.h"
#include "core/civil_time.h"
#include "core/limits.h"
#include "lmdb_schema/store_log.h"

#include <stdlib.h>

#define CODE_ROOM 256 /* of a code as JSON */

/* YZ_DENIED means that it is answered. */
static yz_status
answered(yz_status status)
{
    return status == YZ_DENIED ? YZ_OK : status;
}

static yz_status
refuse(yz_exchange *x, yz_problem_code code, const char *detail)
{
    yz_status status = yz_exchange_problem(x, code, detail);

    return status == YZ_OK ? YZ_DENIED : status;
}

/* The place of the path, which the asker may change; its texts are kept. */
static yz_status
find_place(yz_desk *desk, yz_exchange *x, yz_place *place)
{
    yz_status status = x->part[0].n <= YZ_ID_MAX
                           ? yz_store_place_get(desk->store, x->part[0], place)
                           : YZ_NOT_FOUND;

    if (status == YZ_NOT_FOUND) {
        return refuse(x, YZ_PROBLEM_PLACE_UNKNOWN, NULL);
    }
    if (status == YZ_OK) {
        yz_arena_keep_place(&x->arena, place);
        status = x->arena.failed ? YZ_NOMEM : YZ_OK;
    }
    return status == YZ_OK ? yz_place_may_change(desk, x, place->region)
                           : status;
}

static void
write_code(yz_out *out, const char code[static YZ_CODE_SIZE])
{
    char printed[YZ_CODE_PRINTED_SIZE];

    yz_code_print(code, printed);
    yz_out_char(out, '"');
    yz_out_text(out, printed);
    yz_out_char(out, '"');
}

/* The history, gathered before it is sorted. */
typedef struct {
    yz_arena *arena;
    yz_store_code *items;
    size_t count;
    size_t cap;
} history;

static yz_status
note_code(void *context, const yz_store_code *code)
{
    history *h = context;

    if (h->count == h->cap) {
        size_t cap = h->cap > 0 ? h->cap * 2 : 8;
        yz_store_code *items = yz_arena_alloc(h->arena, cap * sizeof(*items));

        if (items == NULL) {
            return YZ_NOMEM;
        }
        if (h->count > 0) {
            memcpy(items, h->items, h->count * sizeof(*items));
        }
        h->items = items;
        h->cap = cap;
    }
    h->items[h->count++] = *code;
    return YZ_OK;
}

/* The good one first, then the newest first. */
static int
compare_codes(const void *a, const void *b)
{
    const yz_store_code *x = a;
    const yz_store_code *y = b;

    if (x->revoked != y->revoked) {
        return x->revoked ? 1 : -1;
    }
    if (x->issued_at_s != y->issued_at_s) {
        return x->issued_at_s > y->issued_at_s ? -1 : 1;
    }
    return memcmp(x->code, y->code, YZ_CODE_LENGTH);
}

static void
write_issued(yz_out *out, const yz_store_code *code)
{
    char issued[YZ_RFC3339_SIZE];

    (void)yz_rfc3339_write(code->issued_at_s, issued);
    YZ_OUT_LIT(out, "{\"code\":");
    write_code(out, code->code);
    YZ_OUT_LIT(out, ",\"issued\":\"");
    yz_out_text(out, issued);
    YZ_OUT_LIT(out, "\",\"revoked\":");
    yz_out_text(out, code->revoked ? "true}" : "false}");
}

static yz_status
list_codes(yz_desk *desk, yz_exchange *x)
{
    history h = {.arena = &x->arena};
    yz_place place;
    yz_status status = find_place(desk, x, &place);

    if (status == YZ_OK) {
        status = yz_store_each_code(desk->store, place.id, note_code, &h);
    }
    if (status == YZ_OK) {
        status = yz_exchange_answer(x, 200, (h.count + 2) * CODE_ROOM);
    }
    if (status != YZ_OK) {
        return answered(status);
    }
    qsort(h.items, h.count, sizeof(*h.items), compare_codes);
    YZ_OUT_LIT(&x->out, "{\"codes\":[");
    for (size_t i = 0; i < h.count; i++) {
        yz_out_text(&x->out, i > 0 ? "," : "");
        write_issued(&x->out, &h.items[i]);
    }
    YZ_OUT_LIT(&x->out, "]}");
    return YZ_OK;
}

/* Revokes the good code, draws another, and answers with both. */
static yz_status
reissue(yz_desk *desk, yz_exchange *x, const yz_place *place, unsigned http)
{
    yz_place now;
    yz_status status = yz_store_code_reissue(desk->store, place->id);

    if (status == YZ_OK) {
        status = yz_store_place_get(desk->store, place->id, &now);
    }
    if (status == YZ_OK) {
        status = yz_exchange_answer(x, http, 2 * CODE_ROOM);
    }
    if (status != YZ_OK) {
        return status;
    }
    YZ_OUT_LIT(&x->out, "{\"code\":");
    write_code(&x->out, now.code);
    YZ_OUT_LIT(&x->out, ",\"revoked\":");
    write_code(&x->out, place->code);
    yz_out_char(&x->out, '}');
    return YZ_OK;
}

static yz_status
issue_code(yz_desk *desk, yz_exchange *x)
{
    yz_place place;
    yz_status status = find_place(desk, x, &place);

    return status == YZ_OK ? reissue(desk, x, &place, 201) : answered(status);
}

/* Whether the place has had the code; YZ_BUSY ends the walk: it has. */
static yz_status
look_for_code(void *context, const yz_store_code *code)
{
    return memcmp(context, code->code, YZ_CODE_LENGTH) == 0 ? YZ_BUSY : YZ_OK;
}

static yz_status
revoke_code(yz_desk *desk, yz_exchange *x)
{
    char code[YZ_CODE_SIZE];
    yz_place place;
    yz_status status = find_place(desk, x, &place);

    if (status != YZ_OK) {
        return answered(status);
    }
    if (yz_code_normalise(x->part[1], code) != YZ_OK) {
        return yz_exchange_problem(x, YZ_PROBLEM_CODE_UNKNOWN, NULL);
    }
    if (memcmp(code, place.code, YZ_CODE_LENGTH) == 0) {
        return reissue(desk, x, &place, 200);
    }
    status = yz_store_each_code(desk->store, place.id, look_for_code, code);
    if (status == YZ_BUSY) {
        return yz_exchange_problem(x, YZ_PROBLEM_STATE_CONFLICT,
                                   "这个二维码已经作废");
    }
    return status == YZ_OK
               ? yz_exchange_problem(x, YZ_PROBLEM_CODE_UNKNOWN, NULL)
               : status;
}

const yz_route yz_code_admin_routes[] = {
    {.method = YZ_METHOD_GET,
     .path = "/v1/admin/places/{id}/codes",
     .apply = list_codes,
     .signed_in = true},
    {.method = YZ_METHOD_POST,
     .path = "/v1/admin/places/{id}/codes",
     .apply = issue_code,
     .idempotent = true,
     .signed_in = true},
    {.method = YZ_METHOD_POST,
     .path = "/v1/admin/places/{id}/codes/{code}/revoke",
     .apply = revoke_code,
     .idempotent = true,
     .signed_in = true},
    {.path = NULL},
};
