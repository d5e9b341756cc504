#!/usr/bin/perl
# Protects the promise that a load is one step: while 60 loads and more write
# their number into every name, 100,000 answers carry one number each, never
# an older one than an answer that was there before they were asked for, be
# it over another connection and from another worker; no request fails and no
# connection breaks.  Likewise with rollbacks, with new generations, and with
# reloads of nginx in between.  What breaks without it: a read that spans two
# snapshots, a worker that stays on an old generation, a switch that resets
# connections.
#
# YIZHAN_ANSWERS is the number of answers (100000).
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Watch;
use Yizhan;
use Test::More;
use Time::HiRes qw(time);

my $ANSWERS = $ENV{YIZHAN_ANSWERS} // ($Yizhan::SANITIZE ? 8_000 : 100_000);
my $LOADS = 60;
my $STEPS = 12;      # rollbacks, rebuilds and reloads
my $STEPS_MOST = 500;
my $PLACES = 500;

my $y = Yizhan->new(workers => 2);
my $watch = Watch->new($y, $PLACES);
$watch->load(0);
$y->start->wait_ready;
my $next = 1;

sub watchers {
    my ($answers, $mode) = @_;
    return (
        {answers => int($answers * 0.8), connections => 8, depth => 4,
            mode => $mode},
        {answers => int($answers * 0.2), connections => 4, depth => 1,
            mode => 'once'},
    );
}

# Does the steps, and goes on with them as long as anybody reads.
sub steps_while_read {
    my ($least, $step) = @_;
    my $done = 0;
    while ($done < $STEPS_MOST) {
        $watch->enough if $done == $least;
        last if $done >= $least && !$watch->running;
        die "a watcher has stopped\n" if $done < $least
            && $watch->running < 2 && $done > 0;
        $step->($done++);
    }
    return $done;
}

sub phase {
    my ($what, $plan, $answers, $mode, $least, $step) = @_;
    my $begin = time;
    $watch->start($plan, watchers($answers, $mode));
    my $done = eval { steps_while_read($least, $step) };
    diag $@ unless defined $done;
    my ($read, $numbers) = $watch->finish($what);
    ok(defined $done && $done >= $least, "$what: all steps were done");
    cmp_ok($read, '>=', $answers, "$what: enough answers were read");
    cmp_ok($numbers, '>=', $least / 2, "$what: while they were done");
    note sprintf '%s: %d steps, %d answers of %d loads, %.1f s', $what,
        $done // 0, $read, $numbers, time - $begin;
}

phase('loads', [0 .. $STEPS_MOST + 1], $ANSWERS, 'keep', $LOADS, sub {
    $watch->load($next++);
});

# Two loads, then the second is taken back: its number never comes again.
my @with_rollbacks = ($next - 1);
push @with_rollbacks, $next + 2 * $_, $next + 2 * $_ + 1, $next + 2 * $_
    for 0 .. $STEPS_MOST;
phase('rollbacks', \@with_rollbacks, $ANSWERS / 5, 'keep', $STEPS, sub {
    $watch->load($next++);
    $watch->load($next++);
    $y->command('rollback');
});

# The last rollback shows the load before the newest.
my $shown = $next - 2;
my $generation = $y->get('/readyz')->json->{generation};
my $rebuilt = 0;
phase('generations', [$shown, $next .. $next + $STEPS_MOST], $ANSWERS / 5,
    'keep', $STEPS, sub {
        $y->command('rebuild');
        $rebuilt++;
        $watch->load($next++);
    });
is($y->get('/readyz')->json->{generation}, $generation + $rebuilt,
    'generations: the newest one serves');

# Other names of regions can't be shown in place: such a load builds a
# generation, and that it is there has to show everywhere at once.
$generation = $y->get('/readyz')->json->{generation};
{
    my $tables = "$y->{dir}/tmp/tables";
    mkdir $tables;
    Yizhan::write_file("$tables/holidays.csv",
        Yizhan::read_file("$Yizhan::TOP/data/holidays.csv"));
    my $regions = Yizhan::read_file("$Yizhan::TOP/data/regions.csv");
    local $ENV{YIZHAN_DATA} = $tables;
    phase('loads that build generations', [$next - 1 .. $next + $STEPS_MOST],
        $ANSWERS / 5, 'keep', $LOADS, sub {
            (my $other = $regions) =~ s/^(370202,.*)$/$1 $next/m;
            Yizhan::write_file("$tables/regions.csv", $other);
            $watch->load($next++);
        });
}
cmp_ok($y->get('/readyz')->json->{generation}, '>=', $generation + $LOADS,
    'loads that build generations: they did');

phase('reloads of nginx', [$next - 1 .. $next + $STEPS_MOST], $ANSWERS / 5,
    'reopen', $STEPS, sub {
        my ($step) = @_;
        $y->command('rebuild') if $step % 3 == 2;
        $watch->load($next++);
        $y->reload;
    });

like($y->command('verify'), qr/^verified/m, 'the data is right');
is(scalar(() = $y->error_log =~ /\[(?:error|warn)\]/g), 0,
    'nothing was logged as an error') or diag $y->error_log;
$y->finish;
done_testing;
