#!/usr/bin/perl
# What this protects: that /v1/nearby and /v1/places are exact.  Some 1,500
# places (clusters, 230 at one point, poles, the antimeridian, the other end
# of the world, some without a position) are asked several hundred times with
# every filter, and each answer is compared with all places looked at one by
# one, measured by GeographicLib.  A wrong bound of the search's pruning, a
# filter summary that is not widened on a change, a lost tie, a wrong page or
# a wrong closing time shows here, on a new index, on a changed one, and on
# one built anew.
#
# YIZHAN_SEED draws other places and queries.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Oracle;
use Yizhan;
use POSIX qw(ceil floor);
use Test::More;
use Time::HiRes qw(time);

plan skip_all => 'no GeodSolve (package geographiclib-tools)'
    unless grep { -x "$_/GeodSolve" } split /:/, $ENV{PATH};

my $NEARBY = 140; # queries of each round; there are three
my $LISTS = 40;
my $EARTH_E7 = 1_800_000_000;

my $seed = $ENV{YIZHAN_SEED} // 20261122;
note "YIZHAN_SEED=$seed";
srand $seed;

my @KINDS = qw(station micro_station clinic toilet parking_lot kiosk rest:a
    kind_1 kind_2 kind_3);
my @SERVICES = qw(water hot_meal rest wifi aed umbrella own_1 own_2);
# Words that very few places have: whole parts of the index are without them
# until a load brings them there.
my @RARE_KINDS = map { "rare_kind_$_" } 1 .. 8;
my @RARE_SERVICES = map { "rare_$_" } 1 .. 12;
my @LEVELS = qw(none city province national);
my @REGIONS = qw(110101 110105 370202 370203 370211 371002 340705 540102
    650102 810001 370200 370000);
my @HOURS = Oracle::hours_texts();

# Drawing.

sub pick { return $_[rand @_] }
sub chance { return rand() < $_[0] }
sub some { my ($n, @from) = @_; return map { pick(@from) } 1 .. $n }

# One that is normally distributed, roughly.
sub bell { return rand() + rand() + rand() + rand() - 2 }

sub clamp {
    my ($value, $bound) = @_;
    return $value > $bound ? $bound : $value < -$bound ? -$bound : $value;
}

# A position in 1e-7 degrees; longitudes wrap.
sub position {
    my ($lng, $lat) = @_;
    my $e7 = floor($lng * 1e7 + 0.5);
    $e7 -= 2 * $EARTH_E7 if $e7 > $EARTH_E7;
    $e7 += 2 * $EARTH_E7 if $e7 < -$EARTH_E7;
    return [$e7, floor(clamp($lat, 90) * 1e7 + 0.5)];
}

sub anywhere {
    my $z = rand(2) - 1;
    my $lat = atan2($z, sqrt(1 - $z * $z)) * 45 / atan2 1, 1;
    return position(rand(360) - 180, $lat);
}

my @CENTRES = ([120.38, 36.07, 0.05], [116.40, 39.91, 0.1],
    [114.17, 22.32, 0.02], [91.13, 29.65, 0.3], [179.99, -16.8, 0.05],
    [-175.2, -21.1, 2], [0, 51.48, 0.01], [15.6, 78.2, 0.2]);

