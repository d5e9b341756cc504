#!/usr/bin/perl
# What this protects: nearby answers on real data.  16,237 places of Hong
# Kong, many at one shared point, are asked 150 times; what comes back over
# all pages is compared with what GeographicLib computed once and for all.
# If the search, its pruning, its pages or its distances went wrong on dense
# data, a count, an order or a metre would differ here.
#
# YIZHAN_SHARED_DATA says where the data is; without it this is skipped.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Oracle;
use Yizhan;
use Test::More;

my $shared = $ENV{YIZHAN_SHARED_DATA} // "$Yizhan::TOP/../shared/data";
my $PLACES = "$shared/hongkong_civic.csv";
my $ANSWERS = "$shared/oracle_nearby_hongkong.tsv";
for my $file ($PLACES, $ANSWERS) {
    plan skip_all => "no $file (YIZHAN_SHARED_DATA says where real data is)"
        unless -e $file;
}

my $RELATIVE = 1e-5; # the error that distances may have up to 100 km
my $ROUNDED = 0.05;  # answers have one decimal

# id => position as written, so that shared points are known.
sub read_points {
    my ($file) = @_;
    my %points;
    for my $line (split /\r?\n/, Yizhan::read_file($file)) {
        my @cells = $line =~ /\G("(?:[^"]|"")*"|[^,]*)(?:,|\z)/g;
        $points{$cells[0]} = "$cells[2] $cells[3]" if @cells > 3;
    }
    return \%points;
}

sub read_answers {
    my ($file) = @_;
    my ($head, @lines) = split /\r?\n/, Yizhan::read_file($file);
    my @names = split /\t/, $head;
    return map {
        my %row;
        @row{@names} = split /\t/, $_, -1;
        \%row;
    } @lines;
}

# The members that matter of all pages, as [id, metres]: decoding all of
# 80 MB would take the time of all else together.  A quote inside of a text
# is written \", so these patterns match members only.
sub found {
    my ($get, $path) = @_;
    my @found;
    while (defined $path) {
        my $answer = $get->($path) or die "$path: connection lost\n";
        die "$path: $answer->{status}\n" if $answer->{status} != 200;
        my @page;
        for my $feature (split /\{"type":"Feature",/, $answer->{body}) {
            push @page, [$1, $2] if $feature =~
                /^"id":"([^"\\]+)",.*[^\\]"distance_m":([0-9.]+)[,}]/s;
        }
        push @found, @page;
        die "$path: more than asked for\n" if @page > 100;
        ($path) = $answer->{body} =~ /\{"rel":"next",[^}]*"href":"([^"]+)"/;
        die "$path: a page that is not full is not the last\n"
            if defined $path && @page < 100;
    }
    return @found;
}

sub path_of {
    my ($row) = @_;
    my $path = "/v1/nearby?lng=$row->{lng}&lat=$row->{lat}"
        . "&radius=$row->{radius_m}&limit=100";
    $path .= '&kind=' . Oracle::encode($row->{kind}) if $row->{kind} ne '';
    return $path;
}

# No point lies where the contract lets it be inside or outside.
sub count_is_certain {
    my ($row) = @_;
    my $gap = $row->{nearest_edge_gap_m};
    return $gap eq '' || $gap > $RELATIVE * $row->{radius_m};
}

# What is wrong with the whole list by itself.
sub list_faults {
    my ($row, $points, @found) = @_;
    my (@faults, %seen);
    for my $i (0 .. $#found) {
        my ($id, $metres) = @{$found[$i]};
        push @faults, "$id comes twice" if $seen{$id}++;
        push @faults, "$id is no place" unless defined $points->{$id};
        push @faults, "$id is $metres m away" if $metres
            > $row->{radius_m} * (1 + $RELATIVE) + $ROUNDED;
        next if $i == 0;
        my ($before, $nearer) = @{$found[$i - 1]};
        push @faults, "$id after $before" if $metres < $nearer;
        push @faults, "$id after $before at one point"
            if $points->{$id} eq $points->{$before} && $id le $before;
    }
    return @faults;
}

# What is wrong with the nearest 20.
sub nearest_faults {
    my ($row, @found) = @_;
    my @faults;
    my @expected = map { [/^(.*):([0-9.]+)$/] }
        split / /, $row->{'top20_id:metres'};
    my %rank = map { $found[$_][0] => $_ } 0 .. $#found;
    my $far = -1; # rank of the last one that is surely nearer
    my @open;     # ranks of those that may still be equal
    for my $entry (@expected) {
        my ($id, $metres) = @$entry;
        my $rank = $rank{$id};
        if (!defined $rank) {
            push @faults, "$id is missing";
            next;
        }
        my $off = abs($found[$rank][1] - $metres);
        push @faults, "$id is $found[$rank][1] m away, not $metres"
            if $off > $RELATIVE * $metres + $ROUNDED + 0.0005;
        while (@open && $metres - $open[0][1] > 2 * $RELATIVE * $metres
            + 0.001)
        {
            my $settled = shift @open;
            $far = $settled->[0] if $settled->[0] > $far;
        }
        push @faults, "$id comes too early" if $rank < $far;
        push @open, [$rank, $metres];
    }
    my $last = $expected[-1];
    for my $rank (0 .. $#found) {
        my ($id, $metres) = @{$found[$rank]};
        next if grep { $_->[0] eq $id } @expected;
        push @faults, "$id at $metres m is not among the nearest"
            if @expected < 20 && count_is_certain($row)
            || @expected == 20 && $metres + $ROUNDED
            < $last->[1] * (1 - $RELATIVE) - 0.001;
        last if $rank > 40;
    }
    return @faults;
}

my $points = read_points($PLACES);
my @rows = read_answers($ANSWERS);
is(scalar keys %$points, 16238, 'all places are read, and the head');
is(scalar @rows, 150, 'all answers are read');

my $y = Yizhan->new;
$y->command('load', '--quiet', '--map',
    'coord_system=crs,region_code=region', $PLACES);
$y->start->wait_ready;
my $get = $y->keep;

my $certain = 0;
for my $row (@rows) {
    my $path = path_of($row);
    my @found = eval { found($get, $path) };
    is($@, '', "$row->{query}: every page came");
    my @faults = list_faults($row, $points, @found);
    push @faults, nearest_faults($row, @found)
        if $row->{'top20_id:metres'} ne '';
    if (count_is_certain($row)) {
        $certain++;
        push @faults, @found . " places, not $row->{n_geodesic}"
            if @found != $row->{n_geodesic};
    } else {
        note "$row->{query}: a point lies $row->{nearest_edge_gap_m} m from "
            . "the radius; the count, here " . @found
            . ", there $row->{n_geodesic}, is not compared";
    }
    is(join("\n", splice @faults, 0, 10), '', "$row->{query}: $path");
}
cmp_ok($certain, '>', 140, "$certain counts were compared");

$y->finish;
done_testing;
