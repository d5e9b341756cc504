/*
 * Protects the writer from damaged pages, of which LMDB dies: the look at
 * every page reaches each one that is in use, none that is not, and refuses
 * trees that lead in circles or out of the file.  Without it `yizhan rebuild`
 * is killed by the very data that it is to replace.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <lmdb.h>
#include <string.h>
#include <unistd.h>

#include "lmdb_schema/env_pages_write.h"
#include "t/unit/scratch_dir.h"

#define BIG_SIZE 9000
#define RECORDS 600

static char dir[SCRATCH_SIZE];
static char file[SCRATCH_SIZE + 16];
static size_t page_size;
static size_t nodes_of_meta;  /* pages of its tree */
static size_t nodes_of_place; /* the same, and the first of large values */
static size_t nodes_of_main;  /* lists of databases and of free pages */
static uint64_t last_page;

static void
put(MDB_txn *txn, MDB_dbi dbi, uint32_t number, size_t size)
{
    static uint8_t bytes[BIG_SIZE];
    MDB_val key = {sizeof(number), &number}, value = {size, bytes};

    assert_int_equal(0, mdb_put(txn, dbi, &key, &value, 0));
}

static size_t
tree_pages(const MDB_stat *stat)
{
    return stat->ms_branch_pages + stat->ms_leaf_pages;
}

/* Counts what the newest snapshot uses. */
static void
count_pages(MDB_env *env, MDB_dbi meta, MDB_dbi place)
{
    const size_t pages_of_big = (BIG_SIZE + 15) / page_size + 1;
    MDB_envinfo info;
    MDB_stat stat;
    MDB_txn *txn;

    assert_int_equal(0, mdb_txn_begin(env, NULL, MDB_RDONLY, &txn));
    assert_int_equal(0, mdb_stat(txn, meta, &stat));
    nodes_of_meta = tree_pages(&stat);
    assert_int_equal(0, mdb_stat(txn, place, &stat));
    assert_true(stat.ms_depth >= 3);
    nodes_of_place = tree_pages(&stat) + stat.ms_overflow_pages / pages_of_big;
    assert_int_equal(0, mdb_stat(txn, 1, &stat));
    nodes_of_main = tree_pages(&stat);
    assert_int_equal(0, mdb_stat(txn, 0, &stat));
    assert_true(stat.ms_entries > 0);
    assert_int_equal(0, stat.ms_overflow_pages);
    nodes_of_main += tree_pages(&stat);
    assert_int_equal(0, mdb_env_info(env, &info));
    last_page = info.me_last_pgno;
    mdb_txn_abort(txn);
}

static int
make_environment(void **state)
{
    MDB_dbi meta, place;
    MDB_env *env;
    MDB_txn *txn;

    (void)state;
    if (scratch_make(dir) != 0) {
        return -1;
    }
    snprintf(file, sizeof(file), "%s/data.mdb", dir);
    page_size = (size_t)sysconf(_SC_PAGESIZE);
    assert_int_equal(0, mdb_env_create(&env));
    assert_int_equal(0, mdb_env_set_mapsize(env, 1 << 26));
    assert_int_equal(0, mdb_env_set_maxdbs(env, 4));
    assert_int_equal(0, mdb_env_open(env, dir, MDB_NOTLS | MDB_NOSYNC, 0640));
    for (uint32_t round = 0; round < 3; round++) {
        assert_int_equal(0, mdb_txn_begin(env, NULL, 0, &txn));
        assert_int_equal(0, mdb_dbi_open(txn, "meta", MDB_CREATE, &meta));
        assert_int_equal(
            0, mdb_dbi_open(txn, "place", MDB_CREATE | MDB_INTEGERKEY, &place));
        put(txn, meta, round, 8);
        for (uint32_t i = round * 7; i < RECORDS; i += 1 + round * 50) {
            put(txn, place, i, i % 40 == 0 ? BIG_SIZE : 1900);
        }
        assert_int_equal(0, mdb_txn_commit(txn));
    }
    count_pages(env, meta, place);
    mdb_env_close(env);
    return 0;
}

static int
remove_environment(void **state)
{
    (void)state;
    scratch_remove(dir);
    return 0;
}

static void
read_at(uint64_t offset, void *bytes, size_t size)
{
    int fd = open(file, O_RDONLY);

    assert_true(fd >= 0);
    assert_int_equal(size, pread(fd, bytes, size, (off_t)offset));
    close(fd);
}

static void
write_at(uint64_t offset, const void *bytes, size_t size)
{
    int fd = open(file, O_WRONLY);

    assert_true(fd >= 0);
    assert_int_equal(size, pwrite(fd, bytes, size, (off_t)offset));
    close(fd);
}

/* What is said of the file with other bytes, which are then put back. */
static yz_status
status_with(uint64_t offset, const void *bytes, size_t size, const char *only)
{
    uint8_t kept[64];

    assert_true(size <= sizeof(kept));
    read_at(offset, kept, size);
    write_at(offset, bytes, size);
    yz_status status = yz_env_pages_check(dir, only);
    write_at(offset, kept, size);
    return status;
}

