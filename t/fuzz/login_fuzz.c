/*
 * What others say in a login: any bytes as the answer of the city's hook, as
 * a role, as the path to return to.
 */
#include "admin/identity/login_hook.h"
#include "admin/rules/login.h"
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
    const yz_span text = {(const char *)data, size};
    char *json = strndup((const char *)data, size);
    yz_person person = {.verified = false};
    yz_status status;

    require(json != NULL);
    if (yz_login_return_good(text)) {
        require(size <= YZ_LOGIN_RETURN_MAX && data[0] == '/' &&
                (size == 1 || (data[1] != '/' && data[1] != '\\')));
    }
    yz_person_grant(&person, text);
    require(person.grant_count <= 1);
    require(person.grant_count == 0 ||
            (person.grant[0].node != 0 && person.grant[0].role != 0 &&
             person.grant[0].role < YZ_ROLE_OPERATOR));
    status = yz_login_read(vault_of_own(), json, &person);
    require(status == YZ_OK || status == YZ_BUSY);
    require(person.grant_count <= YZ_GRANTS_MAX);
    require(status == YZ_BUSY || person.id[0] == 1);
    free(json);
    return 0;
}
