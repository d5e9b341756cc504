/*
 * Records of a CSV file (RFC 4180) in one pass over its text.  Fields point
 * into the text; only quoted fields with doubled quotes are copied.
 *
 * Further than the RFC: LF and CR alone end a record too, lines without any
 * character are skipped, and a quote inside a field that did not begin with
 * one is an ordinary character.
 */
#ifndef YZ_ADMIN_CSV_H
#define YZ_ADMIN_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "admin/memory/arena.h"
#include "core/span.h"

#define YZ_CSV_FIELDS_MAX 256

typedef enum {
    YZ_CSV_FINE = 0,
    YZ_CSV_QUOTE_OPEN,  /* a quoted field never ends: the file is cut */
    YZ_CSV_AFTER_QUOTE, /* characters between a closing quote and a comma */
    YZ_CSV_MANY_FIELDS  /* more than YZ_CSV_FIELDS_MAX */
} yz_csv_fault;

typedef struct {
    yz_span text;
    size_t at;     /* offset of the next record */
    uint64_t line; /* of the next record, from 1 */
    yz_arena *arena;
    yz_span fields[YZ_CSV_FIELDS_MAX];
} yz_csv;

typedef struct {
    uint64_t line;         /* physical line where the record begins */
    size_t count;          /* fields, also those before a fault */
    const yz_span *fields; /* valid until the next yz_csv_next() */
    yz_span raw;           /* the record as written, without its line end */
    yz_csv_fault fault;    /* the first one of the record */
    size_t fault_field;    /* 0-based */
} yz_csv_record;

/*
 * Starts at the beginning of `text`, which must outlive the records; a byte
 * order mark is the caller's to skip.  arena: takes the copied fields.
 */
void yz_csv_init(yz_csv *csv, yz_span text, yz_arena *arena);

/* Reads the next record; false at the end of the text. */
bool yz_csv_next(yz_csv *csv, yz_csv_record *record);

#endif
