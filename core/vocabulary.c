/*
 * Known words, their labels and icons, and the names that clerks write for
 * them.  The loader and the query parser map words with it, pages show the
 * labels.  The tables are short; they are walked.
 */
#include "core/vocabulary.h"

#include <stdbool.h>
#include <stdint.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Another name of the entry of number `entry`. */
typedef struct {
    const char *text;
    uint8_t entry;
} alias;

enum {
    KIND_STATION,
    KIND_MICRO_STATION,
    KIND_MOBILE_STATION,
    KIND_GRID_STATION,
    KIND_PARTNER_SHOP,
    KIND_CLINIC,
    KIND_VACCINATION_SITE,
    KIND_CHARGING_POST,
    KIND_TOILET,
    KIND_PHARMACY,
    KIND_LEGAL_AID_POINT,
    KIND_COUNT
};

static const yz_vocabulary_entry kinds[KIND_COUNT] = {
    [KIND_STATION] = {"station", "驿站", "🏠"},
    [KIND_MICRO_STATION] = {"micro_station", "微驿站", "🏡"},
    [KIND_MOBILE_STATION] = {"mobile_station", "流动驿站", "🚐"},
    [KIND_GRID_STATION] = {"grid_station", "网格驿站", "🏘️"},
    [KIND_PARTNER_SHOP] = {"partner_shop", "爱心商家", "🏪"},
    [KIND_CLINIC] = {"clinic", "诊所", "🏥"},
    [KIND_VACCINATION_SITE] = {"vaccination_site", "疫苗接种点", "💉"},
    [KIND_CHARGING_POST] = {"charging_post", "充电桩", "🔌"},
    [KIND_TOILET] = {"toilet", "公共厕所", "🚻"},
    [KIND_PHARMACY] = {"pharmacy", "药店", "💊"},
    [KIND_LEGAL_AID_POINT] = {"legal_aid_point", "法律援助点", "⚖️"},
};

static const alias kind_aliases[] = {
    {"户外劳动者服务站点", KIND_STATION},
    {"户外劳动者服务站", KIND_STATION},
    {"户外劳动者驿站", KIND_STATION},
    {"户外劳动者爱心驿站", KIND_STATION},
    {"工会户外劳动者服务站点", KIND_STATION},
    {"工会驿站", KIND_STATION},
    {"爱心驿站", KIND_STATION},
    {"职工驿站", KIND_STATION},
    {"劳动者驿站", KIND_STATION},
    {"暖心驿站", KIND_STATION},
    {"服务站点", KIND_STATION},
    {"微型驿站", KIND_MICRO_STATION},
    {"小微驿站", KIND_MICRO_STATION},
    {"移动驿站", KIND_MOBILE_STATION},
    {"流动服务站", KIND_MOBILE_STATION},
    {"网格站", KIND_GRID_STATION},
    {"网格站点", KIND_GRID_STATION},
    {"爱心商户", KIND_PARTNER_SHOP},
    {"合作商家", KIND_PARTNER_SHOP},
    {"合作商户", KIND_PARTNER_SHOP},
    {"共建商家", KIND_PARTNER_SHOP},
    {"门诊", KIND_CLINIC},
    {"门诊部", KIND_CLINIC},
    {"卫生室", KIND_CLINIC},
    {"医务室", KIND_CLINIC},
    {"社区卫生服务站", KIND_CLINIC},
    {"接种点", KIND_VACCINATION_SITE},
    {"接种门诊", KIND_VACCINATION_SITE},
    {"预防接种门诊", KIND_VACCINATION_SITE},
    {"疫苗接种门诊", KIND_VACCINATION_SITE},
    {"充电点", KIND_CHARGING_POST},
    {"充电站", KIND_CHARGING_POST},
    {"厕所", KIND_TOILET},
    {"公厕", KIND_TOILET},
    {"卫生间", KIND_TOILET},
    {"洗手间", KIND_TOILET},
    {"公共卫生间", KIND_TOILET},
    {"药房", KIND_PHARMACY},
    {"法律援助站", KIND_LEGAL_AID_POINT},
    {"法律援助工作站", KIND_LEGAL_AID_POINT},
    {"法律服务点", KIND_LEGAL_AID_POINT},
};

