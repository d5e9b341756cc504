/*
 * Writes files of loads for the daemon.  Used by the command
 * (admin/command/load.c).
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "admin/load/load_file.h"
#include "admin/load/load_layout.h"
#include "core/out.h"
#include "lmdb_schema/env.h"
#include "lmdb_schema/private_layout.h"

#define FIRST_CAP ((size_t)64 << 10)
#define LEFT_S (24 * 3600) /* a file older than that is nobody's any more */

/* Room for n more bytes, or NULL with the failure noted. */
static uint8_t *
reserve(yz_load_writer *writer, size_t n)
{
    size_t cap = writer->cap > 0 ? writer->cap : FIRST_CAP;
    uint8_t *grown;

    if (writer->failed != YZ_OK) {
        return NULL;
    }
    if (n > YZ_LOAD_FILE_MAX - writer->size) {
        writer->failed = YZ_FULL;
        return NULL;
    }
    while (cap - writer->size < n) {
        cap *= 2;
    }
    if (cap != writer->cap) {
        grown = realloc(writer->bytes, cap);
        if (grown == NULL) {
            writer->failed = YZ_NOMEM;
            return NULL;
        }
        writer->bytes = grown;
        writer->cap = cap;
    }
    return writer->bytes + writer->size;
}

static void
append(yz_load_writer *writer, const void *bytes, size_t n)
{
    uint8_t *at = reserve(writer, n);

    if (at != NULL && n > 0) {
        memcpy(at, bytes, n);
    }
    writer->size += at != NULL ? n : 0;
}

/* Cuts a text at a whole character. */
static yz_span
cut(yz_span text, size_t max)
{
    if (text.n > max) {
        for (text.n = max;
             text.n > 0 && ((uint8_t)text.p[text.n] & 0xc0) == 0x80; text.n--) {
        }
    }
    return text;
}

void
yz_load_writer_begin(yz_load_writer *writer, const yz_load_facts *facts)
{
    yz_load_head head = {.magic = YZ_LOAD_MAGIC};

    memset(writer, 0, sizeof(*writer));
    writer->facts = *facts;
    writer->facts.source = cut(facts->source, YZ_BATCH_SOURCE_MAX);
    writer->facts.actor = cut(facts->actor, YZ_BATCH_ACTOR_MAX);
    append(writer, &head, sizeof(head));
    append(writer, writer->facts.source.p, writer->facts.source.n);
    append(writer, writer->facts.actor.p, writer->facts.actor.n);
}

void
yz_load_writer_reference(yz_load_writer *writer, yz_span name, yz_span bytes)
{
    const uint32_t sizes[2] = {(uint32_t)name.n, (uint32_t)bytes.n};

    append(writer, sizes, sizeof(sizes));
    append(writer, name.p, name.n);
    append(writer, bytes.p, bytes.n);
    writer->references++;
}

void
yz_load_writer_place(yz_load_writer *writer, const yz_place *place,
                     uint64_t planned_seq)
{
    yz_place copy = *place;
    uint8_t *at = reserve(writer, sizeof(uint32_t) + YZ_PLACE_ENCODED_MAX);
    size_t size = 0;
    uint32_t size32;

    if (at == NULL) {
        return;
    }
    copy.number = 0;
    copy.rating_count = 0;
    copy.rating_sum = 0;
    memset(copy.code, 0, sizeof(copy.code));
    copy.changed_seq = planned_seq;
    writer->failed = yz_place_encode(&copy, at + sizeof(size32),
                                     YZ_PLACE_ENCODED_MAX, &size);
    size32 = (uint32_t)size;
    memcpy(at, &size32, sizeof(size32));
    writer->size += sizeof(size32) + size;
    writer->places++;
}

/* Removes what commands that were killed left behind. */
static void
sweep(const char *path)
{
    time_t now_s = time(NULL);
    DIR *dir = opendir(path);
    const struct dirent *entry;

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        struct stat st;

        if (yz_load_name_is(yz_span_of(entry->d_name)) &&
            fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            st.st_mtime + LEFT_S < now_s) {
            (void)unlinkat(dirfd(dir), entry->d_name, 0);
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
}

static yz_status
draw_name(yz_load_writer *writer)
{
    uint8_t random[YZ_LOAD_NAME_DIGITS / 2];
    yz_out out;

    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random)) {
        return YZ_IO;
    }
    yz_out_init(&out, writer->name, sizeof(writer->name));
    yz_out_hex(&out, random, sizeof(random));
    yz_out_text(&out, YZ_LOAD_NAME_END);
    yz_out_char(&out, '\0');
    return YZ_OK;
}

/* Makes the directory, and gives it to whom the state belongs. */
static yz_status
make_dir(const char *dir, char path[static YZ_PATH_MAX], uid_t *owner)
{
    char private[YZ_PATH_MAX];
    struct stat st;
    yz_status status = yz_path_join(private, dir, YZ_DIR_PRIVATE);

    if (status == YZ_OK && stat(private, &st) != 0) {
        status = yz_status_of_errno(errno);
    }
    if (status == YZ_OK) {
        *owner = st.st_uid;
        status = yz_path_join(path, dir, YZ_LOAD_DIR);
    }
    if (status == YZ_OK) {
        status = yz_dir_make(path, 0700);
    }
    if (status == YZ_OK && chown(path, *owner, (gid_t)-1) != 0 &&
        errno != EPERM) {
        status = yz_status_of_errno(errno);
    }
    return status;
}

static yz_status
write_all(int fd, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, bytes, size);

        if (n < 0 && errno != EINTR) {
            return yz_status_of_errno(errno);
        }
        bytes += n > 0 ? n : 0;
        size -= n > 0 ? (size_t)n : 0;
    }
    return YZ_OK;
}

static yz_status
write_file(yz_load_writer *writer, uid_t owner)
{
    int fd = open(writer->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    yz_status status;

    if (fd < 0) {
        writer->name[0] = '\0';
        return yz_status_of_errno(errno);
    }
    status = write_all(fd, writer->bytes, writer->size);
    /* Only root may give it away, and needs to. */
    if (status == YZ_OK && fchown(fd, owner, (gid_t)-1) != 0 &&
        errno != EPERM) {
        status = yz_status_of_errno(errno);
    }
    if (close(fd) != 0 && status == YZ_OK) {
        status = yz_status_of_errno(errno);
    }
    return status;
}

yz_status
yz_load_writer_end(yz_load_writer *writer, const char *dir)
{
    char path[YZ_PATH_MAX];
    yz_load_head head;
    uid_t owner = 0;
    yz_status status = writer->failed;

    if (status == YZ_OK) {
        memcpy(&head, writer->bytes, sizeof(head));
        head.planned_seq = writer->facts.planned_seq;
        head.places = writer->places;
        head.references = writer->references;
        head.whole = writer->facts.whole;
        head.source_size = (uint8_t)writer->facts.source.n;
        head.actor_size = (uint8_t)writer->facts.actor.n;
        memcpy(writer->bytes, &head, sizeof(head));
        status = yz_load_file_seal(writer->bytes, writer->size);
    }
    if (status == YZ_OK) {
        status = make_dir(dir, path, &owner);
    }
    if (status == YZ_OK) {
        sweep(path);
        status = draw_name(writer);
    }
    if (status == YZ_OK) {
        status = yz_path_join(writer->path, path, writer->name);
    }
    return status == YZ_OK ? write_file(writer, owner) : status;
}

void
yz_load_writer_free(yz_load_writer *writer)
{
    if (writer->name[0] != '\0') {
        (void)unlink(writer->path);
    }
    free(writer->bytes);
    memset(writer, 0, sizeof(*writer));
}
