/*
 * The writer's door: state and log (DIR/private), their projection
 * (DIR/public), keys (DIR/keys).  Exactly one process at a time holds it.
 * Write half: never linked by the module.
 *
 * A batch is yz_store_begin(), gets and puts, then yz_store_commit() or
 * yz_store_abort().  Errors are sticky within a batch.  Commit writes state
 * and log in one durable transaction, projects what the batch touched into
 * the current generation (or builds the first), and returns when readers see
 * it.
 */
#ifndef YZ_SCHEMA_STORE_H
#define YZ_SCHEMA_STORE_H

#include "lmdb_schema/actor.h"
#include "lmdb_schema/place.h"
#include "lmdb_schema/record.h"

typedef struct yz_store yz_store;

/* What went wrong, for people: one English sentence. */
typedef struct {
    char text[512];
} yz_store_error;

/*
 * Opens or creates everything below `dir`, takes the writer's lock (waits up
 * to wait_s seconds for it), and projects what an interrupted writer left.
 * Public data that is missing or of no use is built again; every page of it
 * is looked at before LMDB maps it, so that no damage of the generation that
 * serves can kill the process.  YZ_OK, YZ_BUSY (another writer has it; the
 * error names its process), YZ_FORMAT (state of another version), YZ_CORRUPT,
 * YZ_FULL, YZ_DENIED, YZ_IO, YZ_NOMEM.  *store is NULL on failure; close with
 * yz_store_close().
 */
yz_status yz_store_open(const char *dir, unsigned wait_s, yz_store **store,
                        yz_store_error *error);
void yz_store_close(yz_store *store); /* NULL is allowed */

/*
 * The same for a rebuild.  yz_store_open() refuses, with YZ_CORRUPT, a state
 * that is older than the public data (one that was lost, or restored from an
 * old backup): projecting it would take back what is served.  This one opens
 * it, and leaves public data as it is until yz_store_rebuild().
 */
yz_status yz_store_open_for_rebuild(const char *dir, unsigned wait_s,
                                    yz_store **store, yz_store_error *error);

/*
 * Opens what is below `dir` for reading, beside a writer or without one, and
 * without the writer's lock: gets, walks and yz_store_verify() see the last
 * commit, always the same one until yz_store_refresh().  Nothing is made,
 * mended or projected; begin, put and rebuild answer YZ_DENIED.  Also
 * YZ_NOT_FOUND: there is no state.
 */
yz_status yz_store_open_read(const char *dir, yz_store **store,
                             yz_store_error *error);
/* Lets go of the snapshot: the next get sees the newest commit.  What earlier
   gets gave is not valid any more. */
void yz_store_refresh(yz_store *store);
/*
 * Places that were added or changed after log entry `seq`, each as often as
 * that happened.  YZ_OK, YZ_CORRUPT or YZ_IO.
 */
yz_status yz_store_changed_since(yz_store *store, uint64_t seq,
                                 uint64_t *count);
/* The newest log entry of the snapshot, 0 for none.  YZ_OK, YZ_CORRUPT or
   YZ_IO. */
yz_status yz_store_last_seq(yz_store *store, uint64_t *seq);

/* The sentence of the last failure; valid until the next call. */
const char *yz_store_why(const yz_store *store);

/*
 * What operators should read although opening did not fail, as sentences
 * joined by "; ": everything that opening had to mend (public data that was
 * damaged, lost or behind, keys), or public data that is behind because the
 * disk is full.  NULL for nothing; valid as long as the store.
 */
const char *yz_store_notice(const yz_store *store);

/*
 * True when opening found public data damaged, lost or of another format and
 * built it again; what an interrupted or refused batch left is no damage.
 */
bool yz_store_public_mended(const yz_store *store);

/*
 * Reference data: kept in state and log like everything else; unchanged
 * bytes cost nothing.  Names: "regions" (CSV lines code,name), "holidays"
 * (core/calendar.h).  Inside a batch, put is a part of it, and get sees it;
 * otherwise put is a batch of its own, and get is valid until the next begin.
 * YZ_BAD_INPUT: another name, or bytes that are not what the name says.
 */
