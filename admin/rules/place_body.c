/*
 * From a body to a row of the loader, and from a place to an answer.  Called
 * by place_admin.c.
 */
#include "admin/rules/place_body.h"

#include "core/civil_time.h"
#include "core/vocabulary.h"

#include <math.h>
#include <stdio.h>

#define WARNING_ROOM 1024
#define SERVICES_CELL 8192

static const char *const crs_words[] = {"wgs84", "gcj02", "bd09", NULL};
static const char *const level_words[] = {"none", "city", "province",
                                          "national", NULL};
static const char *const status_words[] = {"open", "suspended", "closed",
                                           "delisted", NULL};

/* Sizes are the loader's to check, which counts bytes. */
#define TEXT_MEMBER(word)                                                      \
    {                                                                          \
        .name = (word), .kind = YZ_JSON_TEXT, .nullable = true                 \
    }
#define WORD_MEMBER(word, some)                                                \
    {                                                                          \
        .name = (word), .kind = YZ_JSON_TEXT, .nullable = true,                \
        .words = (some)                                                        \
    }
#define DEGREES_MEMBER(word, needed)                                           \
    {                                                                          \
        .name = (word), .kind = YZ_JSON_NUMBER, .nullable = !(needed),         \
        .required = (needed), .min = -1000, .max = 1000                        \
    }
#define MOVED_MEMBER                                                           \
    {                                                                          \
        .name = "moved", .kind = YZ_JSON_BOOLEAN                               \
    }

const yz_json_member yz_place_members[] = {
    TEXT_MEMBER("name"),
    TEXT_MEMBER("kind"),
    WORD_MEMBER("level", level_words),
    TEXT_MEMBER("region"),
    TEXT_MEMBER("address"),
    DEGREES_MEMBER("lng", false),
    DEGREES_MEMBER("lat", false),
    WORD_MEMBER("crs", crs_words),
    TEXT_MEMBER("hours"),
    {.name = "services",
     .kind = YZ_JSON_TEXTS,
     .nullable = true,
     .min = 0,
     .max = 64},
    TEXT_MEMBER("phone"),
    WORD_MEMBER("status", status_words),
    TEXT_MEMBER("until"),
    MOVED_MEMBER,
    {.name = NULL},
};

const yz_json_member yz_place_move_members[] = {
    DEGREES_MEMBER("lng", true),
    DEGREES_MEMBER("lat", true),
    {.name = "crs", .kind = YZ_JSON_TEXT, .required = true, .words = crs_words},
    {.name = NULL},
};

const yz_json_member yz_place_suspend_members[] = {
    TEXT_MEMBER("until"),
    {.name = NULL},
};

static void
say(yz_raw_row *raw, yz_column column, yz_span cell)
{
    raw->present |= YZ_COLUMN_BIT(column);
    raw->cells[column] = cell;
}

static yz_span
print_degrees(yz_exchange *x, double degrees)
{
    char text[32];

    snprintf(text, sizeof(text), "%.9f", degrees);
    return yz_exchange_keep(x, yz_span_of(text));
}

static yz_span
join_services(yz_exchange *x)
{
    size_t n = yz_json_texts(x, NULL, "services");
    yz_out out;

    yz_out_init(&out, yz_arena_alloc(&x->arena, SERVICES_CELL), SERVICES_CELL);
    if (out.p == NULL) {
        return YZ_SPAN("");
    }
    for (size_t i = 0; i < n; i++) {
        yz_out_text(&out, i > 0 ? "," : "");
        yz_out_span(&out, yz_json_texts_at(x, NULL, "services", i));
    }
    return yz_out_written(&out);
}

/* A column has the name of its member. */
static void
say_members(yz_exchange *x, yz_raw_row *raw)
{
    for (int i = YZ_COLUMN_NAME; i < YZ_COLUMN_COUNT; i++) {
        const yz_column column = (yz_column)i;
        const char *name = yz_column_name(column);

        if (!yz_json_given(x, NULL, name)) {
            continue;
        }
        if (column == YZ_COLUMN_SERVICES) {
            say(raw, column, join_services(x));
        } else if (column == YZ_COLUMN_LNG || column == YZ_COLUMN_LAT) {
            double degrees = yz_json_number(x, NULL, name, NAN);

            say(raw, column,
                isnan(degrees) ? YZ_SPAN("") : print_degrees(x, degrees));
        } else {
            say(raw, column, yz_json_text(x, NULL, name));
        }
    }
}

