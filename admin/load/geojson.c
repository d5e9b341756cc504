/*
 * Reads GeoJSON with yajl's callbacks.  `where` is a small machine over the
 * few levels that matter; everything else is stepped over by counting
 * brackets.  Used by table.c.
 */
#include "admin/load/geojson.h"

#include <stdio.h>
#include <stdlib.h>
#include <yajl/yajl_parse.h>

#define DEPTH_MAX 64
#define JOINED_MAX 8192 /* bytes of a list of texts, joined */
#define ID_MEMBER (UINT32_C(1) << YZ_COLUMN_COUNT)

typedef enum {
    AT_TOP,      /* outside of everything */
    IN_ROOT,     /* members of the collection */
    IN_FEATURES, /* its list */
    IN_FEATURE,  /* members of one */
    IN_GEOMETRY, /* members of its geometry */
    IN_COORDINATES,
    IN_PROPERTIES,
    IN_LIST /* a property that is a list of texts */
} place_in_json;

typedef enum {
    KEY_OTHER,
    KEY_TYPE,
    KEY_FEATURES,
    KEY_ID,
    KEY_GEOMETRY,
    KEY_COORDINATES,
    KEY_PROPERTIES
} known_key;

typedef struct {
    yz_span text;
    yz_renames *renames;
    yz_arena *arena;
    yz_raw_row_visit *visit;
    void *context;
    yz_noted_names *names;
    yz_refusal *refusal;
    yajl_handle parser;
    size_t counted; /* offset up to which lines are counted */
    uint64_t line;
    place_in_json where;
    unsigned skipped; /* open brackets inside of something skipped */
    unsigned depth;
    known_key key;
    bool is_collection;
    bool has_features;
    bool stopped; /* the visitor has enough */
    /* the present feature */
    yz_raw_row row;
    yz_column column; /* of the present property */
    yz_fault fault;
    bool has_fault;
    bool has_geometry;
    bool is_point;
    unsigned numbers; /* coordinates so far */
    yz_span point[2];
    char joined[JOINED_MAX];
    size_t joined_n;
} reader;

static void
feature_fault(reader *r, yz_fault_code code, yz_column column, yz_span value)
{
    if (!r->has_fault) {
        r->has_fault = true;
        r->fault = (yz_fault){.code = code, .column = column, .value = value};
    }
}

/* `text` is yajl's own unless it lies inside of the file. */
static yz_span
keep(reader *r, const void *p, size_t n)
{
    const char *at = p;

    if (at >= r->text.p && at <= r->text.p + r->text.n) {
        return (yz_span){at, n};
    }
    return yz_arena_copy(r->arena, (yz_span){at, n});
}

/* JSON may write 1.2e2 where the rest of the loader wants 120. */
static yz_span
plain_number(reader *r, const char *p, size_t n)
{
    char text[64];
    char plain[400];
    int size;

    if ((memchr(p, 'e', n) == NULL && memchr(p, 'E', n) == NULL) ||
        n >= sizeof(text)) {
        return keep(r, p, n);
    }
    memcpy(text, p, n);
    text[n] = '\0';
    size = snprintf(plain, sizeof(plain), "%.10f", strtod(text, NULL));
    return yz_arena_copy(r->arena, (yz_span){plain, (size_t)size});
}

/* Counts lines up to where the parser is. */
static uint64_t
line_now(reader *r)
{
    size_t now = yajl_get_bytes_consumed(r->parser);

    while (r->counted < now && r->counted < r->text.n) {
        r->line += r->text.p[r->counted++] == '\n';
    }
    return r->line;
}

static void
feature_begin(reader *r)
{
    r->row = (yz_raw_row){.line = line_now(r)};
    r->has_fault = false;
    r->has_geometry = false;
    r->is_point = false;
    r->numbers = 0;
}

static void
set_cell(reader *r, yz_column column, yz_span value)
{
    r->row.cells[column] = value;
    r->row.present |= YZ_COLUMN_BIT(column);
}

/* A geometry says where it is, whatever properties repeat of it. */
static void
take_geometry(reader *r)
{
    if (!r->has_geometry) {
        return;
    }
    if (!r->is_point || r->numbers < 2) {
        feature_fault(r, YZ_FAULT_NO_POINT, YZ_COLUMN_UNKNOWN, YZ_SPAN(""));
        return;
    }
    set_cell(r, YZ_COLUMN_LNG, r->point[0]);
    set_cell(r, YZ_COLUMN_LAT, r->point[1]);
}

static int
feature_end(reader *r)
{
    take_geometry(r);
    r->row.present &= ~ID_MEMBER;
    r->where = IN_FEATURES;
    r->stopped =
        !r->visit(r->context, &r->row, r->has_fault ? &r->fault : NULL);
    return !r->stopped && !r->arena->failed;
}

