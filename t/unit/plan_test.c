/*
 * Protects what a load changes: rows merge with what is stored, column by
 * column; rows without id find their place; nothing is closed or moved that
 * nobody named.  Without it a renumbered file moves printed codes to other
 * stations.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "admin/load/plan.h"
#include "core/geo_point.h"
#include "core/limits.h"
#include "t/unit/scratch_dir.h"

static const char region_table[] = "code,name\n110105,朝阳区\n"
                                   "370000,山东省\n370200,青岛市\n"
                                   "370202,市南区\n370203,市北区\n"
                                   "370211,黄岛区\n";

static char dir[SCRATCH_SIZE];
static yz_store *store;
static yz_regions regions;
static yz_refusal refusal;
static yz_arena arena;
static yz_faults faults;
static yz_rows rows;
static yz_plan plan;

/* Plans the load of `text`; release() after it. */
static void
plan_text(const char *text, const yz_plan_options *options)
{
    yz_renames renames = {0};
    yz_crs wgs84 = YZ_CRS_WGS84;
    yz_progress progress;
    yz_plan_options none = {0};

    refusal.text[0] = '\0';
    yz_progress_init(&progress, true);
    assert_int_equal(yz_rows_read(yz_span_of(text), &renames, &wgs84, &regions,
                                  &arena, &faults, &rows, &progress, &refusal),
                     YZ_OK);
    assert_int_equal(
        yz_plan_make(&plan, &rows, options == NULL ? &none : options, store),
        YZ_OK);
}

static void
release(void)
{
    yz_plan_free(&plan);
    yz_rows_free(&rows);
    yz_faults_free(&faults);
    yz_arena_free(&arena);
}

static void
put_planned(void)
{
    yz_batch_info info = {.kind = YZ_SPAN("load"),
                          .source = YZ_SPAN("test"),
                          .actor = YZ_SPAN("test")};
    yz_batch_result result;
    uint32_t *order;
    size_t count;

    assert_int_equal(faults.errors, 0);
    assert_int_equal(yz_store_begin(store, &info), YZ_OK);
    assert_int_equal(yz_plan_order(&plan, &order, &count), YZ_OK);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(yz_store_place_put(store, &rows.items[order[i]].place),
                         YZ_OK);
    }
    free(order);
    assert_int_equal(yz_store_commit(store, &result, NULL, NULL), YZ_OK);
    release();
}

static void
load_text(const char *text)
{
    plan_text(text, NULL);
    put_planned();
}

static void
assert_counts(size_t added, size_t changed, size_t closed, size_t unchanged)
{
    assert_int_equal(plan.added, added);
    assert_int_equal(plan.changed, changed);
    assert_int_equal(plan.closed, closed);
    assert_int_equal(plan.unchanged, unchanged);
}

static yz_place
stored(const char *id)
{
    yz_place place;

    assert_int_equal(yz_store_place_get(store, yz_span_of(id), &place), YZ_OK);
    return place;
}

static void
assert_text(yz_span text, const char *wanted)
{
    assert_int_equal(text.n, strlen(wanted));
    assert_memory_equal(text.p, wanted, text.n);
}

static const char three[] =
    "id,name,kind,region,address,lng,lat,hours,services,phone,status,until\n"
    "A,甲,toilet,370202,路1,120.30,36.06,24/7,water,12351,open,\n"
    "B,乙,station,370202,路2,120.31,36.07,,\"rest,water\",,暂停,2027-03-01\n"
    "C,丙,station,370203,,,,,,,,\n";

static void
the_same_file_again_changes_nothing(void **state)
{
    (void)state;
    plan_text(three, NULL);
    assert_counts(3, 0, 0, 0);
    put_planned();
    plan_text(three, NULL);
    assert_counts(0, 0, 0, 3);
    assert_true(yz_plan_is_empty(&plan));
    release();
}

static void
columns_that_are_not_there_stay(void **state)
{
    yz_place place;

    (void)state;
    load_text(three);
    load_text("id,address\nB,新路\n");
    place = stored("B");
    assert_text(place.address, "新路");
    assert_text(place.name, "乙");
    assert_text(place.services, "rest,water");
    assert_int_equal(place.status, YZ_PLACE_SUSPENDED);
    assert_int_not_equal(place.until_s, 0);
    assert_true(place.has_position);
    assert_int_equal(place.region, 370202);
}

static void
empty_cells_clear(void **state)
{
    yz_place place;

    (void)state;
    load_text(three);
    load_text("id,address,lng,lat,services,kind,phone,hours\nA,,,,,,,\n");
    place = stored("A");
    assert_int_equal(place.address.n, 0);
    assert_int_equal(place.services.n, 0);
    assert_int_equal(place.phone.n, 0);
    assert_int_equal(place.hours.n, 0);
    assert_false(place.has_position);
    assert_text(place.kind, "station");
    assert_text(place.name, "甲");
}

