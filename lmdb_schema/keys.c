/*
 * The keys that answers need, and the two MACs made with them.  Runs in
 * nginx workers and the writer; others call yz_keyring_load() and the two
 * MACs.
 *
 * Each key has an EVP_MAC context of its own, keyed once: starting one again
 * without a key costs 0.2 us, a one-shot HMAC() 1.3 us (OpenSSL 3.0).
 */
#include "lmdb_schema/keys.h"
#include <errno.h>
#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIGEST_SIZE 32

typedef struct {
    uint16_t region; /* first four digits */
    uint8_t key_id;
    EVP_MAC_CTX *mac;
} scan_key;

struct yz_keyring {
    EVP_MAC *hmac;
    EVP_MAC_CTX *code;
    scan_key *scans; /* ascending by region, then key id */
    size_t count;
    size_t capacity;
};

/* What one line says. */
typedef struct {
    bool is_code;
    uint8_t key_id;
    uint16_t region;
    uint8_t key[YZ_KEY_SIZE];
} key_line;

/* Takes `word` off the front of *rest. */
static bool
take_word(yz_span *rest, yz_span word)
{
    if (rest->n < word.n || memcmp(rest->p, word.p, word.n) != 0) {
        return false;
    }
    rest->p += word.n;
    rest->n -= word.n;
    return true;
}

/* Takes at most `digits` decimal digits; how many there were, or 0. */
static size_t
take_digits(yz_span *rest, size_t digits, unsigned *value)
{
    size_t n = 0;

    *value = 0;
    while (n < digits && n < rest->n && rest->p[n] >= '0' &&
           rest->p[n] <= '9') {
        *value = *value * 10 + (unsigned)(rest->p[n] - '0');
        n++;
    }
    rest->p += n;
    rest->n -= n;
    return n;
}

static int
hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

