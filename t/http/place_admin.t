#!/usr/bin/perl
# Protects administration of single places: the same rules as a load's, who
# may do what where, codes that are revoked and issued anew, and the audit
# that says who did it.  What is changed is in the very next answer of nginx.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Yizhan;
use Test::More;

my $y = Yizhan->new(writes => 1);
$y->load(
    {id => 'a', name => '一', region => '370202', lng => 120.38, lat => 36.06,
        hours => '24/7', services => 'water;rest', phone => '12351'},
    {id => 'b', name => '二号站', region => '370203', lng => 120.39,
        lat => 36.07},
    {id => 'c', name => '三', region => '320902', lng => 120.16, lat => 33.35},
    {id => 'd', name => '无区', lng => 120.16, lat => 33.35},
);
my $code = $y->codes->{a};
$y->start->wait_ready;

sub node {
    my (%members) = @_;
    my $answer = $y->operate('POST', '/v1/admin/nodes', \%members);
    is($answer->{status}, 201, "a node $members{kind}") or diag $answer->text;
    return $answer->json->{node};
}

# Headers of someone who holds roles.
sub signed {
    my ($who, @roles) = @_;
    my $answer = $y->operate('POST', '/v1/admin/tokens', {issuer => 'test',
        subject => $who, verified => JSON::PP::true(), roles => \@roles});
    is($answer->{status}, 201, "$who: @roles") or diag $answer->text;
    return (Authorization => 'Bearer ' . $answer->json->{token});
}

my $shandong = node(kind => 'province', name => '山东', region => '370000');
my $qingdao = node(kind => 'city', name => '青岛', region => '370200',
    parent => $shandong);
my $station = node(kind => 'sub_station', name => '二号站', region => '370203',
    parent => $qingdao);
my $foreign = node(kind => 'sub_station', name => '三', region => '370202');
my @city = signed('city', "city\@$qingdao");
my @province = signed('province', "province\@$shandong");
my @head = signed('head', "head\@$station", "head\@$foreign");
my @auditor = signed('auditor', "auditor\@$shandong");
my @worker = signed('worker');

# The properties that nginx answers.
sub shown { return $y->get("/v1/places/$_[0]")->json->{properties} }

sub admin {
    my ($method, $path, $body, @headers) = @_;
    return $y->send_json($method, "/v1/admin/$path", $body, @headers);
}

sub is_status {
    my ($answer, $status, $what, $code) = @_;
    is($answer->{status}, $status, $what) or diag $answer->text;
    is($answer->json->{code}, $code, "$what: $code") if defined $code;
    return $answer;
}

subtest 'who may' => sub {
    my @body = ({name => '新名'});
    is_status(admin('PATCH', 'places/a', @body), 401, 'nobody',
        'unauthenticated');
    is_status(admin('PATCH', 'places/a', @body, @$_), 403, 'not these',
        'forbidden') for \@worker, \@head, \@auditor;
    is_status(admin('PATCH', 'places/c', @body, @$_), 403,
        'a place of another region') for \@city, \@province;
    is_status(admin('PATCH', 'places/d', @body, @city), 403,
        'a place without region');
    is_status(admin('PATCH', 'places/a', {region => '320902'}, @city), 403,
        'into another region');
    is_status(admin('PUT', 'places/new', {name => '新', region => '320902'},
        @city), 403, 'a new place of another region');
    is_status(admin('PATCH', 'places/none', @body, @city), 404, 'no place',
        'place-unknown');
    is_status(admin('PATCH', 'places/' . 'x' x 65, @body, @city), 404,
        'an id that is none');
    is_deeply([map { shown($_)->{name} } qw(a c d)], ['一', '三', '无区'],
        'nothing has changed');
};

