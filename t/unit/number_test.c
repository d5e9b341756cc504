/*
 * Protects positions from the query string: plain decimals only, rounded as
 * the C library rounds them, whatever the locale says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/number.h"
#include "t/unit/guard_page.h"

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
fifteen_digits_are_rounded_as_libc_does(void **state)
{
    uint64_t seed = 1;

    (void)state;
    for (int i = 0; i < 200000; i++) {
        int decimals = i % 15;
        double drawn = (double)(next_random(&seed) >> 11) / 9007199254740992.0;
        char text[40];
        double value;

        snprintf(text, sizeof(text), "%.*f", decimals > 12 ? 12 : decimals,
                 (drawn - 0.5) * 360);
        assert_int_equal(yz_number_parse_decimal(yz_span_of(text), &value),
                         YZ_OK);
        assert_true(value == strtod(text, NULL));
        assert_false(signbit(value) && value == 0);
    }
}

static void
longer_numbers_are_within_two_units(void **state)
{
    static const char *const texts[] = {
        "120.38261234567890123",          "0.0000000000000000000000000001",
        "99999999999999999999999",        "9999999999999999999999999999999",
        "0.1234567890123456789012345678", "-179.99999999999999999999",
        "18446744073709551616",           "00000000000000000000000000000001"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        double wanted = strtod(texts[i], NULL);
        double value;

        assert_int_equal(yz_number_parse_decimal(yz_span_of(texts[i]), &value),
                         YZ_OK);
        assert_true(fabs(value - wanted) <= 2 * fabs(wanted) * 0x1p-52);
    }
}

static void
everything_but_plain_decimals_is_refused(void **state)
{
    static const char *const bad[] = {
        "",        "+",    "-",     ".",
        "1.",      ".5",   "-.5",   "1e5",
        "1E5",     "0x10", "nan",   "inf",
        "-inf",    "NaN",  "1,5",   " 1",
        "1 ",      "+-1",  "--1",   "1.2.3",
        "1..2",    "１",   "1_000", "1f",
        "1\n",     "1.-5", "0x1p3", "000000000000000000000000000000001",
        "infinity"};
    double value;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(yz_number_parse_decimal(yz_span_of(bad[i]), &value),
                         YZ_BAD_INPUT);
    }
    assert_int_equal(yz_number_parse_decimal((yz_span){"1\0", 2}, &value),
                     YZ_BAD_INPUT);
}

static void
zero_has_no_sign(void **state)
{
    double value = 1;

    (void)state;
    assert_int_equal(yz_number_parse_decimal(YZ_SPAN("-0.000"), &value), YZ_OK);
    assert_true(value == 0 && !signbit(value));
}

static void
whole_numbers_know_malformed_from_too_large(void **state)
{
    uint32_t value = 0;

    (void)state;
    assert_int_equal(yz_number_parse_u32(YZ_SPAN("100"), 100, &value), YZ_OK);
    assert_int_equal(value, 100);
    assert_int_equal(yz_number_parse_u32(YZ_SPAN("101"), 100, &value), YZ_FULL);
    assert_int_equal(
        yz_number_parse_u32(YZ_SPAN("4294967295"), UINT32_MAX, &value), YZ_OK);
    assert_int_equal(value, UINT32_MAX);
    assert_int_equal(
        yz_number_parse_u32(YZ_SPAN("4294967296"), UINT32_MAX, &value),
        YZ_FULL);
    assert_int_equal(
        yz_number_parse_u32(YZ_SPAN("99999999999999999999999999"), 9, &value),
        YZ_FULL);
    assert_int_equal(yz_number_parse_u32(YZ_SPAN("999x"), 9, &value),
                     YZ_BAD_INPUT);
    assert_int_equal(yz_number_parse_u32(YZ_SPAN(""), 9, &value), YZ_BAD_INPUT);
    assert_int_equal(yz_number_parse_u32(YZ_SPAN("+1"), 9, &value),
                     YZ_BAD_INPUT);
}

/* -120.38: cut behind the sign or the point it is no number. */
static void
try_truncation(yz_span text, void *context)
{
    double value;
    uint32_t whole;

    (void)context;
    assert_int_equal(yz_number_parse_decimal(text, &value),
                     text.n < 2 || text.n == 5 ? YZ_BAD_INPUT : YZ_OK);
    assert_int_equal(yz_number_parse_u32(text, 9, &whole), YZ_BAD_INPUT);
}

static void
truncations_stay_inside_the_text(void **state)
{
    (void)state;
    assert_int_equal(
        guard_truncations(YZ_SPAN("-120.38"), try_truncation, NULL), 8);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fifteen_digits_are_rounded_as_libc_does),
        cmocka_unit_test(longer_numbers_are_within_two_units),
        cmocka_unit_test(everything_but_plain_decimals_is_refused),
        cmocka_unit_test(zero_has_no_sign),
        cmocka_unit_test(whole_numbers_know_malformed_from_too_large),
        cmocka_unit_test(truncations_stay_inside_the_text),
    };

    return cmocka_run_group_tests_name("number", tests, NULL, NULL);
}
