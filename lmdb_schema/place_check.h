/*
 * The rules that a place keeps before it may enter the state.  Pure.
 */
#ifndef YZ_SCHEMA_PLACE_CHECK_H
#define YZ_SCHEMA_PLACE_CHECK_H

#include "lmdb_schema/place.h"

/*
 * Returns NULL when `place` keeps every rule of place.h, else what is wrong,
 * in words that follow "the place"; static storage.
 */
const char *yz_place_check(const yz_place *place);

#endif
