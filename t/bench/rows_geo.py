"""The rows of the geo core: geo_bench (yizhan's index, read through LMDB)
beside geo_peers (Boost.Geometry and S2 in memory), the same points and
positions.

Both print  ROW geo <engine> <points> <case> <p50> <p99> <mean> <checksum>
in nanoseconds; geo_bench also prints  VALUE <name> <value> <unit>.
"""
import os

from measure import Failed, lines_of, note, run

FILTERS = ("kind_1", "kind_01", "region_far", "open_60", "open_5",
           "services_2")


def points_file(bench):
    """All points and positions, drawn once for the whole run."""
    path = bench.path("points.bin")
    if not os.path.exists(path):
        note(run([bench.tool("points"), "--cities",
                  os.path.join(bench.top, "t/bench/cities.csv"), "--points",
                  bench.size(1000000, 100000), "--seed", bench.seed, "--out",
                  path]).strip())
    return path


def parsed(text):
    """{(engine, case): (p50, p99, mean, checksum)} and {name: value}."""
    rows, values = {}, {}
    for line in lines_of(text, "ROW"):
        _, _, engine, _, case, p50, p99, mean, checksum = line.split()
        rows[engine, case] = (float(p50), float(p99), float(mean), checksum)
    for line in lines_of(text, "VALUE"):
        _, name, value, unit = line.split()
        values[name] = (float(value), unit)
    return rows, values


def ours(bench, cases, n=None):
    n = n or bench.size(1000000, 100000)
    rows, values = parsed(run(
        bench.client(bench.tool("geo_bench"), "--points", points_file(bench),
                     "--n", n, "--queries", bench.size(20000, 5000),
                     "--dir", bench.path("geo"), "--cases",
                     ",".join(cases))))
    for case in cases:
        if ("yizhan", case) not in rows:
            raise Failed("geo_bench has no case " + case)
    return rows, values


def theirs(bench, engine):
    rows, _ = parsed(run(
        bench.client(bench.tool("geo_peers"), "--points", points_file(bench),
                     "--n", bench.size(1000000, 100000), "--queries",
                     bench.size(20000, 5000), "--engine", engine)))
    return rows[engine, "k10"]


def one_checksum(name, rows):
    """The checksum of all runs, which must not differ."""
    sums = {row[3] for row in rows}
    if len(sums) != 1:
        raise Failed("%s answers differ from run to run: %s"
                     % (name, " ".join(sorted(sums))))
    note("checksum", name, sums.pop())


def k10(bench, wanted):
    runs = {"yizhan": [], "boost": [], "s2": []}
    for _ in range(bench.runs):
        runs["yizhan"].append(ours(bench, ["k10"])[0]["yizhan", "k10"])
        for engine in ("boost", "s2"):
            runs[engine].append(theirs(bench, engine))
    p50 = {}
    for engine, rows in runs.items():
        one_checksum("geo " + engine, rows)
        p50[engine] = [row[0] for row in rows]
        bench.results.add("geo_k10_%s_p50" % engine, p50[engine], "ns")
        bench.results.add("geo_k10_%s_p99" % engine, [r[1] for r in rows],
                          "ns")
    # Times as fast: their time over ours.
    bench.results.add_ratio("geo_vs_boost", p50["boost"], p50["yizhan"], 1.5,
                            times=True)
    bench.results.add_ratio("geo_vs_s2", p50["s2"], p50["yizhan"], 10,
                            times=True)
    bench.results.add("geo_p99_over_p50",
                      [row[1] / row[0] for row in runs["yizhan"]], "ratio", 2)


def moves(bench, wanted):
    runs = [ours(bench, ["k10", "moves"])[0] for _ in range(bench.runs)]
    bench.results.add("geo_moves_p50", [r["yizhan", "moves"][0] for r in runs],
                      "ns")
    bench.results.add_ratio("geo_moves",
                            [r["yizhan", "moves"][0] for r in runs],
                            [r["yizhan", "k10"][0] for r in runs], 1.5,
                            lower_is_better=True, times=True)


def filters(bench, wanted):
    runs = [ours(bench, ["k10"] + list(FILTERS))[0]
            for _ in range(bench.runs)]
    still = [r["yizhan", "k10"][0] for r in runs]
    for case in FILTERS:
        rows = [r["yizhan", case] for r in runs]
        one_checksum("geo filter " + case, rows)
        bench.results.add("geo_filter_%s_p50" % case, [r[0] for r in rows],
                          "ns")
        bench.results.add_ratio("geo_filter_" + case, [r[0] for r in rows],
                                still, 5, lower_is_better=True, times=True)


def growth(bench, wanted):
    sizes = [1000, 10000, 100000] + ([] if bench.quick else [1000000])
    p50 = {n: [] for n in sizes}
    for _ in range(bench.runs):
        for n in sizes:
            p50[n].append(ours(bench, ["k10"], n)[0]["yizhan", "k10"][0])
    for n in sizes:
        bench.results.add("geo_growth_%d_p50" % n, p50[n], "ns")
    bench.results.add_ratio("geo_growth", p50[sizes[-1]], p50[sizes[0]], 3,
                            lower_is_better=True, times=True)


def commit(bench, wanted):
    targets = {"geo_commit_us": 60, "geo_commit_pages": 24,
               "geo_bytes_per_point": 44}
    runs = [ours(bench, ["commit"])[1] for _ in range(bench.runs)]
    for name, target in targets.items():
        if name not in runs[0]:
            raise Failed("geo_bench has no value " + name)
        if name in wanted:
            bench.results.add(name, [r[name][0] for r in runs],
                              runs[0][name][1], target)


ROWS = [
    (("geo_vs_boost", "geo_vs_s2", "geo_p99_over_p50"), k10),
    (("geo_moves",), moves),
    (tuple("geo_filter_" + case for case in FILTERS), filters),
    (("geo_growth",), growth),
    (("geo_commit_us", "geo_commit_pages", "geo_bytes_per_point"), commit),
]
