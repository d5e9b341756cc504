/*
 * Texts of yz_status.  Used by every process, wherever a status is logged.
 */
#include "core/status.h"

static const char *const texts[YZ_STATUS_COUNT] = {
    [YZ_OK] = "ok",
    [YZ_NOT_FOUND] = "not found",
    [YZ_BAD_INPUT] = "bad input",
    [YZ_CORRUPT] = "corrupt data",
    [YZ_FORMAT] = "other format version",
    [YZ_BUSY] = "busy",
    [YZ_FULL] = "no room",
    [YZ_IO] = "input or output error",
    [YZ_NOMEM] = "out of memory",
    [YZ_DENIED] = "permission denied",
};

const char *
yz_status_text(yz_status status)
{
    if ((unsigned)status >= YZ_STATUS_COUNT) {
        return "unknown status";
    }
    return texts[status];
}
