/*
 * Sessions, keys of persons and the index of what they wrote, in a store: a
 * session ends when it should, what was erased never opens again, and other
 * people's things stay.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "admin/identity/person.h"
#include "admin/identity/session.h"
#include "admin/identity/written.h"
#include "t/unit/scratch_dir.h"

static const uint8_t WANG[YZ_ACTOR_ID_SIZE] = {1, 'w'};
static const uint8_t LI[YZ_ACTOR_ID_SIZE] = {1, 'l'};

static char dir[SCRATCH_SIZE];
static yz_desk desk;
static yz_exchange x;

static void
begin(void)
{
    const yz_batch_info info = {.kind = YZ_SPAN("requests"), .unmarked = true};

    assert_int_equal(yz_store_begin(desk.store, &info), YZ_OK);
}

static void
commit(void)
{
    yz_batch_result result;

    assert_int_equal(yz_store_commit(desk.store, &result, NULL, NULL), YZ_OK);
}

static int
setup(void **state)
{
    yz_store_error error;

    (void)state;
    memset(&x, 0, sizeof(x));
    if (scratch_make(dir) != 0 ||
        yz_store_open(dir, 0, &desk.store, &error) != YZ_OK ||
        yz_vault_open(dir, &desk.vault) != YZ_OK) {
        return -1;
    }
    begin();
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    yz_store_abort(desk.store);
    yz_store_close(desk.store);
    yz_vault_close(desk.vault);
    yz_arena_free(&x.arena);
    scratch_remove(dir);
    return 0;
}

static yz_person
wang(void)
{
    yz_person person = {.verified = true, .grant_count = 1};

    memcpy(person.id, WANG, sizeof(person.id));
    person.grant[0].node = 12;
    person.grant[0].role = YZ_ROLE_HEAD;
    return person;
}

static void
a_session_stands_for_its_person_until_it_ends(void **state)
{
    const yz_person person = wang();
    yz_person found;
    yz_span token, other;

    (void)state;
    assert_int_equal(yz_session_begin(&desk, &x, &person, 60, &token), YZ_OK);
    assert_int_equal(yz_session_begin(&desk, &x, &person, 60, &other), YZ_OK);
    assert_true(yz_session_token_like(token));
    assert_false(yz_span_equal(token, other));
    commit();
    begin();
    assert_int_equal(yz_session_find(&desk, token, &found), YZ_OK);
    assert_memory_equal(found.id, WANG, sizeof(found.id));
    assert_true(found.verified);
    assert_int_equal(found.grant_count, 1);
    assert_int_equal(found.grant[0].node, 12);
    assert_int_equal(yz_session_end(&desk, token), YZ_OK);
    assert_int_equal(yz_session_find(&desk, token, &found), YZ_NOT_FOUND);
    assert_int_equal(yz_session_end(&desk, token), YZ_OK);
    assert_int_equal(yz_session_find(&desk, other, &found), YZ_OK);
}

static void
a_session_that_is_over_reads_as_none(void **state)
{
    const yz_person person = wang();
    yz_person found;
    yz_span token, wrong = YZ_SPAN("yz1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                                   "AAAA");

    (void)state;
    assert_int_equal(yz_session_begin(&desk, &x, &person, 0, &token), YZ_OK);
    assert_int_equal(yz_session_find(&desk, token, &found), YZ_NOT_FOUND);
    assert_true(yz_session_token_like(wrong));
    assert_int_equal(yz_session_find(&desk, wrong, &found), YZ_NOT_FOUND);
    assert_int_equal(yz_session_find(&desk, YZ_SPAN("x"), &found),
                     YZ_NOT_FOUND);
}

static yz_status
take_key(void *context, yz_span key, yz_span value, uint64_t seq)
{
    uint8_t *kept = context;

    (void)value;
    (void)seq;
    memcpy(kept, key.p, YZ_RECEIPT_HASH_SIZE);
    return YZ_OK;
}

static yz_status
count_one(void *context, yz_span key, yz_span value, uint64_t seq)
{
    (void)key;
    (void)value;
    (void)seq;
    *(size_t *)context += 1;
    return YZ_OK;
}

static size_t
count(yz_table table)
{
    size_t n = 0;

    assert_int_equal(yz_store_record_each(desk.store, table, YZ_SPAN(""),
                                          YZ_SPAN(""), false, count_one, &n),
                     YZ_OK);
    return n;
}

static void
expiry_forgets_only_what_is_over(void **state)
{
    const yz_person person = wang();
    uint8_t key[YZ_RECEIPT_HASH_SIZE];
    yz_span token;

    (void)state;
    assert_int_equal(yz_session_begin(&desk, &x, &person, 60, &token), YZ_OK);
    assert_int_equal(yz_store_record_each(desk.store, YZ_TABLE_SESSION,
                                          YZ_SPAN(""), YZ_SPAN(""), false,
                                          take_key, key),
                     YZ_OK);
    assert_int_equal(yz_session_expire(&desk, (yz_span){(char *)key, 16}),
                     YZ_OK);
    assert_int_equal(count(YZ_TABLE_SESSION), 1);
    assert_int_equal(yz_session_end(&desk, token), YZ_OK);
    assert_int_equal(count(YZ_TABLE_SESSION), 0);
    assert_int_equal(count(YZ_TABLE_EXPIRY), 0);
    assert_int_equal(yz_session_begin(&desk, &x, &person, 0, &token), YZ_OK);
    yz_store_record_each(desk.store, YZ_TABLE_SESSION, YZ_SPAN(""), YZ_SPAN(""),
                         false, take_key, key);
    assert_int_equal(yz_session_expire(&desk, (yz_span){(char *)key, 16}),
                     YZ_OK);
    assert_int_equal(count(YZ_TABLE_SESSION), 0);
    assert_int_equal(count(YZ_TABLE_EXPIRY), 0);
    assert_int_equal(yz_session_expire(&desk, (yz_span){(char *)key, 16}),
                     YZ_OK);
}

static void
what_was_erased_never_opens_again(void **state)
{
    const yz_span context = YZ_SPAN("here"), plain = YZ_SPAN("王小明");
    const yz_person person = wang();
    yz_span hers, his, after, opened, token;
    yz_person found;
    int64_t erased_at_s;

    (void)state;
    assert_int_equal(yz_session_begin(&desk, &x, &person, 60, &token), YZ_OK);
    assert_int_equal(yz_person_seal(&desk, &x, WANG, context, plain, &hers),
                     YZ_OK);
    assert_int_equal(yz_person_seal(&desk, &x, LI, context, plain, &his),
                     YZ_OK);
    commit();
    begin();
    assert_int_equal(yz_person_unseal(&desk, &x, WANG, context, hers, &opened),
                     YZ_OK);
    assert_true(yz_span_equal(opened, plain));
    assert_int_equal(yz_person_unseal(&desk, &x, WANG, context, his, &opened),
                     YZ_CORRUPT);
    assert_int_equal(yz_person_erased_at(&desk, WANG, &erased_at_s), YZ_OK);
    assert_int_equal(erased_at_s, 0);
    assert_int_equal(yz_person_erase(&desk, WANG), YZ_OK);
    assert_int_equal(yz_person_erased_at(&desk, WANG, &erased_at_s), YZ_OK);
    assert_int_equal(erased_at_s, yz_store_now_s(desk.store));
    assert_int_equal(yz_person_unseal(&desk, &x, WANG, context, hers, &opened),
                     YZ_NOT_FOUND);
    assert_int_equal(yz_session_find(&desk, token, &found), YZ_NOT_FOUND);
    assert_int_equal(yz_person_seal(&desk, &x, WANG, context, plain, &after),
                     YZ_OK);
    assert_int_equal(yz_person_unseal(&desk, &x, WANG, context, hers, &opened),
                     YZ_NOT_FOUND);
    assert_int_equal(yz_person_unseal(&desk, &x, WANG, context, after, &opened),
                     YZ_OK);
    assert_int_equal(yz_person_unseal(&desk, &x, LI, context, his, &opened),
                     YZ_OK);
}

static void
a_rotation_wraps_every_key_anew_in_steps(void **state)
{
    const yz_span context = YZ_SPAN("here"), plain = YZ_SPAN("text");
    uint8_t id[YZ_ACTOR_ID_SIZE], at[YZ_ACTOR_ID_SIZE];
    yz_span sealed[50], opened, next = YZ_SPAN("");
    size_t changed, all = 0, steps = 0;

    (void)state;
    memset(id, 0, sizeof(id));
    for (size_t i = 0; i < 50; i++) {
        id[5] = (uint8_t)i;
        assert_int_equal(
            yz_person_seal(&desk, &x, id, context, plain, &sealed[i]), YZ_OK);
    }
    assert_int_equal(yz_vault_rotate(desk.vault), YZ_OK);
    do {
        assert_int_equal(yz_person_rewrap(&desk, next, 7, at, &next, &changed),
                         YZ_OK);
        assert_true(changed <= 7);
        all += changed;
        steps++;
    } while (next.n > 0);
    assert_int_equal(all, 50);
    assert_true(steps >= 7);
    assert_int_equal(yz_vault_retire(desk.vault), YZ_OK);
    for (size_t i = 0; i < 50; i++) {
        id[5] = (uint8_t)i;
        assert_int_equal(
            yz_person_unseal(&desk, &x, id, context, sealed[i], &opened),
            YZ_OK);
    }
}

typedef struct {
    size_t n;
    yz_table table[4];
    char key[4][8];
} writings;

static yz_status
take_writing(void *context, yz_table table, yz_span key, int64_t at_s)
{
    writings *all = context;

    assert_true(all->n < 4 && key.n < 8 && at_s > 0);
    all->table[all->n] = table;
    memcpy(all->key[all->n++], key.p, key.n);
    return YZ_OK;
}

static void
the_index_lists_and_forgets_what_one_wrote(void **state)
{
    writings all = {0};

    (void)state;
    memcpy(x.actor.id, WANG, sizeof(WANG));
    x.actor.kind = YZ_ACTOR_WORKER;
    yz_written_add(&desk, &x, YZ_TABLE_TICKET, YZ_SPAN("17"));
    yz_written_add(&desk, &x, YZ_TABLE_RATING, YZ_SPAN("a"));
    memcpy(x.actor.id, LI, sizeof(LI));
    x.actor.kind = YZ_ACTOR_DEVICE;
    yz_written_add(&desk, &x, YZ_TABLE_RATING, YZ_SPAN("b"));
    x.actor.kind = YZ_ACTOR_OPERATOR;
    yz_written_add(&desk, &x, YZ_TABLE_RATING, YZ_SPAN("c"));
    assert_int_equal(yz_written_each(&desk, WANG, take_writing, &all), YZ_OK);
    assert_int_equal(all.n, 2);
    assert_int_equal(all.table[0], YZ_TABLE_RATING);
    assert_string_equal(all.key[0], "a");
    assert_string_equal(all.key[1], "17");
    assert_int_equal(yz_written_forget(&desk, WANG), YZ_OK);
    memset(&all, 0, sizeof(all));
    assert_int_equal(yz_written_each(&desk, WANG, take_writing, &all), YZ_OK);
    assert_int_equal(all.n, 0);
    assert_int_equal(yz_written_each(&desk, LI, take_writing, &all), YZ_OK);
    assert_int_equal(all.n, 1);
}

int
main(void)
{
#define STORE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_session_stands_for_its_person_until_it_ends),
        STORE_TEST(a_session_that_is_over_reads_as_none),
        STORE_TEST(expiry_forgets_only_what_is_over),
        STORE_TEST(what_was_erased_never_opens_again),
        STORE_TEST(a_rotation_wraps_every_key_anew_in_steps),
        STORE_TEST(the_index_lists_and_forgets_what_one_wrote),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
