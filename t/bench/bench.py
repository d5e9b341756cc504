#!/usr/bin/env python3
"""The benchmark of yizhan; scripts/bench builds what it needs and starts it.

    bench.py --build DIR [--quick] [--only ROW[,ROW...]] [--runs N] [--seed S]
             [--keep] [--list]

Prints the machine, then a RESULT line for each row as it is measured, then a
table with what each is to reach.  Exit: 0 all reached, 1 some fell short or
could not be measured, 2 usage.  With --quick the sets are smaller and the
runs fewer, so nothing is judged and 0 means that everything was measured.
"""
import argparse
import atexit
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile

import rows_geo
import rows_http
import rows_load
import rows_write
from measure import Failed, Results, note

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))

# Each: name, what measures it.  A group shares its data and its servers.
ROWS = rows_geo.ROWS + rows_http.ROWS + rows_load.ROWS + rows_write.ROWS


class Bench:
    """What the rows need to know of this run."""

    def __init__(self, arguments):
        self.top = TOP
        self.build = os.path.abspath(arguments.build)
        self.quick = arguments.quick
        self.runs = arguments.runs or (2 if arguments.quick else 5)
        self.seed = arguments.seed
        self.keep = arguments.keep
        cpus = sorted(os.sched_getaffinity(0))
        self.server_cpu, self.client_cpu = cpus[0], cpus[-1]
        self.results = Results(judged=not arguments.quick)
        self.tmp = tempfile.mkdtemp(prefix="yizhan-bench.")
        self.wanted = set(arguments.only)
        atexit.register(self.clean)

    def size(self, full, quick):
        return quick if self.quick else full

    def tool(self, name):
        return os.path.join(self.build, "bench", name)

    def command(self, *words):
        return [os.path.join(self.build, "yizhan")] + list(words)

    def path(self, *names):
        return os.path.join(self.tmp, *names)

    def client(self, *words):
        """A command line that runs on the client's core."""
        return ["taskset", "-c", str(self.client_cpu)] + list(words)

    def wants(self, name):
        """Whether --only asks for this row, by its name or the start of it."""
        return not self.wanted or any(
            name == w or name.startswith(w + "_") for w in self.wanted)

    def clean(self):
        if self.keep:
            note("kept", self.tmp)
        else:
            shutil.rmtree(self.tmp, ignore_errors=True)


def said(*command):
    """What a command says, in one line; "unknown" when it cannot."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, cwd=TOP)
        return " ".join(done.stdout.split()) or "none"
    except OSError:
        return "unknown"


def cpu_model():
    with open("/proc/cpuinfo") as info:
        for line in info:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def environment(bench):
    with open("/proc/meminfo") as info:
        memory_mb = int(info.readline().split()[1]) // 1024
    flags = said("make", "-s", "--eval",
                 "bench-flags: ; @echo '$(CC) $(YZ_CFLAGS)'", "bench-flags")
    changed = said("git", "status", "--porcelain", "-uno")
    note("machine:", cpu_model(), "x", os.cpu_count(), "cores,", memory_mb,
         "MB, Linux", platform.release())
    note("server on core %d, client on core %d%s" % (
        bench.server_cpu, bench.client_cpu,
        "" if bench.server_cpu != bench.client_cpu
        else " (ONE core: client and server disturb each other)"))
    note("flags:", flags)
    note("peers' flags: g++ -O3, baseline", platform.machine())
    note("compiler:", said("cc", "--version").split(" Copyright")[0] + ";",
         said("nginx", "-v") + ";", said("redis-server", "--version"))
    note("commit:", said("git", "rev-parse", "--short=12", "HEAD"),
         "" if changed == "none" else "with changes that are not committed")
    note("seed %d, runs %d%s" % (bench.seed, bench.runs, ", quick: smaller "
                                 "sets, nothing is judged" if bench.quick
                                 else ""))


def options(arguments):
    parser = argparse.ArgumentParser(prog="scripts/bench", description=(
        "Measures yizhan against its ceiling and its peers."))
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true",
                        help="smaller sets, fewer runs, nothing judged")
    parser.add_argument("--only", default="", metavar="ROW[,ROW...]",
                        help="these rows, by name or the start of the name")
    parser.add_argument("--list", action="store_true", help="list the rows")
    parser.add_argument("--runs", type=int, help="runs of each side (5)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true",
                        help="leave the temporary directory")
    parsed = parser.parse_args(arguments)
    parsed.only = [name for name in parsed.only.split(",") if name]
    names = [name for group, _ in ROWS for name in group]
    for only in parsed.only:
        if not any(n == only or n.startswith(only + "_") for n in names):
            parser.error("no such row: %s; the rows are %s"
                         % (only, " ".join(names)))
    return parsed, names


def main():
    parsed, names = options(sys.argv[1:])
    if parsed.list:
        print("\n".join(names))
        return 0
    # SIGTERM ends as Ctrl-C does: every server is stopped on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    bench = Bench(parsed)
    environment(bench)
    for group, measure in ROWS:
        wanted = [name for name in group if bench.wants(name)]
        if not wanted:
            continue
        try:
            measure(bench, wanted)
        except (Failed, OSError) as reason:
            done = {row[0] for row in bench.results.rows}
            for name in wanted:
                if name not in done:
                    bench.results.missing(name, reason)
    short = bench.results.table()
    return 1 if short else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
