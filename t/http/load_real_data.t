#!/usr/bin/perl
# What this protects: real files, which no one of this project wrote, load
# whole into one directory.  They have nameless places, foreign telephone
# numbers, regions that no table knows, and marks of writing direction.
# YIZHAN_SHARED_DATA says where they are; without them this is skipped.
use strict;
use warnings;
use Cwd 'abs_path';
use File::Basename 'dirname';
use File::Temp 'tempdir';
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/../..');
my $build = $ENV{YIZHAN_BUILD} // $ENV{BUILD} // "$root/build";
my $shared = $ENV{YIZHAN_SHARED_DATA} // "$root/../shared/data";
my $dir = tempdir(CLEANUP => 1);
$ENV{YIZHAN_DATA} = "$root/data";

my @files = (
    ['hongkong_civic.csv', 16237], ['taipei_civic.csv', 10887],
    ['osm_hangzhou_amenity.csv', 8964], ['geonames_cn.csv', 15621],
);

plan skip_all => "no real data in $shared (YIZHAN_SHARED_DATA)"
    unless -e "$shared/$files[0][0]";

sub load {
    my ($file) = @_;
    my $out = `'$build/yizhan' --dir '$dir' load '$shared/$file' --map \\
        coord_system=crs,region_code=region 2>&1`;
    return ($? >> 8, $out);
}

my $all = 0;
for my $pair (@files) {
    my ($file, $count) = @$pair;
    my ($code, $out) = load($file);
    is($code, 0, "$file loads") or diag($out);
    like($out, qr/: $count added, 0 changed, 0 closed, 0 unchanged; checked/,
        "all $count rows of it");
    unlike($out, qr/Sanitizer|runtime error/, 'no sanitizer line');
    $all += $count;
}
my ($code, $out) = load($files[0][0]);
like($out, qr/^nothing to change: $files[0][1] places unchanged/m,
    'a second time nothing changes');
$out = `'$build/yizhan' --dir '$dir' codes`;
my %seen;
$seen{$_}++ for $out =~ /^[^,]+,([0-9A-Z]{5}-[0-9A-Z]{4}-[0-9A-Z]{4}),/mg;
is(scalar keys %seen, $all, 'every place has a code of its own');
$out = `'$build/yizhan' --dir '$dir' verify 2>&1`;
is($?, 0, 'everything is right') or diag($out);
done_testing();
