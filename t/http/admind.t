#!/usr/bin/perl
# What this protects: the daemon as a process.  It says when it is ready,
# opens its two sockets to those who may use them, refuses to be the second
# writer, survives clients that send slowly, wrongly or not at all, tells
# nothing about them in its log, and ends cleanly: by a signal, and after a
# kill -9 the next one starts over what is left.
use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::Bin/lib";
use IO::Socket::UNIX;
use JSON::PP ();
use POSIX qw(:sys_wait_h);
use Socket qw(SOCK_DGRAM SOCK_STREAM);
use Test::More;
use Time::HiRes qw(sleep time);
use Yizhan;

my $YZ = Yizhan->new(writes => 'stub');
my $DATA = $YZ->{data};
my $LOG = "$YZ->{dir}/log/admind.log";
my %SOCKET = map { $_ => "$DATA/run/$_.sock" } qw(admin operator);

sub start_daemon {
    my (%environment) = @_;
    local @ENV{keys %environment} = values %environment;
    return $YZ->spawn('admind.log', \&Yizhan::sanitizer_environment,
        $Yizhan::DAEMON, '--dir', $DATA);
}

# Its exit code when it ends by itself, with what it said.
sub refusal_of {
    my (@arguments) = @_;
    my $pid = open(my $out, '-|') // die "fork: $!";
    if ($pid == 0) {
        open STDERR, '>&', \*STDOUT;
        Yizhan::sanitizer_environment();
        exec $Yizhan::DAEMON, @arguments or exit 127;
    }
    local $/;
    my $text = <$out> // '';
    close $out;
    return ($? >> 8, $text);
}

