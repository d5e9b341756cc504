/*
 * JWTs of the city's apps: good ones name their person, everything forged,
 * stale, for somebody else or of another algorithm is refused.  A hole here
 * is a login as anybody.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jwt.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "admin/identity/jwt_check.h"
#include "core/base64url.h"
#include "lmdb_schema/files_write.h"
#include "t/unit/scratch_dir.h"

#define SECRET "0123456789abcdef0123456789abcdef"
#define NOW_S 1790000000
#define ISSUER "https://city.example"
#define RSA_ISSUER "https://rsa.example"
#define EC_ISSUER "https://ec.example"

static char dir[SCRATCH_SIZE];
static char rsa_private[4096], rsa_public[2048], ec_private[1024];
static yz_settings *settings;
static yz_vault *vault;

static void
pem_of(EVP_PKEY *key, bool private, char *text, size_t cap)
{
    BIO *bio = BIO_new(BIO_s_mem());
    int n;

    assert_true(
        private ? PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL)
                : PEM_write_bio_PUBKEY(bio, key));
    n = BIO_read(bio, text, (int)cap - 1);
    assert_true(n > 0);
    text[n] = '\0';
    BIO_free(bio);
}

static void
write_file(const char *name, const char *text)
{
    char path[YZ_PATH_MAX];

    assert_int_equal(yz_path_join(path, dir, name), YZ_OK);
    assert_int_equal(yz_file_replace(path, yz_span_of(text), 0600), YZ_OK);
}

static int
setup(void **state)
{
    static const char text[] =
        "jwt_issuer " ISSUER " HS256 secret yizhan\n"
        "jwt_issuer " RSA_ISSUER " RS256 rsa.pem yizhan\n"
        "jwt_issuer " EC_ISSUER " ES256 ec.pem yizhan\n";
    EVP_PKEY *rsa = EVP_RSA_gen(2048), *ec = EVP_EC_gen("P-256");
    yz_settings_error error;
    char path[YZ_PATH_MAX], ec_public[1024];

    (void)state;
    if (scratch_make(dir) != 0) {
        return -1;
    }
    yz_path_join(path, dir, "private");
    mkdir(path, 0700);
    pem_of(rsa, true, rsa_private, sizeof(rsa_private));
    pem_of(rsa, false, rsa_public, sizeof(rsa_public));
    pem_of(ec, true, ec_private, sizeof(ec_private));
    pem_of(ec, false, ec_public, sizeof(ec_public));
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(ec);
    write_file("secret", SECRET);
    write_file("rsa.pem", rsa_public);
    write_file("ec.pem", ec_public);
    if (yz_settings_parse(YZ_SPAN(text), dir, &settings, &error) != YZ_OK) {
        fprintf(stderr, "line %u: %s\n", error.line, error.text);
        return -1;
    }
    return yz_vault_open(dir, &vault) == YZ_OK ? 0 : -1;
}

static int
teardown(void **state)
{
    (void)state;
    yz_settings_free(settings);
    yz_vault_close(vault);
    scratch_remove(dir);
    return 0;
}

/* A token with these claims; free() it. */
static char *
token_of(const char *claims, jwt_alg_t algorithm, const char *key)
{
    jwt_t *jwt;
    char *token;

    assert_int_equal(jwt_new(&jwt), 0);
    assert_int_equal(jwt_add_grants_json(jwt, claims), 0);
    assert_int_equal(jwt_set_alg(jwt, algorithm, (const unsigned char *)key,
                                 key != NULL ? (int)strlen(key) : 0),
                     0);
    token = jwt_encode_str(jwt);
    assert_non_null(token);
    jwt_free(jwt);
    return token;
}

static yz_status
check(const char *claims, jwt_alg_t algorithm, const char *key,
      yz_person *person)
{
    char *token = token_of(claims, algorithm, key);
    yz_status status =
        yz_jwt_check(settings, vault, yz_span_of(token), NOW_S, person);

    free(token);
    return status;
}

#define CLAIMS(iss, aud, exp, more)                                            \
    "{\"iss\":\"" iss "\",\"sub\":\"wang\",\"aud\":" aud ",\"exp\":" exp more  \
    "}"
#define GOOD(iss) CLAIMS(iss, "\"yizhan\"", "1790000600", "")

static void
a_good_token_names_its_person(void **state)
{
    uint8_t id[YZ_ACTOR_ID_SIZE];
    yz_person person;

    (void)state;
    assert_int_equal(
        check(CLAIMS(ISSUER, "[\"x\",\"yizhan\"]", "1790000600",
                     ",\"verified\":true,\"roles\":[\"head@12\",\"cook@1\","
                     "\"operator@1\",\"city@0\",\"auditor@7\",7]"),
              JWT_ALG_HS256, SECRET, &person),
        YZ_OK);
    yz_vault_person_id(vault, YZ_SPAN(ISSUER), YZ_SPAN("wang"), id);
    assert_memory_equal(id, person.id, sizeof(id));
    assert_true(person.verified);
    assert_int_equal(person.grant_count, 2);
    assert_int_equal(person.grant[0].node, 12);
    assert_int_equal(person.grant[0].role, YZ_ROLE_HEAD);
    assert_int_equal(person.grant[1].role, YZ_ROLE_AUDITOR);
    assert_int_equal(
        check(GOOD(RSA_ISSUER), JWT_ALG_RS256, rsa_private, &person), YZ_OK);
    assert_false(person.verified);
    assert_int_equal(check(GOOD(EC_ISSUER), JWT_ALG_ES256, ec_private, &person),
                     YZ_OK);
}

