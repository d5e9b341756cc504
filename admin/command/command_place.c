/*
 * `yizhan place show|set|move|suspend|reopen|close` and `yizhan code
 * list|issue|revoke`, all through the daemon.
 */
#include "admin/command/command_place.h"

#include <stdio.h>

#include "admin/command/body.h"
#include "admin/command/client.h"
#include "core/limits.h"
#include "core/number.h"

#define PATH_SIZE 512
#define NOWHERE 1000.0 /* degrees that no place has */

/* In the order of a place's members. */
const yz_choice_option yz_place_options[] = {
    {"name", "a name"},
    {"kind", "a word"},
    {"level", "none, city, province or national"},
    {"region", "six digits or a name"},
    {"address", "an address"},
    {"lng", "degrees"},
    {"lat", "degrees"},
    {"crs", "wgs84, gcj02 or bd09"},
    {"hours", "opening hours"},
    {"services", "words, joined by commas"},
    {"phone", "a public number"},
    {"status", "open, suspended, closed or delisted"},
    {"until", "a day or a time"},
    {"moved", NULL},
    {"add", NULL},
    {NULL, NULL},
};

const char yz_place_help[] =
    "usage: yizhan [--dir DIR] place show ID\n"
    "       yizhan [--dir DIR] place set ID [--add] [--name N] [--kind K]\n"
    "              [--level L] [--region R] [--address A]\n"
    "              [--lng X --lat Y --crs CRS] [--hours H]\n"
    "              [--services S,...] [--phone P] [--status S]\n"
    "              [--until DAY] [--moved]\n"
    "       yizhan [--dir DIR] place move ID --lng X --lat Y --crs CRS\n"
    "       yizhan [--dir DIR] place suspend ID [--until DAY]\n"
    "       yizhan [--dir DIR] place reopen|close ID\n"
    "\n"
    "One place at a time, by the rules of load.  set changes what is named\n"
    "and leaves the rest; an empty value empties.\n"
    "\n"
    "  --add    add the place when it is not there\n"
    "  --moved  it is the same place, although it gets another name and moves\n"
    "           more than 1 km\n";

const char yz_code_help[] =
    "usage: yizhan [--dir DIR] code list ID\n"
    "       yizhan [--dir DIR] code issue ID\n"
    "       yizhan [--dir DIR] code revoke ID CODE\n"
    "\n"
    "The codes of a place: all that it has had, the good one first.  issue\n"
    "draws another and revokes the one before; revoke does so when CODE is\n"
    "the good one.\n";

/* What a deed needs on its way. */
typedef struct {
    const yz_arguments *arguments;
    const char *command; /* "place" or "code" */
    yz_arena arena;
    yz_client_answer answer;
    yz_refusal refusal;
    char path[PATH_SIZE];
} errand;

typedef struct {
    const char *name;
    const char *tail; /* of the path */
    size_t words;     /* positional arguments, all needed */
    bool takes_all;   /* every option, not only those of its body */
    const char *options[4];
    int (*run)(errand *e);
} deed;

static int
usage(const errand *e, const char *what)
{
    fprintf(stderr, "yizhan: %s (see yizhan help %s)\n", what, e->command);
    return YZ_EXIT_USAGE;
}

/* /v1/admin/places/ID, and `tail` behind it; false: too long. */
static bool
name_place(errand *e, const char *tail)
{
    yz_out out;

    yz_out_init(&out, e->path, sizeof(e->path) - 1);
    YZ_OUT_LIT(&out, "/v1/admin/places/");
    yz_out_percent(&out, yz_span_of(e->arguments->positional[1]));
    yz_out_text(&out, tail);
    if (e->arguments->positional_count > 2) {
        yz_out_char(&out, '/');
        yz_out_percent(&out, yz_span_of(e->arguments->positional[2]));
        YZ_OUT_LIT(&out, "/revoke");
    }
    e->path[out.full ? 0 : out.n] = '\0';
    return !out.full;
}

static yz_status
ask(errand *e, const char *method, yz_span body)
{
    return yz_client_ask(&(yz_client_request){.dir = e->arguments->dir,
                                              .method = method,
                                              .path = e->path,
                                              .body = body},
                         &e->answer, &e->refusal);
}

/* A number as it was typed; what is no number the daemon refuses as text. */
static void
add_degrees(yz_out *out, const char *name, const char *text)
{
    double ignored;

    if (text[0] == '\0') {
        yz_body_member(out, name, "null");
    } else if (text[0] != '+' &&
               yz_number_parse_decimal(yz_span_of(text), &ignored) == YZ_OK) {
        yz_body_member(out, name, text);
    } else {
        yz_body_text_member(out, name, yz_span_of(text));
    }
}

