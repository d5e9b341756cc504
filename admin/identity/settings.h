/*
 * The settings of a city: DIR/settings, a text file with a line for each,
 *
 *     name value
 *
 * Empty lines and lines that begin with '#' say nothing.  Names of files are
 * relative to the settings' own directory.  What the names are and mean is in
 * the table of settings.c and in README.md.
 */
#ifndef YZ_IDENTITY_SETTINGS_H
#define YZ_IDENTITY_SETTINGS_H

#include "admin/identity/hook.h"

#define YZ_ISSUERS_MAX 16
#define YZ_ORIGINS_MAX 16
#define YZ_SESSION_HOURS 12

/* Who may issue JWTs, and how: nothing of it is taken from a token. */
typedef struct {
    yz_span issuer; /* equals `iss` */
    const char *algorithm;
    yz_span audience; /* is in `aud` */
    yz_span key;      /* the secret, or a public key as PEM; a NUL behind */
} yz_jwt_issuer;

typedef enum {
    YZ_RELAY_NONE = 0,
    YZ_RELAY_POOL, /* numbers of a file */
    YZ_RELAY_HOOK, /* a carrier's server */
} yz_relay_kind;

/* Does not change once it is loaded; all texts live as long as it. */
struct yz_settings {
    yz_arena arena;
    yz_span login_url; /* n 0: there is no login by browser */
    yz_hook login_hook;
    uint32_t session_hours; /* 1..720 */
    bool cookie_secure;
    yz_jwt_issuer issuer[YZ_ISSUERS_MAX];
    size_t issuer_count;
    yz_span origin[YZ_ORIGINS_MAX]; /* of other sites that may write */
    size_t origin_count;
    const char *routing_file; /* paths; NULL: there is none */
    const char *items_file;
    const char *words_file; /* of moderation */
    yz_relay_kind relay;
    const char *relay_file; /* with YZ_RELAY_POOL */
    yz_hook relay_hook;     /* with YZ_RELAY_HOOK */
};

typedef struct yz_settings yz_settings;

/* What is wrong with a file, for people: one English sentence. */
typedef struct {
    unsigned line; /* from 1; 0: the file as a whole */
    char text[256];
} yz_settings_error;

/*
 * Reads the file at `path`; without one every setting is as if not given.
 * YZ_OK and settings owned by the caller (yz_settings_free); else *error says
 * why: YZ_BAD_INPUT, YZ_DENIED, YZ_IO, YZ_NOMEM, and *settings is NULL.
 */
yz_status yz_settings_load(const char *path, yz_settings **settings,
                           yz_settings_error *error);

/* The same from text; `dir` is what names of files are relative to. */
yz_status yz_settings_parse(yz_span text, const char *dir,
                            yz_settings **settings, yz_settings_error *error);

void yz_settings_free(yz_settings *settings); /* NULL is allowed */

#endif
