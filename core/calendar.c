/*
 * Public holidays and make-up working days.  The command compiles the table
 * (yz_calendar_compile()); opening hours look days up, in nginx's workers
 * too (yz_calendar_check(), yz_calendar_year_day()).
 */
#include "core/calendar.h"

#include "core/civil_time.h"

#define BITMAP_SIZE 92
#define KNOWN_AT 92

static const uint8_t magic[4] = {'Y', 'Z', 'C', '1'};

typedef struct {
    int32_t year;
    int32_t index;
    yz_day_class class;
} row;

typedef enum { LINE_ROW, LINE_NONE, LINE_BAD } line_kind;

typedef struct {
    yz_span rest;
    size_t line; /* number of the line last taken, from 1 */
    bool data;   /* a header or a row has been seen */
} reader;

int32_t
yz_calendar_index(int32_t month, int32_t day)
{
    static const int16_t before[] = {0,   31,  60,  91,  121, 152,
                                     182, 213, 244, 274, 305, 335};

    return before[month - 1] + day - 1;
}

static void
reader_start(reader *r, yz_span csv)
{
    *r = (reader){.rest = csv};
    if (csv.n >= 3 && memcmp(csv.p, "\xEF\xBB\xBF", 3) == 0) {
        r->rest = (yz_span){csv.p + 3, csv.n - 3};
    }
}

/* Takes the next line without its end; false after the last. */
static bool
reader_line(reader *r, yz_span *line)
{
    const char *end;
    size_t n;

    if (r->rest.n == 0) {
        return false;
    }
    end = memchr(r->rest.p, '\n', r->rest.n);
    n = end == NULL ? r->rest.n : (size_t)(end - r->rest.p);
    *line = (yz_span){r->rest.p, n};
    n += end == NULL ? 0 : 1;
    r->rest = (yz_span){r->rest.p + n, r->rest.n - n};
    if (line->n > 0 && line->p[line->n - 1] == '\r') {
        line->n--;
    }
    r->line++;
    return true;
}

/* Cuts the text before the next comma off *rest. */
static yz_span
field_take(yz_span *rest)
{
    const char *comma = rest->n > 0 ? memchr(rest->p, ',', rest->n) : NULL;
    size_t n = comma == NULL ? rest->n : (size_t)(comma - rest->p);
    yz_span field = {rest->p, n};

    n += comma == NULL ? 0 : 1;
    *rest = (yz_span){rest->p + n, rest->n - n};
    return field;
}

static bool
name_fine(yz_span name)
{
    for (size_t i = 0; i < name.n; i++) {
        uint8_t c = (uint8_t)name.p[i];

        if (c < 0x20 || c == ',' || c == '"' || c == 0x7F) {
            return false;
        }
    }
    return true;
}

static bool
date_read(yz_span text, row *out)
{
    int32_t part[3] = {0};
    size_t at = 0;

    if (text.n != 10 || text.p[4] != '-' || text.p[7] != '-') {
        return false;
    }
    for (size_t i = 0; i < text.n; i++) {
        if (i == 4 || i == 7) {
            at++;
        } else if (text.p[i] < '0' || text.p[i] > '9') {
            return false;
        } else {
            part[at] = part[at] * 10 + (text.p[i] - '0');
        }
    }
    if (part[0] < 1970 || part[1] < 1 || part[2] < 1 ||
        part[2] > yz_civil_month_days(part[0], part[1])) {
        return false;
    }
    out->year = part[0];
    out->index = yz_calendar_index(part[1], part[2]);
    return true;
}

static bool
row_read(yz_span line, row *out)
{
    yz_span date = field_take(&line);
    yz_span type = field_take(&line);

    if (yz_span_equal(type, YZ_SPAN("off"))) {
        out->class = YZ_DAY_OFF;
    } else if (yz_span_equal(type, YZ_SPAN("work"))) {
        out->class = YZ_DAY_WORK;
    } else {
        return false;
    }
    return date_read(date, out) && name_fine(line);
}

static line_kind
line_read(reader *r, yz_span line, row *out)
{
    bool first = !r->data;

    if (line.n == 0 || line.p[0] == '#') {
        return LINE_NONE;
    }
    r->data = true;
    if (first && yz_span_equal(line, YZ_SPAN("date,type,name"))) {
        return LINE_NONE;
    }
    return row_read(line, out) ? LINE_ROW : LINE_BAD;
}

/* First pass: every line is fine, and which years there are. */
static yz_status
years_find(yz_span csv, int32_t *first, int32_t *last, size_t *bad_line)
{
    reader r;
    yz_span line;

    *first = INT32_MAX;
    *last = 0;
    reader_start(&r, csv);
    while (reader_line(&r, &line)) {
        row got;
        line_kind kind = line_read(&r, line, &got);

        if (kind == LINE_BAD) {
            *bad_line = r.line;
            return YZ_BAD_INPUT;
        }
        if (kind == LINE_ROW) {
            *first = got.year < *first ? got.year : *first;
            *last = got.year > *last ? got.year : *last;
        }
    }
    if (*last == 0 || *last - *first >= YZ_CALENDAR_YEARS_MAX) {
        *bad_line = 0;
        return YZ_BAD_INPUT;
    }
    return YZ_OK;
}

