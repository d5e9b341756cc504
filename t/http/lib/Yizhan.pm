package Yizhan;

# A yizhan of a test's own: a temporary directory, data that the command
# loads into it, an nginx with the module on a Unix socket, where a test asks
# for it the writing daemon, and an HTTP client.  finish() stops all of it and
# checks what nginx and the daemon have logged.
#
# BUILD (or YIZHAN_BUILD) names the build directory, SANITIZE=1 says that it
# holds a module built with ASan and UBSan.

use strict;
use warnings;
use utf8;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use IO::Socket::UNIX;
use JSON::PP ();
use POSIX qw(:sys_wait_h strftime);
use Test::More;
use Time::HiRes qw(sleep time);

our $TOP = abs_path(dirname(__FILE__) . '/../../..');
our $BUILD = $ENV{YIZHAN_BUILD} // $ENV{BUILD} // "$TOP/build";
$BUILD = "$TOP/$BUILD" unless $BUILD =~ m{^/};

our $COMMAND = "$BUILD/yizhan";
our $DAEMON = "$BUILD/yizhan-admind";
our $MODULE = "$BUILD/ngx_http_yizhan_module.so";
our $SANITIZE = $ENV{SANITIZE};

# The command's tables of regions and holidays are the project's own.
$ENV{YIZHAN_DATA} = "$TOP/data";

our @COLUMNS = qw(id name kind level region address lng lat crs hours services
    phone status until);

# How long things may take that happen by themselves, on a slow machine too.
our $PATIENCE_S = $SANITIZE ? 60 : 30;

binmode Test::More->builder->$_, ':encoding(UTF-8)'
    for qw(output failure_output todo_output);

my @alive;

