/*
 * All nodes of the organisation, as the daemon has them.
 */
#ifndef YZ_COMMAND_ORG_TREE_H
#define YZ_COMMAND_ORG_TREE_H

#include "admin/command/errand.h"
#include "admin/load/text_index.h"

typedef struct {
    uint32_t number;
    uint32_t parent; /* 0: a root */
    uint32_t region; /* 0: none */
    yz_span name;
    yz_span path; /* names from the root down, joined by '/' */
    const char *kind;
} yz_org_node;

typedef struct {
    yz_org_node *nodes; /* those fetched by number, then those added */
    size_t count;
    size_t cap;
    yz_text_index by_path; /* to places in `nodes` */
} yz_org_tree;

#define YZ_ORG_TREE_INIT ((yz_org_tree){NULL, 0, 0, YZ_TEXT_INDEX_INIT})

/* Asks for all of them; texts lie in the errand's arena.  As
   yz_errand_ask(). */
yz_status yz_org_tree_fetch(yz_errand *errand, yz_org_tree *tree);

/* Adds one; its path is set.  YZ_OK or YZ_NOMEM. */
yz_status yz_org_tree_add(yz_org_tree *tree, const yz_org_node *node);

void yz_org_tree_free(yz_org_tree *tree);

#endif
