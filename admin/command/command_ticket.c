/*
 * `yizhan ticket list|show|dispatch|answer|close`, all through the daemon.
 */
#include "admin/command/command_ticket.h"

#include <stdio.h>

#include "admin/command/body.h"
#include "admin/command/client.h"
#include "core/number.h"

#define PATH_SIZE 2048
#define LIST_MAX 1000000
#define PAGE_MAX 100

const yz_choice_option yz_ticket_options[] = {
    {"state", "open, dispatched, answered, closed, reopened"},
    {"category", "a category"},
    {"region", "2, 4 or 6 digits"},
    {"node", "a node's number"},
    {"due-before", "a day or a time"},
    {"limit", "1 to 1000000"},
    {"co-handlers", "numbers of nodes, joined by commas"},
    {"due", "a day or a time"},
    {"file", "a file"},
    {"note", NULL},
    {NULL, NULL},
};

const char yz_ticket_help[] =
    "usage: yizhan [--dir DIR] ticket list [--state S,...] [--category C]\n"
    "              [--region R] [--node N] [--due-before DAY] [--limit N]\n"
    "       yizhan [--dir DIR] ticket show NUMBER\n"
    "       yizhan [--dir DIR] ticket dispatch NUMBER --node N\n"
    "              [--co-handlers N,...] [--due DAY]\n"
    "       yizhan [--dir DIR] ticket answer NUMBER [--note] [--file FILE]\n"
    "       yizhan [--dir DIR] ticket close NUMBER [--file FILE]\n"
    "\n"
    "The desk of tickets.  list prints them by deadline, at most N (20), all\n"
    "but closed ones by default; node 0 is the city's desk, where tickets\n"
    "wait that no line of the routing table takes.  answer and close read\n"
    "their text from FILE or standard input, so that it is in no list of\n"
    "processes.\n"
    "\n"
    "  --note   a note for the desk alone, which answers nothing\n";

/* What a deed or a list needs on its way. */
typedef struct {
    const yz_arguments *arguments;
    yz_arena arena;
    yz_client_answer answer;
    yz_refusal refusal;
    char path[PATH_SIZE];
} errand;

static int
usage(const char *what)
{
    fprintf(stderr, "yizhan: %s (see yizhan help ticket)\n", what);
    return YZ_EXIT_USAGE;
}

/* /v1/admin/tickets/NUMBER, and `deed` behind it; false: no number. */
static bool
name_ticket(errand *e, const char *deed)
{
    const char *number = e->arguments->positional[1];
    size_t n = e->arguments->positional_count > 1 ? strlen(number) : 0;

    if (n == 0 || n > 20 || strspn(number, "0123456789") != n) {
        return false;
    }
    snprintf(e->path, sizeof(e->path), "/v1/admin/tickets/%s%s", number, deed);
    return true;
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

static const char *
or_dash(const char *text)
{
    return text[0] != '\0' ? text : "-";
}

/* "5 市南区总工会"; "-" for the city's desk. */
static void
print_node(const yz_reply *node)
{
    const int64_t number = yz_reply_integer(node, "number", 0);

    if (number == 0) {
        fputs("-", stdout);
    } else {
        printf("%lld %s", (long long)number, yz_reply_text(node, "name"));
    }
}

static void
print_row(const yz_reply *t)
{
    printf("%s  %s  %s  %s  due %s%s  place %s  region %s  ",
           yz_reply_text(t, "number"), yz_reply_text(t, "state"),
           yz_reply_text(t, "kind"), yz_reply_text(t, "category"),
           or_dash(yz_reply_text(t, "due")),
           yz_reply_boolean(t, "overdue") ? " (overdue)" : "",
           or_dash(yz_reply_text(t, "place")),
           or_dash(yz_reply_text(t, "region")));
    fputs("node ", stdout);
    print_node(yz_reply_member(t, "node"));
    putchar('\n');
}

/* The query of a list's first page; false: too long. */
static bool
name_list(errand *e, uint32_t limit)
{
    static const char *const names[][2] = {{"state", "state"},
                                           {"category", "category"},
                                           {"region", "region"},
                                           {"node", "node"},
                                           {"due-before", "due_before"}};
    yz_out out;

    yz_out_init(&out, e->path, sizeof(e->path) - 1);
    YZ_OUT_LIT(&out, "/v1/admin/tickets?limit=");
    yz_out_u64(&out, limit < PAGE_MAX ? limit : PAGE_MAX);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *value = yz_argument(e->arguments, names[i][0]);

        if (value != NULL) {
            yz_out_char(&out, '&');
            yz_out_text(&out, names[i][1]);
            yz_out_char(&out, '=');
            yz_out_percent(&out, yz_span_of(value));
        }
    }
    e->path[out.n] = '\0';
    return !out.full;
}

