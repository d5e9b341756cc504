/*
 * A small generation of public data, written record by record with LMDB's own
 * calls, for tests of the read half.  Each change runs in a child process:
 * LMDB must not open one file twice in one process.
 */
#ifndef YZ_T_UNIT_PUBLIC_FIXTURE_H
#define YZ_T_UNIT_PUBLIC_FIXTURE_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lmdb_schema/code_page.h"
#include "lmdb_schema/env.h"
#include "lmdb_schema/geo_write.h"
#include "lmdb_schema/layout.h"
#include "t/unit/scratch_dir.h"

#define FIXTURE_PLACES_MAX 64

/* Where a fixture lies; `public` is what a reader opens. */
typedef struct {
    char public[SCRATCH_SIZE];
    unsigned generation;
} fixture;

typedef struct {
    uint32_t number;
    const char *id;
    uint32_t region;
    uint16_t kind;
    uint16_t hours;
    uint8_t level;
    uint64_t services;
    bool placed;
    int32_t lat_e7;
    int32_t lng_e7;
} fixture_place;

/* A write transaction of a child process; `failed` is its exit status. */
typedef struct {
    MDB_txn *txn;
    const fixture *in;
    bool failed;
} fixture_txn;

typedef void fixture_change(fixture_txn *t, const void *argument);

static inline MDB_dbi
fixture_dbi(fixture_txn *t, const char *name)
{
    bool text = strcmp(name, YZ_DB_META) == 0 || strcmp(name, YZ_DB_ID) == 0 ||
                strcmp(name, YZ_DB_POST_TIME) == 0;
    MDB_dbi dbi = 0;

    t->failed |=
        mdb_dbi_open(t->txn, name, MDB_CREATE | (text ? 0 : MDB_INTEGERKEY),
                     &dbi) != 0;
    return dbi;
}

static inline void
fixture_put(fixture_txn *t, const char *name, const void *key, size_t key_size,
            const void *value, size_t size)
{
    MDB_val k = {key_size, (void *)(uintptr_t)key};
    MDB_val v = {size, (void *)(uintptr_t)value};

    t->failed |= mdb_put(t->txn, fixture_dbi(t, name), &k, &v, 0) != 0;
}

static inline void
fixture_meta(fixture_txn *t, const char *name, const void *value, size_t size)
{
    fixture_put(t, YZ_DB_META, name, strlen(name), value, size);
}

static inline void
fixture_word(fixture_txn *t, const char *name, uint32_t number,
             const char *word)
{
    fixture_put(t, name, &number, sizeof(number), word, strlen(word));
}

/* Opening hours from their blob; size 0: not understood. */
static inline void
fixture_hours(fixture_txn *t, uint32_t number, const uint8_t *blob,
              uint16_t size)
{
    uint8_t value[2048];

    memcpy(value, &size, sizeof(size));
    memcpy(value + 2, blob, size);
    memcpy(value + 2 + size, "text", 4);
    fixture_put(t, YZ_DB_HOURS, &number, sizeof(number), value,
                (size_t)size + 6);
}

static inline void
fixture_region(fixture_txn *t, uint32_t code, uint32_t places, int32_t west,
               int32_t south, int32_t east, int32_t north)
{
    yz_region_head head = {.places = places,
                           .box_e7 = {west, south, east, north}};

    fixture_put(t, YZ_DB_REGION, &code, sizeof(code), &head, sizeof(head));
}

