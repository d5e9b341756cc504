/*
 * What the two ways of projecting share; not for others.
 */
#ifndef YZ_SCHEMA_PROJECT_IMPL_H
#define YZ_SCHEMA_PROJECT_IMPL_H

#include "core/geo_point.h"
#include "lmdb_schema/project_write.h"

/* Reports progress every so many places. */
#define YZ_PROGRESS_STEP 1024

/* The hours that a search for what is open looks at: a suspended place is
   not open whatever its hours say. */
static inline uint16_t
yz_hours_asked(const yz_place_head *head)
{
    return head->status == YZ_PLACE_OPEN ? head->hours : 0;
}

/* The point of a record in the geo layer. */
static inline yz_geo_point
yz_point_of(const yz_place_head *head)
{
    return (yz_geo_point){
        .lat_e7 = head->lat_e7,
        .lng_e7 = head->lng_e7,
        .number = head->number,
        .region = head->region,
        .services = head->services,
        .kind = head->kind,
        .hours = yz_hours_asked(head),
        .level = head->level,
    };
}

/* What filters look at of a record without a position. */
static inline yz_unplaced
yz_unplaced_of(const yz_place_head *head)
{
    return (yz_unplaced){
        .services = head->services,
        .region = head->region,
        .kind = head->kind,
        .hours = yz_hours_asked(head),
        .level = head->level,
    };
}

/* Where an open or suspended place is found: in the layer, or unplaced. */
static inline bool
yz_head_in_layer(const yz_place_head *head)
{
    return yz_place_in_service(head->status) &&
           (head->flags & YZ_PLACE_HAS_POSITION) != 0;
}

static inline bool
yz_head_unplaced(const yz_place_head *head)
{
    return yz_place_in_service(head->status) &&
           (head->flags & YZ_PLACE_HAS_POSITION) == 0;
}

/* Interns the place's words and renders its record. */
yz_status yz_project_record(yz_projection *projection, yz_public *public,
                            MDB_txn *txn, const yz_place *place,
                            uint8_t *record, size_t *size, yz_place_head *head);

/* Writes calendar, applied_seq, applied_at and the count of places. */
yz_status yz_project_facts(yz_projection *projection, yz_public *public,
                           MDB_txn *txn);

/* True when the hashes of the generation are of the ring's code key. */
bool yz_public_key_is(const yz_public *public, MDB_txn *txn, yz_keyring *ring);

/* Tells progress, every YZ_PROGRESS_STEP places and at the end. */
void yz_project_tell(const yz_projection *projection, uint64_t done,
                     uint64_t total);

#endif
