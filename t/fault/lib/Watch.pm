package Watch;

# Loads whose number is in every name, and watchers (load_watcher.c) that read
# answers meanwhile: each answer of one load only, never of an older one than
# an answer before it, no request failed, no connection lost.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../http/lib";
use Yizhan;

use File::Basename qw(dirname);
use POSIX qw(:sys_wait_h);
use Test::More;
use Time::HiRes qw(sleep time);

my $SOURCE = dirname(__FILE__) . '/../load_watcher.c';

# new(YIZHAN, PLACES): PLACES is how many there are to load.
sub new {
    my ($class, $y, $places) = @_;
    my $binary = "$y->{dir}/tmp/load_watcher";
    my $cc = $ENV{CC} // 'cc';
    system($cc, '-std=c11', '-D_GNU_SOURCE', '-O2', '-Wall', '-Wextra',
        '-Wshadow', '-Werror', '-o', $binary, $SOURCE) == 0
        or BAIL_OUT("$SOURCE does not compile");
    return bless {y => $y, binary => $binary, places => $places, runs => 0,
        watchers => []}, $class;
}

# The places of one load.  They move a little each time, so that the geo index
# is written as well.
sub places_of_load {
    my ($self, $load) = @_;
    return map { {
        id => sprintf('p-%04d', $_), name => "load $load",
        region => $_ % 2 ? '370202' : '370203',
        lng => sprintf('%.6f', 120 + $_ / 2000 + $load % 9 / 100000),
        lat => sprintf('%.6f', 36 + $_ % 17 / 300 + $load % 7 / 100000),
        hours => '24/7', services => $_ % 3 ? 'water;rest' : 'water',
    } } 1 .. $self->{places};
}

sub load {
    my ($self, $load) = @_;
    $self->{y}->load($self->places_of_load($load));
}

# What is asked: names in the answer, what is accepted, path.
sub request_lines {
    my ($self) = @_;
    $self->{code} //= $self->{y}->codes->{'p-0005'};
    my ($json, $html) = ('application/geo+json', 'text/html');
    my @one = ([1, $json, "/s/$self->{code}"], [1, $json, '/v1/places/p-0007']);
    my @requests = (@one, [0, $html, "/s/$self->{code}"], @one,
        [100, $json, '/v1/places?limit=100'], @one,
        [10, $json, '/v1/nearby?lng=120.02&lat=36.02'], @one,
        [100, $json, '/v1/nearby?place=p-0009&limit=100'], @one,
        [50, $json, '/v1/nearby?lng=120&lat=36&limit=50&services=rest'
            . '&open=now'], @one,
        [100, $json, '/v1/places?region=370202&limit=100'], @one);
    return map { join("\t", @$_) . "\n" } @requests;
}

# start(PLAN, {answers =>, connections =>, depth =>, mode =>}, ...): the
# numbers in the order in which they come to be served, and the watchers.
sub start {
    my ($self, $plan, @watchers) = @_;
    my $base = "$self->{y}{dir}/tmp/watch-" . ++$self->{runs};
    $self->{stop} = "$base.stop";
    Yizhan::write_file("$base.requests", join '', $self->request_lines);
    Yizhan::write_file("$base.plan", join "\n", @$plan);
    $self->{watchers} = [];
    for my $n (0 .. $#watchers) {
        my $w = $watchers[$n];
        my $pid = fork // die "fork: $!";
        if ($pid == 0) {
            open STDOUT, '>', "$base.said-$n";
            open STDERR, '>&', \*STDOUT;
            exec $self->{binary}, $self->{y}->socket_path, "$base.requests",
                "$base.plan", $self->{stop}, @$w{qw(answers connections depth
                mode)} or POSIX::_exit(127);
        }
        push @{$self->{watchers}}, {pid => $pid, said => "$base.said-$n",
            what => "$w->{connections} connections, $w->{mode}"};
    }
    return $self;
}

# Lets the watchers end when they have read enough.
sub enough { Yizhan::write_file($_[0]{stop}, '') }

# Whether any still reads.
sub running {
    my ($self) = @_;
    for my $w (@{$self->{watchers}}) {
        $w->{status} = $? if !defined $w->{status}
            && waitpid($w->{pid}, WNOHANG) == $w->{pid};
    }
    return grep { !defined $_->{status} } @{$self->{watchers}};
}

# Waits for all of them and tests what they say.  Returns how many answers
# they read, and the most numbers that one of them saw.
sub finish {
    my ($self, $what) = @_;
    $self->enough;
    sleep 0.05 while $self->running;
    my ($answers, $most) = (0, 0);
    for my $w (@{$self->{watchers}}) {
        my $said = Yizhan::read_file($w->{said});
        utf8::decode($said);
        my $fine = $said =~
            /^answers (\d+) connections (\d+) numbers (\d+)$/;
        ok($w->{status} == 0 && $fine,
            "$what: whole loads in order ($w->{what})")
            or diag "status $w->{status}: $said";
        next unless $fine;
        $answers += $1;
        $most = $3 if $3 > $most;
    }
    return ($answers, $most);
}

sub DESTROY {
    my ($self) = @_;
    local ($?, $!);
    for my $w (@{$self->{watchers}}) {
        next if defined $w->{status};
        kill 'KILL', $w->{pid};
        waitpid $w->{pid}, 0;
    }
}

1;
