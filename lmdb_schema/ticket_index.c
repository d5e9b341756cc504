/*
 * Keys and values of the desk's index.  Runs in the writer; called by the
 * rules of tickets and by verify.
 */
#include "lmdb_schema/ticket_index.h"
#include "lmdb_schema/record.h"

void
yz_ticket_at_key_write(const yz_ticket_at *at,
                       uint8_t bytes[static YZ_TICKET_AT_KEY_SIZE])
{
    bytes[0] = at->scope;
    yz_put_u32_be(bytes + 1, at->of);
    bytes[5] = at->state;
    yz_put_u64_be(bytes + 6, at->due_s);
    yz_put_u64_be(bytes + 14, at->ticket);
}

yz_status
yz_ticket_at_key_read(yz_span bytes, yz_ticket_at *at)
{
    if (bytes.n != YZ_TICKET_AT_KEY_SIZE) {
        return YZ_CORRUPT;
    }
    *at = (yz_ticket_at){
        .scope = (uint8_t)bytes.p[0],
        .of = yz_get_u32_be(bytes.p + 1),
        .state = (uint8_t)bytes.p[5],
        .due_s = yz_get_u64_be(bytes.p + 6),
        .ticket = yz_get_u64_be(bytes.p + 14),
    };
    return at->scope >= YZ_DESK_NODE && at->scope <= YZ_DESK_ALL &&
                   at->state > 0 && at->state < YZ_TICKET_STATE_END
               ? YZ_OK
               : YZ_CORRUPT;
}

size_t
yz_ticket_at_value_write(const yz_ticket *ticket,
                         uint8_t bytes[static YZ_TICKET_AT_VALUE_MAX])
{
    memcpy(bytes, &ticket->region, 4);
    memcpy(bytes + 4, ticket->category.p, ticket->category.n);
    return 4 + ticket->category.n;
}

yz_status
yz_ticket_at_value_read(yz_span bytes, uint32_t *region, yz_span *category)
{
    if (bytes.n < 5 || bytes.n > YZ_TICKET_AT_VALUE_MAX) {
        return YZ_CORRUPT;
    }
    memcpy(region, bytes.p, 4);
    *category = (yz_span){bytes.p + 4, bytes.n - 4};
    return YZ_OK;
}

size_t
yz_ticket_at_of(uint64_t number, const yz_ticket *ticket,
                yz_ticket_at entries[static YZ_TICKET_AT_MAX])
{
    const yz_ticket_at common = {
        .state = ticket->state,
        .due_s = ticket->due_s > 0 ? (uint64_t)ticket->due_s : UINT64_MAX,
        .ticket = number,
    };
    size_t count = 0;

    entries[count] = common;
    entries[count++].scope = YZ_DESK_ALL;
    entries[count] = common;
    entries[count].of = ticket->region;
    entries[count++].scope = YZ_DESK_REGION;
    entries[count] = common;
    entries[count].of = ticket->node;
    entries[count++].scope = YZ_DESK_NODE;
    for (uint8_t i = 0; i < ticket->co_count; i++) {
        entries[count] = common;
        entries[count].of = ticket->co_handlers[i];
        entries[count++].scope = YZ_DESK_NODE;
    }
    return count;
}
