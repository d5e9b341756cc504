/*
 * Protects what was rated: every rating comes back from its bytes as it was
 * put, keys sort by place and day, and bytes that are none are refused
 * without a step outside of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lmdb_schema/rating_record.h"
#include "t/unit/guard_page.h"

static const yz_rating sample = {
    .score = 4,
    .late = true,
    .hidden = true,
    .at_s = 1795800000,
    .hidden_at_s = 1795900000,
    .comment = {"sealed comment", 14},
    .reason = {"why", 3},
};

static size_t
encode(const yz_rating *rating, uint8_t bytes[static YZ_RATING_ENCODED_MAX])
{
    size_t size = 0;

    assert_int_equal(
        yz_rating_encode(rating, bytes, YZ_RATING_ENCODED_MAX, &size), YZ_OK);
    return size;
}

static void
a_rating_comes_back_as_it_was(void **state)
{
    uint8_t bytes[YZ_RATING_ENCODED_MAX];
    yz_rating read;
    size_t size = encode(&sample, bytes);

    (void)state;
    assert_int_equal(size, YZ_RATING_HEAD + 17);
    assert_int_equal(yz_rating_decode((yz_span){(char *)bytes, size}, &read),
                     YZ_OK);
    assert_int_equal(read.score, 4);
    assert_true(read.late && read.hidden);
    assert_int_equal(read.at_s, sample.at_s);
    assert_int_equal(read.hidden_at_s, sample.hidden_at_s);
    assert_true(yz_span_equal(read.comment, sample.comment));
    assert_true(yz_span_equal(read.reason, sample.reason));
}

static void
keys_sort_by_place_then_day(void **state)
{
    uint8_t a[YZ_RATING_KEY_SIZE];
    uint8_t b[YZ_RATING_KEY_SIZE];
    yz_rating_key key = {.place = 255, .day = 70000, .actor = {9, 8, 7}};
    yz_rating_key read;

    (void)state;
    yz_rating_key_write(&key, a);
    assert_int_equal(yz_rating_key_read((yz_span){(char *)a, sizeof(a)}, &read),
                     YZ_OK);
    assert_memory_equal(&read, &key, sizeof(key));
    key = (yz_rating_key){.place = 256, .day = 1};
    yz_rating_key_write(&key, b);
    assert_true(memcmp(a, b, sizeof(a)) < 0);
    key = (yz_rating_key){.place = 255, .day = 70001};
    yz_rating_key_write(&key, b);
    assert_true(memcmp(a, b, sizeof(a)) < 0);
    assert_int_equal(yz_rating_key_read((yz_span){(char *)a, 23}, &read),
                     YZ_CORRUPT);
}

static void
what_is_out_of_range_is_not_written(void **state)
{
    uint8_t bytes[YZ_RATING_ENCODED_MAX];
    yz_rating rating = sample;
    size_t size;

    (void)state;
    for (unsigned score = 0; score < 256; score++) {
        rating.score = (uint8_t)score;
        assert_int_equal(yz_rating_encode(&rating, bytes, sizeof(bytes), &size),
                         score >= 1 && score <= 5 ? YZ_OK : YZ_BAD_INPUT);
    }
    rating = sample;
    rating.hidden = false;
    assert_int_equal(yz_rating_encode(&rating, bytes, sizeof(bytes), &size),
                     YZ_BAD_INPUT);
    rating = sample;
    rating.comment.n = YZ_RATING_SEALED_MAX + 1;
    assert_int_equal(yz_rating_encode(&rating, bytes, sizeof(bytes), &size),
                     YZ_BAD_INPUT);
    assert_int_equal(yz_rating_encode(&sample, bytes, YZ_RATING_HEAD, &size),
                     YZ_FULL);
}

static void
refuse_cut(yz_span text, void *context)
{
    yz_rating rating;

    assert_int_equal(yz_rating_decode(text, &rating),
                     text.n == *(size_t *)context ? YZ_OK : YZ_CORRUPT);
}

static void
bytes_that_are_none_are_refused(void **state)
{
    uint8_t bytes[YZ_RATING_ENCODED_MAX];
    size_t size = encode(&sample, bytes);
    yz_span span = {(char *)bytes, size};
    yz_rating rating;

    (void)state;
    assert_int_equal(guard_truncations(span, refuse_cut, &size), size + 1);
    bytes[3] = 1;
    assert_int_equal(yz_rating_decode(span, &rating), YZ_CORRUPT);
    bytes[3] = 0;
    bytes[2] |= 4;
    assert_int_equal(yz_rating_decode(span, &rating), YZ_CORRUPT);
    bytes[2] = 3;
    bytes[1] = 6;
    assert_int_equal(yz_rating_decode(span, &rating), YZ_CORRUPT);
    bytes[0] = 2;
    assert_int_equal(yz_rating_decode(span, &rating), YZ_FORMAT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rating_comes_back_as_it_was),
        cmocka_unit_test(keys_sort_by_place_then_day),
        cmocka_unit_test(what_is_out_of_range_is_not_written),
        cmocka_unit_test(bytes_that_are_none_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
