#!/usr/bin/perl
# What this protects: the promise of cursors.  Someone who goes on from page
# to page while loads change, move, add and close other places, or while a
# new generation takes over, sees every place that did not change exactly
# once.  And what a client makes up or cuts off in a cursor is told with a
# 400 or asks for another place of the list, and never does harm.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Compress::Zlib qw(crc32);
use MIME::Base64 qw(encode_base64url decode_base64url);
use Oracle;
use Yizhan;
use Test::More;

srand 20261122;

my $STAYING = 240; # places that never change
my $OTHERS = 160;  # places that loads do anything to
my $NOWHERE = 24;  # of the staying, without a position
my $TOGETHER = 40; # of the staying, at one point

my @AT = (120.4, 36.1);

sub pick { return $_[rand @_] }

# Near places and far ones: moves go to and fro between pages.
sub position {
    my $spread = pick(0.001, 0.01, 0.1, 2, 40);
    return (lng => sprintf('%.7f', $AT[0] + (rand() - 0.5) * $spread),
        lat => sprintf('%.7f', $AT[1] + (rand() - 0.5) * $spread));
}

sub attributes {
    return (region => pick('370202', '370203', '340705'),
        kind => pick('station', 'station', 'clinic', 'toilet'),
        services => pick('water', 'water,rest', 'rest', ''),
        hours => pick('24/7', '24/7', 'Mo-Su 08:00-20:00', ''),
        level => pick('none', 'none', 'city'));
}

my @staying = map {
    my %at = $_ <= $NOWHERE ? ()
        : $_ <= $NOWHERE + $TOGETHER ? (lng => $AT[0], lat => $AT[1])
        : position();
    {id => sprintf('stay-%d', $_ * 7919 % 1000), name => "驻 $_",
        attributes(), %at}
} 1 .. $STAYING;
my %others = map { my $id = "other-$_";
    $id => {id => $id, name => '动', attributes(), position()} } 1 .. $OTHERS;

my $y = Yizhan->new->serve(@staying, map { $others{$_} } sort keys %others);
my $get = $y->keep;

# What happens to other places.

my $changes = 0;

sub change_one {
    my ($place) = @_;
    $changes++;
    my $way = int rand 6;
    $place->{name} = "动 $changes" if $way == 0;
    %$place = (%$place, position()) if $way == 1;
    %$place = (%$place, attributes()) if $way == 2;
    $place->{status} = pick('closed', 'open', 'suspended') if $way == 3;
    @$place{qw(lng lat)} = @AT if $way == 4; # among those at one point
    @$place{qw(lng lat)} = ('', '') if $way == 5;
    return $place;
}

# A load that changes some and adds some.
sub change_others {
    my @ids = sort keys %others;
    my %touched = map { $_ => 1 } map { pick(@ids) } 1 .. 12;
    for my $n (1 .. 3) {
        my $id = pick('other', 'a-new', 'zz-new') . "-new-$changes-$n";
        $others{$id} = {id => $id, name => '新', attributes(),
            rand() < 0.4 ? (lng => $AT[0], lat => $AT[1]) : position()};
        $touched{$id} = 1;
    }
    $y->load(map { change_one($others{$_}) } sort keys %touched);
}

# A new generation that its readers have taken up.
sub new_generation {
    my $before = $y->get('/readyz')->json->{generation};
    $y->command('rebuild');
    $y->wait_for('the new generation', sub {
        return $y->get('/readyz')->json->{generation} > $before;
    });
}

sub expected {
    my ($check) = @_;
    return sort map { $_->{id} } grep { $check->($_) } @staying;
}

my $WORK_MAX = 10; # times that something happens in one walk

# Goes through all pages with WORK between them.
sub walk {
    my ($path, $work) = @_;
    my (@seen, $pages);
    while (defined $path) {
        my $page;
        ($page, $path) = Oracle::page($get, $path);
        push @seen, map { $_->{id} } @{$page->{features}};
        $work->() if ++$pages <= $WORK_MAX && defined $path;
    }
    return ($pages, sort grep { /^stay-/ } @seen);
}

# Each with what a staying place must be; the exactness of the radius is
# another test's matter, so there the first walk tells.
my $RADIUS = "/v1/nearby?lng=$AT[0]&lat=$AT[1]&limit=7&radius=900";
my (undef, @within) = walk($RADIUS, sub { });
my %within = map { $_ => 1 } @within;
cmp_ok(scalar @within, '>=', $TOGETHER, 'some are within the radius');

