/*
 * Protects the read half's promises: a lookup sees one snapshot, the next one
 * the newest; a superseded generation is left; a damaged record costs itself
 * only; vocabularies follow the writer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lmdb_schema/reader.h"
#include "t/unit/public_fixture.h"

static const fixture_place places[] = {
    {.number = 1, .id = "a", .placed = true, .lat_e7 = 10, .lng_e7 = 20},
    {.number = 2, .id = "b", .placed = false},
    {.id = NULL},
};

static fixture f;

static int
make(void **state)
{
    (void)state;
    return fixture_make(&f, places);
}

static int
drop(void **state)
{
    (void)state;
    fixture_remove(&f);
    return 0;
}

static yz_reader *
open_begun(void)
{
    yz_reader *reader;

    assert_int_equal(YZ_OK, yz_reader_open(f.public, 0, &reader));
    assert_int_equal(YZ_OK, yz_reader_begin(reader));
    return reader;
}

static void
end_close(yz_reader *reader)
{
    yz_reader_end(reader);
    yz_reader_close(reader);
}

static void
set_seq(fixture_txn *t, const void *seq)
{
    fixture_meta(t, YZ_META_APPLIED_SEQ, seq, 8);
}

static void
shorten_seq(fixture_txn *t, const void *seq)
{
    fixture_meta(t, YZ_META_APPLIED_SEQ, seq, 7);
}

static void
a_lookup_sees_one_snapshot_and_the_next_the_newest(void **state)
{
    yz_reader *reader = open_begun();
    yz_reader_facts facts;

    (void)state;
    for (uint64_t seq = 1; seq < 20; seq++) {
        assert_int_equal(0, fixture_write(&f, set_seq, &seq));
        yz_reader_get_facts(reader, &facts);
        assert_int_equal(seq - 1, facts.applied_seq);
        yz_reader_end(reader);
        assert_int_equal(YZ_OK, yz_reader_begin(reader));
        yz_reader_get_facts(reader, &facts);
        assert_int_equal(seq, facts.applied_seq);
        assert_int_equal(1, facts.generation);
        assert_int_equal(YZ_PUBLIC_FORMAT, facts.format);
    }
    end_close(reader);
}

static void
a_lookup_is_not_begun_twice(void **state)
{
    yz_reader *reader = open_begun();

    (void)state;
    assert_int_equal(YZ_BUSY, yz_reader_begin(reader));
    yz_reader_end(reader);
    yz_reader_end(reader);
    assert_int_equal(YZ_OK, yz_reader_begin(reader));
    end_close(reader);
}

static void
supersede(fixture_txn *t, const void *by)
{
    fixture_meta(t, YZ_META_SUPERSEDED_BY, by, 8);
}

static void
a_superseded_generation_is_left(void **state)
{
    yz_reader *old = open_begun(), *new;
    uint64_t two = 2;

    (void)state;
    assert_int_equal(0, fixture_generation(&f, 2, places));
    f.generation = 1;
    assert_int_equal(0, fixture_write(&f, supersede, &two));
    yz_reader_end(old);
    assert_int_equal(YZ_NOT_FOUND, yz_reader_begin(old));
    assert_int_equal(YZ_NOT_FOUND, yz_reader_begin(old));
    assert_int_equal(YZ_OK, yz_reader_open(f.public, 0, &new));
    yz_reader_close(old);
    assert_int_equal(2, yz_reader_generation(new));
    assert_int_equal(YZ_OK, yz_reader_begin(new));
    end_close(new);
}

static void
what_supersedes_is_opened_before_current_names_it(void **state)
{
    uint64_t by = 2;
    yz_reader *new;

    (void)state;
    assert_int_equal(0, fixture_generation(&f, 2, places));
    assert_int_equal(0, fixture_link(&f, "gen-1"));
    f.generation = 1;
    assert_int_equal(0, fixture_write(&f, supersede, &by));
    assert_int_equal(YZ_OK, yz_reader_open(f.public, 0, &new));
    assert_int_equal(2, yz_reader_generation(new));
    assert_int_equal(YZ_OK, yz_reader_begin(new));
    end_close(new);
    assert_int_equal(YZ_CORRUPT, yz_reader_open(f.public, 2, &new));
    assert_null(new);
    /* One that is not there, and ones that lead in a circle. */
    by = 3;
    assert_int_equal(0, fixture_write(&f, supersede, &by));
    assert_int_equal(YZ_NOT_FOUND, yz_reader_open(f.public, 0, &new));
    assert_null(new);
    by = 1;
    assert_int_equal(0, fixture_write(&f, supersede, &by));
    assert_int_equal(YZ_CORRUPT, yz_reader_open(f.public, 0, &new));
    assert_null(new);
}