yz_status yz_store_reference_put(yz_store *store, yz_span name, yz_span bytes);
yz_status yz_store_reference_get(yz_store *store, yz_span name, yz_span *bytes);

typedef struct {
    yz_span kind;    /* "load", "rollback", "reference", "requests" */
    yz_span source;  /* e.g. the file's base name; at most 255 bytes kept */
    yz_span actor;   /* e.g. the operator's login; at most 63 bytes kept */
    uint64_t undoes; /* batch that a rollback undoes, 0 */
    bool unmarked;   /* requests that share a commit and nothing else: no
                        batch record, and batch 0 in the log */
} yz_batch_info;

typedef struct {
    uint64_t batch; /* number of the batch, 0: nothing changed, or unmarked */
    uint64_t first_seq;
    uint64_t last_seq;
    uint32_t added;
    uint32_t changed;
    uint32_t closed;
} yz_batch_result;

/* Called by commit now and then with 0..total; for a progress bar. */
typedef void yz_store_progress(void *context, uint64_t done, uint64_t total);

yz_status yz_store_begin(yz_store *store, const yz_batch_info *info);
/*
 * The place with that id as the open batch has it, or as the last commit left
 * it.  Spans of *place are valid until the next put, begin, commit or abort.
 * YZ_OK, YZ_NOT_FOUND, YZ_CORRUPT or YZ_IO.
 */
yz_status yz_store_place_get(yz_store *store, yz_span id, yz_place *place);
/*
 * Adds or changes a place.  number, changed_seq, ratings and code of `place`
 * are ignored: the store keeps them, and draws number and code of a new one.
 * A put that changes nothing is not logged.  Spans may be those of a get of
 * the same place.  YZ_OK, YZ_BAD_INPUT (a rule of place.h is broken), YZ_FULL
 * (a 65th service; disk or map), YZ_CORRUPT, YZ_IO, YZ_NOMEM.
 */
yz_status yz_store_place_put(yz_store *store, const yz_place *place);
/*
 * Whether the words of `place` have room; asked before a put by whoever would
 * rather refuse one place than lose the batch.  YZ_OK; YZ_FULL with *word the
 * one too many (a span of *place); a failure of the store.
 */
yz_status yz_store_words_fit(yz_store *store, const yz_place *place,
                             yz_span *word);
/*
 * Revokes the code of a place and draws another; a part of the open batch.
 * YZ_OK, YZ_NOT_FOUND (no such place; the batch goes on) or as put.
 */
yz_status yz_store_code_reissue(yz_store *store, yz_span id);
/*
 * Ends the batch.  Anything but YZ_OK with result->last_seq not 0 means: the
 * change is accepted, on disk and in the log, but readers do not see it yet;
 * the next begin or open shows it.  result->last_seq is 0 when nothing was
 * logged.
 */
yz_status yz_store_commit(yz_store *store, yz_batch_result *result,
                          yz_store_progress *progress, void *context);
void yz_store_abort(yz_store *store);

/*
 * Who does what is put from now on, in this batch; before the first call it
 * is the system.
 */
void yz_store_act(yz_store *store, const yz_actor *actor);

/*
 * The clock of the open batch, Unix seconds: never before that of an earlier
 * batch, whatever the system's clock does.  Rules ask this one.
 */
int64_t yz_store_now_s(const yz_store *store);

/*
 * Records (record.h), in the open batch or as the last commit left them.
 *
 * get: *value is valid until the next put, begin, commit or abort; *seq (may
 *     be NULL) is the log entry that made it.  YZ_OK, YZ_NOT_FOUND,
 *     YZ_CORRUPT or YZ_IO.
 * put: adds or replaces; the same value as before is not logged.  delete:
 *     YZ_NOT_FOUND when there is none (the batch goes on).  key: 1 to
 *     YZ_RECORD_KEY_MAX bytes; value: up to YZ_RECORD_VALUE_MAX.  Both may
 *     be spans of a get.  YZ_OK, YZ_BAD_INPUT (table or size), YZ_FULL,
 *     YZ_CORRUPT, YZ_IO, YZ_NOMEM.
 * each: every record whose key begins with `prefix` and is not before `from`
 *     (n 0: from the start), in the order of keys, backwards with
 *     `newest_first` (then `from` is the last that may come).
 */
