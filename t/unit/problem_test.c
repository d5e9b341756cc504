/*
 * Protects the errors of the HTTP interface: codes are stable and different,
 * each has its status and Chinese texts, and the rendering is the same JSON
 * whatever stands in it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/problem.h"
#include "core/utf8.h"
#include "t/unit/guard_page.h"

static void
every_code_has_text_status_title_and_detail(void **state)
{
    (void)state;
    for (int i = 0; i < YZ_PROBLEM_COUNT; i++) {
        yz_problem_code code = (yz_problem_code)i;
        const char *text = yz_problem_code_text(code);

        assert_true(strspn(text, "abcdefghijklmnopqrstuvwxyz-") ==
                    strlen(text));
        assert_true(yz_problem_status(code) >= 400 &&
                    yz_problem_status(code) < 600);
        assert_true(yz_text_clean(yz_span_of(yz_problem_title(code))));
        assert_true(yz_text_clean(yz_span_of(yz_problem_detail(code))));
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(text,
                                    yz_problem_code_text((yz_problem_code)j));
        }
    }
}

static void
codes_and_statuses_are_stable(void **state)
{
    static const struct {
        yz_problem_code code;
        const char *text;
        unsigned status;
    } wanted[] = {
        {YZ_PROBLEM_PARAMETER_INVALID, "parameter-invalid", 400},
        {YZ_PROBLEM_PATH_INVALID, "path-invalid", 400},
        {YZ_PROBLEM_PATH_UNKNOWN, "path-unknown", 404},
        {YZ_PROBLEM_CODE_UNKNOWN, "code-unknown", 404},
        {YZ_PROBLEM_PLACE_UNKNOWN, "place-unknown", 404},
        {YZ_PROBLEM_REGION_UNKNOWN, "region-unknown", 404},
        {YZ_PROBLEM_METHOD_NOT_ALLOWED, "method-not-allowed", 405},
        {YZ_PROBLEM_NOT_ACCEPTABLE, "not-acceptable", 406},
        {YZ_PROBLEM_CODE_REVOKED, "code-revoked", 410},
        {YZ_PROBLEM_PLACE_GONE, "place-gone", 410},
        {YZ_PROBLEM_URI_TOO_LONG, "uri-too-long", 414},
        {YZ_PROBLEM_RECORD_DAMAGED, "record-damaged", 500},
        {YZ_PROBLEM_INTERNAL, "internal-error", 500},
        {YZ_PROBLEM_DATA_UNAVAILABLE, "data-unavailable", 503},
        {YZ_PROBLEM_BODY_MALFORMED, "body-malformed", 400},
        {YZ_PROBLEM_BODY_INVALID, "body-invalid", 400},
        {YZ_PROBLEM_KEY_MISSING, "idempotency-key-missing", 400},
        {YZ_PROBLEM_UNAUTHENTICATED, "unauthenticated", 401},
        {YZ_PROBLEM_FORBIDDEN, "forbidden", 403},
        {YZ_PROBLEM_SCAN_TOKEN_INVALID, "scan-token-invalid", 403},
        {YZ_PROBLEM_SCAN_TOKEN_EXPIRED, "scan-token-expired", 403},
        {YZ_PROBLEM_TICKET_UNKNOWN, "ticket-unknown", 404},
        {YZ_PROBLEM_POST_UNKNOWN, "post-unknown", 404},
        {YZ_PROBLEM_RECORD_UNKNOWN, "record-unknown", 404},
        {YZ_PROBLEM_RATED_ALREADY, "rated-already", 409},
        {YZ_PROBLEM_REQUEST_RUNNING, "request-running", 409},
        {YZ_PROBLEM_STATE_CONFLICT, "state-conflict", 409},
        {YZ_PROBLEM_POST_GONE, "post-gone", 410},
        {YZ_PROBLEM_BODY_TOO_LARGE, "body-too-large", 413},
        {YZ_PROBLEM_MEDIA_UNSUPPORTED, "media-type-unsupported", 415},
        {YZ_PROBLEM_KEY_REUSED, "idempotency-key-reused", 422},
        {YZ_PROBLEM_UNPROCESSABLE, "unprocessable", 422},
        {YZ_PROBLEM_TOO_MANY, "too-many-requests", 429},
        {YZ_PROBLEM_WRITES_UNAVAILABLE, "writes-unavailable", 503},
        {YZ_PROBLEM_UPSTREAM_UNAVAILABLE, "upstream-unavailable", 503},
        {YZ_PROBLEM_DISK_FULL, "disk-full", 507},
        {YZ_PROBLEM_COUNT, "internal-error", 500},
    };

    (void)state;
    assert_int_equal(sizeof(wanted) / sizeof(wanted[0]), YZ_PROBLEM_COUNT + 1);
    for (size_t i = 0; i <= YZ_PROBLEM_COUNT; i++) {
        assert_string_equal(yz_problem_code_text(wanted[i].code),
                            wanted[i].text);
        assert_int_equal(yz_problem_status(wanted[i].code), wanted[i].status);
    }
}

static void
every_fault_has_a_text_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < YZ_PARAM_FAULT_COUNT; i++) {
        const char *text = yz_param_fault_text((yz_param_fault)i);

        assert_memory_equal(text, "parameter-", 10);
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(text,
                                    yz_param_fault_text((yz_param_fault)j));
        }
    }
}

static void
assert_written(const yz_out *out, const char *wanted)
{
    assert_false(out->full);
    assert_int_equal(out->n, strlen(wanted));
    assert_memory_equal(out->p, wanted, out->n);
}

static void
a_problem_is_written_with_its_defaults(void **state)
{
    yz_problem problem = {.code = YZ_PROBLEM_CODE_UNKNOWN};
    char buf[1024];
    yz_out out;

    (void)state;
    yz_out_init(&out, buf, sizeof(buf));
    assert_int_equal(yz_problem_write(&out, &problem), YZ_OK);
    assert_written(&out,
                   "{\"type\":\"urn:yizhan:problem:code-unknown\","
                   "\"title\":\"二维码无效\",\"status\":404,"
                   "\"code\":\"code-unknown\",\"detail\":\"没有找到这个二维码"
                   "对应的站点，请重新扫描站点墙上的二维码。\"}");
}

static void
details_and_errors_are_escaped(void **state)
{
    const yz_problem_error errors[] = {
        {"a\"b", NULL, "parameter-range", "1 < 2"},
        {NULL, "/items/0", "x", NULL}};
    yz_problem problem = {YZ_PROBLEM_PATH_INVALID, "坏\n", errors, 2};
    char buf[1024];
    yz_out out;

    (void)state;
    yz_out_init(&out, buf, sizeof(buf));
    assert_int_equal(yz_problem_begin(&out, &problem), YZ_OK);
    yz_out_char(&out, '}');
    assert_written(&out,
                   "{\"type\":\"urn:yizhan:problem:path-invalid\","
                   "\"title\":\"地址有误\",\"status\":400,"
                   "\"code\":\"path-invalid\",\"detail\":\"坏\\n\",\"errors\":["
                   "{\"parameter\":\"a\\\"b\",\"code\":\"parameter-range\","
                   "\"detail\":\"1 \\u003c 2\"},"
                   "{\"pointer\":\"/items/0\",\"code\":\"x\"}]}");
}

static void
a_refused_query_names_its_parameters(void **state)
{
    yz_query_error error;
    yz_query q;
    char buf[1024];
    yz_out out;

    (void)state;
    assert_int_equal(yz_query_nearby(YZ_SPAN("lng=x&lat=91"), &q, &error),
                     YZ_BAD_INPUT);
    yz_out_init(&out, buf, sizeof(buf));
    assert_int_equal(
        yz_problem_write_query(&out, YZ_PROBLEM_PARAMETER_INVALID, &error),
        YZ_OK);
    yz_out_char(&out, '\0');
    assert_non_null(strstr(buf, "\"errors\":[{\"parameter\":\"lng\",\"code\":"
                                "\"parameter-malformed\",\"detail\":\"lng"));
    assert_non_null(strstr(buf, "},{\"parameter\":\"lat\",\"code\":"
                                "\"parameter-range\",\"detail\":\"lat 是"));
}

/* The longest detail of all, of the longest name. */
static void
eight_faults_fit_the_promised_size(void **state)
{
    char buf[YZ_QUERY_PROBLEM_SIZE];
    yz_query_error error;
    yz_query q;
    yz_out out;

    (void)state;
    assert_int_equal(
        yz_query_places(YZ_SPAN("bbox=1&kind=&services=&region=&level=&limit="
                                "&out_crs=&cursor=&bbox=1"),
                        &q, &error),
        YZ_BAD_INPUT);
    assert_int_equal(error.count, YZ_QUERY_FAULTS_MAX);
    for (size_t i = 1; i < error.count; i++) {
        if (strlen(error.faults[i].detail) > strlen(error.faults[0].detail)) {
            error.faults[0].detail = error.faults[i].detail;
        }
    }
    for (size_t i = 0; i < error.count; i++) {
        error.faults[i].detail = error.faults[0].detail;
        memset(error.faults[i].parameter, 'x', 31);
        error.faults[i].parameter[31] = '\0';
    }
    yz_out_init(&out, buf, sizeof(buf));
    assert_int_equal(
        yz_problem_write_query(&out, YZ_PROBLEM_PATH_INVALID, &error), YZ_OK);
}

