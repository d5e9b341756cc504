/*
 * Copies the private environment by LMDB's own means, from a read snapshot.
 * Runs in the command; called for yizhan backup and restore.
 */
#include "lmdb_schema/backup_write.h"
#include "lmdb_schema/env.h"
#include "lmdb_schema/env_pages_write.h"
#include "lmdb_schema/env_write.h"
#include "lmdb_schema/store_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

yz_status
yz_store_facts_get(yz_store *store, yz_store_facts *facts)
{
    yz_state_head head;
    MDB_txn *txn;
    yz_status status = yz_store_view(store, &txn);

    if (status == YZ_OK) {
        status = yz_state_head_get(&store->state, txn, &head);
    }
    if (status == YZ_OK) {
        facts->last_seq = head.last_seq;
        facts->last_time_s = head.last_time_s;
        facts->places = head.places;
        memcpy(facts->chain, head.chain, YZ_HASH_SIZE);
    }
    return status;
}

yz_status
yz_store_log_hash(yz_store *store, uint64_t seq,
                  uint8_t hash[static YZ_HASH_SIZE])
{
    yz_log_entry entry;
    MDB_txn *txn;
    yz_status status = yz_store_view(store, &txn);

    memset(hash, 0, YZ_HASH_SIZE);
    if (status != YZ_OK || seq == 0) {
        return status;
    }
    status = yz_log_get(&store->state, txn, seq, &entry);
    if (status == YZ_OK) {
        memcpy(hash, entry.hash, YZ_HASH_SIZE);
    }
    return status;
}

static yz_status
sync_file(const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    yz_status status = YZ_OK;

    if (fd < 0) {
        return yz_status_of_errno(errno);
    }
    if (fchmod(fd, 0600) != 0 || fsync(fd) != 0) {
        status = yz_status_of_errno(errno);
    }
    close(fd);
    return status;
}

yz_status
yz_store_copy(yz_store *store, const char *path)
{
    char file[YZ_PATH_MAX];
    yz_status status = yz_path_join(file, path, YZ_FILE_DATA);
    int rc;

    if (status != YZ_OK) {
        return status;
    }
    rc = mdb_env_copy2(store->state.env, path, MDB_CP_COMPACT);
    if (rc == MDB_INCOMPATIBLE) {
        /* Pages that nobody counts, which only cost room: copied as it is. */
        (void)unlink(file);
        rc = mdb_env_copy2(store->state.env, path, 0);
    }
    status = yz_status_of_lmdb(rc);
    if (status == YZ_IO && yz_disk_is_full(path)) {
        status = YZ_FULL;
    }
    return status == YZ_OK ? sync_file(file) : status;
}

yz_status
yz_state_pages_check(const char *path)
{
    return yz_env_pages_check(path, NULL);
}
