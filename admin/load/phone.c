/*
 * Which telephone numbers may be shown to everyone.  Used by row.c.
 *
 * Forms (numbering plan of mainland China, ITU-T E.164 for others): mobile
 * numbers have 11 digits and begin with 13 to 19; a landline is 7 or 8 digits
 * behind an area code that begins with 0; everything else that looks like a
 * number is taken as public.
 */
#include "admin/load/phone.h"

#include <stdint.h>

#include "admin/load/columns.h"

#define DIGITS_MAX 20
#define DIGITS_MIN 3
#define PIECE_MAX 96

/* ASCII of a full-width form (U+FF01..U+FF5E) that p begins with, or 0. */
static char
full_width(const char *p, size_t n)
{
    uint32_t c;

    if (n < 3 || (uint8_t)p[0] != 0xef) {
        return 0;
    }
    c = ((uint32_t)((uint8_t)p[0] & 0x0f) << 12) |
        ((uint32_t)((uint8_t)p[1] & 0x3f) << 6) |
        (uint32_t)((uint8_t)p[2] & 0x3f);
    return c >= 0xff01 && c <= 0xff5e ? (char)(c - 0xff01 + 0x21) : 0;
}

/* Multi-byte signs that people type for plain ones. */
static char
plain_sign(const char *p, size_t *size)
{
    static const struct {
        const char *text;
        char plain;
    } signs[] = {
        {"\xe2\x80\x90", '-'}, {"\xe2\x80\x91", '-'}, {"\xe2\x80\x93", '-'},
        {"\xe2\x80\x94", '-'}, {"\xe2\x88\x92", '-'}, {"\xe3\x80\x80", ' '},
        {"\xc2\xa0", ' '},     {"\xe3\x80\x81", ';'}, {"\xe8\xbd\xac", 'x'},
        {"\xe8\xbd\x89", 'x'},
    };

    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        *size = strlen(signs[i].text);
        if (strncmp(p, signs[i].text, *size) == 0) {
            return signs[i].plain;
        }
    }
    return 0;
}

/* The plain sign for the character beyond ASCII that `text` begins with, and
   its bytes; or its first byte alone. */
static char
plain_of(yz_span text, size_t *size)
{
    char head[4] = {0};
    char c;

    memcpy(head, text.p, text.n < 3 ? text.n : 3);
    *size = 3;
    c = full_width(head, strlen(head));
    if (c == 0) {
        c = plain_sign(head, size);
    }
    if (c == 0) {
        c = text.p[0];
        *size = 1;
    }
    return c;
}

/*
 * Copies `text` with plain ASCII signs, separators as ';', blanks once and
 * none at the ends; other characters stay.  False when there is no room.
 */
