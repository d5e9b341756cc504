
/*
 * Renders what a page says of one place.  Called by the pages, inside their
 * lookup: words of kinds and services, and names of regions, are read here.
 */


#include "ngx_module/ngx_http_yizhan_page_place.h"

#include <math.h>

#include "core/civil_time.h"
#include "core/hours_words.h"
#include "core/vocabulary.h"


static yz_span ngx_http_yizhan_page_kind(ngx_http_yizhan_ctx_t *ctx,
    const yz_place_view *view);
static void ngx_http_yizhan_page_suspended(ngx_http_yizhan_ctx_t *ctx,
    const yz_place_head *head);
static void ngx_http_yizhan_page_time(ngx_http_yizhan_ctx_t *ctx,
    int64_t time_s);
static void ngx_http_yizhan_page_row(yz_out *out, const char *label,
    yz_span text);
static void ngx_http_yizhan_page_address(ngx_http_yizhan_ctx_t *ctx,
    const yz_place_view *view);
static void ngx_http_yizhan_page_hours(yz_out *out,
    const yz_place_view *view);
static void ngx_http_yizhan_page_phone(yz_out *out, yz_span phone);
static void ngx_http_yizhan_page_rating(yz_out *out,
    const yz_place_head *head);


yz_span
ngx_http_yizhan_page_name(ngx_http_yizhan_ctx_t *ctx,
    const yz_place_view *view)
{
    return view->name.n > 0 ? view->name
                            : ngx_http_yizhan_page_kind(ctx, view);
}


static yz_span
ngx_http_yizhan_page_kind(ngx_http_yizhan_ctx_t *ctx,
    const yz_place_view *view)
{
    yz_span  word;

    if (yz_reader_kind(ctx->reader, view->head.kind, &word) != YZ_OK) {
        return YZ_SPAN("站点");
    }

    return yz_vocabulary_kind_label(word);
}


void
ngx_http_yizhan_page_head(ngx_http_yizhan_ctx_t *ctx,
    const yz_place_view *view)
{
    yz_out      *out;
    const char  *level;

    out = &ctx->out;
    level = yz_level_label(view->head.level);

    YZ_OUT_LIT(out, "<h1>");
    yz_out_html(out, ngx_http_yizhan_page_name(ctx, view));
    YZ_OUT_LIT(out, "</h1><p class=\"d\">");
    yz_out_html(out, ngx_http_yizhan_page_kind(ctx, view));

    if (*level != '\0') {
        YZ_OUT_LIT(out, " · ");
        yz_out_text(out, level);
    }

    YZ_OUT_LIT(out, "</p>");
}


void
ngx_http_yizhan_page_state(ngx_http_yizhan_ctx_t *ctx,
    const ngx_http_yizhan_feature_t *feature)
{
    yz_out  *out;

    out = &ctx->out;

    if (feature->view.head.status == YZ_PLACE_SUSPENDED) {
        ngx_http_yizhan_page_suspended(ctx, &feature->view.head);
        return;
    }

    switch (feature->hours.open) {

    case 1:
        YZ_OUT_LIT(out, "<p class=\"s o\">营业中");

        if (feature->hours.until_s != INT64_MAX) {
            YZ_OUT_LIT(out, " 至 ");
            ngx_http_yizhan_page_time(ctx, feature->hours.until_s);
        }

        break;

    case 0:
        YZ_OUT_LIT(out, "<p class=\"s c\">已关闭");

        if (feature->hours.until_s != INT64_MAX) {
            YZ_OUT_LIT(out, "，");
            ngx_http_yizhan_page_time(ctx, feature->hours.until_s);
            YZ_OUT_LIT(out, " 开门");
        }

        break;

    default:
        YZ_OUT_LIT(out, "<p class=\"s d\">开放时间不明，去之前请先问一问");
        break;
    }

    YZ_OUT_LIT(out, "</p>");
}


static void
ngx_http_yizhan_page_suspended(ngx_http_yizhan_ctx_t *ctx,
    const yz_place_head *head)
{
    yz_out  *out;

    out = &ctx->out;

    YZ_OUT_LIT(out, "<div class=\"n\"><p class=\"s c\">暂停开放</p><p>");

    if (head->until_s > ctx->now_s) {
        YZ_OUT_LIT(out, "预计 ");
        ngx_http_yizhan_page_time(ctx, head->until_s);
        YZ_OUT_LIT(out, " 恢复。");

    } else {
        YZ_OUT_LIT(out, "恢复时间还没有定。");
    }

    YZ_OUT_LIT(out, "</p></div>");
}


/* The time of day, with the date when it is not today. */

static void
ngx_http_yizhan_page_time(ngx_http_yizhan_ctx_t *ctx, int64_t time_s)
{
    u_char     text[sizeof("9999年12月31日 00:00")];
    u_char    *p;
    yz_civil   at, now;

    yz_civil_from_unix(time_s, &at);
    yz_civil_from_unix(ctx->now_s, &now);

    p = text;

    if (at.year != now.year) {
        p = ngx_sprintf(p, "%D年", at.year);
    }

    if (at.year != now.year || at.month != now.month || at.day != now.day) {
        p = ngx_sprintf(p, "%D月%D日 ", at.month, at.day);
    }

    p = ngx_sprintf(p, "%02D:%02D", at.hour, at.minute);

    yz_out_bytes(&ctx->out, text, p - text);
}


void
ngx_http_yizhan_page_facts(ngx_http_yizhan_ctx_t *ctx,
    const yz_place_view *view)
{
    yz_out  *out;

    out = &ctx->out;

    YZ_OUT_LIT(out, "<dl>");
    ngx_http_yizhan_page_address(ctx, view);
    ngx_http_yizhan_page_hours(out, view);
    ngx_http_yizhan_page_phone(out, view->phone);
    ngx_http_yizhan_page_rating(out, &view->head);
    YZ_OUT_LIT(out, "</dl>");
}


