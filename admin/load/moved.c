/*
 * Reads the ids of --moved.  Used by load.c.
 */
#include "admin/load/moved.h"

#include "admin/load/columns.h"

static yz_status
add_ids(yz_moved *moved, yz_span text)
{
    size_t begin = 0;

    for (size_t i = 0; i <= text.n; i++) {
        yz_text_slot *slot;
        yz_span id;

        if (i < text.n && text.p[i] != ',' && text.p[i] != '\n') {
            continue;
        }
        id = yz_text_trim((yz_span){text.p + begin, i - begin});
        begin = i + 1;
        if (id.n > 0 && yz_text_index_add(&moved->ids, id, 0, &slot) != YZ_OK) {
            return YZ_NOMEM;
        }
    }
    return YZ_OK;
}

yz_status
yz_moved_read(const char *text, yz_moved *moved, yz_refusal *refusal)
{
    yz_status status = YZ_OK;

    *moved = (yz_moved){.ids = YZ_TEXT_INDEX_INIT};
    if (text == NULL) {
        return YZ_OK;
    }
    if (text[0] != '@') {
        return add_ids(moved, yz_span_of(text));
    }
    status = yz_input_read(text + 1, &moved->file, refusal);
    if (status == YZ_OK) {
        status = yz_input_decode(&moved->file, YZ_ENCODING_UTF8, refusal);
    }
    return status == YZ_OK ? add_ids(moved, moved->file.text) : status;
}

void
yz_moved_free(yz_moved *moved)
{
    yz_text_index_free(&moved->ids);
    yz_input_free(&moved->file);
}
