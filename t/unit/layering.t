#!/usr/bin/perl
# What this protects: core/ allocates nothing, does no I/O and reads no clock;
# the nginx module cannot write the store, because no LMDB write function is
# linked into it; nothing in the tree includes against the grain.  It looks at
# the symbols of what was built, so it holds whatever the sources say.  Each
# checker is first tried on a small fault of its own kind and has to find it.
use strict;
use warnings;
use File::Temp 'tempdir';
use Test::More;

my $BUILD = $ENV{BUILD} // 'build';
my $CC = $ENV{CC} // 'cc';

# The functions outside of itself that core/ may call: pure ones of libc and
# libm, and what compilers put in by themselves.
my $PURE = join '|', qw(mem(?:cpy|move|cmp|set|chr|mem|rchr)
    str(?:len|nlen|cmp|ncmp|chr|spn|cspn) bsearch
    (?:a?sin|a?cos|a?tan|atan2|sincos|sqrt|hypot|exp|log|pow|fmod|remainder)l?f?
    (?:floor|ceil|round|trunc|rint|nearbyint|lround|llround|lrint|llrint)f?
    (?:fabs|fmin|fmax|copysign|ldexp|frexp|modf)f?
    __stack_chk_fail __(?:mem|str)\w+_chk _GLOBAL_OFFSET_TABLE_
    __errno_location __(?:popcount|clz|ctz|bswap)[sd]i2
    __cpu_(?:model|features2|indicator_init));

# All of LMDB that a reader may need.
my $READ = join '|', qw(mdb_env_create mdb_env_open mdb_env_close
    mdb_env_get_\w+ mdb_env_set_(?:mapsize|maxdbs|maxreaders|userctx|assert)
    mdb_env_info mdb_env_stat mdb_txn_(?:begin|abort|reset|renew|commit|id|env)
    mdb_dbi_open mdb_dbi_close mdb_dbi_flags mdb_get mdb_stat mdb_cmp
    mdb_cursor_(?:open|close|get|renew|txn|dbi|count) mdb_strerror
    mdb_version mdb_reader_(?:list|check));

sub undefined_symbols {
    my @objects = @_;
    my %defined;
    my %wanted;
    for my $line (`nm -P @objects 2>/dev/null`) {
        my ($name, $type) = split ' ', $line;
        next unless defined $type && $type =~ /^[A-Za-z]$/;
        $name =~ s/@.*//;
        if ($type eq 'U' || $type eq 'w') {
            $wanted{$name} = 1;
        } else {
            $defined{$name} = 1;
        }
    }
    return grep { !$defined{$_} } sort keys %wanted;
}

sub impure_symbols {
    return grep { !/^(?:$PURE)$/ } undefined_symbols(@_);
}

sub mdb_write_symbols {
    return grep { /^mdb_/ && !/^(?:$READ)$/ } undefined_symbols(@_);
}

sub compiled {
    my ($code) = @_;
    my $directory = tempdir(CLEANUP => 1);
    open my $out, '>', "$directory/fault.c" or die "fault.c: $!";
    print $out $code;
    close $out;
    system($CC, '-fPIC', '-O2', '-c', '-o', "$directory/fault.o",
        "$directory/fault.c") == 0 or die 'cannot compile';
    return "$directory/fault.o";
}

# A tree with one file whose code breaks the rule; what scripts/lint says.
sub lint_of {
    my ($path, $code) = @_;
    my $tree = tempdir(CLEANUP => 1);
    (my $directory = $path) =~ s{/[^/]*$}{};
    mkdir "$tree/$directory" or die "$directory: $!";
    open my $out, '>', "$tree/$path" or die "$path: $!";
    print $out $code;
    close $out;
    return scalar `CLANG_FORMAT=none scripts/lint $tree`;
}

my @found = impure_symbols(compiled(
    "#include <stdlib.h>\nvoid *f(void) { return malloc(7); }\n"));
is_deeply(\@found, ['malloc'], 'a call of malloc is found');
@found = impure_symbols(compiled(
    "#include <time.h>\nlong f(void) { return time(0); }\n"));
is_deeply(\@found, ['time'], 'a look at the clock is found');
@found = mdb_write_symbols(compiled(
    "int mdb_put(void);\nint f(void) { return mdb_put(); }\n"));
is_deeply(\@found, ['mdb_put'], 'a write to LMDB is found');

my @core = glob "$BUILD/core/*.o";
ok(@core > 10, 'the objects of core/ are there');
is_deeply([impure_symbols(@core)], [],
    'core/ calls nothing but itself and pure functions');

my $module = "$BUILD/ngx_http_yizhan_module.so";
my @module_symbols = grep { /^mdb_/ } undefined_symbols($module);
ok(@module_symbols > 0, 'the module is there and uses LMDB');
is_deeply([mdb_write_symbols($module)], [],
    'the module links no function of LMDB that writes');
is_deeply([grep { /^yajl_/ } undefined_symbols($module)], [],
    'the module links nothing of the loader');

like(lint_of('core/a.c', "#include \"lmdb_schema/env.h\"\n"),
    qr/^not ok .*includes point/m, 'an include against the grain is found');
like(lint_of('core/a.c', "#include <stdio.h>\n"),
    qr/^not ok .*core is pure C/m, 'a header of I/O in core/ is found');
like(lint_of('core/a.c', "int\nf(void)\n{\n" . "    ;\n" x 71 . "}\n"),
    qr/^not ok .*no function is longer/m, 'a long function is found');
like(lint_of('core/a.c', "/* a */\n" x 501),
    qr/^not ok .*no file is longer/m, 'a long file is found');
like(lint_of('core/a.c', "    strcpy(a, b);\n"),
    qr/^not ok .*no banned call/m, 'a banned call is found');
unlike(lint_of('core/a.c', "/* strcpy(a, b) */ char *x = \"gets()\";\n"),
    qr/^not ok .*no banned call/m, 'a comment about one is none');
like(lint_of('core/a.c', "    free(p);\n"),
    qr/^not ok .*no banned call/m, 'an allocator in core/ is found');
like(lint_of('core/a.h', "#define TRY(x) \\\n    if (x) return x\n"),
    qr/^not ok .*no macro hides/m, 'a macro that returns is found');
like(lint_of('core/a.c', "#if 0\nint a;\n#endif\n"),
    qr/^not ok .*nothing is left/m, 'code switched off is found');

done_testing();