# new(http => TEXT, location => TEXT, main => TEXT, workers => N,
#     interval => TIME, writes => 1): nothing is started or loaded yet.
#     With `writes` nginx hands over to the daemon, and start() starts it;
#     settings => TEXT is its file of settings.  writes => 'stub' leaves the
#     daemon's place to the test.
sub new {
    my ($class, %options) = @_;

    for my $needed ($COMMAND, $MODULE) {
        BAIL_OUT("$needed is missing; run make") unless -e $needed;
    }

    my $dir = tempdir('yizhan-test-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    chmod 0755, $dir;
    mkdir "$dir/$_" for qw(log tmp data);

    my $self = bless {
        dir => $dir, data => "$dir/data", loads => 0, allowed => [],
        workers => 1, interval => '100ms', http => '', location => '',
        main => '', %options,
    }, $class;
    $self->make_directories;
    push @alive, $self;
    return $self;
}

# As scripts/run makes them: the group of public/ and keys/ is the workers'.
# The workers of a root nginx are nobody here, as they are www-data in life.
sub make_directories {
    my ($self) = @_;
    my $group = getgrnam 'nogroup';
    for my $name (qw(private public keys)) {
        mkdir "$self->{data}/$name";
        chown -1, $group, "$self->{data}/$name"
            if $> == 0 && $name ne 'private';
        chmod $name eq 'private' ? 0700 : 02750, "$self->{data}/$name";
    }
    mkdir "$self->{data}/run";
    chown -1, $group, "$self->{data}/run" if $> == 0;
    chmod 02755, "$self->{data}/run";
}

sub socket_path { return $_[0]{dir} . '/nginx.sock' }
sub error_log   { return read_file($_[0]{dir} . '/log/error.log') }
sub access_log  { return read_file($_[0]{dir} . '/log/access.log') }
sub daemon_log  { return read_file($_[0]{dir} . '/log/admind.log') }

sub read_file {
    my ($path) = @_;
    open my $in, '<:raw', $path or return '';
    local $/;
    return <$in> // '';
}

sub write_file {
    my ($path, $bytes) = @_;
    open my $out, '>:raw', $path or die "$path: $!";
    print $out $bytes or die "$path: $!";
    close $out or die "$path: $!";
}

# Data.

sub csv_field {
    my ($value) = @_;
    $value = '' unless defined $value;
    utf8::encode($value) if utf8::is_utf8($value);
    if ($value =~ /[",\r\n]/) {
        $value =~ s/"/""/g;
        $value = qq("$value");
    }
    return $value;
}

# csv({id => ..., name => ...}, ...): the bytes of a file to load.
sub csv {
    my (@places) = @_;
    my $text = join(',', @COLUMNS) . "\n";
    for my $place (@places) {
        my %whole = (kind => 'station', crs => 'wgs84', %$place);
        $text .= join(',', map { csv_field($whole{$_}) } @COLUMNS) . "\n";
    }
    return $text;
}

# Runs the command on this data directory; dies unless it succeeds.
sub command {
    my ($self, @arguments) = @_;
    my ($code, $text) = $self->try_command(@arguments);
    die "yizhan @arguments: exit $code: $text" if $code != 0;
    return $text;
}

sub try_command {
    my ($self, @arguments) = @_;
    open my $in, '-|', 'sh', '-c', 'exec "$@" 2>&1', 'sh', $COMMAND,
        '--dir', $self->{data}, @arguments or die "yizhan: $!";
    local $/;
    my $text = <$in> // '';
    close $in;
    my $code = $? >> 8 || $? & 127;
    return ($code, $text);
}

# load(PLACES): merges them; an id that is there is changed.
sub load {
    my ($self, @places) = @_;
    my $file = sprintf '%s/tmp/load-%d.csv', $self->{dir}, ++$self->{loads};
    write_file($file, csv(@places));
    $self->command('load', '--quiet', $file);
    return;
}

# id => code, as printed.
sub codes {
    my ($self) = @_;
    my %codes;
    for my $line (split /\n/, $self->command('codes')) {
        $codes{$1} = $2 if $line =~ /^([^,"]+),([0-9A-Z-]+),/;
    }
    return \%codes;
}

# The directory of the generation that serves.
sub generation_dir {
    my ($self) = @_;
    my $public = "$self->{data}/public";
    return $public . '/' . readlink "$public/current";
}

# Hours that are open, or closed, now and for the next hours: from $from to
# $to hours from now, China time.
sub hours_around_now {
    my ($from, $to) = @_;
    my @hours = map {
        strftime '%H:00', gmtime(int(time / 3600 + $_) * 3600 + 8 * 3600)
    } $from, $to;
    return "$hours[0]-$hours[1]";
}

# nginx.

sub configuration {
    my ($self) = @_;
    my $dir = $self->{dir};
    my $user = $> == 0 ? 'user nobody nogroup;' : '';
    my $data = $self->{no_data} ? ''
        : "yizhan_data $self->{data}/public;"
        . "yizhan_keys $self->{data}/keys/read.keys;"
        . "yizhan_check_interval $self->{interval};";
    my ($upstream, $writes) = ('', '');
    if ($self->{writes}) {
        $upstream = 'client_max_body_size 0;'
            . 'upstream yizhan_admin { keepalive 64;'
            . "server unix:$self->{data}/run/admin.sock; }";
        $writes = "yizhan_writes \@admin;\n"
            . `'$TOP/scripts/lib/nginx_writes'`;
    }

    return <<"END";
load_module $MODULE;
$user
worker_processes $self->{workers};
pid $dir/nginx.pid;
error_log $dir/log/error.log notice;
daemon off;
$self->{main}
events { worker_connections 512; }
http {
    $data
    log_format yizhan '\$request_method \$status \$yizhan_endpoint '
        '\$yizhan_outcome \$yizhan_place \$yizhan_generation '
        '\$yizhan_lookup_time';
    access_log $dir/log/access.log yizhan;
    keepalive_requests 1000000;
    client_body_temp_path $dir/tmp/body;
    proxy_temp_path $dir/tmp/proxy;
    fastcgi_temp_path $dir/tmp/fastcgi;
    uwsgi_temp_path $dir/tmp/uwsgi;
    scgi_temp_path $dir/tmp/scgi;
    $self->{http}
    $upstream
    server {
        listen unix:$dir/nginx.sock;
        location / { yizhan; $self->{location} }
        @{[ $self->{server} // '' ]}
        $writes
    }
}
END
}

sub sanitizer_environment {
    return unless $SANITIZE;
    my $library = sub {
        chomp(my $path = `cc -print-file-name=$_[0]`);
        return $path;
    };
    $ENV{LD_PRELOAD} = join ' ', map { $library->($_) }
        'libasan.so', 'libubsan.so';
    $ENV{ASAN_OPTIONS} = 'detect_leaks=0:abort_on_error=1:handle_segv=0'
        . ':handle_sigbus=0';
    $ENV{UBSAN_OPTIONS} = 'halt_on_error=1:print_stacktrace=1';
}

# nginx_test(): exit code and output of nginx -t on this configuration.
sub nginx_test {
    my ($self) = @_;
    my $conf = "$self->{dir}/nginx.conf";
    write_file($conf, $self->configuration);
    my $pid = open(my $out, '-|') // die "fork: $!";
    if ($pid == 0) {
        open STDERR, '>&', \*STDOUT;
        sanitizer_environment();
        exec 'nginx', '-t', '-p', "$self->{dir}/", '-c', $conf
            or exit 127;
    }
    local $/;
    my $text = <$out> // '';
    close $out;
    return ($? >> 8 || $? & 127, $text);
}

# Starts a program whose output goes to the end of a log.
sub spawn {
    my ($self, $log, $environment, @command) = @_;
    my $pid = fork // die "fork: $!";
    return $pid if $pid;
    open STDIN, '<', '/dev/null';
    open STDOUT, '>>', "$self->{dir}/log/$log";
    open STDERR, '>&', \*STDOUT;
    $environment->();
    exec @command or POSIX::_exit(127);
}

sub start {
    my ($self) = @_;
    my $dir = $self->{dir};
    $self->start_daemon if $self->{writes} && $self->{writes} ne 'stub';
    write_file("$dir/nginx.conf", $self->configuration);

    my $pid = $self->{pid} = $self->spawn('stderr.log',
        \&sanitizer_environment, 'nginx', '-p', "$dir/", '-e',
        "$dir/log/error.log", '-c', "$dir/nginx.conf");
    $self->wait_for('nginx listens', sub {
        die 'nginx did not start: ' . $self->error_log
            . read_file("$dir/log/stderr.log")
            if waitpid($pid, WNOHANG) == $pid;
        return IO::Socket::UNIX->new(Peer => $self->socket_path);
    });
    return $self;
}

# Waits until nginx serves data of at least log number $seq.
sub wait_ready {
    my ($self, $seq) = @_;
    $self->wait_for('data is served', sub {
        my $answer = $self->get('/readyz');
        return $answer->{status} == 200
            && $answer->json->{applied_seq} >= ($seq // 0);
    });
    return $self;
}

sub wait_for {
    my ($self, $what, $check) = @_;
    my $end = time + $PATIENCE_S;
    my $result;
    while (!($result = $check->())) {
        die "waited in vain: $what\n" . $self->error_log if time > $end;
        sleep 0.02;
    }
    return $result;
}

# Loads, starts, and waits until the data is served.
sub serve {
    my ($self, @places) = @_;
    $self->load(@places) if @places;
    return $self->start->wait_ready;
}

sub signal {
    my ($self, $name) = @_;
    kill $name, $self->{pid};
}

# The process ids of nginx's workers.
sub workers {
    my ($self) = @_;
    my @pids;
    for my $stat (glob '/proc/[0-9]*/stat') {
        my $line = read_file($stat);
        push @pids, $1 if $line =~ /^(\d+) \(.*\) \S (\d+) /s
            && $2 == $self->{pid} && $line !~ /\) Z /;
    }
    return @pids;
}

# Reload, and wait until the workers from before are gone.
sub reload {
    my ($self) = @_;
    my %before = map { $_ => 1 } $self->workers;
    $self->signal('HUP');
    $self->wait_for('new workers', sub {
        my @now = $self->workers;
        return @now >= $self->{workers} && !grep { $before{$_} } @now;
    });
}

# Stops nginx, then the daemon.
sub stop {
    my ($self) = @_;
    end_process(delete $self->{pid});
    $self->stop_daemon;
}

# Ends a child by SIGTERM; its wait status, or undef when it had to be killed.
sub end_process {
    my ($pid) = @_;
    return 0 unless $pid;
    kill 'TERM', $pid;
    my $end = time + $PATIENCE_S;
    while (waitpid($pid, WNOHANG) == 0) {
        if (time > $end) {
            kill 'KILL', $pid;
            waitpid $pid, 0;
            return undef;
        }
        sleep 0.02;
    }
    return $?;
}

# The daemon.

sub admin_socket    { return $_[0]{data} . '/run/admin.sock' }
sub operator_socket { return $_[0]{data} . '/run/operator.sock' }

# start_daemon(OPTIONS of the program): returns when it is ready.
sub start_daemon {
    my ($self, @options) = @_;
    BAIL_OUT("$DAEMON is missing; run make") unless -x $DAEMON;
    write_file("$self->{data}/settings", $self->{settings})
        if defined $self->{settings};
    my $pid = $self->{daemon} = $self->spawn('admind.log', sub {
        $ENV{ASAN_OPTIONS} = 'abort_on_error=1';
        $ENV{UBSAN_OPTIONS} = 'halt_on_error=1:print_stacktrace=1';
        umask 0007;
    }, $DAEMON, '--dir', $self->{data}, @options);
    $self->wait_for('the daemon is ready', sub {
        die 'the daemon did not start: ' . $self->daemon_log
            if waitpid($pid, WNOHANG) == $pid;
        return $self->raw(json_request('GET', '/readyz'),
            $self->admin_socket)->{status} == 200;
    });
    return $self;
}

# The wait status of the daemon, undef when it did not end by itself.
sub stop_daemon {
    my ($self) = @_;
    return end_process(delete $self->{daemon});
}

sub kill_daemon {
    my ($self) = @_;
    my $pid = delete $self->{daemon} or return;
    kill 'KILL', $pid;
    waitpid $pid, 0;
}

# allow(PATTERN): a line of the error log that a test causes on purpose.
sub allow {
    my ($self, @patterns) = @_;
    push @{$self->{allowed}}, @patterns;
}

# Stops nginx and daemon and checks that they had nothing to complain about.
sub finish {
    my ($self) = @_;
    $self->stop;
    @alive = grep { $_ != $self } @alive;

    my $text = $self->error_log . $self->daemon_log
        . read_file("$self->{dir}/log/stderr.log");
    my @bad;
    for my $line (split /\n/, $text) {
        next unless $line =~ /\[(?:alert|emerg|crit)\]/
            || $line =~ /Sanitizer|runtime error:/;
        push @bad, $line unless grep { $line =~ $_ } @{$self->{allowed}};
    }
    is(join("\n", @bad), '', 'the logs hold no complaint');
    return;
}

# However a test ends, its nginx ends with it.
my $owner = $$;
$SIG{$_} = sub { exit 1 } for qw(INT TERM HUP PIPE);

END {
    my $status = $?;
    if ($$ == $owner) {
        $_->stop for @alive;
    }
    $? = $status;
}

# HTTP.

# get(PATH, Header => value, ...) on a connection of its own.
sub get {
    my ($self, $path, @headers) = @_;
    return $self->request('GET', $path, @headers);
}

sub request {
    my ($self, $method, $path, @headers) = @_;
    my $text = "$method $path HTTP/1.1\r\nHost: localhost\r\n"
        . "Connection: close\r\n";
    while (my ($name, $value) = splice @headers, 0, 2) {
        $text .= "$name: $value\r\n";
    }
    return $self->raw("$text\r\n");
}

# post(PATH, BODY, Header => value, ...), also send_json('PUT', ...): a
# reference is sent as JSON, anything else as it is.  An Idempotency-Key of its
# own comes along unless one is given (undef: none).
my $keys = 0;

sub post {
    my ($self, $path, $body, @headers) = @_;
    return $self->send_json('POST', $path, $body, @headers);
}

sub send_json {
    my ($self, @request) = @_;
    return $self->raw(json_request(@request));
}

# The same by the operators' socket, past nginx.
sub operate {
    my ($self, @request) = @_;
    return $self->raw(json_request(@request), $self->operator_socket);
}

sub json_request {
    my ($method, $path, $body, %headers) = @_;
    $body = ref $body ? JSON::PP->new->utf8->canonical->encode($body)
        : $body // '';
    utf8::encode($body) if utf8::is_utf8($body);
    %headers = (Host => 'localhost', Connection => 'close',
        'Idempotency-Key' => sprintf('test-%d-%d', $$, ++$keys), %headers);
    $headers{'Content-Type'} = 'application/json'
        if length $body && !exists $headers{'Content-Type'};
    $headers{'Content-Length'} = length $body
        if (length $body || $method ne 'GET')
        && !exists $headers{'Content-Length'};
    return "$method $path HTTP/1.1\r\n" . join('', map {
        defined $headers{$_} ? "$_: $headers{$_}\r\n" : ()
    } sort keys %headers) . "\r\n$body";
}

# Sends bytes as they are and reads the answer to the end; to nginx, or to
# another socket.
sub raw {
    my ($self, $bytes, $path) = @_;
    my $socket = IO::Socket::UNIX->new(Peer => $path // $self->socket_path)
        or return bless {status => 0, headers => {}, body => '',
            why => "connect: $!"}, 'Yizhan::Answer';
    utf8::encode($bytes) if utf8::is_utf8($bytes);
    local $SIG{PIPE} = 'IGNORE';
    $socket->syswrite($bytes);
    my $answer = '';
    while (1) {
        my $n = $socket->sysread($answer, 65536, length $answer);
        last unless $n;
    }
    return Yizhan::Answer->parse($answer);
}

# A connection that is kept: keep()->(PATH) gives an answer, or undef when
# the connection has broken.
sub keep {
    my ($self) = @_;
    my $socket = IO::Socket::UNIX->new(Peer => $self->socket_path)
        or die "connect: $!";
    return sub {
        my ($path) = @_;
        local $SIG{PIPE} = 'IGNORE';
        $socket->syswrite("GET $path HTTP/1.1\r\nHost: localhost\r\n\r\n")
            or return undef;
        my $bytes = '';
        while ($bytes !~ /\r\n\r\n/) {
            $socket->sysread($bytes, 65536, length $bytes) or return undef;
        }
        my ($head, $body) = split /\r\n\r\n/, $bytes, 2;
        my ($length) = $head =~ /^Content-Length: (\d+)/mi;
        while (length $body < $length) {
            $socket->sysread($body, 65536, length $body) or return undef;
        }
        return Yizhan::Answer->parse("$head\r\n\r\n$body");
    };
}

package Yizhan::Answer;

sub parse {
    my ($class, $bytes) = @_;
    my ($head, $body) = split /\r\n\r\n/, $bytes, 2;
    my ($first, @lines) = split /\r\n/, $head // '';
    my ($status) = ($first // '') =~ m{^HTTP/1\.1 (\d{3})};
    my (%headers, @names);
    for my $line (@lines) {
        my ($name, $value) = split /:\s*/, $line, 2;
        push @{$headers{lc $name}}, $value;
    }
    return bless {
        status => $status // 0, body => $body // '',
        headers => {map { $_ => join ', ', @{$headers{$_}} } keys %headers},
    }, $class;
}

sub header { return $_[0]{headers}{lc $_[1]} }

# The value that Set-Cookie gives a cookie.
sub cookie {
    my ($self, $name) = @_;
    my ($value) = ($self->header('Set-Cookie') // '')
        =~ /(?:^|, )\Q$name\E=([^;,]*)/;
    return $value;
}

sub json {
    my ($self) = @_;
    my $value = eval { JSON::PP->new->utf8->decode($self->{body}) };
    Test::More::diag("no JSON: $self->{body}") unless defined $value;
    return $value // {};
}

# The body as characters.
sub text {
    my ($self) = @_;
    my $text = $self->{body};
    utf8::decode($text);
    return $text;
}

1;
