/*
 * geo_peers: the ten nearest points by two well-known in-memory indexes, for
 * the same points and query positions as geo_bench.  Run by scripts/bench.
 *
 *   geo_peers --points FILE [--n N] [--queries N] [--rounds R]
 *             [--engine boost|s2|both]
 *
 * boost is Boost.Geometry's R-tree, bulk loaded (its packing algorithm), over
 * points of the unit sphere, nearest in the order of the chord; the ten come
 * unsorted, as its query() gives them; of nodes of 4 to 32 entries, 8 were the
 * fastest.  s2 is S2ClosestPointQuery over an S2PointIndex, which sorts them.
 * Both answer in spherical order, which at the tenth place may differ from
 * the geodesic order of yizhan, so the checksums of these two are equal to
 * each other but not to that of geo_bench.
 *
 * One line for each engine and round:
 *   ROW geo <engine> <n> k10 <p50_ns> <p99_ns> <mean_ns> <checksum>
 * The checksum is the sum over all answers of a mix of the position, so it
 * depends neither on the order nor on which of two points at one spot won.
 */
#include <algorithm>
#include <chrono>
#include <cinttypes>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/geometry.hpp>
#include <boost/geometry/index/rtree.hpp>
#include <s2/s2closest_point_query.h>
#include <s2/s2point.h>
#include <s2/s2point_index.h>

#include "points.h"

namespace
{

namespace bg = boost::geometry;
namespace bgi = boost::geometry::index;

constexpr int kNearest = 10;

using Clock = std::chrono::steady_clock;
using Point3 = bg::model::point<double, 3, bg::cs::cartesian>;
using Value = std::pair<Point3, uint32_t>;
using Tree = bgi::rtree<Value, bgi::rstar<8>>;

struct Options {
    std::string points;
    std::string engine = "both";
    size_t n = 1000000;
    size_t queries = 20000;
    int rounds = 1;
};

struct Data {
    std::vector<bench_point> points;
    std::vector<bench_position> queries;
};

[[noreturn]] void
die(const char *what, const std::string &name)
{
    std::fprintf(stderr, "geo_peers: %s: %s\n", what, name.c_str());
    std::exit(2);
}

Data
data_read(const Options &o)
{
    std::unique_ptr<FILE, int (*)(FILE *)> file(
        std::fopen(o.points.c_str(), "rb"), std::fclose);
    bench_file_header header;
    Data data;

    if (!file || std::fread(&header, sizeof(header), 1, file.get()) != 1 ||
        header.magic != BENCH_MAGIC ||
        header.point_size != sizeof(bench_point)) {
        die("not a file of points", o.points);
    }
    data.points.resize(std::min<size_t>(o.n, header.points));
    data.queries.resize(std::min<size_t>(o.queries, header.queries_near));
    if (std::fread(data.points.data(), sizeof(bench_point), data.points.size(),
                   file.get()) != data.points.size() ||
        std::fseek(file.get(),
                   static_cast<long>(sizeof(header) +
                                     header.points * sizeof(bench_point)),
                   SEEK_SET) != 0 ||
        std::fread(data.queries.data(), sizeof(bench_position),
                   data.queries.size(), file.get()) != data.queries.size()) {
        die("cut short", o.points);
    }
    return data;
}

template <class P>
P
unit_vector(int32_t lng_e7, int32_t lat_e7)
{
    const double radian = M_PI / 180e7;
    const double lng = lng_e7 * radian, lat = lat_e7 * radian;

    return P(std::cos(lat) * std::cos(lng), std::cos(lat) * std::sin(lng),
             std::sin(lat));
}

uint64_t
mix(const bench_point &p)
{
    uint64_t z = static_cast<uint64_t>(static_cast<uint32_t>(p.lng_e7)) << 32 |
                 static_cast<uint32_t>(p.lat_e7);

    z = (z ^ (z >> 31)) * UINT64_C(0xbf58476d1ce4e5b9);
    return z ^ (z >> 29);
}

class BoostEngine
{
  public:
    explicit BoostEngine(const Data &data)
    {
        std::vector<Value> values;

        values.reserve(data.points.size());
        for (const bench_point &p : data.points) {
            values.emplace_back(unit_vector<Point3>(p.lng_e7, p.lat_e7),
                                p.number);
        }
        tree_ = Tree(values);
        found_.reserve(kNearest);
    }

