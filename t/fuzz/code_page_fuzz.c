/*
 * Any bytes as a page of code hashes, and a hash to look for: the search and
 * the check stay inside the page, and what is put into a sound page is found.
 */
#include "lmdb_schema/code_page.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yz_code_value value, put = {1, 0};
    uint8_t hash[YZ_CODE_HASH_SIZE];

    if (size < sizeof(hash)) {
        return 0;
    }
    memcpy(hash, data, sizeof(hash));
    data += sizeof(hash);
    size -= sizeof(hash);
    if (yz_code_page_fits(data, size, 0, YZ_CODE_BITS_MIN)) {
        (void)yz_code_page_find(data, hash, &value);
    }
    yz_code_page *page = calloc(1, sizeof(*page));
    if (page == NULL) {
        return 0;
    }
    memcpy(page, data, size < sizeof(*page) ? size : sizeof(*page));
    (void)yz_code_page_find(page, hash, &value);
    if (yz_code_page_sound(page) &&
        yz_code_page_put(page, hash, &put) == YZ_OK &&
        (yz_code_page_find(page, hash, &value) != YZ_OK ||
         !yz_code_page_sound(page))) {
        abort();
    }
    free(page);
    return 0;
}
