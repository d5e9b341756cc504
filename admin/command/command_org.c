/*
 * `yizhan org list|add|change|remove|holders|grant|revoke|import`, all through
 * the daemon.
 */
#include "admin/command/command_org.h"

#include <stdio.h>
#include <stdlib.h>

#include "admin/command/errand.h"
#include "admin/command/org_import.h"
#include "admin/command/org_tree.h"
#include "core/number.h"

#define PATH_ROOM 256
#define BODY_ROOM 4096
#define INDENT 2

const yz_choice_option yz_org_options[] = {
    {"kind", "province, city, district, master_station, sub_station, "
             "department or supplier"},
    {"parent", "a node's number, or none"},
    {"region", "six digits, or none"},
    {"name", "a name"},
    {"under", "a node's number"},
    {"actor", "32 hexadecimal digits"},
    {NULL, NULL},
};

const char yz_org_help[] =
    "usage: yizhan [--dir DIR] org list [--under N]\n"
    "       yizhan [--dir DIR] org add NAME --kind K [--parent N] [--region "
    "R]\n"
    "       yizhan [--dir DIR] org change N [--name NAME] [--kind K]\n"
    "              [--parent N|none] [--region R|none]\n"
    "       yizhan [--dir DIR] org remove N\n"
    "       yizhan [--dir DIR] org holders N\n"
    "       yizhan [--dir DIR] org grant N ROLE [--actor ID]\n"
    "       yizhan [--dir DIR] org revoke N ROLE [--actor ID]\n"
    "       yizhan [--dir DIR] org import FILE\n"
    "\n"
    "The organisation: a tree of nodes, and who holds which role at them.\n"
    "A person is named by the id that GET /v1/me shows, or by a line\n"
    "\"ISSUER SUBJECT\" on standard input, of which only a hash is kept.\n"
    "\n"
    "import reads CSV with the columns path, kind and region: names from the\n"
    "root down joined by /, a kind, six digits or nothing.  All rows are\n"
    "checked before anything changes; nodes that are there are found by their\n"
    "path, and those that the file does not name stay.\n"
    "\n"
    "kinds: province, city, district, master_station, sub_station,\n"
    "department, supplier.  roles: head, liaison, chief, city, province,\n"
    "department, grid_officer, supplier, inspector, observer, auditor.\n";

static int
usage(const char *what)
{
    fprintf(stderr, "yizhan: %s (see yizhan help org)\n", what);
    return YZ_EXIT_USAGE;
}

static bool
is_number(const char *text)
{
    return text[0] != '\0' && strlen(text) <= 10 &&
           strspn(text, "0123456789") == strlen(text);
}

/* The word behind the deed; NULL: there is none. */
static const char *
word(const yz_errand *e, size_t i)
{
    return e->arguments->positional_count > i ? e->arguments->positional[i]
                                              : NULL;
}

/* /v1/admin/nodes/N and `more` behind it; false: N is no number. */
static bool
name_node(const yz_errand *e, char path[static PATH_ROOM], const char *more)
{
    const char *number = word(e, 1);

    if (number == NULL || !is_number(number)) {
        return false;
    }
    snprintf(path, PATH_ROOM, "/v1/admin/nodes/%s%s", number, more);
    return true;
}

/* "12 district 370202 市南区总工会"; region 000000: none. */
static void
print_node(const yz_reply *node)
{
    const char *region = yz_reply_text(node, "region");

    printf("%lld %s %s %s\n", (long long)yz_reply_integer(node, "node", 0),
           yz_reply_text(node, "kind"), region[0] != '\0' ? region : "000000",
           yz_reply_text(node, "name"));
}

static int
failed(const yz_errand *e)
{
    return yz_client_failed(&e->refusal);
}

static int
by_path(const void *a, const void *b)
{
    const yz_span one = ((const yz_org_node *)a)->path;
    const yz_span other = ((const yz_org_node *)b)->path;
    size_t n = one.n < other.n ? one.n : other.n;
    size_t i = 0;

    while (i < n && one.p[i] == other.p[i]) {
        i++;
    }
    /* A '/' goes before all, so that what is below a node follows it. */
    if (i == n) {
        return one.n < other.n ? -1 : one.n > other.n;
    }
    return one.p[i] == '/' || (other.p[i] != '/' &&
                               (uint8_t)one.p[i] < (uint8_t)other.p[i])
               ? -1
               : 1;
}

