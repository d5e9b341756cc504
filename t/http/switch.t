#!/usr/bin/perl
# Protects the promise of a service without pauses: loads, a rollback and new
# generations while answers are read; each answer shows one load only, never
# an older one than the answer before, and no request fails.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Yizhan;
use Test::More;
use Time::HiRes qw(time);

my $LOADS = $ENV{YIZHAN_LOADS} // 12;
my $READERS = 2;

sub places {
    my ($load) = @_;
    return map { {id => "p-$_", name => "载入 $load", region => '370202',
        lng => 120 + $_ / 1000, lat => 36 + $_ % 7 / 1000, hours => '24/7'}
    } 1 .. 200;
}

my $y = Yizhan->new(workers => 2)->serve(places(0));
my $code = $y->codes->{'p-1'};

# Reads until it is told to stop and prints what it has seen.
sub reader {
    my ($stop) = @_;
    my $get = $y->keep;
    my ($answers, $last) = (0, -1);
    my @paths = ('/v1/nearby?place=p-100&limit=50', "/s/$code",
        '/v1/places?limit=100&region=37', '/v1/places/p-7');
    while (!-e $stop) {
        my $answer = $get->($paths[$answers % @paths])
            or return "connection reset after $answers";
        return "status $answer->{status}: $answer->{body}"
            if $answer->{status} != 200;
        my %numbers = map { $_ => 1 } $answer->text =~ /载入 (\d+)/g;
        return 'numbers ' . join ' ', sort keys %numbers
            if keys %numbers != 1;
        my ($number) = keys %numbers;
        return "$number after $last" if $number < $last;
        $last = $number;
        $answers++;
    }
    return "fine $answers";
}

sub run_readers {
    my ($work) = @_;
    my $stop = "$y->{dir}/tmp/stop";
    unlink $stop;
    my @pids;
    for my $n (1 .. $READERS) {
        my $pid = fork // die "fork: $!";
        if ($pid == 0) {
            my $result = eval { reader($stop) } // $@;
            Yizhan::write_file("$y->{dir}/tmp/reader-$n", $result);
            POSIX::_exit(0);
        }
        push @pids, $pid;
    }
    $work->();
    Yizhan::write_file($stop, '');
    waitpid $_, 0 for @pids;
    my $answers = 0;
    for my $n (1 .. $READERS) {
        my $result = Yizhan::read_file("$y->{dir}/tmp/reader-$n");
        utf8::decode($result);
        like($result, qr/^fine \d+$/, "reader $n saw whole loads, in order");
        $answers += $1 if $result =~ /(\d+)$/;
    }
    cmp_ok($answers, '>', 100, "$answers answers were read");
}

subtest 'loads' => sub {
    run_readers(sub { $y->load(places($_)) for 1 .. $LOADS });
};

subtest 'new generations' => sub {
    my $before = $y->get('/readyz')->json->{generation};
    run_readers(sub {
        for my $n (1 .. 3) {
            $y->command('rebuild');
            $y->load(places($LOADS + $n));
        }
    });
    my $after = $y->wait_for('the newest generation', sub {
        my $facts = $y->get('/readyz')->json;
        return $facts->{generation} == $before + 3 && $facts;
    });
    is($after->{generation}, $before + 3, 'every rebuild was taken up');
};

subtest 'an idle worker lets go of old generations' => sub {
    $y->command('rebuild');
    my $current = readlink "$y->{data}/public/current";
    $y->wait_for('old maps to be gone', sub {
        for my $pid ($y->workers) {
            my $maps = Yizhan::read_file("/proc/$pid/maps");
            my %mapped = map { $_ => 1 } $maps =~ m{public/(gen-\d+)/data}g;
            return 0 if join(' ', keys %mapped) ne $current;
        }
        return 1;
    });
    pass('by itself');
};

$y->finish;
done_testing;
