/*
 * `yizhan post list|show|release|hide|delete` and `yizhan items`, through the
 * daemon.
 */
#include "admin/command/command_post.h"

#include <stdio.h>

#include "admin/command/body.h"
#include "admin/command/client.h"
#include "core/number.h"

#define PATH_SIZE 1024
#define LIST_MAX 1000000
#define PAGE_MAX 50

const yz_choice_option yz_post_options[] = {
    {"state", "moderated, open, resolved, expired or hidden"},
    {"region", "2, 4 or 6 digits"},
    {"limit", "1 to 1000000"},
    {NULL, NULL},
};

const yz_choice_option yz_items_options[] = {{"show", NULL}, {NULL, NULL}};

const char yz_post_help[] =
    "usage: yizhan [--dir DIR] post list [--state S] [--region R] [--limit N]\n"
    "       yizhan [--dir DIR] post show|release|hide|delete NUMBER\n"
    "\n"
    "The board of needs, offers, jobs and notices.  list prints posts, newest\n"
    "first, at most N (20); those that wait for a moderator are in the state\n"
    "moderated.  release puts one on the board, hide takes it off, delete\n"
    "takes everything out of it.\n";

const char yz_items_help[] =
    "usage: yizhan [--dir DIR] items [FILE | --show]\n"
    "\n"
    "Loads the list of items that posts may name: CSV word,name,group.  It is\n"
    "refused as a whole, with line and reason, when anything in it is wrong.\n"
    "Without FILE it is the items_file of the settings; - is standard input.\n"
    "An example is data/medicines.csv.\n"
    "\n"
    "  --show   print the list that holds\n";

/* What a deed or a list needs on its way. */
typedef struct {
    const yz_arguments *arguments;
    yz_client_answer answer;
    yz_refusal refusal;
    char path[PATH_SIZE];
} errand;

static int
usage(const char *what)
{
    fprintf(stderr, "yizhan: %s (see yizhan help post)\n", what);
    return YZ_EXIT_USAGE;
}

static yz_status
ask(errand *e, const char *method)
{
    return yz_client_ask(&(yz_client_request){.dir = e->arguments->dir,
                                              .method = method,
                                              .path = e->path},
                         &e->answer, &e->refusal);
}

static const char *
or_dash(const char *text)
{
    return text[0] != '\0' ? text : "-";
}

static int64_t
count_reports(const yz_reply *post)
{
    static const char *const reasons[] = {"fraud",     "unsafe",   "wrong",
                                          "offensive", "personal", "other"};
    const yz_reply *reports = yz_reply_member(post, "reports");
    int64_t count = 0;

    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        count += yz_reply_integer(reports, reasons[i], 0);
    }
    return count;
}

static void
print_post(const yz_reply *p)
{
    printf("%s  %s  %s  %s  region %s  until %s  reports %lld  %s\n",
           yz_reply_text(p, "id"), yz_reply_text(p, "state"),
           yz_reply_text(p, "topic"), or_dash(yz_reply_text(p, "item_name")),
           or_dash(yz_reply_text(p, "region")), yz_reply_text(p, "expires_at"),
           (long long)count_reports(p), or_dash(yz_reply_text(p, "text")));
}

/* The query of a list's first page; false: too long. */
static bool
name_list(errand *e, uint32_t limit)
{
    static const char *const names[] = {"state", "region"};
    yz_out out;

    yz_out_init(&out, e->path, sizeof(e->path) - 1);
    YZ_OUT_LIT(&out, "/v1/admin/posts?limit=");
    yz_out_u64(&out, limit < PAGE_MAX ? limit : PAGE_MAX);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *value = yz_argument(e->arguments, names[i]);

        if (value != NULL) {
            yz_out_char(&out, '&');
            yz_out_text(&out, names[i]);
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
        return usage("post list takes no number");
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
        if (ask(e, "GET") != YZ_OK) {
            return yz_client_failed(&e->refusal);
        }
        const yz_reply *posts = yz_reply_member(e->answer.json, "posts");
        for (size_t i = 0; i < yz_reply_count(posts) && left > 0; i++) {
            print_post(yz_reply_at(posts, i));
            left--;
        }
        more = follow(e);
        yz_client_answer_free(&e->answer);
        e->answer = (yz_client_answer){0};
    }
    return YZ_EXIT_DONE;
}

