#!/usr/bin/perl
# What this protects: commands beside a running daemon.  A load, a rollback
# and a rebuild go through it, with the same words as without; what an
# administrator changes between the plan and the batch is never lost; codes
# stay; an answer that gets lost on the way makes no second batch; and
# commands that only read work meanwhile.
use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::Bin/lib";

use Between;
use Test::More;
use Yizhan;

my $y = Yizhan->new(writes => 1);
$y->start;
my $dir = $y->{data};

sub file {
    my ($name, @lines) = @_;
    my $path = "$y->{dir}/tmp/$name";
    my $text = join '', map { "$_\n" } @lines;
    utf8::encode($text);
    Yizhan::write_file($path, $text);
    return $path;
}

# Exit code, standard output, standard error.
sub yizhan {
    my (@words) = @_;
    my $out = "$y->{dir}/tmp/out-$$";
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        open STDOUT, '>', $out;
        open STDERR, '>', "$out.err";
        exec $Yizhan::COMMAND, '--dir', $dir, @words or POSIX::_exit(127);
    }
    waitpid $pid, 0;
    my $code = $? >> 8;
    my @texts = map {
        my $text = Yizhan::read_file($_);
        utf8::decode($text);
        $text;
    } $out, "$out.err";
    unlike($texts[1], qr/Sanitizer|runtime error/, 'no sanitizer line');
    return ($code, @texts);
}

