/*
 * Who did something, as state and log keep it: never a name or a subject, but
 * a keyed hash of one, and the role that the deed was done in.
 */
#ifndef YZ_SCHEMA_ACTOR_H
#define YZ_SCHEMA_ACTOR_H

#include <assert.h>
#include <stdint.h>

#define YZ_ACTOR_ID_SIZE 16

typedef enum {
    YZ_ACTOR_SYSTEM = 0, /* the daemon itself: expiry, opening a store */
    YZ_ACTOR_OPERATOR,   /* a command on the machine; id: hash of the login */
    YZ_ACTOR_DEVICE,     /* a phone without a session; id: of its cookie */
    YZ_ACTOR_WORKER,     /* a session or a JWT; id: of issuer and subject */
    YZ_ACTOR_KIND_COUNT
} yz_actor_kind;

/* What an actor may be at a node of the organisation. */
typedef enum {
    YZ_ROLE_NONE = 0, /* a worker as such */
    YZ_ROLE_HEAD,
    YZ_ROLE_LIAISON,
    YZ_ROLE_CHIEF,
    YZ_ROLE_CITY,
    YZ_ROLE_PROVINCE,
    YZ_ROLE_DEPARTMENT,
    YZ_ROLE_GRID_OFFICER,
    YZ_ROLE_SUPPLIER,
    YZ_ROLE_INSPECTOR,
    YZ_ROLE_OBSERVER,
    YZ_ROLE_AUDITOR,
    YZ_ROLE_OPERATOR, /* of the machine: everything */
    YZ_ROLE_COUNT
} yz_role;

/* Part of every log entry. */
typedef struct {
    uint8_t id[YZ_ACTOR_ID_SIZE]; /*  0 zeros for the system */
    uint32_t node;                /* 16 where the role is held, 0: nowhere */
    uint8_t kind;                 /* 20 yz_actor_kind */
    uint8_t role;                 /* 21 yz_role */
    uint8_t zero[2];              /* 22 */
} yz_actor;

_Static_assert(sizeof(yz_actor) == 24, "actor is 24 bytes");

/* The word of a role ("head", "auditor"; "none"); static storage. */
const char *yz_role_word(yz_role role);
const char *yz_actor_kind_word(yz_actor_kind kind);

#endif
