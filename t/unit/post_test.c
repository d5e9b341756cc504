/*
 * Protects what a post is on disk: one encoding, nothing that breaks a rule
 * is written or believed, positions are rounded before anything is kept, and
 * the public record holds neither writer nor contact nor reports.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "lmdb_schema/post.h"
#include "lmdb_schema/post_render.h"
#include "t/unit/guard_page.h"

static const yz_region_names no_names;

static yz_post
sample(void)
{
    return (yz_post){
        .number = 17,
        .state = YZ_POST_OPEN,
        .topic = YZ_POST_OFFER,
        .text_open = true,
        .shown = true,
        .region = 370202,
        .lng_e7 = 1203830000,
        .lat_e7 = 360670000,
        .reports = 2,
        .created_s = 1800000000,
        .expires_s = 1800000000 + 14 * 86400,
        .writer = {.id = "0123456789abcde", .kind = YZ_ACTOR_WORKER},
        .item = YZ_SPAN("ibuprofen"),
        .item_name = YZ_SPAN("布洛芬"),
        .text = YZ_SPAN("半盒，\"没开封\"</script>"),
        .place = YZ_SPAN("a-1"),
        .contact = YZ_SPAN("SEALED CONTACT"),
    };
}

static size_t
encode(const yz_post *post, uint8_t *bytes)
{
    size_t size = 0;

    assert_int_equal(YZ_OK,
                     yz_post_encode(post, bytes, YZ_POST_ENCODED_MAX, &size));
    return size;
}

static void
what_is_encoded_decodes_to_the_same(void **state)
{
    uint8_t bytes[YZ_POST_ENCODED_MAX], again[YZ_POST_ENCODED_MAX];
    yz_post post = sample(), read;
    size_t size = encode(&post, bytes);

    (void)state;
    assert_int_equal(YZ_OK, yz_post_decode(bytes, size, &read));
    assert_int_equal(17, read.number);
    assert_int_equal(YZ_POST_OFFER, read.topic);
    assert_int_equal(2, read.reports);
    assert_true(read.shown && read.text_open);
    assert_true(yz_span_equal(post.text, read.text));
    assert_true(yz_span_equal(post.contact, read.contact));
    assert_memory_equal(&post.writer, &read.writer, sizeof(post.writer));
    assert_int_equal(size, encode(&read, again));
    assert_memory_equal(bytes, again, size);
}

static void
decode_cut(yz_span text, void *context)
{
    yz_post post;
    yz_status status = yz_post_decode(text.p, text.n, &post);

    assert_int_equal(text.n == *(size_t *)context ? YZ_OK : YZ_CORRUPT, status);
}

static void
no_truncation_is_believed(void **state)
{
    uint8_t bytes[YZ_POST_ENCODED_MAX];
    yz_post post = sample();
    size_t size = encode(&post, bytes);

    (void)state;
    guard_truncations((yz_span){(const char *)bytes, size}, decode_cut, &size);
}

/* Bytes of a head that must not have that value. */
static void
no_broken_head_is_believed(void **state)
{
    static const struct {
        size_t at;
        uint8_t value;
        yz_status status;
    } wrong[] = {
        {0, 2, YZ_FORMAT},                     /* version */
        {1, YZ_POST_STATE_COUNT, YZ_CORRUPT},  /* state */
        {2, YZ_POST_TOPIC_COUNT, YZ_CORRUPT},  /* topic */
        {3, 4, YZ_CORRUPT},                    /* a flag that is none */
        {3, 2, YZ_CORRUPT},                    /* open with a sealed text */
        {3, 1, YZ_CORRUPT},                    /* open and never shown */
        {4, 0, YZ_CORRUPT},                    /* number 0 */
        {12, 1, YZ_CORRUPT},                   /* off the grid */
        {16, 1, YZ_CORRUPT},                   /* likewise */
        {36, 0xff, YZ_CORRUPT},                /* lives too long */
        {68, YZ_ACTOR_KIND_COUNT, YZ_CORRUPT}, /* a writer that is none */
        {70, 1, YZ_CORRUPT},                   /* zero */
        {87, 1, YZ_CORRUPT},                   /* zero */
    };
    uint8_t bytes[YZ_POST_ENCODED_MAX];
    yz_post post = sample(), read;
    size_t size = encode(&post, bytes);

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        uint8_t kept = bytes[wrong[i].at];

        bytes[wrong[i].at] = wrong[i].value;
        assert_int_equal(wrong[i].status, yz_post_decode(bytes, size, &read));
        bytes[wrong[i].at] = kept;
    }
    assert_int_equal(YZ_OK, yz_post_decode(bytes, size, &read));
}

static void
what_breaks_a_rule_is_not_written(void **state)
{
    uint8_t bytes[YZ_POST_ENCODED_MAX];
    char longer[YZ_POST_SEALED_MAX + 1] = {0};
    yz_post post = sample();
    size_t size;

    (void)state;
    post.lat_e7 += 1;
    assert_int_equal(YZ_BAD_INPUT, yz_post_encode(&post, bytes, 2048, &size));
    post = sample();
    post.text_open = false;
    assert_int_equal(YZ_BAD_INPUT, yz_post_encode(&post, bytes, 2048, &size));
    post = sample();
    post.text = (yz_span){longer, sizeof(longer)};
    assert_int_equal(YZ_BAD_INPUT, yz_post_encode(&post, bytes, 2048, &size));
    post = sample();
    post.item = post.text = YZ_SPAN("");
    assert_int_equal(YZ_BAD_INPUT, yz_post_encode(&post, bytes, 2048, &size));
    post = sample();
    assert_int_equal(YZ_FULL, yz_post_encode(&post, bytes, 100, &size));
    assert_int_equal(YZ_FULL, yz_post_encode(&post, bytes, 80, &size));
}

