/*
 * Protects the truth of what is loaded: each cell becomes what it means, and
 * each thing that is wrong is one fault with its line and column.  Without it
 * exchanged coordinates send people into the sea.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "admin/load/rows.h"
#include "core/limits.h"

static const char region_table[] = "code,name\n"
                                   "110000,北京市\n"
                                   "110105,朝阳区\n"
                                   "210000,辽宁省\n"
                                   "211300,朝阳市\n"
                                   "370000,山东省\n"
                                   "370100,济南市\n"
                                   "370103,市中区\n"
                                   "370200,青岛市\n"
                                   "370202,市南区\n"
                                   "370400,枣庄市\n"
                                   "370402,市中区\n"
                                   "650000,新疆维吾尔自治区\n"
                                   "650100,乌鲁木齐市\n";

static yz_regions regions;
static yz_refusal refusal;
static yz_arena arena;
static yz_faults faults;
static yz_rows rows;

static yz_status
read_rows(yz_span text, const yz_crs *crs)
{
    yz_renames renames = {0};
    yz_progress progress;

    refusal.text[0] = '\0';
    yz_progress_init(&progress, true);
    return yz_rows_read(text, &renames, crs, &regions, &arena, &faults, &rows,
                        &progress, &refusal);
}

static void
forget(void)
{
    yz_rows_free(&rows);
    yz_faults_free(&faults);
    yz_arena_free(&arena);
}

static void
assert_text(yz_span text, const char *wanted)
{
    assert_int_equal(text.n, strlen(wanted));
    assert_memory_equal(text.p, wanted, text.n);
}

/* One row of `columns` with `cells` has exactly the fault `code`. */
static void
assert_fault(const char *columns, const char *cells, yz_fault_code code,
             yz_column column)
{
    char text[4096];
    yz_crs wgs84 = YZ_CRS_WGS84;
    int n = snprintf(text, sizeof(text), "%s\n%s\n", columns, cells);

    assert_int_equal(read_rows((yz_span){text, (size_t)n}, &wgs84), YZ_OK);
    assert_int_equal(faults.count, 1);
    assert_int_equal(faults.items[0].code, code);
    assert_int_equal(faults.items[0].column, column);
    assert_int_equal(faults.items[0].line, 2);
    assert_int_equal(rows.items[0].refused, !yz_fault_is_warning(code));
    forget();
}

static void
every_column_becomes_what_it_means(void **state)
{
    const yz_place *place;

    (void)state;
    assert_int_equal(
        read_rows(YZ_SPAN("站点编号,名称,类别,级别,所属区县,详细地址,经度,"
                          "纬度,坐标系,营业时间,服务项目,联系电话,状态,until\n"
                          " A1 ,　甲站 ,爱心驿站,市级,青岛市市南区,路1号,"
                          "120.3826,36.0671,WGS84,24/7,"
                          "\"休息、饮用水 wifi;休息\",0532-85880000,暂停,"
                          "2027-03-01\n"),
                  NULL),
        YZ_OK);
    assert_int_equal(faults.count, 0);
    assert_int_equal(rows.count, 1);
    place = &rows.items[0].place;
    assert_text(place->id, "A1");
    assert_text(place->name, "甲站");
    assert_text(place->kind, "station");
    assert_int_equal(place->level, 1);
    assert_int_equal(place->region, 370202);
    assert_text(place->address, "路1号");
    assert_true(place->has_position);
    assert_int_equal(place->lng_e7, 1203826000);
    assert_int_equal(place->lat_e7, 360671000);
    assert_text(place->hours, "24/7");
    assert_text(place->services, "rest,water,wifi");
    assert_text(place->phone, "0532-85880000");
    assert_int_equal(place->status, YZ_PLACE_SUSPENDED);
    assert_int_equal(place->until_s, 1803830400);
    forget();
}

static void
an_empty_cell_is_the_empty_value(void **state)
{
    const yz_place *place;

    (void)state;
    assert_int_equal(
        read_rows(YZ_SPAN("id,name,kind,level,region,lng,lat,crs,hours,"
                          "services,phone,status\nA,b,,,,,,,,,,\n"),
                  NULL),
        YZ_OK);
    assert_int_equal(faults.count, 0);
    place = &rows.items[0].place;
    assert_false(place->has_position);
    assert_int_equal(place->status, YZ_PLACE_OPEN);
    assert_int_equal(place->region, 0);
    assert_int_equal(place->services.n, 0);
    forget();
}

