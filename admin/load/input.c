/*
 * Reads the file that is loaded and finds out its encoding.  Used by load.c.
 */
#include "admin/load/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/load/columns.h"
#include "admin/load/gb18030.h"
#include "core/utf8.h"

#define READ_SIZE ((size_t)1 << 20)

typedef struct {
    const char *magic;
    size_t size;
    const char *what;
} foreign_format;

static const foreign_format foreign_formats[] = {
    {"PK\x03\x04", 4,
     "the file is an Excel workbook or a ZIP archive; save it as CSV (UTF-8)"},
    {"\xd0\xcf\x11\xe0", 4,
     "the file is an old Excel workbook; save it as CSV (UTF-8)"},
    {"\xff\xfe", 2, "the file is UTF-16 text; save it as CSV (UTF-8)"},
    {"\xfe\xff", 2, "the file is UTF-16 text; save it as CSV (UTF-8)"},
    {"%PDF", 4, "the file is a PDF, not CSV or GeoJSON"},
    {"\x1f\x8b", 2, "the file is compressed; unpack it first"},
};

/* Makes room for READ_SIZE more bytes behind the first `n`. */
static bool
make_room(yz_input *input, size_t n, size_t *cap)
{
    size_t wanted = *cap;
    char *bigger;

    if (*cap - n >= READ_SIZE) {
        return true;
    }
    wanted = *cap * 2 > n + READ_SIZE ? *cap * 2 : n + READ_SIZE;
    bigger = realloc(input->owned, wanted);
    if (bigger == NULL) {
        return false;
    }
    input->owned = bigger;
    *cap = wanted;
    return true;
}

static yz_status
read_all(int fd, yz_input *input, size_t size_hint)
{
    size_t cap = size_hint + READ_SIZE;
    size_t n = 0;

    input->owned = malloc(cap);
    if (input->owned == NULL) {
        return YZ_NOMEM;
    }
    for (;;) {
        ssize_t got;

        if (!make_room(input, n, &cap)) {
            return YZ_NOMEM;
        }
        got = read(fd, input->owned + n, cap - n);
        if (got < 0 && errno != EINTR) {
            return YZ_IO;
        }
        if (got == 0) {
            input->text = (yz_span){input->owned, n};
            return YZ_OK;
        }
        n += got > 0 ? (size_t)got : 0;
    }
}

yz_status
yz_input_read(const char *path, yz_input *input, yz_refusal *refusal)
{
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    struct stat facts;
    yz_status status;

    *input = (yz_input){0};
    if (fd < 0 || fstat(fd, &facts) != 0) {
        yz_refuse(refusal, "cannot open %s: %s", path, strerror(errno));
        return YZ_IO;
    }
    status =
        read_all(fd, input, S_ISREG(facts.st_mode) ? (size_t)facts.st_size : 0);
    if (status != YZ_OK) {
        yz_refuse(refusal, "cannot read %s: %s", path,
                  status == YZ_NOMEM ? "no memory" : strerror(errno));
    }
    if (!standard) {
        close(fd);
    }
    return status;
}

static uint64_t
line_at(yz_span text, size_t at)
{
    uint64_t line = 1;

    for (size_t i = 0; i < at && i < text.n; i++) {
        line += text.p[i] == '\n';
    }
    return line;
}

static yz_status
refuse_foreign(yz_span text, yz_refusal *refusal)
{
    const char *nul;

    for (size_t i = 0; i < sizeof(foreign_formats) / sizeof(foreign_format);
         i++) {
        const foreign_format *f = &foreign_formats[i];

        if (text.n >= f->size && memcmp(text.p, f->magic, f->size) == 0) {
            yz_refuse(refusal, "%s", f->what);
            return YZ_BAD_INPUT;
        }
    }
    nul = memchr(text.p, '\0', text.n);
    if (nul != NULL) {
        size_t at = (size_t)(nul - text.p);

        yz_refuse(refusal,
                  "line %llu holds a NUL byte (offset %zu): this is no text "
                  "file, or it is damaged",
                  (unsigned long long)line_at(text, at), at);
        return YZ_BAD_INPUT;
    }
    return YZ_OK;
}

/* Bytes of the well-formed UTF-8 character that `text` begins with, or 0. */
static size_t
character_size(yz_span text)
{
    uint8_t lead = (uint8_t)text.p[0];
    size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;

    if (size > text.n || !yz_utf8_valid((yz_span){text.p, size})) {
        return 0;
    }
    return size;
}

/*
 * Finds the first byte that is no UTF-8 and tells whether the rest of the
 * text is UTF-8 nevertheless: of GB18030 text only some pairs of bytes happen
 * to be well-formed, of damaged UTF-8 nearly all characters still are.
 */
static bool
is_damaged_utf8(yz_span text, size_t *bad_at)
{
    size_t fine = 0;
    size_t bad = 0;

    for (size_t i = 0; i < text.n;) {
        size_t size = character_size((yz_span){text.p + i, text.n - i});

        if (size == 0) {
            if (bad == 0) {
                *bad_at = i;
            }
            bad++;
        } else if (size > 1) {
            fine += size;
        }
        i += size > 0 ? size : 1;
    }
    return fine / 8 > bad;
}

static yz_status
decode_gb18030(yz_input *input, yz_refusal *refusal)
{
    yz_span out;
    size_t bad_at;
    yz_status status = yz_gb18030_decode(input->text, &out, &bad_at);

    if (status == YZ_OK) {
        free(input->owned);
        input->owned = (char *)out.p;
        input->text = out;
        input->decoded = true;
    } else if (status == YZ_BAD_INPUT) {
        yz_refuse(refusal,
                  "line %llu (offset %zu) is neither UTF-8 nor "
                  "GB18030",
                  (unsigned long long)line_at(input->text, bad_at), bad_at);
    } else {
        yz_refuse(refusal, "GB18030 cannot be decoded here: %s",
                  yz_status_text(status));
    }
    return status;
}

yz_status
yz_input_decode(yz_input *input, yz_encoding encoding, yz_refusal *refusal)
{
    yz_status status = refuse_foreign(input->text, refusal);
    size_t bad_at = 0;

    if (status != YZ_OK) {
        return status;
    }
    if (input->text.n >= 3 && memcmp(input->text.p, "\xef\xbb\xbf", 3) == 0) {
        input->text.p += 3;
        input->text.n -= 3;
        encoding = YZ_ENCODING_UTF8;
    }
    if (yz_text_trim(input->text).n == 0) {
        yz_refuse(refusal, "the file is empty");
        return YZ_BAD_INPUT;
    }
    if (encoding == YZ_ENCODING_GB18030) {
        return decode_gb18030(input, refusal);
    }
    if (yz_utf8_valid(input->text)) {
        return YZ_OK;
    }
    if (is_damaged_utf8(input->text, &bad_at) || encoding == YZ_ENCODING_UTF8) {
        yz_refuse(refusal, "line %llu (offset %zu) is broken UTF-8",
                  (unsigned long long)line_at(input->text, bad_at), bad_at);
        return YZ_BAD_INPUT;
    }
    return decode_gb18030(input, refusal);
}

void
yz_input_free(yz_input *input)
{
    free(input->owned);
    *input = (yz_input){0};
}
