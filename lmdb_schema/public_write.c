/*
 * A generation of public data as the writer has it: opening, meta values,
 * interned words.  Runs in the writer only; called by the projection, the
 * generations and verify.
 */
#include "lmdb_schema/public_write.h"
#include "core/hours_compile.h"
#include "core/limits.h"
#include "lmdb_schema/env.h"
#include "lmdb_schema/env_pages_write.h"
#include "lmdb_schema/env_write.h"

/* Opens every database; with MDB_CREATE in `create` makes them. */
static int
open_all(MDB_txn *txn, unsigned create, yz_public *public)
{
    const struct {
        const char *name;
        unsigned flags;
        MDB_dbi *dbi;
    } all[] = {
        {YZ_DB_META, 0, &public->meta},
        {YZ_DB_PLACE, MDB_INTEGERKEY, &public->place},
        {YZ_DB_ID, 0, &public->id},
        {YZ_DB_CODE, MDB_INTEGERKEY, &public->code},
        {YZ_DB_KIND, MDB_INTEGERKEY, &public->kind},
        {YZ_DB_SERVICE, MDB_INTEGERKEY, &public->service},
        {YZ_DB_HOURS, MDB_INTEGERKEY, &public->hours},
        {YZ_DB_REGION, MDB_INTEGERKEY, &public->region},
        {YZ_DB_UNPLACED, MDB_INTEGERKEY, &public->unplaced},
        {YZ_DB_POST, MDB_INTEGERKEY, &public->post},
        {YZ_DB_POST_TIME, 0, &public->post_time},
        {YZ_DB_ITEM, MDB_INTEGERKEY, &public->item},
    };
    size_t i;
    int rc = 0;

    for (i = 0; rc == 0 && i < sizeof(all) / sizeof(all[0]); i++) {
        rc = mdb_dbi_open(txn, all[i].name, all[i].flags | create, all[i].dbi);
    }
    /* A generation whose databases are not all there is damaged. */
    return rc == MDB_NOTFOUND ? MDB_CORRUPTED : rc;
}

yz_status
yz_public_meta_get(const yz_public *public, MDB_txn *txn, const char *name,
                   void *out, size_t size)
{
    MDB_val key = {strlen(name), (void *)name}, value;
    int rc = mdb_get(txn, public->meta, &key, &value);

    if (rc != 0) {
        return yz_status_of_lmdb(rc);
    }
    if (value.mv_size != size) {
        return YZ_CORRUPT;
    }
    memcpy(out, value.mv_data, size);
    return YZ_OK;
}

yz_status
yz_public_meta_put(const yz_public *public, MDB_txn *txn, const char *name,
                   const void *bytes, size_t size)
{
    MDB_val key = {strlen(name), (void *)name};
    MDB_val value = {size, (void *)bytes};

    return yz_status_of_lmdb(mdb_put(txn, public->meta, &key, &value, 0));
}

yz_status
yz_public_moved(const yz_public *public, MDB_txn *txn)
{
    uint64_t number = mdb_txn_id(txn);

    return yz_public_meta_put(public, txn, YZ_META_MOVED_TXN, &number,
                              sizeof(number));
}

yz_status
yz_public_code_bits(const yz_public *public, MDB_txn *txn, uint32_t *bits)
{
    yz_status status =
        yz_public_meta_get(public, txn, YZ_META_CODE_BITS, bits, sizeof(*bits));

    if (status == YZ_NOT_FOUND ||
        (status == YZ_OK &&
         (*bits < YZ_CODE_BITS_MIN || *bits > YZ_CODE_BITS_MAX))) {
        return YZ_CORRUPT;
    }
    return status;
}

yz_status
yz_public_code_put(const yz_public *public, MDB_txn *txn, uint32_t bits,
                   const uint8_t hash[static YZ_CODE_HASH_SIZE],
                   const yz_code_value *value)
{
    uint32_t bucket = yz_code_bucket(hash, bits);
    MDB_val key = {sizeof(bucket), &bucket}, stored;
    yz_code_page page;
    int rc = mdb_get(txn, public->code, &key, &stored);

    if (rc != 0) {
        return rc == MDB_NOTFOUND ? YZ_CORRUPT : yz_status_of_lmdb(rc);
    }
    if (!yz_code_page_fits(stored.mv_data, stored.mv_size, bucket, bits)) {
        return YZ_CORRUPT;
    }
    memcpy(&page, stored.mv_data, sizeof(page));
    yz_status status = yz_code_page_put(&page, hash, value);
    if (status != YZ_OK) {
        return status;
    }
    stored = (MDB_val){sizeof(page), &page};
    return yz_status_of_lmdb(mdb_put(txn, public->code, &key, &stored, 0));
}

/* Writes what a new generation starts with. */
static yz_status
write_header(const yz_public *public, MDB_txn *txn)
{
    const uint32_t format = YZ_PUBLIC_FORMAT;
    yz_status status = yz_public_meta_put(public, txn, YZ_META_FORMAT, &format,
                                          sizeof(format));

    if (status == YZ_OK) {
        status = yz_public_meta_put(public, txn, YZ_META_GENERATION,
                                    &public->generation, sizeof(uint64_t));
    }
    return status;
}

