/*
 * Protects: opening hours as people write them mean what they mean, and what
 * may mean two things is refused.  A wrong guess here sends a worker to a
 * closed door.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "core/calendar.h"
#include "core/civil_time.h"
#include "core/hours.h"
#include "core/hours_compile.h"
#include "core/limits.h"

static const char holidays[] = "2025-01-01,off,a\n2026-01-01,off,a\n"
                               "2026-02-14,work,b\n2026-02-16,off,b\n"
                               "2026-02-17,off,b\n2026-02-21,off,b\n"
                               "2026-05-01,off,c\n2026-05-09,work,c\n"
                               "2027-01-01,off,d\n";

static uint8_t calendar[YZ_CALENDAR_BLOB_MAX];
static size_t calendar_size;

typedef struct {
    uint8_t blob[YZ_HOURS_BLOB_MAX];
    size_t size;
} hours;

static hours
compile(const char *text)
{
    hours h;

    if (yz_hours_compile(yz_span_of(text), h.blob, &h.size) != YZ_OK) {
        fail_msg("not understood: %s", text);
    }
    assert_int_equal(yz_hours_check(h.blob, h.size), YZ_OK);
    return h;
}

static yz_hours_state
at(const hours *h, int64_t now_s)
{
    return yz_hours_at(h->blob, h->size, calendar, calendar_size, now_s);
}

/* Both answer alike from the end of 2025 to the beginning of 2027. */
static void
assert_same(const char *text, const char *osm)
{
    hours a = compile(text);
    hours b = compile(osm);
    int64_t now_s = yz_civil_day_start_s(yz_civil_day(2025, 12, 29));
    int64_t end_s = yz_civil_day_start_s(yz_civil_day(2027, 1, 10));

    while (now_s < end_s) {
        yz_hours_state x = at(&a, now_s);
        yz_hours_state y = at(&b, now_s);

        if (x.open != y.open || x.until_s != y.until_s) {
            char when[YZ_RFC3339_SIZE];

            yz_rfc3339_write(now_s, when);
            fail_msg("%s and %s differ at %s", text, osm, when);
        }
        now_s = x.until_s < end_s ? x.until_s : end_s;
    }
}

