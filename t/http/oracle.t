#!/usr/bin/perl
# Protects exact answers on real places: 150 searches in Hong Kong, whose
# counts, order and metres were computed by GeographicLib.  A rounding, a
# sphere in place of the ellipsoid or a point lost at a border shows here.
# YIZHAN_SHARED_DATA says where the files are; without them this is skipped.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Yizhan;
use Test::More;

my $shared = $ENV{YIZHAN_SHARED_DATA} // "$Yizhan::TOP/../shared/data";
my $oracle = "$shared/oracle_nearby_hongkong.tsv";
plan skip_all => "no real data in $shared (YIZHAN_SHARED_DATA)"
    unless -e $oracle;

# What the interface promises: 1e-5 of the distance, one decimal.
sub error_m { return 0.05 + 1e-5 * $_[0] }

my $y = Yizhan->new;
$y->command('load', '--quiet', "$shared/hongkong_civic.csv", '--map',
    'coord_system=crs,region_code=region');
$y->start->wait_ready;
my $get = $y->keep;

sub percent {
    my ($text) = @_;
    $text =~ s/([^A-Za-z0-9._~-])/sprintf '%%%02X', ord $1/ge;
    return $text;
}

# All places within the radius, page by page.
sub answers {
    my ($lng, $lat, $radius_m, $kind) = @_;
    my $path = "/v1/nearby?lng=$lng&lat=$lat&limit=100&radius=$radius_m"
        . ($kind eq '' ? '' : '&kind=' . percent($kind));
    my @found;
    while ($path) {
        my $answer = $get->($path);
        return "status $answer->{status}" if $answer->{status} != 200;
        my $page = $answer->json;
        push @found, map { [$_->{id}, $_->{properties}{distance_m}] }
            @{$page->{features}};
        $path = @{$page->{links}} ? $page->{links}[0]{href} : undef;
    }
    return \@found;
}

# What differs from the twenty nearest that the oracle names.
sub differences {
    my ($found, @expected) = @_;
    my @wrong;
    for my $i (0 .. $#expected) {
        my ($id, $m) = @{$expected[$i]};
        my ($at) = grep { $found->[$_][0] eq $id } 0 .. $#$found;
        if (!defined $at) {
            push @wrong, "$id is missing";
            next;
        }
        push @wrong, "$id at $found->[$at][1] m, not $m"
            if abs($found->[$at][1] - $m) > error_m($m);
        # Who stands elsewhere must be as far as who stands here.
        push @wrong, "$id is number $at, not $i"
            if $at != $i && abs($expected[$i][1] - $found->[$i][1])
                > 2 * error_m($m);
    }
    return @wrong;
}

open my $in, '<:raw', $oracle or die "$oracle: $!";
my ($header, @rows) = <$in>;
my $checked = 0;
for my $row (@rows) {
    chomp $row;
    my ($name, $lng, $lat, $radius_m, $kind, $count, undef, $gap_m, $top) =
        split /\t/, $row;
    my $found = answers($lng, $lat, $radius_m, $kind);
    if (!ref $found) {
        fail("$name: $found");
        next;
    }
    $checked++;
    my @top = map { [$_ =~ /^(.+):([\d.]+)$/] } split ' ', $top // '';
    my @wrong = differences($found, @top);
    push @wrong, scalar(@$found) . " places, not $count"
        if @$found != $count && $gap_m > error_m($radius_m);
    is(join('; ', @wrong), '', "$name: $count within $radius_m m");
}
cmp_ok($checked, '>=', 100, "$checked searches were compared");

$y->finish;
done_testing;