static void
add_services(errand *e, yz_out *out, const char *text)
{
    const size_t cap = 6 * strlen(text) + 16;
    yz_out list;

    yz_out_init(&list, yz_arena_alloc(&e->arena, cap + 1), cap);
    if (list.p == NULL) {
        return;
    }
    yz_out_char(&list, '[');
    while (text[0] != '\0') {
        const size_t n = strcspn(text, ",");

        yz_out_json(&list, (yz_span){text, n});
        text += n;
        if (text[0] == ',') {
            yz_out_char(&list, ',');
            text++;
        }
    }
    yz_out_char(&list, ']');
    yz_body_member(out, "services", list.p);
}

static void
add_member(errand *e, yz_out *out, const char *name)
{
    const char *value = yz_argument(e->arguments, name);

    if (value == NULL || strcmp(name, "add") == 0) {
        return;
    }
    if (strcmp(name, "moved") == 0) {
        yz_body_member(out, name, "true");
    } else if (strcmp(name, "lng") == 0 || strcmp(name, "lat") == 0) {
        add_degrees(out, name, value);
    } else if (strcmp(name, "services") == 0) {
        add_services(e, out, value);
    } else if (value[0] == '\0') {
        yz_body_member(out, name, "null");
    } else {
        yz_body_text_member(out, name, yz_span_of(value));
    }
}

/* A body of all options that are given. */
static yz_status
build_body(errand *e, yz_span *body)
{
    size_t cap = 1024;
    yz_out out;

    for (size_t i = 0; i < e->arguments->choice_count; i++) {
        cap += 6 * strlen(e->arguments->choices[i].value) + 64;
    }
    if (yz_body_begin(&e->arena, cap, &out) != YZ_OK) {
        return YZ_NOMEM;
    }
    for (const yz_choice_option *o = yz_place_options; o->name != NULL; o++) {
        add_member(e, &out, o->name);
    }
    *body = yz_body_end(&out);
    return e->arena.failed || body->n == 0 ? YZ_NOMEM : YZ_OK;
}

static void
print_warnings(const yz_reply *place)
{
    const yz_reply *warnings = yz_reply_member(place, "warnings");

    for (size_t i = 0; i < yz_reply_count(warnings); i++) {
        const yz_reply *w = yz_reply_at(warnings, i);

        fprintf(stderr, "yizhan: warning: %s: %s\n",
                yz_reply_text(w, "pointer"), yz_reply_text(w, "detail"));
    }
}

static int
send_change(errand *e, const char *method, bool with_body)
{
    yz_span body = {NULL, 0};

    if (with_body && build_body(e, &body) != YZ_OK) {
        return usage(e, "no memory");
    }
    if (ask(e, method, body) != YZ_OK) {
        return yz_client_failed(&e->refusal);
    }
    print_warnings(e->answer.json);
    if (!e->arguments->quiet) {
        printf("%s  %s  %s\n", yz_reply_text(e->answer.json, "id"),
               yz_reply_text(e->answer.json, "status"),
               yz_reply_text(e->answer.json, "name"));
    }
    return YZ_EXIT_DONE;
}

static int
set_place(errand *e)
{
    const bool add = yz_argument(e->arguments, "add") != NULL;

    return send_change(e, add ? "PUT" : "PATCH", true);
}

static int
move_place(errand *e)
{
    if (yz_argument(e->arguments, "lng") == NULL ||
        yz_argument(e->arguments, "lat") == NULL ||
        yz_argument(e->arguments, "crs") == NULL) {
        return usage(e, "place move wants --lng, --lat and --crs");
    }
    return send_change(e, "POST", true);
}

static int
suspend_place(errand *e)
{
    return send_change(e, "POST", true);
}

static int
turn_place(errand *e)
{
    return send_change(e, "POST", false);
}

static void
print_member(const yz_reply *place, const char *name)
{
    printf("%s: %s\n", name, yz_reply_text(place, name));
}

static int
show_place(errand *e)
{
    static const char *const texts[] = {"id",     "name",    "kind",  "level",
                                        "region", "address", "hours", "phone",
                                        "status", "until"};
    const yz_reply *services;
    double lng;

    if (ask(e, "GET", (yz_span){NULL, 0}) != YZ_OK) {
        return yz_client_failed(&e->refusal);
    }
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        print_member(e->answer.json, texts[i]);
    }
    lng = yz_reply_number(e->answer.json, "lng", NOWHERE);
    services = yz_reply_member(e->answer.json, "services");
    fputs("services: ", stdout);
    for (size_t i = 0; i < yz_reply_count(services); i++) {
        printf("%s%s", i > 0 ? "," : "",
               yz_reply_string(yz_reply_at(services, i)));
    }
    if (lng == NOWHERE) {
        fputs("\nposition: none\n", stdout);
    } else {
        printf("\nposition: %.7f %.7f\n", lng,
               yz_reply_number(e->answer.json, "lat", 0));
    }
    return YZ_EXIT_DONE;
}

