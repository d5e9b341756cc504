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

# Whether there is a line a minute at most about what is wrong.
sub one_line_a_minute {
    my ($y, $what) = @_;
    my $lines = () = $y->error_log =~ /yizhan: no data/g;
    cmp_ok($lines, '<=', 1 + (time - $y->{begin}) / 60,
        "$what: one line a minute in the log");
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
    $y->{begin} = time;
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
    one_line_a_minute($y, $what);
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

sub unavailable {
    my ($y) = @_;
    my $answer = $y->wait_for('503', sub {
        my $a = ask($y, '/v1/places/p-001');
        return $a && $a->{status} == 503 && $a;
    });
    my $type = $answer->header('Content-Type') // '';
    return ($type =~ m{^application/problem\+json} ? () : "type $type",
        $answer->json->{code} eq 'data-unavailable' ? () : 'code',
        ($answer->header('Retry-After') // '') =~ /^[1-9]\d*$/ ? ()
            : 'Retry-After');
}

# Puts other bytes in the place of a file, as cp and mv would.
sub put_instead {
    my ($file, $bytes) = @_;
    my (undef, undef, $mode, undef, $user, $group) = stat $file;
    Yizhan::write_file("$file.new", $bytes);
    chmod $mode & 07777, "$file.new";
    chown $user, $group, "$file.new";
    rename "$file.new", $file or die "$file: $!";
}

subtest 'a file that is cut anywhere' => sub {
    my $y = serve();
    my $file = $y->generation_dir . '/data.mdb';
    my $whole = Yizhan::read_file($file);
    my $pages = Pages->read($file);
    my $least = $pages->{pages} * $pages->{page_size};
    my (@faults, $slowest_s);
    $slowest_s = 0;
    for my $size (0, 1, 4095 .. 4097, 8191 .. 8193, 12288, $least - 4096,
        $least - 1, map { int rand $least } 1 .. $ROUNDS / 3) {
        put_instead($file, substr $whole, 0, $size);
        my @bad = unavailable($y);
        # Each worker finds it out for itself.
        $y->wait_for("503 when cut to $size", sub {
            return !grep { !$_->[1] || $_->[1]{status} != 503 } ask_all($y);
        });
        push @faults, "cut to $size: @bad" if @bad;
        put_instead($file, $whole);
        my $seconds = seconds_to_recover($y);
        $slowest_s = $seconds if $seconds > $slowest_s;
    }
    is_deeply(\@faults, [], 'is refused with 503, a reason and a time');
    is(deaths($y), 0, 'no worker died');
    cmp_ok($slowest_s, '<', $RECOVERY_S, 'the whole file is taken up');
    one_line_a_minute($y, 'cut');
    $y->finish;
};

# Every file below the data directory: what it is, and what it holds.
sub tree {
    my ($dir) = @_;
    my %tree;
    File::Find::find({no_chdir => 1, wanted => sub {
        my @facts = (lstat $_)[0 .. 5, 7, 9, 10];
        push @facts, -l _ ? readlink $_ : -f _
            ? sha256_hex(Yizhan::read_file($_)) : '';
        $tree{$_} = "@facts";
    }}, $dir) if -e $dir;
    return \%tree;
}

# Damage that is there when nginx starts; each also says how to undo it.
my %bad_at_start = (
    'whole' => sub { return sub { } },
    'no directory' => sub {
        my ($y) = @_;
        rename $y->{data}, "$y->{data}.away";
        return sub { rename "$y->{data}.away", $y->{data} };
    },
    'cut' => sub {
        my ($y) = @_;
        my $file = $y->generation_dir . '/data.mdb';
        my $whole = Yizhan::read_file($file);
        truncate $file, 20000;
        return sub { put_instead($file, $whole) };
    },
    'garbage' => sub {
        my ($y) = @_;
        my $file = $y->generation_dir . '/data.mdb';
        my $whole = Yizhan::read_file($file);
        put_instead($file, join '', map { chr rand 256 } 1 .. 65536);
        return sub { put_instead($file, $whole) };
    },
    'not readable' => sub {
        my ($y) = @_;
        my $file = $y->generation_dir . '/data.mdb';
        chmod 0, $file;
        return sub { chmod 0640, $file };
    },
);

for my $what (sort keys %bad_at_start) {
    subtest "nginx -t and a reload touch nothing: $what" => sub {
        my $y = Yizhan->new(workers => 2);
        $y->load($places[0]);
        my $mend = $bad_at_start{$what}->($y);
        my $before = tree($y->{data});
        my ($status, $text) = $y->nginx_test;
        is($status, 0, 'nginx -t passes') or diag $text;
        is_deeply(tree($y->{data}), $before, 'and touches nothing');
        $y->{begin} = time;
        if ($what ne 'whole') {
            $y->start;
            is(join(' ', unavailable($y)), '', '503 with a reason');
            $y->reload;
            is(join(' ', unavailable($y)), '', 'after a reload too');
            is_deeply(tree($y->{data}), $before, 'which touched nothing');
            $mend->();
            cmp_ok(seconds_to_recover($y), '<', $RECOVERY_S,
                'good data is taken up by itself');
            one_line_a_minute($y, $what);
        }
        $y->finish;
    };
}

subtest 'another format' => sub {
    my $y = serve();
    my $dir = $y->generation_dir;
    (my $meta = `mdb_dump -p -s meta '$dir'`)
        =~ s/^( format\n) \\0\d\\00\\00\\00$/$1 \\63\\00\\00\\00/m
        or die 'no format in meta';
    Yizhan::write_file("$y->{dir}/tmp/meta", $meta);
    system("mdb_load -f '$y->{dir}/tmp/meta' -s meta '$dir' 2>/dev/null")
        == 0 or die 'mdb_load';
    is(join(' ', unavailable($y)), '', 'is refused while it is served');
    $y->reload;
    is(join(' ', unavailable($y)), '', 'and after a reload');
    is(rebuild($y), undef, 'rebuild makes another generation');
    cmp_ok(seconds_to_recover($y), '<', $RECOVERY_S, 'which serves');
    one_line_a_minute($y, 'format');
    $y->finish;
};

# The root of everything becomes the file's last page, and its first node lies
# beyond the end of the file.
sub make_deadly {
    my ($file) = @_;
    my $last = (-s $file) / 4096 - 1;
    open my $io, '+<:raw', $file or die "$file: $!";
    my $put = sub {
        sysseek $io, $_[0], 0;
        syswrite $io, $_[1];
    };
    $put->(4096 * $last, pack 'Q<vvvvv', $last, 0, 2, 20, 4096, 0xffff,
        0xffff);
    $put->(4096 * $_ + 128, pack 'Q<Q<', $last, $last) for 0, 1;
    close $io;
}

subtest 'a page that kills' => sub {
    my $y = serve();
    $y->allow(qr/worker process \d+ exited on signal (?:7|11)\b/);
    make_deadly($y->generation_dir . '/data.mdb');
    $y->wait_for('the end of it', sub {
        ask($y, '/v1/places/p-001');
        return $y->error_log =~ /is given up/;
    });
    is(join(' ', unavailable($y)), '', 'is given up');
    is(rebuild($y), undef, 'rebuild makes another generation');
    cmp_ok(seconds_to_recover($y), '<', $RECOVERY_S, 'which serves');
    $y->finish;
};

subtest 'workers that die in lookups of good data' => sub {
    my $y = serve();
    for (1 .. 4) {
        my ($worker) = $y->workers;
        $y->allow(qr/worker process $worker exited on signal 9\b/);
        kill 'KILL', $worker;
        $y->wait_for('another worker', sub {
            my @workers = $y->workers;
            return @workers == 2 && !grep { $_ == $worker } @workers;
        });
    }
    ok(served($y), 'deaths of idle workers count for nothing');
    unlike($y->error_log, qr/is given up/, 'and give nothing up');

    ask_always($y, 4, '/v1/places?limit=100');
    my @deaths;
    # On a slow machine three may take longer than ten seconds.
    while ($y->error_log !~ /is given up/ && @deaths < 12) {
        my $worker = catch_in_lookup($y);
        $y->allow(qr/worker process $worker exited on signal 9\b/);
        kill 'KILL', $worker;
        push @deaths, time;
        $y->wait_for('another worker', sub {
            my @workers = $y->workers;
            return @workers == 2 && !grep { $_ == $worker } @workers;
        });
        if (@deaths == 2) {
            ok(served($y), 'two deaths in lookups are forgiven');
        }
    }
    stop_asking();
    cmp_ok(scalar @deaths, '>=', 3, 'it takes three');
    cmp_ok($deaths[-1] - ($deaths[-3] // 0), '<', 12, 'in ten seconds');
    like($y->error_log, qr/generation \d+ is given up: 3 workers died/,
        'the log tells it');
    is(join(' ', unavailable($y)), '', 'workers answer 503');
    $y->reload;
    is(join(' ', unavailable($y)), '', 'and after a reload');
    is(rebuild($y), undef, 'until rebuild makes another generation');
    cmp_ok(seconds_to_recover($y), '<', $RECOVERY_S, 'which serves');
    one_line_a_minute($y, 'deaths');
    $y->finish;
};

done_testing;