static void
other_systems_are_moved_to_wgs84(void **state)
{
    yz_crs gcj02 = YZ_CRS_GCJ02;

    (void)state;
    assert_int_equal(
        read_rows(YZ_SPAN("id,name,lng,lat\nA,b,120.3878,36.0674\n"), &gcj02),
        YZ_OK);
    assert_int_equal(faults.count, 0);
    assert_in_range(rows.items[0].place.lng_e7, 1203810000, 1203840000);
    assert_in_range(rows.items[0].place.lat_e7, 360660000, 360680000);
    forget();
}

static void
exchanged_coordinates_of_the_west_are_warned_of(void **state)
{
    yz_crs wgs84 = YZ_CRS_WGS84;

    (void)state;
    assert_fault("id,name,lng,lat", "A,b,36.06,80.5", YZ_WARNING_SWAPPED,
                 YZ_COLUMN_LAT);
    assert_int_equal(
        read_rows(YZ_SPAN("id,name,lng,lat\nA,b,80.5,36.06\nB,c,-0.1,51.5\n"),
                  &wgs84),
        YZ_OK);
    assert_int_equal(faults.count, 0);
    forget();
}

static void
positions_that_cannot_be_are_faults(void **state)
{
    static const char columns[] = "id,name,lng,lat,region";

    (void)state;
    assert_fault(columns, "A,b,36.06,120.38,370202", YZ_FAULT_SWAPPED,
                 YZ_COLUMN_LAT);
    assert_fault(columns, "A,b,43.8,87.6,650100", YZ_FAULT_SWAPPED,
                 YZ_COLUMN_LAT);
    assert_fault(columns, "A,b,0,0,", YZ_FAULT_ZERO, YZ_COLUMN_LNG);
    assert_fault(columns, "A,b,0.0,36.06,", YZ_FAULT_ZERO, YZ_COLUMN_LNG);
    assert_fault(columns, "A,b,120.1,0,", YZ_FAULT_ZERO, YZ_COLUMN_LAT);
    assert_fault(columns, "A,b,180.1,36,", YZ_FAULT_RANGE, YZ_COLUMN_LNG);
    assert_fault(columns, "A,b,190,95,", YZ_FAULT_RANGE, YZ_COLUMN_LNG);
    assert_fault(columns, "A,b,100,-91,", YZ_FAULT_RANGE, YZ_COLUMN_LAT);
    assert_fault(columns, "A,b,120.1,,", YZ_FAULT_HALF, YZ_COLUMN_LAT);
    assert_fault(columns, "A,b,nan,36,", YZ_FAULT_NO_NUMBER, YZ_COLUMN_LNG);
    assert_fault(columns, "A,b,inf,36,", YZ_FAULT_NO_NUMBER, YZ_COLUMN_LNG);
    assert_fault(columns, "A,b,0x78,36,", YZ_FAULT_NO_NUMBER, YZ_COLUMN_LNG);
    assert_fault(columns, "A,b,120°,36,", YZ_FAULT_NO_NUMBER, YZ_COLUMN_LNG);
}

static void
poles_and_the_antimeridian_are_positions(void **state)
{
    yz_crs wgs84 = YZ_CRS_WGS84;

    (void)state;
    assert_int_equal(read_rows(YZ_SPAN("id,name,lng,lat\n1,a,0,90\n2,b,180,0\n"
                                       "3,c,-180,-90\n4,d,60.1,89.9\n"),
                               &wgs84),
                     YZ_OK);
    assert_int_equal(faults.count, 0);
    assert_int_equal(rows.items[2].place.lng_e7, -1800000000);
    forget();
}

static void
words_that_are_not_known_are_faults(void **state)
{
    (void)state;
    assert_fault("id,name,level", "A,b,galactic", YZ_FAULT_LEVEL,
                 YZ_COLUMN_LEVEL);
    assert_fault("id,name,status", "A,b,maybe", YZ_FAULT_STATUS,
                 YZ_COLUMN_STATUS);
    assert_fault("id,name,status,until", "A,b,暂停,soon", YZ_FAULT_UNTIL,
                 YZ_COLUMN_UNTIL);
    assert_fault("id,name,lng,lat,crs", "A,b,120,36,mars", YZ_FAULT_CRS_UNKNOWN,
                 YZ_COLUMN_CRS);
    assert_fault("id,name,kind", "A,b,\"x,y\"", YZ_FAULT_KIND_COMMA,
                 YZ_COLUMN_KIND);
    assert_fault("id,name,phone", "A,b,hello", YZ_FAULT_PHONE, YZ_COLUMN_PHONE);
}

