/*
 * Any bytes as a file of old log entries: refused, or every entry it says to
 * have lies inside.
 */
#include "lmdb_schema/archive.h"
#include "lmdb_schema/log_entry.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yz_segment segment;
    yz_log_entry entry;
    yz_span bytes;

    if (yz_segment_read((yz_span){(const char *)data, size}, &segment) !=
        YZ_OK) {
        return 0;
    }
    for (uint64_t seq = segment.head.first; seq <= segment.head.last; seq++) {
        if (yz_segment_entry(&segment, seq, &bytes) != YZ_OK) {
            continue;
        }
        if ((const uint8_t *)bytes.p < data || bytes.n > size ||
            (const uint8_t *)bytes.p + bytes.n > data + size) {
            abort();
        }
        if (yz_log_entry_read(bytes, seq, &entry) == YZ_OK &&
            entry.hash + YZ_HASH_SIZE !=
                data + (bytes.p - (const char *)data) + bytes.n) {
            abort();
        }
    }
    (void)yz_segment_check(&segment);
    return 0;
}
