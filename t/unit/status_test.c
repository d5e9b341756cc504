/*
 * Protects the meaning of logs: every status has a text of its own.  Without
 * it two different failures read alike, or a new one reads as nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/status.h"

static void
every_status_has_a_text_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < YZ_STATUS_COUNT; i++) {
        const char *text = yz_status_text((yz_status)i);

        assert_non_null(text);
        assert_true(text[0] != '\0');
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(text, yz_status_text((yz_status)j));
        }
        assert_string_not_equal(text, yz_status_text(YZ_STATUS_COUNT));
    }
}

static void
a_value_outside_of_the_enum_has_a_text_too(void **state)
{
    (void)state;
    assert_string_equal(yz_status_text(YZ_STATUS_COUNT), "unknown status");
    assert_string_equal(yz_status_text((yz_status)-1), "unknown status");
}

static void
ok_is_zero(void **state)
{
    (void)state;
    assert_int_equal(YZ_OK, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_a_text_of_its_own),
        cmocka_unit_test(a_value_outside_of_the_enum_has_a_text_too),
        cmocka_unit_test(ok_is_zero),
    };

    return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
