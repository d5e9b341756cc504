/*
 * The settings file: what is wrong is refused with its line and a reason, and
 * a reason never holds a secret.  A setting that is misread would let
 * anybody in, or nobody.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "admin/identity/settings.h"
#include "lmdb_schema/files_write.h"
#include "t/unit/scratch_dir.h"

#define SECRET "0123456789abcdef0123456789abcdef"

static char dir[SCRATCH_SIZE];

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
    (void)state;
    if (scratch_make(dir) != 0) {
        return -1;
    }
    write_file("secret", SECRET "\n");
    write_file("short", "tiny");
    write_file("pem", "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQ\n");
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    scratch_remove(dir);
    return 0;
}

static void
without_a_file_everything_has_its_default(void **state)
{
    yz_settings *settings;
    yz_settings_error error;
    char path[YZ_PATH_MAX];

    (void)state;
    yz_path_join(path, dir, "missing");
    assert_int_equal(yz_settings_load(path, &settings, &error), YZ_OK);
    assert_int_equal(settings->session_hours, 12);
    assert_true(settings->cookie_secure);
    assert_int_equal(settings->issuer_count, 0);
    assert_int_equal(settings->relay, YZ_RELAY_NONE);
    assert_null(settings->login_hook.url);
    assert_null(settings->routing_file);
    yz_settings_free(settings);
}

static void
every_setting_is_read(void **state)
{
    yz_settings *settings;
    yz_settings_error error;
    char path[YZ_PATH_MAX], wanted[YZ_PATH_MAX];

    (void)state;
    write_file("settings",
               "# a comment\n\n"
               "login_url https://city.example/login?app=7\r\n"
               "login_hook unix:/run/city.sock:/hook secret\n"
               "  session_hours\t24\n"
               "cookie_secure off\n"
               "jwt_issuer https://city.example HS256 secret yizhan\n"
               "jwt_issuer other HS256 secret yizhan\n"
               "origin https://app.city.example\n"
               "routing_file routing.csv\n"
               "items_file /etc/items.csv\n"
               "words_file words\n"
               "relay hook http://127.0.0.1:9/relay secret");
    yz_path_join(path, dir, "settings");
    assert_int_equal(yz_settings_load(path, &settings, &error), YZ_OK);
    assert_true(yz_span_equal(settings->login_url,
                              YZ_SPAN("https://city.example/login?app=7")));
    assert_string_equal(settings->login_hook.url, "http://localhost/hook");
    assert_string_equal(settings->login_hook.socket, "/run/city.sock");
    assert_true(yz_span_equal(settings->login_hook.secret, YZ_SPAN(SECRET)));
    assert_int_equal(settings->session_hours, 24);
    assert_false(settings->cookie_secure);
    assert_int_equal(settings->issuer_count, 2);
    assert_string_equal(settings->issuer[0].algorithm, "HS256");
    assert_int_equal(settings->origin_count, 1);
    snprintf(wanted, sizeof(wanted), "%s//routing.csv", dir);
    assert_string_equal(settings->routing_file, wanted);
    assert_string_equal(settings->items_file, "/etc/items.csv");
    assert_int_equal(settings->relay, YZ_RELAY_HOOK);
    assert_string_equal(settings->relay_hook.url, "http://127.0.0.1:9/relay");
    assert_null(settings->relay_hook.socket);
    yz_settings_free(settings);
}

static void
what_is_wrong_is_refused_with_its_line(void **state)
{
    static const struct {
        const char *text;
        unsigned line;
        const char *why;
    } cases[] = {
        {"\n\nsession_hour 12\n", 3, "no such setting"},
        {"session_hours 0\n", 1, "1 to 720"},
        {"session_hours 721\n", 1, "1 to 720"},
        {"session_hours\n", 1, "1 to 720"},
        {"session_hours 12 h\n", 1, "1 to 720"},
        {"session_hours 12\nsession_hours 12\n", 2, "given twice"},
        {"cookie_secure yes\n", 1, "on or off"},
        {"cookie_secure\n", 1, "on or off"},
        {"login_url ftp://x\n", 1, "expected http"},
        {"login_url https://x/#a\n", 1, "without '#'"},
        {"login_url //evil\n", 1, "expected http"},
        {"login_url https://x\n", 0, "needs a login_hook"},
        {"login_hook https://x\n", 1, "expected: login_hook"},
        {"login_hook https://x missing\n", 1, "cannot read"},
        {"login_hook https://x short\n", 1, "at least 16 bytes"},
        {"login_hook unix:relative:/x secret\n", 1, "unix:"},
        {"login_hook unix:/x secret\n", 1, "unix:"},
        {"jwt_issuer a none secret b\n", 1, "none of HS256"},
        {"jwt_issuer a HS256 short b\n", 1, "too short"},
        {"jwt_issuer a HS256 pem b\n", 1, "not a secret"},
        {"jwt_issuer a HS512 secret b\n", 1, "too short"},
        {"jwt_issuer a RS256 secret b\n", 1, "no public key"},
        {"jwt_issuer a ES256 pem b\n", 1, "no public key"},
        {"jwt_issuer a HS256 secret\n", 1, "expected: jwt_issuer"},
        {"jwt_issuer a HS256 secret b\njwt_issuer a HS256 secret c\n", 2,
         "there already"},
        {"relay pool\n", 1, "name of a file"},
        {"relay fax\n", 1, "expected: none"},
        {"relay none x\n", 1, "expected: none"},
        {"relay hook http://x\n", 1, "expected: relay hook"},
        {"routing_file\n", 1, "name of a file"},
        {"routing_file a b\n", 1, "name of a file"},
        {"origin\n", 1, "expected: origin"},
        {"# \xff\n", 0, "not UTF-8"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        yz_settings *settings;
        yz_settings_error error;

        assert_int_equal(yz_settings_parse(yz_span_of(cases[i].text), dir,
                                           &settings, &error),
                         YZ_BAD_INPUT);
        assert_null(settings);
        assert_int_equal(error.line, cases[i].line);
        if (strstr(error.text, cases[i].why) == NULL) {
            fail_msg("%s: %s", cases[i].text, error.text);
        }
        assert_null(strstr(error.text, SECRET));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_file_everything_has_its_default),
        cmocka_unit_test(every_setting_is_read),
        cmocka_unit_test(what_is_wrong_is_refused_with_its_line),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
