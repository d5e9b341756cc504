"""The rows of the writing side: durable ratings a second beside PostgreSQL
behind the same HTTP and beside bare pgbench, what a batch costs in flushes,
reading while others write, building public data anew with a million ratings
behind it, and the daemon at rest.
"""
import os
import re
import shutil
import statistics
import subprocess
import threading
import time

from dataset import Dataset
from measure import Failed, fields, lines_of, note, run
from rows_http import scans
from rows_load import beyond_map_mib
from servers import Nginx, Process, fetch, free_port

CONNECTIONS = 64
PG_BIN = "/usr/lib/postgresql/15/bin"
PROXY = """
    location / {
        proxy_pass http://peer;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_next_upstream off;
    }
"""


def tokens_of(bench, data, port, count):
    """A file of `count` places with the scan tokens that they show now."""
    path = data.dir + ".tokens"
    found = []
    for code in data.codes()[:count]:
        body = fetch(port, "/s/" + code)[2]
        match = re.search(rb'"id":"([^"]+)".*"scan_token":"([^"]+)"', body)
        if not match:
            raise Failed("a scan without a token: %r" % body[:200])
        found.append(b"%s\t%s\n" % match.groups())
    with open(path, "wb") as out:
        out.writelines(found)
    return path


class Daemon(Process):
    """yizhan-admind on a loaded data directory."""

    def __init__(self, bench, data):
        self.socket = os.path.join(data.dir, "run", "admin.sock")
        settings = os.path.join(data.dir, "settings")
        with open(settings, "w") as out:
            out.write("cookie_secure off\n")
        super().__init__([os.path.join(bench.build, "yizhan-admind"), "--dir",
                          data.dir, "--settings", settings],
                         bench.server_cpu, bench.path("admind.log"))
        self.data = data
        try:
            self.wait_until(lambda: os.path.exists(self.socket), "the daemon")
        except Failed:
            self.stop()
            raise

    def counts(self):
        """What the daemon has counted of its batches."""
        said = run(["curl", "-fsS", "--unix-socket", os.path.join(
            self.data.dir, "run", "operator.sock"),
            "http://localhost/v1/admin/writer"])
        return {name: int(value) for name, value in
                re.findall(r'"(\w+)":(\d+)', said)}

    def pid(self):
        return self.pids()[-1]


class Postgres(Process):
    """PostgreSQL 15 in its default durability, on the same file system."""

    def __init__(self, bench):
        self.bench = bench
        self.dir = bench.path("pg")
        self.sockets = bench.path("pg-run")
        for directory in (self.dir, self.sockets):
            os.makedirs(directory, exist_ok=True)
            if os.geteuid() == 0:
                shutil.chown(directory, "postgres", "postgres")
        os.chmod(bench.tmp, 0o755)
        run(self.as_owner("%s/initdb" % PG_BIN, "-D", self.dir, "-A", "trust",
                          "--no-sync", "-U", "bench"), cwd="/")
        super().__init__(self.as_owner(
            "%s/postgres" % PG_BIN, "-D", self.dir, "-k", self.sockets, "-c",
            "listen_addresses=", "-c", "max_connections=200", "-c",
            "synchronous_commit=on", "-c", "fsync=on"),
            bench.server_cpu, bench.path("pg.log"))
        try:
            self.wait_until(lambda: subprocess.run(
                self.psql("SELECT 1"), stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL).returncode == 0, "PostgreSQL")
            run(self.psql("CREATE TABLE ratings (place text, device text, "
                          "day int, score int, at timestamptz DEFAULT now(), "
                          "PRIMARY KEY (place, device, day))"))
        except Failed:
            self.stop()
            raise

    def as_owner(self, *words):
        if os.geteuid() != 0:
            return list(words)
        return ["setpriv", "--reuid=postgres", "--regid=postgres",
                "--clear-groups"] + list(words)

    def conninfo(self):
        return "host=%s user=bench dbname=postgres" % self.sockets

    def psql(self, statement):
        return ["psql", "-q", self.conninfo(), "-c", statement]

    def pgbench(self, seconds):
        """Transactions a second of bare pgbench with the same INSERT."""
        script = self.bench.path("rate.sql")
        with open(script, "w") as out:
            out.write("\\set place random(1, 200000)\n"
                      "\\set device random(1, 9000000000000000)\n"
                      "INSERT INTO ratings (place, device, day, score) VALUES "
                      "('b-' || :place, :device, 1, 4);\n")
        said = run(self.bench.client(
            "pgbench", "-n", "-c", CONNECTIONS, "-j", 1, "-T", seconds, "-f",
            script, "-h", self.sockets, "-U", "bench", "-M", "prepared",
            "postgres"))
        return float(re.search(r"tps = ([\d.]+)", said).group(1))


