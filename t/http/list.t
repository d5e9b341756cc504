#!/usr/bin/perl
# Protects GET /v1/places: every place in service exactly once over all pages,
# in an order that stays, the filters, and bbox at the edges of the map.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Yizhan;
use Test::More;

srand 7;
my @places = map { {
    id => sprintf('p-%03d', $_), name => "站 $_",
    region => $_ % 4 ? '370202' : '340705',
    kind => $_ % 5 ? 'station' : 'clinic',
    services => $_ % 2 ? 'water' : 'water,hot_meal',
    level => $_ % 9 ? '' : 'national',
    $_ % 10 ? (lng => sprintf('%.5f', 120.3 + rand 0.2),
        lat => sprintf('%.5f', 36 + rand 0.2)) : (),
} } 1 .. 250;
push @places,
    {id => 'east', name => '东', lng => 179.9, lat => 10},
    {id => 'west', name => '西', lng => -179.9, lat => 10},
    {id => 'edge', name => '线', lng => 180, lat => 10},
    {id => 'stop', name => '停', lng => 120.31, lat => 36.01,
        status => 'suspended'},
    {id => 'gone', name => '关', lng => 120.31, lat => 36.01,
        status => 'closed'};
my $y = Yizhan->new->serve(@places);

sub all {
    my ($path) = @_;
    my @features;
    while ($path) {
        my $answer = $y->get($path);
        return "$answer->{status} $answer->{body}" if $answer->{status} != 200;
        my $page = $answer->json;
        push @features, @{$page->{features}};
        $path = @{$page->{links}} ? $page->{links}[0]{href} : undef;
    }
    return map { $_->{id} } @features;
}

sub expected {
    my ($check) = @_;
    return sort map { $_->{id} } grep {
        ($_->{status} // '') ne 'closed' && $check->($_)
    } @places;
}

sub inside {
    my ($w, $s, $e, $n) = @_;
    return sub {
        my ($place) = @_;
        return defined $place->{lng} && $place->{lng} >= $w
            && $place->{lng} <= $e && $place->{lat} >= $s
            && $place->{lat} <= $n;
    };
}

my $first = $y->get('/v1/places')->json;
is(scalar @{$first->{features}}, 10, 'ten by default');
is($first->{coordinate_system}, 'wgs84', 'names its system');
ok(!exists $first->{features}[0]{properties}{distance_m}, 'no distance');

my @all = all('/v1/places?limit=7');
is_deeply([sort @all], [expected(sub { 1 })], 'each place once');
is_deeply([all('/v1/places?limit=100')], \@all, 'the same order in large pages');
my %place = map { $_->{id} => $_ } @places;
is(scalar(grep { defined $place{$_}{lng} } @all[-25 .. -1]), 0,
    'those without a position come last');

my %filter = (
    'kind=clinic' => sub { $_[0]{kind} && $_[0]{kind} eq 'clinic' },
    'services=hot_meal,water' => sub { ($_[0]{services} // '') =~ /hot/ },
    'region=34' => sub { ($_[0]{region} // '') =~ /^34/ },
    'region=370202&kind=clinic' => sub { ($_[0]{region} // '') eq '370202'
        && $_[0]{kind} eq 'clinic' },
    'level=national' => sub { ($_[0]{level} // '') eq 'national' },
    'level=none' => sub { ($_[0]{level} // '') eq '' },
    'kind=unheard' => sub { 0 },
    'services=unheard' => sub { 0 },
    'region=11' => sub { 0 },
    'bbox=120.35,36.05,120.4,36.1' => inside(120.35, 36.05, 120.4, 36.1),
    'bbox=-180,-90,180,90' => inside(-180, -90, 180, 90),
    'bbox=179,0,-179,20' =>
        sub { $_[0]{id} =~ /^(?:east|west|edge)$/ },
    'bbox=0,0,1,1' => sub { 0 },
    'bbox=120.3,36,120.5,36.2&kind=clinic' =>
        sub { inside(120.3, 36, 120.5, 36.2)->($_[0])
            && ($_[0]{kind} // '') eq 'clinic' },
);
for my $query (sort keys %filter) {
    is_deeply([sort(all("/v1/places?limit=40&$query"))],
        [expected($filter{$query})], $query);
}

my $gcj = $y->get('/v1/places?limit=1&region=37&out_crs=gcj02')->json;
is($gcj->{coordinate_system}, 'gcj02', 'out_crs moves coordinates');

subtest 'cursors' => sub {
    my $page = $y->get('/v1/places?limit=3&kind=station')->json;
    my ($cursor) = $page->{links}[0]{href} =~ /cursor=([\w-]+)/;
    is($y->get("/v1/places?limit=5&kind=station&cursor=$cursor")->{status},
        200, 'the size of a page may change');
    is($y->get("/v1/places?limit=3&kind=clinic&cursor=$cursor")
        ->json->{errors}[0]{code}, 'parameter-conflict',
        'the query may not');
    my $nearby = $y->get('/v1/nearby?lng=120.4&lat=36.1&limit=1')->json;
    my ($other) = $nearby->{links}[0]{href} =~ /cursor=([\w-]+)/;
    is($y->get("/v1/places?cursor=$other")->{status}, 400,
        'nor the endpoint');
};

subtest 'a load between two pages' => sub {
    my $page = $y->get('/v1/places?limit=100')->json;
    my %seen = map { $_->{id} => 1 } @{$page->{features}};
    $y->load({id => 'p-001', name => '改名', region => '370202',
        kind => 'station'}, {id => 'new', name => '新', lng => 120.4,
        lat => 36.1});
    my @rest = all($page->{links}[0]{href});
    my @twice = grep { $seen{$_} && !/^p-001$/ } @rest;
    is_deeply(\@twice, [], 'nothing that did not change comes twice');
    my %together = (%seen, map { $_ => 1 } @rest);
    my @missing = grep { !$together{$_} && !/^p-001$/ } expected(sub { 1 });
    is_deeply(\@missing, [], 'nor is left out');
};

$y->finish;
done_testing;
