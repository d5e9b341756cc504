/*
 * Opening a generation: the link, the environment, the database handles.
 * Runs in nginx workers and the command; others call yz_reader_open() and
 * yz_reader_close().
 */
#include "lmdb_schema/env.h"
#include "lmdb_schema/reader_impl.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PATH_SIZE 4096
#define LINK_SIZE 32     /* gen- and 20 digits */
#define OPEN_ATTEMPTS 3  /* a generation can go while it is being opened */
#define SUCCESSORS_MAX 4 /* a switch that was interrupted leaves one */

static const struct {
    const char *name;
    unsigned flags;
} databases[READER_DBI_COUNT] = {
    [READER_META] = {YZ_DB_META, 0},
    [READER_PLACE] = {YZ_DB_PLACE, MDB_INTEGERKEY},
    [READER_ID] = {YZ_DB_ID, 0},
    [READER_CODE] = {YZ_DB_CODE, MDB_INTEGERKEY},
    [READER_KIND] = {YZ_DB_KIND, MDB_INTEGERKEY},
    [READER_SERVICE] = {YZ_DB_SERVICE, MDB_INTEGERKEY},
    [READER_HOURS] = {YZ_DB_HOURS, MDB_INTEGERKEY},
    [READER_REGION] = {YZ_DB_REGION, MDB_INTEGERKEY},
    [READER_UNPLACED] = {YZ_DB_UNPLACED, MDB_INTEGERKEY},
    [READER_POST] = {YZ_DB_POST, MDB_INTEGERKEY},
    [READER_POST_TIME] = {YZ_DB_POST_TIME, 0},
    [READER_ITEM] = {YZ_DB_ITEM, MDB_INTEGERKEY},
};

/* The number in gen-N: digits only, from 1, within 64 bits; else 0. */
static uint64_t
generation_of(const char *name, size_t n)
{
    uint64_t number = 0;

    if (n < 5 || memcmp(name, "gen-", 4) != 0 || name[4] == '0') {
        return 0;
    }
    for (size_t i = 4; i < n; i++) {
        unsigned digit = (unsigned)(name[i] - '0');
        if (digit > 9 || number > (UINT64_MAX - digit) / 10) {
            return 0;
        }
        number = number * 10 + digit;
    }
    return number;
}

/* Reads the link `current`.  YZ_OK, YZ_NOT_FOUND, YZ_DENIED, YZ_CORRUPT (there
   is something, but no link) or YZ_IO. */
static yz_status
read_current(const char *public_dir, uint64_t *generation)
{
    char path[PATH_SIZE], name[LINK_SIZE];

    int n = snprintf(path, sizeof(path), "%s/%s", public_dir, YZ_FILE_CURRENT);
    if (n < 0 || (size_t)n >= sizeof(path)) {
        return YZ_NOT_FOUND;
    }
    ssize_t size = readlink(path, name, sizeof(name));
    if (size < 0) {
        return errno == EINVAL ? YZ_CORRUPT : yz_status_of_errno(errno);
    }
    *generation = generation_of(name, (size_t)size);
    return *generation == 0 ? YZ_CORRUPT : YZ_OK;
}

/* Opens handle `i` and looks at the flags that its keys need. */
static yz_status
open_database(yz_reader *reader, MDB_txn *txn, int i)
{
    unsigned flags = 0;

    int rc = mdb_dbi_open(txn, databases[i].name, 0, &reader->dbis[i]);
    if (rc == MDB_NOTFOUND && i >= READER_POST) {
        reader->has_posts = false; /* a fault, or an older format */
        return YZ_OK;
    }
    if (rc == MDB_NOTFOUND) {
        return YZ_CORRUPT;
    }
    if (rc == 0) {
        rc = mdb_dbi_flags(txn, reader->dbis[i], &flags);
    }
    if (rc != 0) {
        return yz_status_of_lmdb(rc);
    }
    return flags == databases[i].flags ? YZ_OK : YZ_CORRUPT;
}

yz_status
yz_reader_geo_open(yz_reader *reader, MDB_txn *txn)
{
    yz_geo_reader_free(reader->geo);
    yz_geo_reader_free(reader->geo_posts);
    reader->geo = reader->geo_posts = NULL;
    yz_status status = yz_geo_reader_open(txn, YZ_LAYER_PLACES, &reader->geo);
    if (status == YZ_OK && reader->has_posts) {
        status = yz_geo_reader_open(txn, YZ_LAYER_POSTS, &reader->geo_posts);
    }
    if (status == YZ_OK) {
        reader->remaps = mdb_env_get_userctx(reader->env);
    }
    return status == YZ_NOT_FOUND ? YZ_CORRUPT : status;
}

/*
 * Opens every handle in one read transaction and commits it, which is what
 * makes handles last.
 */
