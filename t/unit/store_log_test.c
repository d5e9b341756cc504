/*
 * Protects the audit and the history of codes: every entry of the log is
 * visited once, in order, with what it says; the first entry of a time is
 * found; a place's codes are all found and no other's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lmdb_schema/store_log.h"
#include "t/unit/store_fixture.h"

static char dir[SCRATCH_SIZE];
static yz_store *store;

static int
open_store(void **state)
{
    yz_store_error error;

    (void)state;
    return scratch_make(dir) == 0 &&
                   yz_store_open(dir, 0, &store, &error) == YZ_OK
               ? 0
               : -1;
}

static int
close_store(void **state)
{
    (void)state;
    yz_store_close(store);
    scratch_remove(dir);
    return 0;
}

static void
begin(bool unmarked)
{
    const yz_batch_info info = {.kind = YZ_SPAN("load"), .unmarked = unmarked};

    assert_int_equal(yz_store_begin(store, &info), YZ_OK);
}

static yz_batch_result
commit(void)
{
    yz_batch_result result;

    assert_int_equal(yz_store_commit(store, &result, NULL, NULL), YZ_OK);
    return result;
}

static void
put(unsigned i)
{
    fixture_place made;

    fixture_plain(&made, i);
    assert_int_equal(yz_store_place_put(store, &made.place), YZ_OK);
}

/* What a walk saw, as one letter an entry. */
typedef struct {
    char text[64];
    size_t count;
    uint64_t first;
    uint64_t next;
    size_t most; /* ends the walk with YZ_BUSY; 0: none */
} walk;

static yz_status
note_entry(void *context, const yz_store_entry *entry)
{
    static const char letters[] = " PCRBKG";
    walk *w = context;

    if (w->count == 0) {
        w->first = entry->seq;
    } else {
        assert_int_equal(entry->seq, w->next);
    }
    w->next = entry->seq + 1;
    w->text[w->count++] = letters[entry->op];
    w->text[w->count] = '\0';
    if (entry->op == YZ_LOG_PLACE || entry->op == YZ_LOG_CODE) {
        assert_int_equal('p', entry->place.id.p[0]);
    }
    if (entry->op == YZ_LOG_BATCH) {
        assert_true(yz_span_equal(entry->kind, YZ_SPAN("load")));
    }
    if (entry->op == YZ_LOG_REFERENCE) {
        assert_true(yz_span_equal(entry->key, YZ_SPAN("regions")));
    }
    if (entry->op == YZ_LOG_RECORD || entry->op == YZ_LOG_GONE) {
        assert_int_equal(entry->table, YZ_TABLE_POLICY);
        assert_true(yz_span_equal(entry->key, YZ_SPAN("k")));
        assert_int_equal(entry->actor.role, YZ_ROLE_CITY);
    }
    return w->count == w->most ? YZ_BUSY : YZ_OK;
}

/* Places, codes, reference data, a record that comes and goes. */
static void
fill(void)
{
    const yz_actor actor = {.kind = YZ_ACTOR_WORKER, .role = YZ_ROLE_CITY};

    begin(false);
    assert_int_equal(yz_store_reference_put(store, YZ_SPAN("regions"),
                                            YZ_SPAN(FIXTURE_REGIONS)),
                     YZ_OK);
    put(1), put(2), commit();
    begin(true);
    assert_int_equal(yz_store_code_reissue(store, YZ_SPAN("p1")), YZ_OK);
    yz_store_act(store, &actor);
    assert_int_equal(
        yz_store_record_put(store, YZ_TABLE_POLICY, YZ_SPAN("k"), YZ_SPAN("v")),
        YZ_OK);
    assert_int_equal(
        yz_store_record_delete(store, YZ_TABLE_POLICY, YZ_SPAN("k")), YZ_OK);
    commit();
}

