#!/usr/bin/perl
# What this protects: the operator's side of a load.  Every bad row is named
# with its line, nothing changes before all of them are right, a load can be
# looked at before and taken back after, and the exit codes are what scripts
# rely on.  Without it a file with one bad row would be half loaded, or a
# cron job would take a refusal for a success.
use strict;
use warnings;
use Cwd 'abs_path';
use File::Basename 'dirname';
use File::Temp 'tempdir';
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/../..');
my $build = $ENV{YIZHAN_BUILD} // $ENV{BUILD} // "$root/build";
my $data = "$root/t/data";
my $scratch = tempdir(CLEANUP => 1);
my $dir = "$scratch/var";
$ENV{YIZHAN_DATA} = "$root/data";

# Runs the command; returns its exit code, standard output and error.
sub yizhan {
    my @words = map { "'$_'" } @_;
    my $out = `'$build/yizhan' --dir '$dir' @words 2>'$scratch/err'`;
    my $code = $? >> 8;
    open my $file, '<', "$scratch/err" or die;
    my $err = do { local $/; <$file> } // '';
    unlike($err, qr/Sanitizer|runtime error/, "no sanitizer line: @_");
    return ($code, $out, $err);
}

sub write_file {
    my ($name, $text) = @_;
    open my $file, '>:raw', "$scratch/$name" or die;
    print $file $text;
    close $file or die;
    return "$scratch/$name";
}

sub read_bytes {
    my ($path) = @_;
    open my $file, '<:raw', $path or die "$path: $!";
    local $/;
    return <$file>;
}

my ($code, $out, $err);

# Usage.
is((yizhan())[0], 2, 'no command is a usage error');
is((yizhan('bogus'))[0], 2, 'an unknown command is a usage error');
is((yizhan('load'))[0], 2, 'load wants a file');
is((yizhan('load', 'x', '--crs', 'mars'))[0], 2, 'an unknown crs');
is((yizhan('load', 'x', '--map', 'a'))[0], 2, 'a --map without =');
is((yizhan('load', 'x', '--replace'))[0], 2, '--replace wants a region');
is((yizhan('codes', '--dry-run'))[0], 2, 'an option of another command');
for my $command (qw(load diff rollback log template codes verify rebuild
    dump version)) {
    ($code, $out) = yizhan($command, '--help');
    is($code, 0, "$command has help");
    like($out, qr/^ *(?:usage:)? *yizhan .*$command/m, "$command help names it");
}

# A dry run finds differences and changes nothing.
($code, $out) = yizhan('diff', "$data/places_ok.csv");
is($code, 3, 'diff finds differences');
like($out, qr/^\+ T-1  测试一号驿站/m, 'diff shows what is new');
ok(!-e "$dir/private", 'a dry run makes no data directory');

# Only load makes a store: a mistyped --dir is told, not filled.
for my $command (qw(verify codes log rollback rebuild dump)) {
    ($code, $out, $err) = yizhan($command);
    is($code, 1, "$command without data is refused");
    like($err, qr/no data in \Q$dir\E$/m, "$command says so")
        if $command ne 'dump';
    ok(!-e $dir, "$command makes no data directory");
}

# In quiet mode, errors and the last line only.
my $warned = write_file('warned.csv', "id,name,lng,lat,crs,hours\n"
    . join '', map { "Q-$_,station $_,120.$_,36.1,wgs84,now and then\n" }
        10 .. 40);
($code, $out, $err) = yizhan('--dir', "$scratch/quiet", 'load', $warned);
is($code, 0, 'hours that nobody understands are no error');
like($err, qr/^warning: and \d+ more; --report/m, 'warnings are cut short');
unlink "$scratch/err";
($code, $out, $err) = yizhan('--dir', "$scratch/quiet2", 'load', $warned,
    '--quiet');
is($code, 0, 'in quiet mode too');
is($err, '', 'there are no warnings');
like($out, qr/\Aload 1: 31 added[^\n]*\n\z/, 'but the last line');

# A bad file: every bad row, nothing changed.
($code, $out, $err) = yizhan('load', "$data/places_bad.csv", '--report',
    "$scratch/report.csv");
