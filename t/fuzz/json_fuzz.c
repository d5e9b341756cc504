/*
 * Bodies: whatever comes, the reader ends inside of it, and what it accepts
 * keeps to the table; what it refuses has an answer.
 */
#include <stdint.h>
#include <stdlib.h>

#include "admin/http/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const kinds[] = {"wish", "appeal", NULL};
static const yz_json_member inner[] = {
    {.name = "lng", .kind = YZ_JSON_NUMBER, .min = -180, .max = 180},
    {.name = NULL},
};
static const yz_json_member members[] = {
    {.name = "score", .kind = YZ_JSON_INTEGER, .min = 1, .max = 5},
    {.name = "kind", .kind = YZ_JSON_TEXT, .words = kinds},
    {.name = "comment",
     .kind = YZ_JSON_TEXT,
     .max = 9,
     .lines = true,
     .nullable = true},
    {.name = "late", .kind = YZ_JSON_BOOLEAN},
    {.name = "at", .kind = YZ_JSON_OBJECT, .members = inner},
    {.name = "items", .kind = YZ_JSON_TEXTS, .max = 3},
    {.name = NULL},
};

static void
require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void
check_values(const yz_exchange *x)
{
    const yz_json *at = yz_json_object(x, NULL, "at");
    int64_t score = yz_json_integer(x, NULL, "score", 1);
    double lng = yz_json_number(x, at, "lng", 0);

    require(score >= 1 && score <= 5);
    require(at == NULL || (lng >= -180 && lng <= 180));
    require(yz_json_text(x, NULL, "comment").n <= 36);
    require(yz_json_texts(x, NULL, "items") <= 3);
    for (size_t i = 0; i < yz_json_texts(x, NULL, "items"); i++) {
        yz_span text = yz_json_texts_at(x, NULL, "items", i);

        require(text.p[text.n] == '\0');
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yz_exchange x = {.arena = YZ_ARENA_OF(4096)};
    yz_status status;

    x.body = (yz_span){(const char *)data, size};
    x.content_type = YZ_SPAN("application/json");
    status = yz_json_read(&x, members);
    require(status == YZ_OK || status == YZ_BAD_INPUT);
    if (status == YZ_OK) {
        require(x.status == 0);
        check_values(&x);
    } else {
        require(x.status == 400 && !x.out.full && x.out.n > 0);
    }
    yz_arena_free(&x.arena);
    return 0;
}
