#!/usr/bin/perl
# Protects what is there when the disk fills up while a load writes: a clear
# error and exit 1, nginx serves the load from before, and after room is made
# the next load succeeds and everything is right.  Without it a load could
# leave half of itself, a state that no generation shows, or a full disk for
# good because what it began stays there.
#
# A file system of a few megabytes needs root (tmpfs); without it a limit on
# the size of files stands in for a full disk, and the rest is skipped.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Watch;
use Yizhan;
use Test::More;
use Time::HiRes qw(sleep time);

my $PLACES = 600;
my $MORE = 3000;
my $ROUNDS = 16;
my $FS_BYTES = 40 << 20;
my @mounted;

END {
    my $status = $?;
    system 'umount', '-l', $_ for @mounted;
    $? = $status;
}

# Puts the data of a test on a file system of its own; false when it may not.
sub mount_small {
    my ($y) = @_;
    return 0 if $> != 0 || system("mount -t tmpfs -o size=$FS_BYTES tmpfs "
        . "'$y->{data}' 2>/dev/null") != 0;
    push @mounted, $y->{data};
    chmod 0755, $y->{data};
    $y->make_directories;
    return 1;
}

# The load that all answers are of; more than one, or none, as text.
sub shown {
    my ($y) = @_;
    my %numbers;
    for my $path ('/v1/places?limit=100', '/v1/nearby?place=p-0100&limit=50',
        '/v1/places/p-0001') {
        my $answer = $y->get($path);
        my @found = $answer->text =~ /load (\d+)/g;
        $numbers{$_} = 1 for @found ? @found : "status $answer->{status}";
    }
    return join ' ', sort keys %numbers;
}

sub load_file {
    my ($y, $watch, $load) = @_;
    my $file = "$y->{dir}/tmp/full.csv";
    Yizhan::write_file($file, Yizhan::csv($watch->places_of_load($load)));
    return $file;
}

# A file of that size that takes the room away, or less if there is less.
sub fill {
    my ($path, $leave) = @_;
    my ($dir) = $path =~ m{(.*)/};
    my $free = sub {
        my ($blocks) = `df -kP '$dir'` =~ /\n\S+\s+\d+\s+\d+\s+(\d+)/;
        return $blocks * 1024;
    };
    open my $out, '>', $path or die "$path: $!";
    my $want = $free->() - $leave;
    while ($want > 0) {
        my $n = syswrite $out, "\0" x ($want < 65536 ? $want : 65536);
        last unless $n;
        $want -= $n;
    }
    close $out;
}

# Everything that a failed load has to keep.
sub is_refused {
    my ($y, $what, $status, $text, $before) = @_;
    is($status, 1, "$what: exit 1") or diag $text;
    like($text, qr/yizhan: .*(?:full|room)/, "$what: the error says why");
    is(shown($y), $before, "$what: the load from before is served");
    return;
}

