/*
 * The desk's index of tickets, YZ_TABLE_TICKET_AT: in the order of deadlines,
 * for each node that has a ticket, for each region, and for all.  Derived
 * from YZ_TABLE_TICKET, so not logged.  SCHEMA.md has the byte tables.
 */
#ifndef YZ_SCHEMA_TICKET_INDEX_H
#define YZ_SCHEMA_TICKET_INDEX_H

#include "lmdb_schema/ticket_record.h"

typedef enum {
    YZ_DESK_NODE = 1, /* of: a node that handles or co-handles; 0: the city's */
    YZ_DESK_REGION,   /* of: six digits, 0 for none */
    YZ_DESK_ALL       /* of: 0 */
} yz_desk_scope;

#define YZ_TICKET_AT_KEY_SIZE 22
#define YZ_TICKET_AT_PREFIX 6 /* bytes of scope, of and state */
#define YZ_TICKET_AT_VALUE_MAX (4 + YZ_TICKET_CATEGORY_MAX)
#define YZ_TICKET_AT_MAX (YZ_TICKET_CO_HANDLERS_MAX + 3) /* of one ticket */

typedef struct {
    uint8_t scope; /* yz_desk_scope */
    uint8_t state; /* yz_ticket_state */
    uint32_t of;
    uint64_t due_s; /* UINT64_MAX: no deadline, last */
    uint64_t ticket;
} yz_ticket_at;

void yz_ticket_at_key_write(const yz_ticket_at *at,
                            uint8_t bytes[static YZ_TICKET_AT_KEY_SIZE]);
/* YZ_OK or YZ_CORRUPT. */
yz_status yz_ticket_at_key_read(yz_span bytes, yz_ticket_at *at);

/* What a list filters by, so that it need not fetch the ticket. */
size_t yz_ticket_at_value_write(const yz_ticket *ticket,
                                uint8_t bytes[static YZ_TICKET_AT_VALUE_MAX]);
/* The category points into `bytes`.  YZ_OK or YZ_CORRUPT. */
yz_status yz_ticket_at_value_read(yz_span bytes, uint32_t *region,
                                  yz_span *category);

/* All entries of a ticket; how many there are. */
size_t yz_ticket_at_of(uint64_t number, const yz_ticket *ticket,
                       yz_ticket_at entries[static YZ_TICKET_AT_MAX]);

#endif
