#!/usr/bin/perl
# The organisation: nodes and the roles held at them, over HTTP and by the
# command.  Who manages a node manages what is below it and nothing else; if
# that breaks, a head of one station rules a city.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Yizhan;
use City;
use Encode qw(encode_utf8 decode_utf8);
use Test::More;

my $city = City->new;
my $y = Yizhan->new(writes => 1, settings => $city->settings);
$y->serve({id => 'a', name => '一', region => '370202', lng => 120.38,
    lat => 36.06});

# The token and the id of somebody.
sub login {
    my ($code) = @_;
    my $session = $y->post('/v1/session', {code => $code})->json;
    return ($session->{token}, $session->{id});
}

sub as {
    my ($token, $method, $path, $body) = @_;
    return $y->send_json($method, $path, $body,
        Authorization => "Bearer $token");
}

# org(INPUT, ARGUMENTS): exit code, standard output, standard error.
sub org {
    my ($input, @arguments) = @_;
    my $dir = $y->{dir};
    Yizhan::write_file("$dir/input", encode_utf8($input));
    my $status = system('sh', '-c',
        'exec "$0" "$@" <"$IN" >"$IN.out" 2>"$IN.err"', $Yizhan::COMMAND,
        '--dir', $y->{data}, map { encode_utf8($_) } @arguments)
        if local $ENV{IN} = "$dir/input";
    return ($status >> 8, decode_utf8(Yizhan::read_file("$dir/input.out")),
        decode_utf8(Yizhan::read_file("$dir/input.err")));
}

my ($code, $out, $err) = org('', qw(org add 山东省总工会 --kind province
    --region 370000));
is($code, 0, 'a root is the operator\'s to add') or diag $err;
is($out, "1 province 370000 山东省总工会\n", 'and is shown');
org('', qw(org add 青岛市总工会 --kind city --region 370200 --parent 1));
org('', qw(org add 市南区总工会 --kind district --region 370202 --parent 2));
org('', qw(org add 五四广场驿站 --kind sub_station --parent 3));
org('', qw(org add 烟台市总工会 --kind city --region 370600 --parent 1));

my ($chief, $chief_id) = login('chief');
my ($boss, $boss_id) = login('boss');
my ($head, $head_id) = login('head');
my ($auditor, $auditor_id) = login('auditor');

subtest 'roles are given by the operator, by id or by name' => sub {
    ($code, $out) = org('', 'org', 'grant', 2, 'city', '--actor', $boss_id);
    is($code, 0, 'by id');
    is($out, "$boss_id is city at 2\n", 'shown');
    ($code, $out) = org("city head\n", qw(org grant 4 head));
    is($code, 0, 'by issuer and subject');
    is($out, "$head_id is head at 4\n", 'the same id as of a login');
    org('', 'org', 'grant', 1, 'auditor', '--actor', $auditor_id);
    my $me = as($head, 'GET', '/v1/me')->json;
    is($me->{roles}[0]{role}, 'head', 'it shows');
    is($me->{roles}[0]{name}, '五四广场驿站', 'with the node');
    ($code, undef, $err) = org('', 'org', 'grant', 4, 'king', '--actor',
        $head_id);
    is($code, 1, 'no such role');
    ($code, undef, $err) = org('', 'org', 'grant', 99, 'head', '--actor',
        $head_id);
    is($code, 1, 'no such node');
    ($code, undef, $err) = org('', 'org', 'grant', 4, 'head', '--actor', 'xyz');
    is($code, 1, 'no such id');
    ($code) = org("nobody\n", qw(org grant 4 head));
    is($code, 1, 'no subject');
};

subtest 'a supervisor manages what is below' => sub {
    my $made = as($boss, 'POST', '/v1/admin/nodes', {name => '崂山区总工会',
        kind => 'district', region => '370212', parent => 2});
    is($made->{status}, 201, 'a district of the city');
    my $path = $made->header('Location');
    is(as($boss, 'GET', $path)->json->{region}, '370212', 'is there');
    is(as($boss, 'PATCH', $path, {region => undef})->json->{region}, undef,
        'a development zone names no region');
    is(as($boss, 'PATCH', $path, {parent => 3})->json->{parent}, 3, 'moved');
    my $number = $made->json->{node};
    is(as($boss, 'PUT', "$path/roles", {role => 'chief', actor => $chief_id})
        ->{status}, 201, 'a chief for it');
    is(as($boss, 'PUT', "$path/roles", {role => 'chief', issuer => 'city',
        subject => 'chief'})->{status}, 200, 'who is it already');
    my $holders = as($boss, 'GET', "$path/roles")->json->{holders};
    is($holders->[0]{actor}, $chief_id, 'is listed');
    is(as($auditor, 'GET', "$path/roles")->{status}, 200,
        'an auditor sees who');
    is(as($boss, 'DELETE', $path)->{status}, 409, 'not removed while used');
    is(as($boss, 'DELETE', "$path/roles/chief/$chief_id")->{status}, 204,
        'dismissed');
    is(as($boss, 'DELETE', "$path/roles/chief/$chief_id")->{status}, 404,
        'once');
    is(as($boss, 'DELETE', $path)->{status}, 204, 'removed');
    is(as($boss, 'GET', $path)->{status}, 404, 'gone');
    my $next = as($boss, 'POST', '/v1/admin/nodes', {name => '别处',
        kind => 'department', parent => 2})->json->{node};
    cmp_ok($next, '>', $number, 'its number is not used again');
};

