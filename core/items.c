/*
 * Reads the list of items.  The rules and the projection call it.
 */
#include "core/items.h"
#include "core/utf8.h"

yz_items_walk
yz_items_begin(yz_span csv)
{
    if (csv.n >= 3 && memcmp(csv.p, "\xef\xbb\xbf", 3) == 0) {
        csv = (yz_span){csv.p + 3, csv.n - 3};
    }
    return (yz_items_walk){csv, 0};
}

/* Takes the part of `rest` before `end`, and `end` with it. */
static yz_span
take_to(yz_span *rest, char end)
{
    const char *at = rest->n > 0 ? memchr(rest->p, end, rest->n) : NULL;
    yz_span part = *rest;

    if (at == NULL) {
        *rest = (yz_span){rest->p, 0};
        return part;
    }
    part.n = (size_t)(at - rest->p);
    *rest = (yz_span){at + 1, rest->n - part.n - 1};
    return part;
}

static bool
is_word(yz_span text)
{
    if (text.n == 0 || text.n > YZ_WORD_MAX) {
        return false;
    }
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];

        if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_') {
            return false;
        }
    }
    return true;
}

/* Clean text without quotes, which CSV would read otherwise. */
static bool
is_name(yz_span text)
{
    return text.n <= YZ_ITEM_NAME_MAX && memchr(text.p, '"', text.n) == NULL &&
           yz_text_clean(text);
}

static yz_status
read_line(yz_span line, yz_item *item)
{
    yz_span rest = line;

    item->word = take_to(&rest, ',');
    item->name = take_to(&rest, ',');
    item->group = take_to(&rest, ',');
    if (!is_word(item->word) || item->name.n == 0 || !is_name(item->name) ||
        (item->group.n > 0 && !is_name(item->group)) || rest.n > 0) {
        return YZ_BAD_INPUT;
    }
    return YZ_OK;
}

yz_status
yz_items_next(yz_items_walk *walk, yz_item *item)
{
    while (walk->rest.n > 0) {
        yz_span line = take_to(&walk->rest, '\n');
        bool first = walk->line++ == 0;

        if (line.n > 0 && line.p[line.n - 1] == '\r') {
            line.n--;
        }
        if (line.n == 0 || line.p[0] == '#' ||
            (first && yz_span_equal(line, YZ_SPAN("word,name,group")))) {
            continue;
        }
        yz_status status = read_line(line, item);
        if (status != YZ_OK) {
            walk->rest.n = 0;
        }
        return status;
    }
    return YZ_NOT_FOUND;
}

/* Whether `word` stands in a line before `line`. */
static bool
is_repeated(yz_span csv, yz_span word, size_t line)
{
    yz_items_walk walk = yz_items_begin(csv);
    yz_item item;

    while (yz_items_next(&walk, &item) == YZ_OK && walk.line < line) {
        if (yz_span_equal(item.word, word)) {
            return true;
        }
    }
    return false;
}

yz_status
yz_items_check(yz_span csv, size_t *line, const char **why)
{
    yz_items_walk walk = yz_items_begin(csv);
    yz_status status = YZ_OK;
    size_t count = 0;
    yz_item item;

    *line = 0;
    if (csv.n > YZ_ITEMS_FILE_MAX) {
        *why = "物品表太大，最多 64 KiB";
        return YZ_FULL;
    }
    while (status == YZ_OK) {
        status = yz_items_next(&walk, &item);
        *line = walk.line;
        if (status == YZ_OK && ++count > YZ_ITEMS_LIST_MAX) {
            *why = "物品太多，最多 1000 个";
            return YZ_FULL;
        }
        if (status == YZ_OK && is_repeated(csv, item.word, walk.line)) {
            *why = "这个词已经在前面出现过";
            return YZ_BAD_INPUT;
        }
    }
    *why = "每行写成 词,名称,分类：词只用小写字母、数字和下划线，名称不能空";
    return status == YZ_NOT_FOUND ? YZ_OK : status;
}

yz_status
yz_items_find(yz_span csv, yz_span word, yz_item *item)
{
    yz_items_walk walk = yz_items_begin(csv);

    while (yz_items_next(&walk, item) == YZ_OK) {
        if (yz_span_equal(item->word, word)) {
            return YZ_OK;
        }
    }
    return YZ_NOT_FOUND;
}

void
yz_items_write(yz_out *out, yz_span csv)
{
    yz_items_walk walk = yz_items_begin(csv);
    const char *before = "{\"item\":";
    yz_item item;

    YZ_OUT_LIT(out, "{\"items\":[");
    while (yz_items_next(&walk, &item) == YZ_OK) {
        yz_out_text(out, before);
        yz_out_json(out, item.word);
        YZ_OUT_LIT(out, ",\"name\":");
        yz_out_json(out, item.name);
        YZ_OUT_LIT(out, ",\"group\":");
        if (item.group.n > 0) {
            yz_out_json(out, item.group);
        } else {
            YZ_OUT_LIT(out, "null");
        }
        yz_out_char(out, '}');
        before = ",{\"item\":";
    }
    YZ_OUT_LIT(out, "]}");
}
