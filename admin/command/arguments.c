/*
 * Reads the command line of yizhan by a table of options.  Used by yizhan.c.
 */
#include "admin/command/arguments.h"

#include <stddef.h>

#include "admin/load/regions.h"
#include "core/number.h"

typedef bool take_value(yz_arguments *arguments, const char *value);

typedef struct {
    const char *name;
    unsigned commands;
    size_t flag;       /* offset of a bool; used when `take` is NULL */
    take_value *take;  /* options with a value */
    const char *range; /* what the value may be */
} option;

static bool
take_dir(yz_arguments *a, const char *value)
{
    a->dir = value;
    return *value != '\0';
}

static bool
take_data_dir(yz_arguments *a, const char *value)
{
    a->data_dir = value;
    return *value != '\0';
}

static bool
take_map(yz_arguments *a, const char *value)
{
    yz_span bad;

    return yz_renames_add(&a->renames, yz_span_of(value), &bad) == YZ_OK;
}

static bool
take_crs(yz_arguments *a, const char *value)
{
    a->crs = &a->crs_value;
    return yz_crs_parse(yz_span_of(value), &a->crs_value) == YZ_OK;
}

static bool
take_encoding(yz_arguments *a, const char *value)
{
    if (strcmp(value, "utf-8") == 0) {
        a->encoding = YZ_ENCODING_UTF8;
    } else if (strcmp(value, "gb18030") == 0) {
        a->encoding = YZ_ENCODING_GB18030;
    } else {
        return false;
    }
    return true;
}

static bool
take_moved(yz_arguments *a, const char *value)
{
    a->moved = value;
    return *value != '\0';
}

static bool
take_report(yz_arguments *a, const char *value)
{
    a->report = value;
    return *value != '\0';
}

static bool
take_region(yz_arguments *a, const char *value)
{
    yz_span text = yz_span_of(value);

    return text.n <= 6 && yz_region_code_parse(text, &a->region) == YZ_OK;
}

static bool
take_close(yz_arguments *a, const char *value)
{
    a->has_close = true;
    return yz_number_parse_u32(yz_span_of(value), UINT32_MAX, &a->close) ==
           YZ_OK;
}

static bool
take_wait(yz_arguments *a, const char *value)
{
    return yz_number_parse_u32(yz_span_of(value), 3600, &a->wait_s) == YZ_OK;
}

static bool
take_limit(yz_arguments *a, const char *value)
{
    return yz_number_parse_u32(yz_span_of(value), 1000000, &a->limit) ==
               YZ_OK &&
           a->limit > 0;
}

#define LOADS (YZ_OF_LOAD | YZ_OF_DIFF)
#define FLAG(member) offsetof(yz_arguments, member), NULL, NULL

static const option options[] = {
    {"dir", YZ_OF_ALL, 0, take_dir, "a directory"},
    {"data-dir", LOADS, 0, take_data_dir, "a directory"},
    {"map", LOADS, 0, take_map,
     "theirs=ours,... with ours a column of the template"},
    {"crs", LOADS, 0, take_crs, "wgs84, gcj02 or bd09"},
    {"encoding", LOADS, 0, take_encoding, "utf-8 or gb18030"},
    {"moved", LOADS, 0, take_moved, "ids joined by commas, or @FILE"},
    {"report", LOADS, 0, take_report, "a file to write"},
    {"region", LOADS | YZ_OF_CODES, 0, take_region, "2, 4 or 6 digits"},
    {"close", LOADS, 0, take_close, "a count"},
    {"wait", YZ_OF_ALL, 0, take_wait, "seconds, at most 3600"},
    {"limit", YZ_OF_LOG, 0, take_limit, "1 to 1000000"},
    {"replace", LOADS, FLAG(replace)},
    {"dry-run", YZ_OF_LOAD, FLAG(dry_run)},
    {"quiet", YZ_OF_ALL, FLAG(quiet)},
    {"geojson", YZ_OF_TEMPLATE, FLAG(geojson)},
    {"private", YZ_OF_DUMP, FLAG(private_data)},
    {"help", YZ_OF_ALL, FLAG(help)},
};

static const option *
find_option(const char *name, size_t n)
{
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        if (strlen(options[i].name) == n &&
            memcmp(options[i].name, name, n) == 0) {
            return &options[i];
        }
    }
    return NULL;
}

/* Takes the option argv[*i], and its value, which may be argv[*i + 1]. */
static const option *
take_option(int argc, char **argv, int *i, yz_arguments *a, yz_refusal *refusal)
{
    const char *text = argv[*i] + 2;
    const char *equals = strchr(text, '=');
    const char *value = equals == NULL ? NULL : equals + 1;
    const option *o = find_option(
        text, equals == NULL ? strlen(text) : (size_t)(equals - text));

    if (o == NULL) {
        yz_refuse(refusal, "unknown option %s", argv[*i]);
        return NULL;
    }
    if (o->take == NULL) {
        if (value != NULL) {
            yz_refuse(refusal, "--%s takes no value", o->name);
        }
        *(bool *)((char *)a + o->flag) = true;
        return o;
    }
    if (value == NULL && *i + 1 < argc) {
        value = argv[++*i];
    }
    if (value == NULL || !o->take(a, value)) {
        yz_refuse(refusal, "--%s wants %s%s%s", o->name, o->range,
                  value == NULL ? "" : ", not ", value == NULL ? "" : value);
    }
    return o;
}

static void
take_word(yz_arguments *a, const char *word, yz_refusal *refusal)
{
    if (a->command == NULL) {
        a->command = word;
    } else if (a->positional_count < YZ_POSITIONAL_MAX) {
        a->positional[a->positional_count++] = word;
    } else {
        yz_refuse(refusal, "too many arguments: %s", word);
    }
}

bool
yz_arguments_read(int argc, char **argv,
                  unsigned (*command_of)(const char *name),
                  yz_arguments *arguments, yz_refusal *refusal)
{
    unsigned allowed = YZ_OF_ALL;
    const char *misplaced[64];
    unsigned commands[64];
    size_t count = 0;
    bool words_only = false;

    *arguments = (yz_arguments){.dir = "var", .wait_s = 30, .limit = 20};
    for (int i = 1; i < argc && refusal->text[0] == '\0'; i++) {
        const char *text = argv[i];

        if (words_only || strncmp(text, "-", 1) != 0 || text[1] == '\0') {
            take_word(arguments, text, refusal);
        } else if (strcmp(text, "-h") == 0) {
            arguments->help = true;
        } else if (strcmp(text, "--") == 0) {
            words_only = true;
        } else if (strncmp(text, "--", 2) != 0 || count == 64) {
            yz_refuse(refusal, "unknown option %s", text);
        } else {
            const option *o = take_option(argc, argv, &i, arguments, refusal);

            misplaced[count] = text;
            commands[count++] = o == NULL ? 0 : o->commands;
        }
    }
    if (arguments->command != NULL) {
        allowed = command_of(arguments->command);
    }
    for (size_t i = 0; allowed != 0 && i < count; i++) {
        if ((commands[i] & allowed) == 0) {
            yz_refuse(refusal, "%s is no option of %s", misplaced[i],
                      arguments->command);
        }
    }
    return refusal->text[0] == '\0';
}
