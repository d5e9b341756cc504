/*
 * Protects the codes on 184,000 walls: one form of each is stored, what
 * people mistype is forgiven or caught, and no wrong symbol or swap leads to
 * another station.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/code.h"
#include "t/unit/guard_page.h"

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* splitmix64: the same codes on every machine. */
static uint64_t
next_random(uint64_t *seed)
{
    uint64_t z = (*seed += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static void
draw(uint64_t *seed, char code[static YZ_CODE_SIZE])
{
    uint64_t bits = next_random(seed);
    uint8_t random[8];

    memcpy(random, &bits, sizeof(random));
    yz_code_from_random(random, code);
}

static yz_status
normalise(const char *text, char out[static YZ_CODE_SIZE])
{
    return yz_code_normalise(yz_span_of(text), out);
}

static void
codes_hold_the_first_60_bits(void **state)
{
    const uint8_t random[8] = {0x00, 0x44, 0x32, 0x14, 0xc7, 0x42, 0x54, 0xbf};
    char code[YZ_CODE_SIZE];

    (void)state;
    yz_code_from_random(random, code);
    assert_memory_equal(code, "0123456789AB", 12);
    assert_int_equal(strlen(code), YZ_CODE_LENGTH);
}

static void
made_codes_are_read_in_every_form(void **state)
{
    uint64_t seed = 1;

    (void)state;
    for (int i = 0; i < 10000; i++) {
        char code[YZ_CODE_SIZE];
        char printed[YZ_CODE_PRINTED_SIZE];
        char out[YZ_CODE_SIZE];

        draw(&seed, code);
        assert_int_equal(strspn(code, alphabet), YZ_CODE_LENGTH);
        assert_int_equal(normalise(code, out), YZ_OK);
        assert_string_equal(out, code);
        yz_code_print(code, printed);
        assert_int_equal(strlen(printed), YZ_CODE_PRINTED_LENGTH);
        assert_true(printed[5] == '-' && printed[10] == '-');
        for (char *c = printed; *c != '\0'; c++) {
            *c = *c == '1'   ? "1iIlL"[i % 5]
                 : *c == '0' ? "0oO"[i % 3]
                 : *c >= 'A' ? (char)(*c + (i % 2 ? 'a' - 'A' : 0))
                             : *c;
        }
        assert_int_equal(normalise(printed, out), YZ_OK);
        assert_string_equal(out, code);
    }
}

static void
every_single_wrong_symbol_is_caught(void **state)
{
    uint64_t seed = 2;
    char code[YZ_CODE_SIZE];
    char out[YZ_CODE_SIZE];

    (void)state;
    for (int i = 0; i < 200; i++) {
        draw(&seed, code);
        for (int at = 0; at < YZ_CODE_LENGTH; at++) {
            char right = code[at];

            for (int s = 0; s < 32; s++) {
                code[at] = alphabet[s];
                assert_int_equal(normalise(code, out) == YZ_OK,
                                 alphabet[s] == right);
            }
            code[at] = right;
        }
    }
}

static void
every_swap_of_two_symbols_is_caught(void **state)
{
    uint64_t seed = 3;
    char code[YZ_CODE_SIZE];
    char out[YZ_CODE_SIZE];

    (void)state;
    for (int i = 0; i < 1000; i++) {
        draw(&seed, code);
        for (int a = 0; a < YZ_CODE_LENGTH; a++) {
            for (int b = a + 1; b < YZ_CODE_LENGTH; b++) {
                char swapped[YZ_CODE_SIZE];

                memcpy(swapped, code, sizeof(swapped));
                swapped[a] = code[b];
                swapped[b] = code[a];
                assert_int_equal(normalise(swapped, out) == YZ_OK,
                                 code[a] == code[b]);
            }
        }
    }
}

static void
what_no_code_can_be_is_refused(void **state)
{
    static const char *const bad[] = {"",
                                      "-",
                                      "0",
                                      "000000000000",
                                      "00000000000000",
                                      "000000000000U",
                                      "00000000000 0",
                                      "000000000000\n",
                                      "000000000000\xef\xbc\x90",
                                      "0000000000000--------------------",
                                      "000000000000%30",
                                      "--------------------------------",
                                      "../../../etc/passwd"};
    char out[YZ_CODE_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(normalise(bad[i], out), YZ_BAD_INPUT);
    }
    assert_int_equal(yz_code_normalise((yz_span){"00000\0000000000", 13}, out),
                     YZ_BAD_INPUT);
    assert_int_equal(normalise("0-0-0-0-0-0-0-0-0-0-0-0-0", out), YZ_OK);
}

static void
try_truncation(yz_span text, void *context)
{
    char out[YZ_CODE_SIZE];

    (void)context;
    assert_int_equal(yz_code_normalise(text, out),
                     text.n == YZ_CODE_PRINTED_LENGTH ? YZ_OK : YZ_BAD_INPUT);
}

static void
truncations_are_refused_inside_the_text(void **state)
{
    uint64_t seed = 4;

    (void)state;
    for (int i = 0; i < 20; i++) {
        char code[YZ_CODE_SIZE];
        char printed[YZ_CODE_PRINTED_SIZE];

        draw(&seed, code);
        yz_code_print(code, printed);
        assert_int_equal(
            guard_truncations(yz_span_of(printed), try_truncation, NULL),
            YZ_CODE_PRINTED_LENGTH + 1);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_hold_the_first_60_bits),
        cmocka_unit_test(made_codes_are_read_in_every_form),
        cmocka_unit_test(every_single_wrong_symbol_is_caught),
        cmocka_unit_test(every_swap_of_two_symbols_is_caught),
        cmocka_unit_test(what_no_code_can_be_is_refused),
        cmocka_unit_test(truncations_are_refused_inside_the_text),
    };

    return cmocka_run_group_tests_name("code", tests, NULL, NULL);
}