static bool
simplify(yz_span text, char *to, size_t cap, size_t *n)
{
    size_t size;

    *n = 0;
    for (size_t i = 0; i < text.n; i += size) {
        char c = text.p[i];

        size = 1;
        if ((uint8_t)c >= 0x80) {
            c = plain_of((yz_span){text.p + i, text.n - i}, &size);
        }
        if (c == '/' || c == ',' || c == '\n' || c == '\r' || c == '|') {
            c = ';';
        }
        if (*n + 1 >= cap) {
            return false;
        }
        to[(*n)++] = c == '\t' ? ' ' : c;
    }
    return true;
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Digits of `text` up to an extension, at most DIGITS_MAX + 1 of them. */
static size_t
digits_of(yz_span text, char digits[static DIGITS_MAX + 2])
{
    size_t n = 0;

    for (size_t i = 0; i < text.n && text.p[i] != 'x'; i++) {
        if (is_digit(text.p[i]) && n <= DIGITS_MAX) {
            digits[n++] = text.p[i];
        }
    }
    digits[n] = '\0';
    return n;
}

static bool
is_mainland_mobile(const char *digits, size_t n)
{
    return n == 11 && digits[0] == '1' && digits[1] >= '3';
}

/* Mobile numbers with or without country code and trunk 0. */
static bool
is_mobile(const char *digits, size_t n)
{
    if (n > 2 && strncmp(digits, "00", 2) == 0) {
        digits += 2;
        n -= 2;
    }
    if (n == 12 && strncmp(digits, "8869", 4) == 0) {
        return true; /* Taiwan */
    }
    if (n == 11 && strncmp(digits, "852", 3) == 0 &&
        strchr("4569", digits[3]) != NULL) {
        return true; /* Hong Kong */
    }
    if (n == 11 && strncmp(digits, "8536", 4) == 0) {
        return true; /* Macao */
    }
    if (n == 10 && strncmp(digits, "09", 2) == 0) {
        return true; /* Taiwan, from inside */
    }
    if (n > 11 && strncmp(digits, "86", 2) == 0) {
        digits += 2;
        n -= 2;
    }
    if (n == 12 && digits[0] == '0') {
        digits++;
        n--;
    }
    return is_mainland_mobile(digits, n);
}

bool
yz_phone_has_mobile(yz_span text)
{
    size_t run = 0;

    for (size_t i = 0; i <= text.n; i++) {
        if (i < text.n && is_digit(text.p[i])) {
            run++;
            continue;
        }
        if (run == 11 && is_mainland_mobile(text.p + i - run, run)) {
            return true;
        }
        run = 0;
    }
    return false;
}

/* Eleven digits in a row anywhere in a longer run count too. */
static bool
holds_mobile(const char *digits, size_t n)
{
    for (size_t i = 0; i + 11 <= n; i++) {
        if (is_mainland_mobile(digits + i, 11)) {
            return true;
        }
    }
    return false;
}

static bool
has_number_signs(yz_span piece)
{
    for (size_t i = 0; i < piece.n; i++) {
        if (strchr("0123456789+-() .x*#", piece.p[i]) == NULL ||
            piece.p[i] == '\0') {
            return false;
        }
    }
    return true;
}

/* Any of the pieces between blanks a mobile number by itself? */
static bool
word_is_mobile(yz_span piece)
{
    size_t begin = 0;

    for (size_t i = 0; i <= piece.n; i++) {
        if (i == piece.n || piece.p[i] == ' ') {
            char digits[DIGITS_MAX + 2];
            size_t n = digits_of((yz_span){piece.p + begin, i - begin}, digits);

            if (is_mobile(digits, n)) {
                return true;
            }
            begin = i + 1;
        }
    }
    return false;
}

static bool
means_none(yz_span piece)
{
    return piece.n == 0 || yz_span_equal(piece, YZ_SPAN("-")) ||
           yz_span_equal(piece, YZ_SPAN("--")) ||
           yz_span_equal(piece, YZ_SPAN("无")) ||
           yz_span_equal(piece, YZ_SPAN("暂无"));
}

static void
append(yz_out *out, size_t begin, yz_span piece)
{
    if (out->n > begin) {
        yz_out_char(out, ';');
    }
    for (size_t i = 0; i < piece.n; i++) {
        if (piece.p[i] == 'x') {
            yz_out_text(out, "转");
        } else if (piece.p[i] != ' ' || piece.p[i + 1] != ' ') {
            yz_out_char(out, piece.p[i]);
        }
    }
}

static yz_status
take_piece(yz_span piece, yz_out *out, size_t begin, bool *mobile)
{
    char digits[DIGITS_MAX + 2];
    size_t n;

    piece = yz_text_trim(piece);
    if (means_none(piece)) {
        return YZ_OK;
    }
    n = digits_of(piece, digits);
    if (is_mobile(digits, n) || word_is_mobile(piece) ||
        yz_phone_has_mobile(piece) || (n > 15 && holds_mobile(digits, n))) {
        *mobile = true;
        return YZ_OK;
    }
    if (!has_number_signs(piece) || n < DIGITS_MIN || n > 15) {
        return YZ_BAD_INPUT;
    }
    append(out, begin, piece);
    return YZ_OK;
}

yz_status
yz_phone_publish(yz_span text, yz_out *out, bool *mobile)
{
    char plain[4 * PIECE_MAX];
    size_t n;
    size_t begin = out->n;
    size_t from = 0;

    *mobile = false;
    if (!simplify(text, plain, sizeof(plain), &n)) {
        return YZ_BAD_INPUT;
    }
    for (size_t i = 0; i <= n; i++) {
        if (i == n || plain[i] == ';') {
            yz_status status = take_piece((yz_span){plain + from, i - from},
                                          out, begin, mobile);

            if (status != YZ_OK) {
                return status;
            }
            from = i + 1;
        }
    }
    return out->full ? YZ_FULL : YZ_OK;
}