def refuse_memory(bench):
    kind = run(["stat", "-f", "-c", "%T", bench.tmp]).strip()
    if kind in ("tmpfs", "ramfs"):
        raise Failed("%s is %s: nothing there is ever on disk; set TMPDIR"
                     % (bench.tmp, kind))
    times = []
    with open(bench.path("fsync"), "wb") as out:
        for _ in range(200):
            out.write(b"x" * 4096)
            out.flush()
            start = time.monotonic()
            os.fdatasync(out.fileno())
            times.append(time.monotonic() - start)
    note("fdatasync after 4 KB on %s: p50 %.0f us"
         % (kind, statistics.median(times) * 1e6))


def ratings(bench, where, tokens, seconds, *more):
    """Acknowledged ratings a second of one run."""
    text = run(bench.client(bench.tool("write_load"), *where, "--tokens",
                            tokens, "--seconds", seconds, "--connections",
                            CONNECTIONS, *more))
    note("ratings", text.strip())
    return float(fields(lines_of(text, "WRITE")[0])["per_second"])


def front(bench, name, socket):
    """nginx that hands everything to a socket, as it does writes."""
    port = free_port()
    return Nginx(bench.path("nginx-" + name), bench.server_cpu, [],
                 "upstream peer { server unix:%s; keepalive %d; }"
                 % (socket, CONNECTIONS), [(port, PROXY)]), port


def writes(bench, wanted):
    refuse_memory(bench)
    seconds = bench.size(6, 2)
    data = scans(bench)
    data.load()
    reader = data.nginx("tokens")
    try:
        tokens = tokens_of(bench, data, reader.product, 2000)
    finally:
        reader.stop()
    daemon = postgres = handler = None
    servers = []
    ours, theirs, bare, batches = [], [], [], []
    try:
        postgres = Postgres(bench)
        peer_socket = bench.path("peer.sock")
        handler = Process([bench.tool("pg_handler"), peer_socket,
                           postgres.conninfo()], bench.server_cpu,
                          bench.path("handler.log"))
        handler.wait_until(lambda: os.path.exists(peer_socket), "the peer")
        daemon = Daemon(bench, data)
        own, own_port = front(bench, "own", daemon.socket)
        servers.append(own)
        peer, peer_port = front(bench, "peer", peer_socket)
        servers.append(peer)
        for _ in range(bench.runs):
            before = daemon.counts()
            ours.append(ratings(bench, ("--port", own_port), tokens, seconds,
                                "--seed", len(ours) + 1))
            after = daemon.counts()
            batches.append((after["requests"] - before["requests"])
                           / max(1, after["batches"] - before["batches"]))
            theirs.append(ratings(bench, ("--port", peer_port), tokens,
                                  seconds, "--seed", len(ours) + 1))
            bare.append(postgres.pgbench(seconds))
        flushes = flushes_per_batch(bench, daemon, own_port, tokens)
    finally:
        for server in servers + [handler, daemon, postgres]:
            if server is not None:
                server.stop()
    results = bench.results
    for row, values in (("write_ratings", ours), ("write_postgres", theirs),
                        ("write_pgbench", bare)):
        results.add(row, values, "ratings/s", lower_is_better=False)
    results.add_ratio("write_vs_postgres", ours, theirs, 1)
    results.add_ratio("write_vs_pgbench", ours, bare, 0.5)
    results.add("write_batch", batches, "requests", 24, lower_is_better=False)
    results.add("write_flushes_per_batch", [flushes], "flushes", 3)


def flushes_per_batch(bench, daemon, port, tokens):
    """Syncs, and writes through a descriptor that syncs by itself (that of
    the private meta page; the public one is not synced), by strace over one
    short run."""
    log = bench.path("strace.log")
    before = daemon.counts()["batches"]
    tracer = subprocess.Popen(
        ["strace", "-f", "-y", "-o", log, "-e",
         "trace=fsync,fdatasync,msync,pwrite64", "-p", str(daemon.pid())],
        stderr=subprocess.DEVNULL)
    try:
        time.sleep(1)
        ratings(bench, ("--port", port), tokens, 2)
    finally:
        tracer.terminate()
        tracer.wait()
    batches = daemon.counts()["batches"] - before
    with open(log, errors="replace") as lines:
        flushes = sum(1 for line in lines
                      if re.search(r"fsync\(|fdatasync\(|msync\(", line)
                      or re.search(r"pwrite64\(\d+<.*/private/data\.mdb>.*, "
                                   r"1[0-9][0-9], ", line))
    note("flushes: %d in %d batches" % (flushes, batches))
    return flushes / max(1, batches)