static void
a_place_that_opens_again_has_no_end_of_closure(void **state)
{
    (void)state;
    load_text(three);
    load_text("id,status\nB,开放\n");
    assert_int_equal(stored("B").status, YZ_PLACE_OPEN);
    assert_int_equal(stored("B").until_s, 0);
}

static void
codes_stay_with_their_places(void **state)
{
    char code[YZ_CODE_SIZE];

    (void)state;
    load_text(three);
    strcpy(code, stored("A").code);
    load_text("id,name,lng,lat\nA,新名,120.3001,36.0601\nD,丁,120.3,36.06\n");
    assert_string_equal(stored("A").code, code);
    assert_string_not_equal(stored("D").code, code);
}

static void
a_new_name_far_away_is_refused_unless_listed(void **state)
{
    static const char moved_row[] = "id,name,lng,lat\nA,新名,120.4,36.06\n";
    yz_text_index ids = YZ_TEXT_INDEX_INIT;
    yz_text_slot *slot;
    yz_plan_options options = {.moved = &ids};

    (void)state;
    load_text(three);
    plan_text(moved_row, NULL);
    assert_int_equal(faults.errors, 1);
    assert_int_equal(faults.items[0].code, YZ_FAULT_MOVED);
    assert_in_range(faults.items[0].number, 8000, 10000);
    release();
    assert_int_equal(yz_text_index_add(&ids, YZ_SPAN("A"), 0, &slot), YZ_OK);
    plan_text(moved_row, &options);
    assert_int_equal(faults.errors, 0);
    assert_counts(0, 1, 0, 0);
    release();
    yz_text_index_free(&ids);
    /* The name alone, or the move alone, is an ordinary change. */
    plan_text("id,name,lng,lat\nA,甲,120.4,36.06\nB,新,120.31,36.07\n", NULL);
    assert_int_equal(faults.errors, 0);
    release();
}

static void
rows_without_id_find_their_place(void **state)
{
    (void)state;
    load_text(three);
    /* 100 m away; then 600 m; then another region. */
    plan_text("name,region,lng,lat,phone\n甲,370202,120.3011,36.06,12345\n",
              NULL);
    assert_counts(0, 1, 0, 0);
    assert_text(rows.items[0].place.id, "A");
    assert_text(rows.items[0].place.address, "路1");
    release();
    plan_text("name,region,lng,lat\n甲,370202,120.307,36.06\n", NULL);
    assert_counts(1, 0, 0, 0);
    assert_int_equal(rows.items[0].place.id.n, 17);
    assert_memory_equal(rows.items[0].place.id.p, "370202-", 7);
    release();
    plan_text("name,region,lng,lat\n甲,370203,120.3,36.06\n", NULL);
    assert_counts(1, 0, 0, 0);
    release();
    /* Without position on both sides. */
    plan_text("name,region,lng,lat\n丙,370203,,\n", NULL);
    assert_counts(0, 0, 0, 1);
    release();
}

static void
rows_without_id_load_once(void **state)
{
    static const char file[] = "name,region,lng,lat\n子,370202,120.1,36\n"
                               "丑,370202,120.1,36\n寅,,,\n";

    (void)state;
    load_text(file);
    plan_text(file, NULL);
    assert_counts(0, 0, 0, 3);
    release();
}

static void
rows_that_may_be_several_places_are_refused(void **state)
{
    (void)state;
    load_text("id,name,region,lng,lat\nX,同,370202,120.2,36\n"
              "Y,同,370202,120.2001,36\n");
    plan_text("name,region,lng,lat\n同,370202,120.2,36\n", NULL);
    assert_int_equal(faults.by_code[YZ_FAULT_MATCH_MANY], 1);
    release();
    plan_text("name,region,lng,lat\n双,370202,120.2,36\n双,370202,120.2,36\n"
              "双,370202,120.9,36\n",
              NULL);
    assert_int_equal(faults.errors, 1);
    assert_int_equal(faults.items[0].code, YZ_FAULT_MATCH_TWIN);
    release();
    load_text("id,name,region,lng,lat\nZ,独,370202,120.3,36\n");
    plan_text("id,name,region,lng,lat\nZ,独,370202,120.3,36\n"
              ",独,370202,120.3,36\n",
              NULL);
    assert_int_equal(faults.by_code[YZ_FAULT_MATCH_TWICE], 1);
    release();
}

