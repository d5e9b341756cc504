/*
 * The vault keeps people apart from what they wrote: whatever was sealed
 * opens only for its person, at its place, with every bit as it was; ids give
 * no name away; a scan token is good for one place, region and half hour.
 * If this goes wrong, personal data leaks or can never be read again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "admin/vault/vault.h"
#include "core/scan_token.h"
#include "lmdb_schema/files_write.h"
#include "lmdb_schema/keys_write.h"
#include "lmdb_schema/masters_write.h"
#include "t/unit/scratch_dir.h"

#define PLAIN YZ_SPAN("我叫王小明，电话 13800001111")
#define CONTEXT YZ_SPAN("ticket/17/text")

static char dir[SCRATCH_SIZE];

static void
key_path(char path[static YZ_PATH_MAX])
{
    char private_dir[YZ_PATH_MAX];

    assert_int_equal(yz_path_join(private_dir, dir, "private"), YZ_OK);
    mkdir(private_dir, 0700);
    assert_int_equal(yz_path_join(path, dir, "private/keys"), YZ_OK);
}

static size_t
read_keys(char *text, size_t cap)
{
    char path[YZ_PATH_MAX];
    size_t n = 0;

    key_path(path);
    assert_int_equal(yz_file_read(path, text, cap, &n), YZ_OK);
    return n;
}

static void
write_keys(yz_span text)
{
    char path[YZ_PATH_MAX];

    key_path(path);
    assert_int_equal(yz_file_replace(path, text, 0600), YZ_OK);
}

static int
setup(void **state)
{
    char path[YZ_PATH_MAX];
    yz_vault *vault;

    if (scratch_make(dir) != 0) {
        return -1;
    }
    key_path(path);
    if (yz_vault_open(dir, &vault) != YZ_OK) {
        return -1;
    }
    *state = vault;
    return 0;
}

static int
teardown(void **state)
{
    yz_vault_close(*state);
    scratch_remove(dir);
    return 0;
}

static void
person(yz_vault *vault, const char *subject, uint8_t *id, uint8_t *wrapped)
{
    assert_int_equal(yz_vault_person_id(vault, YZ_SPAN("https://city.example"),
                                        yz_span_of(subject), id),
                     YZ_OK);
    assert_int_equal(yz_vault_person_new(vault, id, wrapped), YZ_OK);
}

static void
ids_are_of_issuer_and_subject_and_stay(void **state)
{
    yz_vault *vault = *state, *again;
    uint8_t a[16], b[16];

    assert_int_equal(yz_vault_person_id(vault, YZ_SPAN("ab"), YZ_SPAN("c"), a),
                     YZ_OK);
    assert_int_equal(a[0], 1);
    yz_vault_person_id(vault, YZ_SPAN("a"), YZ_SPAN("bc"), b);
    assert_memory_not_equal(a, b, 16);
    yz_vault_device_id(vault, YZ_SPAN("abc"), b);
    assert_memory_not_equal(a, b, 16);
    assert_int_equal(yz_vault_open(dir, &again), YZ_OK);
    yz_vault_person_id(again, YZ_SPAN("ab"), YZ_SPAN("c"), b);
    assert_memory_equal(a, b, 16);
    yz_vault_close(again);
}

static void
hashes_depend_on_their_purpose(void **state)
{
    uint8_t a[16], b[16], c[16];

    assert_int_equal(yz_vault_hash(*state, "receipt", YZ_SPAN("x"), a), YZ_OK);
    yz_vault_hash(*state, "session", YZ_SPAN("x"), b);
    yz_vault_hash(*state, "receipt", YZ_SPAN("y"), c);
    assert_int_equal(a[0], 1);
    assert_memory_not_equal(a, b, 16);
    assert_memory_not_equal(a, c, 16);
}

static void
a_seal_opens_for_its_person_and_place_only(void **state)
{
    yz_vault *vault = *state;
    uint8_t a[16], b[16], key_a[YZ_WRAPPED_KEY_SIZE], key_b[sizeof(key_a)];
    uint8_t out[256], back[256];
    size_t n, m;
    yz_span sealed;

    person(vault, "wang", a, key_a);
    person(vault, "li", b, key_b);
    assert_int_equal(yz_vault_seal(vault, a, key_a, CONTEXT, PLAIN, out, &n),
                     YZ_OK);
    assert_int_equal(n, PLAIN.n + YZ_SEAL_OVERHEAD);
    assert_null(memmem(out, n, "13800001111", 11));
    sealed = (yz_span){(const char *)out, n};
    assert_int_equal(
        yz_vault_open_sealed(vault, a, key_a, CONTEXT, sealed, back, &m),
        YZ_OK);
    assert_int_equal(m, PLAIN.n);
    assert_memory_equal(back, PLAIN.p, m);
    assert_int_equal(
        yz_vault_open_sealed(vault, b, key_b, CONTEXT, sealed, back, &m),
        YZ_CORRUPT);
    assert_int_equal(
        yz_vault_open_sealed(vault, a, key_b, CONTEXT, sealed, back, &m),
        YZ_CORRUPT);
    assert_int_equal(
        yz_vault_open_sealed(vault, b, key_a, CONTEXT, sealed, back, &m),
        YZ_CORRUPT);
    assert_int_equal(yz_vault_open_sealed(vault, a, key_a,
                                          YZ_SPAN("ticket/18/text"), sealed,
                                          back, &m),
                     YZ_CORRUPT);
    assert_int_equal(m, 0);
}

static void
every_flipped_bit_and_every_cut_is_noticed(void **state)
{
    yz_vault *vault = *state;
    uint8_t id[16], key[YZ_WRAPPED_KEY_SIZE], out[256], back[256];
    size_t n, m;

    person(vault, "wang", id, key);
    yz_vault_seal(vault, id, key, CONTEXT, PLAIN, out, &n);
    for (size_t i = 0; i < n * 8; i++) {
        out[i / 8] ^= (uint8_t)(1u << i % 8);
        assert_int_equal(yz_vault_open_sealed(vault, id, key, CONTEXT,
                                              (yz_span){(char *)out, n}, back,
                                              &m),
                         YZ_CORRUPT);
        assert_int_equal(m, 0);
        out[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    for (size_t cut = 0; cut < n; cut++) {
        assert_int_equal(yz_vault_open_sealed(vault, id, key, CONTEXT,
                                              (yz_span){(char *)out, cut}, back,
                                              &m),
                         YZ_CORRUPT);
    }
    for (size_t i = 0; i < sizeof(key) * 8; i++) {
        key[i / 8] ^= (uint8_t)(1u << i % 8);
        assert_int_equal(yz_vault_open_sealed(vault, id, key, CONTEXT,
                                              (yz_span){(char *)out, n}, back,
                                              &m),
                         YZ_CORRUPT);
        key[i / 8] ^= (uint8_t)(1u << i % 8);
    }
}

static void
empty_text_can_be_sealed(void **state)
{
    uint8_t id[16], key[YZ_WRAPPED_KEY_SIZE], out[64], back[64];
    size_t n, m = 9;

    person(*state, "wang", id, key);
    assert_int_equal(
        yz_vault_seal(*state, id, key, CONTEXT, (yz_span){NULL, 0}, out, &n),
        YZ_OK);
    assert_int_equal(n, YZ_SEAL_OVERHEAD);
    assert_int_equal(yz_vault_open_sealed(*state, id, key, CONTEXT,
                                          (yz_span){(char *)out, n}, back, &m),
                     YZ_OK);
    assert_int_equal(m, 0);
}

static void
own_seals_open_for_their_context_only(void **state)
{
    uint8_t out[256], back[256];
    size_t n, m;

    assert_int_equal(yz_vault_seal_own(*state, CONTEXT, PLAIN, out, &n), YZ_OK);
    assert_int_equal(
        yz_vault_open_own(*state, CONTEXT, (yz_span){(char *)out, n}, back, &m),
        YZ_OK);
    assert_memory_equal(back, PLAIN.p, m);
    assert_int_equal(yz_vault_open_own(*state, YZ_SPAN("other"),
                                       (yz_span){(char *)out, n}, back, &m),
                     YZ_CORRUPT);
    for (size_t i = 0; i < n; i++) {
        out[i] ^= 0x40;
        assert_int_equal(yz_vault_open_own(*state, CONTEXT,
                                           (yz_span){(char *)out, n}, back, &m),
                         YZ_CORRUPT);
        out[i] ^= 0x40;
    }
}

static void
rotation_wraps_anew_and_old_seals_stay_readable(void **state)
{
    yz_vault *vault = *state;
    uint8_t id[16], key[YZ_WRAPPED_KEY_SIZE], old[sizeof(key)];
    uint8_t out[256], back[256];
    size_t n, m;
    bool changed = true;

    person(vault, "wang", id, key);
    memcpy(old, key, sizeof(old));
    yz_vault_seal(vault, id, key, CONTEXT, PLAIN, out, &n);
    assert_int_equal(yz_vault_person_rewrap(vault, id, key, &changed), YZ_OK);
    assert_false(changed);
    assert_int_equal(yz_vault_rotate(vault), YZ_OK);
    assert_int_equal(yz_vault_newest_seal(vault), 2);
    assert_int_equal(yz_vault_open_sealed(vault, id, key, CONTEXT,
                                          (yz_span){(char *)out, n}, back, &m),
                     YZ_OK);
    assert_int_equal(yz_vault_person_rewrap(vault, id, key, &changed), YZ_OK);
    assert_true(changed);
    assert_int_equal(key[1], 2);
    assert_int_equal(yz_vault_retire(vault), YZ_OK);
    yz_vault_close(vault);
    assert_int_equal(yz_vault_open(dir, &vault), YZ_OK);
    *state = vault;
    assert_int_equal(yz_vault_open_sealed(vault, id, key, CONTEXT,
                                          (yz_span){(char *)out, n}, back, &m),
                     YZ_OK);
    assert_memory_equal(back, PLAIN.p, m);
    assert_int_equal(yz_vault_open_sealed(vault, id, old, CONTEXT,
                                          (yz_span){(char *)out, n}, back, &m),
                     YZ_CORRUPT);
}

/* A token as the module makes it, from read.keys. */
static void
token_for(uint32_t region, const char *id, int64_t now_s, char *text)
{
    uint8_t message[YZ_SCAN_MESSAGE_MAX], tag[YZ_TAG_SIZE], key_id;
    char path[YZ_PATH_MAX];
    yz_keyring *ring;
    yz_keys keys;
    unsigned line;
    size_t n;

    snprintf(path, sizeof(path), "%s/keys", dir);
    mkdir(path, 0755);
    assert_int_equal(yz_keys_open(dir, &keys), YZ_OK);
    yz_keys_cover(&keys, 370202);
    yz_keys_cover(&keys, 420502);
    assert_int_equal(yz_keys_flush(&keys), YZ_OK);
    yz_keys_close(&keys);
    snprintf(path, sizeof(path), "%s/keys/read.keys", dir);
    assert_int_equal(yz_keyring_load(path, &ring, &line), YZ_OK);
    n = yz_scan_token_message(yz_span_of(id), yz_scan_window(now_s), message);
    assert_int_equal(yz_keyring_scan_tag(ring, region,
                                         (yz_span){(char *)message, n}, &key_id,
                                         tag),
                     YZ_OK);
    yz_scan_token_write(YZ_SCAN_HMAC_SHA256, key_id, yz_scan_window(now_s), tag,
                        text);
    yz_keyring_free(ring);
}