yz_status yz_store_record_get(yz_store *store, yz_table table, yz_span key,
                              yz_span *value, uint64_t *seq);
yz_status yz_store_record_put(yz_store *store, yz_table table, yz_span key,
                              yz_span value);
yz_status yz_store_record_delete(yz_store *store, yz_table table, yz_span key);
yz_status yz_store_record_each(yz_store *store, yz_table table, yz_span prefix,
                               yz_span from, bool newest_first,
                               yz_record_visit *visit, void *context);

/*
 * The largest key of a table plus one, as its first eight (or, with `four`,
 * four) bytes big-endian; 1 for an empty table: the number of a new record.
 */
yz_status yz_store_record_next(yz_store *store, yz_table table, bool four,
                               uint64_t *number);

/*
 * Adds to a place's tally of ratings (negative: takes away), which its
 * answers show from the commit on.  A part of the open batch; the rating
 * itself is a record that the caller puts.  YZ_OK, YZ_NOT_FOUND (no such
 * number), YZ_BAD_INPUT (it would fall below zero), or as put.
 */
yz_status yz_store_tally_add(yz_store *store, uint32_t number, int32_t count,
                             int32_t sum);

/* The place with that number; otherwise as yz_store_place_get(). */
yz_status yz_store_place_by_number(yz_store *store, uint32_t number,
                                   yz_place *place);

/* Calls visit for every place in id order (of the open batch, or of the last
   commit).  A visit that returns not YZ_OK ends the walk with it.  A visit
   must not put. */
typedef yz_status yz_place_visit(void *context, const yz_place *place);
yz_status yz_store_each_place(yz_store *store, yz_place_visit *visit,
                              void *context);

/* History. */
typedef struct {
    uint64_t number;
    uint64_t first_seq;
    uint64_t last_seq;
    int64_t at_s;
    uint64_t undoes;    /* 0 */
    uint64_t undone_by; /* 0: not rolled back */
    uint32_t added;
    uint32_t changed;
    uint32_t closed;
    yz_span kind; /* valid inside the visit */
    yz_span source;
    yz_span actor;
} yz_batch;

typedef yz_status yz_batch_visit(void *context, const yz_batch *batch);
/* Newest first, at most `limit`. */
yz_status yz_store_each_batch(yz_store *store, uint32_t limit,
                              yz_batch_visit *visit, void *context);

/*
 * For each place that `batch` changed: what it was before (NULL: it was added
 * by it), what the batch made of it, and what it is now.  Inside a batch of
 * one's own (rollback: the visit may put) or outside.  Spans are valid inside
 * the visit.  YZ_NOT_FOUND: no such batch.
 */
typedef yz_status yz_change_visit(void *context, const yz_place *before,
                                  const yz_place *made, const yz_place *now);
yz_status yz_store_each_change(yz_store *store, uint64_t batch,
                               yz_change_visit *visit, void *context);

/* Builds a new generation from state alone and switches to it. */
yz_status yz_store_rebuild(yz_store *store);

/*
 * Checks everything: the log's chain, state against log, each public record
 * against state, every index both ways, counts.  Calls `problem` with a
 * sentence for each fault; YZ_CORRUPT when there was one.
 */
typedef void yz_verify_problem(void *context, const char *sentence);
yz_status yz_store_verify(yz_store *store, yz_verify_problem *problem,
                          void *context);
/* The part of it that is about the log: numbers, times, chain, archive, and
   that it ends in what the state says. */
yz_status yz_store_verify_log(yz_store *store, yz_verify_problem *problem,
                              void *context);

#endif
