/*
 * Names of columns: the loader's own, those that clerks write, and those
 * that --map gives.  Used by table.c and the command line.
 */
#include "admin/load/columns.h"

#include <strings.h>

typedef struct {
    const char *text;
    yz_column column;
} header_name;

static const char *const names[YZ_COLUMN_COUNT] = {
    [YZ_COLUMN_ID] = "id",
    [YZ_COLUMN_NAME] = "name",
    [YZ_COLUMN_KIND] = "kind",
    [YZ_COLUMN_LEVEL] = "level",
    [YZ_COLUMN_REGION] = "region",
    [YZ_COLUMN_ADDRESS] = "address",
    [YZ_COLUMN_LNG] = "lng",
    [YZ_COLUMN_LAT] = "lat",
    [YZ_COLUMN_CRS] = "crs",
    [YZ_COLUMN_HOURS] = "hours",
    [YZ_COLUMN_SERVICES] = "services",
    [YZ_COLUMN_PHONE] = "phone",
    [YZ_COLUMN_STATUS] = "status",
    [YZ_COLUMN_UNTIL] = "until",
};

static const char *const labels[YZ_COLUMN_COUNT] = {
    [YZ_COLUMN_ID] = "站点编号",     [YZ_COLUMN_NAME] = "站点名称",
    [YZ_COLUMN_KIND] = "类别",       [YZ_COLUMN_LEVEL] = "级别",
    [YZ_COLUMN_REGION] = "行政区划", [YZ_COLUMN_ADDRESS] = "详细地址",
    [YZ_COLUMN_LNG] = "经度",        [YZ_COLUMN_LAT] = "纬度",
    [YZ_COLUMN_CRS] = "坐标系",      [YZ_COLUMN_HOURS] = "开放时间",
    [YZ_COLUMN_SERVICES] = "服务",   [YZ_COLUMN_PHONE] = "电话",
    [YZ_COLUMN_STATUS] = "状态",     [YZ_COLUMN_UNTIL] = "恢复日期",
};

static const header_name others[] = {
    {"编号", YZ_COLUMN_ID},
    {"站点编码", YZ_COLUMN_ID},
    {"驿站编号", YZ_COLUMN_ID},
    {"名称", YZ_COLUMN_NAME},
    {"站名", YZ_COLUMN_NAME},
    {"驿站名称", YZ_COLUMN_NAME},
    {"站点类别", YZ_COLUMN_KIND},
    {"类型", YZ_COLUMN_KIND},
    {"站点类型", YZ_COLUMN_KIND},
    {"站点级别", YZ_COLUMN_LEVEL},
    {"等级", YZ_COLUMN_LEVEL},
    {"行政区划代码", YZ_COLUMN_REGION},
    {"区划代码", YZ_COLUMN_REGION},
    {"行政区", YZ_COLUMN_REGION},
    {"地区", YZ_COLUMN_REGION},
    {"区县", YZ_COLUMN_REGION},
    {"所属区县", YZ_COLUMN_REGION},
    {"所属区域", YZ_COLUMN_REGION},
    {"所在区县", YZ_COLUMN_REGION},
    {"地址", YZ_COLUMN_ADDRESS},
    {"站点地址", YZ_COLUMN_ADDRESS},
    {"具体地址", YZ_COLUMN_ADDRESS},
    {"lon", YZ_COLUMN_LNG},
    {"longitude", YZ_COLUMN_LNG},
    {"latitude", YZ_COLUMN_LAT},
    {"坐标系统", YZ_COLUMN_CRS},
    {"坐标类型", YZ_COLUMN_CRS},
    {"营业时间", YZ_COLUMN_HOURS},
    {"服务时间", YZ_COLUMN_HOURS},
    {"服务项目", YZ_COLUMN_SERVICES},
    {"服务内容", YZ_COLUMN_SERVICES},
    {"服务设施", YZ_COLUMN_SERVICES},
    {"联系电话", YZ_COLUMN_PHONE},
    {"公开电话", YZ_COLUMN_PHONE},
    {"服务电话", YZ_COLUMN_PHONE},
    {"站点状态", YZ_COLUMN_STATUS},
    {"开放状态", YZ_COLUMN_STATUS},
    {"恢复时间", YZ_COLUMN_UNTIL},
    {"暂停至", YZ_COLUMN_UNTIL},
    {"manager_name", YZ_COLUMN_PERSONAL},
    {"manager_phone", YZ_COLUMN_PERSONAL},
    {"负责人", YZ_COLUMN_PERSONAL},
    {"负责人姓名", YZ_COLUMN_PERSONAL},
    {"负责人电话", YZ_COLUMN_PERSONAL},
    {"负责人手机", YZ_COLUMN_PERSONAL},
    {"联系人", YZ_COLUMN_PERSONAL},
    {"联系人姓名", YZ_COLUMN_PERSONAL},
    {"联系人电话", YZ_COLUMN_PERSONAL},
    {"联系人手机", YZ_COLUMN_PERSONAL},
    {"站长", YZ_COLUMN_PERSONAL},
    {"站长姓名", YZ_COLUMN_PERSONAL},
    {"站长电话", YZ_COLUMN_PERSONAL},
    {"管理员", YZ_COLUMN_PERSONAL},
    {"手机", YZ_COLUMN_PERSONAL},
    {"手机号", YZ_COLUMN_PERSONAL},
    {"手机号码", YZ_COLUMN_PERSONAL},
    {"身份证号", YZ_COLUMN_PERSONAL},
};