def while_writing(bench, wanted):
    """CPU of a reading worker for each request, still and while 1,000
    ratings a second come in by the daemon's own socket."""
    refuse_memory(bench)
    data = scans(bench)
    data.load()
    every, _ = data.scan_paths()
    server = data.nginx("while")
    daemon = None
    try:
        tokens = tokens_of(bench, data, server.product, 2000)
        daemon = Daemon(bench, data)
        for row, paths in (("scan_while_writing", every),
                           ("nearby_while_writing", data.near)):
            if row not in wanted:
                continue
            still, busy = [], []
            for _ in range(bench.runs):
                still.append(cost(bench, server, paths))
                with Writing(bench, daemon, tokens):
                    busy.append(cost(bench, server, paths))
            bench.results.add(row + "_still", still, "us")
            bench.results.add(row + "_busy", busy, "us")
            bench.results.add_ratio(row, busy, still, 1.1,
                                    lower_is_better=True, times=True)
    finally:
        for one in (daemon, server):
            if one is not None:
                one.stop()


def cost(bench, server, paths):
    requests = bench.size(300000, 40000)
    text = run(bench.client(
        bench.tool("cpu_load"), "--port", server.product, "--paths", paths,
        "--requests", requests, "--warm", requests // 4, "--pids",
        server.worker()))
    return 1e6 / float(fields(lines_of(text, "LOAD")[0])["per_cpu_second"])


class Writing:
    """1,000 ratings a second, as long as the block runs."""

    def __init__(self, bench, daemon, tokens):
        self.command = bench.client(
            bench.tool("write_load"), "--unix", daemon.socket, "--tokens",
            tokens, "--seconds", 600, "--rate", 1000)

    def __enter__(self):
        self.child = subprocess.Popen([str(w) for w in self.command],
                                      stdout=subprocess.DEVNULL)
        time.sleep(0.5)

    def __exit__(self, *_):
        alive = self.child.poll() is None
        self.child.kill()
        self.child.wait()
        if not alive:
            raise Failed("the writer ended before the readers")


class Peak(threading.Thread):
    """The most anonymous memory that a process has had, in MiB."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.mib = pid, 0.0

    def run(self):
        while True:
            try:
                with open("/proc/%d/status" % self.pid) as status:
                    text = status.read()
            except OSError:
                return
            found = re.search(r"RssAnon:\s+(\d+)", text)
            if found is None:
                return
            self.mib = max(self.mib, int(found.group(1)) / 1024)
            time.sleep(0.01)


def rebuild(bench, wanted):
    data = Dataset(bench, "rated", bench.size(200000, 20000))
    data.load()
    note("rated:", run([bench.tool("ratings_write"), data.dir,
                        bench.size(1000000, 100000), bench.seed]).strip())
    times, peaks = [], []
    for _ in range(bench.runs):
        start = time.monotonic()
        child = subprocess.Popen(bench.command("--dir", data.dir, "rebuild"),
                                 stdout=subprocess.DEVNULL)
        peak = Peak(child.pid)
        peak.start()
        if child.wait() != 0:
            raise Failed("rebuild failed")
        times.append(time.monotonic() - start)
        peak.join()
        peaks.append(peak.mib)
    shutil.rmtree(data.dir)
    bench.results.add("rebuild_1m_ratings", times, "s", 15)
    bench.results.add("rebuild_memory", peaks, "MiB", 512)


def at_rest(bench, wanted):
    data = scans(bench)
    data.load()
    values = []
    for _ in range(bench.runs):
        daemon = Daemon(bench, data)
        try:
            time.sleep(1)
            values.append(beyond_map_mib(daemon.pid()))
        finally:
            daemon.stop()
    bench.results.add("daemon_memory", values, "MiB", 64)


ROWS = [
    (("write_vs_postgres", "write_vs_pgbench", "write_batch",
      "write_flushes_per_batch"), writes),
    (("scan_while_writing", "nearby_while_writing"), while_writing),
    (("rebuild_1m_ratings", "rebuild_memory"), rebuild),
    (("daemon_memory",), at_rest),
]
