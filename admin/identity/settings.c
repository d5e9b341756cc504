/*
 * Reads DIR/settings.  Called by the daemon when it starts and when it is
 * told to read them again; a file with a fault changes nothing.
 */
#include "admin/identity/settings.h"
#include "admin/identity/issuer_key.h"
#include "core/number.h"
#include "core/utf8.h"
#include "lmdb_schema/files_write.h"

#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define FILE_MAX_BYTES (64u << 10)
#define SECRET_MAX_BYTES (16u << 10)
#define SESSION_HOURS_MAX 720
#define ARENA_CHUNK 4096 /* settings are few */

/* One reading: where it is, and what it has found. */
typedef struct {
    yz_settings *settings;
    yz_settings_error *error;
    const char *dir;
    unsigned line;
} reading;

/* Takes the value of one setting; false after refuse(). */
typedef bool take_value(reading *r, yz_span value);

static bool __attribute__((format(printf, 2, 3)))
refuse(reading *r, const char *format, ...)
{
    va_list arguments;

    r->error->line = r->line;
    va_start(arguments, format);
    vsnprintf(r->error->text, sizeof(r->error->text), format, arguments);
    va_end(arguments);
    return false;
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Takes the next word off *rest; n 0: there is none. */
static yz_span
next_word(yz_span *rest)
{
    yz_span word;

    while (rest->n > 0 && is_blank(rest->p[0])) {
        rest->p++;
        rest->n--;
    }
    word = (yz_span){rest->p, 0};
    while (rest->n > 0 && !is_blank(rest->p[0])) {
        rest->p++;
        rest->n--;
        word.n++;
    }
    return word;
}

/* True when `value` is exactly `count` words, which it puts into `words`. */
static bool
words_of(reading *r, yz_span value, yz_span *words, size_t count,
         const char *what)
{
    for (size_t i = 0; i < count; i++) {
        words[i] = next_word(&value);
        if (words[i].n == 0) {
            return refuse(r, "expected: %s", what);
        }
    }
    return next_word(&value).n == 0 || refuse(r, "expected: %s", what);
}

/* The path of a file, made absolute; NULL after refuse(). */
static const char *
path_of(reading *r, yz_span name)
{
    yz_arena *arena = &r->settings->arena;
    char path[YZ_PATH_MAX];
    const char *text = yz_arena_text(arena, name);

    if (name.p[0] != '/') {
        if (yz_path_join(path, r->dir, text) != YZ_OK) {
            refuse(r, "the path is too long");
            return NULL;
        }
        text = yz_arena_text(arena, yz_span_of(path));
    }
    return text;
}

/*
 * What a small file holds, without a line end behind it.  The reason names
 * the file, never what is in it.
 */
static bool
read_secret(reading *r, yz_span name, yz_span *secret)
{
    const char *path = path_of(r, name);
    char buffer[SECRET_MAX_BYTES];
    size_t n = 0;
    yz_status status;

    if (path == NULL) {
        return false;
    }
    status = yz_file_read(path, buffer, sizeof(buffer), &n);
    while (n > 0 && (buffer[n - 1] == '\n' || buffer[n - 1] == '\r')) {
        n--;
    }
    secret->p = yz_arena_text(&r->settings->arena, (yz_span){buffer, n});
    secret->n = n;
    OPENSSL_cleanse(buffer, sizeof(buffer));
    if (status != YZ_OK) {
        return refuse(r, "cannot read %s: %s", path, yz_status_text(status));
    }
    return true;
}

static bool
read_hook_secret(reading *r, yz_span name, yz_hook *hook)
{
    return read_secret(r, name, &hook->secret) &&
           (hook->secret.n >= YZ_HOOK_SECRET_MIN ||
            refuse(r, "a secret has at least %d bytes", YZ_HOOK_SECRET_MIN));
}

static bool
read_hook_url(reading *r, yz_span text, yz_hook *hook)
{
    return yz_hook_parse(&r->settings->arena, text, hook) == YZ_OK ||
           refuse(r, "expected http://..., https://... or "
                     "unix:/path/of/socket:/uri");
}

static bool
take_login_url(reading *r, yz_span value)
{
    yz_hook url;
    yz_span word;

    if (!words_of(r, value, &word, 1, "login_url URL")) {
        return false;
    }
    if (memchr(word.p, '#', word.n) != NULL) {
        return refuse(r, "expected an address without '#'");
    }
    if (word.p[0] == '/' && (word.n == 1 || word.p[1] != '/')) {
        r->settings->login_url = yz_arena_copy(&r->settings->arena, word);
        return true;
    }
    if (yz_hook_parse(&r->settings->arena, word, &url) != YZ_OK ||
        url.socket != NULL) {
        return refuse(r, "expected http://..., https://... or a path of this "
                         "site");
    }
    r->settings->login_url = yz_span_of(url.url);
    return true;
}

static bool
take_login_hook(reading *r, yz_span value)
{
    yz_span words[2];
    yz_hook *hook = &r->settings->login_hook;

    return words_of(r, value, words, 2, "login_hook URL SECRET_FILE") &&
           read_hook_url(r, words[0], hook) &&
           read_hook_secret(r, words[1], hook);
}

static bool
take_session_hours(reading *r, yz_span value)
{
    uint32_t hours;

    if (yz_number_parse_u32(next_word(&value), SESSION_HOURS_MAX, &hours) !=
            YZ_OK ||
        hours == 0 || next_word(&value).n > 0) {
        return refuse(r, "expected 1 to %d hours", SESSION_HOURS_MAX);
    }
    r->settings->session_hours = hours;
    return true;
}

static bool
take_cookie_secure(reading *r, yz_span value)
{
    yz_span word = next_word(&value);

    r->settings->cookie_secure = yz_span_equal(word, YZ_SPAN("on"));
    return ((r->settings->cookie_secure ||
             yz_span_equal(word, YZ_SPAN("off"))) &&
            next_word(&value).n == 0) ||
           refuse(r, "expected on or off");
}

static bool
take_jwt_issuer(reading *r, yz_span value)
{
    yz_settings *s = r->settings;
    yz_jwt_issuer *issuer = &s->issuer[s->issuer_count];
    yz_span words[4];
    const char *why;

    if (s->issuer_count == YZ_ISSUERS_MAX) {
        return refuse(r, "more than %d issuers", YZ_ISSUERS_MAX);
    }
    if (!words_of(r, value, words, 4,
                  "jwt_issuer ISSUER ALGORITHM KEY_FILE AUDIENCE") ||
        !read_secret(r, words[2], &issuer->key)) {
        return false;
    }
    why = yz_issuer_key_check(words[1], issuer->key, &issuer->algorithm);
    if (why != NULL) {
        return refuse(r, "%s", why);
    }
    for (size_t i = 0; i < s->issuer_count; i++) {
        if (yz_span_equal(s->issuer[i].issuer, words[0])) {
            return refuse(r, "this issuer is there already");
        }
    }
    issuer->issuer = yz_arena_copy(&s->arena, words[0]);
    issuer->audience = yz_arena_copy(&s->arena, words[3]);
    s->issuer_count++;
    return true;
}

static bool
take_origin(reading *r, yz_span value)
{
    yz_settings *s = r->settings;
    yz_span word;

    if (s->origin_count == YZ_ORIGINS_MAX) {
        return refuse(r, "more than %d origins", YZ_ORIGINS_MAX);
    }
    if (!words_of(r, value, &word, 1, "origin https://HOST")) {
        return false;
    }
    s->origin[s->origin_count++] = yz_arena_copy(&s->arena, word);
    return true;
}

static bool
take_path(reading *r, yz_span value, const char **path)
{
    yz_span word;

    if (!words_of(r, value, &word, 1, "the name of a file")) {
        return false;
    }
    *path = path_of(r, word);
    return *path != NULL;
}

static bool
take_routing_file(reading *r, yz_span value)
{
    return take_path(r, value, &r->settings->routing_file);
}

static bool
take_items_file(reading *r, yz_span value)
{
    return take_path(r, value, &r->settings->items_file);
}

static bool
take_words_file(reading *r, yz_span value)
{
    return take_path(r, value, &r->settings->words_file);
}

static bool
take_relay(reading *r, yz_span value)
{
    yz_settings *s = r->settings;
    yz_span kind = next_word(&value), words[2];

    if (yz_span_equal(kind, YZ_SPAN("none")) && next_word(&value).n == 0) {
        s->relay = YZ_RELAY_NONE;
        return true;
    }
    if (yz_span_equal(kind, YZ_SPAN("pool"))) {
        s->relay = YZ_RELAY_POOL;
        return take_path(r, value, &s->relay_file);
    }
    if (yz_span_equal(kind, YZ_SPAN("hook"))) {
        s->relay = YZ_RELAY_HOOK;
        return words_of(r, value, words, 2, "relay hook URL SECRET_FILE") &&
               read_hook_url(r, words[0], &s->relay_hook) &&
               read_hook_secret(r, words[1], &s->relay_hook);
    }
    return refuse(r, "expected: none, pool FILE, or hook URL SECRET_FILE");
}

static const struct {
    const char *name;
    take_value *take;
    bool repeated; /* may stand more than once */
} names[] = {
    {"login_url", take_login_url, false},
    {"login_hook", take_login_hook, false},
    {"session_hours", take_session_hours, false},
    {"cookie_secure", take_cookie_secure, false},
    {"jwt_issuer", take_jwt_issuer, true},
    {"origin", take_origin, true},
    {"routing_file", take_routing_file, false},
    {"items_file", take_items_file, false},
    {"words_file", take_words_file, false},
    {"relay", take_relay, false},
};

#define NAME_COUNT (sizeof(names) / sizeof(names[0]))

static bool
take_line(reading *r, yz_span line, bool seen[static NAME_COUNT])
{
    yz_span name;

    if (line.n > 0 && line.p[line.n - 1] == '\r') {
        line.n--;
    }
    name = next_word(&line);
    if (name.n == 0 || name.p[0] == '#') {
        return true;
    }
    for (size_t i = 0; i < NAME_COUNT; i++) {
        if (!yz_span_equal(name, yz_span_of(names[i].name))) {
            continue;
        }
        if (seen[i] && !names[i].repeated) {
            return refuse(r, "%s is given twice", names[i].name);
        }
        seen[i] = true;
        return names[i].take(r, line);
    }
    return refuse(r, "there is no such setting");
}

static bool
take_lines(reading *r, yz_span text)
{
    bool seen[NAME_COUNT] = {false};

    while (text.n > 0) {
        const char *end = memchr(text.p, '\n', text.n);
        size_t n = end != NULL ? (size_t)(end - text.p) : text.n;
        size_t step = end != NULL ? n + 1 : n;

        r->line++;
        if (!take_line(r, (yz_span){text.p, n}, seen)) {
            return false;
        }
        text.p += step;
        text.n -= step;
    }
    r->line = 0;
    return r->settings->login_url.n == 0 ||
           r->settings->login_hook.url != NULL ||
           refuse(r, "login_url needs a login_hook");
}

yz_status
yz_settings_parse(yz_span text, const char *dir, yz_settings **settings,
                  yz_settings_error *error)
{
    yz_settings *s = calloc(1, sizeof(*s));
    reading r = {s, error, dir, 0};
    bool good;

    *settings = NULL;
    *error = (yz_settings_error){0, "there is no memory"};
    if (s == NULL) {
        return YZ_NOMEM;
    }
    s->arena = YZ_ARENA_OF(ARENA_CHUNK);
    s->session_hours = YZ_SESSION_HOURS;
    s->cookie_secure = true;
    good = (yz_utf8_valid(text) && memchr(text.p, '\0', text.n) == NULL) ||
           refuse(&r, "the file is not UTF-8 text");
    if (!good || !take_lines(&r, text) || s->arena.failed) {
        yz_status status = s->arena.failed ? YZ_NOMEM : YZ_BAD_INPUT;

        yz_settings_free(s);
        return status;
    }
    *settings = s;
    return YZ_OK;
}

yz_status
yz_settings_load(const char *path, yz_settings **settings,
                 yz_settings_error *error)
{
    char dir[YZ_PATH_MAX], *text = malloc(FILE_MAX_BYTES);
    const char *slash = strrchr(path, '/');
    size_t n = 0;
    yz_status status;

    *settings = NULL;
    *error = (yz_settings_error){0, "there is no memory"};
    if (text == NULL) {
        return YZ_NOMEM;
    }
    snprintf(dir, sizeof(dir), "%.*s",
             slash != NULL ? (int)(slash - path) + 1 : 1,
             slash != NULL ? path : ".");
    status = yz_file_read(path, text, FILE_MAX_BYTES, &n);
    if (status == YZ_OK || status == YZ_NOT_FOUND) {
        status = yz_settings_parse((yz_span){text, n}, dir, settings, error);
    } else {
        snprintf(error->text, sizeof(error->text), "%s",
                 status == YZ_FULL ? "the file is longer than 64 KiB"
                                   : yz_status_text(status));
        status = status == YZ_FULL ? YZ_BAD_INPUT : status;
    }
    free(text);
    return status;
}

void
yz_settings_free(yz_settings *settings)
{
    if (settings == NULL) {
        return;
    }
    for (size_t i = 0; i < settings->issuer_count; i++) {
        OPENSSL_cleanse((char *)settings->issuer[i].key.p,
                        settings->issuer[i].key.n);
    }
    OPENSSL_cleanse((char *)settings->login_hook.secret.p,
                    settings->login_hook.secret.n);
    OPENSSL_cleanse((char *)settings->relay_hook.secret.p,
                    settings->relay_hook.secret.n);
    yz_arena_free(&settings->arena);
    free(settings);
}
