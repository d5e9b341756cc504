#!/usr/bin/perl
# Who asks: logging in through the city and its hook, JWTs, devices, and what
# keeps others from doing it in somebody's name.  A hole here lets anybody
# write as anybody.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Yizhan;
use City;
use JSON::PP ();
use Test::More;

my $city = City->new;
my $y = Yizhan->new(writes => 1, settings => $city->settings);
$y->serve({id => 'a', name => '一', region => '370202', lng => 120.38,
    lat => 36.06});

sub code { return $_[0]->json->{code} // '' }

# Sends a browser to the login; the state and the cookie that binds it.
sub go {
    my ($path) = @_;
    my $answer = $y->get($path);
    my ($state) = ($answer->header('Location') // '') =~ /[?&]state=([\w-]+)$/;
    return ($answer, $state, $answer->cookie('yz_login'));
}

subtest 'a browser logs in and comes back to where it was' => sub {
    my ($answer, $state, $cookie) = go('/v1/session?return=%2Fs%2FABC%3Fx%3D1');
    is($answer->{status}, 303, 'to the city');
    like($answer->header('Location'), qr{^http://city\.example/login\?app=1&},
        'to its login');
    like($answer->header('Set-Cookie'), qr/HttpOnly; SameSite=Lax/, 'cookie');
    ok(length $state >= 22, 'a state of its own');

    my $back = $y->get("/v1/session/callback?code=wang-verified&state=$state",
        Cookie => "yz_login=$cookie");
    is($back->{status}, 303, 'logged in');
    is($back->header('Location'), '/s/ABC?x=1', 'back');
    my $session = $back->cookie('yz_session');
    like($session, qr/^yz1\.[\w-]{43}$/, 'a session');
    is($back->cookie('yz_login'), '', 'the login is over');

    my $me = $y->get('/v1/me', Cookie => "yz_session=$session");
    is($me->{status}, 200, 'known');
    is($me->json->{kind}, 'worker', 'as a worker');
    ok($me->json->{verified}, 'whom the city vouches for');
    unlike($me->{body}, qr/wang/, 'without a name');

    my ($request) = $city->requests;
    is($request->{via}, 'browser', 'the hook is told how');
    ok($request->{signed}, 'in a signed request');

    is($y->request('DELETE', '/v1/session', Cookie => "yz_session=$session")
        ->{status}, 204, 'logged out');
    is($y->get('/v1/me', Cookie => "yz_session=$session")->{status}, 401,
        'nobody any more');
    is($y->request('DELETE', '/v1/session')->{status}, 204, 'twice is fine');
};

subtest 'a login ends at this site only' => sub {
    for my $return ('//evil.example', 'https://evil.example', '/\\evil.example',
        'javascript:1', '%2F%2Fevil', '/%09/evil', '', '/a%0d%0ab', '/%E4%B8%AD',
        '/' . 'a' x 600) {
        my $answer = $y->get("/v1/session?return=$return");
        is($answer->{status}, 400, "$return is refused");
        is($answer->header('Location'), undef, 'leads nowhere');
    }
    is($y->get('/v1/session')->{status}, 303, 'without one: home');
    is($y->get('/v1/session?next=/')->{status}, 400, 'unknown parameter');
};

subtest 'a login that another browser began is refused' => sub {
    my (undef, $state, $cookie) = go('/v1/session');
    my (undef, $other_state, $other) = go('/v1/session');
    for my $row (['no cookie', $state], ["another's cookie", $state, $other],
        ["another's state", $other_state, $cookie], ['no state', '', $cookie],
        ['a forged cookie', $state, $cookie =~ s/.$/A/r . 'A']) {
        my ($name, $s, $c) = @$row;
        my $answer = $y->get("/v1/session/callback?code=wang"
            . (length $s ? "&state=$s" : ''),
            defined $c ? (Cookie => "yz_login=$c") : ());
        is($answer->{status}, 403, $name);
        is($answer->cookie('yz_session'), undef, 'no session');
    }
    is($y->get("/v1/session/callback?state=$state", Cookie => "yz_login=$cookie")
        ->{status}, 400, 'no code');
    my $declined = $y->get("/v1/session/callback?state=$state&error=denied",
        Cookie => "yz_login=$cookie");
    is($declined->{status}, 303, 'who declines goes back');
    is($declined->header('Location'), '/', 'without a session');
    is($declined->cookie('yz_session'), undef, 'none');
};

subtest 'a mini-program logs in with a code' => sub {
    my $answer = $y->post('/v1/session', {code => 'li'});
    is($answer->{status}, 201, 'a session');
    my $token = $answer->json->{token};
    my $me = $y->get('/v1/me', Authorization => "Bearer $token");
    is($me->json->{id}, $answer->json->{id}, 'of the same person');
    ok(!$me->json->{verified}, 'not vouched for');
    is($y->get('/v1/me', Cookie => "yz_session=$token")->json->{id},
        $me->json->{id}, 'also as a cookie');
    is($y->request('DELETE', '/v1/session', Authorization => "bearer $token")
        ->{status}, 204, 'logs out');
    is($y->get('/v1/me', Authorization => "Bearer $token")->{status}, 401,
        'is over');
    my $again = $y->post('/v1/session', {code => 'li'})->json;
    is($again->{id}, $me->json->{id}, 'the same person next time');
    isnt($again->{token}, $token, 'another session');
    isnt($y->post('/v1/session', {code => 'wang'})->json->{id}, $again->{id},
        'somebody else');
};

subtest 'a city that says no, nothing or nonsense logs nobody in' => sub {
    my $answer = $y->post('/v1/session', {code => 'unknown-code'});
    is($answer->{status}, 401, 'unknown code');
    ok($answer->header('WWW-Authenticate'), 'says how');
    for my $how (qw(error nonsense empty redirect huge unnamed)) {
        $answer = $y->post('/v1/session', {code => "!$how"});
        is($answer->{status}, 503, $how);
        is(code($answer), 'upstream-unavailable', 'named');
        ok($answer->header('Retry-After'), 'try later');
    }
    is($y->post('/v1/session', {})->{status}, 400, 'no code');
    is($y->post('/v1/session', {code => 7})->{status}, 400, 'no text');
    is($y->post('/v1/session', 'code=li',
        'Content-Type' => 'application/x-www-form-urlencoded')->{status}, 415,
        'a form, as another site could post it');
};

subtest 'JWTs are good by the pinned algorithm and key alone' => sub {
    my $now = time;
    my %good = (iss => 'https://app.example', sub => 'zhao', aud => 'yizhan',
        exp => $now + 600);
    my $ask = sub { $y->get('/v1/me', Authorization => "Bearer $_[0]") };
    my $me = $ask->($city->jwt({%good, verified => JSON::PP::true}));
    is($me->{status}, 200, 'a good one');
    ok($me->json->{verified}, 'vouched for');
    my %bad = (
        'alg none' => $city->jwt(\%good, alg => 'none'),
        'alg none, signed' => $city->jwt(\%good, alg => 'none', sign => 1),
        'another algorithm' => $city->jwt(\%good, alg => 'HS512'),
        'another key' => $city->jwt(\%good, key => 'x' x 32),
        'another issuer' => $city->jwt({%good, iss => 'https://evil.example'}),
        'another audience' => $city->jwt({%good, aud => 'other'}),
        'expired' => $city->jwt({%good, exp => $now - 120}),
        'not yet' => $city->jwt({%good, nbf => $now + 300}),
        'without end' => $city->jwt({map { $_ => $good{$_} } qw(iss sub aud)}),
        'key confusion' => $city->jwt({%good, iss => 'https://rsa.example'},
            key => $city->{rsa_public}),
        'rubbish' => 'a.b.c',
        'empty' => '',
    );
    for my $name (sort keys %bad) {
        my $answer = $ask->($bad{$name});
        is($answer->{status}, 401, $name);
        like($answer->header('WWW-Authenticate') // '', qr/^Bearer/, 'says how');
    }
    is($y->get('/v1/me', Authorization => 'Basic d2FuZzpzZWNyZXQ=')->{status},
        401, 'another scheme');
};

subtest 'other sites cannot write with a cookie' => sub {
    my $token = $y->post('/v1/session', {code => 'wang'})->json->{token};
    my @cookie = (Cookie => "yz_session=$token");
    for my $row ([403, Origin => 'https://evil.example'],
        [403, Origin => 'null'], [403, 'Sec-Fetch-Site' => 'cross-site'],
        [403, 'Sec-Fetch-Site' => 'same-site'],
        [204, Origin => 'http://localhost'],
        [204, Origin => 'http://localhost:8080'],
        [403, Origin => 'http://localhost.evil.example'],
        [204, 'Sec-Fetch-Site' => 'same-origin'],
        [204, Origin => 'https://app.city.example']) {
        my ($status, @header) = @$row;
        my $session = $y->post('/v1/session', {code => 'wang'})->json->{token};
        is($y->request('DELETE', '/v1/session',
            Cookie => "yz_session=$session", @header)->{status}, $status,
            "@header: $status");
    }
    is($y->get('/v1/me', @cookie, Origin => 'https://evil.example')->{status},
        200, 'reading changes nothing');
    is($y->request('DELETE', '/v1/session', Authorization => "Bearer $token",
        Origin => 'https://evil.example')->{status}, 204,
        'a token is nothing that a browser sends by itself');
};

subtest 'settings are read again, and a file with a fault changes nothing' => sub {
    my $reread = sub {
        my ($text, $said) = @_;
        my $before = () = $y->daemon_log =~ /$said/g;
        Yizhan::write_file("$y->{data}/settings", $text);
        kill 'HUP', $y->{daemon};
        $y->wait_for('the settings are looked at', sub {
            return $before < (() = $y->daemon_log =~ /$said/g);
        });
    };
    my $text = $city->settings;
    my $token = $city->jwt({iss => 'https://new.example', sub => 'sun',
        aud => 'yizhan', exp => time + 600});
    my $ask = sub {
        $y->get('/v1/me', Authorization => "Bearer $token")->{status}
    };
    is($ask->(), 401, 'an issuer that nobody knows');
    $reread->($text . "jwt_issuer https://new.example HS512 jwt.secret x\n",
        'line 7: cannot read');
    is($ask->(), 401, 'a faulty file does not make it known');
    is($y->post('/v1/session', {code => 'li'})->{status}, 201,
        'all else goes on');
    $reread->($text . "jwt_issuer https://new.example HS256"
        . " $city->{dir}/jwt.secret yizhan\n", 'were read again');
    is($ask->(), 200, 'a good one does');
    $reread->($text, 'were read again');
    is($ask->(), 401, 'and one without it ends that');
};

subtest 'nobody names themselves the operator' => sub {
    is($y->get('/v1/me', 'Yizhan-Operator' => 'root')->{status}, 401,
        'by a header');
    is($y->post('/v1/admin/tokens', {issuer => 'a', subject => 'b'})->{status},
        404, 'operators\' paths are not there');
    is($y->operate('POST', '/v1/admin/tokens',
        {issuer => 'a', subject => 'b'}, 'Yizhan-Operator' => 'root')->{status},
        201, 'but on the operators\' socket');
};

subtest 'nothing personal is in any log' => sub {
    my $logs = $y->access_log . $y->error_log . $y->daemon_log;
    unlike($logs, qr/wang|zhao|unknown-code/, 'no name, no code');
    unlike($logs, qr/yz1\./, 'no session');
    unlike($logs, qr/state=/, 'no query');
};

$y->finish;
done_testing;