subtest 'a full file system' => sub {
    my $y = Yizhan->new(workers => 2);
    my $watch = Watch->new($y, $PLACES);
    my $big = Watch->new($y, $MORE);
    plan skip_all => 'mounting a small file system needs root'
        unless mount_small($y);
    my $load = 0;
    $watch->load($load);
    $y->start->wait_ready;
    my $codes = $y->codes;

    # From no room at all to nearly enough for $MORE places.
    my %outcomes;
    my $blocker = "$y->{data}/blocker";
    my $file = load_file($y, $big, $load + 1);
    my $workers = join ' ', sort $y->workers;
    for my $leave (0, 4096, 65536, map { $_ * 500_000 } 1 .. 20) {
        fill($blocker, $leave);
        my ($status, $text) = $y->try_command('load', '--quiet', $file);
        my $what = "$leave bytes left";
        if ($status == 0) {
            is(shown($y), $load + 1, "$what: enough, and shown");
            $outcomes{enough}++;
            $load++;
            unlink $blocker;
            last;
        }
        is_refused($y, $what, $status, $text, $load);
        my $stored = $text =~ /is stored; readers see it/;
        $outcomes{$stored ? 'stored' : 'refused'}++;
        # A reload of nginx on the full disk serves as before.
        if ($leave == 65536) {
            $y->reload;
            is(shown($y), $load, "$what: so it is after a reload of nginx");
        }
        unlink $blocker;
        my ($verified, $said) = $y->try_command('verify');
        is($verified, 0, "$what: verify finds nothing") or diag $said;
        is(shown($y), $stored ? $load + 1 : $load,
            "$what: what was stored shows when there is room");
        if ($stored) {
            $y->command('rollback');
            is(shown($y), $load, "$what: and can be taken back");
        }
    }
    note join ', ', map { "$_: $outcomes{$_}" } sort keys %outcomes;
    cmp_ok($outcomes{refused}, '>', 5, 'loads were refused');
    unless ($outcomes{enough}) {
        my ($status, $text) = $y->try_command('load', '--quiet', $file);
        is($status, 0, 'with room the load succeeds') or diag $text;
        is(shown($y), ++$load, 'and shows');
    }
    my %now = %{$y->codes};
    is_deeply({map { $_ => $now{$_} } keys %$codes}, $codes,
        'every place keeps its code');
    my ($status, $text) = $y->try_command('verify');
    is($status, 0, 'verify finds nothing') or diag $text;
    is(scalar(() = $y->error_log =~ /\[(?:error|warn)\]/g), 0,
        'nginx logged no error') or diag $y->error_log;
    $y->finish;
    system 'umount', pop @mounted;
};

subtest 'a rebuild on a full file system' => sub {
    my $y = Yizhan->new(workers => 2);
    my $watch = Watch->new($y, $PLACES);
    plan skip_all => 'mounting a small file system needs root'
        unless mount_small($y);
    $watch->load(0);
    $y->start->wait_ready;
    my $needed = -s $y->generation_dir . '/data.mdb';
    my $blocker = "$y->{data}/blocker";
    for my $leave (0, map { int $needed * $_ / 6 } 1 .. 5) {
        my %before = map { $_ => 1 } glob "$y->{data}/public/gen-*";
        fill($blocker, $leave);
        my ($status, $text) = $y->try_command('rebuild');
        my $what = "$leave of $needed bytes left";
        is_refused($y, $what, $status, $text, 0) if $status;
        my @new = grep { !$before{$_} } glob "$y->{data}/public/gen-*";
        is_deeply(\@new, [], "$what: what was half built is gone") if $status;
        unlink $blocker;
    }
    $y->command('rebuild');
    is(shown($y), 0, 'with room a new generation serves');
    like($y->command('verify'), qr/^verified/m, 'and is right');
    $y->finish;
    system 'umount', pop @mounted;
};

subtest 'the first load on a full file system' => sub {
    my $y = Yizhan->new;
    plan skip_all => 'mounting a small file system needs root'
        unless mount_small($y);
    my $watch = Watch->new($y, $PLACES);
    my $blocker = "$y->{data}/blocker";
    my $file = load_file($y, $watch, 1);
    $y->start;
    my $refused = 0;
    for my $leave (0, 8192, 40_000, map { $_ * 100_000 } 1 .. 12) {
        fill($blocker, $leave);
        my ($status, $text) = $y->try_command('load', '--quiet', $file);
        unlink $blocker;
        last if $status == 0;
        $refused++;
        is_refused($y, "$leave bytes left", $status, $text, 'status 503');
    }
    cmp_ok($refused, '>=', 5, 'loads were refused');
    $y->command('load', '--quiet', $file);
    $y->wait_ready;
    is(shown($y), 1, 'with room it succeeds and shows');
    like($y->command('verify'), qr/^verified/m, 'and is right');
    $y->finish;
    system 'umount', pop @mounted;
};

