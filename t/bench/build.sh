#!/bin/sh
# Builds what the benchmark needs beside the product into BUILD/bench/: the
# generator of points, the load driver, the geo programs, the ceiling module.
# Called by scripts/bench in the project's top directory: build.sh BUILD
set -eu
build=$1
here=t/bench
out=$build/bench
warnings="-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
    -Wvla -Werror"
c="${CC:-cc} -std=c11 -D_GNU_SOURCE -O2 -g -ffp-contract=off $warnings"
mkdir -p "$out"

$c -o "$out/points" $here/points.c $here/points_write.c -lm
$c -o "$out/cpu_load" $here/cpu_load.c $here/cpu_time.c
$c -o "$out/write_load" $here/write_load.c
$c -I"$(pg_config --includedir)" -o "$out/pg_handler" $here/pg_handler.c \
    -lmicrohttpd -lpq -lpthread
if [ -f $here/geo_bench.c ]; then
    make -s BUILD="$build" "$build/libschema.a" "$build/libcore.a"
    $c -I. -I$here -o "$out/geo_bench" $here/geo_bench.c \
        "$build/libschema.a" "$build/libcore.a" -llmdb -lxxhash -lcrypto -lm
    $c -I. -o "$out/ratings_write" $here/ratings_write.c \
        "$build/libschema.a" "$build/libcore.a" -llmdb -lxxhash -lcrypto -lm
fi

# Takes half a minute of C++ templates: only when it has changed.  The
# libraries' own headers are not clean of warnings.
if [ ! "$out/geo_peers" -nt $here/geo_peers.cc ] ||
    [ ! "$out/geo_peers" -nt $here/points.h ]; then
    "${CXX:-g++}" -std=c++17 -O3 -DNDEBUG -Wall -Wextra \
        -Wno-maybe-uninitialized -DBOOST_ALLOW_DEPRECATED_HEADERS \
        -o "$out/geo_peers" $here/geo_peers.cc -ls2
fi
$here/ceiling_module/build.sh "$out/ceiling"
