/*
 * Parsing of plain decimal numbers.  Used on query strings.
 */
#include "core/number.h"

#include <stdbool.h>

/* More digits than a uint64_t surely holds are read but add nothing. */
#define MANTISSA_DIGITS_MAX 19

/* All are exact: 10^22 is the last power of ten that a double holds. */
static const double powers_of_10[] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* A number as read: mantissa * 10^exponent. */
typedef struct {
    uint64_t mantissa;
    int digits; /* significant ones, at most MANTISSA_DIGITS_MAX */
    int exponent;
} decimal;

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Number of digits that `text` begins with. */
static size_t
digit_run(yz_span text)
{
    size_t n = 0;

    while (n < text.n && is_digit(text.p[n])) {
        n++;
    }
    return n;
}

/* Takes digits into a mantissa; leading zeros do not count. */
static void
take_digits(decimal *d, const char *p, size_t n, bool fraction)
{
    for (size_t i = 0; i < n; i++) {
        if (d->digits == MANTISSA_DIGITS_MAX) {
            d->exponent += fraction ? 0 : 1;
            continue;
        }
        d->mantissa = d->mantissa * 10 + (uint64_t)(p[i] - '0');
        d->digits += d->mantissa != 0;
        d->exponent -= fraction ? 1 : 0;
    }
}

/*
 * mantissa * 10^exponent.  With up to 15 digits and up to 22 powers of ten
 * both operands are exact, so the one division rounds correctly (Clinger).
 */
static double
decimal_value(const decimal *d)
{
    double value = (double)d->mantissa;
    int exponent = d->exponent;

    if (exponent >= 0) {
        return value * powers_of_10[exponent];
    }
    if (exponent < -22) {
        value /= powers_of_10[-exponent - 22];
        exponent = -22;
    }
    return value / powers_of_10[-exponent];
}

yz_status
yz_number_parse_decimal(yz_span text, double *value)
{
    decimal d = {0, 0, 0};
    bool negative = false;
    size_t run;

    if (text.n == 0 || text.n > YZ_NUMBER_TEXT_MAX) {
        return YZ_BAD_INPUT;
    }
    if (text.p[0] == '-' || text.p[0] == '+') {
        negative = text.p[0] == '-';
        text = (yz_span){text.p + 1, text.n - 1};
    }
    run = digit_run(text);
    if (run == 0) {
        return YZ_BAD_INPUT;
    }
    take_digits(&d, text.p, run, false);
    text = (yz_span){text.p + run, text.n - run};
    if (text.n > 0) {
        text = (yz_span){text.p + 1, text.n - 1};
        if (text.p[-1] != '.' || text.n == 0 || digit_run(text) != text.n) {
            return YZ_BAD_INPUT;
        }
        take_digits(&d, text.p, text.n, true);
    }
    *value = d.mantissa == 0 ? 0 : decimal_value(&d);
    if (negative && *value != 0) {
        *value = -*value;
    }
    return YZ_OK;
}

yz_status
yz_number_parse_u32(yz_span text, uint32_t max, uint32_t *value)
{
    uint64_t sum = 0;

    if (text.n == 0 || digit_run(text) != text.n) {
        return YZ_BAD_INPUT;
    }
    for (size_t i = 0; i < text.n; i++) {
        sum = sum * 10 + (uint64_t)(text.p[i] - '0');
        if (sum > max) {
            return YZ_FULL;
        }
    }
    *value = (uint32_t)sum;
    return YZ_OK;
}