# The first look finds room enough; then somebody else takes it.
subtest 'a file system that fills up meanwhile' => sub {
    my $y = Yizhan->new(workers => 2);
    plan skip_all => 'mounting a small file system needs root'
        unless mount_small($y);
    my $watch = Watch->new($y, $MORE);
    $watch->load(0);
    $y->start->wait_ready;
    my $begin = time;
    $watch->load(1);
    my $took_s = time - $begin;
    my ($load, %outcomes) = (1);
    my $blocker = "$y->{data}/blocker";
    for my $round (1 .. $ROUNDS) {
        my $file = load_file($y, $watch, $load + 1);
        fill($blocker, 6 << 20);
        $begin = time;
        open my $out, '-|', 'sh', '-c', 'exec "$@" 2>&1', 'sh',
            $Yizhan::COMMAND, '--dir', $y->{data}, 'load', '--quiet', $file
            or die "yizhan: $!";
        sleep $took_s * (0.1 + 0.9 * $round / $ROUNDS);
        fill("$blocker-2", 0);
        my $text = do { local $/; <$out> } // '';
        close $out;
        my $status = $? >> 8 || $? & 127;
        my $stored = $text =~ /is stored; readers see it/;
        my $what = "round $round";
        if ($status == 0) {
            $outcomes{enough}++;
            $load++;
        } else {
            is_refused($y, $what, $status, $text, $load);
            $outcomes{$stored ? 'stored' : 'refused'}++;
        }
        # A writer on the disk that is still full.
        ($status, $text) = $y->try_command('rebuild');
        is_refused($y, "$what: rebuild", $status, $text, $load) if $status;
        unlink $blocker, "$blocker-2";
        ($status, $text) = $y->try_command('verify');
        is($status, 0, "$what: verify finds nothing") or diag $text;
        $load++ if $stored;
        is(shown($y), $load, "$what: what was stored shows with room");
    }
    note join ', ', map { "$_: $outcomes{$_}" } sort keys %outcomes;
    $watch->load(++$load);
    is(shown($y), $load, 'with room a load succeeds');
    is(scalar(() = $y->error_log =~ /\[(?:error|warn)\]/g), 0,
        'nginx logged no error') or diag $y->error_log;
    $y->finish;
    system 'umount', pop @mounted;
};

# Signals of too large files are ignored, as daemons that write do.
subtest 'files that may not grow' => sub {
    my $y = Yizhan->new(workers => 2);
    my $watch = Watch->new($y, $PLACES);
    $watch->load(0);
    $y->start->wait_ready;
    my $big = load_file($y, Watch->new($y, $MORE), 1);
    my $largest = -s $y->generation_dir . '/data.mdb';
    my $log = -s "$y->{data}/private/data.mdb";
    $largest = $log if $log > $largest;
    my %outcomes;
    for my $kib (map { int $largest / 1024 * $_ / 4 } 1 .. 7) {
        my $said = `bash -c 'trap "" XFSZ; ulimit -f $kib;
            exec "$Yizhan::COMMAND" --dir "$y->{data}" load --quiet \\
            "$big"' 2>&1`;
        my $status = $? >> 8;
        last if $status == 0;
        my $stored = $said =~ /is stored; readers see it/;
        $outcomes{$stored ? 'stored' : 'refused'}++;
        is($status, 1, "$kib KiB: exit 1") or diag "$?: $said";
        like($said, qr/yizhan: .+/, "$kib KiB: with a reason");
        is(shown($y), 0, "$kib KiB: the load from before is served");
        my ($verified, $text) = $y->try_command('verify');
        is($verified, 0, "$kib KiB: verify finds nothing") or diag $text;
        $y->command('rollback') if $stored;
    }
    note join ', ', map { "$_: $outcomes{$_}" } sort keys %outcomes;
    cmp_ok($outcomes{refused}, '>=', 1, 'loads were refused');
    my ($status, $text) = $y->try_command('load', '--quiet', $big);
    is($status, 0, 'without the limit it succeeds') or diag $text;
    is(shown($y), 1, 'and shows');
    like($y->command('verify'), qr/^verified/m, 'and is right');
    $y->finish;
};

done_testing;