is($code, 1, 'a bad file is refused');
like($err, qr/line 3, column lat: "120.38" .*exchanged/, 'exchanged');
like($err, qr/line 4, column lng: "0" zero/, 'zero');
like($err, qr/line 5, column id: "T-1" line 2 has the same id/, 'twice');
like($err, qr/line 6, column name: .*line break/, 'a line break');
like($err, qr/line 8, column crs: .*no coordinate system/, 'no crs');
like($err, qr/line 9: the row has 2 fields, the header has 7/, 'fields');
like($err, qr/line 10, column lng: "12O.38" is no decimal number/, 'letters');
like($err, qr/7 errors in 8 rows; nothing was changed/, 'the sum');
is((yizhan('dump'))[0], 1, 'nothing was changed');
my $report = read_bytes("$scratch/report.csv");
like($report, qr/^\xef\xbb\xbfid,name,region,lng,lat,crs,hours,问题\r\n/,
    'the report has the header and 问题');
like($report, qr/^T-3,zero,370202,0,0,wgs84,,"经度：坐标为 0/m,
    'the report has rows with their problems');
like($report, qr/^T-1,fine,370202,120.38,36.06,wgs84,24\/7,\r$/m,
    'the report has good rows too');
like($report, qr/^T-7,short,,,,,,"本行有 2 列/m,
    'a short row is filled up, so that its problem is below 问题');
(undef, undef, $err) = yizhan('load', write_file('wide.csv',
    "id,name,phone\n1,\"a \"\"b\"\"\",1,2,\"3 \"\"\"\n2,\"x\"y,\n"), '--report',
    "$scratch/wide_report.csv");
$report = read_bytes("$scratch/wide_report.csv");
like($report, qr/^"1","a ""b""","1,2,3 """,".*有 5 列/m,
    'what a long row has too much goes into its last field');
like($report, qr/^"2,""x""y,",,,".*引号/m,
    'a row with broken quotes is one field, and filled up');

# A good file.
($code, $out, $err) = yizhan('load', "$data/places_ok.csv");
is($code, 0, 'a good file loads');
like($out, qr/^3 rows: 3 added, 0 changed, 0 closed, 0 unchanged/m,
    'the summary');
like($out, qr/^load 1: 3 added.*log \d+ to \d+$/m, 'one line at the end');
like($err, qr/not known and not loaded: 备注/, 'unknown columns are named');
like($err, qr/personal data, not loaded: 负责人/, 'personal columns too');
like($err, qr/line 3, column phone: is a mobile number/,
    'a mobile number is dropped and not shown');
like($err, qr/opening hours not understood: 1 rows/, 'hours are counted');
($code, $out) = yizhan('dump', 'T-2');
like($out, qr/测试二号驿站/, 'the place is public');
unlike($out, qr/13812345678|某人/, 'and nothing personal is');

# The same again, in another encoding and format.
($code, $out) = yizhan('load', "$data/places_gb18030.csv");
like($out, qr/^nothing to change: 3 places unchanged/m,
    'GB18030 says the same');
($code, $out, $err) = yizhan('load', "$data/places.geojson");
is($code, 0, "GeoJSON loads: $err");
like($out, qr/^load 2: 1 added, 0 changed, 0 closed, 1 unchanged/m,
    'and merges');

# Codes stay.
($code, $out) = yizhan('codes');
my %codes = map { /^([^,]+),([^,]+),/ ? ($1, $2) : () } split /\n/, $out;
like($codes{'T-1'}, qr/^[0-9A-Z]{5}-[0-9A-Z]{4}-[0-9A-Z]{4}$/, 'a code');
is(scalar keys %{{reverse %codes}}, 5, 'codes differ (and the header)');
($code, $out) = yizhan('codes', '--region', '370203');
is(join('', $out =~ /^(T-\d)/mg), 'T-2', 'codes of a region');

# --map, --crs, standard input.
my $mapped = write_file('mapped.csv', "k,n,x,y\nT-1,新名,120.3826,36.0671\n");
is((yizhan('load', $mapped))[0], 1, 'without --map it is refused');
my @map = ('--map', 'k=id,n=name,x=lng,y=lat');
($code, $out, $err) = yizhan('load', $mapped, @map);
is($code, 1, 'without --crs it is refused');
like($err, qr/--crs/, 'and says so');
($code, $out) = yizhan('diff', $mapped, @map, '--crs=wgs84');
is($code, 3, 'with both it differs');
like($out, qr/^~ T-1 .*\n    name: "测试一号驿站" -> "新名"$/m,
    'diff shows old and new');
($code, $out, $err) = yizhan('load', $mapped, '--map', 'k=id,nope=name',
    '--crs', 'wgs84');
is($code, 1, 'a --map of a column that is not there is refused');
$out = `'$build/yizhan' --dir '$dir' load - @map --crs wgs84 <'$mapped'`;
like($out, qr/^load 3: 0 added, 1 changed/m, 'standard input');

