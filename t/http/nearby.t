#!/usr/bin/perl
# Protects GET /v1/nearby: order, distances, filters, pages, and what the
# answer says of itself.  Exactness of the search is the unit tests' matter;
# here it is compared with a haversine of its own to 0.6 percent.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Yizhan;
use Math::Trig qw(pi great_circle_distance deg2rad);
use Test::More;

my @words = (['water'], ['water', 'hot_meal'], ['hot_meal'], [], ['特别']);
my @kinds = qw(station clinic toilet);
srand 20251122;
my @places = map { {
    id => sprintf('p-%03d', $_), name => "站 $_",
    region => $_ % 3 ? '370202' : '340705', kind => $kinds[$_ % @kinds],
    lng => sprintf('%.5f', 120.3 + rand 0.2),
    lat => sprintf('%.5f', 36 + rand 0.2),
    services => join(',', @{$words[$_ % @words]}),
    hours => $_ % 2 ? '24/7' : Yizhan::hours_around_now(3, 5),
    level => $_ % 7 ? '' : 'city',
} } 1 .. 300;
push @places,
    {id => 'same-b', name => '同点', lng => 120.31, lat => 36.01},
    {id => 'same-a', name => '同点', lng => 120.31, lat => 36.01},
    {id => 'suspended', name => '停', lng => 120.31, lat => 36.01,
        hours => '24/7', status => 'suspended'},
    {id => 'closed', name => '关', lng => 120.31, lat => 36.01,
        status => 'closed'},
    {id => 'nowhere', name => '无', hours => '24/7'};
my $y = Yizhan->new->serve(@places);

my @AT = (120.4, 36.1);

sub nearby {
    my ($query) = @_;
    my $answer = $y->get("/v1/nearby?lng=$AT[0]&lat=$AT[1]$query");
    is($answer->{status}, 200, "nearby$query") or diag $answer->{body};
    return $answer->json;
}

sub ids { return map { $_->{id} } @{$_[0]{features}} }

sub metres {
    my ($place) = @_;
    my @a = (deg2rad($AT[0]), pi / 2 - deg2rad($AT[1]));
    my @b = (deg2rad($place->{lng}), pi / 2 - deg2rad($place->{lat}));
    return great_circle_distance(@a, @b, 6371008);
}

