/*
 * Reads and seals files of loads.  The command writes them (load_writer.c),
 * the daemon reads them (admin/rules/operator_load.c).
 */
#include "admin/load/load_file.h"

#include <openssl/evp.h>

#include "admin/load/load_layout.h"

/* SHA-256 as the head wants it; false when the crypto library fails. */
static bool
hash_of(const uint8_t *bytes, size_t size, uint8_t hash[static 32])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned n = 0;
    bool done = context != NULL &&
                EVP_DigestInit_ex(context, EVP_sha256(), NULL) &&
                EVP_DigestUpdate(context, bytes + sizeof(yz_load_head),
                                 size - sizeof(yz_load_head)) &&
                EVP_DigestUpdate(context, bytes, YZ_LOAD_HASHED) &&
                EVP_DigestFinal_ex(context, hash, &n) && n == 32;

    EVP_MD_CTX_free(context);
    return done;
}

yz_status
yz_load_file_seal(uint8_t *bytes, size_t size)
{
    yz_load_head head;

    memcpy(&head, bytes, sizeof(head));
    head.size = size;
    memcpy(bytes, &head, sizeof(head));
    if (!hash_of(bytes, size, head.hash)) {
        return YZ_NOMEM;
    }
    memcpy(bytes, &head, sizeof(head));
    return YZ_OK;
}

/* Moves over a number; false when it is not all there. */
static bool
take_u32(const yz_load_file *file, size_t *at, uint32_t *value)
{
    if (file->size - *at < sizeof(*value)) {
        return false;
    }
    memcpy(value, file->bytes + *at, sizeof(*value));
    *at += sizeof(*value);
    return true;
}

/* Moves over a text of n bytes; false when it is not all there. */
static bool
take_text(const yz_load_file *file, size_t *at, size_t n, yz_span *text)
{
    if (file->size - *at < n) {
        return false;
    }
    *text = (yz_span){(const char *)file->bytes + *at, n};
    *at += n;
    return true;
}

static bool
take_reference(const yz_load_file *file, size_t *at, yz_span *name,
               yz_span *bytes)
{
    uint32_t name_size = 0, size = 0;

    return take_u32(file, at, &name_size) && take_u32(file, at, &size) &&
           take_text(file, at, name_size, name) &&
           take_text(file, at, size, bytes);
}

static bool
take_place(const yz_load_file *file, size_t *at, yz_place *place)
{
    yz_span text;
    uint32_t size = 0;

    return take_u32(file, at, &size) && take_text(file, at, size, &text) &&
           yz_place_decode((const uint8_t *)text.p, text.n, place) == YZ_OK;
}

/* Walks over everything; true when it ends where the file does. */
static bool
walk(yz_load_file *file, const yz_load_head *head)
{
    size_t at = sizeof(*head);
    yz_span name, bytes;
    yz_place place;

    if (!take_text(file, &at, head->source_size, &file->facts.source) ||
        !take_text(file, &at, head->actor_size, &file->facts.actor)) {
        return false;
    }
    file->references_at = at;
    for (uint32_t i = 0; i < file->references; i++) {
        if (!take_reference(file, &at, &name, &bytes)) {
            return false;
        }
    }
    file->places_at = at;
    for (uint32_t i = 0; i < file->places; i++) {
        if (!take_place(file, &at, &place)) {
            return false;
        }
    }
    return at == file->size;
}

yz_status
yz_load_file_parse(const uint8_t *bytes, size_t size, yz_load_file *file)
{
    static const uint8_t zero[sizeof(((yz_load_head *)0)->zero)];
    yz_load_head head;
    uint8_t hash[32];

    *file = (yz_load_file){.bytes = bytes, .size = size};
    if (size < sizeof(head)) {
        return YZ_FORMAT;
    }
    memcpy(&head, bytes, sizeof(head));
    if (memcmp(head.magic, YZ_LOAD_MAGIC, sizeof(head.magic)) != 0) {
        return YZ_FORMAT;
    }
    if (head.size != size || head.whole > 1 ||
        memcmp(head.zero, zero, sizeof(zero)) != 0) {
        return YZ_CORRUPT;
    }
    if (!hash_of(bytes, size, hash)) {
        return YZ_NOMEM;
    }
    if (memcmp(hash, head.hash, sizeof(hash)) != 0) {
        return YZ_CORRUPT;
    }
    file->facts.planned_seq = head.planned_seq;
    file->facts.whole = head.whole == 1;
    file->places = head.places;
    file->references = head.references;
    return walk(file, &head) ? YZ_OK : YZ_CORRUPT;
}

void
yz_load_file_reference(const yz_load_file *file, size_t *at, yz_span *name,
                       yz_span *bytes)
{
    (void)take_reference(file, at, name, bytes);
}

void
yz_load_file_place(const yz_load_file *file, size_t *at, yz_place *place)
{
    (void)take_place(file, at, place);
}

bool
yz_load_name_is(yz_span name)
{
    size_t digits = YZ_LOAD_NAME_DIGITS;

    if (name.n != digits + sizeof(YZ_LOAD_NAME_END) - 1 ||
        memcmp(name.p + digits, YZ_LOAD_NAME_END, name.n - digits) != 0) {
        return false;
    }
    for (size_t i = 0; i < digits; i++) {
        if (strchr("0123456789abcdef", name.p[i]) == NULL ||
            name.p[i] == '\0') {
            return false;
        }
    }
    return true;
}
