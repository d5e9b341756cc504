#!/usr/bin/perl
# Protects the way to the writing daemon: which methods of which paths go
# there, whole and once; what the others are answered; that reading goes on
# while the daemon is away and writing gets a 503 that says when to ask again;
# and that no receipt, query, body or referrer reaches a log, whatever fails.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Stub;
use Yizhan;
use Test::More;
use Time::HiRes qw(sleep time);

my $RECEIPT = 'SECRET7RECEIPT42';
my $ALL = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';

my $y = Yizhan->new(writes => 'stub', workers => 2)->serve(
    {id => 'a-1', name => '一', region => '370202', lng => 120.38,
        lat => 36.06},
);

my $stub = Stub->new($y->admin_socket, sub {
    my ($request) = @_;
    my $path = $request->{path};
    return undef if $path =~ /close/;
    return Stub::answer(503, '{"code":"writes-unavailable"}',
        'Content-Type' => 'application/problem+json', 'Retry-After' => 7)
        if $path =~ /full/;
    return "HTTP/1.1 200 OK\r\n" . 'X: ' . 'x' x 70_000 . "\r\n\r\n"
        if $path =~ /header/;
    sleep 0.5 if $path =~ /slow/;
    return Stub::answer(201, '{}', 'Content-Type' => 'application/json',
        Location => '/v1/tickets/x', 'Set-Cookie' => 'yz=1; HttpOnly');
});

