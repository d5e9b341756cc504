/*
 * Protects receipts, by which people without a login read their tickets: one
 * form of each is hashed, what they mistype is forgiven or caught, all 80
 * bits are in it, and neither a code nor a cut receipt passes for one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/code.h"
#include "core/receipt.h"
#include "t/unit/guard_page.h"

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
static const uint8_t sample[YZ_RECEIPT_RANDOM] = {0x00, 0x44, 0x32, 0x14, 0xc7,
                                                  0x42, 0x54, 0xb6, 0x35, 0xcf};

static yz_status
normalise(const char *text, char out[static YZ_RECEIPT_SIZE])
{
    return yz_receipt_normalise(yz_span_of(text), out);
}

static void
receipts_hold_80_bits(void **state)
{
    char receipt[YZ_RECEIPT_SIZE];
    char other[YZ_RECEIPT_SIZE];

    (void)state;
    yz_receipt_from_random(sample, receipt);
    assert_memory_equal(receipt, "0123456789ABCDEF", 16);
    assert_int_equal(strlen(receipt), YZ_RECEIPT_LENGTH);
    for (int bit = 0; bit < 80; bit++) {
        uint8_t changed[YZ_RECEIPT_RANDOM];

        memcpy(changed, sample, sizeof(changed));
        changed[bit / 8] ^= (uint8_t)(1 << bit % 8);
        yz_receipt_from_random(changed, other);
        assert_memory_not_equal(receipt, other, 16);
    }
}

static void
what_people_type_is_forgiven(void **state)
{
    char receipt[YZ_RECEIPT_SIZE];
    char printed[YZ_RECEIPT_PRINTED_SIZE];
    char out[YZ_RECEIPT_SIZE];

    (void)state;
    yz_receipt_from_random(sample, receipt);
    yz_receipt_print(receipt, printed);
    assert_int_equal(strlen(printed), YZ_RECEIPT_PRINTED_LENGTH);
    assert_memory_equal(printed, "01234-5678-9ABC-DEF", 19);
    assert_int_equal(normalise(printed, out), YZ_OK);
    assert_string_equal(out, receipt);
    for (size_t i = 0; printed[i] != '\0'; i++) {
        if (printed[i] >= 'A' && printed[i] <= 'Z') {
            printed[i] = (char)(printed[i] - 'A' + 'a');
        }
    }
    printed[0] = 'o';
    printed[1] = 'l';
    assert_int_equal(normalise(printed, out), YZ_OK);
    assert_string_equal(out, receipt);
}

static void
each_wrong_symbol_and_swap_is_caught(void **state)
{
    char receipt[YZ_RECEIPT_SIZE];
    char wrong[YZ_RECEIPT_SIZE];
    char out[YZ_RECEIPT_SIZE];

    (void)state;
    yz_receipt_from_random(sample, receipt);
    for (int i = 0; i < YZ_RECEIPT_LENGTH; i++) {
        for (const char *c = alphabet; *c != '\0'; c++) {
            memcpy(wrong, receipt, sizeof(wrong));
            wrong[i] = *c;
            assert_int_equal(normalise(wrong, out),
                             *c == receipt[i] ? YZ_OK : YZ_BAD_INPUT);
        }
        for (int j = 0; j < i; j++) {
            memcpy(wrong, receipt, sizeof(wrong));
            wrong[i] = receipt[j];
            wrong[j] = receipt[i];
            assert_int_equal(normalise(wrong, out),
                             receipt[i] == receipt[j] ? YZ_OK : YZ_BAD_INPUT);
        }
    }
}

static void
refuse_cut(yz_span text, void *context)
{
    char out[YZ_RECEIPT_SIZE];

    assert_int_equal(yz_receipt_normalise(text, out),
                     text.n == *(size_t *)context ? YZ_OK : YZ_BAD_INPUT);
}

static void
what_is_no_receipt_is_refused(void **state)
{
    static const char *const none[] = {
        "",
        "mine",
        "01234-5678-9ABC-DEF!",
        "00000-0000-0000-0000-0000-0000-0000-0000-0000",
        "----------------------------------------",
        "U1234567890123456",
    };
    const uint8_t random[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    char receipt[YZ_RECEIPT_SIZE];
    char printed[YZ_RECEIPT_PRINTED_SIZE];
    char code[YZ_CODE_SIZE];
    char out[YZ_RECEIPT_SIZE];
    size_t whole = YZ_RECEIPT_PRINTED_LENGTH;

    (void)state;
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        assert_int_equal(normalise(none[i], out), YZ_BAD_INPUT);
    }
    yz_code_from_random(random, code);
    assert_int_equal(normalise(code, out), YZ_BAD_INPUT);
    yz_receipt_from_random(sample, receipt);
    assert_int_equal(yz_code_normalise(yz_span_of(receipt), code),
                     YZ_BAD_INPUT);
    yz_receipt_print(receipt, printed);
    assert_int_equal(guard_truncations(yz_span_of(printed), refuse_cut, &whole),
                     whole + 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(receipts_hold_80_bits),
        cmocka_unit_test(what_people_type_is_forgiven),
        cmocka_unit_test(each_wrong_symbol_and_swap_is_caught),
        cmocka_unit_test(what_is_no_receipt_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
