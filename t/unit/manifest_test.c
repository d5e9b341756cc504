/*
 * What this protects: the list of what a backup holds.  What is written is
 * read back the same; a list that is cut, malformed or names files outside of
 * the backup is refused, so that restoring one can overwrite nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "admin/command/manifest.h"
#include "t/unit/guard_page.h"

static const char head[] =
    "yizhan backup 1\nlog 12\ntime 1790000000\nplaces 3\nchain "
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";
static const char hash[] =
    "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

static yz_status
count(void *context, const yz_manifest_file *file)
{
    size_t *files = context;

    if (*files == 0) {
        assert_string_equal(file->name, "private/data.mdb");
        assert_int_equal(file->size, 4096);
        assert_int_equal(file->hash[0], 0xff);
        assert_int_equal(file->hash[31], 0x1f);
    }
    (*files)++;
    return YZ_OK;
}

static yz_span
example(char *buffer, size_t cap)
{
    yz_manifest_facts facts = {12, 1790000000, 3, {0}};
    yz_manifest_file file = {.name = "private/data.mdb", .size = 4096};
    yz_out out;

    for (int i = 0; i < YZ_MANIFEST_HASH; i++) {
        facts.chain[i] = (uint8_t)i;
        file.hash[i] = (uint8_t)i;
    }
    file.hash[0] = 0xff;
    yz_out_init(&out, buffer, cap);
    yz_manifest_begin(&out, &facts);
    yz_manifest_add(&out, &file);
    memcpy(file.name, "settings", 9);
    yz_manifest_add(&out, &file);
    yz_manifest_end(&out);
    assert_false(out.full);
    return yz_out_written(&out);
}

static void
what_is_written_is_read(void **state)
{
    char buffer[1024];
    yz_span text = example(buffer, sizeof(buffer));
    yz_manifest_facts facts;
    size_t files = 0;

    (void)state;
    assert_memory_equal(text.p, head, sizeof(head) - 1);
    assert_int_equal(yz_manifest_read(text, &facts, count, &files), YZ_OK);
    assert_int_equal(files, 2);
    assert_int_equal(facts.last_seq, 12);
    assert_int_equal(facts.last_time_s, 1790000000);
    assert_int_equal(facts.places, 3);
    assert_int_equal(facts.chain[31], 31);
}

static void
try_cut(yz_span text, void *context)
{
    const size_t *whole = context;
    yz_manifest_facts facts;

    assert_true((yz_manifest_read(text, &facts, NULL, NULL) == YZ_OK) ==
                (text.n == *whole));
}

static void
nothing_cut_is_read(void **state)
{
    char buffer[1024];
    yz_span text = example(buffer, sizeof(buffer));

    (void)state;
    assert_int_equal(guard_truncations(text, try_cut, &text.n), text.n + 1);
}

/* Status of a manifest with one file of that name. */
static yz_status
with_name(const char *name)
{
    char text[1024];
    yz_manifest_facts facts;
    int n =
        snprintf(text, sizeof(text), "%sfile 1 %s %s\nend\n", head, hash, name);

    return yz_manifest_read((yz_span){text, (size_t)n}, &facts, NULL, NULL);
}

static void
names_stay_inside(void **state)
{
    (void)state;
    assert_int_equal(with_name("private/log/000000001.log"), YZ_OK);
    assert_int_equal(with_name("a"), YZ_OK);
    assert_int_equal(with_name(""), YZ_CORRUPT);
    assert_int_equal(with_name("/etc/passwd"), YZ_CORRUPT);
    assert_int_equal(with_name("../x"), YZ_CORRUPT);
    assert_int_equal(with_name("private/../x"), YZ_CORRUPT);
    assert_int_equal(with_name("private/./x"), YZ_CORRUPT);
    assert_int_equal(with_name("private//x"), YZ_CORRUPT);
    assert_int_equal(with_name("private/"), YZ_CORRUPT);
    assert_int_equal(with_name(".x"), YZ_CORRUPT);
    assert_int_equal(with_name("a b"), YZ_CORRUPT);
    assert_int_equal(with_name("a\tb"), YZ_CORRUPT);
}

static void
other_texts_are_refused(void **state)
{
    char text[1024];
    yz_manifest_facts facts;
    int n;

    (void)state;
    assert_int_equal(
        yz_manifest_read(YZ_SPAN("yizhan backup 2\n"), &facts, NULL, NULL),
        YZ_FORMAT);
    assert_int_equal(yz_manifest_read(YZ_SPAN(""), &facts, NULL, NULL),
                     YZ_FORMAT);
    n = snprintf(text, sizeof(text), "%send\nmore\n", head);
    assert_int_equal(
        yz_manifest_read((yz_span){text, (size_t)n}, &facts, NULL, NULL),
        YZ_CORRUPT);
    n = snprintf(text, sizeof(text), "%sfile 01 %s a\nend\n", head, hash);
    assert_int_equal(
        yz_manifest_read((yz_span){text, (size_t)n}, &facts, NULL, NULL),
        YZ_CORRUPT);
    n = snprintf(text, sizeof(text), "%sfile 1 F%s a\nend\n", head, hash + 1);
    assert_int_equal(
        yz_manifest_read((yz_span){text, (size_t)n}, &facts, NULL, NULL),
        YZ_CORRUPT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(nothing_cut_is_read),
        cmocka_unit_test(names_stay_inside),
        cmocka_unit_test(other_texts_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
