/*
 * The table of problem codes and its rendering.  The module answers errors
 * with it.
 */
#include "core/problem.h"

typedef struct {
    const char *code;
    const char *title;  /* Chinese, the same for every occurrence */
    const char *detail; /* Chinese, when the occurrence has none of its own */
    unsigned status;
} problem_rule;

static const problem_rule rules[YZ_PROBLEM_COUNT] = {
    [YZ_PROBLEM_PARAMETER_INVALID] = {"parameter-invalid", "参数有误",
                                      "请求的参数有误，请看 errors 里的说明。",
                                      400},
    [YZ_PROBLEM_PATH_INVALID] =
        {"path-invalid", "地址有误",
         "地址太长，或含有无法识别的编码，请检查后再试。", 400},
    [YZ_PROBLEM_PATH_UNKNOWN] = {"path-unknown", "没有这个地址",
                                 "这里没有您要找的内容。", 404},
    [YZ_PROBLEM_CODE_UNKNOWN] =
        {"code-unknown", "二维码无效",
         "没有找到这个二维码对应的站点，请重新扫描站点墙上的二维码。", 404},
    [YZ_PROBLEM_PLACE_UNKNOWN] = {"place-unknown", "没有这个站点",
                                  "没有找到这个站点，请检查站点编号。", 404},
    [YZ_PROBLEM_REGION_UNKNOWN] = {"region-unknown", "没有这个地区",
                                   "没有找到这个地区，请检查行政区划代码。",
                                   404},
    [YZ_PROBLEM_METHOD_NOT_ALLOWED] = {"method-not-allowed", "不支持这种请求",
                                       "这个地址不支持这种请求方法。", 405},
    [YZ_PROBLEM_NOT_ACCEPTABLE] = {"not-acceptable", "无法给出所要的格式",
                                   "这个地址给不出您要的内容格式。", 406},
    [YZ_PROBLEM_CODE_REVOKED] = {"code-revoked", "二维码已作废",
                                 "这个二维码已经作废，请扫描站点现在的二维码。",
                                 410},
    [YZ_PROBLEM_PLACE_GONE] = {"place-gone", "站点已停用",
                               "这个站点已经关闭或下架，请到附近其他站点。",
                               410},
    [YZ_PROBLEM_URI_TOO_LONG] = {"uri-too-long", "地址太长", "请求的地址太长。",
                                 414},
    [YZ_PROBLEM_RECORD_DAMAGED] = {"record-damaged", "数据损坏",
                                   "这一条数据已经损坏，我们会尽快修复。", 500},
    [YZ_PROBLEM_INTERNAL] = {"internal-error", "服务出错",
                             "服务出了问题，请稍后再试。", 500},
    [YZ_PROBLEM_DATA_UNAVAILABLE] = {"data-unavailable", "暂时没有数据",
                                     "站点数据暂时不可用，请稍后再试。", 503},
    [YZ_PROBLEM_BODY_MALFORMED] = {"body-malformed", "内容格式有误",
                                   "提交的内容不是规范的 JSON。", 400},
    [YZ_PROBLEM_BODY_INVALID] = {"body-invalid", "内容有误",
                                 "提交的内容有误，请看 errors 里的说明。", 400},
    [YZ_PROBLEM_KEY_MISSING] = {"idempotency-key-missing", "缺少请求标识",
                                "请求头里缺少 Idempotency-Key，或它太长。",
                                400},
    [YZ_PROBLEM_UNAUTHENTICATED] = {"unauthenticated", "需要登录",
                                    "请先登录再试。", 401},
    [YZ_PROBLEM_FORBIDDEN] = {"forbidden", "没有权限", "您没有权限这样做。",
                              403},
    [YZ_PROBLEM_SCAN_TOKEN_INVALID] =
        {"scan-token-invalid", "扫码凭证无效",
         "扫码凭证无效，请重新扫描站点墙上的二维码。", 403},
    [YZ_PROBLEM_SCAN_TOKEN_EXPIRED] =
        {"scan-token-expired", "扫码凭证已过期",
         "扫码凭证已过期，请重新扫描站点墙上的二维码。", 403},
    [YZ_PROBLEM_TICKET_UNKNOWN] = {"ticket-unknown", "没有这张单子",
                                   "没有找到这张单子，请检查回执号。", 404},
    [YZ_PROBLEM_POST_UNKNOWN] = {"post-unknown", "没有这条信息",
                                 "没有找到这条信息。", 404},
    [YZ_PROBLEM_RECORD_UNKNOWN] = {"record-unknown", "没有这条记录",
                                   "没有找到这条记录。", 404},
    [YZ_PROBLEM_RATED_ALREADY] = {"rated-already", "今天已经评过分",
                                  "您今天已经给这个站点评过分了。", 409},
    [YZ_PROBLEM_REQUEST_RUNNING] = {"request-running", "请求正在处理",
                                    "同一个请求正在处理，请稍后再试。", 409},
    [YZ_PROBLEM_STATE_CONFLICT] = {"state-conflict", "状态不允许",
                                   "它现在的状态不允许这样做。", 409},
    [YZ_PROBLEM_POST_GONE] = {"post-gone", "信息已结束",
                              "这条信息已经解决或过期。", 410},
    [YZ_PROBLEM_BODY_TOO_LARGE] = {"body-too-large", "内容太大",
                                   "提交的内容超过 64 KB。", 413},
    [YZ_PROBLEM_MEDIA_UNSUPPORTED] = {"media-type-unsupported",
                                      "不支持这种格式",
                                      "请用 application/json 提交。", 415},
    [YZ_PROBLEM_KEY_REUSED] = {"idempotency-key-reused", "请求标识已被使用",
                               "这个 Idempotency-Key 已经用于另一个请求。",
                               422},
    [YZ_PROBLEM_UNPROCESSABLE] = {"unprocessable", "无法办理",
                                  "内容看得懂，但无法办理。", 422},
    [YZ_PROBLEM_TOO_MANY] = {"too-many-requests", "太频繁",
                             "您提交得太频繁，请稍后再试。", 429},
    [YZ_PROBLEM_WRITES_UNAVAILABLE] =
        {"writes-unavailable", "暂时不能提交",
         "暂时不能提交，请稍后再试。查询不受影响。", 503},
    [YZ_PROBLEM_UPSTREAM_UNAVAILABLE] =
        {"upstream-unavailable", "外部服务没有回应",
         "登录或号码服务暂时没有回应，请稍后再试。", 503},
    [YZ_PROBLEM_DISK_FULL] = {"disk-full", "存储空间不足",
                              "服务器存储空间不足，没有保存，请稍后再试。",
                              507},
};

