/*
 * Protects the opening of a generation: one that is not whole is refused and
 * the status says why, one file has one environment, and a map that another
 * process made larger moves under no reader's feet.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lmdb_schema/reader.h"
#include "lmdb_schema/reader_impl.h"
#include "t/unit/public_fixture.h"

static const fixture_place places[] = {
    {.number = 1, .id = "a", .placed = true, .lat_e7 = 10, .lng_e7 = 20},
    {.number = 2, .id = "b", .placed = false},
    {.id = NULL},
};

static fixture f;

static int
make(void **state)
{
    (void)state;
    return fixture_make(&f, places);
}

static int
drop(void **state)
{
    (void)state;
    fixture_remove(&f);
    return 0;
}

static yz_status
open_status(void)
{
    yz_reader *reader;
    yz_status status = yz_reader_open(f.public, 0, &reader);

    assert_true((status == YZ_OK) == (reader != NULL));
    yz_reader_close(reader);
    return status;
}

static yz_reader *
open_begun(void)
{
    yz_reader *reader;

    assert_int_equal(YZ_OK, yz_reader_open(f.public, 0, &reader));
    assert_int_equal(YZ_OK, yz_reader_begin(reader));
    return reader;
}

static void
end_close(yz_reader *reader)
{
    yz_reader_end(reader);
    yz_reader_close(reader);
}

static void
what_is_not_there_is_not_found(void **state)
{
    fixture nowhere = {.public = "/nonexistent"};
    yz_reader *reader;

    (void)state;
    assert_int_equal(YZ_NOT_FOUND, yz_reader_open(nowhere.public, 0, &reader));
    assert_null(reader);
    assert_int_equal(0, fixture_link(&f, "gen-2"));
    assert_int_equal(YZ_NOT_FOUND, open_status());
    yz_reader_close(NULL);
}

static void
a_link_that_names_no_generation_is_corrupt(void **state)
{
    static const char *const targets[] = {
        "gen-",   "gen-0",      "gen-01",
        "gen-1/", "./gen-1",    "../gen-1",
        "gen-1x", "gen--1",     "gen-18446744073709551616",
        "GEN-1",  "generation", "/tmp/gen-1",
        "gen-1 ", "g",          "gen-99999999999999999999999999999999999",
    };
    char path[SCRATCH_SIZE + 16];

    (void)state;
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        assert_int_equal(0, fixture_link(&f, targets[i]));
        assert_int_equal(YZ_CORRUPT, open_status());
    }
    snprintf(path, sizeof(path), "%s/current", f.public);
    assert_int_equal(0, unlink(path));
    assert_int_equal(YZ_NOT_FOUND, open_status());
    assert_int_equal(0, mkdir(path, 0755));
    assert_int_equal(YZ_CORRUPT, open_status());
}

static void
a_generation_that_is_skipped_is_refused(void **state)
{
    yz_reader *reader;

    (void)state;
    assert_int_equal(YZ_CORRUPT, yz_reader_open(f.public, 1, &reader));
    assert_null(reader);
    assert_int_equal(YZ_OK, yz_reader_open(f.public, 2, &reader));
    assert_int_equal(1, yz_reader_generation(reader));
    yz_reader_close(reader);
}

static void
set_format(fixture_txn *t, const void *format)
{
    fixture_meta(t, YZ_META_FORMAT, format, 4);
}

static void
set_generation(fixture_txn *t, const void *generation)
{
    fixture_meta(t, YZ_META_GENERATION, generation, 8);
}

static void
shorten_seq(fixture_txn *t, const void *seq)
{
    fixture_meta(t, YZ_META_APPLIED_SEQ, seq, 7);
}

static void
drop_database(fixture_txn *t, const void *name)
{
    t->failed |= mdb_drop(t->txn, fixture_dbi(t, name), 1) != 0;
}

static void
remake_as_text(fixture_txn *t, const void *name)
{
    MDB_dbi dbi;

    drop_database(t, name);
    t->failed |= mdb_dbi_open(t->txn, name, MDB_CREATE, &dbi) != 0;
}

static void
another_format_is_said_to_be_one(void **state)
{
    uint32_t formats[] = {0, YZ_PUBLIC_FORMAT + 1, UINT32_MAX};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(0, fixture_write(&f, set_format, &formats[i]));
        assert_int_equal(YZ_FORMAT, open_status());
    }
}

static void
a_generation_under_anothers_name_is_corrupt(void **state)
{
    uint64_t two = 2;

    (void)state;
    assert_int_equal(0, fixture_write(&f, set_generation, &two));
    assert_int_equal(YZ_CORRUPT, open_status());
}

static void
a_meta_value_of_another_size_is_corrupt(void **state)
{
    uint64_t seq = 1;

    (void)state;
    assert_int_equal(0, fixture_write(&f, shorten_seq, &seq));
    assert_int_equal(YZ_CORRUPT, open_status());
}

static void
a_missing_database_is_corrupt(void **state)
{
    static const char *const names[] = {YZ_DB_META, YZ_DB_PLACE, YZ_DB_HOURS,
                                        YZ_DB_UNPLACED};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        drop(NULL);
        assert_int_equal(0, make(NULL));
        assert_int_equal(0, fixture_write(&f, drop_database, names[i]));
        assert_int_equal(YZ_CORRUPT, open_status());
    }
}

static void
a_database_with_other_flags_is_corrupt(void **state)
{
    (void)state;
    assert_int_equal(0, fixture_write(&f, remake_as_text, YZ_DB_PLACE));
    assert_int_equal(YZ_CORRUPT, open_status());
}

static void
a_cut_file_is_corrupt(void **state)
{
    char path[SCRATCH_SIZE + 32];

    (void)state;
    snprintf(path, sizeof(path), "%s/gen-1/data.mdb", f.public);
    assert_int_equal(0, truncate(path, 3 * 4096));
    assert_int_equal(YZ_CORRUPT, open_status());
}

static void
readers_of_one_file_share_its_environment(void **state)
{
    yz_reader *a = open_begun(), *b = open_begun();

    (void)state;
    assert_ptr_equal(a->env, b->env);
    end_close(a);
    yz_reader_end(b);
    assert_int_equal(YZ_OK, yz_reader_begin(b));
    end_close(b);
}

static MDB_env *
open_small(size_t map_size, unsigned readers)
{
    char path[SCRATCH_SIZE + 32];
    MDB_env *env;

    fixture_path(&f, path, sizeof(path));
    assert_int_equal(0, mdb_env_create(&env));
    assert_int_equal(0, mdb_env_set_mapsize(env, map_size));
    assert_int_equal(0, mdb_env_set_maxreaders(env, readers));
    assert_int_equal(0, mdb_env_set_maxdbs(env, YZ_DATABASES_MAX));
    assert_int_equal(0, mdb_env_open(env, path, MDB_RDONLY | MDB_NOTLS, 0640));
    return env;
}

static void
add_bulk(fixture_txn *t, const void *argument)
{
    static char bulk[8 << 20];
    uint32_t number = 900;

    (void)argument;
    fixture_put(t, YZ_DB_KIND, &number, sizeof(number), bulk, sizeof(bulk));
}

/* One lookup that goes through a record and through pages of the layer. */
static void
look_around(yz_reader *reader)
{
    yz_geo_filter any = yz_geo_filter_any();
    yz_list_position position;
    yz_place_view view;
    uint32_t count;

    assert_int_equal(YZ_OK, yz_reader_begin(reader));
    assert_int_equal(YZ_OK, yz_reader_place(reader, 1, &view));
    assert_int_equal(YZ_OK,
                     yz_reader_list(reader, &any, NULL, 1, &position, &count));
    assert_int_equal(1, count);
    yz_reader_end(reader);
}