enum {
    SERVICE_WATER,
    SERVICE_HOT_MEAL,
    SERVICE_FRIDGE,
    SERVICE_HOT_DRINKS,
    SERVICE_REST,
    SERVICE_AIR_CONDITIONING,
    SERVICE_PHONE_CHARGING,
    SERVICE_EBIKE_CHARGING,
    SERVICE_BATTERY_SWAP,
    SERVICE_BOOKS,
    SERVICE_E_READING,
    SERVICE_MEDICINE,
    SERVICE_UMBRELLA,
    SERVICE_RESTROOM,
    SERVICE_SHOWER,
    SERVICE_LAUNDRY,
    SERVICE_WIFI,
    SERVICE_NURSING_ROOM,
    SERVICE_CHILDCARE,
    SERVICE_HANDOFF,
    SERVICE_DONATION_SHELF,
    SERVICE_JOIN_UNION,
    SERVICE_LEGAL_AID,
    SERVICE_COUNSELLING,
    SERVICE_JOB_INFO,
    SERVICE_MASSAGE,
    SERVICE_HEALTH_CHECK,
    SERVICE_AED,
    SERVICE_PARKING,
    SERVICE_COUNT
};

static const yz_vocabulary_entry services[SERVICE_COUNT] = {
    [SERVICE_WATER] = {"water", "饮用水", "💧"},
    [SERVICE_HOT_MEAL] = {"hot_meal", "微波炉热饭", "🍱"},
    [SERVICE_FRIDGE] = {"fridge", "冰箱", "🧊"},
    [SERVICE_HOT_DRINKS] = {"hot_drinks", "热饮", "☕"},
    [SERVICE_REST] = {"rest", "休息", "🪑"},
    [SERVICE_AIR_CONDITIONING] = {"air_conditioning", "空调", "❄️"},
    [SERVICE_PHONE_CHARGING] = {"phone_charging", "手机充电", "🔋"},
    [SERVICE_EBIKE_CHARGING] = {"ebike_charging", "电动车充电", "🛵"},
    [SERVICE_BATTERY_SWAP] = {"battery_swap", "电池换电", "🔄"},
    [SERVICE_BOOKS] = {"books", "图书", "📚"},
    [SERVICE_E_READING] = {"e_reading", "电子阅读", "📱"},
    [SERVICE_MEDICINE] = {"medicine", "应急药品", "💊"},
    [SERVICE_UMBRELLA] = {"umbrella", "雨伞", "☂️"},
    [SERVICE_RESTROOM] = {"restroom", "卫生间", "🚻"},
    [SERVICE_SHOWER] = {"shower", "淋浴", "🚿"},
    [SERVICE_LAUNDRY] = {"laundry", "洗衣", "🧺"},
    [SERVICE_WIFI] = {"wifi", "无线网络", "📶"},
    [SERVICE_NURSING_ROOM] = {"nursing_room", "母婴室", "🍼"},
    [SERVICE_CHILDCARE] = {"childcare", "儿童托管", "🧒"},
    [SERVICE_HANDOFF] = {"handoff", "外卖转接", "🤝"},
    [SERVICE_DONATION_SHELF] = {"donation_shelf", "爱心货架", "🎁"},
    [SERVICE_JOIN_UNION] = {"join_union", "加入工会", "👷"},
    [SERVICE_LEGAL_AID] = {"legal_aid", "法律援助", "⚖️"},
    [SERVICE_COUNSELLING] = {"counselling", "心理咨询", "💬"},
    [SERVICE_JOB_INFO] = {"job_info", "招工信息", "📋"},
    [SERVICE_MASSAGE] = {"massage", "按摩", "💆"},
    [SERVICE_HEALTH_CHECK] = {"health_check", "健康检测", "🩺"},
    [SERVICE_AED] = {"aed", "除颤仪", "❤️"},
    [SERVICE_PARKING] = {"parking", "停车", "🅿️"},
};