static const char *const fault_texts[YZ_PARAM_FAULT_COUNT] = {
    [YZ_PARAM_UNKNOWN] = "parameter-unknown",
    [YZ_PARAM_REPEATED] = "parameter-repeated",
    [YZ_PARAM_MALFORMED] = "parameter-malformed",
    [YZ_PARAM_MISSING] = "parameter-missing",
    [YZ_PARAM_RANGE] = "parameter-range",
    [YZ_PARAM_CONFLICT] = "parameter-conflict",
};

static const problem_rule *
rule_of(yz_problem_code code)
{
    return &rules[(unsigned)code < YZ_PROBLEM_COUNT ? code
                                                    : YZ_PROBLEM_INTERNAL];
}

const char *
yz_problem_code_text(yz_problem_code code)
{
    return rule_of(code)->code;
}

unsigned
yz_problem_status(yz_problem_code code)
{
    return rule_of(code)->status;
}

const char *
yz_problem_title(yz_problem_code code)
{
    return rule_of(code)->title;
}

const char *
yz_problem_detail(yz_problem_code code)
{
    return rule_of(code)->detail;
}

const char *
yz_param_fault_text(yz_param_fault fault)
{
    return (unsigned)fault < YZ_PARAM_FAULT_COUNT
               ? fault_texts[fault]
               : fault_texts[YZ_PARAM_MALFORMED];
}

static void
write_error(yz_out *out, const yz_problem_error *error)
{
    bool pointer = error->parameter == NULL;

    yz_out_text(out, pointer ? "{\"pointer\":" : "{\"parameter\":");
    yz_out_json(out, yz_span_of(pointer ? error->pointer : error->parameter));
    YZ_OUT_LIT(out, ",\"code\":");
    yz_out_json(out, yz_span_of(error->code));
    if (error->detail != NULL) {
        YZ_OUT_LIT(out, ",\"detail\":");
        yz_out_json(out, yz_span_of(error->detail));
    }
    yz_out_char(out, '}');
}

yz_status
yz_problem_begin(yz_out *out, const yz_problem *problem)
{
    const problem_rule *rule = rule_of(problem->code);

    YZ_OUT_LIT(out, "{\"type\":\"urn:yizhan:problem:");
    yz_out_text(out, rule->code);
    YZ_OUT_LIT(out, "\",\"title\":");
    yz_out_json(out, yz_span_of(rule->title));
    YZ_OUT_LIT(out, ",\"status\":");
    yz_out_u64(out, rule->status);
    YZ_OUT_LIT(out, ",\"code\":");
    yz_out_json(out, yz_span_of(rule->code));
    YZ_OUT_LIT(out, ",\"detail\":");
    yz_out_json(out, yz_span_of(problem->detail != NULL ? problem->detail
                                                        : rule->detail));
    if (problem->error_count > 0) {
        YZ_OUT_LIT(out, ",\"errors\":[");
        for (size_t i = 0; i < problem->error_count; i++) {
            if (i > 0) {
                yz_out_char(out, ',');
            }
            write_error(out, &problem->errors[i]);
        }
        yz_out_char(out, ']');
    }
    return out->full ? YZ_FULL : YZ_OK;
}

yz_status
yz_problem_write(yz_out *out, const yz_problem *problem)
{
    (void)yz_problem_begin(out, problem);
    yz_out_char(out, '}');
    return out->full ? YZ_FULL : YZ_OK;
}

yz_status
yz_problem_write_query(yz_out *out, yz_problem_code code,
                       const yz_query_error *error)
{
    yz_problem_error details[YZ_QUERY_FAULTS_MAX];
    yz_problem problem = {code, NULL, details, error->count};

    for (size_t i = 0; i < error->count; i++) {
        const yz_query_fault *fault = &error->faults[i];

        details[i] = (yz_problem_error){fault->parameter, NULL,
                                        yz_param_fault_text(fault->fault),
                                        fault->detail};
    }
    if (code == YZ_PROBLEM_PATH_INVALID) {
        problem.detail = "请求的地址有误，请看 errors 里的说明。";
    }
    return yz_problem_write(out, &problem);
}