static void
a_map_that_another_process_made_larger_is_followed(void **state)
{
    yz_reader *a, *b;

    (void)state;
    MDB_env *env = open_small(1 << 20, 10);
    assert_int_equal(YZ_OK, yz_reader_open_env(env, 1, &a));
    assert_int_equal(YZ_OK, yz_reader_open_env(env, 1, &b));
    look_around(a);
    look_around(b);
    assert_int_equal(0, fixture_write_sized(&f, 64 << 20, add_bulk, NULL));
    for (int i = 0; i < 2; i++) {
        look_around(a);
        look_around(b); /* its map has moved without its doing */
    }
    yz_reader_close(a);
    yz_reader_close(b);
    mdb_env_close(env);
}

static void
no_reader_slot_left_is_busy(void **state)
{
    yz_reader *readers[4] = {NULL};
    char path[SCRATCH_SIZE + 32];

    (void)state;
    snprintf(path, sizeof(path), "%s/gen-1/lock.mdb", f.public);
    assert_int_equal(0, unlink(path)); /* the next opener says how many */
    MDB_env *env = open_small(YZ_MAP_SIZE, 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(YZ_OK, yz_reader_open_env(env, 1, &readers[i]));
    }
    assert_int_equal(YZ_BUSY, yz_reader_open_env(env, 1, &readers[3]));
    assert_null(readers[3]);
    yz_reader_close(readers[0]);
    assert_int_equal(YZ_OK, yz_reader_open_env(env, 1, &readers[0]));
    for (int i = 0; i < 3; i++) {
        yz_reader_close(readers[i]);
    }
    mdb_env_close(env);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, make, drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_not_there_is_not_found),
        TEST(a_link_that_names_no_generation_is_corrupt),
        TEST(a_generation_that_is_skipped_is_refused),
        TEST(another_format_is_said_to_be_one),
        TEST(a_generation_under_anothers_name_is_corrupt),
        TEST(a_meta_value_of_another_size_is_corrupt),
        TEST(a_missing_database_is_corrupt),
        TEST(a_database_with_other_flags_is_corrupt),
        TEST(a_cut_file_is_corrupt),
        TEST(readers_of_one_file_share_its_environment),
        TEST(a_map_that_another_process_made_larger_is_followed),
        TEST(no_reader_slot_left_is_busy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
