#!/usr/bin/perl
# Protects workers: no code, query or position in any log, whatever goes
# wrong; and that the variables for the access log say what they promise.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Yizhan;
use Test::More;

my $y = Yizhan->new;
$y->load(
    {id => 'a-1', name => '一', region => '370202', lng => 120.38,
        lat => 36.06},
    {id => 'b-1', name => '二', lng => 120.38, lat => 36.06,
        status => 'closed'},
);
my $code = $y->codes;
(my $bare = $code->{'a-1'}) =~ s/-//g;
$y->start->wait_ready;
Yizhan::write_file("$y->{dir}/log/access.log", '');
my $generation = $y->get('/readyz')->json->{generation};

my @expected = (
    ["/s/$code->{'a-1'}?q=secretquery", 200, 'scan ok a-1'],
    ["/s/$code->{'b-1'}", 410, 'scan place-gone b-1'],
    ['/s/SECRETCODE', 404, 'scan code-unknown -'],
    ['/v1/nearby?lng=121.98765&lat=35.98765', 200, 'nearby ok -'],
    ['/v1/nearby?lng=121.98765', 400, 'nearby parameter-invalid -'],
    ['/v1/nearby?place=a-1', 200, 'nearby ok a-1'],
    ['/v1/places?kind=secretquery', 200, 'places ok -'],
    ['/v1/places/a-1', 200, 'place ok a-1'],
    ['/v1/places/secretquery', 404, 'place place-unknown -'],
    ['/v1/regions/370202', 200, 'region ok -'],
    ['/healthz', 200, 'healthz ok -'],
    ['/secretquery', 404, '- path-unknown -'],
);
$y->get($_->[0]) for @expected;
my $etag = $y->get('/v1/places/a-1')->header('ETag');
$y->get('/v1/places/a-1', 'If-None-Match' => $etag);
$y->request('OPTIONS', '/v1/places');
$y->request('DELETE', '/v1/places');

$y->wait_for('the access log', sub { $y->access_log =~ /DELETE/ });
my @lines = grep { !/readyz/ } split /\n/, $y->access_log;
for my $row (@expected) {
    my ($path, $status, $words) = @$row;
    my $line = shift @lines;
    like($line, qr/^GET $status \Q$words\E /, "$words");
}
like($lines[0], qr/^GET 200 place ok/, 'a first answer');
like($lines[1], qr/^GET 304 place not-modified a-1 /, 'not modified');
like($lines[2], qr/^OPTIONS 204 places options - - -$/, 'options');
like($lines[3], qr/^DELETE 405 places method-not-allowed - - -$/,
    'another method');
like($lines[0], qr/ $generation \d+\.\d$/, 'generation and lookup time');

# Now everything that can be logged: damage, no data, bad keys.
damage_everything();
$y->get("/s/$code->{'a-1'}?q=secretquery") for 1 .. 3;
$y->get('/v1/nearby?lng=121.98765&lat=35.98765');
$y->wait_for('a complaint', sub { $y->error_log =~ /yizhan: / });

sub damage_everything {
    open my $keys, '>', "$y->{data}/keys/read.keys";
    close $keys;
    unlink "$y->{data}/public/current";
    symlink 'gen-77', "$y->{data}/public/current";
    $y->reload;
}

for my $log ($y->error_log, $y->access_log) {
    for my $secret ('secretquery', 'SECRETCODE', '121.98765', '35.98765',
        $bare, $code->{'a-1'}, $code->{'b-1'}) {
        unlike($log, qr/\Q$secret\E/i, "$secret is in no log");
    }
}

$y->finish;
done_testing;
