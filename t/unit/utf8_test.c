/*
 * Protects everything behind the parsers from bytes that are no text: an
 * overlong form that hides a character, a surrogate that breaks JSON, a
 * direction override that makes a name read as another one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/utf8.h"
#include "t/unit/guard_page.h"

/* Writes the plain generalised UTF-8 of `c` in `size` bytes. */
static yz_span
encode(uint32_t c, size_t size, char *buf)
{
    static const uint8_t leads[] = {0, 0, 0xc0, 0xe0, 0xf0};

    for (size_t i = size; i > 1; i--) {
        buf[i - 1] = (char)(0x80 | (c & 0x3f));
        c >>= 6;
    }
    buf[0] = (char)(leads[size] | c);
    return (yz_span){buf, size};
}

static size_t
shortest(uint32_t c)
{
    return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
}

static void
every_code_point_is_valid_but_surrogates(void **state)
{
    char buf[4];

    (void)state;
    for (uint32_t c = 0; c < 0x1fffff; c++) {
        bool wanted = c <= 0x10ffff && !(c >= 0xd800 && c <= 0xdfff);

        assert_int_equal(yz_utf8_valid(encode(c, shortest(c), buf)), wanted);
    }
}

static void
overlong_forms_are_refused(void **state)
{
    char buf[4];

    (void)state;
    for (uint32_t c = 0; c < 0x10000; c++) {
        for (size_t size = shortest(c) + 1; size <= 4; size++) {
            assert_false(yz_utf8_valid(encode(c, size, buf)));
        }
    }
}

/* Straight from the table of RFC 3629 section 4, written the other way. */
static bool
is_valid_pair(uint8_t a, uint8_t b)
{
    if (a < 0x80) {
        return b < 0x80;
    }
    return a >= 0xc2 && a <= 0xdf && b >= 0x80 && b <= 0xbf;
}

static void
every_pair_of_bytes_is_judged_right(void **state)
{
    (void)state;
    for (unsigned a = 0; a < 256; a++) {
        for (unsigned b = 0; b < 256; b++) {
            char pair[2] = {(char)a, (char)b};

            assert_int_equal(yz_utf8_valid((yz_span){pair, 2}),
                             is_valid_pair((uint8_t)a, (uint8_t)b));
        }
    }
}

/* Cut inside a character: bad; between two: good.  Never a byte too far. */
static void
try_truncation(yz_span text, void *context)
{
    static const bool good[] = {true, true,  false, false, true, false,
                                true, false, false, false, true};

    (void)context;
    assert_int_equal(yz_utf8_valid(text), good[text.n]);
    assert_int_equal(yz_text_clean(text), good[text.n]);
}

static void
truncations_stay_inside_the_text(void **state)
{
    (void)state;
    assert_int_equal(guard_truncations(YZ_SPAN("a驿é😀"), try_truncation, NULL),
                     11);
}

static void
clean_text_holds_what_people_write(void **state)
{
    (void)state;
    assert_true(yz_text_clean(YZ_SPAN("")));
    assert_true(yz_text_clean(YZ_SPAN("rest:休憩處")));
    assert_true(yz_text_clean(YZ_SPAN("wifi:商店/商場")));
    assert_true(yz_text_clean(
        YZ_SPAN("a b ~ 👷‍♂️ \u200d \u2027 \u202f \u2065")));
    assert_true(yz_text_clean(YZ_SPAN("\u00a0\ufffd\ue000")));
}

static void
clean_text_holds_no_control_and_no_override(void **state)
{
    static const uint32_t dirty[] = {0x7f,   0x80,    0x85,    0x9f,   0x61c,
                                     0x200e, 0x200f,  0x2028,  0x2029, 0x202a,
                                     0x202e, 0x2066,  0x2069,  0xfeff, 0xfffe,
                                     0xffff, 0x1fffe, 0x10ffff};
    char buf[4];

    (void)state;
    for (uint32_t c = 0; c < 0x20; c++) {
        assert_false(yz_text_clean(encode(c, 1, buf)));
    }
    for (size_t i = 0; i < sizeof(dirty) / sizeof(dirty[0]); i++) {
        yz_span text = encode(dirty[i], shortest(dirty[i]), buf);

        assert_true(yz_utf8_valid(text));
        assert_false(yz_text_clean(text));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point_is_valid_but_surrogates),
        cmocka_unit_test(overlong_forms_are_refused),
        cmocka_unit_test(every_pair_of_bytes_is_judged_right),
        cmocka_unit_test(truncations_stay_inside_the_text),
        cmocka_unit_test(clean_text_holds_what_people_write),
        cmocka_unit_test(clean_text_holds_no_control_and_no_override),
    };

    return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
