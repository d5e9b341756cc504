"""The rows of loading and of memory: a first load of 200,000 rows until it
serves, beside mdb_load of the same public data; a load with 2 % changed; what
a worker holds beyond the map.
"""
import os
import shutil
import subprocess
import time

from dataset import Dataset
from measure import Failed, note, run
from rows_http import many, scans
from servers import fetch, listens

POLL_S = 0.002


def serving(port, path, text):
    """Whether `path` is answered by 200 with `text` in it."""
    if not listens(port):
        return False
    status, _, body = fetch(port, path)
    return status == 200 and text in body


def timed_load(bench, data, file, port, path, text):
    """Seconds from the start of a load to the first answer that shows it,
    and to the end of the command."""
    start = time.monotonic()
    child = subprocess.Popen(bench.command("--dir", data.dir, "load", file),
                             stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE, text=True)
    while child.poll() is None and time.monotonic() - start < 300:
        time.sleep(POLL_S)
    ended = time.monotonic() - start
    if child.returncode != 0:
        child.kill()
        raise Failed("the load failed: " + child.communicate()[1][-2000:])
    while not serving(port, path, text):
        if time.monotonic() - start > ended + 30:
            raise Failed("loaded, but %s does not show %r" % (path, text))
        time.sleep(POLL_S)
    return time.monotonic() - start, ended


def mdb_load_seconds(dump, directory):
    """mdb_load of a dump into a new environment."""
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    start = time.monotonic()
    run(["mdb_load", "-f", dump, directory])
    took = time.monotonic() - start
    size = os.stat(os.path.join(directory, "data.mdb")).st_blocks * 512
    shutil.rmtree(directory)
    return took, size


def empty_server(data):
    """nginx over an empty directory: it answers 503 until data comes."""
    data.make_directories()
    return data.nginx("load", ready=False)


def load(bench, wanted):
    """mdb_load syncs every 100 records, so it is also timed in memory."""
    template = scans(bench)
    dump = bench.path("public.dump")
    ours, peer, peer_memory = [], [], []
    for number in range(bench.runs):
        data = Dataset(bench, "load", template.points)
        shutil.rmtree(data.dir, ignore_errors=True)
        server = empty_server(data)
        try:
            took, _ = timed_load(bench, data, data.csv, server.product,
                                 "/v1/places/b-%d" % (data.points - 1),
                                 b'"b-%d"' % (data.points - 1))
        finally:
            server.stop()
        ours.append(took)
        if number == 0:
            with open(dump, "w") as out:
                subprocess.run(["mdb_dump", "-a", os.path.dirname(
                    data.public_file())], stdout=out, check=True)
            note("load: %.1f MB of public data" % (data.public_bytes() / 1e6))
        took, size = mdb_load_seconds(dump, bench.path("mdb_load"))
        peer.append(took)
        if os.access("/dev/shm", os.W_OK):
            peer_memory.append(mdb_load_seconds(
                dump, "/dev/shm/" + os.path.basename(bench.tmp))[0])
    note("load: %.1f MB written by mdb_load" % (size / 1e6))
    os.remove(dump)
    bench.results.add("load", ours, "s")
    bench.results.add("load_mdb_load", peer, "s")
    bench.results.add_ratio("load_vs_mdb_load", ours, peer, 3,
                            lower_is_better=True, times=True)
    if peer_memory:
        bench.results.add_ratio("load_vs_mdb_load_in_memory", ours,
                                peer_memory, None, lower_is_better=True,
                                times=True)


def write_changed(source, target, number, points):
    """The CSV with the name of every 50th place changed; another 2 % and
    other names for each `number`."""
    changed = 0
    with open(source, encoding="utf-8") as rows, \
            open(target, "w", encoding="utf-8") as out:
        out.write(next(rows))
        for i, row in enumerate(rows):
            if i % 50 == number % 50:
                row = row.replace("生成驿站", "改名%d驿站" % number, 1)
                changed += 1
            out.write(row)
    note("reload: %d of %d rows changed" % (changed, points))


def reload(bench, wanted):
    data = scans(bench)
    data.load()
    file = bench.path("changed.csv")
    server = data.nginx("reload")
    times = []
    try:
        for number in range(bench.runs):
            write_changed(data.csv, file, number, data.points)
            place = "/v1/places/b-%d" % (number % 50)
            name = ("改名%d驿站" % number).encode()
            took, ended = timed_load(bench, data, file, server.product, place,
                                     name)
            note("reload: command %.3f s, served after %.3f s"
                 % (ended, took))
            times.append(took)
            # Back to the first file, so that each run changes 2 %.
            timed_load(bench, data, data.csv, server.product, place,
                       "生成驿站".encode())
    finally:
        server.stop()
        if os.path.exists(file):
            os.remove(file)
    bench.results.add("reload_2_percent", times, "s", 1)


def beyond_map_mib(pid):
    """Resident memory of a process without the mapped data, in MiB."""
    total_kb, in_map = 0, False
    with open("/proc/%d/smaps" % pid) as maps:
        for line in maps:
            words = line.split()
            if "-" in words[0] and not words[0].endswith(":"):
                in_map = line.rstrip().endswith((".mdb", ".mdb (deleted)"))
            elif words[0] == "Rss:" and not in_map:
                total_kb += int(words[1])
    return total_kb / 1024


def memory(bench, wanted):
    """After scans of all codes and searches everywhere, 64 connections."""
    for row, data in (("memory_per_worker_200k", scans(bench)),
                      ("memory_per_worker_1m", many(bench))):
        if row not in wanted:
            continue
        data.load()
        every, _ = data.scan_paths()
        values = [worker_memory(bench, data, (every, data.near))
                  for _ in range(bench.runs)]
        bench.results.add(row, values, "MiB", 16)


def worker_memory(bench, data, files):
    server = data.nginx("memory")
    try:
        for paths in files:
            run(bench.client(
                bench.tool("cpu_load"), "--port", server.product, "--paths",
                paths, "--requests", bench.size(200000, 20000), "--pids",
                server.worker()))
        return beyond_map_mib(server.worker())
    finally:
        server.stop()


ROWS = [
    (("load_vs_mdb_load",), load),
    (("reload_2_percent",), reload),
    (("memory_per_worker_200k", "memory_per_worker_1m"), memory),
]
