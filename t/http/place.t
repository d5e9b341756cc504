#!/usr/bin/perl
# Protects GET /v1/places/{id}: the Feature as promised, the two ways of
# being gone, and its one parameter.  If it breaks, city apps show nothing.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Yizhan;
use Test::More;

my $y = Yizhan->new->serve(
    {id => 'a-1', name => '香港中路驿站', region => '370202',
        address => '香港中路 1 号', lng => 120.3826, lat => 36.0671,
        hours => '24/7', services => 'water,hot_meal', phone => '0532-12345',
        level => 'city'},
    {id => 'closed-1', name => '关门站', region => '370202', lng => 120.383,
        lat => 36.0671, status => 'closed'},
    {id => 'delisted-1', name => '下架站', region => '370202', lng => 120.383,
        lat => 36.0671, status => 'delisted'},
    {id => 'suspended-1', name => '暂停站', region => '370202',
        lng => 120.3827, lat => 36.0671, hours => '24/7',
        status => 'suspended', until => '2099-01-01'},
    {id => 'nowhere', name => '没有位置', region => '370202'},
    {id => 'gone-nowhere', name => '没有', region => '370202',
        status => 'closed'},
    {id => 'odd id/1', name => '带"引号"与<标签>', region => '370202',
        lng => 121, lat => 37},
    {id => 'shut', name => '现在关着', region => '370202', lng => 120.38261,
        lat => 36.0671, hours => Yizhan::hours_around_now(3, 5)},
);

my $answer = $y->get('/v1/places/a-1');
is($answer->{status}, 200, 'a place is found');
is($answer->header('Content-Type'), 'application/geo+json', 'as GeoJSON');
is($answer->header('Access-Control-Allow-Origin'), '*', 'for any origin');
like($answer->header('ETag'), qr/^"[0-9a-f]{16}"$/, 'with a strong ETag');
is($answer->header('Cache-Control'), 'public, max-age=60', 'public');
is($answer->header('Content-Length'), length $answer->{body}, 'of its length');
is_deeply($answer->json, {
    type => 'Feature', id => 'a-1',
    geometry => {type => 'Point', coordinates => [120.3826, 36.0671]},
    properties => {
        name => '香港中路驿站', kind => 'station', kind_label => '驿站',
        level => 'city', region => '370202',
        region_name => $answer->json->{properties}{region_name},
        address => '香港中路 1 号', hours => '24/7',
        services => ['hot_meal', 'water'], phone => '0532-12345',
        status => 'open', open_now => JSON::PP::true, closes_at => undef,
        rating => {count => 0, average => undef},
    },
    coordinate_system => 'wgs84', valid_until => undef,
}, 'the whole Feature');
like($answer->json->{properties}{region_name}, qr/市南区/, 'names its region');

subtest 'other coordinate systems' => sub {
    my $gcj = $y->get('/v1/places/a-1?out_crs=gcj02')->json;
    is($gcj->{coordinate_system}, 'gcj02', 'is named');
    my ($lng, $lat) = @{$gcj->{geometry}{coordinates}};
    cmp_ok(abs($lng - 120.3826), '>', 0.001, 'longitude is moved');
    cmp_ok(abs($lng - 120.3826), '<', 0.01, 'but not far');
    cmp_ok(abs($lat - 36.0671), '<', 0.01, 'nor the latitude');
    is($y->get('/v1/places/nowhere?out_crs=bd09')->json->{geometry}, undef,
        'no position stays none');
};

subtest 'gone' => sub {
    for my $id (qw(closed-1 delisted-1)) {
        my $gone = $y->get("/v1/places/$id");
        is($gone->{status}, 410, "$id is gone");
        is($gone->header('Content-Type'), 'application/problem+json',
            'a problem');
        is($gone->json->{code}, 'place-gone', 'that says so');
        my @near = @{$gone->json->{nearest}};
        is($near[0]{id}, 'a-1', 'the nearest open place comes first');
        ok(!grep({ !$_->{properties}{open_now} } @near), 'all are open');
        cmp_ok($near[0]{properties}{distance_m}, '>', 30, 'with distance');
        is($near[0]{properties}{walk_min}, 1, 'and the walk');
    }
    is_deeply($y->get('/v1/places/gone-nowhere')->json->{nearest}, [],
        'nothing is near what has no position');
};

my $suspended = $y->get('/v1/places/suspended-1')->json;
is($suspended->{properties}{status}, 'suspended', 'suspended is shown');
like($suspended->{properties}{until}, qr/^2099-01-0/, 'with its end');
ok(!$suspended->{properties}{open_now}, 'and is not open');
ok(defined $suspended->{properties}{open_now}, 'which is known');
like($suspended->{valid_until}, qr/^2099-01-0/, 'valid until then');

my $shut = $y->get('/v1/places/shut');
ok(!$shut->json->{properties}{open_now}, 'closed at this hour');
is($shut->json->{properties}{closes_at}, undef, 'closes at no time');
like($shut->json->{valid_until}, qr/T\d\d:00:00\+08:00$/,
    'valid until it opens');

is($y->get('/v1/places/nowhere')->json->{properties}{open_now}, undef,
    'unknown hours are null');
is($y->get('/v1/places/odd%20id%2F1')->json->{properties}{name},
    '带"引号"与<标签>', 'any id can be asked for');
is($y->get('/v1/places/nope')->json->{code}, 'place-unknown',
    'an unknown id is unknown');
is($y->get('/v1/places/nope')->{status}, 404, 'as 404');

$y->finish;
done_testing;