subtest 'what goes to the daemon' => sub {
    my @cases = (
        [POST => '/v1/places/a-1/ratings', 'ratings'],
        [POST => '/v1/places/%E4%B8%80/ratings', 'ratings'],
        (map { [$_ => '/v1/tickets', 'tickets'] } qw(GET POST)),
        (map { [$_ => "/v1/tickets/$RECEIPT", 'tickets'] }
            qw(GET POST PUT PATCH DELETE)),
        [GET => "/v1/tickets/$RECEIPT/answers/1", 'tickets'],
        [POST => '/v1/posts', 'posts'],
        (map { [POST => "/v1/posts/17/$_", 'posts'] }
            qw(resolve contact report)),
        (map { [$_ => '/v1/session', 'session'] } qw(GET POST DELETE)),
        [GET => '/v1/session/callback?code=SECRETQUERY&x=1', 'session'],
        (map { [$_ => '/v1/me', 'me'] } qw(GET DELETE)),
        [GET => '/v1/me/export', 'me'],
        [GET => '/v1/admin/audit?from=SECRETQUERY', 'admin'],
        [PUT => '/v1/admin/places/a-1', 'admin'],
        [HEAD => '/v1/me', 'me'],
    );
    for my $case (@cases) {
        my ($method, $path, $endpoint) = @$case;
        my $body = $method =~ /^(POST|PUT|PATCH)$/ ? "{\"m\":\"$path\"}" : '';
        my $answer = $y->send_json($method, $path, $body,
            'Yizhan-Receipt' => $RECEIPT, Authorization => 'Bearer token',
            Cookie => 'a=b', 'Yizhan-Operator' => 'root',
            'X-Real-IP' => '203.0.113.9', Referer => 'http://x/SECRETQUERY');
        is($answer->{status}, 201, "$method $path is answered");
        my ($seen, @more) = $stub->seen;
        is(scalar @more, 0, 'asked once');
        is($seen->{method}, $method, 'the method');
        is($seen->{path}, $path, 'the path and query');
        is($seen->{body}, $body, 'the body');
        my $headers = $seen->{headers};
        is_deeply([@{$headers}{qw(yizhan-receipt authorization cookie)}],
            [$RECEIPT, 'Bearer token', 'a=b'], 'headers');
        is($headers->{'x-real-ip'}, 'unix:', 'whom nginx sees, not who it says');
        is($headers->{$_}, undef, "no $_") for qw(yizhan-operator referer
            connection);
        is($answer->header('Location'), '/v1/tickets/x', 'its headers');
        is($answer->cookie('yz'), '1', 'its cookie');
        is($answer->header('Access-Control-Allow-Origin'), '*', 'any origin');
        my $line = $y->wait_for('the access log', sub {
            my ($last) = $y->access_log =~ /(.*)\n\z/;
            return ($last // '') =~ /^$method 201 $endpoint/ ? $last : undef;
        });
        is($line, "$method 201 $endpoint handed-over - - -", 'the access log');
        Yizhan::write_file("$y->{dir}/log/access.log", '');
    }
    my $answer = $y->post('/v1//tickets/../tickets/./x%2Fy%20z?a=%20b', {});
    is(($stub->seen)[0]{path}, '/v1/tickets/x/y%20z?a=%20b',
        'the path as it was looked up');
};

subtest 'what does not' => sub {
    my @cases = (
        ['/v1/places', 405, 'GET, HEAD, OPTIONS'],
        ['/v1/places/a-1', 405, 'GET, HEAD, OPTIONS'],
        ['/v1/places/a-1/x/ratings', 405, 'GET, HEAD, OPTIONS'],
        ['/v1/places/ratings', 405, 'GET, HEAD, OPTIONS'],
        ['/v1/nearby', 405, 'GET, HEAD, OPTIONS'],
        ['/s/x', 405, 'GET, HEAD, OPTIONS'],
        ['/healthz', 405, 'GET, HEAD, OPTIONS'],
        ['/v1/mere', 404], ['/v1/admin', 404], ['/v1/ticketss', 404],
        ['/v1/places//ratings', 405, 'GET, HEAD, OPTIONS'],
    );
    for my $case (@cases) {
        my ($path, $status, $allow) = @$case;
        my $answer = $y->post($path, {});
        is($answer->{status}, $status, "POST $path");
        is($answer->header('Allow'), $allow, 'what is allowed');
    }
    for my $method (qw(GET HEAD PUT DELETE PATCH PROPFIND)) {
        my $answer = $y->send_json($method, '/v1/places/a-1/ratings', '');
        is($answer->{status}, 405, "$method ratings");
        is($answer->header('Allow'), 'POST, OPTIONS', 'what is allowed');
    }
    is($y->request('PROPFIND', '/v1/me')->header('Allow'), $ALL,
        'a path of the daemon takes all that HTTP has');
    is_deeply([$stub->seen], [], 'nothing reached the daemon');
    is($y->get('/v1/places/a-1')->{status}, 200, 'a place is read here');
};

subtest 'OPTIONS' => sub {
    for my $case (['/v1/places/a-1/ratings', 'POST, OPTIONS'],
        ["/v1/tickets/$RECEIPT", $ALL], ['/v1/admin/places/x', $ALL],
        ['/v1/places/a-1', 'GET, HEAD, OPTIONS', 'If-None-Match']) {
        my ($path, $methods, $headers) = @$case;
        my $answer = $y->request('OPTIONS', $path, Origin => 'https://a.b');
        is($answer->{status}, 204, $path);
        is($answer->header($_), $methods, $_)
            for 'Allow', 'Access-Control-Allow-Methods';
        is($answer->header('Access-Control-Allow-Headers'), $headers
            // 'Authorization, Content-Type, Idempotency-Key, If-None-Match, '
            . 'Yizhan-Receipt, Yizhan-Scan-Token', 'headers');
        is($answer->header('Access-Control-Allow-Origin'), '*', 'any origin');
    }
    is_deeply([$stub->seen], [], 'the daemon is not asked');
};

# A problem in the words of core/problem.c, which the configuration repeats.
sub is_problem {
    my ($answer, $status, $code, $what) = @_;
    my $source = Yizhan::read_file("$Yizhan::TOP/core/problem.c");
    my ($title, $detail) = $source
        =~ /\{"$code",\s*"([^"]+)",\s*"([^"]+)",\s*$status\}/;
    is($answer->{body}, qq({"type":"urn:yizhan:problem:$code",)
        . qq("title":"$title","status":$status,"code":"$code",)
        . qq("detail":"$detail"}), $what);
    is($answer->{status}, $status, 'the status');
    is($answer->header('Content-Type'), 'application/problem+json', 'its type');
    is($answer->header('Access-Control-Allow-Origin'), '*', 'for any origin');
    is($answer->header('Cache-Control'), 'no-store', 'not stored');
}

sub chunked {
    my ($path, $body) = @_;
    return "POST $path HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        . "Transfer-Encoding: chunked\r\n\r\n$body";
}

sub chunk { return sprintf("%x\r\n%s\r\n", length $_[0], $_[0]) }

subtest 'bodies' => sub {
    my $path = "/v1/tickets/$RECEIPT";
    my $most = 'x' x 65536;
    is($y->post($path, $most)->{status}, 201, '64 KiB go through');
    is(($stub->seen)[0]{body}, $most, 'whole');
    is_problem($y->post($path, "${most}x"), 413, 'body-too-large',
        'one byte more does not');
    is_problem($y->post($path, 'x', 'Content-Length' => 1 << 40), 413,
        'body-too-large', 'a length that never comes does not');
    my $chunks = join '', map { chunk($_) } $most =~ /.{1,999}/g;
    is($y->raw(chunked($path, "${chunks}0\r\n\r\n"))->{status}, 201,
        'chunks of 64 KiB');
    is(($stub->seen)[0]{body}, $most, 'whole');
    is_problem($y->raw(chunked($path, $chunks . chunk('x') . "0\r\n\r\n")),
        413, 'body-too-large', 'one byte more in chunks');
    is_problem($y->raw(chunked($path, "zz\r\nSECRETBODY")), 400,
        'body-malformed', 'chunks that are none');
    is($y->raw(chunked($path, chunk('') . ''))->{status}, 201, 'no chunk');
    $stub->seen;
    is_deeply([glob "$y->{dir}/tmp/*/*"], [], 'no body lies in a file');
    unlike($y->error_log, qr/temporary file/, 'or did');
};

subtest 'answers of the daemon pass as they are' => sub {
    my $answer = $y->post('/v1/admin/full', {});
    is($answer->{status}, 503, 'a full queue');
    is($answer->header('Retry-After'), 7, "the daemon's own Retry-After");
    is($answer->{body}, '{"code":"writes-unavailable"}', 'and words');
};

subtest 'connections are kept' => sub {
    $stub->seen;
    $y->get('/v1/me') for 1 .. 20;
    my %connections = map { $_->{connection} => 1 } $stub->seen;
    cmp_ok(scalar keys %connections, '<=', 2, 'one for each worker');
};

subtest 'a daemon that fails' => sub {
    for my $what ('close', 'header') {
        my $answer = $y->post("/v1/tickets/$RECEIPT-$what?q=SECRETQUERY",
            '{"t":"SECRETBODY"}', Referer => 'http://x/SECRETREFERRER');
        is_problem($answer, 503, 'writes-unavailable', $what);
        is($answer->header('Retry-After'), 2, 'when to ask again');
        is(scalar(() = $stub->seen), 1, 'it was asked once');
    }
    like($y->error_log, qr/prematurely closed.*request: "POST tickets"/,
        'the error log says what failed');
};

subtest 'no daemon' => sub {
    my $away = sub {
        my ($what) = @_;
        my $answer = $y->post("/v1/tickets/$RECEIPT?q=SECRETQUERY",
            '{"t":"SECRETBODY"}', Referer => 'http://x/SECRETREFERRER');
        is_problem($answer, 503, 'writes-unavailable', $what);
        is($answer->header('Retry-After'), 2, 'when to ask again');
        is($y->get('/v1/places/a-1')->{status}, 200, 'reading goes on');
        is($y->get('/v1/nearby?lng=120.38&lat=36.06')->json->{features}[0]{id},
            'a-1', 'and searching');
    };
    $stub->stop;
    $away->('nobody listens');
    unlink $y->admin_socket;
    $away->('no socket');
    like($y->error_log, qr/admin\.sock failed.*request: "POST tickets"/,
        'the error log says why');
    $stub = Stub->new($y->admin_socket, sub {
        sleep 0.5 if $_[0]{path} =~ /slow/;
        return Stub::answer(201, '{}');
    });
    is($y->post('/v1/tickets', {})->{status}, 201, 'there again, at once');
    $y->allow(qr/\[crit\].* connect\(\) to unix:\S*admin\.sock failed/);
};

subtest 'a reload under way' => sub {
    my ($reader, $writer);
    pipe $reader, $writer;
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        print $writer $y->post('/v1/tickets/slow', {})->{status};
        close $writer;
        POSIX::_exit(0);
    }
    close $writer;
    $y->wait_for('the daemon was asked', sub { scalar(() = $stub->seen) });
    $y->reload;
    is(<$reader>, 201, 'what was handed over is answered');
    waitpid $pid, 0;
    is($y->post('/v1/tickets', {})->{status}, 201, 'new workers hand over');
};

