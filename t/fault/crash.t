#!/usr/bin/perl
# What this protects: a load that kill -9 ends anywhere leaves all of it or
# nothing.  A sequence of random loads and rebuilds runs twice: once in peace,
# once with a kill at a random moment of every step, after which the data has
# to be whole and the step is done again.  At the end both directories have
# the same logical dump, a rebuild changes nothing in it, and every place has
# the code that it was given first.
#
# N is the number of kills (25), SEED makes another sequence.
use strict;
use warnings;
use File::Temp 'tempdir';
use POSIX ':sys_wait_h';
use Test::More;
use Time::HiRes qw(sleep time);

my $BUILD = $ENV{BUILD} // 'build';
my $KILLS = $ENV{N} // 25;
my $PLACES = 400;
my $root = tempdir('yizhan-crash-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my ($peace, $war) = ("$root/peace", "$root/war");

my $seed = $ENV{SEED} // 20261122;
srand $seed;
note "seed $seed";

sub one_of { return $_[rand @_] }

# A file with some of the places, each with something changed; now and then
# one without a position, suspended or closed.
sub write_load {
    my ($number) = @_;
    my $path = "$root/load-$number.csv";
    open my $out, '>', $path or die "$path: $!";
    print $out "id,name,kind,region,lng,lat,crs,hours,services,status\n";
    my $rows = int(1 + rand one_of(5, 60, 300));
    my %seen;
    for (1 .. $rows) {
        my $id = int rand $PLACES;
        next if $seen{$id}++;
        # Small steps: a place that moves far under another name is refused.
        my ($lng, $lat) = (120 + $id / 1000 + rand 0.002,
            36 + ($id % 20) / 100 + rand 0.002);
        my $position = rand() < 0.05 ? ',,'
            : sprintf '%.6f,%.6f,wgs84', $lng, $lat;
        printf $out "p-%d,place %d of load %d,%s,%s,%s,%s,%s,%s\n",
            $id, $id, $number, one_of(qw(station clinic toilet)),
            one_of(qw(370202 370203 340705)), $position,
            one_of('24/7', 'Mo-Fr 08:00-18:00', 'Sa 20:00-02:00', ''),
            one_of('water', 'water;rest', 'rest;wifi;aed', ''),
            one_of(('open') x 6, 'suspended', 'closed');
    }
    close $out or die "$path: $!";
    return $path;
}

# Starts the command; what it says goes to a file.
sub start {
    my ($dir, @arguments) = @_;
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        open STDOUT, '>', "$root/said";
        open STDERR, '>&', \*STDOUT;
        exec "$BUILD/yizhan", '--dir', $dir, @arguments;
        exit 127;
    }
    return $pid;
}

sub said {
    open my $in, '<', "$root/said" or return '';
    local $/;
    return <$in> // '';
}

# Runs it to the end; its seconds.
sub run_whole {
    my ($dir, @arguments) = @_;
    my $start = time;
    my $pid = start($dir, @arguments);
    waitpid $pid, 0;
    die "yizhan @arguments: status $?: " . said() if $? != 0;
    return time - $start;
}

# Runs it and kills it after that time; whether it was still running.
sub run_killed {
    my ($dir, $after_s, @arguments) = @_;
    my $pid = start($dir, @arguments);
    sleep $after_s;
    my $running = waitpid($pid, WNOHANG) == 0;
    if ($running) {
        kill 'KILL', $pid;
        waitpid $pid, 0;
    }
    return $running;
}

sub output_of {
    my ($dir, @arguments) = @_;
    my $text = `'$BUILD/yizhan' --dir '$dir' @arguments 2>&1`;
    return $? == 0 ? $text : "status $?: $text";
}

# The first line in which two dumps differ, from both.  Codes are drawn by
# chance, so their hashes say nothing; their number and places do.  The time
# of the last load differs as well.
sub first_difference {
    my @dumps = map {
        my $text = $_;
        $text =~ s/"code_hash":"[0-9a-f]*"/"code_hash":"..."/g;
        $text =~ s/"applied_at":\d+/"applied_at":0/g;
        [sort split /\n/, $text]
    } @_;
    for my $line (0 .. ($#{$dumps[0]} + $#{$dumps[1]} + 1)) {
        my ($a_line, $b_line) = map { $_->[$line] // '' } @dumps;
        return ($a_line, $b_line) if $a_line ne $b_line;
    }
    return;
}

sub codes_of {
    my ($dir) = @_;
    my %codes;
    for my $line (split /\n/, output_of($dir, 'codes')) {
        my ($id, $code) = split /,/, $line;
        $codes{$id} = $code;
    }
    return %codes;
}

# Before the first load there is nothing to verify.
sub fault_of {
    my ($dir) = @_;
    return '' unless -e "$dir/public/current";
    my $text = output_of($dir, 'verify');
    return $text =~ /^status/ ? $text : '';
}

my (@faults, @changed_codes, %codes);
my ($kills, $steps) = (0, 0);
while ($kills < $KILLS && $steps < 20 * $KILLS + 20) {
    $steps++;
    my @step = $steps > 1 && rand() < 0.15 ? ('rebuild')
        : ('load', '--quiet', write_load($steps));
    my $took_s = run_whole($peace, @step);
    $kills += run_killed($war, rand 1.1 * $took_s, @step);
    my $fault = fault_of($war);
    push @faults, "after step $steps (@step): $fault" if $fault;
    run_whole($war, @step);
    my %now = codes_of($war);
    push @changed_codes, grep { $codes{$_} ne ($now{$_} // 'none') }
        keys %codes;
    %codes = %now;
}

cmp_ok($kills, '>=', $KILLS, "$KILLS runs of $steps steps were killed");
is_deeply(\@faults, [], 'after each the data is whole');
is_deeply(\@changed_codes, [], 'no place lost its code');
my %printed = reverse %codes;
is(scalar keys %printed, scalar keys %codes, 'no code was given twice');
is(fault_of($peace), '', 'the data made in peace is whole');
is(fault_of($war), '', 'so is the data made with kills');
my $dump = output_of($war, 'dump');
is_deeply([first_difference($dump, output_of($peace, 'dump'))], [],
    'both have the same dump');
run_whole($war, 'rebuild');
ok($dump eq output_of($war, 'dump'), 'a rebuild changes nothing in it');
cmp_ok(length $dump, '>', 10_000, 'which is no empty one');

done_testing();
