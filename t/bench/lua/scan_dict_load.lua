-- Fills the shared dictionary of scan_dict.lua when nginx starts, from the
-- file that cpu_load --dump wrote: "/s/CODE TAB ETag TAB body".
local peer = require "peer_settings"

local count = 0
for line in io.lines(peer.scans) do
    local code, value = string.match(line, "^/s/([^\t]*)\t(.*)$")
    local ok, err, forced = ngx.shared.scans:set(code, value)
    if not ok or forced then
        error("the shared dictionary is too small: " .. (err or "evicted"))
    end
    count = count + 1
end
ngx.log(ngx.NOTICE, "scans in the dictionary: ", count)
