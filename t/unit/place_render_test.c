/*
 * Protects the static part of every answer: the members of a place, their
 * order, what is null, and that the reader's checks accept what the writer
 * renders.  The API's documents promise these bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/limits.h"
#include "lmdb_schema/place_render.h"
#include "lmdb_schema/place_view.h"

static uint8_t record[YZ_PLACE_RECORD_MAX];

static yz_place
sample(void)
{
    yz_place place = {
        .id = YZ_SPAN("qd-1"),
        .name = YZ_SPAN("香港中路驿站"),
        .kind = YZ_SPAN("station"),
        .address = YZ_SPAN("香港中路 \"1\" 号"),
        .hours = YZ_SPAN("24/7"),
        .services = YZ_SPAN("hot_meal,water"),
        .phone = YZ_SPAN("0532-12345678"),
        .region = 370202,
        .has_position = true,
        .lng_e7 = 1203826000,
        .lat_e7 = 360671000,
        .level = 1,
        .number = 7,
        .rating_count = 2,
        .rating_sum = 9,
    };
    return place;
}

/* Renders, checks as a reader does, and joins the three parts. */
static void
assert_renders(const char *wanted, const yz_place *place)
{
    const yz_place_words words = {.services = 6, .kind = 3, .hours = 4};
    yz_region_names names;
    yz_place_view view;
    size_t size, line;

    assert_int_equal(
        YZ_OK, yz_region_names_parse(
                   YZ_SPAN("370000,山东省\n370200,青岛市\n370202,市南区\n"),
                   &names, &line));
    assert_int_equal(YZ_OK,
                     yz_place_render(place, &words, &names, record, &size));
    yz_region_names_free(&names);
    assert_int_equal(YZ_OK,
                     yz_place_view_of(record, size, place->number, &view));
    assert_ptr_equal(view.json_head.p + view.json_head.n, view.json_point.p);
    assert_ptr_equal(view.json_point.p + view.json_point.n, view.json_tail.p);
    assert_int_equal(strlen(wanted),
                     view.json_head.n + view.json_point.n + view.json_tail.n);
    assert_memory_equal(wanted, view.json_head.p, strlen(wanted));
    assert_true(yz_span_equal(place->id, view.id));
    assert_true(yz_span_equal(place->name, view.name));
    assert_true(yz_span_equal(place->address, view.address));
    assert_true(yz_span_equal(place->phone, view.phone));
    assert_true(yz_span_equal(place->hours, view.hours));
    assert_int_equal(6, view.head.services);
    assert_int_equal(3, view.head.kind);
    assert_int_equal(4, view.head.hours);
    assert_int_equal(place->rating_sum, view.head.rating_sum);
}

static void
a_place_shows_all_its_members(void **state)
{
    yz_place place = sample();

    (void)state;
    assert_renders(
        "{\"type\":\"Feature\",\"id\":\"qd-1\",\"geometry\":{\"type\":"
        "\"Point\",\"coordinates\":[120.3826,36.0671]},\"properties\":{"
        "\"name\":\"香港中路驿站\",\"kind\":\"station\",\"kind_label\":"
        "\"驿站\",\"level\":\"city\",\"region\":\"370202\",\"region_name\":"
        "\"山东省青岛市市南区\",\"address\":\"香港中路 \\\"1\\\" 号\","
        "\"hours\":\"24/7\",\"services\":[\"hot_meal\",\"water\"],\"phone\":"
        "\"0532-12345678\",\"status\":\"open\"",
        &place);
}

static void
what_is_not_known_is_null(void **state)
{
    yz_place place = {.id = YZ_SPAN("x"), .kind = YZ_SPAN("某种"), .number = 1};

    (void)state;
    assert_renders(
        "{\"type\":\"Feature\",\"id\":\"x\",\"geometry\":null,\"properties\":"
        "{\"name\":\"某种\",\"kind\":\"某种\",\"kind_label\":\"某种\","
        "\"level\":\"none\",\"region\":null,\"region_name\":null,\"address\":"
        "null,\"hours\":null,\"services\":[],\"phone\":null,\"status\":"
        "\"open\"",
        &place);
}

static void
a_suspension_shows_its_end_when_that_is_known(void **state)
{
    yz_place place = {.id = YZ_SPAN("x"),
                      .kind = YZ_SPAN("station"),
                      .number = 1,
                      .region = 420000,
                      .status = YZ_PLACE_SUSPENDED,
                      .until_s = 1777564800};

    (void)state;
    assert_renders(
        "{\"type\":\"Feature\",\"id\":\"x\",\"geometry\":null,\"properties\":"
        "{\"name\":\"驿站\",\"kind\":\"station\",\"kind_label\":\"驿站\","
        "\"level\":\"none\",\"region\":\"420000\",\"region_name\":null,"
        "\"address\":null,\"hours\":null,\"services\":[],\"phone\":null,"
        "\"status\":\"suspended\",\"until\":\"2026-05-01T00:00:00+08:00\"",
        &place);
    place.status = YZ_PLACE_CLOSED;
    assert_renders(
        "{\"type\":\"Feature\",\"id\":\"x\",\"geometry\":null,\"properties\":"
        "{\"name\":\"驿站\",\"kind\":\"station\",\"kind_label\":\"驿站\","
        "\"level\":\"none\",\"region\":\"420000\",\"region_name\":null,"
        "\"address\":null,\"hours\":null,\"services\":[],\"phone\":null,"
        "\"status\":\"closed\"",
        &place);
}

/* Every text at its limit, every byte escaped to six. */
static void
the_longest_place_fits(void **state)
{
    static char text[YZ_PLACE_RECORD_MAX], services[8192];
    yz_place place = sample();
    const yz_place_words words = {0, 0, 0};
    const yz_region_names names = {0};
    yz_place_view view;
    size_t size, n = 0, i;

    (void)state;
    memset(text, '<', sizeof(text));
    for (i = 0; i < YZ_SERVICES_MAX; i++) {
        memset(services + n, '<', YZ_WORD_MAX);
        n += YZ_WORD_MAX;
        services[n++] = ',';
    }
    place.id = (yz_span){text, YZ_ID_MAX};
    place.name = (yz_span){text, YZ_NAME_MAX};
    place.kind = (yz_span){text, YZ_WORD_MAX};
    place.address = (yz_span){text, YZ_ADDRESS_MAX};
    place.hours = (yz_span){text, YZ_HOURS_MAX};
    place.phone = (yz_span){text, YZ_PHONE_MAX};
    place.services = (yz_span){services, n - 1};
    assert_int_equal(YZ_OK,
                     yz_place_render(&place, &words, &names, record, &size));
    assert_int_equal(YZ_OK,
                     yz_place_view_of(record, size, place.number, &view));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_place_shows_all_its_members),
        cmocka_unit_test(what_is_not_known_is_null),
        cmocka_unit_test(a_suspension_shows_its_end_when_that_is_known),
        cmocka_unit_test(the_longest_place_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