static void
property(reader *r, yz_span value)
{
    if (r->column >= YZ_COLUMN_COUNT ||
        (r->column == YZ_COLUMN_ID && r->row.present & ID_MEMBER)) {
        return;
    }
    if (r->row.present & YZ_COLUMN_BIT(r->column)) {
        feature_fault(r, YZ_FAULT_MEMBER_TWICE, r->column, value);
    }
    set_cell(r, r->column, value);
}

static void
list_item(reader *r, yz_span value)
{
    if (value.n + 1 > sizeof(r->joined) - r->joined_n) {
        feature_fault(r, YZ_FAULT_TOO_LONG, r->column, value);
        r->fault.number = r->joined_n + value.n;
        r->fault.other = JOINED_MAX;
        return;
    }
    if (r->joined_n > 0) {
        r->joined[r->joined_n++] = ',';
    }
    memcpy(r->joined + r->joined_n, value.p, value.n);
    r->joined_n += value.n;
}

/* Any text, number, true, false or null (an empty text). */
static int
scalar(reader *r, yz_span value, bool is_number)
{
    if (r->skipped > 0) {
        return 1;
    }
    switch (r->where) {
    case IN_ROOT:
        if (r->key == KEY_TYPE) {
            r->is_collection =
                yz_span_equal(value, YZ_SPAN("FeatureCollection"));
        }
        break;
    case IN_FEATURE:
        if (r->key == KEY_ID) {
            set_cell(r, YZ_COLUMN_ID, value);
            r->row.present |= ID_MEMBER;
        } else if (r->key == KEY_GEOMETRY) {
            set_cell(r, YZ_COLUMN_LNG, YZ_SPAN(""));
            set_cell(r, YZ_COLUMN_LAT, YZ_SPAN(""));
        }
        break;
    case IN_GEOMETRY:
        if (r->key == KEY_TYPE) {
            r->is_point = yz_span_equal(value, YZ_SPAN("Point"));
        }
        break;
    case IN_COORDINATES:
        if (is_number && r->numbers < 2) {
            r->point[r->numbers] = value;
        }
        r->numbers += is_number;
        break;
    case IN_PROPERTIES:
        property(r, value);
        break;
    case IN_LIST:
        list_item(r, value);
        break;
    case IN_FEATURES:
        yz_refuse(r->refusal, "line %llu: a feature is no object",
                  (unsigned long long)line_now(r));
        return 0;
    default:
        break;
    }
    return 1;
}

static int
on_null(void *context)
{
    return scalar(context, YZ_SPAN(""), false);
}

static int
on_boolean(void *context, int value)
{
    return scalar(context, value ? YZ_SPAN("true") : YZ_SPAN("false"), false);
}

static int
on_number(void *context, const char *p, size_t n)
{
    reader *r = context;

    return r->skipped > 0 || scalar(r, plain_number(r, p, n), true);
}

static int
on_string(void *context, const unsigned char *p, size_t n)
{
    reader *r = context;

    return r->skipped > 0 || scalar(r, keep(r, p, n), false);
}

static known_key
key_of(yz_span name)
{
    static const struct {
        const char *text;
        known_key key;
    } known[] = {{"type", KEY_TYPE},
                 {"features", KEY_FEATURES},
                 {"id", KEY_ID},
                 {"geometry", KEY_GEOMETRY},
                 {"coordinates", KEY_COORDINATES},
                 {"properties", KEY_PROPERTIES}};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (yz_span_equal(name, yz_span_of(known[i].text))) {
            return known[i].key;
        }
    }
    return KEY_OTHER;
}

static int
on_key(void *context, const unsigned char *p, size_t n)
{
    reader *r = context;
    yz_span name = {(const char *)p, n};

    if (r->skipped > 0) {
        return 1;
    }
    if (r->where != IN_PROPERTIES) {
        r->key = key_of(name);
        return 1;
    }
    r->column = yz_column_of(r->renames, name);
    if (r->column >= YZ_COLUMN_COUNT) {
        yz_noted_names_add(r->names, r->column, keep(r, p, n));
    }
    return 1;
}

static bool
too_deep(reader *r)
{
    if (++r->depth <= DEPTH_MAX) {
        return false;
    }
    yz_refuse(r->refusal, "line %llu: the JSON is nested more than %d deep",
              (unsigned long long)line_now(r), DEPTH_MAX);
    return true;
}

