/*
 * Coordinate systems of Chinese maps.  Runs in nginx's workers (queries) and
 * in the command (files); others call yz_crs_parse(), yz_crs_to_wgs84() and
 * yz_crs_from_wgs84().
 *
 * GCJ-02 has no published specification.  The formula here is the one that
 * the open converters share (eviltransform, gcoord, coordtransform agree on
 * it within a nanometre): the Krasovsky 1940 ellipsoid and a sum of sines
 * round (105 E, 35 N).  BD-09 is a second distortion of GCJ-02 in polar form.
 *
 * The box in which positions are shifted is a choice, since converters
 * differ.  This one is 72.004..137.8347 E, 0.8293..55.8271 N, as in
 * eviltransform and gcoord, which made most of the files in circulation; it
 * holds Hong Kong, Macao and Taiwan and also neighbouring countries.  The
 * shift jumps at the border of the box, so within about 2 km of it (sea,
 * steppe, forest) a position has two readings; the inverse prefers the one
 * inside.
 */
#include "core/crs.h"

#include <math.h>
#include <stdint.h>

#define PI 3.14159265358979323846
#define BD_PI (PI * 3000.0 / 180.0)

#define BOX_WEST 72.004
#define BOX_EAST 137.8347
#define BOX_SOUTH 0.8293
#define BOX_NORTH 55.8271
/* More than the largest shift of any system, in degrees. */
#define BOX_SLACK 0.05

#define KRASOVSKY_A_M 6378245.0
#define KRASOVSKY_EE 0.00669342162296594323

#define BD_LNG 0.0065
#define BD_LAT 0.006

/* One iteration gains two digits; eight reach the last one. */
#define INVERSE_ROUNDS 8
#define INVERSE_DONE 1e-12

#define NAME_MAX 48

typedef struct {
    double lng;
    double lat;
} point;

typedef point (*shift)(point p);

static const struct {
    const char *name;
    yz_crs crs;
} names[] = {
    {"wgs84", YZ_CRS_WGS84},     {"wgs1984", YZ_CRS_WGS84},
    {"epsg:4326", YZ_CRS_WGS84}, {"gps", YZ_CRS_WGS84},
    {"cgcs2000", YZ_CRS_WGS84},  {"epsg:4490", YZ_CRS_WGS84},
    {"国家2000", YZ_CRS_WGS84},  {"2000国家大地", YZ_CRS_WGS84},
    {"地球", YZ_CRS_WGS84},      {"gcj02", YZ_CRS_GCJ02},
    {"火星", YZ_CRS_GCJ02},      {"国测局", YZ_CRS_GCJ02},
    {"高德", YZ_CRS_GCJ02},      {"高德地图", YZ_CRS_GCJ02},
    {"腾讯", YZ_CRS_GCJ02},      {"腾讯地图", YZ_CRS_GCJ02},
    {"amap", YZ_CRS_GCJ02},      {"bd09", YZ_CRS_BD09},
    {"bd09ll", YZ_CRS_BD09},     {"百度", YZ_CRS_BD09},
    {"百度地图", YZ_CRS_BD09},   {"百度经纬度", YZ_CRS_BD09},
    {"baidu", YZ_CRS_BD09},
};

static const char *const suffixes[] = {"坐标系", "坐标", "座標系", "座標"};

const char *
yz_crs_name(yz_crs crs)
{
    switch (crs) {
    case YZ_CRS_GCJ02:
        return "gcj02";
    case YZ_CRS_BD09:
        return "bd09";
    case YZ_CRS_WGS84:
        break;
    }
    return "wgs84";
}

yz_status
yz_crs_parse_strict(yz_span text, yz_crs *crs)
{
    for (int i = YZ_CRS_WGS84; i <= YZ_CRS_BD09; i++) {
        if (yz_span_equal(text, yz_span_of(yz_crs_name((yz_crs)i)))) {
            *crs = (yz_crs)i;
            return YZ_OK;
        }
    }
    return YZ_BAD_INPUT;
}

/* Lower case without what people put between letters; 0 when too long. */
static size_t
name_fold(yz_span text, char out[NAME_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];

        if (c == ' ' || c == '-' || c == '_' || c == '\t') {
            continue;
        }
        if (n == NAME_MAX) {
            return 0;
        }
        out[n++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    return n;
}

static yz_span
suffix_cut(yz_span name)
{
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        size_t n = strlen(suffixes[i]);

        if (name.n > n && memcmp(name.p + name.n - n, suffixes[i], n) == 0) {
            return (yz_span){name.p, name.n - n};
        }
    }
    return name;
}