# --moved.
my $moved = write_file('moved.csv',
    "id,name,lng,lat\nT-1,别的驿站,120.5,36.2\n");
($code, $out, $err) = yizhan('load', $moved, '--crs', 'wgs84');
is($code, 1, 'a new name far away is refused');
like($err, qr/line 2, column id: "T-1" this id would get another name/, 'why');
is((yizhan('diff', $moved, '--crs', 'wgs84', '--moved', 'T-1'))[0], 3,
    'unless --moved lists it');
write_file('ids', "T-7\nT-1\n");
is((yizhan('diff', $moved, '--crs', 'wgs84', '--moved', "\@$scratch/ids"))[0],
    3, 'or a file does');

# --replace.
my $replace = write_file('replace.csv', "id\nT-1\n");
my @replace = ('load', $replace, '--replace', '--region', '3702');
($code, $out, $err) = yizhan(@replace);
is($code, 1, '--replace closes nothing without --close');
like($err, qr/would close 3 places .*--close=3/, 'and names the count');
is((yizhan(@replace, '--close=2'))[0], 1, 'the count must be right');
($code, $out) = yizhan(@replace, '--close=3');
is($code, 0, 'with the right count it closes');
like($out, qr/^load 4: 0 added, 0 changed, 3 closed, 1 unchanged/m, 'them');

# Rollback.
write_file('later.csv', "id,status\nT-2,开放\n");
is((yizhan('load', "$scratch/later.csv"))[0], 0, 'a later change');
($code, $out, $err) = yizhan('rollback', '4');
is($code, 0, 'rollback of an older load');
like($out, qr/2 places as before, 1 kept/, 'keeps what changed since');
like($err, qr/kept, changed since: T-2/, 'and lists it');
is((yizhan('rollback', '4'))[0], 1, 'no batch is taken back twice');
is((yizhan('rollback', '99'))[0], 1, 'nor one that is not there');
is((yizhan('rollback', 'x'))[0], 2, 'nor one that is no number');
($code, $out) = yizhan('rollback');
like($out, qr/of batch 5/, 'the newest load by default');
is((yizhan('rollback', '1'))[0], 0, 'the first load');
($code, $out) = yizhan('dump', '--private', 'T-3');
like($out, qr/delisted/, 'what a load added is delisted');
($code, $out) = yizhan('codes');
like($out, qr/^T-3,\Q$codes{'T-3'}\E,/m, 'and keeps its code');
($code, $out) = yizhan('log', '--limit', '2');
is(scalar(() = $out =~ /\n/g), 2, 'log lists as many as asked');
like($out, qr/rollback.*takes back 1$/m, 'and what was taken back');
($code, $out, $err) = yizhan('verify');
is($code, 0, "everything is right: $err");
is((yizhan('rebuild'))[0], 0, 'rebuild');
is((yizhan('verify'))[0], 0, 'and right after it');

for my $name (qw(first second)) {
    ($code, $out) = yizhan('load', write_file('z.csv', "id,name\nZ-1,$name\n"));
    is($code, 0, "Z-1 becomes the $name") or diag $out;
}
my $batch = $out =~ /^load (\d+):/m ? $1 - 1 : 0;
($code, $out, $err) = yizhan('rollback', $batch);
is($code, 1, 'a rollback that can take nothing back is refused');
like($err, qr/taken back: 1 places of batch $batch were changed since/,
    'and says so');

# Files that are no files to load.
my %refused = (
    'empty.csv' => ['', 'empty'],
    'header.csv' => ["id,name\n", 'no rows'],
    'nul.csv' => ["id,name\n1,a\0b\n", 'line 2 holds a NUL'],
    'cut.csv' => ["id,name\n1,\"abc", 'never closes'],
    'cut.geojson' => [substr(read_bytes("$data/places.geojson"), 0, 200),
        'cut'],
    'other.json' => ['{"a":1}', 'FeatureCollection'],
    'book.xlsx' => ["PK\x03\x04xyz", 'Excel'],
    'page.html' => ["<html></html>\n", 'HTML'],
    'prose.txt' => ["hello world\n", 'no known column'],
    'big.csv' => ["id,name\n1," . 'x' x (10 << 20) . "\n",
        'is 10485760 bytes long; at most 256'],
);
for my $name (sort keys %refused) {
    my ($text, $reason) = @{$refused{$name}};
    ($code, $out, $err) = yizhan('load', write_file($name, $text));
    is($code, 1, "$name is refused");
    like($err, qr/\Q$reason\E/, "$name: why");
    cmp_ok(length $err, '<', 2000, "$name: in a few lines");
}
($code, $out, $err) = yizhan('load', "$scratch/absent.csv");
is($code, 1, 'a file that is not there');
like($err, qr/absent\.csv/, 'is named');
($code, $out) = yizhan('verify');
is($code, 0, 'after all of that the data is right');

