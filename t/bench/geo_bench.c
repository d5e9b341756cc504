/*
 * geo_bench: the geo layer of yizhan, read through LMDB as a worker reads it
 * (a transaction renewed for each query), one thread.  Run by scripts/bench
 * beside geo_peers, on the same points and positions.
 *
 *   geo_bench --points FILE [--n N] [--queries Q] --dir DIR --cases A,B,...
 *
 * Cases: k10; kind_1 kind_01 region_far open_60 open_5 services_2 (k10 with a
 * filter); far (k10 from all over the world); moves (k10 while another
 * process commits 300 moves a second); commit (one move, with its commit).
 *
 * Prints  ROW geo yizhan <n> <case> <p50_ns> <p99_ns> <mean_ns> <checksum>
 * and     VALUE <name> <value> <unit>.
 */
#include "core/geo_key.h"
#include "lmdb_schema/geo_read.h"
#include "lmdb_schema/geo_write.h"
#include "points.h"
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NEAREST 10
#define MOVES_A_SECOND 300
#define COMMITS 2000
#define LAYER "bench"
#define MAP_SIZE ((size_t)4 << 30) /* valgrind takes no more */

typedef struct {
    const char *points_file;
    const char *directory;
    char *cases;
    size_t n;
    size_t queries;
} options;

typedef struct {
    options o;
    const bench_file_header *header;
    const bench_point *points;
    const bench_position *near;
    const bench_position *far;
    uint64_t *times_ns;
    size_t layer_bytes;
} bench;

static void
die(const char *what, const char *name)
{
    fprintf(stderr, "geo_bench: %s: %s\n", what, name);
    exit(2);
}

static void
must(int rc, const char *what)
{
    if (rc != 0) {
        die(what, mdb_strerror(rc));
    }
}

static void
must_be_ok(yz_status status, const char *what)
{
    if (status != YZ_OK) {
        die(what, yz_status_text(status));
    }
}

static uint64_t
now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static options
options_read(int argc, char **argv)
{
    options o = {.n = 1000000, .queries = 20000};

    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--points") == 0) {
            o.points_file = argv[i + 1];
        } else if (strcmp(argv[i], "--dir") == 0) {
            o.directory = argv[i + 1];
        } else if (strcmp(argv[i], "--cases") == 0) {
            o.cases = argv[i + 1];
        } else if (strcmp(argv[i], "--n") == 0) {
            o.n = strtoull(argv[i + 1], NULL, 10);
        } else if (strcmp(argv[i], "--queries") == 0) {
            o.queries = strtoull(argv[i + 1], NULL, 10);
        } else {
            die("no such option", argv[i]);
        }
    }
    if (o.points_file == NULL || o.directory == NULL || o.cases == NULL) {
        die("wanted", "--points FILE --dir DIR --cases A,B");
    }
    return o;
}

static void
points_map(bench *b)
{
    FILE *file = fopen(b->o.points_file, "rb");
    struct stat st;

    if (file == NULL || fstat(fileno(file), &st) != 0) {
        die(b->o.points_file, strerror(errno));
    }
    void *bytes =
        mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fileno(file), 0);
    fclose(file);
    if (bytes == MAP_FAILED) {
        die(b->o.points_file, strerror(errno));
    }
    b->header = bytes;
    if (b->header->magic != BENCH_MAGIC ||
        b->header->point_size != sizeof(bench_point)) {
        die(b->o.points_file, "not a file of points");
    }
    b->points = (const bench_point *)(b->header + 1);
    b->near = (const bench_position *)(b->points + b->header->points);
    b->far = b->near + b->header->queries_near;
    b->o.n = b->o.n < b->header->points ? b->o.n : b->header->points;
    if (b->o.queries > b->header->queries_near) {
        b->o.queries = b->header->queries_near;
    }
}

static yz_geo_point
point_of(const bench_point *p)
{
    return (yz_geo_point){
        .lat_e7 = p->lat_e7,
        .lng_e7 = p->lng_e7,
        .number = p->number,
        .region = p->region,
        .services = p->services,
        .kind = p->kind,
        .hours = p->hours,
        .level = p->level,
    };
}

