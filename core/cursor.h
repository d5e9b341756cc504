/*
 * The opaque text that continues a list where the last answer ended.  It is a
 * keyset cursor: it names the last feature given, not a count, so it survives
 * loads.  It is bound to its query by a hash and carries no secret: whatever
 * someone forges only asks for another place to continue from.
 *
 * Bytes before base64url:
 *
 *   offset size  meaning
 *   0      1     format version, 2
 *   1      1     kind: 1 nearby, 2 list
 *   2      8     hash of the canonical query, big-endian
 *   10     8     nearby: bits of the distance as IEEE 754 double, big-endian;
 *                list: Hilbert number, big-endian
 *   18     1..64 nearby: the id of the last place
 *   18     4     list: number of the last place, big-endian
 *   end    4     CRC-32 (ISO 3309) of all bytes before, big-endian: a cursor
 *                that was cut or mistyped is refused, not followed elsewhere
 */
#ifndef YZ_CORE_CURSOR_H
#define YZ_CORE_CURSOR_H

#include <stddef.h>
#include <stdint.h>

#include "core/limits.h"
#include "core/span.h"
#include "core/status.h"

#define YZ_CURSOR_BYTES_MAX (18 + YZ_ID_MAX + 4)
/* Longest text of a cursor; yz_cursor_write() adds a NUL to it. */
#define YZ_CURSOR_TEXT_MAX ((YZ_CURSOR_BYTES_MAX * 8 + 5) / 6)
#define YZ_CURSOR_SIZE (YZ_CURSOR_TEXT_MAX + 1)

typedef enum {
    YZ_CURSOR_NEARBY = 1, /* ordered by distance, then id */
    YZ_CURSOR_LIST = 2    /* ordered by Hilbert number, then place number */
} yz_cursor_kind;

typedef struct {
    yz_cursor_kind kind;
    /* nearby */
    double distance; /* order key of the last place, finite, >= 0 */
    size_t id_n;     /* 1..YZ_ID_MAX */
    char id[YZ_ID_MAX];
    /* list */
    uint64_t hilbert;
    uint32_t place_number;
} yz_cursor;

typedef enum {
    YZ_CURSOR_FINE = 0,
    YZ_CURSOR_MALFORMED,  /* never written by yz_cursor_write() */
    YZ_CURSOR_OTHER_QUERY /* well-formed, of another query or endpoint */
} yz_cursor_fault;

/*
 * Writes `cursor` as base64url text with a NUL.
 *
 * cursor: the members of its kind are set; the others are not read.
 * query_hash: the caller's hash of yz_query_canonical().
 * text: receives the text.
 *
 * The length of the text without the NUL; 0 if a member is out of its range.
 */
size_t yz_cursor_write(const yz_cursor *cursor, uint64_t query_hash,
                       char text[static YZ_CURSOR_SIZE]);

/*
 * Reads what yz_cursor_write() wrote.
 *
 * text: any bytes.
 * kind, query_hash: what the present request is; another one is refused.
 * cursor: filled on YZ_OK, with the other kind's members zero.
 * fault: receives the reason; YZ_CURSOR_FINE on YZ_OK.
 *
 * YZ_OK or YZ_BAD_INPUT (padding, characters outside of the alphabet, set
 * bits behind the last byte, other version, wrong check or length, a distance that is
 * negative, infinite or NaN, an id that is not clean text, another query).
 */
yz_status yz_cursor_read(yz_span text, yz_cursor_kind kind, uint64_t query_hash,
                         yz_cursor *cursor, yz_cursor_fault *fault);

#endif