static void
a_snapshot_whose_meta_breaks_is_refused_until_it_is_mended(void **state)
{
    yz_reader *reader = open_begun();
    uint64_t seq = 5;

    (void)state;
    yz_reader_end(reader);
    assert_int_equal(0, fixture_write(&f, shorten_seq, &seq));
    assert_int_equal(YZ_CORRUPT, yz_reader_begin(reader));
    assert_int_equal(YZ_CORRUPT, yz_reader_begin(reader));
    assert_int_equal(0, fixture_write(&f, set_seq, &seq));
    assert_int_equal(YZ_OK, yz_reader_begin(reader));
    end_close(reader);
}

static void
records_are_found_by_number_and_by_id(void **state)
{
    yz_reader *reader = open_begun();
    yz_place_view view;
    uint32_t number = 0;
    char long_id[600] = {0};

    (void)state;
    assert_int_equal(YZ_OK,
                     yz_reader_number_of_id(reader, YZ_SPAN("b"), &number));
    assert_int_equal(2, number);
    assert_int_equal(YZ_OK, yz_reader_place(reader, 2, &view));
    assert_true(yz_span_equal(YZ_SPAN("b"), view.id));
    assert_int_equal(YZ_NOT_FOUND, yz_reader_place(reader, 3, &view));
    assert_int_equal(YZ_NOT_FOUND,
                     yz_reader_number_of_id(reader, YZ_SPAN("c"), &number));
    assert_int_equal(YZ_NOT_FOUND,
                     yz_reader_number_of_id(reader, YZ_SPAN(""), &number));
    /* Longer than any key that LMDB takes. */
    assert_int_equal(YZ_NOT_FOUND,
                     yz_reader_number_of_id(
                         reader, (yz_span){long_id, sizeof(long_id)}, &number));
    end_close(reader);
}

static const uint8_t code_a[YZ_CODE_HASH_SIZE] = {1};
static const uint8_t code_b[YZ_CODE_HASH_SIZE] = {2, 0, 0, 0, 1};
static const uint8_t code_c[YZ_CODE_HASH_SIZE] = {2, 0, 0, 0, 2};
static const uint8_t code_lost[YZ_CODE_HASH_SIZE] = {0xff};

static void
damage(fixture_txn *t, const void *argument)
{
    uint32_t one = 1, key = 370000, lost = 7;

    (void)argument;
    fixture_code(t, code_a, 1, 1);
    fixture_code(t, code_b, 1, 2);
    fixture_put(t, YZ_DB_CODE, &lost, sizeof(lost), "short", 5);
    fixture_put(t, YZ_DB_PLACE, &one, sizeof(one), "short", 5);
    fixture_put(t, YZ_DB_ID, "b", 1, "xx", 2);
    fixture_put(t, YZ_DB_REGION, &key, sizeof(key), "region", 6);
}

static void
a_damaged_record_costs_itself_only(void **state)
{
    yz_reader *reader;
    yz_place_view view;
    yz_region_view region;
    yz_code_value code;
    uint32_t number;

    (void)state;
    assert_int_equal(0, fixture_write(&f, damage, NULL));
    reader = open_begun();
    assert_int_equal(YZ_CORRUPT, yz_reader_place(reader, 1, &view));
    assert_int_equal(YZ_OK, yz_reader_place(reader, 2, &view));
    assert_int_equal(YZ_CORRUPT,
                     yz_reader_number_of_id(reader, YZ_SPAN("b"), &number));
    assert_int_equal(YZ_OK,
                     yz_reader_number_of_id(reader, YZ_SPAN("a"), &number));
    assert_int_equal(YZ_CORRUPT, yz_reader_region(reader, 370000, &region));
    assert_int_equal(YZ_NOT_FOUND, yz_reader_region(reader, 370200, &region));
    assert_int_equal(YZ_OK, yz_reader_code(reader, code_a, &code));
    assert_int_equal(1, code.number);
    assert_int_equal(1, code.revoked);
    assert_int_equal(YZ_CORRUPT, yz_reader_code(reader, code_b, &code));
    assert_int_equal(YZ_NOT_FOUND, yz_reader_code(reader, code_c, &code));
    assert_int_equal(YZ_CORRUPT, yz_reader_code(reader, code_lost, &code));
    end_close(reader);
}

static void
replace(fixture_txn *t, const void *argument)
{
    fixture_code(t, code_a, *(const uint32_t *)argument, 0);
    fixture_record(t, &(fixture_place){.number = 1, .id = "longer than a"});
    fixture_record(t, &(fixture_place){.number = 65, .id = "same slot as 1"});
}

