/*
 * Pages of tickets out of the desk's index.  A list is the merge of runs that
 * are each in its order: one for each state and node (or region).  Each run
 * is followed no further than the page has use for, nor than a bound; where a
 * bound cut one short, the page ends there and the next goes on.  Runs in the
 * writer; called by ticket_list.c.
 */
#include "admin/rules/ticket_scan.h"

#include <stdlib.h>

#include "admin/identity/org.h"
#include "admin/load/regions.h"

#define VISITS_MAX 20000 /* index entries of one page, about */
#define VISITS_MIN 64    /* of each run, so that every page gets further */
#define NODES_MAX 100000

typedef struct {
    uint32_t number;
    uint32_t parent;
} node_link;

typedef struct {
    yz_exchange *x;
    node_link *links;
    size_t count;
    size_t room;
} node_links;

typedef struct {
    yz_desk *desk;
    const yz_ticket_query *query;
    yz_ticket_page *page;
    size_t visits;              /* that each run may have */
    size_t left;                /* of the run at hand */
    bool cut;                   /* some run had more than its visits */
    yz_ticket_position horizon; /* beyond it the page does not know all */
    uint32_t found_of;          /* by next_region() */
} scan;

static int
compare(const yz_ticket_position *a, const yz_ticket_position *b)
{
    if (a->due_s != b->due_s) {
        return a->due_s < b->due_s ? -1 : 1;
    }
    return a->ticket < b->ticket ? -1 : a->ticket > b->ticket;
}

/* Puts a position where it belongs; the last falls off a full page. */
static void
insert(yz_ticket_page *page, size_t most, const yz_ticket_position *at)
{
    size_t i = page->count;

    while (i > 0 && compare(&page->found[i - 1], at) > 0) {
        i--;
    }
    if (i > 0 && compare(&page->found[i - 1], at) == 0) {
        return; /* a co-handler's desk has it too */
    }
    if (page->count == most) {
        page->count--;
    }
    memmove(&page->found[i + 1], &page->found[i],
            (page->count - i) * sizeof(page->found[0]));
    page->found[i] = *at;
    page->count++;
}

static bool
passes(const yz_ticket_query *query, uint32_t region, yz_span category)
{
    return (query->category.n == 0 ||
            yz_span_equal(query->category, category)) &&
           (query->region_high == 0 ||
            (region >= query->region_low && region <= query->region_high));
}

/* One more than the page shows, to know whether there is a next one. */
static size_t
most_of(const scan *s)
{
    return s->query->limit + 1;
}

static yz_status
visit_entry(void *context, yz_span key, yz_span value, uint64_t seq)
{
    scan *s = context;
    yz_ticket_page *page = s->page;
    yz_ticket_position at;
    yz_ticket_at entry;
    uint32_t region;
    yz_span category;
    yz_status status = yz_ticket_at_key_read(key, &entry);

    (void)seq;
    if (status == YZ_OK) {
        status = yz_ticket_at_value_read(value, &region, &category);
    }
    if (status != YZ_OK) {
        return status;
    }
    at = (yz_ticket_position){entry.due_s, entry.ticket};
    if (at.due_s >= s->query->due_before_s &&
        s->query->due_before_s != UINT64_MAX) {
        return YZ_FULL;
    }
    if (page->count == most_of(s) &&
        compare(&at, &page->found[page->count - 1]) > 0) {
        return YZ_FULL;
    }
    if (s->left == 0) {
        /* What lies before this entry is known. */
        s->cut = true;
        if (compare(&at, &s->horizon) < 0) {
            s->horizon = at;
        }
        return YZ_FULL;
    }
    s->left--;
    if (passes(s->query, region, category)) {
        insert(page, most_of(s), &at);
    }
    return YZ_OK;
}

/* One run: what lies under scope, `of` and state, after the last page. */
static yz_status
follow(scan *s, yz_desk_scope scope, uint32_t of, unsigned state)
{
    uint8_t from[YZ_TICKET_AT_KEY_SIZE];
    const yz_ticket_at first = {
        .scope = (uint8_t)scope,
        .state = (uint8_t)state,
        .of = of,
        .due_s = s->query->after.due_s,
        .ticket = s->query->after.ticket + 1,
    };
    yz_status status;

    yz_ticket_at_key_write(&first, from);
    s->left = s->visits;
    status = yz_store_record_each(s->desk->store, YZ_TABLE_TICKET_AT,
                                  (yz_span){(char *)from, YZ_TICKET_AT_PREFIX},
                                  (yz_span){(char *)from, sizeof(from)}, false,
                                  visit_entry, s);
    return status == YZ_FULL ? YZ_OK : status;
}

static yz_status
follow_states(scan *s, yz_desk_scope scope, uint32_t of)
{
    yz_status status = YZ_OK;

    for (unsigned state = 1; status == YZ_OK && state < YZ_TICKET_STATE_END;
         state++) {
        if ((s->query->states & 1u << state) != 0) {
            status = follow(s, scope, of, state);
        }
    }
    return status;
}