/* The path of the next page into e->path; false at the end. */
static bool
follow(errand *e)
{
    const yz_reply *links = yz_reply_member(e->answer.json, "links");
    const char *href = yz_reply_text(yz_reply_at(links, 0), "href");
    bool more = href[0] != '\0' && strlen(href) < sizeof(e->path);

    if (more) {
        memcpy(e->path, href, strlen(href) + 1);
    }
    return more;
}

static int
list(errand *e)
{
    const char *text = yz_argument(e->arguments, "limit");
    uint32_t left = 20;

    if (e->arguments->positional_count > 1) {
        return usage("ticket list takes no number");
    }
    if (text != NULL &&
        (yz_number_parse_u32(yz_span_of(text), LIST_MAX, &left) != YZ_OK ||
         left == 0)) {
        return usage("--limit wants 1 to 1000000");
    }
    if (!name_list(e, left)) {
        return usage("the options are too long");
    }
    for (bool more = true; more && left > 0;) {
        const yz_reply *tickets;

        if (ask(e, "GET", (yz_span){NULL, 0}) != YZ_OK) {
            return yz_client_failed(&e->refusal);
        }
        tickets = yz_reply_member(e->answer.json, "tickets");
        for (size_t i = 0; i < yz_reply_count(tickets) && left > 0; i++) {
            print_row(yz_reply_at(tickets, i));
            left--;
        }
        more = follow(e);
        yz_client_answer_free(&e->answer);
        e->answer = (yz_client_answer){0};
    }
    return YZ_EXIT_DONE;
}

/* What happened, a line each, texts indented below. */
static void
print_event(const yz_reply *event)
{
    const char *text = yz_reply_text(event, "text");
    const yz_reply *by = yz_reply_member(event, "by");
    const yz_reply *to = yz_reply_member(event, "node");

    printf("  %s  %s  by %s", yz_reply_text(event, "at"),
           yz_reply_text(event, "event"), yz_reply_text(event, "role"));
    if (yz_reply_integer(by, "number", 0) != 0) {
        fputs(" at ", stdout);
        print_node(by);
    }
    if (yz_reply_integer(to, "number", 0) != 0) {
        fputs("  to ", stdout);
        print_node(to);
        printf("  due %s", or_dash(yz_reply_text(event, "due")));
    }
    putchar('\n');
    if (text[0] != '\0') {
        printf("    %s\n", text);
    }
}

static int
show(errand *e)
{
    const yz_reply *t, *co_handlers, *history;

    if (!name_ticket(e, "")) {
        return usage("ticket show wants a number");
    }
    if (ask(e, "GET", (yz_span){NULL, 0}) != YZ_OK) {
        return yz_client_failed(&e->refusal);
    }
    t = e->answer.json;
    print_row(t);
    co_handlers = yz_reply_member(t, "co_handlers");
    for (size_t i = 0; i < yz_reply_count(co_handlers); i++) {
        fputs("co-handler ", stdout);
        print_node(yz_reply_at(co_handlers, i));
        putchar('\n');
    }
    printf("created %s%s%s\n", yz_reply_text(t, "created"),
           yz_reply_boolean(t, "by_phone") ? ", by phone" : "",
           yz_reply_boolean(t, "late") ? ", late" : "");
    printf("text: %s\n", or_dash(yz_reply_text(t, "text")));
    printf("contact: %s\n", or_dash(yz_reply_text(t, "contact")));
    history = yz_reply_member(t, "history");
    for (size_t i = 0; i < yz_reply_count(history); i++) {
        print_event(yz_reply_at(history, i));
    }
    return YZ_EXIT_DONE;
}

