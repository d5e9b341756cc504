#!/usr/bin/perl
# What this protects: the copy that an operator falls back on.  A backup made
# while phones rate and loads run is whole and of one moment: what was
# acknowledged before it began is in it.  Restoring it serves all of that;
# nothing that is newer is overwritten unasked, and never without keeping it.
# kill -9 and a full disk leave no half backup under its name, and no half
# state in the place of the old one.
#
# N is how often backup and restore are killed (12), SEED draws other moments.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../http/lib";
use POSIX ();
use Raters;
use Test::More;
use Time::HiRes qw(sleep time);
use Yizhan;

my $KILLS = $ENV{N} // 12;
my $seed = $ENV{SEED} // 20261128;
srand $seed;
note "seed $seed";

my @ids = map { "p-$_" } 1 .. 30;
my $settings = "cookie_secure off\n";
my $y = Yizhan->new(writes => 1, settings => $settings);
$y->serve(map {
    {id => $ids[$_], name => "驿站 $_", region => 370202,
        lng => 120.3 + $_ / 1000, lat => 36.06}
} 0 .. $#ids);
my $codes = $y->codes;
my $copy = "$y->{dir}/tmp/copy";

# Another yizhan with a data directory of its own.
sub another { return Yizhan->new(writes => 1, settings => $settings) }

sub last_seq {
    my ($of) = @_;
    my ($line) = reverse split /\n/, $of->command('dump', '--private');
    return $line =~ /^\{"log":(\d+)/ ? $1 : 0;
}

subtest 'a backup under load, restored elsewhere' => sub {
    my $raters = Raters->new($y, phones => 4,
        tokens => Raters::tokens($y, @ids));
    $raters->start;
    $y->wait_for('ratings are acknowledged', sub { @{$raters->noted} > 20 });
    my $noted = $raters->noted;
    like($y->command('backup', $copy),
        qr/^backup: log \d+ of \S+, 30 places, \d+ bytes in \Q$copy\E$/,
        'is made while the daemon writes');
    $y->load({id => 'p-1', name => '后来', region => 370202, lng => 120.3,
        lat => 36.06});
    is($raters->stop, 0, 'no phone got an answer that it should not get');
    is(sprintf('%o', (stat $_)[2] & 0777), $_ =~ /private$|copy$/ ? '700'
        : '600', "$_ is its owner's alone")
        for $copy, glob("$copy/*"), glob("$copy/private/*");
    ok(!-e "$copy.part", 'nothing else is left');

    my $other = another();
    like($other->command('restore', $copy), qr/^restored: log \d+ of/,
        'is restored into an empty directory');
    $other->start->wait_ready;
    my $kept = Raters->new($other)->kept;
    my @lost = grep { !$kept->{"@$_"} } @$noted;
    is(scalar @lost, 0, 'all ' . @$noted . ' ratings are there that were '
        . 'acknowledged before it began');
    is(scalar(grep { $_ > 1 } values %$kept), 0, 'each once');
    is_deeply($other->codes, $codes, 'codes are the same');
    is($other->get('/v1/places/p-2')->json->{properties}{rating}{count},
        scalar(grep { / p-2$/ } keys %$kept), 'and all of it is served');
    unlike($other->get('/v1/places/p-1')->text, qr/后来/,
        'what came after it is not');
    is(($other->try_command('verify'))[0], 0, 'verify finds nothing');
    # Tokens of before are good: the keys came along.
    my $answer = $other->post('/v1/places/p-3/ratings', {score => 3,
        scan_token => Raters::tokens($y, 'p-3')->{'p-3'}});
    is($answer->{status}, 201, 'and the keys are the same');
    $other->finish;
};

subtest 'what restoring refuses' => sub {
    my ($code, $said) = $y->try_command('restore', $copy);
    is($code, 1, 'a directory that a daemon serves');
    like($said, qr/a daemon serves .*stop it first/, 'and why');
    $y->stop_daemon;
    my $before = last_seq($y);
    ($code, $said) = $y->try_command('restore', $copy);
    is($code, 1, 'a newer state');
    like($said, qr/newer changes .*log $before of .*--force/, 'and why');
    is(last_seq($y), $before, 'it is as it was');
    my $branch = another();
    $branch->load({id => 'x', name => '别处', region => 370202, lng => 120.3,
        lat => 36.06});
    ($code, $said) = $branch->try_command('restore', $copy);
    is($code, 1, 'a state of another history');
    like($said, qr/another history/, 'and why');
    ($code, $said) = $branch->try_command('restore', "$y->{dir}/tmp");
    is($code, 1, 'a directory that is no backup');
    $branch->finish;

    # A backup that was damaged on its way.
    my $bad = "$y->{dir}/tmp/bad";
    system 'cp', '-r', $copy, $bad;
    my $bytes = Yizhan::read_file("$bad/private/data.mdb");
    substr $bytes, length($bytes) / 2, 1, "\xff\x00"
        if substr($bytes, length($bytes) / 2, 1) ne "\xff";
    chmod 0600, "$bad/private/data.mdb";
    Yizhan::write_file("$bad/private/data.mdb", $bytes);
    my $fresh = another();
    ($code, $said) = $fresh->try_command('restore', $bad);
    is($code, 1, 'a damaged backup');
    like($said, qr/data\.mdb: it is not what the manifest says/, 'and why');
    ok(!-e "$fresh->{data}/private/data.mdb", 'nothing is restored');
    ok(!-e "$fresh->{data}/restoring", 'nothing is left');
    $fresh->finish;

    ($code, $said) = $y->try_command('restore', '--force', $copy);
    is($code, 0, '--force restores') or diag $said;
    my ($aside) = $said =~ /^what was there before is in (\S+)$/m;
    ok(defined $aside && -e "$aside/data.mdb", 'what was there is kept');
    cmp_ok(last_seq($y), '<', $before, 'the state is the older one');
    $y->start_daemon;
    is(($y->try_command('verify'))[0], 0, 'and serves');
    unlike($y->get('/v1/places/p-1')->text, qr/后来/,
        'answers go back in time with it');
};

subtest 'a state that is lost or damaged' => sub {
    $y->stop_daemon;
    my $path = "$y->{data}/private/data.mdb";
    my $bytes = Yizhan::read_file($path);
    Yizhan::write_file($path, substr $bytes, 0, 5000);
    my ($code, $said) = $y->try_command('restore', $copy);
    is($code, 0, 'a damaged state needs no --force') or diag $said;
    system 'rm', '-rf', "$y->{data}/private", "$y->{data}/public";
    $y->make_directories;
    rmdir "$y->{data}/private";
    ($code, $said) = $y->try_command('restore', $copy);
    is($code, 0, 'nor does one that is lost') or diag $said;
    is_deeply($y->codes, $codes, 'codes are the same');
    is(($y->try_command('verify'))[0], 0, 'verify finds nothing');
};

# Runs the command and kills it after that many seconds.
sub killed {
    my ($of, $after, @words) = @_;
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        open STDOUT, '>', '/dev/null';
        open STDERR, '>&', \*STDOUT;
        exec $Yizhan::COMMAND, '--dir', $of->{data}, @words
            or POSIX::_exit(127);
    }
    sleep $after;
    kill 'KILL', $pid;
    waitpid $pid, 0;
    return $? & 127;
}

# How long it takes when nobody kills it.
sub length_of {
    my ($run) = @_;
    my $begin = time;
    $run->();
    return time - $begin;
}

subtest 'kill -9 in the middle' => sub {
    $y->start_daemon;
    my $seq = last_seq($y);
    my $lasts = length_of(sub { $y->command('backup', "$copy-0") });
    my $cut = 0;
    for my $n (1 .. $KILLS) {
        my $to = "$copy-$n";
        $cut++ if killed($y, rand $lasts, 'backup', $to);
        if (-e $to) {
            ok(-e "$to/MANIFEST", "backup $n: whole under its name");
        } else {
            my ($code, $said) = $y->try_command('backup', $to);
            is($code, 0, "backup $n: the next one takes over") or diag $said;
        }
        ok(!-e "$to.part", "backup $n: nothing else is left");
    }
    cmp_ok($cut, '>', $KILLS / 3, "$cut of $KILLS were cut");

    my $other = another();
    $other->command('restore', $copy);
    my $old = last_seq($other);
    $y->load({id => 'p-9', name => '新', region => 370202, lng => 120.3,
        lat => 36.06});
    my $new = last_seq($y);
    $y->command('backup', "$copy-new");
    $lasts = length_of(sub { another()->command('restore', "$copy-new") });
    my ($whole, $half) = (0, 0);
    for my $n (1 .. $KILLS) {
        my $fresh = another();
        $fresh->command('restore', $copy);
        killed($fresh, rand $lasts, 'restore', "$copy-new");
        my ($code, $said) = $fresh->try_command('restore', "$copy-new");
        is($code, 0, "restore $n: again, and it is done") or diag $said;
        is(last_seq($fresh), $new, "restore $n: the newer state");
        ($code, $said) = $fresh->try_command('verify');
        is($code, 0, "restore $n: verify finds nothing") or diag $said;
        ok(!-e "$fresh->{data}/restoring", "restore $n: nothing is left");
        system 'rm', '-rf', $fresh->{data};
    }
    # One that is killed leaves the old state or the new one, by itself.
    for my $n (1 .. $KILLS) {
        my $fresh = another();
        $fresh->command('restore', $copy);
        killed($fresh, rand $lasts, 'restore', "$copy-new");
        my $found = last_seq($fresh);
        ok($found == $old || $found == $new, "restore $n: old or new, whole");
        $fresh->command('rebuild') if $found == $new;
        my ($code, $said) = $fresh->try_command('verify');
        is($code, 0, "restore $n: which verify finds right") or diag $said;
        system 'rm', '-rf', $fresh->{data};
    }
    $other->finish;
};

subtest 'a full disk' => sub {
    my $small = "$y->{dir}/tmp/small";
    mkdir $small;
    plan skip_all => 'mounting a small file system needs root'
        if $> != 0
        || system("mount -t tmpfs -o size=200k tmpfs '$small' 2>/dev/null");
    my ($code, $said) = $y->try_command('backup', "$small/copy");
    is($code, 1, 'a backup that finds no room');
    like($said, qr/no backup was made: .*: the disk is full/, 'says so');
    is_deeply([glob "$small/*"], [], 'and leaves nothing');
    ($code, $said) = $y->try_command('--dir', "$small/var", 'restore', $copy);
    is($code, 1, 'a restore that finds none');
    like($said, qr/nothing was restored: .*: the disk is full/, 'says so');
    system 'umount', $small;
};

subtest 'usage' => sub {
    is(($y->try_command('backup'))[0], 2, 'backup wants a name');
    is(($y->try_command('restore'))[0], 2, 'restore too');
    my ($code, $said) = $y->try_command('backup', $copy);
    is($code, 1, 'a name that is taken');
    like($said, qr/is there already/, 'and why');
};

$y->finish;
done_testing();
