/*
 * The one status that every function of the project returns, from core/ to
 * the command and the module.  YZ_OK is zero; everything else says why not.
 */
#ifndef YZ_CORE_STATUS_H
#define YZ_CORE_STATUS_H

typedef enum {
    YZ_OK = 0,
    YZ_NOT_FOUND, /* no such key, row, file or generation */
    YZ_BAD_INPUT, /* what the caller or the outside gave breaks a rule */
    YZ_CORRUPT,   /* stored bytes break the format they claim */
    YZ_FORMAT,    /* stored data has another format version */
    YZ_BUSY,      /* someone else holds it; try again */
    YZ_FULL,      /* no room: buffer, map, disk, vocabulary */
    YZ_IO,        /* the system refused a read or a write */
    YZ_NOMEM,     /* no memory */
    YZ_DENIED,    /* this user may not: owner or mode of a file */
    YZ_STATUS_COUNT
} yz_status;

/* A short English name of `status` for logs; never NULL, static storage. */
const char *yz_status_text(yz_status status);

#endif
