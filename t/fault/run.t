#!/usr/bin/perl
# What this protects: the first command of the README.  scripts/run serves the
# sample and takes writes; two instances run side by side; what dies (nginx,
# the daemon, their supervisors, several at once) is there again within a
# second or so; a second start, a busy port and pid files of the dead are told
# from each other; root's daemon is not root; scripts/reload loads under way; a
# directory that `yizhan load` filled before (as root, with files of root's
# group) is served; scripts/stop answers what was handed over and leaves
# nothing behind.
use strict;
use warnings;
use Cwd 'getcwd';
use File::Temp 'tempdir';
use IO::Socket::INET;
use IO::Socket::UNIX;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

my $TOP = getcwd();
my $BUILD = $ENV{BUILD} // "$TOP/build";
$ENV{BUILD} = $BUILD =~ m{^/} ? $BUILD : "$TOP/$BUILD";
my $root = tempdir('yizhan-run-XXXXXX', TMPDIR => 1, CLEANUP => 1);
chmod 0755, $root;

sub free_port {
    my $socket = IO::Socket::INET->new(Listen => 1, LocalAddr => '0.0.0.0')
        or die "no free port: $!";
    return $socket->sockport;
}

# Exit code and all that a script says.
sub script {
    my ($name, @arguments) = @_;
    open my $out, '-|', 'sh', '-c', 'exec "$@" 2>&1', 'sh',
        "$TOP/scripts/$name", @arguments or die "$name: $!";
    local $/;
    my $text = <$out> // '';
    close $out;
    return ($? >> 8, $text);
}

# The status of an answer and its body; 0 without an answer.
sub ask {
    my ($port, $path, $method) = @_;
    $method //= 'GET';
    my $socket = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port",
        Timeout => 2) or return (0, '');
    local $SIG{PIPE} = 'IGNORE';
    print $socket "$method $path HTTP/1.0\r\nHost: localhost\r\n"
        . "Content-Length: 0\r\n\r\n";
    local $/;
    my $answer = <$socket> // '';
    my ($status) = $answer =~ m{^HTTP/1\.1 (\d+)};
    my (undef, $body) = split /\r\n\r\n/, $answer, 2;
    return ($status // 0, $body // '');
}

# Whether the daemon answers: an empty ticket is refused by it, and by nginx
# with 503 when it is away.
sub writes {
    my ($port) = @_;
    my ($status) = ask($port, '/v1/tickets', 'POST');
    return $status != 0 && $status != 503;
}

sub first_line {
    my ($path) = @_;
    open my $in, '<', $path or return '';
    return <$in> // '';
}

sub pid_of {
    my ($dir, $what) = @_;
    my $place = $what eq 'admind' ? 'run' : 'watch';
    open my $in, '<', "$dir/$place/$what.pid" or return 0;
    my $pid = <$in> // 0;
    chomp $pid;
    return $pid;
}

# Seconds until another process has the role and requests are answered.
sub seconds_until_back {
    my ($dir, $port, %was) = @_;
    my $start = time;
    while (time < $start + 20) {
        my $changed = !grep {
            my $now = pid_of($dir, $_);
            $now == 0 || $now == $was{$_} || !kill 0, $now;
        } keys %was;
        return time - $start if $changed && (ask($port, '/readyz'))[0] == 200
            && writes($port);
        sleep 0.05;
    }
    return 99;
}

# Sends JSON and gives status and body; 0 without a whole answer.  The socket
# is nginx's, or the operators'.
sub send_json {
    my ($socket, $method, $path, $body, @headers) = @_;
    return (0, '') unless $socket;
    local $SIG{PIPE} = 'IGNORE';
    print $socket join("\r\n", "$method $path HTTP/1.1", 'Host: localhost',
        'Connection: close', 'Content-Type: application/json',
        'Content-Length: ' . length $body, @headers, '', $body);
    local $/;
    my $answer = <$socket> // '';
    my ($status) = $answer =~ m{^HTTP/1\.1 (\d+)};
    my ($head, $text) = split /\r\n\r\n/, $answer, 2;
    return (0, '') if !defined $text
        || ($head =~ /^Content-Length: (\d+)/mi && length $text < $1);
    return ($status // 0, $text);
}

sub tcp { return IO::Socket::INET->new(PeerAddr => "127.0.0.1:$_[0]") }

# A node of the organisation, and the header of someone who may add others
# below it.
sub manager {
    my ($dir) = @_;
    my $operator = sub {
        my ($path, $body, $key) = @_;
        my ($status, $text) = send_json(IO::Socket::UNIX->new(
            Peer => "$dir/run/operator.sock"), 'POST', $path, $body,
            "Idempotency-Key: $key");
        is($status, 201, "the operator: $path") or diag $text;
        return $text;
    };
    my ($node) = $operator->('/v1/admin/nodes',
        '{"kind":"province","name":"top","region":"370000"}', 'node')
        =~ /"node":(\d+)/;
    my ($token) = $operator->('/v1/admin/tokens', '{"issuer":"test",'
        . qq("subject":"manager","roles":["province\@$node"]}), 'token')
        =~ /"token":"([^"]+)"/;
    return ($node, "Authorization: Bearer $token");
}

