/*
 * What this protects: old entries of the log.  They leave the environment
 * only after their file is on disk, are read from it like before, and a file
 * that is cut or changed is never taken for what it was.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "lmdb_schema/archive.h"
#include "lmdb_schema/archive_write.h"
#include "lmdb_schema/files_write.h"
#include "lmdb_schema/store_log.h"
#include "t/unit/guard_page.h"
#include "t/unit/store_fixture.h"

#define FAR_S ((int64_t)1 << 40) /* after every entry */
#define FILE_MAX ((size_t)1 << 20)

/* How many entries there are, from 1 on without a gap. */
static yz_status
count_entry(void *context, const yz_store_entry *entry)
{
    uint64_t *count = context;

    assert_int_equal(entry->seq, *count + 1);
    (*count)++;
    return YZ_OK;
}

static uint64_t
count_entries(yz_store *store)
{
    uint64_t count = 0;

    assert_int_equal(yz_store_each_entry(store, 1, count_entry, &count), YZ_OK);
    return count;
}

static uint64_t
archive(yz_store *store, int64_t before_s, uint64_t least)
{
    const yz_batch_info info = {.kind = YZ_SPAN("requests"), .unmarked = true};
    yz_batch_result result;
    uint64_t moved = 0;

    assert_int_equal(yz_store_begin(store, &info), YZ_OK);
    assert_int_equal(yz_store_archive(store, before_s, least, &moved), YZ_OK);
    assert_int_equal(yz_store_commit(store, &result, NULL, NULL), YZ_OK);
    return moved;
}

/* What a test starts with, and goes on with. */
static fixture_random draws = {20261128};

static void
change(yz_store *store, unsigned batches)
{
    yz_batch_result result;

    for (unsigned i = 0; i < batches; i++) {
        assert_int_equal(fixture_batch(store, &draws, 30, 20, &result), YZ_OK);
    }
}

static yz_store *
reopen(const char *dir)
{
    yz_store_error error;
    yz_store *store;

    assert_int_equal(yz_store_open(dir, 0, &store, &error), YZ_OK);
    return store;
}

static yz_store *
make(char dir[static SCRATCH_SIZE], unsigned batches)
{
    yz_store *store;

    assert_int_equal(scratch_make(dir), 0);
    store = reopen(dir);
    change(store, batches);
    return store;
}

static void
print_problem(void *context, const char *sentence)
{
    (void)context;
    print_error("%s\n", sentence);
}

static void
assert_right(yz_store *store)
{
    assert_int_equal(yz_store_verify(store, print_problem, NULL), YZ_OK);
}

static void
entries_move_and_stay_readable(void **state)
{
    char dir[SCRATCH_SIZE];
    yz_store *store = make(dir, 20);
    uint64_t all = count_entries(store);

    (void)state;
    assert_int_equal(archive(store, 0, 1), 0);
    assert_int_equal(archive(store, FAR_S, all), 0);
    assert_int_equal(archive(store, FAR_S, 1), all - 1);
    assert_int_equal(count_entries(store), all);
    assert_right(store);
    /* The newest stays, so there is nothing more. */
    assert_int_equal(archive(store, FAR_S, 1), 0);
    change(store, 5);
    assert_true(count_entries(store) > all);
    assert_true(archive(store, FAR_S, 1) > 0);
    assert_right(store);
    yz_store_close(store);
    /* So it is for whoever opens it anew. */
    store = reopen(dir);
    assert_true(count_entries(store) > all);
    assert_right(store);
    yz_store_close(store);
    scratch_remove(dir);
}

static void
an_abort_leaves_all_where_it_was(void **state)
{
    const yz_batch_info info = {.kind = YZ_SPAN("requests"), .unmarked = true};
    char dir[SCRATCH_SIZE];
    yz_store *store = make(dir, 10);
    uint64_t all = count_entries(store);
    uint64_t moved;

    (void)state;
    assert_int_equal(yz_store_begin(store, &info), YZ_OK);
    assert_int_equal(yz_store_archive(store, FAR_S, 1, &moved), YZ_OK);
    yz_store_abort(store);
    assert_int_equal(count_entries(store), all);
    assert_right(store);
    change(store, 3);
    /* The file of the first try is replaced by a longer one. */
    assert_true(archive(store, FAR_S, 1) > moved);
    assert_right(store);
    yz_store_close(store);
    scratch_remove(dir);
}

/* The bytes of the first segment of a store. */
static size_t
read_segment(const char *dir, char *bytes)
{
    char path[SCRATCH_SIZE + 64];
    size_t n;

    snprintf(path, sizeof(path), "%s/private/log/000000001.log", dir);
    assert_int_equal(yz_file_read(path, bytes, FILE_MAX, &n), YZ_OK);
    return n;
}

/* Whether all of it is what was written, and can be walked safely. */
static bool
is_whole(yz_span bytes)
{
    yz_segment segment;
    yz_span entry;

    if (yz_segment_read(bytes, &segment) != YZ_OK) {
        return false;
    }
    for (uint64_t seq = segment.head.first; seq <= segment.head.last; seq++) {
        (void)yz_segment_entry(&segment, seq, &entry);
    }
    return yz_segment_check(&segment) == YZ_OK;
}

static void
try_cut(yz_span text, void *context)
{
    const size_t *whole = context;

    assert_true(is_whole(text) == (text.n == *whole));
}

static void
nothing_cut_or_changed_passes(void **state)
{
    static char bytes[FILE_MAX];
    char dir[SCRATCH_SIZE];
    yz_store *store = make(dir, 4);
    size_t n;

    (void)state;
    assert_true(archive(store, FAR_S, 1) > 0);
    n = read_segment(dir, bytes);
    assert_int_equal(guard_truncations((yz_span){bytes, n}, try_cut, &n),
                     n + 1);
    for (size_t i = 0; i < n; i++) {
        bytes[i] ^= 4;
        assert_false(is_whole((yz_span){bytes, n}));
        bytes[i] ^= 4;
    }
    yz_store_close(store);
    scratch_remove(dir);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_move_and_stay_readable),
        cmocka_unit_test(an_abort_leaves_all_where_it_was),
        cmocka_unit_test(nothing_cut_or_changed_passes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
