/*
 * The words of roles and kinds of actors, as JSON and commands use them.
 */
#include "lmdb_schema/actor.h"

static const char *const role_words[YZ_ROLE_COUNT] = {
    "none",     "head",       "liaison",      "chief",    "city",
    "province", "department", "grid_officer", "supplier", "inspector",
    "observer", "auditor",    "operator",
};

static const char *const kind_words[YZ_ACTOR_KIND_COUNT] = {
    "system",
    "operator",
    "device",
    "worker",
};

const char *
yz_role_word(yz_role role)
{
    return (unsigned)role < YZ_ROLE_COUNT ? role_words[role] : "none";
}

const char *
yz_actor_kind_word(yz_actor_kind kind)
{
    return (unsigned)kind < YZ_ACTOR_KIND_COUNT ? kind_words[kind] : "system";
}