subtest 'adding and changing' => sub {
    my $answer = is_status(admin('PUT', 'places/n%20-1', {
        name => '新站', kind => '微型驿站', level => 'city', region => '市南区',
        address => '路1号', lng => 120.3848, lat => 36.0623, crs => 'gcj02',
        hours => '周一至周五 8:00-18:00', services => ['微波炉', '充电'],
        phone => '0532-12345678'}, @city), 201, 'a new place');
    is($answer->header('Location'), '/v1/places/n%20-1', 'where it is');
    my $place = $answer->json;
    is($place->{$_->[0]}, $_->[1], $_->[0]) for ['id', 'n -1'],
        ['kind', 'micro_station'], ['level', 'city'], ['region', '370202'],
        ['status', 'open'], ['phone', '0532-12345678'];
    is_deeply($place->{services}, ['hot_meal', 'phone_charging'], 'services');
    cmp_ok(abs($place->{lng} - 120.3796), '<', 0.0005, 'WGS-84');
    is(shown('n%20-1')->{name}, '新站', 'nginx shows it');

    $answer = is_status(admin('PATCH', 'places/a', {phone => undef,
        services => ['water']}, @city), 200, 'some members');
    is_deeply([@{$answer->json}{qw(name hours phone)}], ['一', '24/7', ''],
        'what is not said stays, what is null is emptied');
    is_deeply(shown('a')->{services}, ['water'], 'nginx shows it');
    is_status(admin('PUT', 'places/a', {name => '一站'}, @province), 200,
        'PUT of a place that is there changes it');
    is(shown('a')->{hours}, '24/7', 'and leaves the rest');
    my $seq = $y->get('/readyz')->json->{applied_seq};
    is_status(admin('PUT', 'places/a', {name => '一站'}, @city), 200, 'again');
    is($y->get('/readyz')->json->{applied_seq}, $seq, 'is no change');

    $answer = is_status(admin('PATCH', 'places/a', {hours => '看心情',
        address => '电话 13912345678'}, @city), 200, 'what looks wrong');
    is_deeply([sort map { $_->{pointer} } @{$answer->json->{warnings}}],
        ['/address', '/hours'], 'is taken and told');
};

subtest 'what is wrong' => sub {
    my @cases = (
        [{lng => 120, lat => 36}, '/crs', 'member-missing'],
        [{lng => 120, crs => 'wgs84'}, '/lat', 'member-missing'],
        [{lng => 36, lat => 120, crs => 'wgs84'}, '/lat', 'member-malformed'],
        [{lng => 0, lat => 0, crs => 'wgs84'}, '/lng', 'member-malformed'],
        [{lng => 190, lat => 36, crs => 'wgs84'}, '/lng', 'member-range'],
        [{region => '没有这个区'}, '/region', 'member-malformed'],
        [{phone => 'abc'}, '/phone', 'member-malformed'],
        [{name => 'x' x 257}, '/name', 'member-range'],
        [{level => 'high'}, '/level', 'member-range'],
        [{status => 'suspended', until => 'soon'}, '/until',
            'member-malformed'],
        [{color => 'red'}, '/color', 'member-unknown'],
        [{services => 'water'}, '/services', 'member-malformed'],
        [{kind => 'a,b'}, '/kind', 'member-malformed'],
    );
    for my $case (@cases) {
        my ($body, $pointer, $fault) = @$case;
        my $answer = is_status(admin('PATCH', 'places/a', $body, @city), 400,
            "$pointer $fault", 'body-invalid');
        my ($error) = @{$answer->json->{errors}};
        is_deeply([@{$error}{qw(pointer code)}], [$pointer, $fault],
            'is named');
        like($error->{detail}, qr/\p{Han}/, 'in Chinese');
    }
    is_status(admin('PUT', 'places/new', {region => '370202'}, @city), 400,
        'a new place without a name', 'body-invalid');
    is_status(admin('PUT', 'places/..', {name => 'x'}, @city), 404,
        'an id that is a path');
    is_status(admin('PUT', 'places/' . 'x' x 65, {name => 'x',
        region => '370202'}, @city), 400, 'an id that is too long',
        'path-invalid');
    my %far = (name => '别的', lng => 120.5, lat => 36.2, crs => 'wgs84');
    is_status(admin('PATCH', 'places/a', \%far, @city), 422,
        'another place under this id', 'unprocessable');
    is(shown('a')->{name}, '一站', 'nothing has changed');
    is_status(admin('PATCH', 'places/a', {%far, moved => JSON::PP::true()},
        @city), 200, 'said to be the same');
};

