/*
 * The writer: any text into any small buffer stays inside it, and escaped
 * text holds no byte that its format would read.
 */
#include <stdint.h>
#include <stdlib.h>

#include "core/out.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void
check_html(yz_span html)
{
    for (size_t i = 0; i < html.n; i++) {
        require(memchr("<>\"'", html.p[i], 4) == NULL);
    }
}

static void
check_json(yz_span json)
{
    require(json.n >= 2 && json.p[0] == '"' && json.p[json.n - 1] == '"');
    for (size_t i = 1; i < json.n - 1; i++) {
        require((uint8_t)json.p[i] >= ' ' && json.p[i] != '<');
        require(json.p[i] != '"');
        i += json.p[i] == '\\';
        require(i < json.n - 1);
    }
}

/* Quotes inside of a quoted field stand in pairs. */
static void
check_csv(yz_span csv)
{
    bool quoted = csv.n > 0 && csv.p[0] == '"';

    require(!quoted || (csv.n >= 2 && csv.p[csv.n - 1] == '"'));
    for (size_t i = 1; quoted && i < csv.n - 1; i++) {
        if (csv.p[i] == '"') {
            require(++i < csv.n - 1 && csv.p[i] == '"');
        }
    }
    for (size_t i = 0; !quoted && i < csv.n; i++) {
        require(memchr("\",\r\n", csv.p[i], 4) == NULL);
    }
}

static yz_span
write_one(yz_out *out, int which, yz_span text)
{
    switch (which) {
    case 0:
        yz_out_html(out, text);
        break;
    case 1:
        yz_out_json(out, text);
        break;
    case 2:
        yz_out_csv(out, text, true);
        break;
    case 3:
        yz_out_percent(out, text);
        break;
    default:
        yz_out_hex(out, text.p, text.n);
    }
    return yz_out_written(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const checks[])(yz_span) = {check_html, check_json,
                                              check_csv};
    static char whole[1 << 16];
    size_t cap;
    yz_span text;
    yz_out out;

    if (size == 0 || size > 4096) {
        return 0;
    }
    cap = data[0];
    text = (yz_span){(const char *)data + 1, size - 1};
    for (int which = 0; which < 5; which++) {
        char *small = malloc(cap + 1);
        yz_span written;

        yz_out_init(&out, whole, sizeof(whole));
        written = write_one(&out, which, text);
        require(!out.full);
        if (which < 3) {
            checks[which](written);
        }
        require(small != NULL);
        yz_out_init(&out, small, cap);
        (void)write_one(&out, which, text);
        require(out.full == (written.n > cap) && out.n <= cap);
        require(memcmp(small, whole, out.n) == 0);
        free(small);
    }
    return 0;
}
