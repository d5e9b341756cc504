"""One loaded data directory and what the HTTP rows ask of it."""
import csv
import io
import os
import random
import re
import zlib

from measure import Failed, fields, lines_of, note, run
from servers import Nginx, fetch, free_port, quoted

# What changes from one ten-minute window to the next.
TOKEN = re.compile(rb'"scan_token":"[^"]*"')

# nginx sets these itself, or the content decides them.
OWN_HEADERS = {"server", "date", "content-type", "content-length",
               "connection", "etag", "transfer-encoding"}

PRODUCT = "location / { yizhan; }"


class Dataset:
    """`points` generated places, loaded once by the ordinary loader.

    Without the points at sea and at the poles that the geo rows have: a
    loader is right to ask whether such a row has its columns swapped.
    """

    def __init__(self, bench, name, points, *more):
        self.bench = bench
        self.name = name
        self.points = points
        self.dir = bench.path(name)
        self.csv = bench.path(name + ".csv")
        self.near = bench.path(name + ".near")
        if not os.path.exists(self.csv):
            note(name + ":", run([
                bench.tool("points"), "--cities",
                os.path.join(bench.top, "t/bench/cities.csv"), "--points",
                points, "--seed", bench.seed, "--no-outliers", "--near",
                bench.size(100000, 20000), "--csv", self.csv, "--paths",
                self.near] + list(more)).strip())

    def make_directories(self):
        """What scripts/run makes before the first load."""
        for sub in ("run", "log", "tmp", "private", "public", "keys"):
            os.makedirs(os.path.join(self.dir, sub), exist_ok=True)

    def load(self):
        if os.path.exists(os.path.join(self.dir, "public", "current")):
            return
        self.make_directories()
        run(self.bench.command("--dir", self.dir, "load", self.csv))
        note(self.name + ": loaded", self.points, "places,",
             "%.1f MB of public data" % (self.public_bytes() / 1e6))

    def public_file(self):
        return os.path.join(os.path.realpath(
            os.path.join(self.dir, "public", "current")), "data.mdb")

    def public_bytes(self):
        return os.stat(self.public_file()).st_blocks * 512

    def codes(self):
        rows = csv.reader(io.StringIO(run(
            self.bench.command("--dir", self.dir, "codes"))))
        return [row[1] for row in rows if row and row[0] != "id"]

    def scan_paths(self):
        """Files of paths: every code, and 200 of them."""
        every, hot = self.dir + ".scans", self.dir + ".hot"
        if not os.path.exists(every):
            codes = self.codes()
            if len(codes) != self.points:
                raise Failed("%d places but %d codes"
                             % (self.points, len(codes)))
            write_paths(every, ("/s/" + c for c in codes))
            chosen = random.Random(self.bench.seed).sample(
                codes, min(200, len(codes)))
            write_paths(hot, ("/s/" + c for c in chosen))
        return every, hot

    def place_paths(self):
        path = self.dir + ".places"
        if not os.path.exists(path):
            write_paths(path, ("/v1/places/b-%d" % i
                               for i in range(self.points)))
        return path

    def nginx(self, name, modules=(), http="", servers=(), ready=True):
        """An nginx with the module; the product listens at .product.  Waits
        until it is ready, unless there is no data yet.
        """
        product = free_port()
        keys = os.path.join(self.dir, "keys", "read.keys")
        own = '    yizhan_data "%s/public";\n' % self.dir
        if os.path.exists(keys):
            own += '    yizhan_keys "%s";\n' % keys
        server = Nginx(
            self.bench.path("nginx-" + self.name + "-" + name),
            self.bench.server_cpu,
            [os.path.join(self.bench.build, "ngx_http_yizhan_module.so")]
            + list(modules), own + http, [(product, PRODUCT)] + list(servers))
        server.product = product
        if not ready:
            return server
        try:
            server.wait_until(lambda: fetch(product, "/readyz")[0] == 200,
                              "the product")
        except (Failed, OSError):
            server.stop()
            raise
        return server


def write_paths(path, paths):
    with open(path, "w") as out:
        out.writelines(p + "\n" for p in paths)


def read_all(bench, port, paths, count, dump):
    """Reads `count` paths once; every one must be a 200.  What was read lies
    in `dump`; returns the tool's fields."""
    text = run(bench.client(bench.tool("cpu_load"), "--port", port, "--paths",
                            paths, "--check", count, "--dump", dump))
    return fields(lines_of(text, "CHECK")[0])


def checksum_note(name, dump):
    """Prints a checksum over every body of a dump, without scan tokens."""
    value, count, size = 0xcbf29ce484222325, 0, 0
    with open(dump, "rb") as lines:
        for line in lines:
            body = TOKEN.sub(b"", line.rstrip(b"\n").split(b"\t", 2)[2])
            count, size = count + 1, size + len(body)
            value = hash_more(value, body)
    note("checksum %s %016x over %d bodies, %d bytes without tokens"
         % (name, value, count, size))


def hash_more(value, body):
    low = zlib.crc32(body, value & 0xffffffff)
    high = zlib.adler32(body, value >> 32)
    return high << 32 | low


def typical_answer(port, dump):
    """The path in `dump` whose body has the median size, asked for again:
    (headers, body)."""
    with open(dump, "rb") as lines:
        sizes = sorted((len(line.rstrip(b"\n").split(b"\t", 2)[2]),
                        line.split(b"\t", 1)[0]) for line in lines)
    path = sizes[len(sizes) // 2][1].decode()
    status, headers, body = fetch(port, path)
    if status != 200:
        raise Failed("%s: status %d" % (path, status))
    return headers, body


def constant_headers(headers):
    return [(k, v) for k, v in headers if k.lower() not in OWN_HEADERS]


def header(headers, name):
    for key, value in headers:
        if key.lower() == name:
            return value
    raise Failed("the answer has no header " + name)


def ceiling_location(headers, body, path):
    """A location that sends the same bytes from one static buffer."""
    with open(path, "wb") as out:
        out.write(body)
    lines = ["location / {", "ceiling_file %s;" % quoted(path),
             "ceiling_type %s;" % quoted(header(headers, "content-type")),
             "ceiling_header ETag %s;" % quoted(header(headers, "etag"))]
    lines += ["ceiling_header %s %s;" % (k, quoted(v))
              for k, v in constant_headers(headers)]
    return "\n".join(lines + ["}"])


def peer_headers(headers):
    """The same headers as directives for a Lua location."""
    lines = ["default_type %s;" % quoted(header(headers, "content-type"))]
    lines += ["add_header %s %s;" % (k, quoted(v))
              for k, v in constant_headers(headers)]
    return "\n".join(lines)