subtest 'and nothing else' => sub {
    my %body = (name => '别处', kind => 'district');
    my @rows = (
        [403, $boss, 'POST', '/v1/admin/nodes', {%body}, 'a root'],
        [403, $boss, 'POST', '/v1/admin/nodes', {%body, parent => 1}, 'above'],
        [403, $boss, 'POST', '/v1/admin/nodes', {%body, parent => 5}, 'beside'],
        [403, $boss, 'PATCH', '/v1/admin/nodes/2', {name => '我'}, 'itself'],
        [403, $boss, 'DELETE', '/v1/admin/nodes/5', undef, 'another city'],
        [403, $boss, 'PATCH', '/v1/admin/nodes/3', {parent => 5}, 'away'],
        [403, $boss, 'PUT', '/v1/admin/nodes/2/roles',
            {role => 'city', actor => $head_id}, 'one\'s like'],
        [403, $boss, 'PUT', '/v1/admin/nodes/2/roles',
            {role => 'auditor', actor => $head_id}, 'one\'s own auditor'],
        [403, $boss, 'DELETE', "/v1/admin/nodes/1/roles/auditor/$auditor_id",
            undef, 'the auditor above'],
        [403, $boss, 'PUT', '/v1/admin/nodes/5/roles',
            {role => 'head', actor => $head_id}, 'roles elsewhere'],
        [403, $head, 'POST', '/v1/admin/nodes', {%body, parent => 4}, 'a head'],
        [403, $head, 'PUT', '/v1/admin/nodes/4/roles',
            {role => 'liaison', actor => $head_id}, 'a head appoints nobody'],
        [403, $head, 'GET', '/v1/admin/nodes/4/roles', undef, 'nor sees whom'],
        [403, $auditor, 'PUT', '/v1/admin/nodes/4/roles',
            {role => 'head', actor => $head_id}, 'an auditor only reads'],
        [403, $auditor, 'PATCH', '/v1/admin/nodes/4', {name => '我'}, 'reads'],
        [403, (login('worker'))[0], 'GET', '/v1/admin/nodes', undef,
            'a worker without a role'],
    );
    for my $row (@rows) {
        my ($status, $who, $method, $path, $body, $name) = @$row;
        is(as($who, $method, $path, $body)->{status}, $status, $name);
    }
    is($y->get('/v1/admin/nodes')->{status}, 401, 'nobody');
    is(as($boss, 'PUT', '/v1/admin/nodes/2/roles',
        {role => 'liaison', actor => $head_id})->{status}, 201,
        'lesser roles at one\'s own node are fine');
};

subtest 'bad nodes are refused by member' => sub {
    my %good = (name => '新', kind => 'district', parent => 2);
    for my $row (['/name', {%good, name => ''}], ['/kind', {%good, kind => 'x'}],
        ['/region', {%good, region => '37020'}],
        ['/region', {%good, region => 'abcdef'}],
        ['/parent', {%good, parent => 0}],
        ['/name', {%good, name => '长' x 100}],
        ['/more', {%good, more => 1}], ['/name', {kind => 'city', parent => 2}]) {
        my ($pointer, $body) = @$row;
        my $answer = as($boss, 'POST', '/v1/admin/nodes', $body);
        is($answer->{status}, 400, "$pointer is refused");
        is($answer->json->{errors}[0]{pointer}, $pointer, 'by name');
    }
    my $ring = $y->operate('PATCH', '/v1/admin/nodes/2', {parent => 4});
    is($ring->{status}, 400, 'no rings');
    is($y->operate('PATCH', '/v1/admin/nodes/2', {parent => 2})->{status}, 400,
        'nor the node itself');
    my $at = 3;
    my $depth = 3;
    while ($depth < 40) {
        my $answer = $y->operate('POST', '/v1/admin/nodes', {name => "层$depth",
            kind => 'department', parent => $at});
        last if $answer->{status} != 201;
        $at = $answer->json->{node};
        $depth++;
    }
    is($depth, 16, 'at most sixteen deep');
};

