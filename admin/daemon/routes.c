/*
 * The routes of the daemon: those about itself, and one line for the list of
 * each subject.
 */
#include "admin/daemon/routes.h"

#include "admin/daemon/writer.h"
#include "admin/rules/audit.h"
#include "admin/rules/code_admin.h"
#include "admin/rules/items_desk.h"
#include "admin/rules/login.h"
#include "admin/rules/me.h"
#include "admin/rules/nodes.h"
#include "admin/rules/place_admin.h"
#include "admin/rules/post_new.h"
#include "admin/rules/post_contact.h"
#include "admin/rules/post_desk.h"
#include "admin/rules/post_report.h"
#include "admin/rules/rating.h"
#include "admin/rules/routing_desk.h"
#include "admin/rules/ticket.h"
#include "admin/rules/ticket_desk.h"
#include "admin/rules/tokens.h"
#include "admin/rules/operator.h"
#include "core/version.h"

static yz_status
answer_alive(yz_desk *desk, yz_exchange *x)
{
    yz_status status = yz_exchange_answer(x, 200, 32);

    (void)desk;
    if (status == YZ_OK) {
        YZ_OUT_LIT(&x->out, "{\"status\":\"ok\"}");
    }
    return status;
}

/* There are sockets only while there is a store, so this is no question. */
static yz_status
answer_ready(yz_desk *desk, yz_exchange *x)
{
    yz_status status = yz_exchange_answer(x, 200, 96);

    (void)desk;
    if (status == YZ_OK) {
        YZ_OUT_LIT(&x->out, "{\"status\":\"ready\",\"version\":");
        yz_out_json(&x->out, yz_span_of(YZ_VERSION));
        yz_out_char(&x->out, '}');
    }
    return status;
}

static void
write_count(yz_out *out, const char *name, const atomic_ulong *count)
{
    yz_out_text(out, name);
    yz_out_u64(out, atomic_load(count));
}

static yz_status
answer_counts(yz_desk *desk, yz_exchange *x)
{
    const yz_writer_counts *c = yz_writer_counted(desk->writer);
    yz_status status = yz_exchange_answer(x, 200, 1024);

    if (status != YZ_OK) {
        return status;
    }
    write_count(&x->out, "{\"queued\":", &c->queued);
    write_count(&x->out, ",\"batches\":", &c->batches);
    write_count(&x->out, ",\"requests\":", &c->requests);
    write_count(&x->out, ",\"largest\":", &c->largest);
    write_count(&x->out, ",\"redone\":", &c->redone);
    write_count(&x->out, ",\"failed\":", &c->failed);
    write_count(&x->out, ",\"refused\":", &c->refused);
    for (unsigned i = 0; i < YZ_WRITER_SIZES; i++) {
        write_count(&x->out, i == 0 ? ",\"sizes\":[" : ",", &c->sizes[i]);
    }
    YZ_OUT_LIT(&x->out, "]}");
    return YZ_OK;
}

static const yz_route own_routes[] = {
    {.method = YZ_METHOD_GET, .path = "/healthz", .prepare = answer_alive},
    {.method = YZ_METHOD_GET, .path = "/readyz", .prepare = answer_ready},
    {.method = YZ_METHOD_GET,
     .path = "/v1/admin/writer",
     .prepare = answer_counts,
     .operator_only = true},
    {.path = NULL},
};

const yz_routes yz_daemon_routes[] = {
    own_routes,
    yz_login_routes,
    yz_me_routes,
    yz_node_routes,
    yz_place_admin_routes,
    yz_code_admin_routes,
    yz_audit_routes,
    yz_holder_routes,
    yz_token_routes,
    yz_rating_routes,
    yz_ticket_routes,
    yz_ticket_desk_routes,
    yz_routing_routes,
    yz_post_routes,
    yz_contact_routes,
    yz_report_routes,
    yz_post_desk_routes,
    yz_items_routes,
    yz_operator_routes,
    NULL,
};
