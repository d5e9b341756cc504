/*
 * Protects loading of GeoJSON: ids, points and properties reach the columns
 * that they mean, and what is cut, nested without end or no FeatureCollection
 * is refused.  Without it half of a cut file would load.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "admin/load/table.h"
#include "t/unit/guard_page.h"

#define COLLECTION(features)                                                   \
    "{\"type\":\"FeatureCollection\",\"features\":[" features "]}"

typedef struct {
    size_t rows;
    yz_raw_row last;
    bool faulty;
    yz_fault fault;
} seen;

static yz_refusal refusal;
static yz_arena arena;
static yz_renames renames;
static yz_table_facts facts;

static bool
take(void *context, const yz_raw_row *row, const yz_fault *fault)
{
    seen *s = context;

    s->rows++;
    s->last = *row;
    s->faulty = fault != NULL;
    if (fault != NULL) {
        s->fault = *fault;
    }
    return true;
}

static yz_status
read_text(yz_span text, seen *s)
{
    refusal.text[0] = '\0';
    renames = (yz_renames){0};
    *s = (seen){0};
    return yz_table_read(text, &renames, true, &arena, take, s, &facts,
                         &refusal);
}

static void
assert_cell(const seen *s, yz_column column, const char *wanted)
{
    assert_true(s->last.present & YZ_COLUMN_BIT(column));
    assert_true(yz_span_equal(s->last.cells[column], yz_span_of(wanted)));
}

static void
members_reach_their_columns(void **state)
{
    seen s;

    (void)state;
    assert_int_equal(
        read_text(
            YZ_SPAN(COLLECTION(
                "\n{\"type\":\"Feature\",\"id\":17,\"geometry\":{\"type\":"
                "\"Point\",\"coordinates\":[120.5,36.25,9]},\"properties\":"
                "{\"名称\":\"A\\u7ad9\",\"services\":[\"water\",\"rest\"],"
                "\"id\":\"other\",\"address\":null,\"x\":{\"y\":[1]},"
                "\"负责人\":\"b\"}}")),
            &s),
        YZ_OK);
    assert_int_equal(s.rows, 1);
    assert_false(s.faulty);
    assert_int_equal(s.last.line, 2);
    assert_cell(&s, YZ_COLUMN_ID, "17");
    assert_cell(&s, YZ_COLUMN_LNG, "120.5");
    assert_cell(&s, YZ_COLUMN_LAT, "36.25");
    assert_cell(&s, YZ_COLUMN_NAME, "A站");
    assert_cell(&s, YZ_COLUMN_SERVICES, "water,rest");
    assert_cell(&s, YZ_COLUMN_ADDRESS, "");
    assert_false(s.last.present & YZ_COLUMN_BIT(YZ_COLUMN_PHONE));
    assert_int_equal(facts.names.unknown_count, 1);
    assert_int_equal(facts.names.personal_count, 1);
    yz_arena_free(&arena);
}

static void
a_null_geometry_is_an_empty_position(void **state)
{
    seen s;

    (void)state;
    assert_int_equal(
        read_text(YZ_SPAN(COLLECTION("{\"geometry\":null,\"properties\":"
                                     "{\"id\":\"a\"}}")),
                  &s),
        YZ_OK);
    assert_cell(&s, YZ_COLUMN_LNG, "");
    assert_cell(&s, YZ_COLUMN_ID, "a");
    assert_int_equal(
        read_text(YZ_SPAN(COLLECTION("{\"id\":\"a\",\"properties\":null}")),
                  &s),
        YZ_OK);
    assert_false(s.last.present & YZ_COLUMN_BIT(YZ_COLUMN_LNG));
    yz_arena_free(&arena);
}

static void
exponents_become_plain_numbers(void **state)
{
    seen s;

    (void)state;
    assert_int_equal(read_text(YZ_SPAN(COLLECTION(
                                   "{\"id\":\"a\",\"geometry\":{\"type\":"
                                   "\"Point\",\"coordinates\":[1.2e2,3E1]}}")),
                               &s),
                     YZ_OK);
    assert_cell(&s, YZ_COLUMN_LNG, "120.0000000000");
    yz_arena_free(&arena);
}

static void
assert_fault(const char *text, yz_fault_code code)
{
    seen s;

    assert_int_equal(read_text(yz_span_of(text), &s), YZ_OK);
    assert_true(s.faulty);
    assert_int_equal(s.fault.code, code);
    yz_arena_free(&arena);
}

static void
what_is_no_point_is_a_fault_of_its_row(void **state)
{
    (void)state;
    assert_fault(COLLECTION("{\"id\":\"a\",\"geometry\":{\"type\":"
                            "\"LineString\",\"coordinates\":[[1,2],[3,4]]}}"),
                 YZ_FAULT_NO_POINT);
    assert_fault(COLLECTION("{\"id\":\"a\",\"geometry\":{\"type\":\"Point\","
                            "\"coordinates\":[1]}}"),
                 YZ_FAULT_NO_POINT);
    assert_fault(COLLECTION("{\"id\":\"a\",\"properties\":{\"name\":{}}}"),
                 YZ_FAULT_NO_TEXT);
    assert_fault(COLLECTION("{\"properties\":{\"name\":\"a\",\"name\":\"b\"}}"),
                 YZ_FAULT_MEMBER_TWICE);
}

static void
assert_refused(yz_span text, const char *reason)
{
    seen s;

    assert_int_equal(read_text(text, &s), YZ_BAD_INPUT);
    assert_non_null(strstr(refusal.text, reason));
    yz_arena_free(&arena);
}

static void
other_json_is_refused(void **state)
{
    char deep[4096];

    (void)state;
    assert_refused(YZ_SPAN("[1]"), "JSON list");
    assert_refused(YZ_SPAN("{}"), "FeatureCollection");
    assert_refused(YZ_SPAN("{\"type\":\"Feature\",\"features\":[]}"),
                   "FeatureCollection");
    assert_refused(YZ_SPAN("{\"type\":\"FeatureCollection\"}"),
                   "FeatureCollection");
    assert_refused(YZ_SPAN("\n{\"type\":\"FeatureCollection\",\n\"features\":"
                           "[{\"id\":\"a\""),
                   "line 3");
    assert_refused(YZ_SPAN(COLLECTION("{\"id\":\"\xff\"}")), "line 1");
    assert_refused(YZ_SPAN(COLLECTION("1")), "no object");
    memset(deep, '[', sizeof(deep));
    memcpy(deep, "{\"a\":", 5);
    assert_refused((yz_span){deep, sizeof(deep)}, "deep");
}

static void
read_any(yz_span text, void *context)
{
    seen s;
    yz_status status;

    (void)context;
    refusal.text[0] = '\0';
    renames = (yz_renames){0};
    s = (seen){0};
    status =
        yz_table_read(text, &renames, true, &arena, take, &s, &facts, &refusal);
    assert_int_equal(status == YZ_OK, refusal.text[0] == '\0');
    yz_arena_free(&arena);
}

static void
no_truncation_is_read_beyond_its_end_or_loaded(void **state)
{
    (void)state;
    assert_int_not_equal(
        guard_truncations(
            YZ_SPAN(COLLECTION("{\"type\":\"Feature\",\"id\":\"\\u7ad9\","
                               "\"geometry\":{\"type\":\"Point\","
                               "\"coordinates\":[1e2,-2.5]},\"properties\":"
                               "{\"services\":[\"a\",true,null,1]}}")),
            read_any, NULL),
        0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_reach_their_columns),
        cmocka_unit_test(a_null_geometry_is_an_empty_position),
        cmocka_unit_test(exponents_become_plain_numbers),
        cmocka_unit_test(what_is_no_point_is_a_fault_of_its_row),
        cmocka_unit_test(other_json_is_refused),
        cmocka_unit_test(no_truncation_is_read_beyond_its_end_or_loaded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
