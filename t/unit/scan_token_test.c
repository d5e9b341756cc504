/*
 * Protects the layout of scan tokens, which pages keep for a day and another
 * process reads: one text per token, and a message that no other MAC covers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/scan_token.h"
#include "t/unit/guard_page.h"

static const uint8_t tag[YZ_SCAN_TAG_SIZE] = {0, 1, 2,  3,  4,  5,   6,   7,
                                              8, 9, 10, 11, 12, 253, 254, 255};

static void
a_token_reads_back(void **state)
{
    char text[YZ_SCAN_TOKEN_SIZE];
    yz_scan_token token;

    (void)state;
    yz_scan_token_write(YZ_SCAN_HMAC_SHA256, 7, 0x01020304, tag, text);
    assert_string_equal(text, "AQcBAgMEAAECAwQFBgcICQoLDP3-_w");
    assert_int_equal(yz_scan_token_read(yz_span_of(text), &token), YZ_OK);
    assert_int_equal(token.algorithm, YZ_SCAN_HMAC_SHA256);
    assert_int_equal(token.key_id, 7);
    assert_int_equal(token.window, 0x01020304);
    assert_memory_equal(token.tag, tag, sizeof(tag));
}

static void
try_truncation(yz_span text, void *context)
{
    yz_scan_token token;

    (void)context;
    assert_int_equal(yz_scan_token_read(text, &token),
                     text.n == YZ_SCAN_TOKEN_LENGTH ? YZ_OK : YZ_BAD_INPUT);
}

static void
truncations_and_longer_texts_are_refused(void **state)
{
    char text[YZ_SCAN_TOKEN_SIZE];
    yz_scan_token token;

    (void)state;
    yz_scan_token_write(1, 255, UINT32_MAX, tag, text);
    assert_int_equal(guard_truncations(yz_span_of(text), try_truncation, NULL),
                     YZ_SCAN_TOKEN_SIZE);
    assert_int_equal(
        yz_scan_token_read((yz_span){text, YZ_SCAN_TOKEN_SIZE}, &token),
        YZ_BAD_INPUT);
}

static void
every_other_last_character_is_refused(void **state)
{
    char text[YZ_SCAN_TOKEN_SIZE];
    yz_scan_token token;
    int good = 0;

    (void)state;
    yz_scan_token_write(1, 2, 3, tag, text);
    for (int c = 0; c < 256; c++) {
        text[YZ_SCAN_TOKEN_LENGTH - 1] = (char)c;
        good += yz_scan_token_read((yz_span){text, YZ_SCAN_TOKEN_LENGTH},
                                   &token) == YZ_OK;
    }
    /* Its four low bits are not the token's: 4 of 64 characters remain. */
    assert_int_equal(good, 4);
}

static void
the_message_names_purpose_window_and_place(void **state)
{
    uint8_t message[YZ_SCAN_MESSAGE_MAX];
    char long_id[YZ_ID_MAX + 1];
    yz_span id = {long_id, YZ_ID_MAX};

    (void)state;
    memset(long_id, 'x', sizeof(long_id));
    assert_int_equal(
        yz_scan_token_message(YZ_SPAN("qd-1"), 0x0a0b0c0d, message), 24);
    assert_memory_equal(message, "yizhan scan v1\0\0\x0a\x0b\x0c\x0dqd-1", 24);
    assert_int_equal(yz_scan_token_message(id, 1, message),
                     YZ_SCAN_MESSAGE_MAX);
    id.n++;
    assert_int_equal(yz_scan_token_message(id, 1, message), 0);
    assert_int_equal(yz_scan_token_message(YZ_SPAN(""), 1, message), 0);
}

static void
windows_are_ten_minutes(void **state)
{
    (void)state;
    assert_int_equal(yz_scan_window(-1), 0);
    assert_int_equal(yz_scan_window(0), 0);
    assert_int_equal(yz_scan_window(599), 0);
    assert_int_equal(yz_scan_window(600), 1);
    assert_int_equal(yz_scan_window_end_s(0), 600);
    assert_int_equal(yz_scan_window_end_s(UINT32_MAX),
                     INT64_C(4294967296) * 600);
    for (int64_t now_s = 1750000000; now_s < 1750002000; now_s += 7) {
        int64_t end_s = yz_scan_window_end_s(yz_scan_window(now_s));

        assert_true(end_s > now_s && end_s <= now_s + YZ_SCAN_WINDOW_S);
    }
}

static void
comparison_sees_every_bit(void **state)
{
    uint8_t other[YZ_SCAN_TAG_SIZE];

    (void)state;
    memcpy(other, tag, sizeof(tag));
    assert_true(yz_equal_constant_time(tag, other, sizeof(tag)));
    assert_true(yz_equal_constant_time(tag, other, 0));
    for (size_t bit = 0; bit < sizeof(tag) * 8; bit++) {
        other[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(yz_equal_constant_time(tag, other, sizeof(tag)));
        other[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_reads_back),
        cmocka_unit_test(truncations_and_longer_texts_are_refused),
        cmocka_unit_test(every_other_last_character_is_refused),
        cmocka_unit_test(the_message_names_purpose_window_and_place),
        cmocka_unit_test(windows_are_ten_minutes),
        cmocka_unit_test(comparison_sees_every_bit),
    };

    return cmocka_run_group_tests_name("scan_token", tests, NULL, NULL);
}