subtest 'moved, suspended, opened, closed' => sub {
    is_status(admin('POST', 'places/b/move', {lng => 120.4, lat => 36.1,
        crs => 'wgs84'}, @head), 403, 'a head moves no station');
    is_status(admin('POST', 'places/b/move', {lng => 120.4, lat => 36.1,
        crs => 'wgs84'}, @city), 200, 'a city does');
    is_deeply($y->get('/v1/places/b')->json->{geometry}{coordinates},
        [120.4, 36.1], 'nginx shows it');
    is_status(admin('POST', 'places/b/move', {lng => 120.4, lat => 36.1},
        @city), 400, 'without its system', 'body-invalid');

    my $answer = is_status(admin('POST', 'places/b/suspend',
        {until => '2099-01-01'}, @head), 200, 'a head suspends its station');
    is($answer->json->{until}, '2099-01-01T00:00:00+08:00', 'until');
    is(shown('b')->{status}, 'suspended', 'nginx shows it');
    is_status(admin('POST', 'places/b/suspend', {}, @head), 200,
        'for an unknown time');
    is(shown('b')->{until}, undef, 'nginx shows it');
    is_status(admin('POST', "places/$_/suspend", {}, @head), 403,
        'not another station') for 'a', 'c';
    is_status(admin('POST', 'places/b/reopen', undef, @head), 200, 'and opens');
    is(shown('b')->{status}, 'open', 'nginx shows it');
    is_status(admin('POST', 'places/b/reopen', undef, @head), 409,
        'what is open is not opened', 'state-conflict');

    is_status(admin('POST', 'places/b/close', undef, @head), 403,
        'a head closes nothing');
    is_status(admin('POST', 'places/b/close', undef, @city), 200, 'a city does');
    is($y->get('/v1/places/b')->{status}, 410, 'nginx shows it');
    is_status(admin('POST', "places/b/$_", undef, @city), 409, "not $_",
        'state-conflict') for 'close';
    is_status(admin('POST', 'places/b/suspend', {}, @city), 409,
        'what is closed is not suspended');
    is_status(admin('POST', 'places/b/reopen', undef, @head), 403,
        'nor opened by its head');
    is_status(admin('POST', 'places/b/reopen', undef, @city), 200,
        'but by the city');
};

subtest 'codes' => sub {
    my $scan = sub { $y->get("/s/$_[0]") };
    is($scan->($code)->{status}, 200, 'a code');
    is_status(admin('GET', 'places/a/codes', undef, @$_), 403, 'is no secret'
        . ' for these') for \@worker, \@auditor;
    my $list = is_status(admin('GET', 'places/a/codes', undef, @city), 200,
        'codes')->json->{codes};
    is_deeply([map { [@{$_}{qw(code revoked)}] } @$list],
        [[$code, JSON::PP::false()]], 'the one that is good');

    my @once = (@city, 'Idempotency-Key' => 'code-1');
    my $answer = is_status(admin('POST', 'places/a/codes', undef, @once), 201,
        'another');
    my $next = $answer->json->{code};
    is($answer->json->{revoked}, $code, 'instead of this');
    is($scan->($code)->{status}, 410, 'the old one is revoked at once');
    is($scan->($next)->{status}, 200, 'the new one is good');
    is(admin('POST', 'places/a/codes', undef, @once)->json->{code}, $next,
        'asked again, the same');

    is_status(admin('POST', "places/a/codes/$code/revoke", undef, @city), 409,
        'a revoked one is not revoked again', 'state-conflict');
    is_status(admin('POST', "places/c/codes/$next/revoke", undef, @province),
        403, 'nor one elsewhere');
    is_status(admin('POST', "places/b/codes/$next/revoke", undef, @city), 404,
        "nor another place's", 'code-unknown');
    $answer = is_status(admin('POST', 'places/a/codes/' . lc($next)
        . '/revoke', undef, @city), 200, 'revoked');
    is($scan->($next)->{status}, 410, 'it is good no more');
    $list = admin('GET', 'places/a/codes', undef, @city)->json->{codes};
    is_deeply([map { $_->{code} } @$list[0]], [$answer->json->{code}],
        'the good one comes first');
    is_deeply([sort map { $_->{code} } grep { $_->{revoked} } @$list],
        [sort $code, $next], 'then the others');
};

