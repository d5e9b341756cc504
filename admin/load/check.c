/*
 * Checks that need all places at once.  Used by plan.c.
 */
#include "admin/load/check.h"

#include <stdlib.h>

#include "core/geo_search.h"
#include "core/limits.h"

#define CITIES 10000
#define MEDIAN_MIN 3 /* fewer points have no middle worth the name */

typedef struct {
    bool known;
    int32_t lat_e7;
    int32_t lng_e7;
} median;

void
yz_check_init(yz_check *check, yz_arena *arena)
{
    *check = (yz_check){.arena = arena};
}

/* Adds a copy of `word`; sets *added when it was not there. */
static void
add_word(yz_check *check, yz_text_index *index, yz_span word, bool *added)
{
    yz_text_slot *slot;

    *added = yz_text_index_find(index, word) == NULL;
    if (*added && yz_text_index_add(index, yz_arena_copy(check->arena, word), 0,
                                    &slot) != YZ_OK) {
        check->failed = true;
    }
}

static void
add_services(yz_check *check, yz_span cell)
{
    bool added;

    add_word(check, &check->service_cells, cell, &added);
    while (added && cell.n > 0) {
        const char *comma = memchr(cell.p, ',', cell.n);
        size_t n = comma == NULL ? cell.n : (size_t)(comma - cell.p);
        bool ignored;

        add_word(check, &check->services, (yz_span){cell.p, n}, &ignored);
        n += comma != NULL;
        cell = (yz_span){cell.p + n, cell.n - n};
    }
}

static void
add_point(yz_check *check, const yz_place *place)
{
    if (!place->has_position || place->region % 10000 == 0) {
        return; /* a province has no four-digit region */
    }
    if (check->count == check->cap) {
        size_t cap = check->cap > 0 ? check->cap * 2 : 4096;
        yz_check_point *points = realloc(check->points, cap * sizeof(*points));

        if (points == NULL) {
            check->failed = true;
            return;
        }
        check->points = points;
        check->cap = cap;
    }
    check->points[check->count++] =
        (yz_check_point){place->region / 100, place->lat_e7, place->lng_e7};
}

yz_status
yz_check_take(yz_check *check, const yz_place *place, yz_fault_code *code)
{
    size_t kinds = check->kinds.count;
    size_t services = check->services.count;
    bool ignored;

    add_word(check, &check->kinds, place->kind, &ignored);
    add_services(check, place->services);
    add_point(check, place);
    if (check->kinds.count > kinds && check->kinds.count > YZ_KINDS_MAX) {
        *code = YZ_FAULT_KINDS_MANY;
        return YZ_FULL;
    }
    if (check->services.count > services &&
        check->services.count > YZ_SERVICES_MAX) {
        *code = YZ_FAULT_SERVICES_MANY;
        return YZ_FULL;
    }
    return YZ_OK;
}

/* Reorders so that values[k] is the k-th smallest; returns it.
   Hoare's selection. */
static int32_t
select_value(int32_t *values, size_t n, size_t k)
{
    size_t low = 0;
    size_t high = n - 1;

    while (low < high) {
        int32_t pivot = values[k];
        size_t i = low;
        size_t j = high;

        for (;;) {
            while (values[i] < pivot) {
                i++;
            }
            while (values[j] > pivot) {
                j--;
            }
            if (i <= j) {
                int32_t swap = values[i];

                values[i] = values[j];
                values[j] = swap;
                i++;
                if (j == 0) {
                    break;
                }
                j--;
            }
            if (i > j) {
                break;
            }
        }
        if (j < k) {
            low = i;
        }
        if (k < i) {
            high = j;
        }
    }
    return values[k];
}

static int
compare_cities(const void *a, const void *b)
{
    const yz_check_point *x = a;
    const yz_check_point *y = b;

    return x->city < y->city ? -1 : x->city > y->city;
}

