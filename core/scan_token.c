/*
 * Layout of scan tokens.  The module writes them, whoever takes a write from
 * a worker reads them.
 */
#include "core/scan_token.h"

#include <string.h>

#include "core/base64url.h"

static const char domain[16] = "yizhan scan v1";

static void
put_u32(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 24);
    at[1] = (uint8_t)(value >> 16);
    at[2] = (uint8_t)(value >> 8);
    at[3] = (uint8_t)value;
}

uint32_t
yz_scan_window(int64_t now_s)
{
    return now_s < 0 ? 0 : (uint32_t)(now_s / YZ_SCAN_WINDOW_S);
}

int64_t
yz_scan_window_end_s(uint32_t window)
{
    return ((int64_t)window + 1) * YZ_SCAN_WINDOW_S;
}

size_t
yz_scan_token_message(yz_span place_id, uint32_t window,
                      uint8_t out[static YZ_SCAN_MESSAGE_MAX])
{
    if (place_id.n == 0 || place_id.n > YZ_ID_MAX) {
        return 0;
    }
    memcpy(out, domain, sizeof(domain));
    put_u32(out + sizeof(domain), window);
    memcpy(out + YZ_SCAN_MESSAGE_HEAD, place_id.p, place_id.n);
    return YZ_SCAN_MESSAGE_HEAD + place_id.n;
}

void
yz_scan_token_write(uint8_t algorithm, uint8_t key_id, uint32_t window,
                    const uint8_t tag[static YZ_SCAN_TAG_SIZE],
                    char out[static YZ_SCAN_TOKEN_SIZE])
{
    uint8_t bytes[YZ_SCAN_TOKEN_BYTES] = {algorithm, key_id};

    put_u32(bytes + 2, window);
    memcpy(bytes + 6, tag, YZ_SCAN_TAG_SIZE);
    yz_base64url_encode(bytes, sizeof(bytes), out);
    out[YZ_SCAN_TOKEN_LENGTH] = '\0';
}

yz_status
yz_scan_token_read(yz_span text, yz_scan_token *token)
{
    uint8_t bytes[YZ_SCAN_TOKEN_BYTES];
    size_t n;

    if (text.n != YZ_SCAN_TOKEN_LENGTH ||
        yz_base64url_decode(text, bytes, sizeof(bytes), &n) != YZ_OK) {
        return YZ_BAD_INPUT;
    }
    token->algorithm = bytes[0];
    token->key_id = bytes[1];
    token->window = (uint32_t)bytes[2] << 24 | (uint32_t)bytes[3] << 16 |
                    (uint32_t)bytes[4] << 8 | bytes[5];
    memcpy(token->tag, bytes + 6, YZ_SCAN_TAG_SIZE);
    return YZ_OK;
}

bool
yz_equal_constant_time(const void *a, const void *b, size_t n)
{
    /* volatile: the compiler must not stop at the first difference. */
    const volatile uint8_t *x = a;
    const volatile uint8_t *y = b;
    uint8_t difference = 0;

    for (size_t i = 0; i < n; i++) {
        difference |= (uint8_t)(x[i] ^ y[i]);
    }
    return difference == 0;
}
