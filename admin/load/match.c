/*
 * Finds the stored places of rows without id.  Used by plan.c.
 */
#include "admin/load/match.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "core/geo_search.h"

/* No degree of latitude is shorter than 110 km, so 300 m are less than: */
#define WINDOW_E7 28000
#define KEY_MAX (6 + 256)
#define DRAWN_SYMBOLS 10

static const yz_place *
place_of(const yz_match *match, const yz_match_row *item)
{
    return &match->rows->items[item->row].place;
}

/* Region and name as one key; the name is within its limit. */
static yz_span
key_of(const yz_place *place, char text[static KEY_MAX + 1])
{
    int head = snprintf(text, KEY_MAX, "%06u", (unsigned)place->region);
    size_t n = place->name.n;

    if (n > KEY_MAX - (size_t)head) {
        n = KEY_MAX - (size_t)head;
    }
    memcpy(text + head, place->name.p, n);
    return (yz_span){text, (size_t)head + n};
}

static bool
near_enough(const yz_place *a, const yz_place *b)
{
    return yz_geo_key_m(yz_geo_key(a->lat_e7, a->lng_e7, b->lat_e7,
                                   b->lng_e7)) <= YZ_MATCH_M;
}

static int32_t
latitude(const yz_place *place)
{
    return place->has_position ? place->lat_e7 : INT32_MIN;
}

/* qsort_r's context is the match. */
static int
compare_items(const void *a, const void *b, void *context)
{
    const yz_match_row *x = a;
    const yz_match_row *y = b;
    int32_t lat_x = latitude(place_of(context, x));
    int32_t lat_y = latitude(place_of(context, y));

    if (x->group != y->group) {
        return x->group < y->group ? -1 : 1;
    }
    if (lat_x != lat_y) {
        return lat_x < lat_y ? -1 : 1;
    }
    return x->row < y->row ? -1 : x->row > y->row;
}

static yz_status
add_item(yz_match *match, uint32_t number)
{
    char text[KEY_MAX + 1];
    yz_rows *rows = match->rows;
    yz_span key = key_of(&rows->items[number].place, text);
    yz_text_slot *slot = yz_text_index_find(&match->groups, key);

    if (slot == NULL &&
        yz_text_index_add(&match->groups,
                          yz_arena_copy(rows->reader.arena, key),
                          (uint32_t)match->groups.count, &slot) != YZ_OK) {
        return YZ_NOMEM;
    }
    match->items[match->count++] =
        (yz_match_row){.row = number, .group = slot->value};
    return YZ_OK;
}

static yz_status
fill_begins(yz_match *match)
{
    match->begins = calloc(match->groups.count + 1, sizeof(uint32_t));
    if (match->begins == NULL) {
        return YZ_NOMEM;
    }
    for (size_t i = match->count; i-- > 0;) {
        match->begins[match->items[i].group] = (uint32_t)i;
    }
    match->begins[match->groups.count] = (uint32_t)match->count;
    return YZ_OK;
}

yz_status
yz_match_init(yz_match *match, yz_rows *rows)
{
    size_t count = 0;

    *match = (yz_match){.rows = rows};
    for (size_t i = 0; i < rows->count; i++) {
        count += rows->items[i].place.id.n == 0 && !rows->items[i].refused;
    }
    if (count == 0) {
        return YZ_OK;
    }
    match->items = calloc(count, sizeof(*match->items));
    if (match->items == NULL) {
        return YZ_NOMEM;
    }
    for (size_t i = 0; i < rows->count; i++) {
        if (rows->items[i].place.id.n == 0 && !rows->items[i].refused &&
            add_item(match, (uint32_t)i) != YZ_OK) {
            return YZ_NOMEM;
        }
    }
    qsort_r(match->items, match->count, sizeof(*match->items), compare_items,
            match);
    return fill_begins(match);
}

/* A row that says nothing of its position may be anywhere. */
static bool
may_be(const yz_row *row, const yz_place *stored)
{
    if (row->place.has_position) {
        return stored->has_position && near_enough(&row->place, stored);
    }
    return !stored->has_position ||
           !(row->present & YZ_COLUMN_BIT(YZ_COLUMN_LNG));
}

/* The first item of [begin, end) at latitude `lat_e7` or north of it. */
static uint32_t
first_at(const yz_match *match, uint32_t begin, uint32_t end, int64_t lat_e7)
{
    while (begin < end) {
        uint32_t middle = begin + (end - begin) / 2;

        if (latitude(place_of(match, &match->items[middle])) < lat_e7) {
            begin = middle + 1;
        } else {
            end = middle;
        }
    }
    return begin;
}

static yz_status
found(yz_match *match, yz_match_row *item, const yz_place *stored,
      yz_place **copy)
{
    yz_arena *arena = match->rows->reader.arena;

    if (*copy == NULL) {
        *copy = yz_arena_alloc(arena, sizeof(**copy));
        if (*copy == NULL) {
            return YZ_NOMEM;
        }
        **copy = *stored;
        yz_arena_keep_place(arena, *copy);
    }
    if (item->found++ == 0) {
        item->stored = *copy;
    }
    return arena->failed ? YZ_NOMEM : YZ_OK;
}

