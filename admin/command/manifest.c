/*
 * Reads and writes what a backup holds.  Used by backup.c and restore.c.
 */
#include "admin/command/manifest.h"

static const char first_line[] = "yizhan backup 1\n";

void
yz_manifest_begin(yz_out *out, const yz_manifest_facts *facts)
{
    yz_out_text(out, first_line);
    YZ_OUT_LIT(out, "log ");
    yz_out_u64(out, facts->last_seq);
    YZ_OUT_LIT(out, "\ntime ");
    yz_out_u64(out, (uint64_t)facts->last_time_s);
    YZ_OUT_LIT(out, "\nplaces ");
    yz_out_u64(out, facts->places);
    YZ_OUT_LIT(out, "\nchain ");
    yz_out_hex(out, facts->chain, sizeof(facts->chain));
    yz_out_char(out, '\n');
}

void
yz_manifest_add(yz_out *out, const yz_manifest_file *file)
{
    YZ_OUT_LIT(out, "file ");
    yz_out_u64(out, file->size);
    yz_out_char(out, ' ');
    yz_out_hex(out, file->hash, sizeof(file->hash));
    yz_out_char(out, ' ');
    yz_out_text(out, file->name);
    yz_out_char(out, '\n');
}

void
yz_manifest_end(yz_out *out)
{
    YZ_OUT_LIT(out, "end\n");
}

/* Takes the next line off *text, without its end; false: there is none. */
static bool
take_line(yz_span *text, yz_span *line)
{
    const char *end = text->n > 0 ? memchr(text->p, '\n', text->n) : NULL;

    if (end == NULL) {
        return false;
    }
    *line = (yz_span){text->p, (size_t)(end - text->p)};
    text->p = end + 1;
    text->n -= line->n + 1;
    return true;
}

/* Takes `word` off the front of the line. */
static bool
take_word(yz_span *line, const char *word)
{
    size_t n = strlen(word);

    if (line->n < n || memcmp(line->p, word, n) != 0) {
        return false;
    }
    line->p += n;
    line->n -= n;
    return true;
}

/* Takes a decimal number, up to a blank or the end of the line. */
static bool
take_number(yz_span *line, uint64_t *value)
{
    size_t n = 0;

    *value = 0;
    while (n < line->n && line->p[n] >= '0' && line->p[n] <= '9' && n < 18) {
        *value = *value * 10 + (uint64_t)(line->p[n++] - '0');
    }
    if (n == 0 || (n > 1 && line->p[0] == '0')) {
        return false;
    }
    line->p += n;
    line->n -= n;
    return line->n == 0 || line->p[0] == ' ';
}

static int
digit_of(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
take_hash(yz_span *line, uint8_t hash[static YZ_MANIFEST_HASH])
{
    if (line->n < (size_t)2 * YZ_MANIFEST_HASH) {
        return false;
    }
    for (size_t i = 0; i < YZ_MANIFEST_HASH; i++) {
        int high = digit_of(line->p[2 * i]);
        int low = digit_of(line->p[2 * i + 1]);

        if (high < 0 || low < 0) {
            return false;
        }
        hash[i] = (uint8_t)(high << 4 | low);
    }
    line->p += (size_t)2 * YZ_MANIFEST_HASH;
    line->n -= (size_t)2 * YZ_MANIFEST_HASH;
    return true;
}

/* Letters, digits, '.', '_', '-', and '/' between parts that say something:
   no part begins with a dot, so that none leaves the directory. */
static bool
name_is_sound(yz_span name)
{
    bool begins = true;

    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                     (c >= 'A' && c <= 'Z') || c == '_' || c == '-';

        if (!plain && (begins || (c != '.' && c != '/'))) {
            return false;
        }
        begins = c == '/';
    }
    return name.n > 0 && name.n <= YZ_MANIFEST_NAME_MAX && !begins;
}

static bool
read_file(yz_span line, yz_manifest_file *file)
{
    if (!take_word(&line, "file ") || !take_number(&line, &file->size) ||
        !take_word(&line, " ") || !take_hash(&line, file->hash) ||
        !take_word(&line, " ") || !name_is_sound(line)) {
        return false;
    }
    memcpy(file->name, line.p, line.n);
    file->name[line.n] = '\0';
    return true;
}

static bool
read_number(yz_span *text, const char *word, uint64_t *value)
{
    yz_span line;

    return take_line(text, &line) && take_word(&line, word) &&
           take_number(&line, value) && line.n == 0;
}

static bool
read_facts(yz_span *text, yz_manifest_facts *facts)
{
    uint64_t time_s = 0;
    yz_span line;

    if (!read_number(text, "log ", &facts->last_seq) ||
        !read_number(text, "time ", &time_s) ||
        !read_number(text, "places ", &facts->places) ||
        !take_line(text, &line) || !take_word(&line, "chain ") ||
        !take_hash(&line, facts->chain) || line.n != 0) {
        return false;
    }
    facts->last_time_s = (int64_t)time_s;
    return true;
}

yz_status
yz_manifest_read(yz_span text, yz_manifest_facts *facts,
                 yz_manifest_visit *visit, void *context)
{
    yz_manifest_file file;
    yz_span line;

    if (!take_word(&text, first_line)) {
        return YZ_FORMAT;
    }
    if (!read_facts(&text, facts)) {
        return YZ_CORRUPT;
    }
    while (take_line(&text, &line)) {
        yz_status status;

        if (yz_span_equal(line, YZ_SPAN("end"))) {
            return text.n == 0 ? YZ_OK : YZ_CORRUPT;
        }
        if (!read_file(line, &file)) {
            return YZ_CORRUPT;
        }
        status = visit == NULL ? YZ_OK : visit(context, &file);
        if (status != YZ_OK) {
            return status;
        }
    }
    return YZ_CORRUPT;
}