static const char *const phrases[][2] = {
    {"全天", "24/7"},
    {"24小时", "24/7"},
    {"24 小时开放", "24/7"},
    {"全天24小时开放", "24/7"},
    {"二十四小时营业", "24/7"},
    {"7×24小时", "24/7"},
    {"24小时，全年无休", "24/7"},
    {"周一至周日全天", "24/7"},
    {"周一至周日（全天）", "24/7"},
    {"0:00~24:00", "24/7"},
    {"周一至周五 8:00-17:30", "Mo-Fr 08:00-17:30"},
    {"周一至周五：8：00—17：30。", "Mo-Fr 08:00-17:30"},
    {"周一至五8:00——17:30", "Mo-Fr 08:00-17:30"},
    {"周1至周5 8:00-17:30", "Mo-Fr 08:00-17:30"},
    {"周一到周五(8:00-17:30)", "Mo-Fr 08:00-17:30"},
    {"8:00-17:30（周一至周五）", "Mo-Fr 08:00-17:30"},
    {"开放时间：周一至周五 8:00-17:30", "Mo-Fr 08:00-17:30"},
    {"星期一到星期六 8点-18点", "Mo-Sa 08:00-18:00"},
    {"礼拜一至礼拜六，8点到18点", "Mo-Sa 08:00-18:00"},
    {"周末 10:00-16:00", "Sa,Su 10:00-16:00"},
    {"双休日10点到16点", "Sa,Su 10:00-16:00"},
    {"周六日 10:00-16:00", "Sa,Su 10:00-16:00"},
    {"周六、日 10:00-16:00", "Sa,Su 10:00-16:00"},
    {"周五至周一 10:00-16:00", "Fr-Mo 10:00-16:00"},
    {"每天 8:00-20:00", "08:00-20:00"},
    {"每日8:00～20:00", "08:00-20:00"},
    {"8:00-20:00，节假日照常", "08:00-20:00"},
    {"周一至周日8:00-20:00（含节假日）", "08:00-20:00"},
    {"全年无休 8:00-20:00", "08:00-20:00"},
    {"８：００－２０：００", "08:00-20:00"},
    {"8:00:00-20:00:00", "08:00-20:00"},
    {"八点至二十点", "08:00-20:00"},
    {"8-20点", "08:00-20:00"},
    {"8.00-20.00（每天）", "08:00-20:00"},
    {"周一至周五 8:00-17:30，节假日休息", "Mo-Fr 08:00-17:30; PH off"},
    {"节假日休息，周一至周五 8:00-17:30", "Mo-Fr 08:00-17:30; PH off"},
    {"周一至周五 8:00-17:30（节假日除外）", "Mo-Fr 08:00-17:30; PH off"},
    {"周一至周五（节假日除外）8:00-17:30", "Mo-Fr 08:00-17:30; PH off"},
    {"周一至周五8:00-17:30，法定节假日不开放", "Mo-Fr 08:00-17:30; PH off"},
    {"除节假日外，周一至周五8:00-17:30", "Mo-Fr 08:00-17:30; PH off"},
    {"上午8:00-12:00 下午14:00-18:00", "08:00-12:00,14:00-18:00"},
    {"上午8:00-12:00，下午2:00-6:00", "08:00-12:00,14:00-18:00"},
    {"8:00-11:30,14:00-17:30", "08:00-11:30,14:00-17:30"},
    {"8:00-11:30；14:00-17:30", "08:00-11:30,14:00-17:30"},
    {"早8点至晚9点", "08:00-21:00"},
    {"早上8点半到晚上9点半", "08:30-21:30"},
    {"8时30分至17时45分", "08:30-17:45"},
    {"早7点一刻到晚7点三刻", "07:15-19:45"},
    {"中午11:00-2:00", "11:00-14:00"},
    {"晚6点-12点", "18:00-24:00"},
    {"凌晨5点至次日凌晨2点", "05:00-02:00"},
    {"22:00-次日2:00", "22:00-02:00"},
    {"晚上10点至凌晨2点", "22:00-02:00"},
    {"8:00-次日8:00", "24/7"},
    {"18:00-2:00（每天）", "18:00-02:00"},
    {"10:00-02:00（每天）", "10:00-02:00"},
    {"週二至週六：08:30~21:00；週日、週一：09:00~17:00。",
     "Tu-Sa 08:30-21:00; Su,Mo 09:00-17:00"},
    {"週一公休，週二至週日9:00-17:00", "Tu-Su 09:00-17:00"},
    {"06:00~23:00", "06:00-23:00"},
    {"5月-9月 8:00-20:00；10月-次年4月 8:30-18:00",
     "May-Sep 08:00-20:00; Oct-Apr 08:30-18:00"},
    {"夏季（5月-9月）8:00-20:00；冬季（10月-次年4月）8:30-18:00",
     "May-Sep 08:00-20:00; Oct-Apr 08:30-18:00"},
    {"夏季8:00-20:00（5月-9月），冬季8:30-18:00（10月-次年4月）",
     "May-Sep 08:00-20:00; Oct-Apr 08:30-18:00"},
    {"夏令时：5-9月，8:00-20:00", "May-Sep 08:00-20:00"},
    {"5月1日至10月31日 6:00-22:00；11月1日至次年4月30日 6:30-21:00",
     "May 01-Oct 31 06:00-22:00; Nov 01-Apr 30 06:30-21:00"},
    {"8:00-20:00；2026年2月16日-22日休息", "08:00-20:00; 2026 Feb 16-22 off"},
    {"2026年12月30日至次年1月2日休息；8:00-20:00",
     "08:00-20:00; 2026 Dec 30-2027 Jan 02 off"},
    {"周一闭馆，周二至周日9:00-17:00", "Tu-Su 09:00-17:00"},
    {"周一闭馆，9:00-17:00", "Tu-Su 09:00-17:00"},
    {"9:00-17:00（周一闭馆）", "Tu-Su 09:00-17:00"},
    {"9:00-17:00，逢周一休馆", "Tu-Su 09:00-17:00"},
    {"除周一外，每天9:00-17:00", "Tu-Su 09:00-17:00"},
    {"9:00-17:00，周一闭馆（法定节假日除外）",
     "Tu-Su 09:00-17:00; PH 09:00-17:00"},
    {"周一闭馆；5月-9月9:00-18:00；10月-4月9:00-17:00",
     "May-Sep 09:00-18:00; Oct-Apr 09:00-17:00; Mo off"},
    {"周六9:00-12:00，每天8:00-18:00", "08:00-18:00; Sa 09:00-12:00"},
    {"周一、三、五 8:00-12:00；周二、四、六日14:00-18:00",
     "Mo,We,Fr 08:00-12:00; Tu,Th,Sa,Su 14:00-18:00"},
    {"周末及节假日 10:00-16:00，周一至周五 8:00-18:00",
     "Mo-Fr 08:00-18:00; Sa,Su,PH 10:00-16:00"},
    {"双休日及法定节假日休息；周一至周五9:00-17:00",
     "Mo-Fr 09:00-17:00; PH off"},
    {"每周一至周五 上午9:00-11:30，下午13:30-17:00；周六上午9:00-11:30",
     "Mo-Fr 09:00-11:30,13:30-17:00; Sa 09:00-11:30"},
};

