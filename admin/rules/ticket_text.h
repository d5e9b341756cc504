/*
 * Tickets as JSON: what the holder of a receipt reads, what a desk reads, and
 * a line of a list.  Only in `apply` steps; nothing is put meanwhile.
 */
#ifndef YZ_RULES_TICKET_TEXT_H
#define YZ_RULES_TICKET_TEXT_H

#include "admin/identity/desk.h"
#include "lmdb_schema/ticket_record.h"

#define YZ_TICKET_ROW_ROOM 16384 /* bytes that a line of a list takes at most */

/*
 * Members of every view without braces: kind, category, state, place, region,
 * created, changed, due.  A failure of the store, or YZ_OK.
 */
yz_status yz_ticket_render_head(yz_desk *desk, const yz_ticket *ticket,
                                yz_out *out);

/* One line of a list, an object.  YZ_TICKET_ROW_ROOM bytes suffice. */
yz_status yz_ticket_render_row(yz_desk *desk, uint64_t number,
                               const yz_ticket *ticket, int64_t now_s,
                               yz_out *out);

/*
 * Answers 200 with the whole ticket: for a desk, with texts (and, with
 * `contact`, how to reach the writer), or for the holder of its receipt, with
 * what was answered.
 */
yz_status yz_ticket_answer_desk(yz_desk *desk, yz_exchange *x, uint64_t number,
                                const yz_ticket *ticket, bool contact);
yz_status yz_ticket_answer_holder(yz_desk *desk, yz_exchange *x,
                                  uint64_t number, const yz_ticket *ticket);

/* For /v1/me: as yz_me_show (me.h). */
yz_status yz_ticket_show(yz_desk *desk, yz_exchange *x, yz_span key,
                         yz_span value, yz_span *json);

#endif
