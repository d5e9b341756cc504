/*
 * The file back with what is wrong with each row, for the clerk who made it.
 */
#ifndef YZ_ADMIN_REPORT_H
#define YZ_ADMIN_REPORT_H

#include "admin/load/faults.h"
#include "admin/load/refusal.h"
#include "admin/load/rows.h"

/*
 * Writes a CSV file (UTF-8 with byte order mark, for spreadsheets): the rows
 * as they were with a last column 问题; rows of another width than the header
 * are given its width.  Of a GeoJSON file line, id and name.
 *
 * faults: sorted by row.
 *
 * YZ_OK, or YZ_IO or YZ_NOMEM with the reason in `refusal`.
 */
yz_status yz_report_write(const char *path, const yz_rows *rows,
                          const yz_faults *faults, yz_refusal *refusal);

/*
 * Lists on stderr at most `errors` errors and `warnings` warnings, and how
 * many more there are; with 0 warnings says nothing of them.
 *
 * faults: sorted by row.
 */
void yz_report_show(const yz_faults *faults, size_t errors, size_t warnings);

#endif
