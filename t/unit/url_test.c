/*
 * Protects paths and query strings: what is decoded is clean text, whatever
 * way its bytes were written.  Without it %00 cuts an id short and %c0%af is
 * a slash.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/url.h"
#include "t/unit/guard_page.h"

static void
assert_decodes(const char *text, bool plus_is_space, const char *wanted)
{
    char buf[256];
    yz_span decoded;

    assert_int_equal(yz_url_decode(yz_span_of(text), plus_is_space, buf,
                                   sizeof(buf), &decoded),
                     YZ_OK);
    assert_int_equal(decoded.n, strlen(wanted));
    assert_memory_equal(decoded.p, wanted, decoded.n);
}

static void
escapes_and_raw_utf8_decode(void **state)
{
    (void)state;
    assert_decodes("", true, "");
    assert_decodes("abc", true, "abc");
    assert_decodes("%e9%A9%BF%E7%ab%99", true, "驿站");
    assert_decodes("驿%e7%ab%99", true, "驿站");
    assert_decodes("a%2Cb%25%2b", true, "a,b%+");
    assert_decodes("%2525", true, "%25");
}

static void
a_plus_is_a_space_only_where_asked(void **state)
{
    (void)state;
    assert_decodes("a+b", true, "a b");
    assert_decodes("a+b", false, "a+b");
    assert_decodes("a%2Bb", true, "a+b");
}

static void
bad_escapes_and_dirty_bytes_are_refused(void **state)
{
    static const char *const bad[] = {
        "%",         "%4",        "a%",  "%zz",          "%4g",
        "%g4",       "%00",       "%0a", "%7f",          "%c0%af",
        "%e0%80%af", "%ed%a0%80", "%ff", "%f4%90%80%80", "\xe9",
        "%e9%a9",    "%e2%80%ae", "%+1", "%e2%80%a8",    "%%41",
        "%u9a7f",    "\x01"};
    char buf[64];
    yz_span decoded;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(
            yz_url_decode(yz_span_of(bad[i]), true, buf, sizeof(buf), &decoded),
            YZ_BAD_INPUT);
    }
}

static void
a_small_buffer_is_full_and_never_exceeded(void **state)
{
    char *end = guard_open();
    yz_span decoded;

    (void)state;
    assert_non_null(end);
    for (size_t cap = 0; cap < 6; cap++) {
        assert_int_equal(yz_url_decode(YZ_SPAN("%e9%A9%BFabc"), true, end - cap,
                                       cap, &decoded),
                         YZ_FULL);
    }
    assert_int_equal(
        yz_url_decode(YZ_SPAN("%e9%A9%BFabc"), true, end - 6, 6, &decoded),
        YZ_OK);
    assert_memory_equal(decoded.p, "驿abc", 6);
    guard_close(end);
}

static void
decoding_in_place_works(void **state)
{
    char buf[] = "%e9%A9%BF+%E7%ab%99";
    yz_span decoded;

    (void)state;
    assert_int_equal(yz_url_decode((yz_span){buf, strlen(buf)}, true, buf,
                                   sizeof(buf), &decoded),
                     YZ_OK);
    assert_memory_equal(decoded.p, "驿 站", decoded.n);
}

/* The text is a%2Cb%e9%a9%bf: lengths at which no escape or character is cut. */
static void
try_truncation(yz_span text, void *context)
{
    char buf[64];
    yz_span decoded;
    bool whole = text.n < 2 || text.n == 4 || text.n == 5 || text.n == 14;
    yz_status status = yz_url_decode(text, true, buf, sizeof(buf), &decoded);

    (void)context;
    assert_int_equal(status, whole ? YZ_OK : YZ_BAD_INPUT);
}

static void
truncations_stay_inside_the_text(void **state)
{
    (void)state;
    assert_int_equal(
        guard_truncations(YZ_SPAN("a%2Cb%e9%a9%bf"), try_truncation, NULL), 15);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes_and_raw_utf8_decode),
        cmocka_unit_test(a_plus_is_a_space_only_where_asked),
        cmocka_unit_test(bad_escapes_and_dirty_bytes_are_refused),
        cmocka_unit_test(a_small_buffer_is_full_and_never_exceeded),
        cmocka_unit_test(decoding_in_place_works),
        cmocka_unit_test(truncations_stay_inside_the_text),
    };

    return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}