subtest 'lists' => sub {
    my $roots = as($boss, 'GET', '/v1/admin/nodes?parent=0')->json->{nodes};
    is(scalar @$roots, 1, 'one root');
    my $below = as($boss, 'GET', '/v1/admin/nodes?under=5')->json->{nodes};
    is_deeply([map { $_->{node} } @$below], [5], 'below one');
    my (@all, %seen);
    my $path = '/v1/admin/nodes?limit=3';
    while ($path) {
        my $page = as($boss, 'GET', $path)->json;
        push @all, map { $_->{node} } @{$page->{nodes}};
        $path = $page->{links}[0]{href};
    }
    ok(!(grep { $seen{$_}++ } @all), 'each once');
    is(scalar @all,
        scalar @{as($boss, 'GET', '/v1/admin/nodes')->json->{nodes}}, 'all');
    for my $bad ('limit=0', 'limit=1001', 'after=-1', 'parent=x', 'more=1') {
        is(as($boss, 'GET', "/v1/admin/nodes?$bad")->{status}, 400, $bad);
    }
};

subtest 'import' => sub {
    my $file = <<'END';
组织,类型,行政区划
湖北省总工会/宜昌市总工会/西陵区总工会,区县,420502
湖北省总工会,省级,420000
湖北省总工会/宜昌市总工会,市级,420500
"湖北省总工会/宜昌市总工会/高新区, 总站",总站,
END
    ($code, $out, $err) = org($file, 'org', 'import', '-');
    is($code, 0, 'a file of four') or diag $err;
    is($out, "4 added, 0 changed, 0 unchanged\n", 'told so');
    ($code, $out) = org($file, 'org', 'import', '-');
    is($out, "0 added, 0 changed, 4 unchanged\n", 'again: nothing');
    $file =~ s/,420502/,420503/;
    ($code, $out) = org($file, 'org', 'import', '-');
    is($out, "0 added, 1 changed, 3 unchanged\n", 'one changed');
    ($code, $out) = org('', 'org', 'list');
    like($out, qr/^\d+ province 420000 湖北省总工会\n {2}\d+ city 420500 宜昌市总工会/m,
        'as a tree');
    like($out, qr/^ {4}\d+ district 420503 西陵区总工会$/m, 'three deep');
    my $before = $out;
    ($code, undef, $err) = org(<<'END', 'org', 'import', '-');
path,kind,region
新/,city,
新,town,
新省,province,99
新省/市,city,
没有/市,city,
新省,province,
"open,city,
END
    is($code, 1, 'a bad file is refused');
    like($err, qr/^line 2: path/m, 'empty name');
    like($err, qr/^line 3: kind/m, 'kind');
    like($err, qr/^line 4: region/m, 'region');
    like($err, qr/^line 8: /m, 'broken quotes');
    like($err, qr/nothing was changed/, 'whole');
    ($code, undef, $err) = org("path,kind\n没有/市,city\n新省,province\n"
        . "新省,province\n", 'org', 'import', '-');
    like($err, qr/^line 2: path: there is no such node above/m, 'no parent');
    like($err, qr/^line 4: path: it stands in the file twice/m, 'twice');
    ($code, undef, $err) = org("路径,类型\n", 'org', 'import', '-');
    like($err, qr/^line 1: columns are/m, 'columns');
    ($code, $out) = org('', 'org', 'list');
    is($out, $before, 'nothing was changed');
};

subtest 'sessions for scripts' => sub {
    ($code, $out) = org("script robot\n", qw(token --hours 1 --verified
        --roles city@2));
    is($code, 0, 'a token');
    chomp $out;
    utf8::downgrade($out);
    my $me = as($out, 'GET', '/v1/me')->json;
    ok($me->{verified}, 'vouched for');
    is($me->{roles}[0]{role}, 'city', 'with a role');
    is(as($out, 'PATCH', '/v1/admin/nodes/3', {name => '市南'})->{status}, 200,
        'which counts');
    is((org("script robot\n", qw(token --roles king@2)))[0], 1, 'no such role');
    is((org("x\n", 'token'))[0], 1, 'no subject');
};

subtest 'keys are rotated while all goes on' => sub {
    for my $deed (['show'], ['rotate-seal'], ['rewrap'], ['retire']) {
        ($code, $out, $err) = org('', 'keys', @$deed);
        is($code, 0, "@$deed") or diag $err;
    }
    like($out, qr/^newest seal master: 2;/, 'the second one');
    is((org('', 'keys', 'burn'))[0], 2, 'no such deed');
};

subtest 'who did it is in the log' => sub {
    $y->stop_daemon;
    my $log = $y->command('dump', '--private');
    like($log, qr/$boss_id/, 'by id');
    unlike($log . $y->access_log . $y->daemon_log . $y->error_log,
        qr/\brobot\b/, 'no subject anywhere');
};

$y->finish;
done_testing;
