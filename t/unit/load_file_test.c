/*
 * What this protects: the file by which a command hands a load to the daemon.
 * What is written is read back the same, and nothing that is cut, changed or
 * foreign is taken for a load: half of one would be put as a whole batch.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include <cmocka.h>

#include "admin/load/load_file.h"
#include "t/unit/guard_page.h"
#include "t/unit/scratch_dir.h"

static const yz_place example = {
    .id = {"QD-1", 4},
    .name = {"\xe7\xab\x99", 3},
    .kind = {"station", 7},
    .hours = {"24/7", 4},
    .region = 370202,
    .has_position = true,
    .lng_e7 = 1203800000,
    .lat_e7 = 360600000,
    .number = 7,
    .changed_seq = 99,
    .code = "ABCDEFGHJKMNP",
};

static void
write_example(yz_load_writer *writer)
{
    const yz_load_facts facts = {.source = YZ_SPAN("a.csv"),
                                 .actor = YZ_SPAN("root"),
                                 .planned_seq = 41,
                                 .whole = true};
    yz_place other = example;

    yz_load_writer_begin(writer, &facts);
    yz_load_writer_reference(writer, YZ_SPAN("regions"), YZ_SPAN("1,2\n"));
    yz_load_writer_place(writer, &example, 12);
    other.id = YZ_SPAN("QD-2");
    yz_load_writer_place(writer, &other, 0);
}

/* A data directory with a private part. */
static void
make_dir(char dir[static SCRATCH_SIZE])
{
    char path[SCRATCH_SIZE + 16];

    assert_int_equal(scratch_make(dir), 0);
    snprintf(path, sizeof(path), "%s/private", dir);
    assert_int_equal(mkdir(path, 0700), 0);
}

