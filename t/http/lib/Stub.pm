package Stub;

# In the daemon's place behind nginx: answers on its socket what a test wants
# and keeps what it was asked, so that a test sees the hand-over itself.

use strict;
use warnings;

use IO::Select;
use IO::Socket::UNIX;
use POSIX ();
use Yizhan;

# new(SOCKET PATH, ANSWER): ANSWER gets one request (method, path, headers,
# body, connection) and returns the bytes of an answer, undef to close the
# connection without one.  Runs in a process of its own until stop().
sub new {
    my ($class, $path, $answer) = @_;
    my $self = bless {path => $path, seen => "$path.seen", owner => $$},
        $class;
    unlink $path;
    my $listener = IO::Socket::UNIX->new(Local => $path, Listen => 128)
        or die "$path: $!";
    chmod 0666, $path;
    $self->{pid} = fork // die "fork: $!";
    if ($self->{pid} == 0) {
        $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP);
        $self->serve($listener, $answer);
        POSIX::_exit(0);
    }
    return $self;
}

sub serve {
    my ($self, $listener, $answer) = @_;
    local $SIG{PIPE} = 'IGNORE';
    my $select = IO::Select->new($listener);
    my (%bytes, $connections);
    while (1) {
        for my $socket ($select->can_read) {
            if ($socket == $listener) {
                my $new = $listener->accept or next;
                $bytes{$new} = '';
                $select->add($new);
                $connections++;
                next;
            }
            my $alive = $socket->sysread($bytes{$socket}, 65536,
                length $bytes{$socket});
            while ($alive && (my $request = take_request(\$bytes{$socket}))) {
                $request->{connection} = $connections;
                $self->note($request);
                my $text = $answer->($request);
                $alive = defined $text && $socket->syswrite($text);
            }
            next if $alive;
            $select->remove($socket);
            delete $bytes{$socket};
            close $socket;
        }
    }
}

# Takes a whole request off the front of the bytes.
sub take_request {
    my ($bytes) = @_;
    my ($head) = $$bytes =~ /^(.*?\r\n\r\n)/s or return;
    my ($first, @lines) = split /\r\n/, $head;
    my %headers = map { /^([^:]+):\s*(.*)/ ? (lc $1, $2) : () } @lines;
    my $length = $headers{'content-length'} // 0;
    return if length($$bytes) < length($head) + $length;
    my $body = substr $$bytes, length $head, $length;
    $$bytes = substr $$bytes, length($head) + $length;
    my ($method, $path) = split / /, $first;
    return {method => $method, path => $path, headers => \%headers,
        body => $body};
}

sub note {
    my ($self, $request) = @_;
    open my $out, '>>', $self->{seen} or die "$self->{seen}: $!";
    print $out JSON::PP->new->canonical->encode($request), "\n";
    close $out;
}

# answer(STATUS, BODY, Header => value, ...): the bytes.
sub answer {
    my ($status, $body, @headers) = @_;
    my $text = "HTTP/1.1 $status Answer\r\nContent-Length: "
        . length($body) . "\r\n";
    while (my ($name, $value) = splice @headers, 0, 2) {
        $text .= "$name: $value\r\n";
    }
    return "$text\r\n$body";
}

# What was asked since the last call.
sub seen {
    my ($self) = @_;
    my @seen = map { JSON::PP->new->decode($_) }
        split /\n/, Yizhan::read_file($self->{seen});
    unlink $self->{seen};
    return @seen;
}

# Ends it as kill -9 would: the socket's file stays.
sub stop {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    kill 'KILL', $pid;
    waitpid $pid, 0;
}

sub DESTROY {
    my ($self) = @_;
    local ($?, $!);
    $self->stop if $self->{owner} == $$;
}

1;
