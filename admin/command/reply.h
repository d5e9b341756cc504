/*
 * What the daemon answered, as JSON.  A value belongs to the answer that it
 * is part of and lives as long; NULL stands for what is not there, and every
 * function takes it.
 */
#ifndef YZ_COMMAND_REPLY_H
#define YZ_COMMAND_REPLY_H

#include <stdint.h>

#include "core/span.h"

typedef struct yajl_val_s yz_reply;

/*
 * Parses `text`, which ends with a NUL and may be changed nowhere.  NULL when
 * it is no JSON or there is no memory; freed by yz_reply_free().
 */
yz_reply *yz_reply_parse(const char *text);
void yz_reply_free(yz_reply *reply);

/* A member of an object: object, array or anything else; NULL for none. */
const yz_reply *yz_reply_member(const yz_reply *object, const char *name);

/* Members of an array (0 for what is none), and one of them. */
size_t yz_reply_count(const yz_reply *array);
const yz_reply *yz_reply_at(const yz_reply *array, size_t i);

/* The text that a value is; empty, not NULL, for anything else. */
const char *yz_reply_string(const yz_reply *value);

/*
 * Members by name: an empty text, `otherwise` or false when there is none of
 * that type.
 */
const char *yz_reply_text(const yz_reply *object, const char *name);
int64_t yz_reply_integer(const yz_reply *object, const char *name,
                         int64_t otherwise);
double yz_reply_number(const yz_reply *object, const char *name,
                       double otherwise);
bool yz_reply_boolean(const yz_reply *object, const char *name);

#endif
