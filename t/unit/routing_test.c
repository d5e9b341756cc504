/*
 * Protects who gets a worker's appeal: the line with the longest region wins,
 * a word of its own goes before *, and a table with any fault is refused with
 * the line and the reason, so that no ticket goes astray by half a table.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "admin/rules/routing.h"
#include "t/unit/guard_page.h"

#define HEADER "category,region,node,co_handlers,days\n"

static const char table[] = HEADER "wage,3702,4,7;9,5\n"
                                   "wage,370202,12,,3\n"
                                   "wage,,2,,30\n"
                                   "heat,37,5,,1\n"
                                   "*,3702,1,,10\n";

static uint32_t
node_of(const yz_routing *routing, const char *category, uint32_t region)
{
    const yz_routing_line *line =
        yz_routing_find(routing, yz_span_of(category), region);

    return line == NULL ? 0 : line->node;
}

static void
the_longest_region_wins(void **state)
{
    yz_routing routing;
    yz_routing_fault fault;
    const yz_routing_line *line;

    (void)state;
    assert_int_equal(yz_routing_parse(yz_span_of(table), &routing, &fault),
                     YZ_OK);
    assert_int_equal(routing.count, 5);
    assert_int_equal(node_of(&routing, "wage", 370202), 12);
    assert_int_equal(node_of(&routing, "wage", 370203), 4);
    assert_int_equal(node_of(&routing, "wage", 420502), 2);
    assert_int_equal(node_of(&routing, "wage", 0), 2);
    assert_int_equal(node_of(&routing, "heat", 371000), 5);
    assert_int_equal(node_of(&routing, "heat", 420502), 0);
    assert_int_equal(node_of(&routing, "heat", 0), 0);
    assert_int_equal(node_of(&routing, "other", 370202), 1);
    assert_int_equal(node_of(&routing, "other", 420502), 0);
    line = yz_routing_find(&routing, YZ_SPAN("wage"), 370203);
    assert_int_equal(line->co_count, 2);
    assert_int_equal(line->co_handlers[0], 7);
    assert_int_equal(line->co_handlers[1], 9);
    assert_int_equal(line->days, 5);
    yz_routing_free(&routing);
}

static void
only_words_of_the_table_are_known(void **state)
{
    yz_routing routing;
    yz_routing_fault fault;

    (void)state;
    assert_int_equal(
        yz_routing_parse(YZ_SPAN(HEADER "wage,,1,,1\n"), &routing, &fault),
        YZ_OK);
    assert_true(yz_routing_knows(&routing, YZ_SPAN("wage")));
    assert_false(yz_routing_knows(&routing, YZ_SPAN("heat")));
    yz_routing_free(&routing);
    assert_int_equal(
        yz_routing_parse(YZ_SPAN(HEADER "*,,1,,1\n"), &routing, &fault), YZ_OK);
    assert_true(yz_routing_knows(&routing, YZ_SPAN("heat")));
    yz_routing_free(&routing);
}

static void
chinese_headers_and_office_files_are_read(void **state)
{
    yz_routing routing;
    yz_routing_fault fault;

    (void)state;
    assert_int_equal(
        yz_routing_parse(YZ_SPAN("\xef\xbb\xbf类别,行政区划,主办,协办,期限\r\n"
                                 "\"欠薪,讨薪\", 3702 ,4,7 9,366\r\n\r\n"),
                         &routing, &fault),
        YZ_OK);
    assert_int_equal(routing.count, 1);
    assert_int_equal(routing.lines[0].co_count, 2);
    assert_int_equal(node_of(&routing, "欠薪,讨薪", 370211), 4);
    yz_routing_free(&routing);
}

static void
assert_refused(const char *text, uint64_t line, const char *code)
{
    yz_routing routing;
    yz_routing_fault fault = {99, "", NULL};

    assert_int_equal(yz_routing_parse(yz_span_of(text), &routing, &fault),
                     YZ_BAD_INPUT);
    assert_string_equal(fault.code, code);
    assert_int_equal(fault.line, line);
    assert_non_null(fault.detail);
    assert_int_equal(routing.count, 0);
}

static void
a_wrong_table_is_refused_with_line_and_reason(void **state)
{
    (void)state;
    assert_refused("", 1, "routing-header");
    assert_refused("wage,,1,,1\n", 1, "routing-header");
    assert_refused("\xff\xfe", 0, "routing-file");
    assert_refused(HEADER, 0, "routing-empty");
    assert_refused(HEADER "wage,,1,,1\nheat,,1,1\n", 3, "routing-columns");
    assert_refused(HEADER ",,1,,1\n", 2, "routing-category");
    assert_refused(HEADER "a\x07,,1,,1\n", 2, "routing-category");
    assert_refused(HEADER "wage,370,1,,1\n", 2, "routing-region");
    assert_refused(HEADER "wage,37020200,1,,1\n", 2, "routing-region");
    assert_refused(HEADER "wage,07,1,,1\n", 2, "routing-region");
    assert_refused(HEADER "wage,青岛,1,,1\n", 2, "routing-region");
    assert_refused(HEADER "wage,,0,,1\n", 2, "routing-node");
    assert_refused(HEADER "wage,,4294967296,,1\n", 2, "routing-node");
    assert_refused(HEADER "wage,,1,1,1\n", 2, "routing-co-handlers");
    assert_refused(HEADER "wage,,1,2;2,1\n", 2, "routing-co-handlers");
    assert_refused(HEADER "wage,,1,2;x,1\n", 2, "routing-co-handlers");
    assert_refused(HEADER
                   "wage,,99,1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16;17,1\n",
                   2, "routing-co-handlers");
    assert_refused(HEADER "wage,,1,,0\n", 2, "routing-days");
    assert_refused(HEADER "wage,,1,,367\n", 2, "routing-days");
    assert_refused(HEADER "wage,,1,,1\n\"wage,3", 3, "routing-quote");
    assert_refused(HEADER "wage,37,1,,1\nheat,,1,,1\nwage,37,2,,1\n", 4,
                   "routing-twice");
}

static void
try_cut(yz_span text, void *context)
{
    yz_routing routing;
    yz_routing_fault fault;

    (void)context;
    if (yz_routing_parse(text, &routing, &fault) == YZ_OK) {
        yz_routing_free(&routing);
    }
}

static void
truncations_are_read_inside_the_text(void **state)
{
    (void)state;
    assert_int_equal(guard_truncations(yz_span_of(table), try_cut, NULL),
                     sizeof(table));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_region_wins),
        cmocka_unit_test(only_words_of_the_table_are_known),
        cmocka_unit_test(chinese_headers_and_office_files_are_read),
        cmocka_unit_test(a_wrong_table_is_refused_with_line_and_reason),
        cmocka_unit_test(truncations_are_read_inside_the_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
