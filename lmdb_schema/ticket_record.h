/*
 * A ticket as the state keeps it: one record of how it stands, and one for
 * each thing that happened to it.  Both lie in YZ_TABLE_TICKET, so that a
 * walk over the ticket's eight bytes finds the first and then the others in
 * order.  SCHEMA.md has the byte tables.
 */
#ifndef YZ_SCHEMA_TICKET_RECORD_H
#define YZ_SCHEMA_TICKET_RECORD_H

#include "core/span.h"
#include "core/status.h"
#include "lmdb_schema/actor.h"
#include <stdbool.h>
#include <stdint.h>

typedef enum {
    YZ_TICKET_WISH = 1,
    YZ_TICKET_APPEAL,
    YZ_TICKET_SUGGESTION,
    YZ_TICKET_REPORT, /* of what was experienced at a place */
    YZ_TICKET_KIND_END
} yz_ticket_kind;

typedef enum {
    YZ_TICKET_OPEN = 1, /* nobody's yet: the city's desk has it */
    YZ_TICKET_DISPATCHED,
    YZ_TICKET_ANSWERED,
    YZ_TICKET_CLOSED,
    YZ_TICKET_REOPENED, /* its writer is not content */
    YZ_TICKET_STATE_END
} yz_ticket_state;

typedef enum {
    YZ_EVENT_OPENED = 1,
    YZ_EVENT_DISPATCHED,
    YZ_EVENT_ANSWERED,
    YZ_EVENT_NOTED, /* an answer for the desk alone */
    YZ_EVENT_CLOSED,
    YZ_EVENT_REOPENED,
    YZ_EVENT_END
} yz_ticket_event_kind;

#define YZ_TICKET_KEY_SIZE 8
#define YZ_TICKET_EVENT_KEY_SIZE 12
#define YZ_TICKET_CO_HANDLERS_MAX 16
#define YZ_TICKET_CATEGORY_MAX 64 /* bytes */
#define YZ_TICKET_SEALED_MAX 16384
#define YZ_TICKET_EVENTS_MAX 200
#define YZ_TICKET_DAYS_MAX 366
#define YZ_TICKET_RECEIPT_HASH 16
#define YZ_TICKET_HEAD 88 /* bytes before the co-handlers */
#define YZ_TICKET_ENCODED_MAX                                                  \
    (YZ_TICKET_HEAD + 4 * YZ_TICKET_CO_HANDLERS_MAX + YZ_TICKET_CATEGORY_MAX + \
     2 * YZ_TICKET_SEALED_MAX)
#define YZ_TICKET_EVENT_HEAD 32
#define YZ_TICKET_EVENT_ENCODED_MAX                                            \
    (YZ_TICKET_EVENT_HEAD + YZ_TICKET_SEALED_MAX)

typedef struct {
    uint8_t kind;        /* yz_ticket_kind */
    uint8_t state;       /* yz_ticket_state */
    bool by_phone;       /* taken in by staff from a call */
    bool late;           /* a draft of someone who was offline */
    uint8_t writer_kind; /* yz_actor_kind; YZ_ACTOR_SYSTEM: a caller */
    uint8_t writer[YZ_ACTOR_ID_SIZE]; /* whose key seals all of its texts */
    uint8_t receipt[YZ_TICKET_RECEIPT_HASH];
    uint32_t place;  /* number, 0: none */
    uint32_t region; /* six digits, 0: none */
    uint32_t node;   /* who has it; 0: the city's desk */
    int64_t created_s;
    int64_t changed_s;
    int64_t due_s;   /* 0: no deadline */
    uint16_t days;   /* that its desk has each time, 0: no deadline */
    uint16_t events; /* how many there are */
    uint8_t co_count;
    uint32_t co_handlers[YZ_TICKET_CO_HANDLERS_MAX]; /* nodes */
    yz_span category; /* 1..YZ_TICKET_CATEGORY_MAX bytes */
    yz_span text;     /* sealed */
    yz_span contact;  /* sealed; n 0: none */
} yz_ticket;

typedef struct {
    uint8_t kind;     /* yz_ticket_event_kind */
    uint8_t role;     /* yz_role in which it was done */
    uint32_t at_node; /* where that role is held, 0: nowhere */
    uint32_t node;    /* to which it was dispatched; else 0 */
    int64_t at_s;
    int64_t due_s; /* of a dispatch, 0: none */
    yz_span text;  /* sealed; n 0: none */
} yz_ticket_event;

void yz_ticket_key_write(uint64_t number,
                         uint8_t bytes[static YZ_TICKET_KEY_SIZE]);
/* `index` from 1 */
void yz_ticket_event_key_write(uint64_t number, uint32_t index,
                               uint8_t bytes[static YZ_TICKET_EVENT_KEY_SIZE]);
/* *index is 0 for the ticket's own record.  YZ_OK or YZ_CORRUPT. */
yz_status yz_ticket_key_read(yz_span bytes, uint64_t *number, uint32_t *index);

/*
 * Encode into `cap` bytes; the _MAX above always suffice.  YZ_OK with *size;
 * YZ_BAD_INPUT (a member out of its range); YZ_FULL.
 */
yz_status yz_ticket_encode(const yz_ticket *ticket, uint8_t *bytes, size_t cap,
                           size_t *size);
yz_status yz_ticket_event_encode(const yz_ticket_event *event, uint8_t *bytes,
                                 size_t cap, size_t *size);
/* The spans point into `bytes`.  YZ_OK, YZ_FORMAT or YZ_CORRUPT. */
yz_status yz_ticket_decode(yz_span bytes, yz_ticket *ticket);
yz_status yz_ticket_event_decode(yz_span bytes, yz_ticket_event *event);

/* Words of answers and commands ("wish", "open", "opened"); "unknown" for
   another number.  Static storage. */
const char *yz_ticket_kind_word(unsigned kind);
const char *yz_ticket_state_word(unsigned state);
const char *yz_ticket_event_word(unsigned kind);
/* The number of a word, 0 when there is none. */
unsigned yz_ticket_kind_of(yz_span word);
unsigned yz_ticket_state_of(yz_span word);

#endif
