#!/usr/bin/perl
# Protects nginx from data that is damaged while it serves: records with
# flipped bytes never kill a worker, damaged LMDB pages never kill the master
# or hang a worker, a file that is cut anywhere is refused, all of it with one
# line in the log a minute; good data is taken up by itself, and `yizhan
# rebuild` always makes some.  nginx -t and a reload change no file.  Three
# deaths inside lookups within ten seconds give a generation up; deaths
# elsewhere do not.  t/http/faults.t has what is wrong before nginx starts.
#
# ROUNDS is the number of damages of each sort (30), SEED makes others.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Lookups qw(ask_always stop_asking catch_in_lookup);
use Pages;
use Yizhan;
use Digest::SHA qw(sha256_hex);
use File::Find ();
use File::Path qw(remove_tree);
use Test::More;
use Time::HiRes qw(sleep time);

my $ROUNDS = $ENV{ROUNDS} // 30;
my $RECOVERY_S = $Yizhan::SANITIZE ? 20 : 4; # 2 on a machine at rest
my $seed = $ENV{SEED} // 20261122;
srand $seed;
note "seed $seed";

my @kinds = qw(station clinic toilet pharmacy);
my @places = map { {
    id => sprintf('p-%03d', $_), name => "站 $_", kind => $kinds[$_ % 4],
    region => $_ % 3 ? '370202' : '340705', phone => '0532-8588 1234',
    address => '香港中路 ' . 'x' x ($_ % 90),
    lng => $_ % 11 ? 120 + $_ / 700 : undef,
    lat => $_ % 11 ? 36 + $_ % 13 / 200 : undef,
    hours => ('24/7', 'Mo-Fr 08:00-18:00', 'Sa 20:00-02:00', '')[$_ % 4],
    services => ('water', 'water;rest', 'aed;wifi;rest', '')[$_ % 4],
    status => $_ % 17 ? 'open' : 'suspended',
} } 1 .. 300;

# get(PATH) that does not wait for ever; undef when nothing came in time.
sub ask {
    my ($y, $path, @headers) = @_;
    my $answer;
    eval {
        local $SIG{ALRM} = sub { die "late\n" };
        alarm 20;
        $answer = $y->get($path, @headers);
        alarm 0;
        1;
    } or do { alarm 0; return };
    return $answer;
}

my $code;

# Every sort of question; whoever answers it looks at every database.
sub ask_all {
    my ($y) = @_;
    my @answers;
    for my $path ("/s/$code", '/v1/places/p-001', '/v1/places/p-150',
        '/v1/places?limit=100', '/v1/places?region=370202&kind=clinic',
        '/v1/places?limit=100&services=rest&bbox=120,36,120.5,37',
        '/v1/nearby?lng=120.1&lat=36.01&limit=100',
        '/v1/nearby?place=p-009&kind=station,toilet&services=water',
        '/v1/nearby?lng=120.1&lat=36.01&open=now&radius=50000',
        '/v1/nearby?lng=117&lat=31&region=34&out_crs=bd09',
        '/v1/regions/370202', '/v1/regions/37', '/readyz') {
        push @answers, [$path, ask($y, $path)];
    }
    push @answers, ["/s/$code (page)",
        ask($y, "/s/$code", Accept => 'text/html')];
    return @answers;
}

my %fits = map { $_ => 1 } 200, 404, 410, 500, 503;

# What no damage may lead to.
sub faults_of {
    my ($y, @answers) = @_;
    return map { my ($path, $answer) = @$_;
        !$answer ? "$path: no answer in 20 s"
            : !$fits{$answer->{status}} ? "$path: $answer->{status}" : ()
    } @answers;
}

sub deaths { return scalar(() = $_[0]->error_log =~ /exited on signal/g) }

sub complaints {
    return scalar(() = $_[0]->error_log =~ /yizhan: no data/g);
}

sub served {
    my ($y) = @_;
    my $answer = ask($y, '/v1/places/p-001');
    return $answer && $answer->{status} == 200
        && $answer->text =~ /"name":"站 1"/;
}

# Seconds until data is served again.
sub seconds_to_recover {
    my ($y) = @_;
    my $begin = time;
    $y->wait_for('recovery', sub { served($y) });
    return time - $begin;
}

sub one_of { return $_[rand @_] }

