/*
 * Keyset cursors of lists.  The module writes one per page and reads the one
 * that a request brings back.
 */
#include "core/cursor.h"

#include <stdbool.h>
#include <string.h>

#include "core/base64url.h"
#include "core/utf8.h"

#define VERSION 2
#define HEAD_SIZE 10
#define LIST_SIZE 22
#define CHECK_SIZE 4

static void
put_u64(uint8_t *at, uint64_t value)
{
    for (int i = 7; i >= 0; i--) {
        at[i] = (uint8_t)value;
        value >>= 8;
    }
}

static uint64_t
get_u64(const uint8_t *at)
{
    uint64_t value = 0;

    for (int i = 0; i < 8; i++) {
        value = value << 8 | at[i];
    }
    return value;
}

/* CRC-32 four bits at a time: it finds every change within 32 bits. */
static uint32_t
check_of(const uint8_t *bytes, size_t n)
{
    static const uint32_t steps[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
        0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
        0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < n; i++) {
        crc ^= bytes[i];
        crc = crc >> 4 ^ steps[crc & 15];
        crc = crc >> 4 ^ steps[crc & 15];
    }
    return ~crc;
}

static void
put_u32(uint8_t *at, uint32_t value)
{
    for (int i = 3; i >= 0; i--) {
        at[i] = (uint8_t)value;
        value >>= 8;
    }
}

static uint32_t
get_u32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
           (uint32_t)at[2] << 8 | at[3];
}

/* Finite and not negative; -0.0 is no distance either, it has two forms. */
static bool
is_distance(uint64_t bits)
{
    return bits < UINT64_C(0x7ff0000000000000);
}

static bool
is_id(const char *id, size_t n)
{
    return n > 0 && n <= YZ_ID_MAX && yz_text_clean((yz_span){id, n});
}

size_t
yz_cursor_write(const yz_cursor *cursor, uint64_t query_hash,
                char text[static YZ_CURSOR_SIZE])
{
    uint8_t bytes[YZ_CURSOR_BYTES_MAX] = {VERSION, (uint8_t)cursor->kind};
    size_t n = LIST_SIZE;
    uint64_t key = cursor->hilbert;

    put_u64(bytes + 2, query_hash);
    if (cursor->kind == YZ_CURSOR_NEARBY) {
        memcpy(&key, &cursor->distance, sizeof(key));
        if (!is_distance(key) || !is_id(cursor->id, cursor->id_n)) {
            return 0;
        }
        memcpy(bytes + 18, cursor->id, cursor->id_n);
        n = 18 + cursor->id_n;
    } else if (cursor->kind == YZ_CURSOR_LIST) {
        put_u32(bytes + 18, cursor->place_number);
    } else {
        return 0;
    }
    put_u64(bytes + HEAD_SIZE, key);
    put_u32(bytes + n, check_of(bytes, n));
    n = yz_base64url_encode(bytes, n + CHECK_SIZE, text);
    text[n] = '\0';
    return n;
}

static yz_status
read_nearby(const uint8_t *bytes, size_t n, yz_cursor *cursor)
{
    uint64_t key = get_u64(bytes + HEAD_SIZE);

    if (!is_distance(key) || !is_id((const char *)bytes + 18, n - 18)) {
        return YZ_BAD_INPUT;
    }
    memcpy(&cursor->distance, &key, sizeof(key));
    cursor->id_n = n - 18;
    memcpy(cursor->id, bytes + 18, cursor->id_n);
    return YZ_OK;
}

static yz_status
read_list(const uint8_t *bytes, size_t n, yz_cursor *cursor)
{
    if (n != LIST_SIZE) {
        return YZ_BAD_INPUT;
    }
    cursor->hilbert = get_u64(bytes + HEAD_SIZE);
    cursor->place_number = get_u32(bytes + 18);
    return YZ_OK;
}

yz_status
yz_cursor_read(yz_span text, yz_cursor_kind kind, uint64_t query_hash,
               yz_cursor *cursor, yz_cursor_fault *fault)
{
    uint8_t bytes[YZ_CURSOR_BYTES_MAX];
    size_t n;
    yz_status status;

    memset(cursor, 0, sizeof(*cursor));
    *fault = YZ_CURSOR_MALFORMED;
    if (text.n > YZ_CURSOR_TEXT_MAX ||
        yz_base64url_decode(text, bytes, sizeof(bytes), &n) != YZ_OK ||
        n <= 18 + CHECK_SIZE || bytes[0] != VERSION) {
        return YZ_BAD_INPUT;
    }
    n -= CHECK_SIZE;
    if (get_u32(bytes + n) != check_of(bytes, n)) {
        return YZ_BAD_INPUT;
    }
    if (bytes[1] == YZ_CURSOR_NEARBY) {
        status = read_nearby(bytes, n, cursor);
    } else if (bytes[1] == YZ_CURSOR_LIST) {
        status = read_list(bytes, n, cursor);
    } else {
        return YZ_BAD_INPUT;
    }
    if (status != YZ_OK) {
        return status;
    }
    cursor->kind = (yz_cursor_kind)bytes[1];
    if (cursor->kind != kind || get_u64(bytes + 2) != query_hash) {
        *fault = YZ_CURSOR_OTHER_QUERY;
        return YZ_BAD_INPUT;
    }
    *fault = YZ_CURSOR_FINE;
    return YZ_OK;
}