/* Sends a deed, and tells how the ticket stands then. */
static int
send_deed(errand *e, yz_out *out)
{
    const yz_span body = yz_body_end(out);

    if (body.n == 0) {
        return usage("the options are too long");
    }
    if (ask(e, "POST", body) != YZ_OK) {
        return yz_client_failed(&e->refusal);
    }
    if (!e->arguments->quiet) {
        print_row(e->answer.json);
    }
    return YZ_EXIT_DONE;
}

static bool
is_numbers(const char *text)
{
    return text[0] != '\0' && strspn(text, "0123456789,") == strlen(text);
}

static int
dispatch(errand *e)
{
    const char *node = yz_argument(e->arguments, "node");
    const char *co_handlers = yz_argument(e->arguments, "co-handlers");
    const char *due = yz_argument(e->arguments, "due");
    char numbers[512];
    yz_out out;

    if (!name_ticket(e, "/dispatch")) {
        return usage("ticket dispatch wants a number");
    }
    if (node == NULL || strspn(node, "0123456789") != strlen(node) ||
        node[0] == '\0') {
        return usage("ticket dispatch wants --node, a number");
    }
    if (co_handlers != NULL && !is_numbers(co_handlers)) {
        return usage("--co-handlers wants numbers of nodes");
    }
    if (yz_body_begin(&e->arena, 1024, &out) != YZ_OK) {
        return usage("no memory");
    }
    yz_body_member(&out, "node", node);
    if (co_handlers != NULL) {
        snprintf(numbers, sizeof(numbers), "[%s]", co_handlers);
        yz_body_member(&out, "co_handlers", numbers);
    }
    if (due != NULL) {
        yz_body_text_member(&out, "due", yz_span_of(due));
    }
    return send_deed(e, &out);
}

/* answer and close: a deed that has a text. */
static int
write_text(errand *e, const char *deed, const char *member)
{
    const bool note = yz_argument(e->arguments, "note") != NULL;
    yz_span text;
    yz_out out;

    if (!name_ticket(e, deed)) {
        return usage("which ticket?");
    }
    if (yz_body_text(yz_argument(e->arguments, "file"), &e->arena, &text,
                     &e->refusal) != YZ_OK) {
        return yz_client_failed(&e->refusal);
    }
    if (yz_body_begin(&e->arena, 256 + 6 * text.n, &out) != YZ_OK) {
        return usage("no memory");
    }
    yz_body_text_member(&out, member, text);
    if (note) {
        yz_body_member(&out, "public", "false");
    }
    return send_deed(e, &out);
}

static int
answer(errand *e)
{
    return write_text(e, "/answer", "text");
}

static int
close_ticket(errand *e)
{
    if (yz_argument(e->arguments, "note") != NULL) {
        return usage("--note is no option of ticket close");
    }
    return write_text(e, "/close", "reason");
}

int
yz_command_ticket(const yz_arguments *arguments)
{
    static const struct {
        const char *name;
        int (*run)(errand *e);
    } deeds[] = {{"list", list},
                 {"show", show},
                 {"dispatch", dispatch},
                 {"answer", answer},
                 {"close", close_ticket}};
    errand e = {.arguments = arguments, .arena = YZ_ARENA_INIT};
    int code = YZ_EXIT_USAGE;
    bool known = false;

    for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++) {
        if (arguments->positional_count > 0 &&
            strcmp(arguments->positional[0], deeds[i].name) == 0) {
            known = true;
            code = deeds[i].run(&e);
        }
    }
    if (!known) {
        code = usage("ticket what? list, show, dispatch, answer or close");
    }
    yz_client_answer_free(&e.answer);
    yz_arena_free(&e.arena);
    return code;
}