static yz_status
see_range(yz_match *match, uint32_t begin, uint32_t end, int64_t north_e7,
          const yz_place *stored, yz_place **copy)
{
    for (uint32_t i = begin; i < end; i++) {
        yz_match_row *item = &match->items[i];
        const yz_row *row = &match->rows->items[item->row];

        if (latitude(&row->place) > north_e7) {
            break;
        }
        if (may_be(row, stored) && found(match, item, stored, copy) != YZ_OK) {
            return YZ_NOMEM;
        }
    }
    return YZ_OK;
}

yz_status
yz_match_see(yz_match *match, const yz_place *stored)
{
    char text[KEY_MAX + 1];
    const yz_text_slot *slot = NULL;
    yz_place *copy = NULL;
    uint32_t begin;
    uint32_t end;
    yz_status status;

    if (match->count > 0) {
        slot = yz_text_index_find(&match->groups, key_of(stored, text));
    }
    if (slot == NULL) {
        return YZ_OK;
    }
    begin = match->begins[slot->value];
    end = match->begins[slot->value + 1];
    status = see_range(match, begin, end, INT32_MIN, stored, &copy);
    if (status == YZ_OK && stored->has_position) {
        begin =
            first_at(match, begin, end, (int64_t)stored->lat_e7 - WINDOW_E7);
        status = see_range(match, begin, end,
                           (int64_t)stored->lat_e7 + WINDOW_E7, stored, &copy);
    }
    return status;
}

static void
report(yz_match *match, uint32_t number, yz_fault_code code, uint64_t value)
{
    yz_row *row = &match->rows->items[number];

    yz_row_fault(match->rows->reader.faults, row, number,
                 (yz_fault){.code = code,
                            .column = YZ_COLUMN_NAME,
                            .number = value,
                            .value = row->place.name});
}

/* Two rows of the file that would be one place the next time. */
static void
report_twins(yz_match *match)
{
    for (size_t i = 0; i < match->count; i++) {
        const yz_place *a = place_of(match, &match->items[i]);

        for (size_t j = i + 1;
             j < match->count && match->items[j].group == match->items[i].group;
             j++) {
            const yz_place *b = place_of(match, &match->items[j]);

            if (a->has_position != b->has_position ||
                (int64_t)latitude(b) - latitude(a) > WINDOW_E7) {
                break;
            }
            if (!a->has_position || near_enough(a, b)) {
                uint32_t row = match->items[i].row;

                report(match, match->items[j].row, YZ_FAULT_MATCH_TWIN,
                       match->rows->items[row].line);
                break;
            }
        }
    }
}

/* The region and 50 random bits. */
static yz_status
draw_id(yz_match *match, yz_place *place)
{
    static const char symbols[] = "0123456789abcdefghjkmnpqrstvwxyz";
    char text[6 + 1 + DRAWN_SYMBOLS + 1];
    uint8_t random[DRAWN_SYMBOLS];
    size_t n;

    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random)) {
        return YZ_IO;
    }
    n = (size_t)snprintf(text, sizeof(text), "%06u-",
                         (unsigned)(place->region % 1000000));
    for (size_t i = 0; i < DRAWN_SYMBOLS; i++) {
        text[n++] = symbols[random[i] & 31];
    }
    place->id = yz_arena_copy(match->rows->reader.arena, (yz_span){text, n});
    return match->rows->reader.arena->failed ? YZ_NOMEM : YZ_OK;
}

static yz_status
settle(yz_match *match, const yz_match_row *item)
{
    yz_rows *rows = match->rows;
    yz_place *place = &rows->items[item->row].place;
    yz_text_slot *slot = NULL;
    yz_status status = YZ_OK;

    if (item->found > 1) {
        report(match, item->row, YZ_FAULT_MATCH_MANY, item->found);
        return YZ_OK;
    }
    if (item->found == 1) {
        place->id = item->stored->id;
    } else {
        status = draw_id(match, place);
    }
    if (status == YZ_OK) {
        status = yz_text_index_add(&rows->ids, place->id, item->row, &slot);
    }
    if (status == YZ_OK && slot->value != item->row) {
        report(match, item->row, YZ_FAULT_MATCH_TWICE,
               rows->items[slot->value].line);
    }
    return status;
}

yz_status
yz_match_settle(yz_match *match)
{
    report_twins(match);
    for (size_t i = 0; i < match->count; i++) {
        yz_status status = settle(match, &match->items[i]);

        if (status != YZ_OK) {
            return status;
        }
    }
    return YZ_OK;
}

void
yz_match_free(yz_match *match)
{
    free(match->items);
    free(match->begins);
    yz_text_index_free(&match->groups);
    *match = (yz_match){0};
}
