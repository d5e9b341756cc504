package Oracle;

# What the oracle tests compare answers with, written for them and sharing
# nothing with the code under test: geodesics by GeographicLib's GeodSolve,
# GCJ-02 and BD-09 forward, weekly opening hours, and a JSON reader that is
# fast enough for some hundred thousand features.
#
# Texts are bytes throughout; positions are whole 1e-7 degrees.

use strict;
use warnings;

use POSIX qw(floor);

my $PI = 4 * atan2 1, 1;

# JSON.

# decode(BYTES): true, false and null give 1, 0 and undef; dies on anything
# that is no JSON.
sub decode {
    local $_ = shift;
    pos = 0;
    my $value = json_value();
    die 'JSON goes on: ' . substr($_, pos // 0, 40) unless /\G\s*\z/gc;
    return $value;
}

my %ESCAPED = (n => "\n", t => "\t", r => "\r", b => "\b", f => "\f");

sub json_string {
    my ($text) = @_;
    return $text if index($text, '\\') < 0;
    $text =~ s{\\(?:u([0-9a-fA-F]{4})|(.))}
        {defined $1 ? unicode(hex $1) : $ESCAPED{$2} // $2}ge;
    return $text;
}

sub unicode {
    my $text = chr shift;
    utf8::encode($text);
    return $text;
}

sub json_value {
    return json_string($1) if /\G\s*"((?:[^"\\]++|\\.)*+)"/gcs;
    return $1 if /\G\s*(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)/gc;
    if (/\G\s*\{/gc) {
        my %object;
        return \%object if /\G\s*\}/gc;
        do {
            /\G\s*"((?:[^"\\]++|\\.)*+)"\s*:/gcs or die 'no member name';
            my $name = $1;
            die "$name twice" if exists $object{$name};
            $object{$name} = json_value();
        } while (/\G\s*,/gc);
        return \%object if /\G\s*\}/gc;
        die 'no end of an object';
    }
    if (/\G\s*\[/gc) {
        my @array;
        return \@array if /\G\s*\]/gc;
        do { push @array, json_value() } while (/\G\s*,/gc);
        return \@array if /\G\s*\]/gc;
        die 'no end of an array';
    }
    return 1 if /\G\s*true\b/gc;
    return 0 if /\G\s*false\b/gc;
    return undef if /\G\s*null\b/gc;
    die 'no JSON: ' . substr($_, pos // 0, 40);
}

# HTTP.

# encode(BYTES): as a value of a query string.
sub encode {
    my ($text) = @_;
    $text =~ s/([^A-Za-z0-9._~-])/sprintf '%%%02X', ord $1/ge;
    return $text;
}

# page(GET, PATH): the decoded collection and the path of the next page, if
# there is one.  GET is what keep() gives.
sub page {
    my ($get, $path) = @_;
    my $answer = $get->($path) or die "$path: connection lost\n";
    die "$path: $answer->{status} $answer->{body}\n"
        if $answer->{status} != 200;
    my $page = decode($answer->{body});
    my @next = grep { $_->{rel} eq 'next' } @{$page->{links}};
    die "$path: more than one next\n" if @next > 1;
    return ($page, @next ? $next[0]{href} : undef);
}

# all(GET, PATH): the features of all pages.
sub all {
    my ($get, $path) = @_;
    my @features;
    while (defined $path) {
        (my $page, $path) = page($get, $path);
        push @features, @{$page->{features}};
    }
    return @features;
}

# Distance.

# Degrees of whole 1e-7 degrees, exactly.
sub degrees {
    my ($e7) = @_;
    return sprintf '%s%d.%07d', $e7 < 0 ? '-' : '', abs($e7) / 10_000_000,
        abs($e7) % 10_000_000;
}

# The geodesics of a list of "lat1 lng1 lat2 lng2": a list of
# [azimuth, metres].  FILE is a name to write to.
sub geodesics {
    my ($file, @lines) = @_;
    open my $out, '>', $file or die "$file: $!";
    print $out "$_\n" for @lines;
    close $out or die "$file: $!";
    open my $in, '-|', 'GeodSolve', '-i', '-p', '6', '--input-file', $file
        or die "GeodSolve: $!";
    my @found;
    while (<$in>) {
        my ($azimuth, undef, $metres) = split;
        push @found, [$azimuth, $metres];
    }
    close $in or die 'GeodSolve failed';
    die 'GeodSolve left lines out' if @found != @lines;
    return \@found;
}

# How far a distance may be off by contract.
sub slack_m {
    my ($metres) = @_;
    return $metres * ($metres <= 100_000 ? 1e-5 : 1e-4) + 1e-6;
}

# Coordinate systems.  The formula is the one that open converters share: the
# Krasovsky ellipsoid and sums of sines; it holds in a box round China.

sub in_china {
    my ($lng, $lat) = @_;
    return $lng >= 72.004 && $lng <= 137.8347
        && $lat >= 0.8293 && $lat <= 55.8271;
}

# Whether the border of the box, where the shift jumps, is within 0.1 degrees.
sub at_border {
    my ($lng, $lat) = @_;
    my $in = in_china($lng, $lat);
    for my $corner ([-1, -1], [-1, 1], [1, -1], [1, 1]) {
        return 1 if $in != in_china($lng + $corner->[0] / 10,
            $lat + $corner->[1] / 10);
    }
    return 0;
}