# A process that adds nodes through nginx until that fails for good or a file
# is there, and notes each one that was acknowledged before the next.
sub writer {
    my ($port, $who, $node, $token, $enough) = @_;
    my $pid = fork // die "fork: $!";
    return $pid if $pid;
    open my $notes, '>>', "$root/acknowledged" or POSIX::_exit(1);
    for (my ($n, $gone) = (1, 0); $gone < 20 && !-e $enough; $n++) {
        my $name = "$who-$n";
        my ($status) = send_json(tcp($port), 'POST', '/v1/admin/nodes',
            qq({"kind":"department","name":"$name","parent":$node}),
            $token, "Idempotency-Key: $name");
        syswrite $notes, "$name\n" if $status == 201;
        $gone = $status == 0 ? $gone + 1 : 0;
        sleep 0.02 if $status != 201;
    }
    POSIX::_exit(0);
}

# The names of all nodes, as the daemon has them.
sub node_names {
    my ($port, $token) = @_;
    my @names;
    my $path = '/v1/admin/nodes?limit=1000';
    while (defined $path) {
        my ($status, $text) = send_json(tcp($port), 'GET', $path, '', $token);
        return unless $status == 200;
        push @names, $text =~ /"name":"([^"]+)"/g;
        ($path) = $text =~ /"href":"([^"]+)"/;
    }
    return @names;
}

sub acknowledged {
    open my $in, '<', "$root/acknowledged" or return ();
    chomp(my @names = <$in>);
    return @names;
}

my ($one, $two, $three) = ("$root/a", "$root/b", "$root/c");
my ($port_a, $port_b) = (free_port(), free_port());
my ($code, $text);

($code, $text) = script('run', '--port', 99999, '--dir', $one);
is($code, 2, 'a port out of range is a wrong usage');
($code, $text) = script('run', '--crs', 'wgs84', '--dir', $one);
is($code, 2, '--crs without --data is a wrong usage');
ok(!-e $one, 'and nothing was touched');

