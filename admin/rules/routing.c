/*
 * Reads and asks the routing table.  Called by the writer, for the route that
 * loads a table and for every new ticket.
 */
#include "admin/rules/routing.h"

#include <stdlib.h>

#include "admin/load/columns.h"
#include "admin/load/csv.h"
#include "core/number.h"
#include "core/utf8.h"

#define COLUMNS 5

enum { CATEGORY, REGION, NODE, CO_HANDLERS, DAYS };

static const char *const headers[COLUMNS][2] = {
    [CATEGORY] = {"category", "类别"}, [REGION] = {"region", "行政区划"},
    [NODE] = {"node", "主办"},         [CO_HANDLERS] = {"co_handlers", "协办"},
    [DAYS] = {"days", "期限"},
};

static yz_status
refuse(yz_routing_fault *fault, uint64_t line, const char *code,
       const char *detail)
{
    *fault = (yz_routing_fault){line, code, detail};
    return YZ_BAD_INPUT;
}

static bool
is_header(const yz_csv_record *record)
{
    if (record->count != COLUMNS) {
        return false;
    }
    for (size_t i = 0; i < COLUMNS; i++) {
        yz_span field = yz_text_trim(record->fields[i]);

        if (!yz_span_equal(field, yz_span_of(headers[i][0])) &&
            !yz_span_equal(field, yz_span_of(headers[i][1]))) {
            return false;
        }
    }
    return true;
}

/* 2, 4 or 6 digits that do not begin with 0; none for everywhere. */
static bool
read_region(yz_span text, yz_routing_line *line)
{
    line->digits = (uint8_t)text.n;
    line->region = 0;
    return text.n == 0 ||
           (text.n <= 6 && text.n % 2 == 0 && text.p[0] != '0' &&
            yz_number_parse_u32(text, 999999, &line->region) == YZ_OK);
}

static bool
read_node(yz_span text, uint32_t *node)
{
    return yz_number_parse_u32(text, UINT32_MAX, node) == YZ_OK && *node > 0;
}

static bool
is_separator(char c)
{
    return c == ';' || c == ' ';
}

static bool
is_new_co_handler(const yz_routing_line *line, uint32_t node)
{
    for (uint8_t i = 0; i < line->co_count; i++) {
        if (line->co_handlers[i] == node) {
            return false;
        }
    }
    return node != line->node && line->co_count < YZ_TICKET_CO_HANDLERS_MAX;
}

/* Node numbers, none twice and not the line's own node. */
static bool
read_co_handlers(yz_span text, yz_routing_line *line)
{
    size_t at = 0;

    while (at < text.n) {
        size_t end = at;
        uint32_t node;

        while (end < text.n && !is_separator(text.p[end])) {
            end++;
        }
        if (end > at) {
            if (!read_node((yz_span){text.p + at, end - at}, &node) ||
                !is_new_co_handler(line, node)) {
                return false;
            }
            line->co_handlers[line->co_count++] = node;
        }
        at = end + 1;
    }
    return true;
}

static yz_status
read_line(const yz_csv_record *record, yz_routing_line *line,
          yz_routing_fault *fault)
{
    yz_span field[COLUMNS];
    uint32_t days;

    if (record->count != COLUMNS) {
        return refuse(fault, record->line, "routing-columns",
                      "应有 5 列：类别、行政区划、主办、协办、期限");
    }
    for (size_t i = 0; i < COLUMNS; i++) {
        field[i] = yz_text_trim(record->fields[i]);
    }
    line->line = record->line;
    line->category = field[CATEGORY];
    if (line->category.n == 0 || line->category.n > YZ_TICKET_CATEGORY_MAX ||
        !yz_text_clean(line->category)) {
        return refuse(fault, record->line, "routing-category",
                      "类别为空、超过 64 字节或含有不可见字符");
    }
    if (!read_region(field[REGION], line)) {
        return refuse(fault, record->line, "routing-region",
                      "行政区划应为 2、4 或 6 位数字，或留空");
    }
    if (!read_node(field[NODE], &line->node)) {
        return refuse(fault, record->line, "routing-node",
                      "主办应为组织节点的编号");
    }
    if (!read_co_handlers(field[CO_HANDLERS], line)) {
        return refuse(fault, record->line, "routing-co-handlers",
                      "协办应为至多 16 个不重复的节点编号，用分号隔开");
    }
    if (yz_number_parse_u32(field[DAYS], YZ_TICKET_DAYS_MAX, &days) != YZ_OK ||
        days == 0) {
        return refuse(fault, record->line, "routing-days",
                      "期限应为 1 到 366 天");
    }
    line->days = (uint16_t)days;
    return YZ_OK;
}

static int
compare_lines(const void *a, const void *b)
{
    const yz_routing_line *x = a;
    const yz_routing_line *y = b;
    size_t n = x->category.n < y->category.n ? x->category.n : y->category.n;
    int order = memcmp(x->category.p, y->category.p, n);

    if (order == 0 && x->category.n != y->category.n) {
        order = x->category.n < y->category.n ? -1 : 1;
    }
    if (order == 0 && x->digits != y->digits) {
        order = x->digits > y->digits ? -1 : 1; /* the longest first */
    }
    if (order == 0 && x->region != y->region) {
        order = x->region < y->region ? -1 : 1;
    }
    if (order == 0) {
        order = x->line < y->line ? -1 : x->line > y->line;
    }
    return order;
}

