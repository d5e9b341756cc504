/*
 * What the parts of `yizhan load` share; not for others.
 */
#ifndef YZ_COMMAND_LOAD_IMPL_H
#define YZ_COMMAND_LOAD_IMPL_H

#include "admin/command/commands.h"
#include "admin/load/input.h"
#include "admin/load/moved.h"
#include "admin/load/plan.h"
#include "admin/load/progress.h"
#include "admin/load/reference.h"

/* One load on its way. */
typedef struct {
    const yz_arguments *arguments;
    bool dry_run;
    bool show_differences;
    yz_refusal refusal;
    yz_progress progress;
    yz_arena arena;
    yz_faults faults;
    yz_renames renames;
    yz_input input;
    yz_reference reference;
    yz_moved moved;
    yz_rows rows;
    yz_plan plan;
    yz_store *store; /* NULL: a dry run before the first load */
    bool daemon;     /* has the store: it is read here, and asked to write */
    double checked_s;
} yz_load;

/* The file's name, for the batch's record. */
yz_span yz_load_source(const yz_load *load);

/*
 * Hands a planned load to the daemon.
 *
 * result: what became of it.
 * moved: places that were changed while the load was planned; nothing was
 *     changed then, and it is to be planned again.
 *
 * True when it is carried out, or *moved > 0; false after printing why not.
 */
bool yz_load_send(yz_load *load, yz_batch_result *result, uint64_t *moved);

#endif
