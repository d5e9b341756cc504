#!/usr/bin/perl
# What this protects: whatever write, sync or rename the disk refuses, in the
# middle of whatever commit, an acknowledged rating is there and none is there
# twice.  A preloaded library lets each call of a run fail in turn, with EIO
# and with ENOSPC; the phone sends again what was not acknowledged, with the
# same key.  Afterwards, with a sound disk, `verify` finds no fault.
use strict;
use warnings;
use utf8;
use Cwd 'realpath';
use Errno qw(EIO ENOSPC);
use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../http/lib";
use Raters;
use Test::More;
use Yizhan;

my $EVERY = $ENV{EVERY} // 1;

my @ids = map { "p-$_" } 1 .. 4;
my $yizhan = Yizhan->new(writes => 1, settings => "cookie_secure off\n");
plan skip_all => 'sanitizers and preloaded libraries do not mix'
    if $Yizhan::SANITIZE;
my $shim = "$yizhan->{dir}/tmp/fail_shim.so";
my $built = `cc -shared -fPIC -O2 -D_GNU_SOURCE -Wall -o $shim \\
    $FindBin::Bin/fail_shim.c -ldl 2>&1`;
die "the library does not build: $built" if $?;
my $control = "$yizhan->{dir}/tmp/control";

$yizhan->serve(map {
    {id => $ids[$_], name => "驿站 $_", region => 370202,
        lng => 120.3 + $_ / 1000, lat => 36.06}
} 0 .. $#ids);
my $tokens = Raters::tokens($yizhan, @ids);

# What the library is to do, and what it did.  The file is mapped, so it is
# written in place, and armed when the rest is there.
sub set_control {
    my ($armed, @how) = @_;
    my $bytes = pack 'l5', @how, (0) x (5 - @how);
    open my $out, -e $control ? '+<:raw' : '>:raw', $control
        or die "$control: $!";
    syswrite $out, pack('l', 0);
    syswrite $out, $bytes;
    sysseek $out, 0, 0;
    syswrite $out, pack('l', $armed);
}
sub control { return unpack 'l6', Yizhan::read_file($control) }

sub start_on_bad_disk {
    local %ENV = (%ENV, LD_PRELOAD => $shim, FAIL_CONTROL => $control,
        FAIL_DIR => realpath($yizhan->{data}));
    $yizhan->start_daemon;
}

# A device rates the other places; what failed is asked again in a second
# round.  The places whose rating was acknowledged.
sub rate_once {
    my ($cookie) = @_;
    my @done;
    for my $place (@ids[1 .. $#ids]) {
        my $answer = $yizhan->post("/v1/places/$place/ratings",
            {score => 4, scan_token => $tokens->{$place}},
            Cookie => $cookie, 'Idempotency-Key' => "disk-$cookie-$place");
        if ($answer->{status} == 201) {
            push @done, $place;
        } elsif (!grep { $answer->{status} == $_ } 0, 500, 502, 503, 507) {
            fail("an answer that should not be: $answer->{status}");
            diag $answer->{body};
        }
    }
    return @done;
}

# A device that the daemon knows, before anything fails: it has rated the
# first place.
sub new_device {
    my $answer = $yizhan->post('/v1/places/p-1/ratings', {score => 5,
        scan_token => $tokens->{'p-1'}});
    my $cookie = 'yz_device=' . $answer->cookie('yz_device');
    my $hash = $yizhan->get('/v1/me', Cookie => $cookie)->json->{id};
    return ($cookie, $hash);
}

# One run with call number $at failing; what the state then has.
sub try_failure {
    my ($at, $error, $sticky) = @_;
    my ($cookie, $hash) = new_device();
    my %done = ('p-1' => 1);
    $yizhan->stop_daemon;
    set_control(0);
    start_on_bad_disk();
    set_control(1, $at, $error, $sticky);
    $done{$_} = 1 for rate_once($cookie);
    my (undef, undef, undef, undef, $count, $failed) = control();
    set_control(0);
    $yizhan->kill_daemon;
    $yizhan->start_daemon;
    my $kept = $yizhan->command('dump', '--private');
    my $missing = grep {
        my $number = sprintf '%08x', number_of($_);
        my $found = () = $kept =~ /"log":\d+.*"record":"rating","key":"$number\w{8}$hash"/g;
        $found != 1 && $done{$_} || $found > 1;
    } @ids;
    $done{$_} = 1 for rate_once($cookie);
    my ($code, $said) = $yizhan->try_command('verify');
    return ($count, $failed, $missing, scalar keys %done, $code, $said);
}

my %numbers;
sub number_of {
    my ($id) = @_;
    %numbers = $yizhan->command('dump', '--private')
        =~ /^\{"place":"([^"]+)".*?"number":(\d+)/mg unless %numbers;
    return $numbers{$id};
}

# How many calls a run makes when nothing fails.
my ($calls) = try_failure(0, EIO, 0);
cmp_ok($calls, '>', 10, "a run makes $calls calls that can fail");
for (my $at = 1; $at <= $calls; $at += $EVERY) {
    for my $case ([EIO, 0, 'EIO once'], [ENOSPC, 1, 'ENOSPC from then on']) {
        my ($error, $sticky, $name) = @$case;
        my (undef, $failed, $missing, $done, $code, $said) =
            try_failure($at, $error, $sticky);
        ok($missing == 0 && $done == @ids && $code == 0,
            "call $at fails with $name ($failed calls): nothing is lost or"
            . ' there twice, and all is well again')
            or diag("$missing missing, $done of " . @ids . " rated; $said");
    }
}
$yizhan->finish;
done_testing();
