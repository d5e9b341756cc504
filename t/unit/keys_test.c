/*
 * Protects the key file's grammar (a mistyped key must be refused with its
 * line, not sign tokens that nobody accepts) and the two MACs: the values
 * here come from Python's hmac, so the writer of another language agrees.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lmdb_schema/keys.h"
#include "t/unit/guard_page.h"
#include "t/unit/scratch_dir.h"

#define X8(s) s s s s s s s s
#define KEY_1 X8("11111111")
#define KEY_2 X8("22222222")
#define KEY_3 X8("33333333")
#define KEY_4 X8("44444444")
#define CODE "code 1 hs256 " KEY_1 "\n"

static const char good[] = "# made by a test\n"
                           "\n" CODE "scan 9 hs256 3702 " KEY_2 "\n"
                           "scan 10 hs256 3702 " KEY_3 "\n"
                           "scan 1 hs256 0000 " KEY_4;

static yz_keyring *
ring_of(const char *text)
{
    yz_keyring *ring;
    unsigned line = 77;

    assert_int_equal(YZ_OK, yz_keyring_parse(yz_span_of(text), &ring, &line));
    assert_int_equal(0, line);
    return ring;
}

static void
assert_hex(const char *hex, const uint8_t tag[static YZ_TAG_SIZE])
{
    char text[2 * YZ_TAG_SIZE + 1];

    for (size_t i = 0; i < YZ_TAG_SIZE; i++) {
        snprintf(text + 2 * i, 3, "%02x", tag[i]);
    }
    assert_string_equal(hex, text);
}

static void
a_code_hash_is_the_first_half_of_hmac_sha256(void **state)
{
    yz_keyring *ring = ring_of(good);
    uint8_t hash[YZ_TAG_SIZE];

    (void)state;
    for (int again = 0; again < 3; again++) {
        assert_int_equal(
            YZ_OK, yz_keyring_code_hash(ring, YZ_SPAN("0123456789ABC"), hash));
        assert_hex("b289891022d03d709edd64e0fe3d87ca", hash);
    }
    yz_keyring_free(ring);
}

static void
a_scan_tag_is_made_with_the_newest_key_of_the_region(void **state)
{
    yz_keyring *ring = ring_of(good);
    uint8_t tag[YZ_TAG_SIZE], key_id;

    (void)state;
    assert_int_equal(
        YZ_OK,
        yz_keyring_scan_tag(ring, 370202, YZ_SPAN("message"), &key_id, tag));
    assert_int_equal(10, key_id);
    assert_hex("c3c19a5bedf7a176d2d240c255858f40", tag);
    assert_int_equal(
        YZ_OK, yz_keyring_scan_tag(ring, 0, YZ_SPAN("message"), &key_id, tag));
    assert_int_equal(1, key_id);
    assert_hex("db15afe0f2db977fe815f471771455c0", tag);
    yz_keyring_free(ring);
}

static void
a_region_without_key_gets_no_tag(void **state)
{
    static const uint32_t regions[] = {370300, 370199, 110101, 999999,
                                       UINT32_MAX};
    yz_keyring *ring = ring_of(good);
    uint8_t tag[YZ_TAG_SIZE], key_id;

    (void)state;
    for (size_t i = 0; i < sizeof(regions) / sizeof(regions[0]); i++) {
        assert_int_equal(
            YZ_NOT_FOUND,
            yz_keyring_scan_tag(ring, regions[i], YZ_SPAN("m"), &key_id, tag));
    }
    yz_keyring_free(ring);
    ring = ring_of(CODE);
    assert_int_equal(YZ_NOT_FOUND,
                     yz_keyring_scan_tag(ring, 0, YZ_SPAN("m"), &key_id, tag));
    yz_keyring_free(ring);
}

static void
every_region_finds_its_own_key(void **state)
{
    static char text[400 * 100];
    size_t n = 0;
    uint8_t tag[YZ_TAG_SIZE], key_id;

    (void)state;
    for (unsigned r = 0; r < 399; r++) { /* not in the order of regions */
        n += (size_t)sprintf(text + n, "scan %u hs256 %04u " KEY_2 "\n",
                             r % 255 + 1, r * 7919 % 10000);
    }
    strcpy(text + n, CODE);
    yz_keyring *ring = ring_of(text);
    for (unsigned r = 0; r < 399; r++) {
        assert_int_equal(
            YZ_OK, yz_keyring_scan_tag(ring, r * 7919 % 10000 * 100 + r % 100,
                                       YZ_SPAN("m"), &key_id, tag));
        assert_int_equal(r % 255 + 1, key_id);
    }
    yz_keyring_free(ring);
}

