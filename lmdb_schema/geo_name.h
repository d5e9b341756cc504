/*
 * The database of a geo layer is named "geo_" and the layer.  Its keys are
 * page numbers (MDB_INTEGERKEY, uint32), its values the pages of
 * core/geo_page.h; key 0 holds the head.
 */
#ifndef YZ_SCHEMA_GEO_NAME_H
#define YZ_SCHEMA_GEO_NAME_H

#include <stdio.h>

#define YZ_GEO_NAME_SIZE 40

/* The database's name into `out`. */
static inline void
yz_geo_name(const char *layer, char out[static YZ_GEO_NAME_SIZE])
{
    snprintf(out, YZ_GEO_NAME_SIZE, "geo_%s", layer);
}

#endif
