/*
 * Protects against files that are something else than they seem: encodings,
 * workbooks, damaged bytes.  Without it a file of Chinese Excel loads as
 * broken text, or one wrong byte turns a UTF-8 file into other characters.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "admin/load/gb18030.h"
#include "admin/load/input.h"
#include "t/unit/guard_page.h"

static yz_refusal refusal;

static yz_status
decode(yz_input *input, yz_span bytes, yz_encoding encoding)
{
    refusal.text[0] = '\0';
    *input = (yz_input){.owned = malloc(bytes.n + 1)};
    memcpy(input->owned, bytes.p, bytes.n);
    input->text = (yz_span){input->owned, bytes.n};
    return yz_input_decode(input, encoding, &refusal);
}

static void
assert_decodes(yz_span bytes, const char *wanted, bool decoded)
{
    yz_input input;

    assert_int_equal(decode(&input, bytes, YZ_ENCODING_SNIFF), YZ_OK);
    assert_true(yz_span_equal(input.text, yz_span_of(wanted)));
    assert_int_equal(input.decoded, decoded);
    yz_input_free(&input);
}

static void
assert_refused(yz_span bytes, const char *reason)
{
    yz_input input;

    assert_int_equal(decode(&input, bytes, YZ_ENCODING_SNIFF), YZ_BAD_INPUT);
    assert_non_null(strstr(refusal.text, reason));
    yz_input_free(&input);
}

static void
utf8_and_gb18030_are_told_apart(void **state)
{
    (void)state;
    assert_decodes(YZ_SPAN("id,name\n"), "id,name\n", false);
    assert_decodes(YZ_SPAN("\xef\xbb\xbf驿站"), "驿站", false);
    assert_decodes(YZ_SPAN("驿站"), "驿站", false);
    assert_decodes(YZ_SPAN("\xe6\xe4\xd5\xbe,1"), "驿站,1", true);
    /* Four bytes of GB18030: U+3400. */
    assert_decodes(YZ_SPAN("\xd5\xbe\x81\x39\xee\x39"), "站㐀", true);
}

static void
one_bad_byte_in_utf8_is_no_gb18030(void **state)
{
    (void)state;
    assert_refused(YZ_SPAN("id,name\n1,青岛市市南区驿站\n2,市\xff南区驿站"
                           "驿站驿站驿站\n"),
                   "line 3 (offset");
}

static void
bytes_of_no_encoding_are_refused_with_their_line(void **state)
{
    (void)state;
    assert_refused(YZ_SPAN("a\nb\n\xd5\xff\xff\n"), "line 3");
}

static void
other_formats_are_named(void **state)
{
    (void)state;
    assert_refused(YZ_SPAN("PK\x03\x04rest"), "Excel");
    assert_refused(YZ_SPAN("\xff\xfei\0d\0"), "UTF-16");
    assert_refused(YZ_SPAN("id,na\0me\n"), "NUL");
    assert_refused(YZ_SPAN(""), "empty");
    assert_refused(YZ_SPAN("\xef\xbb\xbf \r\n"), "empty");
}

static void
an_encoding_that_is_given_counts(void **state)
{
    yz_input input;

    (void)state;
    assert_int_equal(decode(&input, YZ_SPAN("\xe6\xe4"), YZ_ENCODING_UTF8),
                     YZ_BAD_INPUT);
    yz_input_free(&input);
    assert_int_equal(decode(&input, YZ_SPAN("\xc2\xb7"), YZ_ENCODING_GB18030),
                     YZ_OK);
    assert_true(yz_span_equal(input.text, YZ_SPAN("路")));
    yz_input_free(&input);
}

static void
decode_any(yz_span text, void *context)
{
    yz_span out;
    size_t bad_at = 0;

    (void)context;
    if (yz_gb18030_decode(text, &out, &bad_at) == YZ_OK) {
        free((char *)out.p);
    } else {
        assert_true(bad_at < text.n);
    }
}

static void
no_truncation_is_read_beyond_its_end(void **state)
{
    (void)state;
    assert_int_not_equal(
        guard_truncations(YZ_SPAN("a\xe6\xe4\xd5\xbe\x81\x39\xee\x39\n"),
                          decode_any, NULL),
        0);
}

static void
a_missing_file_is_a_reason(void **state)
{
    yz_input input;

    (void)state;
    refusal.text[0] = '\0';
    assert_int_equal(yz_input_read("/nonexistent/file", &input, &refusal),
                     YZ_IO);
    assert_non_null(strstr(refusal.text, "/nonexistent/file"));
    yz_input_free(&input);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_and_gb18030_are_told_apart),
        cmocka_unit_test(one_bad_byte_in_utf8_is_no_gb18030),
        cmocka_unit_test(bytes_of_no_encoding_are_refused_with_their_line),
        cmocka_unit_test(other_formats_are_named),
        cmocka_unit_test(an_encoding_that_is_given_counts),
        cmocka_unit_test(no_truncation_is_read_beyond_its_end),
        cmocka_unit_test(a_missing_file_is_a_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