static void
texts_are_clean_and_within_their_limits(void **state)
{
    char cells[1024];

    (void)state;
    assert_fault("id,name", "A,\"x\ny\"", YZ_FAULT_NOT_CLEAN, YZ_COLUMN_NAME);
    assert_fault("id,name", "A,x\x01y", YZ_FAULT_NOT_CLEAN, YZ_COLUMN_NAME);
    assert_fault("id,name", "..,b", YZ_FAULT_ID_SIGN, YZ_COLUMN_ID);
    memset(cells, 'i', YZ_ID_MAX + 1);
    strcpy(cells + YZ_ID_MAX + 1, ",b");
    assert_fault("id,name", cells, YZ_FAULT_TOO_LONG, YZ_COLUMN_ID);
    strcpy(cells, "A,");
    memset(cells + 2, 'n', YZ_NAME_MAX + 1);
    cells[2 + YZ_NAME_MAX + 1] = '\0';
    assert_fault("id,name", cells, YZ_FAULT_TOO_LONG, YZ_COLUMN_NAME);
    assert_fault("id,name,kind", ",\xc2\xa0,x", YZ_FAULT_NO_ID_NO_NAME,
                 YZ_COLUMN_UNKNOWN);
}

static void
warnings_do_not_refuse(void **state)
{
    (void)state;
    assert_fault("id,name", "A,", YZ_WARNING_NAME_EMPTY, YZ_COLUMN_NAME);
    assert_fault("id,name", "A,\xe2\x80\xaa站\xe2\x80\xac", YZ_WARNING_MARKS,
                 YZ_COLUMN_NAME);
    assert_fault("id,name,region", "A,b,873900", YZ_WARNING_REGION_UNKNOWN,
                 YZ_COLUMN_REGION);
    assert_fault("id,name,phone", "A,b,13812345678", YZ_WARNING_MOBILE,
                 YZ_COLUMN_PHONE);
    assert_fault("id,name,address", "A,b,找13812345678", YZ_WARNING_MOBILE_TEXT,
                 YZ_COLUMN_ADDRESS);
    assert_fault("id,name,hours", "A,b,看心情", YZ_WARNING_HOURS,
                 YZ_COLUMN_HOURS);
}

static void
assert_region(const char *cell, uint32_t wanted)
{
    char text[256];
    int n = snprintf(text, sizeof(text), "id,name,region\nA,b,%s\n", cell);

    assert_int_equal(read_rows((yz_span){text, (size_t)n}, NULL), YZ_OK);
    assert_int_equal(faults.errors, 0);
    assert_int_equal(rows.items[0].place.region, wanted);
    forget();
}

static void
regions_are_codes_or_names(void **state)
{
    (void)state;
    assert_region("370202", 370202);
    assert_region("3702", 370200);
    assert_region("37", 370000);
    assert_region("370202001000", 370202);
    assert_region("370202001", 370202);
    assert_region("市南区", 370202);
    assert_region("青岛市市南区", 370202);
    assert_region("山东省青岛市市南区", 370202);
    assert_region("山东青岛市市南区", 370202);
    assert_region("青岛", 370200);
    assert_region("北京市朝阳区", 110105);
    assert_region("朝阳区", 110105);
    assert_region("朝阳市", 211300);
    assert_region("济南市市中区", 370103);
    assert_fault("id,name,region", "A,b,市中区", YZ_FAULT_REGION_AMBIGUOUS,
                 YZ_COLUMN_REGION);
    assert_fault("id,name,region", "A,b,火星区", YZ_FAULT_REGION_UNKNOWN,
                 YZ_COLUMN_REGION);
    assert_fault("id,name,region", "A,b,12345", YZ_FAULT_REGION_UNKNOWN,
                 YZ_COLUMN_REGION);
}

static void
the_same_id_twice_names_both_lines(void **state)
{
    (void)state;
    assert_int_equal(read_rows(YZ_SPAN("id,name\nA,x\nB,y\nA,z\n"), NULL),
                     YZ_OK);
    assert_int_equal(faults.errors, 1);
    assert_int_equal(faults.items[0].code, YZ_FAULT_ID_TWICE);
    assert_int_equal(faults.items[0].line, 4);
    assert_int_equal(faults.items[0].number, 2);
    forget();
}