static void
chinese_means_what_osm_says(void **state)
{

    (void)state;
    for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
        assert_same(phrases[i][0], phrases[i][1]);
    }
}

static void
osm_forms_of_one_meaning_agree(void **state)
{
    static const char *const v[][2] = {
        {"Mo-Su 06:00-00:00", "06:00-24:00"},
        {"Mo-Su 22:00-26:00", "22:00-02:00"},
        {"mo-fr 8:00-18:00", "Mo-Fr 08:00-18:00"},
        {"Monday-Fri 08:00-18:00", "Mo-Fr 08:00-18:00"},
        {"Mo–Fr 08:00–18:00", "Mo-Fr 08:00-18:00"},
        {"Mo-Fr: 08:00-18:00;", "Mo-Fr 08:00-18:00"},
        {"Mo-Fr 08:00-18:00 open", "Mo-Fr 08:00-18:00"},
        {"Sa,PH off; Mo-Fr 08:00-12:00", "Mo-Fr 08:00-12:00"},
        {"Mo-Sa 09:00-11:30, 14:00-16:30", "Mo-Sa 09:00-11:30,14:00-16:30"},
        {"Mo-Fr 09:00-12:00, We 14:00-18:00",
         "Mo,Tu,Th,Fr 09:00-12:00; We 09:00-12:00,14:00-18:00"},
        {"Mo-Fr 08:00-18:00; Mo-Fr 12:00-13:00 off",
         "Mo-Fr 08:00-12:00,13:00-18:00"},
        {"Mo-Fr 08:00-18:00; PH closed \"holidays\"",
         "Mo-Fr 08:00-18:00; PH off"},
        {"24/7; Dec 24 off", "00:00-24:00; Dec 24 closed"},
        {"Dec 24-26 10:00-12:00", "Dec 24,25,26 10:00-12:00"},
        /* Off first, then replaced by a rule for every day. */
        {"Dec 24-Jan 02 off; 08:00-09:00", "08:00-09:00"},
        {"Apr-Sep: Mo-Fr 09:00-17:00", "Apr-Sep Mo-Fr 09:00-17:00"},
        {"PH Mo-Fr 10:00-12:00", "PH 10:00-12:00; PH Sa,Su off"},
        {"2026 Feb 16-22 10:00-12:00", "2026 Feb 16-2026 Feb 22 10:00-12:00"},
        {"2026 Feb-Mar 10:00-12:00", "2026 Feb 01-Mar 31 10:00-12:00"},
        {"08:00-10:00,09:00-12:00", "08:00-12:00"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
        assert_same(v[i][0], v[i][1]);
    }
}

static void
single_moments_are_right(void **state)
{
    static const struct {
        const char *text;
        const char *when;
        int open;
    } v[] = {
        /* A plain Monday to Friday does not ask the calendar. */
        {"周一至周五 9:00-17:00", "2026-02-16T10:00:00+08:00", 1},
        {"Mo-Fr 09:00-17:00", "2030-02-18T10:00:00+08:00", 1},
        {"工作日 9:00-17:00", "2026-02-13T10:00:00+08:00", 1},
        {"工作日 9:00-17:00", "2026-02-14T10:00:00+08:00", 1},
        {"工作日 9:00-17:00", "2026-02-15T10:00:00+08:00", 0},
        {"工作日 9:00-17:00", "2026-02-16T10:00:00+08:00", 0},
        {"工作日9-17点，周末10-16点", "2026-02-14T09:30:00+08:00", 1},
        {"工作日9-17点，周末10-16点", "2026-02-15T09:30:00+08:00", 0},
        {"工作日9-17点，周末10-16点", "2026-02-15T10:30:00+08:00", 1},
        {"工作日9-17点，周六休息", "2026-02-14T10:30:00+08:00", 1},
        {"非工作日 9:00-17:00", "2026-02-14T10:00:00+08:00", 0},
        {"非工作日 9:00-17:00", "2026-02-16T10:00:00+08:00", 1},
        {"PH 10:00-12:00", "2026-02-16T11:00:00+08:00", 1},
        {"PH 10:00-12:00", "2026-02-18T11:00:00+08:00", 0},
        {"PH", "2026-02-16T23:00:00+08:00", 1},
        /* What starts on a day is that day's, past midnight too. */
        {"Mo-Su 22:00-02:00; PH off", "2026-02-16T01:00:00+08:00", 1},
        {"Mo-Su 22:00-02:00; PH off", "2026-02-16T23:00:00+08:00", 0},
        {"Mo-Su 22:00-02:00; PH off", "2026-02-18T01:00:00+08:00", 0},
        {"Fr 20:00-02:00", "2026-02-14T01:59:00+08:00", 1},
        {"Fr 20:00-02:00", "2026-02-14T02:00:00+08:00", 0},
        /* A later rule replaces, also across the year's end. */
        {"08:00-20:00; Dec 30-Jan 02 off", "2026-12-31T10:00:00+08:00", 0},
        {"08:00-20:00; Dec 30-Jan 02 off", "2027-01-02T10:00:00+08:00", 0},
        {"08:00-20:00; Dec 30-Jan 02 off", "2027-01-03T10:00:00+08:00", 1},
        /* Named dates that run past a season's start, without a leap day. */
        {"Mar-Jun 08:00-10:00, 2026 Feb 20-Mar 10 20:00-21:00",
         "2026-03-01T09:00:00+08:00", 1},
        {"Mar-Jun 08:00-10:00, 2026 Feb 20-Mar 10 20:00-21:00",
         "2026-02-28T09:00:00+08:00", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
        hours h = compile(v[i].text);
        int64_t now_s;

        assert_int_equal(yz_rfc3339_parse(yz_span_of(v[i].when), &now_s),
                         YZ_OK);
        if (at(&h, now_s).open != v[i].open) {
            fail_msg("%s at %s is not %d", v[i].text, v[i].when, v[i].open);
        }
    }
}

static const char *const refused[] = {
    "",
    " ",
    ";",
    "abc",
    "Mo-",
    "Mo-Fr 8",
    "Mo-Fr 08:00",
    "Mo-Fr 08:00-",
    "Mo-Fr 08:00-25:70",
    "08:00-08:00",
    "25:00-26:00",
    "08:00-49:00",
    "11:30-14:00; 17:00-21:00",
    "Mo-Fr 08:00-12:00; Mo-Fr 14:00-18:00",
    "24/7; 08:00-20:00",
    "9:00-5:00",
    "8:00-12:00, 2:00-6:00",
    "Mo-Fr 09:00-17:00 \"by appointment\"",
    "Mo-Fr 09:00-17:00 || \"call\"",
    "Mo-Fr 09:00-17:00 unknown",
    "Mo-Fr 09:00+",
    "Mo-Fr 8am-5pm",
    "sunrise-sunset",
    "week 1-10 Mo 10:00-12:00",
    "Mo[1] 10:00-12:00",
    "SH off",
    "PH off",
    "Dec 25 off",
    "PH +1 day off",
    "easter off",
    "Feb 30 off; 08:00-09:00",
    "Jun 31 off; 08:00-09:00",
    "2025 Feb 29 off; 08:00-09:00",
    "Dec 24,Mo 10:00-12:00",
    "May 01-Jun 10:00-12:00",
    "2026 Dec 20-Jan 05 off; 08:00-09:00",
    "1969 Dec 20 off; 08:00-09:00",
    "Mo-Fr 22:00-02:00; 23:00-24:00 off",
    "Mo-Fr 08:00-18:00;;",
    "Mo-Fr 08:00-18:00,",
    "西大門:07:00~22:00、東大門:07:00~20:00、假日不開放",
    "全年无休",
    "周一至周五",
    "周一至周五开放",
    "休息",
    "周一休息",
    "节假日休息",
    "暂停开放",
    "工作日",
    "工作日 9:00-17:00，其余时间预约",
    "周一至周五 9:00-17:00，周六预约",
    "8:00-5:30（每天）",
    "早8:00-6:00",
    "上午8:00-12:00，2:00-6:00",
    "早8点到8点",
    "10:00-2:00，每天",
    "下午25:00-26:00",
    "8:00-18:00（12:00-14:00休息）",
    "8:00-18:00，9:00-17:00",
    "周一至周五8:00-18:00，周五至周日9:00-17:00",
    "周一至周五8:00-18:00，节假日10:00-16:00",
    "工作日8:00-18:00，节假日10:00-16:00",
    "周一闭馆，节假日照常开放，9:00-17:00",
    "周一闭馆，节假日9:00-17:00，周二至周日9:00-17:00",
    "周一至周五9:00-17:00，全年无休",
    "工作日9:00-17:00，节假日照常",
    "夏季8:00-20:00，冬季8:30-18:00",
    "夏季8:00-20:00",
    "春节休息，8:00-20:00",
    "8:00-20:00（周六",
    "8:00-20:00（每天））",
    "周八8:00-20:00",
    "周零8:00-20:00",
    "全天8:00-20:00",
    "8小时",
    "每天周一至周五8:00-17:00",
    "5月32日8:00-9:00",
    "13月8:00-9:00",
    "5月-次年6月8:00-9:00",
    "8:00（每天）",
    "8点",
    "8-18，每天",
    "周一-8:00",
    "8:00-17:00(周一至周五)9:00-12:00(周六)",
    "8:00-17:00(周一至周五)9:00-12:00",
    "除周一外",
    "周日",
};

static void
what_is_not_understood_whole_is_refused(void **state)
{
    uint8_t blob[YZ_HOURS_BLOB_MAX];
    size_t size;

    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        if (yz_hours_compile(yz_span_of(refused[i]), blob, &size) !=
            YZ_BAD_INPUT) {
            fail_msg("accepted: %s", refused[i]);
        }
    }
}

static void
every_truncation_is_read_within_its_bounds(void **state)
{
    static const char *const v[] = {
        "2026 Feb 16-Mar 02,Dec 24-26 Mo-Fr,PH 08:00-12:00,13:00-26:00 open; "
        "Sa off \"x\", Su 24/7",
        "夏季（5月1日-次年4月30日）周一、三、五至日及法定节假日 上午８：３０—"
        "晚9点半，22点一刻-次日凌晨2:00（周一闭馆，节假日除外）；除周六外全天",
    };
    uint8_t blob[YZ_HOURS_BLOB_MAX];
    size_t size;

    (void)state;
    for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
        for (size_t n = 0; n <= strlen(v[i]); n++) {
            char *exact = malloc(n > 0 ? n : 1);

            assert_non_null(exact);
            memcpy(exact, v[i], n);
            if (yz_hours_compile((yz_span){exact, n}, blob, &size) == YZ_OK) {
                assert_int_equal(yz_hours_check(blob, size), YZ_OK);
            }
            free(exact);
        }
    }
}

