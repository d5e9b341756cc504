#!/usr/bin/perl
# Protects the board, through nginx and the daemon: who may post what, what
# waits for a moderator, what leaves the board and when, and that neither the
# writer nor their number nor where they exactly stood is ever public.  Lists
# are compared with a walk over all posts.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP ();
use Math::Trig qw(pi great_circle_distance deg2rad);
use Workers;
use Yizhan;
use Test::More;

my $y = Yizhan->new(writes => 1, workers => 2);
$y->{settings} = Workers::settings($y)
    . "items_file items.csv\nrelay pool relay.numbers\n";
sub write_text {
    my ($name, $text) = @_;
    utf8::encode($text);
    Yizhan::write_file("$y->{data}/$name", $text);
}
write_text('items.csv',
    "word,name,group\nibuprofen,布洛芬,退烧\nbandage,创可贴\n");
write_text('relay.numbers', "# 两个\n4008200001\n4008200002\n");
$y->serve(
    {id => 'a-1', name => '一', lng => 120.3826, lat => 36.0671,
        region => '370202'},
    {id => 'nowhere', name => '无', region => '370203'},
    {id => 'over', name => '关', lng => 120, lat => 36, region => '370202',
        status => 'closed'},
);

sub is_problem {
    my ($answer, $status, $code, $name) = @_;
    is_deeply([$answer->{status}, $answer->json->{code}], [$status, $code],
        $name // $code) or diag $answer->{body};
}

sub node {
    my ($kind, $region, $parent) = @_;
    return $y->operate('POST', '/v1/admin/nodes', {kind => $kind,
        name => "节点 $region", parent => $parent, region => $region})
        ->json->{node};
}
my $city = node('city', '370200');
my $south = node('district', '370202', $city);
my $north = node('district', '370203', $city);
my @south = Workers::bearer('south', "liaison\@$south");
my @north = Workers::bearer('north', "liaison\@$north");
my @city = Workers::bearer('city', "city\@$city");

my $PHONE = '13800138000';
my %exact = (lng => 120.38264, lat => 36.06718);
my @secrets = ($PHONE, '13911112222', '120.38264', '36.06718');

sub as { return Workers::bearer("worker $_[0]") }

# put_up(WORKER, MEMBERS): the answer.
sub put_up {
    my ($worker, %body) = @_;
    return $y->post('/v1/posts', {topic => 'need', item => 'ibuprofen',
        contact => $PHONE, region => '370202', %exact, %body}, as($worker));
}

sub board { return $y->get('/v1/posts?' . ($_[0] // ''))->json }
sub ids { return [map { $_->{id} } @{$_[0]{features}}] }

subtest 'the list of items is loaded whole or not at all' => sub {
    is_deeply($y->get('/v1/posts/items')->json, {items => []}, 'none yet');
    is_problem(put_up('w1'), 400, 'body-invalid', 'no item is known');
    for (["a,b\nX,y\n", '第 2 行'], ["a,b\na,c\n", '第 2 行'], ["a\n", '第 1 行']) {
        my $answer = $y->send_json('PUT', '/v1/admin/items', {text => $_->[0]},
            @city);
        is_problem($answer, 400, 'body-invalid');
        like($answer->json->{errors}[0]{detail}, qr/^$_->[1]/, 'the line');
    }
    is_problem($y->send_json('PUT', '/v1/admin/items', {text => "a,b\n"},
        @south), 403, 'forbidden', 'a district loads none');
    is_deeply($y->operate('PUT', '/v1/admin/items', {})->json, {items => 2},
        'an operator loads that of the settings');
    is_deeply($y->get('/v1/posts/items')->json, {items => [
        {item => 'ibuprofen', name => '布洛芬', group => '退烧'},
        {item => 'bandage', name => '创可贴', group => undef}]},
        'and everybody sees it');
};

my $need;

subtest 'a need of an item is on the board at once' => sub {
    my $answer = put_up('w1');
    is($answer->{status}, 201, 'taken') or diag $answer->{body};
    my $post = $answer->json;
    $need = $post->{id};
    is($answer->header('Location'), "/v1/posts/$need", 'its place');
    is($post->{state}, 'open', 'open');
    is($post->{contact}, $PHONE, 'its writer sees the number');
    my $shown = $y->get("/v1/posts/$need")->json;
    is_deeply($shown->{geometry}{coordinates}, [120.383, 36.067],
        'rounded to 0.001 degrees');
    is_deeply({map { $_ => $shown->{properties}{$_} } qw(topic item item_name
        text place region contact)}, {topic => 'need', item => 'ibuprofen',
        item_name => '布洛芬', text => undef, place => undef,
        region => '370202', contact => JSON::PP::true}, 'what it says');
    is_deeply(ids(board()), [$need], 'in the list');
};

subtest 'what a body may say' => sub {
    my $bad = sub {
        my ($pointers, $name, %body) = @_;
        my $answer = put_up('w2', %body);
        is($answer->{status}, 400, $name);
        is_deeply([sort map { $_->{pointer} } @{$answer->json->{errors}}],
            [sort @$pointers], "$name names @$pointers")
            or diag $answer->{body};
    };
    $bad->(['/topic'], 'an unknown topic', topic => 'sale');
    $bad->(['/item'], 'an unknown item', item => 'wine');
    $bad->(['/contact'], 'no number', contact => '1380013800');
    $bad->(['/region'], 'no region', region => '37020x');
    $bad->(['/region'], 'a region that is none', region => '990101');
    $bad->(['/days'], 'too long', days => 15);
    $bad->(['/lng'], 'out of range', lng => 181);
    $bad->(['/secret'], 'a member that is none', secret => 1);
    my $answer = $y->post('/v1/posts', {topic => 'offer'}, as('w2'));
    is_deeply([sort map { $_->{pointer} } @{$answer->json->{errors}}],
        ['/contact', '/item', '/lng', '/region'], 'all that is missing');
    is_problem(put_up('w2', place => 'nope'), 404, 'place-unknown');
    is_problem(put_up('w2', place => 'over'), 410, 'place-gone');
    is_problem($y->post('/v1/posts', {topic => 'need', item => 'bandage',
        contact => $PHONE, region => '370202', %exact}), 401,
        'unauthenticated', 'nobody');
    is_problem($y->post('/v1/posts', {topic => 'notice', text => '停水',
        region => '370202', %exact}, as('w2')), 403, 'forbidden',
        'a worker puts up no notice');
    is_problem($y->post('/v1/posts', {topic => 'job', text => '招人',
        region => '370203', %exact}, @south), 403, 'forbidden',
        'nor the staff of another district');
    my $at = put_up('w2', place => 'a-1', lng => undef, lat => undef,
        region => undef);
    is($at->{status}, 400, 'null is no number');
};

my $at_place;

subtest 'a post at a station takes its position and region' => sub {
    my $answer = $y->post('/v1/posts', {topic => 'offer', item => 'bandage',
        contact => "+86 139-1111-2222", place => 'a-1'}, as('w2'));
    is($answer->{status}, 201, 'taken') or diag $answer->{body};
    $at_place = $answer->json->{id};
    my $shown = $y->get("/v1/posts/$at_place")->json;
    is_deeply($shown->{geometry}{coordinates}, [120.383, 36.067], 'rounded');
    is($shown->{properties}{place}, 'a-1', 'names it');
    is($shown->{properties}{region}, '370202', 'its region');
    is_deeply(ids(board()), [$at_place, $need], 'newest first');
    is_deeply(ids(board('topic=need')), [$need], 'by topic');
    is_deeply(ids(board('item=bandage,wine')), [$at_place], 'by item');
    is_deeply(ids(board('item=wine')), [], 'of no post');
};

my $text;

subtest 'free text waits for a moderator' => sub {
    my $answer = put_up('w3', item => undef, text => '求一副拐杖');
    is($answer->{status}, 400, 'null is no text');
    $answer = $y->post('/v1/posts', {topic => 'need', text => '求一副拐杖',
        contact => $PHONE, region => '370202', %exact}, as('w3'));
    is($answer->{status}, 201, 'taken') or diag $answer->{body};
    $text = $answer->json->{id};
    is($answer->json->{state}, 'moderated', 'it waits');
    is_problem($y->get("/v1/posts/$text"), 404, 'post-unknown', 'unseen');
    is_problem($y->post("/v1/posts/$text/contact", {phone => '13500000000'},
        as('w1')), 404, 'post-unknown', 'no contact');
    is_problem($y->post("/v1/posts/$text/report", {reason => 'wrong'},
        as('w1')), 404, 'post-unknown', 'no report');
    is_problem($y->post("/v1/posts/$text/resolve", undef, as('w1')), 404,
        'post-unknown', 'nobody else ends it');
    my $list = $y->get('/v1/admin/posts?state=moderated', @south)->json;
    is_deeply([map { $_->{id} } @{$list->{posts}}], [$text], 'on the desk');
    is($list->{posts}[0]{text}, '求一副拐杖', 'with its text');
    is_deeply($y->get('/v1/admin/posts?state=moderated', @north)->json->{posts},
        [], 'not on that of the next district');
    is_problem($y->get('/v1/admin/posts', as('w1')), 403, 'forbidden');
    is_problem($y->get('/v1/admin/posts?state=x', @south), 400,
        'parameter-invalid');
    is_problem($y->post("/v1/admin/posts/$text/release", undef, @north), 403,
        'forbidden', 'who does not release it');
    is_problem($y->post('/v1/admin/posts/999/hide', undef, @north), 404,
        'post-unknown');
    $answer = $y->post("/v1/admin/posts/$text/release", undef, @south);
    is($answer->{status}, 200, 'released') or diag $answer->{body};
    is($y->get("/v1/posts/$text")->json->{properties}{text}, '求一副拐杖',
        'its text is public');
    is_problem($y->post("/v1/admin/posts/$text/release", undef, @south), 409,
        'state-conflict', 'once');
    is($y->post("/v1/admin/posts/$text/hide", undef, @south)->json->{state},
        'hidden', 'hidden');
    is_problem($y->get("/v1/posts/$text"), 410, 'post-gone');
    is_deeply(ids(board()), [$at_place, $need], 'off the board');
    is($y->post("/v1/admin/posts/$text/release", undef, @city)->json->{state},
        'open', 'and on it again');
};

subtest 'a notice of the staff is public at once' => sub {
    my $answer = $y->post('/v1/posts', {topic => 'notice', days => 31,
        text => "明天停水\n请备水", region => '370202', place => 'a-1'}, @south);
    is($answer->{status}, 201, 'taken') or diag $answer->{body};
    my $id = $answer->json->{id};
    is_deeply(ids(board('topic=notice')), [$id], 'on the board');
    ok(!$y->get("/v1/posts/$id")->json->{properties}{contact}, 'no contact');
    is_problem($y->post("/v1/posts/$id/contact", {phone => '13500000000'},
        as('w1')), 409, 'state-conflict');
};

subtest 'reports hide a post until a moderator has seen it' => sub {
    is_problem($y->post("/v1/posts/$need/report", {reason => 'fraud'},
        as('w1')), 403, 'forbidden', 'nobody reports themselves');
    is_problem($y->post("/v1/posts/$need/report", {reason => 'dull'},
        as('w2')), 400, 'body-invalid');
    for my $who ('w2', 'w2', 'w3') {
        is($y->post("/v1/posts/$need/report", {reason => 'fraud'}, as($who))
            ->{status}, 200, "$who reports");
    }
    is($y->get("/v1/posts/$need")->{status}, 200, 'two are not enough');
    $y->post("/v1/posts/$need/report", {reason => 'other'}, as('w4'));
    is_problem($y->get("/v1/posts/$need"), 410, 'post-gone', 'three are');
    my $post = $y->get("/v1/admin/posts/$need", @south)->json;
    is($post->{state}, 'hidden', 'hidden');
    is_deeply([@{$post->{reports}}{qw(fraud other wrong)}], [2, 1, 0],
        'by reason');
    is($y->post("/v1/admin/posts/$need/release", undef, @south)->{status}, 200,
        'released');
    $y->post("/v1/posts/$need/report", {reason => 'fraud'}, as('w5'));
    is($y->get("/v1/posts/$need")->{status}, 200, 'counted anew');
};

subtest 'a relay number, never the writer\'s' => sub {
    is_problem($y->post("/v1/posts/$need/contact", {phone => '13500000000'},
        as('w1')), 403, 'forbidden', 'not to themselves');
    is_problem($y->post("/v1/posts/$need/contact", {phone => '1'}, as('w2')),
        400, 'body-invalid');
    my $first = $y->post("/v1/posts/$need/contact", {phone => '13500000000'},
        as('w2'));
    is($first->{status}, 200, 'bound') or diag $first->{body};
    is($first->json->{number}, '4008200001', 'a number of the pool');
    unlike($first->{body}, qr/\Q$PHONE\E/, 'and no other');
    is($y->post("/v1/posts/$need/contact", {phone => '13500000000'},
        as('w2'))->json->{number}, '4008200001', 'the same again');
    is($y->post("/v1/posts/$need/contact", {phone => '13500000001'},
        as('w3'))->json->{number}, '4008200002', 'another for another');
    my $full = $y->post("/v1/posts/$at_place/contact",
        {phone => '13500000002'}, as('w3'));
    is_problem($full, 503, 'upstream-unavailable', 'then there is none left');
    cmp_ok($full->header('Retry-After'), '>', 0, 'for a while');
    is_deeply([@{$y->operate('GET', '/v1/admin/relay/4008200001')->json}
        {qw(post caller callee)}], [$need, '13500000000', $PHONE],
        'the exchange learns where it leads');
    is_problem($y->get('/v1/admin/relay/4008200001', @city), 404,
        'path-unknown', 'nobody else');
    is_problem($y->operate('GET', '/v1/admin/relay/4008200009'), 404,
        'record-unknown');
};

subtest 'what is resolved leaves the board at once' => sub {
    is_problem($y->post("/v1/posts/$need/resolve", undef, as('w2')), 403,
        'forbidden', 'nobody else resolves it');
    my $answer = $y->post("/v1/posts/$need/resolve", undef, as('w1'));
    is($answer->{status}, 200, 'resolved') or diag $answer->{body};
    is($answer->json->{state}, 'resolved', 'it says so');
    is($answer->json->{contact}, undef, 'the number is gone');
    is_problem($y->get("/v1/posts/$need"), 410, 'post-gone');
    is_problem($y->post("/v1/posts/$need/resolve", undef, as('w1')), 410,
        'post-gone', 'once');
    is_problem($y->operate('GET', '/v1/admin/relay/4008200001'), 404,
        'record-unknown', 'its relay number leads nowhere');
    is_problem($y->post("/v1/admin/posts/$need/release", undef, @south), 410,
        'post-gone');
    ok(!grep({ $_ eq $need } @{ids(board())}), 'not in the list');
};

subtest 'deleting takes everything out' => sub {
    my $id = put_up('w6')->json->{id};
    my $gone = $y->post("/v1/admin/posts/$id/delete", undef, @south)->json;
    is_deeply([@$gone{qw(state item text contact)}],
        ['hidden', undef, undef, JSON::PP::false], 'emptied');
    is_problem($y->get("/v1/posts/$id"), 410, 'post-gone');
    is_problem($y->post("/v1/admin/posts/$id/release", undef, @south), 409,
        'state-conflict', 'and stays so');
};

subtest 'one worker, ten at a time' => sub {
    my @mine = map { put_up('busy')->json->{id} } 1 .. 10;
    is_problem(put_up('busy'), 429, 'too-many-requests', 'no eleventh');
    $y->post("/v1/posts/$mine[0]/resolve", undef, as('busy'));
    is(put_up('busy')->{status}, 201, 'but one for one that is over');
};

subtest 'the writer\'s own' => sub {
    my $export = $y->get('/v1/me/export', as('busy'));
    is($export->{status}, 200, 'exported') or diag $export->{body};
    my $me = $export->json;
    my @posts = grep { $_->{table} eq 'post' } @{$me->{writings}};
    is(scalar @posts, 11, 'all of them');
    is($posts[1]{record}{contact}, $PHONE, 'with their number');
};

# Ids of a path's list, page by page.
sub pages {
    my ($path, $between) = @_;
    my @all;
    while ($path) {
        my $answer = $y->get($path);
        $answer->{status} == 200 or die "$path: $answer->{body}\n";
        my $page = $answer->json;
        push @all, @{$page->{features}};
        $path = @{$page->{links}} ? $page->{links}[0]{href} : undef;
        $between->() if $between;
    }
    return @all;
}

subtest 'lists are what a walk over all posts gives' => sub {
    srand 20261127;
    my %at = map { $_->{id} => $_ } pages('/v1/posts?limit=100');
    for my $i (1 .. 60) {
        my ($topic, $item) = ((qw(need offer))[rand 2],
            (qw(ibuprofen bandage))[rand 2]);
        my $answer = put_up("crowd $i", topic => $topic, item => $item,
            region => (qw(370202 370203 340705))[rand 3],
            lng => 120.3 + rand 0.05, lat => 36 + rand 0.05);
        is($answer->{status}, 201, 'taken') or diag $answer->{body};
        my $shown = $y->get('/v1/posts/' . $answer->json->{id})->json;
        $at{$shown->{id}} = $shown;
    }
    my @from = (120.32, 36.02);
    my $metres = sub {
        my ($lng, $lat) = @{$_[0]{geometry}{coordinates}};
        return great_circle_distance(deg2rad($from[0]), pi / 2
            - deg2rad($from[1]), deg2rad($lng), pi / 2 - deg2rad($lat),
            6371008);
    };
    my %filter = (
        'sort=time' => sub { 1 },
        'topic=offer' => sub { $_[0]{topic} eq 'offer' },
        'topic=need,offer&item=bandage' => sub {
            $_[0]{topic} ne 'notice' && ($_[0]{item} // '') eq 'bandage' },
        'region=37' => sub { $_[0]{region} =~ /^37/ },
        'region=3702&topic=need' => sub { $_[0]{region} =~ /^3702/
            && $_[0]{topic} eq 'need' },
        'region=370203&item=ibuprofen,bandage' => sub {
            $_[0]{region} eq '370203' && defined $_[0]{item} },
    );
    for my $query (sort keys %filter) {
        my @wanted = sort { $b <=> $a } grep {
            $filter{$query}->($at{$_}{properties}) } keys %at;
        for my $limit (3, 100) {
            is_deeply([map { $_->{id} }
                pages("/v1/posts?limit=$limit&$query")], \@wanted,
                "by time, $limit: $query");
        }
        my $rest = $query eq 'sort=time' ? '' : "&$query";
        my @near = pages("/v1/posts?limit=7&sort=distance&lng=$from[0]"
            . "&lat=$from[1]$rest");
        is_deeply([sort { $b <=> $a } map { $_->{id} } @near], \@wanted,
            "by distance: $query");
        my ($last, $last_id) = (-1, 0);
        for my $feature (@near) {
            my $m = $feature->{properties}{distance_m};
            my $expected = $metres->($feature);
            ok($m > $last || ($m == $last && $feature->{id} < $last_id),
                'in order');
            ok(abs($m - $expected) < 0.006 * $expected + 0.1, 'its distance');
            ($last, $last_id) = ($m, $feature->{id});
        }
    }
};

subtest 'a cursor survives what comes and goes' => sub {
    my @before = map { $_->{id} } pages('/v1/posts?limit=100&topic=need,offer');
    my $i = 0;
    my @seen = map { $_->{id} } pages('/v1/posts?limit=9&topic=need,offer',
        sub { put_up('late ' . $i++, topic => 'need') });
    is_deeply(\@seen, \@before, 'each that stayed exactly once');
    my $near = "sort=distance&lng=120.32&lat=36.02";
    my $link = $y->get("/v1/posts?limit=2&$near")->json->{links}[0]{href};
    my ($cursor) = $link =~ /cursor=([\w-]+)/;
    is_problem($y->get("/v1/posts?cursor=$cursor"), 400, 'parameter-invalid',
        'a cursor of another query');
    is_problem($y->get("/v1/posts?$near&topic=need&cursor=$cursor"), 400,
        'parameter-invalid', 'and of another filter');
    is_problem($y->get("/v1/posts?$near&cursor=${cursor}A"), 400,
        'parameter-invalid', 'one that was mistyped');
};

subtest 'faults of a query' => sub {
    for (['sort=distance', 'lng'], ['sort=distance&lng=1', 'lat'],
        ['lng=1&lat=2', 'lng'], ['topic=x', 'topic'], ['sort=age', 'sort'],
        ['item=', 'item'], ['limit=0', 'limit'], ['region=1', 'region'],
        ['limit=1&limit=2', 'limit'], ['kind=a', 'kind'],
        ['radius=5', 'radius']) {
        my ($query, $parameter) = @$_;
        my $answer = $y->get("/v1/posts?$query");
        is_problem($answer, 400, 'parameter-invalid', $query);
        is($answer->json->{errors}[0]{parameter}, $parameter,
            "names $parameter");
    }
    is_problem($y->get("/v1/posts/$_"), 400, 'path-invalid', "/v1/posts/$_")
        for qw(x 0 017 4294967296 1x);
    is_problem($y->get('/v1/posts/424242'), 404, 'post-unknown');
    is_problem($y->get('/v1/posts/items?x=1'), 400, 'parameter-invalid');
};

subtest 'an answer ends with the next that expires' => sub {
    my $answer = $y->get('/v1/posts?limit=5');
    my ($first) = sort map { $_->{properties}{expires_at} }
        @{$answer->json->{features}};
    is($answer->json->{valid_until}, $first, 'valid_until');
    is($y->get('/v1/posts?limit=5',
        'If-None-Match', $answer->header('ETag'))->{status}, 304, 'ETag');
    is($y->get('/v1/posts?limit=1&out_crs=gcj02')->json->{coordinate_system},
        'gcj02', 'in another system');
};

subtest 'erasing empties what is on the board' => sub {
    my $id = put_up('forgotten')->json->{id};
    is($y->request('DELETE', '/v1/me', as('forgotten'))->{status}, 204,
        'erased');
    is_problem($y->get("/v1/posts/$id"), 410, 'post-gone');
    is_deeply([@{$y->get("/v1/admin/posts/$id", @city)->json}
        {qw(state item contact)}], ['hidden', undef, JSON::PP::false],
        'nothing is left in it');
};

subtest 'nothing private is public' => sub {
    my $public = Yizhan::read_file($y->generation_dir . '/data.mdb');
    for my $secret (@secrets) {
        is(index($public, $secret), -1, 'not in public data');
        is(index(join('', map { Yizhan::read_file($_) }
            glob("$y->{dir}/log/*")), $secret), -1, 'not in a log');
        is(index(Yizhan::read_file("$y->{data}/private/data.mdb"), $secret),
            -1, 'not in the state in the clear');
    }
    is(index($public, pack('l<', 1203826400)), -1, 'nor an exact longitude');
};

$y->stop_daemon;
is(($y->try_command('verify'))[0], 0, 'verify finds no fault');
$y->finish;
done_testing;
