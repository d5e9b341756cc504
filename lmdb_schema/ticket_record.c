/*
 * The encoding of tickets and of what happened to them.  Runs in the writer;
 * called by the rules of tickets and by what checks or dumps the state.
 */
#include "lmdb_schema/ticket_record.h"
#include "lmdb_schema/record.h"

#define TICKET_VERSION 1
#define TICKET_BY_PHONE 1
#define TICKET_LATE 2
#define TICKET_FLAGS (TICKET_BY_PHONE | TICKET_LATE)

typedef struct {
    uint8_t version;
    uint8_t kind;
    uint8_t state;
    uint8_t flags;
    uint32_t place;
    uint32_t region;
    uint32_t node;
    int64_t created_s;
    int64_t changed_s;
    int64_t due_s;
    uint16_t days;
    uint16_t events;
    uint8_t writer_kind;
    uint8_t co_count;
    uint8_t category_size;
    uint8_t zero;
    uint8_t writer[YZ_ACTOR_ID_SIZE];
    uint8_t receipt[YZ_TICKET_RECEIPT_HASH];
    uint16_t text_size;
    uint16_t contact_size;
    uint32_t reserved;
} ticket_head;

typedef struct {
    uint8_t version;
    uint8_t kind;
    uint8_t role;
    uint8_t zero;
    uint32_t at_node;
    uint32_t node;
    uint16_t text_size;
    uint16_t reserved;
    int64_t at_s;
    int64_t due_s;
} event_head;

_Static_assert(sizeof(ticket_head) == YZ_TICKET_HEAD, "head is 88 bytes");
_Static_assert(sizeof(event_head) == YZ_TICKET_EVENT_HEAD, "head is 32 bytes");

static const char *const kind_words[YZ_TICKET_KIND_END] = {
    [YZ_TICKET_WISH] = "wish",
    [YZ_TICKET_APPEAL] = "appeal",
    [YZ_TICKET_SUGGESTION] = "suggestion",
    [YZ_TICKET_REPORT] = "report",
};

static const char *const state_words[YZ_TICKET_STATE_END] = {
    [YZ_TICKET_OPEN] = "open",         [YZ_TICKET_DISPATCHED] = "dispatched",
    [YZ_TICKET_ANSWERED] = "answered", [YZ_TICKET_CLOSED] = "closed",
    [YZ_TICKET_REOPENED] = "reopened",
};

static const char *const event_words[YZ_EVENT_END] = {
    [YZ_EVENT_OPENED] = "opened",     [YZ_EVENT_DISPATCHED] = "dispatched",
    [YZ_EVENT_ANSWERED] = "answered", [YZ_EVENT_NOTED] = "noted",
    [YZ_EVENT_CLOSED] = "closed",     [YZ_EVENT_REOPENED] = "reopened",
};

static const char *
word_of(const char *const *words, size_t end, unsigned number)
{
    return number > 0 && number < end ? words[number] : "unknown";
}

static unsigned
number_of(const char *const *words, size_t end, yz_span word)
{
    for (unsigned i = 1; i < end; i++) {
        if (yz_span_equal(word, yz_span_of(words[i]))) {
            return i;
        }
    }
    return 0;
}

const char *
yz_ticket_kind_word(unsigned kind)
{
    return word_of(kind_words, YZ_TICKET_KIND_END, kind);
}

const char *
yz_ticket_state_word(unsigned state)
{
    return word_of(state_words, YZ_TICKET_STATE_END, state);
}

const char *
yz_ticket_event_word(unsigned kind)
{
    return word_of(event_words, YZ_EVENT_END, kind);
}

unsigned
yz_ticket_kind_of(yz_span word)
{
    return number_of(kind_words, YZ_TICKET_KIND_END, word);
}

unsigned
yz_ticket_state_of(yz_span word)
{
    return number_of(state_words, YZ_TICKET_STATE_END, word);
}

void
yz_ticket_key_write(uint64_t number, uint8_t bytes[static YZ_TICKET_KEY_SIZE])
{
    yz_put_u64_be(bytes, number);
}

