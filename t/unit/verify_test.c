/*
 * Protects the checker: it is trusted because it fails on damage put in on
 * purpose.  Each database of both environments gets a value changed, a
 * record taken out and a record too many, one at a time, and verify must
 * tell of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <lmdb.h>

#include "core/geo_page.h"
#include "lmdb_schema/layout.h"
#include "t/unit/post_fixture.h"

static char top[SCRATCH_SIZE];
static char base[128]; /* a sound store, copied for each damage */
static char hurt[128]; /* the copy */

typedef enum { FLIP, DROP, ADD } harm;

/* One kind of damage. */
typedef struct {
    const char *environment; /* below the store */
    const char *database;
    harm harm;
    size_t at;     /* FLIP: this byte */
    uint32_t type; /* FLIP: of a value that begins with this number, 0: any */
} damage;

#define PRIVATE "private"
#define PUBLIC "public/current"
#define LAST SIZE_MAX /* the last byte */
#define CODE_NUMBER                                                            \
    (sizeof(yz_code_page_head) + offsetof(yz_code_entry, number))
#define CHUNK_LAT (offsetof(yz_geo_chunk, shape) + 4 * YZ_CHUNK_LAT)

static const damage damages[] = {
    {PRIVATE, "place", FLIP, 4, 0},
    {PRIVATE, "place", FLIP, LAST, 0},
    {PRIVATE, "place", FLIP, 20, 0},
    {PRIVATE, "place", FLIP, 42, 0},
    {PRIVATE, "place", DROP, 0, 0},
    {PRIVATE, "place", ADD, 0, 0},
    {PRIVATE, "number", FLIP, LAST, 0},
    {PRIVATE, "number", DROP, 0, 0},
    {PRIVATE, "number", ADD, 0, 0},
    {PRIVATE, "code", FLIP, LAST, 0},
    {PRIVATE, "code", FLIP, 8, 0},
    {PRIVATE, "code", DROP, 0, 0},
    {PRIVATE, "code", ADD, 0, 0},
    {PRIVATE, "batch", FLIP, 8, 0},
    {PRIVATE, "batch", FLIP, LAST, 0},
    {PRIVATE, "batch", DROP, 0, 0},
    {PRIVATE, "log", FLIP, 8, 0},
    {PRIVATE, "log", FLIP, LAST, 0},
    {PRIVATE, "log", FLIP, 45, 0},
    {PRIVATE, "log", DROP, 0, 0},
    {PRIVATE, "log", ADD, 0, 0},
    {PRIVATE, "reference", FLIP, LAST, 0},
    {PUBLIC, "place", FLIP, 4, 0},
    {PUBLIC, "place", FLIP, LAST, 0},
    {PUBLIC, "place", FLIP, 70, 0},
    {PUBLIC, "place", DROP, 0, 0},
    {PUBLIC, "place", ADD, 0, 0},
    {PUBLIC, "id", FLIP, 0, 0},
    {PUBLIC, "id", DROP, 0, 0},
    {PUBLIC, "id", ADD, 0, 0},
    {PUBLIC, "code", FLIP, 0, 0},
    {PUBLIC, "code", FLIP, 4, 0},
    {PUBLIC, "code", FLIP, 8, 0},
    {PUBLIC, "code", FLIP, CODE_NUMBER, 0},
    {PUBLIC, "code", FLIP, LAST, 0},
    {PUBLIC, "code", DROP, 0, 0},
    {PUBLIC, "code", ADD, 0, 0},
    {PUBLIC, "kind", FLIP, 0, 0},
    {PUBLIC, "kind", DROP, 0, 0},
    {PUBLIC, "service", FLIP, 0, 0},
    {PUBLIC, "service", DROP, 0, 0},
    {PUBLIC, "hours", FLIP, LAST, 0},
    {PUBLIC, "hours", FLIP, 8, 0},
    {PUBLIC, "hours", DROP, 0, 0},
    {PUBLIC, "region", FLIP, 12, 0},
    {PUBLIC, "region", FLIP, 8, 0},
    {PUBLIC, "region", FLIP, 44, 0},
    {PUBLIC, "region", FLIP, LAST, 0},
    {PUBLIC, "region", DROP, 0, 0},
    {PUBLIC, "region", ADD, 0, 0},
    {PUBLIC, "unplaced", FLIP, 8, 0},
    {PUBLIC, "unplaced", DROP, 0, 0},
    {PUBLIC, "unplaced", ADD, 0, 0},
    {PUBLIC, "geo_places", FLIP, 16, YZ_PAGE_HEAD},
    {PUBLIC, "geo_places", DROP, 0, YZ_PAGE_CHUNK},
    {PUBLIC, "geo_places", FLIP, CHUNK_LAT, YZ_PAGE_CHUNK},
    {PUBLIC, "geo_places", FLIP, offsetof(yz_geo_chunk, services),
     YZ_PAGE_CHUNK},
    {PUBLIC, "geo_places", FLIP, offsetof(yz_geo_chunk, kind), YZ_PAGE_CHUNK},
    {PUBLIC, "geo_places", FLIP, offsetof(yz_geo_chunk, number), YZ_PAGE_CHUNK},
    {PUBLIC, "geo_places", FLIP, offsetof(yz_geo_node, sets), YZ_PAGE_NODE},
    {PUBLIC, "geo_places", FLIP, offsetof(yz_geo_node, child), YZ_PAGE_NODE},
    {PRIVATE, "post", FLIP, 0, 0},
    {PRIVATE, "post", FLIP, LAST, 0},
    {PRIVATE, "post", DROP, 0, 0},
    {PUBLIC, "post", FLIP, 4, 0},
    {PUBLIC, "post", FLIP, 24, 0},
    {PUBLIC, "post", FLIP, LAST, 0},
    {PUBLIC, "post", DROP, 0, 0},
    {PUBLIC, "post", ADD, 0, 0},
    {PUBLIC, "post_time", FLIP, 0, 0},
    {PUBLIC, "post_time", DROP, 0, 0},
    {PUBLIC, "post_time", ADD, 0, 0},
    {PUBLIC, "item", FLIP, 0, 0},
    {PUBLIC, "item", DROP, 0, 0},
    {PUBLIC, "geo_posts", FLIP, 16, YZ_PAGE_HEAD},
    {PUBLIC, "geo_posts", DROP, 0, YZ_PAGE_CHUNK},
    {PUBLIC, "geo_posts", FLIP, CHUNK_LAT, YZ_PAGE_CHUNK},
    {PUBLIC, "geo_posts", FLIP, offsetof(yz_geo_chunk, kind), YZ_PAGE_CHUNK},
    {PUBLIC, "geo_posts", FLIP, offsetof(yz_geo_node, sets), YZ_PAGE_NODE},
};