static void
too_much_is_refused(void **state)
{
    char text[YZ_HOURS_MAX + 2];
    uint8_t blob[YZ_HOURS_BLOB_MAX];
    size_t size;

    (void)state;
    memset(text, ' ', sizeof(text));
    memcpy(text, "24/7", 4);
    assert_int_equal(
        yz_hours_compile((yz_span){text, YZ_HOURS_MAX}, blob, &size), YZ_OK);
    assert_int_equal(
        yz_hours_compile((yz_span){text, YZ_HOURS_MAX + 1}, blob, &size),
        YZ_BAD_INPUT);
    /* Nine spans a day, then more rules than there is room for. */
    assert_int_equal(
        yz_hours_compile(
            YZ_SPAN("01:00-01:10,02:00-02:10,03:00-03:10,04:00-04:10,"
                    "05:00-05:10,06:00-06:10,07:00-07:10,08:00-08:10,"
                    "09:00-09:10"),
            blob, &size),
        YZ_BAD_INPUT);
    text[0] = '\0';
    for (int i = 1; i <= 33; i++) {
        snprintf(text + strlen(text), 16, "Jan %d off;", i % 31 + 1);
    }
    strcat(text, "24/7");
    assert_int_equal(yz_hours_compile(yz_span_of(text), blob, &size),
                     YZ_BAD_INPUT);
    assert_int_equal(
        yz_hours_compile(YZ_SPAN("8:00-9:00\xE5\x91"), blob, &size),
        YZ_BAD_INPUT);
    assert_int_equal(yz_hours_compile(YZ_SPAN("24/7\0"), blob, &size),
                     YZ_BAD_INPUT);
}

static int
calendar_make(void **state)
{
    size_t bad_line;

    (void)state;
    return yz_calendar_compile(YZ_SPAN(holidays), calendar, sizeof(calendar),
                               &calendar_size, &bad_line) == YZ_OK
               ? 0
               : -1;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chinese_means_what_osm_says),
        cmocka_unit_test(osm_forms_of_one_meaning_agree),
        cmocka_unit_test(single_moments_are_right),
        cmocka_unit_test(what_is_not_understood_whole_is_refused),
        cmocka_unit_test(every_truncation_is_read_within_its_bounds),
        cmocka_unit_test(too_much_is_refused),
    };

    return cmocka_run_group_tests(tests, calendar_make, NULL);
}
