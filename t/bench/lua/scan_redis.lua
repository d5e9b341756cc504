-- The answer to a scan, rendered beforehand, from Redis: one GET of the code.
-- The value is "ETag TAB body".  Headers that never change are add_header
-- directives of the location.
local redis = require "nginx.redis"
local peer = require "peer_settings"

local red = redis:new()
local ok, err = red:connect(peer.socket)
if not ok then
    ngx.log(ngx.ERR, "redis: ", err)
    return ngx.exit(503)
end
local value
value, err = red:get(string.sub(ngx.var.uri, 4))
if not value then
    ngx.log(ngx.ERR, "redis: ", err)
    return ngx.exit(503)
end
red:set_keepalive(60000, 256)
if value == ngx.null then
    return ngx.exit(404)
end
local tab = string.find(value, "\t", 1, true)
ngx.header["ETag"] = string.sub(value, 1, tab - 1)
ngx.header["Content-Length"] = #value - tab
ngx.print(string.sub(value, tab + 1))
