/*
 * The coordinate systems that places and queries come in, and the way
 * between them and WGS-84.  GCJ-02 is the system of Chinese maps (AMap,
 * Tencent), BD-09 is Baidu's on top of it.
 */
#ifndef YZ_CORE_CRS_H
#define YZ_CORE_CRS_H

#include "core/span.h"
#include "core/status.h"

typedef enum { YZ_CRS_WGS84, YZ_CRS_GCJ02, YZ_CRS_BD09 } yz_crs;

/*
 * Reads the name of a coordinate system as clerks write it: any case, with
 * or without blanks, hyphens and underscores, `EPSG:4326`, and the Chinese
 * names (地球坐标, 火星坐标, 百度坐标, 高德, 腾讯 ...).  CGCS2000 reads as
 * WGS-84: the two differ by centimetres.
 *
 * text: UTF-8, any length.  crs: set when the answer is YZ_OK.
 * Returns YZ_OK, or YZ_BAD_INPUT for any other name, the empty one included.
 */
yz_status yz_crs_parse(yz_span text, yz_crs *crs);

/*
 * Reads one of the three names of the HTTP interface, exactly `wgs84`,
 * `gcj02` or `bd09`.
 *
 * text: any bytes.  crs: set when the answer is YZ_OK.
 * Returns YZ_OK or YZ_BAD_INPUT.
 */
yz_status yz_crs_parse_strict(yz_span text, yz_crs *crs);

/* The HTTP name of `crs`; never NULL, static storage. */
const char *yz_crs_name(yz_crs crs);

/*
 * Moves a position from `from` to WGS-84, in place: the inverse of
 * yz_crs_from_wgs84() to well below a millimetre, not its one-step estimate.
 *
 * lng, lat: degrees.  What lies outside the box of crs.c, and what is not
 * finite, stays as it is.
 */
void yz_crs_to_wgs84(yz_crs from, double *lng, double *lat);

/*
 * Moves a position from WGS-84 to `to`, in place.
 *
 * lng, lat: degrees.  What lies outside the box of crs.c, and what is not
 * finite, stays as it is.
 */
void yz_crs_from_wgs84(yz_crs to, double *lng, double *lat);

#endif
