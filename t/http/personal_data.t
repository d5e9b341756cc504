#!/usr/bin/perl
# Protects people: names, telephone numbers, what they wrote, where they asked
# from, receipts, tokens and cookies are planted by ordinary requests, good
# and bad ones, and then looked for in everything that leaves the private
# data: public data, every log, every answer to somebody else, the daemon's
# command line and environment, and a core of it.  Sealed texts and hashed
# receipts do not stand in the private data or in a backup either.
use strict;
use warnings;
use utf8;
use File::Find;
use FindBin;
use lib "$FindBin::Bin/lib";
use Encode 'encode';
use Workers;
use Yizhan;
use Test::More;

my $y = Yizhan->new(writes => 1, workers => 2);
$y->{settings} = Workers::settings($y);
$y->serve({id => 'a-1', name => '一', lng => 120.38, lat => 36.06,
    region => '370202'});

# What nobody else may find: name => bytes.
my %planted = (
    comment => '评语阿卜杜热合曼',
    'text of a ticket' => '愿望欧阳慕容夏侯',
    'name of a person' => '司马相如之后',
    'mobile number' => '13987654321',
    'text of an appeal' => '申诉独孤求败',
    subject => 'subject-of-nalan-xingde',
    'a position' => '120.3812345',
    'a key' => 'idempotent-key-of-somebody',
);
my $token = Workers::token($y, 'a-1');
my @worker = Workers::bearer($planted{subject});

# Ordinary deeds.
my $rated = $y->post('/v1/places/a-1/ratings', {score => 5,
    comment => $planted{comment}, scan_token => $token},
    'Idempotency-Key' => $planted{'a key'});
is($rated->{status}, 201, 'a rating');
my $cookie = $planted{'a device cookie'} = $rated->cookie('yz_device');
my $wish = $y->post('/v1/tickets', {kind => 'wish', category => '其他',
    place => 'a-1', text => $planted{'text of a ticket'},
    contact => "$planted{'name of a person'} $planted{'mobile number'}",
    scan_token => $token});
is($wish->{status}, 201, 'a wish');
my $receipt = $wish->json->{receipt};
($planted{'a receipt'} = $receipt) =~ tr/-//d;
$planted{'a receipt as printed'} = $receipt;
is($y->post('/v1/tickets', {kind => 'appeal', category => '其他',
    region => '370202', text => $planted{'text of an appeal'},
    contact => $planted{'mobile number'}}, @worker)->{status}, 201,
    'an appeal');
is($y->get("/v1/tickets/$receipt")->{status}, 200, 'read by its receipt');
is($y->get("/v1/nearby?lng=$planted{'a position'}&lat=36.06")->{status}, 200,
    'a search');
($planted{'a JWT'}) = $worker[1] =~ /^Bearer (.*)$/;
$planted{'a scan token'} = $token;

# And those that fail, of which logs tell more.
my @failed = (
    $y->post('/v1/places/a-1/ratings', {score => 9, scan_token => $token,
        comment => $planted{comment}}),
    $y->post('/v1/places/a-1/ratings', qq({"comment":"$planted{comment}")),
    $y->post('/v1/tickets', {kind => 'wish', category => '其他',
        text => $planted{'text of a ticket'}, more => 1}),
    $y->get("/v1/tickets/$receipt?x=$planted{'mobile number'}"),
    $y->get("/v1/nearby?lng=$planted{'a position'}&lat=x"),
    $y->get('/v1/me', Authorization => "Bearer $planted{'a JWT'}x"),
    $y->post('/v1/tickets', {kind => 'wish', category => '其他',
        place => 'a-1', text => 'x', scan_token => "x$token"}),
);
$y->kill_daemon;
$y->allow(qr/admin\.sock failed/);
push @failed, $y->get("/v1/tickets/$receipt"),
    $y->post("/v1/tickets/$receipt/reopen", {text => $planted{comment}});
$y->start_daemon;

# The bytes of text, wherever they stand: as they are, and as JSON and URLs
# may write them.
sub forms {
    my ($text) = @_;
    my $bytes = encode('UTF-8', $text);
    (my $percent = $bytes) =~ s/([^A-Za-z0-9._~-])/sprintf '%%%02X', ord $1/ge;
    (my $escaped = $text) =~ s/([^ -~])/sprintf '\\u%04x', ord $1/ge;
    return keys %{{map { $_ => 1 } $bytes, $percent, encode('UTF-8',
        $escaped), encode('UTF-16LE', $text)}};
}

sub found_in {
    my ($bytes, @allowed) = @_;
    my %allowed = map { $_ => 1 } @allowed;
    return grep {
        my $name = $_;
        !$allowed{$name}
            && grep { index($bytes, $_) >= 0 } forms($planted{$name});
    } sort keys %planted;
}

sub files_below {
    my @files;
    find({no_chdir => 1, wanted => sub { push @files, $_ if -f }}, @_);
    return @files;
}

# A checker is trusted when it finds what is there.
is_deeply([found_in(encode('UTF-8', "x$planted{comment}x"))], ['comment'],
    'the search finds what is there');

for my $part (["$y->{data}/public"], ["$y->{data}/run"], ["$y->{dir}/log"]) {
    for my $file (files_below(@$part)) {
        is_deeply([found_in(Yizhan::read_file($file))], [],
            'nothing in ' . substr $file, length "$y->{dir}/");
    }
}
is_deeply([found_in($_->{body})], [],
    "nothing in the answer $_->{status} of a request that failed")
    for @failed;
for my $path ('/v1/places/a-1', '/v1/nearby?place=a-1', '/v1/regions/370202',
    '/readyz', '/version') {
    is_deeply([found_in($y->get($path)->{body})], [], "nothing in $path");
}
is_deeply([found_in(Yizhan::read_file("/proc/$y->{daemon}/$_"))], [],
    "nothing in the daemon's $_") for qw(cmdline environ);

# What is sealed or hashed is so on disk too.
for my $file ("$y->{data}/private/data.mdb") {
    is_deeply([found_in(Yizhan::read_file($file))], [],
        'nothing in the private data');
}
my $backup = "$y->{dir}/tmp/backup";
SKIP: {
    my ($code, $said) = $y->try_command('backup', $backup);
    skip 'there is no backup command', 1 if $said =~ /no command backup/;
    is($code, 0, 'a backup') or diag $said;
    is_deeply([found_in(join '', map { Yizhan::read_file($_) }
        files_below($backup))], [], 'nothing in it');
}

# The daemon leaves no core, whatever ends it.
my $daemon = delete $y->{daemon};
kill 'ABRT', $daemon;
waitpid $daemon, 0;
ok(!($? & 128), 'the daemon left no core');
is_deeply([grep { m{/core[.\d]*$} } files_below($y->{dir})], [],
    'and none lies about');
$y->finish;
done_testing();
