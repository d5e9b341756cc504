/*
 * Any bytes as the manifest of a backup: refused, or names that stay below
 * the backup, and the same again when it is written anew.
 */
#include "admin/command/manifest.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static yz_status
write_again(void *context, const yz_manifest_file *file)
{
    if (file->name[0] == '/' || file->name[0] == '.' ||
        strstr(file->name, "/.") != NULL || strstr(file->name, "//") != NULL) {
        abort();
    }
    yz_manifest_add(context, file);
    return YZ_OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *buffer = malloc(size + 1);
    yz_span text = {(const char *)data, size};
    yz_manifest_facts facts;
    yz_out out;

    if (buffer == NULL) {
        return 0;
    }
    if (yz_manifest_read(text, &facts, NULL, NULL) == YZ_OK) {
        yz_out_init(&out, buffer, size);
        yz_manifest_begin(&out, &facts);
        if (yz_manifest_read(text, &facts, write_again, &out) != YZ_OK) {
            abort();
        }
        yz_manifest_end(&out);
        if (out.full || !yz_span_equal(yz_out_written(&out), text)) {
            abort();
        }
    }
    free(buffer);
    return 0;
}
