/*
 * Protects the worker from files that LMDB itself would die of: cut files
 * (SIGBUS), a page size of 0 (SIGFPE), roots that point nowhere, flags that
 * move the map.  Without yz_env_precheck() each of these takes nginx's
 * workers down one after the other.  Also protects the mapping of LMDB's and
 * the system's results to statuses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lmdb_schema/env.h"
#include "lmdb_schema/layout.h"
#include "t/unit/scratch_dir.h"

/* Offsets inside a meta page; see env_precheck.c. */
enum {
    PAGE_FLAGS = 10,
    META = 16,
    MAGIC = META,
    VERSION = META + 4,
    PAGE_SIZE = META + 24,
    FREE_FLAGS = META + 24 + 4,
    FREE_ROOT = META + 24 + 40,
    MAIN_FLAGS = META + 72 + 4,
    MAIN_DEPTH = META + 72 + 6,
    MAIN_ROOT = META + 72 + 40,
    LAST_PAGE = META + 120,
    TXN_ID = META + 128
};

static char dir[SCRATCH_SIZE];
static char file[SCRATCH_SIZE + 16];
static size_t page_size;

static MDB_env *
open_writer(void)
{
    MDB_env *env;

    assert_int_equal(0, mdb_env_create(&env));
    assert_int_equal(0, mdb_env_set_mapsize(env, 16 << 20));
    assert_int_equal(0, mdb_env_set_maxdbs(env, 4));
    assert_int_equal(0, mdb_env_open(env, dir, MDB_NOTLS | MDB_NOSYNC, 0640));
    return env;
}

static void
commit_one(MDB_env *env, unsigned i)
{
    MDB_txn *txn;
    MDB_dbi dbi;
    MDB_val key = {sizeof(i), &i};
    char bytes[3000] = "x";
    MDB_val value = {sizeof(bytes), bytes};

    assert_int_equal(0, mdb_txn_begin(env, NULL, 0, &txn));
    assert_int_equal(
        0, mdb_dbi_open(txn, "db", MDB_CREATE | MDB_INTEGERKEY, &dbi));
    assert_int_equal(0, mdb_put(txn, dbi, &key, &value, 0));
    assert_int_equal(0, mdb_txn_commit(txn));
}

