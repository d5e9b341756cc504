/*
 * Checks bodies of posts.  Runs in the writer; called by post_new.c.
 */
#include "admin/rules/post_check.h"

#include <math.h>
#include <stdio.h>

#include "admin/identity/org.h"
#include "admin/rules/phone_number.h"
#include "admin/rules/post_new.h"
#include "admin/rules/presence.h"
#include "core/crs.h"
#include "core/items.h"
#include "core/number.h"

#define FAULTS_MAX 8
#define STAFF_DAYS_MAX 31

/* Who may put up jobs and notices of a region. */
#define STAFF                                                                  \
    (YZ_ROLE_BIT(YZ_ROLE_LIAISON) | YZ_ROLE_BIT(YZ_ROLE_CHIEF) |               \
     YZ_ROLE_BIT(YZ_ROLE_CITY) | YZ_ROLE_BIT(YZ_ROLE_PROVINCE))

typedef struct {
    yz_desk *desk;
    yz_exchange *x;
    yz_post_draft *draft;
    yz_post *post;
    size_t count;
    yz_problem_error faults[FAULTS_MAX];
} check;

static void
fault(check *c, const char *pointer, const char *code, const char *detail)
{
    if (c->count < FAULTS_MAX) {
        c->faults[c->count++] = (yz_problem_error){NULL, pointer, code, detail};
    }
}

/* Needs and offers come from workers whose issuer vouches for them. */
static yz_status
check_worker(yz_exchange *x)
{
    if (x->actor.kind == YZ_ACTOR_WORKER && x->verified) {
        return YZ_OK;
    }
    return yz_presence_refuse(x, YZ_PROBLEM_FORBIDDEN,
                              "发布求助和提供要用实名认证的工会账号。");
}

static void
check_topic(check *c)
{
    yz_post_topic topic = YZ_POST_NEED;

    /* The table of members let in nothing else. */
    (void)yz_post_topic_parse(yz_json_text(c->x, NULL, "topic"), &topic);
    c->post->topic = (uint8_t)topic;
    bool staff = yz_post_by_staff(c->post->topic);
    uint32_t most = staff ? STAFF_DAYS_MAX : YZ_POST_LIFE_DAYS;
    int64_t days = yz_json_integer(c->x, NULL, "days", YZ_POST_LIFE_DAYS);

    if (days > most) {
        fault(c, "/days", "member-range", "求助和提供最多保留 14 天");
    }
    c->draft->days = (uint32_t)days;
}

/* A word of the list of items, for needs and offers. */
static yz_status
check_item(check *c)
{
    yz_span word = yz_json_text(c->x, NULL, "item"), csv;
    yz_item item;

    if (word.n == 0) {
        return YZ_OK;
    }
    if (yz_post_by_staff(c->post->topic)) {
        fault(c, "/item", "member-unknown", "招工和通知不带物品");
        return YZ_OK;
    }
    yz_status status = yz_store_record_get(c->desk->store, YZ_TABLE_POLICY,
                                           YZ_SPAN("items"), &csv, NULL);
    if (status == YZ_OK) {
        status = yz_items_find(csv, word, &item);
    }
    if (status == YZ_NOT_FOUND) {
        fault(c, "/item", "member-range", "物品表里没有这一项");
        return YZ_OK;
    }
    if (status == YZ_OK) {
        c->post->item = yz_exchange_keep(c->x, item.word);
        c->post->item_name = yz_exchange_keep(c->x, item.name);
    }
    return status;
}

static void
check_texts(check *c)
{
    yz_span contact = yz_json_text(c->x, NULL, "contact");
    char number[YZ_MOBILE_SIZE];

    c->draft->text = c->post->text = yz_json_text(c->x, NULL, "text");
    if (c->draft->text.n == 0 && yz_json_text(c->x, NULL, "item").n == 0) {
        fault(c, yz_post_by_staff(c->post->topic) ? "/text" : "/item",
              "member-missing", "要写物品或者文字");
    }
    c->draft->contact = (yz_span){"", 0};
    if (contact.n == 0) {
        if (!yz_post_by_staff(c->post->topic)) {
            fault(c, "/contact", "member-missing", "要写手机号，它不会公开");
        }
        return;
    }
    if (yz_mobile_read(contact, number) != YZ_OK) {
        fault(c, "/contact", "member-malformed", "手机号是 11 位数字");
        return;
    }
    c->draft->contact = yz_exchange_keep(c->x, yz_span_of(number));
}

