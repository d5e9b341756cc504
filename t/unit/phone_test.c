/*
 * Protects people: mobile numbers never become public, in whatever way they
 * are written, and public numbers load in the ways that real files have.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "admin/load/phone.h"
#include "core/limits.h"
#include "t/unit/guard_page.h"

static void
assert_publishes(const char *text, const char *wanted, bool wanted_mobile)
{
    char buffer[YZ_PHONE_MAX];
    yz_out out;
    bool mobile;

    yz_out_init(&out, buffer, sizeof(buffer));
    assert_int_equal(yz_phone_publish(yz_span_of(text), &out, &mobile), YZ_OK);
    assert_int_equal(out.n, strlen(wanted));
    assert_memory_equal(buffer, wanted, out.n);
    assert_int_equal(mobile, wanted_mobile);
}

static void
assert_refuses(const char *text)
{
    char buffer[YZ_PHONE_MAX];
    yz_out out;
    bool mobile;

    yz_out_init(&out, buffer, sizeof(buffer));
    assert_int_equal(yz_phone_publish(yz_span_of(text), &out, &mobile),
                     YZ_BAD_INPUT);
}

static void
public_numbers_stay(void **state)
{
    (void)state;
    assert_publishes("0532-85880000", "0532-85880000", false);
    assert_publishes("+86 571 8668 9651", "+86 571 8668 9651", false);
    assert_publishes("21812345", "21812345", false);
    assert_publishes("(02)2181-2345", "(02)2181-2345", false);
    assert_publishes("（０５３２）８５８８００００", "(0532)85880000", false);
    assert_publishes("+86 0571087189777", "+86 0571087189777", false);
    assert_publishes("400-800-1234", "400-800-1234", false);
    assert_publishes("12351", "12351", false);
    assert_publishes("010-62345678转801", "010-62345678转801", false);
    assert_publishes("0532-8588 0000 、 12351/110", "0532-8588 0000;12351;110",
                     false);
}

static void
no_number_is_no_number(void **state)
{
    (void)state;
    assert_publishes("", "", false);
    assert_publishes("无", "", false);
    assert_publishes("-", "", false);
    assert_publishes("；", "", false);
}

static void
mobile_numbers_go(void **state)
{
    static const char *const mobiles[] = {
        "13812345678",
        "138 1234 5678",
        "138-1234-5678",
        "+86 135 7545 7819",
        "+8613812345678",
        "0086-138-1234-5678",
        "8613812345678",
        "013812345678",
        "+86 0 13812345678",
        "（+86）19912345678",
        "１３８１２３４５６７８",
        "138—1234—5678",
        "张三 13812345678",
        "13812345678（张三）",
        "13812345678 13912345678",
        "0532-85880000 13812345678",
        "+852 9123 4567",
        "+886 912 345 678",
        "0912-345-678",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(mobiles) / sizeof(mobiles[0]); i++) {
        assert_publishes(mobiles[i], "", true);
    }
    assert_publishes("13812345678/0532-85880000;15012345678", "0532-85880000",
                     true);
}

static void
other_text_is_refused(void **state)
{
    (void)state;
    assert_refuses("请到前台");
    assert_refuses("12");
    assert_refuses("0532-8588000012345678901");
    assert_refuses("123abc456");
}

static void
mobile_numbers_are_found_in_text(void **state)
{
    (void)state;
    assert_true(yz_phone_has_mobile(YZ_SPAN("找张三13812345678")));
    assert_false(yz_phone_has_mobile(YZ_SPAN("138123456789")));
    assert_false(yz_phone_has_mobile(YZ_SPAN("12812345678")));
    assert_false(yz_phone_has_mobile(YZ_SPAN("2024 年 1 月")));
}

static void
publish_any(yz_span text, void *context)
{
    char buffer[YZ_PHONE_MAX];
    yz_out out;
    bool mobile;

    (void)context;
    yz_out_init(&out, buffer, sizeof(buffer));
    yz_phone_publish(text, &out, &mobile);
    yz_phone_has_mobile(text);
}

static void
no_truncation_is_read_beyond_its_end(void **state)
{
    (void)state;
    assert_int_not_equal(
        guard_truncations(
            YZ_SPAN("（０５３２）８５８８　转8；13812345678 13912345678"),
            publish_any, NULL),
        0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(public_numbers_stay),
        cmocka_unit_test(no_number_is_no_number),
        cmocka_unit_test(mobile_numbers_go),
        cmocka_unit_test(other_text_is_refused),
        cmocka_unit_test(mobile_numbers_are_found_in_text),
        cmocka_unit_test(no_truncation_is_read_beyond_its_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