yz_status
yz_crs_parse(yz_span text, yz_crs *crs)
{
    char buffer[NAME_MAX];
    yz_span name = {buffer, name_fold(text, buffer)};

    name = suffix_cut(name);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (yz_span_equal(name, yz_span_of(names[i].name))) {
            *crs = names[i].crs;
            return YZ_OK;
        }
    }
    return YZ_BAD_INPUT;
}

/* False for NaN too, so that nothing is computed with it. */
static bool
in_box(point p, double slack)
{
    return p.lng >= BOX_WEST - slack && p.lng <= BOX_EAST + slack &&
           p.lat >= BOX_SOUTH - slack && p.lat <= BOX_NORTH + slack;
}

static double
gcj_north_m(double x, double y)
{
    double m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y +
               0.2 * sqrt(fabs(x));

    m += (20.0 * sin(6.0 * x * PI) + 20.0 * sin(2.0 * x * PI)) * 2.0 / 3.0;
    m += (20.0 * sin(y * PI) + 40.0 * sin(y / 3.0 * PI)) * 2.0 / 3.0;
    m += (160.0 * sin(y / 12.0 * PI) + 320.0 * sin(y * PI / 30.0)) * 2.0 / 3.0;
    return m;
}

static double
gcj_east_m(double x, double y)
{
    double m =
        300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(fabs(x));

    m += (20.0 * sin(6.0 * x * PI) + 20.0 * sin(2.0 * x * PI)) * 2.0 / 3.0;
    m += (20.0 * sin(x * PI) + 40.0 * sin(x / 3.0 * PI)) * 2.0 / 3.0;
    m += (150.0 * sin(x / 12.0 * PI) + 300.0 * sin(x / 30.0 * PI)) * 2.0 / 3.0;
    return m;
}

static point
gcj_from_wgs(point p)
{
    double x = p.lng - 105.0;
    double y = p.lat - 35.0;
    double phi = p.lat / 180.0 * PI;
    double s = sin(phi);
    double magic = 1.0 - KRASOVSKY_EE * s * s;
    double root = sqrt(magic);
    double meridian_m = KRASOVSKY_A_M * (1.0 - KRASOVSKY_EE) / (magic * root);
    double parallel_m = KRASOVSKY_A_M / root * cos(phi);

    return (point){p.lng + gcj_east_m(x, y) * 180.0 / (parallel_m * PI),
                   p.lat + gcj_north_m(x, y) * 180.0 / (meridian_m * PI)};
}

static point
bd_from_gcj(point p)
{
    double z =
        sqrt(p.lng * p.lng + p.lat * p.lat) + 0.00002 * sin(p.lat * BD_PI);
    double theta = atan2(p.lat, p.lng) + 0.000003 * cos(p.lng * BD_PI);

    return (point){z * cos(theta) + BD_LNG, z * sin(theta) + BD_LAT};
}

/* Where `f` takes to `target`; its derivative is near one, so this closes. */
static point
inverse(shift f, point target)
{
    point p = target;

    for (int i = 0; i < INVERSE_ROUNDS; i++) {
        point reached = f(p);
        double east = reached.lng - target.lng;
        double north = reached.lat - target.lat;

        p.lng -= east;
        p.lat -= north;
        if (fabs(east) < INVERSE_DONE && fabs(north) < INVERSE_DONE) {
            break;
        }
    }
    return p;
}

void
yz_crs_to_wgs84(yz_crs from, double *lng, double *lat)
{
    point p = {*lng, *lat};

    if (from == YZ_CRS_WGS84 || !in_box(p, BOX_SLACK)) {
        return;
    }
    if (from == YZ_CRS_BD09) {
        p = inverse(bd_from_gcj, p);
    }
    p = inverse(gcj_from_wgs, p);
    if (in_box(p, 0.0)) {
        *lng = p.lng;
        *lat = p.lat;
    }
}

void
yz_crs_from_wgs84(yz_crs to, double *lng, double *lat)
{
    point p = {*lng, *lat};

    if (to == YZ_CRS_WGS84 || !in_box(p, 0.0)) {
        return;
    }
    p = gcj_from_wgs(p);
    if (to == YZ_CRS_BD09) {
        p = bd_from_gcj(p);
    }
    *lng = p.lng;
    *lat = p.lat;
}
