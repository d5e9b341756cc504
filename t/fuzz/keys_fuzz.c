/*
 * Any bytes as a key file: a ring that can make its MACs, or a refusal with
 * a line that the file has.
 */
#include "lmdb_schema/keys.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yz_keyring *ring;
    unsigned line;
    uint8_t tag[YZ_TAG_SIZE], key_id;
    yz_span text = {(const char *)data, size};

    yz_status status = yz_keyring_parse(text, &ring, &line);
    if ((status == YZ_OK) != (ring != NULL) || line > size + 1) {
        abort();
    }
    if (ring != NULL) {
        if (yz_keyring_code_hash(ring, text, tag) != YZ_OK) {
            abort();
        }
        (void)yz_keyring_scan_tag(ring, 370202, text, &key_id, tag);
        (void)yz_keyring_scan_tag(ring, 0, text, &key_id, tag);
    }
    yz_keyring_free(ring);
    return 0;
}