/* Two lines for the same category and region contradict each other. */
static yz_status
check_twice(const yz_routing *routing, yz_routing_fault *fault)
{
    for (size_t i = 1; i < routing->count; i++) {
        const yz_routing_line *a = &routing->lines[i - 1];
        const yz_routing_line *b = &routing->lines[i];

        if (yz_span_equal(a->category, b->category) && a->digits == b->digits &&
            a->region == b->region) {
            return refuse(fault, b->line, "routing-twice",
                          "同一类别和行政区划出现了两次");
        }
    }
    return YZ_OK;
}

static yz_status
read_lines(yz_csv *csv, yz_routing *routing, yz_routing_fault *fault)
{
    yz_csv_record record;

    while (yz_csv_next(csv, &record)) {
        yz_status status;

        if (record.fault != YZ_CSV_FINE) {
            return refuse(fault, record.line, "routing-quote",
                          "引号没有结束，或结束引号后面还有文字");
        }
        if (routing->count == YZ_ROUTING_LINES_MAX) {
            return refuse(fault, record.line, "routing-lines", "超过 4096 行");
        }
        status = read_line(&record, &routing->lines[routing->count], fault);
        if (status != YZ_OK) {
            return status;
        }
        routing->count++;
    }
    if (routing->count == 0) {
        return refuse(fault, 0, "routing-empty", "表中没有任何一行");
    }
    qsort(routing->lines, routing->count, sizeof(*routing->lines),
          compare_lines);
    return check_twice(routing, fault);
}

/* How many records a text can have at most. */
static size_t
line_breaks(yz_span text)
{
    size_t count = 1;

    for (size_t i = 0; i < text.n; i++) {
        count += text.p[i] == '\n' || text.p[i] == '\r';
    }
    return count < YZ_ROUTING_LINES_MAX ? count : YZ_ROUTING_LINES_MAX;
}

yz_status
yz_routing_parse(yz_span text, yz_routing *routing, yz_routing_fault *fault)
{
    static const char mark[] = "\xef\xbb\xbf";
    yz_csv csv;
    yz_csv_record record;
    yz_status status;

    *routing = (yz_routing){.arena = YZ_ARENA_INIT};
    if (text.n > YZ_ROUTING_FILE_MAX || !yz_utf8_valid(text)) {
        return refuse(fault, 0, "routing-file",
                      "文件超过 60000 字节，或不是 UTF-8 文本");
    }
    if (text.n >= 3 && memcmp(text.p, mark, 3) == 0) {
        text = (yz_span){text.p + 3, text.n - 3};
    }
    routing->lines = yz_arena_alloc(
        &routing->arena, line_breaks(text) * sizeof(yz_routing_line));
    if (routing->lines == NULL) {
        return YZ_NOMEM;
    }
    yz_csv_init(&csv, text, &routing->arena);
    if (!yz_csv_next(&csv, &record) || record.fault != YZ_CSV_FINE ||
        !is_header(&record)) {
        status = refuse(fault, 1, "routing-header",
                        "第一行应为 category,region,node,co_handlers,days");
    } else {
        status = read_lines(&csv, routing, fault);
    }
    if (routing->arena.failed) {
        status = YZ_NOMEM;
    }
    if (status != YZ_OK) {
        yz_routing_free(routing);
    }
    return status;
}

void
yz_routing_free(yz_routing *routing)
{
    yz_arena_free(&routing->arena);
    *routing = (yz_routing){.arena = YZ_ARENA_INIT};
}

static const yz_span any = {"*", 1};

bool
yz_routing_knows(const yz_routing *routing, yz_span category)
{
    for (size_t i = 0; i < routing->count; i++) {
        if (yz_span_equal(routing->lines[i].category, category) ||
            yz_span_equal(routing->lines[i].category, any)) {
            return true;
        }
    }
    return false;
}

/* Whether the line's region holds a six-digit one. */
static bool
holds(const yz_routing_line *line, uint32_t region)
{
    static const uint32_t below[] = {[2] = 10000, [4] = 100, [6] = 1};

    return line->digits == 0 ||
           (region != 0 && region / below[line->digits] == line->region);
}

static const yz_routing_line *
find(const yz_routing *routing, yz_span category, uint32_t region)
{
    for (size_t i = 0; i < routing->count; i++) {
        const yz_routing_line *line = &routing->lines[i];

        if (yz_span_equal(line->category, category) && holds(line, region)) {
            return line; /* the longest region comes first */
        }
    }
    return NULL;
}

const yz_routing_line *
yz_routing_find(const yz_routing *routing, yz_span category, uint32_t region)
{
    const yz_routing_line *line = find(routing, category, region);

    return line != NULL ? line : find(routing, any, region);
}