static void
what_is_written_is_read(void **state)
{
    char dir[SCRATCH_SIZE];
    static char bytes[65536];
    yz_load_writer writer;
    yz_load_file file;
    yz_span name, value;
    yz_place place;
    struct stat st;
    size_t n, at;

    (void)state;
    make_dir(dir);
    write_example(&writer);
    assert_int_equal(yz_load_writer_end(&writer, dir), YZ_OK);
    assert_true(yz_load_name_is(yz_span_of(writer.name)));
    assert_int_equal(stat(writer.path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(yz_file_read(writer.path, bytes, sizeof(bytes), &n),
                     YZ_OK);
    assert_int_equal(yz_load_file_parse((uint8_t *)bytes, n, &file), YZ_OK);
    assert_true(yz_span_equal(file.facts.source, YZ_SPAN("a.csv")));
    assert_true(yz_span_equal(file.facts.actor, YZ_SPAN("root")));
    assert_int_equal(file.facts.planned_seq, 41);
    assert_true(file.facts.whole);
    assert_int_equal(file.references, 1);
    assert_int_equal(file.places, 2);
    at = file.references_at;
    yz_load_file_reference(&file, &at, &name, &value);
    assert_true(yz_span_equal(name, YZ_SPAN("regions")));
    assert_true(yz_span_equal(value, YZ_SPAN("1,2\n")));
    at = file.places_at;
    yz_load_file_place(&file, &at, &place);
    assert_true(yz_place_same(&place, &example));
    assert_int_equal(place.changed_seq, 12);
    assert_int_equal(place.number, 0);
    assert_string_equal(place.code, "");
    yz_load_file_place(&file, &at, &place);
    assert_true(yz_span_equal(place.id, YZ_SPAN("QD-2")));
    assert_int_equal(place.changed_seq, 0);
    /* It goes with its writer. */
    yz_load_writer_free(&writer);
    snprintf(bytes, sizeof(bytes), "%s/private/loads", dir);
    assert_int_equal(rmdir(bytes), 0);
    scratch_remove(dir);
}

/* context: how long the whole is. */
static void
try_cut(yz_span text, void *context)
{
    const size_t *whole = context;
    yz_load_file file;
    yz_status status =
        yz_load_file_parse((const uint8_t *)text.p, text.n, &file);

    assert_true((status == YZ_OK) == (text.n == *whole));
    /* With a hash that fits, what does not add up is refused all the same. */
    if (text.n >= 72 && text.n < *whole) {
        assert_int_equal(yz_load_file_seal((uint8_t *)text.p, text.n), YZ_OK);
        assert_int_equal(
            yz_load_file_parse((const uint8_t *)text.p, text.n, &file),
            YZ_CORRUPT);
    }
}

static void
nothing_cut_or_changed_is_read(void **state)
{
    yz_load_writer writer;
    yz_load_file file;

    (void)state;
    write_example(&writer);
    assert_int_equal(yz_load_writer_end(&writer, "/none"), YZ_NOT_FOUND);
    assert_int_equal(yz_load_file_parse(writer.bytes, writer.size, &file),
                     YZ_OK);
    assert_int_equal(
        guard_truncations((yz_span){(char *)writer.bytes, writer.size}, try_cut,
                          &writer.size),
        writer.size + 1);
    for (size_t i = 0; i < writer.size; i++) {
        writer.bytes[i] ^= 1;
        assert_int_not_equal(
            yz_load_file_parse(writer.bytes, writer.size, &file), YZ_OK);
        writer.bytes[i] ^= 1;
    }
    yz_load_writer_free(&writer);
}

static void
texts_are_cut_at_a_character(void **state)
{
    char source[400];
    yz_load_facts facts = {.source = {source, sizeof(source)},
                           .actor = YZ_SPAN("")};
    yz_load_writer writer;
    yz_load_file file;

    (void)state;
    memset(source, 'a', sizeof(source));
    memcpy(source + 253, "\xe7\xab\x99", 3);
    yz_load_writer_begin(&writer, &facts);
    assert_int_equal(yz_load_writer_end(&writer, "/none"), YZ_NOT_FOUND);
    assert_int_equal(yz_load_file_parse(writer.bytes, writer.size, &file),
                     YZ_OK);
    assert_int_equal(file.facts.source.n, 253);
    yz_load_writer_free(&writer);
}

static void
what_a_killed_command_left_goes(void **state)
{
    char dir[SCRATCH_SIZE];
    char loads[SCRATCH_SIZE + 32];
    char path[3][SCRATCH_SIZE + 96];
    const struct utimbuf old = {1, 1};
    yz_load_writer writer;

    (void)state;
    make_dir(dir);
    snprintf(loads, sizeof(loads), "%s/private/loads", dir);
    assert_int_equal(mkdir(loads, 0700), 0);
    snprintf(path[0], sizeof(path[0]), "%s/%032d.load", loads, 1);
    snprintf(path[1], sizeof(path[1]), "%s/%032d.load", loads, 2);
    snprintf(path[2], sizeof(path[2]), "%s/other", loads);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(yz_file_replace(path[i], YZ_SPAN("x"), 0600), YZ_OK);
    }
    assert_int_equal(utime(path[0], &old), 0);
    assert_int_equal(utime(path[2], &old), 0);
    write_example(&writer);
    assert_int_equal(yz_load_writer_end(&writer, dir), YZ_OK);
    yz_load_writer_free(&writer);
    assert_int_not_equal(access(path[0], F_OK), 0);
    assert_int_equal(access(path[1], F_OK), 0);
    assert_int_equal(access(path[2], F_OK), 0);
    scratch_remove(dir);
}

static void
names_are_of_one_form(void **state)
{
    char name[] = "0123456789abcdef0123456789abcdef.load";

    (void)state;
    assert_true(yz_load_name_is(yz_span_of(name)));
    assert_false(yz_load_name_is((yz_span){name, sizeof(name) - 2}));
    assert_false(yz_load_name_is(YZ_SPAN("")));
    for (size_t i = 0; i < sizeof(name) - 1; i++) {
        char kept = name[i];

        name[i] = '/';
        assert_false(yz_load_name_is(yz_span_of(name)));
        name[i] = '\0';
        assert_false(yz_load_name_is((yz_span){name, sizeof(name) - 1}));
        name[i] = kept;
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(nothing_cut_or_changed_is_read),
        cmocka_unit_test(texts_are_cut_at_a_character),
        cmocka_unit_test(what_a_killed_command_left_goes),
        cmocka_unit_test(names_are_of_one_form),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