static const alias service_aliases[] = {
    {"水", SERVICE_WATER},
    {"饮水", SERVICE_WATER},
    {"热水", SERVICE_WATER},
    {"开水", SERVICE_WATER},
    {"喝水", SERVICE_WATER},
    {"饮水机", SERVICE_WATER},
    {"微波炉", SERVICE_HOT_MEAL},
    {"热饭", SERVICE_HOT_MEAL},
    {"加热饭菜", SERVICE_HOT_MEAL},
    {"饭菜加热", SERVICE_HOT_MEAL},
    {"冷藏", SERVICE_FRIDGE},
    {"热饮料", SERVICE_HOT_DRINKS},
    {"茶水", SERVICE_HOT_DRINKS},
    {"咖啡", SERVICE_HOT_DRINKS},
    {"歇脚", SERVICE_REST},
    {"座椅", SERVICE_REST},
    {"桌椅", SERVICE_REST},
    {"休息区", SERVICE_REST},
    {"冷暖空调", SERVICE_AIR_CONDITIONING},
    {"充电", SERVICE_PHONE_CHARGING},
    {"充电器", SERVICE_PHONE_CHARGING},
    {"手机充电器", SERVICE_PHONE_CHARGING},
    {"电瓶车充电", SERVICE_EBIKE_CHARGING},
    {"电动自行车充电", SERVICE_EBIKE_CHARGING},
    {"换电", SERVICE_BATTERY_SWAP},
    {"换电柜", SERVICE_BATTERY_SWAP},
    {"书籍", SERVICE_BOOKS},
    {"书报", SERVICE_BOOKS},
    {"图书角", SERVICE_BOOKS},
    {"阅读", SERVICE_BOOKS},
    {"电子书", SERVICE_E_READING},
    {"电子书屋", SERVICE_E_READING},
    {"药品", SERVICE_MEDICINE},
    {"药箱", SERVICE_MEDICINE},
    {"医药箱", SERVICE_MEDICINE},
    {"急救箱", SERVICE_MEDICINE},
    {"急救药箱", SERVICE_MEDICINE},
    {"应急药箱", SERVICE_MEDICINE},
    {"常用药品", SERVICE_MEDICINE},
    {"急救药品", SERVICE_MEDICINE},
    {"应急药", SERVICE_MEDICINE},
    {"急救包", SERVICE_MEDICINE},
    {"伞", SERVICE_UMBRELLA},
    {"爱心伞", SERVICE_UMBRELLA},
    {"雨具", SERVICE_UMBRELLA},
    {"厕所", SERVICE_RESTROOM},
    {"如厕", SERVICE_RESTROOM},
    {"洗手间", SERVICE_RESTROOM},
    {"洗澡", SERVICE_SHOWER},
    {"沐浴", SERVICE_SHOWER},
    {"洗衣机", SERVICE_LAUNDRY},
    {"无线网", SERVICE_WIFI},
    {"上网", SERVICE_WIFI},
    {"Wi-Fi", SERVICE_WIFI},
    {"免费WiFi", SERVICE_WIFI},
    {"哺乳室", SERVICE_NURSING_ROOM},
    {"妈咪小屋", SERVICE_NURSING_ROOM},
    {"托管", SERVICE_CHILDCARE},
    {"暑托", SERVICE_CHILDCARE},
    {"外卖中转", SERVICE_HANDOFF},
    {"外卖接力", SERVICE_HANDOFF},
    {"爱心冰柜", SERVICE_DONATION_SHELF},
    {"捐赠货架", SERVICE_DONATION_SHELF},
    {"入会", SERVICE_JOIN_UNION},
    {"入会服务", SERVICE_JOIN_UNION},
    {"法律咨询", SERVICE_LEGAL_AID},
    {"法律服务", SERVICE_LEGAL_AID},
    {"心理疏导", SERVICE_COUNSELLING},
    {"心理服务", SERVICE_COUNSELLING},
    {"就业信息", SERVICE_JOB_INFO},
    {"招聘信息", SERVICE_JOB_INFO},
    {"求职信息", SERVICE_JOB_INFO},
    {"按摩椅", SERVICE_MASSAGE},
    {"量血压", SERVICE_HEALTH_CHECK},
    {"血压计", SERVICE_HEALTH_CHECK},
    {"健康检查", SERVICE_HEALTH_CHECK},
    {"体检", SERVICE_HEALTH_CHECK},
    {"自动体外除颤器", SERVICE_AED},
    {"停车位", SERVICE_PARKING},
    {"停车场", SERVICE_PARKING},
};

