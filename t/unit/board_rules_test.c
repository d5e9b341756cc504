/*
 * Protects the board's small rules: the list of items and the pool of numbers
 * are taken whole or not at all, with the line; what looks like a number waits
 * for a moderator; posts expire by the tick, lose their contact, and are
 * forgotten after their time; a relay number is free again when its time is
 * up, and only then.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "admin/daemon/ticks.h"
#include "admin/rules/phone_number.h"
#include "admin/rules/post_store.h"
#include "admin/rules/relay.h"
#include "admin/rules/words.h"
#include "core/items.h"
#include "lmdb_schema/expiry.h"
#include "t/unit/scratch_dir.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static char dir[SCRATCH_SIZE];
static yz_desk desk;

static int
start(void **state)
{
    yz_store_error error;

    (void)state;
    memset(&desk, 0, sizeof(desk));
    return scratch_make(dir) == 0 &&
                   yz_store_open(dir, 0, &desk.store, &error) == YZ_OK &&
                   yz_vault_open(dir, &desk.vault) == YZ_OK
               ? 0
               : -1;
}

static int
stop(void **state)
{
    (void)state;
    yz_relay_close(desk.relay);
    yz_vault_close(desk.vault);
    yz_store_close(desk.store);
    scratch_remove(dir);
    return 0;
}

static int64_t
begin(void)
{
    const yz_batch_info info = {.kind = YZ_SPAN("requests"), .unmarked = true};

    assert_int_equal(YZ_OK, yz_store_begin(desk.store, &info));
    return yz_store_now_s(desk.store);
}

static void
commit(void)
{
    yz_batch_result result;

    assert_int_equal(YZ_OK, yz_store_commit(desk.store, &result, NULL, NULL));
}

static void
lists_of_items(void **state)
{
    static const struct {
        const char *csv;
        size_t line; /* 0: fine */
    } lists[] = {
        {"", 0},
        {"word,name,group\na,甲\nb,乙,组\n", 0},
        {"\xef\xbb\xbf# 说明\r\na,甲,\r\n", 0},
        {"a,甲\nA,乙\n", 2},
        {"a,甲\na,乙\n", 2},
        {"a\n", 1},
        {"a,\n", 1},
        {"a,甲,组,余\n", 1},
        {"a,\"甲\"\n", 1},
        {"a,甲\x01\n", 1},
        {",甲\n", 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(lists); i++) {
        const char *why;
        size_t line;
        yz_status status =
            yz_items_check(yz_span_of(lists[i].csv), &line, &why);

        assert_int_equal(lists[i].line == 0 ? YZ_OK : YZ_BAD_INPUT, status);
        if (lists[i].line != 0) {
            assert_int_equal(lists[i].line, line);
        }
    }
}

static void
the_list_that_comes_along_is_one(void **state)
{
    static char csv[YZ_ITEMS_FILE_MAX];
    FILE *file = fopen("data/medicines.csv", "rb");
    const char *why;
    size_t line, n;
    yz_item item;

    (void)state;
    if (file == NULL) {
        skip();
    }
    n = fread(csv, 1, sizeof(csv), file);
    fclose(file);
    assert_int_equal(YZ_OK, yz_items_check((yz_span){csv, n}, &line, &why));
    assert_int_equal(
        YZ_OK, yz_items_find((yz_span){csv, n}, YZ_SPAN("ibuprofen"), &item));
    assert_int_equal(YZ_NOT_FOUND,
                     yz_items_find((yz_span){csv, n}, YZ_SPAN("word"), &item));
}

static void
pools_of_numbers(void **state)
{
    static const struct {
        const char *text;
        unsigned line; /* of the fault */
        size_t count;  /* 0: refused */
    } pools[] = {
        {"4008200001\n", 0, 1},
        {"# x\n\n+864008200001\r\n4008200002", 0, 2},
        {"", 0, 0},
        {"# nothing\n", 0, 0},
        {"4008200001\n4008200001\n", 2, 0},
        {"400-820\n", 1, 0},
        {"1234\n", 1, 0},
        {"123456789012345678901\n", 1, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(pools); i++) {
        yz_relay_numbers numbers;
        unsigned line;
        yz_status status =
            yz_relay_numbers_parse(yz_span_of(pools[i].text), &numbers, &line);

        assert_int_equal(pools[i].count > 0 ? YZ_OK : YZ_BAD_INPUT, status);
        assert_int_equal(pools[i].count, numbers.count);
        if (status != YZ_OK) {
            assert_int_equal(pools[i].line, line);
        }
        yz_relay_numbers_free(&numbers);
    }
}

static void
replies_of_a_carrier(void **state)
{
    static const char *const bad[] = {
        "",
        "[]",
        "{\"number\":4008200001}",
        "{\"number\":\"ring me\"}",
        "{\"number\":\"1234\"}",
        "{\"number\":\"123456789012345678901\"}",
        "{\"number\":\"4008200001\",\"ttl_s\":0}",
        "{\"number\":\"4008200001\",\"ttl_s\":1.5}",
        "{\"number\":\"4008200001\""};
    yz_relay_binding binding;

    (void)state;
    assert_int_equal(YZ_OK, yz_relay_reply_read(
                                "{\"number\":\"4008200001,12\",\"ttl_s\":60}",
                                1000, &binding));
    assert_string_equal("4008200001,12", binding.number);
    assert_int_equal(1060, binding.expires_s);
    assert_int_equal(
        YZ_OK, yz_relay_reply_read("{\"number\":\"95001\"}", 1000, &binding));
    assert_int_equal(1000 + YZ_RELAY_TTL_S, binding.expires_s);
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_int_equal(YZ_BAD_INPUT,
                         yz_relay_reply_read(bad[i], 1000, &binding));
    }
}

