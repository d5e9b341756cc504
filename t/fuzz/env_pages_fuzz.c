/*
 * A sound LMDB file with bytes of its pages changed: what
 * yz_env_pages_check() lets through, LMDB reads, changes and commits without
 * dying.
 *
 * Input: four bytes for each change: the page (8 bits, modulo the file's),
 * where on it (16 bits, little-endian, modulo its size) and the new byte.  Two
 * in four changes go to the head and the offsets of the page.
 */
#include "lmdb_schema/env_pages_write.h"
#include "t/unit/scratch_dir.h"
#include <fcntl.h>
#include <lmdb.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define IMAGE_MAX (1 << 19)
#define MAP_SIZE (1 << 26)
#define HEAD_BYTES 64

static char dir[SCRATCH_SIZE];
static char path[SCRATCH_SIZE + 16];
static uint8_t image[IMAGE_MAX];
static size_t image_size;
static const char *const names[] = {"meta", "place"};
static volatile uint64_t sum; /* so that bytes are really read */

static void
check(int rc)
{
    if (rc != 0) {
        abort();
    }
}

/* NULL when LMDB refuses the file. */
static MDB_env *
open_env(void)
{
    MDB_env *env;

    check(mdb_env_create(&env));
    check(mdb_env_set_mapsize(env, MAP_SIZE));
    check(mdb_env_set_maxdbs(env, 4));
    if (mdb_env_open(env, dir, MDB_NOSYNC | MDB_NOLOCK, 0600) != 0) {
        mdb_env_close(env);
        return NULL;
    }
    return env;
}

static int
put(MDB_txn *txn, MDB_dbi dbi, uint32_t number, size_t size)
{
    static uint8_t bytes[16384];
    MDB_val key = {sizeof(number), &number}, value = {size, bytes};

    return mdb_put(txn, dbi, &key, &value, 0);
}

/* Two databases: small values, and branches with large ones; free pages. */
static void
make_image(void)
{
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi meta, place;

    check(scratch_make(dir));
    snprintf(path, sizeof(path), "%s/data.mdb", dir);
    env = open_env();
    check(env == NULL);
    for (uint32_t round = 0; round < 4; round++) {
        check(mdb_txn_begin(env, NULL, 0, &txn));
        check(mdb_dbi_open(txn, names[0], MDB_CREATE, &meta));
        check(mdb_dbi_open(txn, names[1], MDB_CREATE | MDB_INTEGERKEY, &place));
        for (uint32_t i = 0; i < 20; i++) {
            check(put(txn, meta, i, 20));
            check(put(txn, place, i, i % 7 == 0 ? 9000 - round * 2000 : 700));
        }
        check(mdb_txn_commit(txn));
    }
    mdb_env_close(env);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        abort();
    }
    image_size = fread(image, 1, sizeof(image), file);
    fclose(file);
    check(image_size == sizeof(image));
    check(yz_env_pages_check(dir, NULL) != YZ_OK);
}

static uint64_t
sum_of(MDB_val bytes)
{
    const uint8_t *p = bytes.mv_data;
    uint64_t total = 0;

    for (size_t i = 0; i < bytes.mv_size; i++) {
        total += p[i];
    }
    return total;
}

/* Reads and changes all of one database, going on after errors. */
static void
use_database(MDB_txn *txn, const char *name)
{
    MDB_cursor *cursor;
    MDB_val key, value;
    MDB_dbi dbi;

    if (mdb_dbi_open(txn, name, 0, &dbi) != 0 ||
        mdb_cursor_open(txn, dbi, &cursor) != 0) {
        return;
    }
    while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {
        sum += sum_of(key) + sum_of(value);
    }
    mdb_cursor_close(cursor);
    for (uint32_t i = 0; i < 40; i++) {
        MDB_val gone = {sizeof(i), &i};

        if (i % 3 == 0) {
            (void)mdb_del(txn, dbi, &gone, NULL);
        } else {
            (void)put(txn, dbi, i * 2, i % 5 == 0 ? 12000 : 300 + i * 20);
        }
    }
}

static void
use_with_lmdb(void)
{
    MDB_env *env = open_env();
    MDB_txn *txn;

    if (env == NULL) {
        return;
    }
    for (int round = 0; round < 2; round++) {
        if (mdb_txn_begin(env, NULL, 0, &txn) != 0) {
            break;
        }
        use_database(txn, names[0]);
        use_database(txn, names[1]);
        (void)mdb_txn_commit(txn);
    }
    mdb_env_close(env);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t changed[IMAGE_MAX];
    size_t page_size = (size_t)sysconf(_SC_PAGESIZE);

    if (image_size == 0) {
        make_image();
    }
    memcpy(changed, image, image_size);
    for (size_t i = 0; i + 4 <= size; i += 4) {
        size_t page = data[i] % (image_size / page_size);
        size_t at = (size_t)(data[i + 1] | data[i + 2] << 8);

        at = at % 2 == 0 ? at / 2 % HEAD_BYTES : at % page_size;
        changed[page * page_size + at] = data[i + 3];
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, changed, image_size) != (ssize_t)image_size) {
        abort();
    }
    close(fd);
    if (yz_env_pages_check(dir, NULL) == YZ_OK) {
        use_with_lmdb();
    }
    return 0;
}
