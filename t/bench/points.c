/*
 * points: draws the places and the query positions of the benchmarks, always
 * the same for the same seed.  Run by scripts/bench; starts in main().
 *
 *   points --cities FILE --points N [--seed S] [--region PREFIX]
 *          [--near N] [--far N] [--no-outliers]
 *          [--out FILE] [--csv FILE] [--paths FILE]
 *
 * --out writes the binary file of points.h, --csv the same points as a file
 * that `yizhan load` takes, --paths one /v1/nearby path for each near query.
 *
 * A place of the cities file is drawn by its weight, then a Gaussian round it
 * with a sigma of 2 km times max(1, sqrt(weight / 250,000)).  1 % repeat an
 * earlier point exactly, 0.1 % lie anywhere on the sphere, 0.02 % on a pole
 * or the antimeridian.  Only sums and products decide a draw (the Gaussian is
 * a sum of twelve uniform numbers), but cos() of the C library may differ in
 * its last bit between machines: the checksum printed says whether it did.
 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "points.h"
#include "points_write.h"

#define CITIES_MAX 20000
#define SIGMA_M 2000.0
#define SIGMA_WEIGHT 250000.0
#define METRES_PER_DEGREE 111195.0
#define PI 3.14159265358979323846

typedef struct {
    double lng;
    double lat;
    double weight_sum; /* of all cities up to this one */
    double sigma_m;
    uint32_t region;
} city;

typedef struct {
    const char *cities;
    const char *region; /* prefix of the cities' codes; "" for all */
    const char *out;
    const char *csv;
    const char *paths;
    uint64_t seed;
    size_t points;
    size_t near;
    size_t far;
    bool outliers;
} options;

static const unsigned kind_share[BENCH_KINDS] = {600, 200, 100, 50,
                                                 30,  10,  9,   1};

/* The first five are what the filters of the benchmark stand on. */
static const unsigned service_percent[BENCH_SERVICES] = {
    80, 50, 40, 30, 25, 20, 20, 20, 18, 18, 15, 15, 12, 12, 10,
    10, 10, 8,  8,  8,  6,  6,  5,  5,  4,  4,  3,  2,  2};

static city cities[CITIES_MAX];
static size_t cities_count;

