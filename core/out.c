/*
 * The longer functions of the append-only writer: numbers, and text escaped
 * for the format it goes into.  Used by every process that writes an answer,
 * a file or a log line.
 */
#include "core/out.h"

static const char digit_pairs[201] =
    "00010203040506070809101112131415161718192021222324"
    "25262728293031323334353637383940414243444546474849"
    "50515253545556575859606162636465666768697071727374"
    "75767778798081828384858687888990919293949596979899";

static const char hex_digits[17] = "0123456789abcdef";

/* Writes the digits of `value` so that they end before `end`. */
static char *
digits_before(char *end, uint64_t value)
{
    while (value >= 100) {
        end -= 2;
        memcpy(end, digit_pairs + value % 100 * 2, 2);
        value /= 100;
    }
    if (value >= 10) {
        end -= 2;
        memcpy(end, digit_pairs + value * 2, 2);
        return end;
    }
    *--end = (char)('0' + value);
    return end;
}

void
yz_out_u64(yz_out *out, uint64_t value)
{
    char digits[20];
    char *end = digits + sizeof(digits);
    char *begin = digits_before(end, value);

    yz_out_bytes(out, begin, (size_t)(end - begin));
}

void
yz_out_i64(yz_out *out, int64_t value)
{
    char digits[21];
    char *end = digits + sizeof(digits);
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    char *begin = digits_before(end, magnitude);

    if (value < 0) {
        *--begin = '-';
    }
    yz_out_bytes(out, begin, (size_t)(end - begin));
}

/* Writes the 7 digits of `fraction` at `at`, which has room for 8. */
static void
seven_digits(char *at, uint32_t fraction)
{
    uint32_t high = fraction / 1000;
    uint32_t low = fraction % 1000;

    memcpy(at, digit_pairs + high / 100 * 2, 2);
    memcpy(at + 2, digit_pairs + high % 100 * 2, 2);
    at[4] = (char)('0' + low / 100);
    memcpy(at + 5, digit_pairs + low % 100 * 2, 2);
}

void
yz_out_e7(yz_out *out, int32_t value_e7)
{
    char text[16];
    char *at = text;
    uint32_t magnitude = (uint32_t)value_e7;
    uint32_t whole;
    uint32_t fraction;

    if (value_e7 < 0) {
        magnitude = 0 - magnitude;
        *at++ = '-';
    }
    whole = magnitude / 10000000;
    fraction = magnitude % 10000000;
    if (whole >= 100) {
        *at++ = (char)('0' + whole / 100);
        whole %= 100;
        *at++ = digit_pairs[whole * 2];
    } else if (whole >= 10) {
        *at++ = digit_pairs[whole * 2];
    }
    *at++ = digit_pairs[whole * 2 + 1];
    if (fraction != 0) {
        *at = '.';
        seven_digits(at + 1, fraction);
        at += 8;
        while (at[-1] == '0') {
            at--;
        }
    }
    yz_out_bytes(out, text, (size_t)(at - text));
}

void
yz_out_fixed1(yz_out *out, double value)
{
    char text[24];
    char *end = text + sizeof(text);
    char *begin;
    uint64_t tenths;

    if (!(value >= 0 && value < 1e15)) {
        YZ_OUT_LIT(out, "null");
        return;
    }
    tenths = (uint64_t)(value * 10 + 0.5);
    *--end = (char)('0' + tenths % 10);
    *--end = '.';
    begin = digits_before(end, tenths / 10);
    yz_out_bytes(out, begin, (size_t)(text + sizeof(text) - begin));
}

void
yz_out_hex(yz_out *out, const void *bytes, size_t n)
{
    const uint8_t *byte = bytes;
    char *at;

    if (n > SIZE_MAX / 2) {
        out->full = true;
        return;
    }
    at = yz_out_reserve(out, n * 2);
    if (at == NULL) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        *at++ = hex_digits[byte[i] >> 4];
        *at++ = hex_digits[byte[i] & 15];
    }
}