/* A place's record, its id, and `unplaced` where it has no position. */
static inline void
fixture_record(fixture_txn *t, const fixture_place *place)
{
    char bytes[512];
    yz_place_head head = {
        .number = place->number,
        .lat_e7 = place->lat_e7,
        .lng_e7 = place->lng_e7,
        .region = place->region,
        .services = place->services,
        .kind = place->kind,
        .hours = place->hours,
        .level = place->level,
        .flags = place->placed ? YZ_PLACE_HAS_POSITION : 0,
        .id_size = (uint16_t)strlen(place->id),
        .name_size = 2,
        .json_head_size = 1,
        .json_point_size = 1,
        .json_tail_size = 1,
    };
    yz_unplaced unplaced = {.services = place->services,
                            .region = place->region,
                            .kind = place->kind,
                            .hours = place->hours,
                            .level = place->level};

    memcpy(bytes, &head, sizeof(head));
    int n = snprintf(bytes + sizeof(head), sizeof(bytes) - sizeof(head),
                     "{0}%sno", place->id);
    fixture_put(t, YZ_DB_PLACE, &place->number, sizeof(place->number), bytes,
                sizeof(head) + (size_t)n);
    fixture_put(t, YZ_DB_ID, place->id, strlen(place->id), &place->number,
                sizeof(place->number));
    if (!place->placed) {
        fixture_put(t, YZ_DB_UNPLACED, &place->number, sizeof(place->number),
                    &unplaced, sizeof(unplaced));
    }
}

static inline yz_geo_point
fixture_point(const fixture_place *place)
{
    return (yz_geo_point){.lat_e7 = place->lat_e7,
                          .lng_e7 = place->lng_e7,
                          .number = place->number,
                          .region = place->region,
                          .services = place->services,
                          .kind = place->kind,
                          .hours = place->hours,
                          .level = place->level};
}

/* A geo layer of `points`, which get another order. */
static inline void
fixture_layer(fixture_txn *t, const char *name, yz_geo_point *points,
              size_t count)
{
    yz_geo_writer *writer;

    if (yz_geo_writer_open(t->txn, name, &writer) != YZ_OK) {
        t->failed = true;
        return;
    }
    t->failed |= yz_geo_writer_build(writer, points, count) != YZ_OK ||
                 yz_geo_writer_finish(writer) != YZ_OK;
    yz_geo_writer_free(writer);
}

/* All of `places`, which end with an id of NULL, and the layer of them. */
static inline void
fixture_places(fixture_txn *t, const fixture_place *places)
{
    yz_geo_point points[FIXTURE_PLACES_MAX];
    size_t count = 0;

    for (; places->id != NULL; places++) {
        fixture_record(t, places);
        if (places->placed) {
            points[count++] = fixture_point(places);
        }
    }
    fixture_layer(t, YZ_LAYER_PLACES, points, count);
}

/* A code, in the page of its bucket; the others are left as they are. */
static inline void
fixture_code(fixture_txn *t, const uint8_t *hash, uint32_t number,
             uint8_t revoked)
{
    uint32_t bucket = yz_code_bucket(hash, YZ_CODE_BITS_MIN);
    MDB_val key = {sizeof(bucket), &bucket}, value;
    yz_code_value code = {number, revoked};
    yz_code_page page;

    t->failed |= mdb_get(t->txn, fixture_dbi(t, YZ_DB_CODE), &key, &value) != 0;
    if (!t->failed) {
        memcpy(&page, value.mv_data, sizeof(page));
        t->failed |= yz_code_page_put(&page, hash, &code) != YZ_OK;
        fixture_put(t, YZ_DB_CODE, &bucket, sizeof(bucket), &page,
                    sizeof(page));
    }
}

static inline void
fixture_codes(fixture_txn *t)
{
    uint32_t bits = YZ_CODE_BITS_MIN;
    yz_code_page page;

    fixture_meta(t, YZ_META_CODE_BITS, &bits, sizeof(bits));
    for (uint32_t bucket = 0; bucket >> bits == 0; bucket++) {
        yz_code_page_start(&page, bucket, bits);
        fixture_put(t, YZ_DB_CODE, &bucket, sizeof(bucket), &page,
                    sizeof(page));
    }
}