/* Checks that it is the generation that its directory says. */
static yz_status
check_header(const yz_public *public, MDB_txn *txn)
{
    uint32_t format = 0;
    uint64_t generation = 0;
    yz_status status = yz_public_meta_get(public, txn, YZ_META_FORMAT, &format,
                                          sizeof(format));

    if (status == YZ_OK && format != YZ_PUBLIC_FORMAT) {
        return YZ_FORMAT;
    }
    if (status == YZ_OK) {
        status = yz_public_meta_get(public, txn, YZ_META_GENERATION,
                                    &generation, sizeof(generation));
    }
    if (status == YZ_NOT_FOUND ||
        (status == YZ_OK && generation != public->generation)) {
        return YZ_CORRUPT;
    }
    return status;
}

/* Databases and header, of a new generation or of one that is there.  The
   header comes first: another format has other databases. */
static yz_status
open_databases(yz_public *public, MDB_txn *txn, bool create)
{
    unsigned flags = create ? MDB_CREATE : 0;
    int rc = mdb_dbi_open(txn, YZ_DB_META, flags, &public->meta);
    yz_status status =
        yz_status_of_lmdb(rc == MDB_NOTFOUND ? MDB_CORRUPTED : rc);

    if (status == YZ_OK) {
        status = create ? write_header(public, txn) : check_header(public, txn);
    }
    return status == YZ_OK ? yz_status_of_lmdb(open_all(txn, flags, public))
                           : status;
}

yz_status
yz_public_open(const char *path, uint64_t generation, bool create,
               yz_public *public)
{
    MDB_txn *txn = NULL;
    yz_status status;

    memset(public, 0, sizeof(*public));
    public->generation = generation;
    status = create ? YZ_OK : yz_env_precheck(path);
    if (status == YZ_OK) {
        status =
            yz_env_open_write(path, MDB_NOMETASYNC, 0640, 0660, &public->env);
    }
    if (status == YZ_OK) {
        status = yz_env_begin_write(public->env, &txn);
    }
    if (status == YZ_OK) {
        status = open_databases(public, txn, create);
    }
    if (status == YZ_OK) {
        status = yz_txn_commit(&txn);
    }
    yz_txn_abort(&txn);
    if (status != YZ_OK) {
        yz_public_close(public);
    }
    return status;
}

yz_status
yz_public_open_read(const char *path, uint64_t generation, yz_public *public)
{
    MDB_txn *txn = NULL;
    yz_status status;

    memset(public, 0, sizeof(*public));
    public->generation = generation;
    status = yz_env_open_read(path, &public->env);
    if (status == YZ_OK) {
        status = yz_status_of_lmdb(
            mdb_txn_begin(public->env, NULL, MDB_RDONLY, &txn));
    }
    if (status == YZ_OK) {
        status = yz_env_pages_check(path, NULL);
    }
    if (status == YZ_OK) {
        status = open_databases(public, txn, false);
    }
    /* Handles live on only when the transaction that made them ends well. */
    if (status == YZ_OK) {
        status = yz_txn_commit(&txn);
    }
    yz_txn_abort(&txn);
    if (status != YZ_OK) {
        yz_public_close(public);
    }
    return status;
}

void
yz_public_close(yz_public *public)
{
    yz_public_words_forget(public);
    if (public->env != NULL) {
        mdb_env_close(public->env);
    }
    memset(public, 0, sizeof(*public));
}

void
yz_public_words_forget(yz_public *public)
{
    yz_words_free(&public->kinds);
    yz_words_free(&public->services);
    yz_words_free(&public->hours_texts);
    yz_words_free(&public->items);
    public->words_loaded = false;
}

/* The text behind the blob in a value of YZ_DB_HOURS. */
static bool
hours_text(yz_span *value)
{
    uint16_t blob_size;

    if (value->n < sizeof(blob_size)) {
        return false;
    }
    memcpy(&blob_size, value->p, sizeof(blob_size));
    if (value->n - sizeof(blob_size) < blob_size) {
        return false;
    }
    value->p += sizeof(blob_size) + blob_size;
    value->n -= sizeof(blob_size) + blob_size;
    return true;
}

/* Reads one database of words, numbered from `first` without gaps. */
static yz_status
load_words(MDB_txn *txn, MDB_dbi dbi, uint32_t first, uint32_t max,
           bool is_hours, yz_words *words)
{
    MDB_cursor *cursor = NULL;
    MDB_val key, value;
    uint32_t number;
    yz_status status = yz_status_of_lmdb(mdb_cursor_open(txn, dbi, &cursor));

    while (status == YZ_OK) {
        int rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
        yz_span word;

        if (rc == MDB_NOTFOUND) {
            break;
        }
        if (rc != 0) {
            status = yz_status_of_lmdb(rc);
            break;
        }
        memcpy(&number, key.mv_data, sizeof(number));
        word = (yz_span){value.mv_data, value.mv_size};
        if (number != first + words->count || words->count == max ||
            (is_hours && !hours_text(&word))) {
            status = YZ_CORRUPT;
            break;
        }
        status = yz_words_add(words, word, number);
    }
    mdb_cursor_close(cursor);
    return status;
}

