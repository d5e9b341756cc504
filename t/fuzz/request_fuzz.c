/*
 * Paths, query strings, cookies and keys of requests, a line each.  Whatever
 * comes, parts are clean text, and what is refused has an answer.
 */
#include <stdint.h>
#include <stdlib.h>

#include "admin/daemon/idempotency.h"
#include "admin/http/parameters.h"
#include "admin/http/route.h"
#include "core/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const yz_route routes[] = {
    {.method = YZ_METHOD_POST, .path = "/v1/places/{id}/ratings"},
    {.method = YZ_METHOD_GET, .path = "/v1/{a}/{b}/{c}"},
    {.method = YZ_METHOD_GET, .path = "/{a}"},
    {.path = NULL},
};
static const yz_routes lists[] = {routes, NULL};
static const char *const names[] = {"limit", "name", NULL};

static void
require(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* Cuts the part up to the next line feed off. */
static yz_span
cut(yz_span *rest)
{
    const char *end = rest->n > 0 ? memchr(rest->p, '\n', rest->n) : NULL;
    yz_span part = {rest->p, end == NULL ? rest->n : (size_t)(end - rest->p)};
    size_t step = end == NULL ? rest->n : part.n + 1;

    *rest = (yz_span){rest->p + step, rest->n - step};
    return part;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yz_span rest = {(const char *)data, size};
    yz_exchange x = {.arena = YZ_ARENA_OF(4096)};
    const yz_route *route;
    unsigned allowed;
    yz_span value;

    x.method = YZ_METHOD_GET;
    x.path = cut(&rest);
    x.query = cut(&rest);
    x.cookie = cut(&rest);
    x.idempotency_key = cut(&rest);
    if (yz_route_find(lists, &x, &route, &allowed) == YZ_OK) {
        for (size_t i = 0; i < YZ_PATH_PARTS_MAX; i++) {
            require(yz_text_clean(x.part[i]));
        }
    }
    if (yz_parameters_check(&x, names) == YZ_OK) {
        require(x.status == 0);
    } else {
        require(x.status == 400 && !x.out.full);
    }
    value = yz_exchange_parameter(&x, "name");
    require(value.n == 0 || yz_text_clean(value));
    value = yz_exchange_cookie(&x, "sid");
    require(value.n == 0 || (value.p >= x.cookie.p &&
                             value.p + value.n <= x.cookie.p + x.cookie.n));
    x.status = 0;
    require(yz_idempotency_check(&x) == YZ_OK);
    require(x.status == 400 || (x.idempotency_key.n > 0 &&
                                x.idempotency_key.n <= YZ_IDEMPOTENCY_KEY_MAX));
    yz_arena_free(&x.arena);
    return 0;
}
