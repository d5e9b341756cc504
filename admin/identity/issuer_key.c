/*
 * Looks at keys of JWT issuers with OpenSSL.  Called when settings are read.
 */
#include "admin/identity/issuer_key.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#define RSA_BITS_MIN 2048

static const struct {
    const char *name;
    const char *kind;  /* as OpenSSL names it; NULL: a secret */
    const char *group; /* the curve */
    size_t least;      /* bytes of a secret */
} algorithms[] = {
    {"HS256", NULL, NULL, 32},        {"HS384", NULL, NULL, 48},
    {"HS512", NULL, NULL, 64},        {"RS256", "RSA", NULL, 0},
    {"RS384", "RSA", NULL, 0},        {"RS512", "RSA", NULL, 0},
    {"ES256", "EC", "prime256v1", 0}, {"ES384", "EC", "secp384r1", 0},
    {"ES512", "EC", "secp521r1", 0},
};

/* The public key in a PEM text; NULL when there is none. */
static EVP_PKEY *
read_public(yz_span pem)
{
    BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
    EVP_PKEY *key =
        bio != NULL ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL) : NULL;

    BIO_free(bio);
    return key;
}

static const char *
check_public(size_t i, yz_span pem)
{
    EVP_PKEY *key = read_public(pem);
    const char *why = NULL;
    char group[32] = "";
    size_t n;

    if (key == NULL || !EVP_PKEY_is_a(key, algorithms[i].kind)) {
        why = "the file holds no public key (PEM) for this algorithm";
    } else if (algorithms[i].group == NULL &&
               EVP_PKEY_get_bits(key) < RSA_BITS_MIN) {
        why = "the RSA key has fewer than 2048 bits";
    } else if (algorithms[i].group != NULL &&
               (EVP_PKEY_get_group_name(key, group, sizeof(group), &n) != 1 ||
                strcmp(group, algorithms[i].group) != 0)) {
        why = "the key is of another curve than the algorithm's";
    }
    EVP_PKEY_free(key);
    return why;
}

const char *
yz_issuer_key_check(yz_span word, yz_span key, const char **algorithm)
{
    for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
        if (!yz_span_equal(word, yz_span_of(algorithms[i].name))) {
            continue;
        }
        *algorithm = algorithms[i].name;
        if (algorithms[i].kind != NULL) {
            return check_public(i, key);
        }
        if (key.n >= 10 && memmem(key.p, key.n, "-----BEGIN", 10) != NULL) {
            return "the file holds a PEM key, not a secret";
        }
        return key.n >= algorithms[i].least ? NULL
                                            : "the secret is too short for it";
    }
    return "the algorithm is none of HS256, HS384, HS512, RS256, RS384, "
           "RS512, ES256, ES384, ES512";
}
