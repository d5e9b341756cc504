/*
 * The look at every page of an LMDB file.  LMDB 0.9 believes its pages: one
 * wrong byte in the structure of one page kills whoever follows it, by
 * SIGSEGV, SIGBUS or an assertion.  Runs in the writer only, before it opens a
 * generation; others call yz_env_pages_check().
 *
 * The rules are what lmdb 0.9.24's mdb.c takes for granted (mdb_page_get,
 * mdb_node_search, mdb_node_del, mdb_page_touch, mdb_page_alloc).
 */
#include "lmdb_schema/env_pages_write.h"
#include "lmdb_schema/env_precheck_impl.h"
#include "lmdb_schema/private_layout.h"
#include "core/span.h"

#include <lmdb.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    KEY_MAX = 511,  /* mdb_env_get_maxkeysize() */
    FREE_KEY = 8,   /* a transaction id */
    NUMBER_KEY = 4, /* of every MDB_INTEGERKEY database of SCHEMA.md, */
    BATCH_KEY = 8   /* but the state's list of batches */
};

typedef struct {
    int fd;
    yz_env_meta meta;
    const char *only; /* NULL: all */
    uint8_t *seen;    /* a bit for each page that has an owner */
    uint8_t *pages;   /* the page at each depth, main and named databases */
} look;

typedef enum { TREE_FREE, TREE_MAIN, TREE_NAMED } tree_sort;

/* A tree on the way down. */
typedef struct {
    tree_sort sort;
    unsigned first;  /* slot of its root in `pages` */
    unsigned depth;  /* levels */
    size_t key_size; /* 0: 1 to KEY_MAX */
} tree;

typedef struct {
    const uint8_t *key;
    const uint8_t *value; /* of a leaf */
    size_t key_size;
    size_t value_size; /* as the node says it */
    size_t size;       /* of the whole node on its page */
    uint64_t below;    /* of a branch */
    uint16_t flags;
} node;

static yz_status walk(look *l, const tree *t, unsigned level, uint64_t number);

/* Reads bytes of pages; what the disk does not give back has no use. */
static yz_status
read_bytes(const look *l, uint8_t *out, size_t size, uint64_t page,
           size_t offset)
{
    yz_status status =
        yz_env_read_at(l->fd, out, size, page * l->meta.page_size + offset);

    return status == YZ_IO ? YZ_CORRUPT : status;
}

/* Gives pages to whoever asks first; false when they have an owner already
   or do not exist. */
static bool
claim(look *l, uint64_t first, uint64_t count)
{
    if (first < 2 || first > l->meta.last_page ||
        count > l->meta.last_page + 1 - first) {
        return false;
    }
    for (uint64_t page = first; page < first + count; page++) {
        uint8_t bit = (uint8_t)(1u << page % 8);

        if ((l->seen[page / 8] & bit) != 0) {
            return false;
        }
        l->seen[page / 8] |= bit;
    }
    return true;
}

/* Claims the overflow pages of a value and looks at their head. */
static yz_status
check_big(look *l, uint64_t first, size_t size)
{
    uint8_t head[YZ_PAGE_HEAD_SIZE];
    uint64_t need = (YZ_PAGE_HEAD_SIZE - 1 + size) / l->meta.page_size + 1;

    if (first < 2 || first > l->meta.last_page) {
        return YZ_CORRUPT;
    }
    yz_status status = read_bytes(l, head, sizeof(head), first, 0);
    if (status != YZ_OK) {
        return status;
    }
    uint32_t count = yz_get_u32(head + 12);
    return yz_get_u64(head) == first &&
                   yz_get_u16(head + 10) == YZ_PAGE_OVERFLOW && count >= need &&
                   claim(l, first, count)
               ? YZ_OK
               : YZ_CORRUPT;
}