my %walks = (
    '/v1/places?limit=37' => sub { 1 },
    '/v1/places?limit=11&region=3702&services=rest' => sub {
        $_[0]{region} =~ /^3702/ && $_[0]{services} =~ /rest/ },
    '/v1/places?limit=13&bbox=120.38,36.08,120.42,36.12' => sub {
        defined $_[0]{lng} && abs($_[0]{lng} - $AT[0]) < 0.02
            && abs($_[0]{lat} - $AT[1]) < 0.02 },
    "/v1/nearby?lng=$AT[0]&lat=$AT[1]&limit=29" => sub { defined $_[0]{lng} },
    $RADIUS => sub { $within{$_[0]{id}} },
    '/v1/nearby?lng=121&lat=36.5&limit=19&kind=clinic,toilet' => sub {
        defined $_[0]{lng} && $_[0]{kind} ne 'station' },
    '/v1/nearby?lng=-59.6&lat=-36.1&limit=23&services=water' => sub {
        defined $_[0]{lng} && $_[0]{services} =~ /water/ },
    "/v1/nearby?place=$staying[-1]{id}&limit=31&crs=gcj02" => sub {
        defined $_[0]{lng} },
);

sub walk_all {
    my ($work) = @_;
    for my $path (sort keys %walks) {
        my ($pages, @seen) = eval { walk($path, $work) };
        is($@, '', "$path: all pages came");
        cmp_ok($pages // 0, '>', 3, 'more than three');
        is_deeply(\@seen, [expected($walks{$path})],
            'with what did not change, each once');
    }
}

subtest 'nothing between pages' => sub { walk_all(sub { }) };
subtest 'loads between pages' => sub { walk_all(\&change_others) };
subtest 'new generations between pages' => sub {
    my $turn = 0;
    walk_all(sub {
        change_others() if $turn++ % 2;
        new_generation() if $turn % 3 == 1;
    });
};
subtest 'loads and their rollbacks between pages' => sub {
    my %before;
    walk_all(sub {
        if (%before) {
            $y->command('rollback');
            %others = %before;
            %before = ();
            return;
        }
        %before = map { $_ => {%{$others{$_}}} } keys %others;
        change_others();
    });
};

# Made-up cursors.

# path without cursor, the cursor of its second page.
sub first_cursor {
    my ($path) = @_;
    my (undef, $next) = Oracle::page($get, $path);
    my ($cursor) = $next =~ /[?&]cursor=([\w-]+)/;
    return $cursor;
}

my $NEARBY = "/v1/nearby?lng=$AT[0]&lat=$AT[1]&limit=2&kind=station";
my $LIST = '/v1/places?limit=2&kind=station';
my %cursor = ($NEARBY => first_cursor($NEARBY), $LIST => first_cursor($LIST));

sub refused {
    my ($path, $cursor, $code, $name) = @_;
    my $answer = $y->get("$path&cursor=$cursor");
    my $error = $answer->{status} == 400 ? $answer->json->{errors}[0] : {};
    is("$answer->{status} " . ($error->{parameter} // '') . ' '
        . ($error->{code} // ''), "400 cursor $code", $name);
}

subtest 'of another query' => sub {
    my @nearby = ("lng=$AT[0]&lat=$AT[1]", "lng=$AT[0]&lat=36.1000001"
        . '&kind=station', "lng=$AT[0]&lat=$AT[1]&kind=station,clinic",
        "place=$staying[-1]{id}&kind=station",
        map { "lng=$AT[0]&lat=$AT[1]&kind=station&$_" } 'radius=50000',
        'crs=gcj02', 'out_crs=gcj02', 'open=now', 'level=none', 'region=37',
        'services=water', 'open=2026-01-01T00:00:00Z');
    refused("/v1/nearby?$_", $cursor{$NEARBY}, 'parameter-conflict', $_)
        for @nearby;
    refused("/v1/places?$_", $cursor{$LIST}, 'parameter-conflict', $_)
        for 'limit=2', map { "kind=station&$_" } 'region=37', 'level=none',
        'services=water', 'bbox=-180,-90,180,90', 'out_crs=bd09';
    refused($NEARBY, $cursor{$LIST}, 'parameter-conflict', 'of a list');
    refused($LIST, $cursor{$NEARBY}, 'parameter-conflict', 'of nearby');
};

subtest 'of the same query, written in another way' => sub {
    my @same = ("lat=36.10&lng=120.400&kind=%73tation&limit=5",
        "kind=station,station&lng=$AT[0]&lat=$AT[1]&crs=wgs84");
    for my $query (@same) {
        is($y->get("/v1/nearby?$query&cursor=$cursor{$NEARBY}")->{status},
            200, $query);
    }
};

subtest 'cut, longer, other characters' => sub {
    for my $path ($NEARBY, $LIST) {
        my $cursor = $cursor{$path};
        refused($path, substr($cursor, 0, $_), 'parameter-malformed',
            "cut to $_") for 1 .. length($cursor) - 1;
        refused($path, $_, 'parameter-malformed', $_)
            for '', "$cursor=", "$cursor%3D", "$cursor%00", "%20$cursor",
            "$cursor.", ($cursor =~ s/.$/+/r), ($cursor =~ s/.$/%2F/r),
            $cursor . 'A' x 200, 'A' x length $cursor, '____', '%FF%FE';
        refused($path, $cursor . $_ x 4, 'parameter-malformed', "and $_ x 4")
            for 'A', 'Z';
    }
};

# The bytes of a cursor, head and rest as core/cursor.h describes them,
# without the check.
sub parts {
    my ($cursor) = @_;
    my $bytes = decode_base64url($cursor);
    return unpack 'a1 a1 a8 a8 a*', substr($bytes, 0, -4);
}

sub forged {
    my $bytes = join '', @_;
    return encode_base64url($bytes . pack('N', crc32($bytes)));
}

subtest 'other bytes' => sub {
    for my $path ($NEARBY, $LIST) {
        my ($version, $kind, $hash, $key, $rest) = parts($cursor{$path});
        refused($path, forged(chr($_) . $kind . $hash . $key . $rest),
            'parameter-malformed', "version $_") for 0, 1, 3, 255;
        refused($path, forged($version . chr($_) . $hash . $key
            . $rest), 'parameter-malformed', "kind $_") for 0, 3, 255;
        for my $bit (0 .. 63) {
            my $other = $hash;
            vec($other, $bit, 1) ^= 1;
            refused($path, forged($version . $kind . $other . $key
                . $rest), 'parameter-conflict', "bit $bit of the hash");
        }
    }
    my ($version, $kind, $hash, $key, $id) = parts($cursor{$NEARBY});
    my $head = $version . $kind . $hash;
    my %bad = (negative => pack('d>', -1), 'minus zero' => pack('d>', -0.0),
        infinite => pack('Q>', 0x7ff << 52), NaN => pack('Q>', 0x7ff8 << 48),
        'another NaN' => "\xff" x 8);
    refused($NEARBY, forged($head . $bad{$_} . $id),
        'parameter-malformed', "$_ distance") for sort keys %bad;
    my %ids = ('an empty' => '', 'a long' => 'x' x 65, 'a broken' => "a\xff",
        'a cut' => "a\xe7\xab", 'an overlong' => "\xc0\xaf",
        'a surrogate' => "\xed\xa0\x80", 'a control' => "a\nb");
    refused($NEARBY, forged($head . $key . $ids{$_}),
        'parameter-malformed', "$_ id") for sort keys %ids;
};

# Well-formed ones that no page has given ask for another place of the list.
subtest 'forged' => sub {
    my ($version, $kind, $hash, $key, $id) = parts($cursor{$NEARBY});
    my %features = (
        'the start' => [pack('d>', 0), "\x21", sub { $_[0] == 2 }],
        'the smallest distance' => [pack('Q>', 1), $id, sub { $_[0] == 2 }],
        'the end' => [pack('d>', 1.7e308), 'x' x 64, sub { $_[0] == 0 }],
    );
    for my $name (sort keys %features) {
        my ($distance, $after, $check) = @{$features{$name}};
        my $answer = $y->get("$NEARBY&cursor=" . forged($version
            . $kind . $hash . $distance . $after));
        is($answer->{status}, 200, $name);
        ok($check->(scalar @{$answer->json->{features}}), 'as many as left');
    }
    ($version, $kind, $hash, $key) = parts($cursor{$LIST});
    for my $after ([0, 0], [0, ~0 & 0xffffffff], [~0 - 1, 5], [~0, 0],
        [~0, 0xffffffff])
    {
        my $answer = $y->get("$LIST&cursor=" . forged($version
            . $kind . $hash . pack('Q> N', @$after)));
        is($answer->{status}, 200, "after @$after");
        is_deeply($answer->json->{features}, [], 'nothing is left')
            if $after->[1] == 0xffffffff && $after->[0] == ~0;
    }
};

subtest 'any character for any other' => sub {
    my @alphabet = ('A' .. 'Z', 'a' .. 'z', 0 .. 9, '-', '_', '+', '%', '');
    my %status;
    for my $path ($NEARBY, $LIST) {
        for my $at (0 .. length($cursor{$path}) - 1) {
            for my $n (1 .. 6) {
                my $cursor = $cursor{$path};
                my $was = substr $cursor, $at, 1;
                substr($cursor, $at, 1) = pick(grep { $_ ne $was } @alphabet);
                my $answer = $get->("$path&cursor=$cursor")
                    or die 'connection lost';
                $status{$answer->{status}}++;
                fail("$answer->{status}: $cursor")
                    unless $answer->{status} == 400;
            }
        }
    }
    is_deeply([sort keys %status], [400], 'is refused');
};

$y->finish;
done_testing;
