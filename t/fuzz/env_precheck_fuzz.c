/*
 * A sound LMDB file with bytes of its meta and root pages changed and its end
 * cut off: what yz_env_precheck_fd() lets through, LMDB opens without dying.
 *
 * Input: two bytes of how much to cut, then three for each change: offset
 * (16 bits, little-endian, modulo the file) and the new byte.
 */
#include "lmdb_schema/env_precheck.h"
#include "t/unit/scratch_dir.h"
#include <fcntl.h>
#include <lmdb.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define IMAGE_MAX (1 << 16)
#define META_BYTES 152 /* of both meta pages: most changes go there */

static uint8_t image[IMAGE_MAX];
static size_t image_size;
static int fd = -1;

static void
check(int rc)
{
    if (rc != 0) {
        abort();
    }
}

/* Makes the sound file: a named database with a few records. */
static void
make_image(void)
{
    char dir[SCRATCH_SIZE], path[SCRATCH_SIZE + 16];
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;

    check(scratch_make(dir));
    check(mdb_env_create(&env));
    check(mdb_env_set_maxdbs(env, 2));
    check(mdb_env_open(env, dir, MDB_NOSYNC, 0600));
    for (unsigned i = 0; i < 3; i++) {
        MDB_val key = {sizeof(i), &i}, value = {sizeof(i), &i};
        check(mdb_txn_begin(env, NULL, 0, &txn));
        check(mdb_dbi_open(txn, "db", MDB_CREATE, &dbi));
        check(mdb_put(txn, dbi, &key, &value, 0));
        check(mdb_txn_commit(txn));
    }
    mdb_env_close(env);
    snprintf(path, sizeof(path), "%s/data.mdb", dir);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        abort();
    }
    image_size = fread(image, 1, sizeof(image), file);
    fclose(file);
    scratch_remove(dir);
    fd = memfd_create("image", MFD_CLOEXEC);
    check(fd < 0);
}

static size_t
place_of(size_t offset)
{
    size_t page_size = (size_t)sysconf(_SC_PAGESIZE);

    offset %= image_size;
    if (offset % 4 != 0) { /* three in four go to a meta page */
        return offset / 4 % 2 * page_size + offset / 8 % META_BYTES;
    }
    return offset;
}

/* What a worker does first with a file that was let through. */
static void
open_with_lmdb(void)
{
    char path[64];
    MDB_env *env;
    MDB_txn *txn;

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    check(mdb_env_create(&env));
    if (mdb_env_open(env, path,
                     MDB_NOSUBDIR | MDB_RDONLY | MDB_NOLOCK | MDB_NOTLS,
                     0600) == 0 &&
        mdb_txn_begin(env, NULL, MDB_RDONLY, &txn) == 0) {
        mdb_txn_abort(txn);
    }
    mdb_env_close(env);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t changed[IMAGE_MAX];

    if (fd < 0) {
        make_image();
    }
    if (size < 2) {
        return 0;
    }
    memcpy(changed, image, image_size);
    size_t cut = (size_t)(data[0] | data[1] << 8) % (image_size + 1);
    for (size_t i = 2; i + 3 <= size; i += 3) {
        changed[place_of((size_t)(data[i] | data[i + 1] << 8))] = data[i + 2];
    }
    check(ftruncate(fd, 0));
    if (pwrite(fd, changed, image_size - cut, 0) !=
        (ssize_t)(image_size - cut)) {
        abort();
    }
    if (yz_env_precheck_fd(fd) == YZ_OK) {
        open_with_lmdb();
    }
    return 0;
}