# The spans of one database, of each in turn, however small it is.
sub one_database {
    my ($round, @spans) = @_;
    my %of;
    push @{$of{$_->[2] =~ s/.* //r}}, $_ for @spans;
    my @names = sort keys %of;
    return @{$of{$names[$round % @names]}};
}

# Flips bits of some bytes, in place, as a broken disk or memory would.
sub flip {
    my ($file, $count, @spans) = @_;
    open my $io, '+<:raw', $file or die "$file: $!";
    my @flipped;
    for (1 .. $count) {
        my ($offset, $size, $what) = @{$spans[rand @spans]};
        my $at = $offset + int rand $size;
        sysseek $io, $at, 0;
        sysread $io, my $byte, 1;
        # One bit, all of them, or one of the ends.
        my $new = (ord($byte) ^ 1 << rand 8, ord($byte) ^ 255, 0, 255)[rand 4];
        sysseek $io, $at, 0;
        syswrite $io, chr $new;
        push @flipped, sprintf '%s %d+%d: %02x to %02x', $what, $offset,
            $at - $offset, ord $byte, $new;
    }
    close $io;
    splice @flipped, 20, -1, '...' if @flipped > 20;
    return @flipped;
}

sub serve {
    my (%options) = @_;
    my $y = Yizhan->new(workers => 2, %options)->serve(@places);
    $code = $y->codes->{'p-001'};
    return $y;
}

# The command that makes good data; what it says when it fails.  Then public
# data is made anew from nothing, so that the test can go on.
sub rebuild {
    my ($y) = @_;
    my $said = "$y->{dir}/tmp/rebuild";
    my $status = system('sh', '-c', 'exec timeout 60 "$@" >"$0" 2>&1', $said,
        $Yizhan::COMMAND, '--dir', $y->{data}, 'rebuild');
    return if $status == 0;
    my $signal = $status & 127 || ($status >> 8 > 128 ? $status >> 8 & 127 : 0);
    my $why = $signal ? "killed by signal $signal" : 'exit ' . ($status >> 8);
    remove_tree("$y->{data}/public");
    $y->make_directories;
    $y->command('rebuild');
    return "rebuild: $why: " . Yizhan::read_file($said);
}

# Damages the data that serves in every round, asks everything, and has it
# made anew.
sub damage_and_rebuild {
    my ($y, $what, @sorts) = @_;
    my %seen = (faults => [], refused => [], slowest_s => 0, statuses => {});
    for my $round (1 .. $ROUNDS) {
        my $file = $y->generation_dir . '/data.mdb';
        my $spans = Pages->read($file)->{$sorts[$round % @sorts]};
        my @flipped = flip($file, one_of(1, 5, 40, 1000),
            one_database($round, @$spans));
        my @answers = ask_all($y);
        $seen{statuses}{$_->[1] ? $_->[1]{status} : 'late'}++ for @answers;
        my @bad = faults_of($y, @answers);
        push @{$seen{faults}}, "round $round: @bad; @flipped" if @bad;
        my $why = rebuild($y);
        push @{$seen{refused}}, "round $round: $why; @flipped" if $why;
        my $seconds = seconds_to_recover($y);
        $seen{slowest_s} = $seconds if $seconds > $seen{slowest_s};
    }
    note join ', ', map { "$_: $seen{statuses}{$_}" }
        sort keys %{$seen{statuses}};
    note sprintf '%d deaths, slowest recovery %.2f s', deaths($y),
        $seen{slowest_s};
    ok(kill(0, $y->{pid}), "$what: the master lives");
    is_deeply($seen{refused}, [], "$what: rebuild makes good data");
    cmp_ok($seen{slowest_s}, '<', $RECOVERY_S,
        "$what: which is taken up by itself");
    like($y->command('verify'), qr/^verified/m, "$what: and is right");
    cmp_ok(complaints($y), '<=', 1, "$what: one line in the log");
    return $seen{faults};
}

subtest 'records with flipped bytes' => sub {
    my $y = serve();
    my $faults = damage_and_rebuild($y, 'records', 'values');
    is_deeply($faults, [], 'every request is answered');
    is(deaths($y), 0, 'no worker died');
    $y->finish;
};

subtest 'damaged pages' => sub {
    my $y = serve();
    # LMDB trusts its pages: whoever reads a damaged one may be killed.
    $y->allow(qr/worker process \d+ exited on signal (?:6|7|11)\b/);
    my $faults = damage_and_rebuild($y, 'pages',
        qw(structure keys structure));
    is_deeply([grep { /no answer in/ } @$faults], [], 'no worker hangs');
    $y->finish;
};
done_testing;
