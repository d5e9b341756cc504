#!/usr/bin/perl
# Protects GET /v1/regions/{adcode}: names, parents, counts, and that they
# follow a load.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Yizhan;
use Test::More;

my $y = Yizhan->new->serve(
    {id => 'a', name => '一', region => '370202', lng => 120.38, lat => 36.06},
    {id => 'b', name => '二', region => '370202', kind => 'clinic'},
    {id => 'c', name => '三', region => '370203', lng => 120.39, lat => 36.06},
    {id => 'd', name => '四', region => '370202', status => 'suspended'},
    {id => 'e', name => '五', region => '370202', status => 'closed'},
    {id => 'f', name => '六', region => '340705', kind => '怪"类'},
);

sub region {
    my ($code) = @_;
    return $y->get("/v1/regions/$code")->json;
}

my $answer = $y->get('/v1/regions/370202');
is($answer->{status}, 200, 'a district');
is($answer->header('Content-Type'), 'application/json', 'as JSON');
is($answer->header('Access-Control-Allow-Origin'), '*', 'for any origin');
like($answer->header('Cache-Control'), qr/^public/, 'public');
is_deeply($answer->json, {
    adcode => '370202', name => '市南区',
    parents => [{adcode => '370000', name => '山东省'},
        {adcode => '370200', name => '青岛市'}],
    places => 3, kinds => {station => 2, clinic => 1},
    rating => {count => 0, average => undef}, valid_until => undef,
}, 'all of it');

my $city = region('370200');
is($city->{places}, 4, 'a city counts its districts');
is_deeply($city->{parents}, [{adcode => '370000', name => '山东省'}],
    'and has one parent');
is_deeply(region('370000')->{parents}, [], 'a province has none');
is_deeply(region('37'), region('370000'), 'two digits name a province');
is_deeply(region('3702'), $city, 'four a city');
is_deeply(region('340705')->{kinds}, {'怪"类' => 1}, 'any kind is JSON');

my $empty = $y->get('/v1/regions/110101');
ok($empty->{status} == 404 || $empty->json->{places} == 0,
    'a region without a place counts none');
my $unknown = $y->get('/v1/regions/999999');
is($unknown->{status}, 404, 'no region: 404');
is($unknown->json->{code}, 'region-unknown', 'says so');

$y->load({id => 'b', name => '二', region => '370202', kind => 'clinic',
    status => 'closed'});
is_deeply(region('370202')->{kinds}, {station => 2}, 'counts follow a load');

$y->finish;
done_testing;