/* Their addresses are remembered, and must not be when they have moved. */
static void
what_a_commit_replaces_is_read_anew(void **state)
{
    yz_reader *reader = open_begun();
    yz_code_value code;
    yz_place_view view;
    uint32_t number = 1;
    uint64_t before;

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(YZ_OK, yz_reader_place(reader, 1, &view));
        assert_true(yz_span_equal(YZ_SPAN("a"), view.id));
        assert_int_equal(YZ_NOT_FOUND, yz_reader_code(reader, code_a, &code));
    }
    before = yz_reader_records(reader);
    yz_reader_end(reader);
    assert_int_equal(0, fixture_write(&f, replace, &number));
    assert_int_equal(YZ_OK, yz_reader_begin(reader));
    assert_true(yz_reader_records(reader) != before);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(YZ_OK, yz_reader_place(reader, 1, &view));
        assert_true(yz_span_equal(YZ_SPAN("longer than a"), view.id));
        assert_int_equal(YZ_OK, yz_reader_place(reader, 65, &view));
        assert_true(yz_span_equal(YZ_SPAN("same slot as 1"), view.id));
        assert_int_equal(YZ_OK, yz_reader_code(reader, code_a, &code));
        assert_int_equal(1, code.number);
    }
    end_close(reader);
}

typedef struct {
    uint32_t first;
    uint32_t end;
} word_range;

static void
add_kinds(fixture_txn *t, const void *argument)
{
    const word_range *range = argument;
    char word[32];

    for (uint32_t i = range->first; i < range->end; i++) {
        snprintf(word, sizeof(word), "kind%u", i);
        fixture_word(t, YZ_DB_KIND, i, word);
    }
    fixture_word(t, YZ_DB_SERVICE, range->first % 64, "water");
}

static void
vocabularies_follow_the_writer(void **state)
{
    static const word_range ranges[] = {{0, 3}, {3, 40}, {40, 300}};
    yz_reader *reader = open_begun();
    uint16_t kind;
    uint8_t bit;
    yz_span word, first = {NULL, 0};
    char name[32];

    (void)state;
    assert_int_equal(YZ_NOT_FOUND,
                     yz_reader_kind_of(reader, YZ_SPAN("kind0"), &kind));
    assert_int_equal(YZ_NOT_FOUND, yz_reader_kind(reader, 0, &word));
    for (size_t r = 0; r < 3; r++) {
        assert_int_equal(0, fixture_write(&f, add_kinds, &ranges[r]));
        yz_reader_end(reader);
        assert_int_equal(YZ_OK, yz_reader_begin(reader));
        for (uint16_t i = 0; i < ranges[r].end; i++) {
            snprintf(name, sizeof(name), "kind%u", i);
            assert_int_equal(
                YZ_OK, yz_reader_kind_of(reader, yz_span_of(name), &kind));
            assert_int_equal(i, kind);
            assert_int_equal(YZ_OK, yz_reader_kind(reader, i, &word));
            assert_true(yz_span_equal(yz_span_of(name), word));
        }
        if (first.p == NULL) {
            assert_int_equal(YZ_OK, yz_reader_kind(reader, 0, &first));
        }
        assert_int_equal(YZ_NOT_FOUND, yz_reader_kind(reader, 65535, &word));
    }
    assert_memory_equal("kind0", first.p, first.n); /* still there */
    assert_int_equal(YZ_CORRUPT,
                     yz_reader_service_of(reader, YZ_SPAN("water"), &bit));
    end_close(reader);
}

static void
add_services(fixture_txn *t, const void *argument)
{
    char word[32];

    for (uint32_t i = 0; i < *(const uint32_t *)argument; i++) {
        snprintf(word, sizeof(word), "service%u", i);
        fixture_word(t, YZ_DB_SERVICE, i, word);
    }
}

static void
services_are_64_at_most(void **state)
{
    uint32_t count = 64;
    uint8_t bit;
    yz_span word;

    (void)state;
    assert_int_equal(0, fixture_write(&f, add_services, &count));
    yz_reader *reader = open_begun();
    assert_int_equal(YZ_OK,
                     yz_reader_service_of(reader, YZ_SPAN("service63"), &bit));
    assert_int_equal(63, bit);
    assert_int_equal(YZ_OK, yz_reader_service(reader, 0, &word));
    assert_int_equal(YZ_NOT_FOUND, yz_reader_service(reader, 64, &word));
    count = 65;
    assert_int_equal(0, fixture_write(&f, add_services, &count));
    yz_reader_end(reader);
    assert_int_equal(YZ_OK, yz_reader_begin(reader));
    assert_int_equal(YZ_CORRUPT,
                     yz_reader_service_of(reader, YZ_SPAN("service1"), &bit));
    end_close(reader);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, make, drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_lookup_sees_one_snapshot_and_the_next_the_newest),
        TEST(a_lookup_is_not_begun_twice),
        TEST(a_superseded_generation_is_left),
        TEST(what_supersedes_is_opened_before_current_names_it),
        TEST(a_snapshot_whose_meta_breaks_is_refused_until_it_is_mended),
        TEST(records_are_found_by_number_and_by_id),
        TEST(a_damaged_record_costs_itself_only),
        TEST(what_a_commit_replaces_is_read_anew),
        TEST(vocabularies_follow_the_writer),
        TEST(services_are_64_at_most),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