static void
another_algorithm_or_key_is_refused(void **state)
{
    yz_person person;

    (void)state;
    assert_int_equal(check(GOOD(ISSUER), JWT_ALG_NONE, NULL, &person),
                     YZ_BAD_INPUT);
    assert_int_equal(check(GOOD(RSA_ISSUER), JWT_ALG_NONE, NULL, &person),
                     YZ_BAD_INPUT);
    /* Key confusion: the public key taken as a secret. */
    assert_int_equal(
        check(GOOD(RSA_ISSUER), JWT_ALG_HS256, rsa_public, &person),
        YZ_BAD_INPUT);
    assert_int_equal(check(GOOD(ISSUER), JWT_ALG_HS512, SECRET, &person),
                     YZ_BAD_INPUT);
    assert_int_equal(
        check(GOOD(RSA_ISSUER), JWT_ALG_RS512, rsa_private, &person),
        YZ_BAD_INPUT);
    assert_int_equal(check(GOOD(ISSUER), JWT_ALG_HS256,
                           "0123456789abcdef0123456789abcdeX", &person),
                     YZ_BAD_INPUT);
    assert_int_equal(check(GOOD(ISSUER), JWT_ALG_RS256, rsa_private, &person),
                     YZ_BAD_INPUT);
    assert_int_equal(
        check(GOOD("https://evil.example"), JWT_ALG_HS256, SECRET, &person),
        YZ_BAD_INPUT);
}

static void
time_audience_and_subject_must_be_right(void **state)
{
    static const char *const wrong[] = {
        CLAIMS(ISSUER, "\"yizhan\"", "1789999940", ""),
        CLAIMS(ISSUER, "\"yizhan\"", "\"1790000600\"", ""),
        CLAIMS(ISSUER, "\"yizhan\"", "1790000600", ",\"nbf\":1790000061"),
        CLAIMS(ISSUER, "\"yizhan\"", "1790000600", ",\"nbf\":\"x\""),
        CLAIMS(ISSUER, "\"other\"", "1790000600", ""),
        CLAIMS(ISSUER, "[\"other\"]", "1790000600", ""),
        CLAIMS(ISSUER, "[]", "1790000600", ""),
        CLAIMS(ISSUER, "7", "1790000600", ""),
        "{\"iss\":\"" ISSUER "\",\"sub\":\"wang\",\"aud\":\"yizhan\"}",
        "{\"iss\":\"" ISSUER "\",\"aud\":\"yizhan\",\"exp\":1790000600}",
        "{\"iss\":\"" ISSUER
        "\",\"sub\":\"\",\"aud\":\"yizhan\",\"exp\":1790000600}",
        "{\"iss\":\"" ISSUER
        "\",\"sub\":7,\"aud\":\"yizhan\",\"exp\":1790000600}",
        "{\"iss\":\"" ISSUER "\",\"sub\":\"wang\",\"exp\":1790000600}",
        "{\"sub\":\"wang\",\"aud\":\"yizhan\",\"exp\":1790000600}",
    };
    yz_person person;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (check(wrong[i], JWT_ALG_HS256, SECRET, &person) != YZ_BAD_INPUT) {
            fail_msg("%s is taken", wrong[i]);
        }
    }
    assert_int_equal(
        check(CLAIMS(ISSUER, "\"yizhan\"", "1789999941", ",\"nbf\":1790000060"),
              JWT_ALG_HS256, SECRET, &person),
        YZ_OK);
}

static void
a_critical_header_is_refused(void **state)
{
    yz_person person;
    jwt_t *jwt;
    char *token;

    (void)state;
    jwt_new(&jwt);
    jwt_add_grants_json(jwt, GOOD(ISSUER));
    jwt_add_headers_json(jwt, "{\"crit\":[\"exp\"]}");
    jwt_set_alg(jwt, JWT_ALG_HS256, (const unsigned char *)SECRET, 32);
    token = jwt_encode_str(jwt);
    assert_int_equal(
        yz_jwt_check(settings, vault, yz_span_of(token), NOW_S, &person),
        YZ_BAD_INPUT);
    free(token);
    jwt_free(jwt);
}

static void
every_changed_character_and_every_cut_is_refused(void **state)
{
    char *token = token_of(GOOD(ISSUER), JWT_ALG_HS256, SECRET);
    size_t n = strlen(token);
    yz_person person;

    (void)state;
    for (size_t i = 0; i < n; i++) {
        char kept = token[i];

        /* The last character's low bits may lie behind the last byte. */
        token[i] = kept == 'A' ? 'Q' : 'A';
        assert_int_equal(
            yz_jwt_check(settings, vault, yz_span_of(token), NOW_S, &person),
            YZ_BAD_INPUT);
        token[i] = kept;
        assert_int_equal(
            yz_jwt_check(settings, vault, (yz_span){token, i}, NOW_S, &person),
            YZ_BAD_INPUT);
    }
    free(token);
}

static void
no_bytes_and_too_many_are_refused(void **state)
{
    static const char *const wrong[] = {
        "", ".", "..", "...", "a", "a.b.c", "e30.e30.", "e30.e30.e30"};
    static char longest[YZ_JWT_MAX + 1];
    yz_person person;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(
            yz_jwt_check(settings, vault, yz_span_of(wrong[i]), NOW_S, &person),
            YZ_BAD_INPUT);
    }
    memset(longest, 'a', sizeof(longest));
    assert_int_equal(yz_jwt_check(settings, vault,
                                  (yz_span){longest, sizeof(longest)}, NOW_S,
                                  &person),
                     YZ_BAD_INPUT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_token_names_its_person),
        cmocka_unit_test(another_algorithm_or_key_is_refused),
        cmocka_unit_test(time_audience_and_subject_must_be_right),
        cmocka_unit_test(a_critical_header_is_refused),
        cmocka_unit_test(every_changed_character_and_every_cut_is_refused),
        cmocka_unit_test(no_bytes_and_too_many_are_refused),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
