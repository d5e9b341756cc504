/*
 * Names and attributes of cookies.  Called by identity and the login.
 */
#include "admin/identity/cookies.h"
#include "admin/identity/settings.h"

#define ROOM 128 /* more than name and attributes take */

static const char *
name_of(const yz_desk *desk, yz_cookie cookie)
{
    static const char *const names[][2] = {
        {"yz_session", "__Host-yz_session"},
        {"yz_device", "__Host-yz_device"},
        {"yz_login", "__Host-yz_login"},
    };

    return names[cookie][desk->settings->cookie_secure ? 1 : 0];
}

yz_span
yz_cookie_get(const yz_desk *desk, const yz_exchange *x, yz_cookie cookie)
{
    return yz_exchange_cookie(x, name_of(desk, cookie));
}

/* The one that has it already (a batch that is done again sets it twice), or
   the first that is free; NULL: none is. */
static yz_span *
slot_for(yz_exchange *x, yz_span name)
{
    for (size_t i = 0; i < 2; i++) {
        yz_span *slot = &x->set_cookie[i];

        if (slot->n == 0 ||
            (slot->n > name.n && memcmp(slot->p, name.p, name.n) == 0)) {
            return slot;
        }
    }
    return NULL;
}

yz_status
yz_cookie_set(yz_desk *desk, yz_exchange *x, yz_cookie cookie, yz_span value,
              uint32_t ttl_s)
{
    yz_span *slot = slot_for(x, yz_span_of(name_of(desk, cookie)));
    char *text = yz_arena_alloc(&x->arena, value.n + ROOM);
    yz_out out;

    if (text == NULL) {
        return YZ_NOMEM;
    }
    yz_out_init(&out, text, value.n + ROOM);
    yz_out_text(&out, name_of(desk, cookie));
    yz_out_char(&out, '=');
    yz_out_span(&out, value);
    YZ_OUT_LIT(&out, "; Path=/; Max-Age=");
    yz_out_u64(&out, ttl_s);
    YZ_OUT_LIT(&out, "; HttpOnly; SameSite=Lax");
    if (desk->settings->cookie_secure) {
        YZ_OUT_LIT(&out, "; Secure");
    }
    if (slot == NULL || out.full) {
        return YZ_FULL;
    }
    *slot = yz_out_written(&out);
    yz_out_char(&out, '\0');
    return YZ_OK;
}