void
yz_ticket_event_key_write(uint64_t number, uint32_t index,
                          uint8_t bytes[static YZ_TICKET_EVENT_KEY_SIZE])
{
    yz_put_u64_be(bytes, number);
    yz_put_u32_be(bytes + YZ_TICKET_KEY_SIZE, index);
}

yz_status
yz_ticket_key_read(yz_span bytes, uint64_t *number, uint32_t *index)
{
    if (bytes.n != YZ_TICKET_KEY_SIZE && bytes.n != YZ_TICKET_EVENT_KEY_SIZE) {
        return YZ_CORRUPT;
    }
    *number = yz_get_u64_be(bytes.p);
    *index = 0;
    if (bytes.n == YZ_TICKET_EVENT_KEY_SIZE) {
        *index = yz_get_u32_be(bytes.p + YZ_TICKET_KEY_SIZE);
        return *index > 0 ? YZ_OK : YZ_CORRUPT;
    }
    return YZ_OK;
}

static bool
is_sound(const yz_ticket *ticket)
{
    return ticket->kind > 0 && ticket->kind < YZ_TICKET_KIND_END &&
           ticket->state > 0 && ticket->state < YZ_TICKET_STATE_END &&
           ticket->writer_kind < YZ_ACTOR_KIND_COUNT &&
           ticket->days <= YZ_TICKET_DAYS_MAX &&
           ticket->events <= YZ_TICKET_EVENTS_MAX && ticket->due_s >= 0 &&
           ticket->co_count <= YZ_TICKET_CO_HANDLERS_MAX &&
           ticket->category.n > 0 &&
           ticket->category.n <= YZ_TICKET_CATEGORY_MAX &&
           ticket->text.n <= YZ_TICKET_SEALED_MAX &&
           ticket->contact.n <= YZ_TICKET_SEALED_MAX;
}

static void
fill_head(const yz_ticket *ticket, ticket_head *head)
{
    memset(head, 0, sizeof(*head));
    head->version = TICKET_VERSION;
    head->kind = ticket->kind;
    head->state = ticket->state;
    head->flags = (uint8_t)((ticket->by_phone ? TICKET_BY_PHONE : 0) |
                            (ticket->late ? TICKET_LATE : 0));
    head->place = ticket->place;
    head->region = ticket->region;
    head->node = ticket->node;
    head->created_s = ticket->created_s;
    head->changed_s = ticket->changed_s;
    head->due_s = ticket->due_s;
    head->days = ticket->days;
    head->events = ticket->events;
    head->writer_kind = ticket->writer_kind;
    head->co_count = ticket->co_count;
    head->category_size = (uint8_t)ticket->category.n;
    memcpy(head->writer, ticket->writer, sizeof(head->writer));
    memcpy(head->receipt, ticket->receipt, sizeof(head->receipt));
    head->text_size = (uint16_t)ticket->text.n;
    head->contact_size = (uint16_t)ticket->contact.n;
}

static uint8_t *
add(uint8_t *at, const void *bytes, size_t n)
{
    if (n > 0) {
        memcpy(at, bytes, n);
    }
    return at + n;
}

yz_status
yz_ticket_encode(const yz_ticket *ticket, uint8_t *bytes, size_t cap,
                 size_t *size)
{
    ticket_head head;
    size_t co_size = 4 * (size_t)ticket->co_count;

    if (!is_sound(ticket)) {
        return YZ_BAD_INPUT;
    }
    *size = sizeof(head) + co_size + ticket->category.n + ticket->text.n +
            ticket->contact.n;
    if (*size > cap) {
        return YZ_FULL;
    }
    fill_head(ticket, &head);
    bytes = add(bytes, &head, sizeof(head));
    bytes = add(bytes, ticket->co_handlers, co_size);
    bytes = add(bytes, ticket->category.p, ticket->category.n);
    bytes = add(bytes, ticket->text.p, ticket->text.n);
    add(bytes, ticket->contact.p, ticket->contact.n);
    return YZ_OK;
}

/* The next `n` bytes of what is left, which the caller has measured. */
static yz_span
take(yz_span *left, size_t n)
{
    yz_span piece = {left->p, n};

    left->p += n;
    left->n -= n;
    return piece;
}