const char *
yz_column_name(yz_column column)
{
    return names[column];
}

const char *
yz_column_label(yz_column column)
{
    return labels[column];
}

/* Bytes of the blank that `text` begins with; 0 if it begins with none. */
static size_t
blank_size(const char *p, size_t n)
{
    if (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r') {
        return 1;
    }
    if (n >= 2 && memcmp(p, "\xc2\xa0", 2) == 0) { /* no-break space */
        return 2;
    }
    if (n >= 3 && memcmp(p, "\xe3\x80\x80", 3) == 0) { /* full width */
        return 3;
    }
    return 0;
}

yz_span
yz_text_trim(yz_span text)
{
    size_t size;

    while (text.n > 0 && (size = blank_size(text.p, text.n)) > 0) {
        text.p += size;
        text.n -= size;
    }
    while (text.n > 0) {
        const char *end = text.p + text.n;

        if (blank_size(end - 1, 1) == 1) {
            text.n -= 1;
        } else if (text.n >= 2 && blank_size(end - 2, 2) == 2) {
            text.n -= 2;
        } else if (text.n >= 3 && blank_size(end - 3, 3) == 3) {
            text.n -= 3;
        } else {
            break;
        }
    }
    return text;
}

static bool
is_name(yz_span text, const char *name)
{
    return text.n == strlen(name) && strncasecmp(text.p, name, text.n) == 0;
}

static yz_column
own_column(yz_span text)
{
    for (int i = 0; i < YZ_COLUMN_COUNT; i++) {
        if (is_name(text, names[i]) || is_name(text, labels[i])) {
            return (yz_column)i;
        }
    }
    return YZ_COLUMN_UNKNOWN;
}

static bool
add_rename(yz_renames *renames, yz_span piece)
{
    const char *equals = memchr(piece.p, '=', piece.n);
    yz_rename *item = &renames->items[renames->count];
    size_t at;

    if (equals == NULL || renames->count == YZ_RENAMES_MAX) {
        return false;
    }
    at = (size_t)(equals - piece.p);
    item->theirs = yz_text_trim((yz_span){piece.p, at});
    item->ours =
        own_column(yz_text_trim((yz_span){equals + 1, piece.n - at - 1}));
    item->used = false;
    for (size_t i = 0; i < renames->count; i++) {
        if (yz_span_equal(renames->items[i].theirs, item->theirs)) {
            return false;
        }
    }
    renames->count++;
    return item->theirs.n > 0 && item->ours < YZ_COLUMN_COUNT;
}

yz_status
yz_renames_add(yz_renames *renames, yz_span text, yz_span *bad)
{
    for (;;) {
        const char *comma = text.n > 0 ? memchr(text.p, ',', text.n) : NULL;
        size_t n = comma == NULL ? text.n : (size_t)(comma - text.p);

        *bad = (yz_span){text.p, n};
        if (n == 0 || !add_rename(renames, *bad)) {
            return YZ_BAD_INPUT;
        }
        if (comma == NULL) {
            return YZ_OK;
        }
        text = (yz_span){comma + 1, text.n - n - 1};
    }
}

yz_column
yz_column_of(yz_renames *renames, yz_span text)
{
    yz_column own;

    text = yz_text_trim(text);
    for (size_t i = 0; i < renames->count; i++) {
        if (yz_span_equal(renames->items[i].theirs, text)) {
            renames->items[i].used = true;
            return renames->items[i].ours;
        }
    }
    own = own_column(text);
    if (own != YZ_COLUMN_UNKNOWN) {
        return own;
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (is_name(text, others[i].text)) {
            return others[i].column;
        }
    }
    return YZ_COLUMN_UNKNOWN;
}
