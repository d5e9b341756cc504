#!/usr/bin/perl
# Protects the promise that bad input gets a 400 that names the parameter,
# never a guess, and that nothing a client sends does harm.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Yizhan;
use Test::More;

my $y = Yizhan->new->serve(
    {id => 'a', name => '一', region => '370202', lng => 120.38, lat => 36.06},
);
my $code = $y->codes->{a};

# Query of /v1/nearby (with a position unless it begins with !), parameter,
# fault.
my @NEARBY = (
    ['!', 'lng', 'missing'],
    ['!lng=120', 'lat', 'missing'],
    ['!lat=36', 'lng', 'missing'],
    ['!lng=120&lat=36&place=a', undef, 'conflict'],
    ['!place=a&lng=1', undef, 'conflict'],
    ['!place=', 'place', 'malformed'],
    ['!place=' . 'x' x 65, 'place', 'range'],
    ['!lng=181&lat=36', 'lng', 'range'],
    ['!lng=-180.0001&lat=36', 'lng', 'range'],
    ['!lng=120&lat=90.1', 'lat', 'range'],
    ['!lng=nan&lat=36', 'lng', 'malformed'],
    ['!lng=NaN&lat=36', 'lng', 'malformed'],
    ['!lng=inf&lat=36', 'lng', 'malformed'],
    ['!lng=-Infinity&lat=36', 'lng', 'malformed'],
    ['!lng=1e2&lat=36', 'lng', 'malformed'],
    ['!lng=0x10&lat=36', 'lng', 'malformed'],
    ['!lng=120,5&lat=36', 'lng', 'malformed'],
    ['!lng=%20120&lat=36', 'lng', 'malformed'],
    ['!lng=&lat=36', 'lng', 'malformed'],
    ['!lng&lat=36', 'lng', 'malformed'],
    ['!lng=' . '1' x 40 . '&lat=36', 'lng', 'malformed'],
    ['!lng=%31%3&lat=36', 'lng', 'malformed'],
    ['!lng=%00&lat=36', 'lng', 'malformed'],
    ['lng=120', 'lng', 'repeated'],
    ['limit=0', 'limit', 'range'],
    ['limit=101', 'limit', 'range'],
    ['limit=-1', 'limit', 'range'],
    ['limit=99999999999999999999', 'limit', 'range'],
    ['limit=010', 'limit', 'malformed'],
    ['!lng=+1&lat=36', 'lng', 'malformed'],
    ['open=1900-01-01T00:00:00Z', 'open', 'range'],
    ['cursor=', 'cursor', 'malformed'],
    ['limit=ten', 'limit', 'malformed'],
    ['limit=1.0', 'limit', 'malformed'],
    ['limit=1&limit=1', 'limit', 'repeated'],
    ['limit=1&%6cimit=1', 'limit', 'repeated'],
    ['radius=0', 'radius', 'range'],
    ['radius=50001', 'radius', 'range'],
    ['radius=1km', 'radius', 'malformed'],
    ['crs=cgcs2000', 'crs', 'malformed'],
    ['out_crs=WGS84', 'out_crs', 'malformed'],
    ['kind=', 'kind', 'malformed'],
    ['kind=a,,b', 'kind', 'malformed'],
    ['kind=' . 'x' x 65, 'kind', 'range'],
    ['kind=' . join(',', map { "k$_" } 1 .. 17), 'kind', 'range'],
    ['kind=%ff', 'kind', 'malformed'],
    ['kind=%c0%af', 'kind', 'malformed'],
    ['kind=%ed%a0%80', 'kind', 'malformed'],
    ['kind=a%00b', 'kind', 'malformed'],
    ['kind=a%0ab', 'kind', 'malformed'],
    ['services=water,', 'services', 'malformed'],
    ['level=high', 'level', 'malformed'],
    ['level=0', 'level', 'malformed'],
    ['region=3', 'region', 'malformed'],
    ['region=37020', 'region', 'malformed'],
    ['region=sd', 'region', 'malformed'],
    ['open=yes', 'open', 'malformed'],
    ['open=2025-05-01', 'open', 'malformed'],
    ['open=2025-02-30T10:00:00Z', 'open', 'malformed'],
    ['cursor=%2B', 'cursor', 'malformed'],
    ['cursor=' . 'A' x 500, 'cursor', 'malformed'],
    ['bbox=1,2,3,4', 'bbox', 'unknown'],
    ['foo=1', 'foo', 'unknown'],
    ['LNG=1', undef, 'unknown'],
    ['%22%3cscript%3e=1', undef, 'unknown'],
    ['&', undef, 'malformed'],
    ['=1', undef, 'malformed'],
);
my @PLACES = (
    ['bbox=1,2,3', 'bbox', 'malformed'],
    ['bbox=1,2,3,4,5', 'bbox', 'malformed'],
    ['bbox=1,2,3,x', 'bbox', 'malformed'],
    ['bbox=-181,0,0,0', 'bbox', 'range'],
    ['bbox=0,10,1,9', 'bbox', 'range'],
    ['bbox=0,nan,1,1', 'bbox', 'malformed'],
    ['lng=1', 'lng', 'unknown'],
    ['open=now', 'open', 'unknown'],
    ['limit=0', 'limit', 'range'],
    ['x' x 2100 . '=1', undef, 'malformed'],
);
my @OTHERS = (
    ['/v1/places/a?x=1', 'x', 'unknown'],
    ['/v1/places/a?limit=1', 'limit', 'unknown'],
    ['/v1/places/a?out_crs=', 'out_crs', 'malformed'],
    ['/v1/places/a?out_crs=wgs84&out_crs=wgs84', 'out_crs', 'repeated'],
    ['/v1/regions/370202?x=1', 'x', 'unknown'],
    ['/v1/regions/370202?%3cb%3e', '?b?', 'unknown'],
    ['/v1/regions/370202?&', undef, 'malformed'],
);

