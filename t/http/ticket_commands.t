#!/usr/bin/perl
# Protects the desk on the command line: `yizhan ticket` and `yizhan routing`
# do through the daemon what staff do over HTTP, say why not in one line, and
# take what people wrote from a file or standard input only.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Workers;
use Yizhan;
use Test::More;

my $y = Yizhan->new(writes => 1);
$y->{settings} = Workers::settings($y) . "routing_file table.csv\n";
$y->serve({id => 'a-1', name => '一', lng => 120.38, lat => 36.06,
    region => '370202'});

my $city = $y->operate('POST', '/v1/admin/nodes', {kind => 'city',
    name => '青岛市总工会', region => '370200'})->json->{node};
my $labour = $y->operate('POST', '/v1/admin/nodes', {kind => 'department',
    name => '劳动监察', parent => $city})->json->{node};

# run(STDIN, ARGUMENTS): exit code and what it printed.
sub run {
    my ($input, @arguments) = @_;
    my $file = "$y->{dir}/tmp/input";
    utf8::encode($input);
    Yizhan::write_file($file, $input);
    open my $in, '-|', 'sh', '-c', 'exec "$@" <"$0" 2>&1', $file,
        $Yizhan::COMMAND, '--dir', $y->{data}, @arguments or die "yizhan: $!";
    local $/;
    my $text = <$in> // '';
    utf8::decode($text);
    close $in;
    return ($? >> 8, $text);
}

sub runs {
    my ($name, $wanted, $input, @arguments) = @_;
    my ($code, $text) = run($input, @arguments);
    is($code, 0, "$name: exit 0") or diag $text;
    like($text, $wanted, $name);
    return $text;
}

sub refused {
    my ($name, $exit, $wanted, $input, @arguments) = @_;
    my ($code, $text) = run($input, @arguments);
    is($code, $exit, "$name: exit $exit");
    like($text, qr/^yizhan: .*$wanted/, $name);
}

my $header = 'category,region,node,co_handlers,days';

subtest 'routing' => sub {
    runs('no table yet', qr/^$/, '', 'routing', '--show');
    my $file = "$y->{dir}/tmp/routing.csv";
    Yizhan::write_file($file, "\xef\xbb\xbf$header\r\nwage,,$labour,,0\r\n");
    refused('a wrong line', 1, '第 2 行', '', 'routing', $file);
    Yizhan::write_file($file, "\xef\xbb\xbf$header\r\nwage,,$labour,,5\r\n");
    runs('a table from a file', qr/^1 lines$/, '', 'routing', $file);
    runs('is shown', qr/^$header\r?\nwage,,$labour,,5$/, '', 'routing',
        '--show');
    runs('from standard input', qr/^2 lines$/,
        "$header\nwage,,$labour,,5\nheat,,$labour,,5\n", 'routing', '-');
    refused('no file in the settings', 1, 'routing_file', '', 'routing');
    Yizhan::write_file("$y->{data}/table.csv", "$header\nwage,,$labour,,3\n");
    runs('the file of the settings', qr/^1 lines$/, '', 'routing');
    refused('no such file', 1, 'cannot open', '', 'routing', "$file.none");
    refused('two things at once', 2, 'what is', '', 'routing', '--show',
        $file);
};

my $receipt = $y->post('/v1/tickets', {kind => 'appeal', category => 'wage',
    text => "三个月没发工资\n求助", place => 'a-1', contact => '13800001111'},
    Workers::bearer('w'))->json->{receipt};

subtest 'ticket' => sub {
    my $list = runs('list', qr/^1  dispatched  appeal  wage  due /, '',
        'ticket', 'list');
    like($list, qr/place a-1  region 370202  node $labour 劳动监察$/,
        'with its place and node');
    runs('by state', qr/^$/, '', 'ticket', 'list', '--state', 'open,closed');
    runs('by node', qr/^1  /, '', 'ticket', 'list', '--node', $labour,
        '--category=wage', '--region', 3702, '--due-before', '2099-01-01');
    my $shown = runs('show', qr/^text: 三个月没发工资\n求助\ncontact: 1380/m,
        '', 'ticket', 'show', 1);
    like($shown, qr/^  \S+  opened  by none$/m, 'with its history');
    runs('dispatch', qr/^1  dispatched .* node $city 青岛市总工会$/, '',
        'ticket', 'dispatch', 1, '--node', $city, '--co-handlers', $labour);
    runs('a note', qr/^1  dispatched /, "先问问\n", 'ticket', 'answer', 1,
        '--note');
    runs('answer', qr/^1  answered /, "已责令发放\n", 'ticket', 'answer', 1);
    is_deeply([map { $_->{text} } @{$y->get("/v1/tickets/$receipt")->json
        ->{answers}}], ['已责令发放'], 'its writer reads it');
    my $file = "$y->{dir}/tmp/reason";
    Yizhan::write_file($file, "done\n");
    runs('close', qr/^1  closed /, '', 'ticket', 'close', 1, '--file', $file);
    refused('once', 1, 'state-conflict', 'x', 'ticket', 'close', 1);
    like((run('', 'ticket', 'show', 1))[1],
        qr/closed  by operator\n    done$/m, 'by the operator, and why');
};

subtest 'what is not understood' => sub {
    refused(@$_) for
        ['nothing to do', 2, 'ticket what', '', 'ticket'],
        ['another deed', 2, 'ticket what', '', 'ticket', 'lose', 1],
        ['no number', 2, 'number', '', 'ticket', 'show'],
        ['another number', 2, 'number', '', 'ticket', 'show', '../1'],
        ['no such ticket', 1, 'ticket-unknown', '', 'ticket', 'show', 99],
        ['no node', 2, '--node', '', 'ticket', 'dispatch', 1],
        ['no text', 1, 'body-invalid', '', 'ticket', 'answer', 1],
        ['another state', 1, 'parameter-invalid', '', 'ticket', 'list',
            '--state', 'lost'],
        ['limit 0', 2, '--limit', '', 'ticket', 'list', '--limit', 0],
        ['a note that closes', 2, '--note', '', 'ticket', 'close', 1,
            '--note'];
};

subtest 'more than a page' => sub {
    for my $i (1 .. 105) {
        $y->operate('POST', '/v1/admin/tickets', {kind => 'appeal',
            category => 'wage', text => "来电 $i"});
    }
    my (undef, $text) = run('', 'ticket', 'list', '--limit', 104);
    is(scalar(() = $text =~ /\n/g), 104, 'as many as asked');
    (undef, $text) = run('', 'ticket', 'list', '--limit', 1000);
    is(scalar(() = $text =~ /\n/g), 105, 'all of them');
};

subtest 'without a daemon' => sub {
    $y->stop_daemon;
    refused('ticket', 1, '', '', 'ticket', 'list');
    refused('routing', 1, '', '', 'routing', '--show');
    $y->start_daemon;
};

$y->finish;
done_testing;
