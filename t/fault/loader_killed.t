#!/usr/bin/perl
# Protects what is served when the writer dies: a load or rebuild that kill -9
# ends anywhere shows whole or not at all, the next load succeeds, and verify
# finds nothing.  And what is kept when a reader dies: a worker that is killed
# inside a lookup leaves its slot in LMDB's table, and unless the writer clears
# it, no page is ever used again and the file grows with each load.
#
# N is the number of killed loads (25), SEED makes other moments.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Lookups qw(ask_always stop_asking catch_in_lookup);
use Watch;
use Yizhan;
use POSIX qw(:sys_wait_h);
use Test::More;
use Time::HiRes qw(sleep time);

my $KILLS = $ENV{N} // 25;
my $PLACES = 1000;
my $GROWTH = 2 << 20; # bytes, while a snapshot is held
my $seed = $ENV{SEED} // 20261122;
srand $seed;
note "seed $seed";

# The command, killed after that many seconds; whether it still ran.
sub run_killed {
    my ($y, $after_s, @arguments) = @_;
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        open STDOUT, '>', '/dev/null';
        open STDERR, '>&', \*STDOUT;
        exec $Yizhan::COMMAND, '--dir', $y->{data}, @arguments
            or POSIX::_exit(127);
    }
    sleep $after_s;
    my $running = waitpid($pid, WNOHANG) == 0;
    if ($running) {
        kill 'KILL', $pid;
        waitpid $pid, 0;
    }
    return $running;
}

# The numbers that a scan, a list and a search show.
sub numbers_shown {
    my ($y, $code) = @_;
    my %numbers;
    for my $path ("/s/$code", '/v1/places?limit=100',
        '/v1/nearby?place=p-0100&limit=100') {
        my $answer = $y->get($path);
        my @found = $answer->text =~ /load (\d+)/g;
        @found = ("$path: status $answer->{status}") unless @found;
        $numbers{$_} = 1 for @found;
    }
    return sort keys %numbers;
}

subtest 'loads that are killed' => sub {
    my $y = Yizhan->new(workers => 2);
    my $watch = Watch->new($y, $PLACES);
    my $begin = time;
    $watch->load(0);
    my $took_s = time - $begin;
    $y->start->wait_ready;
    my $codes = $y->codes;
    my $code = $codes->{'p-0005'};
    $watch->start([0 .. 30 * $KILLS + 30],
        {answers => 1000, connections => 4, depth => 2, mode => 'keep'},
        {answers => 100, connections => 1, depth => 1, mode => 'once'});

    my ($shown, $kills, $rebuilds, $tries, $stored) = (0, 0, 0, 0, 0);
    my (@mixed, @unverified, @refused, @unshown);
    while ($kills < $KILLS && $tries++ < 20 * $KILLS) {
        my $load = $shown + 1;
        my $file = "$y->{dir}/tmp/killed.csv";
        Yizhan::write_file($file, Yizhan::csv($watch->places_of_load($load)));
        if ($tries % 4 == 0) {
            $rebuilds += run_killed($y, rand 1.1 * $took_s, 'rebuild');
        } else {
            $kills += run_killed($y, rand 1.1 * $took_s, 'load', '--quiet',
                $file);
        }
        my @numbers = numbers_shown($y, $code);
        # Nobody writes now, so three answers show what one would.
        push @mixed, "try $tries: @numbers" if @numbers != 1
            || $numbers[0] !~ /^(?:$shown|$load)$/;
        # Every other time the next load is what follows a killed one.
        if ($tries % 2) {
            my ($status, $text) = $y->try_command('verify');
            push @unverified, "try $tries: $text" if $status != 0;
            $stored++ if (numbers_shown($y, $code))[0] eq $load;
        }
        $begin = time;
        my ($status, $text) = $y->try_command('load', '--quiet', $file);
        $took_s = ($took_s + time - $begin) / 2;
        push @refused, "try $tries: $text" if $status != 0;
        @numbers = numbers_shown($y, $code);
        push @unshown, "try $tries: @numbers" if "@numbers" ne $load;
        ($status, $text) = $y->try_command('verify');
        push @unverified, "after try $tries: $text" if $status != 0;
        $shown = $load;
    }
    note "$kills loads and $rebuilds rebuilds killed; $stored were stored";
    cmp_ok($kills, '>=', $KILLS, "$KILLS loads were killed");
    is_deeply(\@mixed, [], 'after each the answers come from one load');
    is_deeply(\@refused, [], 'the next load succeeds');
    is_deeply(\@unshown, [], 'and shows');
    is_deeply(\@unverified, [], 'verify finds nothing');
    is_deeply($y->codes, $codes, 'every place keeps its code');
    $watch->finish('meanwhile');
    my @generations = glob "$y->{data}/public/gen-*";
    cmp_ok(@generations, '<=', 2, 'what was half built is gone');
    is(scalar(() = $y->error_log =~ /\[(?:error|warn)\]/g), 0,
        'nothing was logged as an error') or diag $y->error_log;
    $y->finish;
};

sub size_of_data {
    my ($y) = @_;
    return -s $y->generation_dir . '/data.mdb';
}

subtest 'workers that are killed inside a lookup' => sub {
    my $y = Yizhan->new(workers => 2);
    my $watch = Watch->new($y, $PLACES);
    my $load = 0;
    $watch->load($load++) for 1 .. 5;
    $y->start->wait_ready;
    ask_always($y, 4, '/v1/places?limit=100');

    # Two only: three deaths in lookups would give the generation up.
    for my $round (1, 2) {
        my $worker = catch_in_lookup($y);
        $y->allow(qr/worker process $worker exited on signal 9\b/);
        # What is free from the round before is used up first.
        my ($before, $pinned, $loads) = (size_of_data($y), 0, 0);
        while ($pinned < $before + $GROWTH && $loads++ < 60) {
            $watch->load($load++);
            $pinned = size_of_data($y);
        }
        cmp_ok($pinned, '>=', $before + $GROWTH,
            "round $round: a snapshot that is held makes the file grow");
        kill 'KILL', $worker;
        $y->wait_for('another worker', sub {
            my @workers = $y->workers;
            return @workers == 2 && !grep { $_ == $worker } @workers;
        });
        $watch->load($load++);
        ok(!Lookups::holders($y)->{$worker},
            "round $round: the slot of the dead is cleared");
        $watch->load($load++) for 1 .. 2 * $loads;
        my $after = size_of_data($y);
        note "round $round: $before, held $pinned, then $after bytes; "
            . "$loads loads";
        cmp_ok($after - $pinned, '<=', $GROWTH / 2,
            "round $round: killed, it makes it grow no more");
    }
    stop_asking();
    is($y->get('/v1/places/p-0001')->json->{properties}{name},
        'load ' . ($load - 1), 'the newest load is served');
    like($y->command('verify'), qr/^verified/m, 'the data is right');
    $y->finish;
};

done_testing;