static void
every_bad_row_is_listed(void **state)
{
    yz_crs wgs84 = YZ_CRS_WGS84;

    (void)state;
    assert_int_equal(read_rows(YZ_SPAN("id,name,lng,lat\n1,a\n2,b,x,y\n"
                                       "3,c,1,2,3\n4,\"d\"e,1,2\n,,,\n"
                                       "5,f,1,2\n6,\"g"),
                               &wgs84),
                     YZ_OK);
    assert_int_equal(rows.count, 6);
    assert_int_equal(faults.errors, 6);
    assert_int_equal(faults.by_code[YZ_FAULT_FIELDS], 2);
    assert_int_equal(faults.by_code[YZ_FAULT_NO_NUMBER], 2);
    assert_int_equal(faults.by_code[YZ_FAULT_AFTER_QUOTE], 1);
    assert_int_equal(faults.by_code[YZ_FAULT_QUOTE_OPEN], 1);
    forget();
}

static void
ten_megabytes_in_a_field_are_one_fault(void **state)
{
    size_t size = 10 << 20;
    char *text = malloc(size + 16);

    (void)state;
    memcpy(text, "id,name\nA,", 10);
    memset(text + 10, 'x', size);
    assert_int_equal(read_rows((yz_span){text, size + 10}, NULL), YZ_OK);
    assert_int_equal(faults.errors, 1);
    assert_int_equal(faults.items[0].code, YZ_FAULT_TOO_LONG);
    assert_true(faults.items[0].value.n <= 64);
    forget();
    free(text);
}

static void
assert_refused(const char *text, const char *reason)
{
    assert_int_equal(read_rows(yz_span_of(text), NULL), YZ_BAD_INPUT);
    assert_non_null(strstr(refusal.text, reason));
    forget();
}

static void
files_as_a_whole_are_refused(void **state)
{
    (void)state;
    assert_refused("id,name\n", "no rows");
    assert_refused("id,name,编号\n1,a,2\n", "twice");
    assert_refused("id,lng\n1,2\n", "other coordinate");
    assert_refused("id,lng,lat\n1,2,3\n", "coordinate system");
    assert_refused("kind\nx\n", "neither a column id");
    assert_refused("foo\tid\nx\ty\n", "tabs");
    assert_refused("hello world\n", "no known column");
    assert_refused("<html>\n", "HTML");
    assert_refused("\"id,name\n1,2\n", "header");
}

static void
a_service_more_than_fits_is_a_fault(void **state)
{
    char text[1024];
    size_t n = (size_t)sprintf(text, "id,name,services\nA,b,");

    (void)state;
    for (int i = 0; i <= YZ_SERVICES_MAX; i++) {
        n += (size_t)sprintf(text + n, "s%d ", i);
    }
    assert_int_equal(read_rows((yz_span){text, n}, NULL), YZ_OK);
    assert_int_equal(faults.errors, 1);
    assert_int_equal(faults.items[0].code, YZ_FAULT_SERVICES_MANY);
    forget();
}

static int
set_up(void **state)
{
    (void)state;
    return yz_regions_read(YZ_SPAN(region_table), &regions, &refusal);
}

static int
tear_down(void **state)
{
    (void)state;
    yz_regions_free(&regions);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_column_becomes_what_it_means),
        cmocka_unit_test(an_empty_cell_is_the_empty_value),
        cmocka_unit_test(other_systems_are_moved_to_wgs84),
        cmocka_unit_test(exchanged_coordinates_of_the_west_are_warned_of),
        cmocka_unit_test(positions_that_cannot_be_are_faults),
        cmocka_unit_test(poles_and_the_antimeridian_are_positions),
        cmocka_unit_test(words_that_are_not_known_are_faults),
        cmocka_unit_test(texts_are_clean_and_within_their_limits),
        cmocka_unit_test(warnings_do_not_refuse),
        cmocka_unit_test(regions_are_codes_or_names),
        cmocka_unit_test(the_same_id_twice_names_both_lines),
        cmocka_unit_test(every_bad_row_is_listed),
        cmocka_unit_test(ten_megabytes_in_a_field_are_one_fault),
        cmocka_unit_test(files_as_a_whole_are_refused),
        cmocka_unit_test(a_service_more_than_fits_is_a_fault),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