/* Names of regions are looked up in the store's own table. */
static yz_status
read_regions(yz_desk *desk, yz_regions *regions)
{
    yz_refusal refusal;
    yz_span csv;
    yz_status status =
        yz_store_reference_get(desk->store, YZ_SPAN("regions"), &csv);

    *regions = (yz_regions){NULL, 0};
    if (status != YZ_OK) {
        return status == YZ_NOT_FOUND ? YZ_OK : status;
    }
    status = yz_regions_read(csv, regions, &refusal);
    return status == YZ_BAD_INPUT ? YZ_CORRUPT : status;
}

yz_status
yz_place_said_read(yz_desk *desk, yz_exchange *x, yz_span id,
                   const char *status_word, yz_place_said *said)
{
    yz_raw_row raw = {.line = 1};
    yz_regions regions = {NULL, 0};
    yz_row_reader reader = {
        .arena = &x->arena, .faults = &said->faults, .regions = &regions};
    yz_status status = YZ_OK;

    *said = (yz_place_said){.faults = {0}};
    say(&raw, YZ_COLUMN_ID, id);
    if (x->json != NULL) {
        say_members(x, &raw);
    }
    if (status_word != NULL) {
        say(&raw, YZ_COLUMN_STATUS, yz_span_of(status_word));
    }
    if (raw.present & YZ_COLUMN_BIT(YZ_COLUMN_STATUS) &&
        !(raw.present & YZ_COLUMN_BIT(YZ_COLUMN_UNTIL))) {
        say(&raw, YZ_COLUMN_UNTIL, YZ_SPAN(""));
    }
    if (raw.present & YZ_COLUMN_BIT(YZ_COLUMN_REGION)) {
        status = read_regions(desk, &regions);
    }
    if (status == YZ_OK) {
        yz_row_read(&reader, &raw, 0, &said->row);
    }
    yz_row_reader_free(&reader);
    yz_regions_free(&regions);
    return status == YZ_OK && (x->arena.failed || said->faults.failed)
               ? YZ_NOMEM
               : status;
}

void
yz_place_said_want_name(yz_place_said *said)
{
    if (said->row.place.name.n == 0) {
        yz_row_fault(&said->faults, &said->row, 0,
                     (yz_fault){.code = YZ_FAULT_NO_ID_NO_NAME,
                                .column = YZ_COLUMN_NAME,
                                .value = YZ_SPAN("")});
    }
}

static const char *
code_of(yz_fault_code code)
{
    switch (code) {
    case YZ_FAULT_TOO_LONG:
    case YZ_FAULT_RANGE:
        return "member-range";
    case YZ_FAULT_HALF:
    case YZ_FAULT_CRS_MISSING:
    case YZ_FAULT_NO_ID_NO_NAME:
        return "member-missing";
    default:
        return "member-malformed";
    }
}

static const char *
reason_of(yz_exchange *x, const yz_fault *fault)
{
    char text[WARNING_ROOM / 2];
    yz_out out;

    if (fault->code == YZ_FAULT_NO_ID_NO_NAME) {
        return "新站点要有名称";
    }
    yz_out_init(&out, text, sizeof(text));
    yz_fault_reason(&out, fault, true);
    return yz_arena_text(&x->arena, yz_out_written(&out));
}

static const char *
pointer_of(yz_exchange *x, yz_column column)
{
    char text[32];

    snprintf(text, sizeof(text), "/%s",
             column < YZ_COLUMN_COUNT ? yz_column_name(column) : "");
    return yz_arena_text(&x->arena, yz_span_of(text));
}

yz_status
yz_place_said_refuse(yz_exchange *x, const yz_place_said *said)
{
    yz_problem_error errors[YZ_FAULTS_SHOWN];
    size_t count = 0;
    bool id = false;
    yz_status status;

    for (size_t i = 0; i < said->faults.count && count < YZ_FAULTS_SHOWN; i++) {
        const yz_fault *fault = &said->faults.items[i];

        if (yz_fault_is_warning(fault->code)) {
            continue;
        }
        id = id || fault->column == YZ_COLUMN_ID;
        errors[count++] =
            (yz_problem_error){.pointer = pointer_of(x, fault->column),
                               .code = code_of(fault->code),
                               .detail = reason_of(x, fault)};
    }
    if (count == 0) {
        return YZ_OK;
    }
    status = id ? yz_exchange_problem(x, YZ_PROBLEM_PATH_INVALID,
                                      "站点编号太长，或含有不能用的字符")
                : yz_exchange_problem_errors(x, YZ_PROBLEM_BODY_INVALID, errors,
                                             count);
    return status == YZ_OK ? YZ_DENIED : status;
}

