/*
 * Protects the choice between page and JSON.  If it breaks, phones show raw
 * JSON after a scan, or programs get a page.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/accept.h"
#include "t/unit/guard_page.h"

static const char *const browsers[] = {
    "text/html",
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "text/html, */*",
    "TEXT/Html;charset=utf-8",
    "text/*",
    "text/html;q=0.5",
    "text/html;q=0.5, application/json;q=0.499",
    "*/*;q=0.1, text/html;q=0.2",
    "application/json;q=0, text/html;q=0.001",
    " text/html\t;\tq = 1 ,",
};

static const char *const programs[] = {
    "",
    "*/*",
    "application/json",
    "application/geo+json, text/html",
    "text/html, application/json",
    "application/*, text/html;q=0.9",
    "text/html;q=0",
    "text/html;q=0.5, */*",
    "text/html;q=1.001",
    "text/html;q=1.0000",
    "text/html;q=x",
    "text/html;q=",
    "text/plain",
    "image/png",
    "html",
    "text/htmlx",
    ",,;;==",
};

static void
browsers_get_the_page(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(browsers) / sizeof(browsers[0]); i++) {
        if (!yz_accept_html(yz_span_of(browsers[i]))) {
            fail_msg("no page for \"%s\"", browsers[i]);
        }
    }
}

static void
programs_get_json(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
        if (yz_accept_html(yz_span_of(programs[i]))) {
            fail_msg("a page for \"%s\"", programs[i]);
        }
    }
}

static void
no_header_gets_json(void **state)
{
    (void)state;
    assert_false(yz_accept_html((yz_span){NULL, 0}));
}

static void
try_one(yz_span text, void *context)
{
    (void)context;
    (void)yz_accept_html(text);
}

static void
no_truncation_is_read_past_its_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(browsers) / sizeof(browsers[0]); i++) {
        size_t tried =
            guard_truncations(yz_span_of(browsers[i]), try_one, NULL);
        assert_int_equal(tried, strlen(browsers[i]) + 1);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(browsers_get_the_page),
        cmocka_unit_test(programs_get_json),
        cmocka_unit_test(no_header_gets_json),
        cmocka_unit_test(no_truncation_is_read_past_its_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
