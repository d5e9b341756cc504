/*
 * The keys that answers need, and the two MACs made with them.  Runs in
 * nginx workers and the writer; others call yz_keyring_load() and the two
 * MACs.
 *
 * Each key is kept as the two SHA-256 states that HMAC starts from (RFC 2104,
 * section 4).  A MAC then costs 0.1 us; EVP_MAC, which allocates on the way,
 * 0.2 us, a one-shot HMAC() 1.3 us (OpenSSL 3.0).  Only the low-level calls
 * can copy a state without allocating: OpenSSL 3 has them, as deprecated.
 */
#define OPENSSL_API_COMPAT 0x10100000L

#include "lmdb_schema/keys.h"
#include "lmdb_schema/env.h"
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define INNER_PAD 0x36
#define OUTER_PAD 0x5c

/* HMAC-SHA256 under one key, before any message. */
typedef struct {
    SHA256_CTX inner;
    SHA256_CTX outer;
} mac_start;

typedef struct {
    uint16_t region; /* first four digits */
    uint8_t key_id;
    mac_start mac;
} scan_key;

struct yz_keyring {
    bool has_code;
    mac_start code;
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

/* The state after one block of the key, each byte exclusive-or `pad`. */
static void
state_start(SHA256_CTX *state, const uint8_t key[static YZ_KEY_SIZE],
            uint8_t pad)
{
    uint8_t block[SHA256_CBLOCK];

    for (size_t i = 0; i < sizeof(block); i++) {
        block[i] = (uint8_t)((i < YZ_KEY_SIZE ? key[i] : 0) ^ pad);
    }
    SHA256_Init(state);
    SHA256_Update(state, block, sizeof(block));
    OPENSSL_cleanse(block, sizeof(block));
}

static mac_start
mac_of_key(const uint8_t key[static YZ_KEY_SIZE])
{
    mac_start mac;

    state_start(&mac.inner, key, INNER_PAD);
    state_start(&mac.outer, key, OUTER_PAD);
    return mac;
}

static void
mac_make(const mac_start *start, yz_span message,
         uint8_t tag[static YZ_TAG_SIZE])
{
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256_CTX state = start->inner;

    SHA256_Update(&state, message.p, message.n);
    SHA256_Final(digest, &state);
    state = start->outer;
    SHA256_Update(&state, digest, sizeof(digest));
    SHA256_Final(digest, &state);
    memcpy(tag, digest, YZ_TAG_SIZE);
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
    ring->scans[ring->count++] =
        (scan_key){line->region, line->key_id, mac_of_key(line->key)};
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
    } else if (ring->has_code) {
        status = YZ_BAD_INPUT;
    } else {
        ring->code = mac_of_key(line.key);
        ring->has_code = true;
        status = YZ_OK;
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
    if (!ring->has_code) {
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
    yz_status status = add_lines(made, text, line);
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
        return yz_status_of_errno(errno);
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
    if (ring->scans != NULL) {
        OPENSSL_cleanse(ring->scans, ring->count * sizeof(scan_key));
    }
    free(ring->scans);
    OPENSSL_cleanse(ring, sizeof(*ring));
    free(ring);
}

yz_status
yz_keyring_code_hash(yz_keyring *ring, yz_span code,
                     uint8_t hash[static YZ_TAG_SIZE])
{
    mac_make(&ring->code, code, hash);
    return YZ_OK;
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
    mac_make(&ring->scans[low - 1].mac, message, tag);
    return YZ_OK;
}
