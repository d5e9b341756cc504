/*
 * Makes JSON bodies, and reads what goes into them.  Used by commands that
 * ask the daemon.
 */
#include "admin/command/body.h"

#include <errno.h>
#include <stdio.h>

static yz_status
read_all(FILE *in, const char *path, yz_arena *arena, yz_span *text,
         yz_refusal *refusal)
{
    char *bytes = yz_arena_alloc(arena, YZ_BODY_TEXT_MAX + 1);
    size_t n;

    if (bytes == NULL) {
        yz_refuse(refusal, "no memory");
        return YZ_NOMEM;
    }
    n = fread(bytes, 1, YZ_BODY_TEXT_MAX + 1, in);
    if (ferror(in)) {
        yz_refuse(refusal, "cannot read %s: %s", path, strerror(errno));
        return YZ_IO;
    }
    if (n > YZ_BODY_TEXT_MAX) {
        yz_refuse(refusal, "%s is longer than 64 KiB", path);
        return YZ_BAD_INPUT;
    }
    while (n > 0 && (bytes[n - 1] == '\n' || bytes[n - 1] == '\r')) {
        n--;
    }
    *text = (yz_span){bytes, n};
    return YZ_OK;
}

yz_status
yz_body_text(const char *path, yz_arena *arena, yz_span *text,
             yz_refusal *refusal)
{
    FILE *in;
    yz_status status;

    if (path == NULL || strcmp(path, "-") == 0) {
        return read_all(stdin, "standard input", arena, text, refusal);
    }
    in = fopen(path, "rb");
    if (in == NULL) {
        yz_refuse(refusal, "cannot open %s: %s", path, strerror(errno));
        return YZ_IO;
    }
    status = read_all(in, path, arena, text, refusal);
    fclose(in);
    return status;
}

yz_status
yz_body_begin(yz_arena *arena, size_t cap, yz_out *out)
{
    char *room = yz_arena_alloc(arena, cap);

    yz_out_init(out, room, room != NULL ? cap : 0);
    yz_out_char(out, '{');
    return room != NULL ? YZ_OK : YZ_NOMEM;
}

void
yz_body_member(yz_out *out, const char *name, const char *json)
{
    yz_out_text(out, out->n > 1 ? "," : "");
    yz_out_json(out, yz_span_of(name));
    yz_out_char(out, ':');
    yz_out_text(out, json);
}

void
yz_body_text_member(yz_out *out, const char *name, yz_span text)
{
    yz_body_member(out, name, "");
    yz_out_json(out, text);
}

yz_span
yz_body_end(yz_out *out)
{
    yz_out_char(out, '}');
    return out->full ? (yz_span){NULL, 0} : yz_out_written(out);
}
