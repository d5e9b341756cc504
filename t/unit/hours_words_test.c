/*
 * Protects workers from codes: hours that are understood read as Chinese, and
 * hours with anything unknown in them are left to be shown as they are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/hours_words.h"
#include "core/limits.h"
#include "t/unit/guard_page.h"

static void
osm_hours_read_as_chinese(void **state)
{
    static const char *const cases[][2] = {
        {"24/7", "全天 24 小时"},
        {"Mo-Su 08:00-22:00", "每天 08:00-22:00"},
        {"20:00-08:00", "20:00-次日08:00"},
        {"Mo-Fr 08:30-17:30; Sa-Su 09:00-17:00; PH off",
         "周一至周五 08:30-17:30；周六、周日 09:00-17:00；法定节假日 休息"},
        {"Mo-Fr 10:00-22:00; Sa,Su,PH 09:00-22:30",
         "周一至周五 10:00-22:00；周六、周日、法定节假日 09:00-22:30"},
        {"Tu-Su 09:00-17:00; PH closed;",
         "周二至周日 09:00-17:00；法定节假日 休息"},
        {"mo-sa 9:00-11:30, 14:00-16:30",
         "周一至周六 09:00-11:30、14:00-16:30"},
        {"Mo-Fr 09:00-12:00, We 14:00-18:00",
         "周一至周五 09:00-12:00，周三 14:00-18:00"},
        {"Mo–Fr 08：00–18：00", "周一至周五 08:00-18:00"},
        {"Monday-Friday: 06:00-00:00", "周一至周五 06:00-24:00"},
        {"Fr-Mo 22:00-26:00", "周五至周一 22:00-次日02:00"},
        {"Tu-Mo 10:00-24:00", "每天 10:00-24:00"},
        {"24/7; Dec 24 off", "全天 24 小时；12月24日 休息"},
        {"Apr-Sep: Mo-Fr 09:00-17:00", "4月至9月 周一至周五 09:00-17:00"},
        {"Jan 28-Feb 03,Oct 1-7 off", "1月28日至2月3日、10月1日至7日 休息"},
        {"2026 May 1,4 off", "2026年5月1日、4日 休息"},
        {"Mo-Fr 08:00-18:00 open", "周一至周五 08:00-18:00 开放"},
        {"Sa,PH off; Mo-Fr 08:00-12:00",
         "周六、法定节假日 休息；周一至周五 08:00-12:00"},
    };
    char buf[512];
    yz_out out;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        yz_status status;

        yz_out_init(&out, buf, sizeof(buf) - 1);
        status = yz_hours_words(yz_span_of(cases[i][0]), &out);
        buf[out.n] = '\0';
        if (status != YZ_OK) {
            print_error("%s\n", cases[i][0]);
        }
        assert_int_equal(status, YZ_OK);
        assert_string_equal(buf, cases[i][1]);
    }
}

static void
what_is_not_known_stays_as_it_is(void **state)
{
    static const char *const texts[] = {
        "",
        "周一至周五 9:00-18:00；周六 10:00-16:00",
        "全天24小时",
        "每天 7:00-19:00",
        "Mo-Fr 08:00+",
        "sunrise-sunset",
        "Mo[1] 10:00-12:00",
        "SH off",
        "week 1-10 Mo 08:00-09:00",
        "Mo-Fr 08:00-18:00 || \"by appointment\"",
        "PH closed \"holidays\"",
        "Mo-Fr 08:00-18:00;; Sa off",
        "Mo-",
        "Mo-Fr 8-18",
        "49:00-50:00",
        "Mo 10:00-99:00",
        "PH Mo-Fr 10:00-12:00",
        "<b>24/7",
        "24/7\"><b>",
        "\xff"};
    char buf[512];
    yz_out out;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        yz_out_init(&out, buf, sizeof(buf));
        yz_out_char(&out, '>');
        if (yz_hours_words(yz_span_of(texts[i]), &out) != YZ_BAD_INPUT) {
            print_error("%s\n", texts[i]);
            fail();
        }
        assert_int_equal(out.n, 1);
        assert_false(out.full);
    }
}

/* The densest texts: holidays with one character between them. */
static void
words_keep_to_the_size_that_is_promised(void **state)
{
    static const char *const units[] = {"PH,",   "PH;", "24/7;",
                                        "Dec1,", "Mo,", "1:00-1:00,"};
    char text[YZ_HOURS_MAX];
    char buf[YZ_HOURS_WORDS_SIZE(YZ_HOURS_MAX)];
    yz_out out;

    (void)state;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        size_t unit = strlen(units[i]);
        size_t n = sizeof(text) / unit * unit;

        for (size_t at = 0; at < n; at++) {
            text[at] = units[i][at % unit];
        }
        for (size_t cut = unit; cut < n; cut += unit) {
            yz_out_init(&out, buf, YZ_HOURS_WORDS_SIZE(cut - 1));
            assert_int_equal(yz_hours_words((yz_span){text, cut - 1}, &out),
                             YZ_OK);
        }
    }
}

static void
try_truncation(yz_span text, void *context)
{
    char buf[YZ_HOURS_WORDS_SIZE(YZ_HOURS_MAX)];
    yz_out out;

    (void)context;
    yz_out_init(&out, buf, sizeof(buf));
    if (yz_hours_words(text, &out) != YZ_OK) {
        assert_int_equal(out.n, 0);
    }
    for (size_t cap = 0; cap < 16; cap++) {
        yz_out_init(&out, buf, cap);
        if (yz_hours_words(text, &out) != YZ_OK) {
            assert_int_equal(out.n, 0);
        }
    }
}

static void
truncations_stay_inside_the_text(void **state)
{
    yz_span text = YZ_SPAN("2026 Dec 24-26,Jan 1: Mo-Fr,PH 08:00-12:00, "
                           "20:00-26:00; 24/7; Sa off");

    (void)state;
    assert_int_equal(guard_truncations(text, try_truncation, NULL), text.n + 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(osm_hours_read_as_chinese),
        cmocka_unit_test(what_is_not_known_stays_as_it_is),
        cmocka_unit_test(words_keep_to_the_size_that_is_promised),
        cmocka_unit_test(truncations_stay_inside_the_text),
    };

    return cmocka_run_group_tests_name("hours_words", tests, NULL, NULL);
}
