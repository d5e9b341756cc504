/*
 * The receipt of a ticket: 80 random bits as 16 symbols, and a check symbol
 * (core/crockford.h).  Whoever holds it may read the ticket's state, so it is
 * kept as a keyed hash only, and no log shows it.  It is four symbols longer
 * than a code: neither can be taken for the other.
 */
#ifndef YZ_CORE_RECEIPT_H
#define YZ_CORE_RECEIPT_H

#include <stdint.h>

#include "core/span.h"
#include "core/status.h"

#define YZ_RECEIPT_RANDOM 10                    /* bytes it is made of */
#define YZ_RECEIPT_LENGTH 17                    /* symbols */
#define YZ_RECEIPT_SIZE (YZ_RECEIPT_LENGTH + 1) /* with NUL */
#define YZ_RECEIPT_PRINTED_LENGTH 20            /* 5-4-4-4 symbols */
#define YZ_RECEIPT_PRINTED_SIZE (YZ_RECEIPT_PRINTED_LENGTH + 1)
#define YZ_RECEIPT_TEXT_MAX 40 /* longest text that can still be a receipt */

/*
 * Turns what someone typed into the one form that is hashed; forgives what
 * yz_code_normalise() does.  YZ_OK with YZ_RECEIPT_LENGTH symbols and a NUL
 * in `out`; YZ_BAD_INPUT for anything that no receipt can be.
 */
yz_status yz_receipt_normalise(yz_span text, char out[static YZ_RECEIPT_SIZE]);

/* Makes a receipt of 80 bits that the caller drew from the system. */
void yz_receipt_from_random(const uint8_t random[static YZ_RECEIPT_RANDOM],
                            char out[static YZ_RECEIPT_SIZE]);

/* Writes the form for people, 5-4-4-4 symbols between hyphens, and a NUL. */
void yz_receipt_print(const char receipt[static YZ_RECEIPT_LENGTH],
                      char out[static YZ_RECEIPT_PRINTED_SIZE]);

#endif
