/*
 * Evens out the characters of opening hours; core/hours_compile.c calls
 * yz_hours_text_even() first.
 */
#include "core/hours_compile_text.h"

#include <stdint.h>

#define FULLWIDTH_FIRST 0xFF01
#define FULLWIDTH_LAST 0xFF5E
#define FULLWIDTH_TO_ASCII 0xFEE0

static const struct {
    uint32_t from;
    uint32_t to;
} characters[] = {
    {'~', '-'},     {'\t', ' '},    {'\r', '\n'},   {0xA0, ' '},
    {0x3000, ' '},  {0x2002, ' '},  {0x2003, ' '},  {0x2009, ' '},
    {0x2010, '-'},  {0x2011, '-'},  {0x2012, '-'},  {0x2013, '-'},
    {0x2014, '-'},  {0x2015, '-'},  {0x2212, '-'},  {0x223C, '-'},
    {0x301C, '-'},  {0xFE63, '-'},  {0x2500, '-'},  {0x2236, ':'},
    {0xFE30, ':'},  {0xFE55, ':'},  {0x3001, ','},  {0x3002, ';'},
    {0x3010, '('},  {0x3011, ')'},  {0xD7, 'x'},    {U'週', U'周'},
    {U'開', U'开'}, {U'營', U'营'}, {U'業', U'业'}, {U'時', U'时'},
    {U'間', U'间'}, {U'點', U'点'}, {U'鐘', U'钟'}, {U'關', U'关'},
    {U'閉', U'闭'}, {U'館', U'馆'}, {U'節', U'节'}, {U'無', U'无'},
    {U'禮', U'礼'}, {U'兩', U'两'}, {U'對', U'对'}, {U'務', U'务'},
    {U'號', U'号'}, {U'雙', U'双'}, {U'為', U'为'}, {U'爲', U'为'},
    {U'與', U'与'}, {U'後', U'后'}, {U'淩', U'凌'}, {U'從', U'从'},
    {U'來', U'来'}, {U'〇', U'零'},
};

/*
 * Takes one character off the front of *text; UINT32_MAX when the bytes are
 * no UTF-8 (cut, overlong, surrogates, past U+10FFFF).
 */
static uint32_t
character_take(yz_span *text)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    uint8_t lead = (uint8_t)text->p[0];
    size_t more = lead < 0x80 ? 0 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    uint32_t c = more == 0 ? lead : lead & (0x3Fu >> more);

    if ((lead >= 0x80 && lead < 0xC0) || lead >= 0xF8 || text->n <= more) {
        return UINT32_MAX;
    }
    for (size_t i = 1; i <= more; i++) {
        uint8_t b = (uint8_t)text->p[i];

        if ((b & 0xC0) != 0x80) {
            return UINT32_MAX;
        }
        c = c << 6 | (b & 0x3F);
    }
    *text = (yz_span){text->p + more + 1, text->n - more - 1};
    if (c < least[more] || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) {
        return UINT32_MAX;
    }
    return c;
}

/* Never longer than what it stands for: the table maps within the length. */
static void
character_put(yz_hours_text *out, uint32_t c)
{
    if (c < 0x80) {
        out->text[out->n++] = (char)c;
    } else if (c < 0x800) {
        out->text[out->n++] = (char)(0xC0 | c >> 6);
        out->text[out->n++] = (char)(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        out->text[out->n++] = (char)(0xE0 | c >> 12);
        out->text[out->n++] = (char)(0x80 | (c >> 6 & 0x3F));
        out->text[out->n++] = (char)(0x80 | (c & 0x3F));
    } else {
        out->text[out->n++] = (char)(0xF0 | c >> 18);
        out->text[out->n++] = (char)(0x80 | (c >> 12 & 0x3F));
        out->text[out->n++] = (char)(0x80 | (c >> 6 & 0x3F));
        out->text[out->n++] = (char)(0x80 | (c & 0x3F));
    }
}

static uint32_t
character_even(uint32_t c)
{
    if (c >= FULLWIDTH_FIRST && c <= FULLWIDTH_LAST) {
        c -= FULLWIDTH_TO_ASCII;
    }
    for (size_t i = 0; i < sizeof(characters) / sizeof(characters[0]); i++) {
        if (characters[i].from == c) {
            return characters[i].to;
        }
    }
    return c;
}

bool
yz_hours_text_even(yz_span text, yz_hours_text *out)
{
    out->n = 0;
    out->chinese = false;
    if (text.n > YZ_HOURS_MAX) {
        return false;
    }
    while (text.n > 0) {
        uint32_t c = character_take(&text);
        uint32_t even;

        if (c == UINT32_MAX) {
            return false;
        }
        even = character_even(c);
        if (even >= 0x80 ||
            (c >= 0x80 && (even == ',' || even == ';' || even == '('))) {
            out->chinese = true;
        }
        character_put(out, even);
    }
    return true;
}