static void
a_scan_token_is_of_one_place_region_and_half_hour(void **state)
{
    const int64_t made_s = 1790000000, end_s = 1790000400; /* of the window */
    char text[YZ_SCAN_TOKEN_SIZE], wrong[YZ_SCAN_TOKEN_SIZE];
    yz_span token, id = YZ_SPAN("370202-001");
    int64_t age_s;

    token_for(370202, "370202-001", made_s, text);
    token = yz_span_of(text);
    assert_int_equal(
        yz_vault_scan_token(*state, 370202, id, token, made_s, 1800, &age_s),
        YZ_OK);
    assert_int_equal(age_s, 0);
    assert_int_equal(yz_vault_scan_token(*state, 370203, id, token,
                                         end_s + 1799, 1800, &age_s),
                     YZ_OK);
    assert_int_equal(age_s, 1800);
    assert_int_equal(yz_vault_scan_token(*state, 370202, id, token,
                                         end_s + 1800, 1800, &age_s),
                     YZ_NOT_FOUND);
    assert_int_equal(yz_vault_scan_token(*state, 370202, id, token,
                                         made_s - 600, 1800, &age_s),
                     YZ_NOT_FOUND);
    assert_int_equal(
        yz_vault_scan_token(*state, 420502, id, token, made_s, 1800, &age_s),
        YZ_BAD_INPUT);
    assert_int_equal(yz_vault_scan_token(*state, 370202, YZ_SPAN("370202-002"),
                                         token, made_s, 1800, &age_s),
                     YZ_BAD_INPUT);
    for (size_t i = 0; i < token.n; i++) {
        memcpy(wrong, text, sizeof(wrong));
        wrong[i] = wrong[i] == 'A' ? 'B' : 'A';
        assert_int_equal(yz_vault_scan_token(*state, 370202, id,
                                             yz_span_of(wrong), made_s, 1800,
                                             &age_s),
                         YZ_BAD_INPUT);
    }
}

