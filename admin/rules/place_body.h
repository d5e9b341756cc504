/*
 * What a body says about a place, understood by the loader's own rules: the
 * same words, regions, positions, hours and numbers are taken from a request
 * as from a row of a file.  Only in `apply` steps.
 */
#ifndef YZ_RULES_PLACE_BODY_H
#define YZ_RULES_PLACE_BODY_H

#include "admin/identity/desk.h"
#include "admin/load/merge.h"

/* What was said; freed by yz_place_said_free() whatever the answers are. */
typedef struct {
    yz_row row;
    yz_faults faults; /* errors and warnings; their values lie in the arena */
} yz_place_said;

/*
 * Members of a body that may say everything, of one that says where a place
 * is, and of one that says how long it is suspended.
 */
extern const yz_json_member yz_place_members[];
extern const yz_json_member yz_place_move_members[];
extern const yz_json_member yz_place_suspend_members[];

/*
 * Reads the members that the body has, for the place `id`.  A member that is
 * null empties what it names; a member that is not there says nothing.
 * status: a word that is said beside the body, or NULL; with "suspended" the
 * end is said as well, unknown unless the body has it.
 *
 * YZ_OK, also with faults; a failure of the store or YZ_NOMEM.
 */
yz_status yz_place_said_read(yz_desk *desk, yz_exchange *x, yz_span id,
                             const char *status, yz_place_said *said);

/* Notes that a new place needs a name. */
void yz_place_said_want_name(yz_place_said *said);

/*
 * Answers 400 with every error, each by its pointer.  YZ_OK: there is none,
 * and nothing is answered; YZ_DENIED: it is answered; YZ_NOMEM.
 */
yz_status yz_place_said_refuse(yz_exchange *x, const yz_place_said *said);

/* Bytes that an answer with the place and the warnings takes at most. */
size_t yz_place_answer_room(const yz_place_said *said);

/* Writes the place as an object, with the warnings as its member. */
void yz_place_answer_write(yz_out *out, const yz_place *place,
                           const yz_place_said *said);

void yz_place_said_free(yz_place_said *said);

#endif
