#!/usr/bin/perl
# Protects what workers ask for: a ticket goes to the node that the routing
# table names, stands with its deadline on the desks of those who handle it
# and of nobody else, is answered, closed and reopened, and is read by its
# receipt alone; no answer tells a stranger more than that there is none.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP ();
use POSIX qw(strftime);
use Time::HiRes qw(time);
use Workers;
use Yizhan;
use Test::More;

my $y = Yizhan->new(writes => 1, workers => 2);
$y->{settings} = Workers::settings($y) . "routing_file routing.csv\n";
my %at = (lng => 120.38, lat => 36.06);
$y->serve(
    {id => 'a-1', name => '一', %at, region => '370202'},
    {id => 'b-1', name => '二', %at, region => '370203'},
    {id => 'over', name => '关闭', %at, region => '370202',
        status => 'closed'},
);

sub is_problem {
    my ($answer, $status, $code, $name) = @_;
    is_deeply([$answer->{status}, $answer->json->{code}], [$status, $code],
        $name // $code);
}

sub day { return strftime('%Y-%m-%d', gmtime(time + 8 * 3600 + $_[0] * 86400)) }

sub node {
    my ($parent, $kind, $name, $region) = @_;
    my $answer = $y->operate('POST', '/v1/admin/nodes', {kind => $kind,
        name => $name, parent => $parent, region => $region});
    return $answer->json->{node} // die "no node: $answer->{body}\n";
}

my $city = node(undef, 'city', '青岛市总工会', '370200');
my $south = node($city, 'district', '市南区总工会', '370202');
my $north = node($city, 'district', '市北区总工会', '370203');
my $labour = node($city, 'department', '劳动监察');
my $office = node($labour, 'department', '劳动监察一科');
my $health = node($city, 'department', '卫生健康');
my $station = node($south, 'sub_station', '一站', '370202');

my %who = (
    city => [Workers::bearer('city', "city\@$city")],
    south => [Workers::bearer('south', "chief\@$south")],
    north => [Workers::bearer('north', "chief\@$north")],
    labour => [Workers::bearer('labour', "department\@$labour")],
    office => [Workers::bearer('office', "department\@$office")],
    health => [Workers::bearer('health', "department\@$health")],
    head => [Workers::bearer('head', "head\@$station")],
    auditor => [Workers::bearer('auditor', "auditor\@$city")],
    observer => [Workers::bearer('observer', "observer\@$south")],
    worker => [Workers::bearer('worker')],
);
my @worker = @{$who{worker}};

my $HEADER = "category,region,node,co_handlers,days\n";

subtest 'the routing table is loaded whole or not at all' => sub {
    my $load = sub { $y->send_json('PUT', '/v1/admin/routing',
        {text => $_[0]}, @{$who{city}}) };
    is($y->get('/v1/admin/routing', @{$who{city}})->json->{text}, '',
        'none yet');
    is_problem($y->send_json('PUT', '/v1/admin/routing', {text => $HEADER},
        @{$who{south}}), 403, 'forbidden', 'a district loads none');
    my @wrong = (
        ["category,node\n", '第 1 行', 'routing-header'],
        ["${HEADER}wage,,1,,5\nheat,37,1,,0\n", '第 3 行', 'routing-days'],
        ["${HEADER}wage,,999,,5\n", '第 2 行', 'routing-node'],
        ["${HEADER}wage,,$labour,999,5\n", '第 2 行', 'routing-co-handlers'],
        ["${HEADER}wage,37,1,,5\nwage,37,1,,5\n", '第 3 行', 'routing-twice'],
    );
    for (@wrong) {
        my ($text, $line, $code) = @$_;
        my $answer = $load->($text);
        is_problem($answer, 400, 'body-invalid');
        my ($error) = @{$answer->json->{errors}};
        is($error->{code}, $code, $code);
        like($error->{detail}, qr/^$line：/, "in $line");
    }
    is($y->get('/v1/admin/routing', @{$who{city}})->json->{text}, '',
        'nothing of it was loaded');
    is_problem($y->operate('PUT', '/v1/admin/routing', {}), 422,
        'unprocessable', 'the file of the settings is not there');
    my $table = "${HEADER}wage,3702,$labour,$health,5\n"
        . "wage,370203,$north,,3\nwater,370202,$station,,7\n";
    Yizhan::write_file("$y->{data}/routing.csv", $table);
    my $answer = $y->operate('PUT', '/v1/admin/routing', {});
    is($answer->{status}, 200, 'an operator loads it');
    is_deeply($answer->json, {lines => 3}, 'three lines');
    is($y->get('/v1/admin/routing', @{$who{auditor}})->json->{text}, $table,
        'an auditor reads it');
    is_deeply($y->get('/v1/tickets')->json, {categories => ['wage', 'water'],
        kinds => [qw(wish appeal suggestion report)]}, 'a form offers it');
};

# open_ticket(MEMBERS, Header => value ...): the answer.
sub open_ticket {
    my ($body, @headers) = @_;
    return $y->post('/v1/tickets', {kind => 'appeal', category => 'wage',
        text => '三个月没发工资', %$body}, @headers);
}

my ($receipt, $number);

subtest 'an appeal goes to its node and stands on its desks' => sub {
    my $answer = open_ticket({place => 'a-1', contact => '张三 13800001111'},
        @worker);
    is($answer->{status}, 201, 'taken');
    my $ticket = $answer->json;
    $receipt = $ticket->{receipt};
    like($receipt, qr/^[0-9A-Z]{5}(-[0-9A-Z]{4}){3}$/, 'a receipt');
    is($answer->header('Location'), "/v1/tickets/$receipt", 'and Location');
    is($ticket->{state}, 'dispatched', 'dispatched');
    is($ticket->{due}, day(5) . 'T23:59:59+08:00', 'to the end of the day');
    for my $reader (qw(city south labour health auditor observer)) {
        my $list = $y->get('/v1/admin/tickets', @{$who{$reader}})->json;
        is(scalar @{$list->{tickets} // []}, 1, "$reader has it");
        $number = $list->{tickets}[0]{number};
    }
    my ($row) = @{$y->get('/v1/admin/tickets', @{$who{labour}})->json
        ->{tickets}};
    is_deeply([@{$row}{qw(kind category state place region overdue)}],
        ['appeal', 'wage', 'dispatched', 'a-1', '370202', JSON::PP::false],
        'as a line');
    is_deeply($row->{node}, {number => $labour, name => '劳动监察'},
        'of its node');
    is_deeply($row->{co_handlers}, [{number => $health, name => '卫生健康'}],
        'with the co-handler');
    ok(!exists $row->{text}, 'without the text');
    for my $other (qw(office head)) {
        is_deeply($y->get('/v1/admin/tickets', @{$who{$other}})->json
            ->{tickets}, [], "$other does not");
        is_problem($y->get("/v1/admin/tickets/$number", @{$who{$other}}), 403,
            'forbidden', 'nor reads it');
    }
    is_deeply($y->get('/v1/admin/tickets', @{$who{north}})->json->{tickets},
        [], 'nor another district');
    is_problem($y->get('/v1/admin/tickets', @worker), 403, 'forbidden',
        'a worker has no desk');
    is_problem($y->get('/v1/admin/tickets'), 401, 'unauthenticated');
};

subtest 'texts are for those who may' => sub {
    my $ticket = $y->get("/v1/admin/tickets/$number", @{$who{labour}})->json;
    is($ticket->{text}, '三个月没发工资', 'the text');
    is($ticket->{contact}, '张三 13800001111', 'and whom to call');
    is_deeply([map { $_->{event} } @{$ticket->{history}}],
        ['opened', 'dispatched'], 'its history');
    $ticket = $y->get("/v1/admin/tickets/$number", @{$who{auditor}})->json;
    is($ticket->{text}, '三个月没发工资', 'an auditor reads');
    ok(!exists $ticket->{contact}, 'but calls nobody');
    is_problem($y->get('/v1/admin/tickets/999', @{$who{city}}), 404,
        'ticket-unknown');
    is_problem($y->get("/v1/admin/tickets/$_", @{$who{city}}), 404,
        'ticket-unknown', "no number $_") for 'x', '01', '1' x 25, '-1';
    is_problem($y->get('/v1/admin/tickets/999', @worker), 403, 'forbidden',
        'a stranger does not learn that there is none');
};

subtest 'the whole life of a ticket' => sub {
    my $path = "/v1/admin/tickets/$number";
    my $do = sub {
        my ($who, $deed, $body) = @_;
        return $y->post("$path/$deed", $body, @{$who{$who}});
    };
    my $read = sub { $y->get("/v1/tickets/$receipt")->json };
    is_deeply($read->()->{answers}, [], 'no answer yet');
    is_problem($y->post("/v1/tickets/$receipt/reopen", {text => '快点'}), 409,
        'state-conflict', 'nothing to reopen');
    is_problem($do->($_, 'answer', {text => '好'}), 403, 'forbidden',
        "$_ does not answer") for qw(auditor observer north worker);

    is($do->('labour', 'dispatch', {node => $office, co_handlers => [$health],
        due => day(9), text => '请一科办理'})->{status}, 200, 'dispatched on');
    is($read->()->{due}, day(9) . 'T23:59:59+08:00', 'another deadline');
    is(scalar @{$y->get('/v1/admin/tickets', @{$who{$_}})->json->{tickets}},
        1, "$_ has it") for qw(office labour health);
    is($do->('office', 'answer', {text => '内部：等回话',
        public => JSON::PP::false})->{status}, 200, 'a note');
    is($read->()->{state}, 'dispatched', 'is no answer');
    unlike($y->get("/v1/tickets/$receipt")->{body}, qr/内部|一科办理/,
        'and not for the writer');
    my $answer = $do->('health', 'answer', {text => '已责令发放'});
    is($answer->{status}, 200, 'a co-handler answers');
    is($answer->json->{state}, 'answered', 'answered');
    is_deeply([map { $_->{text} } @{$read->()->{answers}}], ['已责令发放'],
        'its writer reads it');
    is($y->post("/v1/tickets/$receipt/reopen", {text => '还没发'})->{status},
        200, 'and is not content');
    my $ticket = $read->();
    is($ticket->{state}, 'reopened', 'reopened');
    is(substr($ticket->{due}, 0, 10), day(10), 'with as many days again');
    is($do->('office', 'answer', {text => '今天已发'})->{status}, 200,
        'answered');
    is($do->('city', 'close', {reason => '已核实'})->{status}, 200, 'closed');
    is_problem($do->('city', $_->[0], $_->[1]), 409, 'state-conflict',
        "no $_->[0] when closed") for [close => {reason => 'x'}],
        [answer => {text => 'x'}], [dispatch => {node => $office}];
    is_deeply([map { $_->{event} } @{$read->()->{history}}], [qw(opened
        dispatched dispatched answered reopened answered closed)],
        'the history, without notes');
    is($read->()->{history}[-1]{text}, '已核实', 'and why it is closed');
    is_deeply($y->get('/v1/admin/tickets', @{$who{office}})->json->{tickets},
        [], 'the desk is empty');
    is(scalar @{$y->get('/v1/admin/tickets?state=closed', @{$who{office}})
        ->json->{tickets}}, 1, 'but for what is closed');
    is($y->post("/v1/tickets/$receipt/reopen", {text => '又没发'})->{status},
        200, 'closed ones are reopened too');
    my @events = @{$y->get($path, @{$who{city}})->json->{history}};
    is_deeply([map { $_->{event} } @events], [qw(opened dispatched dispatched
        noted answered reopened answered closed reopened)], 'the desk has all');
    is($events[3]{role}, 'department', 'with the role');
    is($events[3]{by}{number}, $office, 'and node of who did it');
    is($events[-1]{text}, '又没发', 'and what the writer said');
};

subtest 'a receipt is all it takes' => sub {
    my $body = $y->get("/v1/tickets/$receipt")->{body};
    (my $typed = lc $receipt) =~ s/-//g;
    $typed =~ s/0/o/g;
    $typed =~ s/1/l/g;
    is($y->get("/v1/tickets/$typed")->{body}, $body, 'as people type it');
    is($y->get('/v1/tickets/mine', 'Yizhan-Receipt' => $receipt)->{body},
        $body, 'in a header');
    unlike($body, qr/三个月|张三|13800001111|worker/, 'no word of the writer');
    my $wrong = $receipt;
    substr($wrong, 3, 1) = substr($wrong, 3, 1) eq '7' ? '8' : '7';
    my %answers;
    for my $none ($wrong, '00000-0000-0000-0000', 'x', 'mine', 'M' x 300,
        '%E4%B8%80') {
        my $answer = $y->get("/v1/tickets/$none");
        is_problem($answer, 404, 'ticket-unknown', 'none: ' . substr $none, 0,
            20);
        $answers{$answer->{body}}++;
    }
    is(scalar keys %answers, 1, 'unknown and malformed are alike');
    is_problem($y->post('/v1/tickets/00000-0000-0000-0000/reopen',
        {text => 'x'}), 404, 'ticket-unknown', 'nor is it reopened');
    my $logs = $y->access_log . $y->error_log . $y->daemon_log;
    unlike($logs, qr/\Q$receipt\E|\Q$typed\E|13800001111|三个月/,
        'no log holds a receipt or a word of it');
};

subtest 'wishes without a login' => sub {
    my $token = Workers::token($y, 'a-1');
    my %wish = (kind => 'wish', category => 'water', text => '想要热水');
    my $answer = open_ticket({%wish, place => 'a-1', scan_token => $token});
    is($answer->{status}, 201, 'with a scan');
    ok($answer->cookie('yz_device'), 'and a cookie from then on');
    is(scalar @{$y->get('/v1/admin/tickets', @{$who{head}})->json->{tickets}},
        1, 'the head of the station has it');
    $answer = open_ticket({%wish, kind => 'suggestion', place => 'a-1'},
        'Yizhan-Scan-Token' => Workers::token($y, 'a-1', age => 7200));
    is($answer->{status}, 201, 'a suggestion, by the header');
    ok($answer->json->{late}, 'a late draft');
    is_problem(open_ticket({%wish, place => 'a-1'}), 403,
        'scan-token-invalid', 'not without a scan');
    is_problem(open_ticket({%wish, place => 'b-1', scan_token => $token}),
        403, 'scan-token-invalid', 'nor with that of another place');
    is_problem(open_ticket({%wish, place => 'a-1', scan_token =>
        Workers::token($y, 'a-1', age => 90000)}), 403, 'scan-token-expired');
    is_problem(open_ticket({%wish, kind => $_, place => 'a-1',
        scan_token => $token}), 401, 'unauthenticated', "$_ needs a worker")
        for qw(appeal report);
    is(open_ticket({%wish, place => 'a-1'}, @worker)->{status}, 201,
        'a worker needs no scan');
    is(open_ticket({%wish, kind => 'report', place => 'over'}, @worker)
        ->{status}, 201, 'and reports of a place that is closed');
    is_problem(open_ticket({%wish, place => 'over'}, @worker), 410,
        'place-gone', 'where nobody wishes any more');
    is_problem(open_ticket({%wish, place => 'nowhere'}, @worker), 404,
        'place-unknown');
    is_problem($y->operate('POST', '/v1/tickets', {%wish, place => 'a-1'}),
        403, 'forbidden', 'operators take calls in, and write none');
};

subtest 'what bad requests are told' => sub {
    my $try = sub {
        my ($body, %pointers) = @_;
        my $answer = open_ticket($body, @worker);
        is_problem($answer, 400, 'body-invalid');
        is_deeply({map { $_->{pointer} => $_->{code} }
            @{$answer->json->{errors}}}, \%pointers,
            'every wrong member: ' . join ' ', sort keys %pointers);
    };
    $try->({kind => 'rant'}, '/kind' => 'member-range');
    $try->({kind => undef, text => '', x => 1}, '/kind' => 'member-malformed',
        '/text' => 'member-range', '/x' => 'member-unknown');
    $try->({text => 'x' x 2001}, '/text' => 'member-range');
    $try->({contact => 'x' x 201}, '/contact' => 'member-range');
    $try->({category => 'weather'}, '/category' => 'member-range');
    $try->({kind => 'wish'}, '/place' => 'member-missing');
    $try->({region => '3702021'}, '/region' => 'member-range');
    $try->({region => '07'}, '/region' => 'member-range');
    $try->({place => 'a-1', region => '4205'}, '/region' => 'member-range');
    is_problem($y->post('/v1/tickets', {kind => 'appeal'}, @worker,
        'Idempotency-Key' => undef), 400, 'idempotency-key-missing');
    my $deed = sub {
        my ($name, $body, %pointers) = @_;
        my $answer = $y->post("/v1/admin/tickets/$number/$name", $body,
            @{$who{city}});
        is_problem($answer, 400, 'body-invalid', $name);
        is_deeply({map { $_->{pointer} => $_->{code} }
            @{$answer->json->{errors}}}, \%pointers, join ' ', %pointers);
    };
    $deed->('dispatch', {}, '/node' => 'member-missing');
    $deed->('dispatch', {node => 999}, '/node' => 'member-range');
    $deed->('dispatch', {node => $office, co_handlers => [999]},
        '/co_handlers' => 'member-range');
    $deed->('dispatch', {node => $office, co_handlers => [$office]},
        '/co_handlers' => 'member-range');
    $deed->('dispatch', {node => $office, co_handlers => ['7']},
        '/co_handlers/0' => 'member-malformed');
    $deed->('dispatch', {node => $office, due => 'tomorrow!!'},
        '/due' => 'member-malformed');
    $deed->('dispatch', {node => $office, due => day(-1)},
        '/due' => 'member-range');
    $deed->('dispatch', {node => $office, due => day(400)},
        '/due' => 'member-range');
    $deed->('answer', {}, '/text' => 'member-missing');
    $deed->('close', {}, '/reason' => 'member-missing');
    is_problem($y->get("/v1/admin/tickets?$_", @{$who{city}}), 400,
        'parameter-invalid', $_) for 'state=lost', 'limit=0', 'limit=101',
        'region=370', 'node=x', 'due_before=soon', 'cursor=abc', 'colour=red',
        'state=open&state=open';
};

subtest 'what has no route waits at the desk of the city' => sub {
    is(open_ticket({category => 'water', region => '3705'}, @worker)->json
        ->{state}, 'open', 'open');
    is(open_ticket({category => 'water'}, @worker)->json->{state}, 'open',
        'without place or region too');
    my $desk = sub { $y->get("/v1/admin/tickets?$_[0]", @{$who{$_[1]}}) };
    is(scalar @{$desk->('node=0', 'city')->json->{tickets}}, 2,
        'the city has them');
    is_problem($desk->('node=0', 'south'), 403, 'forbidden');
    is_problem($desk->('region=3705', 'city'), 403, 'forbidden',
        'another city is not asked for');
    is_problem($desk->('region=3702', 'south'), 403, 'forbidden',
        'a district asks for its own region');
    is($desk->('region=370202', 'south')->{status}, 200, 'and gets it');
    is_problem($desk->('region=370202', 'labour'), 403, 'forbidden',
        'a department asks by node');
    is($desk->("node=$office", 'labour')->{status}, 200, 'also for one below');
    is_problem($desk->("node=$labour", 'office'), 403, 'forbidden',
        'not above');
};

subtest 'lists by state, category, deadline, page by page' => sub {
    for my $i (1 .. 7) {
        my $number = $y->post('/v1/admin/tickets', {kind => 'appeal',
            category => 'wage', text => "来电 $i", place => 'b-1'},
            @{$who{north}})->json->{number};
        $y->post("/v1/admin/tickets/$number/dispatch", {node => $north,
            due => day($i % 3 + 1)}, @{$who{north}});
    }
    my (@seen, %pages);
    my $next = "/v1/admin/tickets?node=$north&limit=3";
    while ($next) {
        my $page = $y->get($next, @{$who{north}})->json;
        push @seen, @{$page->{tickets}};
        ($next) = map { $_->{href} } @{$page->{links}};
        last if $pages{$next // ''}++;
    }
    is(scalar @seen, 7, 'each is there');
    my %numbers = map { $_->{number} => 1 } @seen;
    is(scalar keys %numbers, 7, 'once');
    is_deeply([map { $_->{due} } @seen], [sort map { $_->{due} } @seen],
        'by deadline');
    my $count = sub {
        my ($query, $who) = @_;
        return scalar @{$y->get("/v1/admin/tickets?limit=100$query",
            @{$who{$who // 'city'}})->json->{tickets} // []};
    };
    is($count->("&node=$north&due_before=${\day(2)}"), 2, 'due before a day');
    is($count->("&node=$north&state=open,closed"), 0, 'by states');
    is($count->("&node=$north&category=water"), 0, 'by category');
    is($count->('&region=370203&category=wage'), 7, 'by region');
    is($count->('&region=3702&state=dispatched&category=water'), 4,
        'wishes of the city');
    is($count->("&node=$south&category=water"), 4,
        'a node and all that is below');
    cmp_ok($count->(''), '>=', 12, 'all of it');
    my $cursor = $y->get("/v1/admin/tickets?node=$north&limit=3",
        @{$who{city}})->json->{links}[0]{href};
    $cursor =~ s/node=\d+/node=$south/;
    is_problem($y->get($cursor, @{$who{city}}), 400, 'parameter-invalid',
        'a cursor belongs to its query');
};

subtest 'calls are taken in' => sub {
    my $answer = $y->post('/v1/admin/tickets', {kind => 'appeal',
        category => 'wage', text => '来电诉求', region => '370202',
        contact => '李四 13900002222'}, @{$who{south}});
    is($answer->{status}, 201, 'by a chief');
    my $call = $answer->json;
    is($answer->header('Location'), "/v1/admin/tickets/$call->{number}",
        'Location for staff');
    my $ticket = $y->get($answer->header('Location'), @{$who{south}})->json;
    ok($ticket->{by_phone}, 'a call');
    is($ticket->{text}, '来电诉求', 'with its text');
    is($ticket->{contact}, '李四 13900002222', 'and whom to call back');
    is($ticket->{history}[0]{role}, 'chief', 'and who took it in');
    is($y->get("/v1/tickets/$call->{receipt}")->json->{state}, 'dispatched',
        'the caller reads it by receipt');
    is_problem($y->post('/v1/admin/tickets', {kind => 'appeal',
        category => 'wage', text => 'x'}, @{$who{$_}}), 403, 'forbidden',
        "$_ takes none in") for qw(worker auditor labour);
};

subtest 'asked again with the same key' => sub {
    my @key = (@worker, 'Idempotency-Key' => 'again');
    my $first = open_ticket({place => 'a-1'}, @key);
    my $again = open_ticket({place => 'a-1'}, @key);
    is($first->{status}, 201, 'taken');
    is($again->{body}, $first->{body}, 'the same receipt');
    is_problem(open_ticket({place => 'b-1'}, @key), 422,
        'idempotency-key-reused');
};

subtest 'who floods runs out' => sub {
    my $answer;
    for (1 .. 12) {
        $answer = open_ticket({place => 'b-1'}, Workers::bearer('flood'));
        last if $answer->{status} != 201;
    }
    is_problem($answer, 429, 'too-many-requests');
    cmp_ok($answer->header('Retry-After'), '>', 0, 'it says when');
    is(open_ticket({place => 'b-1'}, Workers::bearer('calm'))->{status}, 201,
        'others go on');
};

subtest 'its writer has a copy, and takes it back' => sub {
    my @writer = Workers::bearer('writer');
    my $mine = open_ticket({place => 'a-1', contact => '王五'}, @writer)->json;
    my $export = $y->get('/v1/me/export', @writer);
    like($export->text, qr/三个月没发工资/, 'the export holds the text');
    like($export->text, qr/王五/, 'and the contact');
    is($y->send_json('DELETE', '/v1/me', undef, @writer)->{status}, 204,
        'erased') or return;
    is($y->get("/v1/tickets/$mine->{receipt}")->{status}, 200,
        'how it stands is still there');
    my @found = grep { !defined $_->{text} } map {
        $y->get("/v1/admin/tickets/$_->{number}", @{$who{city}})->json
    } @{$y->get('/v1/admin/tickets?limit=100', @{$who{city}})->json->{tickets}};
    is(scalar @found, 1, 'its text is gone') or diag explain \@found;
    is($found[0]{contact}, undef, 'and its contact');
};

subtest 'tickets outlive the daemon' => sub {
    my $before = $y->get("/v1/tickets/$receipt")->{body};
    $y->stop_daemon;
    my ($code, $text) = $y->try_command('verify');
    is($code, 0, 'verify finds nothing') or diag $text;
    $y->start_daemon;
    is($y->get("/v1/tickets/$receipt")->{body}, $before, 'as they were');
    is_deeply($y->get('/v1/tickets')->json->{categories}, ['wage', 'water'],
        'the table too');
};

$y->finish;
done_testing;
