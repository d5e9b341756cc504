/*
 * `yizhan codes` and `template`: what is only printed.
 */
#include <stdio.h>

#include "admin/load/columns.h"
#include "admin/command/commands.h"
#include "admin/load/regions.h"
#include "core/out.h"

#define CSV_LINE_SIZE 2048

static yz_status
print_code(void *context, const yz_place *place)
{
    const yz_arguments *arguments = context;
    char code[YZ_CODE_PRINTED_SIZE] = "";
    char line[CSV_LINE_SIZE];
    uint32_t low;
    uint32_t high;
    yz_out out;

    yz_region_range(arguments->region, &low, &high);
    if (arguments->region != 0 &&
        (place->region < low || place->region > high)) {
        return YZ_OK;
    }
    yz_code_print(place->code, code);
    yz_out_init(&out, line, sizeof(line));
    yz_out_csv(&out, place->id, false);
    yz_out_char(&out, ',');
    yz_out_text(&out, code);
    yz_out_char(&out, ',');
    yz_out_csv(&out, place->name, true);
    yz_out_char(&out, '\n');
    fwrite(line, 1, out.n, stdout);
    return YZ_OK;
}

int
yz_command_codes(const yz_arguments *arguments)
{
    yz_store *store;
    bool daemon;
    yz_status status;
    int code = YZ_EXIT_DONE;

    store = yz_command_open_or_ask(arguments, &daemon);
    if (store == NULL) {
        return YZ_EXIT_REFUSED;
    }
    puts("id,code,name");
    status = yz_store_each_place(store, print_code, (void *)arguments);
    if (status != YZ_OK) {
        code = yz_command_failed("cannot read the places", store, status);
    }
    yz_store_close(store);
    return code;
}

static const char csv_rows[] =
    "QD-0001,示例一号驿站,驿站,市级,青岛市市南区,示例路 1 号,"
    "120.382600,36.067100,WGS84,周一至周日 8:00-20:00,"
    "\"饮用水,微波炉热饭,休息,手机充电\",0532-85880000,开放,\r\n"
    "QD-0002,示例二号驿站（银行网点）,微驿站,,370203,示例路 2 号,"
    "120.375000,36.088000,GCJ02,Mo-Fr 09:00-17:00,"
    "\"饮用水,空调,雨伞\",12351,暂停,2027-03-01\r\n"
    "QD-0003,示例流动驿站,流动驿站,,3702,,,,,,\"饮用水,药品\",,开放,"
    "\r\n";

static const char geojson[] =
    "{\"type\": \"FeatureCollection\", \"features\": [\n"
    "  {\"type\": \"Feature\", \"id\": \"QD-0001\",\n"
    "   \"geometry\": {\"type\": \"Point\",\n"
    "                \"coordinates\": [120.3826, 36.0671]},\n"
    "   \"properties\": {\"站点名称\": \"示例一号驿站\", \"类别\": "
    "\"驿站\",\n"
    "     \"级别\": \"市级\", \"行政区划\": \"青岛市市南区\",\n"
    "     \"详细地址\": \"示例路 1 号\", \"坐标系\": \"WGS84\",\n"
    "     \"开放时间\": \"周一至周日 8:00-20:00\",\n"
    "     \"服务\": [\"饮用水\", \"微波炉热饭\", \"休息\"],\n"
    "     \"电话\": \"0532-85880000\", \"状态\": \"开放\"}},\n"
    "  {\"type\": \"Feature\", \"id\": \"QD-0003\", \"geometry\": null,\n"
    "   \"properties\": {\"站点名称\": \"示例流动驿站\",\n"
    "     \"类别\": \"流动驿站\", \"行政区划\": \"3702\"}}\n"
    "]}\n";

int
yz_command_template(const yz_arguments *arguments)
{
    if (arguments->geojson) {
        fputs(geojson, stdout);
        return YZ_EXIT_DONE;
    }
    fputs("\xef\xbb\xbf", stdout);
    for (int i = 0; i < YZ_COLUMN_COUNT; i++) {
        printf("%s%s", i > 0 ? "," : "", yz_column_label((yz_column)i));
    }
    fputs("\r\n", stdout);
    fputs(csv_rows, stdout);
    return YZ_EXIT_DONE;
}