/* The size that the head promises is that of the bytes. */
static bool
head_fits(const ticket_head *head, size_t size)
{
    return head->zero == 0 && head->reserved == 0 &&
           (head->flags & ~TICKET_FLAGS) == 0 &&
           head->co_count <= YZ_TICKET_CO_HANDLERS_MAX &&
           size == sizeof(*head) + 4 * (size_t)head->co_count +
                       head->category_size + head->text_size +
                       head->contact_size;
}

yz_status
yz_ticket_decode(yz_span bytes, yz_ticket *ticket)
{
    ticket_head head;
    yz_span co_handlers;

    if (bytes.n < 1) {
        return YZ_CORRUPT;
    }
    if ((uint8_t)bytes.p[0] != TICKET_VERSION) {
        return YZ_FORMAT;
    }
    if (bytes.n < sizeof(head)) {
        return YZ_CORRUPT;
    }
    memcpy(&head, bytes.p, sizeof(head));
    if (!head_fits(&head, bytes.n)) {
        return YZ_CORRUPT;
    }
    *ticket = (yz_ticket){
        .kind = head.kind,
        .state = head.state,
        .by_phone = (head.flags & TICKET_BY_PHONE) != 0,
        .late = (head.flags & TICKET_LATE) != 0,
        .writer_kind = head.writer_kind,
        .place = head.place,
        .region = head.region,
        .node = head.node,
        .created_s = head.created_s,
        .changed_s = head.changed_s,
        .due_s = head.due_s,
        .days = head.days,
        .events = head.events,
        .co_count = head.co_count,
    };
    memcpy(ticket->writer, head.writer, sizeof(head.writer));
    memcpy(ticket->receipt, head.receipt, sizeof(head.receipt));
    take(&bytes, sizeof(head));
    co_handlers = take(&bytes, 4 * (size_t)head.co_count);
    memcpy(ticket->co_handlers, co_handlers.p, co_handlers.n);
    ticket->category = take(&bytes, head.category_size);
    ticket->text = take(&bytes, head.text_size);
    ticket->contact = bytes;
    return is_sound(ticket) ? YZ_OK : YZ_CORRUPT;
}

static bool
event_is_sound(const yz_ticket_event *event)
{
    return event->kind > 0 && event->kind < YZ_EVENT_END &&
           event->role < YZ_ROLE_COUNT && event->due_s >= 0 &&
           event->text.n <= YZ_TICKET_SEALED_MAX;
}

yz_status
yz_ticket_event_encode(const yz_ticket_event *event, uint8_t *bytes, size_t cap,
                       size_t *size)
{
    event_head head = {
        .version = TICKET_VERSION,
        .kind = event->kind,
        .role = event->role,
        .at_node = event->at_node,
        .node = event->node,
        .text_size = (uint16_t)event->text.n,
        .at_s = event->at_s,
        .due_s = event->due_s,
    };

    if (!event_is_sound(event)) {
        return YZ_BAD_INPUT;
    }
    *size = sizeof(head) + event->text.n;
    if (*size > cap) {
        return YZ_FULL;
    }
    bytes = add(bytes, &head, sizeof(head));
    add(bytes, event->text.p, event->text.n);
    return YZ_OK;
}

yz_status
yz_ticket_event_decode(yz_span bytes, yz_ticket_event *event)
{
    event_head head;

    if (bytes.n < 1) {
        return YZ_CORRUPT;
    }
    if ((uint8_t)bytes.p[0] != TICKET_VERSION) {
        return YZ_FORMAT;
    }
    if (bytes.n < sizeof(head)) {
        return YZ_CORRUPT;
    }
    memcpy(&head, bytes.p, sizeof(head));
    if (bytes.n != sizeof(head) + head.text_size || head.zero != 0 ||
        head.reserved != 0) {
        return YZ_CORRUPT;
    }
    *event = (yz_ticket_event){
        .kind = head.kind,
        .role = head.role,
        .at_node = head.at_node,
        .node = head.node,
        .at_s = head.at_s,
        .due_s = head.due_s,
        .text = {bytes.p + sizeof(head), head.text_size},
    };
    return event_is_sound(event) ? YZ_OK : YZ_CORRUPT;
}