static const yz_vocabulary_entry levels[YZ_LEVEL_COUNT] = {
    [YZ_LEVEL_NONE] = {"none", "", ""},
    [YZ_LEVEL_CITY] = {"city", "市级最美驿站", ""},
    [YZ_LEVEL_PROVINCE] = {"province", "省级最美驿站", ""},
    [YZ_LEVEL_NATIONAL] = {"national", "全国最美驿站", ""},
};

static const alias level_aliases[] = {
    {"无", YZ_LEVEL_NONE},           {"普通", YZ_LEVEL_NONE},
    {"市", YZ_LEVEL_CITY},           {"市级", YZ_LEVEL_CITY},
    {"市级最美", YZ_LEVEL_CITY},     {"最美市级", YZ_LEVEL_CITY},
    {"省", YZ_LEVEL_PROVINCE},       {"省级", YZ_LEVEL_PROVINCE},
    {"省级最美", YZ_LEVEL_PROVINCE}, {"最美省级", YZ_LEVEL_PROVINCE},
    {"全国", YZ_LEVEL_NATIONAL},     {"全国级", YZ_LEVEL_NATIONAL},
    {"国家级", YZ_LEVEL_NATIONAL},   {"全国最美", YZ_LEVEL_NATIONAL},
    {"最美全国", YZ_LEVEL_NATIONAL},
};

static const yz_vocabulary_entry statuses[YZ_PLACE_STATUS_COUNT] = {
    [YZ_PLACE_OPEN] = {"open", "正常开放", ""},
    [YZ_PLACE_SUSPENDED] = {"suspended", "暂停服务", ""},
    [YZ_PLACE_CLOSED] = {"closed", "已关闭", ""},
    [YZ_PLACE_DELISTED] = {"delisted", "已下架", ""},
};

static const alias status_aliases[] = {
    {"正常", YZ_PLACE_OPEN},          {"开放", YZ_PLACE_OPEN},
    {"营业", YZ_PLACE_OPEN},          {"营业中", YZ_PLACE_OPEN},
    {"启用", YZ_PLACE_OPEN},          {"在用", YZ_PLACE_OPEN},
    {"运营中", YZ_PLACE_OPEN},        {"正常运行", YZ_PLACE_OPEN},
    {"暂停", YZ_PLACE_SUSPENDED},     {"暂停开放", YZ_PLACE_SUSPENDED},
    {"暂停使用", YZ_PLACE_SUSPENDED}, {"暂停营业", YZ_PLACE_SUSPENDED},
    {"维修", YZ_PLACE_SUSPENDED},     {"维修中", YZ_PLACE_SUSPENDED},
    {"停用", YZ_PLACE_SUSPENDED},     {"关闭", YZ_PLACE_CLOSED},
    {"永久关闭", YZ_PLACE_CLOSED},    {"撤销", YZ_PLACE_CLOSED},
    {"已撤销", YZ_PLACE_CLOSED},      {"下架", YZ_PLACE_DELISTED},
    {"注销", YZ_PLACE_DELISTED},      {"已注销", YZ_PLACE_DELISTED},
};

static char
lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Equal but for the case of ASCII letters. */
static bool
is_same(yz_span text, const char *known)
{
    for (size_t i = 0; i < text.n; i++) {
        if (known[i] == '\0' || lower(text.p[i]) != lower(known[i])) {
            return false;
        }
    }
    return known[text.n] == '\0';
}

/* The number of the entry whose word, label or alias is `text`, or -1. */
static int
find(yz_span text, const yz_vocabulary_entry *entries, size_t entry_n,
     const alias *aliases, size_t alias_n)
{
    if (text.n == 0) {
        return -1;
    }
    for (size_t i = 0; i < entry_n; i++) {
        if (is_same(text, entries[i].word) || is_same(text, entries[i].label)) {
            return (int)i;
        }
    }
    for (size_t i = 0; i < alias_n; i++) {
        if (is_same(text, aliases[i].text)) {
            return aliases[i].entry;
        }
    }
    return -1;
}