static yz_status
open_databases(yz_reader *reader)
{
    MDB_txn *txn = NULL;

    int rc = mdb_txn_begin(reader->env, NULL, MDB_RDONLY, &txn);
    if (rc != 0) {
        return yz_status_of_lmdb(rc);
    }
    yz_status status = YZ_OK;
    reader->has_posts = true;
    for (int i = 0; i < READER_DBI_COUNT && status == YZ_OK; i++) {
        status = open_database(reader, txn, i);
    }
    if (status == YZ_OK) {
        status = yz_reader_geo_open(reader, txn);
    }
    if (status != YZ_OK) {
        mdb_txn_abort(txn);
        return status;
    }
    return yz_status_of_lmdb(mdb_txn_commit(txn));
}

/* Makes the transaction that every lookup renews, and reads meta in it. */
static yz_status
first_snapshot(yz_reader *reader, uint64_t generation)
{
    int rc = mdb_txn_begin(reader->env, NULL, MDB_RDONLY, &reader->txn);
    if (rc != 0) {
        reader->txn = NULL;
        return yz_status_of_lmdb(rc);
    }
    yz_status status = yz_reader_snapshot_load(reader);
    mdb_txn_reset(reader->txn);
    if (status == YZ_OK && reader->facts.generation != generation) {
        status = YZ_CORRUPT;
    }
    return status;
}

yz_status
yz_reader_open_env(MDB_env *env, uint64_t generation, yz_reader **reader)
{
    *reader = NULL;
    yz_reader *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return YZ_NOMEM;
    }
    made->env = env;
    yz_status status = yz_reader_hours_init(&made->hours);
    if (status == YZ_OK) {
        status = open_databases(made);
    }
    if (status == YZ_OK) {
        status = first_snapshot(made, generation);
    }
    if (status != YZ_OK) {
        made->env = NULL;
        yz_reader_close(made);
        return status;
    }
    *reader = made;
    return YZ_OK;
}

static yz_status
open_generation(const char *public_dir, uint64_t generation, yz_reader **reader)
{
    char path[PATH_SIZE];
    MDB_env *env;

    int n = snprintf(path, sizeof(path), "%s/gen-%llu", public_dir,
                     (unsigned long long)generation);
    if (n < 0 || (size_t)n >= sizeof(path)) {
        return YZ_NOT_FOUND;
    }
    yz_status status = yz_reader_env_open(path, &env);
    if (status != YZ_OK) {
        return status;
    }
    status = yz_reader_open_env(env, generation, reader);
    if (status != YZ_OK) {
        yz_reader_env_close(env);
    }
    return status;
}

/*
 * Opens a generation, or the one that supersedes it in the end: a switch tells
 * the old one before it changes `current`.  YZ_NOT_FOUND when that one is not
 * there.
 */
static yz_status
open_newest(const char *public_dir, uint64_t generation,
            uint64_t skip_generation, yz_reader **reader)
{
    for (int i = 0; i <= SUCCESSORS_MAX; i++) {
        if (generation == skip_generation) {
            return YZ_CORRUPT;
        }
        yz_status status = open_generation(public_dir, generation, reader);
        if (status != YZ_OK || !(*reader)->superseded) {
            return status;
        }
        uint64_t successor = (*reader)->successor;
        yz_reader_close(*reader);
        *reader = NULL;
        if (successor <= generation) {
            return YZ_CORRUPT;
        }
        generation = successor;
    }
    return YZ_CORRUPT;
}

yz_status
yz_reader_open(const char *public_dir, uint64_t skip_generation,
               yz_reader **reader)
{
    uint64_t generation = 0;
    yz_status status = YZ_OK;

    *reader = NULL;
    for (int i = 0; i < OPEN_ATTEMPTS; i++) {
        uint64_t before = generation;
        yz_status link = read_current(public_dir, &generation);
        if (link != YZ_OK) {
            return link;
        }
        if (generation == before) {
            break; /* what failed is still what is current */
        }
        status = open_newest(public_dir, generation, skip_generation, reader);
        if (status == YZ_OK) {
            break;
        }
    }
    return status;
}

void
yz_reader_close(yz_reader *reader)
{
    if (reader == NULL) {
        return;
    }
    if (reader->gather != NULL) {
        mdb_cursor_close(reader->gather);
    }
    if (reader->txn != NULL) {
        mdb_txn_abort(reader->txn);
    }
    yz_reader_addresses_forget(reader);
    yz_geo_reader_free(reader->geo);
    yz_geo_reader_free(reader->geo_posts);
    yz_words_free(&reader->kinds.words);
    yz_words_free(&reader->services.words);
    yz_words_free(&reader->items.words);
    yz_reader_hours_free(&reader->hours);
    if (reader->env != NULL) {
        yz_reader_env_close(reader->env);
    }
    free(reader);
}