/* A list of free pages: a count, then numbers that descend. */
static yz_status
check_free_list(look *l, const uint8_t *list, size_t size)
{
    uint64_t count = size < 8 ? UINT64_MAX : yz_get_u64(list);
    uint64_t before = UINT64_MAX;

    if (size % 8 != 0 || count > size / 8 - 1) {
        return YZ_CORRUPT;
    }
    for (uint64_t i = 1; i <= count; i++) {
        uint64_t page = yz_get_u64(list + 8 * i);

        if (page >= before || !claim(l, page, 1)) {
            return YZ_CORRUPT;
        }
        before = page;
    }
    return YZ_OK;
}

static yz_status
check_big_free_list(look *l, uint64_t first, size_t size)
{
    uint8_t *list = malloc(size > 0 ? size : 1);

    if (list == NULL) {
        return YZ_NOMEM;
    }
    yz_status status = read_bytes(l, list, size, first, YZ_PAGE_HEAD_SIZE);
    if (status == YZ_OK) {
        status = check_free_list(l, list, size);
    }
    free(list);
    return status;
}

/* The size of keys in a database with MDB_INTEGERKEY. */
static size_t
number_key(const node *n)
{
    return yz_span_equal((yz_span){(const char *)n->key, n->key_size},
                         YZ_SPAN(YZ_DB_STATE_BATCH))
               ? BATCH_KEY
               : NUMBER_KEY;
}

/* Walks a database from its 48 bytes, unless nobody asked for it. */
static yz_status
check_database(look *l, const tree *main, const node *n)
{
    if (n->value_size != YZ_TREE_SIZE) {
        return YZ_CORRUPT;
    }
    const yz_env_tree found = yz_env_tree_of(n->value);
    const tree t = {.sort = TREE_NAMED,
                    .first = main->first + main->depth,
                    .depth = found.depth,
                    .key_size =
                        found.flags == MDB_INTEGERKEY ? number_key(n) : 0};

    if ((found.flags != 0 && found.flags != MDB_INTEGERKEY) ||
        found.depth > YZ_TREE_DEPTH_MAX ||
        (found.root == YZ_PAGE_NONE) != (found.depth == 0)) {
        return YZ_CORRUPT;
    }
    if (found.root == YZ_PAGE_NONE ||
        (l->only != NULL && (strlen(l->only) != n->key_size ||
                             memcmp(l->only, n->key, n->key_size) != 0))) {
        return YZ_OK;
    }
    return walk(l, &t, 0, found.root);
}

/* A node's value, wherever it lies. */
static yz_status
check_leaf_node(look *l, const tree *t, const node *n)
{
    if (n->flags == YZ_NODE_SUB) {
        return t->sort == TREE_MAIN ? check_database(l, t, n) : YZ_CORRUPT;
    }
    if (n->flags == YZ_NODE_BIG) {
        uint64_t first = yz_get_u64(n->value);
        yz_status status = check_big(l, first, n->value_size);

        return status == YZ_OK && t->sort == TREE_FREE
                   ? check_big_free_list(l, first, n->value_size)
                   : status;
    }
    if (n->flags != 0) {
        return YZ_CORRUPT;
    }
    return t->sort == TREE_FREE ? check_free_list(l, n->value, n->value_size)
                                : YZ_OK;
}

/* Reads node `i` of a page; false when it does not lie inside. */
static bool
read_node(const look *l, const uint8_t *page, size_t i, bool leaf, node *n)
{
    size_t at = yz_get_u16(page + YZ_PAGE_HEAD_SIZE + 2 * i);
    size_t upper = yz_get_u16(page + 14);
    const uint8_t *p = page + at;

    if (at < upper || at % 2 != 0 ||
        at + YZ_NODE_HEAD_SIZE > l->meta.page_size) {
        return false;
    }
    uint32_t low = yz_get_u32(p);
    n->flags = yz_get_u16(p + 4);
    n->below = low | (uint64_t)n->flags << 32;
    n->key = p + YZ_NODE_HEAD_SIZE;
    n->key_size = yz_get_u16(p + 6);
    n->value = n->key + n->key_size;
    n->value_size = leaf ? low : 0;
    n->size = YZ_NODE_HEAD_SIZE + n->key_size;
    if (leaf) {
        n->size += n->flags == YZ_NODE_BIG ? sizeof(uint64_t) : n->value_size;
    }
    n->size += n->size % 2;
    return n->size <= l->meta.page_size - at;
}