/* The middle of points[0..n), all of one city; values has room for n. */
static median
median_of(const yz_check_point *points, size_t n, int32_t *values)
{
    median m = {.known = n >= MEDIAN_MIN};

    if (!m.known) {
        return m;
    }
    for (size_t i = 0; i < n; i++) {
        values[i] = points[i].lat_e7;
    }
    m.lat_e7 = select_value(values, n, n / 2);
    for (size_t i = 0; i < n; i++) {
        values[i] = points[i].lng_e7;
    }
    m.lng_e7 = select_value(values, n, n / 2);
    return m;
}

static void
fill_medians(yz_check *check, int32_t *values, median *medians)
{
    size_t n;

    if (check->count == 0) {
        return;
    }
    qsort(check->points, check->count, sizeof(*check->points), compare_cities);
    for (size_t i = 0; i < check->count; i += n) {
        uint32_t city = check->points[i].city;

        n = 1;
        while (i + n < check->count && check->points[i + n].city == city) {
            n++;
        }
        medians[city % CITIES] = median_of(check->points + i, n, values);
    }
}

static void
report_far(yz_rows *rows, uint32_t number, const median *medians)
{
    yz_row *row = &rows->items[number];
    const yz_place *place = &row->place;
    const median *m = &medians[place->region / 100 % CITIES];
    double distance_m;

    if (!place->has_position || place->region % 10000 == 0 || !m->known) {
        return;
    }
    distance_m = yz_geo_key_m(
        yz_geo_key(place->lat_e7, place->lng_e7, m->lat_e7, m->lng_e7));
    if (distance_m > YZ_FAR_M) {
        yz_row_fault(rows->reader.faults, row, number,
                     (yz_fault){.code = YZ_WARNING_FAR,
                                .column = YZ_COLUMN_LAT,
                                .number = (uint64_t)(distance_m / 1000),
                                .value = place->name});
    }
}

static void
take_row(yz_check *check, yz_rows *rows, uint32_t number)
{
    yz_row *row = &rows->items[number];
    yz_fault_code code;
    bool kinds;

    if (row->refused || yz_check_take(check, &row->place, &code) == YZ_OK) {
        return;
    }
    kinds = code == YZ_FAULT_KINDS_MANY;
    yz_row_fault(
        rows->reader.faults, row, number,
        (yz_fault){.code = code,
                   .column = kinds ? YZ_COLUMN_KIND : YZ_COLUMN_SERVICES,
                   .number = kinds ? YZ_KINDS_MAX : YZ_SERVICES_MAX,
                   .value = kinds ? row->place.kind : row->place.services});
}

/* Before any row is taken: only stored places have been until here. */
static void
collect_new_words(yz_check *check, const yz_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        if (rows->items[i].before != NULL) {
            yz_new_words_see(&check->new_words, rows->items[i].before);
        }
    }
    for (size_t i = 0; i < rows->count; i++) {
        const yz_row *row = &rows->items[i];

        if (!row->refused && row->action != YZ_ROW_SAME) {
            yz_new_words_take(&check->new_words, &row->place, row->line,
                              &check->kinds, &check->services);
        }
    }
    check->failed |= check->new_words.failed;
}

yz_status
yz_check_rows(yz_check *check, yz_rows *rows)
{
    median *medians = calloc(CITIES, sizeof(*medians));
    int32_t *values;

    collect_new_words(check, rows);
    for (size_t i = 0; i < rows->count; i++) {
        take_row(check, rows, (uint32_t)i);
    }
    values = malloc((check->count + 1) * sizeof(*values));
    check->failed |= medians == NULL || values == NULL;
    if (!check->failed) {
        fill_medians(check, values, medians);
        for (size_t i = 0; i < rows->count; i++) {
            if (!rows->items[i].refused) {
                report_far(rows, (uint32_t)i, medians);
            }
        }
    }
    free(values);
    free(medians);
    return check->failed ? YZ_NOMEM : YZ_OK;
}

void
yz_check_free(yz_check *check)
{
    free(check->points);
    yz_text_index_free(&check->kinds);
    yz_text_index_free(&check->service_cells);
    yz_text_index_free(&check->services);
    yz_new_words_free(&check->new_words);
    *check = (yz_check){0};
}
