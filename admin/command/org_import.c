/*
 * `yizhan org import FILE`.  The file is checked as a whole, against itself
 * and the nodes that are there, before anything changes; a node that is there
 * is found by its path, so that the same file can be imported again.
 */
#include "admin/command/org_import.h"
#include "admin/command/org_tree.h"

#include <stdio.h>

#define FAULTS_SHOWN 100
#define PATH_ROOM 64
#define BODY_ROOM 1024

typedef struct {
    yz_errand *errand;
    yz_org_tree tree;
    yz_org_rows rows;
    size_t faults;
    size_t added;
    size_t changed;
} import;

static void
print_fault(void *context, uint64_t line, const char *reason)
{
    import *i = context;

    if (i->faults++ < FAULTS_SHOWN) {
        fprintf(stderr, "line %llu: %s\n", (unsigned long long)line, reason);
    }
}

/* Each path once, and each parent known or in the file. */
static yz_status
check_rows(import *i)
{
    yz_text_index in_file = YZ_TEXT_INDEX_INIT;
    yz_status status = YZ_OK;
    yz_text_slot *slot;

    for (size_t k = 0; k < i->rows.count && status == YZ_OK; k++) {
        const yz_org_row *row = &i->rows.rows[k];

        if (row->parent.n > 0 &&
            yz_text_index_find(&in_file, row->parent) == NULL &&
            yz_text_index_find(&i->tree.by_path, row->parent) == NULL) {
            print_fault(i, row->line, "path: there is no such node above");
        }
        if (yz_text_index_find(&in_file, row->path) != NULL) {
            print_fault(i, row->line, "path: it stands in the file twice");
            continue;
        }
        status = yz_text_index_add(&in_file, row->path, (uint32_t)k, &slot);
    }
    yz_text_index_free(&in_file);
    return status == YZ_OK && i->faults > 0 ? YZ_BAD_INPUT : status;
}

static void
write_facts(yz_out *body, const yz_org_row *row)
{
    char region[16];

    snprintf(region, sizeof(region), row->region != 0 ? "\"%06u\"" : "null",
             row->region);
    yz_body_text_member(body, "kind", yz_span_of(row->kind));
    yz_body_member(body, "region", region);
}

static yz_status
change(import *i, yz_org_node *node, const yz_org_row *row)
{
    char path[PATH_ROOM];
    yz_out body;

    if (node->region == row->region && strcmp(node->kind, row->kind) == 0) {
        return YZ_OK;
    }
    i->changed++;
    snprintf(path, sizeof(path), "/v1/admin/nodes/%u", node->number);
    if (yz_body_begin(&i->errand->arena, BODY_ROOM, &body) != YZ_OK) {
        return YZ_NOMEM;
    }
    write_facts(&body, row);
    return yz_errand_send(i->errand, "PATCH", path, &body);
}

static yz_status
add(import *i, const yz_org_row *row)
{
    const yz_text_slot *above =
        yz_text_index_find(&i->tree.by_path, row->parent);
    yz_org_node node = {.path = row->path};
    char parent[16];
    yz_out body;
    yz_status status;

    if (yz_body_begin(&i->errand->arena, BODY_ROOM, &body) != YZ_OK) {
        return YZ_NOMEM;
    }
    yz_body_text_member(&body, "name", row->name);
    write_facts(&body, row);
    if (above != NULL) {
        snprintf(parent, sizeof(parent), "%u",
                 i->tree.nodes[above->value].number);
        yz_body_member(&body, "parent", parent);
    }
    status = yz_errand_send(i->errand, "POST", "/v1/admin/nodes", &body);
    if (status != YZ_OK) {
        return status;
    }
    i->added++;
    node.number = (uint32_t)yz_reply_integer(i->errand->answer.json, "node", 0);
    return yz_org_tree_add(&i->tree, &node);
}

static yz_status
do_rows(import *i)
{
    yz_status status = YZ_OK;

    for (size_t k = 0; k < i->rows.count && status == YZ_OK; k++) {
        const yz_org_row *row = &i->rows.rows[k];
        const yz_text_slot *slot =
            yz_text_index_find(&i->tree.by_path, row->path);

        status = slot != NULL ? change(i, &i->tree.nodes[slot->value], row)
                              : add(i, row);
        if (status != YZ_OK) {
            fprintf(stderr,
                    "yizhan: line %llu could not be imported; what was "
                    "before it is\n",
                    (unsigned long long)row->line);
        }
    }
    return status;
}

static yz_status
check_and_do(import *i, yz_input *input, const char *path)
{
    yz_errand *errand = i->errand;
    yz_status status = yz_input_read(path, input, &errand->refusal);

    if (status == YZ_OK) {
        status = yz_input_decode(input, YZ_ENCODING_SNIFF, &errand->refusal);
    }
    if (status == YZ_OK) {
        status = yz_org_rows_read(input->text, &errand->arena, &i->rows,
                                  print_fault, i);
    }
    if (status == YZ_OK) {
        status = yz_org_tree_fetch(errand, &i->tree);
    }
    if (status == YZ_OK) {
        status = check_rows(i);
    }
    return status == YZ_OK ? do_rows(i) : status;
}

int
yz_org_import(yz_errand *errand, const char *path)
{
import i = {.errand = errand, .tree = YZ_ORG_TREE_INIT };
    yz_input input = {{NULL, 0}, NULL, false};
    yz_status status = check_and_do(&i, &input, path);
    int code = YZ_EXIT_DONE;

    if (i.faults > 0) {
        fprintf(stderr, "yizhan: %zu faults, nothing was changed\n", i.faults);
        code = YZ_EXIT_REFUSED;
    } else if (status != YZ_OK) {
        yz_refuse(&errand->refusal, "%s", yz_status_text(status));
        code = yz_client_failed(&errand->refusal);
    } else if (!errand->arguments->quiet) {
        printf("%zu added, %zu changed, %zu unchanged\n", i.added, i.changed,
               i.rows.count - i.added - i.changed);
    }
    yz_org_tree_free(&i.tree);
    yz_input_free(&input);
    return code;
}
