/*
 * Understands one row: trims and bounds its cells, reads its position, looks
 * up what words mean.  Used by rows.c; never fails, faults are listed.
 */
#include "admin/load/row.h"

#include <math.h>

#include "admin/load/phone.h"
#include "core/civil_time.h"
#include "core/geo_point.h"
#include "core/limits.h"
#include "core/number.h"
#include "core/utf8.h"

#define CELL_MAX 128 /* bytes of a cell without a limit of its own */

static const size_t limits[YZ_COLUMN_COUNT] = {
    [YZ_COLUMN_ID] = YZ_ID_MAX,     [YZ_COLUMN_NAME] = YZ_NAME_MAX,
    [YZ_COLUMN_KIND] = YZ_WORD_MAX, [YZ_COLUMN_LEVEL] = CELL_MAX,
    [YZ_COLUMN_REGION] = CELL_MAX,  [YZ_COLUMN_ADDRESS] = YZ_ADDRESS_MAX,
    [YZ_COLUMN_LNG] = CELL_MAX,     [YZ_COLUMN_LAT] = CELL_MAX,
    [YZ_COLUMN_CRS] = CELL_MAX,     [YZ_COLUMN_HOURS] = YZ_HOURS_MAX,
    [YZ_COLUMN_SERVICES] = 8192,    [YZ_COLUMN_PHONE] = 256,
    [YZ_COLUMN_STATUS] = CELL_MAX,  [YZ_COLUMN_UNTIL] = CELL_MAX,
};

/* One row on its way through the checks. */
typedef struct {
    yz_row_reader *reader;
    yz_row *row;
    uint32_t number;
    uint32_t bad; /* bits of columns with an error, reported already */
    yz_span
        cells[YZ_COLUMN_COUNT]; /* trimmed, clean; empty when absent or bad */
} passage;

void
yz_row_fault(yz_faults *faults, yz_row *row, uint32_t number, yz_fault fault)
{
    fault.line = row->line;
    fault.row = number;
    if (!yz_fault_is_warning(fault.code)) {
        row->refused = true;
    }
    yz_faults_add(faults, &fault);
}

static void
report(passage *p, yz_fault_code code, yz_column column, uint64_t number,
       uint64_t other)
{
    if (column < YZ_COLUMN_COUNT && !yz_fault_is_warning(code)) {
        p->bad |= YZ_COLUMN_BIT(column);
    }
    yz_row_fault(p->reader->faults, p->row, p->number,
                 (yz_fault){.code = code,
                            .column = column,
                            .number = number,
                            .other = other,
                            .value = column < YZ_COLUMN_COUNT ? p->cells[column]
                                                              : YZ_SPAN("")});
}

/*
 * Bytes of the mark that `text` begins with: marks of writing direction and
 * byte order marks (U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to
 * U+2069, U+FEFF), which come along with pasted text; 0 if there is none.
 */
static size_t
mark_size(yz_span text)
{
    const uint8_t *p = (const uint8_t *)text.p;

    if (text.n >= 2 && p[0] == 0xd8 && p[1] == 0x9c) {
        return 2;
    }
    if (text.n < 3 || (p[0] != 0xe2 && p[0] != 0xef)) {
        return 0;
    }
    if (p[0] == 0xef) {
        return p[1] == 0xbb && p[2] == 0xbf ? 3 : 0;
    }
    return (p[1] == 0x80 &&
            (p[2] == 0x8e || p[2] == 0x8f || (p[2] >= 0xaa && p[2] <= 0xae))) ||
                   (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9)
               ? 3
               : 0;
}

/* A copy of `text` without such marks. */
static yz_span
without_marks(passage *p, yz_span text)
{
    char *copy = yz_arena_alloc(p->reader->arena, text.n + 1);
    size_t n = 0;
    size_t size;

    if (copy == NULL) {
        return YZ_SPAN("");
    }
    for (size_t i = 0; i < text.n; i += size) {
        size = mark_size((yz_span){text.p + i, text.n - i});
        if (size == 0) {
            copy[n++] = text.p[i];
            size = 1;
        }
    }
    return yz_text_trim((yz_span){copy, n});
}

/* Most cells are plain ASCII, which needs no decoding. */
static bool
is_clean(yz_span text)
{
    size_t i = 0;

    while (i < text.n && (uint8_t)(text.p[i] - 0x20) < 0x5f) {
        i++;
    }
    return i == text.n || yz_text_clean(text);
}

/* The cell as one line of clean text; the empty one after an error. */
static yz_span
clean_cell(passage *p, yz_column column, yz_span cell)
{
    yz_span clean;

    p->cells[column] = cell;
    if (cell.n > limits[column]) {
        report(p, YZ_FAULT_TOO_LONG, column, cell.n, limits[column]);
        return YZ_SPAN("");
    }
    if (is_clean(cell)) {
        return cell;
    }
    clean = without_marks(p, cell);
    if (!yz_text_clean(clean)) {
        report(p, YZ_FAULT_NOT_CLEAN, column, 0, 0);
        return YZ_SPAN("");
    }
    report(p, YZ_WARNING_MARKS, column, 0, 0);
    return clean;
}

