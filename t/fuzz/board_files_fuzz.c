/*
 * Small files of the board: the list of items, relay numbers, words of
 * moderation, a carrier's reply, mobile numbers.  No bytes make a reader step
 * outside of them; what is accepted keeps what its header says.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "admin/rules/phone_number.h"
#include "admin/rules/relay.h"
#include "admin/rules/words.h"
#include "core/items.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void
check_items(yz_span csv)
{
    size_t cap = YZ_ITEMS_JSON_SIZE(csv.n), line = 0;
    char *json = malloc(cap);
    const char *why = NULL;
    yz_out out;

    if (json == NULL) {
        return;
    }
    yz_out_init(&out, json, cap);
    yz_items_write(&out, csv);
    require(!out.full);
    free(json);
    if (yz_items_check(csv, &line, &why) != YZ_OK) {
        require(why != NULL);
        return;
    }
    yz_items_walk walk = yz_items_begin(csv);
    yz_item item, found;
    while (yz_items_next(&walk, &item) == YZ_OK) {
        require(yz_items_find(csv, item.word, &found) == YZ_OK &&
                found.name.p == item.name.p);
    }
}

static void
check_numbers(yz_span text)
{
    yz_relay_numbers numbers;
    unsigned line = 0;

    if (yz_relay_numbers_parse(text, &numbers, &line) == YZ_OK) {
        require(numbers.count > 0);
        for (size_t i = 0; i < numbers.count; i++) {
            require(strlen(numbers.all[i]) >= 5);
        }
        yz_relay_numbers_free(&numbers);
    } else {
        require(numbers.all == NULL);
    }
}

static void
check_reply(yz_span text)
{
    char *json = malloc(text.n + 1);
    yz_relay_binding binding;

    if (json == NULL) {
        return;
    }
    memcpy(json, text.p, text.n);
    json[text.n] = '\0';
    if (yz_relay_reply_read(json, 1000, &binding) == YZ_OK) {
        require(binding.number[0] != '\0' && binding.expires_s > 1000);
    }
    free(json);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yz_span bytes = {(const char *)data, size};
    yz_span half = {bytes.p, size / 2};
    char number[YZ_MOBILE_SIZE];

    if (size == 0) {
        return 0;
    }
    check_items(bytes);
    check_numbers(bytes);
    check_reply(bytes);
    (void)yz_words_hold(half, (yz_span){bytes.p + half.n, size - half.n});
    if (yz_mobile_read(bytes, number) == YZ_OK) {
        require(strlen(number) == 11 && number[0] == '1');
    }
    return 0;
}