static int
make_environment(void **state)
{
    (void)state;
    if (scratch_make(dir) != 0) {
        return -1;
    }
    snprintf(file, sizeof(file), "%s/data.mdb", dir);
    page_size = (size_t)sysconf(_SC_PAGESIZE);
    MDB_env *env = open_writer();
    for (unsigned i = 0; i < 20; i++) {
        commit_one(env, i % 7);
    }
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

/* Writes `size` bytes of `value` at `offset` of both meta pages. */
static void
patch(size_t offset, uint64_t value, size_t size)
{
    int fd = open(file, O_RDWR);

    assert_true(fd >= 0);
    for (size_t page = 0; page < 2; page++) {
        assert_int_equal(
            size, pwrite(fd, &value, size, (off_t)(page * page_size + offset)));
    }
    close(fd);
}

static uint64_t
newest(size_t offset, size_t size)
{
    uint64_t txn_ids[2], value = 0;
    int fd = open(file, O_RDONLY);

    for (size_t page = 0; page < 2; page++) {
        assert_int_equal(8, pread(fd, &txn_ids[page], 8,
                                  (off_t)(page * page_size + TXN_ID)));
    }
    off_t meta = txn_ids[0] < txn_ids[1] ? (off_t)page_size : 0;
    assert_int_equal(size, pread(fd, &value, size, meta + (off_t)offset));
    close(fd);
    return value;
}

static void
a_sound_environment_opens(void **state)
{
    MDB_env *env;
    MDB_envinfo info;

    (void)state;
    assert_int_equal(YZ_OK, yz_env_precheck(dir));
    assert_int_equal(YZ_OK, yz_env_open_read(dir, &env));
    assert_int_equal(0, mdb_env_info(env, &info));
    assert_int_equal(YZ_MAP_SIZE, info.me_mapsize);
    mdb_env_close(env);
}

static void
an_empty_environment_opens(void **state)
{
    MDB_env *env;

    (void)state;
    assert_int_equal(0, unlink(file));
    mdb_env_close(open_writer());
    assert_int_equal(YZ_OK, yz_env_open_read(dir, &env));
    mdb_env_close(env);
}

static void
what_is_not_there_is_not_found(void **state)
{
    MDB_env *env;
    char path[SCRATCH_SIZE + 16];

    (void)state;
    snprintf(path, sizeof(path), "%s/no", dir);
    assert_int_equal(YZ_NOT_FOUND, yz_env_open_read(path, &env));
    assert_null(env);
    assert_int_equal(YZ_NOT_FOUND, yz_env_open_read(file, &env));
    assert_null(env);
    assert_int_equal(0, unlink(file));
    assert_int_equal(YZ_NOT_FOUND, yz_env_open_read(dir, &env));
    assert_null(env);
}

/* Root may read everything, so the test becomes someone else. */
static void
what_may_not_be_read_is_denied(void **state)
{
    MDB_env *env;

    (void)state;
    assert_int_equal(0, chmod(file, 0));
    if (geteuid() == 0) {
        assert_int_equal(0, chmod(dir, 0755));
        assert_int_equal(0, seteuid(65534));
    }
    yz_status looked = yz_env_precheck(dir);
    yz_status opened = yz_env_open_read(dir, &env);
    if (getuid() == 0) {
        assert_int_equal(0, seteuid(0));
    }
    assert_int_equal(YZ_DENIED, looked);
    assert_int_equal(YZ_DENIED, opened);
}

static void
what_is_no_file_is_corrupt(void **state)
{
    (void)state;
    assert_int_equal(0, unlink(file));
    assert_int_equal(0, mkdir(file, 0700));
    assert_int_equal(YZ_CORRUPT, yz_env_precheck(dir));
    assert_int_equal(0, rmdir(file));
    assert_int_equal(0, mkfifo(file, 0600));
    assert_int_equal(YZ_CORRUPT, yz_env_precheck(dir));
}

static void
every_cut_of_the_file_is_corrupt(void **state)
{
    struct stat st;

    (void)state;
    assert_int_equal(0, stat(file, &st));
    off_t needed = (off_t)((newest(LAST_PAGE, 8) + 1) * page_size);
    assert_true(needed <= st.st_size);
    assert_int_equal(0, truncate(file, needed));
    assert_int_equal(YZ_OK, yz_env_precheck(dir));
    for (off_t size = needed - 1; size >= 0; size -= 333) {
        assert_int_equal(0, truncate(file, size));
        assert_int_equal(YZ_CORRUPT, yz_env_precheck(dir));
    }
    assert_int_equal(0, truncate(file, 0));
    assert_int_equal(YZ_CORRUPT, yz_env_precheck(dir));
}

typedef struct {
    size_t offset;
    size_t size;
    uint64_t value;
    yz_status status;
} crafted;

static void
crafted_meta_pages_are_refused(void **state)
{
    static const crafted cases[] = {
        {PAGE_FLAGS, 2, 0, YZ_CORRUPT},
        {PAGE_FLAGS, 2, 2, YZ_CORRUPT},
        {MAGIC, 4, 0, YZ_CORRUPT},
        {MAGIC, 4, 0xDEC0EFBE, YZ_CORRUPT}, /* the other byte order */
        {VERSION, 4, 2, YZ_FORMAT},
        {VERSION, 4, 999, YZ_FORMAT},
        {PAGE_SIZE, 4, 0, YZ_CORRUPT}, /* LMDB divides by it */
        {PAGE_SIZE, 4, 16, YZ_CORRUPT},
        {PAGE_SIZE, 4, 4095, YZ_CORRUPT},
        {PAGE_SIZE, 4, 65536, YZ_CORRUPT},
        {PAGE_SIZE, 4, 0x80000000, YZ_CORRUPT},
        {FREE_FLAGS, 2, MDB_FIXEDMAP | MDB_INTEGERKEY, YZ_CORRUPT},
        {FREE_FLAGS, 2, 0, YZ_CORRUPT},
        {FREE_ROOT, 8, 0, YZ_CORRUPT},
        {FREE_ROOT, 8, UINT64_MAX - 1, YZ_CORRUPT},
        {MAIN_FLAGS, 2, MDB_DUPSORT, YZ_CORRUPT},
        {MAIN_FLAGS, 2, MDB_INTEGERKEY, YZ_CORRUPT},
        {MAIN_DEPTH, 2, 0, YZ_CORRUPT},
        {MAIN_DEPTH, 2, 2, YZ_CORRUPT}, /* the root is a leaf */
        {MAIN_DEPTH, 2, 33, YZ_CORRUPT},
        {MAIN_ROOT, 8, 0, YZ_CORRUPT},
        {MAIN_ROOT, 8, 1, YZ_CORRUPT},
        {MAIN_ROOT, 8, UINT64_MAX, YZ_CORRUPT}, /* with a depth */
        {MAIN_ROOT, 8, (uint64_t)1 << 60, YZ_CORRUPT},
        {LAST_PAGE, 8, 0, YZ_CORRUPT},
        {LAST_PAGE, 8, 1 << 20, YZ_CORRUPT}, /* beyond the file: SIGBUS */
        {LAST_PAGE, 8, UINT64_MAX, YZ_CORRUPT},
        {LAST_PAGE, 8, ((uint64_t)1 << 52) + 1, YZ_CORRUPT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const crafted *c = &cases[i];
        MDB_env *env;
        remove_environment(NULL);
        assert_int_equal(0, make_environment(NULL));
        patch(c->offset, c->value, c->size);
        assert_int_equal(c->status, yz_env_open_read(dir, &env));
        assert_null(env);
    }
}

static void
a_root_page_that_is_something_else_is_corrupt(void **state)
{
    uint64_t zero = 0;

    (void)state;
    off_t root = (off_t)(newest(MAIN_ROOT, 8) * page_size);
    int fd = open(file, O_RDWR);
    assert_int_equal(8, pwrite(fd, &zero, 8, root));
    close(fd);
    assert_int_equal(YZ_CORRUPT, yz_env_precheck(dir));
}

static void
random_bytes_in_meta_pages_never_crash_the_opening(void **state)
{
    uint64_t seed = 1;

    (void)state;
    for (int i = 0; i < 200; i++) {
        MDB_env *env;
        MDB_txn *txn;
        remove_environment(NULL);
        assert_int_equal(0, make_environment(NULL));
        for (int k = 0; k < 2; k++) {
            seed = seed * UINT64_C(6364136223846793005) + 1;
            patch(8 + (seed >> 33) % 144, seed >> 56, 1);
        }
        if (yz_env_open_read(dir, &env) == YZ_OK) {
            if (mdb_txn_begin(env, NULL, MDB_RDONLY, &txn) == 0) {
                mdb_txn_abort(txn);
            }
            mdb_env_close(env);
        }
    }
}

static void
a_writer_at_work_is_no_corruption(void **state)
{
    int done[2];

    (void)state;
    assert_int_equal(0, pipe(done));
    pid_t child = fork();
    if (child == 0) {
        close(done[1]);
        fcntl(done[0], F_SETFL, O_NONBLOCK);
        MDB_env *env = open_writer();
        char byte;
        for (unsigned i = 0; read(done[0], &byte, 1) != 0; i++) {
            commit_one(env, i % 50);
        }
        mdb_env_close(env);
        _exit(0);
    }
    close(done[0]);
    for (int i = 0; i < 3000; i++) {
        assert_int_equal(YZ_OK, yz_env_precheck(dir));
    }
    close(done[1]);
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(0, status);
}

static void
results_become_statuses(void **state)
{
    static const struct {
        int rc;
        yz_status status;
    } cases[] = {
        {0, YZ_OK},
        {MDB_NOTFOUND, YZ_NOT_FOUND},
        {ENOENT, YZ_NOT_FOUND},
        {EINVAL, YZ_BAD_INPUT},
        {MDB_BAD_VALSIZE, YZ_BAD_INPUT},
        {MDB_CORRUPTED, YZ_CORRUPT},
        {MDB_PAGE_NOTFOUND, YZ_CORRUPT},
        {MDB_INVALID, YZ_CORRUPT},
        {MDB_VERSION_MISMATCH, YZ_FORMAT},
        {MDB_INCOMPATIBLE, YZ_FORMAT},
        {MDB_MAP_FULL, YZ_FULL},
        {MDB_TXN_FULL, YZ_FULL},
        {ENOSPC, YZ_FULL},
        {MDB_READERS_FULL, YZ_BUSY},
        {EAGAIN, YZ_BUSY},
        {EBUSY, YZ_BUSY},
        {ENOMEM, YZ_NOMEM},
        {EIO, YZ_IO},
        {EACCES, YZ_DENIED},
        {EPERM, YZ_DENIED},
        {ENOTDIR, YZ_NOT_FOUND},
        {MDB_PANIC, YZ_IO},
        {-12345, YZ_IO},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(cases[i].status, yz_status_of_lmdb(cases[i].rc));
        if (cases[i].rc >= 0) {
            assert_int_equal(cases[i].status, yz_status_of_errno(cases[i].rc));
        }
    }
}

#define WITH_ENVIRONMENT(test)                                                 \
    cmocka_unit_test_setup_teardown(test, make_environment, remove_environment)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ENVIRONMENT(a_sound_environment_opens),
        WITH_ENVIRONMENT(an_empty_environment_opens),
        WITH_ENVIRONMENT(what_is_not_there_is_not_found),
        WITH_ENVIRONMENT(what_may_not_be_read_is_denied),
        WITH_ENVIRONMENT(what_is_no_file_is_corrupt),
        WITH_ENVIRONMENT(every_cut_of_the_file_is_corrupt),
        WITH_ENVIRONMENT(crafted_meta_pages_are_refused),
        WITH_ENVIRONMENT(a_root_page_that_is_something_else_is_corrupt),
        WITH_ENVIRONMENT(random_bytes_in_meta_pages_never_crash_the_opening),
        WITH_ENVIRONMENT(a_writer_at_work_is_no_corruption),
        cmocka_unit_test(results_become_statuses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