static void
every_entry_is_visited_in_order(void **state)
{
    walk all = {.count = 0};
    walk some = {.count = 0};
    walk few = {.most = 2};

    (void)state;
    assert_int_equal(yz_store_each_entry(store, 1, note_entry, &all), YZ_OK);
    assert_int_equal(all.count, 0);
    fill();
    assert_int_equal(yz_store_each_entry(store, 0, note_entry, &all), YZ_OK);
    assert_string_equal(all.text, "RPPBCKG");
    assert_int_equal(all.first, 1);
    assert_int_equal(yz_store_each_entry(store, 5, note_entry, &some), YZ_OK);
    assert_string_equal(some.text, "CKG");
    assert_int_equal(yz_store_each_entry(store, 2, note_entry, &few), YZ_BUSY);
    assert_string_equal(few.text, "PP");
    some.count = 0;
    assert_int_equal(yz_store_each_entry(store, 8, note_entry, &some), YZ_OK);
    assert_int_equal(some.count, 0);
}

static void
the_first_entry_of_a_time_is_found(void **state)
{
    uint64_t seq = 0;

    (void)state;
    assert_int_equal(yz_store_entry_since(store, 0, &seq), YZ_OK);
    assert_int_equal(seq, 1);
    fill();
    assert_int_equal(yz_store_entry_since(store, 0, &seq), YZ_OK);
    assert_int_equal(seq, 1);
    assert_int_equal(yz_store_entry_since(store, INT64_MAX, &seq), YZ_OK);
    assert_int_equal(seq, 8);
}

typedef struct {
    size_t good;
    size_t revoked;
} counts;

static yz_status
count_code(void *context, const yz_store_code *code)
{
    counts *c = context;

    assert_int_equal(strlen(code->code), YZ_CODE_LENGTH);
    assert_true(code->issued_at_s > 0);
    c->revoked += code->revoked;
    c->good += !code->revoked;
    return YZ_OK;
}

static void
the_codes_of_a_place_are_found(void **state)
{
    counts one = {0, 0}, two = {0, 0}, none = {0, 0};

    (void)state;
    fill();
    assert_int_equal(yz_store_each_code(store, YZ_SPAN("p1"), count_code, &one),
                     YZ_OK);
    assert_int_equal(one.good, 1);
    assert_int_equal(one.revoked, 1);
    assert_int_equal(yz_store_each_code(store, YZ_SPAN("p2"), count_code, &two),
                     YZ_OK);
    assert_int_equal(two.good + two.revoked, 1);
    assert_int_equal(yz_store_each_code(store, YZ_SPAN("p"), count_code, &none),
                     YZ_OK);
    assert_int_equal(none.good + none.revoked, 0);
}

/* Otherwise one request for a 65th service would cost a whole batch. */
static void
a_word_too_many_is_told_before_the_put(void **state)
{
    fixture_place made;
    char words[1024] = "";
    yz_span word;

    (void)state;
    for (int i = 0; i < 64; i++) {
        snprintf(words + strlen(words), sizeof(words) - strlen(words),
                 "%ss%02d", i > 0 ? "," : "", i);
    }
    begin(false);
    fixture_plain(&made, 1);
    made.place.services = yz_span_of(words);
    assert_int_equal(yz_store_words_fit(store, &made.place, &word), YZ_OK);
    assert_int_equal(yz_store_place_put(store, &made.place), YZ_OK);
    fixture_plain(&made, 2);
    made.place.services = YZ_SPAN("other");
    assert_int_equal(yz_store_words_fit(store, &made.place, &word), YZ_FULL);
    assert_true(yz_span_equal(word, YZ_SPAN("other")));
    made.place.services = YZ_SPAN("s07");
    assert_int_equal(yz_store_place_put(store, &made.place), YZ_OK);
    assert_int_equal(commit().added, 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_entry_is_visited_in_order,
                                        open_store, close_store),
        cmocka_unit_test_setup_teardown(the_first_entry_of_a_time_is_found,
                                        open_store, close_store),
        cmocka_unit_test_setup_teardown(the_codes_of_a_place_are_found,
                                        open_store, close_store),
        cmocka_unit_test_setup_teardown(a_word_too_many_is_told_before_the_put,
                                        open_store, close_store),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