/* A row without text is left out. */

static void
ngx_http_yizhan_page_row(yz_out *out, const char *label, yz_span text)
{
    if (text.n == 0) {
        return;
    }

    YZ_OUT_LIT(out, "<dt>");
    yz_out_text(out, label);
    YZ_OUT_LIT(out, "</dt><dd>");
    yz_out_html(out, text);
    YZ_OUT_LIT(out, "</dd>");
}


static void
ngx_http_yizhan_page_address(ngx_http_yizhan_ctx_t *ctx,
    const yz_place_view *view)
{
    yz_out          *out;
    yz_region_view   region;

    out = &ctx->out;

    ngx_http_yizhan_page_row(out, "地址", view->address);

    if (view->address.n == 0 && view->head.region != 0
        && yz_reader_region(ctx->reader, view->head.region, &region) == YZ_OK)
    {
        ngx_http_yizhan_page_row(out, "地区", region.name);
    }
}


/* Hours that were not understood when loaded are shown as they are. */

static void
ngx_http_yizhan_page_hours(yz_out *out, const yz_place_view *view)
{
    char    buf[YZ_HOURS_WORDS_SIZE(YZ_HOURS_MAX)];
    yz_out  words;

    yz_out_init(&words, buf, sizeof(buf));

    if (view->head.hours != 0 && yz_hours_words(view->hours, &words) == YZ_OK) {
        ngx_http_yizhan_page_row(out, "开放时间", yz_out_written(&words));
        return;
    }

    ngx_http_yizhan_page_row(out, "开放时间", view->hours);
}


/*
 * A geo: link for phones that have a map, and one for those, WeChat's browser
 * among them, that need an address on the web; that map is in GCJ-02.
 */

void
ngx_http_yizhan_page_map(ngx_http_yizhan_ctx_t *ctx,
    const yz_place_view *view)
{
    double   lng, lat;
    yz_out  *out;

    if (!(view->head.flags & YZ_PLACE_HAS_POSITION)) {
        return;
    }

    out = &ctx->out;
    lng = view->head.lng_e7 / 1e7;
    lat = view->head.lat_e7 / 1e7;
    yz_crs_from_wgs84(YZ_CRS_GCJ02, &lng, &lat);

    YZ_OUT_LIT(out, "<p><a class=\"b\" rel=\"noreferrer\" "
                    "href=\"https://uri.amap.com/marker?position=");
    yz_out_e7(out, (int32_t) lround(lng * 1e7));
    yz_out_char(out, ',');
    yz_out_e7(out, (int32_t) lround(lat * 1e7));
    YZ_OUT_LIT(out, "&amp;name=");
    yz_out_percent(out, ngx_http_yizhan_page_name(ctx, view));
    YZ_OUT_LIT(out, "\">🧭 怎么去</a><a class=\"b\" href=\"geo:");
    yz_out_e7(out, view->head.lat_e7);
    yz_out_char(out, ',');
    yz_out_e7(out, view->head.lng_e7);
    YZ_OUT_LIT(out, "\">🗺️ 手机地图</a></p>");
}


/* A number is dialled without what people write into it for reading. */

static void
ngx_http_yizhan_page_phone(yz_out *out, yz_span phone)
{
    size_t  i;

    if (phone.n == 0) {
        return;
    }

    YZ_OUT_LIT(out, "<dt>电话</dt><dd><a href=\"tel:");

    for (i = 0; i < phone.n; i++) {
        if ((phone.p[i] >= '0' && phone.p[i] <= '9')
            || (phone.p[i] == '+' && i == 0) || phone.p[i] == '-')
        {
            yz_out_char(out, phone.p[i]);

        } else if (phone.p[i] != ' ' && phone.p[i] != '('
                   && phone.p[i] != ')')
        {
            /* a second number begins, or words */
            break;
        }
    }

    YZ_OUT_LIT(out, "\">");
    yz_out_html(out, phone);
    YZ_OUT_LIT(out, "</a></dd>");
}


static void
ngx_http_yizhan_page_rating(yz_out *out, const yz_place_head *head)
{
    if (head->rating_count == 0) {
        return;
    }

    YZ_OUT_LIT(out, "<dt>评分</dt><dd>");
    yz_out_fixed1(out, (double) head->rating_sum / head->rating_count);
    YZ_OUT_LIT(out, " 分（");
    yz_out_u64(out, head->rating_count);
    YZ_OUT_LIT(out, " 人评过）</dd>");
}


/* Known words in the order in which to show them, then all others. */

void
ngx_http_yizhan_page_services(ngx_http_yizhan_ctx_t *ctx,
    const yz_place_view *view)
{
    yz_out   *out;
    yz_span   word;
    uint8_t   bit;

    if (view->head.services == 0) {
        return;
    }

    out = &ctx->out;

    YZ_OUT_LIT(out, "<h2>服务</h2><ul class=\"w\">");

    for (bit = 0; bit < YZ_SERVICES_MAX; bit++) {

        if (!(view->head.services >> bit & 1)
            || yz_reader_service(ctx->reader, bit, &word) != YZ_OK)
        {
            continue;
        }

        YZ_OUT_LIT(out, "<li>");
        yz_out_span(out, yz_vocabulary_service_icon(word));
        yz_out_char(out, ' ');
        yz_out_html(out, yz_vocabulary_service_label(word));
        YZ_OUT_LIT(out, "</li>");
    }

    YZ_OUT_LIT(out, "</ul>");
}
