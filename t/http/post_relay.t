#!/usr/bin/perl
# Protects what the board does with others' help: a carrier that gives out
# numbers (signed, in time, or a clear 503), the city's words of moderation,
# and the operators' commands.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Digest::SHA qw(hmac_sha256_hex);
use JSON::PP ();
use Stub;
use Workers;
use Yizhan;
use Test::More;

my $y = Yizhan->new(writes => 1, workers => 2);
my $SECRET = 'the secret of the carrier';
my $carrier_path = "$y->{data}/carrier.sock";
$y->{settings} = Workers::settings($y)
    . "words_file words\nitems_file items.csv\n"
    . "relay hook unix:$carrier_path:/bind carrier.secret\n";

sub write_text {
    my ($name, $text) = @_;
    utf8::encode($text);
    Yizhan::write_file("$y->{data}/$name", $text);
    chmod 0600, "$y->{data}/$name";
}
write_text('words', "# 要看一眼的词\n偏方\n");
write_text('carrier.secret', "$SECRET\n");
write_text('items.csv', "ibuprofen,布洛芬,退烧\n");
$y->serve({id => 'a-1', name => '一', lng => 120.38, lat => 36.06,
    region => '370202'});

sub as { return Workers::bearer("worker $_[0]") }
sub is_problem {
    my ($answer, $status, $code, $name) = @_;
    is_deeply([$answer->{status}, $answer->json->{code}], [$status, $code],
        $name // $code) or diag $answer->{body};
}
my $PHONE = '13800138000';
sub put_up {
    my ($who, %body) = @_;
    return $y->post('/v1/posts', {topic => 'need', contact => $PHONE,
        place => 'a-1', %body}, as($who));
}

subtest 'the list of items by command' => sub {
    is($y->command('items'), "1 items\n", 'the settings\' file');
    like($y->command('items', '--show'), qr/^ibuprofen,/, 'shown');
    write_text('bad.csv', "ibuprofen\n");
    my ($code, $text) = $y->try_command('items', "$y->{data}/bad.csv");
    is($code, 1, 'a wrong one is refused');
    utf8::decode($text);
    like($text, qr/第 1 行/, 'with its line');
    is($y->command('items', "$Yizhan::TOP/data/medicines.csv")
        =~ /^(\d+) items\n/ && $1 > 50, 1, 'the list that comes along');
};

subtest 'the words of the city' => sub {
    my $answer = put_up('w1', text => '求一副拐杖');
    is($answer->{status}, 201, 'taken') or diag $answer->{body};
    is($answer->json->{state}, 'open', 'harmless words go up at once');
    is($y->get('/v1/posts/' . $answer->json->{id})->json->{properties}{text},
        '求一副拐杖', 'for all to read');
    is(put_up('w2', text => '祖传 偏 方')->json->{state}, 'moderated',
        'a word of the list waits');
    is(put_up('w3', text => "打 $PHONE 找我")->json->{state}, 'moderated',
        'and so does a number');
    write_text('words', '');
    unlink "$y->{data}/words";
    is(put_up('w4', text => '求一副拐杖')->json->{state}, 'moderated',
        'without the file everything does');
};

my $post = put_up('w5', item => 'ibuprofen')->json->{id};

subtest 'a carrier that is away' => sub {
    my $answer = $y->post("/v1/posts/$post/contact",
        {phone => '13500000000'}, as('w6'));
    is_problem($answer, 503, 'upstream-unavailable');
    cmp_ok($answer->header('Retry-After'), '>', 0, 'try again');
    unlike($answer->{body}, qr/\Q$PHONE\E/, 'tells no number');
};

subtest 'a carrier that answers' => sub {
    my $reply = '{"number":"95013,123456","ttl_s":3600}';
    my $status = 200;
    my $carrier = Stub->new($carrier_path, sub {
        my ($request) = @_;
        my ($time, $mac) = ($request->{headers}{'yizhan-signature'} // '')
            =~ /^hs256 (\d+) ([0-9a-f]{64})$/;
        return Stub::answer(403, '') unless $mac
            && $mac eq hmac_sha256_hex("$time\n$request->{body}", $SECRET)
            && abs($time - time) < 60;
        return Stub::answer($request->{body} =~ /13500000009/ ? 500 : 200,
            $request->{body} =~ /13500000008/ ? '{"number":"x"}' : $reply);
    });
    my $answer = $y->post("/v1/posts/$post/contact",
        {phone => '13500000000'}, as('w6'));
    is($answer->{status}, 200, 'bound') or diag $answer->{body};
    is($answer->json->{number}, '95013,123456', 'its number');
    my ($asked) = $carrier->seen;
    is_deeply(JSON::PP->new->decode($asked->{body}), {post => $post,
        caller => '13500000000', callee => $PHONE, ttl_s => 86400},
        'it learns who calls whom');
    is($asked->{path}, '/bind', 'where it listens');
    is_problem($y->post("/v1/posts/$post/contact", {phone => $_}, as("c $_")),
        503, 'upstream-unavailable', "no sense: $_")
        for qw(13500000009 13500000008);
    $carrier->stop;
};

subtest 'posts by command' => sub {
    my $list = $y->command('post', 'list', '--state', 'moderated');
    my @waiting = $list =~ /^(\d+)  moderated/mg;
    is(scalar @waiting, 3, 'three wait');
    like($y->command('post', 'release', $waiting[0]), qr/^$waiting[0]  open/,
        'released');
    like($y->command('post', 'hide', $waiting[0]), qr/  hidden/, 'hidden');
    like($y->command('post', 'delete', $waiting[1]), qr/  hidden .*  -$/m,
        'emptied');
    like($y->command('post', 'show', $post), qr/布洛芬|ibuprofen|open/, 'shown');
    is(($y->try_command('post', 'release', $post))[0], 1, 'an open one not');
    is(($y->try_command('post', 'release'))[0], 2, 'which one?');
    is(($y->try_command('post', 'burn', 1))[0], 2, 'no such deed');
    is(scalar(() = $y->command('post', 'list', '--limit', 2) =~ /\n/g), 2,
        'two lines');
};

subtest 'nothing private is told' => sub {
    is(index(join('', map { Yizhan::read_file($_) } glob("$y->{dir}/log/*")),
        $PHONE), -1, 'not in a log');
    is(index(Yizhan::read_file($y->generation_dir . '/data.mdb'), $PHONE), -1,
        'not in public data, once the text waits');
};

$y->finish;
done_testing;