/* What every generation has, and `places` in it. */
static inline void
fixture_start(fixture_txn *t, const void *places)
{
    static const char *const names[] = {
        YZ_DB_META,     YZ_DB_PLACE,   YZ_DB_ID,        YZ_DB_CODE,
        YZ_DB_KIND,     YZ_DB_SERVICE, YZ_DB_HOURS,     YZ_DB_REGION,
        YZ_DB_UNPLACED, YZ_DB_POST,    YZ_DB_POST_TIME, YZ_DB_ITEM};
    uint32_t format = YZ_PUBLIC_FORMAT;
    uint64_t generation = t->in->generation, zero = 0;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        fixture_dbi(t, names[i]);
    }
    fixture_meta(t, YZ_META_FORMAT, &format, sizeof(format));
    fixture_meta(t, YZ_META_GENERATION, &generation, sizeof(generation));
    fixture_meta(t, YZ_META_APPLIED_SEQ, &zero, sizeof(zero));
    fixture_meta(t, YZ_META_APPLIED_AT, &zero, sizeof(zero));
    fixture_meta(t, YZ_META_PLACES, &zero, sizeof(zero));
    fixture_codes(t);
    fixture_places(t, places);
    fixture_layer(t, YZ_LAYER_POSTS, NULL, 0);
}

static inline void
fixture_path(const fixture *f, char *path, size_t size)
{
    snprintf(path, size, "%s/gen-%u", f->public, f->generation);
}

static inline int
fixture_child(const fixture *f, size_t map_size, fixture_change *change,
              const void *argument)
{
    char path[SCRATCH_SIZE + 32];
    fixture_txn t = {.in = f};
    MDB_env *env;

    fixture_path(f, path, sizeof(path));
    if (mdb_env_create(&env) != 0 || mdb_env_set_mapsize(env, map_size) != 0 ||
        mdb_env_set_maxdbs(env, YZ_DATABASES_MAX) != 0 ||
        mdb_env_set_maxreaders(env, YZ_READERS_MAX) != 0 ||
        mdb_env_open(env, path, MDB_NOTLS | MDB_NOSYNC, 0640) != 0 ||
        mdb_txn_begin(env, NULL, 0, &t.txn) != 0) {
        return 2;
    }
    change(&t, argument);
    uint64_t moved = mdb_txn_id(t.txn);
    fixture_meta(&t, YZ_META_MOVED_TXN, &moved, sizeof(moved));
    if (t.failed) {
        mdb_txn_abort(t.txn);
        return 3;
    }
    t.failed = mdb_txn_commit(t.txn) != 0;
    mdb_env_close(env);
    return t.failed ? 4 : 0;
}

/* Runs `change` in one transaction of another process; 0 when it went well. */
static inline int
fixture_write_sized(const fixture *f, size_t map_size, fixture_change *change,
                    const void *argument)
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        _exit(fixture_child(f, map_size, change, argument));
    }
    return child < 0 || waitpid(child, &status, 0) != child ? -1 : status;
}

static inline int
fixture_write(const fixture *f, fixture_change *change, const void *argument)
{
    return fixture_write_sized(f, YZ_MAP_SIZE, change, argument);
}

/* Points `current` at `target`. */
static inline int
fixture_link(const fixture *f, const char *target)
{
    char link[SCRATCH_SIZE + 32];

    snprintf(link, sizeof(link), "%s/%s", f->public, YZ_FILE_CURRENT);
    unlink(link);
    return symlink(target, link);
}

/* Makes gen-N of `places` and points `current` at it. */
static inline int
fixture_generation(fixture *f, unsigned generation, const fixture_place *places)
{
    char path[SCRATCH_SIZE + 32];

    f->generation = generation;
    fixture_path(f, path, sizeof(path));
    if (mkdir(path, 0755) != 0 ||
        fixture_write(f, fixture_start, places) != 0) {
        return -1;
    }
    return fixture_link(f, strrchr(path, '/') + 1);
}

static inline int
fixture_make(fixture *f, const fixture_place *places)
{
    return scratch_make(f->public) != 0 ? -1 : fixture_generation(f, 1, places);
}

static inline void
fixture_remove(const fixture *f)
{
    scratch_remove(f->public);
}

#endif
