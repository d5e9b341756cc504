package Between;

# Stands between commands and the daemon, at DIR/run/operator.sock, so that a
# test can do something at the very moment when a command has planned and
# asks.  The daemon's own socket is moved aside meanwhile.
#
#     my $between = Between->new($yizhan, sub {
#         my ($request, $n) = @_;   # bytes; how many of its kind came before
#         ...                       # may run commands of its own
#         return 'drop';            # do what is asked, lose the answer;
#     });                           # anything else: hand it back
#     ...
#     $between->remove;
#
# The sub sees requests whose first line matches `of` (loads).

use strict;
use warnings;

use IO::Socket::UNIX;
use POSIX ();

sub new {
    my ($class, $yizhan, $act, $of) = @_;
    my $path = $yizhan->operator_socket;
    my $real = "$path.real";
    rename $path, $real or die "$path: $!";
    my $listener = IO::Socket::UNIX->new(Local => $path, Listen => 16)
        or die "$path: $!";
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        $SIG{TERM} = 'DEFAULT';
        $SIG{CHLD} = 'IGNORE';
        serve($listener, $real, $act, $of // qr{^POST /operator/loads });
    }
    close $listener;
    return bless {path => $path, real => $real, pid => $pid}, $class;
}

sub remove {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    kill 'KILL', $pid;
    waitpid $pid, 0;
    rename $self->{real}, $self->{path} or die "$self->{path}: $!";
}

sub DESTROY {
    my ($self) = @_;
    local $?;
    $self->remove if $self->{pid} && -e $self->{real};
}

# One process for each connection, so that what the sub runs can connect too.
sub serve {
    my ($listener, $real, $act, $of) = @_;
    my $seen = 0;
    while (my $client = $listener->accept) {
        my $request = hear($client);
        my $wanted = $request =~ $of;
        my $n = $seen;
        $seen++ if $wanted;
        next if $request eq '';
        my $pid = fork // die "fork: $!";
        next if $pid;
        $SIG{CHLD} = 'DEFAULT';
        my $verdict = $wanted ? $act->($request, $n) // '' : '';
        my $answer = ask($real, $request);
        $client->syswrite($answer) if $verdict ne 'drop';
        POSIX::_exit(0);
    }
    POSIX::_exit(1);
}

# A whole request, or nothing from one who only looked whether we are there.
sub hear {
    my ($client) = @_;
    my $request = '';
    while ($client->sysread(my $bytes, 65536)) {
        $request .= $bytes;
        next unless $request =~ /\r\n\r\n/;
        my ($head, $body) = split /\r\n\r\n/, $request, 2;
        my $length = $head =~ /^Content-Length: (\d+)/mi ? $1 : 0;
        return $request if length $body >= $length;
    }
    return '';
}

sub ask {
    my ($real, $request) = @_;
    my $socket = IO::Socket::UNIX->new(Peer => $real) or return '';
    $request =~ s/\r\n/\r\nConnection: close\r\n/;
    $socket->syswrite($request);
    my $answer = '';
    while ($socket->sysread(my $bytes, 65536)) {
        $answer .= $bytes;
    }
    return $answer;
}

1;