/* Reads `rest`, all of it, as the key. */
static bool
read_key(yz_span rest, uint8_t key[static YZ_KEY_SIZE])
{
    if (rest.n != 2 * YZ_KEY_SIZE) {
        return false;
    }
    for (size_t i = 0; i < YZ_KEY_SIZE; i++) {
        int high = hex_value(rest.p[2 * i]);
        int low = hex_value(rest.p[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        key[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static bool
read_line(yz_span rest, key_line *line)
{
    unsigned id, region = 0;

    line->is_code = take_word(&rest, YZ_SPAN("code "));
    if (!line->is_code && !take_word(&rest, YZ_SPAN("scan "))) {
        return false;
    }
    if (rest.n == 0 || rest.p[0] == '0' || take_digits(&rest, 3, &id) == 0 ||
        id > 255 || !take_word(&rest, YZ_SPAN(" hs256 "))) {
        return false;
    }
    if (!line->is_code && (take_digits(&rest, 4, &region) != 4 ||
                           !take_word(&rest, YZ_SPAN(" ")))) {
        return false;
    }
    line->key_id = (uint8_t)id;
    line->region = (uint16_t)region;
    return read_key(rest, line->key);
}

/* A context keyed with `key`, or NULL. */
static EVP_MAC_CTX *
mac_new(EVP_MAC *hmac, const uint8_t key[static YZ_KEY_SIZE])
{
    char digest[] = "SHA256";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end()};
    EVP_MAC_CTX *mac = EVP_MAC_CTX_new(hmac);

    if (mac != NULL && EVP_MAC_init(mac, key, YZ_KEY_SIZE, params) != 1) {
        EVP_MAC_CTX_free(mac);
        return NULL;
    }
    return mac;
}

static yz_status
mac_of(EVP_MAC_CTX *mac, yz_span message, uint8_t tag[static YZ_TAG_SIZE])
{
    uint8_t digest[DIGEST_SIZE];
    size_t size = 0;

    if (EVP_MAC_init(mac, NULL, 0, NULL) != 1 ||
        EVP_MAC_update(mac, (const uint8_t *)message.p, message.n) != 1 ||
        EVP_MAC_final(mac, digest, &size, sizeof(digest)) != 1 ||
        size < YZ_TAG_SIZE) {
        return YZ_NOMEM;
    }
    memcpy(tag, digest, YZ_TAG_SIZE);
    return YZ_OK;
}

static yz_status
add_scan(yz_keyring *ring, const key_line *line)
{
    if (ring->count == YZ_SCAN_KEYS_MAX) {
        return YZ_BAD_INPUT;
    }
    if (ring->count == ring->capacity) {
        size_t capacity = ring->capacity == 0 ? 64 : 2 * ring->capacity;
        scan_key *scans = realloc(ring->scans, capacity * sizeof(*scans));
        if (scans == NULL) {
            return YZ_NOMEM;
        }
        ring->scans = scans;
        ring->capacity = capacity;
    }
    EVP_MAC_CTX *mac = mac_new(ring->hmac, line->key);
    if (mac == NULL) {
        return YZ_NOMEM;
    }
    ring->scans[ring->count++] = (scan_key){line->region, line->key_id, mac};
    return YZ_OK;
}

static yz_status
add_line(yz_keyring *ring, yz_span text)
{
    key_line line;
    yz_status status;

    if (!read_line(text, &line)) {
        status = YZ_BAD_INPUT;
    } else if (!line.is_code) {
        status = add_scan(ring, &line);
    } else if (ring->code != NULL) {
        status = YZ_BAD_INPUT;
    } else {
        ring->code = mac_new(ring->hmac, line.key);
        status = ring->code == NULL ? YZ_NOMEM : YZ_OK;
    }
    OPENSSL_cleanse(&line, sizeof(line));
    return status;
}

static int
compare_scans(const void *a, const void *b)
{
    const scan_key *x = a, *y = b;

    if (x->region != y->region) {
        return x->region < y->region ? -1 : 1;
    }
    return (int)x->key_id - (int)y->key_id;
}

/* The whole of the ring: a code key, and no scan key twice. */
static yz_status
finish_ring(yz_keyring *ring)
{
    if (ring->code == NULL) {
        return YZ_BAD_INPUT;
    }
    if (ring->count > 1) {
        qsort(ring->scans, ring->count, sizeof(scan_key), compare_scans);
    }
    for (size_t i = 1; i < ring->count; i++) {
        if (compare_scans(&ring->scans[i - 1], &ring->scans[i]) == 0) {
            return YZ_BAD_INPUT;
        }
    }
    return YZ_OK;
}

static yz_status
add_lines(yz_keyring *ring, yz_span text, unsigned *line)
{
    while (text.n > 0) {
        const char *end = memchr(text.p, '\n', text.n);
        size_t n = end == NULL ? text.n : (size_t)(end - text.p);
        (*line)++;
        if (n > 0 && text.p[0] != '#') {
            yz_status status = add_line(ring, (yz_span){text.p, n});
            if (status != YZ_OK) {
                return status;
            }
        }
        n += end != NULL;
        text.p += n;
        text.n -= n;
    }
    *line = 0;
    return finish_ring(ring);
}

yz_status
yz_keyring_parse(yz_span text, yz_keyring **ring, unsigned *line)
{
    *line = 0;
    *ring = NULL;
    if (text.n > YZ_KEYS_FILE_MAX) {
        return YZ_BAD_INPUT;
    }
    yz_keyring *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return YZ_NOMEM;
    }
    made->hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    yz_status status =
        made->hmac == NULL ? YZ_NOMEM : add_lines(made, text, line);
    if (status != YZ_OK) {
        yz_keyring_free(made);
        return status;
    }
    *ring = made;
    return YZ_OK;
}

/* Reads at most `cap` bytes; what is longer is cut and *n is cap. */
static yz_status
read_file(int fd, char *buffer, size_t cap, size_t *n)
{
    struct stat st;

    *n = 0;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        return YZ_IO;
    }
    while (*n < cap) {
        ssize_t got = read(fd, buffer + *n, cap - *n);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return YZ_IO;
        }
        if (got == 0) {
            break;
        }
        *n += (size_t)got;
    }
    return YZ_OK;
}

yz_status
yz_keyring_load(const char *path, yz_keyring **ring, unsigned *line)
{
    const size_t cap = YZ_KEYS_FILE_MAX + 1;
    size_t n;

    *line = 0;
    *ring = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return errno == ENOENT || errno == ENOTDIR ? YZ_NOT_FOUND : YZ_IO;
    }
    yz_status status = YZ_NOMEM;
    char *buffer = malloc(cap);
    if (buffer != NULL) {
        status = read_file(fd, buffer, cap, &n);
        if (status == YZ_OK) {
            status = yz_keyring_parse((yz_span){buffer, n}, ring, line);
        }
        OPENSSL_cleanse(buffer, n);
        free(buffer);
    }
    close(fd);
    return status;
}

void
yz_keyring_free(yz_keyring *ring)
{
    if (ring == NULL) {
        return;
    }
    for (size_t i = 0; i < ring->count; i++) {
        EVP_MAC_CTX_free(ring->scans[i].mac);
    }
    free(ring->scans);
    EVP_MAC_CTX_free(ring->code);
    EVP_MAC_free(ring->hmac);
    free(ring);
}

yz_status
yz_keyring_code_hash(yz_keyring *ring, yz_span code,
                     uint8_t hash[static YZ_TAG_SIZE])
{
    return mac_of(ring->code, code, hash);
}

yz_status
yz_keyring_scan_tag(yz_keyring *ring, uint32_t region, yz_span message,
                    uint8_t *key_id, uint8_t tag[static YZ_TAG_SIZE])
{
    uint32_t wanted = region / 100;
    size_t low = 0;
    size_t high = ring->count;

    /* The first key of a greater region: the one before it is the newest. */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ring->scans[middle].region <= wanted) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0 || ring->scans[low - 1].region != wanted) {
        return YZ_NOT_FOUND;
    }
    *key_id = ring->scans[low - 1].key_id;
    return mac_of(ring->scans[low - 1].mac, message, tag);
}
