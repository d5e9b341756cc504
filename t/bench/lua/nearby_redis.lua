-- The nearest ten places through Redis, the way a careful Lua service would:
-- GEOSEARCH from 1 km, doubling until ten are inside (then they are exact),
-- one MGET of the rendered features, and the same FeatureCollection as
-- yizhan's.  Runs in content_by_lua of the benchmark's nginx; headers that
-- never change are add_header directives of its location.
--
-- Redis holds the sorted set "geo" of place ids and, under each id, its
-- feature without the two braces that close it.  A feature has its position
-- within the first bytes, as "coordinates":[lng,lat].
local redis = require "nginx.redis"
local peer = require "peer_settings"

local find, match, format = string.find, string.match, string.format
local ceil, rad, deg = math.ceil, math.rad, math.deg
local cos, atan2 = math.cos, math.atan2
local tonumber = tonumber

local RADIUS_MAX_M = 20100000

local function fail(status, text)
    ngx.status = status
    ngx.header["Content-Length"] = #text
    ngx.print(text)
end

local function search(red, lng, lat)
    local radius_m = 1000
    while true do
        local found, err = red:geosearch("geo", "FROMLONLAT", lng, lat,
            "BYRADIUS", radius_m, "m", "ASC", "COUNT", 10, "WITHDIST")
        if not found then
            return nil, err
        end
        if #found >= 10 or radius_m > RADIUS_MAX_M then
            return found
        end
        radius_m = radius_m * 2
    end
end

local function bearing(lng, lat, feature)
    local at = find(feature, '"coordinates":[', 1, true)
    local to_lng, to_lat = match(feature, "([^,]*),([^%]]*)", at + 15)
    local east = (tonumber(to_lng) - lng) * cos(rad(lat))
    return deg(atan2(east, tonumber(to_lat) - lat)) % 360
end

local function compose(lng, lat, found, features)
    local parts = {peer.head}
    local n = 1
    for i = 1, #found do
        local distance_m = tonumber(found[i][2])
        parts[n + 1] = i > 1 and "," or ""
        parts[n + 2] = features[i]
        parts[n + 3] = format(
            ',"distance_m":%.1f,"walk_min":%d,"bearing_deg":%.0f}}',
            distance_m, ceil(distance_m * 1.3 / 80),
            bearing(lng, lat, features[i]))
        n = n + 3
    end
    parts[n + 1] = peer.tail
    return table.concat(parts)
end

local function answer()
    local lng, lat = tonumber(ngx.var.arg_lng), tonumber(ngx.var.arg_lat)
    if not lng or not lat or lng < -180 or lng > 180 or lat < -90
        or lat > 90 then
        return fail(400, "bad position")
    end
    local red = redis:new()
    local ok, err = red:connect(peer.socket)
    if not ok then
        return fail(503, err)
    end
    local found
    found, err = search(red, lng, lat)
    if not found or #found == 0 then
        return fail(503, err or "no places")
    end
    local ids = {}
    for i = 1, #found do
        ids[i] = found[i][1]
    end
    local features
    features, err = red:mget(unpack(ids))
    if not features then
        return fail(503, err)
    end
    red:set_keepalive(60000, 256)
    local body = compose(lng, lat, found, features)
    ngx.header["ETag"] = format('"%08x"', ngx.crc32_long(body))
    ngx.header["Content-Length"] = #body
    ngx.print(body)
end

answer()
