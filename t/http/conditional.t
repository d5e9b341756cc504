#!/usr/bin/perl
# Protects conditional requests, HEAD, OPTIONS and the refusal of other
# methods: what old phones on bad networks and browsers' CORS checks rely on.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Yizhan;
use Test::More;

my $y = Yizhan->new(server => 'location /quick/ { yizhan_max_age 0s; yizhan; }'
    . 'location /slow/ { yizhan_max_age 1h; yizhan; }');
$y->load(
    {id => 'a', name => '一', region => '370202', lng => 120.38, lat => 36.06,
        hours => '24/7'},
    {id => 'gone', name => '二', lng => 120.38, lat => 36.06,
        status => 'closed'},
    {id => 'soon', name => '三', lng => 120.38, lat => 36.06,
        hours => Yizhan::hours_around_now(-1, 1)},
);
my $code = $y->codes->{a};
$y->start->wait_ready;

my @CORS = ('/v1/nearby?lng=120&lat=36', '/v1/places', '/v1/places/a',
    '/v1/regions/370202', '/openapi.json');
my @PLAIN = ("/s/$code", '/healthz', '/readyz', '/version');

for my $path (@CORS, "/s/$code") {
    subtest "If-None-Match: $path" => sub {
        my $answer = $y->get($path);
        my $etag = $answer->header('ETag');
        my $same = $y->get($path, 'If-None-Match' => $etag);
        is($same->{status}, 304, 'the same: 304');
        is($same->{body}, '', 'without a body');
        is($same->header('ETag'), $etag, 'with the ETag');
        is($same->header('Cache-Control') =~ s/\d+//r,
            $answer->header('Cache-Control') =~ s/\d+//r, 'and how to keep it');
        for my $list ("W/$etag", qq("x", $etag), '*') {
            is($y->get($path, 'If-None-Match' => $list)->{status}, 304, $list);
        }
        is($y->get($path, 'If-None-Match' => '"x"')->{status}, 200,
            'another: 200');
        is($y->get($path,
            'If-Unmodified-Since' => 'Mon, 01 Jan 2024 00:00:00 GMT',
            'If-Modified-Since' => 'Mon, 01 Jan 2024 00:00:00 GMT')->{status},
            200, 'dates mean nothing here');
        is($y->get($path, 'Range' => 'bytes=0-3')->{status}, 200,
            'nor do ranges');
    };
}

subtest 'the ETag is of the bytes' => sub {
    my $before = $y->get('/v1/places/a');
    $y->load({id => 'b', name => '别的', lng => 121, lat => 36});
    my $same = $y->get('/v1/places/a');
    is($same->header('ETag'), $before->header('ETag'),
        'another place does not change it');
    $y->load({id => 'a', name => '改名', region => '370202', lng => 120.38,
        lat => 36.06, hours => '24/7'});
    isnt($y->get('/v1/places/a', 'If-None-Match' => $before->header('ETag'))
        ->header('ETag'), $before->header('ETag'), 'a new name does');
};

for my $path (@CORS, @PLAIN, '/v1/places/gone', '/v1/places/nope', '/nope',
    '/v1/nearby', '/s/x') {
    subtest "HEAD $path" => sub {
        my $get = $y->get($path);
        my $head = $y->request('HEAD', $path);
        is($head->{status}, $get->{status}, 'the same status');
        is($head->{body}, '', 'no body');
        delete $_->{headers}{date} for $get, $head;
        is_deeply($head->{headers}, $get->{headers}, 'the same headers');
    };
}

subtest 'other methods' => sub {
    for my $path (@CORS, @PLAIN) {
        for my $method (qw(POST PUT DELETE PATCH PROPFIND FOO)) {
            my $answer = $y->request($method, $path);
            is($answer->{status}, 405, "$method $path");
            is($answer->header('Allow'), 'GET, HEAD, OPTIONS', 'says what may');
            is($answer->json->{code}, 'method-not-allowed', 'as a problem');
        }
    }
    my $answer = $y->raw("POST /v1/places/a HTTP/1.1\r\nHost: x\r\n"
        . "Connection: close\r\nContent-Length: 5\r\n\r\nhello");
    is($answer->{status}, 405, 'a body is read and thrown away');
    is($y->request('POST', '/nope')->{status}, 404, 'what is not is not');
};

subtest 'OPTIONS' => sub {
    for my $path (@CORS) {
        my $answer = $y->request('OPTIONS', $path, Origin => 'https://a.example',
            'Access-Control-Request-Method' => 'GET');
        is($answer->{status}, 204, $path);
        is($answer->header('Access-Control-Allow-Origin'), '*', 'any origin');
        is($answer->header('Access-Control-Allow-Methods'),
            'GET, HEAD, OPTIONS', 'the methods');
        is($answer->header('Access-Control-Max-Age'), 86400, 'for a day');
    }
    for my $path (@PLAIN) {
        my $answer = $y->request('OPTIONS', $path);
        is($answer->{status}, 204, $path);
        is($answer->header('Allow'), 'GET, HEAD, OPTIONS', 'the methods');
        is($answer->header('Access-Control-Allow-Origin'), undef,
            'not for other sites');
    }
};

subtest 'max-age' => sub {
    my $soon = $y->get('/slow/v1/places/soon');
    my ($age) = $soon->header('Cache-Control') =~ /max-age=(\d+)/;
    my $left = 3600 - time % 3600 + 3600;
    ok($age <= 3600 && $age <= $left, 'ends when the place closes');
    is($y->get('/slow/v1/places/a')->header('Cache-Control'),
        'public, max-age=3600', 'is as configured');
    is($y->get('/quick/v1/places/a')->header('Cache-Control'),
        'public, max-age=0', 'down to 0');
    like($soon->json->{properties}{closes_at}, qr/T\d\d:00:00\+08:00$/,
        'closes_at is told');
    is($soon->json->{valid_until}, $soon->json->{properties}{closes_at},
        'and is how long the answer is valid');
    like($y->get('/v1/places/gone')->header('ETag'), qr/^"/,
        'a gone place can be kept too');
    for my $path ('/healthz', '/readyz', '/version', '/nope', '/v1/nearby') {
        is($y->get($path)->header('Cache-Control'), 'no-store', $path);
    }
};

subtest 'below another path' => sub {
    my $page = $y->get('/slow/v1/places?limit=1')->json;
    like($page->{links}[0]{href}, qr{^/slow/v1/places\?limit=1&cursor=},
        'links keep the path');
    is($y->get($page->{links}[0]{href})->{status}, 200, 'and lead on');
};

$y->finish;
done_testing;
