#!/bin/sh
# Builds the ceiling module into OUT/: against Debian's nginx-dev, or with
# NGINX_SRC=DIR against a source tree of nginx.  build.sh OUT
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
src=${NGINX_SRC:-/usr/share/nginx/src}

cd "$src"
if [ -f conf_flags ]; then
    # Debian's own options: a module must be made with the nginx it goes into.
    set -- bash -c '. ./conf_flags
        exec ./configure "${NGX_CONF_FLAGS[@]}" "$@"' configure
else
    configure=./configure
    [ -x $configure ] || configure=auto/configure
    set -- $configure --with-compat
fi
"$@" --with-cc-opt="-O2 -fPIC" --add-dynamic-module="$here" \
    --builddir="$out" >"$out.log" 2>&1 ||
    { cat "$out.log" >&2; exit 1; }
make -f "$out/Makefile" modules >>"$out.log" 2>&1 ||
    { cat "$out.log" >&2; exit 1; }
