/*
 * Bodies: only strict JSON of the allowed shape gets to a rule, and whoever
 * sends another one is told every member that is wrong.  If this goes wrong,
 * rules meet values they do not expect, or clients do not learn what to mend.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "admin/http/json.h"

static const char *const kinds[] = {"wish", "appeal", NULL};

static const yz_json_member inner[] = {
    {.name = "lng",
     .kind = YZ_JSON_NUMBER,
     .required = true,
     .min = -180,
     .max = 180},
    {.name = NULL},
};
static const yz_json_member members[] = {
    {.name = "score",
     .kind = YZ_JSON_INTEGER,
     .required = true,
     .min = 1,
     .max = 5},
    {.name = "kind", .kind = YZ_JSON_TEXT, .words = kinds},
    {.name = "comment",
     .kind = YZ_JSON_TEXT,
     .min = 1,
     .max = 4,
     .lines = true,
     .nullable = true},
    {.name = "name", .kind = YZ_JSON_TEXT},
    {.name = "late", .kind = YZ_JSON_BOOLEAN},
    {.name = "at", .kind = YZ_JSON_OBJECT, .members = inner},
    {.name = "items", .kind = YZ_JSON_TEXTS, .min = 1, .max = 3},
    {.name = NULL},
};

static yz_exchange x;

static yz_status
read_as(yz_span body, const char *type)
{
    yz_arena_free(&x.arena);
    memset(&x, 0, sizeof(x));
    x.arena = YZ_ARENA_OF(4096);
    x.body = body;
    x.content_type = yz_span_of(type);
    return yz_json_read(&x, members);
}

static yz_status
read_body(const char *body)
{
    return read_as(yz_span_of(body), "application/json");
}

static bool
says(const char *text)
{
    return memmem(x.out.p, x.out.n, text, strlen(text)) != NULL;
}

static void
test_values_are_read_as_they_were_written(void **state)
{
    (void)state;
    assert_int_equal(
        read_body(" {\"score\": 5e0, \"comment\":\"\\u597d\\ud83d\\ude00\\n!\","
                  "\"late\":true,\"at\":{\"lng\":-1.5},\"kind\":\"wish\","
                  "\"items\":[\"a\",\"\\u0062\"]}\n"),
        YZ_OK);
    assert_int_equal(yz_json_integer(&x, NULL, "score", 0), 5);
    assert_string_equal(yz_json_text(&x, NULL, "comment").p, "好😀\n!");
    assert_true(yz_json_boolean(&x, NULL, "late"));
    assert_true(yz_json_number(&x, yz_json_object(&x, NULL, "at"), "lng", 0) ==
                -1.5);
    assert_int_equal(yz_json_texts(&x, NULL, "items"), 2);
    assert_string_equal(yz_json_texts_at(&x, NULL, "items", 1).p, "b");
    assert_string_equal(yz_json_texts_at(&x, NULL, "items", 2).p, "");
    assert_false(yz_json_given(&x, NULL, "name"));
    assert_int_equal(yz_json_text(&x, NULL, "name").n, 0);
    assert_int_equal(yz_json_integer(&x, NULL, "name", 7), 7);
    assert_null(yz_json_object(&x, NULL, "name"));
}

static void
test_null_reads_like_absent_where_it_is_allowed(void **state)
{
    (void)state;
    assert_int_equal(read_body("{\"score\":1,\"comment\":null}"), YZ_OK);
    assert_true(yz_json_given(&x, NULL, "comment"));
    assert_int_equal(yz_json_text(&x, NULL, "comment").n, 0);
    assert_int_equal(read_body("{\"score\":1,\"name\":null}"), YZ_BAD_INPUT);
    assert_true(says("\"pointer\":\"/name\",\"code\":\"member-malformed\""));
}

static void
test_what_is_no_strict_json_is_refused(void **state)
{
    static const char *const bodies[] = {
        "{",
        "[]",
        "1",
        "\"score\"",
        "{\"score\":1}x",
        "{\"score\":1,}",
        "{'score':1}",
        "{\"score\":01}",
        "{\"score\":+1}",
        "{\"score\":NaN}",
        "{score:1}",
        "{\"score\":1 /* one */}",
        "// one\n{\"score\":1}",
        "{\"score\":1}{\"score\":1}",
        "{\"score\":1,\"name\":\"\\ud800\"}",
        "{\"score\":1,\"name\":\"\\udc00\"}",
        "{\"score\":1,\"name\":\"\\ud800\\u0041\"}",
        "{\"score\":1,\"name\":\"\xc0\x80\"}",
        "{\"score\":1,\"name\":\"\xed\xa0\x80\"}",
        "{\"score\":1,\"name\":\"\xff\"}",
        "{\"score\":1,\"name\":\"a\nb\"}",
        "\xef\xbb\xbf{\"score\":1}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        assert_int_equal(read_body(bodies[i]), YZ_BAD_INPUT);
        assert_true(says("\"code\":\"body-malformed\""));
        assert_int_equal(x.status, 400);
        assert_null(x.json);
    }
    assert_int_equal(read_body(""), YZ_BAD_INPUT);
    assert_int_equal(read_as(YZ_SPAN("{\"score\":1}\0"), "application/json"),
                     YZ_BAD_INPUT);
}

