/*
 * Protects the first step of every load: records and fields come out of a
 * CSV file as RFC 4180 means them, with the physical line of each.  Without
 * it a quoted line break shifts every later line number, and a cut file loads
 * as if it were whole.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "admin/load/csv.h"
#include "t/unit/guard_page.h"

static yz_csv csv;

/* All fields of the next record joined by '|'. */
static void
assert_next(const char *wanted, uint64_t line)
{
    char text[512];
    size_t n = 0;
    yz_csv_record record;

    assert_true(yz_csv_next(&csv, &record));
    assert_int_equal(record.fault, YZ_CSV_FINE);
    assert_int_equal(record.line, line);
    for (size_t i = 0; i < record.count; i++) {
        if (i > 0) {
            text[n++] = '|';
        }
        memcpy(text + n, record.fields[i].p, record.fields[i].n);
        n += record.fields[i].n;
    }
    text[n] = '\0';
    assert_string_equal(text, wanted);
}

static void
assert_end(void)
{
    yz_csv_record record;

    assert_false(yz_csv_next(&csv, &record));
}

static void
fields_and_line_ends_are_as_in_the_rfc(void **state)
{
    yz_arena arena = YZ_ARENA_INIT;

    (void)state;
    yz_csv_init(&csv,
                YZ_SPAN("id,name\r\n1,a\n2,\n,\r\"x,\"\"y\"\"\",\"\"\n"
                        "4,last"),
                &arena);
    assert_next("id|name", 1);
    assert_next("1|a", 2);
    assert_next("2|", 3);
    assert_next("|", 4);
    assert_next("x,\"y\"|", 5);
    assert_next("4|last", 6);
    assert_end();
    yz_arena_free(&arena);
}

static void
quoted_line_breaks_count_as_lines(void **state)
{
    yz_arena arena = YZ_ARENA_INIT;

    (void)state;
    yz_csv_init(&csv, YZ_SPAN("a\n\"x\ny\r\nz\rw\"\n\n\nb\n"), &arena);
    assert_next("a", 1);
    assert_next("x\ny\r\nz\rw", 2);
    assert_next("b", 8);
    assert_end();
    yz_arena_free(&arena);
}

static void
a_quote_inside_a_plain_field_is_a_character(void **state)
{
    yz_arena arena = YZ_ARENA_INIT;

    (void)state;
    yz_csv_init(&csv, YZ_SPAN("5\" pipe,a\"b\"\n"), &arena);
    assert_next("5\" pipe|a\"b\"", 1);
    assert_end();
    yz_arena_free(&arena);
}

static void
broken_quotes_are_told_and_the_rest_is_read(void **state)
{
    yz_arena arena = YZ_ARENA_INIT;
    yz_csv_record record;

    (void)state;
    yz_csv_init(&csv, YZ_SPAN("a,\"b\"c,d\ne,f\ng,\"h\ni,j\n"), &arena);
    assert_true(yz_csv_next(&csv, &record));
    assert_int_equal(record.fault, YZ_CSV_AFTER_QUOTE);
    assert_int_equal(record.fault_field, 1);
    assert_int_equal(record.count, 3);
    assert_next("e|f", 2);
    assert_true(yz_csv_next(&csv, &record));
    assert_int_equal(record.fault, YZ_CSV_QUOTE_OPEN);
    assert_int_equal(record.line, 3);
    assert_end();
    yz_arena_free(&arena);
}

static void
more_fields_than_there_is_room_for_are_a_fault(void **state)
{
    char text[2 * YZ_CSV_FIELDS_MAX];
    yz_arena arena = YZ_ARENA_INIT;
    yz_csv_record record;

    (void)state;
    memset(text, ',', sizeof(text));
    yz_csv_init(&csv, (yz_span){text, sizeof(text)}, &arena);
    assert_true(yz_csv_next(&csv, &record));
    assert_int_equal(record.fault, YZ_CSV_MANY_FIELDS);
    assert_int_equal(record.count, YZ_CSV_FIELDS_MAX);
    yz_arena_free(&arena);
}

static void
raw_is_the_record_as_written(void **state)
{
    yz_arena arena = YZ_ARENA_INIT;
    yz_csv_record record;

    (void)state;
    yz_csv_init(&csv, YZ_SPAN("\"a\nb\",c\r\nd"), &arena);
    assert_true(yz_csv_next(&csv, &record));
    assert_true(yz_span_equal(record.raw, YZ_SPAN("\"a\nb\",c")));
    yz_arena_free(&arena);
}

static void
read_all(yz_span text, void *context)
{
    yz_arena arena = YZ_ARENA_INIT;
    yz_csv_record record;
    size_t fields = 0;

    (void)context;
    yz_csv_init(&csv, text, &arena);
    while (yz_csv_next(&csv, &record)) {
        fields += record.count;
    }
    assert_true(fields <= text.n + 1);
    yz_arena_free(&arena);
}

static void
no_truncation_is_read_beyond_its_end(void **state)
{
    (void)state;
    assert_int_not_equal(
        guard_truncations(
            YZ_SPAN("id,name\r\n1,\"a\"\"b\"\"\"\r\n\r\n\"\",\"\"\"\",\r\"q"),
            read_all, NULL),
        0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_and_line_ends_are_as_in_the_rfc),
        cmocka_unit_test(quoted_line_breaks_count_as_lines),
        cmocka_unit_test(a_quote_inside_a_plain_field_is_a_character),
        cmocka_unit_test(broken_quotes_are_told_and_the_rest_is_read),
        cmocka_unit_test(more_fields_than_there_is_room_for_are_a_fault),
        cmocka_unit_test(raw_is_the_record_as_written),
        cmocka_unit_test(no_truncation_is_read_beyond_its_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