static void
an_older_key_file_keeps_its_keys_and_gets_the_missing(void **state)
{
    char before[4096], after[4096];
    size_t old, n;
    yz_vault *vault;

    (void)state;
    n = read_keys(before, sizeof(before));
    old = 2 * (strlen("code 1 hs256 ") + 64 + 1);
    assert_true(n > old);
    write_keys((yz_span){before, old});
    assert_int_equal(yz_vault_open(dir, &vault), YZ_OK);
    yz_vault_close(vault);
    assert_int_equal(read_keys(after, sizeof(after)), n);
    assert_memory_equal(before, after, old);
    assert_memory_not_equal(before + old, after + old, n - old);
}

static void
a_key_file_that_lacks_a_byte_or_a_line_is_refused(void **state)
{
    static const char *const lines[] = {"code", "scan", "person",
                                        "hash", "own",  "seal"};
    char text[4096], wrong[4096];
    size_t n = read_keys(text, sizeof(text));
    size_t old = 2 * (strlen("code 1 hs256 ") + 64 + 1);
    yz_masters masters;
    yz_vault *vault;

    (void)state;
    text[n] = '\0';
    for (size_t cut = 0; cut < n; cut++) {
        yz_status status = yz_masters_parse((yz_span){text, cut}, &masters);

        assert_int_equal(status, cut == old ? YZ_NOT_FOUND : YZ_FORMAT);
    }
    for (size_t i = 0; i < 6; i++) {
        char *at = strstr(text, lines[i]), *end = strchr(at, '\n') + 1;
        size_t head = (size_t)(at - text);

        memcpy(wrong, text, head);
        memcpy(wrong + head, end, (size_t)(text + n - end));
        write_keys((yz_span){wrong, n - (size_t)(end - at)});
        assert_int_equal(yz_vault_open(dir, &vault), YZ_FORMAT);
        assert_null(vault);
    }
}

int
main(void)
{
#define VAULT_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        VAULT_TEST(ids_are_of_issuer_and_subject_and_stay),
        VAULT_TEST(hashes_depend_on_their_purpose),
        VAULT_TEST(a_seal_opens_for_its_person_and_place_only),
        VAULT_TEST(every_flipped_bit_and_every_cut_is_noticed),
        VAULT_TEST(empty_text_can_be_sealed),
        VAULT_TEST(own_seals_open_for_their_context_only),
        VAULT_TEST(rotation_wraps_anew_and_old_seals_stay_readable),
        VAULT_TEST(a_scan_token_is_of_one_place_region_and_half_hour),
        VAULT_TEST(an_older_key_file_keeps_its_keys_and_gets_the_missing),
        VAULT_TEST(a_key_file_that_lacks_a_byte_or_a_line_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
