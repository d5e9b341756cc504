/*
 * Draws, keeps and derives keys.  Runs in the writer only; called by the
 * store and the projection.
 */
#include "lmdb_schema/keys_write.h"
#include "core/out.h"
#include "lmdb_schema/files_write.h"
#include "lmdb_schema/masters_write.h"
#include "lmdb_schema/private_layout.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>

#define LINE_MAX_BYTES 96
#define READ_KEYS_MAX ((YZ_REGIONS4 + 1) * LINE_MAX_BYTES)

/* Takes the code key and the scan master out of the masters. */
static yz_status
open_masters(yz_keys *keys)
{
    yz_masters masters;
    yz_status status = yz_masters_open(keys->dir, &masters);

    if (status == YZ_OK) {
        memcpy(keys->code, masters.code, YZ_KEY_SIZE);
        memcpy(keys->scan, masters.scan, YZ_KEY_SIZE);
    }
    yz_masters_wipe(&masters);
    return status;
}

yz_status
yz_scan_key_derive(const uint8_t master[static YZ_KEY_SIZE], uint32_t region,
                   uint8_t key[static YZ_KEY_SIZE])
{
    static const char label[] = "yizhan scan key v1";
    uint8_t message[sizeof(label) + 4];
    char digits[5];
    unsigned n = 0;

    snprintf(digits, sizeof(digits), "%04u", region / 100 % YZ_REGIONS4);
    memcpy(message, label, sizeof(label) - 1);
    message[sizeof(label) - 1] = YZ_MASTER_ID;
    memcpy(message + sizeof(label), digits, 4);
    return HMAC(EVP_sha256(), master, YZ_KEY_SIZE, message, sizeof(message),
                key, &n) != NULL
               ? YZ_OK
               : YZ_NOMEM;
}

/* Appends the line of one region. */
static bool
put_scan_key(const yz_keys *keys, unsigned region, yz_out *out)
{
    uint8_t key[YZ_KEY_SIZE];
    char digits[5];

    if (yz_scan_key_derive(keys->scan, region * 100, key) != YZ_OK) {
        return false;
    }
    snprintf(digits, sizeof(digits), "%04u", region % YZ_REGIONS4);
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
