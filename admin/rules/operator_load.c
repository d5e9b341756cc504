/*
 * A load that a command has planned: its file is read and checked beside the
 * writer, compared with what is stored now, and put as one batch.  Runs in
 * the daemon; called by the routes of operator.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/load/load_file.h"
#include "admin/rules/operator.h"

#define PROBLEM_ROOM 1024

static yz_status
refuse_file(yz_exchange *x)
{
    return yz_exchange_problem(x, YZ_PROBLEM_UNPROCESSABLE,
                               "the file of the load is missing, damaged or "
                               "of another version");
}

static yz_status
read_all(int fd, uint8_t *bytes, size_t size)
{
    size_t used = 0;

    while (used < size) {
        ssize_t n = read(fd, bytes + used, size - used);

        if (n == 0 || (n < 0 && errno != EINTR)) {
            return n == 0 ? YZ_CORRUPT : YZ_IO;
        }
        used += n > 0 ? (size_t)n : 0;
    }
    return YZ_OK;
}

/* The whole file, in the arena of the exchange. */
static yz_status
read_file(yz_exchange *x, const char *path, uint8_t **bytes, size_t *size)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    yz_status status = YZ_NOT_FOUND;
    struct stat st;

    if (fd < 0) {
        return status;
    }
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
        (uint64_t)st.st_size <= YZ_LOAD_FILE_MAX) {
        *size = (size_t)st.st_size;
        *bytes = yz_arena_alloc(&x->arena, *size);
        status = *bytes == NULL ? YZ_NOMEM : read_all(fd, *bytes, *size);
    }
    close(fd);
    return status;
}

yz_status
yz_operator_load_prepare(yz_desk *desk, yz_exchange *x)
{
    yz_span name = yz_json_text(x, NULL, "file");
    yz_load_file *file = yz_arena_alloc(&x->arena, sizeof(*file));
    char dir[YZ_PATH_MAX];
    char path[YZ_PATH_MAX];
    uint8_t *bytes = NULL;
    size_t size = 0;
    yz_status status;

    if (file == NULL) {
        return YZ_NOMEM;
    }
    if (!yz_load_name_is(name)) {
        return refuse_file(x);
    }
    status = yz_path_join(dir, desk->dir, YZ_LOAD_DIR);
    if (status == YZ_OK) {
        status = yz_path_join(path, dir, name.p);
    }
    if (status == YZ_OK) {
        status = read_file(x, path, &bytes, &size);
    }
    if (status == YZ_OK) {
        status = yz_load_file_parse(bytes, size, file);
    }
    if (status == YZ_NOMEM) {
        return status;
    }
    x->own = file;
    return status == YZ_OK ? YZ_OK : refuse_file(x);
}

/* Places that are not what the load was planned against. */
static yz_status
count_moved(yz_store *store, const yz_load_file *file, uint64_t *moved)
{
    size_t at = file->places_at;
    yz_status status = YZ_OK;

    *moved = 0;
    if (file->facts.whole) {
        status = yz_store_changed_since(store, file->facts.planned_seq, moved);
    }
    for (uint32_t i = 0; status == YZ_OK && i < file->places; i++) {
        yz_place wanted, now;

        yz_load_file_place(file, &at, &wanted);
        status = yz_store_place_get(store, wanted.id, &now);
        if (status == YZ_NOT_FOUND) {
            now.changed_seq = 0;
            status = YZ_OK;
        }
        if (status == YZ_OK && now.changed_seq != wanted.changed_seq) {
            (*moved)++;
        }
    }
    return status;
}

static yz_status
answer_moved(yz_exchange *x, uint64_t moved)
{
    const yz_problem problem = {.code = YZ_PROBLEM_STATE_CONFLICT,
                                .detail = "the places have changed since the "
                                          "load was planned"};
    yz_status status = yz_exchange_answer(x, 409, PROBLEM_ROOM);

    if (status == YZ_OK) {
        x->media = "application/problem+json";
        (void)yz_problem_begin(&x->out, &problem);
        YZ_OUT_LIT(&x->out, ",\"moved\":");
        yz_out_u64(&x->out, moved);
        yz_out_char(&x->out, '}');
    }
    return status;
}

static yz_status
put_all(yz_store *store, const yz_load_file *file)
{
    size_t at = file->references_at;
    yz_status status = YZ_OK;

    for (uint32_t i = 0; status == YZ_OK && i < file->references; i++) {
        yz_span name, bytes;

        yz_load_file_reference(file, &at, &name, &bytes);
        status = yz_store_reference_put(store, name, bytes);
    }
    at = file->places_at;
    for (uint32_t i = 0; status == YZ_OK && i < file->places; i++) {
        yz_place place;

        yz_load_file_place(file, &at, &place);
        status = yz_store_place_put(store, &place);
    }
    return status;
}

yz_status
yz_operator_load_apply(yz_desk *desk, yz_exchange *x)
{
    const yz_load_file *file = x->own;
    const yz_batch_info info = {.kind = YZ_SPAN("load"),
                                .source = file->facts.source,
                                .actor = file->facts.actor};
    yz_batch_result result = {0};
    uint64_t moved = 0;
    yz_status status = yz_store_begin(desk->store, &info);
    bool open;

    if (status == YZ_OK) {
        yz_store_act(desk->store, &x->actor);
        status = count_moved(desk->store, file, &moved);
        if (status == YZ_OK && moved == 0) {
            status = put_all(desk->store, file);
        }
        if (status != YZ_OK || moved > 0) {
            yz_store_abort(desk->store);
        } else {
            status = yz_store_commit(desk->store, &result, NULL, NULL);
        }
    }
    if (status == YZ_OK && moved > 0) {
        return answer_moved(x, moved);
    }
    status = yz_operator_answer(desk, x, status, &result, 0, &open);
    if (open) {
        yz_out_char(&x->out, '}');
    }
    return status;
}
