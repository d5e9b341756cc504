/*
 * Counters of what one phone or one address did at a place.  A fixed table
 * of sets of eight; a set that is full gives up the counter whose window
 * began first.  Run by the writer; asked by rules that take from workers.
 */
#include "admin/rules/limits.h"

#include <openssl/rand.h>
#include <stdbool.h>
#include <stdlib.h>
#include <xxhash.h>

#define SETS 8192 /* a power of two; with 8 of 24 bytes each: 1.5 MiB */
#define WAYS 8

typedef struct {
    uint64_t who; /* hash of subject, place and actor or address; 0: free */
    int64_t since_s;
    uint32_t count;
    uint32_t zero;
} counter;

struct yz_limits {
    uint64_t seed; /* nobody can choose whom to push out */
    counter counters[SETS][WAYS];
};

/* What a hash is of, without holes. */
typedef struct {
    uint32_t subject;
    uint32_t place;
    uint8_t id[YZ_ACTOR_ID_SIZE];
    uint64_t address;
} deed;

_Static_assert(sizeof(deed) == 32, "no holes: it is hashed as bytes");

yz_status
yz_limits_new(yz_limits **limits)
{
    *limits = calloc(1, sizeof(**limits));
    if (*limits == NULL) {
        return YZ_NOMEM;
    }
    if (RAND_bytes((unsigned char *)&(*limits)->seed,
                   sizeof((*limits)->seed)) != 1) {
        yz_limits_free(*limits);
        *limits = NULL;
        return YZ_NOMEM;
    }
    return YZ_OK;
}

void
yz_limits_free(yz_limits *limits)
{
    free(limits);
}

static bool
is_over(const counter *at, unsigned window_s, int64_t now_s)
{
    /* A clock that stepped back must not lock anyone out for long. */
    return now_s < at->since_s || now_s - at->since_s >= window_s;
}

/* The counter of `what`, begun anew when its window is over. */
static counter *
find(yz_limits *limits, const deed *what, unsigned window_s, int64_t now_s)
{
    uint64_t who = XXH3_64bits_withSeed(what, sizeof(*what), limits->seed) | 1;
    counter *set = limits->counters[who >> 32 & (SETS - 1)];
    counter *found = &set[0];

    /* Slots fill from the left and are never free again. */
    for (int i = 0; i < WAYS; i++) {
        if (set[i].who == who || set[i].who == 0) {
            found = &set[i];
            break;
        }
        if (set[i].since_s < found->since_s) {
            found = &set[i];
        }
    }
    if (found->who != who || is_over(found, window_s, now_s)) {
        *found = (counter){who, now_s, 0, 0};
    }
    return found;
}

static unsigned
wait_of(const counter *at, unsigned window_s, int64_t now_s)
{
    return (unsigned)(at->since_s + window_s - now_s);
}

yz_status
yz_limits_take(yz_limits *limits, yz_limit_subject subject,
               const yz_limit_rule *rule, const yz_actor *actor,
               yz_span address, uint32_t place, int64_t now_s,
               unsigned *retry_after_s)
{
    deed what = {.subject = subject, .place = place};
    counter *person;
    counter *line = NULL;

    memcpy(what.id, actor->id, sizeof(what.id));
    person = find(limits, &what, rule->window_s, now_s);
    if (person->count >= rule->person) {
        *retry_after_s = wait_of(person, rule->window_s, now_s);
        return YZ_BUSY;
    }
    if (address.n > 0) {
        memset(what.id, 0, sizeof(what.id));
        what.address =
            XXH3_64bits_withSeed(address.p, address.n, limits->seed) | 1;
        line = find(limits, &what, rule->window_s, now_s);
        if (line->count >= rule->address) {
            *retry_after_s = wait_of(line, rule->window_s, now_s);
            return YZ_BUSY;
        }
        line->count++;
    }
    /* Finding the second may have taken the place of the first. */
    if (line != person) {
        person->count++;
    }
    return YZ_OK;
}
