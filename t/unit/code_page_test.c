/*
 * Protects the pages that codes are found in: what was put is found, whatever
 * else is there; a full page says so; any bytes are searched within bounds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lmdb_schema/code_page.h"

#define BITS 5

static uint64_t seed = 1;

static void
draw(uint8_t hash[static YZ_CODE_HASH_SIZE], uint32_t bucket)
{
    for (size_t i = 0; i < YZ_CODE_HASH_SIZE; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        hash[i] = (uint8_t)(seed >> 33);
    }
    hash[0] = (uint8_t)(bucket << (8 - BITS) | (hash[0] & 7));
}

static void
the_leading_bits_choose_the_bucket(void **state)
{
    const uint8_t hash[YZ_CODE_HASH_SIZE] = {0x81, 0x23, 0x45, 0x67};

    (void)state;
    assert_int_equal(4, yz_code_bucket(hash, 3));
    assert_int_equal(0x812345, yz_code_bucket(hash, 24));
}

static void
what_was_put_is_found_until_the_page_is_full(void **state)
{
    static uint8_t hashes[YZ_CODE_PAGE_MAX + 1][YZ_CODE_HASH_SIZE];
    yz_code_value value;
    yz_code_page page;

    (void)state;
    yz_code_page_start(&page, 9, BITS);
    for (uint32_t i = 0; i <= YZ_CODE_PAGE_MAX; i++) {
        draw(hashes[i], 9);
        value = (yz_code_value){i + 1, 0};
        assert_int_equal(i < YZ_CODE_PAGE_MAX ? YZ_OK : YZ_FULL,
                         yz_code_page_put(&page, hashes[i], &value));
        assert_true(yz_code_page_sound(&page));
    }
    for (uint32_t i = 0; i < YZ_CODE_PAGE_MAX; i++) {
        value = (yz_code_value){i + 1, 1};
        assert_int_equal(YZ_OK, yz_code_page_put(&page, hashes[i], &value));
    }
    for (uint32_t i = 0; i < YZ_CODE_PAGE_MAX; i++) {
        assert_int_equal(YZ_OK, yz_code_page_find(&page, hashes[i], &value));
        assert_int_equal(i + 1, value.number);
        assert_int_equal(1, value.revoked);
    }
    assert_int_equal(
        YZ_NOT_FOUND,
        yz_code_page_find(&page, hashes[YZ_CODE_PAGE_MAX], &value));
    assert_int_equal(YZ_CODE_PAGE_MAX, page.head.count);
    assert_true(yz_code_page_sound(&page));
}

/* All of them begin at the last line, so they run on into the first ones. */
static void
lines_run_over(void **state)
{
    uint8_t hash[YZ_CODE_HASH_SIZE] = {0, 0, 0, 0, 0xff, 0xff};
    yz_code_value value = {.revoked = 0};
    yz_code_page page;

    (void)state;
    yz_code_page_start(&page, 0, BITS);
    for (uint32_t i = 1; i <= 50; i++) {
        hash[10] = (uint8_t)i;
        value.number = i;
        assert_int_equal(YZ_OK, yz_code_page_put(&page, hash, &value));
    }
    for (uint32_t i = 1; i <= 50; i++) {
        hash[10] = (uint8_t)i;
        assert_int_equal(YZ_OK, yz_code_page_find(&page, hash, &value));
        assert_int_equal(i, value.number);
    }
    assert_true(yz_code_page_sound(&page));
}

static void
another_page_does_not_fit(void **state)
{
    yz_code_page page;

    (void)state;
    yz_code_page_start(&page, 3, BITS);
    assert_true(yz_code_page_fits(&page, sizeof(page), 3, BITS));
    assert_false(yz_code_page_fits(&page, sizeof(page) - 1, 3, BITS));
    assert_false(yz_code_page_fits(&page, sizeof(page), 4, BITS));
    assert_false(yz_code_page_fits(&page, sizeof(page), 3, BITS + 1));
    assert_false(yz_code_page_fits(&page, 0, 3, BITS));
    page.head.count = YZ_CODE_PAGE_MAX + 1;
    assert_false(yz_code_page_fits(&page, sizeof(page), 3, BITS));
}

static void
damage_is_seen(void **state)
{
    uint8_t hash[YZ_CODE_HASH_SIZE];
    yz_code_value value = {7, 0};
    yz_code_page page, whole;
    const yz_code_entry *entries = page.lines[0];
    const yz_code_entry *before = whole.lines[0];

    (void)state;
    yz_code_page_start(&whole, 1, BITS);
    draw(hash, 1);
    assert_int_equal(YZ_OK, yz_code_page_put(&whole, hash, &value));
    page = whole;
    page.head.count = 2;
    assert_false(yz_code_page_sound(&page));
    for (size_t at = sizeof(page.head); at < sizeof(page); at++) {
        page = whole;
        ((uint8_t *)&page)[at] ^= 0xff;
        size_t entry = (at - sizeof(page.head)) / sizeof(yz_code_entry);
        bool used = entries[entry].number != 0;
        size_t in = (at - sizeof(page.head)) % sizeof(yz_code_entry);
        /* Another number or tail of a code is a sound page of other codes. */
        if (!used || in == offsetof(yz_code_entry, revoked) ||
            before[entry].number == 0) {
            assert_false(yz_code_page_sound(&page));
        }
    }
}

static void
any_bytes_are_searched_within_bounds(void **state)
{
    (void)state;
    for (int round = 0; round < 2000; round++) {
        yz_code_page *page = malloc(sizeof(*page));
        uint8_t hash[YZ_CODE_HASH_SIZE];
        yz_code_value value;

        assert_non_null(page);
        memset(page, round & 1 ? 0xff : 0, sizeof(*page));
        for (size_t i = 0; i + sizeof(hash) <= sizeof(*page); i += 16) {
            draw((uint8_t *)page + i, 0);
        }
        draw(hash, 0);
        (void)yz_code_page_find(page, hash, &value);
        (void)yz_code_page_sound(page);
        free(page);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_leading_bits_choose_the_bucket),
        cmocka_unit_test(what_was_put_is_found_until_the_page_is_full),
        cmocka_unit_test(lines_run_over),
        cmocka_unit_test(another_page_does_not_fit),
        cmocka_unit_test(damage_is_seen),
        cmocka_unit_test(any_bytes_are_searched_within_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
