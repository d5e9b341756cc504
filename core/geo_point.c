/*
 * The Hilbert number of a position.  Every process that orders points calls
 * it.
 */
#include "core/geo_point.h"

#define STEPS 16 /* two bits of each coordinate a step */

/*
 * Two levels of the curve at once.  Index: state * 16 + x bits * 4 + y bits;
 * entry: next state << 4 | four bits of the number.  The state says whether
 * the quadrant is mirrored and whether its axes are exchanged; the table is
 * that of the usual rotate-and-reflect construction, which the unit test
 * holds against it bit by bit.
 */
static const uint8_t curve[64] = {
    0x00, 0x23, 0x14, 0x05, 0x11, 0x12, 0x37, 0x06, 0x3e, 0x3d, 0x18,
    0x09, 0x0f, 0x2c, 0x3b, 0x0a, 0x10, 0x01, 0x2e, 0x1f, 0x33, 0x02,
    0x2d, 0x3c, 0x04, 0x27, 0x08, 0x2b, 0x15, 0x16, 0x19, 0x1a, 0x2a,
    0x1b, 0x0c, 0x2f, 0x29, 0x38, 0x1d, 0x1e, 0x26, 0x17, 0x32, 0x31,
    0x25, 0x34, 0x03, 0x20, 0x3a, 0x39, 0x36, 0x35, 0x0b, 0x28, 0x07,
    0x24, 0x1c, 0x0d, 0x22, 0x13, 0x3f, 0x0e, 0x21, 0x30,
};

static uint32_t
offset_of(int32_t value_e7, int32_t max_e7)
{
    if (value_e7 < -max_e7) {
        value_e7 = -max_e7;
    }
    if (value_e7 > max_e7) {
        value_e7 = max_e7;
    }
    return (uint32_t)value_e7 + (uint32_t)max_e7;
}

uint64_t
yz_hilbert_of(int32_t lat_e7, int32_t lng_e7)
{
    uint32_t x = offset_of(lng_e7, YZ_LNG_MAX_E7);
    uint32_t y = offset_of(lat_e7, YZ_LAT_MAX_E7);
    uint64_t number = 0;
    unsigned state = 0;

    for (int step = STEPS - 1; step >= 0; step--) {
        unsigned x_bits = (x >> (2 * step)) & 3;
        unsigned y_bits = (y >> (2 * step)) & 3;
        uint8_t entry = curve[state * 16 + x_bits * 4 + y_bits];
        number = number << 4 | (entry & 15);
        state = entry >> 4;
    }
    return number;
}