sub waves {
    my ($x, @terms) = @_;
    my $sum = 0;
    while (my ($size, $turns) = splice @terms, 0, 2) {
        $sum += $size * sin($turns * $x * $PI);
    }
    return $sum * 2 / 3;
}

# from_wgs84(SYSTEM, LNG, LAT) in degrees.
sub from_wgs84 {
    my ($system, $lng, $lat) = @_;
    return ($lng, $lat) if $system eq 'wgs84' || !in_china($lng, $lat);

    my ($x, $y) = ($lng - 105, $lat - 35);
    my $north = -100 + 2 * $x + 3 * $y + 0.2 * $y ** 2 + 0.1 * $x * $y
        + 0.2 * sqrt(abs $x) + waves($x, 20, 6, 20, 2)
        + waves($y, 20, 1, 40, 1 / 3, 160, 1 / 12, 320, 1 / 30);
    my $east = 300 + $x + 2 * $y + 0.1 * $x ** 2 + 0.1 * $x * $y
        + 0.1 * sqrt(abs $x) + waves($x, 20, 6, 20, 2)
        + waves($x, 20, 1, 40, 1 / 3, 150, 1 / 12, 300, 1 / 30);
    my ($a, $ee) = (6378245, 0.00669342162296594323);
    my $phi = $lat * $PI / 180;
    my $w = 1 - $ee * sin($phi) ** 2;
    $lat += $north * 180 / ($PI * $a * (1 - $ee) / $w ** 1.5);
    $lng += $east * 180 / ($PI * $a / sqrt($w) * cos $phi);
    return ($lng, $lat) if $system eq 'gcj02';

    my $k = $PI * 3000 / 180;
    my $z = sqrt($lng ** 2 + $lat ** 2) + 0.00002 * sin($lat * $k);
    my $theta = atan2($lat, $lng) + 0.000003 * cos($lng * $k);
    return ($z * cos($theta) + 0.0065, $z * sin($theta) + 0.006);
}

# Opening hours: text => [days (0 is Monday), spans in minutes].

my @EVERY_DAY = (0 .. 6);
my %HOURS = (
    '24/7' => [\@EVERY_DAY, [0, 1440]],
    'Mo-Su 00:00-24:00' => [\@EVERY_DAY, [0, 1440]],
    'Mo-Fr 08:00-17:30' => [[0 .. 4], [480, 1050]],
    'Mo-Su 06:30-22:00' => [\@EVERY_DAY, [390, 1320]],
    '22:00-06:00' => [\@EVERY_DAY, [1320, 1800]],
    'Sa,Su 10:00-16:00' => [[5, 6], [600, 960]],
    'Mo,We,Fr 09:00-12:00,13:30-18:00' => [[0, 2, 4], [540, 720], [810, 1080]],
    'Fr 20:00-03:00' => [[4], [1200, 1620]],
    'Tu-Th 12:00-26:00' => [[1 .. 3], [720, 1560]],
    'Su 18:00-24:00; Mo 00:00-09:15' => undef, # set below: two rules
    '每天 7:00-19:00' => [\@EVERY_DAY, [420, 1140]],
);
my @UNKNOWN = ('', '看门的人在就开', 'Mo-Fr sunrise-sunset');

sub hours_texts { return (sort(keys %HOURS), @UNKNOWN) }

# The spans that begin on a weekday.
sub spans_of_day {
    my ($text, $weekday) = @_;
    if ($text eq 'Su 18:00-24:00; Mo 00:00-09:15') {
        return $weekday == 6 ? [1080, 1440] : $weekday == 0 ? [0, 555] : ();
    }
    my ($days, @spans) = @{$HOURS{$text}};
    return (grep { $_ == $weekday } @$days) ? @spans : ();
}

# Open stretches from yesterday to ten days ahead, in China's minutes.
sub stretches {
    my ($text, $today) = @_;
    my @merged;
    for my $day ($today - 1 .. $today + 10) {
        for my $span (spans_of_day($text, ($day + 3) % 7)) {
            my ($from, $to) = map { $day * 1440 + $_ } @$span;
            if (@merged && $from <= $merged[-1][1]) {
                $merged[-1][1] = $to if $to > $merged[-1][1];
            } else {
                push @merged, [$from, $to];
            }
        }
    }
    return @merged;
}

my %states;

# hours_at(TEXT, UNIX_S): open (1, 0, or undef: unknown) and the moment when
# that changes, if it ever does.
sub hours_at {
    my ($text, $now_s) = @_;
    return (undef, undef) unless exists $HOURS{$text};
    my $minute = floor(($now_s + 8 * 3600) / 60);
    my $kept = $states{$minute}{$text} //= [hours_at_minute($text, $minute)];
    return @$kept;
}

sub hours_at_minute {
    my ($text, $minute) = @_;
    my $today = floor($minute / 1440);
    my $end = ($today + 9) * 1440;
    for my $stretch (stretches($text, $today)) {
        my ($from, $to) = @$stretch;
        next if $to <= $minute;
        my ($open, $change) = $from <= $minute ? (1, $to) : (0, $from);
        return ($open, $change >= $end ? undef : $change * 60 - 8 * 3600);
    }
    die "$text never opens";
}

# A moment in China's time, as answers write it.
sub china_time {
    my ($unix_s) = @_;
    return POSIX::strftime('%Y-%m-%dT%H:%M:%S+08:00',
        gmtime($unix_s + 8 * 3600));
}

1;
