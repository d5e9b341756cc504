#!/usr/bin/perl
# What this protects: a load that cannot finish changes nothing.  A second
# writer waits or says who has the lock, a full disk and an interrupted check
# leave the old data as it is and right.  Damaged pages of public data kill no
# command: each finds them before LMDB follows them.
use strict;
use warnings;
use Cwd 'abs_path';
use File::Basename 'dirname';
use File::Temp 'tempdir';
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

my $root = abs_path(dirname(__FILE__) . '/../..');
my $build = $ENV{YIZHAN_BUILD} // $ENV{BUILD} // "$root/build";
my $scratch = tempdir(CLEANUP => 1);
my $dir = "$scratch/var";
$ENV{YIZHAN_DATA} = "$root/data";

sub yizhan {
    my @words = map { "'$_'" } @_;
    my $out = `'$build/yizhan' --dir '$dir' @words 2>&1`;
    return ($? & 127 ? 128 + ($? & 127) : $? >> 8, $out);
}

sub write_rows {
    my ($name, $rows, $suffix) = @_;
    open my $file, '>', "$scratch/$name" or die;
    print $file "id,name,lng,lat,crs,address\n";
    printf $file "F-%06d,place %d%s,%.5f,%.5f,wgs84,%s\n", $_, $_, $suffix,
        100 + $_ % 1000 / 100, 20 + $_ % 777 / 100, 'x' x 80
        for 1 .. $rows;
    close $file or die;
    return "$scratch/$name";
}

my ($code, $out) = yizhan('load', write_rows('small.csv', 500, ''));
is($code, 0, 'the old data') or diag($out);
my ($dumped, $before) = yizhan('dump');
my $big = write_rows('big.csv', 60000, ' new');

sub unchanged {
    my ($after) = (yizhan('dump'))[1];
    ok($after eq $before, "$_[0]: the old data serves as before");
    my ($verified, $said) = yizhan('verify');
    is($verified, 0, "$_[0]: and is right") or diag($said);
}

# Interrupted while a file is being read: it comes through a pipe that stalls.
pipe(my $reading, my $writing) or die;
my $pid = fork // die;
if ($pid == 0) {
    open STDIN, '<&', $reading or die;
    open STDOUT, '>', '/dev/null' or die;
    open STDERR, '>', '/dev/null' or die;
    close $writing;
    exec { "$build/yizhan" } "yizhan", '--dir', $dir, 'load', '-' or POSIX::_exit(99);
}
close $reading;
syswrite $writing, "id,name\nF-000001,other\n";
sleep 0.3;
kill 'INT', $pid;
waitpid $pid, 0;
ok(($? & 127) == 2, 'a load is interrupted while it reads');
close $writing;
unchanged('interrupted reading');

# Interrupted at many moments of checking and writing.  A commit that is
# through is through; anything else must not show.
my ($all, $none) = (0, 0);
for my $step (1 .. 12) {
    my $child = fork // die;
    if ($child == 0) {
        open STDOUT, '>', '/dev/null' or die;
        open STDERR, '>', '/dev/null' or die;
        exec { "$build/yizhan" } "yizhan", '--dir', $dir, 'load', $big or POSIX::_exit(99);
    }
    sleep 0.02 * $step;
    kill 'INT', $child;
    waitpid $child, 0;
    my ($verified, $said) = yizhan('verify');
    is($verified, 0, "right after an interruption ($step)") or diag($said);
    my $count = () = (yizhan('codes'))[1] =~ /^F-/mg;
    $count == 500 ? $none++ : $count == 60000 ? $all++ : fail("$count places");
    next if $count == 500;
    (yizhan('rollback'))[0] == 0 or fail('rollback');
    last;
}
ok($all + $none > 0, "all or nothing: $none times nothing, $all times all");

$before = (yizhan('dump'))[1];

# A full disk, as a limit on the size of files.
my $limited = `bash -c 'trap "" XFSZ; ulimit -f 600; exec "$build/yizhan" \\
    --dir "$dir" load "$big"' 2>&1`;
if ($all > 0) {
    pass('no disk that fills: the data is larger than the limit already');
} else {
    is($? >> 8, 1, 'a load on a full disk is refused') or diag($limited);
    like($limited, qr/yizhan: .+/, 'and says why');
    unchanged('full disk');
}

# Two writers: the second waits, or says who is first.
pipe(my $held_read, my $held_write) or die;
my $holder = fork // die;
if ($holder == 0) {
    close $held_read;
    # rollback of nothing and verify are short; a load of standard input
    # holds the lock only after it has read, so a big load is used.
    open STDOUT, '>', '/dev/null' or die;
    open STDERR, '>&', $held_write or die;
    exec { "$build/yizhan" } "yizhan", '--dir', $dir, 'load', $big or POSIX::_exit(99);
}
close $held_write;
my $started = '';
while (sysread $held_read, my $piece, 4096) {
    $started .= $piece;
    last if $started =~ /writing|committing/;
}
($code, $out) = yizhan('--wait', '0', 'load', "$scratch/small.csv");
my $still = waitpid($holder, POSIX::WNOHANG()) == 0;
SKIP: {
    skip 'the first writer was too fast', 2 unless $still && $code == 1;
    is($code, 1, 'a second writer that may not wait is refused');
    like($out, qr/$holder/, 'and names the first') or diag($out);
}
($code, $out) = yizhan('load', "$scratch/small.csv", '--dry-run');
like($out, qr/^500 rows:/m, 'one that waits gets its turn');
waitpid $holder, 0;
is((yizhan('verify'))[0], 0, 'right at the end');

# Pages of the generation that serves are zeroed, or full of ones: LMDB dies of
# both.  Whatever command comes first lives, tells it, and makes good data.
for my $case (['rebuild', "\0"], ['load', "\xff"], ['log', "\0"]) {
    my ($command, $byte) = @$case;
    my $file = "$dir/public/current/data.mdb";
    my $pages = int((-s $file) / 4096);
    open my $io, '+<:raw', $file or die "$file: $!";
    for my $page (map { int $pages * $_ / 20 } 2 .. 18) {
        sysseek $io, $page * 4096, 0;
        syswrite $io, $byte x 4096;
    }
    close $io;
    my @words = $command eq 'load' ? ("$scratch/small.csv") : ();
    ($code, $out) = yizhan($command, @words);
    is($code, 0, "$command with damaged pages") or diag($out);
    like($out, qr/^warning: public data was damaged; generation \d+ was built/m,
        "$command tells it");
    ($code, $out) = yizhan('verify');
    is($code, 0, "$command leaves right data") or diag($out);
    unlike($out, qr/damaged/, 'that nobody complains of any more');
    ($code, $out) = yizhan('load', write_rows('next.csv', 500, " $command"));
    is($code, 0, 'a following load works') or diag($out);
}
is((yizhan('verify'))[0], 0, 'right after all damages');

done_testing();