subtest 'below another location, and without the directive' => sub {
    my $z = Yizhan->new(writes => 'stub', server => 'location /rest/'
        . '{ yizhan; } location /off/ { yizhan; yizhan_writes off; }'
        . 'location /if/ { yizhan; if ($args) { add_header X y; } }');
    my $other = Stub->new($z->admin_socket, sub {
        return Stub::answer(201, '{}');
    });
    $z->start;
    is($z->post('/rest/v1/tickets?a=b', {})->{status}, 201, 'handed over');
    is(($other->seen)[0]{path}, '/v1/tickets?a=b', 'without the location');
    is($z->post('/if/v1/tickets?a=b', {})->{status}, 201, 'inside an "if"');
    is($z->post('/off/v1/tickets', {})->{status}, 404, 'off: not there');
    is($z->post('/off/v1/places/a/ratings', {})->{status}, 405,
        'off: a place, which is read only');
    is($z->get('/off/v1/me')->{status}, 404, 'off: not there');
    $other->stop;
    $z->finish;
};

my $access = $y->access_log;
for my $secret ($RECEIPT, 'SECRET', 'unix:,', 'client:') {
    unlike($y->error_log . $access, qr/\Q$secret\E/i,
        "$secret is in no log");
}
$y->finish;
done_testing;
