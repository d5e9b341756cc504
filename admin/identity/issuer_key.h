/*
 * The key that an issuer of JWTs signs with: looked at when settings are
 * read, so that a secret can never be taken for a public key or the other way
 * round.
 */
#ifndef YZ_IDENTITY_ISSUER_KEY_H
#define YZ_IDENTITY_ISSUER_KEY_H

#include "core/span.h"

/*
 * Whether `key` is one for the algorithm named `word`: at least as many bytes
 * as the hash has for HS256, HS384, HS512, and no PEM; a public RSA key of
 * 2048 bits or more as PEM for RS256, RS384, RS512; one of the right curve
 * for ES256, ES384, ES512.  NULL with *algorithm (static storage); else why
 * not, one English sentence.
 */
const char *yz_issuer_key_check(yz_span word, yz_span key,
                                const char **algorithm);

#endif
