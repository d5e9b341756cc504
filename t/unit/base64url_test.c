/*
 * Protects tokens and cursors from having two texts: each run of bytes has
 * one, and everything else is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base64url.h"
#include "t/unit/guard_page.h"

static void
the_vectors_of_rfc_4648_hold(void **state)
{
    static const char *const vectors[][2] = {{"", ""},
                                             {"f", "Zg"},
                                             {"fo", "Zm8"},
                                             {"foo", "Zm9v"},
                                             {"foob", "Zm9vYg"},
                                             {"fooba", "Zm9vYmE"},
                                             {"foobar", "Zm9vYmFy"},
                                             {"\xfb\xff\xbf", "-_-_"}};

    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        const char *bytes = vectors[i][0];
        size_t n = strlen(bytes);
        char text[16];
        uint8_t back[16];
        size_t back_n;

        assert_int_equal(yz_base64url_encode((const uint8_t *)bytes, n, text),
                         strlen(vectors[i][1]));
        assert_int_equal(YZ_BASE64URL_LENGTH(n), strlen(vectors[i][1]));
        assert_memory_equal(text, vectors[i][1], strlen(vectors[i][1]));
        assert_int_equal(yz_base64url_decode(yz_span_of(vectors[i][1]), back,
                                             sizeof(back), &back_n),
                         YZ_OK);
        assert_int_equal(back_n, n);
        assert_memory_equal(back, bytes, n);
    }
}

static void
other_texts_are_refused(void **state)
{
    static const char *const bad[] = {"A",     "Zg==",  "Zh",      "Zm9",
                                      "Zm9v=", "Zm+v",  "Zm/v",    "Z m9",
                                      "Zm9vY", "Zm\n9", "\xc3\xa9"};
    uint8_t bytes[16];
    size_t n;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(yz_base64url_decode(yz_span_of(bad[i]), bytes, 16, &n),
                         YZ_BAD_INPUT);
    }
}

static void
room_is_kept(void **state)
{
    uint8_t *end = (uint8_t *)guard_open();
    size_t n;

    (void)state;
    assert_non_null(end);
    for (size_t cap = 0; cap < 6; cap++) {
        assert_int_equal(
            yz_base64url_decode(YZ_SPAN("Zm9vYmFy"), end - cap, cap, &n),
            YZ_FULL);
    }
    assert_int_equal(yz_base64url_decode(YZ_SPAN("Zm9vYmFy"), end - 6, 6, &n),
                     YZ_OK);
    guard_close((char *)end);
}

static void
try_truncation(yz_span text, void *context)
{
    uint8_t bytes[16];
    size_t n = 99;

    (void)context;
    if (yz_base64url_decode(text, bytes, sizeof(bytes), &n) == YZ_OK) {
        assert_int_equal(YZ_BASE64URL_LENGTH(n), text.n);
    }
}

static void
truncations_stay_inside_the_text(void **state)
{
    (void)state;
    assert_int_equal(
        guard_truncations(YZ_SPAN("AAAAAAAAAA"), try_truncation, NULL), 11);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_rfc_4648_hold),
        cmocka_unit_test(other_texts_are_refused),
        cmocka_unit_test(room_is_kept),
        cmocka_unit_test(truncations_stay_inside_the_text),
    };

    return cmocka_run_group_tests_name("base64url", tests, NULL, NULL);
}