size_t
yz_place_answer_room(const yz_place_said *said)
{
    /* Escaped, a byte is six at most. */
    return 6 * YZ_PLACE_ENCODED_MAX + 1024 + said->faults.count * WARNING_ROOM;
}

static void
write_member(yz_out *out, const char *name, yz_span text)
{
    yz_out_text(out, ",\"");
    yz_out_text(out, name);
    yz_out_text(out, "\":");
    yz_out_json(out, text);
}

static void
write_services(yz_out *out, yz_span services)
{
    bool more = false;

    YZ_OUT_LIT(out, ",\"services\":[");
    while (services.n > 0) {
        const char *comma = memchr(services.p, ',', services.n);
        size_t n = comma == NULL ? services.n : (size_t)(comma - services.p);

        yz_out_text(out, more ? "," : "");
        yz_out_json(out, (yz_span){services.p, n});
        more = true;
        n += comma != NULL;
        services = (yz_span){services.p + n, services.n - n};
    }
    yz_out_char(out, ']');
}

/* A number that JSON has as a text, or null. */
static void
write_region(yz_out *out, uint32_t region)
{
    YZ_OUT_LIT(out, ",\"region\":");
    if (region == 0) {
        YZ_OUT_LIT(out, "null");
        return;
    }
    yz_out_char(out, '"');
    yz_out_u64(out, region);
    yz_out_char(out, '"');
}

static void
write_position(yz_out *out, const yz_place *place)
{
    if (!place->has_position) {
        YZ_OUT_LIT(out, ",\"lng\":null,\"lat\":null");
        return;
    }
    YZ_OUT_LIT(out, ",\"lng\":");
    yz_out_e7(out, place->lng_e7);
    YZ_OUT_LIT(out, ",\"lat\":");
    yz_out_e7(out, place->lat_e7);
}

static void
write_until(yz_out *out, int64_t until_s)
{
    char text[YZ_RFC3339_SIZE];

    if (until_s == 0 || yz_rfc3339_write(until_s, text) == 0) {
        YZ_OUT_LIT(out, ",\"until\":null");
        return;
    }
    write_member(out, "until", yz_span_of(text));
}

static void
write_reason(yz_out *out, const yz_fault *fault)
{
    char text[WARNING_ROOM / 2];
    yz_out reason;

    yz_out_init(&reason, text, sizeof(text));
    yz_fault_reason(&reason, fault, true);
    yz_out_json(out, yz_out_written(&reason));
}

static void
write_warnings(yz_out *out, const yz_place_said *said)
{
    bool more = false;

    YZ_OUT_LIT(out, ",\"warnings\":[");
    for (size_t i = 0; i < said->faults.count; i++) {
        const yz_fault *fault = &said->faults.items[i];

        if (!yz_fault_is_warning(fault->code) ||
            fault->column >= YZ_COLUMN_COUNT) {
            continue;
        }
        yz_out_text(out, more ? ",{\"pointer\":\"/" : "{\"pointer\":\"/");
        yz_out_text(out, yz_column_name(fault->column));
        YZ_OUT_LIT(out, "\",\"detail\":");
        write_reason(out, fault);
        yz_out_char(out, '}');
        more = true;
    }
    yz_out_char(out, ']');
}

void
yz_place_answer_write(yz_out *out, const yz_place *place,
                      const yz_place_said *said)
{
    YZ_OUT_LIT(out, "{\"id\":");
    yz_out_json(out, place->id);
    write_member(out, "name", place->name);
    write_member(out, "kind", place->kind);
    write_member(out, "level",
                 yz_span_of(yz_level_word((yz_level)place->level)));
    write_region(out, place->region);
    write_member(out, "address", place->address);
    write_position(out, place);
    write_member(out, "hours", place->hours);
    write_services(out, place->services);
    write_member(out, "phone", place->phone);
    write_member(
        out, "status",
        yz_span_of(yz_place_status_word((yz_place_status)place->status)));
    write_until(out, place->until_s);
    write_warnings(out, said);
    yz_out_char(out, '}');
}

void
yz_place_said_free(yz_place_said *said)
{
    yz_faults_free(&said->faults);
}
