package Lookups;

# Workers caught inside a lookup.  Processes ask all the time; a worker is
# stopped at random moments until LMDB's table of readers shows that it holds
# a snapshot.  Killed then, it leaves its slot in the table as it is.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../http/lib";
use Yizhan;

use Exporter 'import';
use IO::Socket::UNIX;
use POSIX qw(:sys_wait_h);
use Time::HiRes qw(sleep time);

our @EXPORT_OK = qw(ask_always stop_asking catch_in_lookup);

my %askers; # by process id

# Asks for PATH over one connection until it breaks.  By HEAD: the worker looks
# everything up and renders it, and then has nothing to send, so that most of
# its time is a lookup's.
sub ask_head {
    my ($y, $path) = @_;
    my $socket = IO::Socket::UNIX->new(Peer => $y->socket_path) or return;
    while ($socket->syswrite("HEAD $path HTTP/1.1\r\nHost: a\r\n\r\n")) {
        my $head = '';
        while ($head !~ /\r\n\r\n/) {
            $socket->sysread($head, 4096, length $head) or return;
        }
    }
}

# Starts processes that ask for PATH all the time, whatever comes of it.
sub ask_always {
    my ($y, $count, $path) = @_;
    for (1 .. $count) {
        my $pid = fork // die "fork: $!";
        if ($pid == 0) {
            $SIG{$_} = 'DEFAULT' for qw(ALRM TERM INT);
            $SIG{PIPE} = 'IGNORE';
            alarm 120;
            while (1) {
                eval { ask_head($y, $path) };
                sleep 0.01;
            }
        }
        $askers{$pid} = 1;
    }
}

sub stop_asking {
    kill 'KILL', $_ for keys %askers;
    waitpid $_, 0 for keys %askers;
    %askers = ();
}

# The process ids that hold a snapshot, as LMDB's table of readers says.
sub holders {
    my ($y) = @_;
    my $dir = $y->generation_dir;
    my $table = `mdb_stat -r '$dir' 2>/dev/null`;
    my %holders;
    $holders{$1} = 1 while $table =~ /^\s*(\d+)\s+[0-9a-f]+\s+\d+\s*$/mg;
    return \%holders;
}

sub state_of {
    my ($pid) = @_;
    my ($state) = Yizhan::read_file("/proc/$pid/stat") =~ /\) (\S)/;
    return $state // 'X';
}

# Stops a worker inside a lookup and returns its process id.
sub catch_in_lookup {
    my ($y) = @_;
    my $end = time + $Yizhan::PATIENCE_S;
    while (time < $end) {
        for my $pid ($y->workers) {
            kill 'STOP', $pid or next;
            my $patience = 1000;
            sleep 0.0005 while state_of($pid) !~ /[TX]/ && $patience-- > 0;
            return $pid if holders($y)->{$pid};
            kill 'CONT', $pid;
            sleep 0.001 + rand 0.004;
        }
    }
    die "no worker was caught in a lookup\n";
}

END {
    my $status = $?;
    stop_asking();
    $? = $status;
}

1;
