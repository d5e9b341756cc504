/*
 * Signed calls to the city's servers with libcurl.  Runs in threads of the
 * server that may wait; the login and the relay call yz_hook_call().
 */
#include "admin/identity/hook.h"
#include "core/out.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

#define CONNECT_MS 2000L
#define WHOLE_MS 5000L
#define MAC_SIZE 32
#define STAMP_SIZE 24 /* of Unix seconds and a line feed */

static bool
begins(yz_span text, yz_span with)
{
    return text.n > with.n && memcmp(text.p, with.p, with.n) == 0;
}

/* Printable ASCII without blanks: nothing that breaks a request line. */
static bool
is_plain(yz_span text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] <= ' ' || text.p[i] > '~') {
            return false;
        }
    }
    return true;
}

/* unix:/path:/uri, as nginx writes it. */
static yz_status
parse_unix(yz_arena *arena, yz_span text, yz_hook *hook)
{
    const char *colon = memchr(text.p, ':', text.n);
    yz_span uri;
    yz_out out;
    char *url;

    if (text.p[0] != '/' || colon == NULL) {
        return YZ_BAD_INPUT;
    }
    uri = (yz_span){colon + 1, (size_t)(text.p + text.n - colon - 1)};
    if (uri.n == 0 || uri.p[0] != '/') {
        return YZ_BAD_INPUT;
    }
    url = yz_arena_alloc(arena, uri.n + 32);
    if (url == NULL) {
        return YZ_NOMEM;
    }
    yz_out_init(&out, url, uri.n + 32);
    YZ_OUT_LIT(&out, "http://localhost");
    yz_out_span(&out, uri);
    yz_out_char(&out, '\0');
    hook->url = url;
    hook->socket =
        yz_arena_text(arena, (yz_span){text.p, (size_t)(colon - text.p)});
    return arena->failed ? YZ_NOMEM : YZ_OK;
}

yz_status
yz_hook_parse(yz_arena *arena, yz_span text, yz_hook *hook)
{
    const yz_span unix_socket = YZ_SPAN("unix:");

    if (!is_plain(text)) {
        return YZ_BAD_INPUT;
    }
    if (begins(text, unix_socket)) {
        text.p += unix_socket.n;
        text.n -= unix_socket.n;
        return parse_unix(arena, text, hook);
    }
    if (!begins(text, YZ_SPAN("http://")) &&
        !begins(text, YZ_SPAN("https://"))) {
        return YZ_BAD_INPUT;
    }
    hook->url = yz_arena_text(arena, text);
    hook->socket = NULL;
    return arena->failed ? YZ_NOMEM : YZ_OK;
}

/* libcurl's write function: stops at a reply that is too long. */
static size_t
take(char *bytes, size_t one, size_t n, void *context)
{
    yz_out *out = context;

    yz_out_bytes(out, bytes, one * n);
    return out->full ? 0 : one * n;
}

static yz_status
sign(const yz_hook *hook, yz_span body, int64_t now_s, char *header, size_t cap)
{
    uint8_t mac[MAC_SIZE];
    unsigned n = 0;
    char *message = malloc(STAMP_SIZE + body.n);
    int head;
    yz_out out;

    if (message == NULL) {
        return YZ_NOMEM;
    }
    head = snprintf(message, STAMP_SIZE, "%" PRId64 "\n", now_s);
    memcpy(message + head, body.p, body.n);
    if (HMAC(EVP_sha256(), hook->secret.p, (int)hook->secret.n,
             (const uint8_t *)message, (size_t)head + body.n, mac,
             &n) == NULL) {
        n = 0;
    }
    OPENSSL_cleanse(message, (size_t)head + body.n);
    free(message);
    yz_out_init(&out, header, cap);
    YZ_OUT_LIT(&out, "Yizhan-Signature: hs256 ");
    yz_out_i64(&out, now_s);
    yz_out_char(&out, ' ');
    yz_out_hex(&out, mac, sizeof(mac));
    yz_out_char(&out, '\0');
    return n == MAC_SIZE && !out.full ? YZ_OK : YZ_NOMEM;
}

/* Everything that could lead the request elsewhere is switched off. */
static bool
set_up(CURL *curl, const yz_hook *hook, yz_span body,
       struct curl_slist *headers, yz_out *out)
{
    return curl_easy_setopt(curl, CURLOPT_URL, hook->url) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, hook->socket) ==
               CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") ==
               CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS) ==
               CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, WHOLE_MS) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_POST, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)body.n) ==
               CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.p) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEDATA, out) == CURLE_OK;
}

static struct curl_slist *
headers_of(const char *signature)
{
    static const char *const fixed[] = {"Content-Type: application/json",
                                        "Accept: application/json", "Expect:"};
    struct curl_slist *headers = curl_slist_append(NULL, signature);

    for (size_t i = 0; i < 3 && headers != NULL; i++) {
        struct curl_slist *longer = curl_slist_append(headers, fixed[i]);

        if (longer == NULL) {
            curl_slist_free_all(headers);
        }
        headers = longer;
    }
    return headers;
}

yz_status
yz_hook_call(const yz_hook *hook, yz_span body, int64_t now_s, yz_arena *arena,
             yz_span *reply, unsigned *http)
{
    char signature[128];
    struct curl_slist *headers = NULL;
    char *buffer = yz_arena_alloc(arena, YZ_HOOK_REPLY_MAX);
    CURL *curl = NULL;
    long code = 0;
    yz_out out;
    CURLcode done;
    yz_status status = YZ_NOMEM;

    *reply = (yz_span){"", 0};
    *http = 0;
    if (buffer != NULL) {
        status = sign(hook, body, now_s, signature, sizeof(signature));
    }
    if (status != YZ_OK) {
        return status;
    }
    yz_out_init(&out, buffer, YZ_HOOK_REPLY_MAX);
    headers = headers_of(signature);
    curl = curl_easy_init();
    if (headers == NULL || curl == NULL ||
        !set_up(curl, hook, body, headers, &out)) {
        status = YZ_NOMEM;
    } else {
        done = curl_easy_perform(curl);
        (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
        status = done == CURLE_OK              ? YZ_OK
                 : done == CURLE_OUT_OF_MEMORY ? YZ_NOMEM
                                               : YZ_BUSY;
        *reply = yz_out_written(&out);
        *http = (unsigned)code;
    }
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
    return status;
}

yz_status
yz_hook_start(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? YZ_OK : YZ_NOMEM;
}

void
yz_hook_stop(void)
{
    curl_global_cleanup();
}