static int
list_codes(errand *e)
{
    const yz_reply *codes;

    if (ask(e, "GET", (yz_span){NULL, 0}) != YZ_OK) {
        return yz_client_failed(&e->refusal);
    }
    codes = yz_reply_member(e->answer.json, "codes");
    for (size_t i = 0; i < yz_reply_count(codes); i++) {
        const yz_reply *code = yz_reply_at(codes, i);

        printf("%s  %s  %s\n", yz_reply_text(code, "code"),
               yz_reply_text(code, "issued"),
               yz_reply_boolean(code, "revoked") ? "revoked" : "good");
    }
    return YZ_EXIT_DONE;
}

static int
issue_code(errand *e)
{
    if (ask(e, "POST", (yz_span){NULL, 0}) != YZ_OK) {
        return yz_client_failed(&e->refusal);
    }
    printf("%s  good\n%s  revoked\n", yz_reply_text(e->answer.json, "code"),
           yz_reply_text(e->answer.json, "revoked"));
    return YZ_EXIT_DONE;
}

static const deed place_deeds[] = {
    {.name = "show", .tail = "", .words = 2, .run = show_place},
    {.name = "set",
     .tail = "",
     .words = 2,
     .takes_all = true,
     .run = set_place},
    {.name = "move",
     .tail = "/move",
     .words = 2,
     .options = {"lng", "lat", "crs"},
     .run = move_place},
    {.name = "suspend",
     .tail = "/suspend",
     .words = 2,
     .options = {"until"},
     .run = suspend_place},
    {.name = "reopen", .tail = "/reopen", .words = 2, .run = turn_place},
    {.name = "close", .tail = "/close", .words = 2, .run = turn_place},
    {.name = NULL},
};

static const deed code_deeds[] = {
    {.name = "list", .tail = "/codes", .words = 2, .run = list_codes},
    {.name = "issue", .tail = "/codes", .words = 2, .run = issue_code},
    {.name = "revoke", .tail = "/codes", .words = 3, .run = issue_code},
    {.name = NULL},
};

/* NULL, or an option that the deed does not take. */
static const char *
foreign_option(const errand *e, const deed *d)
{
    for (size_t i = 0; !d->takes_all && i < e->arguments->choice_count; i++) {
        const char *name = e->arguments->choices[i].name;
        bool own = false;

        for (size_t k = 0; k < 4 && d->options[k] != NULL; k++) {
            own = own || strcmp(d->options[k], name) == 0;
        }
        if (!own) {
            return name;
        }
    }
    return NULL;
}

static int
run(errand *e, const deed *d)
{
    const char *foreign = foreign_option(e, d);

    if (e->arguments->positional_count != d->words) {
        return usage(e, d->words == 2 ? "which place? one id"
                                      : "which code? an id and a code");
    }
    if (foreign != NULL) {
        fprintf(stderr, "yizhan: --%s is no option of %s %s\n", foreign,
                e->command, d->name);
        return YZ_EXIT_USAGE;
    }
    if (e->arguments->positional[1][0] == '\0' || !name_place(e, d->tail)) {
        return usage(e, "the id is none");
    }
    return d->run(e);
}

static int
run_command(const yz_arguments *arguments, const char *command,
            const deed *deeds, const char *which)
{
    errand e = {
        .arguments = arguments, .command = command, .arena = YZ_ARENA_INIT};
    int code = -1;

    for (const deed *d = deeds; d->name != NULL; d++) {
        if (arguments->positional_count > 0 &&
            strcmp(arguments->positional[0], d->name) == 0) {
            code = run(&e, d);
        }
    }
    if (code < 0) {
        code = usage(&e, which);
    }
    yz_client_answer_free(&e.answer);
    yz_arena_free(&e.arena);
    return code;
}

int
yz_command_place(const yz_arguments *arguments)
{
    return run_command(arguments, "place", place_deeds,
                       "place what? show, set, move, suspend, reopen or close");
}

int
yz_command_code(const yz_arguments *arguments)
{
    return run_command(arguments, "code", code_deeds,
                       "code what? list, issue or revoke");
}
