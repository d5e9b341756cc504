/*
 * The list of what is wrong with a file, and its texts.  Filled by every
 * check of the loader, shown by load.c and report.c.
 */
#include "admin/load/faults.h"

#include <stdlib.h>

#define VALUE_MAX 60 /* bytes of a value that are shown */

/* In the texts %n and %o stand for the fault's two numbers. */
typedef struct {
    const char *english;
    const char *chinese;
} reason;

static const reason reasons[YZ_FAULT_CODE_COUNT] = {
    [YZ_FAULT_FIELDS] = {"the row has %n fields, the header has %o",
                         "本行有 %n 列，表头有 %o 列"},
    [YZ_FAULT_QUOTE_OPEN] = {"a quote that is opened here never closes; is "
                             "the file cut?",
                             "引号没有结束，文件可能不完整"},
    [YZ_FAULT_AFTER_QUOTE] = {"text follows the closing quote",
                              "结束引号后面还有文字"},
    [YZ_FAULT_MANY_FIELDS] = {"the row has more than 256 fields",
                              "本行超过 256 列"},
    [YZ_FAULT_TOO_LONG] = {"is %n bytes long; at most %o are allowed",
                           "长度为 %n 字节，最多 %o 字节"},
    [YZ_FAULT_NOT_CLEAN] = {"holds a line break or an invisible character",
                            "含有换行或不可见字符"},
    [YZ_FAULT_NO_ID_NO_NAME] = {"the row has neither an id nor a name",
                                "编号和名称都为空"},
    [YZ_FAULT_ID_TWICE] = {"line %n has the same id", "与第 %n 行编号相同"},
    [YZ_FAULT_ID_SIGN] = {"an id may not be . or ..", "编号不能是 . 或 .."},
    [YZ_FAULT_MEMBER_TWICE] = {"is given twice", "重复出现"},
    [YZ_FAULT_NO_TEXT] = {"is an object or a list where a text is wanted",
                          "应为文字，不能是对象或列表"},
    [YZ_FAULT_NO_POINT] = {"the geometry is no Point with longitude and "
                           "latitude",
                           "几何类型不是带经纬度的 Point"},
    [YZ_FAULT_NO_NUMBER] = {"is no decimal number", "不是十进制数"},
    [YZ_FAULT_RANGE] = {"lies outside -%n..%n degrees",
                        "超出 -%n 到 %n 度的范围"},
    [YZ_FAULT_SWAPPED] = {"longitude and latitude look exchanged",
                          "经度和纬度可能写反了"},
    [YZ_FAULT_ZERO] = {"zero is no position; leave the cell empty if it is "
                       "unknown",
                       "坐标为 0；位置未知时请留空"},
    [YZ_FAULT_HALF] = {"longitude and latitude must be given both or none",
                       "经度和纬度必须同时填写或同时留空"},
    [YZ_FAULT_CRS_MISSING] = {"the position has no coordinate system: fill "
                              "in column crs or give --crs",
                              "没有坐标系，请填写坐标系一列"},
    [YZ_FAULT_CRS_UNKNOWN] = {"is no known coordinate system (wgs84, gcj02, "
                              "bd09)",
                              "不认识的坐标系（可用 WGS84、GCJ02、BD09）"},
    [YZ_FAULT_REGION_UNKNOWN] = {"is no region's code or name",
                                 "不是行政区划代码或名称"},
    [YZ_FAULT_REGION_AMBIGUOUS] = {"several regions are called so; write "
                                   "the city before it or the code",
                                   "有多个同名区划，请加上城市名或填写代码"},
    [YZ_FAULT_LEVEL] = {"is no level (none, city, province, national)",
                        "不认识的级别（可用 市级、省级、全国）"},
    [YZ_FAULT_STATUS] = {"is no status (open, suspended, closed, delisted)",
                         "不认识的状态（可用 开放、暂停、关闭、下架）"},
    [YZ_FAULT_UNTIL] = {"is no date (2026-12-31 or RFC 3339)",
                        "不是日期（如 2026-12-31）"},
    [YZ_FAULT_KIND_COMMA] = {"a kind may not hold a comma", "类别中不能有逗号"},
    [YZ_FAULT_KINDS_MANY] = {"is one kind more than the %n that are "
                             "possible",
                             "类别总数超过上限 %n"},
    [YZ_FAULT_SERVICES_MANY] = {"holds one service more than the %n that "
                                "are possible in all",
                                "服务种类总数超过上限 %n"},
    [YZ_FAULT_PHONE] = {"is no telephone number", "不是电话号码"},
    [YZ_FAULT_MOVED] = {"this id would get another name and move %n m; if "
                        "it is the same place, list it in --moved",
                        "该编号将改名并移动 %n 米；如确为同一站点，"
                        "请用 --moved 列出"},
    [YZ_FAULT_MATCH_MANY] = {"%n places have this name and region nearby; "
                             "give the id",
                             "附近有 %n 个同名同区的站点，请填写编号"},
    [YZ_FAULT_MATCH_TWICE] = {"is the same place as line %n",
                              "与第 %n 行是同一站点"},
    [YZ_FAULT_MATCH_TWIN] = {"line %n has the same name and region nearby; "
                             "give both an id",
                             "与第 %n 行同名同区且相距很近，请都填写编号"},
    [YZ_WARNING_NAME_EMPTY] = {"the place has no name", "没有名称"},
    [YZ_WARNING_MARKS] = {"invisible marks of writing direction are taken "
                          "out",
                          "去掉了不可见的书写方向符号"},
    [YZ_WARNING_REGION_UNKNOWN] = {"is not in the table of regions",
                                   "行政区划代码表中没有此代码"},
    [YZ_WARNING_MOBILE] = {"is a mobile number: personal, not published",
                           "手机号属个人信息，不公开，已略去"},
    [YZ_WARNING_MOBILE_TEXT] = {"seems to hold a mobile number, which will be "
                                "public",
                                "似乎含有手机号，将会公开，请核对"},
    [YZ_WARNING_HOURS] = {"the opening hours are not understood and kept as "
                          "text",
                          "看不懂开放时间，按原文保留"},
    [YZ_WARNING_FAR] = {"lies %n km from the middle of its region's places",
                        "距同一城市各站点的中心 %n 公里，请核对"},
    [YZ_WARNING_SWAPPED] = {"longitude and latitude look exchanged: the "
                            "point lies outside of China, exchanged inside",
                            "经度和纬度可能写反了：该点在中国境外，"
                            "对调后在境内，请核对"},
};

