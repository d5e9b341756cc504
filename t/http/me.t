#!/usr/bin/perl
# What is kept about a person: they see all of it, nobody else does, and after
# they have it erased nothing of it can be read any more, by anybody, from
# anything on disk that is not a backup from before.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Yizhan;
use City;
use Encode qw(encode_utf8);
use Test::More;

my $NAME = '王小明';
my $PHONE = '13912345678';

my $city = City->new;
my $y = Yizhan->new(writes => 1, settings => $city->settings);
$y->load({id => 'a', name => '一', region => '370202', lng => 120.38,
    lat => 36.06});
my $code = $y->codes->{a};
$y->start->wait_ready;

sub login { return $y->post('/v1/session', {code => $_[0]})->json->{token} }

sub as {
    my ($token, $method, $path, $body) = @_;
    return $y->send_json($method, $path, $body,
        Authorization => "Bearer $token");
}

sub scan_token { return $y->get("/s/$code")->json->{scan_token} }

sub appeal {
    my ($token) = @_;
    return as($token, 'POST', '/v1/tickets', {kind => 'appeal',
        category => 'wages', text => "我叫$NAME，工资没有发",
        contact => $PHONE, region => '370202'});
}

my $token = login('wang-verified');
my $other = login('li');
my $ticket = appeal($token);
is($ticket->{status}, 201, 'an appeal') or diag $ticket->{body};
is(as($token, 'POST', '/v1/places/a/ratings',
    {score => 2, comment => "$NAME 觉得微波炉坏了",
        scan_token => scan_token()})->{status}, 201, 'a rating');

subtest 'one sees one\'s own' => sub {
    my $me = as($token, 'GET', '/v1/me');
    is($me->{status}, 200, 'me');
    is_deeply([sort map { $_->{table} } @{$me->json->{writings}}],
        ['rating', 'ticket'], 'both are listed');
    my $whole = as($token, 'GET', '/v1/me/export');
    like($whole->text, qr/$NAME，工资没有发/, 'the text, opened');
    like($whole->text, qr/$NAME 觉得微波炉坏了/, 'the comment');
    like($whole->text, qr/$PHONE/, 'the contact');
    is($whole->json->{erased_at}, undef, 'never erased');
    is($me->header('Cache-Control'), 'no-store', 'and nothing in between keeps it');
    is_deeply(as($other, 'GET', '/v1/me')->json->{writings}, [],
        'somebody else has nothing');
    is($y->get('/v1/me')->{status}, 401, 'nobody is nobody');
    is($y->get('/v1/me?all=1')->{status}, 400, 'no parameters');
};

subtest 'a phone without a session has its own, too' => sub {
    my $rated = $y->post('/v1/places/a/ratings',
        {score => 5, scan_token => scan_token()});
    is($rated->{status}, 201, 'rated');
    my $device = $rated->cookie('yz_device');
    like($device, qr/^[\w-]{22}$/, 'a device cookie');
    like($rated->header('Set-Cookie'), qr/HttpOnly/, 'out of scripts\' reach');
    my $me = $y->get('/v1/me', Cookie => "yz_device=$device");
    is($me->json->{kind}, 'device', 'known as a device');
    is(scalar @{$me->json->{writings}}, 1, 'with its rating');
    for my $wrong ('', 'x', 'A' x 21, 'A' x 23, '!' x 22) {
        is($y->get('/v1/me', Cookie => "yz_device=$wrong")->{status}, 401,
            'no device');
    }
    is($y->get('/v1/me', Cookie => "yz_device=$device; yz_session=" . $token)
        ->json->{kind}, 'worker', 'a session goes before');
};

# All bytes below the data directory.
sub bytes_on_disk {
    my $bytes = '';
    for my $file (split /\n/, `find $y->{data} -type f`) {
        $bytes .= Yizhan::read_file($file);
    }
    return $bytes;
}

subtest 'nothing of it lies readable anywhere' => sub {
    my $bytes = bytes_on_disk() . $y->access_log . $y->error_log
        . $y->daemon_log;
    ok(index($bytes, encode_utf8($NAME)) < 0, 'no name');
    ok(index($bytes, $PHONE) < 0, 'no number');
    ok(index($bytes, 'wang') < 0, 'no subject');
    ok(index($bytes, $token) < 0, 'no session');
};

subtest 'erasure' => sub {
    $y->operate('POST', '/v1/admin/nodes', {name => '站', kind => 'city'});
    $y->operate('PUT', '/v1/admin/nodes/1/roles', {role => 'head',
        actor => as($token, 'GET', '/v1/me')->json->{id}});
    my $second = login('wang-verified');
    my $rating = $y->get('/v1/places/a')->json->{properties}{rating};
    is(as($token, 'DELETE', '/v1/me')->{status}, 204, 'erased');
    is(as($token, 'GET', '/v1/me')->{status}, 401, 'the session is over');
    is(as($second, 'GET', '/v1/me')->{status}, 401, 'every session is');
    is_deeply($y->operate('GET', '/v1/admin/nodes/1/roles')->json->{holders},
        [], 'roles are gone');
    is_deeply($y->get('/v1/places/a')->json->{properties}{rating}, $rating,
        'what counts for the place stays');
    # Sessions begun in the second of the erasure end with it, too.
    my $again = $y->wait_for('a session after it', sub {
        my $try = login('wang-verified');
        return as($try, 'GET', '/v1/me')->{status} == 200 ? $try : undef;
    });
    my $export = as($again, 'GET', '/v1/me/export');
    is_deeply($export->json->{writings}, [], 'nothing is listed');
    ok($export->json->{erased_at}, 'only that it was erased');
    my $desk = $y->operate('GET', '/v1/admin/tickets/1');
    is($desk->{status}, 200, 'the desk has its ticket');
    unlike($desk->text, qr/$NAME|$PHONE/, 'without what was in it');
    is(appeal($again)->{status}, 201, 'who comes back begins anew');
    like(as($again, 'GET', '/v1/me/export')->text, qr/$NAME/, 'with a new key');
    unlike($y->operate('GET', '/v1/admin/tickets/1')->text, qr/$NAME/,
        'which does not open the old');
    is($y->request('DELETE', '/v1/me')->{status}, 401, 'nobody erases nothing');
};

subtest 'the store is whole afterwards' => sub {
    $y->stop_daemon;
    like($y->command('verify'), qr/everything is right/, 'verify');
};

$y->finish;
done_testing;
