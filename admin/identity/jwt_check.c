/*
 * Checks JWTs with libjwt.  Runs in threads of the server; called by identity.
 *
 * libjwt takes the algorithm from the token.  So a token is read without a
 * key first, only to learn its issuer; it is then checked with that issuer's
 * key, and only if it names that issuer's algorithm.
 */
#include "admin/identity/jwt_check.h"

#include <errno.h>
#include <jwt.h>
#include <stdlib.h>
#include <yajl/yajl_tree.h>

/* The issuer of the settings that a token, not yet checked, claims. */
static const yz_jwt_issuer *
issuer_of(const yz_settings *settings, jwt_t *claimed)
{
    const char *issuer = jwt_get_grant(claimed, "iss");
    const char *algorithm = jwt_get_header(claimed, "alg");

    for (size_t i = 0; i < settings->issuer_count && issuer != NULL; i++) {
        if (yz_span_equal(settings->issuer[i].issuer, yz_span_of(issuer))) {
            return algorithm != NULL &&
                           strcmp(algorithm, settings->issuer[i].algorithm) == 0
                       ? &settings->issuer[i]
                       : NULL;
        }
    }
    return NULL;
}

/* Calls `take` for each text of an array of texts, or for the text itself. */
static void
each_text(jwt_t *jwt, const char *name,
          void (*take)(void *context, yz_span text), void *context)
{
    char *json = jwt_get_grants_json(jwt, name), why[64];
    const char *text = jwt_get_grant(jwt, name);
    yajl_val tree;

    if (text != NULL) {
        take(context, yz_span_of(text));
    } else if (json != NULL) {
        tree = yajl_tree_parse(json, why, sizeof(why));
        for (size_t i = 0; YAJL_IS_ARRAY(tree) && i < tree->u.array.len; i++) {
            if (YAJL_IS_STRING(tree->u.array.values[i])) {
                take(context, yz_span_of(tree->u.array.values[i]->u.string));
            }
        }
        yajl_tree_free(tree);
    }
    free(json);
}

typedef struct {
    yz_span audience;
    bool found;
} audience_look;

static void
look_audience(void *context, yz_span text)
{
    audience_look *look = context;

    look->found |= yz_span_equal(text, look->audience);
}

static void
take_grant(void *context, yz_span text)
{
    yz_person_grant(context, text);
}

/* A whole number of seconds; false when there is none.  libjwt reads what is
   no integer as 0. */
static bool
seconds_of(jwt_t *jwt, const char *name, int64_t *value)
{
    errno = 0;
    *value = jwt_get_grant_int(jwt, name);
    return errno == 0 && *value > 0;
}

/* True when the grant is there, whatever it is. */
static bool
has(jwt_t *jwt, const char *name)
{
    char *json = jwt_get_grants_json(jwt, name);
    bool there = json != NULL;

    free(json);
    return there;
}

static bool
in_time(jwt_t *jwt, int64_t now_s)
{
    int64_t at_s;

    if (!seconds_of(jwt, "exp", &at_s) || at_s <= now_s - YZ_JWT_LEEWAY_S) {
        return false;
    }
    return !has(jwt, "nbf") ||
           (seconds_of(jwt, "nbf", &at_s) && at_s <= now_s + YZ_JWT_LEEWAY_S);
}

/* A header that must be understood (RFC 7515, 4.1.11): none is. */
static bool
has_critical(jwt_t *jwt)
{
    char *json = jwt_get_headers_json(jwt, "crit");
    bool there = json != NULL;

    free(json);
    return there;
}

static bool
is_good(jwt_t *jwt, const yz_jwt_issuer *issuer, int64_t now_s)
{
    const char *subject = jwt_get_grant(jwt, "sub");
    const char *algorithm = jwt_alg_str(jwt_get_alg(jwt));
    audience_look look = {issuer->audience, false};

    each_text(jwt, "aud", look_audience, &look);
    return look.found && in_time(jwt, now_s) && !has_critical(jwt) &&
           algorithm != NULL && strcmp(algorithm, issuer->algorithm) == 0 &&
           subject != NULL && subject[0] != '\0';
}

/* The token, checked with its issuer's key; NULL when it is not good. */
static jwt_t *
checked(const yz_settings *settings, const char *token, int64_t now_s,
        const yz_jwt_issuer **issuer)
{
    jwt_t *claimed = NULL, *jwt = NULL;

    *issuer = NULL;
    if (jwt_decode(&claimed, token, NULL, 0) == 0) {
        *issuer = issuer_of(settings, claimed);
        jwt_free(claimed);
    }
    if (*issuer == NULL ||
        jwt_decode(&jwt, token, (const unsigned char *)(*issuer)->key.p,
                   (int)(*issuer)->key.n) != 0) {
        return NULL;
    }
    if (!is_good(jwt, *issuer, now_s)) {
        jwt_free(jwt);
        return NULL;
    }
    return jwt;
}

yz_status
yz_jwt_check(const yz_settings *settings, yz_vault *vault, yz_span token,
             int64_t now_s, yz_person *person)
{
    const yz_jwt_issuer *issuer;
    char *text;
    jwt_t *jwt;
    yz_status status;

    memset(person, 0, sizeof(*person));
    if (token.n == 0 || token.n > YZ_JWT_MAX) {
        return YZ_BAD_INPUT;
    }
    text = strndup(token.p, token.n);
    if (text == NULL) {
        return YZ_NOMEM;
    }
    jwt = checked(settings, text, now_s, &issuer);
    free(text);
    if (jwt == NULL) {
        return YZ_BAD_INPUT;
    }
    errno = 0;
    person->verified = jwt_get_grant_bool(jwt, "verified") == 1;
    each_text(jwt, "roles", take_grant, person);
    status =
        yz_vault_person_id(vault, issuer->issuer,
                           yz_span_of(jwt_get_grant(jwt, "sub")), person->id);
    jwt_free(jwt);
    return status;
}
