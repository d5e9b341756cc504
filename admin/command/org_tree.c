/*
 * The organisation at the side of a command.  Used by yizhan org.
 */
#include "admin/command/org_tree.h"
#include "core/number.h"

#include <stdio.h>
#include <stdlib.h>

#define PAGE 1000
#define PATH_ROOM 64

static yz_status
append(yz_org_tree *tree, const yz_org_node *node)
{
    if (tree->count == tree->cap) {
        size_t cap = tree->cap == 0 ? 1024 : 2 * tree->cap;
        yz_org_node *more = realloc(tree->nodes, cap * sizeof(*more));

        if (more == NULL) {
            return YZ_NOMEM;
        }
        tree->nodes = more;
        tree->cap = cap;
    }
    tree->nodes[tree->count++] = *node;
    return YZ_OK;
}

static yz_status
take_node(yz_org_tree *tree, yz_arena *arena, const yz_reply *reply)
{
    const char *region = yz_reply_text(reply, "region");
    yz_org_node node = {
        .number = (uint32_t)yz_reply_integer(reply, "node", 0),
        .parent = (uint32_t)yz_reply_integer(reply, "parent", 0),
        .name = yz_arena_copy(arena, yz_span_of(yz_reply_text(reply, "name"))),
        .kind = yz_arena_text(arena, yz_span_of(yz_reply_text(reply, "kind"))),
    };

    (void)yz_number_parse_u32(yz_span_of(region), 999999, &node.region);
    return arena->failed ? YZ_NOMEM : append(tree, &node);
}

/* Page by page, in the order of their numbers. */
static yz_status
fetch_pages(yz_errand *errand, yz_org_tree *tree)
{
    char path[PATH_ROOM];
    uint32_t after = 0;
    yz_status status;
    size_t n;

    do {
        const yz_reply *nodes;

        snprintf(path, sizeof(path), "/v1/admin/nodes?limit=%d&after=%u", PAGE,
                 after);
        status = yz_errand_ask(errand, "GET", path, (yz_span){"", 0});
        nodes = yz_reply_member(errand->answer.json, "nodes");
        n = yz_reply_count(nodes);
        for (size_t i = 0; i < n && status == YZ_OK; i++) {
            status = take_node(tree, &errand->arena, yz_reply_at(nodes, i));
        }
        after = tree->count > 0 ? tree->nodes[tree->count - 1].number : 0;
    } while (status == YZ_OK && n == PAGE);
    return status;
}

static yz_org_node *
by_number(yz_org_tree *tree, uint32_t number)
{
    size_t low = 0, high = tree->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (tree->nodes[middle].number < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < tree->count && tree->nodes[low].number == number
               ? &tree->nodes[low]
               : NULL;
}

/* The daemon keeps the tree shallow and without rings. */
static yz_status
join_path(yz_org_tree *tree, yz_arena *arena, yz_org_node *node)
{
    yz_org_node *above =
        node->parent != 0 ? by_number(tree, node->parent) : NULL;
    yz_status status = YZ_OK;
    yz_out out;
    size_t room;

    if (above == NULL) {
        node->path = node->name;
        return YZ_OK;
    }
    if (above->path.p == NULL) {
        status = join_path(tree, arena, above);
    }
    room = above->path.n + 1 + node->name.n;
    yz_out_init(&out, yz_arena_alloc(arena, room), room);
    if (status != YZ_OK || out.p == NULL) {
        return YZ_NOMEM;
    }
    yz_out_span(&out, above->path);
    yz_out_char(&out, '/');
    yz_out_span(&out, node->name);
    node->path = yz_out_written(&out);
    return YZ_OK;
}

yz_status
yz_org_tree_fetch(yz_errand *errand, yz_org_tree *tree)
{
    yz_status status = fetch_pages(errand, tree);
    yz_text_slot *slot;

    for (size_t i = 0; i < tree->count && status == YZ_OK; i++) {
        if (tree->nodes[i].path.p == NULL) {
            status = join_path(tree, &errand->arena, &tree->nodes[i]);
        }
        if (status == YZ_OK) {
            status = yz_text_index_add(&tree->by_path, tree->nodes[i].path,
                                       (uint32_t)i, &slot);
        }
    }
    return status;
}

yz_status
yz_org_tree_add(yz_org_tree *tree, const yz_org_node *node)
{
    yz_text_slot *slot;
    yz_status status = append(tree, node);

    return status == YZ_OK
               ? yz_text_index_add(&tree->by_path, node->path,
                                   (uint32_t)(tree->count - 1), &slot)
               : status;
}

void
yz_org_tree_free(yz_org_tree *tree)
{
    yz_text_index_free(&tree->by_path);
    free(tree->nodes);
    *tree = YZ_ORG_TREE_INIT;
}
