/*
 * Any bytes as a settings file: settings that keep their own rules, or a
 * refusal with a reason and a line that the file has.
 */
#include "admin/identity/settings.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
    if (!holds) {
        abort();
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const yz_span text = {(const char *)data, size};
    yz_settings_error error;
    yz_settings *settings;
    yz_status status = yz_settings_parse(text, "/nowhere", &settings, &error);

    if (status == YZ_OK) {
        require(settings->session_hours >= 1 && settings->session_hours <= 720);
        require(settings->issuer_count <= YZ_ISSUERS_MAX);
        require(settings->origin_count <= YZ_ORIGINS_MAX);
        require(settings->login_url.n == 0 || settings->login_hook.url != NULL);
    } else {
        require(status == YZ_BAD_INPUT && settings == NULL);
        require(error.text[0] != '\0' && error.line <= size + 1);
    }
    yz_settings_free(settings);
    return 0;
}
