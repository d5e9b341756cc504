/*
 * The head of a load's file in C; load_file.h says what it means.
 */
#ifndef YZ_ADMIN_LOAD_LAYOUT_H
#define YZ_ADMIN_LOAD_LAYOUT_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define YZ_LOAD_MAGIC "yzload1\n"
#define YZ_LOAD_NAME_DIGITS 32
#define YZ_LOAD_NAME_END ".load"

typedef struct {
    char magic[8];        /*  0 */
    uint64_t size;        /*  8 */
    uint64_t planned_seq; /* 16 */
    uint32_t places;      /* 24 */
    uint32_t references;  /* 28 */
    uint8_t whole;        /* 32 */
    uint8_t source_size;  /* 33 */
    uint8_t actor_size;   /* 34 */
    uint8_t zero[5];      /* 35 */
    uint8_t hash[32];     /* 40 */
} yz_load_head;

_Static_assert(sizeof(yz_load_head) == 72, "head of a load is 72 bytes");

/* What of the head the hash covers. */
#define YZ_LOAD_HASHED offsetof(yz_load_head, hash)

#endif
