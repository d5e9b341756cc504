/*
 * Finds the route of a request.  Paths are compared segment by segment, and
 * decoded only then, so that %2F is never a boundary.
 */
#include "admin/http/route.h"

#include "core/url.h"

#define SEGMENTS_MAX 12

typedef struct {
    size_t count;
    yz_span segment[SEGMENTS_MAX];
} path_segments;

/* The next segment of a path that begins with '/'. */
static yz_span
take_segment(yz_span *rest)
{
    yz_span segment = {rest->p + 1, rest->n - 1};
    const char *end = segment.n > 0 ? memchr(segment.p, '/', segment.n) : NULL;

    if (end != NULL) {
        segment.n = (size_t)(end - segment.p);
    }
    *rest = (yz_span){segment.p + segment.n, rest->n - 1 - segment.n};
    return segment;
}

/* Splits and decodes the path; false when no route can have it. */
static bool
split(yz_exchange *x, path_segments *s)
{
    yz_span rest = x->path;
    char *room;

    s->count = 0;
    if (rest.n == 0 || rest.p[0] != '/') {
        return false;
    }
    room = yz_arena_alloc(&x->arena, rest.n);
    while (room != NULL && rest.n > 0) {
        yz_span segment = take_segment(&rest);

        if (s->count == SEGMENTS_MAX ||
            yz_url_decode(segment, false, room, segment.n,
                          &s->segment[s->count]) != YZ_OK) {
            return false;
        }
        room += segment.n;
        s->count++;
    }
    return room != NULL;
}

static bool
matches(const path_segments *s, const char *pattern, yz_span *part)
{
    yz_span rest = yz_span_of(pattern);
    size_t parts = 0, i = 0;

    while (rest.n > 0) {
        yz_span wanted = take_segment(&rest);

        if (i == s->count) {
            return false;
        }
        if (wanted.n > 0 && wanted.p[0] == '{') {
            if (s->segment[i].n == 0 || parts == YZ_PATH_PARTS_MAX) {
                return false;
            }
            part[parts++] = s->segment[i];
        } else if (!yz_span_equal(wanted, s->segment[i])) {
            return false;
        }
        i++;
    }
    while (parts < YZ_PATH_PARTS_MAX) {
        part[parts++] = (yz_span){NULL, 0};
    }
    return i == s->count;
}

yz_status
yz_route_find(const yz_routes *lists, yz_exchange *x, const yz_route **route,
              unsigned *allowed)
{
    yz_span part[YZ_PATH_PARTS_MAX] = {{NULL, 0}};
    path_segments segments;

    *allowed = 0;
    *route = NULL;
    if (!split(x, &segments)) {
        return x->arena.failed ? YZ_NOMEM : YZ_NOT_FOUND;
    }
    for (; *lists != NULL; lists++) {
        for (const yz_route *r = *lists; r->path != NULL; r++) {
            if ((r->operator_only && !x->from_operator) ||
                !matches(&segments, r->path, part)) {
                continue;
            }
            *allowed |= r->method;
            if (r->method == x->method) {
                *route = r;
                memcpy(x->part, part, sizeof(part));
                return YZ_OK;
            }
        }
    }
    return *allowed == 0 ? YZ_NOT_FOUND : YZ_BAD_INPUT;
}
