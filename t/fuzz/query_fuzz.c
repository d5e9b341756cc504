/*
 * Query strings: whatever comes, the parsers end inside the text, and what
 * they accept keeps to its ranges and has a canonical text.
 */
#include <stdint.h>
#include <stdlib.h>

#include "core/cursor.h"
#include "core/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void
check_words(const yz_words *words)
{
    require(words->count <= YZ_FILTER_WORDS_MAX);
    for (uint32_t i = 0; i < words->count; i++) {
        require(words->word[i].n > 0 && words->word[i].n <= YZ_WORD_MAX);
    }
}

static void
check_query(const yz_query *q)
{
    char buf[YZ_QUERY_CANONICAL_MAX];

    check_words(&q->kinds);
    check_words(&q->services);
    require(q->level >= -1 && q->level <= 3);
    require(q->region <= 999999 && q->region_digits <= 6);
    require(q->limit >= 1 && q->limit <= YZ_LIMIT_MAX);
    require(q->place.n <= YZ_ID_MAX && q->cursor.n <= YZ_CURSOR_TEXT_MAX);
    require(!q->has_radius ||
            (q->radius_m >= 1 && q->radius_m <= YZ_RADIUS_MAX_M));
    require(!q->has_position ||
            (q->lng >= -180 && q->lng <= 180 && q->lat >= -90 && q->lat <= 90));
    require(!q->has_bbox || q->bbox_e7[1] <= q->bbox_e7[3]);
    require(yz_query_canonical(q, buf, sizeof(buf)) > 0);
}

static void
check_fault(const yz_query_fault *error)
{
    size_t n = 0;

    require((unsigned)error->fault < YZ_PARAM_FAULT_COUNT);
    require(error->detail != NULL && error->detail[0] != '\0');
    while (n < sizeof(error->parameter) && error->parameter[n] != '\0') {
        char c = error->parameter[n++];

        require((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
                c == '?');
    }
    require(n > 0 && n < sizeof(error->parameter));
}

static void
check_error(const yz_query_error *error)
{
    require(error->count > 0 && error->count <= YZ_QUERY_FAULTS_MAX);
    for (size_t i = 0; i < error->count; i++) {
        check_fault(&error->faults[i]);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yz_span raw = {(const char *)data, size};
    yz_query_error error;
    yz_query q;

    if (yz_query_nearby(raw, &q, &error) == YZ_OK) {
        require(q.has_position != (q.place.n > 0));
        check_query(&q);
    } else {
        check_error(&error);
    }
    if (yz_query_places(raw, &q, &error) == YZ_OK) {
        require(!q.has_position && q.place.n == 0);
        check_query(&q);
    } else {
        check_error(&error);
    }
    if (yz_query_place(raw, &q, &error) != YZ_OK) {
        check_error(&error);
    }
    if (yz_query_posts(raw, &q, &error) == YZ_OK) {
        require(q.has_position == q.by_distance && q.place.n == 0);
        require(q.topics != 0 && (q.topics & ~YZ_POST_TOPICS_ALL) == 0);
        require(q.items.count <= YZ_FILTER_WORDS_MAX);
        check_query(&q);
    } else {
        check_error(&error);
    }
    if (yz_query_post(raw, &q, &error) != YZ_OK) {
        check_error(&error);
    }
    if (yz_query_region(raw, &q, &error) != YZ_OK) {
        check_error(&error);
    }
    return 0;
}