sub refused {
    my ($path, $parameter, $fault) = @_;
    my $answer = $y->get($path);
    my $problem = $answer->json;
    my $name = length $path > 90 ? substr($path, 0, 90) . '...' : $path;
    my $error = $problem->{errors}[0] // {};
    subtest $name => sub {
        is($answer->{status}, 400, 'is refused');
        is($answer->header('Content-Type'), 'application/problem+json',
            'as a problem');
        is($problem->{code}, 'parameter-invalid', 'of a parameter');
        is($error->{parameter}, $parameter, 'which is named')
            if defined $parameter;
        like($error->{parameter}, qr/^[a-z0-9_?]+$/, 'by a plain name');
        is($error->{code}, "parameter-$fault", 'with what is wrong');
        like($error->{detail}, qr/\p{Han}/, 'in Chinese');
        is($answer->header('Access-Control-Allow-Origin'), '*',
            'readable by scripts');
        like($answer->header('Cache-Control'), qr/no-store/, 'not kept');
    };
}

for my $row (@NEARBY) {
    my ($query, @rest) = @$row;
    $query = "lng=120&lat=36&$query" unless $query =~ s/^!//;
    refused('/v1/nearby' . ($query eq '' ? '' : "?$query"), @rest);
}
refused("/v1/places?$_->[0]", @$_[1, 2]) for @PLACES;
refused(@$_) for @OTHERS;

subtest 'all faults of a query' => sub {
    my $errors = $y->get('/v1/nearby?lng=abc&lat=999&foo=1&limit=0')
        ->json->{errors};
    is_deeply([map { "$_->{parameter} $_->{code}" } @$errors],
        ['lng parameter-malformed', 'lat parameter-range',
            'foo parameter-unknown', 'limit parameter-range'],
        'from the left');
    $errors = $y->get('/v1/places/a?x=1&y=2')->json->{errors};
    is_deeply([map { $_->{parameter} } @$errors], ['x', 'y'],
        'of one place too');
};

