/*
 * Draws, keeps and derives keys.  Runs in the writer only; called by the
 * store and the projection.
 */
#include "lmdb_schema/keys_write.h"
#include "core/out.h"
#include "lmdb_schema/files_write.h"
#include "lmdb_schema/private_layout.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#define KEY_ID 1
#define MASTERS_SIZE 512 /* more than the master file ever has */
#define LINE_MAX_BYTES 96
#define READ_KEYS_MAX ((YZ_REGIONS4 + 1) * LINE_MAX_BYTES)

static yz_status
draw(uint8_t key[static YZ_KEY_SIZE])
{
    size_t got = 0;

    while (got < YZ_KEY_SIZE) {
        ssize_t n = getrandom(key + got, YZ_KEY_SIZE - got, 0);

        if (n < 0 && errno != EINTR) {
            return YZ_IO;
        }
        got += n > 0 ? (size_t)n : 0;
    }
    return YZ_OK;
}

/* Takes `head` and a key in hexadecimal and a line feed off *rest. */
static bool
take_key(yz_span *rest, yz_span head, uint8_t key[static YZ_KEY_SIZE])
{
    size_t i, need = head.n + 2 * YZ_KEY_SIZE + 1;

    if (rest->n < need || memcmp(rest->p, head.p, head.n) != 0 ||
        rest->p[need - 1] != '\n') {
        return false;
    }
    for (i = 0; i < 2 * YZ_KEY_SIZE; i++) {
        const char *digits = "0123456789abcdef";
        const char *at = memchr(digits, rest->p[head.n + i], 16);

        if (at == NULL) {
            return false;
        }
        key[i / 2] = (uint8_t)(key[i / 2] << 4 | (at - digits));
    }
    rest->p += need;
    rest->n -= need;
    return true;
}

/* Reads the masters, or draws them when there is no file. */
static yz_status
open_masters(yz_keys *keys)
{
    char path[YZ_PATH_MAX], text[MASTERS_SIZE];
    yz_span rest;
    bool made = false;
    yz_out out;
    size_t n = 0;
    yz_status status = yz_path_join(path, keys->dir, YZ_FILE_MASTER_KEYS);

    if (status == YZ_OK) {
        status = yz_file_read(path, text, sizeof(text), &n);
    }
    if (status == YZ_OK) {
        rest = (yz_span){text, n};
        if (!take_key(&rest, YZ_SPAN("code 1 hs256 "), keys->code) ||
            !take_key(&rest, YZ_SPAN("scan 1 hs256 "), keys->scan) ||
            rest.n != 0) {
            status = YZ_FORMAT;
        }
    } else if (status == YZ_NOT_FOUND) {
        made = true;
        status = draw(keys->code);
        status = status == YZ_OK ? draw(keys->scan) : status;
        yz_out_init(&out, text, sizeof(text));
        YZ_OUT_LIT(&out, "code 1 hs256 ");
        yz_out_hex(&out, keys->code, YZ_KEY_SIZE);
        YZ_OUT_LIT(&out, "\nscan 1 hs256 ");
        yz_out_hex(&out, keys->scan, YZ_KEY_SIZE);
        YZ_OUT_LIT(&out, "\n");
        if (status == YZ_OK) {
            status = yz_file_replace(path, yz_out_written(&out), 0600);
        }
    }
    OPENSSL_cleanse(text, sizeof(text));
    return status == YZ_FULL && !made ? YZ_FORMAT : status;
}

/* Appends the line of one region. */
static bool
put_scan_key(const yz_keys *keys, unsigned region, yz_out *out)
{
    static const char label[] = "yizhan scan key v1";
    uint8_t message[sizeof(label) + 4], key[YZ_KEY_SIZE];
    char digits[5];
    unsigned n = 0;

    snprintf(digits, sizeof(digits), "%04u", region % YZ_REGIONS4);
    memcpy(message, label, sizeof(label) - 1);
    message[sizeof(label) - 1] = KEY_ID;
    memcpy(message + sizeof(label), digits, 4);
    if (HMAC(EVP_sha256(), keys->scan, YZ_KEY_SIZE, message, sizeof(message),
             key, &n) == NULL) {
        return false;
    }
    YZ_OUT_LIT(out, "scan 1 hs256 ");
    yz_out_text(out, digits);
    yz_out_char(out, ' ');
    yz_out_hex(out, key, sizeof(key));
    yz_out_char(out, '\n');
    OPENSSL_cleanse(key, sizeof(key));
    return true;
}