static void
shell(const char *format, ...)
{
    char command[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(command, sizeof(command), format, arguments);
    va_end(arguments);
    assert_int_equal(0, system(command));
}

static yz_store *
open_store(const char *dir)
{
    yz_store_error error;
    yz_store *store;

    if (yz_store_open(dir, 0, &store, &error) != YZ_OK) {
        fail_msg("%s", error.text);
    }
    return store;
}

static int
make_base(void **state)
{
    fixture_random random = {77};
    yz_batch_result result;
    yz_store *store;
    unsigned i;

    (void)state;
    if (scratch_make(top) != 0) {
        return -1;
    }
    snprintf(base, sizeof(base), "%s/base", top);
    snprintf(hurt, sizeof(hurt), "%s/hurt", top);
    store = open_store(base);
    if (yz_store_reference_put(store, YZ_SPAN("regions"),
                               YZ_SPAN(FIXTURE_REGIONS)) != YZ_OK ||
        yz_store_reference_put(store, YZ_SPAN("holidays"),
                               YZ_SPAN(FIXTURE_HOLIDAYS)) != YZ_OK) {
        return -1;
    }
    for (i = 0; i < 4; i++) {
        if (fixture_batch(store, &random, 200, 200, &result) != YZ_OK ||
            fixture_posts(store, &random, 200, 200) != YZ_OK) {
            return -1;
        }
    }
    yz_store_close(store);
    return 0;
}

static int
remove_all(void **state)
{
    (void)state;
    scratch_remove(top);
    return 0;
}

static unsigned told;

static void
count_problem(void *context, const char *sentence)
{
    (void)context;
    assert_true(strlen(sentence) > 0);
    told++;
}

/* Whether a value is one that the damage is meant for. */
static bool
is_meant(const damage *what, const MDB_val *value)
{
    uint32_t type = 0;

    if (value->mv_size < 4 && what->type != 0) {
        return false;
    }
    if (what->type != 0) {
        memcpy(&type, value->mv_data, sizeof(type));
        return type == what->type && value->mv_size > what->at;
    }
    return what->at == LAST || value->mv_size > what->at;
}

/* Puts the changed, or the added, record; or takes it out. */
static void
do_harm(const damage *what, MDB_txn *txn, MDB_dbi dbi, MDB_cursor *cursor,
        MDB_val *key, const MDB_val *value)
{
    static uint8_t bytes[1 << 16], other[512];
    MDB_val changed = {value->mv_size, bytes};
    MDB_val added = {key->mv_size, other};

    assert_true(value->mv_size <= sizeof(bytes));
    memcpy(bytes, value->mv_data, value->mv_size);
    switch (what->harm) {
    case FLIP:
        bytes[what->at == LAST ? value->mv_size - 1 : what->at] ^= 1;
        assert_int_equal(0, mdb_put(txn, dbi, key, &changed, 0));
        break;
    case DROP:
        assert_int_equal(0, mdb_cursor_del(cursor, 0));
        break;
    case ADD:
        memcpy(other, key->mv_data, key->mv_size);
        other[key->mv_size / 2] ^= 0x55;
        assert_int_equal(0,
                         mdb_put(txn, dbi, &added, &changed, MDB_NOOVERWRITE));
        break;
    }
}

static void
apply(const damage *what)
{
    char path[256];
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    MDB_cursor *cursor;
    MDB_val key, value;
    int rc;

    snprintf(path, sizeof(path), "%s/%s", hurt, what->environment);
    assert_int_equal(0, mdb_env_create(&env));
    assert_int_equal(0, mdb_env_set_maxdbs(env, 32));
    assert_int_equal(0, mdb_env_set_mapsize(env, (size_t)1 << 30));
    assert_int_equal(0, mdb_env_open(env, path, MDB_NOSYNC, 0600));
    assert_int_equal(0, mdb_txn_begin(env, NULL, 0, &txn));
    assert_int_equal(0, mdb_dbi_open(txn, what->database, 0, &dbi));
    assert_int_equal(0, mdb_cursor_open(txn, dbi, &cursor));
    do {
        rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    } while (rc == 0 && !is_meant(what, &value));
    assert_int_equal(0, rc);
    do_harm(what, txn, dbi, cursor, &key, &value);
    mdb_cursor_close(cursor);
    assert_int_equal(0, mdb_txn_commit(txn));
    mdb_env_close(env);
}

static void
a_sound_store_has_no_faults(void **state)
{
    yz_store *store = open_store(base);
    unsigned problems = 0;

    (void)state;
    assert_int_equal(YZ_OK, yz_store_verify(store, fixture_problem, &problems));
    assert_int_equal(0, problems);
    yz_store_close(store);
}

static void
each_damage_is_told(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
        yz_store *store;
        yz_status status;

        shell("rm -rf %s && cp -a %s %s", hurt, base, hurt);
        apply(&damages[i]);
        store = open_store(hurt);
        told = 0;
        status = yz_store_verify(store, count_problem, NULL);
        if (told == 0 || status != YZ_CORRUPT) {
            fail_msg("not told: %s %s harm %d at %zu", damages[i].environment,
                     damages[i].database, (int)damages[i].harm, damages[i].at);
        }
        yz_store_close(store);
    }
}

static void
a_rebuild_mends_public_data(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(damages) / sizeof(damages[0]); i += 3) {
        unsigned problems = 0;
        yz_store *store;

        if (strcmp(damages[i].environment, PUBLIC) != 0) {
            continue;
        }
        shell("rm -rf %s && cp -a %s %s", hurt, base, hurt);
        apply(&damages[i]);
        store = open_store(hurt);
        assert_int_equal(YZ_OK, yz_store_rebuild(store));
        assert_int_equal(YZ_OK,
                         yz_store_verify(store, fixture_problem, &problems));
        yz_store_close(store);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_store_has_no_faults),
        cmocka_unit_test(each_damage_is_told),
        cmocka_unit_test(a_rebuild_mends_public_data),
    };
    return cmocka_run_group_tests(tests, make_base, remove_all);
}
