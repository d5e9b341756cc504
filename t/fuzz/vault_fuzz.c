/*
 * Any bytes as what the vault takes: nothing that it did not make opens,
 * neither as sealed text nor as a wrapped key nor as a scan token; and any
 * bytes as a master file are read or refused.
 */
#include "admin/vault/vault.h"
#include "lmdb_schema/masters_write.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* A vault whose directory is gone as soon as it is open. */
static yz_vault *
vault_of_own(void)
{
    static yz_vault *vault;
    char dir[] = "/tmp/yizhan-fuzz-XXXXXX", path[64];

    if (vault == NULL && mkdtemp(dir) != NULL) {
        snprintf(path, sizeof(path), "%s/private", dir);
        mkdir(path, 0700);
        require(yz_vault_open(dir, &vault) == YZ_OK);
        snprintf(path, sizeof(path), "%s/private/keys", dir);
        unlink(path);
        snprintf(path, sizeof(path), "%s/private", dir);
        rmdir(path);
        rmdir(dir);
    }
    return vault;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t id[YZ_ACTOR_ID_SIZE] = {1};
    const yz_span text = {(const char *)data, size}, context = YZ_SPAN("x");
    uint8_t wrapped[YZ_WRAPPED_KEY_SIZE], *out = malloc(size + 1);
    yz_vault *vault = vault_of_own();
    yz_masters masters;
    int64_t age_s;
    size_t n;

    require(out != NULL && vault != NULL);
    require(yz_vault_open_own(vault, context, text, out, &n) == YZ_CORRUPT);
    require(yz_vault_person_new(vault, id, wrapped) == YZ_OK);
    require(yz_vault_open_sealed(vault, id, wrapped, context, text, out, &n) ==
            YZ_CORRUPT);
    if (size >= sizeof(wrapped)) {
        memcpy(wrapped, data, sizeof(wrapped));
        require(yz_vault_open_sealed(vault, id, wrapped, context, text, out,
                                     &n) == YZ_CORRUPT);
    }
    require(yz_vault_scan_token(vault, 370202, context, text, 1790000000, 86400,
                                &age_s) == YZ_BAD_INPUT);
    (void)yz_masters_parse(text, &masters);
    free(out);
    return 0;
}
