/*
 * Reports of posts by workers.  YZ_TABLE_REPORT: uint32_be post and the
 * reporter's id, to 16 bytes:
 *
 *   off size
 *     0    1  version, 1
 *     1    1  reason, its place in yz_report_reasons
 *     2    6  0
 *     8    8  when, Unix seconds
 */
#ifndef YZ_RULES_POST_REPORT_H
#define YZ_RULES_POST_REPORT_H

#include "admin/http/route.h"
#include "admin/identity/desk.h"

/* As many distinct reporters hide a post until a moderator has seen it. */
#define YZ_REPORTS_HIDE 3

/* Words of reasons, ended by NULL; their places are on disk. */
extern const char *const yz_report_reasons[];

/* POST /v1/posts/{id}/report. */
extern const yz_route yz_report_routes[];

/* Deletes the reports of a post.  YZ_OK, or a failure of the store. */
yz_status yz_post_reports_forget(yz_desk *desk, uint32_t number);

/* How many reports of a post give each reason, in their order. */
#define YZ_REASONS 6
yz_status yz_post_reports_count(yz_desk *desk, uint32_t number,
                                uint32_t counts[static YZ_REASONS]);

/* For /v1/me (me.h): the report to who made it. */
yz_status yz_report_show(yz_desk *desk, yz_exchange *x, yz_span key,
                         yz_span value, yz_span *json);

#endif