static void
a_small_buffer_is_said_to_be_full(void **state)
{
    yz_problem problem = {.code = YZ_PROBLEM_DATA_UNAVAILABLE};
    char *end = guard_open();
    char buf[1024];
    yz_out whole;
    yz_out out;

    (void)state;
    assert_non_null(end);
    yz_out_init(&whole, buf, sizeof(buf));
    assert_int_equal(yz_problem_write(&whole, &problem), YZ_OK);
    for (size_t cap = 0; cap < whole.n; cap++) {
        yz_out_init(&out, end - cap, cap);
        assert_int_equal(yz_problem_write(&out, &problem), YZ_FULL);
    }
    yz_out_init(&out, end - whole.n, whole.n);
    assert_int_equal(yz_problem_write(&out, &problem), YZ_OK);
    guard_close(end);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_text_status_title_and_detail),
        cmocka_unit_test(codes_and_statuses_are_stable),
        cmocka_unit_test(every_fault_has_a_text_of_its_own),
        cmocka_unit_test(a_problem_is_written_with_its_defaults),
        cmocka_unit_test(details_and_errors_are_escaped),
        cmocka_unit_test(a_refused_query_names_its_parameters),
        cmocka_unit_test(eight_faults_fit_the_promised_size),
        cmocka_unit_test(a_small_buffer_is_said_to_be_full),
    };

    return cmocka_run_group_tests_name("problem", tests, NULL, NULL);
}