sub in_cluster {
    my ($centre) = @_;
    my ($lng, $lat, $spread) = @{$centre // pick(@CENTRES)};
    return position($lng + bell() * $spread, $lat + bell() * $spread);
}

sub at_pole {
    my $pole = pick(90, -90);
    my $lat = $pole - ($pole <=> 0) * pick(0, 1e-7, 1e-4, rand(0.2), rand 2);
    return position(rand(360) - 180, $lat);
}

sub at_antimeridian {
    my $lng = pick(180, -180, 180 - rand(1e-4), -180 + rand(1e-4),
        180 - rand(0.1), -180 + rand(0.1));
    return position($lng, pick(-16.8, 0.5, 66) + bell() * 0.1);
}

my $SHARED = [1_203_801_234, 360_705_678];

# Cells that are zero beside one of China, or look exchanged, are refused.
sub is_loadable {
    my ($lng, $lat) = map { $_ / 1e7 } @{$_[0]};
    return !($lng == 0 || $lat == 0 || $lat >= 73 && $lng >= 26 && $lng <= 50);
}

sub draw_position {
    my ($number) = @_;
    while (1) {
        my $at = $number < 230 ? $SHARED
            : $number < 1000 ? in_cluster()
            : $number < 1120 ? at_pole()
            : $number < 1240 ? at_antimeridian()
            : $number < 1460 ? anywhere()
            : undef;
        return $at if !defined $at || is_loadable($at);
    }
}

# In the way of files: most in WGS-84, some in the systems of Chinese maps.
sub cells_of_position {
    my ($at) = @_;
    return (lng => '', lat => '', crs => '') unless defined $at;
    my @degrees = map { $_ / 1e7 } @$at;
    my $system = chance(0.2) && !Oracle::at_border(@degrees)
        ? pick('gcj02', 'bd09') : 'wgs84';
    return (lng => Oracle::degrees($at->[0]), lat => Oracle::degrees($at->[1]),
        crs => 'wgs84') if $system eq 'wgs84';
    my ($lng, $lat) = Oracle::from_wgs84($system, @degrees);
    return (lng => sprintf('%.10f', $lng), lat => sprintf('%.10f', $lat),
        crs => $system);
}

sub draw_place {
    my ($number, $id) = @_;
    my $at = draw_position($number);
    my %services = map { $_ => 1 } some(int rand 6, @SERVICES),
        chance(0.03) ? pick(@RARE_SERVICES) : ();
    return {
        id => $id, name => "n $number", at => $at,
        kind => chance(0.03) ? pick(@RARE_KINDS)
            : pick(@KINDS[map { int } rand(3), rand(10)]),
        level => pick('none', 'none', @LEVELS),
        region => pick('', @REGIONS), hours => pick(@HOURS),
        services => join(',', sort keys %services),
        status => pick(('open') x 12, 'suspended', 'closed', 'delisted'),
    };
}

# Ids of all lengths in an order that has nothing to do with the places'.
sub draw_id {
    my ($number) = @_;
    return pick('p', 'P', '站', 'p-0', 'long-' x 9) . int(rand 1e6) . "_$number";
}

# Regions that reach the antimeridian from one side only: what lies on it is
# in boxes of the other side too.
my @EDGE_REGIONS = qw(460105 460106);

sub edge_place {
    my ($number) = @_;
    my $side = $number % 2 ? 1 : -1;
    my $lng = pick(180, 180, 100 + rand 79) * $side;
    return {%{draw_place($number, draw_id($number))}, status => 'open',
        region => $EDGE_REGIONS[$number % 2],
        at => position($lng, 20 + bell())};
}

our @places = ((map { draw_place($_, draw_id($_)) } 0 .. 1519),
    map { edge_place($_) } 1520 .. 1539);
our %place = map { $_->{id} => $_ } @places;

sub row {
    my ($place) = @_;
    return {%$place, cells_of_position($place->{at})};
}

# What a place was like before: something else in most columns.
sub earlier {
    my ($place, $number) = @_;
    my %before = (%{draw_place(int rand 1520, $place->{id})},
        name => $place->{name}, status => pick('open', 'open', 'suspended'));
    $before{at} //= $SHARED;
    return row(\%before);
}

# Comparing one answer.

my $y = Yizhan->new;
my $get;

sub in_service { return $_[0]{status} =~ /^(?:open|suspended)$/ }

# open and the next change, as an answer shows them.
sub shown_hours {
    my ($place, $now_s) = @_;
    return (0, undef) if $place->{status} ne 'open';
    return Oracle::hours_at($place->{hours}, $now_s);
}

sub text { return defined $_[0] ? $_[0] : 'null' }

sub property_faults {
    my ($feature, $place, $system, $now_s) = @_;
    my $shown = $feature->{properties};
    my ($open, $change) = shown_hours($place, $now_s);
    my %expected = (
        name => $place->{name}, kind => $place->{kind},
        level => $place->{level}, status => $place->{status},
        region => $place->{region} eq '' ? 'null' : $place->{region},
        hours => $place->{hours} eq '' ? 'null' : $place->{hours},
        services => $place->{services}, open_now => text($open),
        closes_at => $open && defined $change ? Oracle::china_time($change)
            : 'null',
    );
    my @faults;
    for my $name (sort keys %expected) {
        my $value = $shown->{$name};
        $value = join ',', sort @$value if ref $value;
        push @faults, "$name is " . text($value) . ", not $expected{$name}"
            if text($value) ne $expected{$name};
    }
    return (@faults, point_faults($feature, $place, $system));
}

sub point_faults {
    my ($feature, $place, $system) = @_;
    my $geometry = $feature->{geometry};
    return defined $geometry ? 'has a position' : ()
        unless defined $place->{at};
    my @expected = Oracle::from_wgs84($system,
        map { $_ / 1e7 } @{$place->{at}});
    my @shown = @{$geometry->{coordinates}};
    my $slack = $system eq 'wgs84' ? 1e-9 : 6e-8;
    return abs($shown[0] - $expected[0]) > $slack
        || abs($shown[1] - $expected[1]) > $slack
        ? "lies at @shown, not @expected" : ();
}

sub measure_faults {
    my ($shown, $measured) = @_;
    my ($azimuth, $metres) = @$measured{qw(azimuth metres)};
    my $m = $shown->{distance_m};
    my @faults;
    push @faults, "is $m m away, not $metres"
        if $m < $measured->{least} - 0.05 || $m > $measured->{most} + 0.05;
    push @faults, "takes $shown->{walk_min} minutes for $m m"
        if $shown->{walk_min} < ceil(($m - 0.051) * 1.3 / 80)
        || $shown->{walk_min} > ceil(($m + 0.051) * 1.3 / 80);
    my $off = abs($shown->{bearing_deg} - $azimuth);
    $off -= 360 * floor($off / 360);
    $off = 360 - $off if $off > 180;
    push @faults, "lies to $shown->{bearing_deg} degrees, not $azimuth"
        if $metres > 1 && $metres < 1e6 && $off > 0.6;
    return @faults;
}

# Of a page: everything that does not need the order.
sub page_faults {
    my ($page, $query, $now_s) = @_;
    my @faults;
    push @faults, "is in $page->{coordinate_system}"
        if $page->{coordinate_system} ne $query->{out};
    push @faults, 'has too many' if @{$page->{features}} > $query->{limit};
    my $until = $query->{open_now} ? floor($now_s / 60) * 60 + 60 : undef;
    for my $feature (@{$page->{features}}) {
        my $place = $place{$feature->{id}};
        if (!defined $place) {
            push @faults, "$feature->{id} is no place";
            next;
        }
        push @faults, map { "$place->{id} $_" }
            property_faults($feature, $place, $query->{out}, $now_s);
        my (undef, $change) = shown_hours($place, $now_s);
        $until = $change
            if defined $change && (!defined $until || $change < $until);
    }
    my $valid = defined $until ? Oracle::china_time($until) : 'null';
    push @faults, 'valid until ' . text($page->{valid_until}) . ", not $valid"
        if text($page->{valid_until}) ne $valid;
    return @faults;
}

# A page and its faults; asked once more when the minute has changed
# meanwhile.
sub fetch {
    my ($path, $query) = @_;
    my ($page, $next, $now_s);
    do {
        $now_s = time;
        ($page, $next) = Oracle::page($get, $path);
    } while (floor($now_s / 60) != floor(time() / 60));
    return ($page, $next, page_faults($page, $query, $now_s));
}

# Filters: what to ask and what it means.

sub filter_kind {
    my @kinds = chance(0.3) ? pick(@RARE_KINDS)
        : some(1 + rand 3, @KINDS, 'unheard');
    my %wanted = map { $_ => 1 } @kinds;
    return ('kind=' . join(',', map { Oracle::encode($_) } @kinds),
        sub { $wanted{$_[0]{kind}} });
}

sub filter_services {
    my @all = chance(0.3) ? pick(@RARE_SERVICES)
        : some(1 + rand 2.5, @SERVICES);
    push @all, 'unheard' if chance(0.03);
    return ('services=' . join(',', @all), sub {
        my %has = map { $_ => 1 } split /,/, $_[0]{services};
        return !grep { !$has{$_} } @all;
    });
}

sub filter_level {
    my $level = pick(@LEVELS);
    return ("level=$level", sub { $_[0]{level} eq $level });
}

sub filter_region {
    my $region = substr pick(@REGIONS, '990101'), 0, pick(2, 4, 6);
    return ("region=$region",
        sub { substr($_[0]{region}, 0, length $region) eq $region });
}

# Around now, often exactly at or a second before a full quarter.
sub draw_moment {
    my $moment = int(time / 900 + rand(5000) - 2500) * 900;
    return $moment + pick(0, -1, int rand 900);
}

sub filter_open {
    my $at = draw_moment();
    my $text = POSIX::strftime('%Y-%m-%dT%H:%M:%S', gmtime $at) . 'Z';
    $text = Oracle::china_time($at) if chance(0.6);
    $text = Oracle::encode($text) if chance(0.5);
    return ("open=$text", sub { open_at($_[0], $at) });
}

sub open_at {
    my ($place, $at_s) = @_;
    return 0 if $place->{status} ne 'open';
    my ($open) = Oracle::hours_at($place->{hours}, $at_s);
    return defined $open && $open == 1;
}

# Some filters together: the parameters and what a place must pass.
sub draw_filters {
    my ($chance, @filters) = @_;
    my (@parameters, @checks);
    for my $filter (@filters) {
        next unless chance($chance);
        my ($parameter, $check) = $filter->();
        push @parameters, $parameter;
        push @checks, $check;
    }
    return (\@parameters, sub {
        my ($place) = @_;
        return in_service($place) && !grep { !$_->($place) } @checks;
    });
}

# Nearby.

my @WAYS = (
    sub { my $at = in_cluster(); return ($at) },
    sub { return (in_cluster($CENTRES[0])) },
    sub { return ($SHARED) },
    sub { return (position($SHARED->[0] / 1e7 + bell() / 100,
        $SHARED->[1] / 1e7 + bell() / 100)) },
    sub { return (at_pole()) },
    sub { return (at_antimeridian()) },
    sub { return (anywhere()) },
    sub { my $at = in_cluster();
        return (position($at->[0] / 1e7 + 180, -$at->[1] / 1e7)) },
    sub { my $place = pick(grep { defined $_->{at} } @places);
        return ($place->{at}, $place->{id}) },
);

sub origin_parameters {
    my ($at, $id, $query) = @_;
    $query->{out} = 'wgs84';
    return ('place=' . Oracle::encode($id)) if defined $id;
    my @degrees = map { $_ / 1e7 } @$at;
    if (Oracle::at_border(@degrees) || chance(0.6)) {
        return ('lng=' . Oracle::degrees($at->[0]),
            'lat=' . Oracle::degrees($at->[1]));
    }
    my $crs = pick('gcj02', 'bd09');
    $query->{out} = $crs;
    my ($lng, $lat) = Oracle::from_wgs84($crs, @degrees);
    return (sprintf('lng=%.10f', $lng), sprintf('lat=%.10f', $lat),
        "crs=$crs");
}

sub draw_nearby {
    my %query;
    my ($at, $id) = pick(@WAYS)->();
    ($query{at}, $query{limit}) = ($at, 10);
    my @parameters = origin_parameters($at, $id, \%query);
    my ($filters, $passes) = draw_filters(0.28, \&filter_kind,
        \&filter_services, \&filter_level, \&filter_region, \&filter_open);
    @query{qw(filters passes)} = ($filters, $passes);
    if (chance(0.06) && !grep { /^open/ } @$filters) {
        push @$filters, 'open=now';
        $query{open_now} = 1;
        $query{passes} = sub { $passes->($_[0]) && open_at($_[0], time) };
    }
    if (chance(0.35)) {
        $query{radius} = ceil(exp rand log 50000);
        push @parameters, "radius=$query{radius}";
    }
    if (chance(0.7)) {
        $query{limit} = pick(1, 2, 3, 7, 20, 100);
        push @parameters, "limit=$query{limit}";
    }
    if (chance(0.2)) {
        $query{out} = pick(qw(wgs84 gcj02 bd09));
        push @parameters, "out_crs=$query{out}";
    }
    $query{pages} = $query{limit} * 15 >= chance(0.3) * 2000 ? 99 : 3;
    @parameters = map { splice @parameters, rand @parameters, 1 }
        1 .. (push @parameters, @$filters);
    $query{path} = '/v1/nearby?' . join '&', @parameters;
    return \%query;
}

sub lat_lng { return join ' ', map { Oracle::degrees($_) } @{$_[0]}[1, 0] }

# Candidates of each query, measured in one go.
sub measure {
    my (@queries) = @_;
    my @lines;
    for my $query (@queries) {
        my @passing = grep { defined $_->{at} && $query->{passes}($_) } @places;
        my $from = lat_lng($query->{at});
        $query->{candidates} = \@passing;
        push @lines, map { "$from " . ($_->{line} //= lat_lng($_->{at})) }
            @passing;
    }
    my $found = Oracle::geodesics("$y->{dir}/tmp/geodesics", @lines);
    for my $query (@queries) {
        $query->{measured} = {};
        for my $id (map { $_->{id} } @{$query->{candidates}}) {
            my ($azimuth, $metres) = @{shift @$found};
            my $slack = Oracle::slack_m($metres);
            $query->{measured}{$id} = {azimuth => $azimuth, metres => $metres,
                least => $metres - $slack, most => $metres + $slack};
        }
    }
}

sub is_same_point {
    my ($a, $b) = map { $place{$_}{at} } @_;
    return $a->[0] == $b->[0] && $a->[1] == $b->[1];
}

# Whether the features can be the first ones of the list, given that no
# distance is off by more than its slack; and what should have come but
# did not.
sub order_faults {
    my ($query, $ends, @ids) = @_;
    my $measured = $query->{measured};
    my (@faults, %seen);
    my $least = -1; # what the next one's distance must be able to reach
    for my $i (0 .. $#ids) {
        my $id = $ids[$i];
        push @faults, "$id comes twice" if $seen{$id}++;
        if (!defined $measured->{$id}) {
            push @faults, "$id ($place{$id}{status}) does not pass";
            next;
        }
        my ($metres, $at_least, $at_most) =
            @{$measured->{$id}}{qw(metres least most)};
        push @faults, "$id at $metres m is outside" if $query->{radius}
            && $at_least > $query->{radius};
        push @faults, "$id at $metres m after one at $least m"
            if $at_most < $least;
        push @faults, "$ids[$i - 1] and $id tie" if $i > 0
            && is_same_point($ids[$i - 1], $id) && $ids[$i - 1] ge $id;
        $least = $at_least if $at_least > $least;
    }
    my $last = $ids[-1];
    for my $id (grep { !$seen{$_} } sort keys %$measured) {
        my ($metres, $at_most) = @{$measured->{$id}}{qw(metres most)};
        next if $query->{radius} && $at_most > $query->{radius};
        push @faults, "$id at $metres m is missing"
            if $ends || $at_most < $least || defined $last
            && is_same_point($last, $id) && $id lt $last;
    }
    return @faults;
}

sub check_nearby {
    my ($query) = @_;
    my ($path, @ids, @faults, $pages) = $query->{path};
    my $measured = $query->{measured};
    while (defined $path && $pages++ < $query->{pages}) {
        my ($page, $next, @page_faults) = fetch($path, $query);
        push @faults, @page_faults;
        for my $feature (@{$page->{features}}) {
            push @ids, $feature->{id};
            push @faults, map { "$feature->{id} $_" } measure_faults(
                $feature->{properties}, $measured->{$feature->{id}})
                if $measured->{$feature->{id}};
        }
        push @faults, 'a link to more from a page that is not full'
            if defined $next && @{$page->{features}} < $query->{limit};
        $path = $next;
    }
    return (scalar @ids, @faults, order_faults($query, !defined $path, @ids));
}

# What is open now changes with the minute: again, if it has changed.
sub check_nearby_now {
    my ($query) = @_;
    my (@result, $minute);
    do {
        $minute = floor(time() / 60);
        measure($query);
        @result = check_nearby($query);
    } while (floor(time() / 60) != $minute);
    return @result;
}

# Lists.

# Borders belong to the box; west > east crosses the antimeridian, which is
# 180 and -180 alike.
sub inside {
    my ($lng, $w, $e) = @_;
    return $w <= $e ? $lng >= $w && $lng <= $e : $lng >= $w || $lng <= $e;
}

sub ways_to_write {
    my ($lng) = @_;
    return abs $lng == $EARTH_E7 ? ($lng, -$lng) : $lng;
}

sub filter_bbox {
    my $at = pick(map { $_->{at} } grep { defined $_->{at} } @places);
    my @span = map { int(exp(rand 20) / 10) } 1 .. 4;
    my @box = ($at->[0] - $span[0], clamp($at->[1] - $span[1], 9e8),
        $at->[0] + $span[2], clamp($at->[1] + $span[3], 9e8));
    @box = (@$at, @$at) if chance(0.1);
    @box = (-$EARTH_E7, -9e8, $EARTH_E7, 9e8) if chance(0.05);
    @box = (1.7e9, -9e8, -1.7e9, 9e8) if chance(0.15);
    @box = @{pick([1.799e9, -9e8, $EARTH_E7, 9e8],
        [-$EARTH_E7, -9e8, -1.799e9, 9e8])} if chance(0.15);
    $box[$_] = clamp($box[$_], $EARTH_E7) for 0, 2;
    @box[0, 2] = @box[2, 0] if chance(0.15);
    my ($w, $s, $e, $n) = @box;
    return ('bbox=' . join(',', map { Oracle::degrees($_) } @box), sub {
        my ($lng, $lat) = @{$_[0]{at} // return 0};
        return $lat >= $s && $lat <= $n
            && grep { inside($_, $w, $e) } ways_to_write($lng);
    });
}

sub draw_list {
    my ($parameters, $passes) = draw_filters(0.35, \&filter_kind,
        \&filter_services, \&filter_level, \&filter_region, \&filter_bbox);
    my %query = (passes => $passes, limit => 10, out => 'wgs84');
    my $count = grep { $passes->($_) } @places;
    $query{limit} = pick($count > 300 ? (60, 100) : (4, 33, 100));
    push @$parameters, "limit=$query{limit}";
    if (chance(0.2)) {
        $query{out} = pick(qw(gcj02 bd09));
        push @$parameters, "out_crs=$query{out}";
    }
    $query{path} = '/v1/places?' . join '&', @$parameters;
    return \%query;
}

# Boxes that end at the antimeridian, for each region of its edge.
sub edge_lists {
    my @queries;
    for my $region (@EDGE_REGIONS) {
        for my $box ([170, 180], [-180, -170], [180, -180], [180, 180]) {
            my ($w, $e) = @$box;
            push @queries, {limit => 10, out => 'wgs84',
                path => "/v1/places?region=$region&bbox=$w,-90,$e,90",
                passes => sub { my ($place) = @_;
                    return $place->{region} eq $region
                        && in_service($place)
                        && grep { inside($_, $w * 1e7, $e * 1e7) }
                        ways_to_write($place->{at}[0]) }};
        }
    }
    return @queries;
}

sub list_ids {
    my ($query) = @_;
    my ($path, @ids, @faults) = $query->{path};
    while (defined $path) {
        my ($page, $next, @page_faults) = fetch($path, $query);
        push @faults, @page_faults;
        push @ids, map { $_->{id} } @{$page->{features}};
        push @faults, 'a link to more from a page that is not full'
            if defined $next && @{$page->{features}} < $query->{limit};
        $path = $next;
    }
    return (\@ids, @faults);
}

# RANK tells where each place is in the list of all.
sub check_list {
    my ($query, $rank) = @_;
    my ($ids, @faults) = list_ids($query);
    my %expected = map { $_->{id} => 1 } grep { $query->{passes}($_) } @places;
    my ($before, %seen) = (-1);
    for my $id (@$ids) {
        push @faults, "$id comes twice" if $seen{$id}++;
        push @faults, "$id does not pass" unless $expected{$id};
        push @faults, "$id is out of order" if $rank->{$id} < $before;
        $before = $rank->{$id};
    }
    push @faults, map { "$_ is missing" } grep { !$seen{$_} }
        sort keys %expected;
    return (scalar @$ids, @faults);
}

# Rounds.

sub report {
    my ($query, $count, @faults) = @_;
    splice @faults, 10;
    is(join("\n", @faults), '', "$count of $query->{path}");
}

sub round {
    my ($name) = @_;
    subtest $name => sub {
        my @queries = map { draw_nearby() } 1 .. $NEARBY;
        measure(@queries);
        my $hits = 0;
        for my $query (@queries) {
            my ($count, @faults) = eval { $query->{open_now}
                ? check_nearby_now($query) : check_nearby($query) };
            report($query, $count // 0, $@ || (), @faults);
            $hits += $count // 0;
        }
        cmp_ok($hits, '>', 10 * $NEARBY, "$hits places were near");

        my ($all) = list_ids({path => '/v1/places?limit=100', limit => 100,
            out => 'wgs84'});
        my %rank = map { $all->[$_] => $_ } 0 .. $#$all;
        is_deeply([sort @$all], [sort map { $_->{id} }
            grep { in_service($_) } @places], 'each place is listed once');
        for my $query (edge_lists(), map { draw_list() } 1 .. $LISTS) {
            my ($count, @faults) = eval { check_list($query, \%rank) };
            report($query, $count // 0, $@ || (), @faults);
        }
    };
}

# First the most part, some of it not yet as it will be: what the compared
# queries see was built in one go, and then changed by more loads.
my @early = grep { chance(0.75) } @places;
my @wrong = grep { chance(0.4) && $_->{status} !~ /closed|delisted/ } @early;
my %wrong = map { $_->{id} => earlier($_) } @wrong;
$y->load(map { $wrong{$_->{id}} // row($_) } @early);
$y->start->wait_ready;
$get = $y->keep;

{
    # This round sees the early ones as they are now.
    local @places = map { $wrong{$_->{id}} // $_ } @early;
    local %place = map { $_->{id} => $_ } @places;
    round('a new index');
}

my %early = map { $_->{id} => 1 } @early;
my @late = (@wrong, grep { !$early{$_->{id}} } @places);
my $half = @late / 2;
$y->load(map { row($_) } @late[0 .. $half - 1]);
$y->load(map { row($_) } @late[$half .. $#late]);
round('a changed index');

$y->command('rebuild');
$y->wait_for('the new generation', sub {
    return $y->get('/readyz')->json->{generation} == 2;
});
round('an index built anew');
is(($y->try_command('verify'))[0], 0, 'verify finds nothing');

$y->finish;
done_testing;