    /* The position made ready, outside the timed part. */
    Point3
    prepare(const bench_position &q) const
    {
        return unit_vector<Point3>(q.lng_e7, q.lat_e7);
    }

    void
    query(const Point3 &at)
    {
        found_.clear();
        tree_.query(bgi::nearest(at, kNearest), std::back_inserter(found_));
    }

    template <class F>
    void
    each(F f) const
    {
        for (const Value &v : found_) {
            f(v.second);
        }
    }

  private:
    Tree tree_;
    std::vector<Value> found_;
};

class S2Engine
{
    using Query = S2ClosestPointQuery<uint32_t>;

  public:
    explicit S2Engine(const Data &data)
    {
        for (const bench_point &p : data.points) {
            index_.Add(prepare({p.lng_e7, p.lat_e7}), p.number);
        }
        query_ = std::make_unique<Query>(&index_);
        query_->mutable_options()->set_max_results(kNearest);
    }

    S2Point
    prepare(const bench_position &q) const
    {
        return unit_vector<S2Point>(q.lng_e7, q.lat_e7);
    }

    void
    query(const S2Point &at)
    {
        Query::PointTarget target(at);

        query_->FindClosestPoints(&target, &found_);
    }

    template <class F>
    void
    each(F f) const
    {
        for (const Query::Result &r : found_) {
            f(r.data());
        }
    }

  private:
    S2PointIndex<uint32_t> index_;
    std::unique_ptr<Query> query_;
    std::vector<Query::Result> found_;
};

/* One round over all queries; adds up the answers, fills `ns` when given. */
template <class Engine>
uint64_t
round_run(Engine &engine, const Data &data, std::vector<double> *ns)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < data.queries.size(); i++) {
        const auto at = engine.prepare(data.queries[i]);
        const auto start = Clock::now();

        engine.query(at);

        const std::chrono::duration<double, std::nano> took =
            Clock::now() - start;

        engine.each([&](uint32_t id) { sum += mix(data.points[id]); });
        if (ns != nullptr) {
            (*ns)[i] = took.count();
        }
    }
    return sum;
}

template <class Engine>
void
engine_run(const char *name, const Data &data, const Options &o)
{
    const auto start = Clock::now();
    Engine engine(data);
    const std::chrono::duration<double> built = Clock::now() - start;
    std::vector<double> ns(data.queries.size());
    const size_t count = ns.size();

    std::printf("BUILD geo %s %zu seconds %.3f\n", name, data.points.size(),
                built.count());
    round_run(engine, data, nullptr);
    for (int round = 0; round < o.rounds; round++) {
        const uint64_t sum = round_run(engine, data, &ns);
        double mean = 0;

        for (double one : ns) {
            mean += one / static_cast<double>(count);
        }
        std::sort(ns.begin(), ns.end());
        std::printf("ROW geo %s %zu k%d %.0f %.0f %.0f %016" PRIx64 "\n", name,
                    data.points.size(), kNearest, ns[count / 2],
                    ns[count * 99 / 100], mean, sum);
    }
    std::fflush(stdout);
}

Options
options_read(int argc, char **argv)
{
    Options o;

    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string name = argv[i], value = argv[i + 1];

        if (name == "--points") {
            o.points = value;
        } else if (name == "--engine") {
            o.engine = value;
        } else if (name == "--n") {
            o.n = static_cast<size_t>(std::strtod(value.c_str(), nullptr));
        } else if (name == "--queries") {
            o.queries =
                static_cast<size_t>(std::strtod(value.c_str(), nullptr));
        } else if (name == "--rounds") {
            o.rounds =
                static_cast<int>(std::strtol(value.c_str(), nullptr, 10));
        } else {
            die("no such option", name);
        }
    }
    if (o.points.empty() || argc % 2 == 0 || o.n == 0 || o.queries == 0) {
        die("usage", "geo_peers --points FILE [--n N] [--queries N] "
                     "[--rounds R] [--engine boost|s2|both]");
    }
    return o;
}

} // namespace

int
main(int argc, char **argv)
{
    const Options o = options_read(argc, argv);
    const Data data = data_read(o);

    if (data.queries.empty()) {
        die("no queries in", o.points);
    }
    if (o.engine != "s2") {
        engine_run<BoostEngine>("boost", data, o);
    }
    if (o.engine != "boost") {
        engine_run<S2Engine>("s2", data, o);
    }
    return 0;
}