/* Makes the text of read.keys. */
static yz_status
compose(const yz_keys *keys, yz_out *out)
{
    unsigned i;

    YZ_OUT_LIT(out, "code 1 hs256 ");
    yz_out_hex(out, keys->code, YZ_KEY_SIZE);
    yz_out_char(out, '\n');
    for (i = 0; i < YZ_REGIONS4; i++) {
        if (keys->has[i] && !put_scan_key(keys, i, out)) {
            return YZ_NOMEM;
        }
    }
    return out->full ? YZ_FULL : YZ_OK;
}

/* Learns from the lines of read.keys which regions have a key. */
static void
learn_regions(yz_keys *keys, yz_span text)
{
    static const yz_span head = YZ_SPAN("scan 1 hs256 ");

    while (text.n > 0) {
        const char *end = memchr(text.p, '\n', text.n);
        size_t n = end != NULL ? (size_t)(end - text.p) + 1 : text.n;
        unsigned region = 0, i;

        if (n > head.n + 4 && memcmp(text.p, head.p, head.n) == 0) {
            for (i = 0; i < 4; i++) {
                region = region * 10 + (unsigned)(text.p[head.n + i] - '0');
            }
            if (region < YZ_REGIONS4) {
                keys->has[region] = 1;
            }
        }
        text.p += n;
        text.n -= n;
    }
}

/* Writes read.keys unless `old` is already what it must be. */
static yz_status
write_read_keys(yz_keys *keys, yz_span old)
{
    char path[YZ_PATH_MAX];
    char *text = malloc(READ_KEYS_MAX);
    yz_out out;
    yz_status status;

    if (text == NULL) {
        return YZ_NOMEM;
    }
    yz_out_init(&out, text, READ_KEYS_MAX);
    status = compose(keys, &out);
    if (status == YZ_OK && !yz_span_equal(yz_out_written(&out), old)) {
        status = yz_path_join(path, keys->dir, YZ_FILE_READ_KEYS);
        if (status == YZ_OK) {
            status = yz_file_replace(path, yz_out_written(&out), 0640);
        }
    }
    if (status == YZ_OK) {
        keys->changed = false;
    }
    OPENSSL_cleanse(text, out.n);
    free(text);
    return status;
}

yz_status
yz_keys_open(const char *dir, yz_keys *keys)
{
    char path[YZ_PATH_MAX];
    char *text = malloc(READ_KEYS_MAX);
    yz_status status;
    size_t n = 0;

    memset(keys, 0, sizeof(*keys));
    keys->dir = dir;
    if (text == NULL) {
        return YZ_NOMEM;
    }
    status = open_masters(keys);
    if (status == YZ_OK) {
        status = yz_path_join(path, dir, YZ_FILE_READ_KEYS);
    }
    if (status == YZ_OK) {
        status = yz_file_read(path, text, READ_KEYS_MAX, &n);
        keys->lost = status != YZ_OK || n == 0;
        n = keys->lost ? 0 : n;
        learn_regions(keys, (yz_span){text, n});
        keys->has[0] = 1;
        status = write_read_keys(keys, (yz_span){text, n});
    }
    OPENSSL_cleanse(text, n);
    free(text);
    return status;
}

void
yz_keys_cover(yz_keys *keys, uint32_t region)
{
    uint32_t first_four = region / 100 % YZ_REGIONS4;

    keys->changed |= !keys->has[first_four];
    keys->has[first_four] = 1;
}

yz_status
yz_keys_flush(yz_keys *keys)
{
    return keys->changed ? write_read_keys(keys, (yz_span){"", 0}) : YZ_OK;
}

void
yz_keys_close(yz_keys *keys)
{
    OPENSSL_cleanse(keys, sizeof(*keys));
}