static void
texts_that_wait(void **state)
{
    const yz_span words = YZ_SPAN("# 词\n违禁\r\n\ngun\n");

    (void)state;
    assert_false(yz_words_hold(words, YZ_SPAN("求一盒感冒药，今晚在")));
    assert_false(yz_words_hold(words, YZ_SPAN("12 盒，2026 年到期")));
    assert_true(yz_words_hold(words, YZ_SPAN("卖 违 禁 品")));
    assert_true(yz_words_hold(words, YZ_SPAN("g-u-n")));
    assert_true(yz_words_hold(words, YZ_SPAN("打 138 0013 8000")));
    assert_true(yz_words_hold(words, YZ_SPAN("１３８００１３８０００")));
    assert_true(yz_words_file_holds(NULL, YZ_SPAN("随便")));
    assert_true(yz_words_file_holds("/nonexistent", YZ_SPAN("随便")));
}

static void
mobile_numbers(void **state)
{
    static const char *const good[] = {"13800138000", "+86 138-0013-8000",
                                       "86138 0013 8000"};
    static const char *const bad[] = {"",
                                      "1380013800",
                                      "138001380000",
                                      "12800138000",
                                      "+13800138000",
                                      "0532-8888888",
                                      "1380013800a",
                                      "+8613800138000000"};
    char number[YZ_MOBILE_SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_int_equal(YZ_OK, yz_mobile_read(yz_span_of(good[i]), number));
        assert_string_equal("13800138000", number);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_int_equal(YZ_BAD_INPUT,
                         yz_mobile_read(yz_span_of(bad[i]), number));
    }
}

static yz_post
post_of(uint32_t number, int64_t expires_s)
{
    return (yz_post){
        .number = number,
        .state = YZ_POST_OPEN,
        .shown = true,
        .text_open = true,
        .region = 370202,
        .created_s = expires_s - 86400,
        .expires_s = expires_s,
        .writer = {.id = "writer", .kind = YZ_ACTOR_WORKER},
        .item = YZ_SPAN("ibuprofen"),
        .item_name = YZ_SPAN("布洛芬"),
        .text = YZ_SPAN(""),
        .place = YZ_SPAN(""),
        .contact = YZ_SPAN("sealed"),
    };
}

/* The post as it is; false when there is none. */
static bool
read_post(uint32_t number, yz_post *post)
{
    static char kept[YZ_POST_ENCODED_MAX];
    yz_post_key key;
    yz_span value;
    yz_status status = yz_store_record_get(
        desk.store, YZ_TABLE_POST, yz_post_key_of(number, &key), &value, NULL);

    if (status == YZ_NOT_FOUND) {
        return false;
    }
    assert_int_equal(YZ_OK, status);
    memcpy(kept, value.p, value.n);
    assert_int_equal(YZ_OK, yz_post_decode(kept, value.n, post));
    return true;
}

/* Runs the daemon's tick as if it were `now_s`. */
static void
tick(int64_t now_s)
{
    bool more = false;

    (void)begin();
    assert_int_equal(YZ_OK, yz_ticks[0].run(&desk, now_s, &more));
    assert_false(more);
    commit();
}

static void
posts_expire_and_are_forgotten(void **state)
{
    int64_t now_s = begin();
    yz_post over = post_of(1, now_s - 5), live = post_of(2, now_s + 60), read;

    (void)state;
    assert_int_equal(YZ_OK, yz_post_put_new(&desk, &over));
    assert_int_equal(YZ_OK, yz_post_put_new(&desk, &live));
    commit();
    tick(now_s);
    assert_true(read_post(1, &read));
    assert_int_equal(YZ_POST_EXPIRED, read.state);
    assert_true(read.ended_s >= now_s);
    assert_int_equal(0, read.contact.n);
    assert_true(read_post(2, &read));
    assert_int_equal(YZ_POST_OPEN, read.state);
    assert_int_equal(6, read.contact.n);
    /* Due by the tick's clock alone: the store's own says it is not yet. */
    tick(now_s + YZ_POST_KEPT_S + 100);
    assert_true(read_post(1, &read));

    (void)begin();
    read.ended_s = now_s - YZ_POST_KEPT_S - 1;
    assert_int_equal(YZ_OK, yz_post_put(&desk, &read));
    yz_post_key key;
    assert_int_equal(YZ_OK, yz_post_expire(&desk, yz_post_key_of(1, &key)));
    commit();
    assert_false(read_post(1, &read));
}

