#!/usr/bin/perl
# Protects the wall between reading and writing: the module that nginx loads
# links no LMDB function that writes.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Yizhan;
use Test::More;

my $WRITES = qr/^mdb_(?:put|del|drop|cursor_put|cursor_del|env_copy\w*
    |env_sync|reader_check|env_set_flags)$/x;

sub imported {
    my ($file) = @_;
    my @names = map { /\b(mdb_\w+)/ ? $1 : () } `nm -D --undefined-only $file`;
    return @names;
}

my @module = imported($Yizhan::MODULE);
cmp_ok(scalar @module, '>', 5, 'the module reads LMDB');
is_deeply([grep { $_ =~ $WRITES } @module], [], 'and writes nothing');

my @command = imported($Yizhan::COMMAND);
cmp_ok(scalar(grep { $_ =~ $WRITES } @command), '>', 1,
    'the check finds what writes in the command');

done_testing;
