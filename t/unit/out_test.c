/*
 * Protects every byte that is sent: numbers are exact, text is escaped for
 * where it goes, and an answer that does not fit is known to be cut.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/out.h"
#include "t/unit/guard_page.h"

static char buf[4096];

static yz_out
fresh(void)
{
    yz_out out;

    yz_out_init(&out, buf, sizeof(buf));
    return out;
}

static void
assert_wrote(yz_out *out, const char *wanted)
{
    assert_false(out->full);
    assert_int_equal(out->n, strlen(wanted));
    assert_memory_equal(out->p, wanted, out->n);
}

/* splitmix64: the same numbers on every machine. */
static uint64_t
next_random(uint64_t *seed)
{
    uint64_t z = (*seed += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static void
pieces_join(void **state)
{
    yz_out out = fresh();

    (void)state;
    YZ_OUT_LIT(&out, "a");
    yz_out_char(&out, 'b');
    yz_out_bytes(&out, NULL, 0);
    yz_out_bytes(&out, "cd", 2);
    yz_out_span(&out, YZ_SPAN("驿"));
    yz_out_text(&out, "站");
    assert_wrote(&out, "abcd驿站");
    assert_int_equal(yz_out_written(&out).n, 10);
}

static void
overflow_is_sticky_and_writes_nothing(void **state)
{
    char *end = guard_open();
    yz_out out;

    (void)state;
    assert_non_null(end);
    for (size_t cap = 0; cap < 8; cap++) {
        yz_out_init(&out, end - cap, cap);
        memset(end - 8, '#', 8);
        YZ_OUT_LIT(&out, "abc");
        YZ_OUT_LIT(&out, "defgh");
        yz_out_char(&out, 'i');
        yz_out_u64(&out, 7);
        yz_out_json(&out, YZ_SPAN(""));
        yz_out_hex(&out, "x", SIZE_MAX);
        assert_true(out.full);
        assert_int_equal(out.n, cap < 3 ? 0 : 3);
        assert_memory_equal(end - cap, "abc", out.n);
        assert_memory_equal(end - cap + out.n, "########", cap - out.n);
    }
    yz_out_init(&out, NULL, 0);
    yz_out_bytes(&out, NULL, 0);
    assert_false(out.full);
    yz_out_char(&out, 'a');
    assert_true(out.full);
    guard_close(end);
}

static void
whole_numbers_equal_those_of_libc(void **state)
{
    uint64_t seed = 1;

    (void)state;
    for (int i = 0; i < 200000; i++) {
        uint64_t value = next_random(&seed) >> (i % 64);
        char wanted[48];
        yz_out out = fresh();

        yz_out_u64(&out, value);
        yz_out_char(&out, ' ');
        yz_out_i64(&out, (int64_t)(0 - value));
        snprintf(wanted, sizeof(wanted), "%" PRIu64 " %" PRId64, value,
                 (int64_t)(0 - value));
        assert_wrote(&out, wanted);
    }
}

static void
the_ends_of_number_ranges_are_right(void **state)
{
    yz_out out = fresh();

    (void)state;
    yz_out_u64(&out, 0);
    yz_out_char(&out, ' ');
    yz_out_u64(&out, UINT64_MAX);
    yz_out_char(&out, ' ');
    yz_out_i64(&out, INT64_MIN);
    yz_out_char(&out, ' ');
    yz_out_i64(&out, INT64_MAX);
    assert_wrote(&out, "0 18446744073709551615 -9223372036854775808 "
                       "9223372036854775807");
}

static void
assert_e7(int32_t value_e7, const char *wanted)
{
    yz_out out = fresh();

    yz_out_e7(&out, value_e7);
    assert_wrote(&out, wanted);
}

static void
degrees_are_the_shortest_decimal(void **state)
{
    (void)state;
    assert_e7(0, "0");
    assert_e7(1, "0.0000001");
    assert_e7(-1, "-0.0000001");
    assert_e7(-5000000, "-0.5");
    assert_e7(1203826000, "120.3826");
    assert_e7(-1800000000, "-180");
    assert_e7(1800000000, "180");
    assert_e7(360671234, "36.0671234");
    assert_e7(100000000, "10");
    assert_e7(90000000, "9");
    assert_e7(1000000000, "100");
    assert_e7(1099999999, "109.9999999");
    assert_e7(INT32_MIN, "-214.7483648");
    assert_e7(INT32_MAX, "214.7483647");
}

static void
degrees_read_back_as_they_were(void **state)
{
    uint64_t seed = 2;

    (void)state;
    for (int i = 0; i < 200000; i++) {
        int32_t value = (int32_t)(uint32_t)next_random(&seed);
        yz_out out = fresh();
        double back;

        value /= i % 3 == 0 ? 1 : i % 3 == 1 ? 1000 : 1000000;
        yz_out_e7(&out, value);
        yz_out_char(&out, '\0');
        back = strtod(out.p, NULL);
        assert_int_equal((int32_t)lround(back * 1e7), value);
        assert_null(strpbrk(out.p, "e+ "));
        if (strchr(out.p, '.') != NULL) {
            assert_true(out.p[out.n - 2] != '0' && out.p[out.n - 2] != '.');
        }
    }
}

static void
assert_fixed1(double value, const char *wanted)
{
    yz_out out = fresh();

    yz_out_fixed1(&out, value);
    assert_wrote(&out, wanted);
}

static void
metres_have_one_decimal(void **state)
{
    (void)state;
    assert_fixed1(0, "0.0");
    assert_fixed1(-0.0, "0.0");
    assert_fixed1(0.04, "0.0");
    assert_fixed1(0.06, "0.1");
    assert_fixed1(9.94, "9.9");
    assert_fixed1(9.96, "10.0");
    assert_fixed1(12, "12.0");
    assert_fixed1(123.449, "123.4");
    assert_fixed1(20003931.4586, "20003931.5");
    assert_fixed1(999999999999999.0, "999999999999999.0");
}

static void
what_is_no_distance_is_null(void **state)
{
    (void)state;
    assert_fixed1(-0.1, "null");
    assert_fixed1((double)NAN, "null");
    assert_fixed1((double)INFINITY, "null");
    assert_fixed1(1e15, "null");
}

static void
metres_are_within_half_a_tenth(void **state)
{
    uint64_t seed = 3;

    (void)state;
    for (int i = 0; i < 100000; i++) {
        double value = (double)(next_random(&seed) >> 11) / 9e9;
        yz_out out = fresh();

        yz_out_fixed1(&out, value);
        yz_out_char(&out, '\0');
        assert_true(fabs(strtod(out.p, NULL) - value) <= 0.0500001);
    }
}

static void
hexadecimal_is_small_letters(void **state)
{
    yz_out out = fresh();

    (void)state;
    yz_out_hex(&out, "\x00\x1f\xab\xff", 4);
    yz_out_hex(&out, NULL, 0);
    assert_wrote(&out, "001fabff");
}

static void
json_strings_are_escaped(void **state)
{
    yz_out out = fresh();

    (void)state;
    yz_out_json(&out, YZ_SPAN(""));
    yz_out_json(&out, YZ_SPAN("驿站 a/b"));
    yz_out_json(&out, YZ_SPAN("\"\\\b\f\n\r\t\x01\x1f\x7f\0z"));
    yz_out_json(&out, YZ_SPAN("</script><!--"));
    assert_wrote(&out,
                 "\"\"\"驿站 a/b\""
                 "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\\u007f\\u0000z\""
                 "\"\\u003c/script>\\u003c!--\"");
}

static void
html_is_escaped_for_text_and_attributes(void **state)
{
    yz_out out = fresh();

    (void)state;
    yz_out_html(&out, YZ_SPAN("<a b=\"c\">驿&站'</a>"));
    yz_out_html(&out, YZ_SPAN(""));
    assert_wrote(&out, "&lt;a b=&quot;c&quot;&gt;驿&amp;站&#39;&lt;/a&gt;");
}

static void
assert_csv(const char *text, bool formula_safe, const char *wanted)
{
    yz_out out = fresh();

    yz_out_csv(&out, yz_span_of(text), formula_safe);
    assert_wrote(&out, wanted);
}

static void
csv_fields_are_quoted_when_needed(void **state)
{
    (void)state;
    assert_csv("", true, "");
    assert_csv("驿站", true, "驿站");
    assert_csv("a,b", true, "\"a,b\"");
    assert_csv("a\"b", true, "\"a\"\"b\"");
    assert_csv("a\nb", true, "\"a\nb\"");
    assert_csv("a\rb", true, "\"a\rb\"");
    assert_csv(" a", true, "\" a\"");
    assert_csv("a ", true, "\"a \"");
}

static void
csv_fields_are_no_formulas(void **state)
{
    (void)state;
    assert_csv("=1+1", true, "'=1+1");
    assert_csv("+86", true, "'+86");
    assert_csv("-1", true, "'-1");
    assert_csv("@SUM(A1)", true, "'@SUM(A1)");
    assert_csv("\t=1", true, "'\t=1");
    assert_csv(" =HYPERLINK(\"x\",1)", true, "\"' =HYPERLINK(\"\"x\"\",1)\"");
    assert_csv("1-1", true, "1-1");
    assert_csv("-1", false, "-1");
}

static void
urls_are_percent_encoded(void **state)
{
    yz_out out = fresh();

    (void)state;
    yz_out_percent(&out, YZ_SPAN("Az09-._~ /?&=+%驿"));
    assert_wrote(&out, "Az09-._~%20%2F%3F%26%3D%2B%25%E9%A9%BF");
}

/* Every writer, at every size of the buffer: the same prefix or nothing. */
static void
write_all(yz_out *out)
{
    yz_out_u64(out, 12345);
    yz_out_i64(out, -7);
    yz_out_e7(out, -1203826001);
    yz_out_fixed1(out, 12.34);
    yz_out_hex(out, "ab", 2);
    yz_out_json(out, YZ_SPAN("a\"\x01驿"));
    yz_out_html(out, YZ_SPAN("a<b"));
    yz_out_csv(out, YZ_SPAN("=a,\"b"), true);
    yz_out_percent(out, YZ_SPAN("a b"));
}

static void
every_size_of_buffer_gets_a_prefix(void **state)
{
    char *end = guard_open();
    yz_out whole = fresh();
    yz_out out;

    (void)state;
    assert_non_null(end);
    write_all(&whole);
    assert_false(whole.full);
    for (size_t cap = 0; cap <= whole.n; cap++) {
        yz_out_init(&out, end - cap, cap);
        write_all(&out);
        assert_int_equal(out.full, cap < whole.n);
        assert_true(out.n <= cap);
        assert_memory_equal(out.p, whole.p, out.n);
    }
    guard_close(end);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_join),
        cmocka_unit_test(overflow_is_sticky_and_writes_nothing),
        cmocka_unit_test(whole_numbers_equal_those_of_libc),
        cmocka_unit_test(the_ends_of_number_ranges_are_right),
        cmocka_unit_test(degrees_are_the_shortest_decimal),
        cmocka_unit_test(degrees_read_back_as_they_were),
        cmocka_unit_test(metres_have_one_decimal),
        cmocka_unit_test(what_is_no_distance_is_null),
        cmocka_unit_test(metres_are_within_half_a_tenth),
        cmocka_unit_test(hexadecimal_is_small_letters),
        cmocka_unit_test(json_strings_are_escaped),
        cmocka_unit_test(html_is_escaped_for_text_and_attributes),
        cmocka_unit_test(csv_fields_are_quoted_when_needed),
        cmocka_unit_test(csv_fields_are_no_formulas),
        cmocka_unit_test(urls_are_percent_encoded),
        cmocka_unit_test(every_size_of_buffer_gets_a_prefix),
    };

    return cmocka_run_group_tests_name("out", tests, NULL, NULL);
}