sub expected {
    my ($check) = @_;
    return sort map { $_->{id} } grep {
        ($_->{status} // '') ne 'closed' && defined $_->{lng} && $check->($_)
    } @places;
}

# All pages of a query, 100 at a time.
sub all {
    my ($path) = @_;
    my @features;
    while ($path) {
        my $page = $y->get($path)->json;
        push @features, @{$page->{features}};
        $path = @{$page->{links}} ? $page->{links}[0]{href} : undef;
    }
    return @features;
}

my $first = nearby('');
is(scalar @{$first->{features}}, 10, 'ten by default');
is($first->{type}, 'FeatureCollection', 'a collection');
is($first->{coordinate_system}, 'wgs84', 'names its system');
my $properties = $first->{features}[0]{properties};
ok(exists $properties->{$_}, "has $_") for qw(name kind level region address
    hours open_now closes_at services phone status rating distance_m walk_min
    bearing_deg);
is($properties->{walk_min},
    POSIX::ceil($properties->{distance_m} * 1.3 / 80), 'the walk');

subtest 'the whole order' => sub {
    my @all = all("/v1/nearby?lng=$AT[0]&lat=$AT[1]&limit=100");
    is_deeply([sort map { $_->{id} } @all], [expected(sub { 1 })],
        'each place once');
    my $last = -1;
    my %place = map { $_->{id} => $_ } @places;
    for my $feature (@all) {
        my $m = $feature->{properties}{distance_m};
        my $expected = metres($place{$feature->{id}});
        cmp_ok($m, '>=', $last, "$feature->{id} in order");
        ok(abs($m - $expected) < 0.006 * $expected + 0.1, 'at its distance');
        $last = $m;
    }
    my @same = grep { /same|suspended/ } map { $_->{id} } @all;
    is_deeply(\@same, [qw(same-a same-b suspended)], 'ties by id');
};

subtest 'small pages' => sub {
    my @by_three = map { $_->{id} }
        all("/v1/nearby?lng=120.31&lat=36.01&limit=3&radius=5000");
    my @at_once = map { $_->{id} }
        all("/v1/nearby?lng=120.31&lat=36.01&limit=100&radius=5000");
    is_deeply(\@by_three, \@at_once, 'are the same list');
};

subtest 'filters' => sub {
    my %filter = (
        'kind=clinic' => sub { $_[0]{kind} && $_[0]{kind} eq 'clinic' },
        'kind=clinic,toilet' => sub { ($_[0]{kind} // '') =~ /clinic|toilet/ },
        'kind=%E8%AF%8A%E6%89%80' => sub { ($_[0]{kind} // '') eq 'clinic' },
        'kind=clinic,unheard' => sub { ($_[0]{kind} // '') eq 'clinic' },
        'kind=unheard' => sub { 0 },
        'services=water' => sub { ($_[0]{services} // '') =~ /water/ },
        'services=hot_meal,water' =>
            sub { ($_[0]{services} // '') eq 'water,hot_meal' },
        'services=%E7%89%B9%E5%88%AB' =>
            sub { ($_[0]{services} // '') eq '特别' },
        'services=water,unheard' => sub { 0 },
        'level=city' => sub { ($_[0]{level} // '') eq 'city' },
        'region=37' => sub { ($_[0]{region} // '') =~ /^37/ },
        'region=340705' => sub { ($_[0]{region} // '') =~ /^34/ },
        'region=11' => sub { 0 },
        'open=now' => sub { ($_[0]{hours} // '') eq '24/7'
            && ($_[0]{status} // '') ne 'suspended' },
        'radius=5000' => sub { metres($_[0]) <= 5000 },
        'kind=station&services=water&region=3702&open=now' => sub {
            $_[0]{kind} && $_[0]{kind} eq 'station'
                && $_[0]{services} =~ /water/ && $_[0]{region} eq '370202'
                && $_[0]{hours} eq '24/7' },
    );
    for my $query (sort keys %filter) {
        my @found = sort map { $_->{id} }
            all("/v1/nearby?lng=$AT[0]&lat=$AT[1]&limit=100&$query");
        is_deeply(\@found, [expected($filter{$query})], $query);
    }
};

subtest 'open at a time' => sub {
    my $at = POSIX::strftime('%Y-%m-%dT%H:30:00%%2B08:00',
        gmtime(time + 8 * 3600 + 4 * 3600));
    my $open = nearby("&limit=100&open=$at");
    ok((grep { $_->{properties}{hours} ne '24/7' } @{$open->{features}}) > 0,
        'finds what is closed now');
};

subtest 'from a place' => sub {
    my $page = $y->get('/v1/nearby?place=p-001&limit=2')->json;
    is($page->{features}[0]{id}, 'p-001', 'the place itself comes first');
    is($page->{features}[0]{properties}{distance_m}, 0, 'at distance 0');
    is($y->get('/v1/nearby?place=closed')->{status}, 200,
        'a closed place can be asked from');
    is($y->get('/v1/nearby?place=nope')->json->{code}, 'place-unknown',
        'an unknown one can not');
    my $nowhere = $y->get('/v1/nearby?place=nowhere');
    is($nowhere->{status}, 400, 'nor one without a position');
    is($nowhere->json->{errors}[0]{parameter}, 'place', 'which is named');
};

subtest 'coordinate systems' => sub {
    my $wgs = nearby('&limit=1')->{features}[0]{geometry}{coordinates};
    my $gcj = nearby('&limit=1&out_crs=gcj02');
    is($gcj->{coordinate_system}, 'gcj02', 'the answer names it');
    my $moved = $gcj->{features}[0]{geometry}{coordinates};
    cmp_ok(abs($moved->[0] - $wgs->[0]), '>', 0.001, 'coordinates are in it');
    my $round = $y->get(sprintf '/v1/nearby?lng=%s&lat=%s&crs=gcj02&limit=1',
        @$moved)->json;
    is($round->{coordinate_system}, 'gcj02', 'the default is what came in');
    is_deeply($round->{features}[0]{geometry}{coordinates}, $moved,
        'there and back');
    is($round->{features}[0]{properties}{distance_m}, 0, 'to the spot');
    my $bd = $y->get(sprintf '/v1/nearby?lng=%s&lat=%s&crs=bd09&limit=1'
        . '&out_crs=wgs84', @$moved)->json;
    is($bd->{coordinate_system}, 'wgs84', 'in and out may differ');
};

subtest 'cursors' => sub {
    my $page = nearby('&limit=2&kind=station');
    my $href = $page->{links}[0]{href};
    is($page->{links}[0]{rel}, 'next', 'a link to more');
    like($href, qr{^/v1/nearby\?lng=.*&kind=station&cursor=[\w-]+$},
        'with all parameters');
    my ($cursor) = $href =~ /cursor=([\w-]+)/;
    my @next = ids($y->get($href)->json);
    ok(@next == 2 && $next[0] ne (ids($page))[1], 'goes on');
    (my $encoded = $href) =~ s/cursor=/%63ursor=/;
    my $second = $y->get($encoded)->json->{links}[0]{href};
    is(scalar(() = $second =~ /ursor=/g), 1, 'one cursor in the next link');
    for my $other ("lng=$AT[0]&lat=36.2&kind=station",
        "lng=$AT[0]&lat=$AT[1]&kind=clinic",
        "lng=$AT[0]&lat=$AT[1]") {
        my $answer = $y->get("/v1/nearby?$other&cursor=$cursor");
        is($answer->{status}, 400, 'not for another query');
        is($answer->json->{errors}[0]{code}, 'parameter-conflict', 'a conflict');
    }
    is($y->get("/v1/nearby?lng=$AT[0]&lat=$AT[1]&cursor=AAAA")
        ->json->{errors}[0]{code}, 'parameter-malformed', 'nor a made-up one');
    my $end = nearby('&limit=100&radius=100');
    is_deeply($end->{links}, [], 'no link where there is no more');
};

subtest 'valid_until' => sub {
    my $open = nearby('&open=now');
    like($open->{valid_until}, qr/:00\+08:00$/,
        'open=now holds until the next minute at most');
    my $answer = $y->get("/v1/nearby?lng=$AT[0]&lat=$AT[1]");
    like($answer->header('Cache-Control'), qr/^public, max-age=\d+$/,
        'and may be cached by all');
};

$y->finish;
done_testing;