static void
positions_are_rounded_to_the_grid(void **state)
{
    static const int32_t pairs[][2] = {{1203826400, 1203830000},
                                       {1203824999, 1203820000},
                                       {4999, 0},
                                       {5000, 10000},
                                       {-4999, 0},
                                       {-5000, -10000},
                                       {1800000000, 1800000000},
                                       {-900000000, -900000000}};

    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        assert_int_equal(pairs[i][1], yz_post_round_e7(pairs[i][0]));
    }
}

static bool
holds(const uint8_t *bytes, size_t size, const char *text)
{
    return memmem(bytes, size, text, strlen(text)) != NULL;
}

static void
the_public_record_says_what_it_should_and_no_more(void **state)
{
    static uint8_t record[YZ_POST_RECORD_MAX];
    yz_post post = sample();
    yz_post_view view;
    char feature[4096];
    size_t size;

    (void)state;
    assert_int_equal(YZ_OK, yz_post_render(&post, 5, &no_names, record, &size));
    assert_int_equal(YZ_OK, yz_post_view_of(record, size, 17, &view));
    assert_int_equal(1, view.head.open);
    assert_int_equal(5, view.head.item);
    snprintf(feature, sizeof(feature), "%.*s%.*s%.*s", (int)view.json_head.n,
             view.json_head.p, (int)view.json_point.n, view.json_point.p,
             (int)view.json_tail.n, view.json_tail.p);
    assert_string_equal(
        feature,
        "{\"type\":\"Feature\",\"id\":\"17\",\"geometry\":{\"type\":\"Point\","
        "\"coordinates\":[120.383,36.067]},\"properties\":{\"topic\":"
        "\"offer\",\"topic_label\":\"提供\",\"item\":\"ibuprofen\","
        "\"item_name\":\"布洛芬\",\"text\":\"半盒，\\\"没开封\\\""
        "\\u003c/script>\",\"region\":\"370202\",\"region_name\":null,"
        "\"place\":\"a-1\",\"contact\":true,\"created_at\":"
        "\"2027-01-15T16:00:00+08:00\",\"expires_at\":"
        "\"2027-01-29T16:00:00+08:00\"");
    assert_false(holds(record, size, "SEALED"));
    assert_false(holds(record, size, "0123456789abcde"));
}

static void
a_post_that_is_gone_is_a_head_alone(void **state)
{
    static uint8_t record[YZ_POST_RECORD_MAX];
    yz_post post = sample();
    yz_post_view view;
    size_t size;

    (void)state;
    post.state = YZ_POST_RESOLVED;
    assert_true(yz_post_is_public(&post));
    assert_int_equal(YZ_OK, yz_post_render(&post, 0, &no_names, record, &size));
    assert_int_equal(sizeof(yz_post_head), size);
    assert_int_equal(YZ_OK, yz_post_view_of(record, size, 17, &view));
    assert_int_equal(0, view.head.open);
    assert_int_equal(0, view.head.lat_e7);
    assert_int_equal(YZ_CORRUPT, yz_post_view_of(record, size, 18, &view));
    post.shown = false;
    post.state = YZ_POST_MODERATED;
    assert_false(yz_post_is_public(&post));
}

static void
the_largest_post_has_a_record(void **state)
{
    static uint8_t record[YZ_POST_RECORD_MAX];
    static char text[YZ_POST_TEXT_MAX], name[YZ_NAME_MAX], id[YZ_ID_MAX];
    uint8_t bytes[YZ_POST_ENCODED_MAX];
    yz_post post = sample();
    size_t size;

    (void)state;
    memset(text, '<', sizeof(text));
    memset(name, '<', sizeof(name));
    memset(id, '<', sizeof(id));
    post.text = (yz_span){text, sizeof(text)};
    post.item_name = (yz_span){name, sizeof(name)};
    post.item = post.place = (yz_span){id, sizeof(id)};
    (void)encode(&post, bytes);
    assert_int_equal(YZ_OK, yz_post_render(&post, 5, &no_names, record, &size));
}

static void
words_of_states_and_topics_read_back(void **state)
{
    yz_post_state read_state;
    yz_post_topic topic;

    (void)state;
    for (int i = 0; i < YZ_POST_STATE_COUNT; i++) {
        assert_int_equal(YZ_OK,
                         yz_post_state_parse(yz_span_of(yz_post_state_word(i)),
                                             &read_state));
        assert_int_equal(i, read_state);
    }
    for (int i = 0; i < YZ_POST_TOPIC_COUNT; i++) {
        assert_int_equal(YZ_OK, yz_post_topic_parse(
                                    yz_span_of(yz_post_topic_word(i)), &topic));
        assert_int_equal(i, topic);
    }
    assert_int_equal(YZ_BAD_INPUT,
                     yz_post_topic_parse(YZ_SPAN("Need"), &topic));
    assert_int_equal(YZ_BAD_INPUT,
                     yz_post_state_parse(YZ_SPAN(""), &read_state));
    assert_string_equal("", yz_post_topic_label(YZ_POST_TOPIC_COUNT));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_encoded_decodes_to_the_same),
        cmocka_unit_test(no_truncation_is_believed),
        cmocka_unit_test(no_broken_head_is_believed),
        cmocka_unit_test(what_breaks_a_rule_is_not_written),
        cmocka_unit_test(positions_are_rounded_to_the_grid),
        cmocka_unit_test(the_public_record_says_what_it_should_and_no_more),
        cmocka_unit_test(a_post_that_is_gone_is_a_head_alone),
        cmocka_unit_test(the_largest_post_has_a_record),
        cmocka_unit_test(words_of_states_and_topics_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