/* Second pass: the days; false at a date listed twice. */
static bool
days_fill(yz_span csv, int32_t first, uint8_t *blob, size_t *bad_line)
{
    reader r;
    yz_span line;

    reader_start(&r, csv);
    while (reader_line(&r, &line)) {
        row got;
        uint8_t *year;
        int shift;

        if (line_read(&r, line, &got) != LINE_ROW) {
            continue;
        }
        year = blob + YZ_CALENDAR_HEADER_SIZE +
               (size_t)(got.year - first) * YZ_CALENDAR_YEAR_SIZE;
        shift = got.index % 4 * 2;
        if ((year[got.index / 4] >> shift & 3) != YZ_DAY_PLAIN) {
            *bad_line = r.line;
            return false;
        }
        year[got.index / 4] |= (uint8_t)(got.class << shift);
        if (got.index == 0 && got.class == YZ_DAY_OFF) {
            year[KNOWN_AT] = 1;
        }
    }
    return true;
}

yz_status
yz_calendar_compile(yz_span csv, uint8_t *blob, size_t cap, size_t *size,
                    size_t *bad_line)
{
    int32_t first;
    int32_t last;
    size_t need;
    yz_status status = years_find(csv, &first, &last, bad_line);

    if (status != YZ_OK) {
        return status;
    }
    need = YZ_CALENDAR_HEADER_SIZE +
           (size_t)(last - first + 1) * YZ_CALENDAR_YEAR_SIZE;
    if (need > cap) {
        return YZ_FULL;
    }
    memset(blob, 0, need);
    memcpy(blob, magic, sizeof(magic));
    blob[4] = (uint8_t)(first & 0xFF);
    blob[5] = (uint8_t)(first >> 8);
    blob[6] = (uint8_t)(last - first + 1);
    if (!days_fill(csv, first, blob, bad_line)) {
        return YZ_BAD_INPUT;
    }
    *size = need;
    return YZ_OK;
}

static int32_t
first_year(const uint8_t *blob)
{
    return blob[4] | blob[5] << 8;
}

static bool
year_fine(const uint8_t *year)
{
    for (size_t i = 0; i < BITMAP_SIZE; i++) {
        /* No day has both bits: there is no class 3 in a table. */
        if ((year[i] & year[i] >> 1 & 0x55) != 0) {
            return false;
        }
    }
    return (year[BITMAP_SIZE - 1] & 0xF0) == 0 && year[KNOWN_AT] <= 1 &&
           year[KNOWN_AT + 1] == 0 && year[KNOWN_AT + 2] == 0 &&
           year[KNOWN_AT + 3] == 0;
}

yz_status
yz_calendar_check(const uint8_t *blob, size_t size)
{
    size_t years;

    if (size < YZ_CALENDAR_HEADER_SIZE ||
        memcmp(blob, magic, sizeof(magic)) != 0 || blob[7] != 0) {
        return YZ_CORRUPT;
    }
    years = blob[6];
    if (years < 1 || years > YZ_CALENDAR_YEARS_MAX || first_year(blob) < 1970 ||
        first_year(blob) + (int32_t)years - 1 > 9999 ||
        size != YZ_CALENDAR_HEADER_SIZE + years * YZ_CALENDAR_YEAR_SIZE) {
        return YZ_CORRUPT;
    }
    for (size_t i = 0; i < years; i++) {
        if (!year_fine(blob + YZ_CALENDAR_HEADER_SIZE +
                       i * YZ_CALENDAR_YEAR_SIZE)) {
            return YZ_CORRUPT;
        }
    }
    return YZ_OK;
}

yz_day_class
yz_calendar_year_day(const uint8_t *blob, size_t size, int32_t year,
                     int32_t index)
{
    const uint8_t *record;

    if (size == 0 || year < first_year(blob) ||
        year >= first_year(blob) + blob[6]) {
        return YZ_DAY_UNKNOWN;
    }
    record = blob + YZ_CALENDAR_HEADER_SIZE +
             (size_t)(year - first_year(blob)) * YZ_CALENDAR_YEAR_SIZE;
    /* What a later notice said about an unknown year is known of it. */
    if (record[KNOWN_AT] == 0 &&
        (record[index / 4] >> index % 4 * 2 & 3) == YZ_DAY_PLAIN) {
        return YZ_DAY_UNKNOWN;
    }
    return (yz_day_class)(record[index / 4] >> index % 4 * 2 & 3);
}

yz_day_class
yz_calendar_day(const uint8_t *blob, size_t size, int64_t day)
{
    yz_civil date;

    yz_civil_from_day(day, &date);
    return yz_calendar_year_day(blob, size, date.year,
                                yz_calendar_index(date.month, date.day));
}