/* splitmix64 (Steele, Lea, Flood 2014): one 64-bit state, one output. */
static uint64_t
random_next(uint64_t *state)
{
    uint64_t z;

    *state += UINT64_C(0x9e3779b97f4a7c15);
    z = *state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Uniform in [0, 1). */
static double
random_unit(uint64_t *state)
{
    return (double)(random_next(state) >> 11) * 0x1p-53;
}

static unsigned
random_below(uint64_t *state, unsigned bound)
{
    return (unsigned)(random_unit(state) * bound);
}

/* Nearly Gaussian, mean 0, variance 1, cut at 6. */
static double
random_gaussian(uint64_t *state)
{
    double sum = -6.0;

    for (int i = 0; i < 12; i++) {
        sum += random_unit(state);
    }
    return sum;
}

static void
die(const char *what, const char *name)
{
    fprintf(stderr, "points: %s: %s\n", what, name);
    exit(2);
}

/* Reads the cities whose code starts with `prefix`. */
static void
cities_read(const char *path, const char *prefix)
{
    FILE *file = fopen(path, "r");
    char line[256], code[16];
    long lng_e5, lat_e5, weight;
    double sum = 0;

    if (file == NULL) {
        die("cannot read", path);
    }
    while (fgets(line, sizeof(line), file) != NULL) {
        if (sscanf(line, "%ld,%ld,%ld,%6s", &lng_e5, &lat_e5, &weight, code) !=
                4 ||
            strncmp(code, prefix, strlen(prefix)) != 0 ||
            cities_count == CITIES_MAX) {
            continue; /* a comment, the header, another region */
        }
        sum += (double)weight;
        cities[cities_count++] =
            (city){(double)lng_e5 / 1e5, (double)lat_e5 / 1e5, sum,
                   SIGMA_M * fmax(1.0, sqrt((double)weight / SIGMA_WEIGHT)),
                   (uint32_t)strtoul(code, NULL, 10)};
    }
    fclose(file);
    if (cities_count == 0) {
        die("no city of this region in", path);
    }
}

static const city *
city_draw(uint64_t *state)
{
    double at = random_unit(state) * cities[cities_count - 1].weight_sum;
    size_t low = 0, high = cities_count - 1;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (cities[middle].weight_sum > at) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return &cities[low];
}

static bench_position
position_round(double lng, double lat)
{
    if (lng > 180.0) {
        lng -= 360.0;
    } else if (lng < -180.0) {
        lng += 360.0;
    }
    return (bench_position){(int32_t)lrint(lng * 1e7),
                            (int32_t)lrint(lat * 1e7)};
}

static bench_position
position_near_city(uint64_t *state, const city *c)
{
    double scale = c->sigma_m / METRES_PER_DEGREE;
    double east = random_gaussian(state) * scale;
    double north = random_gaussian(state) * scale;

    return position_round(c->lng + east / cos(c->lat * PI / 180.0),
                          c->lat + north);
}

static bench_position
position_on_sphere(uint64_t *state)
{
    double lng = random_unit(state) * 360.0 - 180.0;

    return position_round(lng,
                          asin(random_unit(state) * 2.0 - 1.0) * 180.0 / PI);
}

/* A pole under any longitude, or the antimeridian written either way. */
static bench_position
position_extreme(uint64_t *state)
{
    unsigned side = random_below(state, 4);
    bench_position p = position_on_sphere(state);

    if (side < 2) {
        p.lat_e7 = side == 0 ? 900000000 : -900000000;
    } else {
        p.lng_e7 = side == 2 ? 1800000000 : -1800000000;
    }
    return p;
}

static uint16_t
kind_draw(uint64_t *state)
{
    unsigned at = random_below(state, 1000);
    uint16_t kind = 0;

    while (at >= kind_share[kind]) {
        at -= kind_share[kind++];
    }
    return kind;
}

static uint64_t
services_draw(uint64_t *state)
{
    uint64_t mask = 0;

    for (unsigned i = 0; i < BENCH_SERVICES; i++) {
        if (random_below(state, 100) < service_percent[i]) {
            mask |= UINT64_C(1) << i;
        }
    }
    return mask;
}

/* Where point `number` lies: `all` holds the points before it. */
static void
point_place(uint64_t *state, const bench_point *all, bench_point *point,
            bool outliers)
{
    double share = random_unit(state);
    const city *c = city_draw(state);
    bench_position p;

    point->region = c->region;
    if (share < 0.01 && point->number > 0) {
        const bench_point *twin = &all[random_below(state, point->number)];

        p = (bench_position){twin->lng_e7, twin->lat_e7};
        point->region = twin->region;
        point->outlier = twin->outlier;
    } else if (outliers && share >= 0.01 && share < 0.011) {
        p = position_on_sphere(state);
        point->outlier = 1;
    } else if (outliers && share >= 0.011 && share < 0.0112) {
        p = position_extreme(state);
        point->outlier = 2;
    } else {
        p = position_near_city(state, c);
    }
    point->lng_e7 = p.lng_e7;
    point->lat_e7 = p.lat_e7;
}

static bench_point *
points_draw(const options *o)
{
    uint64_t state = o->seed;
    bench_point *all = calloc(o->points, sizeof(*all));

    if (all == NULL) {
        die("no memory", "points");
    }
    for (size_t i = 0; i < o->points; i++) {
        bench_point *point = &all[i];
        unsigned level = random_below(&state, 100);

        point->number = (uint32_t)i;
        point_place(&state, all, point, o->outliers);
        point->kind = kind_draw(&state);
        point->hours = (uint16_t)random_below(&state, BENCH_HOURS_IDS);
        point->services = services_draw(&state);
        point->level = (uint8_t)(level < 70   ? 0
                                 : level < 90 ? 1
                                 : level < 98 ? 2
                                              : 3);
    }
    return all;
}

static bench_position *
queries_near_draw(const options *o)
{
    uint64_t state = o->seed ^ UINT64_C(0x6e656172);
    bench_position *all = calloc(o->near + 1, sizeof(*all));

    if (all == NULL) {
        die("no memory", "queries");
    }
    for (size_t i = 0; i < o->near; i++) {
        all[i] = position_near_city(&state, city_draw(&state));
    }
    return all;
}

static bench_position *
queries_far_draw(const options *o)
{
    uint64_t state = o->seed ^ UINT64_C(0x666172);
    bench_position *all = calloc(o->far + 1, sizeof(*all));

    if (all == NULL) {
        die("no memory", "queries");
    }
    for (size_t i = 0; i < o->far; i++) {
        all[i] =
            i % 10 == 9 ? position_extreme(&state) : position_on_sphere(&state);
    }
    return all;
}

/* FNV-1a, 64 bit. */
static uint64_t
checksum(uint64_t hash, const void *data, size_t size)
{
    const unsigned char *p = data;

    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ p[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

static size_t
number_of(const char *text)
{
    char *end;
    double value = strtod(text, &end); /* 1e6 is welcome */

    if (*end != '\0' || value < 0 || value > 1e8) {
        die("no such count", text);
    }
    return (size_t)value;
}

static void
options_read(options *o, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i];
        const char *value;

        if (strcmp(name, "--no-outliers") == 0) {
            o->outliers = false;
            continue;
        }
        if (++i == argc) {
            die("a value is missing, or no such option", name);
        }
        value = argv[i];
        if (strcmp(name, "--cities") == 0) {
            o->cities = value;
        } else if (strcmp(name, "--region") == 0) {
            o->region = value;
        } else if (strcmp(name, "--out") == 0) {
            o->out = value;
        } else if (strcmp(name, "--csv") == 0) {
            o->csv = value;
        } else if (strcmp(name, "--paths") == 0) {
            o->paths = value;
        } else if (strcmp(name, "--seed") == 0) {
            o->seed = strtoull(value, NULL, 10);
        } else if (strcmp(name, "--points") == 0) {
            o->points = number_of(value);
        } else if (strcmp(name, "--near") == 0) {
            o->near = number_of(value);
        } else if (strcmp(name, "--far") == 0) {
            o->far = number_of(value);
        } else {
            die("no such option", name);
        }
    }
}

int
main(int argc, char **argv)
{
    options o = {.cities = "t/bench/cities.csv",
                 .region = "",
                 .seed = 1,
                 .points = 1000000,
                 .near = 100000,
                 .far = 10000,
                 .outliers = true};
    bench_file_header header = {.magic = BENCH_MAGIC,
                                .header_size = sizeof(header),
                                .point_size = sizeof(bench_point)};
    bench_position *near, *far;
    bench_point *points;
    uint64_t hash;

    options_read(&o, argc, argv);
    cities_read(o.cities, o.region);
    points = points_draw(&o);
    near = queries_near_draw(&o);
    far = queries_far_draw(&o);

    if (o.out != NULL) {
        header.points = o.points;
        header.queries_near = o.near;
        header.queries_far = o.far;
        header.seed = o.seed;
        points_write_binary(o.out, &header, points, near, far);
    }
    if (o.csv != NULL) {
        points_write_csv(o.csv, points, o.points);
    }
    if (o.paths != NULL) {
        points_write_paths(o.paths, near, o.near);
    }

    hash = checksum(UINT64_C(0xcbf29ce484222325), points,
                    o.points * sizeof(*points));
    hash = checksum(hash, near, o.near * sizeof(*near));
    printf("POINTS %zu cities %zu seed %llu checksum %016llx\n", o.points,
           cities_count, (unsigned long long)o.seed, (unsigned long long)hash);
    free(points);
    free(near);
    free(far);
    return 0;
}