static void
clean_cells(passage *p, const yz_raw_row *raw)
{
    for (int i = 0; i < YZ_COLUMN_COUNT; i++) {
        yz_span cell = YZ_SPAN("");

        if (raw->present & YZ_COLUMN_BIT(i)) {
            cell = yz_text_trim(raw->cells[i]);
        }
        p->cells[i] = clean_cell(p, (yz_column)i, cell);
    }
}

/* A cell of free text that everyone will read. */
static yz_span
text_of(passage *p, yz_column column)
{
    if (yz_phone_has_mobile(p->cells[column])) {
        report(p, YZ_WARNING_MOBILE_TEXT, column, 0, 0);
    }
    return p->cells[column];
}

/* What a cell of a vocabulary means; the empty meaning when it is empty. */
static yz_meaning
meaning_of(passage *p, yz_column column)
{
    yz_row_reader *r = p->reader;
    const yz_meaning *meaning;

    if (p->cells[column].n == 0) {
        return (yz_meaning){.fine = true, .text = YZ_SPAN("")};
    }
    meaning = yz_meaning_of(&r->meanings, column, p->cells[column], r->regions,
                            r->arena);
    if (meaning == NULL) {
        r->arena->failed = true;
        return (yz_meaning){.fine = true, .text = YZ_SPAN("")};
    }
    if (!meaning->fine) {
        report(p, meaning->code, column, meaning->fault_number,
               meaning->fault_other);
    }
    return *meaning;
}

static void
read_identity(passage *p)
{
    yz_place *place = &p->row->place;

    place->id = p->cells[YZ_COLUMN_ID];
    place->name = text_of(p, YZ_COLUMN_NAME);
    if (yz_span_equal(place->id, YZ_SPAN(".")) ||
        yz_span_equal(place->id, YZ_SPAN(".."))) {
        report(p, YZ_FAULT_ID_SIGN, YZ_COLUMN_ID, 0, 0);
    }
    if (place->id.n == 0 && place->name.n == 0 && !p->row->refused) {
        report(p, YZ_FAULT_NO_ID_NO_NAME, YZ_COLUMN_UNKNOWN, 0, 0);
    }
    if (place->name.n == 0 && place->id.n > 0 &&
        p->row->present & ~p->bad & YZ_COLUMN_BIT(YZ_COLUMN_NAME)) {
        report(p, YZ_WARNING_NAME_EMPTY, YZ_COLUMN_NAME, 0, 0);
    }
}

static void
read_phone(passage *p)
{
    char text[YZ_PHONE_MAX];
    yz_out out;
    bool mobile = false;
    yz_status status;

    p->row->place.phone = YZ_SPAN("");
    if (p->cells[YZ_COLUMN_PHONE].n == 0) {
        return;
    }
    yz_out_init(&out, text, sizeof(text));
    status = yz_phone_publish(p->cells[YZ_COLUMN_PHONE], &out, &mobile);
    if (status == YZ_BAD_INPUT) {
        report(p, YZ_FAULT_PHONE, YZ_COLUMN_PHONE, 0, 0);
    } else if (status == YZ_FULL) {
        report(p, YZ_FAULT_TOO_LONG, YZ_COLUMN_PHONE,
               p->cells[YZ_COLUMN_PHONE].n, YZ_PHONE_MAX);
    } else {
        p->row->place.phone =
            yz_arena_copy(p->reader->arena, yz_out_written(&out));
    }
    if (mobile) {
        report(p, YZ_WARNING_MOBILE, YZ_COLUMN_PHONE, 0, 0);
    }
}

/* A date is the day on which the place opens again. */
static void
read_until(passage *p)
{
    yz_span text = p->cells[YZ_COLUMN_UNTIL];
    char whole[32];
    size_t n;

    if (text.n == 0) {
        return;
    }
    n = text.n;
    if (n == 10) {
        memcpy(whole, text.p, n);
        memcpy(whole + n, "T00:00:00+08:00", 15);
        text = (yz_span){whole, n + 15};
    }
    if (yz_rfc3339_parse(text, &p->row->place.until_s) != YZ_OK) {
        report(p, YZ_FAULT_UNTIL, YZ_COLUMN_UNTIL, 0, 0);
    }
}

/* Cells with a letter left: NaN, inf and 0x10 are no decimal numbers. */
static bool
read_degrees(passage *p, yz_column column, double *degrees)
{
    if (yz_number_parse_decimal(p->cells[column], degrees) != YZ_OK) {
        report(p, YZ_FAULT_NO_NUMBER, column, 0, 0);
        return false;
    }
    return true;
}