static bool
key_fits(const tree *t, const node *n, bool leaf, size_t i)
{
    if (!leaf && i == 0 && n->key_size == 0) {
        return true; /* less than every key */
    }
    return t->key_size != 0 ? n->key_size == t->key_size
                            : n->key_size >= 1 && n->key_size <= KEY_MAX;
}

/* The head of page `number`, which is a branch or a leaf. */
static bool
head_fits(const look *l, const tree *t, const uint8_t *page, uint64_t number,
          bool leaf)
{
    uint16_t lower = yz_get_u16(page + 12);
    uint16_t upper = yz_get_u16(page + 14);
    /* LMDB asserts it, but not of the list of free pages. */
    uint16_t least = leaf || t->sort == TREE_FREE ? 1 : 2;

    return yz_get_u64(page) == number &&
           yz_get_u16(page + 10) == (leaf ? YZ_PAGE_LEAF : YZ_PAGE_BRANCH) &&
           lower % 2 == 0 && lower >= YZ_PAGE_HEAD_SIZE + 2 * least &&
           lower <= upper && upper % 2 == 0 && upper <= l->meta.page_size;
}

/* Looks at a page and all below it. */
static yz_status
walk(look *l, const tree *t, unsigned level, uint64_t number)
{
    uint8_t *page = l->pages + (size_t)(t->first + level) * l->meta.page_size;
    bool leaf = level + 1 == t->depth;
    node n;

    if (!claim(l, number, 1)) {
        return YZ_CORRUPT;
    }
    yz_status status = read_bytes(l, page, l->meta.page_size, number, 0);
    if (status == YZ_OK && !head_fits(l, t, page, number, leaf)) {
        status = YZ_CORRUPT;
    }
    if (status != YZ_OK) {
        return status;
    }
    size_t count = (size_t)(yz_get_u16(page + 12) - YZ_PAGE_HEAD_SIZE) / 2;
    size_t room = l->meta.page_size - yz_get_u16(page + 14);
    for (size_t i = 0; status == YZ_OK && i < count; i++) {
        if (!read_node(l, page, i, leaf, &n) || !key_fits(t, &n, leaf, i) ||
            n.size > room) {
            return YZ_CORRUPT;
        }
        room -= n.size;
        status =
            leaf ? check_leaf_node(l, t, &n) : walk(l, t, level + 1, n.below);
    }
    return status;
}

static yz_status
walk_from(look *l, tree_sort sort, const yz_env_tree *from)
{
    const tree t = {.sort = sort,
                    .depth = from->depth,
                    .key_size = sort == TREE_FREE ? FREE_KEY : 0};

    return from->root == YZ_PAGE_NONE ? YZ_OK : walk(l, &t, 0, from->root);
}

yz_status
yz_env_pages_check(const char *path, const char *only)
{
    look l = {.only = only};
    yz_status status = yz_env_data_open(path, &l.fd);

    if (status != YZ_OK) {
        return status;
    }
    status = yz_env_precheck_meta(l.fd, &l.meta);
    if (status == YZ_OK) {
        l.seen = calloc(l.meta.last_page / 8 + 1, 1);
        l.pages = malloc((size_t)2 * YZ_TREE_DEPTH_MAX * l.meta.page_size);
        if (l.seen == NULL || l.pages == NULL) {
            status = YZ_NOMEM;
        }
    }
    if (status == YZ_OK) {
        status = walk_from(&l, TREE_FREE, &l.meta.free);
    }
    if (status == YZ_OK) {
        status = walk_from(&l, TREE_MAIN, &l.meta.main);
    }
    free(l.pages);
    free(l.seen);
    close(l.fd);
    return status;
}
