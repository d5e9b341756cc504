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

#define YZ_POSITIONAL_MAX 8
#define YZ_CHOICES_MAX 32

/* Exit codes of the command. */
#define YZ_EXIT_DONE 0
#define YZ_EXIT_REFUSED 1
#define YZ_EXIT_USAGE 2
#define YZ_EXIT_DIFFERENCES 3

/*
 * An option of one command only, beside those that arguments.c knows.
 *
 * value: what its value is, for the message of a wrong one ("a node's
 *     number"); NULL: it is a flag.
 */
typedef struct {
    const char *name;
    const char *value;
} yz_choice_option;

/* One that was given; a flag's value is "". */
typedef struct {
    const char *name;
    const char *value;
} yz_choice;

typedef struct {
    const char *dir;
    const char *command; /* NULL: none is given */
    const char *positional[YZ_POSITIONAL_MAX];
    size_t positional_count;
    yz_choice choices[YZ_CHOICES_MAX]; /* yz_argument() finds them */
    size_t choice_count;
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

/* Bits of the commands that an option belongs to.  A command whose options
   are its own has YZ_OF_SUBJECT. */
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
    YZ_OF_VERSION = 512,
    YZ_OF_SUBJECT = 32768
} yz_command_bit;

/* What the command line may hold for a command. */
typedef struct {
    const char *name;
    yz_command_bit bit;
    size_t words; /* positional arguments at most */
    int (*run)(const yz_arguments *arguments);
    const yz_choice_option *options; /* its own, ended by name NULL; or NULL */
} yz_command;

/*
 * Reads the command line.  Options may stand before and behind the command,
 * as `--name value` or `--name=value`; behind `--` everything is a file.
 *
 * find: gives the command of a name, NULL for none.
 * arguments: filled; texts point into argv.
 *
 * False with the reason in `refusal` for anything that is not understood.
 */
bool yz_arguments_read(int argc, char **argv,
                       const yz_command *(*find)(const char *name),
                       yz_arguments *arguments, yz_refusal *refusal);

/* The value of a command's own option, "" for a flag; NULL: not given.  Of
   an option given twice it is the last. */
const char *yz_argument(const yz_arguments *arguments, const char *name);

#endif
