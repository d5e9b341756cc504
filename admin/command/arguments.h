/*
 * The command line of yizhan.
 */
#ifndef YZ_ADMIN_ARGUMENTS_H
#define YZ_ADMIN_ARGUMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "admin/load/columns.h"
#include "admin/load/input.h"
#include "core/crs.h"

#define YZ_POSITIONAL_MAX 1

/* Exit codes of the command. */
#define YZ_EXIT_DONE 0
#define YZ_EXIT_REFUSED 1
#define YZ_EXIT_USAGE 2
#define YZ_EXIT_DIFFERENCES 3

typedef struct {
    const char *dir;
    const char *command; /* NULL: none is given */
    const char *positional[YZ_POSITIONAL_MAX];
    size_t positional_count;
    yz_renames renames;
    const yz_crs *crs; /* NULL, or the address of `crs_value` */
    yz_crs crs_value;
    yz_encoding encoding;
    const char *moved;
    const char *report;
    const char *data_dir; /* NULL: the usual one */
    uint32_t region;      /* six digits, 0: none is given */
    uint32_t wait_s;      /* for another writer */
    uint32_t limit;
    uint32_t close;
    bool has_close;
    bool replace;
    bool dry_run;
    bool quiet;
    bool geojson;
    bool private_data;
    bool help;
} yz_arguments;

/* Bits of the commands that an option belongs to. */
typedef enum {
    YZ_OF_ALL = 0xffff,
    YZ_OF_LOAD = 1,
    YZ_OF_DIFF = 2,
    YZ_OF_ROLLBACK = 4,
    YZ_OF_LOG = 8,
    YZ_OF_TEMPLATE = 16,
    YZ_OF_CODES = 32,
    YZ_OF_VERIFY = 64,
    YZ_OF_REBUILD = 128,
    YZ_OF_DUMP = 256,
    YZ_OF_VERSION = 512
} yz_command_bit;

/*
 * Reads the command line.  Options may stand before and behind the command,
 * as `--name value` or `--name=value`; behind `--` everything is a file.
 *
 * command_of: gives the bit of a command's name, 0 for no command.
 * arguments: filled; texts point into argv.
 *
 * False with the reason in `refusal` for anything that is not understood.
 */
bool yz_arguments_read(int argc, char **argv,
                       unsigned (*command_of)(const char *name),
                       yz_arguments *arguments, yz_refusal *refusal);

#endif