static bool
is_below(yz_span path, yz_span above)
{
    return path.n >= above.n && memcmp(path.p, above.p, above.n) == 0 &&
           (path.n == above.n || path.p[above.n] == '/');
}

static void
print_tree(yz_org_tree *tree, uint32_t under)
{
    yz_span above = {NULL, 0};

    for (size_t i = 0; i < tree->count; i++) {
        if (under != 0 && tree->nodes[i].number == under) {
            above = tree->nodes[i].path;
        }
    }
    if (tree->count > 0 && (under == 0 || above.p != NULL)) {
        qsort(tree->nodes, tree->count, sizeof(*tree->nodes), by_path);
    }
    for (size_t i = 0; i < tree->count; i++) {
        const yz_org_node *node = &tree->nodes[i];
        size_t depth = 0;

        for (size_t k = 0; k < node->path.n; k++) {
            depth += node->path.p[k] == '/';
        }
        if (under == 0 || (above.p != NULL && is_below(node->path, above))) {
            printf("%*s%u %s %06u %.*s\n", (int)(depth * INDENT), "",
                   node->number, node->kind, node->region, (int)node->name.n,
                   node->name.p);
        }
    }
}

static int
list(yz_errand *e)
{
    const char *text = yz_argument(e->arguments, "under");
    yz_org_tree tree = YZ_ORG_TREE_INIT;
    uint32_t under = 0;
    int code = YZ_EXIT_DONE;

    if (word(e, 1) != NULL ||
        (text != NULL &&
         yz_number_parse_u32(yz_span_of(text), UINT32_MAX, &under) != YZ_OK)) {
        return usage("org list takes --under, a node's number");
    }
    if (yz_org_tree_fetch(e, &tree) == YZ_OK) {
        print_tree(&tree, under);
    } else {
        code = failed(e);
    }
    yz_org_tree_free(&tree);
    return code;
}

/* Members of a node from the options; false: one of them is wrong. */
static bool
write_members(const yz_errand *e, yz_out *body)
{
    const char *kind = yz_argument(e->arguments, "kind");
    const char *region = yz_argument(e->arguments, "region");
    const char *parent = yz_argument(e->arguments, "parent");

    if (kind != NULL) {
        yz_body_text_member(body, "kind", yz_span_of(kind));
    }
    if (region != NULL && strcmp(region, "none") == 0) {
        yz_body_member(body, "region", "null");
    } else if (region != NULL) {
        yz_body_text_member(body, "region", yz_span_of(region));
    }
    if (parent == NULL) {
        return true;
    }
    if (strcmp(parent, "none") != 0 && !is_number(parent)) {
        return false;
    }
    yz_body_member(body, "parent",
                   strcmp(parent, "none") == 0 ? "null" : parent);
    return true;
}

static int
send_node(yz_errand *e, const char *method, const char *path, const char *name)
{
    yz_out body;

    if (yz_body_begin(&e->arena, BODY_ROOM, &body) != YZ_OK) {
        return usage("no memory");
    }
    if (name != NULL) {
        yz_body_text_member(&body, "name", yz_span_of(name));
    }
    if (!write_members(e, &body)) {
        return usage("--parent wants a node's number, or none");
    }
    if (yz_errand_send(e, method, path, &body) != YZ_OK) {
        return failed(e);
    }
    if (!e->arguments->quiet) {
        print_node(e->answer.json);
    }
    return YZ_EXIT_DONE;
}

static int
add(yz_errand *e)
{
    if (word(e, 1) == NULL || word(e, 2) != NULL ||
        yz_argument(e->arguments, "kind") == NULL) {
        return usage("org add wants a NAME and --kind");
    }
    return send_node(e, "POST", "/v1/admin/nodes", word(e, 1));
}

static int
change(yz_errand *e)
{
    char path[PATH_ROOM];

    if (word(e, 2) != NULL || !name_node(e, path, "")) {
        return usage("org change wants a node's number");
    }
    return send_node(e, "PATCH", path, yz_argument(e->arguments, "name"));
}

static int
remove_node(yz_errand *e)
{
    char path[PATH_ROOM];

    if (word(e, 2) != NULL || !name_node(e, path, "")) {
        return usage("org remove wants a node's number");
    }
    return yz_errand_ask(e, "DELETE", path, (yz_span){"", 0}) == YZ_OK
               ? YZ_EXIT_DONE
               : failed(e);
}