/* The point of the grid next to what was given: no more is ever kept. */
static void
round_position(check *c, double lng, double lat)
{
    yz_crs crs = YZ_CRS_WGS84;

    (void)yz_crs_parse_strict(yz_json_text(c->x, NULL, "crs"), &crs);
    yz_crs_to_wgs84(crs, &lng, &lat);
    c->post->lng_e7 = yz_post_round_e7((int32_t)lround(lng * 1e7));
    c->post->lat_e7 = yz_post_round_e7((int32_t)lround(lat * 1e7));
}

static void
check_position(check *c, const yz_place *place)
{
    bool lng = yz_json_given(c->x, NULL, "lng");
    bool lat = yz_json_given(c->x, NULL, "lat");

    if (lng && lat) {
        round_position(c, yz_json_number(c->x, NULL, "lng", 0),
                       yz_json_number(c->x, NULL, "lat", 0));
    } else if (lng || lat) {
        fault(c, lng ? "/lat" : "/lng", "member-missing", "经度和纬度要一起写");
    } else if (place == NULL || !place->has_position) {
        fault(c, "/lng", "member-missing",
              "要写 lng 和 lat，或者写一个有位置的站点");
    } else {
        c->post->lng_e7 = yz_post_round_e7(place->lng_e7);
        c->post->lat_e7 = yz_post_round_e7(place->lat_e7);
    }
}

/* Whether the names of regions have it; without names every code is one. */
static yz_status
region_is_known(check *c, uint32_t region, bool *known)
{
    char line[16];
    int n = snprintf(line, sizeof(line), "\n%06lu,", (unsigned long)region);
    yz_span csv;
    yz_status status =
        yz_store_reference_get(c->desk->store, YZ_SPAN("regions"), &csv);

    *known = true;
    if (status == YZ_OK) {
        *known = memmem(csv.p, csv.n, line, (size_t)n) != NULL ||
                 (csv.n >= (size_t)n - 1 &&
                  memcmp(csv.p, line + 1, (size_t)n - 1) == 0);
    }
    return status == YZ_NOT_FOUND ? YZ_OK : status;
}

static yz_status
check_region(check *c, const yz_place *place)
{
    yz_span text = yz_json_text(c->x, NULL, "region");
    bool known;

    if (text.n == 0) {
        c->post->region = place != NULL ? place->region : 0;
        if (c->post->region == 0) {
            fault(c, "/region", "member-missing", "要写六位行政区划代码");
        }
        return YZ_OK;
    }
    if (text.p[0] == '0' ||
        yz_number_parse_u32(text, 999999, &c->post->region) != YZ_OK) {
        fault(c, "/region", "member-malformed", "行政区划代码是六位数字");
        return YZ_OK;
    }
    yz_status status = region_is_known(c, c->post->region, &known);
    if (status == YZ_OK && !known) {
        fault(c, "/region", "member-range", "没有这个行政区划");
    }
    return status;
}

/* Place, region and position, which lean on each other. */
static yz_status
check_where(check *c)
{
    yz_span id = yz_json_text(c->x, NULL, "place");
    const yz_place *at = NULL;
    yz_place place;
    yz_status status = YZ_OK;

    if (id.n > 0) {
        status = yz_presence_place(c->desk, c->x, id, &place);
        c->post->place = id;
        at = &place;
    }
    if (status == YZ_OK) {
        check_position(c, at);
        status = check_region(c, at);
    }
    return status;
}

static yz_status
check_members(check *c)
{
    yz_status status = check_item(c);

    if (status != YZ_OK) {
        return status;
    }
    check_texts(c);
    status = check_where(c);
    if (status != YZ_OK) {
        return status;
    }
    if (c->x->arena.failed) {
        return YZ_NOMEM;
    }
    if (c->count == 0) {
        return YZ_OK;
    }
    status = yz_exchange_problem_errors(c->x, YZ_PROBLEM_BODY_INVALID,
                                        c->faults, c->count);
    return status == YZ_OK ? YZ_DENIED : status;
}

yz_status
yz_post_check(yz_desk *desk, yz_exchange *x, yz_post_draft *draft,
              yz_post *post)
{
    check c = {.desk = desk, .x = x, .draft = draft, .post = post};
    yz_status status;

    *post = (yz_post){.item = {"", 0},
                      .item_name = {"", 0},
                      .text = {"", 0},
                      .place = {"", 0},
                      .contact = {"", 0}};
    check_topic(&c);
    status = yz_post_by_staff(post->topic) ? YZ_OK : check_worker(x);
    if (status == YZ_OK) {
        status = check_members(&c);
    }
    if (status == YZ_OK && yz_post_by_staff(post->topic)) {
        status = yz_org_require(desk, x, STAFF, post->region, 0);
    }
    return status;
}