sub place {
    my ($id) = @_;
    my ($code, $text) = yizhan('dump', '--private', $id);
    return {} if $code != 0;
    my ($line) = $text =~ /^(\{"place".*)$/m;
    utf8::encode($line);
    return JSON::PP->new->utf8->decode($line);
}

sub batches { return scalar grep { /^\d+ / } split /\n/, (yizhan('log'))[1] }
sub left_over { return scalar grep { -f } glob "$dir/private/loads/*" }

my $HEAD = 'id,name,kind,region,lng,lat,crs,phone';
my ($code, $out, $err);

# The first load, into a daemon without data.
my $first = file('first.csv', $HEAD,
    'A,站 A,station,370202,120.38,36.06,wgs84,0532-1110000',
    'B,站 B,station,370202,120.39,36.06,wgs84,0532-2220000',
    'C,站 C,station,370203,120.40,36.06,wgs84,0532-3330000');
($code, $out, $err) = yizhan('load', $first, '--dry-run');
is($code, 3, "a dry run finds differences: $err");
($code, $out, $err) = yizhan('load', $first);
is($code, 0, "the first load: $err");
like($out, qr/^3 rows: 3 added, 0 changed, 0 closed, 0 unchanged; 0 warnings$/m,
    'the summary is as without a daemon');
my $timing = 'checked in [\d.]+ s, written in [\d.]+ s; log 1 to \d+';
like($out, qr/^load 1: 3 added, 0 changed, 0 closed, 0 unchanged; $timing\n\z/m,
    'and so is the last line');
like($err, qr/yizhan: writing\nyizhan: committing\n/, 'progress too');
$y->wait_ready(1);
is($y->get('/v1/places/A')->{status}, 200, 'nginx serves it');
my $codes = $y->codes;
is(scalar keys %$codes, 3, 'codes can be listed');
like((yizhan('log'))[1], qr/^1  \S+  load  first\.csv  by \S+  \+3 ~0 -0/m,
    'log has the batch, the file and the login');
is((yizhan('verify'))[0], 0, 'verify holds beside the daemon');
is(left_over(), 0, 'no file is left');

($code, $out) = yizhan('load', $first);
like($out, qr/^nothing to change: 3 places unchanged; checked/m,
    'the same again changes nothing');
is(batches(), 1, 'and is no batch');

# A bad file, and one that only the store can refuse.
is((yizhan('load', file('bad.csv', $HEAD, 'D,站,station,370202,0,0,wgs84,')))[0],
    1, 'a bad file is refused');
is((yizhan('load', $first, $first))[0], 2, 'two files are a usage error');
my $words = file('words.csv', 'id,name,services',
    map { my $n = $_; "W$n,站," . join('、', map { "服务$n-$_" } 1 .. 16) }
        1 .. 4);
my $between = Between->new($y, sub {
    my ($request, $n) = @_;
    $y->command('load', '--quiet', $words) if $n == 0;
    return '';
});
($code, $out, $err) = yizhan('load', file('word.csv', 'id,services', 'A,新词'));
$between->remove;
is($code, 1, 'a 65th service that only the store can see is refused');
like($err, qr/^yizhan: nothing was changed: '新词' is one word too many/m,
    'for its own reason');
is(batches(), 2, 'and is no batch');
is((yizhan('rollback'))[0], 0, 'the words go again');

# An administrator changes a place between plan and batch.
my $phone = file('phone.csv', 'id,phone', 'A,0532-9990000');
my $other = file('other.csv', 'id,phone', 'B,0532-8880000');
my $name = file('name.csv', 'id,name', 'A,站 甲');
$between = Between->new($y, sub {
    my ($request, $n) = @_;
    $y->command('load', '--quiet', $phone) if $n == 0;
    return '';
});
($code, $out, $err) = yizhan('load', $name);
$between->remove;
is($code, 0, "a load into a change: $err");
like($err, qr/^note: 1 places were changed meanwhile; .* planned again$/m,
    'is planned again');
is(place('A')->{name}, '站 甲', 'its change is there');
is(place('A')->{phone}, '0532-9990000', 'and so is the other');
is(batches(), 5, 'by a batch each');

# What it does not touch disturbs nobody.
$between = Between->new($y, sub {
    my ($request, $n) = @_;
    $y->command('load', '--quiet', $other) if $n == 0;
    return '';
});
($code, $out, $err) = yizhan('load', file('name2.csv', 'id,name', 'A,站 乙'));
$between->remove;
is($code, 0, 'a change elsewhere');
unlike($err, qr/planned again/, 'is no reason to plan again');
is(place('B')->{phone}, '0532-8880000', 'both are there');

# A row without id was compared with every place.
$between = Between->new($y, sub {
    my ($request, $n) = @_;
    $y->command('load', '--quiet', file('same.csv', $HEAD,
        'N,新站,station,370202,120.5,36.1,wgs84,')) if $n == 0;
    return '';
});
($code, $out, $err) = yizhan('load', file('noid.csv',
    'name,kind,region,lng,lat,crs,phone',
    '新站,station,370202,120.5001,36.1,wgs84,0532-7770000'));
$between->remove;
is($code, 0, "a row without id: $err");
like($err, qr/planned again/, 'is compared again');
is(place('N')->{phone}, '0532-7770000', 'and finds the place that came');
is(scalar keys %{$y->codes}, 8, 'instead of adding another');

# It gives up after five times, and nothing of it is there.
my $before = batches();
$between = Between->new($y, sub {
    my ($request, $n) = @_;
    return '' if $n % 2;
    $y->command('load', '--quiet',
        file("again$n.csv", 'id,phone', "A,0532-555000$n"));
    return '';
});
($code, $out, $err) = yizhan('load', file('never.csv', 'id,name', 'A,站 丙'));
$between->remove;
is($code, 1, 'places that never rest');
like($err, qr/changed each time that it was planned; nothing was changed/,
    'are told');
is(place('A')->{name}, '站 乙', 'nothing was changed');
is(batches(), $before + 5, 'the others are all there');

# The answer gets lost: asked again under the same key, one batch.
$before = batches();
$between = Between->new($y, sub { return $_[1] == 0 ? 'drop' : '' });
($code, $out, $err) = yizhan('load', file('lost.csv', 'id,name', 'A,站 丁'));
$between->remove;
is($code, 0, "a lost answer: $err");
like($out, qr/^load @{[$before + 1]}: 0 added, 1 changed/m,
    'comes again when it is asked for again');
is(batches(), $before + 1, 'and there is one batch');

# --replace.
my $one = file('one.csv', 'id,name,region', 'A,站 甲,370202');
($code, $out, $err) = yizhan('load', $one, '--replace', '--region', '370202');
is($code, 1, '--replace without the count is refused');
like($err, qr/say --close=2;/, 'and names it');
($code, $out) = yizhan('load', $one, '--replace', '--region', '370202',
    '--close=2');
is($code, 0, '--replace with it');
like($out, qr/^load \d+: 0 added, 1 changed, 2 closed/m, 'closes');
is($y->get('/v1/places/B')->{status}, 410, 'for readers too');

# Rollback.
my $batch = batches();
$y->command('load', '--quiet', file('kept.csv', 'id,phone',
    'B,0532-4440000'));
($code, $out, $err) = yizhan('rollback', $batch);
is($code, 0, "rollback: $err");
my $last = $batch + 2;
like($out, qr/^rollback $last of batch $batch: 2 places as before, 1 kept; log/,
    'is told as without a daemon');
like($err, qr/^kept, changed since: B  站 B$/m, 'what stays is named');
is(place('N')->{status}, 'open', 'the rest is as before');
($code, $out, $err) = yizhan('rollback', $batch);
is($code, 1, 'not twice');
like($err, qr/taken back already/, 'and why');
($code, $out, $err) = yizhan('rollback', 999);
like($err, qr/there is no such batch/, 'nor what never was');
is_deeply([map { $y->codes->{$_} } qw(A B C)], [map { $codes->{$_} } qw(A B C)],
    'codes survive all of it');

# Rebuild, and reading commands.
my $generation = $y->generation_dir;
($code, $out, $err) = yizhan('rebuild');
is($code, 0, "rebuild: $err");
is($out, "rebuilt: a new generation serves\n", 'is told as without');
isnt($y->generation_dir, $generation, 'a new generation serves');
is((yizhan('verify'))[0], 0, 'verify holds');
($code, $out) = yizhan('diff', $name);
is($code, 3, 'diff beside the daemon');
like($out, qr/^~ A  站 丁/m, 'sees what is stored');

# Files that are none, and those who may not.
for my $name ('../keys', 'x.load', '0' x 32 . '.load') {
    my $answer = $y->operate('POST', '/operator/loads', {file => $name});
    is($answer->{status}, 422, "$name is no load");
}
my $real = ('a' x 32) . '.load';
Yizhan::write_file("$dir/private/loads/$real", "yzload1\n" . "\0" x 200);
is($y->operate('POST', '/operator/loads', {file => $real})->{status}, 422,
    'nor is a damaged file');
unlink "$dir/private/loads/$real";
is($y->raw(Yizhan::json_request('POST', '/operator/rebuild'),
    $y->admin_socket)->{status}, 404, 'others than the operator find nothing');
is(left_over(), 0, 'no file is left');

# Without the daemon the commands work by themselves, on the same data.
$y->stop_daemon;
($code, $out, $err) = yizhan('load', file('off.csv', 'id,name', 'A,站 戊'));
is($code, 0, "a load without the daemon: $err");
is((yizhan('verify'))[0], 0, 'verify holds');
$y->start_daemon;
is(place('A')->{name}, '站 戊', 'and the daemon goes on from there');
($code, $out, $err) = yizhan('load', $name);
is($code, 0, "and loads again: $err");
is((yizhan('verify'))[0], 0, 'verify holds');

$y->finish;
done_testing();
