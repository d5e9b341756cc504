/*
 * Reads answers of the daemon with yajl's tree.  Used by client.c and by the
 * commands that print what the daemon answers.
 */
#include "admin/command/reply.h"

#include <yajl/yajl_tree.h>

yz_reply *
yz_reply_parse(const char *text)
{
    return yajl_tree_parse(text, NULL, 0);
}

void
yz_reply_free(yz_reply *reply)
{
    if (reply != NULL) {
        yajl_tree_free(reply);
    }
}

const yz_reply *
yz_reply_member(const yz_reply *object, const char *name)
{
    if (!YAJL_IS_OBJECT(object)) {
        return NULL;
    }
    for (size_t i = 0; i < object->u.object.len; i++) {
        if (strcmp(object->u.object.keys[i], name) == 0) {
            return object->u.object.values[i];
        }
    }
    return NULL;
}

size_t
yz_reply_count(const yz_reply *array)
{
    return YAJL_IS_ARRAY(array) ? array->u.array.len : 0;
}

const yz_reply *
yz_reply_at(const yz_reply *array, size_t i)
{
    return i < yz_reply_count(array) ? array->u.array.values[i] : NULL;
}

const char *
yz_reply_string(const yz_reply *value)
{
    return YAJL_IS_STRING(value) ? value->u.string : "";
}

const char *
yz_reply_text(const yz_reply *object, const char *name)
{
    return yz_reply_string(yz_reply_member(object, name));
}

int64_t
yz_reply_integer(const yz_reply *object, const char *name, int64_t otherwise)
{
    const yz_reply *value = yz_reply_member(object, name);

    return YAJL_IS_INTEGER(value) ? value->u.number.i : otherwise;
}

double
yz_reply_number(const yz_reply *object, const char *name, double otherwise)
{
    const yz_reply *value = yz_reply_member(object, name);

    return YAJL_IS_DOUBLE(value) ? value->u.number.d : otherwise;
}

bool
yz_reply_boolean(const yz_reply *object, const char *name)
{
    return YAJL_IS_TRUE(yz_reply_member(object, name));
}