static void
the_newest_number_is_never_given_twice(void **state)
{
    int64_t now_s = begin();
    yz_post post = post_of(9, now_s - 5), read;
    yz_post_key key;
    uint64_t next;

    (void)state;
    assert_int_equal(YZ_OK, yz_post_put_new(&desk, &post));
    assert_int_equal(YZ_OK, yz_post_end(&desk, &post, YZ_POST_RESOLVED));
    post.ended_s = now_s - YZ_POST_KEPT_S - 1;
    assert_int_equal(YZ_OK, yz_post_put(&desk, &post));
    assert_int_equal(YZ_OK, yz_post_expire(&desk, yz_post_key_of(9, &key)));
    assert_true(read_post(9, &read));
    assert_int_equal(
        YZ_OK, yz_store_record_next(desk.store, YZ_TABLE_POST, true, &next));
    assert_int_equal(10, next);
    commit();
}

static void
a_relay_number_is_free_again_after_its_time(void **state)
{
    yz_settings settings = {.relay = YZ_RELAY_POOL};
    yz_relay_call a = {.post = 1, .asker = "a", .caller = "13800000001"};
    yz_relay_call b = {.post = 1, .asker = "b", .caller = "13800000002"};
    yz_relay_binding binding;
    yz_relay_call found;
    char path[SCRATCH_SIZE + 16];
    unsigned line, retry_after_s = 0;
    int64_t expires_s;
    FILE *file;

    (void)state;
    snprintf(path, sizeof(path), "%s/numbers", dir);
    file = fopen(path, "wb");
    assert_non_null(file);
    fputs("4008200001\n", file);
    fclose(file);
    settings.relay_file = path;
    assert_int_equal(YZ_OK, yz_relay_open(&settings, &desk.relay, &line));

    int64_t now_s = begin();
    assert_int_equal(YZ_OK, yz_relay_bind(&desk, &a, &binding, &retry_after_s));
    assert_string_equal("4008200001", binding.number);
    assert_int_equal(now_s + YZ_RELAY_TTL_S, binding.expires_s);
    assert_int_equal(
        YZ_OK, yz_relay_find(&desk, YZ_SPAN("4008200001"), &found, &expires_s));
    assert_string_equal("13800000001", found.caller);
    assert_int_equal(YZ_BUSY,
                     yz_relay_bind(&desk, &b, &binding, &retry_after_s));
    assert_in_range(retry_after_s, 1, 3600);
    assert_int_equal(YZ_OK, yz_relay_bind(&desk, &a, &binding, &retry_after_s));

    /* As if its time were up: the bytes of when it ends. */
    yz_span value;
    uint8_t bytes[256];
    int64_t past_s = now_s;
    assert_int_equal(YZ_OK,
                     yz_store_record_get(desk.store, YZ_TABLE_BINDING,
                                         YZ_SPAN("4008200001"), &value, NULL));
    assert_null(memmem(value.p, value.n, "13800000001", 11));
    memcpy(bytes, value.p, value.n);
    memcpy(bytes + 8, &past_s, sizeof(past_s));
    assert_int_equal(
        YZ_OK,
        yz_store_record_put(desk.store, YZ_TABLE_BINDING, YZ_SPAN("4008200001"),
                            (yz_span){(const char *)bytes, value.n}));
    assert_int_equal(YZ_NOT_FOUND, yz_relay_find(&desk, YZ_SPAN("4008200001"),
                                                 &found, &expires_s));
    assert_int_equal(YZ_OK, yz_relay_bind(&desk, &b, &binding, &retry_after_s));
    assert_string_equal("4008200001", binding.number);
    /* The tick of the binding before takes nothing from this one. */
    assert_int_equal(YZ_OK, yz_relay_expire(&desk, YZ_SPAN("4008200001")));
    assert_int_equal(
        YZ_OK, yz_relay_find(&desk, YZ_SPAN("4008200001"), &found, &expires_s));
    assert_string_equal("13800000002", found.caller);
    commit();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_of_items),
        cmocka_unit_test(the_list_that_comes_along_is_one),
        cmocka_unit_test(pools_of_numbers),
        cmocka_unit_test(replies_of_a_carrier),
        cmocka_unit_test(texts_that_wait),
        cmocka_unit_test(mobile_numbers),
        cmocka_unit_test_setup_teardown(posts_expire_and_are_forgotten, start,
                                        stop),
        cmocka_unit_test_setup_teardown(the_newest_number_is_never_given_twice,
                                        start, stop),
        cmocka_unit_test_setup_teardown(
            a_relay_number_is_free_again_after_its_time, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
