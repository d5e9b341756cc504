/*
 * Understands and remembers cells: words of vocabularies, regions,
 * coordinate systems, opening hours.  Used by row.c.
 */
#include "admin/load/meanings.h"

#include <stdlib.h>

#include "core/crs.h"
#include "core/hours_compile.h"
#include "core/limits.h"
#include "core/vocabulary.h"

static void
faulty(yz_meaning *meaning, yz_fault_code code)
{
    meaning->fine = false;
    meaning->code = code;
}

static void
understand_kind(yz_span cell, yz_meaning *meaning)
{
    meaning->text = yz_vocabulary_kind_of(cell);
    if (memchr(cell.p, ',', cell.n) != NULL) {
        faulty(meaning, YZ_FAULT_KIND_COMMA);
    }
}

static void
understand_level(yz_span cell, yz_meaning *meaning)
{
    yz_level level;

    if (yz_level_parse(cell, &level) == YZ_OK) {
        meaning->number = level;
    } else {
        faulty(meaning, YZ_FAULT_LEVEL);
    }
}

static void
understand_status(yz_span cell, yz_meaning *meaning)
{
    yz_place_status status;

    if (yz_place_status_parse(cell, &status) == YZ_OK) {
        meaning->number = status;
    } else {
        faulty(meaning, YZ_FAULT_STATUS);
    }
}

static void
understand_crs(yz_span cell, yz_meaning *meaning)
{
    yz_crs crs;

    if (yz_crs_parse(cell, &crs) == YZ_OK) {
        meaning->number = crs;
    } else {
        faulty(meaning, YZ_FAULT_CRS_UNKNOWN);
    }
}

static void
understand_hours(yz_span cell, yz_meaning *meaning)
{
    uint8_t blob[YZ_HOURS_BLOB_MAX];
    size_t size;

    meaning->text = cell;
    if (yz_hours_compile(cell, blob, &size) != YZ_OK) {
        faulty(meaning, YZ_WARNING_HOURS);
    }
}

static void
understand_region(yz_span cell, const yz_regions *regions, yz_meaning *meaning)
{
    yz_status status;

    if (yz_region_code_parse(cell, &meaning->number) == YZ_OK) {
        if (yz_regions_find(regions, meaning->number) == NULL) {
            faulty(meaning, YZ_WARNING_REGION_UNKNOWN);
        }
        return;
    }
    status = yz_regions_resolve(regions, cell, &meaning->number);
    if (status != YZ_OK) {
        meaning->number = 0;
        faulty(meaning, status == YZ_FULL ? YZ_FAULT_REGION_AMBIGUOUS
                                          : YZ_FAULT_REGION_UNKNOWN);
    }
}

/* Bytes of the separator that `text` begins with; 0 if there is none. */
static size_t
separator_size(yz_span text)
{
    static const char *const wide[] = {"，", "、", "；", "　", "／", "｜"};

    if (strchr(",;| /\t\n\r", text.p[0]) != NULL) {
        return 1;
    }
    for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++) {
        size_t size = strlen(wide[i]);

        if (text.n >= size && memcmp(text.p, wide[i], size) == 0) {
            return size;
        }
    }
    return 0;
}

/* Takes the next word off `text`; false when there is none left. */
static bool
next_word(yz_span *text, yz_span *word)
{
    size_t size;

    while (text->n > 0 && (size = separator_size(*text)) > 0) {
        text->p += size;
        text->n -= size;
    }
    *word = (yz_span){text->p, 0};
    while (text->n > 0 && separator_size(*text) == 0) {
        text->p++;
        text->n--;
        word->n++;
    }
    return word->n > 0;
}

static int
compare_words(yz_span a, yz_span b)
{
    int order = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);

    return order != 0 ? order : a.n < b.n ? -1 : a.n > b.n;
}