sub connection {
    my ($name) = @_;
    return IO::Socket::UNIX->new(Type => SOCK_STREAM,
        Peer => $SOCKET{$name // 'admin'});
}

# All that comes back for these bytes until the other side closes.
sub raw {
    my ($bytes, $name) = @_;
    my $socket = connection($name) or return '';
    local $SIG{PIPE} = 'IGNORE';
    local $SIG{ALRM} = sub { die "no answer\n" };
    alarm $Yizhan::PATIENCE_S;
    $socket->syswrite($bytes);
    my $text = '';
    while (sysread $socket, my $piece, 65536) {
        $text .= $piece;
    }
    alarm 0;
    return $text;
}

sub ask {
    my ($method, $path, $name, @headers) = @_;
    return raw(join("\r\n", "$method $path HTTP/1.1", 'Host: t',
        'Connection: close', @headers, '', ''), $name);
}

sub await_ready {
    $YZ->wait_for('the daemon is ready', sub {
        return connection('admin') && connection('operator')
            && ask('GET', '/readyz') =~ m{^HTTP/1.1 200 };
    });
}

sub ended {
    my ($pid) = @_;
    my $code;
    $YZ->wait_for('the daemon ends', sub {
        return 0 if waitpid($pid, WNOHANG) != $pid;
        $code = $?;
        return 1;
    });
    return $code;
}

# Options.

my ($code, $text) = refusal_of();
is($code, 2, 'without a directory it says how to call it');
like($text, qr/^usage: yizhan-admind --dir DIR/, 'in words');
($code, $text) = refusal_of('--help');
is($code, 0, '--help is no mistake');
($code, $text) = refusal_of('--dir', "$YZ->{dir}/nowhere");
is($code, 1, 'a directory that is not there is refused');
like($text, qr{no directory .*/nowhere$}, 'by name');
ok(!-e "$YZ->{dir}/nowhere", 'and not made');
Yizhan::write_file("$YZ->{dir}/settings", "login_url https://a/\nnonsense 1\n");
($code, $text) = refusal_of('--dir', $DATA, '--settings',
    "$YZ->{dir}/settings");
is($code, 1, 'wrong settings are refused');
like($text, qr/line 2: /, 'with their line');

# Starting.

my $notified = IO::Socket::UNIX->new(Type => SOCK_DGRAM,
    Local => "$YZ->{dir}/notify.sock") or die "notify: $!";
my $pid = start_daemon(NOTIFY_SOCKET => "$YZ->{dir}/notify.sock");
{
    local $SIG{ALRM} = sub { die "never ready\n" };
    alarm $Yizhan::PATIENCE_S;
    recv $notified, my $word, 100, 0;
    alarm 0;
    is($word, 'READY=1', 'the supervisor is told that it is ready');
}
like(ask('GET', '/readyz'), qr{^HTTP/1.1 200 .*"status":"ready"}s,
    'and so it is');
is(Yizhan::read_file("$DATA/run/admind.pid"), "$pid\n",
    'the pid file has its number');
is(sprintf('%o', (stat $SOCKET{admin})[2] & 0777), '660',
    "nginx's group may connect");
is((stat $SOCKET{admin})[5], (stat "$DATA/public")[5],
    'it is the group of what nginx reads');
is(sprintf('%o', (stat $SOCKET{operator})[2] & 0777), '600',
    "the operators' socket is the owner's alone");
like(Yizhan::read_file("/proc/$pid/limits"), qr/core file size +0 +0 /,
    'it leaves no core file');

($code, $text) = refusal_of('--dir', $DATA);
is($code, 1, 'a second daemon refuses to start');
like($text, qr/another writer .*\(process $pid\)/, 'and names the first');
like(ask('GET', '/readyz'), qr{^HTTP/1.1 200 }, 'which goes on');

# Answers.

my $found = ask('GET', '/v1/no/such/thing?code=SECRET');
like($found, qr{^HTTP/1.1 404 .*application/problem\+json}s,
    'an unknown path is a problem');
like($found, qr/Cache-Control: no-store/, 'that nobody keeps');
like(ask('POST', '/readyz'), qr{^HTTP/1.1 405 .*Allow: GET, HEAD\r\n}s,
    'another method gets those that are allowed');
like(ask('BREW', '/readyz'), qr{^HTTP/1.1 405 }, 'whatever it is');
like(ask('GET', '/readyz?x=1'), qr{^HTTP/1.1 400 .*parameter-unknown}s,
    'an unknown parameter is refused');
unlike(ask('HEAD', '/readyz'), qr/ready"/, 'HEAD has no body');
like(ask('GET', '/v1/admin/writer'), qr{^HTTP/1.1 404 },
    "what is the operators' is not there for others");
like(ask('GET', '/v1/admin/writer', 'operator'),
    qr{^HTTP/1.1 200 .*"batches":\d}s, 'but by their socket');

# Bodies and lines that are wrong.

sub post {
    my ($length, $body) = @_;
    return raw("POST /readyz HTTP/1.1\r\nHost: t\r\nConnection: close\r\n"
        . "Content-Length: $length\r\n\r\n$body");
}
like(post(70000, 'x' x 70000), qr{^HTTP/1.1 413 .*body-too-large}s,
    'a body over 64 KiB is too large');
like(post(1 << 40, 'x'), qr{^HTTP/1.1 413 },
    'one of a terabyte is not waited for');
like(raw("POST /readyz HTTP/1.1\r\nHost: t\r\nConnection: close\r\n"
    . "Transfer-Encoding: chunked\r\n\r\n"
    . ("4000\r\n" . 'x' x 0x4000 . "\r\n") x 5 . "0\r\n\r\n"),
    qr{^HTTP/1.1 413 }, 'also without a length');
for my $length ('-1', '1x', '99999999999999999999999') {
    unlike(post($length, 'x'), qr{^HTTP/1.1 2}, "length $length is none");
}
for my $bytes ("\0\1\2\3", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
    "GET /readyz HTTP/1.1\r\n\r\n", "\r\n" x 1000) {
    my $socket = connection();
    $socket->syswrite($bytes);
    close $socket;
}
my $socket = connection();
$socket->syswrite("POST /readyz HTTP/1.1\r\nHost: t\r\nContent-Length: 100"
    . "\r\n\r\nhalf");
close $socket;
unlike(ask('GET', '/readyz', 'admin', 'X-Long: ' . 'x' x 100_000),
    qr{^HTTP/1.1 2}, 'headers without end are refused');
unlike(ask('GET', '/' . 'x' x 100_000), qr{^HTTP/1.1 2}, 'and such paths');
my @idle = map { connection() } 1 .. 100;
my @half = map { my $c = connection(); $c->syswrite("GET /rea"); $c } 1 .. 100;
like(ask('GET', '/readyz'), qr{^HTTP/1.1 200 },
    'idle connections and half requests keep nobody away');
my $kept = connection();
$kept->syswrite("GET /healthz HTTP/1.1\r\nHost: t\r\n\r\n" x 3);
my $answers = '';
$YZ->wait_for('three answers', sub {
    sysread $kept, my $piece, 65536;
    $answers .= $piece;
    return (() = $answers =~ m{HTTP/1.1 200 }g) == 3;
});
pass('requests behind each other get an answer each');

# The end, with and without warning.

kill 'TERM', $pid;
is(ended($pid), 0, 'SIGTERM ends it well, whoever is still connected');
ok(!-e $SOCKET{admin} && !-e $SOCKET{operator}
    && !-e "$DATA/run/admind.pid", 'and nothing is left in run');
recv $notified, my $word, 100, 0;
is($word, 'STOPPING=1', 'the supervisor was told');
$pid = start_daemon();
await_ready();
kill 'KILL', $pid;
isnt(ended($pid), 0, 'killed');
ok(-e $SOCKET{admin}, 'it leaves its socket');
$pid = start_daemon();
await_ready();
like(ask('GET', '/readyz'), qr{^HTTP/1.1 200 }, 'which keeps no other away');
kill 'INT', $pid;
is(ended($pid), 0, 'SIGINT ends it as well');

my $log = Yizhan::read_file($LOG);
unlike($log, qr/SECRET|no.such.thing/, 'the log holds nothing of requests');
my @strange = grep { !m{^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d yizhan-admind: } }
    split /\n/, $log;
is_deeply(\@strange, [], 'each line of it has its time');
is(($YZ->try_command('verify'))[0], 0, 'and the data is whole');

done_testing();
