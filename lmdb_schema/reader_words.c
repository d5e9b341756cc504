/*
 * Kinds and services by word and by number.  A vocabulary only grows within
 * a generation, so it is copied out of the map once and topped up when a
 * snapshot holds more words.  Runs in nginx workers and the command.
 */
#include "lmdb_schema/env.h"
#include "lmdb_schema/reader_impl.h"

static yz_status
add_word(reader_words *known, const MDB_val *key, const MDB_val *value,
         uint32_t numbers)
{
    uint32_t number;

    if (key->mv_size != sizeof(number) || value->mv_size == 0 ||
        value->mv_size > YZ_WORD_MAX) {
        return YZ_CORRUPT;
    }
    memcpy(&number, key->mv_data, sizeof(number));
    if (number >= numbers) {
        return YZ_CORRUPT;
    }
    if (yz_words_at(&known->words, number).p != NULL) {
        return YZ_OK;
    }
    return yz_words_add(&known->words,
                        (yz_span){value->mv_data, value->mv_size}, number);
}

/* Takes over every word of `dbi` that is not known, numbers below `numbers`. */
static yz_status
add_words(reader_words *known, MDB_txn *txn, MDB_dbi dbi, uint32_t numbers)
{
    MDB_cursor *cursor;
    MDB_val key, value;

    int rc = mdb_cursor_open(txn, dbi, &cursor);
    if (rc != 0) {
        return yz_status_of_lmdb(rc);
    }
    yz_status status = YZ_OK;
    rc = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
    for (uint32_t n = 0; rc == 0 && status == YZ_OK && n < numbers; n++) {
        status = add_word(known, &key, &value, numbers);
        rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    mdb_cursor_close(cursor);
    if (status == YZ_OK && rc != MDB_NOTFOUND) {
        return rc == 0 ? YZ_CORRUPT : yz_status_of_lmdb(rc);
    }
    return status;
}

/* Brings a vocabulary up to the snapshot of the running lookup. */
static yz_status
refresh(yz_reader *reader, reader_words *known, int db, uint32_t numbers)
{
    MDB_stat stat;

    if (!known->stale) {
        return YZ_OK;
    }
    int rc = mdb_stat(reader->txn, reader->dbis[db], &stat);
    if (rc != 0) {
        return yz_status_of_lmdb(rc);
    }
    if (stat.ms_entries != known->words.count) {
        yz_status status =
            add_words(known, reader->txn, reader->dbis[db], numbers);
        if (status != YZ_OK) {
            return status;
        }
    }
    known->stale = false;
    return YZ_OK;
}

/* The number of `word`, or why not. */
static yz_status
number_of(yz_reader *reader, reader_words *known, int db, uint32_t numbers,
          yz_span word, uint32_t *number)
{
    yz_status status = refresh(reader, known, db, numbers);

    if (status != YZ_OK) {
        return status;
    }
    return yz_words_find(&known->words, word, number) ? YZ_OK : YZ_NOT_FOUND;
}

/* The word of `number`, or why not. */
static yz_status
word_of(yz_reader *reader, reader_words *known, int db, uint32_t numbers,
        uint32_t number, yz_span *word)
{
    yz_status status = refresh(reader, known, db, numbers);

    if (status != YZ_OK) {
        return status;
    }
    *word = yz_words_at(&known->words, number);
    return word->p != NULL ? YZ_OK : YZ_NOT_FOUND;
}

yz_status
yz_reader_kind_of(yz_reader *reader, yz_span word, uint16_t *kind)
{
    uint32_t number;
    yz_status status = number_of(reader, &reader->kinds, READER_KIND,
                                 YZ_KINDS_MAX, word, &number);

    if (status == YZ_OK) {
        *kind = (uint16_t)number;
    }
    return status;
}

yz_status
yz_reader_service_of(yz_reader *reader, yz_span word, uint8_t *bit)
{
    uint32_t number;
    yz_status status = number_of(reader, &reader->services, READER_SERVICE,
                                 YZ_SERVICES_MAX, word, &number);

    if (status == YZ_OK) {
        *bit = (uint8_t)number;
    }
    return status;
}

yz_status
yz_reader_kind(yz_reader *reader, uint16_t kind, yz_span *word)
{
    return word_of(reader, &reader->kinds, READER_KIND, YZ_KINDS_MAX, kind,
                   word);
}

yz_status
yz_reader_service(yz_reader *reader, uint8_t bit, yz_span *word)
{
    return word_of(reader, &reader->services, READER_SERVICE, YZ_SERVICES_MAX,
                   bit, word);
}

yz_status
yz_reader_item_of(yz_reader *reader, yz_span word, uint16_t *item)
{
    uint32_t number;
    yz_status status = number_of(reader, &reader->items, READER_ITEM,
                                 YZ_ITEMS_MAX + 1, word, &number);

    if (status == YZ_OK && number == 0) {
        return YZ_CORRUPT; /* it stands for all items */
    }
    if (status == YZ_OK) {
        *item = (uint16_t)number;
    }
    return status;
}
