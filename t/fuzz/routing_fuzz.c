/*
 * The routing table: no bytes make its reader step outside of them; a table
 * that is taken finds for each of its lines one of the same category, and a
 * fault has a code and a text.
 */
#include <stdint.h>
#include <stdlib.h>

#include "admin/rules/routing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* A six-digit region that the line holds. */
static uint32_t
region_of(const yz_routing_line *line)
{
    uint32_t region = line->region;

    for (uint8_t n = line->digits; n > 0 && n < 6; n++) {
        region *= 10;
    }
    return region;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yz_routing routing;
    yz_routing_fault fault = {0, NULL, NULL};
    yz_status status =
        yz_routing_parse((yz_span){(const char *)data, size}, &routing, &fault);

    if (status != YZ_OK) {
        require(status == YZ_BAD_INPUT && fault.code != NULL &&
                fault.detail != NULL && routing.count == 0);
        return 0;
    }
    require(routing.count > 0);
    for (size_t i = 0; i < routing.count && i < 50; i++) {
        const yz_routing_line *line = &routing.lines[i];
        const yz_routing_line *found =
            yz_routing_find(&routing, line->category, region_of(line));

        require(line->node > 0 && line->days > 0 &&
                line->co_count <= YZ_TICKET_CO_HANDLERS_MAX);
        require(yz_routing_knows(&routing, line->category));
        require(found != NULL && found->digits >= line->digits);
        require(yz_span_equal(found->category, line->category));
    }
    yz_routing_free(&routing);
    return 0;
}
