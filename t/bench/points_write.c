/*
 * The three files that points writes: binary for the geo benchmarks, CSV for
 * the loader, paths for the load driver.  Called by points.c.
 */
#include <stdio.h>
#include <stdlib.h>

#include "points_write.h"

static const char *const level_name[4] = {"none", "city", "province",
                                          "national"};

static const char *const kind_name[BENCH_KINDS] = {
    "station",  "micro_station", "grid_station", "toilet",
    "pharmacy", "partner_shop",  "clinic",       "legal_aid"};

static const char *const service_name[BENCH_SERVICES] = {
    "water",          "rest",         "phone_charging", "hot_meal",
    "restroom",       "fridge",       "hot_drinks",     "air_conditioning",
    "medicine",       "umbrella",     "wifi",           "books",
    "ebike_charging", "battery_swap", "e_reading",      "shower",
    "laundry",        "nursing_room", "childcare",      "handoff",
    "donation_shelf", "join_union",   "legal_aid",      "counselling",
    "job_info",       "massage",      "health_check",   "aed",
    "parking"};

static FILE *
output_open(const char *path)
{
    FILE *file = fopen(path, "w");

    if (file == NULL) {
        fprintf(stderr, "points: cannot write: %s\n", path);
        exit(2);
    }
    return file;
}

static void
output_close(FILE *file, const char *path)
{
    int failed = ferror(file);

    if (fclose(file) != 0 || failed) {
        fprintf(stderr, "points: cannot write: %s\n", path);
        exit(2);
    }
}

void
points_write_binary(const char *path, const bench_file_header *header,
                    const bench_point *points, const bench_position *near,
                    const bench_position *far)
{
    FILE *file = output_open(path);

    fwrite(header, sizeof(*header), 1, file);
    fwrite(points, sizeof(*points), header->points, file);
    fwrite(near, sizeof(*near), header->queries_near, file);
    fwrite(far, sizeof(*far), header->queries_far, file);
    output_close(file, path);
}

/* Degrees from 1e-7 degrees without going through a double. */
static void
write_degrees(FILE *file, int32_t e7)
{
    int64_t v = e7;

    fprintf(file, "%s%lld.%07lld", v < 0 ? "-" : "",
            (long long)(llabs(v) / 10000000), (long long)(llabs(v) % 10000000));
}

/* 200 different opening hours: 20 openings, 10 closings. */
static void
write_hours(FILE *file, unsigned hours)
{
    unsigned open_min = 300 + hours % 20 * 15;
    unsigned close_min = 960 + hours / 20 * 30;

    fprintf(file, "Mo-Su %02u:%02u-%02u:%02u", open_min / 60, open_min % 60,
            close_min / 60, close_min % 60);
}

static void
write_services(FILE *file, uint64_t services)
{
    const char *comma = "";

    for (unsigned i = 0; i < BENCH_SERVICES; i++) {
        if (services >> i & 1) {
            fprintf(file, "%s%s", comma, service_name[i]);
            comma = ",";
        }
    }
}

void
points_write_csv(const char *path, const bench_point *points, size_t count)
{
    FILE *file = output_open(path);

    fputs("id,name,kind,level,region,address,lng,lat,crs,hours,services,"
          "phone\n",
          file);
    for (size_t i = 0; i < count; i++) {
        const bench_point *p = &points[i];

        fprintf(file, "b-%u,生成驿站%u号,%s,%s,%06u,生成路%u号,", p->number,
                p->number, kind_name[p->kind], level_name[p->level], p->region,
                p->number % 997 + 1);
        write_degrees(file, p->lng_e7);
        fputc(',', file);
        write_degrees(file, p->lat_e7);
        fputs(",wgs84,", file);
        write_hours(file, p->hours);
        fputs(",\"", file);
        write_services(file, p->services);
        fprintf(file, "\",400-%03u-%04u\n", p->number % 900 + 100,
                p->number % 10000);
    }
    output_close(file, path);
}

void
points_write_paths(const char *path, const bench_position *near, size_t count)
{
    FILE *file = output_open(path);

    for (size_t i = 0; i < count; i++) {
        fputs("/v1/nearby?lng=", file);
        write_degrees(file, near[i].lng_e7);
        fputs("&lat=", file);
        write_degrees(file, near[i].lat_e7);
        fputc('\n', file);
    }
    output_close(file, path);
}
