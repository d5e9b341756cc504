/*
 * The parts of a request that rules ask for: routes with their parts, query
 * parameters, cookies.  If this goes wrong, a request reaches another rule,
 * or a rule reads what nobody sent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "admin/http/parameters.h"
#include "admin/http/route.h"

static yz_exchange x;

static void
clear(void)
{
    yz_arena_free(&x.arena);
    memset(&x, 0, sizeof(x));
    x.arena = YZ_ARENA_OF(4096);
}

static bool
is(yz_span span, const char *text)
{
    return yz_span_equal(span, yz_span_of(text));
}

static const yz_route places[] = {
    {.method = YZ_METHOD_POST, .path = "/v1/places/{id}/ratings"},
    {.method = YZ_METHOD_PUT, .path = "/v1/places/{id}"},
    {.method = YZ_METHOD_PATCH, .path = "/v1/places/{id}"},
    {.method = YZ_METHOD_GET,
     .path = "/v1/places/{id}/log",
     .operator_only = true},
    {.path = NULL},
};
static const yz_route others[] = {
    {.method = YZ_METHOD_DELETE, .path = "/v1/places/{id}"},
    {.method = YZ_METHOD_GET, .path = "/{a}/{b}/{c}/{d}"},
    {.path = NULL},
};
static const yz_routes lists[] = {places, others, NULL};

static yz_status
find(unsigned method, const char *path, const yz_route **route,
     unsigned *allowed)
{
    clear();
    x.method = method;
    x.path = yz_span_of(path);
    return yz_route_find(lists, &x, route, allowed);
}

static void
test_a_path_finds_its_route_and_parts(void **state)
{
    const yz_route *route;
    unsigned allowed;

    (void)state;
    assert_int_equal(
        find(YZ_METHOD_POST, "/v1/places/370202-001/ratings", &route, &allowed),
        YZ_OK);
    assert_ptr_equal(route, &places[0]);
    assert_true(is(x.part[0], "370202-001"));
    assert_int_equal(x.part[1].n, 0);
    assert_int_equal(
        find(YZ_METHOD_DELETE, "/v1/places/a%2Fb%E5%A5%BD", &route, &allowed),
        YZ_OK);
    assert_ptr_equal(route, &others[0]);
    assert_true(is(x.part[0], "a/b好"));
    assert_int_equal(find(YZ_METHOD_GET, "/%31/2/3/4", &route, &allowed),
                     YZ_OK);
    assert_true(is(x.part[0], "1") && is(x.part[3], "4"));
}

static void
test_other_methods_are_named(void **state)
{
    const yz_route *route;
    unsigned allowed;

    (void)state;
    assert_int_equal(find(YZ_METHOD_GET, "/v1/places/1", &route, &allowed),
                     YZ_BAD_INPUT);
    assert_int_equal(allowed,
                     YZ_METHOD_PUT | YZ_METHOD_PATCH | YZ_METHOD_DELETE);
    assert_null(route);
    /* A route of the operators is none elsewhere. */
    assert_int_equal(find(YZ_METHOD_PUT, "/v1/places/1/log", &route, &allowed),
                     YZ_BAD_INPUT);
    assert_int_equal(allowed, YZ_METHOD_GET);
}

static void
test_other_paths_find_nothing(void **state)
{
    static const char *const paths[] = {
        "",
        "v1/places/1",
        "/",
        "/v1/places",
        "/v1/places/",
        "/v1/places/1/",
        "/v1//1",
        "/V1/places/1",
        "/v1/places/%",
        "/v1/places/%4",
        "/v1/places/%00",
        "/v1/places/%ff",
        "/v1/places/1/ratings/2",
        "/1/2/3/4/5/6/7/8/9/10/11/12/13/14",
    };
    const yz_route *route;
    unsigned allowed;

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        assert_int_equal(find(YZ_METHOD_PUT, paths[i], &route, &allowed),
                         YZ_NOT_FOUND);
    }
}

static void
test_parameters_are_decoded_by_name(void **state)
{
    (void)state;
    clear();
    x.query = YZ_SPAN("limit=10&name=%E5%A5%BD+a%26&limits=3&empty=");
    assert_true(is(yz_exchange_parameter(&x, "limit"), "10"));
    assert_true(is(yz_exchange_parameter(&x, "limits"), "3"));
    assert_true(is(yz_exchange_parameter(&x, "name"), "好 a&"));
    assert_int_equal(yz_exchange_parameter(&x, "empty").n, 0);
    assert_null(yz_exchange_parameter(&x, "lim").p);
    x.query = YZ_SPAN("");
    assert_null(yz_exchange_parameter(&x, "limit").p);
}

static void
test_parameters_that_nobody_takes_are_refused(void **state)
{
    static const char *const names[] = {"a", "b", NULL};
    static const char *const bad[] = {"c=1",  "a=1&a=1", "a", "a=",   "=1",
                                      "a=1&", "a=%f",    "&", "%61=1"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        clear();
        x.query = yz_span_of(bad[i]);
        assert_int_equal(yz_parameters_check(&x, names), YZ_BAD_INPUT);
        assert_int_equal(x.status, 400);
    }
    clear();
    x.query = YZ_SPAN("b=2&a=1");
    assert_int_equal(yz_parameters_check(&x, names), YZ_OK);
    assert_int_equal(yz_parameters_check(&x, NULL), YZ_BAD_INPUT);
}

static void
test_cookies_are_found_by_their_whole_name(void **state)
{
    (void)state;
    clear();
    x.cookie = YZ_SPAN("xsid=1; sid=a=b ;sid2=3;  last=9");
    assert_true(is(yz_exchange_cookie(&x, "sid"), "a=b"));
    assert_true(is(yz_exchange_cookie(&x, "last"), "9"));
    assert_int_equal(yz_exchange_cookie(&x, "si").n, 0);
    x.cookie = YZ_SPAN(" ; ;=;sid");
    assert_int_equal(yz_exchange_cookie(&x, "sid").n, 0);
}

static void
test_a_new_answer_drops_the_one_before(void **state)
{
    (void)state;
    clear();
    assert_int_equal(yz_exchange_answer(&x, 201, 16), YZ_OK);
    yz_out_text(&x.out, "{}");
    x.location = YZ_SPAN("/a");
    assert_int_equal(
        yz_exchange_problem(&x, YZ_PROBLEM_DISK_FULL, "没有地方了"), YZ_OK);
    assert_int_equal(x.status, 507);
    assert_int_equal(x.location.n, 0);
    assert_non_null(memmem(x.out.p, x.out.n, "没有地方了", 15));
    assert_false(x.out.full);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_path_finds_its_route_and_parts),
        cmocka_unit_test(test_other_methods_are_named),
        cmocka_unit_test(test_other_paths_find_nothing),
        cmocka_unit_test(test_parameters_are_decoded_by_name),
        cmocka_unit_test(test_parameters_that_nobody_takes_are_refused),
        cmocka_unit_test(test_cookies_are_found_by_their_whole_name),
        cmocka_unit_test(test_a_new_answer_drops_the_one_before),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    yz_arena_free(&x.arena);
    return failed;
}