static bool
needs_json_escape(uint8_t byte)
{
    return byte < 0x20 || byte == '"' || byte == '\\' || byte == '<' ||
           byte == 0x7f;
}

/* What follows the backslash; 'u' wants four hexadecimal digits behind it. */
static char
json_letter(uint8_t byte)
{
    switch (byte) {
    case '"':
    case '\\':
        return (char)byte;
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return 'u';
    }
}

static void
json_escape(yz_out *out, uint8_t byte)
{
    char text[6] = {'\\', json_letter(byte), '0', '0'};

    text[4] = hex_digits[byte >> 4];
    text[5] = hex_digits[byte & 15];
    yz_out_bytes(out, text, text[1] == 'u' ? 6 : 2);
}

void
yz_out_json(yz_out *out, yz_span text)
{
    size_t run = 0;

    yz_out_char(out, '"');
    for (size_t i = 0; i < text.n; i++) {
        uint8_t byte = (uint8_t)text.p[i];

        if (needs_json_escape(byte)) {
            yz_out_bytes(out, text.p + run, i - run);
            json_escape(out, byte);
            run = i + 1;
        }
    }
    if (run < text.n) {
        yz_out_bytes(out, text.p + run, text.n - run);
    }
    yz_out_char(out, '"');
}

/* The entity for a byte that HTML would read, or an empty span. */
static yz_span
html_entity(char c)
{
    switch (c) {
    case '&':
        return YZ_SPAN("&amp;");
    case '<':
        return YZ_SPAN("&lt;");
    case '>':
        return YZ_SPAN("&gt;");
    case '"':
        return YZ_SPAN("&quot;");
    case '\'':
        return YZ_SPAN("&#39;");
    default:
        return YZ_SPAN("");
    }
}

void
yz_out_html(yz_out *out, yz_span text)
{
    size_t run = 0;

    for (size_t i = 0; i < text.n; i++) {
        yz_span entity = html_entity(text.p[i]);

        if (entity.n > 0) {
            yz_out_bytes(out, text.p + run, i - run);
            yz_out_span(out, entity);
            run = i + 1;
        }
    }
    if (run < text.n) {
        yz_out_bytes(out, text.p + run, text.n - run);
    }
}

/* Would a spreadsheet compute this field instead of showing it? */
static bool
is_formula(yz_span text)
{
    size_t i = 0;

    while (i < text.n && (uint8_t)text.p[i] <= ' ') {
        i++;
    }
    return i < text.n && memchr("=+-@", text.p[i], 4) != NULL;
}

static bool
needs_quotes(yz_span text)
{
    if (text.n > 0 && (text.p[0] == ' ' || text.p[text.n - 1] == ' ')) {
        return true;
    }
    for (size_t i = 0; i < text.n; i++) {
        if (memchr("\",\r\n", text.p[i], 4) != NULL) {
            return true;
        }
    }
    return false;
}

void
yz_out_csv(yz_out *out, yz_span text, bool formula_safe)
{
    bool quotes = needs_quotes(text);

    if (quotes) {
        yz_out_char(out, '"');
    }
    if (formula_safe && is_formula(text)) {
        yz_out_char(out, '\'');
    }
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"') {
            yz_out_char(out, '"');
        }
        yz_out_char(out, text.p[i]);
    }
    if (quotes) {
        yz_out_char(out, '"');
    }
}

static bool
is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
           c == '~';
}

void
yz_out_percent(yz_out *out, yz_span text)
{
    static const char digits[17] = "0123456789ABCDEF";

    for (size_t i = 0; i < text.n; i++) {
        uint8_t byte = (uint8_t)text.p[i];
        char escape[3] = {'%', digits[byte >> 4], digits[byte & 15]};

        if (is_unreserved(text.p[i])) {
            yz_out_char(out, text.p[i]);
        } else {
            yz_out_bytes(out, escape, sizeof(escape));
        }
    }
}
