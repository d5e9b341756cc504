/*
 * The inside of a geo layer's writer, for geo_write.c and geo_build_write.c.
 */
#ifndef YZ_SCHEMA_GEO_WRITER_IMPL_H
#define YZ_SCHEMA_GEO_WRITER_IMPL_H

#include "lmdb_schema/geo_pages_write.h"

struct yz_geo_writer {
    yz_geo_pages pages;
};

#endif
