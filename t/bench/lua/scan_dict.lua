-- The answer to a scan, rendered beforehand, from a shared dictionary of the
-- nginx that answers; scan_dict_load.lua fills it.  The value is
-- "ETag TAB body".
local value = ngx.shared.scans:get(string.sub(ngx.var.uri, 4))
if not value then
    return ngx.exit(404)
end
local tab = string.find(value, "\t", 1, true)
ngx.header["ETag"] = string.sub(value, 1, tab - 1)
ngx.header["Content-Length"] = #value - tab
ngx.print(string.sub(value, tab + 1))