bool
yz_fault_is_warning(yz_fault_code code)
{
    return code >= YZ_WARNING_NAME_EMPTY;
}

static bool
grow(yz_faults *faults)
{
    size_t cap = faults->cap > 0 ? faults->cap * 2 : 64;
    yz_fault *items = realloc(faults->items, cap * sizeof(*items));

    if (items == NULL) {
        faults->failed = true;
        return false;
    }
    faults->items = items;
    faults->cap = cap;
    return true;
}

/* Cuts at VALUE_MAX bytes, not inside a character. */
static yz_span
cut(yz_span value)
{
    if (value.n > VALUE_MAX) {
        value.n = VALUE_MAX;
        while (value.n > 0 && ((uint8_t)value.p[value.n] & 0xc0) == 0x80) {
            value.n--;
        }
    }
    return value;
}

void
yz_faults_add(yz_faults *faults, const yz_fault *fault)
{
    if (faults->count == faults->cap && !grow(faults)) {
        return;
    }
    faults->items[faults->count] = *fault;
    faults->items[faults->count].value = cut(fault->value);
    faults->count++;
    faults->by_code[fault->code]++;
    if (!yz_fault_is_warning(fault->code)) {
        faults->errors++;
    }
}

static int
compare(const void *a, const void *b)
{
    const yz_fault *x = a;
    const yz_fault *y = b;

    if (x->row != y->row) {
        return x->row < y->row ? -1 : 1;
    }
    if (x->column != y->column) {
        return x->column < y->column ? -1 : 1;
    }
    return x->code < y->code ? -1 : x->code > y->code;
}

void
yz_faults_sort(yz_faults *faults)
{
    if (faults->count > 1) {
        qsort(faults->items, faults->count, sizeof(*faults->items), compare);
    }
}

void
yz_fault_reason(yz_out *out, const yz_fault *fault, bool chinese)
{
    const reason *both = &reasons[fault->code];

    for (const char *p = chinese ? both->chinese : both->english; *p != '\0';
         p++) {
        if (p[0] == '%' && p[1] == 'n') {
            yz_out_u64(out, fault->number);
            p++;
        } else if (p[0] == '%' && p[1] == 'o') {
            yz_out_u64(out, fault->other);
            p++;
        } else {
            yz_out_char(out, *p);
        }
    }
}

/* A terminal must not see control characters; each becomes a '?'. */
static void
value_out(yz_out *out, const yz_fault *fault)
{
    bool hide = fault->code == YZ_WARNING_MOBILE ||
                fault->code == YZ_WARNING_MOBILE_TEXT;

    if (fault->value.n == 0 || hide) {
        return;
    }
    yz_out_char(out, '"');
    for (size_t i = 0; i < fault->value.n; i++) {
        char c = fault->value.p[i];

        yz_out_char(out, (uint8_t)c < 0x20 || c == 0x7f ? '?' : c);
    }
    yz_out_text(out, fault->value.n == VALUE_MAX ? "...\" " : "\" ");
}

void
yz_fault_line(yz_out *out, const yz_fault *fault)
{
    yz_out_text(out, "line ");
    yz_out_u64(out, fault->line);
    if (fault->column < YZ_COLUMN_COUNT) {
        yz_out_text(out, ", column ");
        yz_out_text(out, yz_column_name(fault->column));
    }
    yz_out_text(out, ": ");
    value_out(out, fault);
    yz_fault_reason(out, fault, false);
}

void
yz_faults_free(yz_faults *faults)
{
    free(faults->items);
    *faults = (yz_faults){0};
}