static void
a_sound_file_passes(void **state)
{
    (void)state;
    assert_int_equal(YZ_OK, yz_env_pages_check(dir, NULL));
    assert_int_equal(YZ_OK, yz_env_pages_check(dir, "meta"));
    assert_int_equal(YZ_OK, yz_env_pages_check(dir, "none"));
    assert_int_equal(YZ_NOT_FOUND, yz_env_pages_check("/nonexistent", NULL));
}

static size_t
pages_looked_at(const char *only, uint64_t offset, const void *bytes,
                size_t size)
{
    size_t count = 0;

    for (uint64_t page = 2; page <= last_page; page++) {
        yz_status status =
            status_with(page * page_size + offset, bytes, size, only);

        assert_true(status == YZ_OK || status == YZ_CORRUPT);
        count += status == YZ_CORRUPT;
    }
    return count;
}

static void
every_page_in_use_is_looked_at_and_no_other(void **state)
{
    static const uint8_t other_number[8] = {0xfe, 0xff};
    static const uint8_t dirty[2] = {0x17, 0};
    size_t most = nodes_of_main + nodes_of_meta;

    (void)state;
    assert_int_equal(most, pages_looked_at("meta", 0, other_number, 8));
    most += nodes_of_place;
    assert_true(most < last_page - 1); /* there are free ones */
    assert_int_equal(most, pages_looked_at(NULL, 0, other_number, 8));
    assert_int_equal(most, pages_looked_at(NULL, 10, dirty, 2));
    assert_int_equal(most, pages_looked_at(NULL, 12, "\xff\xff\xff\xff", 4));
    assert_int_equal(YZ_OK, yz_env_pages_check(dir, NULL));
}

/* Offset of node `i` of a page; 0 when there is none. */
static uint64_t
node_at(uint64_t page, unsigned i, uint16_t kind)
{
    uint16_t head[8], at;

    read_at(page * page_size, head, sizeof(head));
    if (head[5] != kind || head[6] < 16 + 2 * (i + 1) || head[6] > page_size) {
        return 0;
    }
    read_at(page * page_size + 16 + 2 * i, &at, sizeof(at));
    return page * page_size + at;
}

/* Branches lead to themselves, to a page of another, or out of the file. */
static void
no_page_has_two_owners(void **state)
{
    size_t branches = 0;

    (void)state;
    for (uint64_t page = 2; page <= last_page; page++) {
        uint64_t first = node_at(page, 0, 0x01), second, below;
        uint16_t self[3] = {(uint16_t)page, 0, 0};

        second = node_at(page, 1, 0x01);
        if (first == 0 || second == 0 ||
            status_with(page * page_size, "\xff\xff", 2, NULL) == YZ_OK) {
            continue; /* no branch, or not in use */
        }
        branches++;
        read_at(second, &below, 6);
        assert_int_equal(YZ_CORRUPT, status_with(first, self, 6, NULL));
        assert_int_equal(YZ_CORRUPT, status_with(first, &below, 6, NULL));
        below = last_page + 1;
        assert_int_equal(YZ_CORRUPT, status_with(first, &below, 6, NULL));
        assert_int_equal(YZ_CORRUPT,
                         status_with(first, "\0\0\0\0\0\0", 6, NULL));
    }
    assert_true(branches >= 3);
}

/* Nodes that reach past their page, or share its bytes with others. */
static void
every_node_lies_on_its_page(void **state)
{
    size_t leaves = 0;

    (void)state;
    for (uint64_t page = 2; page <= last_page; page++) {
        uint64_t node = node_at(page, 0, 0x02);

        if (node == 0 ||
            status_with(page * page_size, "\xff\xff", 2, NULL) == YZ_OK) {
            continue;
        }
        leaves++;
        /* The size of the key, of the value, and the flags. */
        assert_int_equal(YZ_CORRUPT, status_with(node + 6, "\xff", 2, NULL));
        assert_int_equal(YZ_CORRUPT,
                         status_with(node, "\0\0\x01\0\0\0", 6, NULL));
        assert_int_equal(YZ_CORRUPT, status_with(node + 4, "\x04", 2, NULL));
        /* Where the node is. */
        assert_int_equal(YZ_CORRUPT, status_with(page * page_size + 16,
                                                 "\xff\x0f", 2, NULL));
        assert_int_equal(YZ_CORRUPT,
                         status_with(page * page_size + 16, "\0", 2, NULL));
    }
    assert_true(leaves > 100);
}

static void
a_cut_file_is_corrupt(void **state)
{
    (void)state;
    assert_int_equal(0, truncate(file, (off_t)(last_page * page_size)));
    assert_int_equal(YZ_CORRUPT, yz_env_pages_check(dir, NULL));
    assert_int_equal(0, truncate(file, 0));
    assert_int_equal(YZ_CORRUPT, yz_env_pages_check(dir, NULL));
}

#define TEST(test)                                                             \
    cmocka_unit_test_setup_teardown(test, make_environment, remove_environment)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_sound_file_passes),
        TEST(every_page_in_use_is_looked_at_and_no_other),
        TEST(no_page_has_two_owners),
        TEST(every_node_lies_on_its_page),
        TEST(a_cut_file_is_corrupt),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
