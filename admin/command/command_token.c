/*
 * `yizhan token` and `yizhan keys`, through the daemon.
 */
#include <stdio.h>

#include "admin/command/command_org.h"
#include "admin/command/errand.h"

#define BODY_ROOM 1024

const yz_choice_option yz_token_options[] = {
    {"hours", "1 to 720"},
    {"roles", "ROLE@NODE,..."},
    {"verified", NULL},
    {NULL, NULL},
};

const char yz_token_help[] =
    "usage: yizhan [--dir DIR] token [--hours H] [--verified]\n"
    "              [--roles ROLE@NODE,...]\n"
    "\n"
    "Begins a session of the person that a line \"ISSUER SUBJECT\" on "
    "standard\n"
    "input names, and prints its token: for scripts, as\n"
    "Authorization: Bearer TOKEN.  It lasts H hours (as the settings say).\n"
    "\n"
    "  --verified   as if the city vouched for the person\n"
    "  --roles      roles that the session has, beside those that are held\n";

const char yz_keys_help[] =
    "usage: yizhan [--dir DIR] keys show|rotate-seal|rewrap|retire\n"
    "\n"
    "The master keys that wrap the keys of persons, in DIR/private/keys.\n"
    "rotate-seal draws another one, used from then on; rewrap wraps with it\n"
    "what older ones have wrapped; retire forgets these, after which backups\n"
    "from before the rewrap can no more be read.  Back the file up each "
    "time.\n";

static int
usage(const char *what)
{
    fprintf(stderr, "yizhan: %s\n", what);
    return YZ_EXIT_USAGE;
}

/* "head@12,city@3" as an array of texts. */
static void
write_roles(yz_out *body, const char *roles)
{
    yz_body_member(body, "roles", "[");
    while (*roles != '\0') {
        size_t n = strcspn(roles, ",");

        yz_out_json(body, (yz_span){roles, n});
        roles += n;
        if (*roles == ',') {
            yz_out_char(body, ',');
            roles++;
        }
    }
    yz_out_char(body, ']');
}

static yz_status
ask_token(yz_errand *e)
{
    const char *hours = yz_argument(e->arguments, "hours");
    const char *roles = yz_argument(e->arguments, "roles");
    yz_span issuer, subject;
    yz_out body;
    yz_status status = yz_errand_person(e, &issuer, &subject);

    if (status != YZ_OK ||
        (status =
             yz_body_begin(&e->arena, BODY_ROOM + 6 * (issuer.n + subject.n),
                           &body)) != YZ_OK) {
        return status;
    }
    yz_body_text_member(&body, "issuer", issuer);
    yz_body_text_member(&body, "subject", subject);
    if (hours != NULL) {
        yz_body_member(&body, "hours", hours);
    }
    if (yz_argument(e->arguments, "verified") != NULL) {
        yz_body_member(&body, "verified", "true");
    }
    if (roles != NULL) {
        write_roles(&body, roles);
    }
    return yz_errand_send(e, "POST", "/v1/admin/tokens", &body);
}

int
yz_command_token(const yz_arguments *arguments)
{
    const char *hours = yz_argument(arguments, "hours");
    yz_errand e = {.arguments = arguments, .arena = YZ_ARENA_INIT};
    int code = YZ_EXIT_DONE;

    if (hours != NULL &&
        (hours[0] == '\0' || strspn(hours, "0123456789") != strlen(hours))) {
        return usage("--hours wants 1 to 720");
    }
    if (ask_token(&e) == YZ_OK) {
        puts(yz_reply_text(e.answer.json, "token"));
    } else {
        code = yz_client_failed(&e.refusal);
    }
    yz_errand_end(&e);
    return code;
}

static yz_status
ask_rewrap(yz_errand *e, long long *changed)
{
    yz_status status;

    do {
        status =
            yz_errand_ask(e, "POST", "/v1/admin/keys/rewrap", (yz_span){"", 0});
        *changed += yz_reply_integer(e->answer.json, "changed", 0);
    } while (status == YZ_OK && yz_reply_boolean(e->answer.json, "more"));
    return status;
}

int
yz_command_keys(const yz_arguments *arguments)
{
    static const struct {
        const char *name;
        const char *method;
        const char *path; /* NULL: asked for until there is no more */
    } deeds[] = {{"show", "GET", "/v1/admin/keys"},
                 {"rotate-seal", "POST", "/v1/admin/keys/rotate"},
                 {"rewrap", "POST", NULL},
                 {"retire", "POST", "/v1/admin/keys/retire"}};
    yz_errand e = {.arguments = arguments, .arena = YZ_ARENA_INIT};
    long long changed = 0;
    yz_status status = YZ_NOT_FOUND;
    int code = YZ_EXIT_DONE;
    size_t i = 0;

    while (i < 4 && (arguments->positional_count == 0 ||
                     strcmp(arguments->positional[0], deeds[i].name) != 0)) {
        i++;
    }
    if (i == 4) {
        return usage("keys what? show, rotate-seal, rewrap or retire");
    }
    status = deeds[i].path == NULL
                 ? ask_rewrap(&e, &changed)
                 : yz_errand_ask(&e, deeds[i].method, deeds[i].path,
                                 (yz_span){"", 0});
    if (status != YZ_OK) {
        code = yz_client_failed(&e.refusal);
    } else if (!arguments->quiet) {
        printf("newest seal master: %lld; %lld keys wrapped anew\n",
               (long long)yz_reply_integer(e.answer.json, "newest", 0),
               changed);
    }
    yz_errand_end(&e);
    return code;
}