# Path, parameter, fault.
my @SEGMENTS = (
    ['/v1/places/' . 'x' x 65, 'id', 'range'],
    ['/v1/places/' . 'x' x 3000, 'id', 'range'],
    ['/v1/places/%ff', 'id', 'malformed'],
    ['/v1/places/a%0ab', 'id', 'malformed'],
    ['/v1/regions/370', 'adcode', 'malformed'],
    ['/v1/regions/abcdef', 'adcode', 'malformed'],
    ['/v1/regions/37020x', 'adcode', 'malformed'],
    ['/v1/regions/%ff', 'adcode', 'malformed'],
    ['/v1/regions/' . '1' x 3000, 'adcode', 'malformed'],
    ['/v1/regions/037020', 'adcode', 'range'],
    ['/v1/regions/00', 'adcode', 'range'],
);

subtest 'parameters of a path' => sub {
    for my $row (@SEGMENTS) {
        my ($path, $parameter, $fault) = @$row;
        my $answer = $y->get($path);
        my ($error, @more) = @{$answer->json->{errors} // []};
        my $name = substr $path, 0, 40;
        is($answer->{status}, 400, "$name: 400");
        is($answer->json->{code}, 'path-invalid', "$name: path-invalid");
        is($error->{parameter}, $parameter, "$name: names $parameter");
        is($error->{code}, "parameter-$fault", "$name: $fault");
        like($error->{detail}, qr/^$parameter \p{Han}/, "$name: what may be");
        is(@more, 0, "$name: nothing else");
    }
    my $errors = $y->get('/%ff')->json->{errors};
    is($errors, undef, 'a path of no resource has no parameters');
};

subtest 'paths' => sub {
    for my $path ('/v1/places/%ff', '/v1/places/%c0%ae', '/v1/places/%e2%80%ae',
        '/v1/places/' . 'x' x 65, '/v1/places/' . 'x' x 3000,
        '/v1/regions/abc', '/v1/regions/1', '/v1/regions/37020',
        '/v1/regions/3702021', '/v1/regions/000000', '/v1/regions/-37020',
        '/%ff', '/' . 'x' x 2000, '/v1/%ed%a0%80') {
        my $answer = $y->get($path);
        my $name = substr $path, 0, 40;
        is($answer->{status}, 400, "$name: 400");
        is($answer->json->{code}, 'path-invalid', "$name: path-invalid");
    }
    for my $path ('/', '/v1', '/v1/', '/v1/places/', '/v1/nearby/',
        '/v1/regions/', '/s', '/s/', '/v2/nearby', '/V1/nearby',
        '/v1/post', '/metrics', '/healthz/', '/中文') {
        my $answer = $y->get($path);
        is($answer->{status}, 404, "$path: 404");
        is($answer->json->{code}, 'path-unknown', "$path: path-unknown");
    }
    # These nginx itself refuses before any location is chosen.
    for my $path ('/v1/places/%zz', '/v1/places/%2', '/v1/places/%00',
        '/../etc/passwd', 'v1/nearby') {
        is($y->get($path)->{status}, 400, "$path: 400");
    }
};

subtest '/s/ ignores parameters' => sub {
    for my $query ('x=1', 'lng=nan', 'a=1&a=1', '%ff', '&&&', 'x' x 4000) {
        is($y->get("/s/$code?$query")->{status}, 200, substr $query, 0, 20);
    }
};

subtest 'bytes that are no HTTP' => sub {
    for my $bytes ("\0\0\0\0\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
        "GET /v1/nearby HTTP/1.1\r\n\r\n", "G" x 9000 . "\r\n\r\n",
        'GET /s/' . 'x' x 9000 . " HTTP/1.1\r\nHost: x\r\n\r\n") {
        my $answer = $y->raw($bytes);
        ok($answer->{status} == 0 || $answer->{status} >= 400, 'are refused');
    }
    is($y->get('/healthz')->{status}, 200, 'and the worker lives');
};

$y->finish;
done_testing;