yz_status
yz_public_words_load(yz_public *public, MDB_txn *txn)
{
    yz_status status;

    if (public->words_loaded) {
        return YZ_OK;
    }
    status =
        load_words(txn, public->kind, 0, YZ_KINDS_MAX, false, &public->kinds);
    if (status == YZ_OK) {
        status = load_words(txn, public->service, 0, YZ_SERVICES_MAX, false,
                            &public->services);
    }
    if (status == YZ_OK) {
        status = load_words(txn, public->hours, 1, YZ_HOURS_IDS_MAX, true,
                            &public->hours_texts);
    }
    if (status == YZ_OK) {
        status = load_words(txn, public->item, 1, YZ_ITEMS_MAX, false,
                            &public->items);
    }
    if (status != YZ_OK) {
        yz_public_words_forget(public);
        return status;
    }
    public->words_loaded = true;
    return YZ_OK;
}

/* Adds a number and its value to a database and the word to its table. */
static yz_status
add_word(MDB_txn *txn, MDB_dbi dbi, yz_words *words, yz_span word,
         uint32_t number, const void *bytes, size_t size)
{
    MDB_val key = {sizeof(number), &number};
    MDB_val value = {size, (void *)bytes};
    yz_status status =
        yz_status_of_lmdb(mdb_put(txn, dbi, &key, &value, MDB_NOOVERWRITE));

    return status == YZ_OK ? yz_words_add(words, word, number) : status;
}

/* The number of a kind or service. */
static yz_status
intern_word(MDB_txn *txn, MDB_dbi dbi, yz_words *words, yz_span word,
            uint32_t max, uint32_t *number)
{
    if (yz_words_find(words, word, number)) {
        return YZ_OK;
    }
    if (txn == NULL) {
        return YZ_NOT_FOUND;
    }
    if (words->count >= max) {
        return YZ_FULL;
    }
    *number = words->count;
    return add_word(txn, dbi, words, word, *number, word.p, word.n);
}

/* The number of opening hours, compiled when they are new. */
static yz_status
intern_hours(yz_public *public, MDB_txn *txn, yz_span text, uint32_t *number)
{
    uint8_t value[sizeof(uint16_t) + YZ_HOURS_BLOB_MAX + YZ_HOURS_MAX];
    size_t blob_size = 0;
    uint16_t stored_size;

    *number = 0;
    if (text.n == 0 || yz_words_find(&public->hours_texts, text, number)) {
        return YZ_OK;
    }
    if (public->hours_texts.count >= YZ_HOURS_IDS_MAX) {
        return YZ_OK;
    }
    if (txn == NULL) {
        return YZ_NOT_FOUND;
    }
    if (yz_hours_compile(text, value + sizeof(stored_size), &blob_size) !=
        YZ_OK) {
        blob_size = 0;
    }
    stored_size = (uint16_t)blob_size;
    memcpy(value, &stored_size, sizeof(stored_size));
    memcpy(value + sizeof(stored_size) + blob_size, text.p, text.n);
    *number = public->hours_texts.count + 1;
    return add_word(txn, public->hours, &public->hours_texts, text, *number,
                    value, sizeof(stored_size) + blob_size + text.n);
}

/* The bits of the words that are joined by commas. */
static yz_status
intern_services(yz_public *public, MDB_txn *txn, yz_span services,
                uint64_t *bits)
{
    *bits = 0;
    while (services.n > 0) {
        const char *comma = memchr(services.p, ',', services.n);
        size_t n = comma != NULL ? (size_t)(comma - services.p) : services.n;
        uint32_t bit;
        yz_status status =
            intern_word(txn, public->service, &public->services,
                        (yz_span){services.p, n}, YZ_SERVICES_MAX, &bit);

        if (status != YZ_OK) {
            return status;
        }
        *bits |= (uint64_t)1 << bit;
        n += comma != NULL;
        services.p += n;
        services.n -= n;
    }
    return YZ_OK;
}

yz_status
yz_public_intern(yz_public *public, MDB_txn *txn, const yz_place *place,
                 yz_place_words *words)
{
    uint32_t kind = 0, hours = 0;
    yz_status status = intern_word(txn, public->kind, &public->kinds,
                                   place->kind, YZ_KINDS_MAX, &kind);

    if (status == YZ_OK) {
        status =
            intern_services(public, txn, place->services, &words->services);
    }
    if (status == YZ_OK) {
        status = intern_hours(public, txn, place->hours, &hours);
    }
    words->kind = (uint16_t)kind;
    words->hours = (uint16_t)hours;
    return status;
}