static int
holders(yz_errand *e)
{
    char path[PATH_ROOM];
    const yz_reply *all;

    if (word(e, 2) != NULL || !name_node(e, path, "/roles")) {
        return usage("org holders wants a node's number");
    }
    if (yz_errand_ask(e, "GET", path, (yz_span){"", 0}) != YZ_OK) {
        return failed(e);
    }
    all = yz_reply_member(e->answer.json, "holders");
    for (size_t i = 0; i < yz_reply_count(all); i++) {
        const yz_reply *one = yz_reply_at(all, i);

        printf("%s %s since %s\n", yz_reply_text(one, "actor"),
               yz_reply_text(one, "role"), yz_reply_text(one, "since"));
    }
    return YZ_EXIT_DONE;
}

/* The id of who is meant, in the arena; NULL after printing why not. */
static const char *
read_actor(yz_errand *e)
{
    const char *actor = yz_argument(e->arguments, "actor");
    yz_span issuer, subject;
    yz_out body;
    yz_status status;

    if (actor != NULL) {
        return actor;
    }
    status = yz_errand_person(e, &issuer, &subject);
    if (status == YZ_OK) {
        status = yz_body_begin(&e->arena,
                               BODY_ROOM + 6 * (issuer.n + subject.n), &body);
    }
    if (status == YZ_OK) {
        yz_body_text_member(&body, "issuer", issuer);
        yz_body_text_member(&body, "subject", subject);
        status = yz_errand_send(e, "POST", "/v1/admin/actors", &body);
    }
    if (status != YZ_OK) {
        failed(e);
        return NULL;
    }
    return yz_arena_text(&e->arena,
                         yz_span_of(yz_reply_text(e->answer.json, "id")));
}

static int
grant(yz_errand *e)
{
    const char *role = word(e, 2), *actor;
    char path[PATH_ROOM];
    yz_out body;

    if (role == NULL || !name_node(e, path, "/roles")) {
        return usage("org grant wants a node's number and a role");
    }
    actor = read_actor(e);
    if (actor == NULL || yz_body_begin(&e->arena, BODY_ROOM, &body) != YZ_OK) {
        return YZ_EXIT_REFUSED;
    }
    yz_body_text_member(&body, "role", yz_span_of(role));
    yz_body_text_member(&body, "actor", yz_span_of(actor));
    if (yz_errand_send(e, "PUT", path, &body) != YZ_OK) {
        return failed(e);
    }
    if (!e->arguments->quiet) {
        printf("%s is %s at %s\n", actor, role, word(e, 1));
    }
    return YZ_EXIT_DONE;
}

static int
revoke(yz_errand *e)
{
    const char *role = word(e, 2), *actor;
    char path[PATH_ROOM];
    yz_out out;

    if (role == NULL || !name_node(e, path, "/roles/")) {
        return usage("org revoke wants a node's number and a role");
    }
    actor = read_actor(e);
    if (actor == NULL) {
        return YZ_EXIT_REFUSED;
    }
    yz_out_init(&out, path + strlen(path), sizeof(path) - strlen(path) - 1);
    yz_out_percent(&out, yz_span_of(role));
    yz_out_char(&out, '/');
    yz_out_percent(&out, yz_span_of(actor));
    out.p[out.n] = '\0';
    if (out.full) {
        return usage("the role or the id is too long");
    }
    return yz_errand_ask(e, "DELETE", path, (yz_span){"", 0}) == YZ_OK
               ? YZ_EXIT_DONE
               : failed(e);
}

static int
import(yz_errand *e)
{
    if (word(e, 1) == NULL || word(e, 2) != NULL) {
        return usage("org import wants a FILE");
    }
    return yz_org_import(e, word(e, 1));
}

int
yz_command_org(const yz_arguments *arguments)
{
    static const struct {
        const char *name;
        int (*run)(yz_errand *e);
    } deeds[] = {
        {"list", list},       {"add", add},       {"change", change},
        {"grant", grant},     {"revoke", revoke}, {"remove", remove_node},
        {"holders", holders}, {"import", import},
    };
    yz_errand e = {.arguments = arguments, .arena = YZ_ARENA_INIT};
    const char *deed = word(&e, 0);
    int code = -1;

    for (size_t i = 0; deed != NULL && i < sizeof(deeds) / sizeof(deeds[0]);
         i++) {
        if (strcmp(deed, deeds[i].name) == 0) {
            code = deeds[i].run(&e);
        }
    }
    yz_errand_end(&e);
    return code >= 0 ? code
                     : usage("org what? list, add, change, remove, holders, "
                             "grant, revoke or import");
}
