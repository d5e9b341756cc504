/*
 * Protects the table of region names: a malformed line must be refused with
 * its number, not shift names to other regions, and a district below a
 * province without cities must be counted there once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lmdb_schema/region_names.h"
#include "t/unit/guard_page.h"

static const char table[] = "\xef\xbb\xbf"
                            "code,name\r\n370202,市南区\n370000,山东省\n\n"
                            "370200,青岛市\n810000,香港\n810001,中西区";

static yz_region_names
parse(const char *text)
{
    yz_region_names names;
    size_t line;

    assert_int_equal(YZ_OK,
                     yz_region_names_parse(yz_span_of(text), &names, &line));
    return names;
}

static void
assert_full(const char *wanted, const yz_region_names *names, uint32_t region)
{
    char text[256];
    yz_out out;

    yz_out_init(&out, text, sizeof(text));
    yz_region_name_full(names, region, &out);
    assert_int_equal(strlen(wanted), out.n);
    assert_memory_equal(wanted, text, out.n);
}

static void
names_are_found_and_joined(void **state)
{
    yz_region_names names = parse(table);

    (void)state;
    assert_int_equal(5, names.count);
    assert_true(
        yz_span_equal(YZ_SPAN("青岛市"), yz_region_name_of(&names, 370200)));
    assert_int_equal(0, yz_region_name_of(&names, 370203).n);
    assert_full("山东省青岛市市南区", &names, 370202);
    assert_full("山东省青岛市", &names, 370203);
    assert_full("香港中西区", &names, 810001);
    assert_full("香港", &names, 810000);
    assert_full("", &names, 0);
    yz_region_names_free(&names);
}

static void
a_level_that_equals_another_stands_once(void **state)
{
    static const struct {
        uint32_t region;
        int count;
        uint32_t codes[3];
    } all[] = {
        {370202, 3, {370000, 370200, 370202}},
        {370200, 2, {370000, 370200}},
        {370000, 1, {370000}},
        {810001, 2, {810000, 810001}},
        {0, 0, {0}},
    };
    size_t i;
    int j;

    (void)state;
    for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        yz_region_levels levels = yz_region_levels_of(all[i].region);

        assert_int_equal(all[i].count, levels.count);
        for (j = 0; j < levels.count; j++) {
            assert_int_equal(all[i].codes[j], levels.code[j]);
        }
    }
}

static void
a_malformed_line_is_named(void **state)
{
    static const struct {
        const char *text;
        size_t line;
    } all[] = {
        {"37020,x\n", 1},
        {"code,name\n370000,a\n3702001,b\n", 3},
        {"370000,a\n370000,b\n", 0},
        {"370000,\n", 1},
        {"370000;a\n", 1},
        {"070000,a\n", 1},
        {"370000,a,b\n", 1},
        {"370000,\"a\"\n", 1},
        {"370000,a\tb\n", 1},
        {"370000,\xff\n", 1},
        {"code,name\ncode,name\n", 2},
    };
    yz_region_names names;
    size_t i, line;

    (void)state;
    for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        line = 99;
        assert_int_equal(
            YZ_BAD_INPUT,
            yz_region_names_parse(yz_span_of(all[i].text), &names, &line));
        assert_int_equal(all[i].line, line);
        assert_null(names.all);
    }
}

static void
try_truncated(yz_span text, void *context)
{
    yz_region_names names;
    size_t line;

    (void)context;
    if (yz_region_names_parse(text, &names, &line) == YZ_OK) {
        yz_region_names_free(&names);
    }
}

static void
no_truncation_is_read_past_its_end(void **state)
{
    (void)state;
    assert_int_equal(sizeof(table),
                     guard_truncations(yz_span_of(table), try_truncated, NULL));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_found_and_joined),
        cmocka_unit_test(a_level_that_equals_another_stands_once),
        cmocka_unit_test(a_malformed_line_is_named),
        cmocka_unit_test(no_truncation_is_read_past_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