/* The entry whose word is exactly `word`, or NULL. */
static const yz_vocabulary_entry *
entry_of(yz_span word, const yz_vocabulary_entry *entries, size_t entry_n)
{
    for (size_t i = 0; i < entry_n; i++) {
        if (yz_span_equal(word, yz_span_of(entries[i].word))) {
            return &entries[i];
        }
    }
    return NULL;
}

const yz_vocabulary_entry *
yz_vocabulary_kinds(size_t *n)
{
    *n = KIND_COUNT;
    return kinds;
}

const yz_vocabulary_entry *
yz_vocabulary_services(size_t *n)
{
    *n = SERVICE_COUNT;
    return services;
}

yz_span
yz_vocabulary_kind_of(yz_span text)
{
    int i = find(text, kinds, KIND_COUNT, kind_aliases, COUNT(kind_aliases));

    return i < 0 ? text : yz_span_of(kinds[i].word);
}

yz_span
yz_vocabulary_service_of(yz_span text)
{
    int i = find(text, services, SERVICE_COUNT, service_aliases,
                 COUNT(service_aliases));

    return i < 0 ? text : yz_span_of(services[i].word);
}

yz_span
yz_vocabulary_kind_label(yz_span word)
{
    const yz_vocabulary_entry *entry = entry_of(word, kinds, KIND_COUNT);

    return entry == NULL ? word : yz_span_of(entry->label);
}

yz_span
yz_vocabulary_service_label(yz_span word)
{
    const yz_vocabulary_entry *entry = entry_of(word, services, SERVICE_COUNT);

    return entry == NULL ? word : yz_span_of(entry->label);
}

yz_span
yz_vocabulary_kind_icon(yz_span word)
{
    const yz_vocabulary_entry *entry = entry_of(word, kinds, KIND_COUNT);

    return yz_span_of(entry == NULL ? "📍" : entry->icon);
}

yz_span
yz_vocabulary_service_icon(yz_span word)
{
    const yz_vocabulary_entry *entry = entry_of(word, services, SERVICE_COUNT);

    return yz_span_of(entry == NULL ? "✅" : entry->icon);
}

yz_status
yz_level_parse(yz_span text, yz_level *level)
{
    int i =
        find(text, levels, YZ_LEVEL_COUNT, level_aliases, COUNT(level_aliases));

    if (i < 0) {
        return YZ_BAD_INPUT;
    }
    *level = (yz_level)i;
    return YZ_OK;
}

yz_status
yz_level_parse_strict(yz_span text, yz_level *level)
{
    const yz_vocabulary_entry *entry = entry_of(text, levels, YZ_LEVEL_COUNT);

    if (entry == NULL) {
        return YZ_BAD_INPUT;
    }
    *level = (yz_level)(entry - levels);
    return YZ_OK;
}

yz_status
yz_place_status_parse(yz_span text, yz_place_status *status)
{
    int i = find(text, statuses, YZ_PLACE_STATUS_COUNT, status_aliases,
                 COUNT(status_aliases));

    if (i < 0) {
        return YZ_BAD_INPUT;
    }
    *status = (yz_place_status)i;
    return YZ_OK;
}

const char *
yz_level_word(yz_level level)
{
    return (unsigned)level < YZ_LEVEL_COUNT ? levels[level].word : "";
}

const char *
yz_level_label(yz_level level)
{
    return (unsigned)level < YZ_LEVEL_COUNT ? levels[level].label : "";
}

const char *
yz_place_status_word(yz_place_status status)
{
    return (unsigned)status < YZ_PLACE_STATUS_COUNT ? statuses[status].word
                                                    : "";
}

const char *
yz_place_status_label(yz_place_status status)
{
    return (unsigned)status < YZ_PLACE_STATUS_COUNT ? statuses[status].label
                                                    : "";
}
