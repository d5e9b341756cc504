/*
 * What a load would change, for people.
 */
#ifndef YZ_ADMIN_DIFFERENCES_H
#define YZ_ADMIN_DIFFERENCES_H

#include <stdio.h>

#include "admin/load/plan.h"

/* Prints a line for each member in which two versions of a place differ. */
void yz_difference_print(FILE *to, const yz_place *before,
                         const yz_place *after);

/* Prints all of a plan: +, ~ and - for added, changed and closed places. */
void yz_differences_print(FILE *to, const yz_plan *plan);

#endif
