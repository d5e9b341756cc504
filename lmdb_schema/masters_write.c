/*
 * Reads, draws and writes the master keys.  Runs in the writer only; called
 * by the store's keys (keys_write.c) and by the vault.
 */
#include "lmdb_schema/masters_write.h"
#include "core/number.h"
#include "core/out.h"
#include "lmdb_schema/files_write.h"
#include "lmdb_schema/private_layout.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <string.h>
#include <sys/random.h>

#define LINE_MAX_BYTES 96
#define FILE_MAX_BYTES ((5 + YZ_SEALS_MAX) * LINE_MAX_BYTES)

yz_status
yz_random_draw(void *out, size_t n)
{
    uint8_t *at = out;
    size_t got = 0;

    while (got < n) {
        ssize_t some = getrandom(at + got, n - got, 0);

        if (some < 0 && errno != EINTR) {
            return YZ_IO;
        }
        got += some > 0 ? (size_t)some : 0;
    }
    return YZ_OK;
}

/* Takes `text` off *rest if that begins with it. */
static bool
take(yz_span *rest, yz_span text)
{
    if (rest->n < text.n || memcmp(rest->p, text.p, text.n) != 0) {
        return false;
    }
    rest->p += text.n;
    rest->n -= text.n;
    return true;
}

/* Takes a key in hexadecimal and a line feed off *rest. */
static bool
take_hex(yz_span *rest, uint8_t key[static YZ_KEY_SIZE])
{
    size_t i;

    if (rest->n < 2 * YZ_KEY_SIZE + 1 || rest->p[2 * YZ_KEY_SIZE] != '\n') {
        return false;
    }
    for (i = 0; i < 2 * YZ_KEY_SIZE; i++) {
        const char *digits = "0123456789abcdef";
        const char *at = memchr(digits, rest->p[i], 16);

        if (at == NULL) {
            return false;
        }
        key[i / 2] = (uint8_t)(key[i / 2] << 4 | (at - digits));
    }
    rest->p += 2 * YZ_KEY_SIZE + 1;
    rest->n -= 2 * YZ_KEY_SIZE + 1;
    return true;
}

static bool
take_key(yz_span *rest, const char *head, uint8_t key[static YZ_KEY_SIZE])
{
    return take(rest, yz_span_of(head)) && take_hex(rest, key);
}

/* Takes the line of one seal master; ids go up by one. */
static bool
take_seal(yz_span *rest, yz_masters *masters)
{
    const char *blank;
    uint32_t id;
    yz_span number;

    if (!take(rest, YZ_SPAN("seal ")) ||
        (blank = memchr(rest->p, ' ', rest->n)) == NULL) {
        return false;
    }
    number = (yz_span){rest->p, (size_t)(blank - rest->p)};
    if (number.n == 0 || number.p[0] == '0' ||
        yz_number_parse_u32(number, YZ_SEALS_MAX, &id) != YZ_OK ||
        (masters->seal_last != 0 && id != masters->seal_last + 1u)) {
        return false;
    }
    rest->p += number.n;
    rest->n -= number.n;
    if (!take_key(rest, " a256gcm ", masters->seal[id])) {
        return false;
    }
    masters->seal_last = (uint8_t)id;
    masters->seal_first =
        masters->seal_first != 0 ? masters->seal_first : (uint8_t)id;
    return true;
}

yz_status
yz_masters_parse(yz_span text, yz_masters *masters)
{
    memset(masters, 0, sizeof(*masters));
    if (!take_key(&text, "code 1 hs256 ", masters->code) ||
        !take_key(&text, "scan 1 hs256 ", masters->scan)) {
        return YZ_FORMAT;
    }
    if (text.n == 0) {
        return YZ_NOT_FOUND;
    }
    if (!take_key(&text, "person 1 hs256 ", masters->person) ||
        !take_key(&text, "hash 1 hs256 ", masters->hash) ||
        !take_key(&text, "own 1 a256gcm ", masters->own)) {
        return YZ_FORMAT;
    }
    do {
        if (!take_seal(&text, masters)) {
            return YZ_FORMAT;
        }
    } while (text.n > 0);
    return YZ_OK;
}

