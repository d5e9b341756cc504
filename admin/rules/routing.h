/*
 * The routing table: which node gets a ticket, by category and region, with
 * co-handlers and a deadline.  A CSV file of the city's:
 *
 *     category,region,node,co_handlers,days
 *     wage,3702,4,7;9,5
 *     wage,370202,12,,3
 *     *,,1,,10
 *
 * The first line names the columns, in English or in Chinese (类别, 行政区划,
 * 主办, 协办, 期限).  category: a word of the city's, or * for every ticket
 * whose own word has no line for its region.  region: 2, 4 or 6 digits, empty
 * for everywhere; the longest that fits wins.  node: a number of the
 * organisation.  co_handlers: numbers, separated by ';' or blanks.  days: 1 to
 * 366, until the end of that day in China.
 */
#ifndef YZ_RULES_ROUTING_H
#define YZ_RULES_ROUTING_H

#include "admin/memory/arena.h"
#include "core/span.h"
#include "core/status.h"
#include "lmdb_schema/ticket_record.h"
#include <stdbool.h>
#include <stdint.h>

#define YZ_ROUTING_FILE_MAX 60000 /* bytes: with its JSON below a body's size */
#define YZ_ROUTING_LINES_MAX 4096

typedef struct {
    yz_span category;
    uint32_t region; /* as many digits as `digits` says */
    uint8_t digits;  /* 0: everywhere; 2, 4 or 6 */
    uint8_t co_count;
    uint16_t days;
    uint32_t node;
    uint32_t co_handlers[YZ_TICKET_CO_HANDLERS_MAX];
    uint64_t line; /* of the file, from 1 */
} yz_routing_line;

/* Owns its arena; the categories point into it and into the text. */
typedef struct {
    yz_routing_line *lines;
    size_t count;
    yz_arena arena;
} yz_routing;

typedef struct {
    uint64_t line;      /* 0: the file as a whole */
    const char *code;   /* stable, "routing-node"; static storage */
    const char *detail; /* Chinese; static storage */
} yz_routing_fault;

/*
 * Reads a table; `text` must outlive it.  YZ_OK, and the caller frees it;
 * YZ_BAD_INPUT with the first fault; YZ_NOMEM.
 */
yz_status yz_routing_parse(yz_span text, yz_routing *routing,
                           yz_routing_fault *fault);
void yz_routing_free(yz_routing *routing);

/* Whether tickets may name that category. */
bool yz_routing_knows(const yz_routing *routing, yz_span category);

/*
 * The line for a category and a six-digit region (0: none is known, only
 * lines for everywhere fit), or NULL.
 */
const yz_routing_line *yz_routing_find(const yz_routing *routing,
                                       yz_span category, uint32_t region);

#endif