/* One post, after a deed or without. */
static int
do_one(errand *e, const char *deed)
{
    const char *number = e->arguments->positional[1];
    size_t n = e->arguments->positional_count > 1 ? strlen(number) : 0;

    if (n == 0 || n > 10 || strspn(number, "0123456789") != n) {
        return usage("which post?");
    }
    snprintf(e->path, sizeof(e->path), "/v1/admin/posts/%s%s%s", number,
             deed[0] != '\0' ? "/" : "", deed);
    if (ask(e, deed[0] != '\0' ? "POST" : "GET") != YZ_OK) {
        return yz_client_failed(&e->refusal);
    }
    if (!e->arguments->quiet || deed[0] == '\0') {
        print_post(e->answer.json);
    }
    return YZ_EXIT_DONE;
}

int
yz_command_post(const yz_arguments *arguments)
{
    static const char *const deeds[] = {"release", "hide", "delete"};
    errand e = {.arguments = arguments};
    const char *what =
        arguments->positional_count > 0 ? arguments->positional[0] : "";
    int code = -1;

    if (strcmp(what, "list") == 0) {
        code = list(&e);
    } else if (strcmp(what, "show") == 0) {
        code = do_one(&e, "");
    }
    for (size_t i = 0; code < 0 && i < sizeof(deeds) / sizeof(deeds[0]); i++) {
        if (strcmp(what, deeds[i]) == 0) {
            code = do_one(&e, deeds[i]);
        }
    }
    yz_client_answer_free(&e.answer);
    return code < 0 ? usage("post wants list, show, release, hide or delete")
                    : code;
}

/* The file as it is, but for a byte order mark, which is no character of a
   JSON text here. */
static yz_status
make_body(const char *path, yz_arena *arena, yz_span *body, yz_refusal *refusal)
{
    yz_span text = {NULL, 0};
    yz_out out;
    yz_status status = YZ_OK;

    if (path != NULL) {
        status = yz_body_text(path, arena, &text, refusal);
    }
    if (status != YZ_OK) {
        return status;
    }
    if (text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0) {
        text = (yz_span){text.p + 3, text.n - 3};
    }
    status = yz_body_begin(arena, 64 + 6 * text.n, &out);
    if (status != YZ_OK) {
        yz_refuse(refusal, "no memory");
        return status;
    }
    if (path != NULL) {
        yz_body_text_member(&out, "text", text);
    }
    *body = yz_body_end(&out);
    return YZ_OK;
}

int
yz_command_items(const yz_arguments *arguments)
{
    const char *path =
        arguments->positional_count > 0 ? arguments->positional[0] : NULL;
    bool show = yz_argument(arguments, "show") != NULL;
    yz_client_request request = {.dir = arguments->dir,
                                 .method = show ? "GET" : "PUT",
                                 .path = "/v1/admin/items"};
    yz_arena arena = YZ_ARENA_INIT;
    yz_client_answer answer = {0};
    yz_refusal refusal = {""};
    yz_status status = YZ_OK;
    int code = YZ_EXIT_DONE;

    if (show && path != NULL) {
        fprintf(stderr, "yizhan: what is %s for?\n", path);
        return YZ_EXIT_USAGE;
    }
    if (!show) {
        status = make_body(path, &arena, &request.body, &refusal);
    }
    if (status == YZ_OK) {
        status = yz_client_ask(&request, &answer, &refusal);
    }
    if (status != YZ_OK) {
        code = yz_client_failed(&refusal);
    } else if (show) {
        fputs(yz_reply_text(answer.json, "text"), stdout);
    } else if (!arguments->quiet) {
        printf("%lld items\n",
               (long long)yz_reply_integer(answer.json, "items", 0));
    }
    yz_client_answer_free(&answer);
    yz_arena_free(&arena);
    return code;
}