static MDB_env *
env_open(const bench *b)
{
    MDB_env *env;

    must(mdb_env_create(&env), "env");
    must(mdb_env_set_mapsize(env, MAP_SIZE), "map size");
    must(mdb_env_set_maxdbs(env, 4), "databases");
    must(mdb_env_open(env, b->o.directory, MDB_NOTLS | MDB_NOSYNC, 0600),
         b->o.directory);
    return env;
}

/* A fresh layer for each run, so that no run profits from another. */
static void
layer_build(bench *b)
{
    yz_geo_point *points = malloc(b->o.n * sizeof(*points));
    yz_geo_writer *writer;
    MDB_txn *txn;
    char path[512], why[160];

    mkdir(b->o.directory, 0700);
    snprintf(path, sizeof(path), "%s/data.mdb", b->o.directory);
    unlink(path);
    snprintf(path, sizeof(path), "%s/lock.mdb", b->o.directory);
    unlink(path);
    for (size_t i = 0; points != NULL && i < b->o.n; i++) {
        points[i] = point_of(&b->points[i]);
    }
    MDB_env *env = env_open(b);
    uint64_t start = now_ns();
    must(mdb_txn_begin(env, NULL, 0, &txn), "begin");
    must_be_ok(yz_geo_writer_open(txn, LAYER, &writer), "open layer");
    must_be_ok(yz_geo_writer_build(writer, points, b->o.n), "build");
    must_be_ok(yz_geo_writer_finish(writer), "finish");
    yz_geo_writer_free(writer);
    must(mdb_txn_commit(txn), "commit");
    printf("VALUE geo_build_ns_per_point %.0f ns\n",
           (double)(now_ns() - start) / (double)b->o.n);
    must(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), "begin");
    must_be_ok(yz_geo_layer_check(txn, LAYER, NULL, NULL, &b->layer_bytes, why),
               why);
    mdb_txn_abort(txn);
    mdb_env_close(env);
    free(points);
    printf("VALUE geo_bytes_per_point %.2f bytes\n",
           (double)b->layer_bytes / (double)b->o.n);
}

static int
order_by_number(void *context, uint32_t a, uint32_t b)
{
    (void)context;
    return a < b ? -1 : a > b;
}

static uint8_t
open_of(void *context, uint16_t hours)
{
    (void)context;
    (void)hours;
    return 0;
}

/* The box of a region as its record keeps it: round all its points. */
static void
region_box(const bench *b, yz_geo_filter *filter)
{
    int32_t box[4] = {INT32_MAX, INT32_MAX, INT32_MIN, INT32_MIN};

    for (size_t i = 0; i < b->o.n; i++) {
        const bench_point *p = &b->points[i];
        if (p->region >= filter->region_low &&
            p->region <= filter->region_high) {
            box[0] = p->lng_e7 < box[0] ? p->lng_e7 : box[0];
            box[1] = p->lat_e7 < box[1] ? p->lat_e7 : box[1];
            box[2] = p->lng_e7 > box[2] ? p->lng_e7 : box[2];
            box[3] = p->lat_e7 > box[3] ? p->lat_e7 : box[3];
        }
    }
    filter->has_box = box[0] <= box[2];
    memcpy(filter->box_e7, box, sizeof(box));
}

static yz_geo_filter
filter_of(const bench *b, const char *name)
{
    static uint8_t open[BENCH_HOURS_IDS];
    yz_geo_filter filter = yz_geo_filter_any();
    uint32_t open_below = 0;

    if (strcmp(name, "kind_1") == 0 || strcmp(name, "kind_01") == 0) {
        filter.kind_count = 1;
        filter.kinds[0] = strcmp(name, "kind_1") == 0 ? BENCH_KIND_1_PERCENT
                                                      : BENCH_KIND_01_PERCENT;
    } else if (strcmp(name, "region_far") == 0) {
        filter.region_low = BENCH_REGION_FAR;
        filter.region_high = BENCH_REGION_FAR + 99;
        region_box(b, &filter);
    } else if (strcmp(name, "services_2") == 0) {
        filter.services =
            (uint64_t)1 << BENCH_SERVICE_A | (uint64_t)1 << BENCH_SERVICE_B;
    } else if (strcmp(name, "open_60") == 0) {
        open_below = BENCH_HOURS_OPEN_60_PERCENT;
    } else if (strcmp(name, "open_5") == 0) {
        open_below = BENCH_HOURS_OPEN_5_PERCENT;
    } else if (strcmp(name, "k10") != 0 && strcmp(name, "far") != 0 &&
               strcmp(name, "moves") != 0) {
        die("no such case", name);
    }
    if (open_below != 0) {
        for (uint32_t i = 0; i < BENCH_HOURS_IDS; i++) {
            open[i] = i < open_below;
        }
        filter.open = open;
        filter.open_count = BENCH_HOURS_IDS;
        filter.open_of = open_of;
    }
    return filter;
}

