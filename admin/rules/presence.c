/*
 * The place that someone writes at, the token of their scan, and how often
 * they do.  Runs in the writer; called by the rules of ratings and tickets.
 */
#include "admin/rules/presence.h"

#include "lmdb_schema/layout.h"

yz_status
yz_presence_refuse(yz_exchange *x, yz_problem_code code, const char *detail)
{
    yz_status status = yz_exchange_problem(x, code, detail);

    return status == YZ_OK ? YZ_DENIED : status;
}

yz_status
yz_presence_place(yz_desk *desk, yz_exchange *x, yz_span id, yz_place *place)
{
    yz_status status = YZ_NOT_FOUND;

    if (id.n > 0 && id.n <= YZ_ID_MAX) {
        status = yz_store_place_get(desk->store, id, place);
    }
    if (status == YZ_NOT_FOUND) {
        return yz_presence_refuse(x, YZ_PROBLEM_PLACE_UNKNOWN, NULL);
    }
    if (status == YZ_OK && (place->status == YZ_PLACE_CLOSED ||
                            place->status == YZ_PLACE_DELISTED)) {
        return yz_presence_refuse(x, YZ_PROBLEM_PLACE_GONE, NULL);
    }
    return status;
}

yz_status
yz_presence_token(yz_desk *desk, yz_exchange *x, const yz_place *place,
                  yz_presence *presence)
{
    yz_span token = yz_json_text(x, NULL, "scan_token");
    int64_t age_s = 0;
    yz_status status;

    if (token.n == 0) {
        token = x->scan_token;
    }
    status = yz_vault_scan_token(desk->vault, place->region, place->id, token,
                                 x->now_s, YZ_SCAN_DRAFT_S, &age_s);
    if (status == YZ_BAD_INPUT) {
        return yz_presence_refuse(x, YZ_PROBLEM_SCAN_TOKEN_INVALID, NULL);
    }
    if (status == YZ_NOT_FOUND) {
        return yz_presence_refuse(x, YZ_PROBLEM_SCAN_TOKEN_EXPIRED, NULL);
    }
    presence->late = age_s > YZ_SCAN_FRESH_S;
    presence->seen_s = x->now_s - age_s;
    return status;
}

yz_status
yz_presence_prepare(yz_desk *desk, yz_exchange *x)
{
    (void)desk;
    x->own = yz_arena_alloc(&x->arena, sizeof(yz_presence_mark));
    return x->own != NULL ? YZ_OK : YZ_NOMEM;
}

yz_status
yz_presence_count(yz_desk *desk, yz_exchange *x, yz_limit_subject subject,
                  const yz_limit_rule *rule, uint32_t place)
{
    yz_presence_mark *mark = x->own;
    unsigned wait_s;
    yz_status status;

    if (mark->counted) {
        return YZ_OK;
    }
    if (yz_limits_take(desk->limits, subject, rule, &x->actor, x->client, place,
                       x->now_s, &wait_s) == YZ_OK) {
        mark->counted = true;
        return YZ_OK;
    }
    status = yz_presence_refuse(x, YZ_PROBLEM_TOO_MANY, NULL);
    x->retry_after_s = wait_s;
    return status;
}
