/*
 * The scan token: proof that its bearer's page of a place is fresh.  Here is
 * its layout; the MAC itself comes from the caller's crypto library.
 *
 * Bytes before base64url:
 *
 *   offset size  meaning
 *   0      1     algorithm: 1 = HMAC-SHA256 cut to 128 bits
 *   1      1     key id
 *   2      4     window: floor(Unix seconds / 600), big-endian
 *   6      16    tag over yz_scan_token_message()
 *
 * Message that the tag covers:
 *
 *   offset size  meaning
 *   0      16    "yizhan scan v1" and two NULs: no other MAC of the project
 *                covers a message that begins so
 *   16     4     window, big-endian
 *   20     1..64 the place's id
 */
#ifndef YZ_CORE_SCAN_TOKEN_H
#define YZ_CORE_SCAN_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/limits.h"
#include "core/span.h"
#include "core/status.h"

#define YZ_SCAN_WINDOW_S 600
#define YZ_SCAN_TAG_SIZE 16
#define YZ_SCAN_TOKEN_BYTES 22
#define YZ_SCAN_TOKEN_LENGTH 30 /* characters of the text */
#define YZ_SCAN_TOKEN_SIZE (YZ_SCAN_TOKEN_LENGTH + 1)
#define YZ_SCAN_MESSAGE_HEAD 20
#define YZ_SCAN_MESSAGE_MAX (YZ_SCAN_MESSAGE_HEAD + YZ_ID_MAX)

#define YZ_SCAN_HMAC_SHA256 1 /* the algorithm id */

typedef struct {
    uint8_t algorithm;
    uint8_t key_id;
    uint32_t window;
    uint8_t tag[YZ_SCAN_TAG_SIZE];
} yz_scan_token;

/* The window that `now_s` (Unix seconds; before 1970 counts as 0) lies in. */
uint32_t yz_scan_window(int64_t now_s);

/* The first Unix second after `window`: when its token stops being new. */
int64_t yz_scan_window_end_s(uint32_t window);

/*
 * Writes the bytes to sign for a place and a window.
 *
 * place_id: 1..YZ_ID_MAX bytes.
 * out: receives the message.
 *
 * Its length in bytes; 0 if `place_id` is empty or too long.
 */
size_t yz_scan_token_message(yz_span place_id, uint32_t window,
                             uint8_t out[static YZ_SCAN_MESSAGE_MAX]);

/* Writes a token as YZ_SCAN_TOKEN_LENGTH characters and a NUL. */
void yz_scan_token_write(uint8_t algorithm, uint8_t key_id, uint32_t window,
                         const uint8_t tag[static YZ_SCAN_TAG_SIZE],
                         char out[static YZ_SCAN_TOKEN_SIZE]);

/*
 * Reads the layout; the caller still has to look at algorithm, key id,
 * window and tag.
 *
 * YZ_OK with `token` filled, or YZ_BAD_INPUT if `text` is not base64url of
 * exactly 22 bytes.
 */
yz_status yz_scan_token_read(yz_span text, yz_scan_token *token);

/* Compares `n` bytes in a time that does not depend on what they are. */
bool yz_equal_constant_time(const void *a, const void *b, size_t n);

#endif
