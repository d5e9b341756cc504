/*
 * The read half's door: one reader per process over the current generation
 * of public data.  A lookup is yz_reader_begin(), questions, yz_reader_end();
 * every pointer handed out is into the map and valid until yz_reader_end().
 * No function here writes, waits for a writer or fails the process on bad
 * data.  Used by the nginx worker, the benchmark, and yizhan verify and dump.
 */
#ifndef YZ_SCHEMA_READER_H
#define YZ_SCHEMA_READER_H

#include "core/geo_search.h"
#include "core/hours.h"
#include "core/span.h"
#include "core/status.h"
#include "lmdb_schema/code_page.h"
#include "lmdb_schema/layout.h"
#include "lmdb_schema/place_view.h"
#include "lmdb_schema/region_view.h"

typedef struct yz_reader yz_reader;

/*
 * Opens the generation that `public_dir`/current names (read as a link once,
 * gen-N opened by its own name), or the one that supersedes it by its own
 * word, which it says before `current` does.  On failure *reader is NULL and the status
 * says why: YZ_NOT_FOUND (no directory, no current, no such generation),
 * YZ_DENIED, YZ_IO, YZ_FORMAT, YZ_CORRUPT, YZ_BUSY (reader slots full),
 * YZ_NOMEM.
 * `skip_generation` (0: none) is refused with YZ_CORRUPT: the caller has
 * marked it as deadly.  Call after fork, and close in the same process;
 * readers of one process belong to one thread.
 */
yz_status yz_reader_open(const char *public_dir, uint64_t skip_generation,
                         yz_reader **reader);
void yz_reader_close(yz_reader *reader); /* NULL is allowed */

/*
 * Starts a lookup on the newest snapshot.  YZ_OK, or YZ_NOT_FOUND when the
 * generation has been superseded (close, open again: the caller does it
 * before it answers), or YZ_CORRUPT, YZ_FORMAT, YZ_IO, YZ_BUSY (a lookup is
 * running already, or the map is growing: try again).  Only after YZ_OK is
 * there something to end; an end without begin does nothing.
 */
yz_status yz_reader_begin(yz_reader *reader);
void yz_reader_end(yz_reader *reader);

/*
 * Facts of the snapshot of the running or, outside of one, of the last
 * lookup; after open, of the snapshot that was there then.  Cheap.
 */
typedef struct {
    uint64_t generation;
    uint64_t applied_seq;
    int64_t applied_at_s; /* unix time of the newest applied entry */
    uint64_t places;
    uint32_t format;
} yz_reader_facts;

void yz_reader_get_facts(const yz_reader *reader, yz_reader_facts *facts);

/*
 * A number of the codes and the place records of the running lookup, which no
 * others in this process have had, of this reader or another: what a code
 * leads to holds while it is the same, over snapshots that left them alone.
 */
uint64_t yz_reader_records(const yz_reader *reader);

/*
 * Single records: a place by number, a number by id, a code by its keyed
 * hash.  YZ_OK, YZ_NOT_FOUND, YZ_CORRUPT (this record is damaged) or YZ_IO.
 */
yz_status yz_reader_place(yz_reader *reader, uint32_t number,
                          yz_place_view *view);
/*
 * Asks the memory for the records of up to YZ_LIMIT_MAX + 1 places, all at
 * once, so that yz_reader_place() has them at hand; those whose addresses are
 * not known are found in one walk.  What is not there or can't be read is
 * left to yz_reader_place().
 */
void yz_reader_gather(yz_reader *reader, const uint32_t *numbers,
                      uint32_t count);
yz_status yz_reader_number_of_id(yz_reader *reader, yz_span id,
                                 uint32_t *number);
yz_status yz_reader_code(yz_reader *reader,
                         const uint8_t hash[static YZ_CODE_HASH_SIZE],
                         yz_code_value *value);

/*
 * Interned words, both ways.  YZ_OK, YZ_NOT_FOUND (no place has had it),
 * YZ_CORRUPT, YZ_IO or YZ_NOMEM.  Words handed out stay until the reader is
 * closed.
 */
yz_status yz_reader_kind_of(yz_reader *reader, yz_span word, uint16_t *kind);
yz_status yz_reader_service_of(yz_reader *reader, yz_span word, uint8_t *bit);
yz_status yz_reader_kind(yz_reader *reader, uint16_t kind, yz_span *word);
yz_status yz_reader_service(yz_reader *reader, uint8_t bit, yz_span *word);

/*
 * Region by six-digit code (370000, 370200, 370202); statuses as for single
 * records.
 */
yz_status yz_reader_region(yz_reader *reader, uint32_t adcode,
                           yz_region_view *view);

/*
 * Opening state of interned hours at `now_s` (unix time); hours 0, damaged
 * hours and moments outside YZ_UNIX_MIN_S..YZ_UNIX_MAX_S are unknown.  What
 * is known is kept until it changes, so that asking again is cheap.
 */
yz_hours_state yz_reader_hours(yz_reader *reader, uint16_t hours,
                               int64_t now_s);

/*
 * Fills filter->open, open_count, open_of and open_context so that a search
 * lets in what is open at `at_s` (unix time).  Valid until yz_reader_end() or
 * until the next call with another minute: a reader has one such table.
 */
void yz_reader_filter_open(yz_reader *reader, int64_t at_s,
                           yz_geo_filter *filter);

/*
 * Sets the filter's range to a region: its leading digits as a number and
 * their count 2, 4 or 6 (six digits are that code and no other).  The searches
 * below also look only where the region's points lie.  YZ_OK, YZ_NOT_FOUND (no
 * place is there: the answer is empty), YZ_BAD_INPUT, YZ_CORRUPT or YZ_IO.
 */
yz_status yz_reader_filter_region(yz_reader *reader, uint32_t region,
                                  int digits, yz_geo_filter *filter);

/*
 * The nearest places (open and suspended ones are in the layer), sorted by
 * distance, then by the bytes of their ids (damaged records last, by number:
 * finding that out is left to who reads them).  `hits` has room for
 * query->limit; *count says how many.  order, order_cursor and order_context
 * of the query are set here; `after_id` is the cursor's id, used when
 * query->after_key >= 0.  YZ_OK, YZ_BAD_INPUT (a key without an id),
 * YZ_CORRUPT or YZ_IO.
 */
yz_status yz_reader_nearest(yz_reader *reader, yz_geo_query *query,
                            yz_span after_id, yz_geo_hit *hits,
                            uint32_t *count);

/* Position in the stable order of a list: placed ones first, by Hilbert
   number and place number; unplaced after them with hilbert UINT64_MAX. */
typedef struct {
    uint64_t hilbert;
    uint32_t number;
} yz_list_position;

/*
 * The first `limit` (1..YZ_LIMIT_MAX + 1) places of the stable order that
 * pass the filter and come after *after (NULL: from the start).  A filter
 * with a box lets no unplaced place in.  positions has room for limit.  YZ_OK,
 * YZ_BAD_INPUT (limit), YZ_CORRUPT or YZ_IO.
 */
yz_status yz_reader_list(yz_reader *reader, const yz_geo_filter *filter,
                         const yz_list_position *after, uint32_t limit,
                         yz_list_position *positions, uint32_t *count);

/* The number N of the open generation, gen-N. */
uint64_t yz_reader_generation(const yz_reader *reader);

#endif
