#!/usr/bin/perl
# What this protects: nothing that was acknowledged is lost, and nothing is
# there twice, whenever kill -9 ends the writing daemon.  Phones rate without
# end and note each 201; the daemon dies at random moments, most of them in
# the middle of a batch, and starts again.  After each death every noted
# rating is in the state exactly once, and `verify` finds no fault: log,
# state, tallies and public data agree.  Reading goes on all the while.
#
# N is the number of kills (20), SEED draws other moments.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../http/lib";
use Raters;
use Test::More;
use Time::HiRes qw(sleep time);
use Yizhan;

my $KILLS = $ENV{N} // 20;
my $seed = $ENV{SEED} // 20261128;
srand $seed;
note "seed $seed";

my @ids = map { "p-$_" } 1 .. 40;
my $yizhan = Yizhan->new(writes => 1, settings => "cookie_secure off\n");
$yizhan->serve(map {
    {id => $ids[$_], name => "驿站 $_", region => 370202,
        lng => 120.3 + $_ / 1000, lat => 36.06}
} 0 .. $#ids);
my $raters = Raters->new($yizhan, phones => 8,
    tokens => Raters::tokens($yizhan, @ids));

# Whether the thread that writes was at work when the process was stopped: it
# waits for requests in futex(), and for nothing else.
sub is_writing {
    my ($pid) = @_;
    for my $task (glob "/proc/$pid/task/*") {
        next unless Yizhan::read_file("$task/comm") =~ /^writer$/;
        return Yizhan::read_file("$task/syscall") !~ /^202 /;
    }
    return 0;
}

# Between one millisecond and a quarter of a second.
sub random_moment { return 0.001 * 250 ** rand }

$yizhan->allow(qr/admin\.sock failed/);
my ($inside, $reads, $failed_reads) = (0, 0, 0);
$raters->start;
for my $death (1 .. $KILLS) {
    my $until = time + random_moment();
    my $before = @{$raters->noted};
    # At least one more acknowledged, so that there is something to lose.
    $yizhan->wait_for('a rating is acknowledged',
        sub { return @{$raters->noted} > $before });
    while (time < $until) {
        $reads++;
        $failed_reads++ unless $yizhan->get("/v1/places/p-1")->{status} == 200;
        sleep 0.005;
    }
    my $pid = $yizhan->{daemon};
    kill 'STOP', $pid;
    $yizhan->wait_for('the daemon stands still', sub {
        return Yizhan::read_file("/proc/$pid/stat") =~ /\) [Tt] /;
    });
    $inside++ if is_writing($pid);
    $yizhan->kill_daemon;
    $failed_reads++ unless $yizhan->get("/v1/places/p-1")->{status} == 200;
    my $noted = $raters->noted;
    $yizhan->start_daemon;
    my $kept = $raters->kept;
    my @lost = grep { !$kept->{"@$_"} } @$noted;
    my @twice = grep { $kept->{$_} > 1 } keys %$kept;
    my ($code, $said) = $yizhan->try_command('verify');
    ok(!@lost && !@twice && $code == 0, "death $death: "
        . @$noted . ' acknowledged ratings are there, once, and verified')
        or diag(scalar(@lost) . ' lost, ' . scalar(@twice) . " twice; $said");
}
is($raters->stop, 0, 'no phone got an answer that it should not get');
ok($inside * 2 > $KILLS, "more than half of the deaths ($inside of $KILLS)"
    . ' fell inside a batch');
is($failed_reads, 0, "none of $reads reads failed meanwhile");

my %sum;
$sum{(split)[1]}++ for keys %{$raters->kept};
my $shown = $yizhan->get('/v1/places/p-1')->json;
is($shown->{properties}{rating}{count}, $sum{'p-1'},
    'a place shows as many ratings as are kept');
$yizhan->finish;
done_testing();