/* Puts `word` where it belongs among `n` sorted ones; the new count. */
static size_t
insert_word(yz_span *words, size_t n, yz_span word)
{
    size_t at = 0;

    while (at < n && compare_words(words[at], word) < 0) {
        at++;
    }
    if (at < n && yz_span_equal(words[at], word)) {
        return n;
    }
    memmove(&words[at + 1], &words[at], (n - at) * sizeof(*words));
    words[at] = word;
    return n + 1;
}

static yz_span
join(const yz_span *words, size_t n, yz_arena *arena)
{
    size_t size = 0;
    char *text;

    for (size_t i = 0; i < n; i++) {
        size += words[i].n + 1;
    }
    text = yz_arena_alloc(arena, size + 1);
    if (text == NULL || n == 0) {
        return YZ_SPAN("");
    }
    size = 0;
    for (size_t i = 0; i < n; i++) {
        memcpy(text + size, words[i].p, words[i].n);
        size += words[i].n;
        text[size++] = ',';
    }
    return (yz_span){text, size - 1};
}

static void
understand_services(yz_span cell, yz_arena *arena, yz_meaning *meaning)
{
    yz_span words[YZ_SERVICES_MAX + 1];
    yz_span rest = cell;
    yz_span word;
    size_t n = 0;

    while (next_word(&rest, &word)) {
        word = yz_vocabulary_service_of(word);
        if (word.n > YZ_WORD_MAX) {
            faulty(meaning, YZ_FAULT_TOO_LONG);
            meaning->fault_number = word.n;
            meaning->fault_other = YZ_WORD_MAX;
            return;
        }
        n = insert_word(words, n, word);
        if (n > YZ_SERVICES_MAX) {
            faulty(meaning, YZ_FAULT_SERVICES_MANY);
            meaning->fault_number = YZ_SERVICES_MAX;
            return;
        }
    }
    meaning->text = join(words, n, arena);
}

static void
understand(yz_column column, yz_span cell, const yz_regions *regions,
           yz_arena *arena, yz_meaning *meaning)
{
    *meaning = (yz_meaning){.fine = true, .text = YZ_SPAN("")};
    if (column == YZ_COLUMN_KIND) {
        understand_kind(cell, meaning);
    } else if (column == YZ_COLUMN_LEVEL) {
        understand_level(cell, meaning);
    } else if (column == YZ_COLUMN_STATUS) {
        understand_status(cell, meaning);
    } else if (column == YZ_COLUMN_REGION) {
        understand_region(cell, regions, meaning);
    } else if (column == YZ_COLUMN_CRS) {
        understand_crs(cell, meaning);
    } else if (column == YZ_COLUMN_HOURS) {
        understand_hours(cell, meaning);
    } else {
        understand_services(cell, arena, meaning);
    }
}

static bool
grow(yz_meaning_list *list)
{
    size_t cap = list->cap > 0 ? list->cap * 2 : 64;
    yz_meaning *items = realloc(list->items, cap * sizeof(*items));

    if (items == NULL) {
        return false;
    }
    list->items = items;
    list->cap = cap;
    return true;
}

const yz_meaning *
yz_meaning_of(yz_meanings *meanings, yz_column column, yz_span cell,
              const yz_regions *regions, yz_arena *arena)
{
    yz_meaning_list *list = &meanings->lists[column];
    yz_text_slot *slot = yz_text_index_find(&list->index, cell);

    if (slot != NULL) {
        return &list->items[slot->value];
    }
    if ((list->count == list->cap && !grow(list)) ||
        yz_text_index_add(&list->index, cell, (uint32_t)list->count, &slot) !=
            YZ_OK) {
        return NULL;
    }
    understand(column, cell, regions, arena, &list->items[list->count]);
    return &list->items[list->count++];
}

void
yz_meanings_free(yz_meanings *meanings)
{
    for (size_t i = 0; i < YZ_COLUMN_COUNT; i++) {
        yz_text_index_free(&meanings->lists[i].index);
        free(meanings->lists[i].items);
        meanings->lists[i] = (yz_meaning_list){0};
    }
}
