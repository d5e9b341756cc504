/*
 * Finds and sets entries of a page of code hashes.  Pure; runs in nginx
 * workers (yz_code_page_find) and in the command.
 */
#include "lmdb_schema/code_page.h"
#include <string.h>

#define LINE_SIZE (YZ_CODE_LINE_ENTRIES * sizeof(yz_code_entry))
#define TAIL_AT 4 /* of the hash; the bytes before it choose the page */

/* The line where the search for a tail begins. */
static size_t
home_of(const uint8_t *tail)
{
    uint32_t number = (uint32_t)tail[0] << 8 | tail[1];

    return (size_t)(number * YZ_CODE_LINES >> 16);
}

bool
yz_code_page_fits(const void *bytes, size_t size, uint32_t bucket,
                  uint32_t bits)
{
    yz_code_page_head head;

    if (size != sizeof(yz_code_page)) {
        return false;
    }
    memcpy(&head, bytes, sizeof(head));
    return head.bucket == bucket && head.bits == bits &&
           head.count <= YZ_CODE_PAGE_MAX;
}

/*
 * Where the entry with `tail` is, or the free one where it would be: bytes
 * from the page's start, 0 when the page holds neither.
 */
static size_t
entry_at(const uint8_t *page, const uint8_t *tail, yz_code_entry *entry)
{
    size_t line = home_of(tail);

    for (size_t i = 0; i < YZ_CODE_LINES; i++) {
        size_t at = sizeof(yz_code_page_head) + line * LINE_SIZE;
        for (size_t k = 0; k < YZ_CODE_LINE_ENTRIES; k++) {
            memcpy(entry, page + at, sizeof(*entry));
            if (entry->number == 0 ||
                memcmp(entry->tail, tail, sizeof(entry->tail)) == 0) {
                return at;
            }
            at += sizeof(*entry);
        }
        line = line + 1 < YZ_CODE_LINES ? line + 1 : 0;
    }
    return 0;
}

yz_status
yz_code_page_find(const void *page,
                  const uint8_t hash[static YZ_CODE_HASH_SIZE],
                  yz_code_value *value)
{
    yz_code_entry entry;

    if (entry_at(page, hash + TAIL_AT, &entry) == 0 || entry.number == 0) {
        return YZ_NOT_FOUND;
    }
    *value = (yz_code_value){entry.number, entry.revoked};
    return entry.revoked <= 1 ? YZ_OK : YZ_CORRUPT;
}

void
yz_code_page_start(yz_code_page *page, uint32_t bucket, uint32_t bits)
{
    memset(page, 0, sizeof(*page));
    page->head.bucket = bucket;
    page->head.bits = bits;
}

yz_status
yz_code_page_put(yz_code_page *page,
                 const uint8_t hash[static YZ_CODE_HASH_SIZE],
                 const yz_code_value *value)
{
    yz_code_entry entry;
    size_t at = entry_at((const uint8_t *)page, hash + TAIL_AT, &entry);

    if (at == 0 ||
        (entry.number == 0 && page->head.count >= YZ_CODE_PAGE_MAX)) {
        return YZ_FULL;
    }
    page->head.count += entry.number == 0;
    memcpy(entry.tail, hash + TAIL_AT, sizeof(entry.tail));
    entry.revoked = value->revoked;
    entry.number = value->number;
    memcpy((uint8_t *)page + at, &entry, sizeof(entry));
    return YZ_OK;
}

bool
yz_code_page_sound(const yz_code_page *page)
{
    static const yz_code_entry none;
    const yz_code_entry *entries = page->lines[0];
    uint32_t count = 0;

    for (size_t i = 0; i < (size_t)YZ_CODE_LINES * YZ_CODE_LINE_ENTRIES; i++) {
        yz_code_entry found;
        if (entries[i].number == 0) {
            if (memcmp(&entries[i], &none, sizeof(none)) != 0) {
                return false;
            }
            continue;
        }
        count++;
        if (entries[i].revoked > 1 ||
            entry_at((const uint8_t *)page, entries[i].tail, &found) !=
                sizeof(page->head) + i * sizeof(found)) {
            return false;
        }
    }
    return count == page->head.count;
}
