#!/usr/bin/perl
# Protects what workers think of a station: a rating takes a fresh scan of the
# place, counts once for each person, place and day however many ask at once,
# and is in the very next answer of any nginx worker; forged, foreign and old
# tokens count for nothing; comments are for staff, who can take an abusive
# rating out again.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use IO::Select;
use IO::Socket::UNIX;
use POSIX qw(strftime);
use Time::HiRes qw(time);
use Workers;
use Yizhan;
use Test::More;

my $y = Yizhan->new(writes => 1, workers => 4);
$y->{settings} = Workers::settings($y);
my %at = (lng => 120.38, lat => 36.06, region => '370202');
$y->load(
    {id => 'a-1', name => '一', %at},
    (map { {id => "p-$_", name => "站 $_", %at} } 1 .. 9),
    {id => '名 字-1', name => '名字', %at},
    {id => 'far', name => '远', %at, region => '420502'},
    {id => 'none', name => '无区划', lng => 120.38, lat => 36.06},
    {id => 'shut', name => '暂停', %at, status => 'suspended'},
    {id => 'over', name => '关闭', %at, status => 'closed'},
    {id => 'gone', name => '下架', %at, status => 'delisted'},
);
my $codes = $y->codes;
$y->start->wait_ready;

sub day { return strftime('%Y-%m-%d', gmtime(time + 8 * 3600 - ($_[0] // 0))) }

# rate(PLACE, SCORE, Header => value ...): with a token of now.
sub rate {
    my ($place, $score, @headers) = @_;
    (my $path = $place) =~ s/([^A-Za-z0-9.-])/
        my $c = $1; utf8::encode($c);
        join '', map { sprintf '%%%02X', ord } split m{}, $c/gex;
    my $bytes = $place;
    utf8::encode($bytes);
    return $y->post("/v1/places/$path/ratings", {score => $score},
        'Yizhan-Scan-Token' => Workers::token($y, $bytes), @headers);
}

sub is_problem {
    my ($answer, $status, $code, $name) = @_;
    is_deeply([$answer->{status}, $answer->json->{code}], [$status, $code],
        $name // $code);
}

my @one = Workers::bearer('one');

subtest 'a rating is taken, told back and kept' => sub {
    my $answer = $y->post('/v1/places/a-1/ratings', {score => 4,
        comment => "水很热，\n凳子不够 <b>", scan_token =>
        Workers::token($y, 'a-1')}, @one);
    is($answer->{status}, 201, 'taken');
    my $rating = $answer->json;
    is($rating->{score}, 4, 'the score');
    ok(!$rating->{late}, 'not late');
    is_deeply($rating->{rating}, {count => 1, average => 4},
        'the rating that the place has now');
    my $own = $answer->header('Location');
    is($own, '/v1/me/ratings/a-1/' . day(), 'Location');
    $answer = $y->get($own, @one);
    is($answer->{status}, 200, 'its writer reads it');
    is($answer->json->{comment}, "水很热，\n凳子不够 <b>", 'with the comment');
    is_problem($y->get($own, Workers::bearer('other')), 404, 'record-unknown',
        'nobody else does');
    is_problem($y->get($own), 404, 'record-unknown', 'without a login either');
    is_problem($y->get("/v1/me/ratings/a-1/$_", @one), 404, 'record-unknown',
        "no day $_") for '2026-02-30', 'today', day(86400);
    $answer = rate('a-1', 1, @one);
    is_problem($answer, 409, 'rated-already');
    is($answer->header('Location'), $own, 'the first is told');
    unlike($y->get('/v1/places/a-1')->{body}, qr/凳子|\\u51f3/,
        'the comment is not public');
};

subtest 'any worker of nginx shows it at once' => sub {
    my @connections = map { $y->keep } 1 .. 16;
    my $code = $codes->{'p-1'};
    my ($count, $sum) = (0, 0);
    for my $score (5, 1, 2, 3, 4, 5) {
        is(rate('p-1', $score, Workers::bearer("r$count"))->{status}, 201,
            'rated');
        $count++;
        $sum += $score;
        my @wrong = grep {
            my $shown = $_->("/s/$code")->json->{properties}{rating};
            $shown->{count} != $count
                || abs($shown->{average} - $sum / $count) > 0.051
        } @connections;
        is(scalar @wrong, 0, 'in the next scan on every connection');
    }
};

subtest 'a place with any id, region or none' => sub {
    my $answer = rate('名 字-1', 3, @one);
    is($answer->{status}, 201, 'an id to escape');
    is($y->get($answer->header('Location'), @one)->json->{place}, '名 字-1',
        'its Location leads back');
    for (['far', 420502], ['none', 0]) {
        my ($place, $region) = @$_;
        is($y->post("/v1/places/$place/ratings", {score => 5, scan_token =>
            Workers::token($y, $place, region => $region)}, @one)->{status},
            201, "$place, key of region $region");
    }
    is(rate('shut', 5, @one)->{status}, 201, 'suspended places are rated');
    is_problem(rate($_, 5, @one), 410, 'place-gone', $_) for qw(over gone);
    is_problem(rate('nowhere', 5, @one), 404, 'place-unknown');
    is_problem(rate('x' x 65, 5, @one), 404, 'place-unknown', 'a long id');
};

subtest 'a phone without a login has a cookie' => sub {
    my $answer = rate('a-1', 5);
    is($answer->{status}, 201, 'rated');
    my $cookie = $answer->cookie('yz_device');
    ok($cookie, 'the answer sets one');
    my @device = (Cookie => "yz_device=$cookie");
    is_problem(rate('a-1', 5, @device), 409, 'rated-already');
    is(rate('p-2', 5, @device)->{status}, 201, 'another place');
    is($y->get($answer->header('Location'), @device)->{status}, 200,
        'it reads its own');
};

subtest 'tokens that count for nothing' => sub {
    my @two = Workers::bearer('two');
    my $try = sub {
        my ($token, $code, $name) = @_;
        is_problem($y->post('/v1/places/p-3/ratings', {score => 5,
            defined $token ? (scan_token => $token) : ()}, @two), 403, $code,
            $name);
    };
    my $good = Workers::token($y, 'p-3');
    $try->(undef, 'scan-token-invalid', 'none');
    $try->('x', 'scan-token-invalid', 'no token');
    $try->(substr($good, 0, 29), 'scan-token-invalid', 'cut');
    (my $turned = $good) =~ s/(.)(.)$/$2$1/;
    $turned =~ s/^(.{20})./$1 . ($turned =~ m{^.{20}A} ? 'B' : 'A')/e;
    $try->($turned, 'scan-token-invalid', 'another tag');
    $try->(Workers::token($y, 'p-3', key => 'k' x 32), 'scan-token-invalid',
        'forged with another key');
    $try->(Workers::token($y, 'p-3', region => 420502), 'scan-token-invalid',
        'signed by the key of another region');
    $try->(Workers::token($y, 'p-3', algorithm => 2), 'scan-token-invalid',
        'another algorithm');
    $try->(Workers::token($y, 'p-4'), 'scan-token-invalid',
        'of another place');
    $try->(Workers::token($y, 'p-3', age => 86400 + 1200),
        'scan-token-expired', 'older than a day');
    $try->(Workers::token($y, 'p-3', age => -1200), 'scan-token-expired',
        'of the future');
    is($y->get('/v1/places/p-3')->json->{properties}{rating}{count}, 0,
        'nothing was counted');
    my $code = $codes->{'p-3'};
    my $scan = $y->get("/s/$code")->json->{scan_token};
    is($y->post('/v1/places/p-3/ratings', {score => 5, scan_token => $scan},
        @two)->{status}, 201, 'what a scan gives is good');
    is($y->post('/v1/places/p-3/ratings', {score => 5, scan_token => $scan},
        Workers::bearer('three'))->{status}, 201,
        'for everyone who stands there');
    is_problem($y->post('/v1/places/p-3/ratings', {score => 5,
        scan_token => $scan}, @two), 409, 'rated-already', 'but once');
};

subtest 'drafts of those who were offline' => sub {
    my @off = Workers::bearer('offline');
    my $draft = sub {
        my ($age) = @_;
        return $y->post('/v1/places/p-4/ratings', {score => 3,
            scan_token => Workers::token($y, 'p-4', age => $age)}, @off);
    };
    my $answer = $draft->(86400 - 600);
    is($answer->{status}, 201, 'nearly a day old');
    ok($answer->json->{late}, 'is late');
    like($answer->header('Location'),
        qr{/${\day(86400 - 600)}$|/${\day(86400 - 1200)}$},
        'and of the day when it was scanned');
    is_problem($draft->(86400 - 600), 409, 'rated-already', 'once too');
    is($y->get($answer->header('Location'), @off)->json->{late}, !!1,
        'it stays marked');
    $answer = $y->post('/v1/places/p-4/ratings', {score => 3,
        scan_token => Workers::token($y, 'p-4', age => 1000)},
        Workers::bearer('quick'));
    ok(!$answer->json->{late}, 'a quarter of an hour is not late');
};

subtest 'what bad requests are told' => sub {
    my $token = Workers::token($y, 'p-5');
    my @three = Workers::bearer('three');
    my $try = sub {
        my ($body, %pointers) = @_;
        my $answer = $y->post('/v1/places/p-5/ratings', $body, @three);
        is_problem($answer, 400, 'body-invalid');
        is_deeply({map { $_->{pointer} => $_->{code} }
            @{$answer->json->{errors}}}, \%pointers,
            'every wrong member: ' . join ' ', sort keys %pointers);
    };
    $try->({}, '/score' => 'member-missing');
    $try->({score => 0}, '/score' => 'member-range');
    $try->({score => 6}, '/score' => 'member-range');
    $try->({score => 1.5}, '/score' => 'member-malformed');
    $try->({score => '5'}, '/score' => 'member-malformed');
    $try->({score => 5, comment => '好' x 501}, '/comment' => 'member-range');
    $try->({score => 5, comment => "\x07", stars => 1},
        '/comment' => 'member-malformed', '/stars' => 'member-unknown');
    is_problem($y->post('/v1/places/p-5/ratings', '{"score":5', @three), 400,
        'body-malformed');
    is_problem($y->post('/v1/places/p-5/ratings', {score => 5}, @three,
        'Content-Type' => 'text/plain'), 415, 'media-type-unsupported');
    is_problem($y->post('/v1/places/p-5/ratings', {score => 5}, @three,
        'Idempotency-Key' => undef), 400, 'idempotency-key-missing');
    is_problem($y->post('/v1/places/p-5/ratings', {score => 5,
        scan_token => $token}, Authorization => 'Bearer nonsense'), 401,
        'unauthenticated');
    is_problem($y->operate('POST', '/v1/places/p-5/ratings', {score => 5,
        scan_token => $token}), 403, 'forbidden', 'operators do not rate');
    my $answer = $y->post('/v1/places/p-5/ratings', {score => 5,
        comment => '好' x 500, scan_token => $token}, @three);
    is($answer->{status}, 201, '500 characters are fine');
};

subtest 'asked again with the same key' => sub {
    my @four = (Workers::bearer('four'), 'Idempotency-Key' => 'again-1');
    my $body = {score => 2, scan_token => Workers::token($y, 'p-6')};
    my $first = $y->post('/v1/places/p-6/ratings', $body, @four);
    is($first->{status}, 201, 'rated');
    my $again = $y->post('/v1/places/p-6/ratings', $body, @four);
    is($again->{status}, 201, 'the same answer');
    is($again->{body}, $first->{body}, 'to the byte');
    is($again->header('Location'), $first->header('Location'), 'and header');
    is_problem($y->post('/v1/places/p-6/ratings', {%$body, score => 3},
        @four), 422, 'idempotency-key-reused');
    is($y->get('/v1/places/p-6')->json->{properties}{rating}{count}, 1,
        'counted once');
};

# All at once, on connections of their own: sent before any is read.
sub at_once {
    my ($path, @requests) = @_;
    my @sockets = map {
        IO::Socket::UNIX->new(Peer => $path) or die "connect: $!"
    } @requests;
    $sockets[$_]->syswrite($requests[$_]) for 0 .. $#requests;
    return map {
        my $bytes = '';
        1 while $_->sysread($bytes, 65536, length $bytes);
        Yizhan::Answer->parse($bytes);
    } @sockets;
}

subtest '64 at once as the same worker' => sub {
    for my $round (1 .. 5) {
        my @answers = at_once($y->socket_path, map {
            Yizhan::json_request('POST', '/v1/places/p-7/ratings',
                {score => 1 + $_ % 5, scan_token =>
                Workers::token($y, 'p-7')}, Workers::bearer("many-$round"))
        } 1 .. 64);
        my %seen;
        $seen{$_->{status}}++ for @answers;
        is_deeply(\%seen, {201 => 1, 409 => 63}, 'one is first');
        my ($first) = grep { $_->{status} == 201 } @answers;
        my %led = map { ($_->header('Location') // '') => 1 } @answers;
        is_deeply([keys %led], [$first->header('Location')],
            'all are told where it is');
        is($y->get('/v1/places/p-7')->json->{properties}{rating}{count},
            $round, 'and counted');
    }
};

subtest 'staff read comments and hide what is abusive' => sub {
    my $node = $y->operate('POST', '/v1/admin/nodes', {kind => 'district',
        name => '市南区总工会', region => '370202'})->json->{node};
    my $other = $y->operate('POST', '/v1/admin/nodes', {kind => 'district',
        name => '西陵区总工会', region => '420502'})->json->{node};
    ok($node && $other, 'two districts') or return;
    my $list = '/v1/admin/places/a-1/ratings';
    my @chief = Workers::bearer('chief', "chief\@$node");
    my $answer = $y->get($list, @chief);
    is($answer->{status}, 200, 'a chief reads');
    my @ratings = @{$answer->json->{ratings}};
    is(scalar @ratings, 2, 'both ratings');
    my ($bad) = grep { $_->{score} == 4 } @ratings;
    like($bad->{comment}, qr/凳子/, 'with the comment');
    unlike($answer->{body}, qr/one\b/, 'without a name');
    is_problem($y->get($list), 401, 'unauthenticated');
    is_problem($y->get($list, @one), 403, 'forbidden', 'a worker');
    is_problem($y->get($list, Workers::bearer('o', "chief\@$other")), 403,
        'forbidden', 'the chief of another district');
    is($y->get($list, Workers::bearer('a', "auditor\@$node"))->{status}, 200,
        'an auditor reads');
    is_problem($y->get("$list?limit=0", @chief), 400, 'parameter-invalid');
    is_problem($y->get("$list?cursor=x", @chief), 400, 'parameter-invalid');
    is_problem($y->get('/v1/admin/places/nowhere/ratings', @chief), 404,
        'place-unknown');

    my %pages;
    my $next = "$list?limit=1";
    while ($next) {
        my $page = $y->get($next, @chief)->json;
        $pages{$_->{id}}++ for @{$page->{ratings}};
        ($next) = map { $_->{href} } @{$page->{links}};
        last if keys %pages > 9;
    }
    is_deeply(\%pages, {map { $_->{id} => 1 } @ratings}, 'page by page');

    my $one = "$list/$bad->{id}";
    my $hide = sub {
        return $y->send_json('DELETE', $_[0], {reason => '辱骂'}, @_[1 .. $#_]);
    };
    is_problem($hide->($one, Workers::bearer('a', "auditor\@$node")), 403,
        'forbidden', 'an auditor hides nothing');
    is_problem($y->send_json('DELETE', $one, {}, @chief), 400, 'body-invalid',
        'not without a reason');
    is_problem($hide->("$list/${\day()}-0123456789abcdef", @chief), 404,
        'record-unknown');
    is_problem($hide->("$list/x", @chief), 404, 'record-unknown');
    is($hide->($one, @chief)->{status}, 204, 'the chief does');
    is_problem($hide->($one, @chief), 409, 'state-conflict', 'once');
    is_deeply($y->get('/v1/places/a-1')->json->{properties}{rating},
        {count => 1, average => 5}, 'and it counts no more');
    ($bad) = grep { $_->{score} == 4 } @{$y->get($list, @chief)->json->{ratings}};
    ok($bad->{hidden}, 'the list says so');
    is($bad->{reason}, '辱骂', 'and why');
    is_problem(rate('a-1', 5, @one), 409, 'rated-already',
        'its writer does not rate again today');
};

subtest 'who floods runs out' => sub {
    my ($last, $count);
    my $token = Workers::token($y, 'p-8');
    for my $i (1 .. 400) {
        $last = $y->post('/v1/places/p-8/ratings', {score => 1,
            scan_token => $token});
        last if $last->{status} != 201;
        $count = $i;
    }
    is_problem($last, 429, 'too-many-requests', 'dropping the cookie');
    cmp_ok($last->header('Retry-After'), '>', 0, 'it says when');
    cmp_ok($count, '>=', 50, 'a whole shift of workers is let in');
    is(rate('p-9', 5)->{status}, 201, 'other places go on');
};

subtest 'what is rated outlives the daemon' => sub {
    my $before = $y->get('/v1/places/p-7')->json->{properties}{rating};
    $y->stop_daemon;
    is($y->command('verify') =~ /fault/ ? 'faults' : 'none', 'none',
        'verify finds nothing');
    $y->start_daemon;
    is_problem(rate('p-7', 5, Workers::bearer('many-1')), 409,
        'rated-already');
    is_deeply($y->get('/v1/places/p-7')->json->{properties}{rating}, $before,
        'and counts as before');
};

$y->finish;
done_testing;
