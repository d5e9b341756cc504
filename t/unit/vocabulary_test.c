/*
 * Protects the words of files and filters: what clerks write in Chinese finds
 * the one word that is stored, no name means two things, and unknown words
 * stay as they are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/limits.h"
#include "core/utf8.h"
#include "core/vocabulary.h"
#include "t/unit/guard_page.h"

static void
assert_span(yz_span span, const char *wanted)
{
    assert_int_equal(span.n, strlen(wanted));
    assert_memory_equal(span.p, wanted, span.n);
}

static void
the_words_of_the_contract_are_known(void **state)
{
    static const char *const kinds[] = {
        "station",      "micro_station", "mobile_station",   "grid_station",
        "partner_shop", "clinic",        "vaccination_site", "charging_post",
        "toilet",       "pharmacy",      "legal_aid_point"};
    static const char *const services[] = {"water",          "hot_meal",
                                           "fridge",         "hot_drinks",
                                           "rest",           "air_conditioning",
                                           "phone_charging", "ebike_charging",
                                           "battery_swap",   "books",
                                           "e_reading",      "medicine",
                                           "umbrella",       "restroom",
                                           "shower",         "laundry",
                                           "wifi",           "nursing_room",
                                           "childcare",      "handoff",
                                           "donation_shelf", "join_union",
                                           "legal_aid",      "counselling",
                                           "job_info",       "massage",
                                           "health_check",   "aed",
                                           "parking"};
    const yz_vocabulary_entry *entry;
    size_t n;

    (void)state;
    entry = yz_vocabulary_kinds(&n);
    assert_int_equal(n, sizeof(kinds) / sizeof(kinds[0]));
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(entry[i].word, kinds[i]);
    }
    entry = yz_vocabulary_services(&n);
    assert_int_equal(n, sizeof(services) / sizeof(services[0]));
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(entry[i].word, services[i]);
    }
}

static void
assert_entries(const yz_vocabulary_entry *entry, size_t n,
               yz_span (*canonical)(yz_span), yz_span (*label)(yz_span),
               yz_span (*icon)(yz_span))
{
    for (size_t i = 0; i < n; i++) {
        yz_span word = yz_span_of(entry[i].word);

        assert_true(word.n <= YZ_WORD_MAX);
        assert_span(canonical(word), entry[i].word);
        assert_span(canonical(yz_span_of(entry[i].label)), entry[i].word);
        assert_span(label(word), entry[i].label);
        assert_span(icon(word), entry[i].icon);
        assert_true(yz_text_clean(yz_span_of(entry[i].icon)));
        assert_true(entry[i].icon[0] != '\0');
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(entry[i].label, entry[j].label);
        }
    }
}

static void
words_and_labels_lead_to_each_other(void **state)
{
    const yz_vocabulary_entry *entry;
    size_t n;

    (void)state;
    entry = yz_vocabulary_kinds(&n);
    assert_entries(entry, n, yz_vocabulary_kind_of, yz_vocabulary_kind_label,
                   yz_vocabulary_kind_icon);
    entry = yz_vocabulary_services(&n);
    assert_entries(entry, n, yz_vocabulary_service_of,
                   yz_vocabulary_service_label, yz_vocabulary_service_icon);
}

static void
the_names_that_clerks_write_are_known(void **state)
{
    static const char *const services[][2] = {{"饮水", "water"},
                                              {"热水", "water"},
                                              {"饮用水", "water"},
                                              {"微波炉", "hot_meal"},
                                              {"热饭", "hot_meal"},
                                              {"冰箱", "fridge"},
                                              {"充电", "phone_charging"},
                                              {"手机充电", "phone_charging"},
                                              {"空调", "air_conditioning"},
                                              {"休息", "rest"},
                                              {"WiFi", "wifi"},
                                              {"WIFI", "wifi"},
                                              {"Wi-Fi", "wifi"},
                                              {"免费wifi", "wifi"},
                                              {"无线网", "wifi"},
                                              {"卫生间", "restroom"},
                                              {"厕所", "restroom"},
                                              {"药品", "medicine"},
                                              {"药箱", "medicine"},
                                              {"急救箱", "medicine"},
                                              {"急救药品", "medicine"},
                                              {"应急药", "medicine"},
                                              {"应急药品", "medicine"},
                                              {"急救包", "medicine"},
                                              {"雨伞", "umbrella"},
                                              {"母婴室", "nursing_room"},
                                              {"AED", "aed"},
                                              {"Hot_Meal", "hot_meal"}};
    static const char *const kinds[][2] = {{"驿站", "station"},
                                           {"工会驿站", "station"},
                                           {"户外劳动者服务站点", "station"},
                                           {"公厕", "toilet"},
                                           {"STATION", "station"}};

    (void)state;
    for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
        assert_span(yz_vocabulary_service_of(yz_span_of(services[i][0])),
                    services[i][1]);
    }
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        assert_span(yz_vocabulary_kind_of(yz_span_of(kinds[i][0])),
                    kinds[i][1]);
    }
}

static void
unknown_words_stay_as_they_are(void **state)
{
    static const char *const words[] = {"",     "rest:休憩處", "wifi:商店/商場",
                                        "PPLA", "toilets",     "stati",
                                        "驿",   "bus_stop"};

    (void)state;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        yz_span word = yz_span_of(words[i]);

        assert_ptr_equal(yz_vocabulary_kind_of(word).p, word.p);
        assert_span(yz_vocabulary_kind_of(word), words[i]);
        assert_span(yz_vocabulary_service_of(word), words[i]);
        assert_span(yz_vocabulary_kind_label(word), words[i]);
        assert_span(yz_vocabulary_service_label(word), words[i]);
        assert_true(yz_vocabulary_kind_icon(word).n > 0);
        assert_true(yz_vocabulary_service_icon(word).n > 0);
    }
    assert_int_equal(yz_vocabulary_kind_of((yz_span){"station\0", 8}).n, 8);
}

static void
levels_are_read_and_named(void **state)
{
    static const char *const words[] = {"none", "city", "province", "national"};
    static const char *const chinese[] = {"无", "市级", "省级", "全国最美"};

    (void)state;
    for (int i = 0; i < YZ_LEVEL_COUNT; i++) {
        yz_level level;

        assert_string_equal(yz_level_word((yz_level)i), words[i]);
        assert_non_null(yz_level_label((yz_level)i));
        assert_int_equal(yz_level_parse_strict(yz_span_of(words[i]), &level),
                         YZ_OK);
        assert_int_equal(level, i);
        assert_int_equal(yz_level_parse(yz_span_of(chinese[i]), &level), YZ_OK);
        assert_int_equal(level, i);
        assert_int_equal(yz_level_parse_strict(yz_span_of(chinese[i]), &level),
                         YZ_BAD_INPUT);
    }
}

static void
statuses_are_read_and_named(void **state)
{
    static const char *const words[] = {"open", "suspended", "closed",
                                        "delisted"};
    static const char *const chinese[] = {"正常", "暂停开放", "关闭", "下架"};

    (void)state;
    for (int i = 0; i < YZ_PLACE_STATUS_COUNT; i++) {
        yz_place_status status;

        assert_string_equal(yz_place_status_word((yz_place_status)i), words[i]);
        assert_int_equal(yz_place_status_parse(yz_span_of(words[i]), &status),
                         YZ_OK);
        assert_int_equal(status, i);
        assert_int_equal(yz_place_status_parse(yz_span_of(chinese[i]), &status),
                         YZ_OK);
        assert_int_equal(status, i);
        assert_int_equal(
            yz_place_status_parse(
                yz_span_of(yz_place_status_label((yz_place_status)i)), &status),
            YZ_OK);
        assert_int_equal(status, i);
    }
}

static void
what_is_no_level_or_status_is_refused(void **state)
{
    yz_place_status status;
    yz_level level;

    (void)state;
    assert_int_equal(yz_level_parse(YZ_SPAN(""), &level), YZ_BAD_INPUT);
    assert_int_equal(yz_level_parse(YZ_SPAN("world"), &level), YZ_BAD_INPUT);
    assert_int_equal(yz_level_parse_strict(YZ_SPAN(""), &level), YZ_BAD_INPUT);
    assert_int_equal(yz_place_status_parse(YZ_SPAN(""), &status), YZ_BAD_INPUT);
    assert_int_equal(yz_place_status_parse(YZ_SPAN("gone"), &status),
                     YZ_BAD_INPUT);
    assert_string_equal(yz_level_word(YZ_LEVEL_COUNT), "");
    assert_string_equal(yz_level_label(YZ_LEVEL_COUNT), "");
    assert_string_equal(yz_place_status_word(YZ_PLACE_STATUS_COUNT), "");
    assert_string_equal(yz_place_status_label(YZ_PLACE_STATUS_COUNT), "");
}

static void
try_truncation(yz_span text, void *context)
{
    yz_place_status status;
    yz_level level;

    (void)context;
    (void)yz_vocabulary_kind_of(text);
    (void)yz_vocabulary_service_of(text);
    (void)yz_vocabulary_service_label(text);
    (void)yz_level_parse(text, &level);
    (void)yz_place_status_parse(text, &status);
}

static void
truncations_stay_inside_the_text(void **state)
{
    static const char *const texts[] = {"户外劳动者服务站点", "phone_charging",
                                        "micro_station", "国家级", "suspended"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(
            guard_truncations(yz_span_of(texts[i]), try_truncation, NULL),
            strlen(texts[i]) + 1);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_words_of_the_contract_are_known),
        cmocka_unit_test(words_and_labels_lead_to_each_other),
        cmocka_unit_test(the_names_that_clerks_write_are_known),
        cmocka_unit_test(unknown_words_stay_as_they_are),
        cmocka_unit_test(levels_are_read_and_named),
        cmocka_unit_test(statuses_are_read_and_named),
        cmocka_unit_test(what_is_no_level_or_status_is_refused),
        cmocka_unit_test(truncations_stay_inside_the_text),
    };

    return cmocka_run_group_tests_name("vocabulary", tests, NULL, NULL);
}