/*
 * Exchanged coordinates of China mostly give a latitude beyond 90; those of
 * its far west do not, and are told by the region.
 */
static bool
look_swapped(double lng, double lat, uint32_t region)
{
    uint32_t province = region / 10000;

    if (fabs(lat) > 90) {
        return fabs(lat) <= 180 && fabs(lng) <= 90;
    }
    return (province == 54 || province == 63 || province == 65) && lat >= 73 &&
           lng >= 26 && lng <= 50;
}

/* In a box around China; wide enough for every coordinate system. */
static bool
in_china(double lng, double lat)
{
    return lng > 73 && lng < 136 && lat > 3 && lat < 54;
}

/* A lone zero beside a coordinate of China is an empty cell in disguise. */
static bool
is_zero(double lng, double lat)
{
    return (lng == 0 && lat == 0) || (lng == 0 && lat > 3 && lat < 54) ||
           (lat == 0 && lng > 73 && lng < 136);
}

static bool
check_degrees(passage *p, double lng, double lat)
{
    if (is_zero(lng, lat)) {
        report(p, YZ_FAULT_ZERO, lng == 0 ? YZ_COLUMN_LNG : YZ_COLUMN_LAT, 0,
               0);
    } else if (look_swapped(lng, lat, p->row->place.region)) {
        report(p, YZ_FAULT_SWAPPED, YZ_COLUMN_LAT, 0, 0);
    } else if (fabs(lng) > 180) {
        report(p, YZ_FAULT_RANGE, YZ_COLUMN_LNG, 180, 0);
    } else if (fabs(lat) > 90) {
        report(p, YZ_FAULT_RANGE, YZ_COLUMN_LAT, 90, 0);
    } else {
        return true;
    }
    return false;
}

static bool
crs_of_row(passage *p, yz_crs *crs)
{
    yz_meaning meaning;

    if (p->cells[YZ_COLUMN_CRS].n == 0) {
        *crs = p->reader->crs;
        if (!p->reader->has_crs) {
            report(p, YZ_FAULT_CRS_MISSING, YZ_COLUMN_CRS, 0, 0);
        }
        return p->reader->has_crs;
    }
    meaning = meaning_of(p, YZ_COLUMN_CRS);
    *crs = (yz_crs)meaning.number;
    return meaning.fine;
}

static void
read_position(passage *p)
{
    yz_place *place = &p->row->place;
    size_t lng_n = p->cells[YZ_COLUMN_LNG].n;
    size_t lat_n = p->cells[YZ_COLUMN_LAT].n;
    double lng = 0;
    double lat = 0;
    bool fine;
    yz_crs crs;

    if (lng_n == 0 || lat_n == 0) {
        if (lng_n != lat_n && !p->row->refused) {
            report(p, YZ_FAULT_HALF, lng_n == 0 ? YZ_COLUMN_LNG : YZ_COLUMN_LAT,
                   0, 0);
        }
        return;
    }
    fine = read_degrees(p, YZ_COLUMN_LNG, &lng);
    fine = read_degrees(p, YZ_COLUMN_LAT, &lat) && fine;
    fine = crs_of_row(p, &crs) && fine;
    if (!fine || !check_degrees(p, lng, lat)) {
        return;
    }
    if (!in_china(lng, lat) && in_china(lat, lng)) {
        report(p, YZ_WARNING_SWAPPED, YZ_COLUMN_LAT, 0, 0);
    }
    yz_crs_to_wgs84(crs, &lng, &lat);
    place->has_position = true;
    place->lng_e7 = (int32_t)lround(lng * 1e7);
    place->lat_e7 = (int32_t)lround(lat * 1e7);
}

void
yz_row_read(yz_row_reader *reader, const yz_raw_row *raw, uint32_t number,
            yz_row *row)
{
    passage p = {.reader = reader, .row = row, .number = number};
    yz_place *place = &row->place;

    *row =
        (yz_row){.line = raw->line, .raw = raw->raw, .present = raw->present};
    clean_cells(&p, raw);
    read_identity(&p);
    place->kind = meaning_of(&p, YZ_COLUMN_KIND).text;
    place->level = (uint8_t)meaning_of(&p, YZ_COLUMN_LEVEL).number;
    place->region = meaning_of(&p, YZ_COLUMN_REGION).number;
    place->address = text_of(&p, YZ_COLUMN_ADDRESS);
    read_position(&p);
    place->hours = meaning_of(&p, YZ_COLUMN_HOURS).text;
    place->services = meaning_of(&p, YZ_COLUMN_SERVICES).text;
    read_phone(&p);
    place->status = (uint8_t)meaning_of(&p, YZ_COLUMN_STATUS).number;
    read_until(&p);
}

void
yz_row_reader_free(yz_row_reader *reader)
{
    yz_meanings_free(&reader->meanings);
}