static int
u64_compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

/* Mixes positions, as geo_peers does: independent of the order. */
static uint64_t
hits_mix(const yz_geo_hit *hits, uint32_t count)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < count; i++) {
        uint64_t x =
            (uint64_t)(uint32_t)hits[i].lng_e7 << 32 | (uint32_t)hits[i].lat_e7;
        x ^= x >> 33;
        x *= UINT64_C(0xff51afd7ed558ccd);
        x ^= x >> 33;
        x *= UINT64_C(0xc4ceb9fe1a85ec53);
        sum += x ^ x >> 33;
    }
    return sum;
}

/* All queries once; times into b->times_ns, the checksum returned. */
static uint64_t
queries_run(bench *b, yz_geo_reader *reader, MDB_txn *txn,
            const yz_geo_filter *filter, const bench_position *from,
            size_t queries)
{
    yz_geo_hit hits[NEAREST];
    uint64_t sum = 0;

    for (size_t i = 0; i < queries; i++) {
        yz_geo_query query = {
            .lat_e7 = from[i].lat_e7,
            .lng_e7 = from[i].lng_e7,
            .limit = NEAREST,
            .radius_m = INFINITY,
            .after_key = -1,
            .filter = filter,
            .order = order_by_number,
        };
        uint32_t count;
        uint64_t start = now_ns();
        must(mdb_txn_renew(txn), "renew");
        must_be_ok(yz_geo_reader_nearest(reader, txn, &query, hits, &count),
                   "nearest");
        mdb_txn_reset(txn);
        b->times_ns[i] = now_ns() - start;
        sum += hits_mix(hits, count);
    }
    return sum;
}

static void
row_print(bench *b, const char *name, size_t queries, uint64_t sum)
{
    uint64_t *t = b->times_ns;
    double total = 0;

    for (size_t i = 0; i < queries; i++) {
        total += (double)t[i];
    }
    qsort(t, queries, sizeof(*t), u64_compare);
    printf("ROW geo yizhan %zu %s %" PRIu64 " %" PRIu64 " %.0f %016" PRIx64
           "\n",
           b->o.n, name, t[queries / 2], t[queries * 99 / 100],
           total / (double)queries, sum);
    fflush(stdout);
}

/* Another process: moves points a few hundred metres and back again. */
static void
mover_run(const bench *b)
{
    MDB_env *env = env_open(b);
    uint64_t start = now_ns();

    for (uint32_t i = 0;; i++) {
        const bench_point *p = &b->points[i * 7919u % b->o.n];
        yz_geo_point before = point_of(p), after = before;
        yz_geo_writer *writer;
        MDB_txn *txn;
        after.lat_e7 += after.lat_e7 < 899000000 ? 27000 : 0;
        must(mdb_txn_begin(env, NULL, 0, &txn), "begin");
        must_be_ok(yz_geo_writer_open(txn, LAYER, &writer), "open layer");
        must_be_ok(yz_geo_writer_put(writer, &before, &after), "move");
        must_be_ok(yz_geo_writer_put(writer, &after, &before), "move back");
        must_be_ok(yz_geo_writer_finish(writer), "finish");
        yz_geo_writer_free(writer);
        must(mdb_txn_commit(txn), "commit");
        uint64_t due = start + (uint64_t)(i + 1) * 1000000000u / MOVES_A_SECOND;
        uint64_t now = now_ns();
        if (due > now) {
            usleep((useconds_t)((due - now) / 1000));
        }
    }
}