static void
replace_closes_what_is_not_named(void **state)
{
    yz_plan_options options = {
        .replace = true, .region_low = 370200, .region_high = 370299};

    (void)state;
    load_text(three);
    load_text("id,name,region,lng,lat\nE,戊,110105,116.4,39.9\n"
              "F,己,370202,120.3,36.06\n");
    plan_text("id,name,region,lng,lat,phone\nA,甲,370202,120.30,36.06,12351\n"
              ",己,370202,120.3,36.06,\n",
              &options);
    assert_int_equal(faults.errors, 0);
    assert_counts(0, 0, 2, 2);
    assert_int_equal(plan.closing_count, 2);
    assert_text(plan.closing[0]->id, "B");
    assert_text(plan.closing[1]->id, "C");
    release();
}

static void
closing_a_place_counts_as_closed(void **state)
{
    (void)state;
    load_text(three);
    plan_text("id,status\nA,关闭\nB,下架\nC,暂停\n", NULL);
    assert_counts(0, 1, 2, 0);
    release();
}

static void
a_point_far_from_its_city_is_a_warning(void **state)
{
    (void)state;
    plan_text("id,name,region,lng,lat\n1,a,370202,120.3,36\n"
              "2,b,370203,120.4,36.1\n3,c,370211,120.2,36\n"
              "4,d,370202,117,36\n5,e,370000,100,30\n",
              NULL);
    assert_int_equal(faults.count, 1);
    assert_int_equal(faults.items[0].code, YZ_WARNING_FAR);
    assert_int_equal(faults.items[0].line, 5);
    release();
}

static void
the_65th_service_names_its_row(void **state)
{
    char text[4096];
    size_t n = (size_t)sprintf(text, "id,name,services\n");

    (void)state;
    for (int i = 0; i < YZ_SERVICES_MAX; i++) {
        n += (size_t)sprintf(text + n, "%d,a,s%d\n", i, i);
    }
    load_text(text);
    plan_text("id,name,services\n0,a,s0\nnew,a,s3\n", NULL);
    assert_int_equal(faults.errors, 0);
    release();
    plan_text("id,name,services\nnew,a,s3\nother,a,s64\n", NULL);
    assert_int_equal(faults.errors, 1);
    assert_int_equal(faults.items[0].code, YZ_FAULT_SERVICES_MANY);
    assert_int_equal(faults.items[0].line, 3);
    release();
}

static void
new_places_go_along_the_curve(void **state)
{
    uint32_t *order;
    size_t count;
    uint64_t last = 0;

    (void)state;
    plan_text("id,name,lng,lat\n1,a,,\n2,b,120,36\n3,c,-70,-30\n4,d,120,36.1\n"
              "5,e,10,50\n",
              NULL);
    assert_int_equal(yz_plan_order(&plan, &order, &count), YZ_OK);
    assert_int_equal(count, 5);
    assert_int_equal(order[4], 0);
    for (size_t i = 0; i < 4; i++) {
        const yz_place *place = &rows.items[order[i]].place;
        uint64_t here = yz_hilbert_of(place->lat_e7, place->lng_e7);

        assert_true(here >= last);
        last = here;
    }
    free(order);
    release();
}

static int
open_store(void **state)
{
    yz_store_error error;

    (void)state;
    if (yz_regions_read(YZ_SPAN(region_table), &regions, &refusal) != YZ_OK ||
        scratch_make(dir) != 0) {
        return -1;
    }
    return yz_store_open(dir, 0, &store, &error) == YZ_OK ? 0 : -1;
}

static int
close_store(void **state)
{
    (void)state;
    yz_store_close(store);
    yz_regions_free(&regions);
    scratch_remove(dir);
    return 0;
}

#define STORE_TEST(test)                                                       \
    cmocka_unit_test_setup_teardown(test, open_store, close_store)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(the_same_file_again_changes_nothing),
        STORE_TEST(columns_that_are_not_there_stay),
        STORE_TEST(empty_cells_clear),
        STORE_TEST(a_place_that_opens_again_has_no_end_of_closure),
        STORE_TEST(codes_stay_with_their_places),
        STORE_TEST(a_new_name_far_away_is_refused_unless_listed),
        STORE_TEST(rows_without_id_find_their_place),
        STORE_TEST(rows_without_id_load_once),
        STORE_TEST(rows_that_may_be_several_places_are_refused),
        STORE_TEST(replace_closes_what_is_not_named),
        STORE_TEST(closing_a_place_counts_as_closed),
        STORE_TEST(a_point_far_from_its_city_is_a_warning),
        STORE_TEST(the_65th_service_names_its_row),
        STORE_TEST(new_places_go_along_the_curve),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
