/*
 * Finds, checks and stores the tables of regions and holidays.  Used by
 * load.c.
 */
#include "admin/load/reference.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/calendar.h"

/* The directory `data` beside the one that holds the running program. */
static void
usual_dir(char path[static PATH_MAX + 16])
{
    char program[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);
    char *slash;

    program[n > 0 ? n : 0] = '\0';
    slash = strrchr(program, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
    snprintf(path, PATH_MAX + 16, "%s/../data", slash == NULL ? "." : program);
}

/* An absent file is left empty; any other trouble is a refusal. */
static yz_status
read_file(const char *dir, const char *name, yz_input *input,
          yz_refusal *refusal)
{
    char path[PATH_MAX + 32];
    yz_status status;

    *input = (yz_input){0};
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    if (access(path, F_OK) != 0) {
        return YZ_OK;
    }
    status = yz_input_read(path, input, refusal);
    if (status == YZ_OK) {
        status = yz_input_decode(input, YZ_ENCODING_UTF8, refusal);
    }
    return status;
}

static yz_status
check_holidays(yz_span csv, yz_refusal *refusal)
{
    uint8_t blob[YZ_CALENDAR_BLOB_MAX];
    size_t size;
    size_t line = 0;
    yz_status status;

    if (csv.n == 0) {
        return YZ_OK;
    }
    status = yz_calendar_compile(csv, blob, sizeof(blob), &size, &line);
    if (status != YZ_OK) {
        yz_refuse(refusal, "line %zu of holidays.csv: %s", line,
                  yz_status_text(status));
    }
    return status;
}

yz_status
yz_reference_read(const char *data_dir, yz_store *store,
                  yz_reference *reference, yz_refusal *refusal)
{
    char usual[PATH_MAX + 16];
    yz_span csv;
    yz_status status;

    *reference = (yz_reference){0};
    if (data_dir == NULL) {
        data_dir = getenv("YIZHAN_DATA");
    }
    if (data_dir == NULL) {
        usual_dir(usual);
        data_dir = usual;
    }
    status =
        read_file(data_dir, "regions.csv", &reference->regions_file, refusal);
    if (status == YZ_OK) {
        status = read_file(data_dir, "holidays.csv", &reference->holidays_file,
                           refusal);
    }
    if (status == YZ_OK) {
        status = check_holidays(reference->holidays_file.text, refusal);
    }
    csv = reference->regions_file.text;
    if (status == YZ_OK && csv.n == 0 && store != NULL &&
        yz_store_reference_get(store, YZ_SPAN("regions"), &csv) != YZ_OK) {
        csv.n = 0;
    }
    if (status == YZ_OK && csv.n > 0) {
        status = yz_regions_read(csv, &reference->regions, refusal);
    }
    return status;
}

yz_status
yz_reference_put(const yz_reference *reference, yz_store *store)
{
    yz_status status = YZ_OK;

    if (reference->regions_file.text.n > 0) {
        status = yz_store_reference_put(store, YZ_SPAN("regions"),
                                        reference->regions_file.text);
    }
    if (status == YZ_OK && reference->holidays_file.text.n > 0) {
        status = yz_store_reference_put(store, YZ_SPAN("holidays"),
                                        reference->holidays_file.text);
    }
    return status;
}

void
yz_reference_free(yz_reference *reference)
{
    yz_regions_free(&reference->regions);
    yz_input_free(&reference->regions_file);
    yz_input_free(&reference->holidays_file);
}