static void
case_run(bench *b, const char *name)
{
    bool far = strcmp(name, "far") == 0;
    const bench_position *from = far ? b->far : b->near;
    size_t queries = far && b->o.queries > b->header->queries_far
                         ? b->header->queries_far
                         : b->o.queries;
    yz_geo_filter filter = filter_of(b, name);
    yz_geo_reader *reader;
    MDB_txn *txn;
    pid_t mover = 0;

    if (strcmp(name, "moves") == 0) {
        fflush(stdout);
        mover = fork();
        if (mover == 0) {
            mover_run(b);
        }
    }
    MDB_env *env = env_open(b);
    must(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), "begin");
    must_be_ok(yz_geo_reader_open(txn, LAYER, &reader), "open layer");
    must(mdb_txn_commit(txn), "commit");
    must(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), "begin");
    mdb_txn_reset(txn);
    queries_run(b, reader, txn, &filter, from, queries); /* warm */
    uint64_t sum = queries_run(b, reader, txn, &filter, from, queries);
    if (mover > 0) {
        kill(mover, SIGKILL);
        waitpid(mover, NULL, 0);
    }
    row_print(b, name, queries, sum);
    mdb_txn_abort(txn);
    yz_geo_reader_free(reader);
    mdb_env_close(env);
}

/* Pages that this process has written so far, by the bytes it has handed to
   the system: LMDB writes whole pages, and the meta page once a commit. */
static uint64_t
pages_written(void)
{
    FILE *file = fopen("/proc/self/io", "r");
    char line[128];
    uint64_t bytes = 0;

    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        if (sscanf(line, "wchar: %" SCNu64, &bytes) == 1) {
            break;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return bytes / 4096;
}

static void
commit_run(bench *b)
{
    uint64_t *times = b->times_ns;
    uint64_t *pages = malloc(COMMITS * sizeof(*pages));
    MDB_env *env = env_open(b);
    MDB_txn *txn;

    for (uint32_t i = 0; pages != NULL && i < COMMITS; i++) {
        const bench_point *p = &b->points[i * 7919u % b->o.n];
        yz_geo_point before = point_of(p), after = before;
        yz_geo_writer *writer;
        after.lat_e7 += after.lat_e7 < 899000000 ? 27000 : 0;
        uint64_t pages_before = pages_written();
        uint64_t start = now_ns();
        must(mdb_txn_begin(env, NULL, 0, &txn), "begin");
        must_be_ok(yz_geo_writer_open(txn, LAYER, &writer), "open layer");
        must_be_ok(yz_geo_writer_put(writer, &before, &after), "move");
        must_be_ok(yz_geo_writer_finish(writer), "finish");
        yz_geo_writer_free(writer);
        must(mdb_txn_commit(txn), "commit");
        times[i] = now_ns() - start;
        pages[i] = pages_written() - pages_before;
    }
    mdb_env_close(env);
    row_print(b, "commit", COMMITS, 0);
    qsort(pages, COMMITS, sizeof(*pages), u64_compare);
    printf("VALUE geo_commit_us %.1f us\n", (double)times[COMMITS / 2] / 1000);
    printf("VALUE geo_commit_pages %" PRIu64 " pages\n", pages[COMMITS / 2]);
    free(pages);
}

int
main(int argc, char **argv)
{
    bench b = {.o = options_read(argc, argv)};
    size_t times;
    char *rest = b.o.cases;

    points_map(&b);
    times = b.o.queries > COMMITS ? b.o.queries : COMMITS;
    b.times_ns = calloc(times, sizeof(*b.times_ns));
    if (b.times_ns == NULL || b.o.n == 0) {
        die("no room or no points", b.o.points_file);
    }
    layer_build(&b);
    for (char *name; (name = strsep(&rest, ",")) != NULL;) {
        if (strcmp(name, "commit") == 0) {
            commit_run(&b);
        } else {
            case_run(&b, name);
        }
    }
    free(b.times_ns);
    return 0;
}