static void
put_key(yz_out *out, const char *name, unsigned id, const char *algorithm,
        const uint8_t key[static YZ_KEY_SIZE])
{
    yz_out_text(out, name);
    yz_out_char(out, ' ');
    yz_out_u64(out, id);
    yz_out_char(out, ' ');
    yz_out_text(out, algorithm);
    yz_out_char(out, ' ');
    yz_out_hex(out, key, YZ_KEY_SIZE);
    yz_out_char(out, '\n');
}

static yz_status
write_masters(const char *dir, const yz_masters *masters)
{
    char path[YZ_PATH_MAX], text[FILE_MAX_BYTES];
    yz_out out;
    unsigned id;
    yz_status status = yz_path_join(path, dir, YZ_FILE_MASTER_KEYS);

    yz_out_init(&out, text, sizeof(text));
    put_key(&out, "code", YZ_MASTER_ID, "hs256", masters->code);
    put_key(&out, "scan", YZ_MASTER_ID, "hs256", masters->scan);
    put_key(&out, "person", YZ_MASTER_ID, "hs256", masters->person);
    put_key(&out, "hash", YZ_MASTER_ID, "hs256", masters->hash);
    put_key(&out, "own", YZ_MASTER_ID, "a256gcm", masters->own);
    for (id = masters->seal_first; id <= masters->seal_last; id++) {
        put_key(&out, "seal", id, "a256gcm", masters->seal[id]);
    }
    if (status == YZ_OK) {
        status = yz_file_replace(path, yz_out_written(&out), 0600);
    }
    OPENSSL_cleanse(text, sizeof(text));
    return status;
}

/* Draws what an older file lacks; everything when there is `no_file`. */
static yz_status
draw_missing(yz_masters *masters, bool no_file)
{
    uint8_t *const keys[] = {masters->code, masters->scan, masters->person,
                             masters->hash, masters->own,  masters->seal[1]};
    yz_status status = YZ_OK;
    size_t i;

    for (i = no_file ? 0 : 2; i < 6 && status == YZ_OK; i++) {
        status = yz_random_draw(keys[i], YZ_KEY_SIZE);
    }
    masters->seal_first = 1;
    masters->seal_last = 1;
    return status;
}

yz_status
yz_masters_open(const char *dir, yz_masters *masters)
{
    char path[YZ_PATH_MAX], text[FILE_MAX_BYTES];
    bool no_file;
    size_t n = 0;
    yz_status status = yz_path_join(path, dir, YZ_FILE_MASTER_KEYS);

    memset(masters, 0, sizeof(*masters));
    if (status != YZ_OK) {
        return status;
    }
    status = yz_file_read(path, text, sizeof(text), &n);
    no_file = status == YZ_NOT_FOUND;
    if (status == YZ_OK) {
        status = yz_masters_parse((yz_span){text, n}, masters);
    } else if (status == YZ_FULL) {
        status = YZ_FORMAT;
    }
    if (status == YZ_NOT_FOUND) {
        status = draw_missing(masters, no_file);
        status = status == YZ_OK ? write_masters(dir, masters) : status;
    }
    if (status != YZ_OK) {
        yz_masters_wipe(masters);
    }
    OPENSSL_cleanse(text, sizeof(text));
    return status;
}

yz_status
yz_masters_add_seal(const char *dir, yz_masters *masters)
{
    unsigned id = masters->seal_last + 1u;
    yz_status status;

    if (id > YZ_SEALS_MAX) {
        return YZ_FULL;
    }
    status = yz_random_draw(masters->seal[id], YZ_KEY_SIZE);
    if (status == YZ_OK) {
        masters->seal_last = (uint8_t)id;
        status = write_masters(dir, masters);
    }
    if (status != YZ_OK) {
        masters->seal_last = (uint8_t)(id - 1);
        OPENSSL_cleanse(masters->seal[id], YZ_KEY_SIZE);
    }
    return status;
}

yz_status
yz_masters_drop_seals(const char *dir, yz_masters *masters)
{
    uint8_t first = masters->seal_first;
    yz_status status;
    unsigned id;

    masters->seal_first = masters->seal_last;
    status = write_masters(dir, masters);
    if (status != YZ_OK) {
        masters->seal_first = first;
        return status;
    }
    for (id = first; id < masters->seal_last; id++) {
        OPENSSL_cleanse(masters->seal[id], YZ_KEY_SIZE);
    }
    return YZ_OK;
}

void
yz_masters_wipe(yz_masters *masters)
{
    OPENSSL_cleanse(masters, sizeof(*masters));
}