static void
malformed_files_are_refused_with_their_line(void **state)
{
    static const struct {
        const char *text;
        unsigned line;
    } cases[] = {
        {"", 0},
        {"# nothing\n", 0},
        {"scan 1 hs256 3702 " KEY_2 "\n", 0}, /* no code key */
        {CODE CODE, 2},
        {CODE "\ncode 2 hs256 " KEY_2 "\n", 3},
        {CODE "scan 1 hs256 3702 " KEY_2 "\nscan 1 hs256 3702 " KEY_3, 0},
        {CODE "scan 0 hs256 3702 " KEY_2, 2},
        {CODE "scan 256 hs256 3702 " KEY_2, 2},
        {CODE "scan 1000 hs256 3702 " KEY_2, 2},
        {CODE "scan 01 hs256 3702 " KEY_2, 2},
        {CODE "scan -1 hs256 3702 " KEY_2, 2},
        {CODE "scan  1 hs256 3702 " KEY_2, 2},
        {CODE "scan 1 hs256 370 " KEY_2, 2},
        {CODE "scan 1 hs256 37020 " KEY_2, 2},
        {CODE "scan 1 hs512 3702 " KEY_2, 2},
        {CODE "scan 1 HS256 3702 " KEY_2, 2},
        {CODE "scan 1 hs256 3702 " KEY_2 " ", 2},
        {CODE "scan 1 hs256 3702 " KEY_2 "\r\n", 2},
        {CODE "scan 1 hs256 3702 " KEY_2 "0", 2},
        {CODE "scan 1 hs256 3702 " X8("2222222g"), 2},
        {CODE " # indented\n", 2},
        {CODE "sign 1 hs256 3702 " KEY_2, 2},
        {"code hs256 " KEY_1, 1},
        {"code 1 hs256 " X8("1111111"), 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        yz_keyring *ring;
        unsigned line = 77;
        assert_int_equal(
            YZ_BAD_INPUT,
            yz_keyring_parse(yz_span_of(cases[i].text), &ring, &line));
        assert_null(ring);
        assert_int_equal(cases[i].line, line);
    }
}

static void
a_nul_is_no_end(void **state)
{
    static const char text[] = CODE "\0junk\n";
    yz_keyring *ring;
    unsigned line;

    (void)state;
    assert_int_equal(YZ_BAD_INPUT,
                     yz_keyring_parse(YZ_SPAN(text), &ring, &line));
    assert_int_equal(2, line);
}

static void
try_truncation(yz_span text, void *context)
{
    yz_keyring *ring;
    unsigned line;

    (void)context;
    yz_status status = yz_keyring_parse(text, &ring, &line);
    assert_true(status == YZ_OK || status == YZ_BAD_INPUT);
    assert_true((status == YZ_OK) == (ring != NULL));
    yz_keyring_free(ring);
}

static void
no_truncation_reads_past_its_end(void **state)
{
    (void)state;
    assert_int_equal(sizeof(good),
                     guard_truncations(yz_span_of(good), try_truncation, NULL));
}

static void
a_file_is_read_or_its_absence_told(void **state)
{
    char dir[SCRATCH_SIZE], path[SCRATCH_SIZE + 16];
    yz_keyring *ring;
    unsigned line = 77;

    (void)state;
    assert_int_equal(0, scratch_make(dir));
    assert_int_equal(YZ_IO, yz_keyring_load(dir, &ring, &line));
    snprintf(path, sizeof(path), "%s/read.keys", dir);
    assert_int_equal(YZ_NOT_FOUND, yz_keyring_load(path, &ring, &line));
    assert_null(ring);
    assert_int_equal(0, line);
    FILE *file = fopen(path, "w");
    fputs(good, file);
    fclose(file);
    assert_int_equal(YZ_OK, yz_keyring_load(path, &ring, &line));
    yz_keyring_free(ring);
    file = fopen(path, "a");
    for (int i = 0; i <= YZ_KEYS_FILE_MAX; i += 64) {
        fprintf(file, "\n#%62s", "");
    }
    fclose(file);
    assert_int_equal(YZ_BAD_INPUT, yz_keyring_load(path, &ring, &line));
    /* Root may read everything, so the test becomes someone else. */
    assert_int_equal(0, chmod(path, 0));
    assert_int_equal(0, chmod(dir, 0755));
    if (geteuid() == 0) {
        assert_int_equal(0, seteuid(65534));
    }
    yz_status denied = yz_keyring_load(path, &ring, &line);
    if (getuid() == 0) {
        assert_int_equal(0, seteuid(0));
    }
    assert_int_equal(YZ_DENIED, denied);
    assert_null(ring);
    yz_keyring_free(NULL);
    scratch_remove(dir);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_code_hash_is_the_first_half_of_hmac_sha256),
        cmocka_unit_test(a_scan_tag_is_made_with_the_newest_key_of_the_region),
        cmocka_unit_test(a_region_without_key_gets_no_tag),
        cmocka_unit_test(every_region_finds_its_own_key),
        cmocka_unit_test(malformed_files_are_refused_with_their_line),
        cmocka_unit_test(a_nul_is_no_end),
        cmocka_unit_test(no_truncation_reads_past_its_end),
        cmocka_unit_test(a_file_is_read_or_its_absence_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
