/*
 * Opening hours from text to bytes; the loader calls yz_hours_compile().
 * The text is evened out, read by one of two grammars, and folded.
 */
#include "core/hours_compile.h"

#include "core/hours_compile_fold.h"
#include "core/hours_compile_osm.h"
#include "core/hours_compile_rules.h"
#include "core/hours_compile_text.h"
#include "core/hours_compile_zh.h"

yz_status
yz_hours_compile(yz_span text, uint8_t blob[static YZ_HOURS_BLOB_MAX],
                 size_t *size)
{
    yz_hours_text even;
    yz_hours_rules rules;
    yz_span span;

    if (!yz_hours_text_even(text, &even)) {
        return YZ_BAD_INPUT;
    }
    span = (yz_span){even.text, even.n};
    if (!yz_hours_osm_parse(span, &rules) &&
        !(even.chinese && yz_hours_zh_parse(span, &rules))) {
        return YZ_BAD_INPUT;
    }
    return yz_hours_fold(&rules, blob, size);
}
