/*
 * Keeps the parsed routing table.  Runs in the writer; called for every new
 * ticket and by the routes of the table.
 */
#include "admin/rules/routing_cache.h"

#include <stdlib.h>
#include <xxhash.h>

struct yz_routing_cache {
    uint64_t hash; /* of `text`: a batch that is taken back leaves no trace */
    char *text;    /* NULL: nothing is read yet */
    yz_routing routing;
};

yz_status
yz_routing_cache_new(yz_routing_cache **cache)
{
    *cache = calloc(1, sizeof(**cache));
    return *cache != NULL ? YZ_OK : YZ_NOMEM;
}

static void
forget(yz_routing_cache *cache)
{
    yz_routing_free(&cache->routing);
    free(cache->text);
    cache->text = NULL;
}

void
yz_routing_cache_free(yz_routing_cache *cache)
{
    if (cache != NULL) {
        forget(cache);
        free(cache);
    }
}

static yz_status
read_anew(yz_routing_cache *cache, yz_span text, uint64_t hash)
{
    yz_routing_fault fault;
    yz_status status;

    forget(cache);
    cache->text = malloc(text.n + 1);
    if (cache->text == NULL) {
        return YZ_NOMEM;
    }
    memcpy(cache->text, text.p, text.n);
    cache->hash = hash;
    status = yz_routing_parse((yz_span){cache->text, text.n}, &cache->routing,
                              &fault);
    if (status != YZ_OK) {
        forget(cache);
    }
    /* What is not a table was never put. */
    return status == YZ_BAD_INPUT ? YZ_CORRUPT : status;
}

yz_status
yz_routing_now(yz_desk *desk, const yz_routing **routing)
{
    yz_routing_cache *cache = desk->routing;
    yz_span text;
    uint64_t hash;
    yz_status status = yz_store_record_get(desk->store, YZ_TABLE_POLICY,
                                           YZ_SPAN("routing"), &text, NULL);

    *routing = NULL;
    if (status != YZ_OK) {
        return status == YZ_NOT_FOUND ? YZ_OK : status;
    }
    hash = XXH3_64bits(text.p, text.n);
    if (cache->text == NULL || cache->hash != hash) {
        status = read_anew(cache, text, hash);
    }
    *routing = &cache->routing;
    return status;
}