subtest 'audit' => sub {
    is_status(admin('GET', 'audit', undef, @$_), 403, 'not for these')
        for \@worker, \@head;
    my @entries;
    my $path = 'audit?limit=7';
    while (defined $path) {
        my $page = is_status(admin('GET', $path, undef, @auditor), 200,
            $path)->json;
        push @entries, @{$page->{entries}};
        ($path) = map { $_->{href} =~ m{/v1/admin/(.*)} } @{$page->{links}};
    }
    is_deeply([map { $_->{seq} } @entries], [1 .. @entries], 'every entry once');
    my ($code_entry) = grep { $_->{what} eq 'code' } @entries;
    is_deeply([$code_entry->{place}, @{$code_entry->{actor}}{qw(kind role node)}],
        ['a', 'worker', 'city', $qingdao], 'who issued a code, and as what');
    my ($by_head) = grep { $_->{actor}{role} eq 'head' } @entries;
    is_deeply([@{$by_head}{qw(what place)}, $by_head->{actor}{node}],
        ['place', 'b', $station], 'what a head did');
    ok((grep { $_->{what} eq 'batch' && $_->{kind} eq 'load' } @entries),
        'the load');
    ok((grep { $_->{what} eq 'node' && $_->{actor}{role} eq 'operator' }
        @entries), 'the organisation');
    is(scalar @{admin('GET', 'audit?from=2099-01-01', undef, @auditor)
        ->json->{entries}}, 0, 'nothing from the future');
    is(scalar @{admin('GET', 'audit?to=2001-01-01', undef, @auditor)
        ->json->{entries}}, 0, 'nor from the past');
    is(scalar @{admin('GET', 'audit?from=2001-01-01&limit=1000', undef,
        @auditor)->json->{entries}}, scalar @entries, 'all in between');
    for my $query ('limit=0', 'limit=1001', 'from=x', 'to=1', 'after=-1',
        'seq=1') {
        is_status(admin('GET', "audit?$query", undef, @auditor), 400, $query,
            'parameter-invalid');
    }
};

subtest 'commands' => sub {
    my $run = sub {
        my ($code, @words) = @_;
        my ($exit, $text) = $y->try_command(@words);
        utf8::decode($text);
        is($exit, $code, "yizhan @words") or diag $text;
        return $text;
    };
    like($run->(0, qw(place set c --services), 'wifi,微波炉', '--hours',
        '24/7'), qr/^c  open  三$/, 'a change');
    is_deeply(shown('c')->{services}, ['hot_meal', 'wifi'], 'is shown');
    like($run->(0, qw(place set c --hours), '看心情'), qr/warning: \/hours/,
        'what looks wrong is told');
    $run->(0, qw(place set e --add --name 五 --region 320902 --lng 120.1
        --lat 33.3 --crs wgs84));
    is(shown('e')->{name}, '五', 'a new place');
    my $text = $run->(0, qw(place show e));
    like($text, qr/^$_$/m, $_) for 'name: 五', 'region: 320902',
        'position: 120\.1000000 33\.3000000', 'services: ';
    $run->(0, qw(place set e --lng), '', '--lat', '');
    like($run->(0, qw(place show e)), qr/^position: none$/m, 'no position');
    $run->(0, qw(place move e --lng 120.2 --lat 33.4 --crs wgs84));
    $run->(0, qw(place suspend e --until 2099-01-01));
    is(shown('e')->{status}, 'suspended', 'suspended');
    $run->(0, qw(place reopen e));
    like($run->(1, qw(place reopen e)), qr/state-conflict/, 'twice');
    $run->(0, qw(place close e));
    like($run->(1, qw(place set none --name x)), qr/place-unknown/, 'no place');
    like($run->(1, qw(place set c --lng x)), qr/\/lng/, 'no number');
    $text = $run->(0, qw(code list c));
    my ($old) = $text =~ /^(\S+)  \S+  good$/;
    my ($new) = $run->(0, qw(code issue c)) =~ /^(\S+)  good$/m;
    is($y->get("/s/$old")->{status}, 410, 'the old code is revoked');
    $run->(0, qw(code revoke c), $new);
    $run->(1, qw(code revoke c), $new);
    is($y->get("/s/$new")->{status}, 410, 'and the next');
    for my $words ('place', 'place what', 'place show', 'place show a b',
        'place close a --until x', 'place move a --lng 1', 'code revoke a',
        'code list', 'code issue a b', 'place set a --color red') {
        $run->(2, split / /, $words);
    }
};

is($y->stop_daemon, 0, 'the daemon ends well');
my ($verified, $text) = $y->try_command('verify');
is($verified, 0, 'the data is whole') or diag $text;
ok(exists $y->codes->{'n -1'}, 'a new place has a code');
$y->finish;
done_testing;