($code, $text) = script('run', '--port', $port_a, '--dir', $one, '--detach');
is($code, 0, 'scripts/run --detach ends well') or diag $text;
my ($scan) = $text =~ m{http://localhost:\d+(/s/\S+)};
ok(defined $scan, 'it prints what a QR code holds');
like((ask($port_a, $scan // '/'))[1], qr/"id":"370202-001"/,
    'which is a station of the sample');
like($text, qr/\x{e2}\x{96}\x{88}/, 'and a QR code');
my $readyz = (ask($port_a, '/readyz'))[1];
like($readyz, qr/"places":2012\b/, 'the sample has 2,012 places');
ok(writes($port_a), 'the daemon is there');
is((ask($port_a, '/v1/session'))[0], 303, 'a login leads somewhere');
like((ask($port_a, '/.login/?state=x'))[1], qr/name="name"/,
    'to the test issuer');
my $admind = pid_of($one, 'admind');
SKIP: {
    skip 'not root', 2 if $> != 0;
    open my $in, '<', "/proc/$admind/status" or die "status: $!";
    my ($uids) = map { /^Uid:\s+(.*)/ } <$in>;
    unlike($uids, qr/\b0\b/, 'and not root');
    my $mode = sprintf '%o', (stat "$one/run/operator.sock")[2] & 07777;
    is($mode, '600', "the operators' socket is for its account alone");
}

for my $row (['/v1/places/%zz', 400, 'path-invalid'],
    ['/v1/places/%00', 400, 'path-invalid'],
    ['/../etc/passwd', 400, 'path-invalid'],
    ['/v1/places/' . 'x' x 9000, 414, 'uri-too-long']) {
    my ($path, $status, $problem) = @$row;
    my @answer = ask($port_a, $path);
    my $name = substr $path, 0, 20;
    is($answer[0], $status, "$name, which nginx refuses: $status");
    my ($start, $end) = (qq({"type":"urn:yizhan:problem:$problem","title":),
        qq("status":$status,"code":"$problem","detail":));
    like($answer[1], qr/^\Q$start\E"[^"]+",\Q$end\E"[^"]+"\}$/,
        'is a problem document');
}

($code, $text) = script('run', '--port', $port_b, '--dir', $one, '--detach');
is($code, 1, 'a second start in the same directory is refused');
like($text, qr/is being served already/, 'and says why');
($code, $text) = script('run', '--port', $port_a, '--dir', $two, '--detach');
is($code, 1, 'a busy port is refused');
like($text, qr/port $port_a is taken/, 'and says why');

mkdir $_ for $two, "$two/run", "$two/watch";
for my $what ('watch/nginx', 'watch/nginx-supervisor', 'run/admind',
    'watch/admind-supervisor') {
    open my $out, '>', "$two/$what.pid" or die "$what.pid: $!";
    print $out "$$\n";
}
($code, $text) = script('run', "--port=$port_b", "--dir=$two", '--detach');
is($code, 0, 'pid files that name another program are no hindrance')
    or diag $text;
is((ask($port_a, '/readyz'))[0], 200, 'the first instance serves');
is((ask($port_b, '/readyz'))[0], 200, 'and so does the second');

for my $dead (['nginx'], ['admind'], ['nginx-supervisor'],
    ['admind-supervisor'], ['nginx', 'nginx-supervisor'],
    ['admind', 'admind-supervisor'], ['nginx', 'admind']) {
    my %was = map { $_ => pid_of($one, $_) } @$dead;
    kill 'KILL', values %was;
    cmp_ok(seconds_until_back($one, $port_a, %was), '<', @$dead > 1 ? 5 : 3,
        "@$dead: killed, and there again soon");
}
ok(writes($port_b), 'the other instance takes writes all the while');

open my $csv, '>', "$root/more.csv" or die "more.csv: $!";
print $csv "id,name,lng,lat,crs\nnew-1,New,120.4,36.1,wgs84\n";
close $csv;
($code, $text) = script('reload', "$root/more.csv", '--dir', $one);
is($code, 0, 'scripts/reload ends well') or diag $text;
my $seen = '';
for (1 .. 50) {
    $seen = (ask($port_a, '/v1/places/new-1'))[1];
    last if $seen =~ /"New"/;
    sleep 0.1;
}
like($seen, qr/"New"/, 'and its place is served');
unlike((ask($port_b, '/v1/places/new-1'))[1], qr/"New"/,
    'by that instance alone');
($code, $text) = script('reload', "$root/none.csv", '--dir', $one);
is($code, 1, 'a file that is not there is refused');

# The daemon dies under writes, then all is stopped under writes.
my ($node, $token) = manager($one);
my $enough = "$root/enough";
my @writers = map { writer($port_a, "w$_", $node, $token, $enough) } 1 .. 4;
my $waited = time + 30;
sleep 0.05 while acknowledged() < 100 && time < $waited;
for (1 .. 3) {
    my %was = (admind => pid_of($one, 'admind'));
    kill 'KILL', $was{admind};
    cmp_ok(seconds_until_back($one, $port_a, %was), '<', 3,
        'killed under writes, and there again soon');
    my $before = acknowledged();
    $waited = time + 30;
    sleep 0.05 while acknowledged() < $before + 50 && time < $waited;
}
script('stop', '--dir', $one);
waitpid $_, 0 for @writers;
my @accepted = acknowledged();
cmp_ok(scalar @accepted, '>', 200, scalar(@accepted) . ' writes accepted');
($code, $text) = script('run', '--port', $port_a, '--dir', $one, '--detach');
is($code, 0, 'and started again') or diag $text;
my %there;
$there{$_}++ for node_names($port_a, $token);
is_deeply([grep { ($there{$_} // 0) != 1 } @accepted], [],
    'what was accepted is there, once');

($code, $text) = script('stop', '--dir', $_) for $one, $two;
is($code, 0, 'scripts/stop ends well');
is((ask($port_a, '/readyz'))[0], 0, 'the first serves no more');
is((ask($port_b, '/readyz'))[0], 0, 'nor does the second');
my @left = grep { first_line($_) =~ /\Q$root\E/ }
    glob '/proc/[0-9]*/cmdline';
is("@left", '', 'no process is left');
is_deeply([glob "$root/?/{run,watch}/*.{pid,sock}"], [],
    'no pid file and no socket is left');
($code, $text) = script('stop', '--dir', $one);
is($code, 0, 'stopping what does not run is no failure');

($code, $text) = script('run', '--port', $port_a, '--dir', $one, '--detach');
is($code, 0, 'it starts again');
like((ask($port_a, '/v1/places/new-1'))[1], qr/"New"/,
    'with the data that was there');
script('stop', '--dir', $one);

open my $log, '<', "$one/log/supervisor.log" or die "supervisor.log: $!";
my @strange = grep { !/^\d{4}-\d\d-\d\d [\d:]{8} / } <$log>;
close $log;
is("@strange", '', "the supervisor's log holds its own lines alone");

$ENV{YIZHAN_DATA} //= "$TOP/data";
is(system("'$ENV{BUILD}/yizhan' --dir '$three' load '$root/more.csv' --quiet"),
    0, 'yizhan load fills a directory by itself');
($code, $text) = script('run', '--port', $port_a, '--dir', $three, '--detach');
is($code, 0, 'scripts/run gets ready with it') or diag $text;
like((ask($port_a, '/v1/places/new-1'))[1], qr/"New"/, 'and serves it');
script('stop', '--dir', $three);

done_testing();

END {
    my $status = $?;
    script('stop', '--dir', $_) for grep { defined && -d } $one, $two,
        $three;
    $? = $status;
}
