"""The HTTP rows: requests per CPU second of yizhan beside a ceiling module
and beside Lua with Redis or a shared dictionary, in the same nginx with one
worker on one core; the client is on another.
"""
import json
import os

from dataset import (Dataset, ceiling_location, checksum_note, peer_headers,
                     read_all, typical_answer)
from measure import Failed, fields, lines_of, note, run
from servers import MODULES, Redis, free_port

LUA_MODULES = [MODULES + "/ndk_http_module.so",
               MODULES + "/ngx_http_lua_module.so"]

BUSY_LEAST = 0.9


def ceiling_module(bench):
    return bench.tool("ceiling/ngx_http_ceiling_module.so")


def lua_file(bench, name):
    return os.path.join(bench.top, "t/bench/lua", name)


def scans(bench):
    return Dataset(bench, "scans", bench.size(200000, 20000))


def qingdao(bench):
    return Dataset(bench, "small", 757, "--region", "3702")


def many(bench):
    return Dataset(bench, "many", bench.size(1000000, 100000))


class Side:
    """One of the two that alternate: where it listens, what it is asked."""

    def __init__(self, name, port, paths, pids, requests):
        self.name, self.port, self.paths = name, port, paths
        self.pids, self.requests = pids, requests
        self.rates = []

    def run(self, bench):
        text = run(bench.client(
            bench.tool("cpu_load"), "--port", self.port, "--paths",
            self.paths, "--requests", self.requests, "--warm",
            max(self.requests // 4, 64), "--seed",
            bench.seed + len(self.rates), "--pids",
            ",".join(str(p) for p in self.pids)))
        got = fields(lines_of(text, "LOAD")[0])
        note(self.name, text.strip())
        if float(got["busy"]) < BUSY_LEAST:
            note(self.name, "left its core idle in part: something else ran")
        self.rates.append(float(got["per_cpu_second"]))


def compare(bench, row, ours, theirs, target):
    for _ in range(bench.runs):
        ours.run(bench)
        theirs.run(bench)
    for side in (ours, theirs):
        bench.results.add(side.name, side.rates, "requests/cpu_s",
                          lower_is_better=False)
    bench.results.add_ratio(row, ours.rates, theirs.rates, target)


def no_alerts(server):
    alerts = server.alerts()
    if alerts:
        raise Failed("nginx's error log: " + alerts[0])


def with_ceiling(bench, data, name, paths, compared):
    """Starts the product, learns its typical answer, then starts it again
    with a ceiling of the same bytes beside it.  `compared`: for each row its
    paths and target."""
    dump = bench.path(name + ".dump")
    server = data.nginx(name + "-first")
    try:
        read_all(bench, server.product, paths, bench.size(20000, 2000), dump)
        checksum_note(name, dump)
        headers, body = typical_answer(server.product, dump)
    finally:
        server.stop()
    note(name, "ceiling: %d bytes of body" % len(body))
    port = free_port()
    server = data.nginx(
        name, [ceiling_module(bench)], "",
        [(port, ceiling_location(headers, body, bench.path(name + ".body")))])
    try:
        for row, row_paths, requests, target in compared:
            ours = Side(row, server.product, row_paths, server.pids(),
                        requests)
            ceiling = Side(row + "_ceiling", port, row_paths, server.pids(),
                           requests)
            compare(bench, row + "_vs_ceiling", ours, ceiling, target)
        no_alerts(server)
    finally:
        server.stop()


def scan(bench, wanted):
    data = scans(bench)
    data.load()
    every, hot = data.scan_paths()
    requests = bench.size(400000, 50000)
    rows = [("scan_uniform", every, requests, 0.75),
            ("scan_hot", hot, requests, 0.88)]
    with_ceiling(bench, data, "scan", every,
                 [r for r in rows if r[0] + "_vs_ceiling" in wanted])


def nearby_small(bench, wanted):
    data = qingdao(bench)
    data.load()
    with_ceiling(bench, data, "nearby_757", data.near,
                 [("nearby_757", data.near, bench.size(200000, 20000), 0.65)])


def nearby_many(bench, wanted):
    data = many(bench)
    data.load()
    with_ceiling(bench, data, "nearby_1m", data.near,
                 [("nearby_1m", data.near, bench.size(200000, 20000), 0.40)])


def lua_http(bench, settings, more=""):
    """The http-level lines of the Lua peers; writes their settings."""
    directory = bench.path("lua")
    os.makedirs(directory, exist_ok=True)
    with open(os.path.join(directory, "peer_settings.lua"), "w") as out:
        out.write("return {\n")
        for key, value in settings.items():
            out.write("    %s = %s,\n" % (key, json.dumps(
                value, ensure_ascii=False)))
        out.write("}\n")
    return '    lua_package_path "%s/?.lua;;";\n%s' % (directory, more)


def lua_location(headers, file):
    return "location / {\n%s\ncontent_by_lua_file %s;\n}" % (
        peer_headers(headers), file)


def loaded_redis(bench, name, what, dump):
    redis = Redis(bench.path("redis-" + name), bench.server_cpu)
    try:
        note(run(["python3", lua_file(bench, "redis_load.py"), redis.socket,
                  what, dump]).strip())
    except Failed:
        redis.stop()
        raise
    return redis


def same_answers(ours, theirs):
    """Two dumps of scans must hold the same bodies under the same paths."""
    with open(ours, "rb") as a, open(theirs, "rb") as b:
        for mine, other in zip(a, b):
            if mine != other:
                raise Failed("the peer answers other bytes: %r and %r"
                             % (mine[:300], other[:300]))


def scan_lua(bench, wanted):
    data = scans(bench)
    data.load()
    every, _ = data.scan_paths()
    dump, peer_dump = bench.path("scan.all"), bench.path("scan.peer")
    server = data.nginx("scan-all")
    try:
        read_all(bench, server.product, every, data.points, dump)
        headers, _ = typical_answer(server.product, dump)
    finally:
        server.stop()
    checksum_note("scan_all", dump)
    redis = loaded_redis(bench, "scans", "scans", dump)
    server = None
    try:
        redis_port, dict_port = free_port(), free_port()
        settings = {"socket": "unix:" + redis.socket, "scans": dump}
        size_mb = os.path.getsize(dump) * 2 // 1000000 + 32
        server = data.nginx(
            "scan-lua", LUA_MODULES,
            lua_http(bench, settings,
                     "    lua_shared_dict scans %dm;\n"
                     "    init_by_lua_file %s;\n"
                     % (size_mb, lua_file(bench, "scan_dict_load.lua"))),
            [(redis_port, lua_location(headers,
                                       lua_file(bench, "scan_redis.lua"))),
             (dict_port, lua_location(headers,
                                      lua_file(bench, "scan_dict.lua")))])
        peers = [("scan_vs_redis", redis_port, server.pids() + redis.pids(),
                  2), ("scan_vs_dict", dict_port, server.pids(), 1.2)]
        for row, port, pids, target in peers:
            if row not in wanted:
                continue
            read_all(bench, port, every, 2000, peer_dump)
            same_answers(dump, peer_dump)
            requests = bench.size(200000, 20000)
            compare(bench, row,
                    Side(row + "_ours", server.product, every,
                         server.pids(), requests),
                    Side(row + "_theirs", port, every, pids, requests),
                    target)
        no_alerts(server)
    finally:
        if server:
            server.stop()
        redis.stop()


def envelope(body):
    """What stands before and after the features of a nearby answer."""
    members = json.loads(body)
    features = members.pop("features")
    if not features:
        raise Failed("a nearby answer without features")
    text = json.dumps(members, ensure_ascii=False, separators=(",", ":"))
    return text[:-1] + ',"features":[', "]}"


def nearby_redis(bench, data, row):
    data.load()
    places, near_dump = bench.path("places.dump"), bench.path("near.dump")
    server = data.nginx("all")
    try:
        read_all(bench, server.product, data.place_paths(), data.points,
                 places)
        read_all(bench, server.product, data.near, 2000, near_dump)
        headers, body = typical_answer(server.product, near_dump)
    finally:
        server.stop()
    redis = loaded_redis(bench, data.name, "places", places)
    os.remove(places)
    server = None
    try:
        port = free_port()
        head, tail = envelope(body)
        server = data.nginx(
            "lua", LUA_MODULES,
            lua_http(bench, {"socket": "unix:" + redis.socket, "head": head,
                             "tail": tail}),
            [(port, lua_location(headers,
                                 lua_file(bench, "nearby_redis.lua")))])
        peer = read_all(bench, port, data.near, 2000,
                        bench.path("near.peer"))
        same_places(near_dump, bench.path("near.peer"))
        note(row, "peer's bodies:", peer["bytes"], "bytes in 2000")
        compare(bench, row,
                Side(row + "_ours", server.product, data.near, server.pids(),
                     bench.size(100000, 20000)),
                Side(row + "_theirs", port, data.near,
                     server.pids() + redis.pids(), bench.size(10000, 2000)),
                6)
        no_alerts(server)
    finally:
        if server:
            server.stop()
        redis.stop()


def ids_of(line):
    body = json.loads(line.split(b"\t", 2)[2])
    return [feature["id"] for feature in body["features"]]


def same_places(ours, theirs):
    """Redis rounds positions and measures on a sphere, so an order may
    differ here and there; the places must be the same nearly always."""
    same = total = 0
    with open(ours, "rb") as a, open(theirs, "rb") as b:
        for mine, other in zip(a, b):
            mine, other = set(ids_of(mine)), set(ids_of(other))
            total += len(mine)
            same += len(mine & other)
    note("places that the peer's answers share with ours: %d of %d"
         % (same, total))
    if same < total * 0.97:
        raise Failed("the peer answers other places")


def nearby_redis_small(bench, wanted):
    nearby_redis(bench, qingdao(bench), "nearby_757_vs_redis")


def nearby_redis_many(bench, wanted):
    nearby_redis(bench, many(bench), "nearby_1m_vs_redis")


ROWS = [
    (("scan_uniform_vs_ceiling", "scan_hot_vs_ceiling"), scan),
    (("nearby_757_vs_ceiling",), nearby_small),
    (("nearby_1m_vs_ceiling",), nearby_many),
    (("scan_vs_redis", "scan_vs_dict"), scan_lua),
    (("nearby_757_vs_redis",), nearby_redis_small),
    (("nearby_1m_vs_redis",), nearby_redis_many),
]