# What opening had to mend is told by whatever command opens, and verify does
# not call it right.
truncate("$dir/public/current/data.mdb", 5000) or die;
($code, $out, $err) = yizhan('verify');
is($code, 1, 'damaged public data is no success of verify');
like($err, qr/^warning: public data was damaged; generation \d+ was built/m,
    'and is told');
($code, $out, $err) = yizhan('verify');
is($code, 0, 'the generation that was built is right');
is($err, '', 'and nothing is left to tell');
unlink "$dir/keys/read.keys" or die;
($code, $out, $err) = yizhan('codes');
is($code, 0, 'lost keys are made again');
like($err, qr/^warning: .*read\.keys was missing/m, 'and told');

# A state that was lost does not wipe what is served.
rename("$dir/private", "$scratch/private") or die;
my $served = (yizhan('dump'))[1];
for my $command (['verify'], ['codes'], ['log'], ['rollback'],
    ['load', "$data/places_ok.csv"]) {
    ($code, $out, $err) = yizhan(@$command);
    is($code, 1, "$command->[0] without the state is refused");
    like($err, qr/older than what is served \(log 0, public shows \d+\): re/,
        "$command->[0]: why");
}
is((yizhan('dump'))[1], $served, 'what is served stays');
system('rm', '-r', "$dir/private") == 0 or die;
rename("$scratch/private", "$dir/private") or die;
is((yizhan('verify'))[0], 0, 'with the state back everything is right');

# Many bad rows do not flood the terminal.
($code, $out, $err) = yizhan('load', write_file('many.csv',
    "id,name,level\n" . join('', map { "$_,n,x$_\n" } 1 .. 300)));
like($err, qr/and 250 more; --report/, 'fifty are shown');

# Words that nobody knows are loaded and told, once each.
my $words = write_file('words.csv', "id,name,kind,services\n"
    . "W-1,a,茶亭,饮用水 擦鞋\nW-2,b,茶亭,擦鞋 理发\n");
for my $command (['diff', $words], ['load', $words, '--dry-run'],
    ['load', $words]) {
    ($code, $out, $err) = yizhan(@$command);
    is(join("\n", $err =~ /^note: (new .*)$/mg), join("\n",
        'new kind: 茶亭, first at line 2', 'new service: 擦鞋, first at line 2',
        'new service: 理发, first at line 3'), "new words: @$command[0, -1]");
}
write_file('words.csv', "id,name,kind,services\n"
    . "W-3,c,茶亭,理发\nW-1,a,茶亭,饮用水 理发\nW-2,b,station,擦鞋\n");
($code, $out, $err) = yizhan('load', $words);
unlike($err, qr/note: new/, 'stored words are not new');
($code, $out, $err) = yizhan('diff', write_file('slips.csv',
    "id,name,services\n" . join('', map { "X-$_,n,x$_\n" } 1 .. 30)));
is(scalar(() = $err =~ /^note: new service/mg), 20, 'twenty are shown');
like($err, qr/^note: and 10 more new kinds and services$/m, 'and the rest');

# Signs of a cut file and of exchanged coordinates.
$err = (yizhan('diff', write_file('open.csv', "id,name\nO-1,n")))[2];
like($err, qr/the last line has no line end: is the file cut\?/,
    'no line end at the end');
$err = (yizhan('diff', write_file('open.csv', "id,name\r\nO-1,n\r\n")))[2];
unlike($err, qr/no line end/, 'a line end');
($code, $out, $err) = yizhan('diff', write_file('west.csv',
    "id,name,lng,lat\nO-1,n,36.06,80.5\n"), '--crs', 'wgs84');
is($code, 3, 'coordinates that look exchanged are loaded');
like($err, qr/^warning: line 2, column lat: "80.5" .* look exchanged/m,
    'with a warning');

# The template loads, and all of its words are known.
for my $format ([], ['--geojson']) {
    ($code, $out) = yizhan('template', @$format);
    my $file = write_file('template', $out);
    ($code, $out, $err) = yizhan('load', $file, '--crs', 'wgs84', '--dir',
        "$scratch/template_var@$format");
    is($code, 0, "the template loads @$format");
    unlike($err, qr/note: new/, "its words are known @$format");
}

done_testing();
