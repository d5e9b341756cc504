/*
 * A new ticket, whoever brings it: what the body may say, where it goes, and
 * its receipt.  Only in `apply` steps.
 */
#ifndef YZ_RULES_TICKET_NEW_H
#define YZ_RULES_TICKET_NEW_H

#include "admin/identity/desk.h"
#include "core/receipt.h"
#include "lmdb_schema/ticket_record.h"

#define YZ_TICKET_TEXT_MAX 2000   /* characters, of any text of a ticket */
#define YZ_TICKET_CONTACT_MAX 200 /* characters */

/* The members of a body that makes a ticket. */
extern const yz_json_member yz_ticket_members[];

/* What a new ticket says. */
typedef struct {
    uint8_t kind;
    bool late;
    bool by_phone;
    uint8_t writer_kind; /* yz_actor_kind; YZ_ACTOR_SYSTEM: a caller */
    uint8_t writer[YZ_ACTOR_ID_SIZE];
    uint32_t place;
    uint32_t region;
    yz_span category;
    yz_span text;
    yz_span contact;
} yz_ticket_draft;

/*
 * Reads the body: kind, texts, category (a word of the routing table, if
 * there is one), region.  place: the one it names, found or, for wishes and
 * suggestions, refused as yz_presence_place() does; NULL spans and number 0
 * when it names none, which only appeals may.  YZ_OK; YZ_DENIED: a refusal is
 * answered; else a failure of the system.
 */
yz_status yz_ticket_draft_read(yz_desk *desk, yz_exchange *x,
                               yz_ticket_draft *draft, yz_place *place);

/*
 * Puts the ticket, dispatches it by the routing table, and draws a receipt;
 * ticket and number are what was put, `receipt` its printed form.
 */
yz_status yz_ticket_open(yz_desk *desk, yz_exchange *x,
                         const yz_ticket_draft *draft, uint64_t *number,
                         yz_ticket *ticket,
                         char receipt[static YZ_RECEIPT_PRINTED_SIZE]);

/* The keyed hash of a receipt in its normalised form.  YZ_OK or YZ_NOMEM. */
yz_status yz_ticket_receipt_hash(yz_vault *vault, const char *receipt,
                                 uint8_t hash[static YZ_TICKET_RECEIPT_HASH]);

/* The last second in China of the day that is `days` after now_s. */
int64_t yz_ticket_due_s(int64_t now_s, uint16_t days);

/* Answers 400 for one member of the body.  YZ_DENIED or YZ_NOMEM. */
yz_status yz_ticket_refuse_member(yz_exchange *x, const char *pointer,
                                  const char *code, const char *detail);

#endif
