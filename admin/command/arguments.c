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
find_option(yz_span name)
{
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        if (yz_span_equal(yz_span_of(options[i].name), name)) {
            return &options[i];
        }
    }
    return NULL;
}

static const yz_choice_option *
find_own(const yz_command *command, yz_span name)
{
    const yz_choice_option *own = command == NULL ? NULL : command->options;

    for (; own != NULL && own->name != NULL; own++) {
        if (yz_span_equal(yz_span_of(own->name), name)) {
            return own;
        }
    }
    return NULL;
}

/* The command line while it is read. */
typedef struct {
    int argc;
    char **argv;
    int at;
    const yz_command *command; /* NULL: none, or an unknown one */
    yz_arguments *arguments;
    yz_refusal *refusal;
} line;

/* The value behind `=`, or the next word. */
static const char *
value_of(line *l, const char *equals)
{
    if (equals != NULL) {
        return equals + 1;
    }
    return l->at + 1 < l->argc ? l->argv[++l->at] : NULL;
}

/* False when there is a value and the option is a flag. */
static bool
is_bare(line *l, const char *name, const char *equals)
{
    if (equals != NULL) {
        yz_refuse(l->refusal, "--%s takes no value", name);
    }
    return equals == NULL;
}

static void
take_own(line *l, const yz_choice_option *own, const char *equals)
{
    yz_arguments *a = l->arguments;
    const char *value = "";

    if (own->value == NULL) {
        is_bare(l, own->name, equals);
    } else {
        value = value_of(l, equals);
    }
    if (value == NULL) {
        yz_refuse(l->refusal, "--%s wants %s", own->name, own->value);
    } else if (a->choice_count == YZ_CHOICES_MAX) {
        yz_refuse(l->refusal, "too many options");
    } else {
        a->choices[a->choice_count++] = (yz_choice){own->name, value};
    }
}

static void
take_known(line *l, const option *o, const char *equals)
{
    yz_arguments *a = l->arguments;
    const char *value;

    if (o->take == NULL) {
        if (is_bare(l, o->name, equals)) {
            *(bool *)((char *)a + o->flag) = true;
        }
        return;
    }
    value = value_of(l, equals);
    if (value == NULL || !o->take(a, value)) {
        yz_refuse(l->refusal, "--%s wants %s%s%s", o->name, o->range,
                  value == NULL ? "" : ", not ", value == NULL ? "" : value);
    }
}

/* Takes the option at hand, and its value. */
static void
take_option(line *l)
{
    const char *text = l->argv[l->at];
    const char *equals = strchr(text, '=');
    yz_span name = {text + 2, equals == NULL ? strlen(text + 2)
                                             : (size_t)(equals - text - 2)};
    const yz_choice_option *own = find_own(l->command, name);
    const option *o = find_option(name);

    if (own != NULL) {
        take_own(l, own, equals);
    } else if (o == NULL) {
        yz_refuse(l->refusal, "unknown option %s", text);
    } else if (l->command != NULL && (o->commands & l->command->bit) == 0) {
        yz_refuse(l->refusal, "%s is no option of %s", text,
                  l->arguments->command);
    } else {
        take_known(l, o, equals);
    }
}

static void
take_word(line *l, const char *word)
{
    yz_arguments *a = l->arguments;
    size_t most = l->command == NULL ? YZ_POSITIONAL_MAX : l->command->words;

    if (a->positional_count < most) {
        a->positional[a->positional_count++] = word;
    } else {
        yz_refuse(l->refusal, "too many arguments: %s", word);
    }
}

/*
 * The command is the first word that is neither an option nor the value of
 * one: options before it are those that every command has.
 */
static int
find_command(const line *l)
{
    for (int i = 1; i < l->argc; i++) {
        const char *text = l->argv[i];
        const option *o;

        if (strcmp(text, "--") == 0) {
            return i + 1 < l->argc ? i + 1 : 0;
        }
        if (text[0] != '-' || text[1] == '\0') {
            return i;
        }
        if (strncmp(text, "--", 2) == 0 && strchr(text, '=') == NULL) {
            o = find_option(yz_span_of(text + 2));
            i += o != NULL && o->take != NULL;
        }
    }
    return 0;
}

bool
yz_arguments_read(int argc, char **argv,
                  const yz_command *(*find)(const char *name),
                  yz_arguments *arguments, yz_refusal *refusal)
{
    line l = {
        .argc = argc, .argv = argv, .arguments = arguments, .refusal = refusal};
    int command = find_command(&l);
    bool words_only = false;

    *arguments = (yz_arguments){.dir = "var", .wait_s = 30, .limit = 20};
    if (command > 0) {
        arguments->command = argv[command];
        l.command = find(argv[command]);
    }
    for (l.at = 1; l.at < argc && refusal->text[0] == '\0'; l.at++) {
        const char *text = argv[l.at];

        if (l.at == command) {
            continue;
        }
        if (words_only || text[0] != '-' || text[1] == '\0') {
            take_word(&l, text);
        } else if (strcmp(text, "-h") == 0) {
            arguments->help = true;
        } else if (strcmp(text, "-f") == 0 &&
                   find_own(l.command, YZ_SPAN("follow")) != NULL) {
            take_own(&l, find_own(l.command, YZ_SPAN("follow")), NULL);
        } else if (strcmp(text, "--") == 0) {
            words_only = true;
        } else if (strncmp(text, "--", 2) != 0) {
            yz_refuse(refusal, "unknown option %s", text);
        } else {
            take_option(&l);
        }
    }
    return refusal->text[0] == '\0';
}

const char *
yz_argument(const yz_arguments *arguments, const char *name)
{
    for (size_t i = arguments->choice_count; i > 0; i--) {
        if (strcmp(arguments->choices[i - 1].name, name) == 0) {
            return arguments->choices[i - 1].value;
        }
    }
    return NULL;
}