static int
on_start_map(void *context)
{
    reader *r = context;

    if (too_deep(r)) {
        return 0;
    }
    if (r->skipped > 0) {
        r->skipped++;
    } else if (r->where == AT_TOP) {
        r->where = IN_ROOT;
    } else if (r->where == IN_FEATURES) {
        r->where = IN_FEATURE;
        feature_begin(r);
    } else if (r->where == IN_FEATURE && r->key == KEY_GEOMETRY) {
        r->where = IN_GEOMETRY;
        r->has_geometry = true;
    } else if (r->where == IN_FEATURE && r->key == KEY_PROPERTIES) {
        r->where = IN_PROPERTIES;
    } else {
        if ((r->where == IN_PROPERTIES || r->where == IN_LIST) &&
            r->column < YZ_COLUMN_COUNT) {
            feature_fault(r, YZ_FAULT_NO_TEXT, r->column, YZ_SPAN(""));
        }
        r->skipped = 1;
    }
    return 1;
}

static int
on_end_map(void *context)
{
    reader *r = context;

    r->depth--;
    if (r->skipped > 0) {
        r->skipped--;
    } else if (r->where == IN_ROOT) {
        r->where = AT_TOP;
    } else if (r->where == IN_FEATURE) {
        return feature_end(r);
    } else {
        r->where = IN_FEATURE;
    }
    return 1;
}

static int
on_start_array(void *context)
{
    reader *r = context;

    if (too_deep(r)) {
        return 0;
    }
    if (r->skipped > 0) {
        r->skipped++;
    } else if (r->where == IN_ROOT && r->key == KEY_FEATURES) {
        r->where = IN_FEATURES;
        r->has_features = true;
    } else if (r->where == IN_GEOMETRY && r->key == KEY_COORDINATES) {
        r->where = IN_COORDINATES;
        r->numbers = 0;
    } else if (r->where == IN_PROPERTIES && r->column < YZ_COLUMN_COUNT) {
        r->where = IN_LIST;
        r->joined_n = 0;
    } else {
        if (r->where == IN_LIST) {
            feature_fault(r, YZ_FAULT_NO_TEXT, r->column, YZ_SPAN(""));
        }
        r->skipped = 1;
    }
    return 1;
}

static int
on_end_array(void *context)
{
    reader *r = context;

    r->depth--;
    if (r->skipped > 0) {
        r->skipped--;
    } else if (r->where == IN_FEATURES) {
        r->where = IN_ROOT;
    } else if (r->where == IN_COORDINATES) {
        r->where = IN_GEOMETRY;
    } else if (r->where == IN_LIST) {
        r->where = IN_PROPERTIES;
        property(r, yz_arena_copy(r->arena, (yz_span){r->joined, r->joined_n}));
    }
    return 1;
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_start_map,
    .yajl_map_key = on_key,
    .yajl_end_map = on_end_map,
    .yajl_start_array = on_start_array,
    .yajl_end_array = on_end_array,
};

/* yajl's sentence without its line ends. */
static void
refuse_syntax(reader *r)
{
    unsigned char *error = yajl_get_error(r->parser, 0, NULL, 0);
    size_t n = error == NULL ? 0 : strcspn((char *)error, "\n");

    yz_refuse(r->refusal, "line %llu is no JSON, or the file is cut: %.*s",
              (unsigned long long)line_now(r), (int)n,
              error == NULL ? "" : (char *)error);
    if (error != NULL) {
        yajl_free_error(r->parser, error);
    }
}

static yz_status
parse(reader *r)
{
    yajl_status result =
        yajl_parse(r->parser, (const unsigned char *)r->text.p, r->text.n);

    if (result == yajl_status_ok) {
        result = yajl_complete_parse(r->parser);
    }
    if (r->arena->failed) {
        return YZ_NOMEM;
    }
    if (r->stopped) {
        return YZ_OK;
    }
    if (result != yajl_status_ok) {
        refuse_syntax(r);
        return YZ_BAD_INPUT;
    }
    if (!r->is_collection || !r->has_features) {
        yz_refuse(r->refusal,
                  "the JSON is no GeoJSON FeatureCollection with features");
        return YZ_BAD_INPUT;
    }
    return YZ_OK;
}

yz_status
yz_geojson_read(yz_span text, yz_renames *renames, yz_arena *arena,
                yz_raw_row_visit *visit, void *context, yz_noted_names *names,
                yz_refusal *refusal)
{
    reader *r = calloc(1, sizeof(*r));
    yz_status status;

    if (r == NULL) {
        return YZ_NOMEM;
    }
    r->text = text;
    r->line = 1;
    r->renames = renames;
    r->arena = arena;
    r->visit = visit;
    r->context = context;
    r->names = names;
    r->refusal = refusal;
    r->parser = yajl_alloc(&callbacks, NULL, r);
    status = r->parser == NULL ? YZ_NOMEM : parse(r);
    if (r->parser != NULL) {
        yajl_free(r->parser);
    }
    free(r);
    return status;
}