static void
test_depth_is_bounded(void **state)
{
    char body[65536];

    (void)state;
    memset(body, '[', sizeof(body));
    assert_int_equal(read_as((yz_span){body, sizeof(body)}, "application/json"),
                     YZ_BAD_INPUT);
    assert_true(says("body-malformed"));
    /* Brackets in a text are no depth. */
    snprintf(body, sizeof(body), "{\"score\":1,\"name\":\"%s\\\"%s\"}",
             "[[[[[[[[[[[[[[[[[[[[", "{{{{{{{{{{{{{{{{{{");
    assert_int_equal(read_body(body), YZ_OK);
    /* Sixteen is one of them, seventeen not. */
    assert_int_equal(read_body("{\"score\":[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]}"),
                     YZ_BAD_INPUT);
    assert_true(says("body-invalid"));
    assert_int_equal(read_body("{\"score\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}"),
                     YZ_BAD_INPUT);
    assert_true(says("body-malformed"));
}

static void
test_every_fault_is_named_in_one_answer(void **state)
{
    static const char *const expected[] = {
        "{\"pointer\":\"/a~1b~0\",\"code\":\"member-unknown\"",
        "{\"pointer\":\"/kind\",\"code\":\"member-range\"",
        "{\"pointer\":\"/kind\",\"code\":\"member-repeated\"",
        "{\"pointer\":\"/comment\",\"code\":\"member-range\"",
        "{\"pointer\":\"/name\",\"code\":\"member-malformed\"",
        "{\"pointer\":\"/late\",\"code\":\"member-malformed\"",
        "{\"pointer\":\"/at/lat\",\"code\":\"member-unknown\"",
        "{\"pointer\":\"/at/lng\",\"code\":\"member-missing\"",
        "{\"pointer\":\"/items\",\"code\":\"member-range\"",
        "{\"pointer\":\"/items/1\",\"code\":\"member-malformed\"",
        "{\"pointer\":\"/score\",\"code\":\"member-missing\"",
    };

    (void)state;
    assert_int_equal(
        read_body("{\"a/b~\":1,\"kind\":\"x\",\"kind\":\"wish\","
                  "\"comment\":\"一二三四五\",\"name\":\"a\\u0000b\","
                  "\"late\":1,\"at\":{\"lat\":1},"
                  "\"items\":[\"a\",2,\"c\",\"d\"]}"),
        YZ_BAD_INPUT);
    assert_int_equal(x.status, 400);
    assert_string_equal(x.media, "application/problem+json");
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        assert_true(says(expected[i]));
    }
    assert_true(says("只能是：wish、appeal"));
}

static void
test_numbers_keep_to_their_range(void **state)
{
    static const struct {
        const char *body, *code;
    } cases[] = {
        {"{\"score\":0}", "member-range"},
        {"{\"score\":6}", "member-range"},
        {"{\"score\":1.5}", "member-malformed"},
        {"{\"score\":1e999}", "member-range"},
        {"{\"score\":-1e999}", "member-range"},
        {"{\"score\":99999999999999999999}", "member-range"},
        {"{\"score\":\"1\"}", "member-malformed"},
        {"{\"score\":1,\"at\":{\"lng\":181}}", "member-range"},
        {"{\"score\":1,\"at\":3}", "member-malformed"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(read_body(cases[i].body), YZ_BAD_INPUT);
        assert_true(says(cases[i].code));
    }
}

static void
test_no_more_faults_are_shown_than_fit(void **state)
{
    char body[20000] = "{";
    size_t n = 1, found = 0;

    (void)state;
    for (unsigned i = 0; i < 500; i++) {
        n += (size_t)snprintf(body + n, sizeof(body) - n, "\"m%u\":1,", i);
    }
    snprintf(body + n - 1, sizeof(body) - n + 1, "}");
    assert_int_equal(read_body(body), YZ_BAD_INPUT);
    for (const char *at = x.out.p;
         (at = memmem(at, x.out.n - (size_t)(at - x.out.p), "pointer", 7)) !=
         NULL;
         at++) {
        found++;
    }
    assert_int_equal(found, YZ_FAULTS_SHOWN);
}

static void
test_only_json_in_utf8_is_taken(void **state)
{
    static const char *const good[] = {
        "application/json",
        "APPLICATION/JSON",
        "application/json ",
        "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\"",
    };
    static const char *const bad[] = {
        "",
        "text/plain",
        "application/jsonp",
        "application/json+ld",
        "application/json; charset=gbk",
        "application/json; boundary=x",
        "application/x-www-form-urlencoded",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_int_equal(read_as(YZ_SPAN("{\"score\":1}"), good[i]), YZ_OK);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(read_as(YZ_SPAN("{\"score\":1}"), bad[i]),
                         YZ_BAD_INPUT);
        assert_int_equal(x.status, 415);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_are_read_as_they_were_written),
        cmocka_unit_test(test_null_reads_like_absent_where_it_is_allowed),
        cmocka_unit_test(test_what_is_no_strict_json_is_refused),
        cmocka_unit_test(test_depth_is_bounded),
        cmocka_unit_test(test_every_fault_is_named_in_one_answer),
        cmocka_unit_test(test_numbers_keep_to_their_range),
        cmocka_unit_test(test_no_more_faults_are_shown_than_fit),
        cmocka_unit_test(test_only_json_in_utf8_is_taken),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    yz_arena_free(&x.arena);
    return failed;
}