static yz_status
add_link(void *context, const yz_node *node)
{
    node_links *all = context;

    if (all->count == all->room) {
        size_t room = all->room == 0 ? 256 : 4 * all->room;
        node_link *links =
            room > NODES_MAX * 4
                ? NULL
                : yz_arena_alloc(&all->x->arena, room * sizeof(*links));

        if (links == NULL) {
            return YZ_NOMEM;
        }
        if (all->count > 0) {
            memcpy(links, all->links, all->count * sizeof(*links));
        }
        all->links = links;
        all->room = room;
    }
    all->links[all->count++] = (node_link){node->number, node->parent};
    return YZ_OK;
}

static int
compare_links(const void *a, const void *b)
{
    const node_link *x = a;
    const node_link *y = b;

    return x->number < y->number ? -1 : x->number > y->number;
}

/* Whether a node is `above` or below it; a ring ends somewhere. */
static bool
is_below(const node_links *all, uint32_t node, uint32_t above)
{
    for (unsigned i = 0; i <= YZ_NODE_DEPTH_MAX && node != above; i++) {
        const node_link wanted = {node, 0};
        const node_link *found = bsearch(&wanted, all->links, all->count,
                                         sizeof(wanted), compare_links);

        if (found == NULL || found->parent == 0) {
            return false;
        }
        node = found->parent;
    }
    return node == above;
}

/* How many visits each of `runs` places may have. */
static void
share(scan *s, size_t runs)
{
    s->visits = VISITS_MAX / (runs > 0 ? runs : 1);
    if (s->visits < VISITS_MIN) {
        s->visits = VISITS_MIN;
    }
}

/* A node, and all that are below it. */
static yz_status
follow_nodes(scan *s, yz_exchange *x)
{
    const uint32_t top = s->query->reach.node;
    node_links all = {.x = x};
    size_t below = 0;
    yz_status status = YZ_OK;

    if (top == 0) {
        share(s, 1);
        return follow_states(s, YZ_DESK_NODE, 0);
    }
    status = yz_org_each_node(s->desk, 0, add_link, &all);
    if (status != YZ_OK) {
        return status;
    }
    for (size_t i = 0; i < all.count; i++) {
        below += is_below(&all, all.links[i].number, top);
    }
    share(s, below * YZ_TICKET_STATE_END);
    for (size_t i = 0; status == YZ_OK && i < all.count; i++) {
        if (is_below(&all, all.links[i].number, top)) {
            status = follow_states(s, YZ_DESK_NODE, all.links[i].number);
        }
    }
    return status;
}

static yz_status
note_of(void *context, yz_span key, yz_span value, uint64_t seq)
{
    scan *s = context;
    yz_ticket_at entry;
    yz_status status = yz_ticket_at_key_read(key, &entry);

    (void)value;
    (void)seq;
    s->found_of = entry.of;
    return status == YZ_OK ? YZ_FULL : status;
}

/* The first region from `*of` on that has a ticket; 0 when there is none. */
static yz_status
next_region(scan *s, uint32_t *of)
{
    const uint8_t scope = YZ_DESK_REGION;
    uint8_t from[YZ_TICKET_AT_KEY_SIZE] = {YZ_DESK_REGION};
    yz_status status;

    yz_put_u32_be(from + 1, *of);
    s->found_of = 0;
    status = yz_store_record_each(
        s->desk->store, YZ_TABLE_TICKET_AT, (yz_span){(const char *)&scope, 1},
        (yz_span){(char *)from, sizeof(from)}, false, note_of, s);
    *of = s->found_of;
    return status == YZ_FULL ? YZ_OK : status;
}

static yz_status
follow_regions(scan *s)
{
    uint32_t of, high;
    yz_status status;

    yz_region_range(s->query->reach.region, &of, &high);
    status = next_region(s, &of);
    /* Few of a province's districts have tickets at a time. */
    share(s, 16 * YZ_TICKET_STATE_END);
    while (status == YZ_OK && of != 0 && of <= high) {
        status = follow_states(s, YZ_DESK_REGION, of);
        if (status == YZ_OK) {
            of++;
            status = next_region(s, &of);
        }
    }
    return status;
}

/* The page ends at its limit, or where not all is known any more. */
static void
close_page(scan *s)
{
    yz_ticket_page *page = s->page;

    if (page->count > s->query->limit) {
        page->count = s->query->limit;
        page->more = true;
        page->end = page->found[page->count - 1];
    }
    if (!s->cut) {
        return;
    }
    while (page->count > 0 &&
           compare(&page->found[page->count - 1], &s->horizon) >= 0) {
        page->count--;
    }
    if (!page->more || compare(&page->end, &s->horizon) >= 0) {
        /* The entry at the horizon itself is yet to be looked at. */
        page->end = s->horizon;
        page->end.ticket--;
        page->more = true;
    }
}

yz_status
yz_ticket_scan(yz_desk *desk, yz_exchange *x, const yz_ticket_query *query,
               yz_ticket_page *page)
{
    scan s = {
        .desk = desk,
        .query = query,
        .page = page,
        .horizon = {UINT64_MAX, UINT64_MAX},
    };
    yz_status status;

    page->count = 0;
    page->more = false;
    if (query->reach.all) {
        share(&s, YZ_TICKET_STATE_END);
        status = follow_states(&s, YZ_DESK_ALL, 0);
    } else {
        status = query->reach.by_node ? follow_nodes(&s, x) : YZ_OK;
        if (status == YZ_OK && query->reach.by_region) {
            status = follow_regions(&s);
        }
    }
    if (status == YZ_OK) {
        close_page(&s);
    }
    return status;
}
